//! What people and programs see of each delivery while it runs.

use std::collections::HashMap;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use crate::json::attempt::AttemptObject;
use crate::json::delivery::{DeliveryObject, Refused};
use crate::json::diagnosis::DiagnosisObject;
use crate::json::reloaded::ReloadedObject;
use crate::json::target::TargetObject;
use crate::model::quantity::{ByteSize, Speed};
use crate::output::human::{attempt as attempt_lines, delivery as human};
use crate::output::{Output, json_line, sanitize, style};
use crate::receive::notify::{BehindAttempt, BehindNotice, Explained, Notice, Notices, Reloaded, Told};
use crate::text::count;

use super::explaining::Explainer;
use super::mistakes::Mistakes;

/// Lines printed in one write when they come faster than they can be printed one by one.
const LINES_AT_ONCE: usize = 1_024;

/// Lines are printed at most so often: no eye sees the difference, and a burst then wakes the printer 50 times a second
/// instead of once a delivery.
const BLOCK_EVERY: Duration = Duration::from_millis(20);

/// Prints what is told until the end is told.
pub(super) fn print(output: &Output, notices: &Notices, told: &Receiver<Notice>, explainer: Option<Explainer>) {
    let (advised, refusals, mistakes) = (Vec::new(), Refusals::default(), Mistakes::default());
    let mut shown = Shown { output, advised, refusals, explainer, mistakes };
    let mut next_block = Instant::now();
    while let Ok(first) = told.recv() {
        std::thread::sleep(next_block.saturating_duration_since(Instant::now()));
        let more = std::iter::from_fn(|| told.try_recv().ok()).take(LINES_AT_ONCE - 1);
        let mut block = Vec::new();
        let mut count = 0;
        for notice in std::iter::once(first).chain(more) {
            if matches!(notice, Notice::End) {
                shown.end(told, &mut block);
                return;
            }
            shown.notice(notice, &mut block);
            count += 1;
        }
        output.block(&block);
        // What still waits is printed at once.
        if count < LINES_AT_ONCE {
            next_block = Instant::now() + BLOCK_EVERY;
        }
        let dropped = notices.take_dropped();
        if dropped > 0 {
            output.note(&format!("… {dropped} more, not shown; all are recorded"));
        }
    }
}

/// What has been shown, and what need not be said twice.
struct Shown<'a> {
    output: &'a Output,
    advised: Vec<String>,
    refusals: Refusals,
    explainer: Option<Explainer>,
    mistakes: Mistakes,
}

impl Shown<'_> {
    /// Prints the last lines: what was found out about the last deliveries comes behind the end.
    fn end(&mut self, told: &Receiver<Notice>, block: &mut Vec<String>) {
        if let Some(explainer) = self.explainer.take() {
            explainer.finish();
        }
        told.try_iter().for_each(|notice| self.notice(notice, block));
        self.output.block(block);
        if let Some(summary) = self.mistakes.summary().filter(|_| !self.output.is_json()) {
            self.output.note(&summary);
        }
    }

    /// Adds a notice to the lines that are about to be printed.
    fn notice(&mut self, notice: Notice, block: &mut Vec<String>) {
        match notice {
            Notice::Delivery(told) => self.delivery(&told, block),
            Notice::Explained(explained) if self.output.is_json() => {
                let Explained { number, summary, diagnosis } = &*explained;
                block.push(json_line(&DiagnosisObject::new(*number, summary, diagnosis)));
            }
            Notice::Explained(explained) => block.extend(self.mistakes.line(&explained)),
            Notice::Behind(notice) => self.behind(&notice, block),
            Notice::Reloaded(reloaded) => self.reloaded(&reloaded, block),
            Notice::AttemptNotRecorded { error } => {
                self.output.warning(&format!("what became of a forward could not be recorded: {error}"));
            }
            Notice::NotRecorded { error } => {
                self.output.warning(&format!("a delivery was answered 503: {error}"));
            }
            Notice::Refused { peer, status, reason } => {
                if self.output.is_json() {
                    block.push(json_line(&Refused::new(peer.to_string(), status, reason)));
                } else if let Some(more) = self.refusals.show(status, Instant::now()) {
                    let status = status.map_or_else(|| "closed".to_owned(), |status| status.to_string());
                    let more = if more == 0 { String::new() } else { format!(", and {more} more before it") };
                    self.output.note(&format!("refused {peer} ({status}{more}): {}", sanitize::line(&reason)));
                }
            }
            Notice::Pruned { deliveries, bytes } => {
                let what = count(deliveries, "old delivery", "old deliveries");
                let size = ByteSize(bytes);
                self.output.note(&format!("pruned {what} ({size}): the store keeps 30 days or 1 GiB"));
            }
            Notice::End => {}
        }
    }

    /// Attempts behind answers, and what becomes of their targets.
    fn behind(&self, notice: &BehindNotice, block: &mut Vec<String>) {
        if self.output.is_json() {
            block.push(behind_json(notice));
            return;
        }
        if let BehindNotice::Attempt(attempt) = notice {
            let BehindAttempt { number, attempt, next, dead, .. } = &**attempt;
            block.push(format!("          #{number}  {}", attempt_lines::line(attempt, None)));
            block.extend(next.iter().map(|next| format!("      {}", attempt_lines::next(next, Speed::LIFE))));
            if *dead {
                block.push(style::bad(&format!("          #{number} is a dead letter: nothing is left to try")));
            }
            return;
        }
        self.output.block(block);
        block.clear();
        let waits =
            |waiting: u64| count(usize::try_from(waiting).unwrap_or(usize::MAX), "delivery waits", "deliveries wait");
        match notice {
            BehindNotice::Attempt(_) => {}
            BehindNotice::Down { target, kind, waiting } => {
                let (target, waits) = (sanitize::line(target), waits(*waiting));
                self.output.warning(&format!("{target} is down: {}; recording goes on, {waits}", kind.sentence()));
            }
            BehindNotice::Back { target, waiting } => {
                self.output.note(&format!("{} is back; {} for it", sanitize::line(target), waits(*waiting)));
            }
            BehindNotice::Full { target, waiting } => {
                let target = sanitize::line(target);
                self.output.warning(&format!("{} for {target}: further ones are answered 503", waits(*waiting)));
            }
            BehindNotice::Left { target, waiting, known: true } => {
                self.output.note(&format!("{} for {} from before", waits(*waiting), sanitize::line(target)));
            }
            BehindNotice::Left { target, waiting, known: false } => {
                let target = sanitize::line(target);
                self.output.warning(&format!("{} for {target}, which is no target now", waits(*waiting)));
            }
        }
    }

    fn reloaded(&self, reloaded: &Reloaded, block: &mut Vec<String>) {
        if self.output.is_json() {
            let Reloaded { routes, needs_restart, error } = reloaded;
            block.push(json_line(&ReloadedObject::new(*routes, needs_restart, error.as_deref())));
            return;
        }
        self.output.block(block);
        block.clear();
        if let Some(error) = &reloaded.error {
            self.output.warning(&format!("the routes stay as they are: {}", sanitize::lines(error)));
            return;
        }
        self.output.note(&format!("read again: {}", count(reloaded.routes, "route", "routes")));
        if !reloaded.needs_restart.is_empty() {
            let keys = reloaded.needs_restart.join(", ");
            self.output.note(&style::dim(&format!("  {} takes effect with a restart", sanitize::line(&keys))));
        }
    }

    fn delivery(&mut self, told: &Told, block: &mut Vec<String>) {
        let Told { number, summary, duplicate_of, note, taken, sent, forwards, route, notes } = told;
        if let Some(explainer) = &self.explainer {
            explainer.ask(*number, summary);
        }
        if self.output.is_json() {
            let object = DeliveryObject::new(*number, summary, duplicate_of.map(|(_, id)| id));
            let object = object.forwarded(forwards).routed(route.as_deref()).taking(*taken).noted(note.clone());
            block.push(json_line(&object));
            return;
        }
        block.push(human::line(told));
        if self.output.is_verbose() {
            let lines = route.iter().map(|route| format!("route {route}")).chain(notes.iter().cloned());
            block.extend(lines.map(|line| style::dim(&format!("          {}", sanitize::line(&line)))));
        }
        if !sent {
            block.push(style::dim("          the sender had gone before the answer"));
        }
        if let Some(advice) = human::advice(summary)
            && !self.advised.contains(&advice)
        {
            // Below the line that it is about, which is still waiting.
            self.output.block(block);
            block.clear();
            self.output.note(&style::dim(&format!("          {advice}")));
            self.advised.push(advice);
        }
    }
}

fn behind_json(notice: &BehindNotice) -> String {
    match notice {
        BehindNotice::Attempt(attempt) => {
            let BehindAttempt { summary, attempt, next, dead, .. } = &**attempt;
            let (provider, event_type) = (summary.provider.as_deref(), summary.event_type.as_deref());
            let object = AttemptObject::new(attempt, provider, event_type, summary.event_id.as_deref());
            json_line(&object.followed_by(next.as_ref()).dead(*dead))
        }
        BehindNotice::Down { target, kind, waiting } => {
            json_line(&TargetObject::new(target, "down", *waiting).because(kind.as_str()))
        }
        BehindNotice::Back { target, waiting } => json_line(&TargetObject::new(target, "back", *waiting)),
        BehindNotice::Full { target, waiting } => json_line(&TargetObject::new(target, "full", *waiting)),
        BehindNotice::Left { target, waiting, known } => {
            json_line(&TargetObject::new(target, if *known { "waiting" } else { "gone" }, *waiting))
        }
    }
}

/// Refusals are told at most once a second and status: whoever sends many of them must not fill the screen.
#[derive(Default)]
struct Refusals(HashMap<Option<u16>, (Option<Instant>, u64)>);

impl Refusals {
    const EVERY: Duration = Duration::from_secs(1);

    /// Whether one is shown, and then how many before it were not.
    fn show(&mut self, status: Option<u16>, now: Instant) -> Option<u64> {
        let (last, hidden) = self.0.entry(status).or_default();
        if last.is_some_and(|last| now.duration_since(last) < Self::EVERY) {
            *hidden += 1;
            return None;
        }
        *last = Some(now);
        Some(std::mem::take(hidden))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_counted_while_they_are_not_shown() {
        let mut refusals = Refusals::default();
        let start = Instant::now();
        let shown = [(0, 403), (10, 403), (20, 429), (999, 403), (1_000, 403), (5_000, 403)]
            .map(|(millis, status)| refusals.show(Some(status), start + Duration::from_millis(millis)));
        assert_eq!(shown, [Some(0), None, Some(0), None, Some(2), Some(0)]);
    }
}
