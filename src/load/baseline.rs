//! A run beside an earlier one, with an eye for noise: what the numbers do from second to second anyhow is no change.

use crate::json::load_report::{Change, ChangeVerdict, Comparison, LoadReport, Second};
use crate::threshold::{Numbers, Threshold};

/// What is compared: its name, which way is better, and how it was in a second.
type Row = (&'static str, Better, fn(&Second) -> Option<f64>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Better {
    Less,
    More,
}

const ROWS: [Row; 6] = [
    ("p50", Better::Less, |second| second.p50),
    ("p95", Better::Less, |second| second.p95),
    ("p99", Better::Less, |second| second.p99),
    ("max", Better::Less, |second| second.max),
    ("rate", Better::More, |second| Some(second.rate)),
    ("error_rate", Better::Less, error_rate),
];

/// Fewer seconds say nothing about noise.
const ENOUGH_SECONDS: usize = 5;

/// Changes below this part of the value are never told apart from noise.
const LEAST: f64 = 0.05;

/// And with too few seconds to know the noise, below this.
const LEAST_UNKNOWN: f64 = 0.25;

/// Standard errors that a difference must exceed.
const SIGMAS: f64 = 3.0;

#[expect(clippy::cast_precision_loss, reason = "counts of a second")]
fn error_rate(second: &Second) -> Option<f64> {
    let all = second.statuses.values().sum::<u64>().max(second.answers).max(second.errors);
    (all > 0).then(|| second.errors as f64 / all as f64)
}

/// The report beside its baseline.
pub fn compare(report: &LoadReport, baseline: &LoadReport) -> Comparison {
    let changes = ROWS.iter().filter_map(|row| {
        let (metric, better, of_second) = *row;
        let (before, now) = (number(baseline, metric)?, number(report, metric)?);
        let seconds = |report: &LoadReport| report.series.iter().filter_map(of_second).collect::<Vec<_>>();
        let verdict = if is_noise(before, now, &seconds(baseline), &seconds(report)) {
            ChangeVerdict::Same
        } else if (now < before) == (better == Better::Less) {
            ChangeVerdict::Better
        } else {
            ChangeVerdict::Worse
        };
        Some(Change { metric: metric.to_owned(), before, now, verdict })
    });
    Comparison { started_at: baseline.started_at.clone(), target: baseline.target.clone(), changes: changes.collect() }
}

fn number(report: &LoadReport, metric: &str) -> Option<f64> {
    let threshold: Threshold = format!("{metric} == baseline").parse().expect("names of the table are known");
    report.number(&threshold.subject)
}

fn is_noise(before: f64, now: f64, seconds_before: &[f64], seconds_now: &[f64]) -> bool {
    let (difference, size) = ((now - before).abs(), before.abs().max(f64::MIN_POSITIVE));
    let known = seconds_before.len().min(seconds_now.len()) >= ENOUGH_SECONDS;
    let least = if known { LEAST } else { LEAST_UNKNOWN };
    if difference <= size * least {
        return true;
    }
    known && difference <= SIGMAS * (error(seconds_before) + error(seconds_now)).sqrt()
}

/// The square of the standard error of the mean.
#[expect(clippy::cast_precision_loss, reason = "seconds")]
fn error(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0) / count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::load_report::tests::{Request, report};

    /// Twenty seconds of a hundred requests, each second a little different.
    fn run(micros: u64, errors: u64) -> LoadReport {
        let requests: Vec<Request> = (0..2_000)
            .map(|n| {
                (
                    n / 100,
                    0,
                    micros + (n % 7) * 3 + (n / 100 % 5) * micros / 50,
                    if n % 100 < errors { 500 } else { 200 },
                )
            })
            .collect();
        report(&requests)
    }

    fn verdicts(now: &LoadReport, before: &LoadReport) -> Vec<(String, ChangeVerdict)> {
        compare(now, before).changes.into_iter().map(|change| (change.metric, change.verdict)).collect()
    }

    #[test]
    fn noise_is_no_change() {
        assert!(verdicts(&run(1_010, 0), &run(1_000, 0)).iter().all(|(_, verdict)| *verdict == ChangeVerdict::Same));
    }

    #[test]
    fn changes_are_seen_both_ways() {
        let found = verdicts(&run(1_500, 5), &run(1_000, 0));
        for (metric, wanted) in [
            ("p50", ChangeVerdict::Worse),
            ("p99", ChangeVerdict::Worse),
            ("rate", ChangeVerdict::Same),
            ("error_rate", ChangeVerdict::Worse),
        ] {
            assert!(found.contains(&(metric.to_owned(), wanted)), "{metric}: {found:?}");
        }
        assert!(verdicts(&run(1_000, 0), &run(1_500, 5)).contains(&("p50".to_owned(), ChangeVerdict::Better)));
    }

    #[test]
    fn what_one_run_lacks_is_not_compared() {
        assert_eq!(compare(&report(&[]), &run(1_000, 0)).changes.len(), 0, "nothing was measured");
    }
}
