//! `/metrics`: what was counted, in the text format of Prometheus.

use std::fmt::Write as _;

use crate::model::histogram::Counted;
use crate::receive::metrics::{ProviderCounts, Snapshot, TargetCounts, UNKNOWN};

/// The media type of the format.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What is told besides what was counted: how things are now.
#[derive(Debug, Default)]
pub struct Now {
    /// When listening began, in seconds since 1970.
    pub started_at: f64,
    /// Whether deliveries can be recorded.
    pub healthy: bool,
    /// Jobs that wait for the store's writer.
    pub store_waiting: usize,
    /// Microseconds that its transactions took.
    pub store_commits: Counted,
    /// Bytes that deliveries and attempts take in the store.
    pub store_bytes: Option<u64>,
    /// Forwards that are owed, by target.
    pub backlog: Vec<(String, u64)>,
    /// Alerts, and whether each is raised.
    pub alerts: Vec<(String, bool)>,
}

/// All of it as text.
pub fn text(counted: &Snapshot, now: &Now) -> String {
    let mut page = Page(String::with_capacity(16 * 1024));
    page.family("hookctl_build_info", "gauge", "The version of hookctl.");
    page.sample("hookctl_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
    page.family("hookctl_start_time_seconds", "gauge", "When listening began, in seconds since 1970.");
    page.line("hookctl_start_time_seconds", &[], &now.started_at.to_string());
    deliveries(&mut page, counted);
    forwards(&mut page, counted, now);
    store(&mut page, now);
    if !counted.runs.is_empty() {
        page.family("hookctl_exec_runs_total", "counter", "Programs run by --exec, by how they ended.");
        for (well, count) in &counted.runs {
            page.sample("hookctl_exec_runs_total", &[("outcome", if *well { "ok" } else { "failed" })], *count);
        }
    }
    if !now.alerts.is_empty() {
        page.family("hookctl_alert_raised", "gauge", "Whether an alert is raised.");
        for (alert, raised) in &now.alerts {
            page.sample("hookctl_alert_raised", &[("alert", alert)], u64::from(*raised));
        }
    }
    page.0
}

fn deliveries(page: &mut Page, counted: &Snapshot) {
    page.family("hookctl_deliveries_total", "counter", "Recorded deliveries.");
    for ProviderCounts { provider, deliveries, .. } in &counted.providers {
        for (event, verdict, status, count) in deliveries {
            let status = status_label(*status);
            let labels = [
                ("provider", provider.as_str()),
                ("event_type", event),
                ("verdict", verdict.as_str()),
                ("status", &status),
            ];
            page.sample("hookctl_deliveries_total", &labels, *count);
        }
    }
    page.family("hookctl_duplicates_total", "counter", "Of these, repetitions of earlier ones.");
    for of in &counted.providers {
        page.sample("hookctl_duplicates_total", &[("provider", &of.provider)], of.duplicates);
    }
    page.family("hookctl_delivery_size_bytes", "histogram", "Bytes of bodies.");
    for of in &counted.providers {
        page.histogram("hookctl_delivery_size_bytes", &[("provider", &of.provider)], &of.sizes, 1.0);
    }
    let help = "From the last byte of a delivery to the last byte of its answer.";
    page.family("hookctl_delivery_duration_seconds", "histogram", help);
    for of in &counted.providers {
        page.histogram("hookctl_delivery_duration_seconds", &[("provider", &of.provider)], &of.took, MICROS);
    }
    page.family("hookctl_refused_total", "counter", "Requests refused before they were deliveries.");
    for (status, count) in &counted.refused {
        page.sample("hookctl_refused_total", &[("status", &status_label(*status))], *count);
    }
    page.family("hookctl_unrecorded_total", "counter", "Deliveries answered 503 because they could not be recorded.");
    page.sample("hookctl_unrecorded_total", &[], counted.unrecorded);
}

fn forwards(page: &mut Page, counted: &Snapshot, now: &Now) {
    let help = "Attempts to forward, by status or kind of failure.";
    page.family("hookctl_forward_attempts_total", "counter", help);
    for TargetCounts { target, attempts, .. } in &counted.targets {
        for (outcome, count) in attempts {
            page.sample("hookctl_forward_attempts_total", &[("target", target), ("outcome", outcome)], *count);
        }
    }
    page.family("hookctl_forward_retries_total", "counter", "Of these, further attempts at a delivery.");
    for of in &counted.targets {
        page.sample("hookctl_forward_retries_total", &[("target", &of.target)], of.retries);
    }
    page.family("hookctl_dead_letters_total", "counter", "Deliveries whose attempts at a target ran out.");
    for of in &counted.targets {
        page.sample("hookctl_dead_letters_total", &[("target", &of.target)], of.dead);
    }
    page.family("hookctl_forward_duration_seconds", "histogram", "How long attempts to forward took.");
    for of in &counted.targets {
        page.histogram("hookctl_forward_duration_seconds", &[("target", &of.target)], &of.took, MICROS);
    }
    page.family("hookctl_forward_backlog", "gauge", "Deliveries that wait for a target.");
    for (target, waiting) in &now.backlog {
        page.sample("hookctl_forward_backlog", &[("target", target)], *waiting);
    }
}

fn store(page: &mut Page, now: &Now) {
    page.family("hookctl_store_healthy", "gauge", "Whether deliveries can be recorded.");
    page.sample("hookctl_store_healthy", &[], u64::from(now.healthy));
    page.family("hookctl_store_queue", "gauge", "What waits to be written to the store.");
    page.sample("hookctl_store_queue", &[], now.store_waiting as u64);
    page.family("hookctl_store_commit_seconds", "histogram", "How long transactions took until they were on disk.");
    page.histogram("hookctl_store_commit_seconds", &[], &now.store_commits, MICROS);
    if let Some(bytes) = now.store_bytes {
        page.family("hookctl_store_bytes", "gauge", "Bytes that deliveries and attempts take in the store.");
        page.sample("hookctl_store_bytes", &[], bytes);
    }
}

fn status_label(status: Option<u16>) -> String {
    status.map_or_else(|| UNKNOWN.to_owned(), |status| status.to_string())
}

/// Microseconds of a second.
const MICROS: f64 = 1e6;

struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: u64) {
        self.line(name, labels, &value.to_string());
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: &str) {
        self.0.push_str(name);
        for (at, (label, text)) in labels.iter().enumerate() {
            let before = if at == 0 { '{' } else { ',' };
            let _ = write!(self.0, "{before}{label}=\"{}\"", escaped(text));
        }
        let end = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.0, "{end} {value}");
    }

    /// A histogram whose values are `unit` to one of the base.
    fn histogram(&mut self, name: &str, labels: &[(&str, &str)], counted: &Counted, unit: f64) {
        #[expect(clippy::cast_precision_loss, reason = "what is shown need not be exact beyond 2^53")]
        let base = |value: u64| (value as f64 / unit).to_string();
        let bucket = format!("{name}_bucket");
        let bounds = counted.up_to.iter().map(|(bound, count)| (base(*bound), *count));
        for (bound, count) in bounds.chain([("+Inf".to_owned(), counted.count)]) {
            self.sample(&bucket, &[labels, &[("le", &bound)]].concat(), count);
        }
        self.line(&format!("{name}_sum"), labels, &base(counted.sum));
        self.sample(&format!("{name}_count"), labels, counted.count);
    }
}

/// The value of a label: what would end it, or the line, is escaped.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Verdict;

    #[test]
    fn labels_are_escaped_and_histograms_cumulate() {
        let counted = Counted { up_to: vec![(1_000, 1), (2_500, 3)], count: 4, sum: 5_500_000 };
        let of = ProviderCounts {
            provider: "stripe".into(),
            deliveries: vec![
                ("a\"b\\c\nd".into(), Verdict::Valid, Some(200), 7),
                ("x".into(), Verdict::Invalid, None, 1),
            ],
            duplicates: 2,
            sizes: counted.clone(),
            took: counted,
        };
        let snapshot = Snapshot {
            providers: vec![of],
            targets: vec![],
            refused: vec![(Some(403), 5)],
            unrecorded: 0,
            runs: vec![],
        };
        let text = text(&snapshot, &Now::default());
        for line in [
            r#"hookctl_deliveries_total{provider="stripe",event_type="a\"b\\c\nd",verdict="valid",status="200"} 7"#,
            r#"hookctl_deliveries_total{provider="stripe",event_type="x",verdict="invalid",status="unknown"} 1"#,
            r#"hookctl_delivery_duration_seconds_bucket{provider="stripe",le="0.0025"} 3"#,
            r#"hookctl_delivery_duration_seconds_bucket{provider="stripe",le="+Inf"} 4"#,
            r#"hookctl_delivery_duration_seconds_sum{provider="stripe"} 5.5"#,
            r#"hookctl_delivery_size_bytes_bucket{provider="stripe",le="1000"} 1"#,
            r#"hookctl_refused_total{status="403"} 5"#,
            "hookctl_store_queue 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
        }
    }
}
