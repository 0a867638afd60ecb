//! `{"kind":"diff"}`: what two requests differ in.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::analysis::requests::{Difference, Expected};

/// Two requests compared.
#[derive(Debug, Serialize)]
pub struct Diff {
    /// Always `diff`.
    pub kind: &'static str,
    /// The old one: `#12`, `request.http`.
    pub old: String,
    /// The new one.
    pub new: String,
    /// Whether nothing that counts differs.
    pub equal: bool,
    /// All differences, those that do not count among them.
    pub differences: Vec<DifferenceObject>,
}

/// Something that differs.
#[derive(Debug, Serialize)]
pub struct DifferenceObject {
    /// `request`, `header` or `body`.
    pub part: &'static str,
    /// Where in it.
    pub path: String,
    /// `added`, `removed` or `changed`.
    pub change: &'static str,
    /// What was there.
    pub old: Option<Box<RawValue>>,
    /// What is there now.
    pub new: Option<Box<RawValue>>,
    /// `signature`, `time`, `id` or `length`, if the difference is no surprise.
    pub expected: Option<&'static str>,
}

impl DifferenceObject {
    /// What is public about a difference.
    pub fn of(difference: &Difference) -> Self {
        Self {
            part: difference.part.as_str(),
            path: difference.path.clone(),
            change: match (&difference.old, &difference.new) {
                (None, _) => "added",
                (_, None) => "removed",
                _ => "changed",
            },
            old: difference.old.as_ref().and_then(|node| raw(node.compact())),
            new: difference.new.as_ref().and_then(|node| raw(node.compact())),
            expected: difference.expected.map(Expected::as_str),
        }
    }
}

/// JSON as a value of an object, its numbers and keys as they are.
pub fn raw(json: String) -> Option<Box<RawValue>> {
    RawValue::from_string(json).ok()
}
