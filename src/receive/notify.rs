//! Telling what was received: to a bounded queue, so that a slow reader never takes memory.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use super::alert::Alert;
use super::exec::Executed;
use super::source::SourceNotice;
use crate::diagnosis::Diagnosis;
use crate::model::{DeliveryId, FailureKind, NewAttempt, Summary, Upcoming, Verdict};
use crate::provider::Judgement;
use crate::store::{Retention, StoreError};

/// What happened.
#[derive(Debug)]
pub enum Notice {
    /// A delivery was recorded and answered.
    Delivery(Box<Told>),
    /// What became of forwards that went on behind an answer could not be recorded.
    AttemptNotRecorded {
        /// Why.
        error: StoreError,
    },
    /// A delivery could not be recorded, and was answered 503.
    NotRecorded {
        /// Why.
        error: StoreError,
    },
    /// Why a delivery is not valid was found out.
    Explained(Box<Explained>),
    /// Something was refused before it was a delivery.
    Refused {
        /// The client.
        peer: SocketAddr,
        /// The status it was told, if it was still there.
        status: Option<u16>,
        /// Why.
        reason: String,
    },
    /// Something about forwarding behind answers.
    Behind(BehindNotice),
    /// A program was run for a delivery.
    Executed(Box<Executed>),
    /// An alert is raised, or over.
    Alert(Box<Alert>),
    /// Whoever is to be told of an alert could not be.
    AlertNotSent {
        /// Who: a program or a URL.
        whom: String,
        /// Why.
        why: String,
    },
    /// Something about where deliveries are taken from.
    Source(SourceNotice),
    /// The routes were read again, or could not be.
    Reloaded(Reloaded),
    /// Old deliveries were deleted.
    Pruned {
        /// How many.
        deliveries: usize,
        /// The bytes of their heads and bodies.
        bytes: u64,
        /// What is kept.
        retention: Retention,
    },
    /// Nothing follows: the receiver has stopped.
    End,
}

/// Why a delivery is not valid.
#[derive(Debug)]
pub struct Explained {
    /// Its number in the store.
    pub number: i64,
    /// What is known about it.
    pub summary: Summary,
    /// What was looked at.
    pub judgement: Judgement,
    /// What would make it valid.
    pub diagnosis: Diagnosis,
}

/// An attempt behind an answer.
#[derive(Debug)]
pub struct BehindAttempt {
    /// The number of the delivery.
    pub number: i64,
    /// What is known about it.
    pub summary: Summary,
    /// What became of it.
    pub attempt: NewAttempt,
    /// The one that follows, if its time is known.
    pub next: Option<Upcoming>,
    /// Whether the delivery is a dead letter at this target now.
    pub dead: bool,
}

/// What happens behind answers.
#[derive(Debug)]
pub enum BehindNotice {
    /// An attempt has ended.
    Attempt(Box<BehindAttempt>),
    /// A target cannot be reached. Told once, until it is back.
    Down {
        /// The target.
        target: String,
        /// Why.
        kind: FailureKind,
        /// Deliveries that wait for it.
        waiting: u64,
    },
    /// It can be reached again.
    Back {
        /// The target.
        target: String,
        /// Deliveries that wait for it.
        waiting: u64,
    },
    /// So many wait for a target that senders are told to come back. Told once, until there is room.
    Full {
        /// The target.
        target: String,
        /// Deliveries that wait for it.
        waiting: u64,
    },
    /// Deliveries wait from an earlier run.
    Left {
        /// The target.
        target: String,
        /// Deliveries that wait for it.
        waiting: u64,
        /// Whether it is still a target.
        known: bool,
    },
}

/// What came of reading the routes again.
#[derive(Debug, Default)]
pub struct Reloaded {
    /// How many there are now.
    pub routes: usize,
    /// Keys that have changed and are not read before a restart.
    pub needs_restart: Vec<String>,
    /// Why the routes that held go on to hold.
    pub error: Option<String>,
}

/// A delivery that was recorded and answered.
#[derive(Debug)]
pub struct Told {
    /// Its number in the store.
    pub number: i64,
    /// What is known about it.
    pub summary: Summary,
    /// The delivery that it repeats.
    pub duplicate_of: Option<(i64, DeliveryId)>,
    /// Why it is not simply accepted.
    pub note: Option<String>,
    /// From its last byte to the last byte of the answer.
    pub taken: Duration,
    /// Whether the answer reached the sender's system.
    pub sent: bool,
    /// What became of its forwards, the one whose answer was the sender's first.
    pub forwards: Vec<NewAttempt>,
    /// Which route it took, and why; `None` if there are no routes.
    pub route: Option<Arc<str>>,
    /// What else is worth knowing about how it was forwarded.
    pub notes: Vec<String>,
}

/// What a full queue means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backlog {
    /// Wait: a program reads, and must see everything.
    Wait,
    /// Drop: a person looks, and nobody can read that fast; everything is in the store.
    Drop,
}

/// Lines that may wait to be shown. A few seconds of the fastest sender.
const QUEUE: usize = 16 * 1024;

/// Sees every notice, before it is queued and whether or not there is room for it. It must be quick.
pub trait Watcher: Send + Sync {
    /// Something happened.
    fn see(&self, notice: &Notice);
}

/// The sending end.
pub struct Notices {
    queue: SyncSender<Notice>,
    backlog: Backlog,
    dropped: AtomicU64,
    watchers: Vec<Arc<dyn Watcher>>,
}

impl Notices {
    /// A queue, and the end that is read.
    pub fn new(backlog: Backlog) -> (Self, Receiver<Notice>) {
        let (queue, reader) = sync_channel(QUEUE);
        (Self { queue, backlog, dropped: AtomicU64::new(0), watchers: Vec::new() }, reader)
    }

    /// Somebody else who sees everything.
    pub fn watched_by(&mut self, watcher: Arc<dyn Watcher>) {
        self.watchers.push(watcher);
    }

    /// Tells. A reader that has gone is no reason to stop receiving.
    pub fn tell(&self, notice: Notice) {
        for watcher in &self.watchers {
            watcher.see(&notice);
        }
        match (self.backlog, &notice) {
            // Whoever is refused must not be able to hold up the others.
            // An explanation more or less is no loss.
            (Backlog::Wait, Notice::Refused { .. } | Notice::Explained(_)) => drop(self.queue.try_send(notice)),
            (Backlog::Wait, _) | (_, Notice::End) => drop(self.queue.send(notice)),
            (Backlog::Drop, Notice::Explained(_)) => drop(self.queue.try_send(notice)),
            (Backlog::Drop, _) => {
                if let Err(TrySendError::Full(_)) = self.queue.try_send(notice) {
                    self.dropped.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }

    /// How many were dropped since this was last asked.
    pub fn take_dropped(&self) -> u64 {
        self.dropped.swap(0, Ordering::Relaxed)
    }
}

/// What was received so far.
#[derive(Debug, Default)]
pub struct Tally {
    /// Recorded deliveries.
    pub deliveries: AtomicU64,
    /// Of these, valid ones.
    pub valid: AtomicU64,
    /// Of these, repetitions.
    pub duplicates: AtomicU64,
    /// Deliveries that could not be recorded.
    pub unrecorded: AtomicU64,
    /// What was refused before it was a delivery.
    pub refused: AtomicU64,
}

impl Tally {
    /// Counts a recorded delivery.
    pub fn count(&self, summary: &Summary, duplicate: bool) {
        self.deliveries.fetch_add(1, Ordering::Relaxed);
        self.valid.fetch_add(u64::from(summary.verdict == Verdict::Valid), Ordering::Relaxed);
        self.duplicates.fetch_add(u64::from(duplicate), Ordering::Relaxed);
    }
}
