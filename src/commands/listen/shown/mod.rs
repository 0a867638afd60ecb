//! What people and programs see of each delivery while it runs.

mod behind;
mod delivery;
mod explained;
mod source;
mod watching;

use std::collections::HashMap;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::json::delivery::Refused;
use crate::json::reloaded::ReloadedObject;
use crate::model::quantity::{ByteSize, show_duration};
use crate::output::{Level, Output, json_line, sanitize, style};
use crate::receive;
use crate::receive::notify::{Notice, Reloaded};
use crate::store::Store;
use crate::text::count;

use super::Context;
use super::explaining::Explainer;
use super::keys::Keys;
use super::mistakes::Mistakes;
pub(super) use delivery::{View, wanted};

/// Lines printed in one write when they come faster than they can be printed one by one.
const LINES_AT_ONCE: usize = 1_024;

/// Lines are printed at most so often: no eye sees the difference, and a burst then wakes the printer 50 times a second
/// instead of once a delivery.
const BLOCK_EVERY: Duration = Duration::from_millis(20);

/// Prints what is told until the end is told.
pub(super) fn print(
    context: &Context,
    receiver: &receive::Receiver,
    view: &View,
    told: &Receiver<Notice>,
    (explainer, keys): (Option<Explainer>, Option<&Keys<'_>>),
) {
    let (output, store, notices) = (&context.output, &*receiver.store, &receiver.notices);
    let source = context.config.listen.source.as_ref().map(|url| url.value.as_str().to_owned()).unwrap_or_default();
    let (advised, filter_failed, refusals, mistakes) = (Vec::new(), false, Refusals::default(), Mistakes::default());
    let mut shown = Shown { output, store, source, view, advised, filter_failed, refusals, explainer, mistakes, keys };
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
        if let Some(keys) = keys {
            keys.draw();
        }
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
    store: &'a Store,
    /// The address of the channel that deliveries are taken from.
    source: String,
    view: &'a View,
    advised: Vec<String>,
    filter_failed: bool,
    refusals: Refusals,
    explainer: Option<Explainer>,
    mistakes: Mistakes,
    keys: Option<&'a Keys<'a>>,
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
            Notice::Explained(explained) => self.explained(&explained, block),
            Notice::Source(notice) => self.source(&notice, block),
            Notice::Behind(notice) => self.behind(&notice, block),
            Notice::Reloaded(reloaded) => self.reloaded(&reloaded, block),
            Notice::Executed(executed) => self.executed(&executed, block),
            Notice::Alert(alert) => self.alert(&alert, block),
            Notice::AlertNotSent { whom, why } => {
                let (whom, why) = (sanitize::clipped(&whom, 80), sanitize::line(&why));
                self.output.warning(&format!("{whom} could not be told of an alert: {why}"));
            }
            Notice::AttemptNotRecorded { error } => {
                self.output.warning(&format!("what became of a forward could not be recorded: {error}"));
            }
            Notice::NotRecorded { error } => {
                self.output.warning(&format!("a delivery was answered 503: {error}"));
            }
            Notice::Refused { peer, status, reason } => self.refused(&peer.to_string(), status, &reason, block),
            Notice::Pruned { deliveries, bytes, retention } => {
                let what = count(deliveries, "old delivery", "old deliveries");
                let (size, most, age) = (ByteSize(bytes), ByteSize(retention.max_bytes), retention.max_age);
                let kept = format!("the store keeps {} or {most}", show_duration(age));
                self.output.note(&format!("pruned {what} ({size}): {kept}"));
            }
            Notice::End => {}
        }
    }

    /// Says what is no line of a result to people: an object for programs, a line on stderr for people, or in the log.
    fn say<T: Serialize>(&self, level: Level, text: &str, object: &T, block: &mut Vec<String>) {
        let (json, log) = (self.output.is_json(), self.output.is_log());
        if json {
            block.push(json_line(object));
        }
        if log {
            self.output.record(level, text, Some(&json_line(object)));
        }
        if json || log {
            return;
        }
        // It may be about a line that still waits.
        self.output.block(block);
        block.clear();
        match level {
            Level::Info => self.output.note(text),
            Level::Warning | Level::Error => self.output.warning(text),
        }
    }

    fn refused(&mut self, peer: &str, status: Option<u16>, reason: &str, block: &mut Vec<String>) {
        let shown = self.refusals.show(status, Instant::now());
        // A program sees every one of them.
        let Some(more) = shown.or_else(|| self.output.is_json().then_some(0)) else { return };
        let word = status.map_or_else(|| "closed".to_owned(), |status| status.to_string());
        let more = if more == 0 { String::new() } else { format!(", and {more} more before it") };
        let text = format!("refused {peer} ({word}{more}): {}", sanitize::line(reason));
        self.say(Level::Info, &text, &Refused::new(peer.to_owned(), status, reason.to_owned()), block);
    }

    fn reloaded(&self, reloaded: &Reloaded, block: &mut Vec<String>) {
        let Reloaded { routes, needs_restart, error } = reloaded;
        let object = ReloadedObject::new(*routes, needs_restart, error.as_deref());
        if let Some(error) = error {
            let text = format!("the routes stay as they are: {}", sanitize::lines(error));
            self.say(Level::Warning, &text, &object, block);
            return;
        }
        let mut text = format!("read again: {}", count(*routes, "route", "routes"));
        if !needs_restart.is_empty() {
            let keys = needs_restart.join(", ");
            let line = format!("  {} takes effect with a restart", sanitize::line(&keys));
            text = format!("{text}\n{}", style::dim(&line));
        }
        self.say(Level::Info, &text, &object, block);
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
