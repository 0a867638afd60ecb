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
use crate::text::count;

/// What became of an attempt.
pub fn line(attempt: &NewAttempt, delivery: Option<&Prepared>) -> String {
    let outcome = match &attempt.outcome {
        Ok(response) => style::status(response.status),
        Err(kind) => style::bad(kind.sentence()),
    };
    let mark = if attempt.accepted { style::good("✓") } else { style::bad("✗") };
    let what = delivery.map(|delivery| {
        let event = delivery.event_type.as_deref().unwrap_or("(no event type)");
        let provider = delivery.provider.as_deref().unwrap_or("(no provider)");
        let id = delivery.event_id.as_deref().map(|id| style::dim(&clipped(id, 40))).unwrap_or_default();
        let origin = delivery.origin.as_ref().map(|origin| format!("{}  ", style::dim(&clipped(&origin.name, 40))));
        let origin = origin.unwrap_or_default();
        format!("{origin}{} {}  {id}  ", style::strong(&clipped(provider, 24)), clipped(event, 60))
    });
    let number =
        if attempt.attempt > 1 { style::dim(&format!("  attempt {}", attempt.attempt)) } else { String::new() };
    format!(
        "{mark} {}→ {}  {outcome}  {}{number}",
        what.unwrap_or_default(),
        clipped(&attempt.url, 80),
        style::dim(&show_duration(attempt.duration))
    )
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
