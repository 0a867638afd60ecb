//! `{"kind":"error"}`: why a command could not do its work.

use serde::Serialize;

use crate::error::Failure;

/// The last object of a command that failed.
#[derive(Debug, Serialize)]
pub struct ErrorObject<'a> {
    kind: &'static str,
    message: &'a str,
    hint: Option<&'a str>,
    /// The exit code.
    code: u8,
}

/// The object of a failure.
pub fn of(failure: &Failure) -> ErrorObject<'_> {
    ErrorObject { kind: "error", message: &failure.message, hint: failure.hint.as_deref(), code: failure.exit.code() }
}
