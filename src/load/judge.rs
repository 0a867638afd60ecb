//! Holding a report against thresholds: those that were asked for, and those that every run has to meet.

use crate::json::load_report::{Assertion, LoadReport};
use crate::threshold::{Bound, Comparison, Metric, Numbers, Subject, Threshold};

/// Whether a schedule that was not met is a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissedRate {
    /// It is, beyond one part in a hundred.
    Fails,
    /// It is not.
    IsAllowed,
}

/// The part of the asked rate that must be reached.
const ENOUGH: f64 = 0.99;

/// Evaluates the thresholds, and those that every run has to meet, into the report's `asserts`.
pub fn judge(report: &mut LoadReport, thresholds: &[Threshold], baseline: Option<&LoadReport>, missed: MissedRate) {
    let asked = thresholds.iter().map(|threshold| (threshold.clone(), false));
    let implied = implied(report, thresholds, missed).into_iter().map(|threshold| (threshold, true));
    let judged = asked.chain(implied).map(|(threshold, implied)| {
        let outcome = threshold.evaluate(report, baseline.map(|baseline| baseline as &dyn Numbers));
        Assertion {
            expr: threshold.to_string(),
            actual: outcome.actual,
            pass: outcome.holds,
            detail: threshold.explain(&outcome),
            implied,
        }
    });
    report.asserts = judged.collect();
}

/// What holds without being asked for: something was accepted, the rate was met, nothing forged was accepted.
fn implied(report: &LoadReport, asked: &[Threshold], missed: MissedRate) -> Vec<Threshold> {
    let threshold = |metric, comparison, bound| Threshold {
        subject: Subject { metric, event: None },
        comparison,
        bound: Bound::Fixed(bound),
    };
    let mut implied = vec![threshold(Metric::Succeeded, Comparison::More, 0.0)];
    if let Some(target) = report.rate.target.filter(|_| missed == MissedRate::Fails) {
        // Rounded down, so that the bound can be read.
        let least = (target * ENOUGH * 1_000.0).floor() / 1_000.0;
        implied.push(threshold(Metric::Rate, Comparison::AtLeast, least));
    }
    // Whoever says how many may be accepted means it.
    let said = asked.iter().any(|threshold| threshold.subject.metric == Metric::AcceptedInvalid);
    if report.invalid > 0 && !said {
        implied.push(threshold(Metric::AcceptedInvalid, Comparison::Equal, 0.0));
    }
    implied
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::load_report::tests::{Request, report};

    fn judged(requests: &[Request], thresholds: &[&str], missed: MissedRate) -> Vec<(String, bool)> {
        let mut report = report(requests);
        report.invalid = 3;
        report.accepted_invalid = 1;
        let thresholds: Vec<Threshold> = thresholds.iter().map(|text| text.parse().expect("a threshold")).collect();
        judge(&mut report, &thresholds, None, missed);
        report.asserts.into_iter().map(|one| (one.expr, one.pass)).collect()
    }

    #[test]
    fn every_run_must_have_succeeded_at_the_asked_rate() {
        let some: Vec<Request> = (0..10).map(|n| (0, 0, n + 1, 200)).collect();
        let of = |text: &str, pass| (text.to_owned(), pass);
        let all = [of("succeeded > 0", true), of("rate >= 495/s", false), of("accepted_invalid == 0", false)];
        assert_eq!(judged(&some, &[], MissedRate::Fails), all);
        let fewer = [of("p99 < 1s", true), of("accepted_invalid <= 1", true), of("succeeded > 0", true)];
        assert_eq!(judged(&some, &["p99 < 1s", "accepted_invalid <= 1"], MissedRate::IsAllowed), fewer);
        assert_eq!(judged(&[(0, 0, 1, 500)], &[], MissedRate::IsAllowed)[0], of("succeeded > 0", false));
        assert_eq!(judged(&[], &[], MissedRate::IsAllowed)[0], of("succeeded > 0", false));
    }
}
