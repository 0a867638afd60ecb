//! An attempt: one try at getting a delivery accepted by an endpoint.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use super::{DeliveryId, Headers, Response, Timestamp};

/// Why there was no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The host name could not be resolved.
    Dns,
    /// Nothing listens there.
    Refused,
    /// The connection was not made in time.
    ConnectTimeout,
    /// The TLS handshake failed.
    Tls,
    /// The connection was closed or reset before the answer was whole.
    Reset,
    /// The answer did not come in time.
    ResponseTimeout,
    /// The answer was not HTTP, or broke its rules.
    BadAnswer,
    /// Anything else about the network: no route, no permission.
    Network,
    /// The address is one that may not be called: of another machine without leave, or our own.
    NotAllowed,
}

impl FailureKind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::Dns,
        Self::Refused,
        Self::ConnectTimeout,
        Self::Tls,
        Self::Reset,
        Self::ResponseTimeout,
        Self::BadAnswer,
        Self::Network,
        Self::NotAllowed,
    ];

    /// The public word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Refused => "refused",
            Self::ConnectTimeout => "connect-timeout",
            Self::Tls => "tls",
            Self::Reset => "reset",
            Self::ResponseTimeout => "response-timeout",
            Self::BadAnswer => "bad-answer",
            Self::Network => "network",
            Self::NotAllowed => "not-allowed",
        }
    }

    /// Words for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Dns => "the host name cannot be resolved",
            Self::Refused => "connection refused: nothing listens there",
            Self::ConnectTimeout => "no connection within the time limit",
            Self::Tls => "the TLS handshake failed",
            Self::Reset => "the connection was closed before the answer was complete",
            Self::ResponseTimeout => "no answer within the time limit",
            Self::BadAnswer => "the answer is not valid HTTP",
            Self::Network => "the network failed",
            Self::NotAllowed => "this address may not be called",
        }
    }

    /// Whether the request cannot have reached a receiver.
    pub fn never_connected(self) -> bool {
        matches!(self, Self::Dns | Self::Refused | Self::ConnectTimeout | Self::Tls | Self::Network | Self::NotAllowed)
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for FailureKind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|k| k.as_str() == text).ok_or(())
    }
}

/// An attempt to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttempt {
    /// The delivery it belongs to.
    pub delivery: DeliveryId,
    /// Counting from 1.
    pub attempt: u32,
    /// Where it went.
    pub url: String,
    /// When it started.
    pub started_at: Timestamp,
    /// How long it took until the answer was whole, or it failed.
    pub duration: Duration,
    /// The answer, or why there was none.
    pub outcome: Result<Response, FailureKind>,
    /// Whether that counts as accepted.
    pub accepted: bool,
}

/// An attempt that is to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upcoming {
    /// Its number, from 1.
    pub attempt: u32,
    /// How many there are at most.
    pub of: u32,
    /// How long it waits by the plan, before the scale of time.
    pub wait: Duration,
    /// When it is due.
    pub due_at: Timestamp,
}

impl NewAttempt {
    /// The answer, if there was one.
    pub fn answer(&self) -> Option<RecordedAnswer> {
        let response = self.outcome.as_ref().ok()?;
        Some(RecordedAnswer {
            status: response.status,
            headers: Some(response.headers.clone()),
            body: Some(response.body.clone()),
            duration: Some(self.duration),
        })
    }
}

/// How a delivery was answered once, as far as that was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedAnswer {
    /// The status.
    pub status: u16,
    /// The header fields.
    pub headers: Option<Headers>,
    /// The body.
    pub body: Option<Bytes>,
    /// How long it took.
    pub duration: Option<Duration>,
}

impl RecordedAnswer {
    /// An answer of which nothing else is known.
    pub fn of_status(status: u16) -> Self {
        Self { status, headers: None, body: None, duration: None }
    }
}

/// A recorded attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its number in the store.
    pub number: i64,
    /// Which route of `listen` led to it, and why.
    pub route: Option<String>,
    /// What happened.
    pub attempt: NewAttempt,
}
