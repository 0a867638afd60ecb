//! Connections that may carry another request.
//!
//! A connection that the endpoint closes at the very moment a request is written to it makes that request fail, and nobody
//! can tell whether it was seen. So connections are kept for a shorter time than any common server keeps them, and looked
//! at before they are used.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::exchange::Connection;

/// How long a connection is kept at most. Of the common servers the most impatient (gunicorn) closes after 2 s.
pub(super) const LONGEST_IDLE: Duration = Duration::from_secs(1);

/// Connections for each endpoint, the last used one at the end.
type Kept = HashMap<Endpoint, Vec<Idle>>;

/// Where a connection leads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Endpoint {
    tls: bool,
    host: String,
    port: u16,
}

impl Endpoint {
    fn of(url: &Url) -> Self {
        Self {
            tls: url.scheme() == "https",
            host: url.host_str().unwrap_or_default().to_owned(),
            port: url.port_or_known_default().unwrap_or(0),
        }
    }
}

#[derive(Debug)]
struct Idle {
    connection: Connection,
    until: Instant,
}

/// Idle connections.
#[derive(Debug)]
pub(super) struct Pool {
    most: usize,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    kept: Kept,
    /// Whether a task will drop what is too old.
    swept: bool,
}

impl Pool {
    /// Keeps so many connections for each endpoint.
    pub(super) fn keeping(most: usize) -> Self {
        Self { most, shared: Arc::default() }
    }

    /// A connection to that endpoint that seems to be good.
    pub(super) fn take(&self, url: &Url) -> Option<Connection> {
        if self.most == 0 {
            return None;
        }
        let now = Instant::now();
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = shared.kept.get_mut(&Endpoint::of(url))?;
        while let Some(Idle { mut connection, until }) = idle.pop() {
            if now < until && connection.is_quiet() {
                return Some(connection);
            }
        }
        None
    }

    /// Keeps a connection whose last answer was read to its end, for so long at most.
    pub(super) fn give_back(&self, url: &Url, connection: Connection, idle: Duration) {
        if self.most == 0 || idle.is_zero() {
            return;
        }
        let until = Instant::now() + idle.min(LONGEST_IDLE);
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = shared.kept.entry(Endpoint::of(url)).or_default();
        if kept.len() < self.most {
            kept.push(Idle { connection, until });
        }
        if !std::mem::replace(&mut shared.swept, true) {
            tokio::spawn(sweep(Arc::downgrade(&self.shared)));
        }
    }
}

/// Drops what is too old until there is nothing left: an endpoint that is not called any more has no connection of ours
/// hanging about it.
async fn sweep(shared: Weak<Mutex<Shared>>) {
    loop {
        tokio::time::sleep(LONGEST_IDLE).await;
        let Some(shared) = shared.upgrade() else { return };
        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        shared.kept.retain(|_, kept| {
            kept.retain(|idle| now < idle.until);
            !kept.is_empty()
        });
        if shared.kept.is_empty() {
            shared.swept = false;
            return;
        }
    }
}
