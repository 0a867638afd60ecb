//! HTTP/2: requests as streams that share a connection.
//!
//! By the `h2` that is below hyper's client: the same HTTP/2, without a queue in front of the connection and a task for each
//! request, which cost as much as the request itself.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use bytes::Bytes;
use h2::client::{Builder, SendRequest};
use http::Request;
use tokio::sync::Notify;
use tokio::task::spawn_local;

use super::carrier::Next;
use super::link::Stream;
use crate::http::head::HeadLimits;
use crate::model::FailureKind;

/// How much of an answer may come before somebody reads it.
const WINDOW: u32 = 1 << 20;

/// A place on a connection.
#[derive(Clone)]
pub(super) struct Http2 {
    sender: SendRequest<Bytes>,
    ended: Rc<Ended>,
}

/// Whether the connection has ended.
#[derive(Default)]
struct Ended {
    is: Cell<bool>,
    told: Notify,
}

impl Http2 {
    /// Begins to speak HTTP/2.
    pub(super) async fn over(stream: Stream) -> Result<Self, FailureKind> {
        let begun = Builder::new()
            .enable_push(false)
            .initial_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .max_header_list_size(u32::try_from(HeadLimits::default().bytes).unwrap_or(u32::MAX))
            .handshake(stream)
            .await;
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
    pub(super) async fn exchange(&mut self, request: Option<(Request<()>, Bytes)>) -> Result<u16, FailureKind> {
        let (request, body) = request.ok_or(FailureKind::Network)?;
        self.status(request, body).await.map_err(|error| kind_of(&error))
    }

    async fn status(&mut self, request: Request<()>, body: Bytes) -> Result<u16, h2::Error> {
        poll_fn(|cx| self.sender.poll_ready(cx)).await?;
        let (answer, mut sending) = self.sender.send_request(request, body.is_empty())?;
        if !body.is_empty() {
            // It is sent as the receiver makes room for it. One that refuses it may have answered already.
            let _ = sending.send_data(body, true);
        }
        let answer = answer.await?;
        let status = answer.status().as_u16();
        let mut body = answer.into_body();
        while let Some(bytes) = body.data().await {
            let count = bytes?.len();
            body.flow_control().release_capacity(count)?;
        }
        body.trailers().await?;
        Ok(status)
    }

    /// Whether the connection takes another request: it may have ended, or the receiver has said that it will.
    pub(super) async fn next(&mut self) -> Next {
        let told = poll_fn(|cx| Poll::Ready(matches!(self.sender.poll_ready(cx), Poll::Ready(Err(_))))).await;
        if told || self.ended.is.get() { Next::Elsewhere } else { Next::Here }
    }

    /// Waits until the connection has ended.
    pub(super) async fn closed(&self) {
        let told = self.ended.told.notified();
        if !self.ended.is.get() {
            told.await;
        }
    }
}

/// Why there was no answer.
fn kind_of(error: &h2::Error) -> FailureKind {
    // Found out on this side: what came, or was to be sent, is not HTTP/2.
    let here = error.is_library() || (error.reason().is_none() && !error.is_io());
    if here { FailureKind::BadAnswer } else { FailureKind::Reset }
}
