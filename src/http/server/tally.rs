//! Counting what happened, without sharing a counter between connections for every request.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The sums over all connections that have ended.
#[derive(Debug, Default)]
pub(super) struct Totals {
    pub(super) connections: AtomicU64,
    pub(super) requests: AtomicU64,
    pub(super) answered: AtomicU64,
    pub(super) unsent: AtomicU64,
    pub(super) refused: AtomicU64,
    pub(super) panics: AtomicU64,
}

/// The counts of one connection; added to the sums when it ends, however it ends.
#[derive(Debug)]
pub(super) struct Tally<'a> {
    totals: &'a Totals,
    pub(super) requests: u64,
    pub(super) answered: u64,
    pub(super) unsent: u64,
    pub(super) refused: u64,
    pub(super) panics: u64,
}

impl<'a> Tally<'a> {
    pub(super) const fn new(totals: &'a Totals) -> Self {
        Self { totals, requests: 0, answered: 0, unsent: 0, refused: 0, panics: 0 }
    }
}

impl Drop for Tally<'_> {
    fn drop(&mut self) {
        self.totals.connections.fetch_add(1, Relaxed);
        self.totals.requests.fetch_add(self.requests, Relaxed);
        self.totals.answered.fetch_add(self.answered, Relaxed);
        self.totals.unsent.fetch_add(self.unsent, Relaxed);
        self.totals.refused.fetch_add(self.refused, Relaxed);
        self.totals.panics.fetch_add(self.panics, Relaxed);
    }
}
