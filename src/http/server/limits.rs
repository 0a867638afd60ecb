//! What one client, and all together, may take from the server.

use std::time::Duration;

use crate::http::body::BodyLimits;
use crate::http::head::HeadLimits;

/// The limits of a server. Each has a default that fits webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerLimits {
    /// Bytes, fields and target of a head (431, 414). Lines always end in CR LF here.
    pub head: HeadLimits,
    /// Bytes and pace of a body (413, 408).
    pub body: BodyLimits,
    /// From the first byte of a request to the end of its head, and from the connection to the end of the first head
    /// (408).
    pub head_time: Duration,
    /// Between two requests of a connection; then it is closed without a word.
    pub idle_time: Duration,
    /// For how long a client may take nothing of its answer; then it is cut off.
    pub answer_time: Duration,
    /// How long requests in flight may take to end after the shutdown; then they are cut off.
    pub drain_time: Duration,
    /// Connections at once; those beyond it get 503 with `Retry-After`.
    pub connections: usize,
    /// Bytes of all bodies that are being read or handled. Beyond it reading waits, except for one body at a time; bodies
    /// up to 16 KiB are not counted. 48 MiB keep the process within 96 MiB when 512 clients send 1 MiB each.
    pub held_bytes: usize,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            head: HeadLimits::default(),
            body: BodyLimits::default(),
            head_time: Duration::from_secs(10),
            idle_time: Duration::from_mins(1),
            answer_time: Duration::from_secs(30),
            drain_time: Duration::from_secs(30),
            connections: 1024,
            held_bytes: 48 * 1024 * 1024,
        }
    }
}
