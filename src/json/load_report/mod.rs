//! `{"kind":"load_report"}`: everything that a load test found, in one object.
//!
//! It is written by `load --json` and `--report FILE.json`, and read again by `load report`, `load merge` and `--baseline`; all
//! other reports are made from it. Distributions travel as whole histograms, so that reports of shards add up exactly. Fields
//! that a newer hookctl adds are passed over.

mod histogram;
mod numbers;
mod plan;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use histogram::{Percentiles, SERIES_DIGITS, add, decode, encode, histogram};
pub use plan::{Burst, EventWeight, LoopKind, Plan, Shard, Stage};

/// What a report says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Always `load_report`.
    #[serde(rename = "load_report")]
    LoadReport,
}

/// What a load test found.
///
/// Every request belongs to one of three: `succeeded`, `failed`, or `invalid` (it was meant to be refused).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadReport {
    /// Always `load_report`.
    pub kind: Kind,
    /// The hookctl that made it.
    pub version: String,
    /// The URL.
    pub target: String,
    /// When the first request was to start, RFC 3339.
    pub started_at: String,
    /// What was asked for; of a shard, the plan of all shards together.
    pub plan: Plan,
    /// What ids and values were made from.
    pub seed: Option<u64>,
    /// Which part of the plan this is; `None` for all of it.
    pub shard: Option<Shard>,
    /// Requests that ended: answered, or failed.
    pub requests: u64,
    /// Those that were accepted, as they were meant to be.
    pub succeeded: u64,
    /// Those that were meant to be accepted and were not, answered or not.
    pub failed: u64,
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
    /// Requests without an answer, by kind.
    pub errors: BTreeMap<String, u64>,
    /// From the first start to the last end, warm-up excluded.
    pub duration_s: f64,
    /// Asked and achieved.
    pub rate: Rate,
    /// From the intended start to the end of the answer. Requests that ran into their time limit count with the time they
    /// waited; those that failed otherwise do not.
    pub latency_ms: Option<Percentiles>,
    /// The same from the real start.
    pub service_time_ms: Option<Percentiles>,
    /// Of `--assert`.
    pub asserts: Vec<Assertion>,
    /// Of `latency_ms`: nanoseconds, HDR V2 with three digits, compressed, in base64; empty for none.
    pub histogram: String,
    /// Of `service_time_ms`.
    pub service_histogram: String,
    /// By provider and event type.
    pub by_event: Vec<EventReport>,
    /// Second by second, those in which nothing happened left out.
    pub series: Vec<Second>,
    /// On the wire.
    pub bytes: Bytes,
    /// Starts behind the schedule by more than a millisecond.
    pub late_starts: u64,
    /// How far the latest one was behind.
    pub max_late_ms: f64,
    /// Starts that did not happen, since too many requests were in flight.
    pub dropped_starts: u64,
    /// Connections opened.
    pub connections: u64,
    /// Deliveries sent a second time on purpose.
    pub duplicates: u64,
    /// Deliveries sent with a wrong signature or a stale timestamp on purpose.
    pub invalid: u64,
    /// Of these, those that the receiver accepted.
    pub accepted_invalid: u64,
    /// Requests that carried several events.
    pub batches: u64,
    /// What the receiver says it processed, if it was asked.
    pub probe: Option<Probe>,
    /// The load generator itself.
    pub client: Client,
    /// What a reader must know before believing the rest.
    pub warnings: Vec<String>,
    /// Whether it was ended from outside.
    pub interrupted: bool,
    /// The `--abort-on` that ended it.
    pub aborted_by: Option<String>,
    /// The comparison with an earlier run.
    pub baseline: Option<Comparison>,
}

/// Requests a second.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// Asked for on average, of this shard; `None` in a closed loop.
    pub target: Option<f64>,
    /// Open loop: started, over the time in which they were to start. Closed loop: ended, over the duration.
    pub achieved: f64,
}

/// What one `--assert` found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assertion {
    /// As it was written.
    pub expr: String,
    /// The number found: milliseconds, a fraction, a second's rate or a count. `None` if it was not measured.
    pub actual: Option<f64>,
    /// Whether it holds.
    pub pass: bool,
    /// The same in words.
    #[serde(default)]
    pub detail: String,
    /// Whether it holds for every run, without being asked for.
    #[serde(default)]
    pub implied: bool,
}

/// What was found for one event type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventReport {
    /// The provider.
    pub provider: String,
    /// The event type.
    pub event_type: String,
    /// As in the whole report, and so on.
    pub requests: u64,
    /// Accepted.
    pub succeeded: u64,
    /// Not accepted.
    pub failed: u64,
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
    /// Requests without an answer, by kind.
    pub errors: BTreeMap<String, u64>,
    /// Sent a second time on purpose.
    pub duplicates: u64,
    /// Sent with a wrong signature on purpose.
    pub invalid: u64,
    /// Of these, accepted.
    pub accepted_invalid: u64,
    /// From the intended start.
    pub latency_ms: Option<Percentiles>,
    /// From the real start.
    pub service_time_ms: Option<Percentiles>,
    /// Of `latency_ms`.
    pub histogram: String,
    /// Of `service_time_ms`.
    pub service_histogram: String,
}

/// One second of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Second {
    /// Seconds since the start.
    pub at: u64,
    /// How many starts the plan had in it; `None` in a closed loop.
    pub asked: Option<f64>,
    /// Requests started.
    pub starts: u64,
    /// Requests answered.
    pub answers: u64,
    /// Requests that failed: refused by the receiver, or without an answer.
    pub errors: u64,
    /// Answers a second; other than `answers` only where the second was cut short.
    pub rate: f64,
    /// Latency of the answers, in milliseconds; `None` without any.
    pub p50: Option<f64>,
    /// The same.
    pub p95: Option<f64>,
    /// The same.
    pub p99: Option<f64>,
    /// The same.
    pub max: Option<f64>,
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
    /// Of the latency, with two digits; empty for none.
    pub histogram: String,
}

/// Bytes on the wire, heads and bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Bytes {
    /// To the receiver.
    pub sent: u64,
    /// From it.
    pub received: u64,
}

/// What the receiver did with the events, in its own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// Distinct events that were accepted.
    pub expected: u64,
    /// Distinct events that the receiver processed.
    pub distinct: u64,
    /// Accepted and not processed.
    pub lost: u64,
    /// Processed more than once.
    pub doubled: u64,
}

/// What the load generator itself took.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Client {
    /// CPU time, user and system.
    pub cpu_s: f64,
    /// Threads that sent.
    pub threads: u32,
    /// Whether it, not the receiver, was the limit.
    pub saturated: bool,
}

/// This run beside an earlier one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// When that one started.
    pub started_at: String,
    /// Its URL.
    pub target: String,
    /// Number by number.
    pub changes: Vec<Change>,
}

/// A number then and now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Its name in thresholds: `p99`, `rate`.
    pub metric: String,
    /// Then.
    pub before: f64,
    /// Now.
    pub now: f64,
    /// Whether that is more than the numbers move by themselves.
    pub verdict: ChangeVerdict,
}

/// What a change means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeVerdict {
    /// Better than before.
    Better,
    /// No more than noise.
    Same,
    /// Worse than before.
    Worse,
}

/// Why a file is no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// Not JSON, or not of the form of a report.
    #[error("line {line}, column {column}: {problem}")]
    Form {
        /// Where.
        line: usize,
        /// Where in it.
        column: usize,
        /// What is wrong.
        problem: String,
    },
    /// A histogram cannot be read.
    #[error("the histogram of {0} cannot be read")]
    Histogram(String),
}

impl LoadReport {
    /// Reads a report.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReportError> {
        let report: Self = serde_json::from_slice(bytes).map_err(|error| {
            let text = error.to_string();
            let problem = text.rsplit_once(" at line ").map_or(text.as_str(), |(problem, _)| problem).to_owned();
            ReportError::Form { line: error.line(), column: error.column(), problem }
        })?;
        report.check()?;
        Ok(report)
    }

    /// Whether all histograms can be read, so that nobody need ask later.
    fn check(&self) -> Result<(), ReportError> {
        let groups = self.by_event.iter().flat_map(|event| {
            let name = format!("{}/{}", event.provider, event.event_type);
            [(&event.histogram, name.clone()), (&event.service_histogram, name)]
        });
        let seconds = self.series.iter().map(|second| (&second.histogram, format!("second {}", second.at)));
        let whole =
            [(&self.histogram, "latency_ms".to_owned()), (&self.service_histogram, "service_time_ms".to_owned())];
        whole
            .into_iter()
            .chain(groups)
            .chain(seconds)
            .try_for_each(|(text, name)| decode(text).map(|_| ()).ok_or(ReportError::Histogram(name)))
    }

    /// The share of failed requests among those that were not meant to be refused; `None` if there were none.
    pub fn error_rate(&self) -> Option<f64> {
        share(self.failed, self.succeeded + self.failed)
    }

    /// Whether every threshold held, as far as there were any.
    pub fn passed(&self) -> bool {
        self.asserts.iter().all(|assertion| assertion.pass)
    }
}

/// A part of a whole; `None` of nothing.
#[expect(clippy::cast_precision_loss, reason = "requests come nowhere near 2^53")]
pub fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
pub(crate) mod tests;
