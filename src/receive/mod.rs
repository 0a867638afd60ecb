//! A delivery from socket to store and back: the pipeline on one page.
//!
//! limits → identify → verify → deduplicate → validate → record → answer → tell. What holds when [`Receiver::handle`] returns a 2xx: the
//! delivery is on disk. The server below has enforced size, time and syntax before a request comes here.

pub mod answer;
pub mod deduplicate;
pub mod goal;
pub mod identify;
pub mod limits;
pub mod notify;
pub mod record;
pub mod validate;
pub mod verify;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use self::answer::{Answers, Decided};
use self::goal::Goal;
use self::identify::{Identified, Identify};
use self::limits::{AllowList, RateLimit};
use self::notify::{Notice, Notices, Tally, Told};
use self::validate::Validate;
use self::verify::Verify;
use crate::clock;
use crate::http::body::BodyError;
use crate::http::server::{Answer, Handler, Incoming, Outcome, Refusal, RefusalReason};
use crate::model::{Request, Summary};
use crate::provider::Judgement;
use crate::store::Store;

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
    /// Who is told.
    pub notices: Notices,
    /// What was received so far.
    pub tally: Tally,
    /// What a script waits for.
    pub goal: Option<Goal>,
}

/// What is told about a delivery once its answer is sent.
#[derive(Debug)]
pub struct Ticket {
    number: i64,
    summary: Summary,
    duplicate_of: Option<(i64, crate::model::DeliveryId)>,
    note: Option<String>,
    arrived: Instant,
}

impl Receiver {
    /// What the gates and the script make of a delivery.
    fn decide(&self, identified: &Identified, judgement: &Judgement, request: &Request) -> Decided {
        if let Some(refused) = self.verify.refusal(judgement) {
            return refused;
        }
        if let Some(misfit) = self.validate.as_ref().and_then(|validate| validate.misfit(identified, request)) {
            return Decided::misfit(misfit);
        }
        self.answers.to(identified, request)
    }
}

impl Handler for Receiver {
    /// `None`: the delivery could not be recorded, so there is nothing to tell but that.
    type Ticket = Option<Box<Ticket>>;

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

        let identified = self.identify.of(&request);
        let judgement = self.verify.judge(identified.provider.as_ref(), &request, received_at);
        let dedupe_key = deduplicate::key(&identified, &request, judgement.verdict);
        let Decided { answer, status, note } = self.decide(&identified, &judgement, &request);
        let remote = peer.to_string();
        let delivery =
            record::delivery(&request, head, remote, received_at, &identified, &judgement, dedupe_key, status);
        let summary = delivery.summary.clone();
        match self.store.record(delivery).await {
            Ok(recorded) => {
                self.tally.count(&summary, recorded.duplicate_of.is_some());
                let (number, duplicate_of) = (recorded.number, recorded.duplicate_of);
                let ticket = Ticket { number, summary, duplicate_of, note, arrived };
                (answer, Some(Box::new(ticket)))
            }
            Err(error) => {
                self.tally.unrecorded.fetch_add(1, Ordering::Relaxed);
                self.notices.tell(Notice::NotRecorded { error: error.clone() });
                (answer::not_recorded(&error), None)
            }
        }
    }

    fn answered(&self, ticket: Self::Ticket, outcome: Outcome) {
        let Some(ticket) = ticket else { return };
        let Ticket { number, summary, duplicate_of, note, arrived } = *ticket;
        let taken = outcome.at.checked_duration_since(arrived).unwrap_or(Duration::ZERO);
        let sent = outcome.sent.is_ok();
        if let Some(goal) = &self.goal {
            goal.see(number, &summary, duplicate_of.map(|(_, id)| id));
        }
        self.notices.tell(Notice::Delivery(Box::new(Told { number, summary, duplicate_of, note, taken, sent })));
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
