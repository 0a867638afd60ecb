//! `{"kind":"source"}`

use serde::Serialize;

/// What happened to the channel of `listen --source`.
#[derive(Debug, Serialize)]
pub struct SourceObject {
    kind: &'static str,
    url: String,
    /// `open`, `lost`, `moved`, `altered` (the body of the next delivery) or `unreadable`.
    state: &'static str,
    /// Why it was lost or is unreadable, in which way it was altered, where it has moved.
    detail: Option<String>,
}

impl SourceObject {
    /// A channel in this state.
    pub fn new(url: &str, state: &'static str, detail: Option<String>) -> Self {
        Self { kind: "source", url: url.to_owned(), state, detail }
    }
}
