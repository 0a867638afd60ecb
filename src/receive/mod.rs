//! A delivery from socket to store and back: the pipeline on one page.
//!
//! identify → verify → deduplicate → record → answer → tell. What holds when [`Receiver::handle`] returns a 2xx: the
//! delivery is on disk. The server below has enforced size, time and syntax before a request comes here.

pub mod answer;
pub mod deduplicate;
pub mod identify;
pub mod notify;
pub mod record;
pub mod verify;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use self::identify::Identify;
use self::notify::{Notice, Notices, Tally};
use self::verify::Verify;
use crate::clock;
use crate::http::server::{Answer, Handler, Incoming, Outcome, Refusal};
use crate::model::{Request, Summary};
use crate::store::Store;

/// Receives deliveries.
pub struct Receiver {
    /// Who sends.
    pub identify: Identify,
    /// With which secrets, and whether an invalid one is refused.
    pub verify: Verify,
    /// Where they are kept.
    pub store: Arc<Store>,
    /// Who is told.
    pub notices: Notices,
    /// What was received so far.
    pub tally: Tally,
}

/// What is told about a delivery once its answer is sent.
#[derive(Debug)]
pub struct Ticket {
    number: i64,
    summary: Summary,
    duplicate_of: Option<(i64, crate::model::DeliveryId)>,
    arrived: Instant,
}

impl Handler for Receiver {
    /// `None`: the delivery could not be recorded, so there is nothing to tell but that.
    type Ticket = Option<Box<Ticket>>;

    async fn handle(&self, incoming: Incoming) -> (Answer, Self::Ticket) {
        let (peer, arrived, head) = (incoming.peer, incoming.arrived, incoming.head.raw.clone());
        let received_at = clock::now();
        let request: Request = incoming.head.into_request(incoming.body);

        let identified = self.identify.of(&request);
        let judgement = self.verify.judge(identified.provider.as_ref(), &request, received_at);
        let dedupe_key = deduplicate::key(&identified, &request, judgement.verdict);
        let answer = self.verify.answer(&judgement);
        let (remote, status) = (peer.to_string(), Some(answer.status));
        let delivery =
            record::delivery(&request, head, remote, received_at, &identified, &judgement, dedupe_key, status);
        let summary = delivery.summary.clone();
        match self.store.record(delivery).await {
            Ok(recorded) => {
                self.tally.count(&summary, recorded.duplicate_of.is_some());
                let ticket = Ticket { number: recorded.number, summary, duplicate_of: recorded.duplicate_of, arrived };
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
        let Ticket { number, summary, duplicate_of, arrived } = *ticket;
        let taken = outcome.at.checked_duration_since(arrived).unwrap_or(Duration::ZERO);
        let sent = outcome.sent.is_ok();
        self.notices.tell(Notice::Delivery { number, summary, duplicate_of, taken, sent });
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
