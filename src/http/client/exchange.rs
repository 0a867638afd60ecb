//! One request and its answer on a connection, and whether the connection is good for another.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead as _, AsyncReadExt as _, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;

use super::connect::kind_of_io;
use super::pool::LONGEST_IDLE;
use super::stream::Stream;
use super::{ANSWER_LIMIT, Answers};
use crate::http::alarm::Alarm;
use crate::http::body::{BodyError, BodyLimits, BodySource};
use crate::http::head::{Framing, HeadLimits, HeadScan, ResponseHead, Scan, parse_response};
use crate::model::{FailureKind, Request, Response};

/// A small body travels with the head, in one packet; a larger one is not copied.
const COPIED_BODY: usize = 16 * 1024;

/// The least that a server that says how long it waits must wait for its connection to be used again: of what it says,
/// this much is lost on the way.
const KEEP_ALIVE_MARGIN: Duration = Duration::from_secs(1);

/// A connection that carries requests, one after the other.
#[derive(Debug)]
pub(super) struct Connection {
    stream: Stream<TcpStream>,
    buffer: BytesMut,
    out: Vec<u8>,
    alarm: Alarm,
}

/// An answer, and what may be done with the connection.
#[derive(Debug)]
pub(super) struct Exchanged {
    pub(super) response: Response,
    /// For how long the connection may wait for its next request; `None`: it carries no other.
    pub(super) reusable_for: Option<Duration>,
}

/// Why there was no answer.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) kind: FailureKind,
    /// Not one byte of the request was taken.
    pub(super) unseen: bool,
}

impl From<FailureKind> for Fault {
    fn from(kind: FailureKind) -> Self {
        Self { kind, unseen: false }
    }
}

impl Connection {
    pub(super) fn over(stream: Stream<TcpStream>) -> Self {
        Self { stream, buffer: BytesMut::new(), out: Vec::new(), alarm: Alarm::new() }
    }

    /// Whether nothing has come and the peer has not closed: what comes between two answers is nobody's.
    pub(super) fn is_quiet(&mut self) -> bool {
        let mut byte = [0];
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        Pin::new(&mut self.stream).poll_read(&mut context, &mut ReadBuf::new(&mut byte)).is_pending()
    }

    /// Sends a request and reads its answer. After an error the connection is at no known place.
    pub(super) async fn exchange(
        &mut self,
        head: &[u8],
        request: &Request,
        answers: &Answers,
    ) -> Result<Exchanged, Fault> {
        let written = self.write(head, &request.body).await;
        if let Err((error, 0)) = &written {
            return Err(Fault { kind: kind_of_io(error), unseen: true });
        }
        // A receiver may refuse early and close: its answer says more than the broken pipe.
        match (self.answer(&request.method, answers).await, written) {
            (Ok(mut exchanged), written) => {
                if written.is_err() {
                    exchanged.reusable_for = None;
                }
                Ok(exchanged)
            }
            (Err(_), Err((error, _))) => Err(kind_of_io(&error).into()),
            (Err(kind), Ok(())) => Err(kind.into()),
        }
    }

    /// Writes a request; an error comes with the bytes that were taken before it.
    async fn write(&mut self, head: &[u8], body: &Bytes) -> Result<(), (io::Error, usize)> {
        if body.len() > COPIED_BODY {
            let taken = write_counted(&mut self.stream, head).await?;
            return write_counted(&mut self.stream, body)
                .await
                .map(|_| ())
                .map_err(|(error, more)| (error, taken + more));
        }
        self.out.clear();
        self.out.extend_from_slice(head);
        self.out.extend_from_slice(body);
        write_counted(&mut self.stream, &self.out).await.map(|_| ())
    }

    async fn answer(&mut self, method: &str, answers: &Answers) -> Result<Exchanged, FailureKind> {
        let head = loop {
            let head = self.head(method).await?;
            match head.status {
                // Nobody asked for another protocol.
                101 => return Err(FailureKind::BadAnswer),
                // Interim answers announce another one.
                100..200 => {}
                _ => break head,
            }
        };
        let body = self.body(head.framing, answers).await?;
        let cut = body.is_none();
        // What is behind the answer belongs to no request of ours.
        let reusable = head.keep_alive() && !cut && self.buffer.is_empty();
        Ok(Exchanged {
            reusable_for: reusable.then(|| idle_time(&head)).flatten(),
            response: Response {
                status: head.status,
                headers: head.headers,
                body: body.unwrap_or_else(|| self.buffer.split().freeze()),
            },
        })
    }

    /// The body; `None` if it is longer than is kept, and its beginning is in the buffer.
    async fn body(&mut self, framing: Framing, answers: &Answers) -> Result<Option<Bytes>, FailureKind> {
        let (bytes, budget) = match answers {
            Answers::Cut => (ANSWER_LIMIT, None),
            Answers::Whole { limit, budget } => (*limit, Some(budget)),
        };
        let mut lease = budget.map(|budget| budget.lease());
        // The time limit of the attempt is the caller's; no other counts.
        let limits = BodyLimits { bytes, grace: Duration::from_hours(24), rate: 0 };
        let mut source = BodySource {
            stream: &mut self.stream,
            buffer: &mut self.buffer,
            alarm: &mut self.alarm,
            lease: lease.as_mut(),
        };
        match source.read(framing, &limits).await {
            Ok(body) => Ok(Some(body)),
            // The status is known; of an endless answer the beginning is enough, unless it is to be passed on.
            Err(BodyError::TooLarge { .. }) if budget.is_none() => Ok(None),
            Err(BodyError::Io(error)) => Err(kind_of_io(&error)),
            Err(BodyError::Closed) => Err(FailureKind::Reset),
            Err(BodyError::TooLarge { .. } | BodyError::TooSlow | BodyError::NoRoom | BodyError::Chunk(_)) => {
                Err(FailureKind::BadAnswer)
            }
        }
    }

    async fn head(&mut self, method: &str) -> Result<ResponseHead, FailureKind> {
        let limits = HeadLimits::default();
        let mut scan = HeadScan::new();
        loop {
            match scan.advance(&self.buffer, &limits) {
                Scan::End(length) => {
                    let raw = self.buffer.split_to(length).freeze();
                    return parse_response(&raw, method, &limits).map_err(|_| FailureKind::BadAnswer);
                }
                Scan::More => {
                    let read = self.stream.read_buf(&mut self.buffer).await.map_err(|error| kind_of_io(&error))?;
                    if read == 0 {
                        return Err(FailureKind::Reset);
                    }
                }
                Scan::Bad(_) => return Err(FailureKind::BadAnswer),
            }
        }
    }
}

/// Writes everything; an error comes with the bytes that were taken before it.
async fn write_counted(stream: &mut Stream<TcpStream>, bytes: &[u8]) -> Result<usize, (io::Error, usize)> {
    let mut done = 0;
    while done < bytes.len() {
        match stream.write(&bytes[done..]).await {
            Ok(0) => return Err((io::ErrorKind::WriteZero.into(), done)),
            Ok(taken) => done += taken,
            Err(error) => return Err((error, done)),
        }
    }
    // With TLS something may still be waiting in the record layer; without it this does nothing.
    poll_fn(|cx| match stream {
        Stream::Plain(_) => Poll::Ready(Ok(())),
        Stream::Tls(stream) => tokio::io::AsyncWrite::poll_flush(Pin::new(stream), cx),
    })
    .await
    .map_err(|error| (error, done))?;
    Ok(done)
}

/// For how long the connection may wait: as long as we keep any, less if the server says that it waits less.
fn idle_time(head: &ResponseHead) -> Option<Duration> {
    let says = head.headers.text("keep-alive").and_then(|value| {
        let timeout = value.split(',').find_map(|part| part.trim().strip_prefix("timeout="))?;
        timeout.trim().parse().ok().map(Duration::from_secs)
    });
    match says {
        Some(time) => time.checked_sub(KEEP_ALIVE_MARGIN).filter(|time| !time.is_zero()),
        None => Some(LONGEST_IDLE),
    }
}
