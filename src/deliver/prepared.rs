//! A request ready to be sent, whoever made it: as bytes, and what is known about it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use url::Url;

use super::endpoint::EndpointRules;
use super::renewal::Renewal;
use super::retry::Retry;
use crate::model::quantity::Speed;
use crate::model::{DeliveryId, Direction, NewDelivery, Reason, RecordedAnswer, Request, Summary, Timestamp, Verdict};
use crate::provider::definition::StatusRange;

/// What counts as accepted, how long it may take, and what follows when it is not.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    /// How long one attempt may take.
    pub timeout: Duration,
    /// The statuses that count as accepted.
    pub accept: Vec<StatusRange>,
    /// When it is tried again.
    pub retry: Retry,
    /// How fast time goes by between attempts.
    pub scale: Speed,
    /// When an endpoint is left alone.
    pub endpoint: EndpointRules,
}

impl Terms {
    /// One attempt, and nothing follows from it.
    pub fn once(timeout: Duration, accept: Vec<StatusRange>) -> Self {
        Self { timeout, accept, retry: Retry::never(), scale: Speed::LIFE, endpoint: EndpointRules::default() }
    }
}

/// A request, ready to be sent.
#[derive(Clone)]
pub struct Prepared {
    /// The delivery's id.
    pub id: DeliveryId,
    /// When it was made.
    pub at: Timestamp,
    /// The provider's name, if one is known.
    pub provider: Option<String>,
    /// The event type, as a receiver would find it.
    pub event_type: Option<String>,
    /// The event id, as a receiver would find it.
    pub event_id: Option<String>,
    /// Where it goes.
    pub url: Url,
    /// The head as it will be on the wire.
    pub head: Bytes,
    /// The request.
    pub request: Request,
    /// What a receiver with the right secret will say. Nobody judges it: it is as valid as it was meant to be.
    pub verdict: Verdict,
    /// Why, when that is not `valid`.
    pub reason: Option<Reason>,
    /// What counts as accepted.
    pub terms: Arc<Terms>,
    /// How further attempts differ from the first; `None`: not at all.
    pub renewal: Option<Arc<Renewal>>,
    /// For a delivery that is recorded already: how many attempts there were at it.
    pub continues: Option<u32>,
    /// What it repeats, if it is a replay.
    pub origin: Option<Arc<Origin>>,
}

/// What a replay repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// What a person calls it: `#12`, `session.har#3`.
    pub name: String,
    /// How it was answered then.
    pub answer: Option<RecordedAnswer>,
}

impl Prepared {
    /// The delivery as the store keeps it.
    pub fn to_record(&self) -> NewDelivery {
        let request = &self.request;
        NewDelivery {
            summary: Summary {
                id: self.id,
                direction: Direction::Sent,
                received_at: self.at,
                remote: self.url.to_string(),
                method: request.method.clone(),
                target: request.target.clone(),
                provider: self.provider.clone(),
                event_type: self.event_type.clone(),
                event_id: self.event_id.clone(),
                verdict: self.verdict,
                reason: self.reason,
                status: None,
                bytes: request.body.len() as u64,
            },
            head: self.head.clone(),
            body: request.body.clone(),
            dedupe_key: None,
        }
    }
}

/// Without the request: it may carry credentials.
impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared").field("id", &self.id).field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}
