//! `{"kind":"signature"}`: the headers that `sign` made.

use serde::Serialize;

/// The headers of a signature, in order.
#[derive(Debug, Serialize)]
pub struct SignatureObject<'a> {
    /// Always `signature`.
    pub kind: &'static str,
    /// The provider.
    pub provider: &'a str,
    /// Name and value.
    pub headers: Vec<(String, String)>,
}
