//! The plan as a script for k6: the same events in the same mix at the same pace, each request with ids, times and a signature
//! of its own. Secrets are no part of it; it reads them from the environment, as hookctl does.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::json::load_report::{LoopKind, Plan};
use crate::load::plan::sketch::{Sketch, StampSketch};
use crate::signature::scheme::Encoding;
use crate::threshold::{Bound, Comparison, Metric, Subject, Threshold, Timing};

/// What carries the plan out, once it is said what the plan is.
const RUNTIME: &str = include_str!("k6.js");

/// Parts of a million in which shares are counted.
const MILLION: f64 = 1e6;

/// What is to be written.
pub(crate) struct Script<'a> {
    /// The URL.
    pub(crate) target: &'a str,
    /// The plan as reports tell it.
    pub(crate) plan: &'a Plan,
    /// What is sent.
    pub(crate) lines: &'a [Sketch],
    /// What must hold.
    pub(crate) thresholds: &'a [Threshold],
    /// The name of the variable with a provider's secret.
    pub(crate) variable: &'a dyn Fn(&str) -> String,
    /// Whether any certificate is accepted.
    pub(crate) insecure: bool,
}

/// What k6 has no means for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotForK6 {
    /// Starts all at once, beside a rate.
    #[error("k6 has no bursts beside a rate")]
    Burst,
    /// Starts at instants that were recorded.
    #[error("k6 has no rate that keeps recorded gaps")]
    Gaps,
}

/// The script, and the thresholds that k6 cannot check.
///
/// # Errors
/// What the plan has and k6 has no means for.
pub(crate) fn script(script: &Script<'_>) -> Result<(String, Vec<String>), NotForK6> {
    if script.plan.burst.is_some() {
        return Err(NotForK6::Burst);
    }
    if script.plan.speed.is_some() {
        return Err(NotForK6::Gaps);
    }
    let mut keys = Keys { all: Vec::new(), variable: script.variable };
    let lines: Vec<Value> = script.lines.iter().map(|line| line_of(line, script.target, &mut keys)).collect();
    let (thresholds, statuses, left_out) = thresholds(script.thresholds);
    let weight: u64 = script.lines.iter().map(|line| line.weight).sum();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share is at most 1")]
    let share = |share: f64| (share * MILLION).round() as u64;
    let ids = script.lines.iter().flat_map(|line| &line.pieces).count() as u64 + 1;
    let plan = json!({
        "weight": weight,
        "step": step(weight),
        "ids": ids,
        "duplicates": share(script.plan.duplicates),
        "invalid": share(script.plan.invalid),
        "timeout": format!("{}ms", script.plan.timeout_ms),
        "statuses": statuses,
        "keys": keys.all,
        "lines": lines,
    });
    let options = json!({
        "scenarios": scenarios(script.plan),
        "thresholds": thresholds,
        "discardResponseBodies": true,
        "insecureSkipTLSVerify": script.insecure,
        "noConnectionReuse": false,
        "summaryTrendStats": ["min", "avg", "p(50)", "p(90)", "p(95)", "p(99)", "p(99.9)", "max"],
    });
    let mut out = String::new();
    let _ = writeln!(
        out,
        "// A load test for k6, written by hookctl {}: every delivery has ids, times and a signature of its own.",
        env!("CARGO_PKG_VERSION")
    );
    out.push_str("//\n");
    let secrets: String = keys.all.iter().filter_map(|key| key["env"].as_str()).fold(String::new(), |mut all, name| {
        let word = format!(" -e {name}=…");
        if !all.contains(&word) {
            all.push_str(&word);
        }
        all
    });
    let _ = writeln!(out, "//   k6 run{secrets} FILE");
    for threshold in &left_out {
        let _ = writeln!(out, "//\n// k6 cannot check: {threshold}");
    }
    out.push_str(
        "\nimport http from 'k6/http';\nimport crypto from 'k6/crypto';\nimport encoding from 'k6/encoding';\n",
    );
    out.push_str("import exec from 'k6/execution';\nimport { Counter, Rate } from 'k6/metrics';\n\n");
    let _ = writeln!(out, "export const options = {};\n", pretty(&options));
    let _ = writeln!(out, "const plan = {};", pretty(&plan));
    out.push_str(RUNTIME);
    Ok((out, left_out))
}

/// JSON that is JavaScript, too, and safe to look at.
fn pretty(value: &Value) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\n' && crate::text::is_unsafe(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// A number near the golden part of a whole that has no divisor in common with it: steps of it reach every place, evenly.
fn step(whole: u64) -> u64 {
    fn gcd(a: u64, b: u64) -> u64 {
        if b == 0 { a } else { gcd(b, a % b) }
    }
    let from = whole.saturating_mul(618) / 1_000;
    (from.max(1)..=whole).find(|step| gcd(*step, whole) == 1).unwrap_or(1)
}

/// The secrets that are needed, each once.
struct Keys<'a> {
    all: Vec<Value>,
    variable: &'a dyn Fn(&str) -> String,
}

impl Keys<'_> {
    /// The place of a scheme's key of that number.
    fn place(&mut self, stamp: &StampSketch, number: usize) -> usize {
        let name = (self.variable)(&stamp.provider);
        let env = if number == 0 { name } else { format!("{name}_{}", number + 1) };
        let key = json!({
            "env": env,
            "prefix": stamp.key.prefix,
            "suffix": stamp.key.suffix,
            "decode": stamp.key.decode.as_str(),
            "kind": if stamp.token { "token" } else { "hmac" },
            "encode": stamp.encoding.as_str(),
        });
        self.all.iter().position(|known| *known == key).unwrap_or_else(|| {
            self.all.push(key);
            self.all.len() - 1
        })
    }
}

fn line_of(line: &Sketch, url: &str, keys: &mut Keys<'_>) -> Value {
    let stamps: Vec<Value> = line
        .stamps
        .iter()
        .map(|stamp| {
            let encoding = match stamp.encoding {
                Encoding::Base64 => "base64",
                Encoding::Base64url => "base64rawurl",
                // Tokens are not hashed at all.
                Encoding::Hex | Encoding::HexUpper | Encoding::Text => "hex",
            };
            json!({
                "algorithm": stamp.algorithm,
                "encoding": encoding,
                "content": stamp.content,
                "places": stamp.places,
                "keys": (0..stamp.places.len()).map(|number| keys.place(stamp, number)).collect::<Vec<_>>(),
            })
        })
        .collect();
    let headers: Vec<Value> =
        line.headers.iter().map(|(name, range)| json!([name, [range.start, range.end]])).collect();
    json!({
        "event": line.event,
        "weight": line.weight,
        "accept": line.accept.iter().map(|(first, last)| [first, last]).collect::<Vec<_>>(),
        "method": line.method,
        "url": url,
        "pieces": line.pieces,
        "headers": headers,
        "body": [line.body.start, line.body.end],
        "stamps": stamps,
    })
}

/// The pace of the plan in k6's words.
fn scenarios(plan: &Plan) -> Value {
    let seconds = |seconds: f64| format!("{}ms", (seconds * 1e3).round());
    // Rates are whole numbers there; those that are none in a second are so in a minute or an hour.
    let unit = |rates: &[f64]| {
        let whole = |per: f64| rates.iter().all(|rate| ((rate * per).round() - rate * per).abs() < 1e-6);
        [(1.0, "1s"), (60.0, "1m")].into_iter().find(|(per, _)| whole(*per)).unwrap_or((3_600.0, "1h"))
    };
    let most = plan.max_in_flight.unwrap_or(10_000);
    let mut load = match plan.kind {
        LoopKind::Closed => match (plan.requests, plan.duration_s) {
            (Some(requests), duration) => json!({
                "executor": "shared-iterations",
                "vus": plan.concurrency,
                "iterations": requests,
                "maxDuration": seconds(duration.unwrap_or(86_400.0)),
            }),
            (None, duration) => json!({
                "executor": "constant-vus",
                "vus": plan.concurrency,
                "duration": seconds(duration.unwrap_or(10.0)),
            }),
        },
        LoopKind::Open if !plan.stages.is_empty() => {
            let rates: Vec<f64> = plan.stages.iter().flat_map(|stage| [stage.from, stage.to]).collect();
            let (per, name) = unit(&rates);
            let mut last = plan.stages[0].from;
            let mut stages = Vec::new();
            for stage in &plan.stages {
                if (stage.from - last).abs() > 1e-9 {
                    // A jump.
                    stages.push(json!({"target": (stage.from * per).round(), "duration": "0s"}));
                }
                stages.push(json!({"target": (stage.to * per).round(), "duration": seconds(stage.duration_s)}));
                last = stage.to;
            }
            json!({
                "executor": "ramping-arrival-rate",
                "startRate": (plan.stages[0].from * per).round(),
                "timeUnit": name,
                "stages": stages,
                "preAllocatedVUs": vus(rates.iter().copied().fold(0.0, f64::max), most),
                "maxVUs": most,
            })
        }
        LoopKind::Open => {
            let rate = plan.rate.unwrap_or(1.0);
            let (per, name) = unit(&[rate]);
            #[expect(clippy::cast_precision_loss, reason = "a number of requests")]
            let counted = plan.requests.map(|requests| requests as f64 / rate);
            let duration = [counted, plan.duration_s].into_iter().flatten().fold(f64::INFINITY, f64::min);
            json!({
                "executor": "constant-arrival-rate",
                "rate": (rate * per).round(),
                "timeUnit": name,
                "duration": seconds(if duration.is_finite() { duration } else { 10.0 }),
                "preAllocatedVUs": vus(rate, most),
                "maxVUs": most,
            })
        }
    };
    if plan.warm_up_s <= 0.0 {
        return json!({ "load": load });
    }
    // The same pace before it, under another name: thresholds are about the scenario 'load' alone.
    load["startTime"] = json!(seconds(plan.warm_up_s));
    let first = plan.stages.first().map(|stage| stage.from).or(plan.rate);
    let warm_up = match first {
        Some(rate) => {
            let (per, name) = unit(&[rate]);
            json!({
                "executor": "constant-arrival-rate",
                "rate": (rate * per).round().max(1.0),
                "timeUnit": name,
                "duration": seconds(plan.warm_up_s),
                "preAllocatedVUs": vus(rate, most),
                "maxVUs": most,
            })
        }
        None => json!({"executor": "constant-vus", "vus": plan.concurrency, "duration": seconds(plan.warm_up_s)}),
    };
    json!({ "warm_up": warm_up, "load": load })
}

/// Virtual users to begin with: what half a second of the rate keeps busy.
fn vus(rate: f64, most: u32) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    let half = (rate / 2.0).ceil().clamp(1.0, 1_000.0) as u32;
    half.min(most)
}

/// Thresholds in k6's words, the counters of statuses that they need, and those that it has no words for.
fn thresholds(thresholds: &[Threshold]) -> (Value, Vec<Value>, Vec<String>) {
    let mut all = serde_json::Map::new();
    let (mut statuses, mut left_out) = (Vec::<Value>::new(), Vec::new());
    for threshold in thresholds {
        let Some((metric, expression, status)) = in_k6(threshold) else {
            left_out.push(threshold.to_string());
            continue;
        };
        if let Some(status) = status
            && !statuses.contains(&status)
        {
            statuses.push(status);
        }
        let list = all.entry(metric).or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.push(json!(expression));
        }
    }
    (Value::Object(all), statuses, left_out)
}

fn in_k6(threshold: &Threshold) -> Option<(String, String, Option<Value>)> {
    let Threshold { subject: Subject { metric, event }, comparison, bound } = threshold;
    let Bound::Fixed(bound) = bound else { return None };
    let sign = match comparison {
        Comparison::Equal => "==".to_owned(),
        other => other.to_string(),
    };
    let mut status = None;
    let (name, value) = match metric {
        Metric::Latency(timing) | Metric::Service(timing) => (
            "http_req_duration".to_owned(),
            match timing {
                Timing::Min => "min".to_owned(),
                Timing::Mean => "avg".to_owned(),
                Timing::Max => "max".to_owned(),
                Timing::Percentile(percentile) => format!("p({})", percentile.to_string().trim_start_matches('p')),
            },
        ),
        Metric::Rate => ("http_reqs".to_owned(), "rate".to_owned()),
        Metric::Requests => ("http_reqs".to_owned(), "count".to_owned()),
        Metric::ErrorRate => ("hookctl_failed".to_owned(), "rate".to_owned()),
        Metric::Status(class) => {
            let name = format!("hookctl_status_{}_{}", class.first, class.last);
            status = Some(json!({"name": name, "first": class.first, "last": class.last}));
            (name, "count".to_owned())
        }
        Metric::AcceptedInvalid => ("hookctl_accepted_invalid".to_owned(), "count".to_owned()),
        Metric::Dropped => ("dropped_iterations".to_owned(), "count".to_owned()),
        _ => return None,
    };
    let mut tags = vec!["scenario:load".to_owned()];
    if let Some(event) = event {
        // Of one event alone: tags are compared whole.
        let whole = event.event.as_ref().filter(|name| !name.contains(['*', '?', ',', '}']))?;
        tags.push(format!("event:{}/{whole}", event.provider));
    }
    Some((format!("{name}{{{}}}", tags.join(",")), format!("{value}{sign}{bound}"), status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_said_in_its_words() {
        for (text, metric, expression) in [
            ("p99 < 250ms", "http_req_duration{scenario:load}", "p(99)<250"),
            ("p99.9 <= 1s", "http_req_duration{scenario:load}", "p(99.9)<=1000"),
            ("mean < 5ms", "http_req_duration{scenario:load}", "avg<5"),
            ("error_rate < 1%", "hookctl_failed{scenario:load}", "rate<0.01"),
            ("rate >= 480/s", "http_reqs{scenario:load}", "rate>=480"),
            ("status(5xx) == 0", "hookctl_status_500_599{scenario:load}", "count==0"),
            (
                "p99{stripe/charge.refunded} < 300ms",
                "http_req_duration{scenario:load,event:stripe/charge.refunded}",
                "p(99)<300",
            ),
        ] {
            let found = in_k6(&text.parse().expect(text)).map(|(metric, expression, _)| (metric, expression));
            assert_eq!(found, Some((metric.to_owned(), expression.to_owned())), "{text}");
        }
        for text in ["lost == 0", "p99 <= baseline * 1.1", "p99{stripe/charge.*} < 1s", "success_rate > 99%"] {
            assert_eq!(in_k6(&text.parse().expect(text)), None, "{text}");
        }
    }

    #[test]
    fn steps_reach_every_place() {
        for whole in [1, 2, 10, 97, 1_000] {
            let reached: std::collections::BTreeSet<u64> = (0..whole).map(|n| n * step(whole) % whole).collect();
            assert_eq!(reached.len() as u64, whole);
        }
    }
}
