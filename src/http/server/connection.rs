//! One connection: requests in, answers out, in order, until one side has had enough.
//!
//! Nothing behind a request that was refused is ever looked at. In the steady state a request costs one read, one write
//! and no timer. Memory kept between requests is one small buffer.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use tokio::io::AsyncReadExt;
use tokio::time::{Instant, sleep};

use super::answer::{Answer, Form, Manner, write_head};
use super::handler::{Handler, Incoming, Outcome, Refusal, RefusalReason, SendError};
use super::output::{linger, write_all};
use super::refusal::write_refusal;
use super::service::{Service, Ticketed};
use super::tally::Tally;
use super::transport::Transport;
use crate::http::alarm::{Alarm, Late};
use crate::http::body::BodySource;
use crate::http::budget::Lease;
use crate::http::head::{Expectation, Framing, HeadError, HeadScan, RequestHead, Scan, Version, parse_request};

/// A request of a webhook and some of the next fit.
const BUFFER: usize = 8 * 1024;
/// With less room than this a read would be cut short: what is left of the buffer behind the request before takes another
/// request of a webhook, or is given back.
const LEAST_READ: usize = 4 * 1024;
/// A buffer larger than this is not kept between requests.
const MOST_KEPT: usize = 32 * 1024;
/// A body up to this size is copied behind its head and goes out in the same write.
const COPIED_BODY: usize = 16 * 1024;
/// Between two pieces of a slow body.
const SLOW_STEP: Duration = Duration::from_millis(100);

/// How long a client that is not allowed may take for its head.
const FORBIDDEN_TIME: Duration = Duration::from_secs(2);
/// How long a client may wait for bytes that were announced and never come.
const LONGEST_SILENCE: Duration = Duration::from_hours(1);

/// The two ends of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    /// The client.
    pub(super) peer: SocketAddr,
    /// The address that it connected to.
    pub(super) local: SocketAddr,
}

impl Ends {
    /// A refusal of what had no head yet.
    pub(super) fn refusal(self, status: Option<u16>, reason: RefusalReason) -> Refusal {
        Refusal { peer: self.peer, local: self.local, status, reason, head: Bytes::new() }
    }
}

/// How a connection ends.
enum End {
    /// Nothing was said that the client must still read.
    Silent,
    /// The last answer must reach the client.
    Linger,
    /// With a reset.
    Reset,
}

struct Connection<'a, S, H> {
    stream: S,
    peer: SocketAddr,
    local: SocketAddr,
    service: &'a Service<H>,
    buffer: BytesMut,
    out: Vec<u8>,
    alarm: Alarm,
    tally: Tally<'a>,
}

/// Serves a connection until it ends. `stop` is ready when the server shuts down.
pub(super) async fn serve<S: Transport, H: Handler>(
    stream: S,
    ends: Ends,
    service: &Service<H>,
    stop: impl Future<Output = ()>,
) {
    let mut connection = Connection::new(stream, ends, service);
    let mut stop = pin!(stop);
    let end = connection.requests(stop.as_mut()).await;
    connection.end(end).await;
}

/// Tells a client that it is not allowed, once it has sent the head of a request: what is said before could not be taken
/// for the answer to it.
pub(super) async fn forbid<S: Transport, H: Handler>(stream: S, ends: Ends, service: &Service<H>) {
    let mut connection = Connection::new(stream, ends, service);
    let head = connection.head(Instant::now() + service.limits.head_time.min(FORBIDDEN_TIME)).await.unwrap_or_default();
    let end = connection.refuse(RefusalReason::NotAllowed, head, false).await;
    connection.end(end).await;
}

impl<'a, S: Transport, H: Handler> Connection<'a, S, H> {
    fn new(stream: S, ends: Ends, service: &'a Service<H>) -> Self {
        let Ends { peer, local } = ends;
        let tally = Tally::new(&service.totals);
        Self { stream, peer, local, service, buffer: BytesMut::new(), out: Vec::new(), alarm: Alarm::new(), tally }
    }

    async fn end(mut self, end: End) {
        match end {
            End::Silent => {}
            End::Linger => linger(&mut self.stream, &mut self.alarm, &mut self.buffer).await,
            End::Reset => self.stream.reset_on_close(),
        }
    }

    async fn requests(&mut self, mut stop: Pin<&mut impl Future<Output = ()>>) -> End {
        let limits = self.service.limits;
        let mut deadline = Instant::now() + limits.head_time;
        let mut first = true;
        loop {
            match self.first_byte(deadline, stop.as_mut()).await {
                Waited::Bytes => {}
                Waited::Late if first => return self.refuse(RefusalReason::HeadTime, Bytes::new(), false).await,
                Waited::Late | Waited::Over => return End::Silent,
            }
            let started = Instant::now();
            if !first {
                deadline = started + limits.head_time;
            }
            first = false;
            let raw = match self.head(deadline).await {
                Ok(raw) => raw,
                Err(reason) => {
                    let seen = self.buffer.split().freeze();
                    return self.refuse(reason, seen, false).await;
                }
            };
            match self.exchange(raw, started, stop.as_mut()).await {
                Ok(answered) => deadline = answered + limits.idle_time,
                Err(end) => return end,
            }
        }
    }

    /// Waits until there is something to read, or nothing more to wait for.
    async fn first_byte(&mut self, deadline: Instant, mut stop: Pin<&mut impl Future<Output = ()>>) -> Waited {
        // A client may send one empty line in front of a request, as old ones did behind a body.
        let mut may_skip_line = true;
        loop {
            if may_skip_line && self.buffer.starts_with(b"\r\n") {
                drop(self.buffer.split_to(2));
                may_skip_line = false;
            }
            if !self.buffer.is_empty() && (!may_skip_line || self.buffer.as_ref() != b"\r") {
                return Waited::Bytes;
            }
            self.make_room();
            let mut read = pin!(self.stream.read_buf(&mut self.buffer));
            let waited = poll_fn(|cx| {
                match read.as_mut().poll(cx) {
                    Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Waited::Over),
                    Poll::Ready(Ok(_)) => return Poll::Ready(Waited::Bytes),
                    Poll::Pending => {}
                }
                if stop.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(Waited::Over);
                }
                self.alarm.poll_passed(cx, deadline).map(|()| Waited::Late)
            })
            .await;
            if !matches!(waited, Waited::Bytes) {
                return waited;
            }
        }
    }

    /// Reads up to and with the empty line.
    async fn head(&mut self, deadline: Instant) -> Result<Bytes, RefusalReason> {
        let limits = self.service.limits.head;
        let mut scan = HeadScan::new();
        loop {
            match scan.advance(&self.buffer, &limits) {
                Scan::End(end) => return Ok(self.buffer.split_to(end).freeze()),
                Scan::Bad(error) => return Err(error.into()),
                Scan::More => {}
            }
            self.make_room();
            match self.alarm.within(deadline, self.stream.read_buf(&mut self.buffer)).await {
                Ok(Ok(0)) => return Err(HeadError::Incomplete.into()),
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return Err(RefusalReason::HeadIo(error)),
                Err(Late) => return Err(RefusalReason::HeadTime),
            }
        }
    }

    /// From the head to the answer; returns when that was sent, or how the connection ends.
    async fn exchange(
        &mut self,
        raw: Bytes,
        started: Instant,
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<Instant, End> {
        self.tally.requests += 1;
        let service = self.service;
        let head = match parse_request(&raw, &service.limits.head) {
            Ok(head) => head,
            Err(error) => return Err(self.refuse(error.into(), raw, false).await),
        };
        let head_only = head.method() == "HEAD";
        if let Err(reason) = service.handler.gate(self.peer.ip()) {
            return Err(self.refuse(reason, raw, head_only).await);
        }
        let mut lease = service.budget.lease();
        let buffered = self.buffer.len();
        let body = match self.body(&head, &mut lease).await {
            Ok(body) => body,
            Err(reason) => return Err(self.refuse(reason, raw, head_only).await),
        };
        // Without a body, or with all of it behind the head, no time has passed worth another look at the clock.
        let waited = head.framing != Framing::None && self.buffer.len() + body.len() != buffered;
        let arrived = if waited { Instant::now() } else { started };

        let keep_alive = head.keep_alive();
        let old = head.version == Version::Http10;
        let incoming = Incoming { peer: self.peer, local: self.local, head, body, started, arrived };
        let handled = AssertUnwindSafe(async { service.handler.handle(incoming).await }).catch_unwind().await;
        let Ok((answer, ticket)) = handled else {
            self.tally.panics += 1;
            return Err(self.refuse(RefusalReason::Panic, raw, head_only).await);
        };
        drop(raw);
        let ticket = Ticketed::new(service, ticket, answer.status);
        let silence = self.silence(answer.after, stop.as_mut()).await;
        let close = !keep_alive || answer.close || service.is_stopping();
        let form = Form { head_only, close, tell_keep_alive: old && !close };
        let sent = match silence {
            Silence::Gone => Err(SendError::Io(io::ErrorKind::ConnectionAborted.into())),
            Silence::Over => self.send(&answer, form, stop.as_mut()).await,
        };
        let failed = sent.is_err();
        let broken = matches!(sent, Err(SendError::Answer(_)));
        let at = Instant::now();
        if failed {
            self.tally.unsent += 1;
        } else {
            self.tally.answered += 1;
        }
        ticket.settle(Outcome { status: answer.status, at, sent });
        match answer.manner {
            Manner::Reset => Err(End::Reset),
            Manner::Silent(_) | Manner::Cut => Err(End::Silent),
            _ if failed && !broken => Err(End::Silent),
            Manner::Length(said) if !broken && said > answer.body.len() as u64 => {
                self.silence(LONGEST_SILENCE, stop).await;
                Err(End::Silent)
            }
            Manner::Length(_) => Err(End::Linger),
            Manner::AtOnce | Manner::Slowly(_) if close || broken => Err(End::Linger),
            Manner::AtOnce | Manner::Slowly(_) => {
                if self.buffer.is_empty() && self.buffer.capacity() > MOST_KEPT {
                    self.buffer = BytesMut::new();
                }
                Ok(at)
            }
        }
    }

    async fn body(&mut self, head: &RequestHead, lease: &mut Lease<'_>) -> Result<Bytes, RefusalReason> {
        let limits = self.service.limits;
        match head.expectation() {
            Expectation::Other => return Err(RefusalReason::Expectation),
            Expectation::Continue if self.awaits_continue(head.framing) => {
                // If it cannot be written, reading the body will say so.
                let _ =
                    write_all(&mut self.stream, &mut self.alarm, b"HTTP/1.1 100 Continue\r\n\r\n", limits.answer_time)
                        .await;
            }
            Expectation::Continue | Expectation::None => {}
        }
        let mut source = BodySource {
            stream: &mut self.stream,
            buffer: &mut self.buffer,
            alarm: &mut self.alarm,
            lease: Some(lease),
        };
        Ok(source.read(head.framing, &limits.body).await?)
    }

    /// Whether the client must be told to go on: not if the body is too large, or has begun to come unasked.
    fn awaits_continue(&self, framing: Framing) -> bool {
        let most = self.service.limits.body.bytes as u64;
        let wanted = match framing {
            Framing::None => false,
            Framing::Length(length) => length > 0 && length <= most,
            Framing::Chunked | Framing::UntilClose => true,
        };
        wanted && self.buffer.is_empty()
    }

    async fn send(
        &mut self,
        answer: &Answer,
        form: Form,
        stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<(), SendError> {
        match answer.manner {
            Manner::Reset => return Ok(()),
            Manner::Silent(time) => {
                self.silence(time, stop).await;
                return Ok(());
            }
            Manner::AtOnce | Manner::Slowly(_) | Manner::Cut | Manner::Length(_) => {}
        }
        let patience = self.service.limits.answer_time;
        self.out.clear();
        let with_body = match write_head(&mut self.out, answer, form) {
            Ok(with_body) => with_body,
            Err(error) => {
                self.out.clear();
                let apology = Answer::text(500, "the answer could not be sent\n");
                let form = Form { close: true, ..form };
                if write_head(&mut self.out, &apology, form) == Ok(true) {
                    self.out.extend_from_slice(&apology.body);
                }
                // The caller hears of the first failure; whether the client heard of it changes nothing.
                let _ = write_all(&mut self.stream, &mut self.alarm, &self.out, patience).await;
                return Err(error.into());
            }
        };
        let body: &[u8] = match answer.manner {
            _ if !with_body => b"",
            Manner::Cut => &answer.body[..answer.body.len() / 2],
            _ => &answer.body,
        };
        if let Manner::Slowly(over) = answer.manner {
            return self.send_slowly(body, over).await;
        }
        if body.len() <= COPIED_BODY {
            self.out.extend_from_slice(body);
            return write_all(&mut self.stream, &mut self.alarm, &self.out, patience).await;
        }
        write_all(&mut self.stream, &mut self.alarm, &self.out, patience).await?;
        write_all(&mut self.stream, &mut self.alarm, body, patience).await
    }

    async fn send_slowly(&mut self, body: &[u8], over: Duration) -> Result<(), SendError> {
        let patience = self.service.limits.answer_time;
        write_all(&mut self.stream, &mut self.alarm, &self.out, patience).await?;
        let most = usize::try_from(over.as_millis() / SLOW_STEP.as_millis()).unwrap_or(usize::MAX);
        let pieces = u32::try_from(body.len().min(most.max(1))).unwrap_or(u32::MAX).max(1);
        let size = body.len().div_ceil(pieces as usize).max(1);
        for piece in body.chunks(size) {
            sleep(over / pieces).await;
            write_all(&mut self.stream, &mut self.alarm, piece, patience).await?;
        }
        Ok(())
    }

    /// Says nothing for a while: until it is over, or the client goes, or the server stops. What the client sends meanwhile
    /// is kept, up to what a buffer may hold.
    async fn silence(&mut self, time: Duration, mut stop: Pin<&mut impl Future<Output = ()>>) -> Silence {
        // Once `stop` was ready it must not be asked again.
        if time.is_zero() || self.service.is_stopping() {
            return Silence::Over;
        }
        let deadline = Instant::now() + time;
        loop {
            let may_read = self.buffer.len() < MOST_KEPT;
            if may_read {
                self.make_room();
            }
            let mut read = pin!(self.stream.read_buf(&mut self.buffer));
            let read = poll_fn(|cx| {
                if may_read && let Poll::Ready(read) = read.as_mut().poll(cx) {
                    return Poll::Ready(Some(read));
                }
                if stop.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(None);
                }
                self.alarm.poll_passed(cx, deadline).map(|()| None)
            });
            match read.await {
                None => return Silence::Over,
                Some(Ok(0) | Err(_)) => return Silence::Gone,
                Some(Ok(_)) => {}
            }
        }
    }

    /// Says why, once, and ends the connection.
    async fn refuse(&mut self, reason: RefusalReason, head: Bytes, head_only: bool) -> End {
        self.tally.refused += 1;
        let mut status = reason.status();
        if let Some(status_to_send) = status {
            self.out.clear();
            write_refusal(&mut self.out, status_to_send, &reason, head_only);
            let patience = self.service.limits.answer_time;
            if write_all(&mut self.stream, &mut self.alarm, &self.out, patience).await.is_err() {
                status = None;
            }
        }
        let refusal = Refusal { peer: self.peer, local: self.local, status, reason, head };
        let keeping = AssertUnwindSafe(async { self.service.handler.keep(&refusal).await });
        if !keeping.catch_unwind().await.unwrap_or(false) {
            self.service.refused(refusal);
        }
        if status.is_some() { End::Linger } else { End::Silent }
    }

    fn make_room(&mut self) {
        if self.buffer.capacity() == 0 {
            self.buffer.reserve(BUFFER);
        } else if self.buffer.capacity() - self.buffer.len() < LEAST_READ {
            // Half of it, so that what is left over can move to the front instead of into a new buffer.
            self.buffer.reserve(BUFFER / 2);
        }
    }
}

/// How a silence ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Silence {
    /// The time is over, or the server stops.
    Over,
    /// The client has gone.
    Gone,
}

/// What a wait between requests brought.
enum Waited {
    Bytes,
    Late,
    Over,
}
