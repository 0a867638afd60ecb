//! An answer beside the recorded one, below its attempt.

use super::diff;
use crate::analysis::answers::Comparison;
use crate::json::comparison::Tally;
use crate::model::quantity::show_duration;
use crate::output::style;
use crate::text::list;

/// What differs; one line if nothing does.
pub fn lines(comparison: Option<&Comparison>) -> Vec<String> {
    let Some(one) = comparison else { return vec![style::dim("    no answer is recorded to compare with")] };
    let mut lines = Vec::new();
    if one.new_status != Some(one.old_status) {
        let new = one.new_status.map_or_else(|| style::bad("no answer"), style::status);
        let text = format!("    status: {} → {new}", style::status(one.old_status));
        lines.push(if one.changed { text } else { style::dim(&text) });
    }
    lines.extend(one.differences.iter().map(|difference| {
        let place = difference.part.as_str();
        format!("    {place}{}", diff::line(difference))
    }));
    let (old, new) = one.durations;
    let time = old.map(|old| format!("{} → {}", show_duration(old), show_duration(new)));
    match (lines.is_empty(), time) {
        (true, Some(time)) => lines.push(style::dim(&format!("    answered as before, {time}"))),
        (true, None) => lines.push(style::dim("    answered as before")),
        (false, Some(time)) => lines.push(style::dim(&format!("    time: {time}"))),
        (false, None) => {}
    }
    lines
}

/// How all answers compare.
pub fn tally(tally: Tally) -> String {
    let parts = [
        (tally.same, "answered as before"),
        (tally.changed, "with another status"),
        (tally.different, "with other headers or another body"),
        (tally.not_compared, "without a recorded answer"),
    ];
    let parts: Vec<String> =
        parts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    list(&parts)
}
