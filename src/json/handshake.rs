//! `{"kind":"handshake"}`: a registration that was played, and whether it was answered rightly.

use serde::Serialize;

use super::millis;
use crate::model::NewAttempt;

/// A handshake and its answer.
#[derive(Debug, Serialize)]
pub struct HandshakeObject<'a> {
    kind: &'static str,
    delivery_id: String,
    provider: &'a str,
    handshake: &'a str,
    url: &'a str,
    status: Option<u16>,
    duration_ms: f64,
    /// Whether the answer is the right one.
    ok: bool,
    /// What is wrong with it, or why there is none.
    problem: Option<&'a str>,
}

impl<'a> HandshakeObject<'a> {
    /// Of an attempt that has ended.
    pub fn new(provider: &'a str, handshake: &'a str, tried: &'a NewAttempt, problem: Option<&'a str>) -> Self {
        Self {
            kind: "handshake",
            delivery_id: tried.delivery.to_string(),
            provider,
            handshake,
            url: &tried.url,
            status: tried.outcome.as_ref().ok().map(|response| response.status),
            duration_ms: millis(tried.duration),
            ok: problem.is_none(),
            problem,
        }
    }
}
