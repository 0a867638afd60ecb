//! An attempt in one line, and what follows from it.

use std::time::Duration;

use crate::deliver::Prepared;
use crate::deliver::retry::Retry;
use crate::model::endpoint::{Disabled, EndpointChange};
use crate::model::mask::masked;
use crate::model::quantity::{Speed, show_duration};
use crate::model::{NewAttempt, Upcoming};
use crate::output::sanitize::{self, clipped};
use crate::output::style;
use crate::output::table::width;
use crate::text::count;

/// What of a line is shown.
#[derive(Debug, Clone, Copy)]
struct Room {
    /// Whether what was replayed is named.
    origin: bool,
    /// The longest event type.
    event: usize,
    /// The longest id; 0: none.
    id: usize,
    /// The longest address; 0: none.
    url: usize,
    taken: bool,
}

/// Everything.
const WHOLE: Room = Room { origin: true, event: 60, id: 40, url: 80, taken: true };

/// Less and less, until it fits. An id can be had from `events show`; what came of it stays longest.
const LESS: [Room; 7] = [
    WHOLE,
    Room { id: 16, ..WHOLE },
    Room { id: 0, ..WHOLE },
    Room { id: 0, url: 40, ..WHOLE },
    Room { id: 0, url: 24, event: 30, ..WHOLE },
    Room { id: 0, url: 24, event: 30, taken: false, origin: false },
    Room { id: 0, url: 0, event: 24, taken: false, origin: false },
];

/// What became of an attempt, in as many columns as there are. `more` is what else is said of it, in a few words.
pub fn line(attempt: &NewAttempt, delivery: Option<&Prepared>, more: Option<&str>, columns: Option<usize>) -> String {
    let within = |room: Room| within(attempt, delivery, more, room);
    let Some(columns) = columns else { return within(WHOLE) };
    let fits = |line: &String| width(line) <= columns;
    let [.., least] = LESS;
    let fitted = LESS.into_iter().map(within).find(fits);
    fitted.unwrap_or_else(|| console::truncate_str(&within(least), columns, "…").into_owned())
}

fn within(attempt: &NewAttempt, delivery: Option<&Prepared>, more: Option<&str>, room: Room) -> String {
    let outcome = match &attempt.outcome {
        Ok(response) => style::status(response.status),
        Err(kind) => style::bad(kind.sentence()),
    };
    let mut parts = Vec::new();
    if let Some(delivery) = delivery {
        let origin = delivery.origin.as_ref().filter(|_| room.origin);
        parts.extend(origin.map(|origin| style::dim(&clipped(&origin.name, 40))));
        let event = delivery.event_type.as_deref().unwrap_or("(no event type)");
        let provider = delivery.provider.as_deref().unwrap_or("(no provider)");
        parts.push(format!("{} {}", style::strong(&clipped(provider, 24)), clipped(event, room.event)));
        let id = delivery.event_id.as_deref().filter(|_| room.id > 0);
        parts.extend(id.map(|id| style::dim(&clipped(id, room.id))));
    }
    // Where there is little room, that it is http goes without saying.
    let url = if room.url < WHOLE.url { attempt.url.trim_start_matches("http://") } else { &attempt.url };
    parts.push(if room.url > 0 {
        format!("→ {}  {outcome}", clipped(url, room.url))
    } else {
        format!("→ {outcome}")
    });
    parts.extend(Some(style::dim(&show_duration(attempt.duration))).filter(|_| room.taken));
    parts.extend((attempt.attempt > 1).then(|| style::dim(&format!("attempt {}", attempt.attempt))));
    parts.extend(more.map(style::dim));
    let mark = if attempt.accepted { style::good("✓") } else { style::bad("✗") };
    format!("{mark} {}", parts.join("  "))
}

/// A handshake that was played, and what is wrong with its answer.
pub fn handshake(provider: &str, id: &str, tried: &NewAttempt, problem: Option<&str>) -> String {
    let mark = if problem.is_none() { style::good("✓") } else { style::bad("✗") };
    let outcome = match (&tried.outcome, problem) {
        (Ok(response), None) => format!("{}  answered as it should be", style::status(response.status)),
        (Ok(response), Some(problem)) => format!("{}  {}", style::status(response.status), clipped(problem, 400)),
        (Err(kind), _) => style::bad(kind.sentence()),
    };
    let what = format!("{} handshake {}", style::strong(&clipped(provider, 24)), clipped(id, 60));
    format!("{mark} {what}  → {}  {outcome}  {}", clipped(&tried.url, 80), style::dim(&show_duration(tried.duration)))
}

/// What the receiver said: all of it when asked, the first lines when it refused.
pub fn answer(attempt: &NewAttempt, verbose: bool) -> Vec<String> {
    /// A refusal's reason fits; a page of HTML does not.
    const SHOWN: usize = 400;
    let Ok(response) = &attempt.outcome else { return Vec::new() };
    let mut lines = Vec::new();
    if verbose {
        lines.extend(response.headers.iter().map(|header| {
            let value = masked(header.name(), &header.lossy());
            format!("    {} {}", style::dim(&format!("{}:", header.name())), sanitize::line(&value))
        }));
    }
    if (verbose || !attempt.accepted) && !response.body.is_empty() {
        let text = String::from_utf8_lossy(&response.body);
        let text: String = if verbose { text.into_owned() } else { text.chars().take(SHOWN).collect() };
        lines.extend(sanitize::lines(text.trim_end()).lines().map(|line| format!("    {line}")));
    }
    lines
}

/// A wait, and what is left of it at this speed.
pub fn wait(wait: Duration, scale: Speed) -> String {
    if scale == Speed::LIFE {
        return show_duration(wait);
    }
    format!("{} ({} at {scale})", show_duration(wait), show_duration(scale.scale(wait)))
}

/// What comes next for a delivery.
pub fn next(next: &Upcoming, scale: Speed) -> String {
    style::dim(&format!("    next: attempt {} of {} in {}", next.attempt, next.of, wait(next.wait, scale)))
}

/// A plan, before it is followed.
pub fn plan(retry: &Retry, scale: Speed) -> String {
    /// A line holds so many; the rest is counted.
    const SHOWN: usize = 10;
    let waits = retry.waits();
    if waits.is_empty() {
        return style::dim("retries: none");
    }
    let mut shown: Vec<String> = waits.iter().take(SHOWN).map(|wait| show_duration(*wait)).collect();
    if waits.len() > SHOWN {
        shown.push(format!("{} more", waits.len() - SHOWN));
    }
    let all = count(waits.len() + 1, "attempt", "attempts");
    let total = wait(waits.iter().fold(Duration::ZERO, |sum, wait| sum.saturating_add(*wait)), scale);
    style::dim(&format!("retries: after {}; {all} in {total}", shown.join(", ")))
}

/// Why a provider disables an endpoint.
pub fn why_disabled(disabled: Disabled) -> String {
    match disabled {
        Disabled::Status(status) => format!("it answered {status}"),
        Disabled::Failures(failures) => format!("{failures} attempts in a row were not accepted"),
        Disabled::Failing(time) => format!("no attempt was accepted for {}", show_duration(time)),
        Disabled::Exhausted => "the attempts at a delivery ran out".to_owned(),
    }
}

/// What happened to an endpoint.
pub fn endpoint(url: &str, change: EndpointChange, scale: Speed) -> String {
    let url = clipped(url, 80);
    match change {
        EndpointChange::Opened(pause) => {
            format!("{} {url} fails; nothing is sent there for {}", style::warn("circuit open:"), wait(pause, scale))
        }
        EndpointChange::Closed => format!("{} {url} is back", style::good("circuit closed:")),
        EndpointChange::GaveUp => {
            format!("{} {url} fails; what is left for it stays pending", style::warn("given up:"))
        }
        EndpointChange::Disabled(why) => {
            format!("{} the provider would send nothing more to {url}: {}", style::warn("disabled:"), why_disabled(why))
        }
    }
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;

    use super::*;
    use crate::model::{DeliveryId, FailureKind, Timestamp};

    fn attempt() -> NewAttempt {
        let at = Timestamp::from_secs(1_767_225_600);
        NewAttempt {
            delivery: DeliveryId::new(at, [1; 10]),
            attempt: 2,
            url: "http://localhost:3000/webhooks/stripe/a/long/way/down".into(),
            started_at: at,
            duration: Duration::from_micros(4_700),
            outcome: Err(FailureKind::Refused),
            accepted: false,
        }
    }

    #[test]
    fn what_matters_least_goes_first() {
        let fitted = |columns| strip_str(&line(&attempt(), None, Some("step 1 of 2"), columns)).to_string();
        let sentence = FailureKind::Refused.sentence();
        let whole = format!(
            "✗ → http://localhost:3000/webhooks/stripe/a/long/way/down  {sentence}  4.7ms  attempt 2  step 1 of 2"
        );
        assert_eq!(fitted(None), whole);
        assert_eq!(fitted(Some(1_000)), whole);
        let least = format!("✗ → {sentence}  attempt 2  step 1 of 2");
        assert_eq!(fitted(Some(width(&least))), least);
        assert!(fitted(Some(width(&whole) - 1)).starts_with("✗ → localhost:3000/webhooks"), "{}", fitted(Some(90)));
    }

    #[test]
    fn no_line_is_wider_than_its_window() {
        for columns in 1..200 {
            assert!(width(&line(&attempt(), None, Some("step 1 of 2"), Some(columns))) <= columns, "{columns}");
        }
    }
}
