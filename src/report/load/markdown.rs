//! A load test for pull requests and job summaries: what a reviewer needs to see, in one screen.

use std::fmt::Write;

use super::super::markdown::{code, table, text};
use super::words::{self, Tone};
use crate::json::load_report::LoadReport;

/// Rows of the table of events; the JSON report has all.
const MOST_EVENTS: usize = 50;

pub(super) fn document(report: &LoadReport) -> String {
    let (tone, verdict) = words::verdict(report);
    let sign = match tone {
        Tone::Good => "✅",
        Tone::Warn => "⚠️",
        Tone::Bad => "❌",
    };
    let mut parts = vec![
        format!("## {sign} Load test: {}\n", text(&verdict)),
        format!(
            "{} · {} · {}\n",
            code(&report.target),
            text(&words::plan(&report.plan)),
            text(&words::instant(&report.started_at))
        ),
    ];
    parts.push(numbers(report));
    parts.extend(report.warnings.iter().map(|warning| format!("> ⚠️ {}\n", text(warning))));
    if !report.asserts.is_empty() {
        let rows: Vec<Vec<String>> = report
            .asserts
            .iter()
            .map(|one| vec![if one.pass { "✅" } else { "❌" }.to_owned(), code(&one.expr), text(&one.detail)])
            .collect();
        parts.push(table(&["", "threshold", "found"], false, &rows));
    }
    parts.extend(latencies(report));
    if let Some(baseline) = &report.baseline {
        let rows: Vec<Vec<String>> = baseline
            .changes
            .iter()
            .map(|change| {
                let [before, now] = [change.before, change.now].map(|value| words::compared(&change.metric, value));
                vec![text(&change.metric), before, now, words::change(change.verdict).1.to_owned()]
            })
            .collect();
        let titles = ["", &format!("baseline of {}", text(&words::instant(&baseline.started_at))), "now", ""];
        parts.push(table(&titles, true, &rows));
    }
    parts.extend(answers(report));
    parts.extend(events(report));
    let facts = words::facts(report).into_iter().map(|(name, value)| vec![name.to_owned(), text(&value)]);
    let facts = table(&["", ""], false, &facts.collect::<Vec<_>>());
    parts.push(format!("<details><summary>Details</summary>\n\n{facts}\n</details>\n"));
    parts.join("\n")
}

fn numbers(report: &LoadReport) -> String {
    let mut titles = vec!["requests", "rate", "failed"];
    let mut row = vec![words::number(report.requests), words::rate(report.rate.achieved), words::number(report.failed)];
    if let Some(asked) = report.rate.target {
        let _ = write!(row[1], " of {}", words::rate(asked));
    }
    if let Some(share) = report.error_rate() {
        let _ = write!(row[2], " ({})", words::percent(share));
    }
    if let Some(latency) = &report.latency_ms {
        titles.extend(["p50", "p99", "max"]);
        row.extend([latency.p50, latency.p99, latency.max].map(words::millis));
    }
    let row: Vec<String> = row.into_iter().map(|cell| format!("**{cell}**")).collect();
    table(&titles, false, &[row])
}

fn latencies(report: &LoadReport) -> Option<String> {
    let (latency, service) = (report.latency_ms?, report.service_time_ms?);
    let (latency, service) = (words::percentiles(&latency), words::percentiles(&service));
    let titles: Vec<&str> = std::iter::once("").chain(latency.iter().map(|(name, _)| *name)).collect();
    let row = |name: &str, values: &[(&str, f64)]| -> Vec<String> {
        std::iter::once(name.to_owned()).chain(values.iter().map(|(_, value)| words::millis(*value))).collect()
    };
    Some(table(&titles, true, &[row("latency", &latency), row("service time", &service)]))
}

fn answers(report: &LoadReport) -> Option<String> {
    let statuses = report.statuses.iter().map(|(status, count)| (status.to_string(), *count));
    let errors = report.errors.iter().map(|(kind, count)| (text(kind), *count));
    let row = |(name, count): (String, u64)| vec![name, words::number(count), words::part(count, report.requests)];
    let rows: Vec<Vec<String>> = statuses.chain(errors).map(row).collect();
    (!rows.is_empty()).then(|| table(&["answer", "requests", "share"], true, &rows))
}

fn events(report: &LoadReport) -> Option<String> {
    if report.by_event.len() < 2 {
        return None;
    }
    let rows: Vec<Vec<String>> = report
        .by_event
        .iter()
        .take(MOST_EVENTS)
        .map(|event| {
            let at = |value: fn(&crate::json::load_report::Percentiles) -> f64| {
                event.latency_ms.as_ref().map_or("–".to_owned(), |spread| words::millis(value(spread)))
            };
            vec![
                code(&format!("{}/{}", event.provider, event.event_type)),
                words::number(event.requests),
                words::number(event.failed),
                at(|spread| spread.p50),
                at(|spread| spread.p99),
                at(|spread| spread.max),
            ]
        })
        .collect();
    let more = report.by_event.len().saturating_sub(MOST_EVENTS);
    let more = if more > 0 { format!("\n… and {more} more\n") } else { String::new() };
    Some(table(&["event", "requests", "failed", "p50", "p99", "max"], true, &rows) + &more)
}
