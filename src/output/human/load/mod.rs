//! A load test for people: what came of it first, then how latencies are spread, then what to look at. Readable without colour.

mod watching;

use std::fmt::Write;

pub use watching::{panel, second};

use crate::json::load_report::{EventReport, LoadReport, Percentiles, decode};
use crate::output::sanitize::{clipped, line as safe};
use crate::output::style;
use crate::output::table::{Table, padded};
use crate::report::load::timeline::spans;
use crate::report::load::words::{self, Tone};

/// Columns of the longest bar.
const BAR: usize = 40;

/// Columns of a line over time.
const COLUMNS: u64 = 60;

/// Rows of a distribution, about.
const ROWS: usize = 14;

/// Rows of the table of events; `--json` has all.
const EVENTS: usize = 30;

/// Columns of names on the left.
const NAME: usize = 12;

/// Nanoseconds in a millisecond.
const MILLI: f64 = 1e6;

/// The whole report.
pub fn page(report: &LoadReport) -> Vec<String> {
    let mut lines = vec![head(report), style::dim(&safe(&words::plan(&report.plan))), String::new()];
    lines.push(fact("requests", &requests(report)));
    lines.extend(answers(report));
    lines.extend(timings(report));
    lines.extend(over_time(report));
    lines.extend(distribution(report));
    lines.extend(events(report));
    lines.extend(beside(report));
    lines.extend(comparison(report));
    let warnings: Vec<String> =
        report.warnings.iter().map(|warning| format!("{} {}", style::warn("warning:"), safe(warning))).collect();
    lines.extend(apart(warnings));
    lines.extend(apart(asserts(report)));
    lines
}

/// Lines with an empty one before them, if there are any.
fn apart(lines: Vec<String>) -> Vec<String> {
    if lines.is_empty() { lines } else { std::iter::once(String::new()).chain(lines).collect() }
}

fn toned(tone: Tone, text: &str) -> String {
    match tone {
        Tone::Good => style::good(text),
        Tone::Warn => style::warn(text),
        Tone::Bad => style::bad(text),
    }
}

fn fact(name: &str, value: &str) -> String {
    format!("{}{value}", padded(style::dim(name), NAME))
}

fn head(report: &LoadReport) -> String {
    let (tone, verdict) = words::verdict(report);
    format!("{}  {}", style::strong(&clipped(&report.target, 100)), toned(tone, &safe(&verdict)))
}

fn requests(report: &LoadReport) -> String {
    let mut text = format!("{} in {}", words::number(report.requests), words::seconds(report.duration_s));
    let achieved = words::rate(report.rate.achieved);
    let _ = match report.rate.target {
        Some(asked) if report.rate.achieved < asked * 0.99 => {
            write!(text, ", {} of {}", style::bad(&achieved), words::rate(asked))
        }
        Some(asked) => write!(text, ", {achieved} of {}", words::rate(asked)),
        None => write!(text, ", {achieved}"),
    };
    if let Some(share) = report.error_rate().filter(|_| report.failed > 0) {
        let failed = format!("{} failed ({})", words::number(report.failed), words::percent(share));
        let _ = write!(text, ", {}", style::bad(&failed));
    }
    text
}

fn answers(report: &LoadReport) -> Vec<String> {
    let mut lines = Vec::new();
    let statuses: Vec<String> = report
        .statuses
        .iter()
        .map(|(status, count)| format!("{} × {}", words::number(*count), style::status(*status)))
        .collect();
    if !statuses.is_empty() {
        lines.push(fact("answers", &statuses.join("  ")));
    }
    let errors: Vec<String> = report
        .errors
        .iter()
        .map(|(kind, count)| style::bad(&format!("{} {}", words::number(*count), clipped(kind, 40))))
        .collect();
    if !errors.is_empty() {
        lines.push(fact("no answer", &errors.join("  ")));
    }
    lines
}

fn timings(report: &LoadReport) -> Vec<String> {
    let mut table = Table::default();
    let mut row = |name: &str, cells: [String; 8]| {
        table.row(std::iter::once(padded(style::dim(name), NAME - 2)).chain(cells).collect());
    };
    let values = |spread: &Percentiles| words::percentiles(spread).map(|(_, value)| words::millis(value));
    if let Some(latency) = &report.latency_ms {
        row("", words::percentiles(latency).map(|(name, _)| style::dim(name)));
        row("latency", values(latency));
    }
    // In a closed loop they are the same.
    if let Some(service) = report.service_time_ms.as_ref().filter(|service| Some(**service) != report.latency_ms) {
        row("service", values(service));
    }
    table.lines()
}

/// Bars of eight heights; what is not nothing is never drawn as nothing.
fn sparkline(values: &[f64]) -> String {
    const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = values.iter().copied().fold(0.0, f64::max);
    let bar = |value: &f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of eight")]
        let at = (value / most * 7.0).round() as usize;
        if *value > 0.0 { HEIGHTS[at.min(7)] } else { ' ' }
    };
    values.iter().map(bar).collect()
}

fn over_time(report: &LoadReport) -> Vec<String> {
    let spans = spans(report, COLUMNS);
    if spans.len() < 3 {
        return Vec::new();
    }
    let line = |name: &str, values: Vec<f64>, shown: fn(f64) -> String| {
        let most = values.iter().copied().fold(0.0, f64::max);
        (most > 0.0).then(|| {
            fact(name, &format!("{}  {}", sparkline(&values), style::dim(&format!("at most {}", shown(most)))))
        })
    };
    let rates = line("rate", spans.iter().map(|span| span.rate).collect(), words::rate);
    let p99 = spans.iter().map(|span| span.latency.map_or(0.0, |latency| latency.p99)).collect();
    let latencies = line("p99", p99, words::millis);
    apart([rates, latencies].into_iter().flatten().collect())
}

/// Round numbers between the smallest and the greatest latency, as many as there is room for.
fn edges(low: f64, high: f64) -> Vec<f64> {
    let mut best = Vec::new();
    for marks in [
        &[1.0][..],
        &[1.0, 3.0],
        &[1.0, 2.0, 5.0],
        &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0],
        &[1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0],
    ] {
        let first = low.max(1e-6).log10().floor();
        let mut edges = Vec::new();
        let mut decade = 10_f64.powf(first);
        while decade < high * 10.0 {
            edges.extend(marks.iter().map(|mark| mark * decade).filter(|edge| *edge > low));
            decade *= 10.0;
        }
        let needed = edges.iter().position(|edge| *edge >= high).map_or(edges.len(), |at| at + 1);
        edges.truncate(needed);
        if best.is_empty() || edges.len() <= ROWS {
            best = edges;
        }
    }
    best
}

#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn distribution(report: &LoadReport) -> Vec<String> {
    let (Some(latency), Some(spread)) = (decode(&report.histogram), &report.latency_ms) else {
        return Vec::new();
    };
    let edges = edges(spread.min, spread.max);
    let mut counts = vec![0_u64; edges.len()];
    for value in latency.iter_recorded() {
        let millis = value.value_iterated_to() as f64 / MILLI;
        let at = edges.iter().position(|edge| millis <= *edge).unwrap_or(edges.len().saturating_sub(1));
        if let Some(count) = counts.get_mut(at) {
            *count += value.count_since_last_iteration();
        }
    }
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let lines = edges
        .iter()
        .zip(&counts)
        .map(|(edge, count)| {
            let eighths = (*count as f64 / most as f64 * (BAR * 8) as f64).ceil();
            let share = words::part(*count, latency.len());
            let name = padded(style::dim(&format!("≤ {}", words::millis(*edge))), NAME);
            format!("{name}{} {}", padded(bar(eighths), BAR), if *count == 0 { String::new() } else { share })
        })
        .map(|line| line.trim_end().to_owned())
        .collect();
    apart(lines)
}

/// A bar of so many eighths of a column.
fn bar(eighths: f64) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few hundred at most")]
    let eighths = eighths as usize;
    format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8])
}

fn events(report: &LoadReport) -> Vec<String> {
    if report.by_event.len() < 2 {
        return Vec::new();
    }
    let mut table = Table::with_titles(&["event", "requests", "failed", "p50", "p99", "max"]);
    let row = |event: &EventReport| {
        let at = |value: fn(&Percentiles) -> f64| {
            event.latency_ms.as_ref().map_or("-".to_owned(), |spread| words::millis(value(spread)))
        };
        let failed = words::number(event.failed);
        vec![
            format!("{} {}", clipped(&event.provider, 30), clipped(&event.event_type, 44)),
            words::number(event.requests),
            if event.failed > 0 { style::bad(&failed) } else { failed },
            at(|spread| spread.p50),
            at(|spread| spread.p99),
            at(|spread| spread.max),
        ]
    };
    report.by_event.iter().take(EVENTS).for_each(|event| table.row(row(event)));
    let mut lines = table.lines();
    if let Some(more) = report.by_event.len().checked_sub(EVENTS).filter(|more| *more > 0) {
        lines.push(style::dim(&format!("… and {more} more; --json has all")));
    }
    apart(lines)
}

/// Facts that matter beside the numbers; those that only say what was typed are left to the files.
fn beside(report: &LoadReport) -> Vec<String> {
    const SHOWN: [&str; 8] =
        ["starts", "duplicates", "invalid", "batches", "receiver", "connections", "bytes", "client"];
    let facts = words::facts(report).into_iter().filter(|(name, _)| SHOWN.contains(name));
    apart(facts.map(|(name, value)| fact(name, &safe(&value))).collect())
}

fn comparison(report: &LoadReport) -> Vec<String> {
    let Some(baseline) = &report.baseline else {
        return Vec::new();
    };
    let mut table = Table::with_titles(&["baseline", "then", "now", ""]);
    for change in &baseline.changes {
        let (tone, word) = words::change(change.verdict);
        let [before, now] = [change.before, change.now].map(|value| words::compared(&change.metric, value));
        let word = if word == "within noise" { style::dim(word) } else { toned(tone, word) };
        table.row(vec![clipped(&change.metric, 30), before, now, word]);
    }
    apart(table.lines())
}

fn asserts(report: &LoadReport) -> Vec<String> {
    let mut table = Table::default();
    for one in &report.asserts {
        let sign = if one.pass { style::good("✓") } else { style::bad("✗") };
        let found = if one.pass { style::dim(&safe(&one.detail)) } else { safe(&one.detail).into_owned() };
        table.row(vec![format!("{sign} {}", clipped(&one.expr, 80)), found]);
    }
    table.lines()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::load_report::tests::{Request, report};

    fn plain(report: &LoadReport) -> String {
        anstream::adapter::strip_str(&page(report).join("\n")).to_string()
    }

    #[test]
    fn bars_are_between_round_numbers() {
        let names: Vec<String> = edges(0.06, 0.9).into_iter().map(words::millis).collect();
        assert_eq!(names, ["70µs", "100µs", "150µs", "200µs", "300µs", "500µs", "700µs", "1ms"]);
        assert!(edges(0.001, 500_000.0).len() <= ROWS);
        assert!(!edges(5.0, 5.0).is_empty());
    }

    #[test]
    fn a_page_tells_all_without_colour() {
        let requests: Vec<Request> = (0..1_000)
            .map(|n| (n / 100, usize::from(n % 4 == 0), n + 1, if n % 100 == 0 { 503 } else { 200 }))
            .collect();
        let mut report = report(&requests);
        report.warnings.push("the clock \u{1b}[31mjumped".to_owned());
        let page = plain(&report);
        for wanted in [
            "http://127.0.0.1:4400/webhooks/stripe  passed",
            "requests    1,000 in 10s, 100/s of 500/s, 10 failed (1%)",
            "answers     990 × 200  10 × 503",
            "p95    p99    p99.9",
            "950µs  990µs  999µs",
            "████",
            "stripe charge.refunded",
            "warning: the clock \\e[31mjumped",
        ] {
            assert!(page.contains(wanted), "{wanted}\n{page}");
        }
    }

    #[test]
    fn a_page_obeys_nothing_that_came_from_outside() {
        let mut hostile = report(&[(0, 2, 100, 200), (0, 1, 100, 0)]);
        let evil = "\u{1b}]0;title\u{7}\u{202e}\u{9b}31m";
        hostile.target = evil.to_owned();
        hostile.errors = [(evil.to_owned(), 1)].into();
        hostile.aborted_by = Some(evil.to_owned());
        hostile.version = evil.to_owned();
        let page = plain(&hostile);
        assert!(!page.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{page}");
    }

    #[test]
    fn an_empty_run_has_a_page() {
        assert!(plain(&report(&[])).contains("requests    0 in 0s"));
    }
}
