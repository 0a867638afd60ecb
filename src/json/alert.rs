//! `{"kind":"alert"}`

use serde::Serialize;

use crate::model::Timestamp;

/// An alert of `listen` was raised, or is over.
#[derive(Debug, Serialize)]
pub struct AlertObject {
    kind: &'static str,
    /// The threshold, as it is understood.
    alert: String,
    /// `raised` or `over`.
    state: &'static str,
    /// What was found: durations in milliseconds, shares from 0 to 1, rates a second. Null if nothing was measured.
    actual: Option<f64>,
    explanation: String,
    at: String,
}

impl AlertObject {
    /// An alert in this state.
    pub fn new(alert: &str, state: &'static str, actual: Option<f64>, explanation: &str, at: Timestamp) -> Self {
        Self {
            kind: "alert",
            alert: alert.to_owned(),
            state,
            actual,
            explanation: explanation.to_owned(),
            at: at.to_string(),
        }
    }

    /// `raised` or `over`.
    pub fn state(&self) -> &'static str {
        self.state
    }
}
