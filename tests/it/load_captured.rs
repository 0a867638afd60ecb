//! `load --from-events` and `--batch`: captures as a load, several events in a request.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::load::{SECRET, is_signed_by_hand, number};
use crate::support::crowd::{Crowd, Turn, answer};
use crate::support::receiver::Received;
use crate::support::{Ran, Sandbox};

/// A store with captures: six of Stripe, three of them refunds, and two pushes.
fn recorded() -> Sandbox {
    let sandbox = Sandbox::new();
    let mut listener = secrets(sandbox.hookctl(["listen", "--json", "--bind", "127.0.0.1:0", "--no-ui"])).listen();
    let stripe = listener.url("/in/stripe?shop=7");
    let github = listener.url("/in/github");
    for (provider, event, count, url) in [
        ("stripe", "charge.refunded", "3", &stripe),
        ("stripe", "customer.created", "3", &stripe),
        ("github", "push", "2", &github),
    ] {
        secrets(sandbox.hookctl(["send", provider, event, "--count", count, "--to", url])).run().exits(0);
    }
    for _ in 0..8 {
        assert_eq!(listener.delivery()["verdict"], "valid");
    }
    listener.stop();
    sandbox
}

fn secrets(hookctl: crate::support::hookctl::Hookctl) -> crate::support::hookctl::Hookctl {
    hookctl.env("HOOKCTL_STRIPE_SECRET", SECRET).env("HOOKCTL_GITHUB_SECRET", SECRET)
}

fn load(sandbox: &Sandbox, url: &str, flags: &[&str]) -> Ran {
    secrets(sandbox.hookctl([&["load", url, "--json", "-q"], flags].concat())).run()
}

/// How many there are of each event.
fn mix(all: &[Received]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for received in all {
        let event = match received.header("x-github-event") {
            Some(event) => event.to_owned(),
            None => received.json()["type"].as_str().expect("a type").to_owned(),
        };
        *counts.entry(event).or_insert(0) += 1;
    }
    counts
}

#[test]
fn captures_are_sent_in_their_mix_each_anew() {
    let sandbox = recorded();
    let receiver = Crowd::answering(200);
    let flags = ["--from-events", "all", "--requests", "80", "--concurrency", "4"];
    let report = load(&sandbox, &receiver.url(""), &flags).exits(0).object();
    let all = receiver.all();
    let wanted = [("charge.refunded", 30), ("customer.created", 30), ("push", 20)];
    assert_eq!(mix(&all), wanted.map(|(event, count)| (event.to_owned(), count)).into());
    assert_eq!(report["plan"]["captures"], 8);
    assert_eq!(number(&report, "/succeeded"), 80);
    let mut ids = HashSet::new();
    for received in &all {
        if let Some(id) = received.header("x-github-delivery") {
            assert!(ids.insert(id.to_owned()), "{id} came twice");
            assert_eq!(received.target, "/in/github", "a target without a path takes the captured one");
        } else {
            assert!(is_signed_by_hand(received), "signed for the present");
            assert!(ids.insert(received.json()["id"].as_str().expect("an id").to_owned()));
            assert_eq!(received.target, "/in/stripe?shop=7");
        }
        assert_eq!(received.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("host")).count(), 1);
        assert_eq!(received.header("host"), Some(&receiver.url("")["http://".len()..]));
    }
}

#[test]
fn a_selection_is_narrowed_and_a_file_will_do() {
    let sandbox = recorded();
    let receiver = Crowd::answering(200);
    let url = receiver.url("/hooks");
    let of = |flags: &[&str], wanted: &[(&str, usize)]| {
        let before = receiver.all().len();
        load(&sandbox, &url, &[flags, &["--requests", "12", "--concurrency", "1"]].concat()).exits(0);
        let wanted: BTreeMap<String, usize> =
            wanted.iter().map(|(event, count)| ((*event).to_owned(), *count)).collect();
        assert_eq!(mix(&receiver.all()[before..]), wanted, "{flags:?}");
    };
    of(&["--from-events", "all", "--provider", "github"], &[("push", 12)]);
    of(&["--from-events", "all", "--event", "charge.*"], &[("charge.refunded", 12)]);
    of(
        &["--from-events", "latest~7", "--from-events", "latest~2", "--from-events", "latest"],
        &[("charge.refunded", 4), ("customer.created", 4), ("push", 4)],
    );
    of(&["--from-events", "all", "--filter", ".event_type == \"customer.created\""], &[("customer.created", 12)]);
    assert!(receiver.all().iter().all(|one| one.target.split('?').next() == Some("/hooks")), "a path is used as it is");
    sandbox.ok(["events", "export", "--provider", "stripe", "-o", "stripe.ndjson"]);
    of(&["--from-events", "stripe.ndjson"], &[("charge.refunded", 6), ("customer.created", 6)]);
    load(&sandbox, &url, &["--from-events", "all", "--event", "nothing.*"]).exits(2);
    load(&sandbox, &url, &["--from-events", "all", "--event", "charge.refunded=3"]).exits(2);
    load(&sandbox, &url, &["--from-events", "all", "--provider", "strpe"]).exits(2);
    load(&sandbox, &url, &["--from-events", "99"]).exits(2);
    load(&sandbox, &url, &["--from-events", "all", "--speed", "max"]).exits(2);
    load(&sandbox, &url, &["--filter", "true"]).exits(2);
}

#[test]
fn recorded_gaps_are_kept_at_any_speed() {
    let sandbox = Sandbox::new();
    let instant = |second: &str| format!("2026-01-02T03:04:{second}Z");
    // Three bodies a second and a half apart, as a HAR has them.
    let entry = |second: &str, id: &str| {
        let at = second.replace('.', "");
        let body = format!(
            r#"{{\"id\":\"evt_1NkXyZ2eZvKYlo2C{at}\",\"object\":\"event\",\"type\":\"charge.refunded\",\"n\":\"{id}\"}}"#
        );
        format!(
            r#"{{"startedDateTime":"{}","request":{{"method":"POST","url":"http://localhost/webhooks/stripe","httpVersion":"HTTP/1.1","headers":[{{"name":"Content-Type","value":"application/json"}}],"postData":{{"mimeType":"application/json","text":"{body}"}}}},"response":{{"status":200,"headers":[],"content":{{"size":0,"mimeType":""}}}}}}"#,
            instant(second)
        )
    };
    let entries = [entry("05.000", "first"), entry("05.500", "second"), entry("07.000", "third")].join(",");
    sandbox.write(
        "session.har",
        format!(r#"{{"log":{{"version":"1.2","creator":{{"name":"x","version":"1"}},"entries":[{entries}]}}}}"#),
    );
    let receiver = Crowd::answering(200);
    let flags = ["--from-events", "session.har", "--speed", "10x", "--requests", "6"];
    let report = load(&sandbox, &receiver.url("/hooks"), &flags).exits(0).object();
    let order: Vec<String> =
        receiver.all().iter().map(|one| one.json()["n"].as_str().expect("a name").to_owned()).collect();
    assert_eq!(order, ["first", "second", "third", "first", "second", "third"]);
    assert_eq!((&report["plan"]["loop"], &report["plan"]["speed"]), (&"open".into(), &10.0.into()));
    // 2 s of recorded time and the usual gap behind it, twice, at ten times the speed.
    let asked = report["rate"]["target"].as_f64().expect("a rate");
    assert!((asked - 10.0).abs() < 0.01, "{asked}");
    assert!(report["duration_s"].as_f64().expect("a time") >= 0.49, "{report}");
}

#[test]
fn several_events_share_a_request_and_none_comes_twice() {
    let receiver = Crowd::new(|_, _| Turn::Write(answer(200)));
    let sandbox = Sandbox::new();
    for (provider, ids) in [("generic", "/events/*/id"), ("sendgrid", "/*/sg_event_id")] {
        let before = receiver.all().len();
        let flags = ["--provider", provider, "--batch", "100", "--requests", "20", "--concurrency", "2"];
        let report = load(&sandbox, &receiver.url("/hooks"), &flags).exits(0).object();
        assert_eq!((number(&report, "/requests"), number(&report, "/batches")), (20, 20));
        assert_eq!(report["plan"]["batch"], 100);
        let mut counts: HashMap<String, usize> = HashMap::new();
        for received in &receiver.all()[before..] {
            let body = received.json();
            let (list, field) = ids.split_once("/*/").expect("a path");
            let events = if list.is_empty() { &body } else { &body[&list[1..]] };
            for event in events.as_array().unwrap_or_else(|| panic!("{provider}: {body}")) {
                *counts.entry(event[field].to_string()).or_default() += 1;
            }
        }
        assert_eq!(counts.values().sum::<usize>(), 2_000, "{provider}");
        assert_eq!(counts.len(), 2_000, "{provider}: an id came twice");
    }
    let probe =
        ["--batch", "5", "--requests", "4", "--concurrency", "1", "--probe-cmd", "echo 20", "--assert", "lost == 0"];
    let report = load(&sandbox, &receiver.url("/webhooks/generic"), &probe).exits(0).object();
    assert_eq!(report["probe"]["expected"], 20, "events are what is processed");
    let stripe = sandbox.hookctl(["load", &receiver.url("/webhooks/stripe"), "--batch", "2"]).run().exits(2);
    assert!(stripe.stderr().contains("one event at a time"), "{stripe}");
}
