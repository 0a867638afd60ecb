//! A load test for CI servers: a case for each threshold, those that hold for every run among them.

use super::super::junit::{Case, Suite, document as xml};
use super::words;
use crate::json::load_report::LoadReport;

pub(super) fn document(report: &LoadReport) -> String {
    let mut cases: Vec<Case> = report
        .asserts
        .iter()
        .map(|assertion| Case {
            group: format!("load {}", report.target),
            name: assertion.expr.clone(),
            failure: (!assertion.pass).then(|| assertion.detail.clone()),
        })
        .collect();
    let ended = match (&report.aborted_by, report.interrupted) {
        (Some(threshold), _) => Some(format!("aborted, since {threshold}")),
        (None, true) => Some("interrupted".to_owned()),
        (None, false) => None,
    };
    cases.push(Case { group: format!("load {}", report.target), name: "ran to its end".to_owned(), failure: ended });
    let mut properties = vec![
        ("target", report.target.clone()),
        ("requests", report.requests.to_string()),
        ("succeeded", report.succeeded.to_string()),
        ("failed", report.failed.to_string()),
        ("rate", report.rate.achieved.to_string()),
    ];
    if let Some(latency) = report.latency_ms {
        properties.extend([
            ("p50_ms", latency.p50.to_string()),
            ("p95_ms", latency.p95.to_string()),
            ("p99_ms", latency.p99.to_string()),
            ("max_ms", latency.max.to_string()),
        ]);
    }
    let facts = words::facts(report).into_iter().map(|(name, value)| format!("{name}: {value}"));
    let warnings = report.warnings.iter().map(|warning| format!("warning: {warning}"));
    xml(&Suite {
        name: format!("hookctl load {}", report.target),
        timestamp: report.started_at.clone(),
        seconds: report.duration_s,
        properties,
        cases,
        text: facts.chain(warnings).collect::<Vec<_>>().join("\n"),
    })
}
