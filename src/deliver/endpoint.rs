//! Endpoints as the deliveries of a run find them: well, left alone for a while, given up, or disabled for good.
//!
//! An endpoint is a URL. What is known about it lives as long as the run.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::breaker::{Breaker, BreakerSettings, Change, Permit};
use crate::model::endpoint::{Disabled, EndpointChange};
use crate::model::quantity::Speed;
use crate::model::{FailureKind, Response};
use crate::provider::retry::DisableRule;

/// How the endpoints of a run are treated.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EndpointRules {
    /// When they are left alone.
    pub breaker: Option<BreakerSettings>,
    /// When they are sent nothing more.
    pub disable: Option<DisableRule>,
}

/// What a delivery may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// As the breaker says.
    Breaker(Permit),
    /// The endpoint is disabled.
    Disabled,
}

/// One endpoint.
#[derive(Debug)]
pub struct Endpoint {
    known: RefCell<Known>,
    /// Tells those who wait for a probe that it has ended.
    changed: Notify,
}

#[derive(Debug)]
struct Known {
    breaker: Option<Breaker>,
    disable: Option<DisableRule>,
    scale: Speed,
    failures: u32,
    failing_since: Option<Instant>,
    disabled: bool,
}

impl Endpoint {
    /// What a delivery may do now. `Go` must be followed by [`Self::report`].
    pub fn enter(&self, now: Instant) -> Entry {
        let mut known = self.known.borrow_mut();
        if known.disabled {
            return Entry::Disabled;
        }
        match &mut known.breaker {
            Some(breaker) => Entry::Breaker(breaker.permit(now)),
            None => Entry::Breaker(Permit::Go),
        }
    }

    /// Resolves when something has changed.
    pub async fn change(&self) {
        self.changed.notified().await;
    }

    /// Tells what became of an attempt.
    pub fn report(&self, outcome: &Result<Response, FailureKind>, accepted: bool, now: Instant) -> Vec<EndpointChange> {
        let mut changes = Vec::new();
        let mut known = self.known.borrow_mut();
        if let Some(change) = known.breaker.as_mut().and_then(|breaker| breaker.report(outcome, accepted, now)) {
            changes.push(match change {
                Change::Opened(pause) => EndpointChange::Opened(pause),
                Change::Closed => EndpointChange::Closed,
                Change::GaveUp => EndpointChange::GaveUp,
            });
        }
        changes.extend(known.judge(outcome, accepted, now).map(EndpointChange::Disabled));
        self.changed.notify_waiters();
        changes
    }

    /// Tells that the attempts at a delivery ran out.
    pub fn exhausted(&self) -> Option<EndpointChange> {
        let mut known = self.known.borrow_mut();
        let ends = known.disable.as_ref().is_some_and(|rule| rule.exhausted) && !known.disabled;
        known.disabled |= ends;
        ends.then_some(EndpointChange::Disabled(Disabled::Exhausted))
    }
}

impl Known {
    /// Whether the provider gives up on the endpoint after this attempt.
    fn judge(&mut self, outcome: &Result<Response, FailureKind>, accepted: bool, now: Instant) -> Option<Disabled> {
        if accepted {
            self.failures = 0;
            self.failing_since = None;
            return None;
        }
        self.failures += 1;
        let since = *self.failing_since.get_or_insert(now);
        let rule = self.disable.as_ref().filter(|_| !self.disabled)?;
        let status = outcome.as_ref().ok().map(|response| response.status);
        let asked = status.filter(|status| rule.status.iter().any(|range| range.contains(*status)));
        let reason = asked
            .map(Disabled::Status)
            .or_else(|| rule.failures.filter(|most| self.failures >= *most).map(|_| Disabled::Failures(self.failures)));
        let reason = reason.or_else(|| {
            let long = |limit: &Duration| now.duration_since(since) >= self.scale.scale(*limit);
            // Without any wait there is no telling how long something took.
            rule.after.filter(|limit| self.scale != Speed::Max && long(limit)).map(Disabled::Failing)
        })?;
        self.disabled = true;
        Some(reason)
    }
}

/// The endpoints of a run.
#[derive(Debug, Default)]
pub struct Endpoints(RefCell<BTreeMap<String, Rc<Endpoint>>>);

impl Endpoints {
    /// The endpoint at this URL, with these rules if it is new.
    pub fn at(&self, url: &str, rules: &EndpointRules, scale: Speed) -> Rc<Endpoint> {
        let mut all = self.0.borrow_mut();
        if let Some(endpoint) = all.get(url) {
            return endpoint.clone();
        }
        let known = Known {
            breaker: rules.breaker.map(|settings| Breaker::new(settings, scale)),
            disable: rules.disable.clone(),
            scale,
            failures: 0,
            failing_since: None,
            disabled: false,
        };
        let endpoint = Rc::new(Endpoint { known: RefCell::new(known), changed: Notify::new() });
        all.insert(url.to_owned(), endpoint.clone());
        endpoint
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::model::Headers;

    fn endpoint(rule: &str, scale: Speed) -> Rc<Endpoint> {
        let rules = EndpointRules { breaker: None, disable: Some(toml::from_str(rule).expect(rule)) };
        Endpoints::default().at("http://a/", &rules, scale)
    }

    #[expect(clippy::unnecessary_wraps, reason = "an outcome is a Result")]
    fn answer(status: u16) -> Result<Response, FailureKind> {
        Ok(Response { status, headers: Headers::new(), body: Bytes::new() })
    }

    #[test]
    fn providers_give_up_on_endpoints_by_their_own_rules() {
        let now = Instant::now();
        let down = Err(FailureKind::Refused);
        let gone = endpoint("status = ['410']", Speed::LIFE);
        assert_eq!(gone.report(&answer(500), false, now), []);
        assert_eq!(gone.report(&answer(410), false, now), [EndpointChange::Disabled(Disabled::Status(410))]);
        assert_eq!(gone.enter(now), Entry::Disabled);

        let failing = endpoint("failures = 2", Speed::LIFE);
        for (outcome, accepted, disabled) in
            [(&down, false, false), (&answer(200), true, false), (&down, false, false), (&down, false, true)]
        {
            assert_eq!(!failing.report(outcome, accepted, now).is_empty(), disabled);
        }

        let days = endpoint("after = '5d'", Speed::Times(1000.0));
        let later = |millis| now + Duration::from_millis(millis);
        assert_eq!(days.report(&down, false, later(0)), []);
        assert_eq!(days.report(&down, false, later(431_999)), []);
        assert_eq!(days.report(&down, false, later(432_000)).len(), 1);

        let strict = endpoint("exhausted = true", Speed::LIFE);
        assert_eq!(strict.exhausted(), Some(EndpointChange::Disabled(Disabled::Exhausted)));
        assert_eq!((strict.exhausted(), strict.enter(now)), (None, Entry::Disabled));
    }

    #[test]
    fn an_endpoint_is_one_however_many_deliveries_go_there() {
        let endpoints = Endpoints::default();
        let rules = EndpointRules { disable: toml::from_str("failures = 2").ok(), ..EndpointRules::default() };
        let down = Err(FailureKind::Refused);
        for _ in 0..2 {
            endpoints.at("http://a/", &rules, Speed::LIFE).report(&down, false, Instant::now());
        }
        assert_eq!(endpoints.at("http://a/", &rules, Speed::LIFE).enter(Instant::now()), Entry::Disabled);
        assert_eq!(endpoints.at("http://b/", &rules, Speed::LIFE).enter(Instant::now()), Entry::Breaker(Permit::Go));
    }
}
