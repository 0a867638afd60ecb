//! `{"kind":"written"}`: a file or folder that a command wrote.

use serde::Serialize;

/// What was written.
#[derive(Debug, Serialize)]
pub struct Written {
    kind: &'static str,
    path: String,
}

impl Written {
    /// This path was written.
    pub fn new(path: impl std::fmt::Display) -> Self {
        Self { kind: "written", path: path.to_string() }
    }
}
