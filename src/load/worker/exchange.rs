//! What happens on a connection: it is established, takes what was not written at once, brings an answer, or breaks.

use super::{BUFFER, Retry, Worker};
use crate::load::answer::Answer;
use crate::load::assignment::{CONNECTING, PAUSE, Pace};
use crate::load::connection::{Came, Connection, Doing};
use crate::load::recorder::Outcome;
use crate::model::FailureKind;

impl Worker {
    /// Something happened on a connection.
    pub(super) fn ready(&mut self, at: usize, readable: bool, writable: bool, closed: bool) {
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
    pub(super) fn broken(&mut self, at: usize, kind: Option<FailureKind>) {
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

    pub(super) fn close(&mut self, at: usize) {
        if let Some(connection) = self.connections[at].take() {
            connection.close(self.poll.registry());
            self.free.push(at);
        }
    }

    /// Ends what has run into the time limit.
    pub(super) fn end_overdue(&mut self, now: u64, limit: u64) {
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
