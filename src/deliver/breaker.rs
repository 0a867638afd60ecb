//! A circuit breaker: an endpoint that fails again and again is left alone for a while, then tried with one delivery.
//!
//! Pure: the time is a parameter. One breaker belongs to one endpoint.

use std::time::{Duration, Instant};

use crate::model::quantity::Speed;
use crate::model::{BreakerPolicy, FailureKind, Response};
use crate::provider::retry::PauseRule;

/// When a breaker opens, and for how long.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BreakerSettings {
    /// Failures in a row that open it.
    pub failures: u32,
    /// What is a failure.
    pub counts: Counts,
    /// How long it stays open before one delivery may try.
    pub cooldown: Duration,
    /// What that is multiplied by each time the one that tries fails.
    pub factor: f64,
    /// It never stays open for longer.
    pub longest: Duration,
    /// How many that try may fail before the endpoint is given up.
    pub probes: u32,
}

/// What counts as a failure of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// No answer, or one that says that it is not well: 408, 429, 5xx. A refusal is the answer of one that is.
    Unwell,
    /// Everything that is not accepted.
    NotAccepted,
}

impl Counts {
    /// Whether an outcome that was accepted or not is a failure.
    pub fn is_failure(self, outcome: &Result<Response, FailureKind>, accepted: bool) -> bool {
        let unwell = outcome.as_ref().map_or(true, |response| matches!(response.status, 408 | 429 | 500..=599));
        !accepted && (self == Self::NotAccepted || unwell)
    }
}

/// A breaker that is not told when to give up waits for a month.
const LONGEST: Duration = Duration::from_hours(24 * 30);

impl BreakerSettings {
    /// What a user's plan means.
    pub fn of_policy(policy: BreakerPolicy) -> Option<Self> {
        let BreakerPolicy::On { failures, cooldown, probes } = policy else { return None };
        Some(Self { failures, counts: Counts::Unwell, cooldown, factor: 1.0, longest: LONGEST, probes })
    }

    /// What a provider does.
    pub fn of_rule(rule: &PauseRule) -> Self {
        Self {
            failures: rule.failures.max(1),
            counts: Counts::NotAccepted,
            cooldown: rule.time,
            factor: rule.factor.max(1.0),
            longest: rule.longest.unwrap_or(LONGEST),
            probes: u32::MAX,
        }
    }

    /// How long the n-th pause (from 0) is.
    pub fn pause(&self, n: u32) -> Duration {
        let seconds = self.cooldown.as_secs_f64() * self.factor.powi(i32::try_from(n).unwrap_or(i32::MAX));
        Duration::try_from_secs_f64(seconds).unwrap_or(self.longest).min(self.longest)
    }
}

/// Where a breaker stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Deliveries go through; so many failed in a row.
    Closed(u32),
    /// None goes through before this moment; so many that tried have failed.
    Open(Instant, u32),
    /// One is trying; the others wait for what becomes of it.
    HalfOpen(u32),
    /// None goes through any more.
    GivenUp,
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
    /// Not any more.
    Never,
}

/// What an outcome changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It opened, for so long by the wall of the endpoint's time.
    Opened(Duration),
    /// It closed: the endpoint is back.
    Closed,
    /// The endpoint was given up.
    GaveUp,
}

/// A circuit breaker.
#[derive(Debug, Clone)]
pub struct Breaker {
    settings: BreakerSettings,
    scale: Speed,
    state: State,
}

impl Breaker {
    /// A closed breaker, for a world in which time goes by at this speed.
    pub fn new(settings: BreakerSettings, scale: Speed) -> Self {
        Self { settings, scale, state: State::Closed(0) }
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// Asks for a delivery at `now`. `Go` from an open breaker makes this delivery the one that tries.
    pub fn permit(&mut self, now: Instant) -> Permit {
        match self.state {
            State::Closed(_) => Permit::Go,
            State::Open(until, _) if now < until => Permit::NotBefore(until),
            State::Open(_, probes) => {
                self.state = State::HalfOpen(probes);
                Permit::Go
            }
            State::HalfOpen(_) => Permit::AfterProbe,
            State::GivenUp => Permit::Never,
        }
    }

    /// Tells what became of a delivery that went through.
    pub fn report(&mut self, outcome: &Result<Response, FailureKind>, accepted: bool, now: Instant) -> Option<Change> {
        let failed = self.settings.counts.is_failure(outcome, accepted);
        match (self.state, failed) {
            (State::Closed(_), false) => self.state = State::Closed(0),
            (State::Closed(before), true) if before + 1 >= self.settings.failures => return Some(self.open(0, now)),
            (State::Closed(before), true) => self.state = State::Closed(before + 1),
            (State::HalfOpen(_), false) => {
                self.state = State::Closed(0);
                return Some(Change::Closed);
            }
            (State::HalfOpen(probes), true) => return Some(self.open(probes + 1, now)),
            // It was under way when another one opened the breaker: it says nothing new.
            (State::Open(..) | State::GivenUp, _) => {}
        }
        None
    }

    fn open(&mut self, probes: u32, now: Instant) -> Change {
        if probes >= self.settings.probes {
            self.state = State::GivenUp;
            return Change::GaveUp;
        }
        let pause = self.settings.pause(probes);
        let until = now.checked_add(self.scale.scale(pause)).unwrap_or(now + LONGEST);
        self.state = State::Open(until, probes);
        Change::Opened(pause)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::model::Headers;

    const SETTINGS: BreakerSettings = BreakerSettings {
        failures: 2,
        counts: Counts::Unwell,
        cooldown: Duration::from_secs(10),
        factor: 2.0,
        longest: Duration::from_secs(25),
        probes: 3,
    };

    const DOWN: Result<Response, FailureKind> = Err(FailureKind::Refused);

    #[expect(clippy::unnecessary_wraps, reason = "an outcome is a Result")]
    fn answer(status: u16) -> Result<Response, FailureKind> {
        Ok(Response { status, headers: Headers::new(), body: Bytes::new() })
    }

    #[test]
    fn it_opens_after_failures_in_a_row_for_longer_each_time_and_closes_after_one_success() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut breaker = Breaker::new(SETTINGS, Speed::LIFE);
        assert_eq!(breaker.report(&DOWN, false, at(0)), None);
        assert_eq!(breaker.report(&answer(200), true, at(0)), None);
        assert_eq!(breaker.report(&DOWN, false, at(0)), None);
        assert_eq!(breaker.report(&answer(503), false, at(1)), Some(Change::Opened(Duration::from_secs(10))));
        assert_eq!(breaker.permit(at(5)), Permit::NotBefore(at(11)));
        assert_eq!(breaker.permit(at(11)), Permit::Go);
        assert_eq!(breaker.permit(at(11)), Permit::AfterProbe);
        assert_eq!(breaker.report(&DOWN, false, at(12)), Some(Change::Opened(Duration::from_secs(20))));
        assert_eq!(breaker.permit(at(32)), Permit::Go);
        assert_eq!(breaker.report(&DOWN, false, at(32)), Some(Change::Opened(Duration::from_secs(25))));
        assert_eq!(breaker.permit(at(57)), Permit::Go);
        assert_eq!(breaker.report(&answer(200), true, at(57)), Some(Change::Closed));
        assert_eq!((breaker.permit(at(57)), breaker.state()), (Permit::Go, State::Closed(0)));
    }

    #[test]
    fn an_endpoint_that_stays_down_is_given_up() {
        let mut now = Instant::now();
        let mut breaker = Breaker::new(SETTINGS, Speed::Max);
        let mut changes = Vec::new();
        for _ in 0..5 {
            changes.extend(breaker.report(&DOWN, false, now));
            now += Duration::from_mins(1);
            breaker.permit(now);
        }
        assert_eq!(changes.len(), 4);
        assert_eq!(changes.last(), Some(&Change::GaveUp));
        assert_eq!(breaker.permit(now), Permit::Never);
        let mut at_once = Breaker::new(BreakerSettings { failures: 1, probes: 0, ..SETTINGS }, Speed::LIFE);
        assert_eq!(at_once.report(&DOWN, false, now), Some(Change::GaveUp));
    }

    #[test]
    fn a_refusal_is_the_answer_of_an_endpoint_that_is_well() {
        for (outcome, accepted, unwell, not_accepted) in [
            (answer(200), true, false, false),
            (answer(401), false, false, true),
            (answer(429), false, true, true),
            (answer(503), false, true, true),
            (answer(503), true, false, false),
            (DOWN, false, true, true),
        ] {
            assert_eq!(Counts::Unwell.is_failure(&outcome, accepted), unwell, "{outcome:?}");
            assert_eq!(Counts::NotAccepted.is_failure(&outcome, accepted), not_accepted, "{outcome:?}");
        }
    }

    #[test]
    fn a_straggler_changes_nothing() {
        let now = Instant::now();
        let mut breaker = Breaker::new(BreakerSettings { failures: 1, ..SETTINGS }, Speed::LIFE);
        assert!(breaker.report(&DOWN, false, now).is_some());
        assert_eq!(breaker.report(&answer(200), true, now), None);
        assert!(matches!(breaker.state(), State::Open(..)));
    }
}
