//! A load test while it runs: a line a second.

use std::time::Duration;

use crate::load::Watched;
use crate::model::quantity::show_duration;
use crate::output::style;
use crate::report::load::words;

/// A second of the run.
pub fn second(watched: &Watched) -> String {
    let second = &watched.second;
    let clock = show_duration(Duration::from_secs(second.at + 1));
    let mut parts = vec![format!("{clock:>6}"), format!("{:>10}", words::rate(second.rate))];
    if let (Some(p50), Some(p99), Some(max)) = (second.p50, second.p99, second.max) {
        parts.push(format!(
            "p50 {:>7}  p99 {:>7}  max {:>7}",
            words::millis(p50),
            words::millis(p99),
            words::millis(max)
        ));
    }
    parts.push(format!("{} in flight", watched.in_flight));
    if watched.failed > 0 {
        parts.push(style::bad(&format!("{} failed", words::number(watched.failed))));
    }
    if watched.dropped > 0 {
        parts.push(style::bad(&format!("{} not sent", words::number(watched.dropped))));
    }
    parts.join("  ")
}

/// The panel of a terminal: the run so far, the last second, and the rate over time.
pub fn panel(watched: &Watched, rates: &[f64]) -> Vec<String> {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let second = &watched.second;
    let most = rates.iter().copied().fold(0.0, f64::max);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 7")]
    let bar = |rate: &f64| if *rate > 0.0 { BARS[(rate / most * 7.0).round() as usize % 8] } else { ' ' };
    let failed = words::number(watched.failed);
    let failed = if watched.failed > 0 { style::bad(&format!("{failed} failed")) } else { format!("{failed} failed") };
    let mut lines = vec![format!(
        "{:>6}  {}  {} requests, {failed}, {} in flight",
        show_duration(Duration::from_secs(second.at + 1)),
        style::strong(&words::rate(second.rate)),
        words::number(watched.requests),
        words::number(watched.in_flight),
    )];
    if watched.dropped > 0 {
        lines.push(style::bad(&format!("        {} not sent: --max-in-flight", words::number(watched.dropped))));
    }
    if let Some(latency) = &watched.latency {
        lines.push(format!(
            "        p50 {}  p90 {}  p99 {}  p99.9 {}  max {}",
            words::millis(latency.p50),
            words::millis(latency.p90),
            words::millis(latency.p99),
            words::millis(latency.p999),
            words::millis(latency.max)
        ));
    }
    let line: String = rates.iter().map(bar).collect();
    lines.push(format!("        {line} {}", style::dim(&format!("at most {}", words::rate(most)))));
    lines
}
