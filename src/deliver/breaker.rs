//! A circuit breaker: an endpoint that fails again and again is left alone for a while, then tried with one delivery.
//!
//! Pure: the time is a parameter. One breaker belongs to one endpoint.

use std::time::{Duration, Instant};

/// When a breaker opens, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerSettings {
    /// Failures in a row that open it.
    pub failures: u32,
    /// How long it stays open before one delivery may try.
    pub cooldown: Duration,
}

/// Where a breaker stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Deliveries go through; so many failed in a row.
    Closed(u32),
    /// None goes through before this moment.
    Open(Instant),
    /// One is trying; the others wait for what becomes of it.
    HalfOpen,
}

/// What a delivery may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    /// Go.
    Go,
    /// Not before this moment.
    NotBefore(Instant),
    /// Not before the one that is trying has ended.
    AfterProbe,
}

/// What an outcome changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It opened.
    Opened,
    /// It closed: the endpoint is back.
    Closed,
}

/// A circuit breaker.
#[derive(Debug, Clone)]
pub struct Breaker {
    settings: BreakerSettings,
    state: State,
}

impl Breaker {
    /// A closed breaker.
    pub fn new(settings: BreakerSettings) -> Self {
        Self { settings, state: State::Closed(0) }
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// Asks for a delivery at `now`. `Go` from an open breaker makes this delivery the one that tries.
    pub fn permit(&mut self, now: Instant) -> Permit {
        match self.state {
            State::Closed(_) => Permit::Go,
            State::Open(until) if now < until => Permit::NotBefore(until),
            State::Open(_) => {
                self.state = State::HalfOpen;
                Permit::Go
            }
            State::HalfOpen => Permit::AfterProbe,
        }
    }

    /// Tells what became of a delivery that went through.
    pub fn report(&mut self, accepted: bool, now: Instant) -> Option<Change> {
        let open = State::Open(now + self.settings.cooldown);
        let (state, change) = match (self.state, accepted) {
            (State::Closed(_), true) => (State::Closed(0), None),
            (State::Closed(failed), false) if failed + 1 >= self.settings.failures => (open, Some(Change::Opened)),
            (State::Closed(failed), false) => (State::Closed(failed + 1), None),
            (State::HalfOpen, true) => (State::Closed(0), Some(Change::Closed)),
            (State::HalfOpen, false) => (open, Some(Change::Opened)),
            // It was under way when another one opened the breaker: it says nothing new.
            (State::Open(until), _) => (State::Open(until), None),
        };
        self.state = state;
        change
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: BreakerSettings = BreakerSettings { failures: 2, cooldown: Duration::from_secs(10) };

    #[test]
    fn it_opens_after_failures_in_a_row_and_closes_after_one_success() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut breaker = Breaker::new(SETTINGS);
        assert_eq!(breaker.report(false, at(0)), None);
        assert_eq!(breaker.report(true, at(0)), None);
        assert_eq!(breaker.report(false, at(0)), None);
        assert_eq!(breaker.report(false, at(1)), Some(Change::Opened));
        assert_eq!(breaker.permit(at(5)), Permit::NotBefore(at(11)));
        assert_eq!(breaker.permit(at(11)), Permit::Go);
        assert_eq!(breaker.permit(at(11)), Permit::AfterProbe);
        assert_eq!(breaker.report(false, at(12)), Some(Change::Opened));
        assert_eq!(breaker.permit(at(22)), Permit::Go);
        assert_eq!(breaker.report(true, at(22)), Some(Change::Closed));
        assert_eq!(breaker.permit(at(22)), Permit::Go);
        assert_eq!(breaker.state(), State::Closed(0));
    }

    #[test]
    fn a_straggler_changes_nothing() {
        let now = Instant::now();
        let mut breaker = Breaker::new(BreakerSettings { failures: 1, ..SETTINGS });
        assert_eq!(breaker.report(false, now), Some(Change::Opened));
        assert_eq!(breaker.report(true, now), None);
        assert!(matches!(breaker.state(), State::Open(_)));
    }
}
