//! `{"kind":"deleted"}` and `{"kind":"pruned"}`.

use serde::Serialize;

/// What was deleted, or would be.
#[derive(Debug, Serialize)]
pub struct Removed {
    /// `deleted` or `pruned`.
    pub kind: &'static str,
    /// How many deliveries.
    pub deliveries: u64,
    /// The bytes of their heads and bodies.
    pub bytes: u64,
    /// Whether that was only looked at.
    pub dry_run: bool,
}
