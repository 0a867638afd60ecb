//! A load test as a page: the verdict and the few numbers that count, then plots, then tables.

mod plots;

use super::words::{self, Tone};
use crate::json::load_report::{EventReport, LoadReport};
use crate::report::html::{self, Html, el, of_class, text};

/// Rows of the table of events; the JSON report has all.
const MOST_EVENTS: usize = 200;

pub(super) fn page(report: &LoadReport) -> String {
    let sections: Html = [
        head(report),
        tiles(report),
        warnings(report),
        thresholds(report),
        plots::plots(report),
        of_class("div", "column", [answers(report), comparison(report)]),
        latencies(report),
        events(report),
        details(report),
    ]
    .into_iter()
    .collect();
    html::page(&format!("Load test of {}", report.target), &el("main", &[], sections))
}

fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Warn => "warn",
        Tone::Bad => "bad",
    }
}

fn head(report: &LoadReport) -> Html {
    let (tone, verdict) = words::verdict(report);
    let plan = format!("{} · {}", words::plan(&report.plan), words::instant(&report.started_at));
    el(
        "header",
        &[],
        [
            of_class("p", "kicker", text("hookctl load")),
            of_class("span", &format!("badge {}", class(tone)), text(&verdict)),
            el("h1", &[], text(&report.target)),
            of_class("p", "plan", text(&plan)),
        ],
    )
}

fn tiles(report: &LoadReport) -> Html {
    let tile = |name: &str, value: String, note: String, tone: &str| {
        of_class(
            "div",
            &format!("tile {tone}"),
            [
                of_class("div", "name", text(name)),
                of_class("div", "value", text(&value)),
                of_class("div", "note", text(&note)),
            ],
        )
    };
    let asked =
        report.rate.target.map_or("as fast as answered".to_owned(), |asked| format!("of {} asked", words::rate(asked)));
    let missed = report.rate.target.is_some_and(|asked| report.rate.achieved < asked * 0.99);
    let mut tiles = vec![
        tile("requests", words::number(report.requests), format!("in {}", words::seconds(report.duration_s)), ""),
        tile("rate", words::rate(report.rate.achieved), asked, if missed { "bad" } else { "" }),
    ];
    if let Some(latency) = &report.latency_ms {
        let mean = format!("mean {}", words::millis(latency.mean));
        tiles.push(tile("p50", words::millis(latency.p50), mean, ""));
        tiles.push(tile("p99", words::millis(latency.p99), format!("p95 {}", words::millis(latency.p95)), ""));
        tiles.push(tile("max", words::millis(latency.max), format!("p99.9 {}", words::millis(latency.p999)), ""));
    }
    let share = report.error_rate().map_or("–".to_owned(), words::percent);
    let of = format!("{} of {}", words::number(report.failed), words::number(report.succeeded + report.failed));
    tiles.push(tile("failed", share, of, if report.failed > 0 { "bad" } else { "good" }));
    of_class("section", "tiles", tiles.into_iter().collect::<Html>())
}

fn warnings(report: &LoadReport) -> Html {
    if report.warnings.is_empty() {
        return Html::none();
    }
    let items: Html = report.warnings.iter().map(|warning| el("li", &[], text(warning))).collect();
    of_class("section", "warnings", el("ul", &[], items))
}

fn thresholds(report: &LoadReport) -> Html {
    if report.asserts.is_empty() {
        return Html::none();
    }
    let rows: Html = report
        .asserts
        .iter()
        .map(|one| {
            let (tone, sign) = if one.pass { ("good", "✓") } else { ("bad", "✗") };
            el(
                "li",
                &[("class", tone)],
                [
                    of_class("span", "sign", text(sign)),
                    el("code", &[], text(&one.expr)),
                    of_class("span", "found", text(&one.detail)),
                ],
            )
        })
        .collect();
    of_class("section", "card thresholds", [el("h2", &[], text("Thresholds")), el("ul", &[], rows)])
}

fn card(title: &str, inner: Html) -> Html {
    of_class("section", "card", [el("h2", &[], text(title)), inner])
}

/// The class of a status in the style, by its first digit.
fn status_class(status: u16) -> &'static str {
    match status {
        200..=299 => "s2",
        300..=399 => "s3",
        400..=499 => "s4",
        _ => "s5",
    }
}

fn answers(report: &LoadReport) -> Html {
    let statuses = report.statuses.iter().map(|(status, count)| (status_class(*status), status.to_string(), *count));
    let errors = report.errors.iter().map(|(kind, count)| ("s0", kind.clone(), *count));
    let all: Vec<(&str, String, u64)> = statuses.chain(errors).collect();
    if all.is_empty() {
        return Html::none();
    }
    let total: u64 = all.iter().map(|(_, _, count)| count).sum();
    let bar: Html = all
        .iter()
        .map(|(class, name, count)| {
            #[expect(clippy::cast_precision_loss, reason = "a bar is a few hundred pixels wide")]
            let grow = format!("flex-grow:{}", *count as f64 / total.max(1) as f64);
            let title = format!("{name}: {}", words::number(*count));
            el("span", &[("class", *class), ("style", &grow), ("title", &title)], Html::none())
        })
        .collect();
    let rows = all
        .iter()
        .map(|(class, name, count)| {
            let name = of_class("span", &format!("key {class}"), text(name));
            vec![name, text(&words::number(*count)), text(&words::part(*count, total))]
        })
        .collect();
    let table = html::table(&[("answer", ""), ("requests", "n"), ("share", "n")], rows);
    card("Answers and errors", Html::from([of_class("div", "stack", bar), table]))
}

fn latencies(report: &LoadReport) -> Html {
    let (Some(latency), Some(service)) = (&report.latency_ms, &report.service_time_ms) else {
        return Html::none();
    };
    let rows = words::percentiles(latency)
        .into_iter()
        .zip(words::percentiles(service))
        .map(|((name, latency), (_, service))| {
            vec![text(name), text(&words::millis(latency)), text(&words::millis(service))]
        })
        .collect();
    let table = html::table(&[("", ""), ("latency", "n"), ("service time", "n")], rows);
    let note = "Latency counts from when a request was to start, service time from when it did.";
    card("Latency in numbers", Html::from([table, of_class("p", "note", text(note))]))
}

fn comparison(report: &LoadReport) -> Html {
    let Some(baseline) = &report.baseline else {
        return Html::none();
    };
    let rows = baseline
        .changes
        .iter()
        .map(|change| {
            let [before, now] = [change.before, change.now].map(|value| text(&words::compared(&change.metric, value)));
            let (tone, word) = words::change(change.verdict);
            let word = match change.verdict {
                crate::json::load_report::ChangeVerdict::Same => of_class("span", "note", text(word)),
                _ => of_class("span", class(tone), text(word)),
            };
            vec![text(&change.metric), before, now, word]
        })
        .collect();
    let titles = [("", ""), ("baseline", "n"), ("now", "n"), ("", "n")];
    let note =
        format!("The baseline is the run of {} against {}.", words::instant(&baseline.started_at), baseline.target);
    card("Against the baseline", Html::from([html::table(&titles, rows), of_class("p", "note", text(&note))]))
}

fn events(report: &LoadReport) -> Html {
    if report.by_event.is_empty() {
        return Html::none();
    }
    let row = |event: &EventReport| {
        let at = |value: Option<f64>| text(&value.map_or("–".to_owned(), words::millis));
        let spread = event.latency_ms.as_ref();
        let failed = words::number(event.failed);
        let name =
            [of_class("span", "provider", text(&event.provider)), text(" "), el("code", &[], text(&event.event_type))];
        vec![
            name.into(),
            text(&words::number(event.requests)),
            text(&words::part(event.requests, report.requests)),
            if event.failed > 0 { of_class("span", "bad", text(&failed)) } else { text(&failed) },
            at(spread.map(|spread| spread.p50)),
            at(spread.map(|spread| spread.p95)),
            at(spread.map(|spread| spread.p99)),
            at(spread.map(|spread| spread.max)),
        ]
    };
    let titles = [
        ("event", ""),
        ("requests", "n"),
        ("share", "n"),
        ("failed", "n"),
        ("p50", "n"),
        ("p95", "n"),
        ("p99", "n"),
        ("max", "n"),
    ];
    let table = html::table(&titles, report.by_event.iter().take(MOST_EVENTS).map(row).collect());
    let more = report.by_event.len().saturating_sub(MOST_EVENTS);
    let more = if more > 0 { of_class("p", "note", text(&format!("… and {more} more"))) } else { Html::none() };
    of_class("section", "card wide", [el("h2", &[], text("By event")), table, more])
}

fn details(report: &LoadReport) -> Html {
    let facts: Html = words::facts(report)
        .into_iter()
        .map(|(name, value)| Html::from([el("dt", &[], text(name)), el("dd", &[], text(&value))]))
        .collect();
    of_class("section", "card wide", [el("h2", &[], text("Details")), el("dl", &[], facts)])
}
