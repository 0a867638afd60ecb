//! `load` over TLS and HTTP/2: the same plan, the same counts, the same honesty.

use std::collections::HashSet;
use std::time::Duration;

use hyper::Version;
use serde_json::Value;

use crate::load::{SECRET, fraction, is_signed_by_hand, number};
use crate::support::tls_crowd::{Reply, TlsCrowd};
use crate::support::{Nobody, Ran, Sandbox};

const BOTH: [&str; 2] = ["h2", "http/1.1"];

/// Runs a load test of Stripe's events that trusts the receiver's certificate.
fn run(receiver: &TlsCrowd, flags: &[&str]) -> Ran {
    let sandbox = Sandbox::new();
    sandbox.write("ca.pem", receiver.certificate());
    let url = receiver.url("/webhooks/stripe");
    let trust: &[&str] = if receiver.certificate().is_empty() { &[] } else { &["--cacert", "ca.pem"] };
    let args = [&["load", &url, "--json", "-q"], trust, flags].concat();
    sandbox.hookctl(args).env("HOOKCTL_STRIPE_SECRET", SECRET).run()
}

fn load(receiver: &TlsCrowd, flags: &[&str], code: i32) -> Value {
    run(receiver, flags).exits(code).object()
}

/// Every request is an event of its own, genuinely signed, and came by this HTTP.
fn are_genuine(receiver: &TlsCrowd, count: usize, version: Version) {
    let all = receiver.all();
    assert_eq!(all.len(), count);
    let ids: HashSet<_> = all.iter().map(|(_, one)| one.json()["id"].as_str().expect("an id").to_owned()).collect();
    assert_eq!(ids.len(), count, "an id came twice");
    for (spoken, received) in &all {
        assert_eq!(*spoken, version);
        assert!(is_signed_by_hand(received));
        assert_eq!((received.method.as_str(), received.target.as_str()), ("POST", "/webhooks/stripe"));
        assert_eq!(received.header("content-type"), Some("application/json; charset=utf-8"));
    }
}

#[test]
fn every_delivery_over_tls_is_genuine_and_counted() {
    let receiver = TlsCrowd::answering(&BOTH, 200);
    let report = load(&receiver, &["--requests", "300", "--concurrency", "6"], 0);
    are_genuine(&receiver, 300, Version::HTTP_11);
    assert_eq!((number(&report, "/requests"), number(&report, "/succeeded")), (300, 300));
    assert_eq!(report["statuses"], serde_json::json!({"200": 300}));
    assert_eq!(number(&report, "/connections"), 6);
    assert!((1..=6).contains(&receiver.connections()), "one that comes when all is sent carries nothing");
    let bytes: u64 = receiver.all().iter().map(|(_, received)| received.body.len() as u64).sum();
    assert!(number(&report, "/bytes/sent") > bytes && number(&report, "/bytes/received") > 300);
    assert_eq!(report["plan"]["http_version"], "1.1");
}

#[test]
fn streams_of_http_2_share_connections() {
    let receiver = TlsCrowd::answering(&BOTH, 204);
    let flags = ["--http-version", "2", "--requests", "300", "--concurrency", "12", "--streams", "4"];
    let report = load(&receiver, &flags, 0);
    are_genuine(&receiver, 300, Version::HTTP_2);
    assert_eq!((number(&report, "/succeeded"), number(&report, "/connections")), (300, 3));
    assert!((1..=3).contains(&receiver.connections()));
    assert_eq!(report["plan"]["http_version"], "2");

    let alone = TlsCrowd::answering(&BOTH, 200);
    let report = load(&alone, &["--http-version", "2", "--requests", "50", "--concurrency", "5"], 0);
    assert_eq!(number(&report, "/connections"), 5, "each has its own unless something is said");
}

#[test]
fn http_2_without_tls_begins_without_asking() {
    let receiver = TlsCrowd::answering(&[], 200);
    let report = load(&receiver, &["--http-version", "2", "--requests", "100", "--concurrency", "4"], 0);
    are_genuine(&receiver, 100, Version::HTTP_2);
    assert_eq!(number(&report, "/succeeded"), 100);
}

#[test]
fn a_stall_over_tls_shows_in_the_latency() {
    for flags in [&["--http-version", "1.1"][..], &["--http-version", "2", "--streams", "16"]] {
        let receiver = TlsCrowd::new(&BOTH, |number| match number {
            100 => Reply::Stall(Duration::from_millis(400)),
            _ => Reply::Status(200),
        });
        let open = ["--rate", "200/s", "--duration", "1s", "--allow-missed-rate"];
        let report = load(&receiver, &[&open[..], flags].concat(), 0);
        assert_eq!(receiver.all().len(), 200, "the schedule went on while the receiver stood still");
        assert_eq!((number(&report, "/requests"), number(&report, "/dropped_starts")), (200, 0));
        // 80 starts fall into the stall, evenly: a tenth of all waited for more than half of it.
        assert!(fraction(&report, "/latency_ms/p99") >= 360.0, "{report}");
        assert!(fraction(&report, "/latency_ms/p90") >= 160.0, "{report}");
    }
}

#[test]
fn closed_connections_are_made_anew_and_time_limits_hold() {
    let closing = TlsCrowd::new(&BOTH, |_| Reply::Last(200));
    let report = load(&closing, &["--requests", "20", "--concurrency", "2"], 0);
    assert_eq!((number(&report, "/succeeded"), closing.connections()), (20, 20));
    // A receiver of HTTP/2 says that it takes no more, and answers what had come by then.
    let closing = TlsCrowd::new(&BOTH, |_| Reply::Last(200));
    let report = load(&closing, &["--requests", "40", "--concurrency", "2", "--http-version", "2"], 0);
    assert_eq!((number(&report, "/succeeded"), number(&report, "/failed")), (40, 0));
    assert!(closing.connections() > 2, "{} connections", closing.connections());
    for version in ["1.1", "2"] {
        let silent = TlsCrowd::new(&BOTH, |_| Reply::Stall(Duration::from_mins(1)));
        let flags = ["--requests", "4", "--concurrency", "4", "--timeout", "150ms", "--http-version", version];
        let report = load(&silent, &flags, 1);
        assert_eq!(report["errors"], serde_json::json!({"response-timeout": 4}), "HTTP/{version}");
        assert!(fraction(&report, "/latency_ms/min") >= 150.0, "whoever waited has waited: {report}");
    }
}

#[test]
fn an_oversized_head_is_refused_over_http_2_too() {
    let receiver = TlsCrowd::new(&BOTH, |number| if number < 3 { Reply::Large(100_000) } else { Reply::Large(1_000) });
    let report = load(&receiver, &["--http-version", "2", "--requests", "6", "--concurrency", "1"], 0);
    assert_eq!(report["errors"], serde_json::json!({"bad-answer": 3}));
    assert_eq!((number(&report, "/succeeded"), receiver.all().len()), (3, 6));
}

#[test]
fn whom_it_cannot_talk_to_is_told_before_anything_is_sent() {
    let receiver = TlsCrowd::answering(&BOTH, 200);
    let sandbox = Sandbox::new();
    let url = receiver.url("/webhooks/stripe");
    let load = |url: &str, flags: &[&str]| sandbox.hookctl([&["load", url, "--requests", "5"], flags].concat()).run();
    load(&url, &[]).refuses(3, "TLS", "--cacert FILE");
    load(&url, &["--cacert", "nowhere.pem"]).refuses(2, "nowhere.pem", "");
    let only_old = TlsCrowd::answering(&["http/1.1"], 200);
    let flags = ["--insecure", "--http-version", "2"];
    load(&only_old.url("/"), &flags).refuses(3, "does not speak HTTP/2", "leave out --http-version");
    let only_new = TlsCrowd::answering(&["h2"], 200);
    load(&only_new.url("/"), &["--insecure"]).refuses(3, "does not speak HTTP/1.1", "--http-version 2");
    let nobody = Nobody::new().url("/hooks").replace("http://", "https://");
    load(&nobody, &["--insecure"]).refuses(3, "connection refused", "start the receiver first");
    load("https://192.0.2.1:9/", &["--insecure"]).refuses(2, "not this machine", "--allow-remote");
    load(&url, &["--streams", "4"]).refuses(2, "--streams is about HTTP/2", "--http-version 2");
    assert!(receiver.all().is_empty() && only_old.all().is_empty());
    load(&url, &["--insecure"]).exits(0);
    assert_eq!(receiver.all().len(), 5);
}

#[test]
fn listen_takes_a_load_over_tls() {
    for version in ["1.1", "2"] {
        let sandbox = Sandbox::new();
        let mut listener = sandbox.listen(["--tls"]);
        let flags = ["--insecure", "--requests", "40", "--concurrency", "4", "--http-version", version, "--json", "-q"];
        let report = sandbox.ok([&["load", &listener.url("/webhooks/github")], &flags[..]].concat()).object();
        assert_eq!(number(&report, "/succeeded"), 40);
        for _ in 0..40 {
            let delivery = listener.delivery();
            assert_eq!((&delivery["verdict"], &delivery["duplicate_of"]), (&"valid".into(), &Value::Null));
        }
        listener.stop();
    }
}
