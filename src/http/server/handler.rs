//! What the server hands to whoever answers, and what it tells them afterwards.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use thiserror::Error;
use tokio::time::Instant;

use super::answer::Answer;
use crate::http::body::BodyError;
use crate::http::head::{HeadError, RequestHead, WriteError};

/// Who answers requests. A panic in any of these becomes a 500 or nothing, never the end of the server.
pub trait Handler: Send + Sync + 'static {
    /// What the handler wants back once its answer is sent, for instance the number of the delivery.
    type Ticket: Send;

    /// Whether a client may speak here at all; asked once a connection. Must not block.
    fn admits(&self, _client: IpAddr) -> bool {
        true
    }

    /// Looks at a request before its body is read. Must not block.
    ///
    /// # Errors
    /// Why it is refused.
    fn gate(&self, _client: IpAddr) -> Result<(), RefusalReason> {
        Ok(())
    }

    /// Answers one request. Nothing limits its time but the handler itself, and it is not dropped when the client goes
    /// away: only when the server is, or when the drain time ends.
    fn handle(&self, incoming: Incoming) -> impl Future<Output = (Answer, Self::Ticket)> + Send;

    /// Tells what became of an answer. Called exactly once for each ticket, on the connection's task: must not block.
    fn answered(&self, ticket: Self::Ticket, outcome: Outcome);

    /// Keeps a request that was refused, if it is worth that; says whether it did. Called on the connection's task once the
    /// client has its answer.
    fn keep(&self, _refusal: &Refusal) -> impl Future<Output = bool> + Send {
        std::future::ready(false)
    }

    /// Tells of what was not kept: what never became a request, or of a handler that panicked. Must not block: it is also called between two
    /// accepts.
    fn refused(&self, refusal: Refusal);
}

/// A complete request.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The client.
    pub peer: SocketAddr,
    /// The address that it connected to.
    pub local: SocketAddr,
    /// The head as it came.
    pub head: RequestHead,
    /// The body, with the transfer coding undone.
    pub body: Bytes,
    /// When its first byte was read.
    pub started: Instant,
    /// When its last byte was read.
    pub arrived: Instant,
}

/// What became of an answer.
#[derive(Debug)]
pub struct Outcome {
    /// The status that was, or would have been, sent.
    pub status: u16,
    /// When the last byte was handed to the system, or the failure was seen.
    pub at: Instant,
    /// Whether all of it was handed over. A reset that the answer asked for counts as sent.
    pub sent: Result<(), SendError>,
}

/// Why an answer was not sent.
#[derive(Debug, Error)]
pub enum SendError {
    /// The handler made an answer that cannot be written; the client got 500 instead.
    #[error("the answer cannot be sent: {0}")]
    Answer(#[from] WriteError),
    /// The client took nothing of it for too long.
    #[error("the client did not take the answer")]
    Late,
    /// The connection failed: the client is gone.
    #[error("the connection failed before the answer was sent")]
    Io(#[from] io::Error),
    /// The server ended first.
    #[error("the server ended before the answer was sent")]
    CutOff,
}

/// What was not handed to the handler.
#[derive(Debug)]
pub struct Refusal {
    /// The client.
    pub peer: SocketAddr,
    /// The address that it connected to.
    pub local: SocketAddr,
    /// The status that was sent; none if nobody was there to read it.
    pub status: Option<u16>,
    /// Why.
    pub reason: RefusalReason,
    /// The head, as far as it was read; empty if nothing was.
    pub head: Bytes,
}

/// Why a request was refused.
#[derive(Debug, Error)]
pub enum RefusalReason {
    /// The head is not acceptable.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// The head did not come in time.
    #[error("the head did not come in time")]
    HeadTime,
    /// The connection failed within the head.
    #[error("the connection failed within the head")]
    HeadIo(#[source] io::Error),
    /// `Expect` asks for something that nobody can do.
    #[error("the expectation cannot be met")]
    Expectation,
    /// The body is not acceptable, or did not come.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// What lies beneath HTTP, such as TLS, did not come about.
    #[error("the connection could not be opened")]
    Open(#[source] io::Error),
    /// The client is not one of those that may speak here.
    #[error("this client is not allowed")]
    NotAllowed,
    /// The client has sent more than it may.
    #[error("too many requests")]
    Rate {
        /// When it may try again.
        wait: Duration,
    },
    /// There are too many connections.
    #[error("there are too many connections")]
    Connections,
    /// The handler panicked; the head is that of a good request.
    #[error("the request could not be handled")]
    Panic,
}

impl RefusalReason {
    /// The status that says so; none if nobody is there to read it.
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::Head(error) => Some(error.status()),
            Self::HeadTime => Some(408),
            Self::HeadIo(_) | Self::Open(_) => None,
            Self::Expectation => Some(417),
            Self::Body(error) => error.status(),
            Self::NotAllowed => Some(403),
            Self::Rate { .. } => Some(429),
            Self::Connections => Some(503),
            Self::Panic => Some(500),
        }
    }
}
