//! `{"kind":"listening"}`, `{"kind":"delivery"}` and `{"kind":"stopped"}`.

use serde::Serialize;

use super::{Body, headers, millis};
use crate::model::{Delivery, DeliveryId, Headers, NewAttempt, Reason, Request, Summary};

/// The first line of `listen`.
#[derive(Debug, Serialize)]
pub struct Listening {
    kind: &'static str,
    /// Where deliveries are received, as a URL.
    address: String,
    /// Where the inspector, `/healthz`, `/metrics` and development certificates are, as a URL.
    ui: Option<String>,
    /// What opens the inspector: `?token=` behind that URL, or the header `X-Hookctl-Token`.
    ui_token: Option<String>,
    /// The store's file.
    store: String,
    /// The SHA-256 of the certificate that clients see, in hex with colons.
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_sha256: Option<String>,
}

impl Listening {
    /// `listen` is ready.
    pub fn new(
        address: String,
        ui: Option<String>,
        ui_token: Option<String>,
        store: String,
        certificate_sha256: Option<String>,
    ) -> Self {
        Self { kind: "listening", address, ui, ui_token, store, certificate_sha256 }
    }
}

/// The last line of `listen`.
#[derive(Debug, Serialize)]
pub struct Stopped {
    /// Always `stopped`.
    pub kind: &'static str,
    /// Why: `interrupted`, `unread`, `reached`, `time` or `late`.
    pub why: &'static str,
    /// Deliveries that were recorded.
    pub deliveries: u64,
    /// Of these, those with a valid signature.
    pub valid: u64,
    /// Of these, those that repeat another one.
    pub duplicates: u64,
    /// Requests that were refused without being recorded.
    pub refused: u64,
    /// Deliveries that could not be recorded, and were answered 503.
    pub unrecorded: u64,
    /// From the first line to this one.
    pub duration_ms: f64,
}

/// A request that was refused without being recorded.
#[derive(Debug, Serialize)]
pub struct Refused {
    kind: &'static str,
    /// The client's address.
    remote: String,
    /// What it was told; null if it was not there any more.
    status: Option<u16>,
    /// Why.
    reason: String,
}

impl Refused {
    /// A client was refused.
    pub fn new(remote: String, status: Option<u16>, reason: String) -> Self {
        Self { kind: "refused", remote, status, reason }
    }
}

/// A delivery, received or sent.
#[derive(Debug, Serialize)]
pub struct DeliveryObject {
    kind: &'static str,
    id: String,
    number: i64,
    received_at: String,
    method: String,
    path: String,
    query: Option<String>,
    remote: String,
    provider: Option<String>,
    event_type: Option<String>,
    event_id: Option<String>,
    verdict: &'static str,
    reason: Option<&'static str>,
    status: Option<u16>,
    bytes: u64,
    duplicate_of: Option<String>,
    forwards: Vec<ForwardObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<Vec<(String, String)>>,
    #[serde(flatten)]
    body: Option<Body>,
}

/// One request to one endpoint that the delivery was passed on to.
#[derive(Debug, Serialize)]
struct ForwardObject {
    url: String,
    status: Option<u16>,
    duration_ms: f64,
    error: Option<&'static str>,
}

impl DeliveryObject {
    /// A delivery without its headers and body.
    pub fn new(number: i64, summary: &Summary, duplicate_of: Option<DeliveryId>) -> Self {
        let (path, query) = match summary.target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (summary.target.as_str(), None),
        };
        Self {
            kind: "delivery",
            id: summary.id.to_string(),
            number,
            received_at: summary.received_at.to_string(),
            method: summary.method.clone(),
            path: path.to_owned(),
            query,
            remote: summary.remote.clone(),
            provider: summary.provider.clone(),
            event_type: summary.event_type.clone(),
            event_id: summary.event_id.clone(),
            verdict: summary.verdict.as_str(),
            reason: summary.reason.map(Reason::as_str),
            status: summary.status,
            bytes: summary.bytes,
            duplicate_of: duplicate_of.map(|id| id.to_string()),
            forwards: Vec::new(),
            route: None,
            duration_ms: None,
            note: None,
            headers: None,
            body: None,
        }
    }

    /// A delivery whole; credentials are masked unless `plain`.
    pub fn whole(delivery: &Delivery, request: &Request, plain: bool) -> Self {
        Self {
            headers: Some(headers(&request.headers, plain)),
            body: Some(Body::from(&request.body[..])),
            ..Self::new(delivery.number, &delivery.summary, delivery.duplicate_of.map(|(_, id)| id))
        }
    }

    /// With what became of its attempts.
    #[must_use]
    pub fn forwarded<'a>(mut self, attempts: impl IntoIterator<Item = &'a NewAttempt>) -> Self {
        self.forwards.extend(attempts.into_iter().map(|attempt| ForwardObject {
            url: attempt.url.clone(),
            status: attempt.outcome.as_ref().ok().map(|response| response.status),
            duration_ms: millis(attempt.duration),
            error: attempt.outcome.as_ref().err().map(|kind| kind.as_str()),
        }));
        self
    }

    /// With the route it took, and why.
    #[must_use]
    pub fn routed(mut self, route: Option<&str>) -> Self {
        self.route = route.map(str::to_owned);
        self
    }

    /// With the time from the last byte read to the last byte answered.
    #[must_use]
    pub fn taking(mut self, duration: std::time::Duration) -> Self {
        self.duration_ms = Some(millis(duration));
        self
    }

    /// With its headers and its body, as far as they are shown; credentials are masked unless `plain`.
    #[must_use]
    pub fn showing(mut self, shown: Option<&Headers>, body: Option<&[u8]>, plain: bool) -> Self {
        self.headers = shown.map(|shown| headers(shown, plain));
        self.body = body.map(Body::from);
        self
    }

    /// With the reason why it is not simply accepted, if there is one.
    #[must_use]
    pub fn noted(mut self, note: Option<String>) -> Self {
        self.note = note;
        self
    }
}
