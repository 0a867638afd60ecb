//! What selects deliveries: names, provider, event, time, outcome, jq filter.
//!
//! One type for every command that takes deliveries. It holds what was asked for, resolved to values; looking them up in the
//! store, where most of it is the work of an index, is the caller's.

use super::{Facts, Jq, JqFailure};
use crate::model::{Direction, Selector, Timestamp, Verdict};
use crate::text::matches_glob;

/// Which deliveries are meant. The default means all.
#[derive(Debug, Default)]
pub struct Selection {
    /// Only those that are named; empty: any.
    pub named: Vec<Selector>,
    /// Only captures, or only sent ones.
    pub direction: Option<Direction>,
    /// Only of this provider.
    pub provider: Option<String>,
    /// Only with an event type that fits this glob.
    pub event: Option<String>,
    /// Only with this verdict.
    pub verdict: Option<Verdict>,
    /// Only those that arrived then or later.
    pub since: Option<Timestamp>,
    /// Only those that arrived before.
    pub until: Option<Timestamp>,
    /// Only those that were not accepted.
    pub failed: bool,
    /// Only those that were tried and never accepted, and will not be tried again.
    pub dead: bool,
    /// Only those that are still to be tried.
    pub pending: bool,
    /// Only those that this filter is true for.
    pub filter: Option<Jq>,
    /// Only with a greater number in the store: what is new since.
    pub after: Option<i64>,
    /// Only with a lower number in the store: what is older.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: Option<usize>,
}

impl Selection {
    /// Whether nothing narrows it down: it means everything.
    pub fn is_open(&self) -> bool {
        let Self {
            named,
            direction: _,
            provider,
            event,
            verdict,
            since,
            until,
            failed,
            dead,
            pending,
            filter,
            after,
            before,
            limit,
        } = self;
        named.is_empty()
            && provider.is_none()
            && event.is_none()
            && verdict.is_none()
            && since.is_none()
            && until.is_none()
            && !failed
            && !dead
            && !pending
            && filter.is_none()
            && after.is_none()
            && before.is_none()
            && limit.is_none()
    }

    /// Whether a delivery fits, as far as its facts tell: names, direction, attempts and the limit are the store's business.
    ///
    /// # Errors
    /// The jq filter failed on it.
    pub fn fits(&self, facts: &Facts<'_>) -> Result<bool, JqFailure> {
        let known = self.provider.as_deref().is_none_or(|name| facts.provider == Some(name))
            && self.event.as_ref().is_none_or(|glob| facts.event_type.is_some_and(|event| matches_glob(glob, event)))
            && self.verdict.is_none_or(|verdict| facts.verdict == Some(verdict))
            && self.since.is_none_or(|since| facts.received_at.is_some_and(|at| at >= since))
            && self.until.is_none_or(|until| facts.received_at.is_some_and(|at| at < until))
            && (!self.failed || facts.status.is_none_or(|status| !(200..300).contains(&status)));
        match &self.filter {
            Some(filter) if known => filter.fits(facts),
            _ => Ok(known),
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::model::{Headers, Request};

    #[test]
    fn every_condition_must_hold() {
        let request =
            Request { method: "POST".into(), target: "/".into(), headers: Headers::new(), body: Bytes::new() };
        let facts = Facts {
            provider: Some("stripe"),
            event_type: Some("invoice.paid"),
            event_id: None,
            verdict: Some(Verdict::Valid),
            reason: None,
            status: Some(200),
            received_at: Some(Timestamp::from_secs(100)),
            request: &request,
        };
        let at = |seconds| Some(Timestamp::from_secs(seconds));
        let is = |change: fn(&mut Selection)| {
            let mut selection = Selection::default();
            change(&mut selection);
            selection
        };
        for (selection, fits) in [
            (is(|_| {}), true),
            (is(|s| s.provider = Some("stripe".into())), true),
            (is(|s| s.provider = Some("github".into())), false),
            (is(|s| s.event = Some("invoice.*".into())), true),
            (is(|s| s.event = Some("charge.*".into())), false),
            (is(|s| s.verdict = Some(Verdict::Invalid)), false),
            (is(|s| s.failed = true), false),
            (is(|s| s.filter = Jq::compile(".status == 200").ok()), true),
            (is(|s| s.filter = Jq::compile(".status == 201").ok()), false),
            (Selection { since: at(100), until: at(101), ..Selection::default() }, true),
            (Selection { since: at(101), ..Selection::default() }, false),
            (Selection { until: at(100), ..Selection::default() }, false),
        ] {
            assert_eq!(selection.fits(&facts), Ok(fits), "{selection:?}");
        }
        assert!(Selection::default().is_open() && !is(|s| s.limit = Some(1)).is_open());
        // A filter that fails on what another condition refuses is not asked.
        let broken = Selection { filter: Jq::compile(".method + 1").ok(), failed: true, ..Selection::default() };
        assert_eq!(broken.fits(&facts), Ok(false));
        assert_eq!(Facts { status: None, ..facts }.status.map(u32::from), None);
    }
}
