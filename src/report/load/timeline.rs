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

/// The run in at most so many equal spans, without gaps.
pub fn spans(report: &LoadReport, most: u64) -> Vec<Span> {
    let Some(last) = report.series.iter().map(|second| second.at).max() else {
        return Vec::new();
    };
    let width = last / most.max(1) + 1;
    let mut spans = vec![Vec::new(); usize::try_from(last / width + 1).unwrap_or(1)];
    for second in &report.series {
        if let Some(span) = usize::try_from(second.at / width).ok().and_then(|at| spans.get_mut(at)) {
            span.push(second);
        }
    }
    (0..).zip(&spans).map(|(at, seconds)| span(at * width, width.min(last + 1 - at * width), seconds)).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a plot shows three digits")]
fn span(start: u64, width: u64, seconds: &[&Second]) -> Span {
    let each = |sum: f64| sum / width as f64;
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
        rate: each(seconds.iter().map(|second| second.rate).sum()),
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
    fn a_run_of_ages_takes_no_more_room() {
        let mut run = report(&[(0, 0, 1_000, 200), (1, 0, 1_000, 200)]);
        run.series[1].at = u64::MAX - 1;
        assert!(spans(&run, 300).len() <= 301);
    }
}
