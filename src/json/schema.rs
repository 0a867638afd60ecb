//! `{"kind":"schema"}` and `{"kind":"schema_comparison"}`.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::analysis::drift::Drift;

/// The schema of an event type.
#[derive(Debug, Serialize)]
pub struct SchemaObject {
    /// Always `schema`.
    pub kind: &'static str,
    /// The provider.
    pub provider: Option<String>,
    /// The event type.
    pub event_type: Option<String>,
    /// How many captures it was inferred from.
    pub captures: u64,
    /// JSON Schema 2020-12.
    pub schema: Option<Box<RawValue>>,
}

/// Captures against a schema.
#[derive(Debug, Serialize)]
pub struct SchemaComparison {
    /// Always `schema_comparison`.
    pub kind: &'static str,
    /// The schema's file.
    pub against: String,
    /// The provider.
    pub provider: Option<String>,
    /// The event type.
    pub event_type: Option<String>,
    /// How many captures were compared.
    pub captures: u64,
    /// Whether nothing breaks.
    pub compatible: bool,
    /// What a receiver that relies on the schema may fail at.
    pub breaking: Vec<DriftObject>,
    /// What else differs.
    pub changes: Vec<DriftObject>,
}

/// A difference.
#[derive(Debug, Serialize)]
pub struct DriftObject {
    path: String,
    change: &'static str,
    /// What the schema says.
    was: String,
    /// What was observed.
    is: String,
}

impl From<&Drift> for DriftObject {
    fn from(drift: &Drift) -> Self {
        Self { path: drift.path.clone(), change: drift.kind.as_str(), was: drift.was.clone(), is: drift.is.clone() }
    }
}
