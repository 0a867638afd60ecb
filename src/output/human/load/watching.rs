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
