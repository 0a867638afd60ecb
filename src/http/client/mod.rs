//! Sending one request and taking one answer.
//!
//! ```text
//! destination.rs  which addresses may be called
//! connect.rs      a name and a port → a stream, with TLS where that is asked
//! stream.rs       the stream
//! tls.rs          who is trusted
//! pool.rs         connections that may carry another request
//! exchange.rs     one request and its answer on a stream
//! wire.rs         the head of a request as it is on the wire
//! ```
//!
//! Everything goes over hookctl's own writer and reader, with and without TLS, so that the bytes on the wire are the bytes
//! of the request: names in the sender's spelling and order, nothing added but `Host` and `Content-Length`. There is no
//! redirect, no proxy and no second try of a request that may have been seen, and failures are told apart by type.

mod connect;
mod destination;
mod exchange;
mod pool;
mod stream;
mod tls;
mod wire;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};
use url::Url;

pub use connect::addresses;
pub(crate) use connect::server_name;
pub use destination::{Barred, Destination, Reach};
pub(crate) use stream::Stream;
pub use tls::Trust;
pub use wire::{authority, wire_head};

use self::connect::Connector;
use self::exchange::{Connection, Exchanged, Fault};
use self::pool::Pool;
use crate::http::budget::Budget;
use crate::http::head::WriteError;
use crate::model::{FailureKind, Request, Response};

/// How much of an answer is kept. A receiver's answer is a status and a few words; more is not read.
pub const ANSWER_LIMIT: usize = 1 << 20;

/// How long making a connection may take, within the time limit of the whole attempt.
const CONNECT_TIME: Duration = Duration::from_secs(10);

/// How long a name is looked up before anything is sent to it: just to warn early.
const LOOK_UP_TIME: Duration = Duration::from_secs(2);

/// What a client does beyond the usual.
#[derive(Debug, Default)]
pub struct ClientOptions {
    /// A further authority for TLS, in PEM.
    pub authority: Option<PathBuf>,
    /// Accept any certificate.
    pub insecure: bool,
    /// Which addresses may be called.
    pub destination: Destination,
    /// Connections that are kept for further requests, for each endpoint; 0: every request has its own.
    pub keep: usize,
    /// How long an answer may be.
    pub answers: Answers,
}

/// How long an answer may be, and what becomes of a longer one.
#[derive(Debug, Clone, Default)]
pub enum Answers {
    /// [`ANSWER_LIMIT`] bytes are kept, the rest is not read.
    #[default]
    Cut,
    /// More than this is a bad answer: it is to be passed on, and a part of it would say something else.
    Whole {
        /// Bytes of a body.
        limit: usize,
        /// Room for all answers that are read at the same time.
        budget: Budget,
    },
}

/// Sends requests.
#[derive(Debug)]
pub struct Client {
    connector: Connector,
    pool: Pool,
    answers: Answers,
}

/// Why a client or a request makes no sense.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Not an address.
    #[error("'{0}' is not an http or https URL")]
    BadUrl(String),
    /// The authority's file cannot be read.
    #[error("cannot read {path}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The authority's file holds no certificate.
    #[error("{path} is no certificate in PEM: {problem}", path = path.display())]
    Authority {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The request has something in it that cannot be on the wire.
    #[error("{0}")]
    Request(#[from] WriteError),
}

impl Client {
    /// A client with these options.
    ///
    /// # Errors
    /// The authority cannot be read.
    pub fn new(options: ClientOptions) -> Result<Self, ClientError> {
        let trust = Trust::new(options.authority.as_deref(), options.insecure)?;
        Ok(Self {
            connector: Connector { trust, destination: options.destination },
            pool: Pool::keeping(options.keep),
            answers: options.answers,
        })
    }

    /// Never calls these addresses: they are our own. To be said once, before the first request.
    pub fn never_calls(&self, own: Vec<SocketAddr>) {
        self.connector.destination.set_own(own);
    }

    /// Whether an endpoint may be called, as its name is resolved now.
    ///
    /// # Errors
    /// Why none of its addresses may be.
    pub async fn check(&self, url: &Url) -> Result<(), Barred> {
        let addresses = timeout(LOOK_UP_TIME, addresses(url)).await;
        let Ok(Ok(addresses)) = addresses else { return Err(Barred::Unknown) };
        let mut reasons = addresses.into_iter().map(|address| self.connector.destination.check(address));
        let first = reasons.next().unwrap_or(Err(Barred::Unknown));
        if reasons.any(|reason| reason.is_ok()) { Ok(()) } else { first }
    }

    /// Connects to an endpoint and sends nothing; the connection is kept for the next request.
    ///
    /// # Errors
    /// Why it cannot be reached.
    pub async fn reach(&self, url: &Url) -> Result<(), FailureKind> {
        let connected = timeout(CONNECT_TIME, self.connector.connect(url)).await;
        let stream = connected.map_err(|_| FailureKind::ConnectTimeout)??;
        self.pool.give_back(url, Connection::over(stream), pool::LONGEST_IDLE);
        Ok(())
    }

    /// Sends a request and waits for its answer, both within `limit`. `head` is the request's as it is to be on the wire.
    ///
    /// # Errors
    /// Why there was no answer.
    pub async fn send(
        &self,
        url: &Url,
        head: &[u8],
        request: &Request,
        limit: Duration,
    ) -> Result<Response, FailureKind> {
        let deadline = Instant::now() + limit;
        if let Some(mut kept) = self.pool.take(url) {
            match timeout_at(deadline, kept.exchange(head, request, &self.answers)).await {
                Err(_) => return Err(FailureKind::ResponseTimeout),
                Ok(Ok(answer)) => return Ok(self.settle(url, kept, answer)),
                // The endpoint had closed it, and not one byte of the request was taken: nobody has seen it.
                Ok(Err(Fault { unseen: true, .. })) => {}
                Ok(Err(fault)) => return Err(fault.kind),
            }
        }
        let connect_by = deadline.min(Instant::now() + CONNECT_TIME);
        let connected = timeout_at(connect_by, self.connector.connect(url)).await;
        let mut connection = Connection::over(connected.map_err(|_| FailureKind::ConnectTimeout)??);
        match timeout_at(deadline, connection.exchange(head, request, &self.answers)).await {
            Err(_) => Err(FailureKind::ResponseTimeout),
            Ok(Ok(answer)) => Ok(self.settle(url, connection, answer)),
            Ok(Err(fault)) => Err(fault.kind),
        }
    }

    fn settle(&self, url: &Url, connection: Connection, answer: Exchanged) -> Response {
        if let Some(idle) = answer.reusable_for {
            self.pool.give_back(url, connection, idle);
        }
        answer.response
    }
}
