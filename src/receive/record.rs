//! A request and what was found out about it, as the store keeps them.

use bytes::Bytes;

use super::identify::Identified;
use crate::clock;
use crate::http::client::ANSWER_LIMIT;
use crate::model::{Direction, NewAttempt, NewDelivery, Request, Summary, Timestamp};
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

/// Records what became of the forwards of a delivery and what its sender is answered, in one commit. Of a large answer the
/// beginning is kept.
///
/// # Errors
/// It is not on disk.
pub async fn outcome(store: &Store, summary: &Summary, attempts: &mut [NewAttempt]) -> Result<(), StoreError> {
    for attempt in attempts.iter_mut() {
        if let Ok(response) = &mut attempt.outcome {
            response.body.truncate(ANSWER_LIMIT);
        }
    }
    store.record_outcome(summary.id, attempts.to_vec(), summary.status).await
}
