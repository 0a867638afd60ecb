//! `{"kind":"fixture"}`: an event file that was made of a capture.

use serde::Serialize;

/// An event file.
#[derive(Debug, Serialize)]
pub struct FixtureObject {
    /// Always `fixture`.
    pub kind: &'static str,
    /// The provider's id.
    pub provider: String,
    /// The event type.
    pub event_type: String,
    /// The file.
    pub path: String,
    /// How many ids and times became placeholders.
    pub placeholders: usize,
}
