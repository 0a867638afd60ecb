//! `{"kind":"trusted"}`

use serde::Serialize;

/// A project file that is accepted.
#[derive(Debug, Serialize)]
pub struct TrustedObject {
    kind: &'static str,
    path: String,
    sha256: String,
}

impl TrustedObject {
    /// This file.
    pub fn new(path: String, sha256: String) -> Self {
        Self { kind: "trusted", path, sha256 }
    }
}
