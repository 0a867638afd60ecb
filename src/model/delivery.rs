//! A delivery: the request that carries an event, and what hookctl found out about it.

use bytes::Bytes;

use super::{DeliveryId, Reason, Timestamp, Verdict};

/// Which way a delivery went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Recorded by `listen` or imported: a capture.
    Received,
    /// Made by `send`, `replay` or a forward.
    Sent,
}

/// What is known about a delivery without its head and body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The delivery's own id.
    pub id: DeliveryId,
    /// Which way it went.
    pub direction: Direction,
    /// When its last byte was read, or when it was first sent.
    pub received_at: Timestamp,
    /// The other side's address, `ip:port`; for sent ones the URL it was signed for.
    pub remote: String,
    /// The method of the request.
    pub method: String,
    /// The request target as it came.
    pub target: String,
    /// The provider's id.
    pub provider: Option<String>,
    /// The event type.
    pub event_type: Option<String>,
    /// The event id.
    pub event_id: Option<String>,
    /// What verification said.
    pub verdict: Verdict,
    /// Why, when it is not valid.
    pub reason: Option<Reason>,
    /// The status hookctl answered, or the last status a receiver answered.
    pub status: Option<u16>,
    /// The length of the body in bytes.
    pub bytes: u64,
}

#[cfg(test)]
impl Summary {
    /// A valid capture of Stripe's, for tests that change what they are about.
    pub fn example(event: &str) -> Self {
        let received_at = Timestamp::from_secs(1_767_225_600);
        Self {
            id: DeliveryId::new(received_at, [0; 10]),
            direction: Direction::Received,
            received_at,
            remote: "127.0.0.1:4000".into(),
            method: "POST".into(),
            target: "/webhooks/stripe".into(),
            provider: Some("stripe".into()),
            event_type: Some(event.into()),
            event_id: None,
            verdict: Verdict::Valid,
            reason: None,
            status: Some(200),
            bytes: 2,
        }
    }
}

/// A delivery to be recorded.
#[derive(Debug, Clone)]
pub struct NewDelivery {
    /// What is known about it.
    pub summary: Summary,
    /// The request head as it was on the wire, up to and with the empty line.
    pub head: Bytes,
    /// The raw body.
    pub body: Bytes,
    /// What makes it the same as another delivery: a digest of provider and event id, idempotency key or body.
    /// `None`: it is not compared (an invalid one, or a sent one).
    pub dedupe_key: Option<[u8; 16]>,
}

/// A recorded delivery, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its small number in the store.
    pub number: i64,
    /// What is known about it.
    pub summary: Summary,
    /// The number and id of the delivery that it repeats.
    pub duplicate_of: Option<(i64, DeliveryId)>,
    /// The head as it was on the wire.
    pub head: Bytes,
    /// The raw body.
    pub body: Bytes,
}
