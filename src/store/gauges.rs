//! What can be said of the writer while it works.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::model::histogram::{DURATIONS, Histogram};

/// Counted by the store, read by whoever looks on.
#[derive(Debug)]
pub struct Gauges {
    waiting: AtomicUsize,
    commits: Histogram,
}

impl Default for Gauges {
    fn default() -> Self {
        Self { waiting: AtomicUsize::new(0), commits: Histogram::over(DURATIONS) }
    }
}

impl Gauges {
    /// Jobs that wait for the writer.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// How long transactions took, from their beginning until they were on disk, in microseconds.
    pub fn commits(&self) -> &Histogram {
        &self.commits
    }

    /// Said before a job is queued, so that it is never taken before it was counted.
    pub(super) fn queued(&self) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn taken(&self, jobs: usize) {
        self.waiting.fetch_sub(jobs, Ordering::Relaxed);
    }

    pub(super) fn committed(&self, took: Duration) {
        self.commits.count_duration(took);
    }
}
