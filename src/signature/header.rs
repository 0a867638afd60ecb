//! Signature headers, read and written: `t=…,v1=…` · `sha256=…` · `v1,…` · plain.

use super::scheme::{HeaderForm, SignatureHeader};

/// What a signature header holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found<'a> {
    /// The texts that may be the signature, without prefix.
    pub signatures: Vec<&'a str>,
    /// The timestamp, where it is in the same header.
    pub timestamp: Option<&'a str>,
}

/// Why a signature header gives nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// The prefix is not there.
    #[error("it does not start with '{0}'")]
    NoPrefix(String),
    /// Nothing after the prefix.
    #[error("the signature is empty")]
    Empty,
    /// No item is a signature of this scheme.
    #[error("none of its items is a '{0}' signature")]
    NoneOfScheme(String),
    /// A timestamp was expected and is not there.
    #[error("it has no timestamp '{0}='")]
    NoTimestamp(String),
    /// Two timestamps: which one was signed is anybody's guess.
    #[error("it has more than one timestamp '{0}='")]
    TwoTimestamps(String),
}

impl SignatureHeader {
    fn separator(&self) -> &str {
        self.separator.as_deref().unwrap_or(match self.form {
            HeaderForm::List => " ",
            HeaderForm::Pairs | HeaderForm::Plain => ",",
        })
    }

    /// Reads the header's value.
    ///
    /// # Errors
    /// What keeps it from holding a signature of this scheme.
    pub fn read<'a>(&self, value: &'a str) -> Result<Found<'a>, HeaderError> {
        let mut found = Found::default();
        match self.form {
            HeaderForm::Plain => {
                let signature = value
                    .strip_prefix(self.prefix.as_str())
                    .ok_or_else(|| HeaderError::NoPrefix(self.prefix.clone()))?;
                if signature.is_empty() {
                    return Err(HeaderError::Empty);
                }
                found.signatures.push(signature);
            }
            HeaderForm::List => {
                found.signatures = value
                    .split(self.separator())
                    .filter_map(|item| item.strip_prefix(self.prefix.as_str()))
                    .filter(|signature| !signature.is_empty())
                    .collect();
                if found.signatures.is_empty() {
                    return Err(HeaderError::NoneOfScheme(self.prefix.clone()));
                }
            }
            HeaderForm::Pairs => {
                let signature_key = self.signature.as_deref().unwrap_or_default();
                for pair in value.split(self.separator()) {
                    let Some((key, value)) = pair.split_once('=') else { continue };
                    if key == signature_key {
                        if let Some(signature) = value.strip_prefix(self.prefix.as_str())
                            && !signature.is_empty()
                        {
                            found.signatures.push(signature);
                        }
                    } else if Some(key) == self.timestamp.as_deref() && found.timestamp.replace(value).is_some() {
                        return Err(HeaderError::TwoTimestamps(key.to_owned()));
                    }
                }
                if let (Some(key), None) = (&self.timestamp, found.timestamp) {
                    return Err(HeaderError::NoTimestamp(key.clone()));
                }
                if found.signatures.is_empty() {
                    return Err(HeaderError::NoneOfScheme(signature_key.to_owned()));
                }
            }
        }
        Ok(found)
    }

    /// Whether the value holds something that looks like a signature of this scheme, right or wrong.
    pub fn concerns(&self, value: &str) -> bool {
        match self.form {
            HeaderForm::List => value.split(self.separator()).any(|item| item.starts_with(self.prefix.as_str())),
            HeaderForm::Plain | HeaderForm::Pairs => true,
        }
    }

    /// Writes signatures (and, for pairs that carry it, the timestamp) as the header's value.
    pub fn write(&self, signatures: &[String], timestamp: Option<&str>) -> String {
        match self.form {
            HeaderForm::Plain => signatures.first().map(|s| format!("{}{s}", self.prefix)).unwrap_or_default(),
            HeaderForm::List => {
                let items: Vec<String> = signatures.iter().map(|s| format!("{}{s}", self.prefix)).collect();
                items.join(self.separator())
            }
            HeaderForm::Pairs => {
                let key = self.signature.as_deref().unwrap_or_default();
                let time = self.timestamp.as_ref().zip(timestamp).map(|(key, time)| format!("{key}={time}"));
                let pairs = time.into_iter().chain(signatures.iter().map(|s| format!("{key}={}{s}", self.prefix)));
                pairs.collect::<Vec<_>>().join(self.separator())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(form: HeaderForm, prefix: &str) -> SignatureHeader {
        let pairs = form == HeaderForm::Pairs;
        SignatureHeader {
            name: "X".into(),
            form,
            prefix: prefix.into(),
            signature: pairs.then(|| "v1".into()),
            timestamp: pairs.then(|| "t".into()),
            separator: None,
        }
    }

    #[test]
    fn every_form_reads_what_it_writes() {
        let two = ["aa".to_owned(), "bb".to_owned()];
        let pairs = header(HeaderForm::Pairs, "");
        assert_eq!(pairs.write(&two, Some("7")), "t=7,v1=aa,v1=bb");
        assert_eq!(pairs.read("t=7,v1=aa,v1=bb"), Ok(Found { signatures: vec!["aa", "bb"], timestamp: Some("7") }));
        let list = header(HeaderForm::List, "v1,");
        assert_eq!(list.write(&two, None), "v1,aa v1,bb");
        assert_eq!(list.read("v2,zz v1,aa v1,bb").map(|f| f.signatures), Ok(vec!["aa", "bb"]));
        let plain = header(HeaderForm::Plain, "sha256=");
        assert_eq!(plain.write(&two[..1], None), "sha256=aa");
        assert_eq!(plain.read("sha256=aa").map(|f| f.signatures), Ok(vec!["aa"]));
    }

    #[test]
    fn what_holds_no_signature_is_an_error() {
        let pairs = header(HeaderForm::Pairs, "");
        assert_eq!(pairs.read("v1=aa"), Err(HeaderError::NoTimestamp("t".into())));
        assert_eq!(pairs.read("t=1,t=2,v1=aa"), Err(HeaderError::TwoTimestamps("t".into())));
        assert_eq!(pairs.read("t=1,v0=aa"), Err(HeaderError::NoneOfScheme("v1".into())));
        assert_eq!(pairs.read("t=1,v1="), Err(HeaderError::NoneOfScheme("v1".into())));
        assert_eq!(pairs.read("t=1, v1=aa"), Err(HeaderError::NoneOfScheme("v1".into())));
        assert_eq!(header(HeaderForm::List, "v1,").read("aa"), Err(HeaderError::NoneOfScheme("v1,".into())));
        assert_eq!(header(HeaderForm::List, "v1,").read("v1,"), Err(HeaderError::NoneOfScheme("v1,".into())));
        assert_eq!(header(HeaderForm::Plain, "sha256=").read("aa"), Err(HeaderError::NoPrefix("sha256=".into())));
        assert_eq!(header(HeaderForm::Plain, "sha256=").read("sha256="), Err(HeaderError::Empty));
        assert_eq!(header(HeaderForm::Plain, "").read(""), Err(HeaderError::Empty));
    }
}
