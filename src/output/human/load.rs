//! A load test as people read it: a line a second while it runs, and a page at the end.

use std::time::Duration;

use crate::json::load_report::{EventReport, LoadReport, Percentiles};
use crate::load::Watched;
use crate::model::FailureKind;
use crate::model::quantity::{ByteSize, show_duration};
use crate::output::sanitize::line;
use crate::output::style;
use crate::output::table::Table;

/// Milliseconds, in the unit that suits them.
pub fn millis(millis: f64) -> String {
    match millis {
        ms if ms < 0.9995 => format!("{:.0}µs", ms * 1e3),
        ms if ms < 9.995 => format!("{ms:.2}ms"),
        ms if ms < 99.95 => format!("{ms:.1}ms"),
        ms if ms < 999.5 => format!("{ms:.0}ms"),
        ms => format!("{:.2}s", ms / 1e3),
    }
}

/// A number a second.
pub fn per_second(rate: f64) -> String {
    if rate < 99.95 { format!("{rate:.1}/s") } else { format!("{}/s", grouped(rate.round())) }
}

/// A whole number with its thousands apart.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count that is shown")]
fn grouped(number: f64) -> String {
    count(number as u64)
}

/// A count with its thousands apart.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A second of the run.
pub fn second(watched: &Watched) -> String {
    let second = &watched.second;
    let clock = show_duration(Duration::from_secs(second.at + 1));
    let mut parts = vec![format!("{clock:>6}"), format!("{:>10}", per_second(second.rate))];
    if let (Some(p50), Some(p99), Some(max)) = (second.p50, second.p99, second.max) {
        parts.push(format!("p50 {:>7}  p99 {:>7}  max {:>7}", millis(p50), millis(p99), millis(max)));
    }
    parts.push(format!("{} in flight", watched.in_flight));
    if watched.failed > 0 {
        parts.push(style::bad(&format!("{} failed", count(watched.failed))));
    }
    if watched.dropped > 0 {
        parts.push(style::bad(&format!("{} not sent", count(watched.dropped))));
    }
    parts.join("  ")
}

/// The whole page.
pub fn page(report: &LoadReport) -> Vec<String> {
    let mut lines = vec![head(report), String::new()];
    let mut fact = |name: &str, value: String| {
        if !value.is_empty() {
            lines.push(format!("{}{value}", style::dim(&format!("{name:<14}"))));
        }
    };
    fact("requests", requests(report));
    fact("rate", rate(report));
    fact("statuses", statuses(report));
    fact("errors", errors(report));
    fact("duplicates", if report.duplicates > 0 { count(report.duplicates) } else { String::new() });
    fact("invalid", invalid(report));
    fact("bytes", format!("{} sent, {} received", ByteSize(report.bytes.sent), ByteSize(report.bytes.received)));
    fact("connections", count(report.connections));
    fact("late starts", late(report));
    fact("client", client(report));
    if let Some(probe) = report.probe {
        let verdict = |number: u64, word: &str| {
            let text = format!("{} {word}", count(number));
            if number > 0 { style::bad(&text) } else { text }
        };
        fact(
            "effects",
            format!(
                "{} of {} events processed, {}, {}",
                count(probe.distinct),
                count(probe.expected),
                verdict(probe.lost, "lost"),
                verdict(probe.doubled, "doubled")
            ),
        );
    }
    if let Some(latency) = report.latency_ms {
        lines.push(String::new());
        lines.extend(spreads(&latency, report.service_time_ms.as_ref()));
    }
    if report.by_event.len() > 1 {
        lines.push(String::new());
        lines.extend(by_event(&report.by_event));
    }
    if !report.asserts.is_empty() {
        lines.push(String::new());
        lines.extend(report.asserts.iter().map(|assertion| {
            let mark = if assertion.pass { style::good("✓") } else { style::bad("✗") };
            format!("{mark} {}  {}", line(&assertion.expr), style::dim(&line(&assertion.detail)))
        }));
    }
    if !report.warnings.is_empty() {
        lines.push(String::new());
        lines.extend(report.warnings.iter().map(|text| format!("{} {}", style::warn("warning:"), line(text))));
    }
    lines
}

fn head(report: &LoadReport) -> String {
    let took = show_duration(Duration::from_secs_f64(report.duration_s.max(0.0)));
    let mut parts = vec![style::strong(&line(&report.target)), format!("in {took}")];
    if let Some(shard) = report.shard {
        parts.push(format!("shard {}/{}", shard.index, shard.count));
    }
    if report.interrupted {
        parts.push(style::warn("interrupted"));
    }
    if let Some(threshold) = &report.aborted_by {
        parts.push(style::bad(&format!("ended by {}", line(threshold))));
    }
    parts.join("  ")
}

fn requests(report: &LoadReport) -> String {
    let mut text = format!("{}, {} accepted", count(report.requests), count(report.succeeded));
    if report.failed > 0 {
        let share = report.error_rate().unwrap_or_default() * 100.0;
        text += ", ";
        text += &style::bad(&format!("{} failed ({share:.2}%)", count(report.failed)));
    }
    text
}

fn rate(report: &LoadReport) -> String {
    let achieved = per_second(report.rate.achieved);
    match report.rate.target {
        Some(target) => format!("{achieved} of {} asked for", per_second(target)),
        None => achieved,
    }
}

fn statuses(report: &LoadReport) -> String {
    let words = report.statuses.iter().map(|(status, number)| format!("{} {}", style::status(*status), count(*number)));
    words.collect::<Vec<_>>().join("  ")
}

fn errors(report: &LoadReport) -> String {
    let words = report.errors.iter().map(|(kind, number)| {
        let sentence = kind.parse::<FailureKind>().map_or_else(|()| kind.clone(), |kind| kind.sentence().to_owned());
        style::bad(&format!("{} × {}", count(*number), line(&sentence)))
    });
    words.collect::<Vec<_>>().join("  ")
}

fn invalid(report: &LoadReport) -> String {
    if report.invalid == 0 {
        return String::new();
    }
    let accepted = report.accepted_invalid;
    if accepted == 0 {
        return format!("{}, none accepted", count(report.invalid));
    }
    let text = format!("{} accepted: the receiver does not verify them", count(accepted));
    format!("{}, {}", count(report.invalid), style::bad(&text))
}

fn late(report: &LoadReport) -> String {
    if report.rate.target.is_none() {
        return String::new();
    }
    let mut text = match report.late_starts {
        0 => "none".to_owned(),
        late => format!("{}, at most {}", count(late), millis(report.max_late_ms)),
    };
    if report.dropped_starts > 0 {
        text += ", ";
        text += &style::bad(&format!("{} not sent", count(report.dropped_starts)));
    }
    text
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn client(report: &LoadReport) -> String {
    let threads = crate::text::count(report.client.threads as usize, "thread", "threads");
    let each = report.client.cpu_s / report.requests.max(1) as f64 * 1e6;
    format!("{threads}, {:.2}s of processor time, {each:.1}µs a request", report.client.cpu_s)
}

fn spreads(latency: &Percentiles, service: Option<&Percentiles>) -> Vec<String> {
    let mut table = Table::with_titles(&["", "min", "p50", "p90", "p95", "p99", "p99.9", "max", "mean"]);
    let mut row = |name: &str, spread: &Percentiles| {
        let values = [spread.min, spread.p50, spread.p90, spread.p95, spread.p99, spread.p999, spread.max, spread.mean];
        let mut cells = vec![name.to_owned()];
        cells.extend(values.map(millis));
        table.row(cells);
    };
    row("latency", latency);
    if let Some(service) = service {
        row("service time", service);
    }
    table.lines()
}

fn by_event(events: &[EventReport]) -> Vec<String> {
    let mut table = Table::with_titles(&["event", "requests", "failed", "p50", "p99", "max"]);
    for event in events {
        let spread = |of: fn(&Percentiles) -> f64| event.latency_ms.as_ref().map_or("-".to_owned(), |s| millis(of(s)));
        table.row(vec![
            line(&format!("{}/{}", event.provider, event.event_type)).into_owned(),
            count(event.requests),
            count(event.failed),
            spread(|s| s.p50),
            spread(|s| s.p99),
            spread(|s| s.max),
        ]);
    }
    table.lines()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_of_even_precision() {
        for (number, text) in [
            (0.0504, "50µs"),
            (0.9999, "1.00ms"),
            (1.234, "1.23ms"),
            (12.34, "12.3ms"),
            (123.4, "123ms"),
            (1_234.0, "1.23s"),
        ] {
            assert_eq!(millis(number), text);
        }
        assert_eq!(count(0), "0");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(per_second(12.34), "12.3/s");
        assert_eq!(per_second(10_000.4), "10,000/s");
    }
}
