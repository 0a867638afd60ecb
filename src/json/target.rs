//! `{"kind":"target"}`

use serde::Serialize;

/// What has become of a target that is forwarded to behind answers.
#[derive(Debug, Serialize)]
pub struct TargetObject {
    kind: &'static str,
    url: String,
    /// `down`, `back`, `full`; at the start `waiting`, or `gone` if it is no target any more.
    state: &'static str,
    /// Deliveries that wait for it.
    waiting: u64,
    /// Why it is down.
    error: Option<&'static str>,
}

impl TargetObject {
    /// A target in this state.
    pub fn new(url: &str, state: &'static str, waiting: u64) -> Self {
        Self { kind: "target", url: url.to_owned(), state, waiting, error: None }
    }

    /// With the reason.
    #[must_use]
    pub fn because(mut self, error: &'static str) -> Self {
        self.error = Some(error);
        self
    }
}
