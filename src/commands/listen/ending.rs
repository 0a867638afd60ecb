//! Why a listener ends, what it says then, and with which code.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::Context;
use crate::exit::Exit;
use crate::json::delivery::Stopped;
use crate::json::expectation::ExpectationObject;
use crate::model::quantity::show_duration;
use crate::output::style;
use crate::receive::Receiver;
use crate::receive::goal::{Expected, Goal};
use crate::receive::notify::Tally;
use crate::text::count;

/// Why it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// A signal.
    Interrupted,
    /// Nobody reads its output any more.
    Unread,
    /// All has come that was expected, or enough.
    Reached,
    /// The time of `--for` is over.
    Time,
    /// The time of `--within` is over.
    Late,
}

impl Why {
    fn as_str(self) -> &'static str {
        match self {
            Self::Interrupted => "interrupted",
            Self::Unread => "unread",
            Self::Reached => "reached",
            Self::Time => "time",
            Self::Late => "late",
        }
    }
}

/// Sums up, and decides how it went.
pub(super) fn told(context: &Context, receiver: &Receiver, why: Why, took: Duration) -> Exit {
    let expected = receiver.goal.as_ref().map(Goal::expected).unwrap_or_default();
    for expected in &expected {
        expectation(context, expected);
    }
    summary(context, &receiver.tally, why, took);
    match why {
        Why::Interrupted => Exit::Interrupted,
        Why::Unread => Exit::Yes,
        Why::Reached | Why::Time | Why::Late if expected.iter().all(Expected::is_met) => Exit::Yes,
        Why::Reached | Why::Time | Why::Late => Exit::No,
    }
}

/// What became of one expectation: a result, and so on stdout.
fn expectation(context: &Context, expected: &Expected) {
    let Expected { expectation, came, not_valid, last } = expected;
    let output = &context.output;
    if output.is_json() {
        let ids = came.iter().map(|(_, id)| *id);
        output.json(&ExpectationObject::new(expectation.to_string(), expected.is_met(), ids, *not_valid, *last));
        return;
    }
    let numbers: Vec<String> = came.iter().take(10).map(|(number, _)| format!("#{number}")).collect();
    let mut said = vec![expectation.to_string()];
    match came.len() {
        0 => said.push("did not come".to_owned()),
        all if expected.is_met() || all == 0 => said.push(numbers.join(" ")),
        some => said.push(format!("came {} only: {}", count(some, "time", "times"), numbers.join(" "))),
    }
    if let (false, Some((verdict, reason))) = (expected.is_met(), last) {
        let reason = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
        let times = usize::try_from(*not_valid).unwrap_or(usize::MAX);
        said.push(format!("{} {verdict}{reason}", count(times, "was", "were")));
    }
    let mark = if expected.is_met() { style::good("✓") } else { style::bad("✗") };
    output.line(&format!("{mark} {}", said.join("  ")));
}

fn summary(context: &Context, tally: &Tally, why: Why, took: Duration) {
    let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let output = &context.output;
    if output.is_json() {
        output.json(&Stopped {
            kind: "stopped",
            why: why.as_str(),
            deliveries: of(&tally.deliveries),
            valid: of(&tally.valid),
            duplicates: of(&tally.duplicates),
            refused: of(&tally.refused),
            unrecorded: of(&tally.unrecorded),
            duration_ms: crate::json::millis(took),
        });
        return;
    }
    let deliveries = usize::try_from(of(&tally.deliveries)).unwrap_or(usize::MAX);
    let unrecorded = match of(&tally.unrecorded) {
        0 => String::new(),
        some => format!(", {some} not recorded"),
    };
    output.note(&format!(
        "stopped after {}: {} ({} valid, {} repeated), {} refused{unrecorded}",
        show_duration(took),
        count(deliveries, "delivery", "deliveries"),
        of(&tally.valid),
        of(&tally.duplicates),
        of(&tally.refused)
    ));
}
