//! `{"kind":"error"}`: why a command could not do its work.

use serde::Serialize;

/// The last object of a command that failed.
#[derive(Debug, Serialize)]
pub struct ErrorObject<'a> {
    kind: &'static str,
    message: &'a str,
    hint: Option<&'a str>,
    /// The exit code.
    code: u8,
}

impl<'a> ErrorObject<'a> {
    /// What was wrong, the next step, and how the command ends.
    pub fn new(message: &'a str, hint: Option<&'a str>, code: u8) -> Self {
        Self { kind: "error", message, hint, code }
    }
}
