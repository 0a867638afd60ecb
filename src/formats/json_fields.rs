//! Text and header fields inside JSON, read without a copy where the JSON allows it.
//!
//! Apart because the export and HAR forms share them. A value that is not UTF-8 cannot be a JSON string; it stands as
//! `{"base64": "…"}`.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

/// Text that is borrowed from the JSON if it holds no escape. (serde borrows a bare `Cow`, but not one in an `Option`.)
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

impl Text<'_> {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text as bytes; those that lie in `whole` share its memory.
    pub(super) fn into_bytes(self, whole: &Bytes) -> Bytes {
        match self.0 {
            Cow::Owned(text) => text.into(),
            Cow::Borrowed(text) => share(text.as_bytes(), whole),
        }
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

/// The part as a slice of the whole, if it is one.
fn share(part: &[u8], whole: &Bytes) -> Bytes {
    let (outer, inner) = (whole.as_ptr_range(), part.as_ptr_range());
    if outer.start <= inner.start && inner.end <= outer.end {
        whole.slice_ref(part)
    } else {
        Bytes::copy_from_slice(part)
    }
}

/// A header's value in JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// Text.
    Text(Text<'a>),
    /// Bytes that are not UTF-8.
    Bytes(Bytes),
}

impl<'a> Value<'a> {
    /// The value of these bytes.
    pub fn new(bytes: Cow<'a, [u8]>) -> Self {
        match bytes {
            Cow::Borrowed(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => Self::Text(text.into()),
                Err(_) => Self::Bytes(Bytes::copy_from_slice(bytes)),
            },
            Cow::Owned(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Self::Text(text.into()),
                Err(error) => Self::Bytes(error.into_bytes().into()),
            },
        }
    }

    pub(super) fn into_bytes(self, whole: &Bytes) -> Bytes {
        match self {
            Self::Text(text) => text.into_bytes(whole),
            Self::Bytes(bytes) => bytes,
        }
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => text.serialize(serializer),
            Self::Bytes(bytes) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("base64", &STANDARD.encode(bytes))?;
                map.end()
            }
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Value<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValueVisitor;

        impl<'de> Visitor<'de> for ValueVisitor {
            type Value = Value<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a header value: text or {\"base64\": …}")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Value<'de>, E> {
                Ok(Value::Text(text.into()))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Value<'de>, E> {
                Ok(Value::Text(text.to_owned().into()))
            }

            fn visit_string<E: Error>(self, text: String) -> Result<Value<'de>, E> {
                Ok(Value::Text(text.into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value<'de>, A::Error> {
                let Some((key, text)) = map.next_entry::<Text<'de>, Text<'de>>()? else {
                    return Err(A::Error::missing_field("base64"));
                };
                if key.as_str() != "base64" {
                    return Err(A::Error::unknown_field(key.as_str(), &["base64"]));
                }
                let bytes = STANDARD.decode(text.as_str()).map_err(|_| A::Error::custom("not base64"))?;
                if map.next_key::<Text<'de>>()?.is_some() {
                    return Err(A::Error::invalid_length(2, &"one key"));
                }
                Ok(Value::Bytes(bytes.into()))
            }
        }

        deserializer.deserialize_any(ValueVisitor)
    }
}

/// The header fields in JSON: written as an array of pairs; read also as an object, as people write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields<'a> {
    /// Name and value in order.
    pub pairs: Vec<(Text<'a>, Value<'a>)>,
    /// Whether they stood in an object, whose names need not be those of the wire.
    pub from_object: bool,
}

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.pairs)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldsVisitor;

        impl<'de> Visitor<'de> for FieldsVisitor {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("header fields: [[\"name\", \"value\"], …] or {\"name\": \"value\", …}")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Fields<'de>, A::Error> {
                let mut pairs = Vec::with_capacity(16);
                while let Some(pair) = seq.next_element()? {
                    pairs.push(pair);
                }
                Ok(Fields { pairs, from_object: false })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut pairs = Vec::with_capacity(16);
                while let Some((name, values)) = map.next_entry::<Text<'de>, Values<'de>>()? {
                    pairs.extend(values.0.into_iter().map(|value| (name.clone(), value)));
                }
                Ok(Fields { pairs, from_object: true })
            }
        }

        deserializer.deserialize_any(FieldsVisitor)
    }
}

/// The values under one name in an object: one, or an array of them for a repeated field.
struct Values<'a>(Vec<Value<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Values<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValuesVisitor;

        impl<'de> Visitor<'de> for ValuesVisitor {
            type Value = Values<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a header value or an array of them")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Values<'de>, E> {
                Ok(Values(vec![Value::Text(text.into())]))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Values<'de>, E> {
                Ok(Values(vec![Value::Text(text.to_owned().into())]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Values<'de>, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = seq.next_element()? {
                    values.push(value);
                }
                Ok(Values(values))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Values<'de>, A::Error> {
                let value = Value::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                Ok(Values(vec![value]))
            }
        }

        deserializer.deserialize_any(ValuesVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_fields_are_read_from_pairs_and_objects() {
        let text = |text: &'static str| Value::Text(text.into());
        for (json, expected) in [
            (r#"[["A","1"],["A","2"]]"#, vec![("A", text("1")), ("A", text("2"))]),
            (r#"{"A":"1","B":["2","3"]}"#, vec![("A", text("1")), ("B", text("2")), ("B", text("3"))]),
            (r#"[["A",{"base64":"/w=="}]]"#, vec![("A", Value::Bytes(Bytes::from_static(&[0xff])))]),
            (r#"{"A":{"base64":"/w=="}}"#, vec![("A", Value::Bytes(Bytes::from_static(&[0xff])))]),
            (r#"[["\u0041","\u0031"]]"#, vec![("A", text("1"))]),
            ("[]", vec![]),
        ] {
            let fields: Fields = serde_json::from_str(json).expect(json);
            let expected: Vec<_> = expected.into_iter().map(|(name, value)| (Text::from(name), value)).collect();
            assert_eq!(fields.pairs, expected, "{json}");
        }
        for json in [
            "3",
            "null",
            r#"["A"]"#,
            r#"[["A"]]"#,
            r#"[["A","1","2"]]"#,
            r#"[["A",1]]"#,
            r#"[["A",{}]]"#,
            r#"[["A",{"base64":"?"}]]"#,
            r#"[["A",{"base64":"","x":""}]]"#,
            r#"[["A",{"text":""}]]"#,
            r#"{"A":null}"#,
        ] {
            assert!(serde_json::from_str::<Fields>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn text_without_escapes_shares_the_memory_of_its_line() {
        let whole = Bytes::from_static(br#"["plain","esc\n"]"#);
        let json = std::str::from_utf8(&whole).expect("ASCII");
        let texts: Vec<Text> = serde_json::from_str(json).expect("two texts");
        let shared: Vec<Bytes> = texts.into_iter().map(|text| text.into_bytes(&whole)).collect();
        assert_eq!(shared, ["plain", "esc\n"]);
        assert!(whole.as_ptr_range().contains(&shared[0].as_ptr()));
        assert_eq!(Text::from("elsewhere").into_bytes(&whole), "elsewhere");
    }
}
