//! HTTP/2: requests as streams that share a connection.

use std::cell::Cell;
use std::rc::Rc;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::TokioIo;
use tokio::sync::Notify;
use tokio::task::spawn_local;

use super::carrier::Next;
use super::link::Stream;
use crate::model::FailureKind;

/// What a request carries.
pub(super) type Body = Full<Bytes>;

/// A place on a connection.
#[derive(Clone)]
pub(super) struct Http2 {
    sender: SendRequest<Body>,
    ended: Rc<Ended>,
}

/// Whether the connection has ended.
#[derive(Default)]
struct Ended {
    is: Cell<bool>,
    told: Notify,
}

/// Runs the parts of a connection on the thread that they belong to.
#[derive(Clone, Copy)]
struct Here;

impl<F: Future + 'static> hyper::rt::Executor<F> for Here {
    fn execute(&self, task: F) {
        spawn_local(async {
            task.await;
        });
    }
}

impl Http2 {
    /// Begins to speak HTTP/2.
    pub(super) async fn over(stream: Stream) -> Result<Self, FailureKind> {
        let begun = hyper::client::conn::http2::handshake(Here, TokioIo::new(stream)).await;
        let (sender, connection) = begun.map_err(|error| kind_of(&error))?;
        let ended = Rc::new(Ended::default());
        let theirs = ended.clone();
        spawn_local(async move {
            // Why it has ended is told by the requests that were on it.
            let _ = connection.await;
            theirs.is.set(true);
            theirs.told.notify_waiters();
        });
        Ok(Self { sender, ended })
    }

    /// Sends a request and waits for the end of its answer.
    pub(super) async fn exchange(
        &mut self,
        request: Option<Request<Body>>,
    ) -> Result<(u16, Next), (FailureKind, Next)> {
        let Some(request) = request else { return Err((FailureKind::Network, Next::Here)) };
        let failed =
            |error: &hyper::Error, ended: bool| Err((kind_of(error), if ended { Next::Elsewhere } else { Next::Here }));
        let answer = match self.sender.send_request(request).await {
            Ok(answer) => answer,
            Err(error) => return failed(&error, self.is_over()),
        };
        let status = answer.status().as_u16();
        let mut body = answer.into_body();
        while let Some(frame) = body.frame().await {
            if let Err(error) = frame {
                return failed(&error, self.is_over());
            }
        }
        Ok((status, if self.is_over() { Next::Elsewhere } else { Next::Here }))
    }

    fn is_over(&self) -> bool {
        self.ended.is.get() || self.sender.is_closed()
    }

    /// Waits until the connection has ended.
    pub(super) async fn closed(&self) {
        let told = self.ended.told.notified();
        if !self.is_over() {
            told.await;
        }
    }
}

/// Why there was no answer.
pub(super) fn kind_of(error: &hyper::Error) -> FailureKind {
    if error.is_parse() || error.is_parse_status() || error.is_user() {
        FailureKind::BadAnswer
    } else {
        FailureKind::Reset
    }
}
