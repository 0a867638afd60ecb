//! HTTP/1.1 over a stream: the bytes of the plan as they are, the answer by the strict reader.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead as _, AsyncReadExt as _, AsyncWrite as _, ReadBuf};

use super::carrier::Next;
use super::link::Stream;
use crate::load::answer::AnswerReader;
use crate::load::connection::kind_of;
use crate::model::FailureKind;

/// What one read takes at most.
const BUFFER: usize = 16 * 1024;

/// A connection that carries one request after the other.
pub(super) struct Http1 {
    stream: Stream,
    reader: AnswerReader,
    request: Vec<u8>,
    written: usize,
    flushed: bool,
    /// Writing has failed: an answer may have come all the same.
    broken: Option<FailureKind>,
    buffer: Box<[u8]>,
}

impl Http1 {
    pub(super) fn over(stream: Stream) -> Self {
        Self {
            stream,
            reader: AnswerReader::default(),
            request: Vec::new(),
            written: 0,
            flushed: true,
            broken: None,
            buffer: vec![0; BUFFER].into_boxed_slice(),
        }
    }

    /// Takes the bytes of the next request.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        self.request.clear();
        self.request.extend_from_slice(bytes);
        (self.written, self.flushed) = (0, false);
    }

    /// Sends the request that was taken and reads its answer.
    pub(super) async fn exchange(&mut self) -> Result<(u16, Next), (FailureKind, Next)> {
        let failed = |kind| Err((kind, Next::Elsewhere));
        loop {
            match poll_fn(|cx| self.poll_step(cx)).await {
                Ok(0) => {
                    return match (self.reader.close(), self.broken) {
                        (Some(answer), _) => Ok((answer.status, Next::Elsewhere)),
                        (None, broken) => failed(broken.unwrap_or(FailureKind::Reset)),
                    };
                }
                Ok(count) => match self.reader.feed(&self.buffer[..count]) {
                    Err(_) => return failed(FailureKind::BadAnswer),
                    Ok(None) => {}
                    Ok(Some((answer, more))) => {
                        // Before the whole request was written, an answer is final all the same; the rest is not sent.
                        let again = answer.keep_alive && !more && self.is_written();
                        return Ok((answer.status, if again { Next::Here } else { Next::Elsewhere }));
                    }
                },
                Err(error) => return failed(self.broken.unwrap_or_else(|| kind_of(&error, false))),
            }
        }
    }

    fn is_written(&self) -> bool {
        self.written == self.request.len() && self.flushed
    }

    /// Writes as much as there is room for, then reads; gives how many bytes came.
    fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        while self.broken.is_none() && !self.is_written() {
            let stream = Pin::new(&mut self.stream);
            let step = if self.written < self.request.len() {
                stream.poll_write(cx, &self.request[self.written..])
            } else {
                stream.poll_flush(cx).map_ok(|()| 0)
            };
            match step {
                Poll::Pending => break,
                Poll::Ready(Ok(0)) if self.written == self.request.len() => self.flushed = true,
                Poll::Ready(Ok(0)) => self.broken = Some(FailureKind::Reset),
                Poll::Ready(Ok(count)) => self.written += count,
                Poll::Ready(Err(error)) => self.broken = Some(kind_of(&error, false)),
            }
        }
        let mut buffer = ReadBuf::new(&mut self.buffer);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer))?;
        Poll::Ready(Ok(buffer.filled().len()))
    }

    /// Waits until the receiver closes the connection, or says something out of turn.
    pub(super) async fn closed(&mut self) {
        let _ = self.stream.read(&mut self.buffer).await;
    }
}
