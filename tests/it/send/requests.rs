//! What is on the wire: bodies, headers, ids, times, edits; and what a dry run prints of it.

use std::collections::BTreeSet;
use std::process::Command;

use hookctl::signature::SchemeKind;
use serde_json::json;

use super::{EVENT, OK, attempt, head, names, send};
use crate::support::{Peer, Receiver, Reply, Sandbox, one_of_each_way};

#[test]
fn each_of_several_deliveries_has_its_own_ids() {
    let sandbox = Sandbox::new();
    let mut receiver = Receiver::answering([200]);
    let ran = send(&sandbox, &receiver.url("/"), &["--count", "7", "--json"]).exits(0);
    let all = receiver.all();
    let ids: BTreeSet<String> = all.iter().map(|request| request.json()["id"].to_string()).collect();
    let signatures: BTreeSet<&str> = all.iter().filter_map(|request| request.header("stripe-signature")).collect();
    assert_eq!((all.len(), ids.len(), signatures.len()), (7, 7, 7));
    let attempts = ran.of_kind("attempt");
    let deliveries: BTreeSet<String> = attempts.iter().map(|attempt| attempt["delivery_id"].to_string()).collect();
    let told: BTreeSet<String> = attempts.iter().map(|attempt| attempt["event_id"].to_string()).collect();
    assert_eq!((deliveries.len(), told), (7, ids));
    let people = send(&sandbox, &receiver.url("/"), &["--count", "2"]).exits(0);
    assert!(people.stderr().contains("2 of 2 accepted"), "{people}");
}

#[test]
fn a_seed_repeats_the_bodies_and_another_one_does_not() {
    let sandbox = Sandbox::new();
    let mut receiver = Receiver::answering([200]);
    let mut bodies = |seed: &str| {
        send(&sandbox, &receiver.url("/"), &["--seed", seed, "--count", "3"]).exits(0);
        receiver.all().into_iter().map(|request| request.body).collect::<Vec<_>>()
    };
    let first = bodies("7");
    assert_eq!(first.len(), 3);
    assert!(first[0] != first[1] && first[1] != first[2], "each delivery is another one");
    assert_eq!(first, bodies("7"));
    assert_ne!(first, bodies("8"));
}

#[test]
fn a_seed_and_a_time_repeat_the_whole_request() {
    let dry = |more: &[&str]| {
        let sandbox = Sandbox::new();
        let args = ["--dry-run", "--secret", "whsec_test", "--seed", "7"];
        sandbox.ok(EVENT.into_iter().chain(args).chain(more.iter().copied())).bytes().to_vec()
    };
    let time = ["--timestamp", "2026-03-01T12:00:00Z"];
    assert_eq!(dry(&time), dry(&time));
    assert!(String::from_utf8_lossy(&dry(&time)).contains("Stripe-Signature: t=1772366400,v1="));
}

#[test]
fn data_is_sent_byte_for_byte() {
    let sandbox = Sandbox::new();
    let every_byte: Vec<u8> = (0..=255).collect();
    for body in [&b"{\"a\" : 1}\r\n"[..], b"", b"\xef\xbb\xbf{}\n", &every_byte, &vec![b'x'; 300_000]] {
        let path = sandbox.write("body.bin", body);
        let mut peer = Peer::replying([Reply::Bytes(OK.to_vec()), Reply::Bytes(OK.to_vec())]);
        let to = peer.url("/");
        sandbox.ok(["send", "stripe", "--to", &to, "--data", path.to_str().expect("a path")]);
        let raw = peer.next();
        assert_eq!(&raw[raw.len() - body.len()..], body);
        let head = head(&raw);
        assert!(head.contains(&format!("Content-Length: {}", body.len())), "{head:?}");
        sandbox.hookctl(["send", "stripe", "--to", &to, "--data", "-"]).stdin(body).run().exits(0);
        let raw = peer.next();
        assert_eq!(&raw[raw.len() - body.len()..], body, "from standard input");
    }
}

#[test]
fn on_the_wire_is_what_the_provider_sends_and_nothing_else() {
    let sandbox = Sandbox::new();
    let mut peer = Peer::replying([Reply::Bytes(OK.to_vec()), Reply::Bytes(OK.to_vec()), Reply::Bytes(OK.to_vec())]);
    for (provider, event, wanted) in [
        (
            "stripe",
            "payment_intent.succeeded",
            &["Host", "User-Agent", "Content-Type", "Accept", "Cache-Control", "Stripe-Signature", "Content-Length"][..],
        ),
        (
            "github",
            "pull_request.opened",
            &[
                "Host",
                "User-Agent",
                "Content-Type",
                "Accept",
                "X-GitHub-Delivery",
                "X-GitHub-Hook-ID",
                "X-GitHub-Hook-Installation-Target-ID",
                "X-GitHub-Hook-Installation-Target-Type",
                "X-GitHub-Event",
                "X-Hub-Signature-256",
                "X-Hub-Signature",
                "Content-Length",
            ],
        ),
        (
            "standard-webhooks",
            "user.created",
            &["Host", "Content-Type", "webhook-id", "webhook-timestamp", "webhook-signature", "Content-Length"],
        ),
    ] {
        sandbox.ok(["send", provider, event, "--to", &peer.url("/webhooks?x=%20y")]);
        let head = head(&peer.next());
        assert_eq!(head[0], "POST /webhooks?x=%20y HTTP/1.1");
        assert_eq!(names(&head), wanted, "{provider}");
    }
}

#[test]
fn a_dry_run_prints_what_would_be_on_the_wire() {
    for provider in one_of_each_way() {
        let sandbox = Sandbox::new();
        let mut peer = Peer::replying([Reply::Bytes(OK.to_vec())]);
        let event = &provider.events()[0];
        let to = peer.url("/hook");
        // Not every provider takes the peer's 200 for an acceptance.
        let known = ["--seed", "1", "--timestamp", "1767225600", "--expect", "200"];
        let real = [&["send", &provider.name, event, "--to", &to][..], &known].concat();
        let dry = real.iter().copied().chain(["--dry-run"]);
        let printed = sandbox.ok(dry);
        assert!(!sandbox.store().exists(), "a dry run records nothing");
        sandbox.ok(real);
        let raw = peer.next();
        let (a, b) = (head(printed.bytes()), head(&raw));
        assert_eq!(names(&a), names(&b), "{}", provider.name);
        // Elliptic curves sign with chance, so their signatures differ each time.
        let by_chance = |kind| matches!(kind, SchemeKind::Ecdsa | SchemeKind::Jwt);
        if !provider.definition.schemes().any(|scheme| by_chance(scheme.kind) && scheme.is_asymmetric()) {
            assert_eq!(printed.stdout(), String::from_utf8_lossy(&raw), "{}", provider.name);
        }
    }
}

#[test]
fn a_dry_run_prints_a_curl_command_that_sends_the_same() {
    if Command::new("curl").arg("--version").output().is_err() {
        return;
    }
    let sandbox = Sandbox::new();
    let mut receiver = Receiver::answering([200]);
    for (provider, event) in [("stripe", "invoice.paid"), ("twilio", "message.received"), ("shopify", "orders/create")]
    {
        let to = receiver.url("/it's/here?a=1&b=2");
        let line = ["send", provider, event, "--seed", "3", "--timestamp", "1767225600", "--to", &to];
        let command = sandbox.ok(line.iter().chain(&["--dry-run", "--format", "curl"]));
        let curl = Command::new("sh").args(["-c", &command.stdout()]).output().expect("curl runs");
        assert!(curl.status.success(), "{command}");
        let by_curl = receiver.next();
        sandbox.ok(line);
        let by_us = receiver.next();
        assert_eq!(by_curl.body, by_us.body, "{provider}");
        assert_eq!(by_curl.target, by_us.target, "{provider}");
        for (name, value) in &by_us.headers {
            assert_eq!(by_curl.header(name), Some(value.as_str()), "{provider} {name}");
        }
    }
}

#[test]
fn a_dry_run_with_credentials_says_so() {
    let sandbox = Sandbox::new();
    let ran = sandbox.ok(EVENT.into_iter().chain(["--dry-run", "--bearer", "t0ken"]));
    assert!(ran.stdout().contains("\r\nAuthorization: Bearer t0ken\r\n"), "{ran}");
    assert!(ran.stderr().contains("this request carries credentials"), "{ran}");
    let plain = sandbox.ok(EVENT.into_iter().chain(["--dry-run"]));
    assert_eq!(plain.stderr(), "");
}

#[test]
fn headers_and_tokens_are_added_or_replaced() {
    let sandbox = Sandbox::new();
    sandbox.write("token.txt", "from-a-file\n");
    let mut receiver = Receiver::answering([200]);
    let to = receiver.url("/");
    send(
        &sandbox,
        &to,
        &["--header", "user-agent: Mine/1.0", "--header", "X-Trace: a: b", "--bearer", "file:token.txt"],
    )
    .exits(0);
    let request = receiver.next();
    let agents: Vec<&(String, String)> =
        request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("user-agent")).collect();
    assert_eq!(agents.len(), 1, "replaced, not added: {agents:?}");
    assert_eq!(agents[0].1, "Mine/1.0");
    assert_eq!(request.header("x-trace"), Some("a: b"));
    assert_eq!(request.header("authorization"), Some("Bearer from-a-file"));
}

#[test]
fn an_idempotency_key_goes_where_the_provider_has_it() {
    let sandbox = Sandbox::new();
    let mut receiver = Receiver::answering([200]);
    for (provider, event, header) in [
        ("stripe", "charge.succeeded", "Idempotency-Key"),
        ("twilio", "message.received", "I-Twilio-Idempotency-Token"),
        ("standard-webhooks", "user.created", "webhook-id"),
    ] {
        sandbox.ok(["send", provider, event, "--to", &receiver.url("/"), "--idempotency-key", "key-1"]);
        assert_eq!(receiver.next().header(header), Some("key-1"), "{provider}");
    }
}

#[test]
fn ids_and_times_are_those_that_were_asked_for() {
    let sandbox = Sandbox::new();
    let mut receiver = Receiver::answering([200]);
    let ran = send(
        &sandbox,
        &receiver.url("/"),
        &["--id", "evt_mine", "--timestamp", "1767225600", "--secret", "whsec_x", "--json"],
    )
    .exits(0);
    let request = receiver.next();
    assert_eq!(request.json()["id"], "evt_mine");
    assert_eq!(request.json()["created"], 1_767_225_600);
    assert!(request.header("stripe-signature").expect("a signature").starts_with("t=1767225600,v1="));
    assert_eq!(attempt(&ran)["event_id"], "evt_mine");
}

#[test]
fn fields_are_changed_as_asked() {
    let sandbox = Sandbox::new();
    let mut receiver = Receiver::answering([200]);
    let edits = [
        "--set",
        "data.object.amount=4200",
        "--set",
        "data.object.metadata.new=yes",
        "--set",
        "livemode=true",
        "--set-string",
        "data.object.currency=123",
        "--set-json",
        r#"data.object.items=[{"a":null}]"#,
        "--unset",
        "pending_webhooks",
        "--set",
        r"data.object.metadata.with\.dot=1",
        "--set",
        "data.object.items[0].a=2",
    ];
    // What --set-json makes is not there yet when --set comes first.
    send(&sandbox, &receiver.url("/"), &edits).refuses(2, "items", "");
    send(&sandbox, &receiver.url("/"), &edits[..14]).exits(0);
    let body = receiver.next().json();
    let object = &body["data"]["object"];
    assert_eq!(object["amount"], 4200);
    assert_eq!(object["currency"], "123");
    assert_eq!(object["items"], json!([{"a": null}]));
    assert_eq!((&object["metadata"]["new"], &object["metadata"]["with.dot"]), (&json!("yes"), &json!(1)));
    assert_eq!((&body["livemode"], body.get("pending_webhooks")), (&json!(true), None));
}

#[test]
fn a_target_without_a_path_is_kept_as_it_is_and_the_signed_address_may_differ() {
    let sandbox = Sandbox::new();
    let mut receiver = Receiver::answering([200]);
    let secret = "0123456789abcdef0123456789abcdef";
    let line = ["send", "twilio", "message.received", "--secret", secret, "--to", &receiver.url("/sms")];
    sandbox.ok(line.iter().chain(&["--url", "https://public.example/sms?x=1"]));
    let request = receiver.next();
    assert_eq!(request.target, "/sms", "--url is only what is signed");
    let raw: String = request.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let file = sandbox.write("sms.http", format!("POST /sms HTTP/1.1\r\n{raw}\r\n{}", request.text()));
    let file = file.to_str().expect("a path");
    let verify = ["verify", file, "--provider", "twilio", "--secret", secret, "--url"];
    sandbox.ok(verify.iter().chain(&["https://public.example/sms?x=1"]));
    sandbox.hookctl(verify.iter().chain(&[&receiver.url("/sms") as &str])).run().exits(1);
}
