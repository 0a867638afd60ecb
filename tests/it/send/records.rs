//! What is recorded, where it goes when nothing is said, and how it ends.

use serde_json::{Value, json};

use super::{EVENT, OK, attempt, send};
use crate::support::hookctl::signal;
use crate::support::{Answer, Nobody, Peer, Receiver, Reply, Sandbox};

#[test]
fn every_attempt_is_recorded_with_what_was_answered() {
    let (sandbox, nobody) = (Sandbox::new(), Nobody::new());
    let mut receiver = Receiver::scripted(vec![
        Answer::Full(200, vec![("X-Who", "me".to_owned())], b"taken".to_vec()),
        Answer::Full(422, vec![], b"no such order".to_vec()),
    ]);
    let to = receiver.url("/");
    let first = attempt(&send(&sandbox, &to, &["--json"]).exits(0));
    let second = attempt(&send(&sandbox, &to, &["--json", "--tamper", "body"]).exits(1));
    let third = attempt(&send(&sandbox, &nobody.url("/"), &["--json"]).exits(3));
    assert_eq!(second["response"]["body"], "no such order");
    assert_eq!(receiver.all().len(), 2);

    let listed = sandbox.ok(["events", "list", "--sent", "--json"]).of_kind("delivery");
    let ids: Vec<&Value> = listed.iter().map(|delivery| &delivery["id"]).collect();
    assert_eq!(ids, [&third["delivery_id"], &second["delivery_id"], &first["delivery_id"]], "the newest first");
    let statuses: Vec<&Value> = listed.iter().map(|delivery| &delivery["status"]).collect();
    assert_eq!(statuses, [&Value::Null, &json!(422), &json!(200)]);
    assert!(sandbox.ok(["events", "list", "--json"]).objects().is_empty(), "what was sent is no capture");
    let failed = sandbox.ok(["events", "list", "--sent", "--failed", "--json"]).of_kind("delivery");
    assert_eq!(failed.len(), 2);

    let id = third["delivery_id"].as_str().expect("an id");
    let shown = sandbox.ok(["events", "show", id]);
    assert!(shown.stdout().contains("connection refused: nothing listens there"), "{shown}");
    let shown = sandbox.ok(["events", "show", first["delivery_id"].as_str().expect("an id")]);
    assert!(shown.stdout().contains("200"), "{shown}");
}

#[test]
fn what_was_sent_is_recorded_byte_for_byte() {
    let sandbox = Sandbox::new();
    let mut peer = Peer::replying([Reply::Bytes(OK.to_vec())]);
    let delivery = attempt(&send(&sandbox, &peer.url("/hook"), &["--json"]).exits(0));
    let raw = peer.next();
    let id = delivery["delivery_id"].as_str().expect("an id");
    assert_eq!(sandbox.ok(["events", "show", id, "--http"]).bytes(), raw);
    let body = &raw[raw.windows(4).position(|window| window == b"\r\n\r\n").expect("a head") + 4..];
    assert_eq!(sandbox.ok(["events", "show", id, "--raw"]).bytes(), body);
}

#[test]
fn a_store_in_memory_keeps_nothing() {
    let sandbox = Sandbox::new();
    let mut receiver = Receiver::answering([200]);
    send(&sandbox, &receiver.url("/"), &["--store", ":memory:"]).exits(0);
    receiver.next();
    assert!(!sandbox.store().exists());
}

#[test]
fn targets_may_be_configured_and_flags_win() {
    let sandbox = Sandbox::new();
    let (mut configured, mut flagged) = (Receiver::answering([200]), Receiver::answering([200]));
    sandbox.write("hookctl.toml", format!("[send]\nto = \"{}\"\n", configured.url("/configured")));
    sandbox.ok(EVENT);
    assert_eq!(configured.next().target, "/configured");
    send(&sandbox, &flagged.url("/flagged"), &[]).exits(0);
    assert_eq!(flagged.next().target, "/flagged");
    assert!(configured.all().is_empty());
}

#[test]
fn proxies_are_not_asked_about_loopback() {
    let sandbox = Sandbox::new();
    let (mut receiver, proxy) = (Receiver::answering([200]), Receiver::answering([200]));
    let mut line = sandbox.hookctl(EVENT.into_iter().chain(["--to", &receiver.url("/")]));
    for name in ["http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"] {
        line = line.env(name, proxy.url("/"));
    }
    line.run().exits(0);
    receiver.next();
    proxy.was_left_alone();
}

#[test]
fn an_interrupt_ends_with_130_and_a_summary() {
    let sandbox = Sandbox::new();
    let mut receiver = Receiver::scripted(vec![Answer::Status(200), Answer::Never]);
    let to = receiver.url("/");
    let child =
        sandbox.hookctl(EVENT.into_iter().chain(["--to", &to, "--count", "3", "--json", "--timeout", "1h"])).spawn();
    // The second one is being waited for.
    receiver.next();
    receiver.next();
    signal(child.id(), "INT");
    let ended = child.wait_with_output().expect("an end");
    assert_eq!(ended.status.code(), Some(130));
    let out = String::from_utf8(ended.stdout).expect("text");
    let last: Value = serde_json::from_str(out.lines().last().expect("a line")).expect("JSON");
    assert_eq!((&last["kind"], &last["deliveries"], &last["accepted"]), (&json!("summary"), &json!(1), &json!(1)));
}
