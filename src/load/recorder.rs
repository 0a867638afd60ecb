//! What happened, counted where it happens: each thread has a tally of its own, which it hands over once a second.

use std::collections::BTreeMap;
use std::sync::mpsc::Sender;

use hdrhistogram::Histogram;

use super::plan::{Nature, Ticket};
use crate::json::load_report::{add, histogram};
use crate::model::FailureKind;

/// Nanoseconds in a second.
pub(super) const SECOND: u64 = 1_000_000_000;
/// A start so much behind its schedule is late.
const LATE: u64 = 1_000_000;

/// Why a value always finds its place.
const GROWS: &str = "a histogram that grows takes every value";

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// An answer, and whether it is an acceptance.
    Answered {
        /// The status.
        status: u16,
        /// Whether that counts as accepted.
        accepted: bool,
    },
    /// No answer.
    Failed(FailureKind),
}

/// What is known about an event type.
#[derive(Debug, Clone)]
pub(super) struct GroupTally {
    pub(super) requests: u64,
    pub(super) succeeded: u64,
    pub(super) failed: u64,
    pub(super) statuses: BTreeMap<u16, u64>,
    pub(super) errors: BTreeMap<&'static str, u64>,
    pub(super) duplicates: u64,
    pub(super) invalid: u64,
    pub(super) accepted_invalid: u64,
    /// Fresh events that were accepted.
    pub(super) processed: u64,
    pub(super) latency: Histogram<u64>,
    pub(super) service: Histogram<u64>,
}

impl GroupTally {
    pub(super) fn new() -> Self {
        Self {
            requests: 0,
            succeeded: 0,
            failed: 0,
            statuses: BTreeMap::new(),
            errors: BTreeMap::new(),
            duplicates: 0,
            invalid: 0,
            accepted_invalid: 0,
            processed: 0,
            latency: histogram(),
            service: histogram(),
        }
    }

    /// Adds another one to this one, exactly.
    pub(super) fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.succeeded += other.succeeded;
        self.failed += other.failed;
        self.duplicates += other.duplicates;
        self.invalid += other.invalid;
        self.accepted_invalid += other.accepted_invalid;
        self.processed += other.processed;
        other.statuses.iter().for_each(|(status, count)| *self.statuses.entry(*status).or_default() += count);
        other.errors.iter().for_each(|(kind, count)| *self.errors.entry(*kind).or_default() += count);
        if !other.latency.is_empty() {
            add(&mut self.latency, &other.latency);
            add(&mut self.service, &other.service);
        }
    }

    fn record(&mut self, nature: Nature, outcome: Outcome, latency: u64, service: u64) {
        self.requests += 1;
        let (accepted, timed) = match outcome {
            Outcome::Answered { status, accepted } => {
                *self.statuses.entry(status).or_default() += 1;
                (accepted, true)
            }
            Outcome::Failed(kind) => {
                *self.errors.entry(kind.as_str()).or_default() += 1;
                // Whoever waited to the limit has waited; a connection that was refused says nothing about the time.
                (false, matches!(kind, FailureKind::ResponseTimeout | FailureKind::ConnectTimeout))
            }
        };
        match nature {
            Nature::Forged => {
                self.invalid += 1;
                self.accepted_invalid += u64::from(accepted);
            }
            Nature::Fresh | Nature::Duplicate => {
                self.duplicates += u64::from(nature == Nature::Duplicate);
                self.processed += u64::from(accepted && nature == Nature::Fresh);
                if accepted { self.succeeded += 1 } else { self.failed += 1 }
            }
        }
        if timed {
            self.latency.record(latency).expect(GROWS);
            self.service.record(service).expect(GROWS);
        }
    }

    fn clear(&mut self) {
        self.requests = 0;
        self.succeeded = 0;
        self.failed = 0;
        self.duplicates = 0;
        self.invalid = 0;
        self.accepted_invalid = 0;
        self.processed = 0;
        // The keys stay: they will be needed again.
        self.statuses.values_mut().for_each(|count| *count = 0);
        self.errors.values_mut().for_each(|count| *count = 0);
        self.latency.reset();
        self.service.reset();
    }
}

/// What one thread did in one second.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    /// The second, from the start of what is measured.
    pub(super) second: u64,
    /// By event.
    pub(super) groups: Vec<GroupTally>,
    /// Starts that were due.
    pub(super) asked: u64,
    /// Starts that happened.
    pub(super) starts: u64,
    pub(super) late: u64,
    pub(super) max_late: u64,
    pub(super) dropped: u64,
    pub(super) connections: u64,
    pub(super) bytes_sent: u64,
    pub(super) bytes_received: u64,
    /// Requests that ended in the warm-up or started in it; nothing else of them is counted.
    pub(super) warm_up: u64,
    /// Requests in flight at its end.
    pub(super) in_flight: u64,
    /// When the last start happened and the last request ended, in nanoseconds since the start of the run.
    pub(super) last_start: u64,
    pub(super) last_end: u64,
    /// Nanoseconds in which the thread had nothing to do.
    pub(super) blocked: u64,
}

impl Tally {
    fn new(groups: usize) -> Self {
        Self {
            second: 0,
            groups: vec![GroupTally::new(); groups],
            asked: 0,
            starts: 0,
            late: 0,
            max_late: 0,
            dropped: 0,
            connections: 0,
            bytes_sent: 0,
            bytes_received: 0,
            warm_up: 0,
            in_flight: 0,
            last_start: 0,
            last_end: 0,
            blocked: 0,
        }
    }

    fn clear(&mut self) {
        self.groups.iter_mut().for_each(GroupTally::clear);
        let groups = std::mem::take(&mut self.groups);
        *self = Self { groups, ..Self::new(0) };
    }
}

/// What a thread tells.
pub(super) enum Told {
    /// A second of the thread of that number is over.
    Second(u32, Box<Tally>),
    /// The thread of that number is done, and this is the rest. Both at once: a second that was cut short is known as one.
    Done(u32, Box<Tally>),
    /// It could not go on.
    Broken(u32, std::io::Error),
}

/// Counts for one thread.
pub(super) struct Recorder {
    tally: Box<Tally>,
    spare: std::sync::mpsc::Receiver<Box<Tally>>,
    told: Sender<Told>,
    thread: u32,
    /// The end of the warm-up, in nanoseconds since the start.
    from: u64,
    /// When the second ends.
    until: u64,
}

impl Recorder {
    /// A recorder that tells its tallies there, and gets them back empty from `spare`.
    pub(super) fn new(
        groups: usize,
        thread: u32,
        warm_up: u64,
        told: Sender<Told>,
        spare: std::sync::mpsc::Receiver<Box<Tally>>,
    ) -> Self {
        Self { tally: Box::new(Tally::new(groups)), spare, told, thread, from: warm_up, until: warm_up + SECOND }
    }

    /// Whether a request with that start counts.
    fn counts(&self, start: u64) -> bool {
        start >= self.from
    }

    /// A start was due, and happens, or has to be dropped.
    pub(super) fn start(&mut self, due: u64, now: u64, happens: bool) {
        if self.counts(due) {
            let late = now.saturating_sub(due);
            self.tally.asked += 1;
            if happens {
                self.tally.starts += 1;
                self.tally.last_start = now;
                self.tally.late += u64::from(late > LATE);
                self.tally.max_late = self.tally.max_late.max(late);
            } else {
                self.tally.dropped += 1;
            }
        }
    }

    /// A request has ended: when it was to start, when it did, and when it ended.
    pub(super) fn end(&mut self, ticket: &Ticket, outcome: Outcome, intended: u64, sent: u64, now: u64) {
        if self.counts(intended) {
            self.tally.last_end = now;
            let (latency, service) = (now.saturating_sub(intended), now.saturating_sub(sent));
            self.tally.groups[usize::from(ticket.group)].record(ticket.nature, outcome, latency, service);
        } else {
            self.tally.warm_up += 1;
        }
    }

    /// Bytes were written.
    pub(super) fn sent(&mut self, bytes: usize) {
        self.tally.bytes_sent += bytes as u64;
    }

    /// Bytes were read.
    pub(super) fn received(&mut self, bytes: usize) {
        self.tally.bytes_received += bytes as u64;
    }

    /// A connection was opened.
    pub(super) fn connected(&mut self) {
        self.tally.connections += 1;
    }

    /// Time passed in which there was nothing to do.
    pub(super) fn blocked(&mut self, nanos: u64) {
        self.tally.blocked += nanos;
    }

    /// Hands over the tally if its second is over.
    pub(super) fn tick(&mut self, now: u64, in_flight: usize) {
        while now >= self.until {
            self.hand_over(in_flight);
            self.until += SECOND;
        }
    }

    /// Hands over what is left.
    pub(super) fn finish(mut self, outcome: std::io::Result<()>) {
        let last = match outcome {
            Ok(()) => Told::Done(self.thread, self.tally),
            Err(error) => {
                self.hand_over(0);
                Told::Broken(self.thread, error)
            }
        };
        // Nobody listens any more once the run was given up.
        let _ = self.told.send(last);
    }

    fn hand_over(&mut self, in_flight: usize) {
        let mut next = self.spare.try_recv().unwrap_or_else(|_| Box::new(Tally::new(self.tally.groups.len())));
        next.clear();
        next.second = self.tally.second + 1;
        self.tally.in_flight = in_flight as u64;
        let full = std::mem::replace(&mut self.tally, next);
        let _ = self.told.send(Told::Second(self.thread, full));
    }
}
