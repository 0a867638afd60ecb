//! A request and what was found out about it, as the store keeps them; of one with too large a body, its head.

use bytes::Bytes;

use super::identify::{Identified, Identify};
use super::notify::Told;
use crate::clock;
use crate::http::client::ANSWER_LIMIT;
use crate::http::head::{HeadLimits, parse_request};
use crate::http::server::Refusal;
use crate::model::{Direction, NewDelivery, Reason, Request, Summary, Timestamp, Verdict};
use crate::provider::Judgement;
use crate::store::{Store, StoreError};

/// The record of a capture, under a fresh id: raw head, raw body, and what was found out.
#[expect(clippy::too_many_arguments, reason = "each is a stage's result; a struct would only repeat their names")]
pub fn delivery(
    request: &Request,
    head: Bytes,
    remote: String,
    received_at: Timestamp,
    identified: &Identified,
    judgement: &Judgement,
    dedupe_key: Option<[u8; 16]>,
    status: Option<u16>,
) -> NewDelivery {
    NewDelivery {
        summary: Summary {
            id: clock::delivery_id(received_at),
            direction: Direction::Received,
            received_at,
            remote,
            method: request.method.clone(),
            target: request.target.clone(),
            provider: identified.provider.as_ref().map(|provider| provider.name.clone()),
            event_type: identified.event.event_type.clone(),
            event_id: identified.event.event_id.clone(),
            verdict: judgement.verdict,
            reason: judgement.reason,
            status,
            bytes: request.body.len() as u64,
        },
        head,
        body: request.body.clone(),
        dedupe_key,
    }
}

/// The record of a request whose body was not taken.
pub fn head_only(identify: &Identify, refusal: &Refusal, received_at: Timestamp) -> Option<NewDelivery> {
    // It was read within the limits before, whatever they are.
    let limits = HeadLimits { bytes: usize::MAX, fields: usize::MAX, target: usize::MAX, ..HeadLimits::default() };
    let request = parse_request(&refusal.head, &limits).ok()?.into_request(Bytes::new());
    let identified = identify.of(&request);
    let (verdict, reason) = match identified.provider {
        Some(_) => (Verdict::Invalid, Reason::BodyMissing),
        None => (Verdict::UnknownProvider, Reason::ProviderUnknown),
    };
    let (head, remote) = (refusal.head.clone(), refusal.peer.to_string());
    let judgement = Judgement::plain(verdict, reason);
    Some(delivery(&request, head, remote, received_at, &identified, &judgement, None, refusal.status))
}

/// Records what became of the forwards of a delivery, the route that led to them and what the sender is answered, in one
/// commit. Of a large answer the beginning is kept.
///
/// # Errors
/// It is not on disk.
pub async fn outcome(store: &Store, told: &mut Told) -> Result<(), StoreError> {
    for attempt in &mut told.forwards {
        if let Ok(response) = &mut attempt.outcome {
            response.body.truncate(ANSWER_LIMIT);
        }
    }
    let summary = &told.summary;
    store.record_outcome(summary.id, told.forwards.clone(), summary.status, told.route.clone()).await
}
