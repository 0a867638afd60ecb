//! `load`: every delivery genuine, every count true, every exit code honest.
//!
//! Receivers here stall, refuse and reset on purpose. What is asserted about time is what a stall makes certain, never how
//! fast anything was; speed is measured in `benches/load.rs`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use hookctl::model::{Headers, Request, Secret, Timestamp, Verdict};
use hookctl::provider::{Catalog, KnownSecret, SecretOrigin, Verifier};
use hookctl::signature::Checks;
use serde_json::Value;
use sha2::Sha256;

use crate::support::crowd::{Crowd, Turn, answer};
use crate::support::receiver::Received;
use crate::support::{Ran, Sandbox};

pub(crate) const SECRET: &str = "whsec_load0123456789";

/// Runs a load test of Stripe's events that ends with this code, and gives its report.
pub(crate) fn load(url: &str, flags: &[&str], code: i32) -> Value {
    run(url, flags).exits(code).object()
}

fn run(url: &str, flags: &[&str]) -> Ran {
    let sandbox = Sandbox::new();
    let mut args = vec!["load", url, "--json", "-q"];
    args.extend(flags);
    let hookctl = sandbox.hookctl(args).env("HOOKCTL_STRIPE_SECRET", SECRET).env("HOOKCTL_GITHUB_SECRET", SECRET);
    let run = hookctl.run();
    assert_eq!(run.stderr(), "", "{run}");
    run
}

pub(crate) fn number(report: &Value, path: &str) -> u64 {
    report.pointer(path).and_then(Value::as_u64).unwrap_or_else(|| panic!("{path} of {report}"))
}

pub(crate) fn fraction(report: &Value, path: &str) -> f64 {
    report.pointer(path).and_then(Value::as_f64).unwrap_or_else(|| panic!("{path} of {report}"))
}

/// hookctl's own verifier for a provider.
fn verifier(provider: &str) -> Verifier {
    let catalog = Catalog::new(BTreeMap::new(), BTreeMap::new());
    let known = KnownSecret { secret: Secret::new(SECRET), origin: SecretOrigin::Given };
    Verifier::new(catalog.get(provider).expect("a provider"), &[known])
}

fn verdict(verifier: &Verifier, received: &Received) -> Verdict {
    let headers: Headers = received.headers.iter().map(|(n, v)| (n.clone(), v.clone())).collect();
    let request = Request {
        method: received.method.clone(),
        target: received.target.clone(),
        headers,
        body: received.body.clone().into(),
    };
    let at = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    let now = Timestamp::from_secs(i64::try_from(at).expect("a time"));
    verifier.judge(&request, None, now, None, Checks::off()).verdict
}

/// What a receiver that knows nothing of hookctl would compute.
pub(crate) fn is_signed_by_hand(received: &Received) -> bool {
    let header = received.header("stripe-signature").expect("a signature");
    let (time, signature) = header.strip_prefix("t=").and_then(|rest| rest.split_once(",v1=")).expect("t and v1");
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key");
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(&received.body);
    hex::encode(mac.finalize().into_bytes()) == signature
}

fn id(received: &Received) -> String {
    received.json()["id"].as_str().expect("an id").to_owned()
}

#[test]
fn every_delivery_is_genuine_and_counted_on_both_sides() {
    let receiver = Crowd::answering(200);
    let report = load(&receiver.url("/webhooks/stripe"), &["--requests", "500", "--concurrency", "8"], 0);
    let all = receiver.all();
    assert_eq!(all.len(), 500);
    assert_eq!(number(&report, "/requests"), 500);
    assert_eq!(number(&report, "/succeeded"), 500);
    assert_eq!(number(&report, "/statuses/200"), 500);
    assert_eq!(report["kind"], "load_report");
    assert_eq!(report["plan"]["loop"], "closed");
    assert_eq!(all.iter().map(id).collect::<HashSet<_>>().len(), 500, "an id came twice");
    let verifier = verifier("stripe");
    for received in &all {
        assert_eq!(verdict(&verifier, received), Verdict::Valid);
        assert!(is_signed_by_hand(received));
    }
    let bytes: u64 = all.iter().map(|received| received.body.len() as u64).sum();
    assert!(number(&report, "/bytes/sent") > bytes);
    assert_eq!(
        number(&report, "/connections"),
        receiver.connections() as u64 - 1,
        "one was made to see if it is there"
    );
    let seconds: u64 = report["series"].as_array().expect("a series").iter().map(|s| number(s, "/answers")).sum();
    assert_eq!(seconds, 500, "the seconds add up");
}

#[test]
fn mixes_are_exact() {
    let judge = Arc::new((verifier("stripe"), verifier("github")));
    let is_valid = move |received: &Received| {
        let by = if received.header("x-github-event").is_some() { &judge.1 } else { &judge.0 };
        verdict(by, received) == Verdict::Valid
    };
    let theirs = is_valid.clone();
    let receiver = Crowd::new(move |_, received| Turn::Write(answer(if theirs(received) { 200 } else { 401 })));
    let flags = [
        "--requests",
        "1000",
        "--event",
        "charge.refunded=7",
        "--event",
        "payment_intent.succeeded=2",
        "--event",
        "github/push=1",
        "--duplicates",
        "5%",
        "--invalid",
        "2%",
        "--concurrency",
        "4",
    ];
    let report = load(&receiver.url("/webhooks/stripe"), &flags, 0);
    let all = receiver.all();
    let mut counts = HashMap::new();
    for received in &all {
        let event = match received.header("x-github-event") {
            Some(event) => event.to_owned(),
            None => received.json()["type"].as_str().expect("a type").to_owned(),
        };
        *counts.entry(event).or_insert(0) += 1;
    }
    let wanted = [("charge.refunded", 700), ("payment_intent.succeeded", 200), ("push", 100)];
    assert_eq!(counts, wanted.map(|(event, count)| (event.to_owned(), count)).into());
    let (valid, forged): (Vec<&Received>, Vec<&Received>) = all.iter().partition(|received| is_valid(received));
    assert_eq!((valid.len(), forged.len()), (980, 20));
    let bodies: HashSet<_> = valid.iter().map(|received| &received.body).collect();
    assert_eq!(bodies.len(), 930, "50 of them came twice");
    for (path, count) in
        [("/succeeded", 980), ("/failed", 0), ("/duplicates", 50), ("/invalid", 20), ("/accepted_invalid", 0)]
    {
        assert_eq!(number(&report, path), count, "{path}");
    }
    assert_eq!(report["statuses"], serde_json::json!({"200": 980, "401": 20}));
    assert_eq!(report["by_event"].as_array().map(Vec::len), Some(3));
}

#[test]
fn a_stall_shows_in_the_latency_although_the_receiver_was_quick_otherwise() {
    let stall = Duration::from_millis(400);
    let frozen = Arc::new(std::sync::Mutex::new(()));
    let receiver = Crowd::new(move |number, _| {
        // Whoever comes while one holds the lock waits for it: all of the receiver stands still.
        let guard = frozen.lock().expect("no panic");
        if number == 100 {
            // It is what the receiver of this test does, not what the test waits for.
            std::thread::sleep(stall);
        }
        drop(guard);
        Turn::Write(answer(200))
    });
    let report = load(&receiver.url("/"), &["--rate", "200/s", "--duration", "1s", "--allow-missed-rate"], 0);
    assert_eq!(receiver.all().len(), 200, "the schedule went on while the receiver stood still");
    assert_eq!(number(&report, "/requests"), 200);
    assert_eq!(number(&report, "/dropped_starts"), 0);
    // 80 starts fall into the stall, evenly: a tenth of all waited for more than half of it.
    assert!(fraction(&report, "/latency_ms/p99") >= 360.0, "{report}");
    assert!(fraction(&report, "/latency_ms/p90") >= 160.0, "{report}");
    assert!(fraction(&report, "/latency_ms/max") >= 390.0, "{report}");
    assert_eq!(report["rate"]["target"], 200.0);
    assert_eq!(report["plan"]["loop"], "open");
}

#[test]
fn known_delays_are_found_again() {
    let receiver = Crowd::new(|number, _| {
        let delay = if number % 10 == 9 { 60 } else { 20 };
        Turn::After(Duration::from_millis(delay), answer(200))
    });
    let report = load(&receiver.url("/"), &["--requests", "100", "--concurrency", "10"], 0);
    assert!(fraction(&report, "/latency_ms/min") >= 20.0, "{report}");
    assert!(fraction(&report, "/latency_ms/p95") >= 60.0, "{report}");
    assert!(fraction(&report, "/service_time_ms/p95") >= 60.0, "{report}");
}

#[test]
fn shards_share_the_work_without_meeting() {
    let receiver = Crowd::answering(200);
    let plan = ["--requests", "101", "--rate", "1000/s", "--allow-missed-rate", "--start-at", "2026-01-02T03:04:05Z"];
    let mut total = 0;
    for shard in ["1/3", "2/3", "3/3"] {
        let report = load(&receiver.url("/webhooks/stripe"), &[&plan[..], &["--shard", shard]].concat(), 0);
        total += number(&report, "/requests");
        assert_eq!(report["shard"]["count"], 3);
        assert!(fraction(&report, "/rate/target") < 340.0);
    }
    assert_eq!(total, 101);
    let all = receiver.all();
    assert_eq!(all.len(), 101);
    assert_eq!(all.iter().map(id).collect::<HashSet<_>>().len(), 101);
    Sandbox::new().hookctl(["load", &receiver.url("/"), "--shard", "1/3", "--requests", "1"]).run().exits(2);
}

#[test]
fn a_warm_up_is_sent_and_not_counted() {
    let receiver = Crowd::answering(200);
    let flags = ["--rate", "100/s", "--requests", "30", "--warm-up", "200ms", "--allow-missed-rate"];
    let report = load(&receiver.url("/"), &flags, 0);
    assert_eq!(number(&report, "/requests"), 30);
    assert_eq!(receiver.all().len(), 50);
    assert!(report["warnings"].to_string().contains("20 requests of the warm-up"), "{report}");
}

#[test]
fn what_is_shown_for_people_has_the_same_numbers() {
    let receiver = Crowd::answering(200);
    let sandbox = Sandbox::new();
    let ran = sandbox.ok(["load", &receiver.url("/webhooks/github"), "--requests", "20", "--concurrency", "2"]);
    let text = ran.stdout();
    assert!(text.contains("requests    20 in ") && text.contains("answers     20 × 200"), "{ran}");
    assert!(text.contains("p99.9"), "{ran}");
    assert!(ran.stderr().contains("in flight"), "a line a second: {ran}");
    assert!(receiver.all().iter().all(|received| received.header("x-github-event").is_some()), "{ran}");
}

#[test]
fn a_profile_says_it_once_and_what_is_typed_has_the_last_word() {
    let receiver = Crowd::answering(200);
    let sandbox = Sandbox::new();
    let profile = format!(
        "[load.smoke]\ntarget = \"{}\"\nevent = [\"charge.refunded=3\", \"payment_intent.succeeded\"]\nrequests = 8\nconcurrency = 2\nduplicates = \"0%\"\n",
        receiver.url("/webhooks/stripe")
    );
    sandbox.write("hookctl.toml", &profile);
    let report = sandbox.hookctl(["load", "smoke", "--json", "-q"]).run().exits(0).object();
    assert_eq!(number(&report, "/requests"), 8);
    assert_eq!(report["plan"]["events"][0]["weight"], 3.0);
    let report = sandbox.hookctl(["load", "smoke", "--json", "-q", "--requests", "4"]).run().exits(0).object();
    assert_eq!(number(&report, "/requests"), 4);
    let typed =
        ["load", "smoke", "--json", "-q", "--rate", "200/s", "--allow-missed-rate", "--event", "customer.created"];
    let report = sandbox.hookctl(typed).run().exits(0).object();
    assert_eq!((&report["plan"]["loop"], &report["plan"]["concurrency"]), (&"open".into(), &Value::Null));
    assert_eq!(
        report["plan"]["events"].as_array().map(Vec::len),
        Some(1),
        "another mix takes the place of the profile's"
    );
    sandbox.hookctl(["load", "smoke", "--from-events", "all", "--payload-size", "1KiB"]).run().exits(2);
    let script = sandbox.ok(["load", "smoke", "--emit", "k6"]).stdout();
    assert!(script.contains("charge.refunded") && script.contains(&receiver.url("/webhooks/stripe")), "{script}");
    sandbox.hookctl(["load", "smoek"]).run().refuses(2, "no profile 'smoek'", "did you mean 'smoke'");
    sandbox.write("hookctl.toml", profile.replace("requests", "reqests"));
    sandbox.hookctl(["load", "smoke"]).run().refuses(2, "unknown key 'load.smoke.reqests'", "load.smoke.requests");
    sandbox.write("hookctl.toml", "[load.smoke]\nprobe_cmd = \"rm -rf x\"\n");
    sandbox.hookctl(["load", "smoke"]).run().exits(2);
}

#[test]
fn what_the_receiver_did_is_held_against_what_it_accepted() {
    let receiver = Crowd::new(|_, received| {
        let body = "{\"distinct\":18,\"processed\":21}";
        let told = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        Turn::Write(if received.method == "GET" { told.into_bytes() } else { answer(200) })
    });
    let flags = ["--requests", "20", "--concurrency", "2", "--probe-url", &receiver.url("/count")];
    let report = load(&receiver.url("/webhooks/stripe"), &flags, 0);
    assert_eq!(report["probe"], serde_json::json!({"expected": 20, "distinct": 18, "lost": 2, "doubled": 3}));
    let flags = ["--requests", "20", "--concurrency", "2", "--probe-cmd", "echo 20"];
    let held = [&flags[..], &["--assert", "lost == 0", "--assert", "doubled == 0"]].concat();
    assert_eq!(load(&receiver.url("/webhooks/stripe"), &held, 0)["probe"]["lost"], 0);
    for (told, threshold, actual) in
        [("echo 19", "lost == 0", 1.0), ("echo '{\"distinct\":20,\"processed\":22}'", "doubled == 0", 2.0)]
    {
        let flags = ["--requests", "20", "--probe-cmd", told, "--assert", threshold];
        let report = load(&receiver.url("/webhooks/stripe"), &flags, 1);
        assert_eq!((&report["asserts"][0]["pass"], &report["asserts"][0]["actual"]), (&false.into(), &actual.into()));
    }
}

/// The report of the whole run was lost with the answer.
#[test]
fn a_receiver_that_cannot_say_what_it_did_costs_no_report() {
    let receiver = Crowd::answering(200);
    for (command, code, told) in [("exit 3", 3, "has failed"), ("echo x y", 2, "does not tell what was processed")] {
        let sandbox = Sandbox::new();
        let flags = ["--requests", "5", "--probe-cmd", command, "--assert", "lost == 0", "--report", "report.json"];
        let ran = sandbox.hookctl([&["load", &receiver.url("/webhooks/stripe")], &flags[..]].concat()).run();
        let ran = ran.exits(code);
        assert!(ran.stderr().contains(told) && ran.stdout().contains("requests    5 in "), "{ran}");
        let saved = std::fs::read(sandbox.path("report.json")).expect("a report");
        let report: Value = serde_json::from_slice(&saved).expect("JSON");
        assert_eq!((&report["probe"], &report["asserts"][0]["pass"]), (&Value::Null, &false.into()));
        assert!(report["warnings"].to_string().contains("what was processed is not known"), "{report}");
    }
}

#[test]
fn a_forged_delivery_that_is_accepted_is_a_finding() {
    let receiver = Crowd::answering(200);
    let report = load(&receiver.url("/webhooks/stripe"), &["--requests", "50", "--invalid", "10%"], 1);
    assert_eq!((number(&report, "/invalid"), number(&report, "/accepted_invalid")), (5, 5));
    assert_eq!((number(&report, "/succeeded"), number(&report, "/failed")), (45, 0), "it is none of the others");
    let finding = report["asserts"].as_array().expect("thresholds").iter().find(|one| one["pass"] == false);
    assert_eq!(finding.expect("a finding")["expr"], "accepted_invalid == 0");
}

#[test]
fn without_a_url_the_configured_target_is_used() {
    let receiver = Crowd::answering(200);
    let sandbox = Sandbox::new();
    sandbox.write("hookctl.toml", format!("[send]\nto = \"{}\"\n", receiver.url("/configured")));
    let flags = ["load", "--provider", "github", "--requests", "3", "--concurrency", "1", "--json", "-q"];
    let report = sandbox.ok(flags).object();
    assert_eq!(report["target"], receiver.url("/configured"));
    assert!(receiver.all().iter().all(|received| received.target == "/configured"));
    assert_eq!(receiver.all().len(), 3);
}
