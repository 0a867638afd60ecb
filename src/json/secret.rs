//! `{"kind":"secret"}`: what `secret` prints. It is the one object that holds a secret, since that is what was asked for.

use serde::Serialize;

/// A secret.
#[derive(Debug, Serialize)]
pub struct SecretObject<'a> {
    /// Always `secret`.
    pub kind: &'static str,
    /// The provider.
    pub provider: &'a str,
    /// `given` or `development`.
    pub origin: &'static str,
    /// The secret itself; absent when it was written into a file instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<&'a str>,
    /// The file it was written into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written_to: Option<String>,
}
