//! Sending recorded requests again.
//!
//! ```text
//! mod.rs      a recorded request, and the source that makes deliveries of many of them
//! order.rs    which comes when: order, recorded gaps, speed
//! target.rs   where it goes, and what of its head changes because of that
//! remake.rs   fresh signatures, new ids, edits
//! sender.rs   who sent it: keys to sign with, what counts as accepted
//! ```
//!
//! What is not changed on purpose is what was recorded, byte for byte: names, order and spelling of the headers, the body.
//! No header is added.

mod order;
mod remake;
mod sender;
mod target;

use std::sync::Arc;
use std::time::Duration;

use url::Url;

pub use order::{Order, Schedule};
pub use remake::{Remaking, Signing};
pub use sender::Sender;
pub(crate) use target::aim;

use super::prepared::Origin;
use super::resume::{self, same_address};
use super::{DeliverError, Due, Prepared, Source, Terms};
use crate::clock;
use crate::http::head::{WriteError, request_of, write_request_head};
use crate::model::{Delivery, DeliveryId, Reason, RecordedAnswer, Request, Timestamp, Verdict};
use crate::payload::Seed;
use crate::payload::edit::EditError;
use crate::signature::SignError;
use crate::store::StoreError;

/// A recorded request, to be sent again.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// What a person calls it: `#12`, `session.har#3`.
    pub name: String,
    /// The request as it was recorded.
    pub request: Request,
    /// The address that it was recorded for, where that is known.
    pub url: Option<String>,
    /// When it arrived.
    pub arrived_at: Option<Timestamp>,
    /// What was said of its signature when it was recorded; `None`: nobody has judged it.
    pub verdict: Option<(Verdict, Option<Reason>)>,
    /// Where hookctl sent it, if it did.
    pub went_to: Option<Url>,
    /// How it was answered.
    pub answer: Option<RecordedAnswer>,
    /// What it is a further attempt at: the delivery, and how many attempts there were.
    pub continues: Option<(DeliveryId, u32)>,
}

/// Recorded requests, read one by one.
pub trait Tape {
    /// How many there are.
    fn len(&self) -> usize;

    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// When one arrived.
    fn arrived_at(&self, at: usize) -> Option<Timestamp>;

    /// Who sent one.
    fn sender(&self, at: usize) -> Option<Arc<Sender>>;

    /// Reads one; `None` if it is no longer there.
    ///
    /// # Errors
    /// It cannot be read.
    fn read(&mut self, at: usize) -> Result<Option<Recorded>, DeliverError>;
}

/// Why a recorded request cannot be sent again as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// It was to be signed, and nobody knows how.
    #[error("it cannot be signed anew: no provider was recognised")]
    NobodySigns,
    /// It was to get a new id, and nobody knows where its id is.
    #[error("it has no event id that hookctl knows of")]
    NoEventId,
    /// It was to be changed, and is nothing that could be.
    #[error("its body is neither JSON nor a form, and cannot be changed")]
    NoDocument,
    /// An edit does not fit.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// It cannot be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// What came of it cannot be on the wire.
    #[error(transparent)]
    Head(#[from] WriteError),
}

/// Where replays go.
#[derive(Debug, Clone)]
pub enum Targets {
    /// To these, side by side.
    These(Vec<Url>),
    /// Each where hookctl sent it; what it did not send, to these.
    Same(Vec<Url>),
}

impl Targets {
    /// How many deliveries a turn makes.
    pub fn count(&self) -> u64 {
        match self {
            Self::These(urls) => urls.len() as u64,
            Self::Same(urls) => urls.len().max(1) as u64,
        }
    }
}

/// What is done with a tape.
#[derive(Debug)]
pub struct Plan {
    /// Where the requests go.
    pub targets: Targets,
    /// Which comes when.
    pub schedule: Schedule,
    /// What changes.
    pub remaking: Remaking,
    /// What counts as accepted where no provider is known.
    pub terms: Arc<Terms>,
    /// Decides about new ids.
    pub seed: Seed,
}

/// The deliveries that a tape makes.
pub struct Replays<'a, T> {
    tape: &'a mut T,
    plan: &'a Plan,
    next: u64,
    /// When the first turn was due that is made here, of all of the plan.
    begun: Duration,
}

impl<'a, T: Tape> Replays<'a, T> {
    /// A tape from this turn on, by this plan.
    pub fn new(tape: &'a mut T, plan: &'a Plan, next: u64) -> Self {
        let begun = plan.schedule.due(next).unwrap_or_default();
        Self { tape, plan, next, begun }
    }

    /// How many turns are left.
    pub fn left(&self) -> u64 {
        self.plan.schedule.turns().saturating_sub(self.next)
    }

    /// A delivery of a turn that was made before and is to be tried again: as it is on record, with what its turn says about
    /// further attempts. `before` is how many attempts there were at it before the replay began, if it is a dead letter.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn pending(
        &mut self,
        delivery: &Delivery,
        turn: u64,
        before: Option<u32>,
        now: Timestamp,
    ) -> Result<Prepared, DeliverError> {
        let mut made = self.turn(turn, now)?;
        let same = |one: &Prepared| same_address(one.url.as_str(), &delivery.summary.remote);
        // A dead letter may have gone elsewhere; it is the first of its turn.
        let at = if before.is_some() { (!made.is_empty()).then_some(0) } else { made.iter().position(same) };
        let again = at.map(|at| made.swap_remove(at));
        if let (Some(again), Some(_)) = (&again, before) {
            // What is on record is the delivery that became a dead letter.
            return Ok(Prepared { continues: before, id: delivery.summary.id, ..again.clone() });
        }
        let usual = again.as_ref().map_or(&self.plan.terms, |again| &again.terms).clone();
        let recorded = resume::prepared(delivery, &usual)?;
        let damaged = |_| StoreError::Damaged { number: Some(delivery.number) };
        Ok(Prepared {
            // To the byte: a replay makes nothing of its own for the wire.
            head: delivery.head.clone(),
            request: request_of(delivery).map_err(damaged)?,
            continues: before,
            renewal: again.as_ref().and_then(|again| again.renewal.clone()),
            origin: again.and_then(|again| again.origin),
            ..recorded
        })
    }

    /// The deliveries of one turn: the same request to each target.
    fn turn(&mut self, turn: u64, now: Timestamp) -> Result<Vec<Prepared>, DeliverError> {
        let at = self.plan.schedule.position(turn);
        let Some(recorded) = self.tape.read(at)? else { return Ok(Vec::new()) };
        let seed = self.plan.seed.nth(turn);
        let sender = self.tape.sender(at);
        let targets = match (&self.plan.targets, &recorded.went_to) {
            (Targets::Same(_), Some(url)) => std::slice::from_ref(url),
            (Targets::These(targets) | Targets::Same(targets), _) => targets.as_slice(),
        };
        let made: Result<Vec<Prepared>, ReplayError> = targets
            .iter()
            .enumerate()
            .map(|(nth, to)| {
                // The first target gets the further attempt, the others deliveries of their own.
                let continues = recorded.continues.filter(|_| nth == 0);
                self.prepare(&recorded, sender.as_deref(), to, continues, (seed, now))
            })
            .collect();
        made.map_err(|error| DeliverError::Replay { name: recorded.name.clone(), error })
    }

    fn prepare(
        &self,
        recorded: &Recorded,
        sender: Option<&Sender>,
        to: &Url,
        continues: Option<(DeliveryId, u32)>,
        (seed, now): (Seed, Timestamp),
    ) -> Result<Prepared, ReplayError> {
        let (url, mut request) = match &recorded.went_to {
            // It goes where it went, with the very target that it had.
            Some(went_to) if went_to == to => (to.clone(), recorded.request.clone()),
            _ => target::aim(&recorded.request, to),
        };
        let belongs = |name: &str| sender.is_some_and(|sender| sender.provider().definition.speaks_of_header(name));
        target::readdress(&mut request, &url, belongs);
        let remade = self.plan.remaking.apply(recorded, sender, &mut request, &url, seed, now)?;
        target::measure(&mut request);
        let located = sender.map(|sender| sender.provider().locate(&request)).unwrap_or_default();
        Ok(Prepared {
            id: continues.map_or_else(|| clock::delivery_id(now), |(id, _)| id),
            continues: continues.map(|(_, attempts)| attempts),
            at: now,
            provider: sender.map(|sender| sender.provider().name.clone()),
            event_type: located.event_type,
            event_id: located.event_id,
            head: write_request_head(&request.method, &request.target, &request.headers)?.into(),
            // A signature may be in the query.
            url: target::address(&url, &request.target),
            request,
            verdict: remade.verdict.0,
            reason: remade.verdict.1,
            terms: sender.map_or(&self.plan.terms, Sender::terms).clone(),
            renewal: remade.renewal,
            origin: Some(Arc::new(Origin { name: recorded.name.clone(), answer: recorded.answer.clone() })),
        })
    }
}

impl<T: Tape> Source for Replays<'_, T> {
    fn due(&self) -> Due {
        self.plan.schedule.due(self.next).map_or(Due::Never, |due| Due::At(due.saturating_sub(self.begun)))
    }

    fn turn(&self) -> u64 {
        self.next
    }

    fn make(&mut self, now: Timestamp) -> Result<Vec<Prepared>, DeliverError> {
        let made = self.turn(self.next, now);
        self.next += 1;
        made
    }
}
