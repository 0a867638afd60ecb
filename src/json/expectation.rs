//! `{"kind":"expectation"}`: what a script waited for, and what became of it.

use serde::Serialize;

use crate::model::{DeliveryId, Reason, Verdict};

/// An expectation at the end of `listen`.
#[derive(Debug, Serialize)]
pub struct ExpectationObject {
    /// Always `expectation`.
    kind: &'static str,
    /// What was expected, as it was written.
    expect: String,
    /// Whether all of it came with a valid verdict.
    met: bool,
    /// The ids of what came, valid.
    deliveries: Vec<String>,
    /// How many came that fit, but were not valid.
    not_valid: u64,
    /// The verdict of the last of these.
    verdict: Option<&'static str>,
    /// The reason of the last of these.
    reason: Option<&'static str>,
}

impl ExpectationObject {
    /// What became of an expectation.
    pub fn new(
        expect: String,
        met: bool,
        deliveries: impl IntoIterator<Item = DeliveryId>,
        not_valid: u64,
        last: Option<(Verdict, Option<Reason>)>,
    ) -> Self {
        Self {
            kind: "expectation",
            expect,
            met,
            deliveries: deliveries.into_iter().map(|id| id.to_string()).collect(),
            not_valid,
            verdict: last.map(|(verdict, _)| verdict.as_str()),
            reason: last.and_then(|(_, reason)| reason).map(Reason::as_str),
        }
    }
}
