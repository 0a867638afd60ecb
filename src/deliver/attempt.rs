//! Exactly one request, exactly one outcome.

use std::time::Instant;

use super::Prepared;
use crate::clock;
use crate::http::client::Client;
use crate::model::NewAttempt;

/// Tries a delivery once.
pub async fn attempt(client: &Client, delivery: &Prepared, number: u32) -> NewAttempt {
    let started_at = clock::now();
    let started = Instant::now();
    let terms = &delivery.terms;
    let outcome = client.send(&delivery.url, &delivery.head, &delivery.request, terms.timeout).await;
    let accepted =
        outcome.as_ref().is_ok_and(|response| terms.accept.iter().any(|range| range.contains(response.status)));
    NewAttempt {
        delivery: delivery.id,
        attempt: number,
        url: delivery.url.to_string(),
        started_at,
        duration: started.elapsed(),
        outcome,
        accepted,
    }
}
