//! Which delivery is due when.
//!
//! Pure: a place in the run in, a moment out, counted from its start. Nothing here waits.

use std::time::Duration;

/// The rhythm of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pace {
    /// How far apart two turns are; zero: each as soon as there is a place for it.
    every: Duration,
    /// The first turn of this run: what was made in an earlier one does not delay it.
    first: u64,
}

impl Pace {
    /// A turn every so often.
    pub fn every(gap: Duration) -> Self {
        Self { every: gap, first: 0 }
    }

    /// The same rhythm, beginning with a later turn.
    #[must_use]
    pub fn from(self, first: u64) -> Self {
        Self { first, ..self }
    }

    /// Whether the moments are given: turns must not wait for each other to keep it.
    pub fn is_timed(&self) -> bool {
        !self.every.is_zero()
    }

    /// When a turn (from 0) is due.
    pub fn due(&self, turn: u64) -> Duration {
        let nanos = self.every.as_nanos().saturating_mul(u128::from(turn.saturating_sub(self.first)));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_spread_evenly_and_a_resumed_run_starts_at_once() {
        let pace = Pace::every(Duration::from_millis(250));
        assert_eq!((pace.due(0), pace.due(4)), (Duration::ZERO, Duration::from_secs(1)));
        assert_eq!(pace.from(4).due(4), Duration::ZERO);
        assert_eq!(pace.from(4).due(5), Duration::from_millis(250));
        assert!(pace.is_timed() && !Pace::default().is_timed());
        assert_eq!(Pace::default().due(u64::MAX), Duration::ZERO);
        // Centuries away, and no overflow.
        assert!(Pace::every(Duration::from_hours(24)).due(u64::MAX) > Duration::from_hours(24 * 365 * 100));
    }
}
