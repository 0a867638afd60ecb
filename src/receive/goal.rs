//! What a script waits for, and whether it has come.
//!
//! Looked at once a delivery is answered, so that whoever hears that it has come finds it recorded, and its sender served.

use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

use crate::model::expectation::Expectation;
use crate::model::{DeliveryId, Reason, Summary, Verdict};

/// When a listener has seen enough.
#[derive(Debug)]
pub struct Goal {
    /// After so many deliveries.
    deliveries: Option<u64>,
    state: Mutex<State>,
    reached: watch::Sender<bool>,
}

#[derive(Debug)]
struct State {
    seen: u64,
    expected: Vec<Expected>,
}

/// An expectation, and what came of it.
#[derive(Debug, Clone)]
pub struct Expected {
    /// What was expected.
    pub expectation: Expectation,
    /// Numbers and ids of what came, valid.
    pub came: Vec<(i64, DeliveryId)>,
    /// How many came that fit, but are not valid.
    pub not_valid: u64,
    /// Of these, what was wrong with the last one.
    pub last: Option<(Verdict, Option<Reason>)>,
}

impl Expected {
    /// Whether all of it came.
    pub fn is_met(&self) -> bool {
        self.came.len() >= self.expectation.times
    }
}

impl Goal {
    /// So many deliveries, or all that is expected, whichever is first; `None` if there is nothing to wait for.
    pub fn new(deliveries: Option<u64>, expectations: Vec<Expectation>) -> Option<Self> {
        if deliveries.is_none() && expectations.is_empty() {
            return None;
        }
        let expected = |expectation| Expected { expectation, came: Vec::new(), not_valid: 0, last: None };
        let state = State { seen: 0, expected: expectations.into_iter().map(expected).collect() };
        Some(Self { deliveries, state: Mutex::new(state), reached: watch::Sender::new(false) })
    }

    /// Counts a delivery that was answered.
    pub fn see(&self, number: i64, summary: &Summary, duplicate_of: Option<DeliveryId>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.seen += 1;
        state.count(number, summary, duplicate_of);
        let all = !state.expected.is_empty() && state.expected.iter().all(Expected::is_met);
        if all || self.deliveries.is_some_and(|most| state.seen >= most) {
            self.reached.send_replace(true);
        }
    }

    /// Resolves once there is nothing more to wait for.
    pub async fn reached(&self) {
        // The sender is our own, so the wait ends with the value and not otherwise.
        let _ = self.reached.subscribe().wait_for(|reached| *reached).await;
    }

    /// What became of each expectation.
    pub fn expected(&self) -> Vec<Expected> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).expected.clone()
    }
}

impl State {
    /// One delivery counts for one expectation: the first that it fits and that still wants one. What repeats a delivery that
    /// has counted already is the same event once more, and counts for none.
    fn count(&mut self, number: i64, summary: &Summary, duplicate_of: Option<DeliveryId>) {
        let came =
            |id: DeliveryId| self.expected.iter().any(|expected| expected.came.iter().any(|(_, came)| *came == id));
        if duplicate_of.is_some_and(came) {
            return;
        }
        let fitting =
            |expected: &&mut Expected| !expected.is_met() && expected.expectation.pattern.fits_summary(summary);
        let Some(expected) = self.expected.iter_mut().find(fitting) else { return };
        if summary.verdict == Verdict::Valid {
            expected.came.push((number, summary.id));
        } else {
            expected.not_valid += 1;
            expected.last = Some((summary.verdict, summary.reason));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;

    fn summary(event: &str, verdict: Verdict, id: u8) -> Summary {
        Summary {
            id: DeliveryId::new(Timestamp::from_secs(1), [id; 10]),
            verdict,
            reason: (verdict != Verdict::Valid).then_some(Reason::SignatureMismatch),
            ..Summary::example(event)
        }
    }

    fn goal(deliveries: Option<u64>, expectations: &[&str]) -> Goal {
        let expectations = expectations.iter().map(|text| text.parse().expect(text)).collect();
        Goal::new(deliveries, expectations).expect("something to wait for")
    }

    fn met(goal: &Goal) -> Vec<usize> {
        goal.expected().iter().map(|expected| expected.came.len()).collect()
    }

    fn is_reached(goal: &Goal) -> bool {
        *goal.reached.borrow()
    }

    #[test]
    fn all_must_come_and_each_delivery_counts_once() {
        let goal = goal(None, &["stripe a", "stripe * x2"]);
        for (id, event, expected) in [(1, "b", [0, 1]), (2, "a", [1, 1]), (3, "a", [1, 2])] {
            assert!(!is_reached(&goal));
            goal.see(1, &summary(event, Verdict::Valid, id), None);
            assert_eq!(met(&goal), expected);
        }
        assert!(is_reached(&goal));
    }

    #[test]
    fn what_is_not_valid_does_not_count_and_is_remembered() {
        let goal = goal(None, &["stripe a"]);
        goal.see(1, &summary("a", Verdict::Invalid, 1), None);
        let expected = &goal.expected()[0];
        assert_eq!((expected.is_met(), expected.not_valid), (false, 1));
        assert_eq!(expected.last, Some((Verdict::Invalid, Some(Reason::SignatureMismatch))));
    }

    #[test]
    fn a_repetition_of_what_counted_does_not_count_and_that_of_something_older_does() {
        let goal = goal(None, &["stripe a x2"]);
        let [first, second, old] = [1, 2, 99].map(|id| summary("a", Verdict::Valid, id));
        goal.see(1, &first, Some(old.id));
        assert_eq!(met(&goal), [1], "a run before this one must not spoil it");
        goal.see(2, &second, Some(first.id));
        assert_eq!(met(&goal), [1]);
    }

    #[test]
    fn a_number_of_deliveries_is_enough_whatever_they_are() {
        let goal = goal(Some(2), &["stripe a"]);
        goal.see(1, &summary("b", Verdict::Unsigned, 1), None);
        assert!(!is_reached(&goal));
        goal.see(2, &summary("b", Verdict::Unsigned, 2), None);
        assert!(is_reached(&goal) && met(&goal) == [0]);
        assert!(Goal::new(None, Vec::new()).is_none());
    }
}
