//! `{"kind":"schema"}`, `{"kind":"schema_comparison"}`, `{"kind":"watching"}` and `{"kind":"schema_change"}`.

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

/// The first line of `events schema --watch`: what arrives from here on is looked at.
#[derive(Debug, Serialize)]
pub struct Watching {
    /// Always `watching`.
    pub kind: &'static str,
    /// The file with the schema, if it goes by one.
    pub against: Option<String>,
    /// How many event types are known.
    pub event_types: usize,
    /// Of how many there are enough captures to judge others.
    pub judged: usize,
}

/// A capture that does not look like those of its event type before it.
#[derive(Debug, Serialize)]
pub struct SchemaChange {
    /// Always `schema_change`.
    pub kind: &'static str,
    /// The number of the capture.
    pub number: i64,
    /// Its id.
    pub id: String,
    /// When it arrived.
    pub received_at: String,
    /// The provider.
    pub provider: Option<String>,
    /// The event type.
    pub event_type: Option<String>,
    /// How many captures of that type were seen before; with a schema in a file, null.
    pub seen: Option<u64>,
    /// Whether nothing breaks.
    pub compatible: bool,
    /// What a receiver that relies on what came before may fail at.
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
