//! The seconds of a run as a table that spreadsheets and notebooks read: numbers only, a fixed set of columns.

use std::fmt::Write;

use crate::json::load_report::LoadReport;

/// A head, and a line for each second in which something happened.
pub(super) fn table(report: &LoadReport) -> String {
    let mut out = String::from(
        "second,asked,starts,answers,errors,rate,p50_ms,p95_ms,p99_ms,max_ms,status_1xx,status_2xx,status_3xx,status_4xx,status_5xx\n",
    );
    let or_empty = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    for second in &report.series {
        let class = |class: u16| -> u64 {
            second.statuses.iter().filter(|(status, _)| *status / 100 == class).map(|(_, count)| count).sum()
        };
        let _ = writeln!(
            out,
            "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}",
            second.at,
            or_empty(second.asked),
            second.starts,
            second.answers,
            second.errors,
            second.rate,
            or_empty(second.p50),
            or_empty(second.p95),
            or_empty(second.p99),
            or_empty(second.max),
            class(1),
            class(2),
            class(3),
            class(4),
            class(5),
        );
    }
    out
}
