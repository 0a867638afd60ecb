//! Counting what is received and passed on, by provider, event type, verdict, status and target.
//!
//! Strangers choose event types and statuses, so that there may be any number of them: each name that is kept takes memory
//! here and in whatever reads it. Beyond a bound they count as `other`.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::notify::{BehindAttempt, BehindNotice, Notice, Told, Watcher};
use crate::model::histogram::{Counted, DURATIONS, Histogram, SIZES};
use crate::model::{NewAttempt, Verdict};

/// Names of event types that are kept for one provider.
const EVENTS: usize = 100;

/// Different outcomes of deliveries that are kept in all.
const OUTCOMES: usize = 5_000;

/// Targets that are kept: as many as a configuration may have had while it was changed.
const TARGETS: usize = 100;

/// What stands for names that are not kept.
pub const OTHER: &str = "other";

/// What stands for what is not known.
pub const UNKNOWN: &str = "unknown";

/// How deliveries ended: the verdict, and the status that was answered.
type Ending = (Verdict, Option<u16>);

/// Counts.
#[derive(Debug, Default)]
pub struct Metrics {
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    providers: HashMap<String, OfProvider>,
    targets: BTreeMap<String, OfTarget>,
    refused: BTreeMap<Option<u16>, u64>,
    unrecorded: u64,
    outcomes: usize,
    runs: BTreeMap<bool, u64>,
}

#[derive(Debug)]
struct OfProvider {
    events: HashMap<String, HashMap<Ending, u64>>,
    duplicates: u64,
    sizes: Histogram,
    took: Histogram,
}

impl Default for OfProvider {
    fn default() -> Self {
        let (sizes, took) = (Histogram::over(SIZES), Histogram::over(DURATIONS));
        Self { events: HashMap::new(), duplicates: 0, sizes, took }
    }
}

#[derive(Debug)]
struct OfTarget {
    /// By status, or by the kind of failure.
    attempts: BTreeMap<String, u64>,
    retries: u64,
    dead: u64,
    took: Histogram,
}

impl Default for OfTarget {
    fn default() -> Self {
        Self { attempts: BTreeMap::new(), retries: 0, dead: 0, took: Histogram::over(DURATIONS) }
    }
}

/// Deliveries of one provider, by moment.
#[derive(Debug)]
pub struct ProviderCounts {
    /// The provider, or [`UNKNOWN`].
    pub provider: String,
    /// Event type, verdict, status, and how many.
    pub deliveries: Vec<(String, Verdict, Option<u16>, u64)>,
    /// How many repeat another one.
    pub duplicates: u64,
    /// Bytes of bodies.
    pub sizes: Counted,
    /// Microseconds from the last byte of a delivery to the last byte of its answer.
    pub took: Counted,
}

/// Attempts at one target, by moment.
#[derive(Debug)]
pub struct TargetCounts {
    /// Scheme, host and port.
    pub target: String,
    /// By status, or by the kind of failure.
    pub attempts: Vec<(String, u64)>,
    /// Those that were not the first at their delivery.
    pub retries: u64,
    /// Deliveries that became dead letters.
    pub dead: u64,
    /// Microseconds that attempts took.
    pub took: Counted,
}

/// All of it, by moment.
#[derive(Debug)]
pub struct Snapshot {
    /// By provider, sorted.
    pub providers: Vec<ProviderCounts>,
    /// By target, sorted.
    pub targets: Vec<TargetCounts>,
    /// Refused before they were deliveries, by status.
    pub refused: Vec<(Option<u16>, u64)>,
    /// Deliveries that could not be recorded.
    pub unrecorded: u64,
    /// Programs that were run for deliveries: whether it went well, and how often.
    pub runs: Vec<(bool, u64)>,
}

impl Metrics {
    /// What was counted so far.
    pub fn snapshot(&self) -> Snapshot {
        let counts = self.counts();
        let mut providers: Vec<ProviderCounts> = counts.providers.iter().map(|(name, of)| of.snapshot(name)).collect();
        providers.sort_by(|a, b| a.provider.cmp(&b.provider));
        Snapshot {
            providers,
            targets: counts.targets.iter().map(|(name, of)| of.snapshot(name)).collect(),
            refused: counts.refused.iter().map(|(status, count)| (*status, *count)).collect(),
            unrecorded: counts.unrecorded,
            runs: counts.runs.iter().map(|(well, count)| (*well, *count)).collect(),
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watcher for Metrics {
    fn see(&self, notice: &Notice) {
        match notice {
            Notice::Delivery(told) => self.counts().delivery(told),
            Notice::Behind(BehindNotice::Attempt(attempt)) => {
                let BehindAttempt { attempt, dead, .. } = &**attempt;
                self.counts().attempt(attempt, *dead);
            }
            Notice::Refused { status, .. } => *self.counts().refused.entry(*status).or_default() += 1,
            Notice::NotRecorded { .. } => self.counts().unrecorded += 1,
            Notice::Executed(executed) => {
                *self.counts().runs.entry(executed.ran.ended.is_well()).or_default() += 1;
            }
            _ => {}
        }
    }
}

impl Counts {
    fn delivery(&mut self, told: &Told) {
        let summary = &told.summary;
        let provider = summary.provider.as_deref().unwrap_or(UNKNOWN);
        // Looked up before anything is made: this happens for every delivery.
        if !self.providers.contains_key(provider) {
            self.providers.insert(provider.to_owned(), OfProvider::default());
        }
        let Some(of) = self.providers.get_mut(provider) else { return };
        of.duplicates += u64::from(told.duplicate_of.is_some());
        of.sizes.count(summary.bytes);
        of.took.count_duration(told.taken);
        let event = summary.event_type.as_deref().unwrap_or(UNKNOWN);
        let ending = (summary.verdict, summary.status);
        let is_known = of.events.get(event).is_some_and(|endings| endings.contains_key(&ending));
        let has_room = self.outcomes < OUTCOMES;
        let (event, ending) = match () {
            () if is_known => (event, ending),
            () if has_room && (of.events.contains_key(event) || of.events.len() < EVENTS) => (event, ending),
            () if has_room => (OTHER, ending),
            () => (OTHER, (summary.verdict, None)),
        };
        if !of.events.contains_key(event) {
            of.events.insert(event.to_owned(), HashMap::new());
        }
        if let Some(endings) = of.events.get_mut(event) {
            let count = endings.entry(ending).or_default();
            self.outcomes += usize::from(*count == 0);
            *count += 1;
        }
        for attempt in &told.forwards {
            self.attempt(attempt, false);
        }
    }

    fn attempt(&mut self, attempt: &NewAttempt, dead: bool) {
        let origin = origin(&attempt.url);
        let name = if self.targets.contains_key(origin) || self.targets.len() < TARGETS { origin } else { OTHER };
        let of = match self.targets.get_mut(name) {
            Some(of) => of,
            None => self.targets.entry(name.to_owned()).or_default(),
        };
        let ending = match &attempt.outcome {
            Ok(response) => response.status.to_string(),
            Err(kind) => kind.as_str().to_owned(),
        };
        *of.attempts.entry(ending).or_default() += 1;
        of.retries += u64::from(attempt.attempt > 1);
        of.dead += u64::from(dead);
        of.took.count_duration(attempt.duration);
    }
}

/// Scheme, host and port of an address: paths and queries are without number, and may hold what is nobody's business.
pub fn origin(url: &str) -> &str {
    let authority = url.find("://").map_or(0, |at| at + 3);
    url[authority..].find(['/', '?', '#']).map_or(url, |end| &url[..authority + end])
}

impl OfProvider {
    fn snapshot(&self, provider: &str) -> ProviderCounts {
        let endings = self.events.iter().flat_map(|(event, endings)| {
            endings.iter().map(|((verdict, status), count)| (event.clone(), *verdict, *status, *count))
        });
        let mut deliveries: Vec<_> = endings.collect();
        deliveries.sort_by(|a, b| (&a.0, a.1.as_str(), a.2).cmp(&(&b.0, b.1.as_str(), b.2)));
        let (sizes, took) = (self.sizes.counted(), self.took.counted());
        ProviderCounts { provider: provider.to_owned(), deliveries, duplicates: self.duplicates, sizes, took }
    }
}

impl OfTarget {
    fn snapshot(&self, target: &str) -> TargetCounts {
        TargetCounts {
            target: target.to_owned(),
            attempts: self.attempts.iter().map(|(ending, count)| (ending.clone(), *count)).collect(),
            retries: self.retries,
            dead: self.dead,
            took: self.took.counted(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{DeliveryId, Direction, Summary, Timestamp};

    fn told(provider: &str, event: &str, status: u16) -> Notice {
        let summary = Summary {
            id: DeliveryId::from_bytes([0; 16]),
            direction: Direction::Received,
            received_at: Timestamp::from_secs(0),
            remote: String::new(),
            method: "POST".into(),
            target: "/".into(),
            provider: Some(provider.into()),
            event_type: Some(event.into()),
            event_id: None,
            verdict: Verdict::Valid,
            reason: None,
            status: Some(status),
            bytes: 3,
        };
        let (taken, notes) = (Duration::from_millis(1), Vec::new());
        let (duplicate_of, note, route, forwards) = (None, None, None, Vec::new());
        Notice::Delivery(Box::new(Told {
            number: 1,
            summary,
            duplicate_of,
            note,
            taken,
            sent: true,
            forwards,
            route,
            notes,
        }))
    }

    #[test]
    fn names_that_strangers_choose_are_bounded() {
        let metrics = Metrics::default();
        for n in 0..1_000 {
            metrics.see(&told("stripe", &format!("event.{n}"), 200));
            metrics.see(&told("stripe", "event.0", 200));
        }
        let snapshot = metrics.snapshot();
        let stripe = &snapshot.providers[0];
        assert_eq!(stripe.deliveries.len(), EVENTS + 1);
        let of = |name: &str| stripe.deliveries.iter().find(|(event, ..)| event == name).map(|(.., count)| *count);
        assert_eq!(
            (of("event.0"), of("event.99"), of("event.100"), of(OTHER)),
            (Some(1_001), Some(1), None, Some(900))
        );
        assert_eq!((stripe.sizes.count, stripe.sizes.sum, stripe.took.count), (2_000, 6_000, 2_000));
        // Targets choose statuses.
        let statuses = Metrics::default();
        for provider in 0..10 {
            for status in 200..1_000 {
                for event in ["a", "b"] {
                    statuses.see(&told(&format!("p{provider}"), event, status));
                }
            }
        }
        let kept: usize = statuses.snapshot().providers.iter().map(|provider| provider.deliveries.len()).sum();
        assert!((OUTCOMES..OUTCOMES + 10).contains(&kept), "{kept}");
    }

    #[test]
    fn a_target_is_its_origin() {
        for (url, expected) in [
            ("http://127.0.0.1:3000/a/b?token=x", "http://127.0.0.1:3000"),
            ("https://h?x", "https://h"),
            ("http://[::1]:1", "http://[::1]:1"),
        ] {
            assert_eq!(origin(url), expected);
        }
    }
}
