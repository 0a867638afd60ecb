//! `{"kind":"setting"}`: a line of `config`.

use serde::Serialize;

/// A configured value.
#[derive(Debug, Serialize)]
pub struct SettingObject<'a> {
    /// Always `setting`.
    pub kind: &'static str,
    /// The key with its tables.
    pub key: &'a str,
    /// The value; secrets are masked.
    pub value: &'a str,
    /// Who said so.
    pub origin: String,
}
