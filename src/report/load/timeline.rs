//! The seconds of a run in as many spans as a plot has room for; latencies of several seconds are put together exactly.

use crate::json::load_report::{LoadReport, Percentiles, Second, add, decode, histogram};

/// Some seconds of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// Its middle, in seconds since the start.
    pub middle: f64,
    /// Starts asked for a second.
    pub asked: Option<f64>,
    /// Answers a second.
    pub rate: f64,
    /// Failed requests a second.
    pub errors: f64,
    /// Latencies; `None` if nothing was answered.
    pub latency: Option<Percentiles>,
}

/// Less of the last second than this says nothing about a rate.
const ENOUGH: f64 = 0.25;

/// How much of a second the run lasted.
#[expect(clippy::cast_precision_loss, reason = "seconds of a run")]
fn covered(report: &LoadReport, second: &Second) -> f64 {
    (report.duration_s - second.at as f64).clamp(0.0, 1.0)
}

/// The run in at most so many equal spans, without gaps.
pub fn spans(report: &LoadReport, most: u64) -> Vec<Span> {
    let Some(last) =
        report.series.iter().filter(|second| covered(report, second) >= ENOUGH).map(|second| second.at).max()
    else {
        return Vec::new();
    };
    let width = last / most.max(1) + 1;
    let mut spans = vec![Vec::new(); usize::try_from(last / width + 1).unwrap_or(1)];
    for second in &report.series {
        if second.at > last {
            continue;
        }
        if let Some(span) = usize::try_from(second.at / width).ok().and_then(|at| spans.get_mut(at)) {
            span.push(second);
        }
    }
    (0..).zip(&spans).map(|(at, seconds)| span(at * width, width.min(last + 1 - at * width), seconds, report)).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a plot shows three digits")]
fn span(start: u64, width: u64, seconds: &[&Second], report: &LoadReport) -> Span {
    // The last second may have been cut short.
    let missing: f64 = seconds.iter().map(|second| 1.0 - covered(report, second)).sum();
    let each = |sum: f64| sum / (width as f64 - missing);
    let mut all = histogram();
    for second in seconds {
        if let Some(one) = decode(&second.histogram) {
            add(&mut all, &one);
        }
    }
    let asked: Vec<f64> = seconds.iter().filter_map(|second| second.asked).collect();
    Span {
        middle: start as f64 + width as f64 / 2.0,
        asked: (!asked.is_empty()).then(|| each(asked.iter().sum())),
        rate: each(seconds.iter().map(|second| second.answers as f64).sum()),
        errors: each(seconds.iter().map(|second| second.errors as f64).sum()),
        latency: Percentiles::of(&all),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::load_report::tests::report;

    #[test]
    fn seconds_become_spans_without_gaps() {
        let run = report(&[(0, 0, 1_000, 200), (0, 0, 3_000, 200), (5, 0, 2_000, 0)]);
        let each: Vec<(f64, f64)> = spans(&run, 100).iter().map(|span| (span.rate, span.errors)).collect();
        assert_eq!(each, [(2.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 1.0)]);
        let two = spans(&run, 2);
        assert_eq!((two.len(), two[0].rate > 0.6, two[1].latency), (2, true, None));
        assert!(spans(&report(&[]), 10).is_empty());
    }

    #[test]
    fn a_second_that_was_cut_short_is_no_slow_one() {
        let mut run = report(&[(0, 0, 1_000, 200), (0, 0, 1_000, 200), (1, 0, 1_000, 200)]);
        let rates = |run: &LoadReport| spans(run, 10).iter().map(|span| span.rate).collect::<Vec<_>>();
        run.duration_s = 1.5;
        assert_eq!(rates(&run), [2.0, 2.0]);
        run.duration_s = 1.01;
        assert_eq!(rates(&run), [2.0]);
    }

    #[test]
    fn a_run_of_ages_takes_no_more_room() {
        let mut run = report(&[(0, 0, 1_000, 200), (1, 0, 1_000, 200)]);
        run.series[1].at = u64::MAX - 1;
        run.duration_s = 1e30;
        assert!(spans(&run, 300).len() <= 301);
    }
}
