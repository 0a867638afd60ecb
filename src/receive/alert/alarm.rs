//! One alert: calm or raised, without flapping between the two. The time is a parameter.
//!
//! It is raised as soon as its threshold is crossed. It is over once the number has been clearly on the right side, by a
//! tenth of the threshold, for a while: a number that dances around its threshold raises one alert, not hundreds.

use std::time::{Duration, Instant};

use crate::threshold::{Comparison, Outcome, Threshold};

/// How much better than its threshold a number must be to count as good again.
const MARGIN: f64 = 0.1;

/// An alert and its state.
#[derive(Debug)]
pub(super) struct Alarm {
    pub(super) threshold: Threshold,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Calm,
    Raised {
        since: Instant,
        /// From when on everything was good again.
        good_since: Option<Instant>,
    },
}

/// A change of state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The threshold is crossed.
    Raised,
    /// It is over.
    Over {
        /// How long it was raised.
        after: Duration,
    },
}

impl Alarm {
    /// A calm one.
    pub(super) fn new(threshold: Threshold) -> Self {
        Self { threshold, state: State::Calm }
    }

    /// Whether it is raised.
    pub(super) fn is_raised(&self) -> bool {
        self.state != State::Calm
    }

    /// Takes note of what was found, and says what changed. `calm` is how long all must be good.
    pub(super) fn look(&mut self, found: &Outcome, calm: Duration, now: Instant) -> Option<Change> {
        match &mut self.state {
            State::Calm => found
                .holds
                .then(|| self.state = State::Raised { since: now, good_since: None })
                .map(|()| Change::Raised),
            State::Raised { since, good_since } => {
                if !is_clearly_good(self.threshold.comparison, found) {
                    *good_since = None;
                    return None;
                }
                let good_for = now.duration_since(*good_since.get_or_insert(now));
                let after = now.duration_since(*since);
                (good_for >= calm).then(|| self.state = State::Calm).map(|()| Change::Over { after })
            }
        }
    }
}

/// What is not measured any more is not bad any more: nothing came.
fn is_clearly_good(comparison: Comparison, found: &Outcome) -> bool {
    let (Some(actual), Some(bound)) = (found.actual, found.bound) else { return !found.holds };
    let margin = bound.abs() * MARGIN;
    !found.holds
        && match comparison {
            Comparison::More | Comparison::AtLeast => actual <= bound - margin,
            Comparison::Less | Comparison::AtMost => actual >= bound + margin,
            Comparison::Equal | Comparison::Unequal => true,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: Duration = Duration::from_mins(1);

    fn run(text: &str, numbers: &[(u64, Option<f64>)]) -> Vec<(u64, Change)> {
        let mut alarm = Alarm::new(text.parse().expect(text));
        let crate::threshold::Bound::Fixed(bound) = alarm.threshold.bound else {
            unreachable!("thresholds of alerts are fixed")
        };
        let start = Instant::now();
        let mut changes = Vec::new();
        for (second, actual) in numbers {
            let holds = actual.is_some_and(|actual| match alarm.threshold.comparison {
                Comparison::More => actual > bound,
                _ => actual < bound,
            });
            let found = Outcome { actual: *actual, bound: Some(bound), holds };
            let change = alarm.look(&found, CALM, start + Duration::from_secs(*second));
            changes.extend(change.map(|change| (*second, change)));
        }
        changes
    }

    fn over(after: u64) -> Change {
        Change::Over { after: Duration::from_secs(after) }
    }

    #[test]
    fn it_is_raised_once_and_over_when_all_was_good_for_a_while() {
        let numbers =
            [(0, Some(0.1)), (1, Some(0.2)), (2, Some(0.3)), (10, Some(0.0)), (69, Some(0.0)), (70, Some(0.0))];
        assert_eq!(run("error_rate > 10%", &numbers), [(1, Change::Raised), (70, over(69))]);
    }

    #[test]
    fn a_number_that_dances_around_its_threshold_raises_it_once() {
        let numbers: Vec<_> = (0..600).map(|n| (n, Some(if n % 2 == 0 { 0.11 } else { 0.095 }))).collect();
        assert_eq!(run("error_rate > 10%", &numbers), [(0, Change::Raised)]);
        let back_and_forth: Vec<_> = (0..600).map(|n| (n, Some(if n % 50 == 0 { 0.11 } else { 0.0 }))).collect();
        assert_eq!(run("error_rate > 10%", &back_and_forth), [(0, Change::Raised)]);
    }

    #[test]
    fn nothing_any_more_is_good_and_too_little_is_bad() {
        let numbers = [(0, Some(0.5)), (1, None), (61, None), (62, None)];
        assert_eq!(run("error_rate > 10%", &numbers), [(0, Change::Raised), (61, over(61))]);
        let numbers = [(0, Some(1.0)), (1, Some(10.5)), (62, Some(11.0)), (122, Some(11.0))];
        assert_eq!(run("rate < 10/s", &numbers), [(0, Change::Raised), (122, over(122))]);
        // Nothing is a tenth better than no failure at all.
        assert_eq!(
            run("failed > 0", &[(0, Some(1.0)), (1, Some(0.0)), (61, Some(0.0))]),
            [(0, Change::Raised), (61, over(61))]
        );
    }
}
