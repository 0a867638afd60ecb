//! `{"kind":"comparison"}`: an answer beside the recorded one.

use serde::Serialize;

use super::diff::DifferenceObject;
use super::millis;
use crate::analysis::answers::Comparison;

/// An answer compared with the recorded one.
#[derive(Debug, Serialize)]
pub struct ComparisonObject<'a> {
    kind: &'static str,
    /// What was sent again: `#12`, `session.har#3`.
    replay_of: &'a str,
    delivery_id: &'a str,
    /// Whether there was anything to compare with.
    compared: bool,
    /// Whether the status has changed, and that counts.
    changed: bool,
    status: Change<u16>,
    duration_ms: Change<f64>,
    differences: Vec<DifferenceObject>,
}

/// Something then and now.
#[derive(Debug, Serialize)]
struct Change<T> {
    old: Option<T>,
    new: Option<T>,
}

/// How answers compare, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// As recorded.
    pub same: u64,
    /// With another status.
    pub changed: u64,
    /// With the same status, and other headers or another body.
    pub different: u64,
    /// Nothing was recorded.
    pub not_compared: u64,
}

impl<'a> ComparisonObject<'a> {
    /// The comparison of the answer to a delivery; `None`: there was no recorded answer.
    pub fn new(replay_of: &'a str, delivery_id: &'a str, comparison: Option<&Comparison>) -> Self {
        let (old, new) = comparison.map_or((None, None), |one| (one.durations.0, Some(one.durations.1)));
        Self {
            kind: "comparison",
            replay_of,
            delivery_id,
            compared: comparison.is_some(),
            changed: comparison.is_some_and(|one| one.changed),
            status: Change {
                old: comparison.map(|one| one.old_status),
                new: comparison.and_then(|one| one.new_status),
            },
            duration_ms: Change { old: old.map(millis), new: new.map(millis) },
            differences: comparison
                .map(|one| one.differences.iter().map(DifferenceObject::of).collect())
                .unwrap_or_default(),
        }
    }
}
