//! A delivery in the line that `listen` prints of it: whole where there is room, else without what matters least.

use super::clock_time;
use super::delivery::target;
use crate::model::quantity::{ByteSize, show_duration};
use crate::model::{NewAttempt, Summary, Verdict};
use crate::output::sanitize::clipped;
use crate::output::style;
use crate::output::table::{padded, width};
use crate::receive::notify::Told;

/// The parts of a line, safe to show.
#[derive(Debug, Clone)]
pub struct Line {
    time: Option<String>,
    number: String,
    provider: Option<String>,
    /// The event type, or method and path if nobody knows it.
    event: String,
    id: Option<String>,
    size: String,
    verdict: String,
    reason: Option<String>,
    repeats: Option<String>,
    status: String,
    /// Whose answer that was, and what the others said.
    from: String,
    /// Whether one target has answered, as each time, and there is no more to say of it.
    is_usual: bool,
    taken: String,
    note: Option<String>,
}

/// What of it is shown.
#[derive(Debug, Clone, Copy)]
struct Room {
    /// Columns of provider and event: most fit, and what is behind them lines up.
    what: usize,
    /// The longest id; 0: none.
    id: usize,
    size: bool,
    taken: bool,
    reason: bool,
    /// Whose answer it was, where that is as usual.
    usual: bool,
    /// The longest of what targets said.
    from: usize,
    /// The longest note; 0: none.
    note: usize,
}

/// Everything.
const WHOLE: Room =
    Room { what: 40, id: 40, size: true, taken: true, reason: true, usual: true, from: usize::MAX, note: 120 };

/// Less and less, until it fits. An id can be had from `events show`; what was wrong stays longest.
const LESS: [Room; 9] = [
    WHOLE,
    Room { id: 16, note: 60, ..WHOLE },
    Room { id: 0, note: 60, ..WHOLE },
    Room { id: 0, note: 60, usual: false, ..WHOLE },
    Room { id: 0, note: 40, usual: false, from: 60, what: 30, ..WHOLE },
    Room { id: 0, note: 40, usual: false, from: 45, what: 30, size: false, ..WHOLE },
    Room { id: 0, note: 24, usual: false, from: 35, what: 30, size: false, taken: false, ..WHOLE },
    Room { id: 0, note: 24, usual: false, from: 25, what: 24, size: false, taken: false, reason: false },
    Room { id: 0, note: 0, usual: false, from: 0, what: 0, size: false, taken: false, reason: false },
];

/// Of an event type, so much stays in a narrow window: beside the time, without it, and without the provider.
const SHORTEST_EVENT: [(usize, bool, bool); 3] = [(16, true, true), (16, false, true), (8, false, false)];

impl Line {
    /// The line of a delivery.
    pub fn of(told: &Told) -> Self {
        let Told { number, summary, duplicate_of, note, taken, forwards, .. } = told;
        Self {
            time: Some(style::dim(&clock_time(summary.received_at))),
            number: style::dim(&format!("{:<6}", format!("#{number}"))),
            provider: summary.provider.as_deref().map(|name| clipped(name, 24)),
            event: match (&summary.provider, &summary.event_type) {
                (Some(_), Some(event)) => clipped(event, 60),
                _ => target(summary),
            },
            id: summary.event_id.clone(),
            size: format!("{:#}", ByteSize(summary.bytes)),
            verdict: style::verdict(summary.verdict),
            reason: summary.reason.filter(|_| summary.verdict == Verdict::Invalid).map(|reason| format!(" ({reason})")),
            repeats: duplicate_of.map(|(original, _)| style::warn(&format!("duplicate of #{original}"))),
            status: summary.status.map_or_else(|| style::bad("no answer"), style::status),
            from: from(summary, forwards),
            is_usual: matches!(forwards.as_slice(), [one] if one.accepted),
            taken: style::dim(&show_duration(*taken)),
            note: note.clone(),
        }
    }

    /// All of it.
    pub fn whole(&self) -> String {
        self.within(WHOLE)
    }

    /// As much of it as fits into so many columns.
    pub fn fitted(&self, columns: usize) -> String {
        let fits = |line: &String| width(line) <= columns;
        if let Some(line) = LESS.iter().map(|room| self.within(*room)).find(fits) {
            return line;
        }
        let [.., least] = LESS;
        for (shortest, time, provider) in SHORTEST_EVENT {
            let (time, provider) = (self.time.clone().filter(|_| time), self.provider.clone().filter(|_| provider));
            let line = Self { time, provider, ..self.clone() };
            let excess = width(&line.within(least)).saturating_sub(columns);
            let left = self.event.chars().count().saturating_sub(excess).max(shortest);
            let line = Self { event: clipped(&self.event, left), ..line }.within(least);
            if fits(&line) {
                return line;
            }
        }
        console::truncate_str(&self.within(least), columns, "…").into_owned()
    }

    fn within(&self, room: Room) -> String {
        let mut line = String::with_capacity(160);
        let mut put = |part: &str| {
            line.push_str(if line.is_empty() { "" } else { "  " });
            line.push_str(part);
        };
        if let Some(time) = &self.time {
            put(time);
        }
        put(&self.number);
        put(&padded(
            match &self.provider {
                Some(provider) => format!("{} {}", style::strong(provider), self.event),
                None => self.event.clone(),
            },
            room.what,
        ));
        if let Some(id) = self.id.as_ref().filter(|_| room.id > 0) {
            put(&style::dim(&clipped(id, room.id)));
        }
        if room.size {
            put(&self.size);
        }
        match self.reason.as_ref().filter(|_| room.reason) {
            Some(reason) => put(&format!("{}{reason}", self.verdict)),
            None => put(&self.verdict),
        }
        if let Some(repeats) = &self.repeats {
            put(repeats);
        }
        let from = if room.usual || !self.is_usual { self.from.as_str() } else { "" };
        put(&format!("→ {}{}", self.status, console::truncate_str(from, room.from, "…")));
        if room.taken {
            put(&self.taken);
        }
        if let Some(note) = self.note.as_ref().filter(|_| room.note > 0) {
            put(&clipped(note, room.note));
        }
        line
    }
}

/// Whose answer that was, and what the others said: ` from 127.0.0.1:3000; 127.0.0.1:3001 500`.
fn from(summary: &Summary, forwards: &[NewAttempt]) -> String {
    let each = forwards.iter().enumerate().map(|(at, attempt)| {
        let rest = attempt.url.split_once("://").map_or(attempt.url.as_str(), |(_, rest)| rest);
        let endpoint = clipped(rest.split('/').next().unwrap_or(rest), 60);
        match &attempt.outcome {
            Ok(response) if at == 0 && summary.status == Some(response.status) => format!(" from {endpoint}"),
            Ok(response) => format!(" {endpoint} {}", style::status(response.status)),
            Err(kind) => format!(" {endpoint}: {}", style::bad(kind.sentence())),
        }
    });
    each.collect::<Vec<_>>().join(";")
}

/// A line as it may be, for tests.
#[cfg(test)]
pub(crate) fn example(number: i64, provider: &str, event: &str) -> Line {
    Line {
        time: Some("14:03:11".into()),
        number: format!("{:<6}", format!("#{number}")),
        provider: Some(provider.into()),
        event: event.into(),
        id: Some("evt_1NjpMq7oJCSttc0XpK1mlVqI".into()),
        size: "5.4KiB".into(),
        verdict: "invalid".into(),
        reason: Some(" (signature-mismatch)".into()),
        repeats: None,
        status: "401".into(),
        from: " from 127.0.0.1:3000".into(),
        is_usual: true,
        taken: "4.7ms".into(),
        note: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anstream::adapter::strip_str;

    fn line() -> Line {
        let note = "the signature does not match the body, the secret or what else is signed";
        Line { note: Some(note.into()), ..example(12, "stripe", "payment_intent.succeeded") }
    }

    #[test]
    fn what_matters_least_goes_first() {
        let fitted = |columns: usize| strip_str(&line().fitted(columns)).to_string();
        assert_eq!(fitted(1_000), strip_str(&line().whole()).to_string());
        for (columns, expected) in [
            (110, "14:03:11  #12     stripe payment_intent.succeeded  invalid  → 401  the signature does not …"),
            (80, "14:03:11  #12     stripe payment_intent.succeeded  invalid  → 401"),
            (60, "14:03:11  #12     stripe payment_intent.suc…  invalid  → 401"),
            (50, "#12     stripe payment_intent.suc…  invalid  → 401"),
            (36, "#12     payment_int…  invalid  → 401"),
            (24, "14:03:11  #12     strip…"),
        ] {
            assert_eq!(fitted(columns), expected, "{columns}");
        }
    }

    #[test]
    fn what_a_target_failed_with_is_cut_before_the_time_goes() {
        let from = " 127.0.0.1:3000: connection refused: nothing listens there".to_owned();
        let line = Line { from, is_usual: false, status: "502".into(), note: None, ..line() };
        for (columns, expected) in [
            (120, "14:03:11  #12     stripe payment_intent.succeeded  invalid  → 502 127.0.0.1:3000: connect…"),
            (80, "14:03:11  #12     stripe payment_intent.succeeded  invalid  → 502"),
        ] {
            assert!(line.fitted(columns).starts_with(expected), "{columns}: {}", line.fitted(columns));
        }
    }

    #[test]
    fn no_line_is_wider_than_its_window() {
        for columns in 1..250 {
            assert!(width(&line().fitted(columns)) <= columns, "{columns}");
        }
    }
}
