//! Telling what becomes of deliveries while they go out, and in the end: `send` and `replay` speak alike.

use super::send::USUAL_TARGET;
use crate::deliver::{Delivered, Notice, Prepared};
use crate::exit::Exit;
use crate::json::attempt::{AttemptObject, AttemptSummary};
use crate::json::comparison::Tally;
use crate::model::{FailureKind, NewAttempt};
use crate::output::human::{attempt as human, comparison as human_comparison};
use crate::output::progress::Progress;
use crate::output::{Output, style};
use crate::provider::definition::StatusRange;

/// Prints attempts as they end, and a summary.
pub(super) struct Telling<'a> {
    output: &'a Output,
    progress: Progress,
    /// How many deliveries there are to be.
    total: u64,
    expected: Option<StatusRange>,
    hint: Option<&'static str>,
}

impl<'a> Telling<'a> {
    /// Over so many deliveries.
    pub(super) fn new(output: &'a Output, total: u64, what: &'static str, expected: Option<StatusRange>) -> Self {
        Self { output, progress: Progress::over(output, total, what), total, expected, hint: None }
    }

    /// Tells what happened.
    pub(super) fn notice(&mut self, notice: Notice) {
        self.notice_with(notice, |_| {});
    }

    /// Tells what happened, and then what `more` prints about it.
    pub(super) fn notice_with(&mut self, notice: Notice, more: impl FnOnce(&Output)) {
        let Notice::Attempt { delivery, attempt } = notice;
        self.hint = self.hint.or(hint(&attempt));
        let output = self.output;
        self.progress.step();
        if output.is_json() {
            let Prepared { provider, event_type, event_id, .. } = &*delivery;
            let origin = delivery.origin.as_ref().map(|origin| origin.name.as_str());
            let object = AttemptObject::new(&attempt, provider.as_deref(), event_type.as_deref(), event_id.as_deref());
            output.json(&object.replaying(origin));
            more(output);
            return;
        }
        self.progress.beside(|| {
            output.line(&human::line(&attempt, Some(&delivery)));
            for line in human::answer(&attempt, output.is_verbose()) {
                output.note(&line);
            }
            more(output);
        });
    }

    /// Sums up.
    pub(super) fn end(&self, done: &Delivered) {
        self.end_with(done, None);
    }

    /// Sums up, with how the answers compare with recorded ones.
    pub(super) fn end_with(&self, done: &Delivered, compared: Option<Tally>) {
        self.progress.finish();
        let (output, Delivered { deliveries, accepted, .. }) = (self.output, *done);
        if output.is_json() {
            let failed = deliveries - accepted;
            output.json(&AttemptSummary { kind: "summary", deliveries, accepted, failed, dead: 0, compared });
            return;
        }
        if self.total > 1 {
            let what = if self.expected.is_some() { "as expected" } else { "accepted" };
            let untried = self.total.saturating_sub(deliveries);
            let rest = if untried > 0 { format!(", {untried} not sent") } else { String::new() };
            output.note(&format!("{accepted} of {deliveries} {what}{rest}"));
        }
        if let Some(tally) = compared {
            output.note(&human_comparison::tally(tally));
        }
        if let Some(hint) = self.hint {
            output.note(&format!("{} {hint}", style::dim("hint:")));
        }
    }
}

fn hint(attempt: &NewAttempt) -> Option<&'static str> {
    match attempt.outcome {
        Err(FailureKind::Refused) if attempt.url.starts_with(USUAL_TARGET) => {
            Some("start 'hookctl listen' in another terminal, or send elsewhere with --to URL")
        }
        Err(FailureKind::Tls) => Some("--cacert FILE trusts the authority of a development certificate"),
        _ => None,
    }
}

/// How a command ends that delivered all it could.
pub(super) fn exit(done: Delivered) -> Exit {
    if done.accepted == done.deliveries {
        Exit::Yes
    } else if done.connected == 0 {
        Exit::Surroundings
    } else {
        Exit::No
    }
}
