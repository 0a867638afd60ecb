//! The tallies of all threads, put together second by second and in all.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;

use super::plan::Plan;
use super::recorder::{GroupTally, SECOND, Tally};
use crate::json::load_report::{self, Percentiles, SERIES_DIGITS, add, encode, histogram};

/// A second of the run, for whoever watches.
#[derive(Debug, Clone)]
pub struct Watched {
    /// What happened in it.
    pub second: load_report::Second,
    /// Requests in flight at its end.
    pub in_flight: u64,
    /// Requests that ended so far.
    pub requests: u64,
    /// Those that failed so far.
    pub failed: u64,
    /// Starts that were dropped so far.
    pub dropped: u64,
    /// Latency so far.
    pub latency: Option<Percentiles>,
}

/// A second of which some threads have told.
#[derive(Debug)]
struct Partial {
    asked: u64,
    starts: u64,
    answers: u64,
    errors: u64,
    in_flight: u64,
    statuses: BTreeMap<u16, u64>,
    latency: Histogram<u64>,
}

/// Everything so far.
pub(super) struct Gathered {
    pub(super) groups: Vec<GroupTally>,
    pub(super) seconds: Vec<load_report::Second>,
    pub(super) starts: u64,
    pub(super) late: u64,
    pub(super) max_late: u64,
    pub(super) dropped: u64,
    pub(super) connections: u64,
    pub(super) bytes: load_report::Bytes,
    pub(super) warm_up: u64,
    pub(super) last_start: u64,
    pub(super) last_end: u64,
    pub(super) blocked: u64,
    partial: BTreeMap<u64, Partial>,
    /// Of each thread, the first second of which it has not told.
    reached: Vec<u64>,
    /// Whether starts follow a schedule.
    open: bool,
    warm_up_nanos: u64,
}

impl Gathered {
    pub(super) fn new(plan: &Plan, threads: usize, open: bool, warm_up_nanos: u64) -> Self {
        Self {
            groups: vec![GroupTally::new(); plan.groups().len()],
            seconds: Vec::new(),
            starts: 0,
            late: 0,
            max_late: 0,
            dropped: 0,
            connections: 0,
            bytes: load_report::Bytes::default(),
            warm_up: 0,
            last_start: 0,
            last_end: 0,
            blocked: 0,
            partial: BTreeMap::new(),
            reached: vec![0; threads],
            open,
            warm_up_nanos,
        }
    }

    /// Adds what a thread told.
    pub(super) fn add(&mut self, thread: u32, tally: &Tally) {
        self.reached[thread as usize] = tally.second + 1;
        self.starts += tally.starts;
        self.late += tally.late;
        self.max_late = self.max_late.max(tally.max_late);
        self.dropped += tally.dropped;
        self.connections += tally.connections;
        self.bytes.sent += tally.bytes_sent;
        self.bytes.received += tally.bytes_received;
        self.warm_up += tally.warm_up;
        self.last_start = self.last_start.max(tally.last_start);
        self.last_end = self.last_end.max(tally.last_end);
        self.blocked += tally.blocked;
        let second = self.partial.entry(tally.second).or_insert_with(|| Partial {
            asked: 0,
            starts: 0,
            answers: 0,
            errors: 0,
            in_flight: 0,
            statuses: BTreeMap::new(),
            latency: histogram(),
        });
        second.asked += tally.asked;
        second.starts += tally.starts;
        second.in_flight += tally.in_flight;
        for (whole, group) in self.groups.iter_mut().zip(&tally.groups) {
            whole.add(group);
            second.errors += group.failed;
            for (status, count) in group.statuses.iter().filter(|(_, count)| **count > 0) {
                second.answers += count;
                *second.statuses.entry(*status).or_default() += count;
            }
            if !group.latency.is_empty() {
                add(&mut second.latency, &group.latency);
            }
        }
    }

    /// A thread has ended.
    pub(super) fn thread_ended(&mut self, thread: u32) {
        self.reached[thread as usize] = u64::MAX;
    }

    /// Whether all threads have ended.
    pub(super) fn is_over(&self) -> bool {
        self.reached.iter().all(|reached| *reached == u64::MAX)
    }

    /// Takes the seconds of which every thread has told.
    pub(super) fn whole_seconds(&mut self) -> Vec<Watched> {
        let mut whole = Vec::new();
        let reached = self.reached.iter().copied().min().unwrap_or(u64::MAX);
        while let Some(entry) = self.partial.first_entry() {
            if *entry.key() >= reached {
                break;
            }
            let (at, partial) = entry.remove_entry();
            // What is left of the last second may be nothing.
            if !self.is_over() || partial.starts + partial.answers + partial.errors > 0 {
                whole.push(self.second(at, &partial));
            }
        }
        whole
    }

    fn second(&mut self, at: u64, partial: &Partial) -> Watched {
        let ended = self.last_end.saturating_sub(self.warm_up_nanos);
        let is_last = self.is_over() && ended < (at + 1) * SECOND;
        let length = if is_last { ended.saturating_sub(at * SECOND).max(1) } else { SECOND };
        let spread = Percentiles::of(&partial.latency);
        let second = load_report::Second {
            at,
            asked: self.open.then_some(number(partial.asked)),
            starts: partial.starts,
            answers: partial.answers,
            errors: partial.errors,
            rate: number(partial.answers) * number(SECOND) / number(length),
            p50: spread.map(|s| s.p50),
            p95: spread.map(|s| s.p95),
            p99: spread.map(|s| s.p99),
            max: spread.map(|s| s.max),
            statuses: partial.statuses.clone(),
            histogram: encode(&coarse(&partial.latency)),
        };
        if second.starts > 0 || second.answers > 0 || second.errors > 0 {
            self.seconds.push(second.clone());
        }
        Watched {
            second,
            in_flight: partial.in_flight,
            requests: self.groups.iter().map(|group| group.requests).sum(),
            failed: self.groups.iter().map(|group| group.failed).sum(),
            dropped: self.dropped,
            latency: Percentiles::of(&self.latency().0),
        }
    }

    /// Latency and service time of everything.
    pub(super) fn latency(&self) -> (Histogram<u64>, Histogram<u64>) {
        let (mut latency, mut service) = (histogram(), histogram());
        for group in self.groups.iter().filter(|group| !group.latency.is_empty()) {
            add(&mut latency, &group.latency);
            add(&mut service, &group.service);
        }
        (latency, service)
    }
}

/// The same with fewer digits.
fn coarse(histogram: &Histogram<u64>) -> Histogram<u64> {
    let mut coarse = Histogram::new(SERIES_DIGITS).expect("one to five digits are allowed");
    for value in histogram.iter_recorded() {
        coarse
            .record_n(value.value_iterated_to(), value.count_since_last_iteration())
            .expect("a histogram that grows takes every value");
    }
    coarse
}

#[expect(clippy::cast_precision_loss, reason = "counts and nanoseconds of a run come nowhere near 2^53")]
pub(super) fn number(count: u64) -> f64 {
    count as f64
}
