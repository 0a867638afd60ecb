//! A connection from its opening to its end, and the requests that it carries, one after the other or side by side.

use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::{JoinSet, spawn_local};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::Thread;
use super::http1::Http1;
use super::http2::Http2;
use super::link::Link;
use crate::load::assignment::{PAUSE, Waiting};
use crate::model::FailureKind;

/// What carries one request at a time.
pub(super) enum Carrier {
    /// A connection of its own.
    Http1(Box<Http1>),
    /// A place on a connection that others share.
    Http2(Http2),
}

/// Whether more requests can go the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// They can.
    Here,
    /// The connection is at its end.
    Elsewhere,
}

/// Open loop: sends a start over a connection that is idle, or as soon as there is one.
pub(super) fn start(thread: &Rc<Thread>, start: Waiting) {
    thread.queue.push(start);
    serve(thread);
}

/// Sees to it that somebody comes for what waits.
fn serve(thread: &Rc<Thread>) {
    let streams = thread.wire.streams();
    if thread.queue.needs_another(streams) {
        let thread = thread.clone();
        spawn_local(async move {
            let link = open(&thread).await;
            match link {
                Err(kind) => thread.queue.opened(streams, Err(kind)),
                Ok(link) => {
                    thread.queue.opened(streams, Ok(()));
                    carry(&thread, link, streams).await;
                }
            }
            serve(&thread);
        });
    }
}

/// Closed loop: keeps a connection open, and that many requests in flight on it, while there are any to be sent.
pub(super) async fn keep_open(thread: Rc<Thread>, streams: usize) {
    let mut pause = PAUSE.0;
    while thread.queue.has_more() {
        match open(&thread).await {
            Ok(link) => {
                thread.queue.connected();
                pause = PAUSE.0;
                carry(&thread, link, streams).await;
            }
            Err(kind) => {
                if !thread.queue.fail_one(kind) {
                    return;
                }
                sleep(Duration::from_nanos(pause)).await;
                pause = (pause * 2).min(PAUSE.1);
            }
        }
    }
}

async fn open(thread: &Rc<Thread>) -> Result<Link, FailureKind> {
    let (address, limit) = thread.queue.target();
    let opening = thread.wire.connect(address, thread.queue.bytes());
    timeout(limit, opening).await.map_err(|_| FailureKind::ConnectTimeout)?.map_err(|broken| broken.kind)
}

/// Carries requests until the connection ends, or nothing is left to be sent.
async fn carry(thread: &Rc<Thread>, link: Link, streams: usize) {
    match link {
        Link::Http1(stream) => carry_on(thread, Carrier::Http1(Box::new(Http1::over(stream)))).await,
        Link::Http2(shared) => {
            let mut places = JoinSet::new();
            for _ in 0..streams {
                let (thread, place) = (thread.clone(), Carrier::Http2(shared.clone()));
                places.spawn_local(async move { carry_on(&thread, place).await });
            }
            while places.join_next().await.is_some() {}
        }
    }
}

/// One request after the other.
async fn carry_on(thread: &Rc<Thread>, mut carrier: Carrier) {
    let queue = &thread.queue;
    let (_, limit) = queue.target();
    let caller = Rc::new(Notify::new());
    loop {
        if let Carrier::Http2(place) = &mut carrier
            && place.next().await == Next::Elsewhere
        {
            return serve(thread);
        }
        let Some(start) = queue.take() else {
            if !queue.is_open() {
                return;
            }
            queue.wait(&caller);
            tokio::select! {
                biased;
                () = caller.notified() => queue.came(),
                () = carrier.closed() => {
                    queue.gone(&caller);
                    return serve(thread);
                }
            }
            continue;
        };
        let (sent, answer, next) = match &mut carrier {
            Carrier::Http1(connection) => {
                let ((), sent) = queue.make(start, |bytes| connection.take(bytes));
                match timeout_at(Instant::now() + limit, connection.exchange()).await {
                    Ok(Ok((status, next))) => (sent, Ok(status), next),
                    Ok(Err((kind, next))) => (sent, Err(kind), next),
                    Err(_) => (sent, Err(FailureKind::ResponseTimeout), Next::Elsewhere),
                }
            }
            Carrier::Http2(place) => {
                let (request, sent) = queue.make(start, |bytes| thread.fields.borrow_mut().request(bytes));
                let answer = timeout_at(Instant::now() + limit, place.exchange(request)).await;
                // When time is up, only the stream is given up.
                (sent, answer.unwrap_or(Err(FailureKind::ResponseTimeout)), Next::Here)
            }
        };
        queue.end(&sent, answer);
        if next == Next::Elsewhere {
            return serve(thread);
        }
    }
}

impl Carrier {
    /// Waits until the receiver closes the connection, or says something that nobody asked for.
    async fn closed(&mut self) {
        match self {
            Self::Http1(connection) => connection.closed().await,
            Self::Http2(place) => place.closed().await,
        }
    }
}
