//! Reading a stream of server-sent events, piece by piece.
//!
//! As in `fetch.rs`, what the bytes on the wire are means nothing, so a library does it.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, USER_AGENT};
use reqwest::redirect::Policy;
use url::Url;

/// How long connecting may take.
const CONNECT_TIME: Duration = Duration::from_secs(10);

/// Dead peers are noticed after about this time without a word.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// No word at all for so long, not even a comment, and the stream is given up. Servers send one every half minute or so.
const SILENCE: Duration = Duration::from_mins(10);

/// Named as those are that the servers know; gosmee sends events to nobody else.
const NAME: &str = concat!("hookctl/", env!("CARGO_PKG_VERSION"), " (like gosmee)");

/// Why there is no stream, or no more of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// Nobody is there.
    #[error("it cannot be connected to")]
    Connect,
    /// Another status than 200.
    #[error("it answers {0}")]
    Status(u16),
    /// Something else than events.
    #[error("it answers with {0}, not with events")]
    NotEvents(String),
    /// It is somewhere else.
    #[error("it sends us to {0}")]
    Elsewhere(String),
    /// The stream broke, or ended.
    #[error("the connection ended")]
    Ended,
    /// Nothing came for too long.
    #[error("nothing came for too long")]
    Silent,
}

/// An open stream.
#[derive(Debug)]
pub struct Stream {
    response: reqwest::Response,
    /// The server.
    pub peer: Option<SocketAddr>,
}

/// Opens streams.
#[derive(Debug, Clone)]
pub struct Streams(reqwest::Client);

impl Streams {
    /// Redirects are not followed and no proxy is used.
    ///
    /// # Errors
    /// The library cannot be set up.
    pub fn new() -> Result<Self, StreamError> {
        let client = reqwest::Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_TIME)
            .tcp_keepalive(KEEP_ALIVE)
            // A connection of an earlier answer may be closed by the time it is used again, and a stream needs its own.
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|_| StreamError::Connect)?;
        Ok(Self(client))
    }

    /// Opens one behind the event with this id, if there is one.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn open(&self, url: &Url, last_id: &str) -> Result<Stream, StreamError> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        headers.insert(USER_AGENT, HeaderValue::from_static(NAME));
        if let Some(id) = HeaderValue::from_str(last_id).ok().filter(|id| !id.is_empty()) {
            headers.insert("last-event-id", id);
        }
        let answered = tokio::time::timeout(KEEP_ALIVE, self.0.get(url.clone()).headers(headers).send()).await;
        let broken = |error: reqwest::Error| if error.is_connect() { StreamError::Connect } else { StreamError::Ended };
        let response = answered.map_err(|_| StreamError::Silent)?.map_err(broken)?;
        if response.status().is_redirection() {
            let there = response.headers().get(LOCATION).and_then(|value| url.join(value.to_str().ok()?).ok());
            return Err(
                there.map_or(StreamError::Status(response.status().as_u16()), |to| StreamError::Elsewhere(to.into()))
            );
        }
        if response.status() != 200 {
            return Err(StreamError::Status(response.status().as_u16()));
        }
        let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("nothing");
        if !kind.to_ascii_lowercase().starts_with("text/event-stream") {
            return Err(StreamError::NotEvents(kind.to_owned()));
        }
        Ok(Stream { peer: response.remote_addr(), response })
    }
}

impl Stream {
    /// The next piece.
    ///
    /// # Errors
    /// There is none.
    pub async fn next(&mut self) -> Result<Bytes, StreamError> {
        match tokio::time::timeout(SILENCE, self.response.chunk()).await {
            Ok(Ok(Some(piece))) => Ok(piece),
            Ok(Ok(None) | Err(_)) => Err(StreamError::Ended),
            Err(_) => Err(StreamError::Silent),
        }
    }
}
