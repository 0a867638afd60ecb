//! One thread that sends: its connections, and the loop over what happens on them.
//!
//! Nothing is shared on the way of a request but the counter that gives closed-loop requests their numbers. A request is
//! written in one call from the template's bytes, an answer is read in one call into one buffer for all connections.
//!
//! ```text
//! mod.rs       the loop: what is due is started, over a connection that is idle or a new one
//! exchange.rs  what happens on a connection, until its request has ended
//! ```

mod exchange;

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use mio::{Events, Poll, Token};

use super::assignment::{Assignment, CONNECTING, LONGEST_WAIT, PAUSE, Pace, Waiting};
use super::connection::{Connection, Doing, Flight, kind_of};
use super::recorder::Outcome;
use super::timer::Timer;
use crate::clock;
use crate::model::FailureKind;

/// What one read takes at most. Answers are short; a long one takes several reads.
const BUFFER: usize = 64 * 1024;
/// Events that one wait brings at most.
const EVENTS: usize = 1024;
/// The token of the timer.
const TIMER: Token = Token(usize::MAX);

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
        self.assignment.now()
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
            Pace::Closed { .. } => {
                let now = self.now();
                if !self.assignment.has_more(now) {
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
                if let Some(number) = self.assignment.next_number(now) {
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

    /// A connection can take a request.
    fn available(&mut self, at: usize, now: u64) {
        match &self.assignment.pace {
            Pace::Closed { .. } => match self.assignment.next_number(now) {
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
}
