//! `listen --ack`: answered at once, forwarded behind: in order, with further attempts, through outages, restarts and
//! kills.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Act, Listener, Sandbox, Upstream, Wire};

/// Few and soon: for those that are to run out.
const FEW: &str = "fixed 5ms max=3";

/// More than any test waits for.
const MANY: &str = "fixed 5ms max=1000";

fn post(listener: &Listener, body: &str) -> u16 {
    Wire::to(listener.socket()).post("/x", &[], body.as_bytes()).reply().expect("an answer").status
}

/// The next object of this kind; those of other kinds are passed over.
#[track_caller]
fn next(listener: &mut Listener, kind: &str) -> Value {
    loop {
        let object = listener.next();
        if object["kind"] == kind {
            return object;
        }
    }
}

fn bodies(upstream: &Upstream, count: usize) -> Vec<String> {
    (0..count).map(|_| String::from_utf8_lossy(upstream.next().body()).into_owned()).collect()
}

fn numbers(range: std::ops::RangeInclusive<u32>) -> Vec<String> {
    range.map(|n| n.to_string()).collect()
}

#[test]
fn the_sender_is_answered_before_the_target_is_and_attempts_are_told_and_recorded() {
    let sandbox = Sandbox::new();
    let app = Upstream::new();
    app.acts(Act::Hang);
    let mut listener =
        sandbox.listen(["--forward-to", &app.url("/in"), "--ack", "202", "--timeout", "50ms", "--retry", MANY]);
    assert_eq!(post(&listener, "1"), 202);
    let delivery = next(&mut listener, "delivery");
    assert_eq!((&delivery["status"], &delivery["forwards"]), (&Value::from(202), &serde_json::json!([])));
    let attempt = next(&mut listener, "attempt");
    assert_eq!((&attempt["error"], &attempt["attempt"]), (&Value::from("response-timeout"), &Value::from(1)));
    assert_eq!((&attempt["delivery_id"], &attempt["next"]["attempt"]), (&delivery["id"], &Value::from(2)));
    app.acts(Act::status(200));
    let mut attempt = next(&mut listener, "attempt");
    while attempt["accepted"] == false {
        attempt = next(&mut listener, "attempt");
    }
    assert_eq!((&attempt["status"], &attempt["url"]), (&Value::from(200), &Value::from(app.url("/in"))));
    let ran = listener.stop();
    assert!(!ran.stderr().contains("still owed"), "{ran}");
    let shown = sandbox.ok(["events", "show", "latest", "--json"]).object();
    let forwards = shown["forwards"].as_array().expect("forwards");
    assert_eq!((&shown["status"], &forwards.last().expect("one")["status"]), (&Value::from(202), &Value::from(200)));
    assert_eq!(sandbox.ok(["events", "list", "--dead", "--json"]).objects(), Vec::<Value>::new());
}

#[test]
fn strict_order_holds_through_refusals_and_the_rest_waits() {
    let sandbox = Sandbox::new();
    let app = Upstream::new();
    app.acts(Act::status(500));
    let listener = sandbox.listen(["--forward-to", &app.url(""), "--ack", "202", "--retry", MANY]);
    for n in 1..=20 {
        assert_eq!(post(&listener, &n.to_string()), 202);
    }
    assert_eq!(bodies(&app, 3), ["1", "1", "1"]);
    app.acts(Act::status(200));
    let mut seen = vec!["1".to_owned()];
    while seen.len() < 20 {
        let body = bodies(&app, 1).remove(0);
        if seen.last() != Some(&body) {
            seen.push(body);
        }
    }
    assert_eq!(seen, numbers(1..=20));
}

#[test]
fn with_an_order_per_key_only_that_key_waits() {
    let sandbox = Sandbox::new();
    let app = Upstream::new();
    app.acts(Act::Refuse("\"k\":\"a\""));
    let order = ["--order", "per-key", ".body.k"];
    let mut args = vec!["--forward-to".to_owned(), app.url(""), "--ack".to_owned(), "202".to_owned()];
    args.extend(order.map(str::to_owned));
    args.extend(["--retry".to_owned(), MANY.to_owned()]);
    let listener = sandbox.listen(args);
    for n in 1..=9 {
        let key = ["a", "b", "c"][n % 3];
        assert_eq!(post(&listener, &format!("{{\"k\":\"{key}\",\"n\":{n}}}")), 202);
    }
    let (mut a, mut others) = (BTreeSet::new(), Vec::new());
    while others.len() < 6 || a.is_empty() {
        let body = bodies(&app, 1).remove(0);
        if body.contains("\"a\"") {
            a.insert(body);
        } else {
            others.push(body);
        }
    }
    assert_eq!(a.len(), 1, "the second of a key went before the first was accepted: {a:?}");
    for key in ["b", "c"] {
        let of: Vec<&String> = others.iter().filter(|body| body.contains(&format!("\"{key}\""))).collect();
        assert!(of.is_sorted() && of.len() == 3, "{of:?}");
    }
}

#[test]
fn what_is_refused_for_good_or_too_often_is_a_dead_letter_and_the_next_one_goes() {
    let sandbox = Sandbox::new();
    let app = Upstream::new();
    let mut listener = sandbox.listen(["--forward-to", &app.url(""), "--ack", "200", "--retry", FEW]);
    for (status, attempts) in [(400, 1), (503, 4)] {
        app.acts(Act::status(status));
        assert_eq!(post(&listener, &status.to_string()), 200);
        let of: Vec<Value> = (0..attempts).map(|_| next(&mut listener, "attempt")).collect();
        let dead: Vec<bool> = of.iter().map(|attempt| attempt["dead"] == true).collect();
        assert_eq!(dead.iter().rposition(|dead| *dead), Some(attempts - 1), "{of:?}");
        assert_eq!(dead.iter().filter(|dead| **dead).count(), 1);
    }
    app.acts(Act::status(200));
    assert_eq!(post(&listener, "good"), 200);
    assert_eq!(next(&mut listener, "attempt")["accepted"], true);
    drop(listener.stop());
    let dead = sandbox.ok(["events", "list", "--dead", "--json"]).of_kind("delivery");
    let dead: Vec<&Value> = dead.iter().map(|delivery| &delivery["number"]).collect();
    assert_eq!(dead, [&Value::from(2), &Value::from(1)]);
}

#[test]
fn a_retry_after_is_heeded() {
    let sandbox = Sandbox::new();
    let app = Upstream::new();
    app.acts(Act::Say(b"HTTP/1.1 429 X\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n".to_vec()));
    let mut listener = sandbox.listen(["--forward-to", &app.url(""), "--ack", "202", "--retry", FEW]);
    assert_eq!(post(&listener, "1"), 202);
    assert_eq!(next(&mut listener, "attempt")["next"]["wait_ms"], 3_600_000.0);
    let ran = listener.stop();
    assert!(ran.stderr().contains("1 forward is still owed"), "{ran}");
}

#[test]
fn a_target_that_is_down_is_said_once_and_gets_everything_in_order_when_it_is_back() {
    let sandbox = Sandbox::new();
    let app = Upstream::new();
    let mut listener = sandbox.listen(["--forward-to", &app.url(""), "--ack", "202", "--retry", FEW]);
    assert_eq!(post(&listener, "1"), 202);
    assert_eq!(bodies(&app, 1), ["1"]);
    // The target has answered: closing it now takes nothing away.
    assert_eq!(next(&mut listener, "attempt")["accepted"], true);
    app.close();
    for n in 2..=30 {
        assert_eq!(post(&listener, &n.to_string()), 202);
    }
    let down = next(&mut listener, "target");
    assert_eq!((&down["state"], &down["error"]), (&Value::from("down"), &Value::from("refused")));
    let back = Upstream::at(app.address());
    assert_eq!(bodies(&back, 29), numbers(2..=30));
    let told = next(&mut listener, "target");
    assert_eq!(told["state"], "back");
    let ran = listener.stop();
    assert!(ran.of_kind("target").is_empty(), "{ran}");
    // An outage costs nobody an attempt, however long it is.
    assert_eq!(sandbox.ok(["events", "list", "--dead", "--json"]).objects(), Vec::<Value>::new());
}

#[test]
fn what_is_owed_survives_a_restart_and_goes_to_that_target_alone() {
    let sandbox = Sandbox::new();
    let app = Upstream::new();
    app.close();
    let args = ["--forward-to".to_owned(), app.url(""), "--ack".to_owned(), "202".to_owned()];
    let listener = sandbox.listen(&args);
    for n in 1..=10 {
        assert_eq!(post(&listener, &n.to_string()), 202);
    }
    let ran = listener.stop();
    assert!(ran.stderr().contains("10 forwards are still owed"), "{ran}");

    // Another target gets nothing of it, and it is said that something is left.
    let other = Upstream::new();
    let mut listener = sandbox.listen(["--forward-to", &other.url(""), "--ack", "202"]);
    let left = next(&mut listener, "target");
    assert_eq!((&left["state"], &left["waiting"]), (&Value::from("gone"), &Value::from(10)));
    drop(listener.stop());
    assert_eq!(other.all(), []);

    let back = Upstream::at(app.address());
    let mut listener = sandbox.listen(&args);
    assert_eq!(next(&mut listener, "target")["state"], "waiting");
    assert_eq!(post(&listener, "11"), 202);
    assert_eq!(bodies(&back, 11), numbers(1..=11));
    for _ in 1..=11 {
        assert_eq!(next(&mut listener, "attempt")["accepted"], true);
    }
    assert!(!listener.stop().stderr().contains("still owed"));
}

#[test]
fn nothing_that_was_answered_is_lost_when_the_listener_is_killed() {
    let sandbox = Sandbox::new();
    let app = Upstream::new();
    let args = ["--forward-to".to_owned(), app.url(""), "--ack".to_owned(), "202".to_owned()];
    let mut answered = Vec::new();
    let mut sent = 0_u32;
    for round in 0..8_usize {
        let listener = sandbox.listen(&args);
        let mut wire = Wire::to(listener.socket());
        // A few that are answered, then some that may be cut off at any point.
        for _ in 0..=round * 3 {
            sent += 1;
            wire.post("/x", &[], sent.to_string().as_bytes());
            if wire.reply().is_some_and(|reply| reply.status == 202) {
                answered.push(sent.to_string());
            }
        }
        for _ in 0..round {
            sent += 1;
            wire.post("/x", &[], sent.to_string().as_bytes());
        }
        listener.signal("KILL");
        while wire.reply().is_some_and(|reply| reply.status == 202) {
            let next = answered.last().and_then(|last| last.parse::<u32>().ok()).unwrap_or(0) + 1;
            answered.push(next.max(sent - u32::try_from(round).expect("small") + 1).to_string());
        }
        drop(listener.wait());
    }
    let mut listener = sandbox.listen(&args);
    let last = (sent + 1).to_string();
    assert_eq!(post(&listener, &last), 202);
    let mut first_seen = Vec::new();
    while first_seen.last() != Some(&last) {
        let body = bodies(&app, 1).remove(0);
        if !first_seen.contains(&body) {
            first_seen.push(body);
        }
    }
    let lost: Vec<&String> = answered.iter().filter(|body| !first_seen.contains(body)).collect();
    assert!(lost.is_empty(), "answered and never forwarded: {lost:?}");
    let order: Vec<u32> = first_seen.iter().map(|body| body.parse().expect("a number")).collect();
    assert!(order.is_sorted(), "{order:?}");
    assert_eq!(next(&mut listener, "delivery")["status"], 202);
}

#[test]
fn a_full_backlog_sends_senders_away_and_records_nothing_of_them() {
    let sandbox = Sandbox::new();
    let app = Upstream::new();
    app.acts(Act::Hang);
    let mut listener = sandbox.listen(["--forward-to", &app.url(""), "--ack", "202", "--max-backlog", "3"]);
    let statuses: Vec<u16> = (1..=5).map(|n| post(&listener, &n.to_string())).collect();
    assert_eq!(statuses, [202, 202, 202, 503, 503]);
    let told = next(&mut listener, "target");
    assert_eq!((&told["state"], &told["waiting"]), (&Value::from("full"), &Value::from(3)));
    listener.signal("KILL");
    drop(listener.wait());
    assert_eq!(sandbox.ok(["events", "list", "--json"]).objects().len(), 3);
}

#[test]
fn repetitions_are_dropped_behind_an_answer_too() {
    let sandbox = Sandbox::new();
    let app = Upstream::new();
    let mut listener =
        sandbox.listen(["--forward-to", &app.url(""), "--ack", "202", "--drop-duplicates", "--retry", "none"]);
    assert_eq!([post(&listener, "same"), post(&listener, "same"), post(&listener, "other")], [202; 3]);
    assert_eq!(bodies(&app, 2), ["same", "other"]);
    // A dead letter was not accepted, so its repetition is welcome.
    app.acts(Act::status(400));
    assert_eq!(post(&listener, "dead"), 202);
    while next(&mut listener, "attempt")["dead"] != true {}
    app.acts(Act::status(200));
    assert_eq!(post(&listener, "dead"), 202);
    assert_eq!(bodies(&app, 2), ["dead", "dead"]);
}

#[test]
fn flags_that_mean_nothing_are_refused() {
    let sandbox = Sandbox::new();
    for flag in [["--order", "none"], ["--retry", "none"], ["--max-backlog", "5"], ["--forward-concurrency", "2"]] {
        let args =
            [&["listen", "--no-ui", "--bind", "127.0.0.1:0", "--forward-to", "http://127.0.0.1:1"][..], &flag].concat();
        sandbox.hookctl(args).run().refuses(2, flag[0], "--ack 202");
    }
    for (flag, error) in [
        (&["--ack", "500"][..], "not a status from 200 to 299"),
        (&["--ack", "202", "--order", "random"], "is no order"),
        (&["--ack", "202", "--order", "per-key", ".a |"], "the filter is wrong"),
        (&["--ack", "202", "--retry", "often"], "is no retry plan"),
        (&["--ack", "202", "--max-backlog", "0"], "more than 0"),
    ] {
        let args =
            [&["listen", "--no-ui", "--bind", "127.0.0.1:0", "--forward-to", "http://127.0.0.1:1"][..], flag].concat();
        sandbox.hookctl(args).run().refuses(2, error, "");
    }
}
