//! From what was gathered to the report.

use std::collections::BTreeMap;
use std::time::Duration;

use super::gathered::{Gathered, number};
use super::plan::{EventName, Plan};
use super::recorder::{GroupTally, SECOND};
use super::run::{Pacing, Settings, nanos};
use crate::json::load_report::{
    self, Bytes, Client, EventReport, Kind, LoadReport, Percentiles, Rate, Second, Shard, encode,
};
use crate::model::Timestamp;

/// A load generator busier than this has no time left: it, and not the receiver, decides how many requests there are.
const SATURATED: f64 = 0.95;
/// The last start may be so many seconds late before the rate counts as missed: a short run must not fail because the
/// machine had something else to do in its last moment.
const HICCUP: f64 = 0.1;
/// More late starts than this share, and the schedule was not kept.
const LATE_SHARE: f64 = 0.01;

/// A run that has ended, or a look at one that goes on.
pub struct Ended {
    groups: Vec<GroupTally>,
    seconds: Vec<Second>,
    bytes: Bytes,
    starts: u64,
    late: u64,
    max_late: u64,
    dropped: u64,
    connections: u64,
    warm_up: u64,
    last_start: u64,
    last_end: u64,
    busy: f64,
    latency: (hdrhistogram::Histogram<u64>, hdrhistogram::Histogram<u64>),
    started_at: Timestamp,
    cpu: Duration,
    threads: u32,
    files: bool,
}

impl Ended {
    pub(super) fn new(
        gathered: &Gathered,
        started_at: Timestamp,
        elapsed: Duration,
        cpu: Duration,
        threads: u32,
        files: bool,
    ) -> Self {
        let available = number(nanos(elapsed)) * f64::from(threads);
        Self {
            groups: gathered.groups.clone(),
            seconds: gathered.seconds.clone(),
            bytes: gathered.bytes,
            starts: gathered.starts,
            late: gathered.late,
            max_late: gathered.max_late,
            dropped: gathered.dropped,
            connections: gathered.connections,
            warm_up: gathered.warm_up,
            last_start: gathered.last_start,
            last_end: gathered.last_end,
            busy: 1.0 - number(gathered.blocked) / available.max(1.0),
            latency: gathered.latency(),
            started_at,
            cpu,
            threads,
            files,
        }
    }

    /// Events that were accepted, so many in each request: what a receiver must have processed, once each.
    pub(crate) fn accepted_events(&self, batch: Option<u32>) -> u64 {
        let requests: u64 = self.groups.iter().map(|group| group.processed).sum();
        requests * u64::from(batch.unwrap_or(1))
    }

    /// The report, for settings that were described so.
    pub(crate) fn report(
        &self,
        settings: &Settings,
        plan: load_report::Plan,
        seed: Option<u64>,
        interrupted: bool,
    ) -> LoadReport {
        let sum = |of: fn(&GroupTally) -> u64| self.groups.iter().map(of).sum::<u64>();
        let requests = sum(|group| group.requests);
        let (shard, shards) = settings.shard;
        let duration = number(self.last_end.saturating_sub(nanos(settings.warm_up))) / number(SECOND);
        let batches = if plan.batch.is_some() { requests } else { 0 };
        let saturated = self.busy > SATURATED;
        let (mut statuses, mut errors) = (BTreeMap::new(), BTreeMap::new());
        for group in &self.groups {
            add_counts(&mut statuses, &group.statuses, |status| *status);
            add_counts(&mut errors, &group.errors, |kind| (*kind).to_owned());
        }
        let rate = self.rate(settings, requests, duration);
        let mut report = LoadReport {
            kind: Kind::LoadReport,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            target: settings.target.url.to_string(),
            started_at: self.started_at.to_string(),
            plan,
            seed,
            shard: (shards > 1).then_some(Shard { index: shard + 1, count: shards }),
            requests,
            succeeded: sum(|group| group.succeeded),
            failed: sum(|group| group.failed),
            statuses,
            errors,
            duration_s: duration,
            rate,
            latency_ms: Percentiles::of(&self.latency.0),
            service_time_ms: Percentiles::of(&self.latency.1),
            asserts: Vec::new(),
            histogram: encode(&self.latency.0),
            service_histogram: encode(&self.latency.1),
            by_event: self.by_event(&settings.plan),
            series: self.seconds.clone(),
            bytes: self.bytes,
            late_starts: self.late,
            max_late_ms: number(self.max_late) / 1e6,
            dropped_starts: self.dropped,
            connections: self.connections,
            duplicates: sum(|group| group.duplicates),
            invalid: sum(|group| group.invalid),
            accepted_invalid: sum(|group| group.accepted_invalid),
            batches,
            probe: None,
            client: Client { cpu_s: self.cpu.as_secs_f64(), threads: self.threads, saturated },
            warnings: Vec::new(),
            interrupted,
            aborted_by: None,
            baseline: None,
        };
        report.warnings = self.warnings(settings, &report);
        report
    }

    fn rate(&self, settings: &Settings, requests: u64, duration: f64) -> Rate {
        match &settings.pacing {
            Pacing::Closed { .. } => {
                Rate { target: None, achieved: if duration > 0.0 { number(requests) / duration } else { 0.0 } }
            }
            Pacing::Open { schedule, .. } => {
                let asked = schedule.duration().as_secs_f64();
                let (shard, shards) = (u64::from(settings.shard.0), u64::from(settings.shard.1));
                let total = schedule.total();
                let own = total / shards + u64::from(shard < total % shards);
                let last = number(self.last_start.saturating_sub(nanos(settings.warm_up))) / number(SECOND) - HICCUP;
                let target = number(own) / asked.max(f64::MIN_POSITIVE);
                Rate { target: Some(target), achieved: number(self.starts) / asked.max(last).max(f64::MIN_POSITIVE) }
            }
        }
    }

    fn by_event(&self, plan: &Plan) -> Vec<EventReport> {
        plan.groups()
            .iter()
            .zip(&self.groups)
            .map(|(EventName { provider, event_type }, group)| {
                let (mut statuses, mut errors) = (BTreeMap::new(), BTreeMap::new());
                add_counts(&mut statuses, &group.statuses, |status| *status);
                add_counts(&mut errors, &group.errors, |kind| (*kind).to_owned());
                EventReport {
                    provider: provider.clone(),
                    event_type: event_type.clone(),
                    requests: group.requests,
                    succeeded: group.succeeded,
                    failed: group.failed,
                    statuses,
                    errors,
                    duplicates: group.duplicates,
                    invalid: group.invalid,
                    accepted_invalid: group.accepted_invalid,
                    latency_ms: Percentiles::of(&group.latency),
                    service_time_ms: Percentiles::of(&group.service),
                    histogram: encode(&group.latency),
                    service_histogram: encode(&group.service),
                }
            })
            .collect()
    }

    /// What a reader must know before believing the numbers.
    fn warnings(&self, settings: &Settings, report: &LoadReport) -> Vec<String> {
        let mut warnings = Vec::new();
        let open = matches!(settings.pacing, Pacing::Open { .. });
        if report.client.saturated && !open {
            warnings.push(format!(
                "hookctl itself was busy {:.0}% of the time: the receiver may be able to take more than it was sent",
                self.busy * 100.0
            ));
        }
        if open && number(report.late_starts) > LATE_SHARE * number(self.starts) {
            warnings.push(format!(
                "{} of {} requests started more than 1ms late (at most {:.1}ms): hookctl, not the receiver, was behind; \
                 their latency counts from when they were to start",
                report.late_starts, self.starts, report.max_late_ms
            ));
        }
        if report.dropped_starts > 0 {
            warnings.push(format!("{} requests were not sent: --max-in-flight was reached", report.dropped_starts));
        }
        if self.warm_up > 0 {
            warnings.push(format!("{} requests of the warm-up are not counted", self.warm_up));
        }
        let slow = settings.plan.ordinary();
        if !slow.is_empty() {
            let names: Vec<String> = slow.iter().map(ToString::to_string).collect();
            warnings.push(format!(
                "the signature of {} is made by the slower, general path: hookctl needs more of the processor for it",
                crate::text::list(&names)
            ));
        }
        if !self.files {
            warnings.push("the system allows too few open files for so many connections ('ulimit -n')".to_owned());
        }
        warnings
    }
}

/// Adds the counts that are not 0.
fn add_counts<K, L: Ord>(to: &mut BTreeMap<L, u64>, counts: &BTreeMap<K, u64>, key: impl Fn(&K) -> L) {
    for (one, count) in counts.iter().filter(|(_, count)| **count > 0) {
        *to.entry(key(one)).or_default() += count;
    }
}
