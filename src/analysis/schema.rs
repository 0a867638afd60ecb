//! JSON Schema (2020-12), as far as shapes of payloads need it: written from what was observed, and read from a file to be
//! compared with.

use std::collections::BTreeSet;

use super::diff::push_key;
use super::shape::{Format, Shape};
use crate::payload::Node;

/// The dialect that is written and read.
pub const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// An enumeration has at most so many words, …
const MOST_VALUES: usize = 8;

/// … is claimed only of so many texts or more, …
const FEWEST_TEXTS: u64 = 10;

/// … and only if each word came so often on average.
const REPETITION: u64 = 3;

/// The types of JSON Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// `object`
    Object,
    /// `array`
    Array,
    /// `string`
    Text,
    /// `integer`
    Integer,
    /// `number`, integers among them
    Number,
    /// `boolean`
    Boolean,
    /// `null`
    Null,
}

impl Type {
    /// All types.
    pub const ALL: [Self; 7] =
        [Self::Object, Self::Array, Self::Text, Self::Integer, Self::Number, Self::Boolean, Self::Null];

    /// JSON Schema's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Array => "array",
            Self::Text => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Null => "null",
        }
    }
}

/// The types that a shape had.
pub fn types(shape: &Shape) -> BTreeSet<Type> {
    let seen = [
        (Type::Object, shape.objects.is_some()),
        (Type::Array, shape.lists > 0),
        (Type::Text, shape.texts.is_some()),
        (Type::Integer, shape.integers > 0 && shape.fractions == 0),
        (Type::Number, shape.fractions > 0),
        (Type::Boolean, shape.booleans > 0),
        (Type::Null, shape.nulls > 0),
    ];
    seen.into_iter().filter(|(_, seen)| *seen).map(|(kind, _)| kind).collect()
}

/// The schema of what was observed, as a document.
pub fn document(shape: &Shape, title: &str, comment: &str) -> Node {
    let text = |text: &str| Node::Text(text.to_owned());
    let mut entries = vec![
        ("$schema".to_owned(), text(DIALECT)),
        ("title".to_owned(), text(title)),
        ("$comment".to_owned(), text(comment)),
    ];
    entries.extend(keywords(shape));
    Node::Object(entries)
}

fn keywords(shape: &Shape) -> Vec<(String, Node)> {
    let text = |text: &str| Node::Text(text.to_owned());
    let types: Vec<Node> = types(shape).into_iter().map(|kind| text(kind.as_str())).collect();
    let mut entries = Vec::new();
    let mut add = |key: &str, value: Node| entries.push((key.to_owned(), value));
    match types.as_slice() {
        // An empty list says nothing about its elements.
        [] => return entries,
        [one] => add("type", one.clone()),
        _ => add("type", Node::Array(types)),
    }
    if let Some(texts) = &shape.texts {
        if let Some(format) = texts.formats.first() {
            add("format", text(format.as_str()));
        } else if let Some(words) = enumeration(shape) {
            let null = (shape.nulls > 0).then_some(Node::Null);
            add("enum", Node::Array(words.into_iter().map(text).chain(null).collect()));
        }
    }
    if let Some(objects) = &shape.objects {
        let sub = |shape: &Shape| Node::Object(keywords(shape));
        let properties = objects.fields.iter().map(|(key, shape)| (key.clone(), sub(shape))).collect();
        add("properties", Node::Object(properties));
        let always = objects.fields.iter().filter(|(_, shape)| shape.seen == objects.count);
        let required: Vec<Node> = always.map(|(key, _)| text(key)).collect();
        if !required.is_empty() {
            add("required", Node::Array(required));
        }
        if let Some(others) = &objects.others {
            add("additionalProperties", sub(others));
        }
    }
    if let Some(items) = &shape.items {
        add("items", Node::Object(keywords(items)));
    }
    entries
}

/// The words of a place that seems to have a fixed set of them.
fn enumeration(shape: &Shape) -> Option<Vec<&str>> {
    let texts = shape.texts.as_ref()?;
    let words = texts.words.as_ref()?;
    // Other types beside would have to be enumerated, too.
    let alone = texts.count + shape.nulls == shape.seen;
    let few =
        words.len() <= MOST_VALUES && texts.count >= FEWEST_TEXTS && texts.count >= REPETITION * words.len() as u64;
    (alone && few).then(|| words.keys().map(String::as_str).collect())
}

/// A schema that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schema {
    /// The types that are allowed; `None`: all.
    pub types: Option<BTreeSet<Type>>,
    /// The format of texts.
    pub format: Option<Format>,
    /// The texts that are allowed.
    pub words: Option<BTreeSet<String>>,
    /// The elements of lists.
    pub items: Option<Box<Schema>>,
    /// The fields that are described.
    pub properties: Vec<(String, Schema)>,
    /// The fields that must be there.
    pub required: Vec<String>,
    /// Fields that are not described.
    pub others: Others,
}

/// Fields that a schema does not describe.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Others {
    /// May be there.
    #[default]
    Allowed,
    /// May not.
    Forbidden,
    /// May be there, and look like this.
    Like(Box<Schema>),
}

/// Why a document is no schema that can be compared with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// A keyword that is not understood, and changes what the schema means.
    #[error("{}'{keyword}' is not understood", place(path))]
    Keyword {
        /// Where.
        path: String,
        /// The keyword.
        keyword: String,
    },
    /// A keyword with a value that it cannot have.
    #[error("{}'{keyword}' has a value that it cannot have", place(path))]
    Value {
        /// Where.
        path: String,
        /// The keyword.
        keyword: String,
    },
    /// Neither an object nor a boolean.
    #[error("{}a schema is an object, true or false", place(path))]
    NoSchema {
        /// Where.
        path: String,
    },
}

fn place(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!("{path}: ") }
}

/// Keywords that say nothing about what is allowed.
const ANNOTATIONS: [&str; 14] = [
    "$schema",
    "$id",
    "$comment",
    "$anchor",
    "$defs",
    "$vocabulary",
    "title",
    "description",
    "default",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "contentMediaType",
];

impl Schema {
    /// Reads a schema.
    ///
    /// # Errors
    /// The first thing that is not understood: a comparison that passed over it would say too little.
    pub fn read(node: &Node) -> Result<Self, SchemaError> {
        Self::at(node, &mut String::new())
    }

    fn at(node: &Node, path: &mut String) -> Result<Self, SchemaError> {
        let entries = match node {
            Node::Bool(true) => return Ok(Self::default()),
            Node::Bool(false) => return Ok(Self { types: Some(BTreeSet::new()), ..Self::default() }),
            Node::Object(entries) => entries,
            _ => return Err(SchemaError::NoSchema { path: path.clone() }),
        };
        let mut schema = Self::default();
        for (keyword, value) in entries {
            let wrong = |path: &str| SchemaError::Value { path: path.to_owned(), keyword: keyword.clone() };
            match keyword.as_str() {
                "type" => schema.types = Some(read_types(value).ok_or_else(|| wrong(path))?),
                "format" => {
                    let word = value.as_text().ok_or_else(|| wrong(path))?;
                    // A format that is not known is an annotation, as the standard has it.
                    schema.format = Format::ALL.into_iter().find(|format| format.as_str() == word);
                }
                "enum" => {
                    let Node::Array(values) = value else { return Err(wrong(path)) };
                    let text = |value: &Node| value.as_text().map(str::to_owned);
                    let words: Option<BTreeSet<String>> =
                        values.iter().filter(|value| **value != Node::Null).map(text).collect();
                    schema.words = Some(words.ok_or_else(|| wrong(path))?);
                }
                "const" => schema.words = Some([value.as_text().ok_or_else(|| wrong(path))?.to_owned()].into()),
                "properties" => {
                    let Node::Object(properties) = value else { return Err(wrong(path)) };
                    for (key, value) in properties {
                        let length = path.len();
                        push_key(path, key);
                        schema.properties.push((key.clone(), Self::at(value, path)?));
                        path.truncate(length);
                    }
                }
                "required" => {
                    let Node::Array(keys) = value else { return Err(wrong(path)) };
                    let keys: Option<Vec<String>> = keys.iter().map(|key| key.as_text().map(str::to_owned)).collect();
                    schema.required = keys.ok_or_else(|| wrong(path))?;
                }
                "items" => {
                    let length = path.len();
                    path.push_str("[]");
                    schema.items = Some(Box::new(Self::at(value, path)?));
                    path.truncate(length);
                }
                "additionalProperties" => {
                    schema.others = match value {
                        Node::Bool(true) => Others::Allowed,
                        Node::Bool(false) => Others::Forbidden,
                        other => Others::Like(Box::new(Self::at(other, path)?)),
                    };
                }
                other if ANNOTATIONS.contains(&other) => {}
                _ => return Err(SchemaError::Keyword { path: path.clone(), keyword: keyword.clone() }),
            }
        }
        Ok(schema)
    }

    /// The schema of a field.
    pub fn property(&self, key: &str) -> Option<&Self> {
        self.properties.iter().find(|(name, _)| name == key).map(|(_, schema)| schema)
    }
}

fn read_types(value: &Node) -> Option<BTreeSet<Type>> {
    let one = |node: &Node| Type::ALL.into_iter().find(|kind| Some(kind.as_str()) == node.as_text());
    match value {
        Node::Array(values) => values.iter().map(one).collect(),
        word => one(word).map(|kind| [kind].into()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::shape::Observed;
    use super::*;

    fn written(documents: &[&str]) -> String {
        let mut observed = Observed::default();
        for document in documents {
            observed.add(&Node::parse(document.as_bytes()).expect(document));
        }
        Node::Object(keywords(&observed.shape)).compact()
    }

    #[test]
    fn a_schema_says_what_was_seen() {
        for (documents, schema) in [
            (&["1"][..], r#"{"type":"integer"}"#),
            (&["1", "1.5", "null"], r#"{"type":["number","null"]}"#),
            (&["[]"], r#"{"type":"array"}"#),
            (
                &["[1]", r#"["a@b.example"]"#],
                r#"{"type":"array","items":{"type":["string","integer"],"format":"email"}}"#,
            ),
            (
                &[r#"{"a":1,"b":null}"#, r#"{"a":2}"#],
                r#"{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"null"}},"required":["a"]}"#,
            ),
            (&["{}"], r#"{"type":"object","properties":{}}"#),
        ] {
            assert_eq!(written(documents), schema, "{documents:?}");
        }
    }

    #[test]
    fn words_are_enumerated_when_they_are_few_and_come_again() {
        let several = [r#""a""#, r#""b""#, "null"].repeat(5);
        assert_eq!(written(&several), r#"{"type":["string","null"],"enum":["a","b",null]}"#);
        assert_eq!(written(&several[..8]), r#"{"type":["string","null"]}"#, "too few");
        let ids: Vec<String> = (0..12).map(|id| format!("\"{id}\"")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        assert_eq!(written(&ids), r#"{"type":"string"}"#, "never twice");
    }

    #[test]
    fn what_is_written_is_read() {
        let mut observed = Observed::default();
        for _ in 0..10 {
            observed.add(&Node::parse(br#"{"a.b":[{"x":"on"}],"at":"2026-01-01"}"#).expect("JSON"));
        }
        let schema = Schema::read(&document(&observed.shape, "t", "c")).expect("a schema");
        assert_eq!(schema.required, ["a.b", "at"]);
        let x = schema.property("a.b").and_then(|list| list.items.as_ref()).and_then(|item| item.property("x"));
        assert_eq!(x.and_then(|x| x.words.clone()), Some(["on".to_owned()].into()));
        assert_eq!(schema.property("at").and_then(|at| at.format), Some(Format::Date));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for (text, message) in [
            (r#"{"properties":{"a":{"$ref":"x"}}}"#, "a: '$ref' is not understood"),
            (r#"{"items":{"oneOf":[]}}"#, "[]: 'oneOf' is not understood"),
            (r#"{"type":"text"}"#, "'type' has a value that it cannot have"),
            (r#"{"enum":[1]}"#, "'enum' has a value that it cannot have"),
            ("3", "a schema is an object, true or false"),
        ] {
            let error = Schema::read(&Node::parse(text.as_bytes()).expect(text)).expect_err(text);
            assert_eq!(error.to_string(), message);
        }
        assert_eq!(Schema::read(&Node::Bool(true)), Ok(Schema::default()));
    }
}
