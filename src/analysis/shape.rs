//! What documents of one kind look like, gathered one document after the other: which types a value had, which fields an
//! object, which words a text.
//!
//! Memory is bounded whatever the documents hold: beyond a number of fields, their values are taken together.

use std::collections::{BTreeMap, HashMap};

use crate::model::Timestamp;
use crate::payload::Node;

/// Fields of one object that are told apart. No payload has so many; an object with ids as keys soon has.
const MOST_FIELDS: usize = 500;

/// Fields that are told apart in all objects together.
const MOST_SHAPES: usize = 50_000;

/// Words that are remembered of a text: a few more than an enumeration may have.
pub(super) const MOST_WORDS: usize = 24;

/// Longer texts are no words of an enumeration.
pub(super) const LONGEST_WORD: usize = 60;

/// Documents seen so far.
#[derive(Debug, Default)]
pub struct Observed {
    /// What they look like.
    pub shape: Shape,
    shapes: usize,
}

impl Observed {
    /// Looks at one more.
    pub fn add(&mut self, document: &Node) {
        self.shape.add(document, &mut self.shapes);
    }
}

/// Which values were seen in one place.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    /// How many.
    pub seen: u64,
    /// Of these, nulls.
    pub nulls: u64,
    /// Booleans.
    pub booleans: u64,
    /// Numbers without a fraction.
    pub integers: u64,
    /// Numbers with one.
    pub fractions: u64,
    /// Texts.
    pub texts: Option<Box<Texts>>,
    /// How many lists.
    pub lists: u64,
    /// The elements of all lists.
    pub items: Option<Box<Shape>>,
    /// Objects.
    pub objects: Option<Box<Objects>>,
}

/// The texts that were seen in one place.
#[derive(Debug, Clone)]
pub struct Texts {
    /// How many.
    pub count: u64,
    /// Each with how often it came; `None` once there were too many.
    pub words: Option<BTreeMap<String, u64>>,
    /// The formats that all of them have.
    pub formats: Vec<Format>,
}

/// The objects that were seen in one place.
#[derive(Debug, Clone, Default)]
pub struct Objects {
    /// How many.
    pub count: u64,
    /// Their fields, in the order in which they were first seen.
    pub fields: Vec<(String, Shape)>,
    /// Values of fields beyond the number that is told apart.
    pub others: Option<Box<Shape>>,
    places: HashMap<String, usize>,
}

/// What a text may be beside words, in the terms of JSON Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// By RFC 3339.
    DateTime,
    /// The date of one.
    Date,
    /// Any version.
    Uuid,
    /// With a scheme and a host.
    Uri,
    /// An address.
    Email,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 5] = [Self::DateTime, Self::Date, Self::Uuid, Self::Uri, Self::Email];

    /// JSON Schema's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DateTime => "date-time",
            Self::Date => "date",
            Self::Uuid => "uuid",
            Self::Uri => "uri",
            Self::Email => "email",
        }
    }

    /// Whether a text has this format.
    pub fn fits(self, text: &str) -> bool {
        match self {
            Self::DateTime => Timestamp::from_rfc3339(text).is_some(),
            Self::Date => text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok(),
            Self::Uuid => text.len() == 36 && uuid::Uuid::try_parse(text).is_ok(),
            Self::Uri => {
                let (scheme, rest) = text.split_once("://").unwrap_or(("", ""));
                !rest.is_empty()
                    && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                    && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
                    && !text.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"{}|\\^`".contains(c))
            }
            Self::Email => {
                let (name, domain) = text.rsplit_once('@').unwrap_or(("", ""));
                let plain = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c == '@');
                plain(name)
                    && plain(domain)
                    && domain.contains('.')
                    && !domain.starts_with('.')
                    && !domain.ends_with('.')
            }
        }
    }
}

impl Default for Texts {
    fn default() -> Self {
        Self { count: 0, words: Some(BTreeMap::new()), formats: Format::ALL.to_vec() }
    }
}

impl Texts {
    fn add(&mut self, text: &str) {
        self.count += 1;
        self.formats.retain(|format| format.fits(text));
        if let Some(words) = &mut self.words {
            if let Some(count) = words.get_mut(text) {
                *count += 1;
            } else if words.len() < MOST_WORDS && text.len() <= LONGEST_WORD {
                words.insert(text.to_owned(), 1);
            } else {
                self.words = None;
            }
        }
    }
}

impl Shape {
    fn add(&mut self, node: &Node, shapes: &mut usize) {
        self.seen += 1;
        match node {
            Node::Null => self.nulls += 1,
            Node::Bool(_) => self.booleans += 1,
            Node::Number(text) if is_integer(text) => self.integers += 1,
            Node::Number(_) => self.fractions += 1,
            Node::Text(text) => self.texts.get_or_insert_default().add(text),
            Node::Array(items) => {
                self.lists += 1;
                for item in items {
                    self.items.get_or_insert_default().add(item, shapes);
                }
            }
            Node::Object(entries) => self.objects.get_or_insert_default().add(entries, shapes),
        }
    }
}

/// JSON Schema's integers: `1.0` is one.
fn is_integer(text: &str) -> bool {
    let mantissa = text.split(['e', 'E']).next().unwrap_or(text);
    let fraction = mantissa.split_once('.').map_or("", |(_, fraction)| fraction);
    fraction.bytes().all(|digit| digit == b'0') && !text.contains("e-") && !text.contains("E-")
}

impl Objects {
    fn add(&mut self, entries: &[(String, Node)], shapes: &mut usize) {
        self.count += 1;
        // Of repeated keys the last counts, once.
        let last: HashMap<&str, &Node> = entries.iter().map(|(key, value)| (key.as_str(), value)).collect();
        let mut done = std::collections::HashSet::with_capacity(last.len());
        for (key, _) in entries.iter().filter(|(key, _)| done.insert(key.as_str())) {
            let value = last[key.as_str()];
            if let Some(at) = self.places.get(key) {
                self.fields[*at].1.add(value, shapes);
            } else if self.fields.len() < MOST_FIELDS && *shapes < MOST_SHAPES {
                *shapes += 1;
                self.places.insert(key.clone(), self.fields.len());
                let mut shape = Shape::default();
                shape.add(value, shapes);
                self.fields.push((key.clone(), shape));
            } else {
                self.others.get_or_insert_default().add(value, shapes);
            }
        }
    }

    /// The shape of a field.
    pub fn field(&self, key: &str) -> Option<&Shape> {
        self.places.get(key).map(|at| &self.fields[*at].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(documents: &[&str]) -> Observed {
        let mut observed = Observed::default();
        for document in documents {
            observed.add(&Node::parse(document.as_bytes()).expect(document));
        }
        observed
    }

    #[test]
    fn types_and_fields_are_counted() {
        let observed = observed(&[r#"{"a":1,"b":[1.5,null],"a":"x"}"#, r#"{"b":[],"c":{"d":true}}"#, "3"]);
        let shape = observed.shape;
        assert_eq!((shape.seen, shape.integers), (3, 1));
        let objects = shape.objects.expect("two");
        assert_eq!(
            objects.fields.iter().map(|(key, shape)| (key.as_str(), shape.seen)).collect::<Vec<_>>(),
            [("a", 1), ("b", 2), ("c", 1)]
        );
        assert!(objects.field("a").expect("a").texts.is_some());
        let items = objects.field("b").and_then(|list| list.items.as_ref()).expect("two");
        assert_eq!((items.fractions, items.nulls), (1, 1));
    }

    #[test]
    fn formats_hold_only_while_all_texts_have_them() {
        for (texts, formats) in [
            (&[r#""2026-01-01T00:00:00Z""#, r#""2026-01-01T00:00:00.5+01:00""#][..], &[Format::DateTime][..]),
            (&[r#""2026-01-01""#], &[Format::Date]),
            (&[r#""2026-01-01""#, r#""2026-13-01""#], &[]),
            (&[r#""550e8400-e29b-41d4-a716-446655440000""#], &[Format::Uuid]),
            (&[r#""https://h/p?q""#, r#""git+ssh://x""#], &[Format::Uri]),
            (&[r#""https://h/a b""#], &[]),
            (&[r#""a.b@c.example""#], &[Format::Email]),
            (&[r#""a@b""#], &[]),
            (&[r#""""#], &[]),
        ] {
            assert_eq!(observed(texts).shape.texts.expect("texts").formats, formats, "{texts:?}");
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut observed = Observed::default();
        for at in 0..MOST_FIELDS + 20 {
            observed.add(&Node::Object(vec![(format!("cus_{at}"), Node::Number("1".into()))]));
        }
        let objects = observed.shape.objects.expect("objects");
        assert_eq!((objects.fields.len(), objects.others.map(|others| others.seen)), (MOST_FIELDS, Some(20)));
    }

    #[test]
    fn numbers_are_integers_by_value() {
        for (text, integer) in
            [("1", true), ("-0", true), ("1.0", true), ("1e3", true), ("1.5", false), ("15e-1", false)]
        {
            assert_eq!(is_integer(text), integer, "{text}");
        }
    }
}
