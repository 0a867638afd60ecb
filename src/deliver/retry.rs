//! When a delivery that was not accepted is tried again: the plan, what the receiver asked for, and the scale of time.
//!
//! Pure: outcome in, decision out. Retries are decided here and nowhere below.

use std::time::Duration;

use crate::model::{FailureKind, Response, RetryPolicy, Timestamp};
use crate::provider::retry::{RetryRule, RetryTrigger};

/// What follows an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Try again after so long.
    Again(Duration),
    /// Attempts ran out: the delivery is a dead letter.
    Exhausted,
    /// This outcome is not one that is tried again: a dead letter, too.
    Final,
}

/// Decides about the attempts of one delivery.
#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    policy: RetryPolicy,
    /// What the provider documents, where that is followed.
    rule: Option<RetryRule>,
    /// Its waits.
    waits: Vec<Duration>,
}

/// A receiver that asks for more is not obeyed: nobody waits longer for one delivery.
const LONGEST_RETRY_AFTER: Duration = Duration::from_hours(24);

impl Retry {
    /// A plan; `rule` is what the provider documents, for a plan that follows it.
    pub fn new(policy: RetryPolicy, rule: Option<&RetryRule>) -> Self {
        let rule = rule.filter(|_| policy == RetryPolicy::Provider).cloned();
        let waits = rule.as_ref().and_then(RetryRule::waits).unwrap_or_default();
        Self { policy, rule, waits }
    }

    /// One attempt and no more.
    pub fn never() -> Self {
        Self::new(RetryPolicy::None, None)
    }

    /// Whether there is to be no more than one attempt, whatever happens.
    pub fn is_never(&self) -> bool {
        self.policy == RetryPolicy::None
    }

    /// How many attempts there are at most.
    pub fn attempts(&self) -> u32 {
        match &self.policy {
            RetryPolicy::Provider => u32::try_from(self.waits.len()).unwrap_or(u32::MAX).saturating_add(1),
            policy => policy.retries() + 1,
        }
    }

    /// The waits of the plan, without any jitter.
    pub fn waits(&self) -> Vec<Duration> {
        (0..self.attempts().saturating_sub(1)).map_while(|n| self.wait(n)).collect()
    }

    fn wait(&self, n: u32) -> Option<Duration> {
        match &self.policy {
            RetryPolicy::Provider => self.waits.get(usize::try_from(n).unwrap_or(usize::MAX)).copied(),
            policy => policy.wait(n),
        }
    }

    fn jitter(&self) -> f64 {
        self.rule.as_ref().map_or_else(|| self.policy.jitter(), |rule| rule.jitter)
    }

    /// Decides after attempt `number` (from 1) that was not accepted. `chance` (0 to 1) decides the jitter, `now` the
    /// meaning of a `Retry-After` with a date.
    pub fn after(&self, number: u32, outcome: &Result<Response, FailureKind>, chance: f64, now: Timestamp) -> Next {
        if self.is_never() {
            return Next::Exhausted;
        }
        if !self.is_retried(outcome) {
            return Next::Final;
        }
        let Some(wait) = self.wait(number.saturating_sub(1)) else { return Next::Exhausted };
        let spread = self.jitter() * (chance.mul_add(2.0, -1.0));
        let wait = wait.mul_f64((1.0 + spread).max(0.0));
        let asked = outcome.as_ref().ok().and_then(|response| retry_after(response, now));
        Next::Again(asked.map_or(wait, |asked| asked.min(LONGEST_RETRY_AFTER).max(wait)))
    }

    /// Whether such an outcome is tried again: by the provider's rule, else after network failures, time limits, 408, 429
    /// and 5xx.
    fn is_retried(&self, outcome: &Result<Response, FailureKind>) -> bool {
        let Some(rule) = &self.rule else {
            return outcome.as_ref().map_or(true, |response| matches!(response.status, 408 | 429 | 500..=599));
        };
        if let Ok(response) = outcome
            && rule.stops_on.iter().any(|sign| sign.is_in(response))
        {
            return false;
        }
        match (&rule.retries_on, outcome) {
            (Some(triggers), Ok(response)) => triggers
                .iter()
                .any(|trigger| matches!(trigger, RetryTrigger::Status(range) if range.contains(response.status))),
            (Some(triggers), Err(_)) => triggers.contains(&RetryTrigger::Network),
            // A provider with a documented schedule and no list of statuses retries whatever was not accepted.
            (None, _) => true,
        }
    }
}

/// How long a receiver asks to be left alone: seconds, or a date.
fn retry_after(response: &Response, now: Timestamp) -> Option<Duration> {
    let text = response.headers.text("retry-after")?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let zoned = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(Timestamp::from_secs(zoned.timestamp().as_second()).since(now))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::model::Headers;
    use crate::provider::Catalog;

    #[expect(clippy::unnecessary_wraps, reason = "an outcome is a Result")]
    fn answer(status: u16, retry_after: Option<&str>) -> Result<Response, FailureKind> {
        let headers: Headers = retry_after.map(|value| ("Retry-After", value.to_owned())).into_iter().collect();
        Ok(Response { status, headers, body: Bytes::new() })
    }

    fn retry(policy: &str, provider: &str) -> Retry {
        let provider = Catalog::default().get(provider).expect(provider);
        Retry::new(policy.parse().expect(policy), provider.definition.retry.as_ref())
    }

    const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);

    #[test]
    fn the_plan_decides_when_and_the_status_whether() {
        let plan = retry("schedule 5s,30s", "generic");
        let seconds = |s| Next::Again(Duration::from_secs(s));
        for (number, outcome, next) in [
            (1, answer(500, None), seconds(5)),
            (2, answer(503, None), seconds(30)),
            (3, answer(503, None), Next::Exhausted),
            (1, Err(FailureKind::Refused), seconds(5)),
            (1, answer(429, None), seconds(5)),
            (1, answer(408, None), seconds(5)),
            (1, answer(400, None), Next::Final),
            (1, answer(302, None), Next::Final),
        ] {
            assert_eq!(plan.after(number, &outcome, 0.5, NOW), next, "{number} {outcome:?}");
        }
        assert_eq!(plan.attempts(), 3);
        assert_eq!(retry("none", "generic").after(1, &answer(500, None), 0.5, NOW), Next::Exhausted);
    }

    #[test]
    fn retry_after_is_honoured_in_both_forms() {
        let plan = retry("schedule 5s", "generic");
        for (header, seconds) in [
            ("60", 60),
            ("1", 5),
            ("Thu, 01 Jan 2026 00:02:00 GMT", 120),
            ("Wed, 31 Dec 2025 00:00:00 GMT", 5),
            ("soon", 5),
            ("-3", 5),
            ("99999999", 86_400),
        ] {
            let next = plan.after(1, &answer(503, Some(header)), 0.5, NOW);
            assert_eq!(next, Next::Again(Duration::from_secs(seconds)), "{header}");
        }
    }

    #[test]
    fn jitter_stays_within_its_bounds() {
        let plan = retry("fixed 10s max=1 jitter=10%", "generic");
        for (chance, millis) in [(0.0, 9_000), (0.5, 10_000), (1.0, 11_000)] {
            let Next::Again(wait) = plan.after(1, &answer(500, None), chance, NOW) else { panic!("again") };
            assert_eq!(wait.as_millis(), millis);
        }
    }

    #[test]
    fn providers_retry_as_they_document() {
        let svix = retry("provider", "svix");
        assert_eq!(svix.attempts(), 8);
        let wait = |chance| svix.after(1, &answer(500, None), chance, NOW);
        for (chance, millis) in [(0.0, 4_000), (0.5, 5_000), (1.0, 6_000)] {
            assert_eq!(wait(chance), Next::Again(Duration::from_millis(millis)));
        }
        let headers: Headers = [("webhook-delivery", "abort-message")].into_iter().collect();
        let aborted = Ok(Response { status: 500, headers, body: Bytes::new() });
        assert_eq!(svix.after(1, &aborted, 0.5, NOW), Next::Final);
        let stripe = retry("provider", "stripe");
        let span: Duration = stripe.waits().iter().sum();
        assert!(span <= Duration::from_hours(72) && span > Duration::from_hours(60), "{span:?}");
        let gitlab = retry("provider", "gitlab");
        assert_eq!((gitlab.attempts(), gitlab.after(1, &answer(500, None), 0.5, NOW)), (1, Next::Exhausted));
    }
}
