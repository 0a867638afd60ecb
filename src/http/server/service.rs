//! What all connections of a server share.

use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use tokio::time::Instant;

use super::handler::{Handler, Outcome, Refusal, SendError};
use super::limits::ServerLimits;
use super::tally::Totals;
use crate::http::budget::Budget;

/// The handler, the limits and what is counted.
pub(super) struct Service<H> {
    pub(super) handler: Arc<H>,
    pub(super) limits: ServerLimits,
    pub(super) budget: Budget,
    pub(super) totals: Totals,
    stopping: AtomicBool,
}

impl<H: Handler> Service<H> {
    pub(super) fn new(handler: Arc<H>, limits: ServerLimits) -> Self {
        let budget = Budget::new(limits.held_bytes);
        Self { handler, limits, budget, totals: Totals::default(), stopping: AtomicBool::new(false) }
    }

    /// From now on every answer is the last of its connection.
    pub(super) fn stop(&self) {
        self.stopping.store(true, Relaxed);
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Relaxed)
    }

    /// Tells the handler of a refusal; a panic there is its own affair.
    pub(super) fn refused(&self, refusal: Refusal) {
        if catch_unwind(AssertUnwindSafe(|| self.handler.refused(refusal))).is_err() {
            self.totals.panics.fetch_add(1, Relaxed);
        }
    }
}

/// A ticket that is given back exactly once, also when the connection is cut off in the middle of its answer.
pub(super) struct Ticketed<S: Deref<Target = Service<H>>, H: Handler> {
    service: S,
    ticket: Option<H::Ticket>,
    status: u16,
}

impl<S: Deref<Target = Service<H>>, H: Handler> Ticketed<S, H> {
    pub(super) const fn new(service: S, ticket: H::Ticket, status: u16) -> Self {
        Self { service, ticket: Some(ticket), status }
    }

    /// Gives the ticket back with what became of the answer.
    pub(super) fn settle(mut self, outcome: Outcome) {
        self.give_back(outcome);
    }

    fn give_back(&mut self, outcome: Outcome) {
        let Some(ticket) = self.ticket.take() else {
            return;
        };
        if catch_unwind(AssertUnwindSafe(|| self.service.handler.answered(ticket, outcome))).is_err() {
            self.service.totals.panics.fetch_add(1, Relaxed);
        }
    }
}

impl<S: Deref<Target = Service<H>>, H: Handler> Drop for Ticketed<S, H> {
    fn drop(&mut self) {
        if self.ticket.is_some() {
            self.give_back(Outcome { status: self.status, at: Instant::now(), sent: Err(SendError::CutOff) });
        }
    }
}
