//! A dotted path into JSON: `data.object.id`, `items[0].sku`, `a\.b.c`.

use std::fmt;

use super::json_paths::JsonPaths;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// A key of an object.
    Key(String),
    /// A place in an array, from 0.
    Index(usize),
}

/// A path into a JSON document.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct JsonPath(Vec<Step>);

/// Why a path cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Nothing between two dots, or nothing at all.
    #[error("'{0}' has an empty step")]
    EmptyStep(String),
    /// Brackets that hold no number or do not close.
    #[error("'{0}' has brackets that are not [number]")]
    BadIndex(String),
}

impl JsonPath {
    /// The steps from the root.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The path of an element of the list at this one.
    #[must_use]
    pub fn element(&self, index: usize) -> Self {
        Self(self.0.iter().cloned().chain([Step::Index(index)]).collect())
    }

    /// This path, and from there the other one.
    #[must_use]
    pub fn join(&self, further: &Self) -> Self {
        Self(self.0.iter().chain(&further.0).cloned().collect())
    }

    /// The text of the string, number or boolean at this path. `None` if it is not there, is null, or is an object or
    /// array. Of repeated keys the last counts, as with most parsers.
    pub fn locate(&self, json: &[u8]) -> Option<String> {
        JsonPaths::new([self]).locate(json).pop().flatten()
    }
}

impl std::str::FromStr for JsonPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let mut steps = Vec::new();
        let mut chars = text.chars().peekable();
        let mut wants_key = true;
        while wants_key || chars.peek().is_some() {
            let mut key = String::new();
            while let Some(&c) = chars.peek() {
                match c {
                    '.' | '[' => break,
                    '\\' => {
                        chars.next();
                        key.push(chars.next().ok_or_else(|| PathError::EmptyStep(text.to_owned()))?);
                    }
                    _ => {
                        key.push(c);
                        chars.next();
                    }
                }
            }
            let before = steps.len();
            if !key.is_empty() {
                steps.push(Step::Key(key));
            }
            while chars.peek() == Some(&'[') {
                chars.next();
                let digits: String = std::iter::from_fn(|| chars.next_if(char::is_ascii_digit)).collect();
                let index = digits.parse().map_err(|_| PathError::BadIndex(text.to_owned()))?;
                if chars.next() != Some(']') {
                    return Err(PathError::BadIndex(text.to_owned()));
                }
                steps.push(Step::Index(index));
            }
            if steps.len() == before {
                return Err(PathError::EmptyStep(text.to_owned()));
            }
            match chars.next() {
                Some('.') => wants_key = true,
                None => break,
                Some(_) => return Err(PathError::BadIndex(text.to_owned())),
            }
        }
        Ok(Self(steps))
    }
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) => {
                    if at > 0 {
                        f.write_str(".")?;
                    }
                    for c in key.chars() {
                        if matches!(c, '.' | '[' | '\\') {
                            f.write_str("\\")?;
                        }
                        write!(f, "{c}")?;
                    }
                }
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_and_write_alike() {
        for text in ["a", "a.b", "a[0].b", "[0].event", "a\\.b.c", "a[1][2]"] {
            assert_eq!(text.parse::<JsonPath>().expect(text).to_string(), text);
        }
        for text in ["", ".", "a.", "a..b", "a[", "a[x]", "a[0", "a[0]b"] {
            assert!(text.parse::<JsonPath>().is_err(), "{text}");
        }
    }

    #[test]
    fn values_are_found_where_they_are() {
        let json = br#"{"a":{"b":[1.50,{"c":"x\u00e9"}],"n":null,"t":true},"a.b":"dot","r":1,"r":2,"o":{}}"#;
        for (path, value) in [
            ("a.b[0]", Some("1.50")),
            ("a.b[1].c", Some("xé")),
            ("a.t", Some("true")),
            ("a.n", None),
            ("a\\.b", Some("dot")),
            ("r", Some("2")),
            ("o", None),
            ("a.b.c", None),
            ("missing", None),
        ] {
            let path: JsonPath = path.parse().expect(path);
            assert_eq!(path.locate(json).as_deref(), value, "{path}");
        }
    }

    #[test]
    fn documents_that_are_not_json_hold_nothing() {
        let path: JsonPath = "a".parse().expect("a path");
        for json in [&b""[..], b"{", b"{\"a\":1", b"\xff", b"[1]", b"3", b"{\"a\":"] {
            assert_eq!(path.locate(json), None);
        }
        let deep = "[".repeat(200_000);
        assert_eq!(path.locate(deep.as_bytes()), None);
    }
}
