//! All attempts at one delivery, recorded as they happen.
//!
//! This is the one place where an attempt follows another: `send` and `replay` come through here. Each attempt is
//! recorded together with what follows from it, so that whoever ends the process leaves the store in order.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::{Notify, Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

use super::attempt::attempt;
use super::breaker::Permit;
use super::endpoint::{Endpoint, Endpoints, Entry};
use super::retry::Next;
use super::run::Setup;
use super::{DeliverError, Notice, Prepared};
use crate::clock;
use crate::http::client::Client;
use crate::model::endpoint::EndpointChange;
use crate::model::{FailureKind, NewAttempt, RunId, Sequel, Timestamp, Upcoming};
use crate::store::{Steps, StoreError};

/// Further attempts that are made at once. Providers limit theirs, too; each takes a connection.
const RETRIES_AT_ONCE: usize = 64;

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fate {
    /// How it ended.
    pub end: FateEnd,
    /// Whether it ever reached a receiver.
    pub connected: bool,
    /// The status of the last answer.
    pub status: Option<u16>,
}

/// How a delivery ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FateEnd {
    /// It was accepted.
    Accepted,
    /// Its attempts ran out, or its last outcome is not one that is tried again.
    Dead,
    /// It was left to be tried by somebody who goes on later.
    Pending,
    /// It was not tried, because the provider would send nothing more there.
    NotSent,
}

/// A delivery that is recorded, and neither accepted nor given up.
#[derive(Debug, Clone)]
pub struct Underway {
    /// The delivery.
    pub delivery: Arc<Prepared>,
    /// The turn it belongs to.
    pub turn: u64,
    /// How many attempts have ended.
    pub attempts: u32,
    /// Why the last one got no answer; `None`: there was an answer, or no attempt.
    pub failure: Option<FailureKind>,
    /// Whether it ever reached a receiver.
    pub connected: bool,
    /// The status of the last answer.
    pub status: Option<u16>,
    /// When its next attempt is due.
    pub due: Instant,
    /// Whether it was made by a process before this one.
    pub is_late: bool,
}

impl Underway {
    /// A delivery that was not tried yet.
    pub fn fresh(delivery: Prepared, turn: u64) -> Self {
        let delivery = Arc::new(delivery);
        let attempts = delivery.continues.unwrap_or(0);
        Self {
            delivery,
            turn,
            attempts,
            failure: None,
            connected: false,
            status: None,
            due: Instant::now(),
            is_late: false,
        }
    }

    /// A delivery of which these attempts are on record, due at that moment.
    pub fn resumed(delivery: Prepared, turn: u64, attempts: &[NewAttempt], due_at: Timestamp) -> Self {
        let last = attempts.last().map(|attempt| &attempt.outcome);
        Self {
            attempts: attempts.iter().map(|attempt| attempt.attempt).max().unwrap_or(0),
            failure: last.and_then(|outcome| outcome.as_ref().err().copied()),
            connected: attempts.iter().any(is_connected),
            status: last.and_then(|outcome| outcome.as_ref().ok().map(|response| response.status)),
            due: Instant::now() + due_at.since(clock::now()),
            is_late: true,
            ..Self::fresh(delivery, turn)
        }
    }

    fn fate(&self, end: FateEnd) -> Fate {
        Fate { end, connected: self.connected, status: self.status }
    }
}

fn is_connected(attempt: &NewAttempt) -> bool {
    !attempt.outcome.as_ref().is_err_and(|kind| kind.never_connected())
}

/// What all deliveries of a run share.
pub(super) struct Shared<'a, T> {
    pub(super) client: &'a Client,
    /// What is to be recorded next, in one transaction.
    pub(super) steps: RefCell<Steps>,
    pub(super) endpoints: Endpoints,
    pub(super) tell: RefCell<T>,
    /// Set once nothing more is to be begun.
    pub(super) stopping: Cell<bool>,
    /// Wakes those who wait when that happens.
    pub(super) stopped: Notify,
    /// Turns that may be tried for the first time at once.
    pub(super) turns: Semaphore,
    places: Semaphore,
}

/// The place of a turn; free once all of its deliveries have given theirs up.
type Place<'a> = Rc<SemaphorePermit<'a>>;

/// What a first attempt came to.
pub(super) enum First {
    Ended(Fate),
    /// It is to be tried later.
    Later(Underway),
}

impl<'a, T: FnMut(Notice)> Shared<'a, T> {
    pub(super) fn new(setup: &Setup<'a>, tell: T) -> Self {
        Self {
            client: setup.client,
            steps: RefCell::default(),
            endpoints: Endpoints::default(),
            tell: RefCell::new(tell),
            stopping: Cell::new(false),
            stopped: Notify::new(),
            turns: Semaphore::new(setup.concurrency.max(1)),
            places: Semaphore::new(RETRIES_AT_ONCE),
        }
    }

    /// Nothing more is begun; those who wait come back as pending.
    pub(super) fn stop(&self) {
        self.stopping.set(true);
        self.stopped.notify_waiters();
    }

    /// Adds the deliveries of a turn to what is recorded next; resolves once they are on disk, due from `now` on.
    pub(super) fn record(
        &self,
        of: Option<(RunId, u64)>,
        now: Timestamp,
        deliveries: &[Prepared],
    ) -> impl Future<Output = Result<(), StoreError>> + use<T> {
        let (new, old): (Vec<_>, Vec<_>) = deliveries.iter().partition(|delivery| delivery.continues.is_none());
        let records = new.into_iter().map(Prepared::to_record).collect();
        let continued = old.into_iter().map(|delivery| delivery.id).collect();
        self.steps.borrow_mut().turn(of, now, records, continued)
    }

    /// The steps that were added since the last time; resolves when there are any. To be polled behind all that adds some,
    /// which wakes nobody.
    pub(super) fn put_together(&self) -> impl Future<Output = Steps> {
        poll_fn(|_| match self.steps.take() {
            steps if steps.is_empty() => Poll::Pending,
            steps => Poll::Ready(steps),
        })
    }

    /// What was under way when its run was interrupted has its place again: what comes behind it waits as it did then.
    pub(super) fn place_again(&self, delivery: &Underway) -> Option<Place<'_>> {
        let place = self.turns.try_acquire().ok().filter(|_| delivery.attempts == 0);
        place.map(Rc::new)
    }

    /// Tries a recorded delivery for the first time, if its endpoint may be tried.
    pub(super) async fn first(&self, mut delivery: Underway, place: Place<'_>) -> Result<First, DeliverError> {
        let endpoint = self.endpoint(&delivery);
        match endpoint.enter(std::time::Instant::now()) {
            Entry::Disabled => return Ok(First::Ended(self.not_sent(&delivery).await?)),
            Entry::Breaker(Permit::Go) => {}
            Entry::Breaker(Permit::Never) => return Ok(First::Ended(delivery.fate(FateEnd::Pending))),
            Entry::Breaker(Permit::NotBefore(_) | Permit::AfterProbe) => return Ok(First::Later(delivery)),
        }
        Ok(match self.attempt(&mut delivery, &endpoint, Some(place)).await? {
            Some(fate) => First::Ended(fate),
            None => First::Later(delivery),
        })
    }

    /// Goes on with a delivery until it has ended, or everything is to stop. A place of its turn, if it has one, is given up
    /// with the first answer, or when it has to wait.
    pub(super) async fn pursue(
        &self,
        mut delivery: Underway,
        mut turn: Option<Place<'_>>,
    ) -> Result<Fate, DeliverError> {
        let endpoint = self.endpoint(&delivery);
        loop {
            self.wait_until(delivery.due).await;
            // Taken before the endpoint is asked: who has its leave must go at once.
            let place = self.places.acquire().await.expect("the semaphore is never closed");
            if self.stopping.get() {
                return Ok(delivery.fate(FateEnd::Pending));
            }
            let permit = match endpoint.enter(std::time::Instant::now()) {
                Entry::Disabled => return self.not_sent(&delivery).await,
                Entry::Breaker(permit) => permit,
            };
            match permit {
                Permit::Never => return Ok(delivery.fate(FateEnd::Pending)),
                Permit::NotBefore(at) => {
                    turn = None;
                    delivery.due = at.into();
                }
                Permit::AfterProbe => {
                    let change = endpoint.change();
                    drop((place, turn.take()));
                    tokio::select! {
                        () = change => {}
                        () = self.stopped.notified() => {}
                    }
                }
                Permit::Go => {
                    if let Some(fate) = self.attempt(&mut delivery, &endpoint, turn.take()).await? {
                        return Ok(fate);
                    }
                }
            }
        }
    }

    fn endpoint(&self, delivery: &Underway) -> Rc<Endpoint> {
        let terms = &delivery.delivery.terms;
        self.endpoints.at(delivery.delivery.url.as_str(), &terms.endpoint, terms.scale)
    }

    /// Waits, but no longer than anybody wants to go on.
    async fn wait_until(&self, due: Instant) {
        let stopped = self.stopped.notified();
        if self.stopping.get() || due <= Instant::now() {
            return;
        }
        tokio::select! {
            () = sleep_until(due) => {}
            () = stopped => {}
        }
    }

    /// One attempt, recorded and told. `None`: another one follows. The place is given up as soon as there is an answer: who
    /// takes it waits for a record of its own, which is added behind this answer's.
    async fn attempt(
        &self,
        of: &mut Underway,
        endpoint: &Endpoint,
        place: Option<Place<'_>>,
    ) -> Result<Option<Fate>, DeliverError> {
        let delivery = of.delivery.clone();
        let number = of.attempts + 1;
        let renewed = match &delivery.renewal {
            Some(renewal) if number > delivery.continues.unwrap_or(0) + 1 => {
                Some(renewal.request(&delivery, number, of.failure, clock::now())?)
            }
            Some(renewal) if of.is_late => renewal.late(&delivery, clock::now())?,
            _ => None,
        };
        let attempt = attempt(self.client, &delivery, renewed.as_ref(), number).await;
        of.attempts = number;
        of.failure = attempt.outcome.as_ref().err().copied();
        of.status = attempt.outcome.as_ref().ok().map(|response| response.status);
        of.connected |= is_connected(&attempt);
        let mut changes = endpoint.report(&attempt.outcome, attempt.accepted, std::time::Instant::now());
        let next = next(&delivery, &attempt, &mut changes, endpoint);
        let sequel = next.map_or(Sequel::None, |next| Sequel::At(next.due_at));
        let concluded = self.steps.borrow_mut().conclude(attempt.clone(), sequel);
        drop(place);
        concluded.await?;
        let fate = match next {
            Some(next) => {
                of.due = Instant::now() + next.due_at.since(clock::now());
                None
            }
            None if attempt.accepted => Some(of.fate(FateEnd::Accepted)),
            None => Some(of.fate(FateEnd::Dead)),
        };
        let mut tell = self.tell.borrow_mut();
        tell(Notice::Attempt { turn: of.turn, delivery: delivery.clone(), attempt, next });
        for change in changes {
            tell(Notice::Endpoint { url: delivery.url.clone(), change, scale: delivery.terms.scale });
        }
        Ok(fate)
    }

    /// The endpoint of a delivery is disabled: nobody will try it any more.
    async fn not_sent(&self, delivery: &Underway) -> Result<Fate, DeliverError> {
        let settled = self.steps.borrow_mut().settle(delivery.delivery.id);
        settled.await?;
        Ok(delivery.fate(if delivery.attempts > 0 { FateEnd::Dead } else { FateEnd::NotSent }))
    }
}

/// When the next attempt is due, if there is to be one.
fn next(
    delivery: &Prepared,
    attempt: &NewAttempt,
    changes: &mut Vec<EndpointChange>,
    endpoint: &Endpoint,
) -> Option<Upcoming> {
    if attempt.accepted {
        return None;
    }
    let now = clock::now();
    let terms = &delivery.terms;
    // A delivery that is tried further gets all attempts of the plan, whatever was tried before.
    let number = attempt.attempt - delivery.continues.unwrap_or(0);
    let next = terms.retry.after(number, &attempt.outcome, clock::chance(), now);
    if next == Next::Exhausted && !terms.retry.is_never() {
        changes.extend(endpoint.exhausted());
    }
    let Next::Again(wait) = next else { return None };
    if changes.iter().any(|change| matches!(change, EndpointChange::Disabled(_))) {
        return None;
    }
    let scaled: Duration = terms.scale.scale(wait);
    Some(Upcoming { attempt: attempt.attempt + 1, of: terms.retry.attempts(), wait, due_at: now.plus(scaled) })
}
