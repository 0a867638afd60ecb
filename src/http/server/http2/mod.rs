//! HTTP/2, for clients that ask for it over TLS.
//!
//! Its frames are hyper's business; limits, gates and answers are those of HTTP/1.1, through the same parts. What goes to the
//! handler is a head in the form of HTTP/1.1 that was made from the fields (`head.rs`): there is no raw one.

mod answer;
mod head;
mod reading;

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use hyper::body::Body as _;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use self::answer::AnswerBody;
use self::reading::Reading;
use super::answer::Manner;
use super::connection::Ends;
use super::handler::{Handler, Incoming, Refusal, RefusalReason};
use super::refusal;
use super::service::{Service, Ticketed};
use super::tally::Tally;
use super::transport::Transport;
use crate::http::alarm::Alarm;
use crate::http::body::BodySource;
use crate::http::head::{Framing, parse_request};

/// Requests of one connection that may be under way: what a sender's pool would use connections for.
const STREAMS: u32 = 64;
/// How much of one body may be under way before it is read.
const STREAM_WINDOW: u32 = 256 * 1024;
/// How much of all bodies of a connection.
const CONNECTION_WINDOW: u32 = 1024 * 1024;
/// How often it is looked whether a connection is idle for too long.
const IDLE_STEP: Duration = Duration::from_secs(1);

type Request = hyper::Request<hyper::body::Incoming>;
type Response = hyper::Response<AnswerBody>;

/// A connection, for the requests on it.
struct Shared<H: Handler> {
    service: Arc<Service<H>>,
    ends: Ends,
    stopped: watch::Receiver<bool>,
    under_way: AtomicUsize,
    admission: Admission,
}

/// Whether a client may speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// It may.
    Allowed,
    /// It is told that it may not.
    Forbidden,
}

/// Serves a connection until it ends, or is idle for too long.
pub(super) async fn serve<S: Transport + 'static, H: Handler>(
    stream: S,
    ends: Ends,
    service: Arc<Service<H>>,
    stopped: watch::Receiver<bool>,
    admission: Admission,
) {
    let limits = service.limits;
    let totals = Arc::clone(&service);
    let _counted = Tally::new(&totals.totals);
    let mut builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(STREAM_WINDOW as usize)
        .max_header_list_size(u32::try_from(limits.head.bytes).unwrap_or(u32::MAX))
        // A client that does not answer is gone.
        .keep_alive_interval(limits.idle_time)
        .keep_alive_timeout(limits.answer_time);
    let mut stop = stopped.clone();
    let shared = Arc::new(Shared { service, ends, stopped, under_way: AtomicUsize::new(0), admission });
    let requests = {
        let shared = Arc::clone(&shared);
        service_fn(move |request| {
            let shared = Arc::clone(&shared);
            async move { Ok::<_, Infallible>(shared.exchange(request).await) }
        })
    };
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), requests));
    let mut end = pin!(async {
        tokio::select! {
            _ = stop.wait_for(|stopped| *stopped) => {}
            () = idle(&shared.under_way, limits.head_time, limits.idle_time) => {}
        }
    });
    tokio::select! {
        // A connection that breaks concerns nobody but its client; its tickets are given back when its answers are dropped.
        _ = connection.as_mut() => return,
        () = end.as_mut() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

/// Resolves when nothing has been under way for too long.
async fn idle(under_way: &AtomicUsize, first: Duration, later: Duration) {
    let (mut since, mut patience) = (Instant::now(), first);
    loop {
        sleep(IDLE_STEP.min(patience)).await;
        if under_way.load(Relaxed) > 0 {
            (since, patience) = (Instant::now(), later);
        } else if since.elapsed() >= patience {
            return;
        }
    }
}

/// Counts what is under way.
struct UnderWay<'a>(&'a AtomicUsize);

impl<'a> UnderWay<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Relaxed);
        Self(count)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl<H: Handler> Shared<H> {
    async fn exchange(self: Arc<Self>, request: Request) -> Response {
        let _under_way = UnderWay::new(&self.under_way);
        self.service.totals.requests.fetch_add(1, Relaxed);
        let (parts, body) = request.into_parts();
        let raw = head::raw(&parts, None);
        if self.admission == Admission::Forbidden {
            return self.refuse(RefusalReason::NotAllowed, raw).await;
        }
        match self.incoming(&parts, raw.clone(), body).await {
            Ok(incoming) => self.answered(incoming, raw).await,
            Err(reason) => self.refuse(reason, raw).await,
        }
    }

    /// The request, once it has passed the gates and its body is there.
    async fn incoming(
        &self,
        parts: &http::request::Parts,
        raw: Bytes,
        body: hyper::body::Incoming,
    ) -> Result<Incoming, RefusalReason> {
        let service = &*self.service;
        let started = Instant::now();
        let head = parse_request(&raw, &service.limits.head)?;
        service.handler.gate(self.ends.peer.ip())?;
        let framing = match head.framing {
            // Without a length the frames say where a body ends.
            Framing::None if !body.is_end_stream() => Framing::UntilClose,
            framing => framing,
        };
        let mut lease = service.budget.lease();
        let mut source = BodySource {
            stream: &mut Reading::new(body),
            buffer: &mut BytesMut::new(),
            alarm: &mut Alarm::new(),
            lease: Some(&mut lease),
        };
        let body = source.read(framing, &service.limits.body).await?;
        let head = match framing {
            // What is recorded must say how long it is.
            Framing::UntilClose => parse_request(&head::raw(parts, Some(body.len())), &service.limits.head)?,
            _ => head,
        };
        let Ends { peer, local } = self.ends;
        Ok(Incoming { peer, local, head, body, started, arrived: Instant::now() })
    }

    /// The answer to a request. It is made on a task of its own: a client that goes away must not end it half-way.
    async fn answered(self: &Arc<Self>, incoming: Incoming, raw: Bytes) -> Response {
        let head_only = incoming.head.method() == "HEAD";
        let this = Arc::clone(self);
        let made = tokio::spawn(async move {
            let handled = AssertUnwindSafe(this.service.handler.handle(incoming)).catch_unwind().await;
            handled.map(|(answer, ticket)| {
                let ticket = Ticketed::new(Arc::clone(&this.service), ticket, answer.status);
                (answer, ticket)
            })
        });
        let Ok(Ok((answer, ticket))) = made.await else {
            self.service.totals.panics.fetch_add(1, Relaxed);
            return self.refuse(RefusalReason::Panic, raw).await;
        };
        self.wait(answer.after).await;
        if let Manner::Silent(time) = answer.manner {
            self.wait(time).await;
        }
        AnswerBody::answer(&answer, head_only, Some(ticket))
    }

    /// Waits, but not beyond the end of the server.
    async fn wait(&self, time: Duration) {
        let mut stopped = self.stopped.clone();
        tokio::select! {
            () = sleep(time) => {}
            _ = stopped.wait_for(|stopped| *stopped) => {}
        }
    }

    async fn refuse(&self, reason: RefusalReason, head: Bytes) -> Response {
        let service = &self.service;
        service.totals.refused.fetch_add(1, Relaxed);
        let status = reason.status();
        let answer = refusal::answer(status.unwrap_or(400), &reason);
        let Ends { peer, local } = self.ends;
        let refusal = Refusal { peer, local, status, reason, head };
        if !AssertUnwindSafe(service.handler.keep(&refusal)).catch_unwind().await.unwrap_or(false) {
            service.refused(refusal);
        }
        AnswerBody::answer::<H>(&answer, false, None)
    }
}
