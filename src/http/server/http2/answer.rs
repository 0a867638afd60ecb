//! From an answer to frames, broken ones included; and back to the handler with what became of it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

use super::Response;
use crate::http::server::answer::{Answer, Manner};
use crate::http::server::handler::{Handler, Outcome, SendError};
use crate::http::server::service::{Service, Ticketed};

/// Between two pieces of a slow body.
const SLOW_STEP: Duration = Duration::from_millis(100);

/// Gives a ticket back.
type Settle = Box<dyn FnOnce(Result<(), SendError>) + Send>;

/// The body of an answer. Once all of it is taken the ticket is given back; when it is dropped before, so.
pub(super) struct AnswerBody {
    rest: Bytes,
    /// How much goes at once, and how long to wait before.
    piece: usize,
    pause: Option<(Duration, Pin<Box<Sleep>>)>,
    /// Whether the stream is reset behind it.
    broken: bool,
    settle: Option<Settle>,
}

impl AnswerBody {
    /// The answer with its body.
    pub(super) fn answer<H: Handler>(
        answer: &Answer,
        head_only: bool,
        ticket: Option<Ticketed<Arc<Service<H>>, H>>,
    ) -> Response {
        let status = answer.status;
        let settle = ticket.map(|ticket| -> Settle {
            Box::new(move |sent| ticket.settle(Outcome { status, at: Instant::now(), sent }))
        });
        let mut body = Self { rest: Bytes::new(), piece: usize::MAX, pause: None, broken: false, settle };
        let Ok(mut response) = head(answer) else {
            if let Some(settle) = body.settle.take() {
                settle(Err(SendError::Io(io::ErrorKind::InvalidData.into())));
            }
            let mut apology = hyper::Response::new(body);
            *apology.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
            return apology;
        };
        if !head_only && !matches!(status, 204 | 304) {
            body.rest = answer.body.clone();
        }
        match answer.manner {
            Manner::AtOnce | Manner::Length(_) => {}
            Manner::Slowly(over) => {
                let most = usize::try_from(over.as_millis() / SLOW_STEP.as_millis()).unwrap_or(usize::MAX);
                let pieces = body.rest.len().min(most.max(1)).max(1);
                body.piece = body.rest.len().div_ceil(pieces).max(1);
                let step = over / u32::try_from(pieces).unwrap_or(u32::MAX);
                body.pause = Some((step, Box::pin(sleep(step))));
            }
            Manner::Cut => {
                body.rest.truncate(body.rest.len() / 2);
                body.broken = true;
            }
            Manner::Silent(_) | Manner::Reset => {
                body.rest.clear();
                body.broken = true;
            }
        }
        *response.body_mut() = Some(body);
        response.map(|body| body.expect("it was just put there"))
    }

    fn settle(&mut self, sent: Result<(), SendError>) {
        if let Some(settle) = self.settle.take() {
            settle(sent);
        }
    }
}

/// Status and fields, without those that HTTP/2 has no use for.
fn head(answer: &Answer) -> Result<hyper::Response<Option<AnswerBody>>, http::Error> {
    let mut response = hyper::Response::new(None);
    *response.status_mut() = http::StatusCode::from_u16(answer.status)?;
    let none = ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "content-length"];
    for header in &answer.headers {
        let name = HeaderName::from_bytes(header.name().as_bytes())?;
        if !none.contains(&name.as_str()) {
            response.headers_mut().append(name, HeaderValue::from_bytes(header.value())?);
        }
    }
    let length = match answer.manner {
        Manner::Length(said) => said,
        _ => answer.body.len() as u64,
    };
    if !matches!(answer.status, 204 | 304) {
        response.headers_mut().insert(CONTENT_LENGTH, length.into());
    }
    Ok(response)
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.rest.is_empty() {
            self.settle(Ok(()));
            // The stream is reset with this.
            return Poll::Ready(self.broken.then(|| Err(io::ErrorKind::ConnectionReset.into())));
        }
        if let Some((step, pause)) = &mut self.pause {
            ready!(pause.as_mut().poll(cx));
            pause.as_mut().reset(Instant::now() + *step);
        }
        let length = self.piece.min(self.rest.len());
        let piece = self.rest.split_to(length);
        if self.rest.is_empty() && !self.broken {
            self.settle(Ok(()));
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && !self.broken
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        let sent = if self.rest.is_empty() { Ok(()) } else { Err(SendError::CutOff) };
        self.settle(sent);
    }
}
