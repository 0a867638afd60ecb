//! `hookctl send`: what is on the wire, what counts as accepted, how failures are told apart, what is recorded.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::sync::{Arc, Barrier};

use hookctl::provider::Catalog;
use hookctl::signature::SchemeKind;
use serde_json::{Value, json};

use crate::support::hookctl::signal;
use crate::support::tls::TlsReceiver;
use crate::support::{Answer, Nobody, Peer, Ran, Receiver, Reply, STUCK, Sandbox, one_of_each_way};

const EVENT: [&str; 3] = ["send", "stripe", "payment_intent.succeeded"];

/// The usual event to a URL, with further arguments.
fn send(sandbox: &Sandbox, to: &str, more: &[&str]) -> Ran {
    sandbox.hookctl(EVENT.into_iter().chain(["--to", to]).chain(more.iter().copied())).run()
}

/// The only attempt of a run with `--json`.
#[track_caller]
fn attempt(ran: &Ran) -> Value {
    let mut attempts = ran.of_kind("attempt");
    assert_eq!(attempts.len(), 1, "{ran}");
    attempts.remove(0)
}

/// The lines of the head of a raw request.
fn head(raw: &[u8]) -> Vec<String> {
    let end = raw.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    String::from_utf8_lossy(&raw[..end]).split("\r\n").map(str::to_owned).collect()
}

fn names(head: &[String]) -> Vec<&str> {
    head.iter().skip(1).filter_map(|line| line.split_once(": ")).map(|(name, _)| name).collect()
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[test]
fn a_status_that_the_provider_accepts_ends_with_0_and_another_with_1() {
    for (provider, event, status, code) in [
        ("stripe", "charge.succeeded", 200, 0),
        ("stripe", "charge.succeeded", 204, 0),
        ("stripe", "charge.succeeded", 302, 1),
        ("gitlab", "push", 302, 0),
        ("stripe", "charge.succeeded", 400, 1),
        ("stripe", "charge.succeeded", 503, 1),
    ] {
        let sandbox = Sandbox::new();
        let mut receiver = Receiver::answering([status]);
        let ran = sandbox.hookctl(["send", provider, event, "--json", "--to", &receiver.url("/")]).run().exits(code);
        let attempt = attempt(&ran);
        assert_eq!((&attempt["status"], &attempt["accepted"]), (&json!(status), &json!(code == 0)));
        assert_eq!(attempt["error"], Value::Null);
        assert_eq!(receiver.all().len(), 1, "no retry, no redirect");
        let summary = ran.of_kind("summary");
        assert_eq!(
            summary,
            [json!({"kind": "summary", "deliveries": 1, "accepted": 1 - code, "failed": code, "dead": code})]
        );
    }
}

#[test]
fn with_expect_the_expected_status_is_the_good_one() {
    for (expect, status, code) in
        [("401", 401, 0), ("4xx", 404, 0), ("400-403", 403, 0), ("401", 200, 1), ("4xx", 503, 1), ("204", 200, 1)]
    {
        let sandbox = Sandbox::new();
        let mut receiver = Receiver::answering([status]);
        send(&sandbox, &receiver.url("/"), &["--expect", expect]).exits(code);
        receiver.next();
    }
}

#[test]
fn a_redirect_is_an_answer_and_not_an_instruction() {
    let sandbox = Sandbox::new();
    let elsewhere = Receiver::answering([200]);
    for status in [301, 302, 303, 307, 308] {
        let mut receiver =
            Receiver::scripted(vec![Answer::Full(status, vec![("Location", elsewhere.url("/"))], Vec::new())]);
        let ran = send(&sandbox, &receiver.url("/"), &["--json"]).exits(1);
        assert_eq!(attempt(&ran)["status"], status);
        receiver.next();
    }
    elsewhere.was_left_alone();
}

#[test]
fn a_host_name_that_does_not_resolve_is_dns() {
    let sandbox = Sandbox::new();
    let ran = send(&sandbox, "http://does-not-exist.invalid/", &["--json"]).exits(3);
    assert_eq!(attempt(&ran)["error"], "dns");
    let ran = send(&sandbox, "http://does-not-exist.invalid/", &[]).exits(3);
    assert!(ran.stdout().contains("the host name cannot be resolved"), "{ran}");
}

#[test]
fn a_port_where_nobody_listens_is_refused() {
    let (sandbox, nobody) = (Sandbox::new(), Nobody::new());
    let ran = send(&sandbox, &nobody.url("/"), &["--json"]).exits(3);
    let attempt = attempt(&ran);
    assert_eq!(
        (&attempt["error"], &attempt["status"], &attempt["response"]),
        (&json!("refused"), &Value::Null, &Value::Null)
    );
    let ran = send(&sandbox, &nobody.url("/"), &[]).exits(3);
    assert!(ran.stdout().contains("connection refused: nothing listens there"), "{ran}");
}

#[test]
fn a_connection_that_breaks_is_reset() {
    for reply in [
        Reply::Reset,
        Reply::Close,
        Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Le".to_vec()),
        Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf".to_vec()),
        Reply::Bytes(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha".to_vec()),
    ] {
        let sandbox = Sandbox::new();
        let mut peer = Peer::replying([reply]);
        let ran = send(&sandbox, &peer.url("/"), &["--json"]).exits(1);
        assert_eq!(attempt(&ran)["error"], "reset", "{ran}");
        peer.next();
    }
}

#[test]
fn an_answer_that_is_not_http_is_a_bad_answer() {
    for bytes in [
        &b"SSH-2.0-OpenSSH_9.6\r\n\r\n"[..],
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ] {
        let sandbox = Sandbox::new();
        let mut peer = Peer::replying([Reply::Bytes(bytes.to_vec())]);
        let ran = send(&sandbox, &peer.url("/"), &["--json"]).exits(1);
        assert_eq!(attempt(&ran)["error"], "bad-answer", "{}", String::from_utf8_lossy(bytes));
        peer.next();
    }
}

#[test]
fn a_receiver_that_does_not_answer_in_time_is_told_so() {
    let sandbox = Sandbox::new();
    let mut receiver = Receiver::scripted(vec![Answer::Never]);
    let ran = send(&sandbox, &receiver.url("/"), &["--json", "--timeout", "200ms"]).exits(1);
    assert_eq!(attempt(&ran)["error"], "response-timeout");
    receiver.next();
    // The time limit may be configured too.
    let ran = sandbox
        .hookctl(EVENT.into_iter().chain(["--json", "--to", &receiver.url("/")]))
        .env("HOOKCTL_SEND_TIMEOUT", "100ms")
        .run()
        .exits(1);
    assert_eq!(attempt(&ran)["error"], "response-timeout");
    receiver.next();
}

#[test]
fn tls_is_checked_against_the_authority_that_is_named() {
    let sandbox = Sandbox::new();
    let mut receiver = TlsReceiver::new();
    let authority = sandbox.write("ca.pem", receiver.certificate());
    let ran = send(&sandbox, &receiver.url("/hook"), &["--json"]).exits(3);
    assert_eq!(attempt(&ran)["error"], "tls");
    let ran = send(&sandbox, &receiver.url("/hook"), &["--json", "--insecure"]).exits(0);
    assert_eq!(attempt(&ran)["status"], 200);
    assert!(receiver.next().starts_with(b"POST /hook HTTP/1.1\r\n"));
    let authority = authority.to_str().expect("a path");
    send(&sandbox, &receiver.url("/hook"), &["--cacert", authority]).exits(0);
    receiver.next();
    let broken = sandbox.write("broken.pem", "no certificate");
    send(&sandbox, &receiver.url("/hook"), &["--cacert", broken.to_str().expect("a path")]).refuses(
        2,
        "broken.pem is no certificate in PEM",
        "",
    );
}

#[test]
fn a_port_that_speaks_no_tls_is_no_success() {
    let sandbox = Sandbox::new();
    let mut peer = Peer::replying([Reply::Bytes(OK.to_vec())]);
    let https = peer.url("/").replace("http:", "https:");
    // What speaks no TLS reads the greeting as a request without an end; it is the sender who gives up.
    let ran = send(&sandbox, &https, &["--json", "--timeout", "500ms"]);
    assert_ne!(ran.code(), Some(0), "{ran}");
    assert_ne!(attempt(&ran)["error"], Value::Null, "{ran}");
    peer.next();
}

#[test]
fn nothing_connected_is_3_and_something_connected_is_1() {
    let (sandbox, nobody) = (Sandbox::new(), Nobody::new());
    let mut receiver = Receiver::answering([500]);
    let (to, other) = (nobody.url("/"), receiver.url("/"));
    send(&sandbox, &to, &["--to", "http://does-not-exist.invalid/"]).exits(3);
    send(&sandbox, &to, &["--to", &other]).exits(1);
    receiver.next();
}

#[test]
fn several_targets_are_sent_to_side_by_side() {
    let sandbox = Sandbox::new();
    // Neither answers before both were called: one after the other would never end.
    let both = Arc::new(Barrier::new(2));
    let mut one = Receiver::scripted(vec![Answer::Together(both.clone())]);
    let mut two = Receiver::scripted(vec![Answer::Together(both)]);
    let limit = format!("{}s", STUCK.as_secs());
    let ran = send(&sandbox, &one.url("/one"), &["--to", &two.url("/two"), "--json", "--timeout", &limit]).exits(0);
    let (first, second) = (one.next(), two.next());
    assert_eq!((first.target.as_str(), second.target.as_str()), ("/one", "/two"));
    assert_eq!(first.body, second.body, "the same event");
    let attempts = ran.of_kind("attempt");
    assert_ne!(attempts[0]["delivery_id"], attempts[1]["delivery_id"]);
    assert_eq!(attempts[0]["event_id"], attempts[1]["event_id"]);
    assert_eq!(ran.of_kind("summary")[0]["deliveries"], 2);
}

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

#[test]
fn each_way_of_tampering_is_refused_by_a_listener_and_leaves_the_rest_alone() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--require-signature"]);
    let to = listener.url("/webhooks/stripe");
    for (kind, verdict, reason) in [
        ("body", "invalid", "signature-mismatch"),
        ("signature", "invalid", "signature-mismatch"),
        ("timestamp", "invalid", "signature-mismatch"),
        ("header", "unsigned", "header-missing"),
        ("secret", "invalid", "signature-mismatch"),
    ] {
        let secret = ["--secret", "whsec_known"];
        // The listener has only its development secret, so a stranger's signature is not called invalid.
        let own: &[&str] = if kind == "secret" { &secret } else { &[] };
        let ran = send(&sandbox, &to, &[&["--tamper", kind, "--expect", "401", "--json"], own].concat()).exits(0);
        assert_eq!(attempt(&ran)["status"], 401, "{kind}");
        let delivery = listener.delivery();
        let known = if verdict == "invalid" { ["invalid", "no-secret"] } else { [verdict; 2] };
        assert!(known.contains(&delivery["verdict"].as_str().expect("a verdict")), "{kind}: {delivery}");
        let told = delivery["reason"].as_str().expect("a reason");
        assert!([reason, "development-secret-only"].contains(&told), "{kind}: {delivery}");
    }
    send(&sandbox, &to, &[]).exits(0);
    assert_eq!(listener.delivery()["verdict"], "valid", "the listener accepts what is whole");
    listener.stop().exits(130);
}

#[test]
fn tampering_breaks_every_provider_or_says_that_it_cannot() {
    let (mut told, mut expected) = (Vec::new(), Vec::new());
    for provider in one_of_each_way() {
        let sandbox = Sandbox::new();
        let name = provider.name.as_str();
        let scheme = provider.definition.schemes().next().expect("a scheme");
        if !scheme.signs_body() {
            expected.push(format!("{name} body"));
        }
        // A token has its times in its claims.
        if scheme.timestamp.is_none() && scheme.kind != SchemeKind::Jwt {
            expected.push(format!("{name} timestamp"));
        }
        // The request of which the tampered one is the twin, and what verifies it.
        let public = sandbox.ok(["secret", name, "--public"]).stdout();
        let public = sandbox.write("public", public);
        let secret = format!("file:{}", public.display());
        for kind in ["body", "signature", "timestamp", "header", "secret"] {
            let event = &provider.events()[0];
            let line = ["send", name, event, "--dry-run", "--to", "http://127.0.0.1:1/hook", "--tamper", kind];
            let ran = sandbox.hookctl(line).run();
            if ran.code() == Some(2) {
                assert!(ran.stderr().contains("does not sign"), "{ran}");
                told.push(format!("{name} {kind}"));
                continue;
            }
            let ran = ran.exits(0);
            let file = sandbox.write("request.http", ran.bytes());
            let verify =
                ["verify", file.to_str().expect("a path"), "--provider", name, "--secret", &secret, "--json", "--url"];
            let judged = sandbox.hookctl(verify.iter().chain(&["http://127.0.0.1:1/hook"])).run().exits(1).object();
            let verdict = if kind == "header" { "unsigned" } else { "invalid" };
            assert_eq!(judged["verdict"], verdict, "{name} --tamper {kind}: {judged}");
        }
    }
    assert!(told.contains(&"shopify timestamp".to_owned()), "{told:?}");
    assert_eq!(told, expected, "what is not signed cannot be broken, and all else can");
}

#[test]
fn what_a_scheme_does_not_cover_cannot_be_tampered_with() {
    let sandbox = Sandbox::new();
    sandbox
        .hookctl(["send", "gitlab", "push", "--secret", "an-old-token", "--tamper", "body", "--dry-run"])
        .run()
        .refuses(2, "GitLab does not sign the body", "");
}

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

#[test]
fn the_events_of_a_provider_are_listed() {
    let sandbox = Sandbox::new();
    let listed = sandbox.ok(["send", "shopify", "--list"]).stdout();
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines, Catalog::default().get("shopify").expect("shopify").events());
    assert!(lines.contains(&"orders/create"));
    sandbox.hookctl(["send", "--list"]).run().refuses(2, "--list needs a provider", "hookctl providers");
}

#[test]
fn without_a_terminal_a_missing_choice_is_an_error_that_says_what_there_is() {
    let sandbox = Sandbox::new();
    let ran = sandbox.hookctl(["send"]).run().refuses(2, "no provider was named", "'hookctl providers' lists all");
    let count = Catalog::default().names().len().to_string();
    assert!(ran.stderr().contains(&count), "{ran}");
    let ran = sandbox.hookctl(["send", "github"]).run().refuses(2, "no event was named", "hookctl send github EVENT");
    assert!(ran.stderr().contains("pull_request.opened"), "{ran}");
}

#[test]
fn unknown_names_offer_the_nearest() {
    let sandbox = Sandbox::new();
    let before = sandbox.snapshot();
    for (args, error, hint) in [
        (&["send", "strip", "charge.succeeded"][..], "there is no provider 'strip'", "did you mean 'stripe'?"),
        (
            &["send", "stripe", "payment_intent.suceeded"],
            "stripe has no event 'payment_intent.suceeded'",
            "did you mean 'payment_intent.succeeded'",
        ),
        (&["send", "stripe", "payment_intent.suceeded"], "", "'hookctl send stripe --list' shows all"),
        (&["send", "Stripe", "charge.succeeded"], "there is no provider 'Stripe'", "'stripe'"),
        (&["send", "../stripe", "charge.succeeded"], "there is no provider '../stripe'", ""),
        (&["send", "stripe", "../provider"], "stripe has no event '../provider'", "--list"),
        (&["verify", "--provider", "githb", "--body", "/dev/null"], "there is no provider 'githb'", "'github'"),
        (&["secret", "slak"], "there is no provider 'slak'", "'slack'"),
        (&["events", "list", "--provider", "slak"], "there is no provider 'slak'", "'slack'"),
        (&["providers", "show", "paypall"], "there is no provider 'paypall'", "'paypal'"),
        (&["sign", "twillio", "--data", "/dev/null"], "there is no provider 'twillio'", "'twilio'"),
    ] {
        sandbox.hookctl(args).run().refuses(2, error, hint);
    }
    assert_eq!(sandbox.snapshot(), before, "nothing was changed");
}

#[test]
fn bad_flags_are_refused_before_anything_is_sent() {
    let sandbox = Sandbox::new();
    let receiver = Receiver::answering([200]);
    let to = receiver.url("/");
    for (flags, error) in [
        (&["--set", "no-equals-sign"][..], "no-equals-sign"),
        (&["--set", "=1"], "empty step"),
        (&["--set", "data..x=1"], "data..x"),
        (&["--set", "data[=1"], "data["),
        (&["--set-json", "data={"], "data"),
        (&["--set", "data[0]=1"], "data"),
        (&["--set", "data.object.amount.deeper=1"], "data.object.amount"),
        (&["--unset", "no.such.key"], "no.such.key"),
        (&["--data", "missing.json"], "cannot read missing.json: no such file or folder"),
        (&["--data", "."], "cannot read .: it is a folder"),
        (&["--header", "no colon"], "no colon"),
        (&["--header", "Bad Name: x"], "Bad Name"),
        (&["--header", "X: a\r\nInjected: b"], "X"),
        (&["--timestamp", "yesterday-ish"], "yesterday-ish"),
        (&["--count", "0"], "0"),
        (&["--count", "-1"], "-1"),
        (&["--seed", "abc"], "abc"),
        (&["--expect", "600"], "600"),
        (&["--expect", "abc"], "abc"),
        (&["--timeout", "0s"], "more than 0"),
        (&["--timeout", "soon"], "soon"),
        (&["--tamper", "bodi"], "bodi"),
        (&["--to", "ftp://127.0.0.1/"], "ftp://127.0.0.1/"),
        (&["--to", "127.0.0.1:4400"], "127.0.0.1:4400"),
        (&["--to", "http://user:pass@127.0.0.1/"], ""),
        (&["--url", "nonsense"], "nonsense"),
        (&["--secret", "env:NOT_SET"], "NOT_SET is not set"),
        (&["--secret", "file:missing"], "missing: no such file or folder"),
        (&["--secret", ""], ""),
        (&["--format", "curl"], "--dry-run"),
        (&["--cacert", "missing.pem"], "missing.pem"),
        (&["--no-such-flag"], "--no-such-flag"),
        (&["--data", "-", "--secret", "-"], "standard input can be one of"),
        (&["--data", "-", "--bearer", "-"], "standard input can be one of"),
        (&["--secret", "-", "--bearer", "-"], "standard input can be one of"),
        (&["--secret", "-", "--secret", "-"], "--secret - was given twice"),
        (&["--data", "x", "--set", "a=1"], "--set"),
    ] {
        let before = sandbox.snapshot();
        let ran = send(&sandbox, &to, flags);
        let ran = ran.exits(2);
        let text = ran.stderr();
        assert!(text.starts_with("error: "), "{ran}");
        assert!(text.contains(error), "should say '{error}': {ran}");
        assert_eq!(ran.stdout(), "", "{ran}");
        let mut after = sandbox.snapshot();
        after.retain(|path, _| before.contains_key(path) || !path.ends_with("secrets/stripe"));
        assert_eq!(after, before, "nothing but a development secret is made: {ran}");
    }
    receiver.was_left_alone();
}

#[test]
fn an_id_cannot_break_out_of_its_header() {
    let sandbox = Sandbox::new();
    let receiver = Receiver::answering([200]);
    let id = "msg_1\r\nInjected: yes";
    let ran = sandbox.hookctl(["send", "svix", "user.created", "--to", &receiver.url("/"), "--id", id]).run();
    ran.refuses(2, "the header svix-id would have a line break", "");
    receiver.was_left_alone();
}

#[test]
fn a_secret_in_the_wrong_form_is_refused_without_showing_it() {
    let sandbox = Sandbox::new();
    for (provider, event, secret) in [
        ("standard-webhooks", "user.created", "whsec_not*base64*canary"),
        ("svix", "user.created", "canary*canary"),
        ("discord", "interaction.2", "canary-not-hex"),
        ("discord", "interaction.2", "00ff"),
        ("sendgrid", "delivered", "canary"),
        ("paypal", "PAYMENT.SALE.COMPLETED", "canary"),
        ("paypal", "PAYMENT.SALE.COMPLETED", "{\"webhook_id\":\"canary\"}"),
    ] {
        let ran = sandbox.hookctl(["send", provider, event, "--dry-run", "--secret", secret]).run();
        let ran = ran.refuses(2, "the secret is not one of", "hookctl secret");
        assert!(!ran.stderr().contains("canary"), "{ran}");
    }
}

#[test]
fn a_public_key_cannot_sign() {
    let sandbox = Sandbox::new();
    for (provider, event) in [("sendgrid", "delivered"), ("paypal", "PAYMENT.SALE.COMPLETED")] {
        let public = sandbox.ok(["secret", provider, "--public"]).stdout();
        sandbox.write("public", public);
        let ran = sandbox.hookctl(["send", provider, event, "--dry-run", "--secret", "file:public"]).run().exits(2);
        assert!(ran.stderr().starts_with("error: "), "{ran}");
    }
}

#[test]
fn what_the_receiver_says_reaches_the_terminal_without_control_characters() {
    let sandbox = Sandbox::new();
    let body = b"no\x1b[31m red \x07\r\nsecond\x9bline".to_vec();
    let mut receiver = Receiver::scripted(vec![Answer::Full(400, vec![], body)]);
    let ran = send(&sandbox, &receiver.url("/"), &[]).exits(1);
    receiver.next();
    let all = ran.stdout() + &ran.stderr();
    assert!(all.contains("red"), "{ran}");
    assert!(all.chars().all(|c| c == '\n' || !c.is_control()), "{all:?}");
    let ran = send(&sandbox, &receiver.url("/"), &["-v", "--quiet"]);
    assert_eq!(ran.code(), Some(2), "they contradict each other: {ran}");
}

#[test]
fn an_endless_answer_is_cut() {
    let sandbox = Sandbox::new();
    let mut receiver = Receiver::scripted(vec![Answer::Full(200, vec![], vec![b'x'; 3 << 20])]);
    let ran = send(&sandbox, &receiver.url("/"), &["--json"]).exits(0);
    receiver.next();
    let kept = attempt(&ran)["response"]["body"].as_str().expect("a body").len();
    assert!(kept <= 1 << 20, "{kept}");
}

#[test]
fn a_full_disk_or_closed_folder_for_the_store_stops_before_sending() {
    let sandbox = Sandbox::new();
    let receiver = Receiver::answering([200]);
    let file = sandbox.write("a-file", "");
    let store = file.join("hookctl.db");
    let ran = send(&sandbox, &receiver.url("/"), &["--store", store.to_str().expect("a path")]).exits(3);
    assert!(ran.stderr().contains("cannot create the store"), "{ran}");
    receiver.was_left_alone();
    assert_eq!(fs::read(file).expect("a file"), b"");
}
