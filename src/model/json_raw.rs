//! Values in the raw bytes of a JSON document: where they are, how they are written, and how one is replaced without
//! touching anything else.

use std::borrow::Cow;
use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::json_path::{JsonPath, Step};

/// A list with more elements than this is not taken apart.
const MOST_ELEMENTS: usize = 10_000;

impl JsonPath {
    /// The value at this path as it is written. Of repeated keys the last counts.
    pub fn locate_raw<'j>(&self, json: &'j [u8]) -> Option<&'j str> {
        let mut value: &RawValue = serde_json::from_slice(json).ok()?;
        for step in self.steps() {
            value = serde_json::Deserializer::from_str(value.get()).deserialize_any(OneStep(step)).ok()??;
        }
        Some(value.get())
    }

    /// The elements of the list at this path as they are written; `None` if it is no list, or one without measure.
    pub fn elements<'j>(&self, json: &'j [u8]) -> Option<Vec<&'j str>> {
        let list = self.locate_raw(json)?;
        serde_json::Deserializer::from_str(list).deserialize_seq(Elements).ok()
    }

    /// Where in the document the value at this path is.
    pub fn range(&self, json: &[u8]) -> Option<Range<usize>> {
        let value = self.locate_raw(json)?;
        // It is a part of the document: its place follows from where its text begins.
        let start = value.as_ptr() as usize - json.as_ptr() as usize;
        Some(start..start + value.len())
    }

    /// The document with text in the place of the value at this path; `None` if there is no value to replace.
    pub fn replaced(&self, json: &[u8], text: &str) -> Option<Vec<u8>> {
        let place = self.range(json)?;
        let text = serde_json::to_string(text).ok()?;
        Some([&json[..place.start], text.as_bytes(), &json[place.end..]].concat())
    }
}

struct OneStep<'s>(&'s Step);

impl<'de> Visitor<'de> for OneStep<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object or a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(is_it) = map.next_key_seed(IsKey(self.0))? {
            if is_it {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        for at in 0.. {
            let wanted = matches!(self.0, Step::Index(index) if *index == at);
            let more = if wanted {
                found = seq.next_element()?;
                found.is_some()
            } else {
                seq.next_element::<IgnoredAny>()?.is_some()
            };
            if !more {
                break;
            }
        }
        Ok(found)
    }
}

/// Reads a key and says whether it is the one.
struct IsKey<'s>(&'s Step);

impl<'de> DeserializeSeed<'de> for IsKey<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        let key: Cow<'_, str> = serde::Deserialize::deserialize(deserializer)?;
        Ok(matches!(self.0, Step::Key(wanted) if *wanted == key))
    }
}

struct Elements;

impl<'de> Visitor<'de> for Elements {
    type Value = Vec<&'de str>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a list of at most {MOST_ELEMENTS} elements")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element::<&RawValue>()? {
            if elements.len() == MOST_ELEMENTS {
                return Err(serde::de::Error::invalid_length(MOST_ELEMENTS + 1, &self));
            }
            elements.push(element.get());
        }
        Ok(elements)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> JsonPath {
        text.parse().expect(text)
    }

    const JSON: &[u8] = br#"{ "a" : [ {"x": "1\u00e9"}, 2.50 ,null], "a.b":{"c":"d"}, "r":1, "r":[] }"#;

    #[test]
    fn values_are_found_as_they_are_written() {
        for (text, raw) in [
            ("a[0]", Some(r#"{"x": "1\u00e9"}"#)),
            ("a[0].x", Some(r#""1\u00e9""#)),
            ("a[1]", Some("2.50")),
            ("a[2]", Some("null")),
            ("a[3]", None),
            ("a\\.b.c", Some("\"d\"")),
            ("r", Some("[]")),
            ("a.x", None),
            ("none", None),
        ] {
            assert_eq!(path(text).locate_raw(JSON), raw, "{text}");
        }
        assert_eq!(path("a").locate_raw(b"{"), None);
        assert_eq!(path("a").locate_raw(b"\xff"), None);
    }

    #[test]
    fn lists_are_taken_apart_up_to_a_limit() {
        assert_eq!(path("a").elements(JSON).expect("a list"), [r#"{"x": "1\u00e9"}"#, "2.50", "null"]);
        assert_eq!(path("r").elements(JSON), Some(Vec::new()));
        assert_eq!(path("a[0]").elements(JSON), None);
        let long = format!("{{\"l\":[{}1]}}", "1,".repeat(MOST_ELEMENTS));
        assert_eq!(path("l").elements(long.as_bytes()), None);
    }

    #[test]
    fn a_replaced_value_leaves_every_other_byte() {
        let replaced = path("a[1]").replaced(JSON, "new\"").expect("a place");
        assert_eq!(replaced, String::from_utf8_lossy(JSON).replace("2.50", "\"new\\\"\"").into_bytes());
        assert_eq!(path("none").replaced(JSON, "x"), None);
    }
}
