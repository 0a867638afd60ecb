//! Exactly one request, exactly one outcome.

use std::time::Instant;

use super::Prepared;
use super::renewal::Outgoing;
use crate::clock;
use crate::http::client::Client;
use crate::model::NewAttempt;

/// Tries a delivery once. `renewed` is what goes out in place of its first request.
pub async fn attempt(client: &Client, delivery: &Prepared, renewed: Option<&Outgoing>, number: u32) -> NewAttempt {
    let started_at = clock::now();
    let started = Instant::now();
    let terms = &delivery.terms;
    let (head, request) = renewed.map_or((&delivery.head, &delivery.request), |(head, request)| (head, request));
    let outcome = client.send(&delivery.url, head, request, terms.timeout).await;
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
