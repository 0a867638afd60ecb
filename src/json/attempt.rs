//! `{"kind":"attempt"}` and the `{"kind":"summary"}` behind attempts.

use serde::Serialize;

use super::comparison::Tally;
use super::{Body, headers, millis};
use crate::model::endpoint::EndpointChange;
use crate::model::{NewAttempt, Upcoming};

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
    next: Option<NextObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replay_of: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<usize>,
    #[serde(skip_serializing_if = "is_false")]
    dead: bool,
}

/// The attempt that follows.
#[derive(Debug, Serialize)]
struct NextObject {
    attempt: u32,
    of: u32,
    wait_ms: f64,
    due_at: String,
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
            next: None,
            replay_of: None,
            step: None,
            dead: false,
        }
    }

    /// Whether nothing is left to try.
    #[must_use]
    pub fn dead(self, dead: bool) -> Self {
        Self { dead, ..self }
    }

    /// Of a replay, with what it repeats.
    #[must_use]
    pub fn replaying(self, origin: Option<&str>) -> Self {
        Self { replay_of: origin.map(str::to_owned), ..self }
    }

    /// As a step (from 1) of a story.
    #[must_use]
    pub fn of_step(self, step: Option<usize>) -> Self {
        Self { step, ..self }
    }

    /// With the attempt that follows it.
    #[must_use]
    pub fn followed_by(mut self, next: Option<&Upcoming>) -> Self {
        self.next = next.map(|next| NextObject {
            attempt: next.attempt,
            of: next.of,
            wait_ms: millis(next.wait),
            due_at: next.due_at.to_string(),
        });
        self
    }
}

/// Something happened to an endpoint.
#[derive(Debug, Serialize)]
pub struct EndpointObject {
    kind: &'static str,
    url: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    for_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl EndpointObject {
    /// A change of the endpoint at this URL; `reason` says in words why it is disabled.
    pub fn new(url: &str, change: EndpointChange, reason: Option<String>) -> Self {
        let (state, pause) = match change {
            EndpointChange::Opened(pause) => ("open", Some(pause)),
            EndpointChange::Closed => ("closed", None),
            EndpointChange::GaveUp => ("given-up", None),
            EndpointChange::Disabled(_) => ("disabled", None),
        };
        Self { kind: "endpoint", url: url.to_owned(), state, for_ms: pause.map(millis), reason }
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
    /// Dead letters among them: nothing is left to try.
    pub dead: u64,
    /// Those that are left for whoever goes on; they are not among the failed ones.
    #[serde(skip_serializing_if = "is_zero")]
    pub pending: u64,
    /// Those that were not sent, because the provider would send nothing more there.
    #[serde(skip_serializing_if = "is_zero")]
    pub not_sent: u64,
    /// How the answers compare with recorded ones, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compared: Option<Tally>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde wants")]
fn is_false(value: &bool) -> bool {
    !*value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde wants")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
