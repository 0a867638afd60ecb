//! What is known about a delivery, wherever it is kept: in the store, or in a file that somebody saved.

use crate::model::{Reason, Request, Summary, Timestamp, Verdict};

/// The facts that a selection looks at. A file does not know all of them.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The provider's id.
    pub provider: Option<&'a str>,
    /// The event type.
    pub event_type: Option<&'a str>,
    /// The event id.
    pub event_id: Option<&'a str>,
    /// What verification said.
    pub verdict: Option<Verdict>,
    /// Why, when it is not valid.
    pub reason: Option<Reason>,
    /// The status it was answered with.
    pub status: Option<u16>,
    /// When it arrived.
    pub received_at: Option<Timestamp>,
    /// The request.
    pub request: &'a Request,
}

impl<'a> Facts<'a> {
    /// The facts of a recorded delivery.
    pub fn of(summary: &'a Summary, request: &'a Request) -> Self {
        Self {
            provider: summary.provider.as_deref(),
            event_type: summary.event_type.as_deref(),
            event_id: summary.event_id.as_deref(),
            verdict: Some(summary.verdict),
            reason: summary.reason,
            status: summary.status,
            received_at: Some(summary.received_at),
            request,
        }
    }
}
