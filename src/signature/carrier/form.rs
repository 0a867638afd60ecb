//! How signatures, and sometimes the time, share one text: `t=…,v1=…` · `sha256=…` · `v1,…` · plain.

use serde::Deserialize;

use super::Carrier;

/// How several values share a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeaderForm {
    /// One signature and nothing else.
    #[default]
    Plain,
    /// `t=…,v1=…`: named parts; the signature may repeat.
    Pairs,
    /// Several items, of which those with the prefix are signatures.
    List,
    /// A timestamp, then signatures.
    TimedList,
}

/// What was carried.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found<'a> {
    /// The texts that may be the signature, without prefix.
    pub signatures: Vec<&'a str>,
    /// The timestamp, where it is in the same place.
    pub timestamp: Option<&'a str>,
}

/// Why a value holds no signature.
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

impl Carrier {
    fn separator(&self) -> &str {
        self.separator.as_deref().unwrap_or(match self.form {
            HeaderForm::List => " ",
            HeaderForm::Pairs | HeaderForm::Plain | HeaderForm::TimedList => ",",
        })
    }

    /// Reads one value.
    ///
    /// # Errors
    /// What keeps it from holding a signature of this scheme.
    pub fn read<'a>(&self, value: &'a str, prefix: &str) -> Result<Found<'a>, HeaderError> {
        let mut found = Found::default();
        match self.form {
            HeaderForm::Plain => {
                let signature = value.strip_prefix(prefix).ok_or_else(|| HeaderError::NoPrefix(prefix.to_owned()))?;
                if signature.is_empty() {
                    return Err(HeaderError::Empty);
                }
                found.signatures.push(signature);
            }
            HeaderForm::List => Self::read_items(split(value, self.separator()), prefix, &mut found)?,
            HeaderForm::TimedList => {
                let mut items = split(value, self.separator());
                found.timestamp = items.next();
                Self::read_items(items, prefix, &mut found)?;
            }
            HeaderForm::Pairs => match &self.groups {
                None => self.read_pairs(value, prefix, &mut found)?,
                Some(between) => {
                    for group in value.split(between.as_str()) {
                        let before = found.timestamp.take();
                        self.read_pairs(group, prefix, &mut found)?;
                        if before.is_some() && before != found.timestamp {
                            return Err(HeaderError::TwoTimestamps(self.timestamp.clone().unwrap_or_default()));
                        }
                    }
                }
            },
        }
        Ok(found)
    }

    fn read_items<'a>(
        items: impl Iterator<Item = &'a str>,
        prefix: &str,
        found: &mut Found<'a>,
    ) -> Result<(), HeaderError> {
        let signatures = items.filter_map(|item| item.strip_prefix(prefix)).filter(|signature| !signature.is_empty());
        found.signatures.extend(signatures);
        if found.signatures.is_empty() { Err(HeaderError::NoneOfScheme(prefix.to_owned())) } else { Ok(()) }
    }

    fn read_pairs<'a>(&self, value: &'a str, prefix: &str, found: &mut Found<'a>) -> Result<(), HeaderError> {
        let signature_key = self.signature.as_deref().unwrap_or_default();
        let before = found.signatures.len();
        for pair in split(value, self.separator()) {
            let Some((key, value)) = pair.split_once('=') else { continue };
            if key == signature_key {
                if let Some(signature) = value.strip_prefix(prefix)
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
        if found.signatures.len() == before {
            return Err(HeaderError::NoneOfScheme(signature_key.to_owned()));
        }
        Ok(())
    }

    /// The value with every signature in it changed, whatever is in front of it; `None` if it holds none.
    pub fn changed(&self, value: &str, change: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        // A prefix that names the secret is not known here: what is behind its last character is the signature.
        let Some(prefix) = self.prefix.as_literal() else {
            let end = value.rfind([':', '|', ' '])? + 1;
            return Some(format!("{}{}", &value[..end], change(&value[end..])?));
        };
        let found = self.read(value, prefix).ok()?;
        let mut out = String::with_capacity(value.len());
        let mut done = 0;
        for signature in found.signatures {
            // The signature is a part of the value: its place follows from where its text begins.
            let start = signature.as_ptr() as usize - value.as_ptr() as usize;
            out.push_str(&value[done..start]);
            out.push_str(&change(signature)?);
            done = start + signature.len();
        }
        out.push_str(&value[done..]);
        Some(out)
    }

    /// The timestamp in a value.
    pub fn time_of<'a>(&self, value: &'a str) -> Option<&'a str> {
        self.read(value, self.prefix.as_literal().unwrap_or_default()).ok()?.timestamp
    }

    /// Whether the value holds something that looks like a signature of this scheme, right or wrong.
    pub fn concerns(&self, value: &str) -> bool {
        match (self.form, self.prefix.as_literal()) {
            (HeaderForm::List, Some(prefix)) => split(value, self.separator()).any(|item| item.starts_with(prefix)),
            _ => true,
        }
    }

    /// Writes signatures (and, for forms that carry it, the timestamp) as one value.
    pub fn write(&self, signatures: &[String], timestamp: Option<&str>, prefix: &str) -> String {
        let items = signatures.iter().map(|s| format!("{prefix}{s}"));
        match self.form {
            HeaderForm::Plain => items.take(1).collect(),
            HeaderForm::List => items.collect::<Vec<_>>().join(self.separator()),
            HeaderForm::TimedList => {
                let time = timestamp.map(str::to_owned);
                time.into_iter().chain(items).collect::<Vec<_>>().join(self.separator())
            }
            HeaderForm::Pairs => {
                let key = self.signature.as_deref().unwrap_or_default();
                let time = self.timestamp.as_ref().zip(timestamp).map(|(key, time)| format!("{key}={time}"));
                let mut pairs = items.map(|item| format!("{key}={item}"));
                match &self.groups {
                    // Each signature in a group of its own, with the time again.
                    Some(between) => {
                        let group =
                            |pair| time.iter().cloned().chain([pair]).collect::<Vec<_>>().join(self.separator());
                        pairs.map(group).collect::<Vec<_>>().join(between)
                    }
                    None => time.into_iter().chain(&mut pairs).collect::<Vec<_>>().join(self.separator()),
                }
            }
        }
    }
}

/// The parts of a value. (For a separator of more than a character, `str::split` prepares a search that takes longer than
/// looking through the whole value.)
fn split<'a>(value: &'a str, separator: &str) -> impl Iterator<Item = &'a str> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let end = memchr::memmem::find(text.as_bytes(), separator.as_bytes()).filter(|_| !separator.is_empty());
        let Some(end) = end else { return Some(text) };
        rest = Some(&text[end + separator.len()..]);
        Some(&text[..end])
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Place, nothing};
    use super::*;

    fn header(form: HeaderForm) -> Carrier {
        let pairs = form == HeaderForm::Pairs;
        Carrier {
            places: vec![Place::Header("X".into())],
            form,
            prefix: nothing(),
            signature: pairs.then(|| "v1".into()),
            timestamp: pairs.then(|| "t".into()),
            separator: None,
            groups: None,
        }
    }

    #[test]
    fn every_form_reads_what_it_writes() {
        let two = ["aa".to_owned(), "bb".to_owned()];
        let pairs = header(HeaderForm::Pairs);
        assert_eq!(pairs.write(&two, Some("7"), ""), "t=7,v1=aa,v1=bb");
        assert_eq!(pairs.read("t=7,v1=aa,v1=bb", ""), Ok(Found { signatures: vec!["aa", "bb"], timestamp: Some("7") }));
        let list = header(HeaderForm::List);
        assert_eq!(list.write(&two, None, "v1,"), "v1,aa v1,bb");
        assert_eq!(list.read("v2,zz v1,aa v1,bb", "v1,").map(|f| f.signatures), Ok(vec!["aa", "bb"]));
        let plain = header(HeaderForm::Plain);
        assert_eq!(plain.write(&two[..1], None, "sha256="), "sha256=aa");
        assert_eq!(plain.read("sha256=aa", "sha256=").map(|f| f.signatures), Ok(vec!["aa"]));
        let timed = header(HeaderForm::TimedList);
        assert_eq!(timed.write(&two, Some("7"), ""), "7,aa,bb");
        assert_eq!(timed.read("7,aa,bb", ""), Ok(Found { signatures: vec!["aa", "bb"], timestamp: Some("7") }));
        let groups = Carrier { groups: Some(" ".into()), ..header(HeaderForm::Pairs) };
        assert_eq!(groups.write(&two, Some("7"), ""), "t=7,v1=aa t=7,v1=bb");
        let read = groups.read("t=7,v1=aa t=7,v1=bb", "");
        assert_eq!(read, Ok(Found { signatures: vec!["aa", "bb"], timestamp: Some("7") }));
    }

    #[test]
    fn what_holds_no_signature_is_an_error() {
        let pairs = header(HeaderForm::Pairs);
        assert_eq!(pairs.read("v1=aa", ""), Err(HeaderError::NoTimestamp("t".into())));
        assert_eq!(pairs.read("t=1,t=2,v1=aa", ""), Err(HeaderError::TwoTimestamps("t".into())));
        assert_eq!(pairs.read("t=1,v0=aa", ""), Err(HeaderError::NoneOfScheme("v1".into())));
        assert_eq!(pairs.read("t=1,v1=", ""), Err(HeaderError::NoneOfScheme("v1".into())));
        assert_eq!(pairs.read("t=1, v1=aa", ""), Err(HeaderError::NoneOfScheme("v1".into())));
        let groups = Carrier { groups: Some(" ".into()), ..header(HeaderForm::Pairs) };
        assert_eq!(groups.read("t=1,v1=aa t=2,v1=bb", ""), Err(HeaderError::TwoTimestamps("t".into())));
        assert_eq!(groups.read("t=1,v1=aa v1=bb", ""), Err(HeaderError::NoTimestamp("t".into())));
        let list = header(HeaderForm::List);
        assert_eq!(list.read("aa", "v1,"), Err(HeaderError::NoneOfScheme("v1,".into())));
        assert_eq!(list.read("v1,", "v1,"), Err(HeaderError::NoneOfScheme("v1,".into())));
        assert_eq!(header(HeaderForm::TimedList).read("7", ""), Err(HeaderError::NoneOfScheme(String::new())));
        let plain = header(HeaderForm::Plain);
        assert_eq!(plain.read("aa", "sha256="), Err(HeaderError::NoPrefix("sha256=".into())));
        assert_eq!(plain.read("sha256=", "sha256="), Err(HeaderError::Empty));
        assert_eq!(plain.read("", ""), Err(HeaderError::Empty));
    }
}
