//! The plots of a load test: how latencies are spread, and what happened when.

use hdrhistogram::Histogram;

use super::super::timeline::{Span, spans};
use super::super::words;
use crate::json::load_report::{LoadReport, Percentiles, decode};
use crate::report::html::{Axis, Chart, Html, Mark, of_class};

/// Bars of a distribution, at most.
const BARS: u32 = 72;

/// Points of a line over time, at most.
const POINTS: u64 = 300;

/// Nanoseconds in a millisecond.
const MILLI: f64 = 1e6;

/// Steps between names on an axis of time, in seconds.
const STEPS: [f64; 13] = [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0, 7_200.0];

pub(super) fn plots(report: &LoadReport) -> Html {
    let (Some(latency), Some(service)) = (decode(&report.histogram), decode(&report.service_histogram)) else {
        return Html::none();
    };
    let mut plots = Vec::new();
    if let Some(spread) = Percentiles::of(&latency) {
        plots.push(distribution(&latency, &spread));
        plots.push(percentiles(&latency, &service));
    }
    let spans = spans(report, POINTS);
    // One point is no line.
    if spans.len() > 1 {
        plots.push(rates(report, &spans));
        plots.extend(latencies(report, &spans));
    }
    of_class("section", "plots", plots.into_iter().map(|plot| of_class("div", "card", plot)).collect::<Html>())
}

/// An axis of latency: even if all are near each other, else by factors.
fn latency_axis(low: f64, high: f64) -> Axis {
    if high / low.max(1e-6) > 30.0 {
        Axis::log_round(low, high, words::millis)
    } else {
        Axis::from_zero(high, words::millis)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a plot shows three digits")]
fn distribution(latency: &Histogram<u64>, spread: &Percentiles) -> Html {
    let x = Axis::log(spread.min * 0.9, spread.max * 1.1, words::millis);
    let mut counts = vec![0_u64; BARS as usize];
    for value in latency.iter_recorded() {
        let place = x.place(value.value_iterated_to() as f64 / MILLI) * f64::from(BARS);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place is from 0 to 1")]
        let at = (place as usize).min(counts.len() - 1);
        counts[at] += value.count_since_last_iteration();
    }
    let all = latency.len();
    let most = counts.iter().copied().max().unwrap_or(0);
    let y = Axis::from_zero(most as f64 / all as f64, words::percent);
    let edge = |at: u32| x.value(f64::from(at) / f64::from(BARS));
    let bars: Vec<_> = (0..BARS)
        .zip(&counts)
        .map(|(at, count)| {
            let (from, to) = (edge(at), edge(at + 1));
            let title = format!(
                "{} to {}: {} ({})",
                words::millis(from),
                words::millis(to),
                words::number(*count),
                words::part(*count, all)
            );
            ((from, to), *count as f64 / all as f64, title)
        })
        .collect();
    let mut chart = Chart::new(x, y);
    chart.bars("c1", bars);
    let mark = |name: &str, value, class| Mark { value, name: format!("{name} {}", words::millis(value)), class };
    chart.marks(&[mark("p50", spread.p50, "c1"), mark("p95", spread.p95, "c2"), mark("p99", spread.p99, "c3")]);
    chart.figure("Latency distribution", "share of requests")
}

/// From 0% to as near 100% as the number of requests allows, each further nine as wide as the one before.
#[expect(clippy::cast_precision_loss, reason = "a plot shows three digits")]
fn percentiles(latency: &Histogram<u64>, service: &Histogram<u64>) -> Html {
    const STEPS: u32 = 240;
    let nines = (latency.len().max(service.len()).max(10) as f64).log10().min(6.0);
    let names = [
        (0.0, "0%"),
        (0.5, "50%"),
        (0.9, "90%"),
        (0.99, "99%"),
        (0.999, "99.9%"),
        (0.9999, "99.99%"),
        (0.99999, "99.999%"),
    ];
    let place = |quantile: f64| -(1.0 - quantile).log10();
    let ticks = names.map(|(quantile, name)| (place(quantile), name.to_owned()));
    let ticks = ticks.into_iter().filter(|(place, _)| *place <= nines).collect();
    let line = |histogram: &Histogram<u64>| -> Vec<Option<(f64, f64)>> {
        let point = |at: u32| {
            let x = nines * f64::from(at) / f64::from(STEPS);
            let quantile = if at == STEPS { 1.0 } else { 1.0 - 10_f64.powf(-x) };
            (x, histogram.value_at_quantile(quantile) as f64 / MILLI)
        };
        (0..=STEPS).map(|at| (!histogram.is_empty()).then(|| point(at))).collect()
    };
    let (lines, low) = ([line(service), line(latency)], latency.min().min(service.min()) as f64 / MILLI);
    let high = latency.max().max(service.max()) as f64 / MILLI;
    let mut chart = Chart::new(Axis::named(0.0, nines, ticks), latency_axis(low, high));
    chart.line("c5 dashed", "service time", &lines[0]);
    chart.line("c1", "latency", &lines[1]);
    chart.figure("Percentiles", "")
}

fn time_axis(report: &LoadReport, spans: &[Span]) -> Axis {
    let last = spans.last().map_or(1.0, |span| span.middle);
    let end = if report.duration_s.is_finite() { report.duration_s.clamp(last, last * 2.0 + 1.0) } else { last };
    Axis::exactly(end, &STEPS, |at| if at == 0.0 { "0".to_owned() } else { words::seconds(at) })
}

fn rates(report: &LoadReport, spans: &[Span]) -> Html {
    let asked = spans.iter().filter_map(|span| span.asked);
    let most = asked.chain(spans.iter().map(|span| span.rate.max(span.errors))).fold(0.0, f64::max);
    let mut chart = Chart::new(time_axis(report, spans), Axis::from_zero(most, words::rate));
    let points = |value: fn(&Span) -> f64| spans.iter().map(|span| (span.middle, value(span))).collect::<Vec<_>>();
    chart.area("c1", "answers", &points(|span| span.rate));
    if spans.iter().any(|span| span.errors > 0.0) {
        chart.area("c4", "failed", &points(|span| span.errors));
    }
    let asked: Vec<_> = spans.iter().map(|span| span.asked.map(|asked| (span.middle, asked))).collect();
    if asked.iter().any(Option::is_some) {
        chart.line("c0 dashed", "asked", &asked);
    }
    chart.figure("Rate over time", "")
}

fn latencies(report: &LoadReport, spans: &[Span]) -> Option<Html> {
    let measured = || spans.iter().filter_map(|span| span.latency);
    let low = measured().map(|latency| latency.p50).reduce(f64::min)?;
    let high = measured().map(|latency| latency.max).fold(0.0, f64::max);
    let mut chart = Chart::new(time_axis(report, spans), latency_axis(low, high));
    let mut line = |class, name, value: fn(&Percentiles) -> f64| {
        let point = |span: &Span| span.latency.as_ref().map(|latency| (span.middle, value(latency)));
        chart.line(class, name, &spans.iter().map(point).collect::<Vec<_>>());
    };
    line("c0", "max", |latency| latency.max);
    line("c3", "p99", |latency| latency.p99);
    line("c2", "p95", |latency| latency.p95);
    line("c1", "p50", |latency| latency.p50);
    Some(chart.figure("Latency over time", ""))
}
