//! What a thread is to do, whatever its connections are made of.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::control::Control;
use super::lanes::Lane;
use super::plan::Maker;
use super::recorder::Recorder;

/// How requests are started.
pub(super) enum Pace {
    /// One after the other on each connection.
    Closed {
        /// Gives the next number.
        counter: Arc<AtomicU64>,
        /// Numbers from here on are not sent.
        limit: u64,
        /// How many are in flight at once; each has a connection of its own, where it does not share one.
        connections: usize,
        /// When no more are started, in nanoseconds since the start.
        end: u64,
    },
    /// When they are due.
    Open {
        /// The starts of this thread.
        lane: Box<Lane>,
        /// Requests in flight beyond which starts are dropped.
        most: usize,
    },
}

/// What a thread is made of.
pub(super) struct Assignment {
    pub(super) address: SocketAddr,
    pub(super) timeout: Duration,
    pub(super) pace: Pace,
    pub(super) maker: Maker,
    pub(super) recorder: Recorder,
    pub(super) control: Arc<Control>,
    /// The instant that all times count from.
    pub(super) start: Instant,
    /// Which shard of how many gets the numbers of the closed loop.
    pub(super) shard: (u64, u64),
}

/// A start that waits for a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waiting {
    pub(super) number: u64,
    /// When it was to start, in nanoseconds since the start of the run.
    pub(super) intended: u64,
}

impl Assignment {
    /// Nanoseconds since the start of the run.
    pub(super) fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Closed loop: whether there may be a next request, going by what is known now.
    pub(super) fn has_more(&self, now: u64) -> bool {
        let Pace::Closed { counter, limit, end, .. } = &self.pace else { return false };
        let (shard, shards) = self.shard;
        self.control.is_running() && now < *end && shards * counter.load(Ordering::Relaxed) + shard < *limit
    }

    /// Closed loop: the number of the next request, if there is one.
    pub(super) fn next_number(&self, now: u64) -> Option<u64> {
        let Pace::Closed { counter, limit, end, .. } = &self.pace else { return None };
        if now >= *end || !self.control.is_running() {
            return None;
        }
        let (shard, shards) = self.shard;
        let number = counter.fetch_add(1, Ordering::Relaxed) * shards + shard;
        (number < *limit).then_some(number)
    }
}

/// Connections that are being made at once. More would only fill the receiver's queue.
pub(super) const CONNECTING: usize = 512;
/// The pause before a connection is tried again that could not be made, at first and at most, in nanoseconds.
pub(super) const PAUSE: (u64, u64) = (1_000_000, 256_000_000);
/// The longest wait: how soon a time limit, the end of a second or a stop is noticed.
pub(super) const LONGEST_WAIT: Duration = Duration::from_millis(50);
