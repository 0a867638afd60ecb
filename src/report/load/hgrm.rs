//! The latency as a percentile distribution in the form of HdrHistogram's own tools, in milliseconds.

use std::fmt::Write;

use crate::json::load_report::{LoadReport, decode, histogram};

/// Lines for each halving of what is left up to 100%.
const TICKS: u32 = 5;

/// Nanoseconds in a millisecond.
const MILLI: f64 = 1e6;

#[expect(clippy::cast_precision_loss, reason = "three digits of values count")]
pub(super) fn table(report: &LoadReport) -> String {
    let latency = decode(&report.histogram).unwrap_or_else(histogram);
    let mut out = format!("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
    let mut total = 0;
    for value in latency.iter_quantiles(TICKS) {
        total += value.count_since_last_iteration();
        let quantile = value.quantile_iterated_to();
        let (at, place) = (value.value_iterated_to() as f64 / MILLI, format!("{quantile:.12}"));
        let _ = if quantile < 1.0 {
            writeln!(out, "{at:>12.6} {place} {total:>10} {:>14.2}", 1.0 / (1.0 - quantile))
        } else {
            writeln!(out, "{at:>12.6} {place} {total:>10}")
        };
    }
    let _ = writeln!(
        out,
        "#[Mean    = {:>12.6}, StdDeviation   = {:>12.6}]\n#[Max     = {:>12.6}, Total count    = {:>12}]\n\
         #[Buckets = {:>12}, SubBuckets     = {:>12}]",
        latency.mean() / MILLI,
        latency.stdev() / MILLI,
        latency.max() as f64 / MILLI,
        latency.len(),
        latency.buckets(),
        // What three digits need: 2 * 10^3, up to a power of two.
        2_048,
    );
    out
}
