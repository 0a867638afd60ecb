//! A delivery from socket to store and back: the pipeline on one page.
//!
//! limits → identify → verify → deduplicate → validate → record → forward → answer → tell. What holds when
//! [`Receiver::handle`] returns a 2xx: the delivery is on disk, and if it was forwarded, what became of that as well. The
//! server below has enforced size, time and syntax before a request comes here.

pub mod alert;
pub mod answer;
pub mod deduplicate;
pub mod exec;
pub mod forward;
pub mod goal;
pub mod handshake;
pub mod identify;
pub mod limits;
pub mod metrics;
pub mod notify;
pub mod record;
pub mod route;
pub mod source;
pub mod validate;
pub mod verify;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;

use self::answer::{Answers, Decided};
use self::forward::{Behind, Forward, Others, Passed, Passing};
use self::goal::Goal;
use self::identify::{Identified, Identify};
use self::limits::{AllowList, RateLimit};
use self::notify::{Notice, Notices, Tally, Told};
use self::route::{Choice, Order};
use self::validate::Validate;
use self::verify::Verify;
use crate::clock;
use crate::http::body::BodyError;
use crate::http::server::{Answer, Handler, Incoming, Outcome, Refusal, RefusalReason};
use crate::model::{NewDelivery, Request, Timestamp};
use crate::provider::Judgement;
use crate::query::Facts;
use crate::store::{Recorded, Store, StoreError};

/// Receives deliveries.
pub struct Receiver {
    /// Who may send.
    pub allow: AllowList,
    /// How often.
    pub rate_limit: Option<RateLimit>,
    /// Who sends.
    pub identify: Identify,
    /// With which secrets, and whether an invalid one is refused.
    pub verify: Verify,
    /// Whether bodies are looked at.
    pub validate: Option<Validate>,
    /// What is answered.
    pub answers: Answers,
    /// Where they are kept.
    pub store: Arc<Store>,
    /// Who gets them.
    pub forward: Arc<Forward>,
    /// Forwards behind an answer of our own, where that is wanted.
    pub behind: Option<Arc<Behind>>,
    /// What must stay in order there.
    pub order: Order,
    /// Whether a repetition of what was accepted is not forwarded again.
    pub drop_duplicates: bool,
    /// Who is told.
    pub notices: Arc<Notices>,
    /// What was received so far.
    pub tally: Tally,
    /// What a script waits for.
    pub goal: Option<Goal>,
}

/// What is told about a delivery once its answer is sent.
#[derive(Debug)]
pub struct Ticket {
    told: Box<Told>,
    arrived: Instant,
    /// Forwards that go on behind the answer.
    behind: Option<JoinHandle<Others>>,
}

impl Receiver {
    /// What the gates and the script make of a delivery; `None`: it is accepted.
    fn decide(&self, identified: &Identified, judgement: &Judgement, request: &Request) -> Option<Decided> {
        let misfit = || self.validate.as_ref()?.misfit(identified, request);
        let refused = self.verify.refusal(judgement).or_else(|| misfit().map(Decided::misfit));
        refused.or_else(|| self.answers.to(identified, request))
    }
}

impl Handler for Receiver {
    /// `None`: the delivery could not be recorded, so there is nothing to tell but that.
    type Ticket = Option<Ticket>;

    fn admits(&self, client: IpAddr) -> bool {
        self.allow.admits(client)
    }

    fn gate(&self, client: IpAddr) -> Result<(), RefusalReason> {
        let Some(limit) = &self.rate_limit else { return Ok(()) };
        limit.count(client, Instant::now()).map_err(|wait| RefusalReason::Rate { wait })
    }

    async fn handle(&self, incoming: Incoming) -> (Answer, Self::Ticket) {
        let (peer, arrived, head) = (incoming.peer, incoming.arrived, incoming.head.raw.clone());
        let received_at = clock::now();
        let request: Request = incoming.head.into_request(incoming.body);

        let mut identified = self.identify.of(&request);
        let judgement = self.verify.judge(identified.provider.as_ref(), &request, received_at);
        let dedupe_key = deduplicate::key(&identified, &request, judgement.verdict);
        let handshake = handshake::answer(&self.verify, &identified, &request, &judgement);
        let handshake = handshake.map(|handshake| {
            identified.event.event_type.get_or_insert(handshake.id);
            (handshake.is_final, handshake.decided)
        });
        let facts = facts(&identified, &judgement, &request, received_at);
        let routes = self.forward.routes();
        let decided = match handshake {
            // A plain status is the target's to give, where there is one.
            Some((is_final, decided)) if is_final || routes.choose(&facts).targets.is_empty() => Some(decided),
            _ => self.decide(&identified, &judgement, &request),
        };
        // Who is refused, or answered by a script, is not asked where to.
        let choice = if decided.is_none() { routes.choose(&facts) } else { Choice::default() };
        let forwarded = !choice.targets.is_empty();
        let behind = self.behind.as_ref().filter(|_| forwarded);
        let lane = behind.and_then(|_| self.order.lane(&facts));
        let accepted = || behind.map_or_else(Decided::accepted, |behind| Decided::acknowledged(behind.status()));
        let Decided { answer, status, note } = decided.unwrap_or_else(accepted);
        // Who waits for a target's answer is not answered yet: what is on disk then must not say otherwise.
        let status = status.filter(|_| !forwarded || behind.is_some());
        let remote = peer.to_string();
        let delivery =
            record::delivery(&request, head, remote, received_at, &identified, &judgement, dedupe_key, status);
        let summary = delivery.summary.clone();
        let recorded = match behind {
            Some(behind) => self.promise(behind, delivery, &choice, lane).await,
            None => self.store.record(delivery).await,
        };
        let recorded = match recorded {
            Ok(recorded) => recorded,
            Err(error) => return self.not_recorded(&error),
        };
        let forwarded = forwarded && behind.is_none();
        self.tally.count(&summary, recorded.duplicate_of.is_some());
        let Recorded { number, duplicate_of } = recorded;
        let (taken, sent, forwards) = (Duration::ZERO, false, Vec::new());
        let (route, notes) = (choice.route, choice.failed);
        let mut told = Box::new(Told { number, summary, duplicate_of, note, taken, sent, forwards, route, notes });
        if !forwarded {
            return (answer, Some(Ticket { told, arrived, behind: None }));
        }
        let passed = if self.is_dropped(&recorded) {
            Passed::default()
        } else {
            let passing = Passing { delivery: told.summary.id, request, provider: identified.provider };
            self.forward.pass(passing, &choice.targets).await
        };
        let answer = passed.attempts.first().map_or(answer, forward::answer::of);
        told.summary.status = Some(answer.status);
        told.forwards = passed.attempts;
        told.notes.extend(
            passed.kept.iter().map(|name| format!("'Connection' names {name}, which was passed on all the same")),
        );
        match record::outcome(&self.store, &mut told).await {
            Ok(()) => (answer, Some(Ticket { told, arrived, behind: passed.behind })),
            Err(error) => self.not_recorded(&error),
        }
    }

    fn answered(&self, ticket: Self::Ticket, outcome: Outcome) {
        let Some(Ticket { mut told, arrived, behind }) = ticket else { return };
        told.taken = outcome.at.checked_duration_since(arrived).unwrap_or(Duration::ZERO);
        told.sent = outcome.sent.is_ok();
        if let Some(goal) = &self.goal {
            goal.see(told.number, &told.summary, told.duplicate_of.map(|(_, id)| id));
        }
        let Some(behind) = behind else {
            self.notices.tell(Notice::Delivery(told));
            return;
        };
        let (store, notices) = (self.store.clone(), self.notices.clone());
        tokio::spawn(async move {
            // Nothing but a panic ends a task before its end.
            let Ok(others) = behind.await else { return };
            let mut first = std::mem::replace(&mut told.forwards, others.attempts);
            let recorded = record::outcome(&store, &mut told).await;
            first.append(&mut told.forwards);
            told.forwards = first;
            notices.tell(Notice::Delivery(told));
            if let Err(error) = recorded {
                notices.tell(Notice::AttemptNotRecorded { error });
            }
        });
    }

    /// A request with too large a body is recorded by its head.
    async fn keep(&self, refusal: &Refusal) -> bool {
        if !matches!(refusal.reason, RefusalReason::Body(BodyError::TooLarge { .. })) {
            return false;
        }
        let Some(delivery) = record::head_only(&self.identify, refusal, clock::now()) else { return false };
        let summary = delivery.summary.clone();
        let Ok(recorded) = self.store.record(delivery).await else { return false };
        self.tally.count(&summary, false);
        self.notices.tell(Notice::Delivery(Box::new(Told {
            number: recorded.number,
            summary,
            duplicate_of: None,
            note: Some(refusal.reason.to_string()),
            taken: Duration::ZERO,
            sent: refusal.status.is_some(),
            forwards: Vec::new(),
            route: None,
            notes: Vec::new(),
        })));
        true
    }

    fn refused(&self, refusal: Refusal) {
        self.tally.refused.fetch_add(1, Ordering::Relaxed);
        self.notices.tell(Notice::Refused {
            peer: refusal.peer,
            status: refusal.status,
            reason: refusal.reason.to_string(),
        });
    }
}

impl Receiver {
    /// The delivery, or what became of it, is not on disk: the sender is to try again.
    fn not_recorded(&self, error: &StoreError) -> (Answer, Option<Ticket>) {
        self.tally.unrecorded.fetch_add(1, Ordering::Relaxed);
        self.notices.tell(Notice::NotRecorded { error: error.clone() });
        (answer::not_recorded(error), None)
    }

    /// Records a delivery and what it is owed, and sends the workers to it.
    async fn promise(
        &self,
        behind: &Behind,
        delivery: NewDelivery,
        choice: &Choice,
        lane: Option<i64>,
    ) -> Result<Recorded, StoreError> {
        // A full backlog is like a full queue to the disk: the sender comes back.
        let owed = behind.owed(choice, lane).ok_or(StoreError::Busy)?;
        let (recorded, is_owed) = self.store.record_owed(delivery, behind.run(), owed, self.drop_duplicates).await?;
        if is_owed {
            behind.promised(choice);
        }
        Ok(recorded)
    }

    /// Whether this repeats a delivery that was accepted, and such are not wanted again.
    fn is_dropped(&self, recorded: &Recorded) -> bool {
        let Some((original, _)) = recorded.duplicate_of.filter(|_| self.drop_duplicates) else { return false };
        // When in doubt, twice is better than not at all.
        tokio::task::block_in_place(|| self.store.was_accepted(original)).unwrap_or(false)
    }
}

/// What routes and orders look at.
fn facts<'a>(
    identified: &'a Identified,
    judgement: &Judgement,
    request: &'a Request,
    received_at: Timestamp,
) -> Facts<'a> {
    Facts {
        provider: identified.provider.as_ref().map(|provider| provider.name.as_str()),
        event_type: identified.event.event_type.as_deref(),
        event_id: identified.event.event_id.as_deref(),
        verdict: Some(judgement.verdict),
        reason: judgement.reason,
        status: None,
        received_at: Some(received_at),
        request,
    }
}
