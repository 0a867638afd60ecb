//! Which start goes over which connection: those that are due and wait, connections that wait for one, what is in flight.
//!
//! All of it belongs to one thread and is borrowed for a moment at a time, never while something is awaited.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::clock;
use crate::load::assignment::{Assignment, CONNECTING, Pace, Waiting};
use crate::load::plan::Ticket;
use crate::load::recorder::Outcome;
use crate::model::FailureKind;

/// A request that was started: what its end is recorded by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent {
    ticket: Ticket,
    intended: u64,
    at: u64,
}

/// What of a thread changes while it runs.
pub(super) struct Queue {
    inner: RefCell<Inner>,
    /// Bytes to and from the receiver that have not been recorded.
    bytes: Rc<Bytes>,
    emptied: Notify,
}

/// Bytes on the wire.
#[derive(Debug, Default)]
pub(super) struct Bytes {
    pub(super) sent: Cell<usize>,
    pub(super) received: Cell<usize>,
}

struct Inner {
    assignment: Assignment,
    waiting: VecDeque<Waiting>,
    /// Connections that wait for a start, the last used one on top.
    idle: Vec<Rc<Notify>>,
    /// Of those, the ones that were called and have not come yet.
    called: usize,
    /// Starts that connections can take which are being opened.
    opening: usize,
    in_flight: usize,
}

impl Queue {
    pub(super) fn new(assignment: Assignment) -> Self {
        let inner =
            Inner { assignment, waiting: VecDeque::new(), idle: Vec::new(), called: 0, opening: 0, in_flight: 0 };
        Self { inner: RefCell::new(inner), bytes: Rc::default(), emptied: Notify::new() }
    }

    /// Tells that the thread is done.
    pub(super) fn finish(self, outcome: io::Result<()>) {
        let mut inner = self.inner.into_inner();
        let now = inner.assignment.now();
        inner.assignment.recorder.tick(now, inner.in_flight);
        inner.assignment.recorder.finish(outcome);
    }

    /// Where bytes are counted.
    pub(super) fn bytes(&self) -> Rc<Bytes> {
        self.bytes.clone()
    }

    /// The address and the time limit.
    pub(super) fn target(&self) -> (std::net::SocketAddr, Duration) {
        let inner = self.inner.borrow();
        (inner.assignment.address, inner.assignment.timeout)
    }

    /// Closed loop: how many requests are in flight at once.
    pub(super) fn connections(&self) -> Option<usize> {
        match &self.inner.borrow().assignment.pace {
            Pace::Closed { connections, .. } => Some(*connections),
            Pace::Open { .. } => None,
        }
    }

    /// What is to be done now and then: counts handed over, starts ended that have waited too long.
    pub(super) fn tick(&self, blocked: u64) {
        let inner = &mut *self.inner.borrow_mut();
        let now = inner.assignment.now();
        let limit = u64::try_from(inner.assignment.timeout.as_nanos()).unwrap_or(u64::MAX);
        while inner.waiting.front().is_some_and(|start| now >= start.intended.saturating_add(limit)) {
            inner.fail_first(FailureKind::ConnectTimeout);
        }
        let recorder = &mut inner.assignment.recorder;
        recorder.blocked(blocked);
        recorder.sent(self.bytes.sent.take());
        recorder.received(self.bytes.received.take());
        recorder.tick(now, inner.in_flight);
    }

    /// Takes the next start if it is due by now: `Some(None)` if it has to be dropped.
    #[expect(clippy::option_option, reason = "whether one is due, and whether it happens")]
    pub(super) fn take_due(&self) -> Option<Option<Waiting>> {
        let inner = &mut *self.inner.borrow_mut();
        let now = inner.assignment.now();
        if !inner.assignment.control.is_running() {
            return None;
        }
        let Pace::Open { lane, most } = &mut inner.assignment.pace else { return None };
        let due = lane.due().filter(|due| *due <= now)?;
        let number = lane.take();
        let happens = inner.in_flight < *most;
        inner.assignment.recorder.start(due, now, happens);
        inner.in_flight += usize::from(happens);
        Some(happens.then_some(Waiting { number, intended: due }))
    }

    /// Whether more requests are to be started.
    pub(super) fn has_more(&self) -> bool {
        let inner = self.inner.borrow();
        match &inner.assignment.pace {
            Pace::Open { lane, .. } => inner.assignment.control.is_running() && lane.due().is_some(),
            Pace::Closed { .. } => inner.assignment.has_more(inner.assignment.now()),
        }
    }

    /// How long until the next start is due.
    pub(super) fn due(&self) -> Option<Duration> {
        let inner = self.inner.borrow();
        let Pace::Open { lane, .. } = &inner.assignment.pace else { return None };
        lane.due().map(|due| Duration::from_nanos(due.saturating_sub(inner.assignment.now())))
    }

    /// Whether nothing is in flight.
    pub(super) fn is_empty(&self) -> bool {
        self.inner.borrow().in_flight == 0
    }

    /// Waits until nothing is in flight.
    pub(super) async fn emptied(&self) {
        self.emptied.notified().await;
    }

    /// Whether the run was given up.
    pub(super) fn is_abandoned(&self) -> bool {
        self.inner.borrow().assignment.control.is_abandoned()
    }

    /// A start waits for a connection.
    pub(super) fn push(&self, start: Waiting) {
        self.inner.borrow_mut().waiting.push_back(start);
    }

    /// Calls a connection that is idle for a start that nobody was called for. `true`: a new one is to be opened instead,
    /// which can take so many starts.
    pub(super) fn needs_another(&self, streams: usize) -> bool {
        let inner = &mut *self.inner.borrow_mut();
        let served = inner.called + inner.opening;
        if inner.waiting.len() <= served {
            return false;
        }
        if let Some(idle) = inner.idle.pop() {
            inner.called += 1;
            idle.notify_one();
            return false;
        }
        if inner.opening >= CONNECTING {
            return false;
        }
        inner.opening += streams;
        true
    }

    /// A connection for so many starts is open, or could not be opened: then those fail that counted on it.
    pub(super) fn opened(&self, streams: usize, opened: Result<(), FailureKind>) {
        let inner = &mut *self.inner.borrow_mut();
        inner.opening = inner.opening.saturating_sub(streams);
        match opened {
            Ok(()) => inner.assignment.recorder.connected(),
            Err(kind) => {
                while inner.waiting.len() > inner.called + inner.opening {
                    inner.fail_first(kind);
                }
            }
        }
        self.tell(inner);
    }

    /// Closed loop: a connection is open.
    pub(super) fn connected(&self) {
        self.inner.borrow_mut().assignment.recorder.connected();
    }

    /// Closed loop: a request fails for want of a connection; `false` if none was to be made any more.
    pub(super) fn fail_one(&self, kind: FailureKind) -> bool {
        let inner = &mut *self.inner.borrow_mut();
        let now = inner.assignment.now();
        let Some(number) = inner.assignment.next_number(now) else { return false };
        inner.assignment.recorder.start(now, now, true);
        inner.in_flight += 1;
        inner.fail(Waiting { number, intended: now }, kind);
        self.tell(inner);
        true
    }

    /// Takes a start for a connection, if there is one now: in a closed loop the next number.
    pub(super) fn take(&self) -> Option<Waiting> {
        let inner = &mut *self.inner.borrow_mut();
        match inner.assignment.pace {
            Pace::Open { .. } => inner.waiting.pop_front(),
            Pace::Closed { .. } => {
                let now = inner.assignment.now();
                let number = inner.assignment.next_number(now)?;
                inner.assignment.recorder.start(now, now, true);
                inner.in_flight += 1;
                Some(Waiting { number, intended: u64::MAX })
            }
        }
    }

    /// Whether connections wait for starts, or go when there is no more.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.inner.borrow().assignment.pace, Pace::Open { .. })
    }

    /// A connection has nothing to do: it will be called through this.
    pub(super) fn wait(&self, caller: &Rc<Notify>) {
        self.inner.borrow_mut().idle.push(caller.clone());
    }

    /// A connection that was called has come.
    pub(super) fn came(&self) {
        let inner = &mut *self.inner.borrow_mut();
        inner.called = inner.called.saturating_sub(1);
    }

    /// A connection that has waited is gone. If it was called meanwhile, somebody else has to come.
    pub(super) fn gone(&self, caller: &Rc<Notify>) {
        let inner = &mut *self.inner.borrow_mut();
        let before = inner.idle.len();
        inner.idle.retain(|one| !Rc::ptr_eq(one, caller));
        if inner.idle.len() == before {
            inner.called = inner.called.saturating_sub(1);
        }
    }

    /// Makes the request of a start; `write` takes its bytes.
    pub(super) fn make<T>(&self, start: Waiting, write: impl FnOnce(&[u8]) -> T) -> (T, Sent) {
        let inner = &mut *self.inner.borrow_mut();
        let (bytes, ticket) = inner.assignment.maker.make(start.number, clock::now());
        let written = write(bytes);
        let at = inner.assignment.now();
        (written, Sent { ticket, intended: start.intended.min(at), at })
    }

    /// A request has ended: with a status, or without.
    pub(super) fn end(&self, sent: &Sent, answer: Result<u16, FailureKind>) {
        let inner = &mut *self.inner.borrow_mut();
        let outcome = match answer {
            Err(kind) => Outcome::Failed(kind),
            Ok(status) => {
                let accepted = inner.assignment.maker.accepts(&sent.ticket, status);
                if accepted {
                    inner.assignment.maker.accepted(&sent.ticket);
                }
                Outcome::Answered { status, accepted }
            }
        };
        let now = inner.assignment.now();
        inner.assignment.recorder.end(&sent.ticket, outcome, sent.intended, sent.at, now);
        inner.in_flight -= 1;
        self.tell(inner);
    }

    fn tell(&self, inner: &Inner) {
        if inner.in_flight == 0 {
            self.emptied.notify_one();
        }
    }
}

impl Inner {
    fn fail_first(&mut self, kind: FailureKind) {
        if let Some(start) = self.waiting.pop_front() {
            self.fail(start, kind);
        }
    }

    fn fail(&mut self, start: Waiting, kind: FailureKind) {
        let (_, ticket) = self.assignment.maker.make(start.number, clock::now());
        let now = self.assignment.now();
        self.assignment.recorder.end(&ticket, Outcome::Failed(kind), start.intended, start.intended, now);
        self.in_flight -= 1;
    }
}
