//! `{"kind":"attempt"}` and the `{"kind":"summary"}` behind attempts.

use serde::Serialize;

use super::comparison::Tally;
use super::{Body, headers, millis};
use crate::model::NewAttempt;

/// One attempt at a delivery.
#[derive(Debug, Serialize)]
pub struct AttemptObject {
    kind: &'static str,
    delivery_id: String,
    event_id: Option<String>,
    provider: Option<String>,
    event_type: Option<String>,
    url: String,
    attempt: u32,
    status: Option<u16>,
    duration_ms: f64,
    error: Option<&'static str>,
    accepted: bool,
    response: Option<ResponseObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replay_of: Option<String>,
}

#[derive(Debug, Serialize)]
struct ResponseObject {
    headers: Vec<(String, String)>,
    #[serde(flatten)]
    body: Body,
}

impl AttemptObject {
    /// An attempt at a delivery of this provider and event.
    pub fn new(attempt: &NewAttempt, provider: Option<&str>, event_type: Option<&str>, event_id: Option<&str>) -> Self {
        Self {
            kind: "attempt",
            delivery_id: attempt.delivery.to_string(),
            event_id: event_id.map(str::to_owned),
            provider: provider.map(str::to_owned),
            event_type: event_type.map(str::to_owned),
            url: attempt.url.clone(),
            attempt: attempt.attempt,
            status: attempt.outcome.as_ref().ok().map(|response| response.status),
            duration_ms: millis(attempt.duration),
            error: attempt.outcome.as_ref().err().map(|kind| kind.as_str()),
            accepted: attempt.accepted,
            response: attempt.outcome.as_ref().ok().map(|response| ResponseObject {
                headers: headers(&response.headers, false),
                body: Body::from(&response.body[..]),
            }),
            replay_of: None,
        }
    }

    /// Of a replay, with what it repeats.
    #[must_use]
    pub fn replaying(self, origin: Option<&str>) -> Self {
        Self { replay_of: origin.map(str::to_owned), ..self }
    }
}

/// What became of all deliveries.
#[derive(Debug, Serialize)]
pub struct AttemptSummary {
    /// Always `summary`.
    pub kind: &'static str,
    /// How many deliveries.
    pub deliveries: u64,
    /// Accepted ones.
    pub accepted: u64,
    /// Not accepted ones.
    pub failed: u64,
    /// Those whose attempts ran out and were put aside.
    pub dead: u64,
    /// How the answers compare with recorded ones, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compared: Option<Tally>,
}
