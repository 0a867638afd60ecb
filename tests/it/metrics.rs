//! `/metrics` and `--log json`: what others read of a listener that runs all day.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::inspector::get;
use crate::support::{Answer, Listener, Receiver, Sandbox, Wire};

/// The samples of a page: name with labels, and value. Whatever is not a line of the format fails.
fn scrape(listener: &Listener) -> BTreeMap<String, f64> {
    let (status, page) = get(listener, "/metrics");
    assert_eq!(status, 200);
    let (mut families, mut samples) = (BTreeSet::new(), BTreeMap::new());
    for line in page.lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            let mut words = comment.split(' ');
            let (what, name) = (words.next().expect("a word"), words.next().expect("a name"));
            let is_new = families.insert((what.to_owned(), name.to_owned()));
            assert!(is_new && matches!(what, "HELP" | "TYPE") && words.next().is_some(), "{line}");
            continue;
        }
        let (sample, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no sample: {line}"));
        let name = sample.split('{').next().expect("a name");
        let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        let known = |name: &str| families.contains(&("TYPE".to_owned(), name.to_owned()));
        assert!(known(name) || known(base), "{line} belongs to no family");
        let value = value.parse().unwrap_or_else(|_| panic!("no number: {line}"));
        assert!(samples.insert(sample.to_owned(), value).is_none(), "{line} is there twice");
    }
    samples
}

#[test]
fn metrics_count_what_came_and_what_became_of_it() {
    let sandbox = Sandbox::new();
    let app = Receiver::answering([500, 200]);
    let url = app.url("/in?token=hidden");
    let args = ["--forward-to", &url, "--require-signature", "--allow", "127.0.0.1", "--rate-limit", "3/h"];
    let mut listener = sandbox.listen(args);
    let to = listener.url("/webhooks/stripe");
    sandbox.hookctl(["send", "stripe", "invoice.paid", "--to", &to]).run().exits(1);
    sandbox.ok(["send", "stripe", "invoice.paid", "--to", &to]);
    sandbox.hookctl(["send", "stripe", "invoice.paid", "--to", &to, "--tamper", "header"]).run().exits(1);
    let refused = Wire::to(listener.socket()).post("/", &[], b"x").reply().expect("an answer");
    assert_eq!(refused.status, 429);
    // What was refused last is told last, whatever is told besides.
    while listener.next()["kind"] != "refused" {}
    let samples = scrape(&listener);
    let origin = url.split("/in").next().expect("an origin");
    for (sample, value) in [
        (
            "hookctl_deliveries_total{provider=\"stripe\",event_type=\"invoice.paid\",verdict=\"valid\",status=\"200\"}",
            1.0,
        ),
        (
            "hookctl_deliveries_total{provider=\"stripe\",event_type=\"invoice.paid\",verdict=\"valid\",status=\"500\"}",
            1.0,
        ),
        (
            "hookctl_deliveries_total{provider=\"stripe\",event_type=\"invoice.paid\",verdict=\"unsigned\",status=\"401\"}",
            1.0,
        ),
        ("hookctl_delivery_size_bytes_count{provider=\"stripe\"}", 3.0),
        ("hookctl_delivery_size_bytes_bucket{provider=\"stripe\",le=\"+Inf\"}", 3.0),
        ("hookctl_delivery_duration_seconds_count{provider=\"stripe\"}", 3.0),
        ("hookctl_refused_total{status=\"429\"}", 1.0),
        ("hookctl_unrecorded_total", 0.0),
        ("hookctl_store_healthy", 1.0),
        ("hookctl_store_queue", 0.0),
        (&format!("hookctl_forward_attempts_total{{target=\"{origin}\",outcome=\"200\"}}"), 1.0),
        (&format!("hookctl_forward_attempts_total{{target=\"{origin}\",outcome=\"500\"}}"), 1.0),
        (&format!("hookctl_forward_duration_seconds_count{{target=\"{origin}\"}}"), 2.0),
    ] {
        assert_eq!(samples.get(sample), Some(&value), "{sample} in {samples:#?}");
    }
    assert!(samples["hookctl_store_commit_seconds_count"] >= 3.0);
    assert!(!samples.keys().any(|sample| sample.contains("hidden")), "{samples:#?}");
}

#[test]
fn metrics_count_retries_dead_letters_and_what_waits() {
    let sandbox = Sandbox::new();
    let app = Receiver::scripted(vec![Answer::Status(500), Answer::Status(500), Answer::Never]);
    let url = app.url("/");
    let args = ["--ack", "202", "--retry", "schedule 1ms", "--alert", "failed > 100", "--forward-to", &url];
    let mut listener = sandbox.listen(args);
    let mut wire = Wire::to(listener.socket());
    wire.post("/a", &[], b"1").reply().expect("an answer");
    while listener.next()["dead"] != true {}
    wire.post("/a", &[], b"2").reply().expect("an answer");
    let samples = scrape(&listener);
    let of = |name: &str| samples.get(&format!("{name}{{target=\"{}\"}}", url.trim_end_matches('/'))).copied();
    assert_eq!(of("hookctl_forward_retries_total"), Some(1.0), "{samples:#?}");
    assert_eq!(of("hookctl_dead_letters_total"), Some(1.0));
    assert_eq!(of("hookctl_forward_backlog"), Some(1.0));
    assert_eq!(samples.get("hookctl_alert_raised{alert=\"failed > 100\"}"), Some(&0.0));
}

#[test]
fn a_log_is_a_json_object_a_line_whatever_arrives() {
    let sandbox = Sandbox::new();
    let listener = sandbox.listen(["--log", "json", "--max-body", "1KiB"]);
    let mut wire = Wire::to(listener.socket());
    wire.post("/a%0A?\u{7}", &[], b"x");
    let _ = wire.reply();
    let mut wire = Wire::to(listener.socket());
    wire.post("/hook", &["User-Agent: a\tb"], b"{\"type\":\"a\\nb\\u001b]0;x\"}").reply().expect("an answer");
    wire.post("/hook", &[], &[b'x'; 2048]).reply().expect("an answer");
    let ended = listener.stop().exits(130);
    let records: Vec<Value> = ended
        .stderr()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .collect();
    assert!(!ended.stderr().contains('\u{1b}'), "{ended}");
    for record in &records {
        assert!(record["time"].is_string() && record["msg"].is_string(), "{record}");
        assert!(["info", "warning"].contains(&record["level"].as_str().expect("a level")), "{record}");
    }
    let deliveries: Vec<&Value> = records.iter().filter(|record| record["kind"] == "delivery").collect();
    assert_eq!(deliveries.len(), 2, "{records:?}");
    assert_eq!((&deliveries[0]["path"], &deliveries[0]["status"]), (&"/hook".into(), &200.into()));
    assert_eq!(deliveries[1]["status"], 413);
    // The same objects as on stdout.
    let id = &ended.of_kind("delivery")[0]["id"];
    assert_eq!(*id, deliveries[0]["id"]);
    let failed = sandbox.hookctl(["listen", "--log", "json", "--bind", "192.0.2.1:1"]).run().exits(3);
    let record: Value = serde_json::from_str(failed.stderr().trim()).expect("a record");
    assert_eq!((&record["level"], &record["code"]), (&"error".into(), &3.into()));
}
