//! Telling what becomes of deliveries while they go out, and in the end: `send` and `replay` speak alike.

use super::send::USUAL_TARGET;
use crate::deliver::{Delivered, Notice, Prepared};
use crate::exit::Exit;
use crate::json::attempt::{AttemptObject, AttemptSummary, EndpointObject};
use crate::json::comparison::Tally;
use crate::model::endpoint::EndpointChange;
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
    /// What turns are called.
    labels: Vec<Label>,
    hint: Option<&'static str>,
}

/// A turn as a step of a story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Label {
    /// Counting from 1.
    pub(super) step: usize,
    /// How many steps there are.
    pub(super) of: usize,
    /// Whether the event came before.
    pub(super) again: bool,
}

impl<'a> Telling<'a> {
    /// Over so many deliveries.
    pub(super) fn new(output: &'a Output, total: u64, what: &'static str, expected: Option<StatusRange>) -> Self {
        Self { output, progress: Progress::over(output, total, what), total, expected, labels: Vec::new(), hint: None }
    }

    /// With names for turns.
    pub(super) fn with_labels(self, labels: Vec<Label>) -> Self {
        Self { labels, ..self }
    }

    /// Nothing more happens: the way is free for what is said at the end.
    pub(super) fn finish(&self) {
        self.progress.finish();
    }

    /// Tells what happened.
    pub(super) fn notice(&mut self, notice: Notice) {
        self.notice_with(notice, |_| {});
    }

    /// Tells what happened, and then what `more` prints about it.
    pub(super) fn notice_with(&mut self, notice: Notice, more: impl FnOnce(&Output)) {
        let output = self.output;
        match notice {
            Notice::Attempt { turn, delivery, attempt, next } => {
                let label = usize::try_from(turn).ok().and_then(|turn| self.labels.get(turn)).copied();
                self.hint = self.hint.or(hint(&attempt));
                self.progress.attempt(&attempt, next.as_ref());
                if output.is_json() {
                    let Prepared { provider, event_type, event_id, .. } = &*delivery;
                    let object =
                        AttemptObject::new(&attempt, provider.as_deref(), event_type.as_deref(), event_id.as_deref());
                    let origin = delivery.origin.as_ref().map(|origin| origin.name.as_str());
                    let object = object.followed_by(next.as_ref()).of_step(label.map(|label| label.step));
                    output.json(&object.replaying(origin));
                    more(output);
                    return;
                }
                self.progress.beside(|| {
                    let step = label.map(|Label { step, of, again }| {
                        format!("step {step} of {of}{}", if again { ", again" } else { "" })
                    });
                    output.line(&human::line(&attempt, Some(&delivery), step.as_deref(), output.columns()));
                    for line in human::answer(&attempt, output.is_verbose()) {
                        output.note(&line);
                    }
                    if let Some(next) = &next {
                        output.note(&human::next(next, delivery.terms.scale));
                    }
                    more(output);
                });
            }
            Notice::Endpoint { url, change, scale } => {
                let url = url.as_str();
                if output.is_json() {
                    let reason = match change {
                        EndpointChange::Disabled(why) => Some(human::why_disabled(why)),
                        _ => None,
                    };
                    output.json(&EndpointObject::new(url, change, reason));
                } else {
                    self.progress.beside(|| output.note(&human::endpoint(url, change, scale)));
                }
            }
        }
    }

    /// Sums up.
    pub(super) fn end(&self, done: &Delivered) {
        self.end_with(done, None);
    }

    /// Sums up, with how the answers compare with recorded ones.
    pub(super) fn end_with(&self, done: &Delivered, compared: Option<Tally>) {
        self.finish();
        let (output, Delivered { deliveries, accepted, dead, pending, not_sent, .. }) = (self.output, *done);
        if output.is_json() {
            let failed = deliveries - accepted;
            let kind = "summary";
            output.json(&AttemptSummary { kind, deliveries, accepted, failed, dead, pending, not_sent, compared });
            return;
        }
        if self.total > 1 || pending > 0 {
            let what = if self.expected.is_some() { "as expected" } else { "accepted" };
            let untried = self.total.saturating_sub(deliveries + pending);
            // Of none that has ended, nothing can be said.
            let mut parts =
                if deliveries > 0 { vec![format!("{accepted} of {deliveries} {what}")] } else { Vec::new() };
            let mut part = |number: u64, words: &str| {
                if number > 0 {
                    parts.push(format!("{number} {words}"));
                }
            };
            part(pending, "pending");
            part(untried, "not sent");
            output.note(&parts.join(", "));
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
    if done.accepted == done.deliveries && done.not_sent == 0 {
        Exit::Yes
    } else if done.connected == 0 {
        Exit::Surroundings
    } else {
        Exit::No
    }
}
