//! How what was observed differs from a schema that was written before: what a receiver that relies on the schema can
//! still take, and what it cannot.

use std::collections::HashSet;

use super::diff::push_key;
use super::schema::{Others, Schema, Type, types};
use super::shape::{LONGEST_WORD, MOST_WORDS, Objects, Shape};

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// Where: `data.object.status`, `items[].price`, empty for the document itself.
    pub path: String,
    /// What.
    pub kind: DriftKind,
    /// What the schema says.
    pub was: String,
    /// What was observed.
    pub is: String,
}

/// Ways to differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DriftKind {
    /// A field that must be there was not, once or ever.
    Missing,
    /// A value of a type that is not allowed.
    Type,
    /// A text that is not of its format.
    Format,
    /// A text that is not among those listed.
    Value,
    /// A field that may not be there.
    Forbidden,
    /// A field that is not described, and may be there.
    Added,
    /// A field that is described, need not be there, and was not seen.
    Unseen,
}

impl DriftKind {
    /// Whether a receiver that relies on the schema may fail.
    pub fn is_breaking(self) -> bool {
        match self {
            Self::Missing | Self::Type | Self::Format | Self::Value | Self::Forbidden => true,
            Self::Added | Self::Unseen => false,
        }
    }

    /// The public word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Type => "type",
            Self::Format => "format",
            Self::Value => "value",
            Self::Forbidden => "forbidden",
            Self::Added => "added",
            Self::Unseen => "unseen",
        }
    }
}

/// All differences, in the order of what was observed.
pub fn compare(schema: &Schema, observed: &Shape) -> Vec<Drift> {
    let mut walk = Walk { path: String::new(), found: Vec::new() };
    walk.value(schema, observed);
    walk.found
}

struct Walk {
    path: String,
    found: Vec<Drift>,
}

impl Walk {
    fn report(&mut self, kind: DriftKind, was: impl Into<String>, is: impl Into<String>) {
        self.found.push(Drift { path: self.path.clone(), kind, was: was.into(), is: is.into() });
    }

    fn value(&mut self, schema: &Schema, observed: &Shape) {
        self.types(schema, observed);
        if let Some(texts) = &observed.texts {
            if let Some(format) = schema.format
                && !texts.formats.contains(&format)
            {
                self.report(DriftKind::Format, format.as_str(), "other text");
            }
            if let Some(allowed) = &schema.words {
                let was = || allowed.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
                match &texts.words {
                    // More than the list holds, or longer; unless so many are not remembered.
                    None if allowed.len() < MOST_WORDS && allowed.iter().all(|word| word.len() <= LONGEST_WORD) => {
                        self.report(DriftKind::Value, was(), "others");
                    }
                    None => {}
                    Some(words) => {
                        let new: Vec<&str> =
                            words.keys().filter(|word| !allowed.contains(*word)).map(String::as_str).collect();
                        if !new.is_empty() {
                            self.report(DriftKind::Value, was(), new.join(", "));
                        }
                    }
                }
            }
        }
        if let (Some(allowed), Some(items)) = (&schema.items, &observed.items) {
            let length = self.path.len();
            self.path.push_str("[]");
            self.value(allowed, items);
            self.path.truncate(length);
        }
        if let Some(objects) = &observed.objects {
            self.fields(schema, objects);
        }
    }

    fn types(&mut self, schema: &Schema, observed: &Shape) {
        let Some(allowed) = &schema.types else { return };
        let words =
            |types: &mut dyn Iterator<Item = &Type>| types.map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ");
        let seen = types(observed);
        let fits = |kind: &Type| allowed.contains(kind) || (*kind == Type::Integer && allowed.contains(&Type::Number));
        if !seen.iter().all(fits) {
            let was = if allowed.is_empty() { "nothing".to_owned() } else { words(&mut allowed.iter()) };
            self.report(DriftKind::Type, was, words(&mut seen.iter().filter(|kind| !fits(kind))));
        }
    }

    fn fields(&mut self, schema: &Schema, objects: &Objects) {
        let required: HashSet<&str> = schema.required.iter().map(String::as_str).collect();
        for (key, shape) in &objects.fields {
            self.within(key, |walk| {
                if required.contains(key.as_str()) && shape.seen < objects.count {
                    let is = format!("in {} of {}", shape.seen, objects.count);
                    walk.report(DriftKind::Missing, "always there", is);
                }
                match (schema.property(key), &schema.others) {
                    (Some(property), _) => walk.value(property, shape),
                    (None, Others::Allowed) => {
                        let kinds: Vec<&str> = types(shape).into_iter().map(Type::as_str).collect();
                        walk.report(DriftKind::Added, "not described", kinds.join(", "));
                    }
                    (None, Others::Forbidden) => walk.report(DriftKind::Forbidden, "not allowed", "there"),
                    (None, Others::Like(other)) => walk.value(other, shape),
                }
            });
        }
        for key in &schema.required {
            if objects.field(key).is_none() {
                self.within(key, |walk| walk.report(DriftKind::Missing, "always there", "gone"));
            }
        }
        for (key, _) in &schema.properties {
            if objects.field(key).is_none() && !required.contains(key.as_str()) {
                self.within(key, |walk| walk.report(DriftKind::Unseen, "sometimes there", "not seen"));
            }
        }
        if let (Some(others), Others::Like(allowed)) = (&objects.others, &schema.others) {
            self.within("*", |walk| walk.value(allowed, others));
        }
    }

    fn within(&mut self, key: &str, act: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        push_key(&mut self.path, key);
        act(self);
        self.path.truncate(length);
    }
}

#[cfg(test)]
mod tests {
    use super::super::schema::document;
    use super::super::shape::Observed;
    use super::*;
    use crate::payload::Node;

    fn drift(schema: &str, documents: &[&str]) -> Vec<String> {
        let schema = Schema::read(&Node::parse(schema.as_bytes()).expect(schema)).expect(schema);
        let mut observed = Observed::default();
        for document in documents {
            observed.add(&Node::parse(document.as_bytes()).expect(document));
        }
        let line = |drift: Drift| {
            let sign = if drift.kind.is_breaking() { '!' } else { '+' };
            format!("{sign} {} {}: {} → {}", drift.path, drift.kind.as_str(), drift.was, drift.is)
        };
        compare(&schema, &observed.shape).into_iter().map(line).collect()
    }

    #[test]
    fn what_a_receiver_cannot_rely_on_any_more_is_breaking() {
        let schema = r#"{"type":"object","required":["a","b","gone"],"properties":{
            "a":{"type":"number"},"b":{"type":"string","format":"date"},"c":{"enum":["x","y",null]},
            "l":{"type":"array","items":{"type":"string"}},"gone":{},"maybe":{"type":"null"},
            "o":{"type":"object","additionalProperties":false}}}"#;
        let found = drift(
            schema,
            &[r#"{"a":1,"b":"soon","c":"z","l":["t",1,null],"o":{"n.m":1},"new":[1]}"#, r#"{"a":"1","c":null}"#],
        );
        let expected = [
            "! a type: number → string",
            "! b missing: always there → in 1 of 2",
            "! b format: date → other text",
            "! c value: x, y → z",
            "! l[] type: string → integer, null",
            r"! o.n\.m forbidden: not allowed → there",
            "+ new added: not described → array",
            "! gone missing: always there → gone",
            "+ maybe unseen: sometimes there → not seen",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_was_observed_fits_its_own_schema() {
        let documents = [r#"{"a":[1,{"b":"x"}],"c":null}"#, r#"{"a":[],"c":1.5,"d":"2026-01-01"}"#];
        let mut observed = Observed::default();
        for document in documents {
            observed.add(&Node::parse(document.as_bytes()).expect(document));
        }
        let schema = Schema::read(&document(&observed.shape, "", "")).expect("a schema");
        assert_eq!(compare(&schema, &observed.shape), []);
    }

    #[test]
    fn other_types_do_not_hide_what_lies_below() {
        assert_eq!(drift("true", &["1"]), [""; 0]);
        assert_eq!(drift("false", &["1"]), ["!  type: nothing → integer"]);
        assert_eq!(
            drift(r#"{"additionalProperties":{"type":"integer"}}"#, &[r#"{"x":1,"y":"a"}"#]),
            ["! y type: integer → string"]
        );
    }
}
