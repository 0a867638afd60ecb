//! Deliveries counted and measured in one pass, in memory that does not grow with them: distributions are histograms
//! exact to one part in a hundred, and kinds beyond a number that nobody reads are counted together.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;

use super::timeline::Timeline;
use crate::model::{FailureKind, Summary, Timestamp, Verdict};

/// Kinds told apart. Types come from requests, and anybody can invent some.
const MOST_KINDS: usize = 1_000;

/// Statuses told apart in the same way.
const MOST_STATUSES: usize = 600;

/// How values are spread.
#[derive(Debug, Clone)]
pub struct Spread {
    values: Histogram<u64>,
    total: u64,
    min: u64,
    max: u64,
}

impl Default for Spread {
    fn default() -> Self {
        // Two digits: one part in a hundred.
        Self { values: Histogram::new(2).expect("two digits are allowed"), total: 0, min: u64::MAX, max: 0 }
    }
}

impl Spread {
    /// Adds a value.
    pub fn add(&mut self, value: u64) {
        self.values.record(value).expect("a histogram that grows takes every value");
        (self.min, self.max) = (self.min.min(value), self.max.max(value));
        self.total = self.total.saturating_add(value);
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.values.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// All added up.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The smallest; 0 if there are none.
    pub fn min(&self) -> u64 {
        if self.is_empty() { 0 } else { self.min }
    }

    /// The greatest; 0 if there are none.
    pub fn max(&self) -> u64 {
        self.max
    }

    /// The mean; 0 if there are none.
    #[expect(clippy::cast_precision_loss, reason = "a mean is shown in a few digits")]
    pub fn mean(&self) -> f64 {
        if self.is_empty() { 0.0 } else { self.total as f64 / self.len() as f64 }
    }

    /// The value that so many of a hundred do not exceed.
    pub fn percentile(&self, percent: f64) -> u64 {
        self.values.value_at_quantile(percent / 100.0).min(self.max())
    }
}

/// Counts of a group of deliveries.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// How many.
    pub deliveries: u64,
    /// Of these, those that repeat another one.
    pub duplicates: u64,
    /// Of these, those with a status other than 2xx, or with attempts that got no answer. What nobody answered and nobody
    /// tried is neither: an import without statuses, what is pending.
    pub failed: u64,
    /// Verdicts, in the order of [`Verdict::ALL`].
    pub verdicts: [u64; Verdict::ALL.len()],
    /// Bytes of the bodies.
    pub bytes: Spread,
    /// Durations of attempts in microseconds.
    pub latency: Spread,
}

impl Group {
    fn add(&mut self, summary: &Summary, duplicate: bool, tried: bool) {
        self.deliveries += 1;
        self.duplicates += u64::from(duplicate);
        self.failed += u64::from(summary.status.map_or(tried, |status| !(200..300).contains(&status)));
        if let Some(at) = Verdict::ALL.iter().position(|verdict| *verdict == summary.verdict) {
            self.verdicts[at] += 1;
        }
        self.bytes.add(summary.bytes);
    }
}

/// Provider and event type, as far as they are known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Kind {
    /// The provider's id.
    pub provider: Option<String>,
    /// The event type.
    pub event_type: Option<String>,
}

/// Everything that is counted.
#[derive(Debug, Default)]
pub struct Stats {
    /// All together.
    pub all: Group,
    /// By provider and type.
    pub kinds: BTreeMap<Kind, Group>,
    /// Those of kinds beyond the most that are told apart.
    pub others: Group,
    /// By status; `None` where there was no answer.
    pub statuses: BTreeMap<Option<u16>, u64>,
    /// When they arrived.
    pub timeline: Timeline,
    /// The first and the last arrival.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Attempts that were accepted.
    pub accepted: u64,
    /// Attempts without an answer, by reason.
    pub failures: BTreeMap<&'static str, u64>,
}

impl Stats {
    /// Counts a delivery, and the attempts at it: duration, whether it was accepted, why there was no answer.
    pub fn add(
        &mut self,
        summary: &Summary,
        duplicate: bool,
        attempts: impl IntoIterator<Item = (Duration, bool, Option<FailureKind>)>,
    ) {
        let mut attempts = attempts.into_iter().peekable();
        let tried = attempts.peek().is_some();
        self.all.add(summary, duplicate, tried);
        self.timeline.add(summary.received_at);
        let at = summary.received_at;
        let (first, last) = self.span.unwrap_or((at, at));
        self.span = Some((first.min(at), last.max(at)));
        if self.statuses.len() < MOST_STATUSES || self.statuses.contains_key(&summary.status) {
            *self.statuses.entry(summary.status).or_default() += 1;
        }
        let kind = Kind { provider: summary.provider.clone(), event_type: summary.event_type.clone() };
        let full = self.kinds.len() >= MOST_KINDS;
        let group = match self.kinds.get_mut(&kind) {
            Some(group) => group,
            None if full => &mut self.others,
            None => self.kinds.entry(kind).or_default(),
        };
        group.add(summary, duplicate, tried);
        for (duration, accepted, failure) in attempts {
            let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
            group.latency.add(micros);
            self.all.latency.add(micros);
            self.accepted += u64::from(accepted);
            if let Some(failure) = failure {
                *self.failures.entry(failure.as_str()).or_default() += 1;
            }
        }
    }

    /// Deliveries by provider, the most first.
    pub fn providers(&self) -> Vec<(Option<&str>, u64)> {
        let mut counts: BTreeMap<Option<&str>, u64> = BTreeMap::new();
        for (kind, group) in &self.kinds {
            *counts.entry(kind.provider.as_deref()).or_default() += group.deliveries;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counts
    }

    /// The kinds, the most frequent first.
    pub fn by_frequency(&self) -> Vec<(&Kind, &Group)> {
        let mut kinds: Vec<_> = self.kinds.iter().collect();
        kinds.sort_by_key(|(_, group)| std::cmp::Reverse(group.deliveries));
        kinds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(second: i64, event: &str, status: Option<u16>, bytes: u64) -> Summary {
        Summary { received_at: Timestamp::from_secs(second), status, bytes, ..Summary::example(event) }
    }

    #[test]
    fn everything_is_counted_once() {
        let mut stats = Stats::default();
        stats.add(&summary(20, "b", Some(200), 100), false, []);
        stats.add(&summary(10, "a", Some(500), 200), true, [(Duration::from_millis(5), false, None)]);
        let refused =
            [(Duration::from_millis(1), false, Some(FailureKind::Refused)), (Duration::from_millis(3), true, None)];
        stats.add(&summary(30, "a", None, 300), false, refused);
        // Imported without its answer: it has neither failed nor been accepted.
        stats.add(&summary(30, "a", None, 100), false, []);
        assert_eq!((stats.all.deliveries, stats.all.duplicates, stats.all.failed), (4, 1, 2));
        assert_eq!((stats.all.bytes.total(), stats.all.bytes.min(), stats.all.bytes.percentile(50.0)), (700, 100, 100));
        assert_eq!((stats.all.latency.len(), stats.accepted, stats.failures["refused"]), (3, 1, 1));
        assert_eq!(stats.span.map(|(a, b)| (a.as_secs(), b.as_secs())), Some((10, 30)));
        assert_eq!(stats.statuses.into_iter().collect::<Vec<_>>(), [(None, 2), (Some(200), 1), (Some(500), 1)]);
    }

    #[test]
    fn kinds_are_told_apart_up_to_a_number() {
        let mut stats = Stats::default();
        for number in 0..MOST_KINDS + 10 {
            stats.add(&summary(0, &format!("type.{number}"), Some(200), 1), false, []);
        }
        stats.add(&summary(0, "type.0", Some(200), 1), false, []);
        assert_eq!((stats.kinds.len(), stats.others.deliveries, stats.all.deliveries), (MOST_KINDS, 10, 1_011));
        assert_eq!(stats.by_frequency()[0].0.event_type.as_deref(), Some("type.0"));
        assert_eq!(stats.providers(), [(Some("stripe"), 1_001)]);
    }

    #[test]
    fn a_spread_is_right_to_one_part_in_a_hundred() {
        let mut spread = Spread::default();
        for value in 1..=10_000_u64 {
            spread.add(value);
        }
        for (percent, exact) in [(50.0, 5_000_u64), (95.0, 9_500), (99.0, 9_900), (100.0, 10_000)] {
            assert!(spread.percentile(percent).abs_diff(exact) <= exact / 100, "{percent}");
        }
        assert!((spread.mean() - 5_000.5).abs() < 1e-9);
        assert_eq!(Spread::default().percentile(50.0), 0);
    }
}
