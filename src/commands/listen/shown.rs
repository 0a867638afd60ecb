//! What people and programs see of each delivery while it runs.

use std::collections::HashMap;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use crate::json::delivery::{DeliveryObject, Refused};
use crate::model::quantity::ByteSize;
use crate::output::human::delivery as human;
use crate::output::{Output, json_line, sanitize, style};
use crate::receive::notify::{Notice, Notices, Told};
use crate::text::count;

/// Lines printed in one write when they come faster than they can be printed one by one.
const LINES_AT_ONCE: usize = 1_024;

/// Lines are printed at most so often: no eye sees the difference, and a burst then wakes the printer 50 times a second
/// instead of once a delivery.
const BLOCK_EVERY: Duration = Duration::from_millis(20);

/// Prints what is told until the end is told.
pub(super) fn print(output: &Output, notices: &Notices, told: &Receiver<Notice>) {
    let mut shown = Shown { output, advised: Vec::new(), refusals: Refusals::default() };
    let mut next_block = Instant::now();
    while let Ok(first) = told.recv() {
        std::thread::sleep(next_block.saturating_duration_since(Instant::now()));
        let more = std::iter::from_fn(|| told.try_recv().ok()).take(LINES_AT_ONCE - 1);
        let mut block = Vec::new();
        let mut count = 0;
        for notice in std::iter::once(first).chain(more) {
            if matches!(notice, Notice::End) {
                output.block(&block);
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
}

impl Shown<'_> {
    /// Adds a notice to the lines that are about to be printed.
    fn notice(&mut self, notice: Notice, block: &mut Vec<String>) {
        match notice {
            Notice::Delivery(told) => self.delivery(&told, block),
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

    fn delivery(&mut self, told: &Told, block: &mut Vec<String>) {
        let Told { number, summary, duplicate_of, note, taken, sent, forwards } = told;
        if self.output.is_json() {
            let object = DeliveryObject::new(*number, summary, duplicate_of.map(|(_, id)| id));
            block.push(json_line(&object.forwarded(forwards).taking(*taken).noted(note.clone())));
            return;
        }
        block.push(human::line(told));
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
