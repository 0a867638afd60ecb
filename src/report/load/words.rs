//! The words that every form of the report uses: what was asked, what came of it, the facts beside the numbers. They hold text
//! from outside as it is; each form escapes it.

use std::fmt::Write;
use std::time::Duration;

use crate::json::load_report::{ChangeVerdict, LoadReport, LoopKind, Percentiles, Plan};
use crate::model::Timestamp;
use crate::model::quantity::{ByteSize, show_duration};
use crate::text::{count as plural, list};
use crate::threshold::Unit;

/// How a run is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// All is well.
    Good,
    /// Look twice.
    Warn,
    /// Something is wrong.
    Bad,
}

/// What came of the run, in a few words.
pub fn verdict(report: &LoadReport) -> (Tone, String) {
    let failed = report.asserts.iter().filter(|assertion| !assertion.pass).count();
    let of = report.asserts.len();
    let failed = (failed > 0).then(|| format!("{failed} of {} failed", plural(of, "threshold", "thresholds")));
    match (&report.aborted_by, report.interrupted, failed) {
        (Some(threshold), _, _) => (Tone::Bad, format!("aborted, since {threshold}")),
        (None, true, None) => (Tone::Warn, "interrupted".to_owned()),
        (None, true, Some(failed)) => (Tone::Bad, format!("interrupted, {failed}")),
        (None, false, Some(failed)) => (Tone::Bad, failed),
        (None, false, None) => (Tone::Good, "passed".to_owned()),
    }
}

/// `1,234,567`
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `12.3ms`
pub fn millis(value: f64) -> String {
    Unit::Duration.shown(value)
}

/// `480/s`, with thousands set apart.
pub fn rate(value: f64) -> String {
    if value >= 1_000.0 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was looked at")]
        return format!("{}/s", number(value.round() as u64));
    }
    Unit::Rate.shown(value)
}

/// `1.23%`
pub fn percent(share: f64) -> String {
    Unit::Share.shown(share)
}

/// `12.4%` of a whole; nothing of nothing.
pub fn part(part: u64, whole: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a few digits are shown")]
    let share = part as f64 / whole.max(1) as f64;
    percent(share)
}

/// Seconds for people.
pub fn seconds(value: f64) -> String {
    show_duration(Duration::try_from_secs_f64(value).unwrap_or(Duration::ZERO))
}

/// An instant for people: `2026-01-02 03:04:05 UTC`; as it is, if it is none.
pub fn instant(text: &str) -> String {
    let shown = Timestamp::from_rfc3339(text).and_then(|at| at.strftime("%Y-%m-%d %H:%M:%S UTC"));
    shown.unwrap_or_else(|| text.to_owned())
}

/// What was asked for: `open loop, 500/s for 30s`.
pub fn plan(plan: &Plan) -> String {
    let mut text = match plan.kind {
        LoopKind::Open => "open loop".to_owned(),
        LoopKind::Closed => "closed loop".to_owned(),
    };
    let mut add = |words: String| {
        let _ = write!(text, ", {words}");
    };
    if let Some(per_second) = plan.rate {
        add(rate(per_second));
    }
    match plan.stages.as_slice() {
        [] => {}
        [one] => add(format!("{} to {}", rate(one.from), rate(one.to))),
        stages => {
            let most = stages.iter().map(|stage| stage.to.max(stage.from)).fold(0.0, f64::max);
            add(format!("{} stages up to {}", stages.len(), rate(most)));
        }
    }
    if let Some(burst) = plan.burst {
        add(format!("bursts of {} every {}", number(burst.starts), seconds(burst.every_s)));
    }
    if let Some(captures) = plan.captures {
        let captures = plural(usize::try_from(captures).unwrap_or(usize::MAX), "capture", "captures");
        add(plan.speed.map_or_else(|| captures.clone(), |speed| format!("the gaps of {captures} at {speed}x")));
    }
    if let Some(events) = plan.batch {
        add(format!("{events} events a request"));
    }
    if let Some(in_flight) = plan.concurrency {
        add(match plan.streams {
            None | Some(1) => plural(in_flight as usize, "connection", "connections"),
            Some(_) => format!("{} in flight", plural(in_flight as usize, "request", "requests")),
        });
    }
    if plan.http_version != "1.1" {
        add(format!("HTTP/{}", plan.http_version));
    }
    if let Some(streams) = plan.streams {
        add(format!("{streams} to a connection"));
    }
    if let Some(requests) = plan.requests {
        add(format!("{} requests", number(requests)));
    }
    if let Some(duration) = plan.duration_s {
        let _ = write!(text, " for {}", seconds(duration));
    }
    if plan.warm_up_s > 0.0 {
        let _ = write!(text, " after {} of warm-up", seconds(plan.warm_up_s));
    }
    text
}

/// The events of a plan: `stripe charge.refunded 25%, stripe payment_intent.succeeded 75%`.
pub fn events(plan: &Plan) -> String {
    let all: f64 = plan.events.iter().map(|event| event.weight).sum();
    let words: Vec<String> = plan
        .events
        .iter()
        .map(|event| {
            let name = format!("{} {}", event.provider, event.event_type);
            if plan.events.len() == 1 { name } else { format!("{name} {}", percent(event.weight / all)) }
        })
        .collect();
    list(&words)
}

/// The rows of a table of percentiles.
pub fn percentiles(spread: &Percentiles) -> [(&'static str, f64); 8] {
    let Percentiles { min, mean, p50, p90, p95, p99, p999, max } = *spread;
    [
        ("min", min),
        ("mean", mean),
        ("p50", p50),
        ("p90", p90),
        ("p95", p95),
        ("p99", p99),
        ("p99.9", p999),
        ("max", max),
    ]
}

/// Facts beside the numbers, those left out that say nothing.
pub fn facts(report: &LoadReport) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    let mut fact = |name, value: String| facts.push((name, value));
    fact("plan", plan(&report.plan));
    if !report.plan.events.is_empty() {
        fact("events", events(&report.plan));
    }
    if let Some(shard) = report.shard {
        fact("shard", format!("{} of {}", shard.index, shard.count));
    }
    if let Some(seed) = report.seed {
        fact("seed", seed.to_string());
    }
    fact("took", seconds(report.duration_s));
    let size = |bytes| ByteSize(bytes).to_string();
    fact("bytes", format!("{} sent, {} received", size(report.bytes.sent), size(report.bytes.received)));
    fact("connections", number(report.connections));
    if report.plan.kind == LoopKind::Open {
        let late = match report.late_starts {
            0 => "none late".to_owned(),
            some => format!("{} late, by at most {}", number(some), millis(report.max_late_ms)),
        };
        fact("starts", format!("{late}, {} dropped", number(report.dropped_starts)));
    }
    if report.duplicates > 0 {
        fact("duplicates", format!("{} sent a second time", number(report.duplicates)));
    }
    if report.invalid > 0 {
        fact("invalid", format!("{} sent, {} accepted", number(report.invalid), number(report.accepted_invalid)));
    }
    if report.batches > 0 {
        fact("batches", number(report.batches));
    }
    if let Some(probe) = report.probe {
        let [expected, distinct, lost, doubled] =
            [probe.expected, probe.distinct, probe.lost, probe.doubled].map(number);
        fact("receiver", format!("processed {distinct} of {expected} events: {lost} lost, {doubled} doubled"));
    }
    let threads = plural(report.client.threads as usize, "thread", "threads");
    let mut client = format!("{threads}, {} of CPU", seconds(report.client.cpu_s));
    if report.requests > 0 {
        #[expect(clippy::cast_precision_loss, reason = "a few digits are shown")]
        let each = report.client.cpu_s * 1e6 / report.requests as f64;
        let _ = write!(client, " ({each:.1}µs a request)");
    }
    fact("client", client);
    fact("hookctl", report.version.clone());
    facts
}

/// What a change means, in a word.
pub fn change(verdict: ChangeVerdict) -> (Tone, &'static str) {
    match verdict {
        ChangeVerdict::Better => (Tone::Good, "better"),
        ChangeVerdict::Same => (Tone::Good, "within noise"),
        ChangeVerdict::Worse => (Tone::Bad, "worse"),
    }
}

/// A number of a comparison in its unit, by its name in thresholds.
pub fn compared(metric: &str, value: f64) -> String {
    match metric {
        "rate" => rate(value),
        "error_rate" => percent(value),
        _ => millis(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_easy_to_read() {
        assert_eq!(
            ["0", "999", "1,000", "1,234,567"],
            [0, 999, 1_000, 1_234_567].map(number).each_ref().map(String::as_str)
        );
        assert_eq!((rate(480.0), rate(12_345.6), rate(0.5)), ("480/s".into(), "12,346/s".into(), "0.5/s".into()));
        assert_eq!((part(1, 3), part(0, 0)), ("33.3%".into(), "0%".into()));
    }
}
