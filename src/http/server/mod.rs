//! The server of the webhook port.
//!
//! Strict where frameworks are forgiving, since what it hears is evidence: heads are handed over byte for byte, ambiguous
//! requests are refused and end their connection, every wait and every memory has a limit. The caller binds the listener
//! and decides when to stop; when [`run`] returns, no connection is left.

mod answer;
mod connection;
mod date;
mod handler;
mod http2;
mod limits;
mod output;
mod refusal;
mod service;
mod tally;
pub mod tls;
mod transport;

use std::future::ready;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use bytes::BytesMut;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

pub use answer::{Answer, Manner};
use connection::Ends;
pub use handler::{Handler, Incoming, Outcome, Refusal, RefusalReason, SendError};
use http2::Admission;
pub use limits::ServerLimits;
use service::Service;
pub use transport::Transport;

use super::alarm::Alarm;

/// Clients over the limit of connections that are told so with care; more of them are only dropped.
const TURNED_AWAY_AT_ONCE: usize = 64;
/// Waits after a failed accept: descriptors come free within moments, or not for a while.
const ACCEPT_PAUSE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// What a server did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ServerSummary {
    /// Connections that were served.
    pub connections: u64,
    /// Connections over the limit.
    pub turned_away: u64,
    /// Heads that came in full, refused ones included.
    pub requests: u64,
    /// Answers of the handler that were sent.
    pub answered: u64,
    /// Answers of the handler that could not be sent.
    pub unsent: u64,
    /// Requests that were refused, and connections that never made one.
    pub refused: u64,
    /// Panics of the handler.
    pub panics: u64,
    /// Failures of the system to accept a connection, such as for want of descriptors.
    pub accept_errors: u64,
    /// Connections that were cut off because they did not end within the drain time.
    pub cut_off: u64,
}

/// Serves the listener until `shutdown` is ready, then lets the requests in flight end.
///
/// Dropping this future ends everything at once; tickets of answers in flight are given back as cut off.
pub async fn run<H: Handler>(
    listener: TcpListener,
    limits: ServerLimits,
    handler: Arc<H>,
    shutdown: impl Future<Output = ()>,
) -> ServerSummary {
    run_over(listener, limits, handler, shutdown, |stream| ready(Ok(stream))).await
}

/// Like [`run`], with something between the socket and HTTP, such as a TLS handshake: `open` makes the stream of each
/// connection, in that connection's own task and within the time for a head.
pub async fn run_over<H, S, F>(
    listener: TcpListener,
    limits: ServerLimits,
    handler: Arc<H>,
    shutdown: impl Future<Output = ()>,
    open: impl Fn(TcpStream) -> F,
) -> ServerSummary
where
    H: Handler,
    S: Transport + 'static,
    F: Future<Output = io::Result<S>> + Send + 'static,
{
    let service = Arc::new(Service::new(handler, limits));
    let (stop, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
    let accepted = accept(&listener, &service, &stopped, &mut connections, shutdown, open).await;

    drop(listener);
    service.stop();
    let _ = stop.send(true);
    let _ = timeout(limits.drain_time, async { while connections.join_next().await.is_some() {} }).await;
    let cut_off = connections.len() as u64;
    connections.shutdown().await;

    let totals = &service.totals;
    ServerSummary {
        connections: totals.connections.load(Relaxed),
        requests: totals.requests.load(Relaxed),
        answered: totals.answered.load(Relaxed),
        unsent: totals.unsent.load(Relaxed),
        refused: totals.refused.load(Relaxed) + accepted.turned_away,
        panics: totals.panics.load(Relaxed),
        cut_off,
        ..accepted
    }
}

async fn accept<H, S, F>(
    listener: &TcpListener,
    service: &Arc<Service<H>>,
    stopped: &watch::Receiver<bool>,
    connections: &mut JoinSet<()>,
    shutdown: impl Future<Output = ()>,
    open: impl Fn(TcpStream) -> F,
) -> ServerSummary
where
    H: Handler,
    S: Transport + 'static,
    F: Future<Output = io::Result<S>> + Send + 'static,
{
    let mut shutdown = pin!(shutdown);
    let seats = Arc::new(Semaphore::new(service.limits.connections));
    let lobby = Arc::new(Semaphore::new(TURNED_AWAY_AT_ONCE));
    let mut summary = ServerSummary::default();
    let mut pause = ACCEPT_PAUSE.0;
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut shutdown => return summary,
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                summary.accept_errors += 1;
                if !concerns_one_connection(&error) {
                    // The connection is still waiting, so accepting again at once would spin.
                    tokio::select! {
                        biased;
                        () = &mut shutdown => return summary,
                        () = sleep(pause) => pause = (pause * 2).min(ACCEPT_PAUSE.1),
                    }
                }
                continue;
            }
        };
        pause = ACCEPT_PAUSE.0;
        let Ok(local) = stream.local_addr() else {
            continue;
        };
        let ends = Ends { peer, local };
        let allowed = service.handler.admits(peer.ip());
        let places = if allowed { &seats } else { &lobby };
        let service = Arc::clone(service);
        if let Ok(place) = Arc::clone(places).try_acquire_owned() {
            // Without it small answers wait for the client's acknowledgement. It fails only on a dead socket.
            let _ = stream.set_nodelay(true);
            let mut stopped = stopped.clone();
            let opening = open(stream);
            connections.spawn(async move {
                let opened = timeout(service.limits.head_time, opening).await;
                match opened.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
                    Ok(stream) if stream.speaks_http2() => {
                        let admission = if allowed { Admission::Allowed } else { Admission::Forbidden };
                        http2::serve(stream, ends, service, stopped, admission).await;
                    }
                    Ok(stream) if !allowed => connection::forbid(stream, ends, &service).await,
                    Ok(stream) => {
                        let stop = async move {
                            // The sender lives as long as the server.
                            let _ = stopped.wait_for(|stopped| *stopped).await;
                        };
                        connection::serve(stream, ends, &service, stop).await;
                    }
                    Err(error) => service.refused(ends.refusal(None, RefusalReason::Open(error))),
                }
                drop(place);
            });
        } else if allowed {
            summary.turned_away += 1;
            let place = Arc::clone(&lobby).try_acquire_owned();
            let status = tell_full(&stream);
            service.refused(ends.refusal(status, RefusalReason::Connections));
            if let (Some(_), Ok(place)) = (status, place) {
                connections.spawn(async move {
                    leave(stream).await;
                    drop(place);
                });
            }
        } else {
            summary.turned_away += 1;
            service.refused(ends.refusal(None, RefusalReason::NotAllowed));
        }
    }
}

/// Whether a failed accept says something of that connection only.
fn concerns_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

/// Sends 503 to a client over the limit, without waiting: a new connection has room for it.
fn tell_full(stream: &TcpStream) -> Option<u16> {
    let mut answer = Vec::new();
    refusal::write_refusal(&mut answer, 503, &RefusalReason::Connections, false);
    let sent = stream.try_write(&answer).ok()?;
    (sent == answer.len()).then_some(503)
}

/// Lets a client that was turned away read why.
async fn leave(mut stream: TcpStream) {
    output::linger(&mut stream, &mut Alarm::new(), &mut BytesMut::new()).await;
}

#[cfg(test)]
mod tests;
