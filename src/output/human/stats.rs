//! Statistics as a page: totals, a line over time, a table of what came.

use std::collections::BTreeMap;
use std::time::Duration;

use super::date_time;
use crate::analysis::stats::{Group, Spread, Stats};
use crate::analysis::timeline::Spans;
use crate::json::stats::verdicts;
use crate::model::quantity::{ByteSize, show_duration};
use crate::output::sanitize::clipped;
use crate::output::style;
use crate::output::table::Table;
use crate::text::count;

/// Columns of the line over time.
pub const COLUMNS: usize = 60;

/// Rows of the table; `--json` has all.
const ROWS: usize = 30;

/// The whole page. `unified` tells the type of a kind across providers.
pub fn page(stats: &Stats, unified: impl Fn(&str, &str) -> Option<String>) -> Vec<String> {
    let all = &stats.all;
    let mut lines = vec![head(stats)];
    if let Some(spans) = stats.timeline.spans(COLUMNS) {
        lines.extend(over_time(&spans));
    }
    lines.push(String::new());
    let mut fact = |name: &str, value: String| {
        if !value.is_empty() {
            lines.push(format!("{}{value}", style::dim(&format!("{name:<10}"))));
        }
    };
    let words =
        verdicts(all).found().into_iter().map(|(verdict, count)| format!("{count} {}", style::verdict(verdict)));
    fact("verdict", words.collect::<Vec<_>>().join("  "));
    fact("status", statuses(stats));
    fact("size", sizes(&all.bytes));
    if !all.latency.is_empty() {
        fact("attempts", attempts(stats));
        fact("latency", latency(&all.latency));
    }
    lines.push(String::new());
    lines.extend(table(stats));
    lines.extend(unified_types(stats, unified));
    lines
}

fn head(stats: &Stats) -> String {
    let all = &stats.all;
    let number = |number: u64, one, many| count(usize::try_from(number).unwrap_or(usize::MAX), one, many);
    let mut parts = vec![style::strong(&number(all.deliveries, "delivery", "deliveries"))];
    if let Some((first, last)) = stats.span {
        parts.push(style::dim(&format!("{} to {}", date_time(first), date_time(last))));
    }
    if all.duplicates > 0 {
        parts.push(style::warn(&number(all.duplicates, "duplicate", "duplicates")));
    }
    parts.join("  ")
}

/// Bars of eight heights; what is not nothing is never drawn as nothing.
fn over_time(spans: &Spans) -> Vec<String> {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = spans.counts.iter().copied().max().unwrap_or(0).max(1);
    let bar = |count: &u64| match count {
        0 => ' ',
        count => BARS[usize::try_from(u128::from(*count) * 7 / u128::from(most)).unwrap_or(7)],
    };
    let each = show_duration(Duration::from_secs(spans.seconds.unsigned_abs()));
    vec![format!(
        "{} {}",
        spans.counts.iter().map(bar).collect::<String>(),
        style::dim(&format!("{each} a bar, at most {most}"))
    )]
}

fn statuses(stats: &Stats) -> String {
    let word = |(code, count): (&Option<u16>, &u64)| {
        let shown = code.map_or_else(|| style::dim("none"), style::status);
        format!("{count} × {shown}")
    };
    stats.statuses.iter().map(word).collect::<Vec<_>>().join("  ")
}

fn sizes(bytes: &Spread) -> String {
    let size = |bytes| format!("{:#}", ByteSize(bytes));
    format!(
        "{} in all  p50 {}  p95 {}  max {}",
        size(bytes.total()),
        size(bytes.percentile(50.0)),
        size(bytes.percentile(95.0)),
        size(bytes.max())
    )
}

fn attempts(stats: &Stats) -> String {
    let failures = stats.failures.iter().map(|(word, count)| style::bad(&format!("{count} {word}")));
    let accepted = format!("{} of {} accepted", stats.accepted, stats.all.latency.len());
    std::iter::once(accepted).chain(failures).collect::<Vec<_>>().join("  ")
}

fn latency(micros: &Spread) -> String {
    let time = |percent| show_duration(Duration::from_micros(micros.percentile(percent)));
    format!("p50 {}  p90 {}  p99 {}  max {}", time(50.0), time(90.0), time(99.0), time(100.0))
}

fn table(stats: &Stats) -> Vec<String> {
    let mut table =
        Table::with_titles(&["provider", "event", "count", "valid", "failed", "dup", "size p50", "latency p95"]);
    let row = |provider: String, event: String, group: &Group| {
        let some = |count: u64, paint: fn(&str) -> String| match count {
            0 => style::dim("-"),
            count => paint(&count.to_string()),
        };
        let latency = if group.latency.is_empty() {
            style::dim("-")
        } else {
            show_duration(Duration::from_micros(group.latency.percentile(95.0)))
        };
        vec![
            provider,
            event,
            group.deliveries.to_string(),
            some(verdicts(group).valid, style::good),
            some(group.failed, style::bad),
            some(group.duplicates, style::warn),
            format!("{:#}", ByteSize(group.bytes.percentile(50.0))),
            latency,
        ]
    };
    let kinds = stats.by_frequency();
    for (kind, group) in kinds.iter().take(ROWS) {
        let name = |text: &Option<String>| clipped(text.as_deref().unwrap_or("-"), 44);
        table.row(row(name(&kind.provider), name(&kind.event_type), group));
    }
    let mut lines = table.lines();
    let more = kinds.len().saturating_sub(ROWS);
    if more > 0 {
        lines.push(style::dim(&format!("… and {} more; --json has all", count(more, "event type", "event types"))));
    }
    lines
}

fn unified_types(stats: &Stats, unified: impl Fn(&str, &str) -> Option<String>) -> Vec<String> {
    let mut types: BTreeMap<String, u64> = BTreeMap::new();
    for (kind, group) in &stats.kinds {
        if let (Some(provider), Some(event)) = (&kind.provider, &kind.event_type)
            && let Some(name) = unified(provider, event)
        {
            *types.entry(name).or_default() += group.deliveries;
        }
    }
    if types.is_empty() {
        return Vec::new();
    }
    let mut table = Table::with_titles(&["across providers", "count"]);
    for (name, count) in types {
        table.row(vec![clipped(&name, 44), count.to_string()]);
    }
    std::iter::once(String::new()).chain(table.lines()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;

    #[test]
    fn a_bar_is_as_high_as_its_count() {
        let spans = Spans { start: Timestamp::from_secs(0), seconds: 60, counts: vec![0, 1, 50, 100] };
        let line = anstream::adapter::strip_str(&over_time(&spans)[0]).to_string();
        assert_eq!(line, " ▁▄█ 1m a bar, at most 100");
    }
}
