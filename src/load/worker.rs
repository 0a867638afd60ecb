//! One thread that sends: its connections, and the loop over what happens on them.
//!
//! Nothing is shared on the way of a request but the counter that gives closed-loop requests their numbers. A request is
//! written in one call from the template's bytes, an answer is read in one call into one buffer for all connections.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token};

use super::answer::Answer;
use super::connection::{Came, Connection, Doing, Flight, kind_of};
use super::control::Control;
use super::lanes::Lane;
use super::plan::Maker;
use super::recorder::{Outcome, Recorder};
use super::timer::Timer;
use crate::clock;
use crate::model::FailureKind;

/// What one read takes at most. Answers are short; a long one takes several reads.
const BUFFER: usize = 64 * 1024;
/// Events that one wait brings at most.
const EVENTS: usize = 1024;
/// The longest wait: how soon a time limit, the end of a second or a stop is noticed.
const LONGEST_WAIT: Duration = Duration::from_millis(50);
/// Connections that are being made at once. More would only fill the receiver's queue.
const CONNECTING: usize = 512;
/// The pause before a connection is tried again that could not be made, at first and at most.
const PAUSE: (u64, u64) = (1_000_000, 256_000_000);

/// The token of the timer.
const TIMER: Token = Token(usize::MAX);

/// How requests are started.
pub(super) enum Pace {
    /// One after the other on each connection.
    Closed {
        /// Gives the next number.
        counter: Arc<AtomicU64>,
        /// Numbers from here on are not sent.
        limit: u64,
        /// How many connections.
        connections: usize,
        /// When no more are started, in nanoseconds since the start.
        end: u64,
    },
    /// When they are due.
    Open {
        /// The starts of this thread.
        lane: Box<Lane>,
        /// Requests in flight beyond which starts are dropped.
        most: usize,
    },
}

/// What a thread is made of.
pub(super) struct Assignment {
    pub(super) address: SocketAddr,
    pub(super) timeout: Duration,
    pub(super) pace: Pace,
    pub(super) maker: Maker,
    pub(super) recorder: Recorder,
    pub(super) control: Arc<Control>,
    /// The instant that all times count from.
    pub(super) start: Instant,
    /// Which shard of how many gets the numbers of the closed loop.
    pub(super) shard: (u64, u64),
}

/// A start that waits for a connection.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    number: u64,
    intended: u64,
}

/// A connection's place, and when it may be tried again.
#[derive(Debug, Clone, Copy)]
struct Retry {
    at: u64,
    pause: u64,
}

/// A thread that sends.
pub(super) struct Worker {
    assignment: Assignment,
    poll: Poll,
    timer: Timer,
    armed: Option<u64>,
    connections: Vec<Option<Connection>>,
    free: Vec<usize>,
    /// Open loop: connections that wait for a request, the last used one on top.
    idle: Vec<usize>,
    waiting: VecDeque<Waiting>,
    connecting: usize,
    /// Closed loop: connections that are to be opened.
    retries: Vec<Retry>,
    in_flight: usize,
    buffer: Box<[u8]>,
}

impl Worker {
    /// Does the work of a thread.
    pub(super) fn run(assignment: Assignment) {
        let made = Poll::new().and_then(|poll| {
            let timer = Timer::new(poll.registry(), TIMER)?;
            Ok((poll, timer))
        });
        let (poll, timer) = match made {
            Ok(made) => made,
            Err(error) => return assignment.recorder.finish(Err(error)),
        };
        let mut worker = Self::new(assignment, poll, timer);
        let outcome = worker.work();
        let now = worker.now();
        worker.assignment.recorder.tick(now, worker.in_flight);
        worker.assignment.recorder.finish(outcome);
    }

    fn new(assignment: Assignment, poll: Poll, timer: Timer) -> Self {
        Self {
            assignment,
            poll,
            timer,
            armed: None,
            connections: Vec::new(),
            free: Vec::new(),
            idle: Vec::new(),
            waiting: VecDeque::new(),
            connecting: 0,
            retries: Vec::new(),
            in_flight: 0,
            buffer: vec![0; BUFFER].into_boxed_slice(),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.assignment.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn work(&mut self) -> io::Result<()> {
        if let Pace::Closed { connections, .. } = &self.assignment.pace {
            self.retries = vec![Retry { at: 0, pause: PAUSE.0 }; *connections];
        }
        let limit = u64::try_from(self.assignment.timeout.as_nanos()).unwrap_or(u64::MAX);
        // Time limits are noticed with a twentieth of delay at most.
        let look = (limit / 20).clamp(1_000_000, 100_000_000);
        let mut looked = 0;
        let mut events = Events::with_capacity(EVENTS);
        loop {
            let running = self.assignment.control.is_running();
            let more = if running { self.start_due()? } else { false };
            let now = self.now();
            if now >= looked + look {
                looked = now;
                self.end_overdue(now, limit);
            }
            self.assignment.recorder.tick(now, self.in_flight);
            if (!more && self.in_flight == 0) || self.assignment.control.is_abandoned() {
                return Ok(());
            }
            let wait = self.wait(now, Duration::from_nanos(look).min(LONGEST_WAIT))?;
            let before = self.now();
            match self.poll.poll(&mut events, Some(wait)) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                polled => polled?,
            }
            let after = self.now();
            self.assignment.recorder.blocked(after - before);
            for event in &events {
                if event.token() == TIMER {
                    self.armed = None;
                } else {
                    self.ready(event.token().0, event.is_readable(), event.is_writable(), event.is_read_closed());
                }
            }
        }
    }

    /// Sets the timer for the next start; how long the loop may wait at most.
    fn wait(&mut self, now: u64, longest: Duration) -> io::Result<Duration> {
        let due = match &self.assignment.pace {
            Pace::Open { lane, .. } => lane.due(),
            Pace::Closed { .. } => self.retries.iter().map(|retry| retry.at).min(),
        };
        let Some(due) = due else { return Ok(longest) };
        let until = Duration::from_nanos(due.saturating_sub(now));
        if until >= longest {
            return Ok(longest);
        }
        if self.armed != Some(due) {
            self.armed = Some(due);
            self.timer.arm(until)?;
        }
        Ok(Timer::wait(until, longest))
    }

    /// Starts what is due by now; whether there is more to come.
    fn start_due(&mut self) -> io::Result<bool> {
        match &mut self.assignment.pace {
            Pace::Closed { limit, end, counter, .. } => {
                let (limit, end) = (*limit, *end);
                let used_up =
                    self.assignment.shard.1 * counter.load(Ordering::Relaxed) + self.assignment.shard.0 >= limit;
                let now = self.now();
                if used_up || now >= end {
                    return Ok(false);
                }
                while let Some(at) = self.retries.iter().position(|retry| retry.at <= now) {
                    let retry = self.retries.swap_remove(at);
                    self.open(retry.pause, now);
                }
                Ok(true)
            }
            Pace::Open { .. } => loop {
                let now = self.now();
                let Pace::Open { lane, most } = &mut self.assignment.pace else { return Ok(false) };
                let Some(due) = lane.due() else { return Ok(false) };
                if due > now {
                    return Ok(true);
                }
                let (number, most) = (lane.take(), *most);
                let happens = self.in_flight < most;
                self.assignment.recorder.start(due, now, happens);
                if happens {
                    self.start(Waiting { number, intended: due }, now);
                }
            },
        }
    }

    /// Sends over a connection that is idle, or as soon as there is one.
    fn start(&mut self, start: Waiting, now: u64) {
        self.in_flight += 1;
        while let Some(at) = self.idle.pop() {
            if matches!(&self.connections[at], Some(Connection { doing: Doing::Idle, .. })) {
                self.send(at, start);
                return;
            }
        }
        self.waiting.push_back(start);
        if self.connecting < self.waiting.len().min(CONNECTING) {
            self.open(PAUSE.0, now);
        }
    }

    /// Begins to open a connection.
    fn open(&mut self, pause: u64, now: u64) {
        let at = self.free.pop().unwrap_or_else(|| {
            self.connections.push(None);
            self.connections.len() - 1
        });
        match Connection::open(self.assignment.address, self.poll.registry(), Token(at), now, pause) {
            Ok(connection) => {
                self.connections[at] = Some(connection);
                self.connecting += 1;
            }
            Err(error) => {
                self.free.push(at);
                self.could_not_connect(kind_of(&error, true), pause, now);
            }
        }
    }

    /// A connection could not be made: a request that needed it has failed.
    fn could_not_connect(&mut self, kind: FailureKind, pause: u64, now: u64) {
        match &self.assignment.pace {
            Pace::Open { .. } => {
                if let Some(start) = self.waiting.pop_front() {
                    self.fail_waiting(start, kind, now);
                }
            }
            Pace::Closed { .. } => {
                if let Some(number) = self.next_number(now) {
                    self.in_flight += 1;
                    self.assignment.recorder.start(now, now, true);
                    self.fail_waiting(Waiting { number, intended: now }, kind, now);
                }
                self.retries.push(Retry { at: now + pause, pause: (pause * 2).min(PAUSE.1) });
            }
        }
    }

    /// Counts a request that never got a connection.
    fn fail_waiting(&mut self, start: Waiting, kind: FailureKind, now: u64) {
        let (_, ticket) = self.assignment.maker.make(start.number, clock::now());
        self.assignment.recorder.end(&ticket, Outcome::Failed(kind), start.intended, start.intended, now);
        self.in_flight -= 1;
    }

    /// Closed loop: the number of the next request, if there is one.
    fn next_number(&self, now: u64) -> Option<u64> {
        let Pace::Closed { counter, limit, end, .. } = &self.assignment.pace else { return None };
        if now >= *end || !self.assignment.control.is_running() {
            return None;
        }
        let (shard, shards) = self.assignment.shard;
        let number = counter.fetch_add(1, Ordering::Relaxed) * shards + shard;
        (number < *limit).then_some(number)
    }

    /// A connection can take a request.
    fn available(&mut self, at: usize, now: u64) {
        match &self.assignment.pace {
            Pace::Closed { .. } => match self.next_number(now) {
                Some(number) => {
                    self.in_flight += 1;
                    self.assignment.recorder.start(now, now, true);
                    self.send(at, Waiting { number, intended: u64::MAX });
                }
                None => self.close(at),
            },
            Pace::Open { .. } => match self.waiting.pop_front() {
                Some(start) => self.send(at, start),
                None => self.idle.push(at),
            },
        }
    }

    /// Writes a request. `intended` of the closed loop is the moment of sending.
    fn send(&mut self, at: usize, start: Waiting) {
        let Some(connection) = &mut self.connections[at] else { return };
        let (bytes, ticket) = self.assignment.maker.make(start.number, clock::now());
        let sent = u64::try_from(self.assignment.start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        connection.doing = Doing::Busy(Flight { ticket, intended: start.intended.min(sent), sent });
        let length = bytes.len();
        let written = connection.write(bytes);
        self.assignment.recorder.sent(length);
        if let Err(kind) = written {
            self.broken(at, Some(kind));
        }
    }

    /// Something happened on a connection.
    fn ready(&mut self, at: usize, readable: bool, writable: bool, closed: bool) {
        let Some(connection) = self.connections.get_mut(at).and_then(Option::as_mut) else { return };
        if let Doing::Connecting { pause, .. } = connection.doing {
            match connection.established() {
                Ok(false) => return,
                Ok(true) => {
                    connection.doing = Doing::Idle;
                    self.connecting -= 1;
                    self.assignment.recorder.connected();
                    let now = self.now();
                    self.available(at, now);
                }
                Err(kind) => {
                    let now = self.now();
                    self.give_up(at);
                    self.could_not_connect(kind, pause, now);
                    return;
                }
            }
        } else if writable
            && !connection.is_written()
            && let Err(kind) = connection.write_rest()
        {
            return self.broken(at, Some(kind));
        }
        if readable || closed {
            self.read(at, closed);
        }
    }

    /// Reads what has come, and ends the request if that is its answer.
    fn read(&mut self, at: usize, closed: bool) {
        loop {
            let Some(connection) = &mut self.connections[at] else { return };
            if matches!(connection.doing, Doing::Connecting { .. }) {
                return;
            }
            match connection.read(&mut self.buffer) {
                Came::Nothing => return,
                Came::End(kind) => return self.broken(at, kind),
                Came::Bytes(count) => {
                    self.assignment.recorder.received(count);
                    if !matches!(connection.doing, Doing::Busy(_)) {
                        // Words out of turn: whatever they mean, the next answer could not be told from them.
                        return self.close_idle(at);
                    }
                    match connection.reader.feed(&self.buffer[..count]) {
                        Err(_) => return self.end(at, Outcome::Failed(FailureKind::BadAnswer), false),
                        Ok(Some((answer, more))) => {
                            // Before the whole request was written, an answer is final all the same; the rest is not sent.
                            let reusable = answer.keep_alive && !more && !closed && connection.is_written();
                            return self.answered(at, answer, reusable);
                        }
                        // A read that did not fill the buffer has emptied the socket: the next edge will tell.
                        Ok(None) if count < BUFFER && !closed => return,
                        Ok(None) => {}
                    }
                }
            }
        }
    }

    /// The connection has ended, with or without an error.
    fn broken(&mut self, at: usize, kind: Option<FailureKind>) {
        let Some(connection) = &mut self.connections[at] else { return };
        match connection.doing {
            Doing::Busy(_) => {
                if let Some(answer) = connection.reader.close() {
                    return self.answered(at, answer, false);
                }
                // A receiver may refuse early and close: its answer says more than the broken pipe.
                if kind.is_some()
                    && let Came::Bytes(count) = connection.read(&mut self.buffer)
                {
                    self.assignment.recorder.received(count);
                    let fed = connection.reader.feed(&self.buffer[..count]);
                    if let Ok(Some((answer, _))) = fed {
                        return self.answered(at, answer, false);
                    }
                }
                self.end(at, Outcome::Failed(kind.unwrap_or(FailureKind::Reset)), false);
            }
            _ => self.close_idle(at),
        }
    }

    fn answered(&mut self, at: usize, answer: Answer, reusable: bool) {
        let Some(Connection { doing: Doing::Busy(flight), .. }) = &self.connections[at] else { return };
        let accepted = self.assignment.maker.accepts(&flight.ticket, answer.status);
        if accepted {
            let ticket = flight.ticket;
            self.assignment.maker.accepted(&ticket);
        }
        self.end(at, Outcome::Answered { status: answer.status, accepted }, reusable);
    }

    /// A request has ended.
    fn end(&mut self, at: usize, outcome: Outcome, reusable: bool) {
        let now = self.now();
        let Some(connection) = &mut self.connections[at] else { return };
        if let Doing::Busy(flight) = std::mem::replace(&mut connection.doing, Doing::Idle) {
            self.assignment.recorder.end(&flight.ticket, outcome, flight.intended, flight.sent, now);
            self.in_flight -= 1;
        }
        if reusable {
            self.available(at, now);
        } else {
            self.close_idle(at);
        }
    }

    /// Closes a connection, and opens another one where the loop wants as many as before.
    fn close_idle(&mut self, at: usize) {
        self.close(at);
        let now = self.now();
        match &self.assignment.pace {
            Pace::Closed { .. } => self.retries.push(Retry { at: now, pause: PAUSE.0 }),
            Pace::Open { .. } => {
                if self.connecting < self.waiting.len().min(CONNECTING) {
                    self.open(PAUSE.0, now);
                }
            }
        }
    }

    fn give_up(&mut self, at: usize) {
        self.connecting -= 1;
        self.close(at);
    }

    fn close(&mut self, at: usize) {
        if let Some(connection) = self.connections[at].take() {
            connection.close(self.poll.registry());
            self.free.push(at);
        }
    }

    /// Ends what has run into the time limit.
    fn end_overdue(&mut self, now: u64, limit: u64) {
        for at in 0..self.connections.len() {
            let Some(connection) = &self.connections[at] else { continue };
            match connection.doing {
                Doing::Busy(flight) if now >= flight.sent.saturating_add(limit) => {
                    self.end(at, Outcome::Failed(FailureKind::ResponseTimeout), false);
                }
                Doing::Connecting { since, .. } if now >= since.saturating_add(limit) => {
                    self.give_up(at);
                    self.could_not_connect(FailureKind::ConnectTimeout, PAUSE.0, now);
                }
                _ => {}
            }
        }
        while self.waiting.front().is_some_and(|start| now >= start.intended.saturating_add(limit)) {
            if let Some(start) = self.waiting.pop_front() {
                self.fail_waiting(start, FailureKind::ConnectTimeout, now);
            }
        }
    }
}
