//! `{"kind":"stats"}`: deliveries counted and measured.

use std::collections::BTreeMap;

use serde::Serialize;

use super::transfer::Verdicts;
use crate::analysis::stats::{Group, Spread, Stats};
use crate::model::Verdict;

/// Everything that was counted.
#[derive(Debug, Serialize)]
pub struct StatsObject {
    kind: &'static str,
    deliveries: u64,
    duplicates: u64,
    /// With a status other than 2xx, or none.
    failed: u64,
    /// The first arrival.
    from: Option<String>,
    /// The last one.
    to: Option<String>,
    verdicts: Verdicts,
    /// By status; `none` where there was no answer.
    statuses: BTreeMap<String, u64>,
    bytes: Spreading,
    attempts: Attempts,
    providers: Vec<ProviderCount>,
    events: Vec<EventStats>,
    /// By the type that means the same for every provider.
    unified: BTreeMap<String, u64>,
    /// Deliveries of so many event types that they were counted together.
    other_events: u64,
    over_time: Option<OverTime>,
}

#[derive(Debug, Serialize)]
struct Attempts {
    count: u64,
    accepted: u64,
    /// Those without an answer, by reason.
    errors: BTreeMap<&'static str, u64>,
    latency_ms: Option<Latency>,
}

#[derive(Debug, Serialize)]
struct ProviderCount {
    provider: Option<String>,
    deliveries: u64,
}

#[derive(Debug, Serialize)]
struct EventStats {
    provider: Option<String>,
    event_type: Option<String>,
    unified_type: Option<String>,
    deliveries: u64,
    duplicates: u64,
    failed: u64,
    verdicts: Verdicts,
    bytes: Spreading,
    latency_ms: Option<Latency>,
}

#[derive(Debug, Serialize)]
struct Spreading {
    total: u64,
    min: u64,
    mean: f64,
    p50: u64,
    p95: u64,
    max: u64,
}

#[derive(Debug, Serialize)]
struct Latency {
    min: f64,
    mean: f64,
    p50: f64,
    p90: f64,
    p95: f64,
    p99: f64,
    max: f64,
}

#[derive(Debug, Serialize)]
struct OverTime {
    start: String,
    /// The length of each span.
    span_s: i64,
    counts: Vec<u64>,
}

impl StatsObject {
    /// The statistics as the public sees them. `unified` tells the type of a kind across providers.
    pub fn new(stats: &Stats, spans: usize, unified: impl Fn(&str, &str) -> Option<String>) -> Self {
        let all = &stats.all;
        let mut by_unified: BTreeMap<String, u64> = BTreeMap::new();
        let mut events = Vec::new();
        for (kind, group) in stats.by_frequency() {
            let unified_type =
                kind.provider.as_deref().zip(kind.event_type.as_deref()).and_then(|(one, other)| unified(one, other));
            if let Some(name) = &unified_type {
                *by_unified.entry(name.clone()).or_default() += group.deliveries;
            }
            events.push(EventStats {
                provider: kind.provider.clone(),
                event_type: kind.event_type.clone(),
                unified_type,
                deliveries: group.deliveries,
                duplicates: group.duplicates,
                failed: group.failed,
                verdicts: verdicts(group),
                bytes: spreading(&group.bytes),
                latency_ms: latency(&group.latency),
            });
        }
        let word = |(code, count): (&Option<u16>, &u64)| {
            (code.map_or_else(|| "none".to_owned(), |code| code.to_string()), *count)
        };
        Self {
            kind: "stats",
            deliveries: all.deliveries,
            duplicates: all.duplicates,
            failed: all.failed,
            from: stats.span.map(|(first, _)| first.to_string()),
            to: stats.span.map(|(_, last)| last.to_string()),
            verdicts: verdicts(all),
            statuses: stats.statuses.iter().map(word).collect(),
            bytes: spreading(&all.bytes),
            attempts: Attempts {
                count: all.latency.len(),
                accepted: stats.accepted,
                errors: stats.failures.clone(),
                latency_ms: latency(&all.latency),
            },
            providers: stats
                .providers()
                .into_iter()
                .map(|(provider, deliveries)| ProviderCount { provider: provider.map(str::to_owned), deliveries })
                .collect(),
            events,
            unified: by_unified,
            other_events: stats.others.deliveries,
            over_time: stats.timeline.spans(spans).map(|spans| OverTime {
                start: spans.start.to_string(),
                span_s: spans.seconds,
                counts: spans.counts,
            }),
        }
    }
}

/// The counts of a group's verdicts.
pub fn verdicts(group: &Group) -> Verdicts {
    let count = |wanted: Verdict| {
        Verdict::ALL.iter().zip(group.verdicts).find(|(verdict, _)| **verdict == wanted).map_or(0, |(_, count)| count)
    };
    Verdicts {
        valid: count(Verdict::Valid),
        invalid: count(Verdict::Invalid),
        unsigned: count(Verdict::Unsigned),
        unknown_provider: count(Verdict::UnknownProvider),
        no_secret: count(Verdict::NoSecret),
    }
}

fn spreading(bytes: &Spread) -> Spreading {
    Spreading {
        total: bytes.total(),
        min: bytes.min(),
        mean: bytes.mean().round(),
        p50: bytes.percentile(50.0),
        p95: bytes.percentile(95.0),
        max: bytes.max(),
    }
}

fn latency(micros: &Spread) -> Option<Latency> {
    if micros.is_empty() {
        return None;
    }
    let millis = |micros: u64| super::millis(std::time::Duration::from_micros(micros));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a mean of durations is one")]
    let mean = micros.mean().round() as u64;
    Some(Latency {
        min: millis(micros.min()),
        mean: millis(mean),
        p50: millis(micros.percentile(50.0)),
        p90: millis(micros.percentile(90.0)),
        p95: millis(micros.percentile(95.0)),
        p99: millis(micros.percentile(99.0)),
        max: millis(micros.max()),
    })
}
