//! Exactly one request, exactly one outcome.

use std::time::Instant;

use super::Settings;
use super::build::Prepared;
use crate::clock;
use crate::http::client::Client;
use crate::model::NewAttempt;

/// Tries a delivery once.
pub async fn attempt(client: &Client, delivery: &Prepared, number: u32, settings: &Settings) -> NewAttempt {
    let started_at = clock::now();
    let started = Instant::now();
    let outcome = client.send(&delivery.url, &delivery.request, settings.timeout).await;
    let accepted =
        outcome.as_ref().is_ok_and(|response| settings.accept.iter().any(|range| range.contains(response.status)));
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
