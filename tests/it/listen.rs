//! `hookctl listen`: what arrives, what is answered, what is recorded.

use serde_json::Value;

use crate::support::{Sandbox, Wire};

/// The numbers of the delivery objects' keys are a promise; so are the keys.
const KEYS: [&str; 18] = [
    "kind",
    "id",
    "number",
    "received_at",
    "method",
    "path",
    "query",
    "remote",
    "provider",
    "event_type",
    "event_id",
    "verdict",
    "reason",
    "status",
    "bytes",
    "duplicate_of",
    "forwards",
    "duration_ms",
];

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[test]
fn a_delivery_is_told_with_every_key() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen::<_, &str>([]);
    assert_eq!(keys(listener.ready()), ["kind", "address", "ui", "ui_token", "store"]);
    sandbox.ok([
        "send",
        "stripe",
        "payment_intent.succeeded",
        "--id",
        "evt_1",
        "--to",
        &listener.url("/webhooks/stripe?a=b"),
    ]);
    let delivery = listener.delivery();
    assert_eq!(keys(&delivery), KEYS);
    for (key, value) in [
        ("method", "POST"),
        ("path", "/webhooks/stripe"),
        ("query", "a=b"),
        ("provider", "stripe"),
        ("event_type", "payment_intent.succeeded"),
        ("event_id", "evt_1"),
        ("verdict", "valid"),
    ] {
        assert_eq!(delivery[key], value, "{key}");
    }
    assert_eq!((&delivery["status"], &delivery["reason"]), (&Value::from(200), &Value::Null));
}

#[test]
fn the_provider_is_named_by_path_then_headers_then_flag() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--provider", "slack"]);
    let mut wire = Wire::to(listener.socket());
    for (target, headers, provider) in [
        ("/webhooks/github", &["Stripe-Signature: t=1,v1=a"][..], "github"),
        ("/github/deep/path", &[], "github"),
        ("/hooks", &["Stripe-Signature: t=1,v1=a"], "stripe"),
        ("/hooks", &[], "slack"),
    ] {
        let reply = wire.post(target, headers, b"{}").reply().expect("an answer");
        assert_eq!((reply.status, reply.body), (200, Vec::new()));
        assert_eq!(listener.delivery()["provider"], provider, "{target}");
    }
    let mut listener = sandbox.listen::<_, &str>([]);
    Wire::to(listener.socket()).post("/nobody", &[], b"").reply().expect("an answer");
    let unknown = listener.delivery();
    assert_eq!((&unknown["provider"], &unknown["verdict"]), (&Value::Null, &Value::from("unknown-provider")));
}

#[test]
fn what_is_recorded_is_what_came_byte_for_byte() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen::<_, &str>([]);
    let head = b"PUT /a%20b?x=1&x=2 HTTP/1.1\r\nhost: h\r\nX-oDD-Case:   spaced  \r\nX-Rep: 1\r\nx-rep: 2\r\nX-Obs: \xe9\xff\r\nContent-Length: 7\r\n\r\n";
    let body = b"\x00\xff\r\n{\"\n";
    let reply = Wire::to(listener.socket()).send([&head[..], body].concat()).reply().expect("an answer");
    assert_eq!(reply.status, 200);
    let number = listener.delivery()["number"].to_string();
    assert_eq!(sandbox.ok(["events", "show", &number, "--raw"]).bytes(), body);
    assert_eq!(sandbox.ok(["events", "show", &number, "--http"]).bytes(), [&head[..], body].concat());
}

#[test]
fn chunked_bodies_are_joined_and_any_method_is_taken() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen::<_, &str>([]);
    let mut wire = Wire::to(listener.socket());
    wire.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n");
    assert_eq!(wire.reply().expect("an answer").status, 200);
    let number = listener.delivery()["number"].to_string();
    assert_eq!(sandbox.ok(["events", "show", &number, "--raw"]).bytes(), b"abcde");
    for method in ["GET", "DELETE", "PATCH", "OPTIONS", "PURGE"] {
        wire.send(format!("{method} /m HTTP/1.1\r\nHost: h\r\n\r\n"));
        assert_eq!(wire.reply().expect("an answer").status, 200);
        assert_eq!(listener.delivery()["method"], method);
    }
}

#[test]
fn only_valid_ones_are_let_in_when_that_is_asked_and_the_others_are_recorded() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--require-signature", "--secret", "whsec_real", "--provider", "stripe"]);
    let url = listener.url("/webhooks/stripe");
    sandbox.ok(["send", "stripe", "customer.created", "--secret", "whsec_real", "--to", &url]);
    assert_eq!(listener.delivery()["status"], 200);
    for (tamper, verdict) in
        [("body", "invalid"), ("signature", "invalid"), ("secret", "invalid"), ("header", "unsigned")]
    {
        let args = ["send", "stripe", "customer.created", "--secret", "whsec_real", "--to", &url, "--tamper", tamper];
        sandbox.hookctl(args.into_iter().chain(["--expect", "401"])).run().exits(0);
        let delivery = listener.delivery();
        assert_eq!((&delivery["verdict"], &delivery["status"]), (&verdict.into(), &401.into()), "{tamper}");
    }
    let failed = sandbox.ok(["events", "list", "--failed", "--json"]).objects();
    assert_eq!(failed.len(), 4);
}

#[test]
fn a_delivery_that_came_before_is_marked() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--secret", "whsec_real", "--provider", "stripe"]);
    let url = listener.url("/webhooks/stripe");
    let send = |id: &str, more: &[&str]| {
        let args = ["send", "stripe", "customer.created", "--secret", "whsec_real", "--id", id, "--to", &url];
        sandbox.ok(args.into_iter().chain(more.iter().copied()));
    };
    send("evt_a", &["--tamper", "signature"]);
    assert_eq!(listener.delivery()["duplicate_of"], Value::Null, "an invalid one is first of nothing");
    send("evt_a", &[]);
    let first = listener.delivery();
    assert_eq!(first["duplicate_of"], Value::Null, "and makes no other a repetition");
    send("evt_a", &[]);
    assert_eq!(listener.delivery()["duplicate_of"], first["id"], "by event id, though the body differs");
    send("evt_b", &[]);
    assert_eq!(listener.delivery()["duplicate_of"], Value::Null);
    // Without an event id the idempotency key decides, which a retry has again.
    let mut wire = Wire::to(listener.socket());
    for (key, repeated) in [("a", false), ("b", false), ("a", true)] {
        let header = format!("X-Idempotency-Key: {key}");
        wire.post("/webhooks/generic", &[&header], br#"{"data":{}}"#).reply().expect("an answer");
        assert_eq!(!listener.delivery()["duplicate_of"].is_null(), repeated, "{key}");
    }
    // Without either the body decides; an empty one says nothing.
    for (body, repeated) in [(&b"same"[..], false), (b"same", true), (b"other", false), (b"", false), (b"", false)] {
        wire.post("/unknown", &[], body).reply().expect("an answer");
        assert_eq!(!listener.delivery()["duplicate_of"].is_null(), repeated, "{body:?}");
    }
    let mut listener = sandbox.listen(["--dedupe-window", "0"]);
    let mut wire = Wire::to(listener.socket());
    wire.post("/unknown", &[], b"same").reply().expect("an answer");
    assert_eq!(listener.delivery()["duplicate_of"], Value::Null, "a window of nothing finds nothing");
}

#[test]
fn json_in_a_part_of_a_form_is_read_and_kept_as_it_came() {
    /// HMAC-SHA256 of `1700000000signature_request_sent`, as `openssl dgst -hmac k3y` makes it.
    const HASH: &str = "29cab674b72d2bf8d978af6acc2ad9d464e72631060168b78ee99f8e92f5c8ad";
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--secret", "k3y", "--provider", "dropbox-sign", "--filter", ".body.event"]);
    let json = |hash: &str| {
        format!(
            r#"{{"event":{{"event_type":"signature_request_sent","event_time":"1700000000","event_hash":"{hash}"}},"signature_request":{{"signature_request_id":"a1"}}}}"#
        )
    };
    let mut wire = Wire::to(listener.socket());
    let headers = ["Content-Type: multipart/form-data; boundary=\"--1c\"", "User-Agent: HelloSign API"];
    for (hash, verdict) in [(HASH, "valid"), (&HASH.replace('2', "3"), "invalid")] {
        let file = "----1c\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n{\"event\":1}\r\n";
        let part = "----1c\r\nContent-Disposition: form-data; name=\"json\"\r\n\r\n";
        let body = format!("{file}{part}{}\r\n----1c--\r\n", json(hash));
        // Recognised by what is in the part, wherever it comes.
        assert_eq!(wire.post("/anywhere", &headers, body.as_bytes()).reply().expect("an answer").status, 200);
        let delivery = listener.delivery();
        assert_eq!((&delivery["verdict"], &delivery["provider"]), (&verdict.into(), &"dropbox-sign".into()));
        assert_eq!(delivery["event_type"], "signature_request_sent");
        assert_eq!(delivery["event_id"], "a1.signature_request_sent.1700000000");
        let number = delivery["number"].to_string();
        assert_eq!(sandbox.ok(["events", "show", &number, "--raw"]).bytes(), body.as_bytes());
    }
}

#[test]
fn limits_are_exact() {
    let sandbox = Sandbox::new();
    let listener = sandbox.listen(["--max-body", "1000", "--max-head", "2KiB", "--max-headers", "10"]);
    let status = |headers: &[&str], body: &[u8]| {
        Wire::to(listener.socket()).post("/", headers, body).reply().expect("an answer").status
    };
    assert_eq!(status(&[], &[b'x'; 1000]), 200);
    assert_eq!(status(&[], &[b'x'; 1001]), 413);
    let chunked = |length: usize| {
        let mut wire = Wire::to(listener.socket());
        wire.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
        wire.send(format!("{length:x}\r\n{}\r\n0\r\n\r\n", "x".repeat(length)));
        wire.reply().expect("an answer").status
    };
    assert_eq!((chunked(1000), chunked(1001)), (200, 413));
    assert_eq!(status(&[&format!("X-Long: {}", "y".repeat(3000))], b""), 431);
    assert_eq!(status(&["A: 1"; 8], b""), 200);
    assert_eq!(status(&["A: 1"; 9], b""), 431);
    let mut wire = Wire::to(listener.socket());
    let reply =
        wire.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n").reply();
    assert_eq!(reply.expect("an answer").status, 400);
    assert!(wire.is_closed(), "nothing behind ambiguous bytes is read");
    let listener = sandbox.listen::<_, &str>([]);
    let mut wire = Wire::to(listener.socket());
    wire.send(format!("GET /{} HTTP/1.1\r\nHost: h\r\n\r\n", "p".repeat(9000)));
    assert_eq!(wire.reply().expect("an answer").status, 414);
}

#[test]
fn slow_clients_are_given_up_and_too_many_are_turned_away() {
    let sandbox = Sandbox::new();
    let listener = sandbox.listen(["--head-timeout", "300ms", "--body-timeout", "300ms", "--max-connections", "2"]);
    let mut slow = Wire::to(listener.socket());
    assert_eq!(slow.send("POST / HTTP/1.1\r\nHost").reply().expect("an answer").status, 408);
    let mut slow = Wire::to(listener.socket());
    slow.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nab");
    assert_eq!(slow.reply().expect("an answer").status, 408);
    let listener = sandbox.listen(["--max-connections", "2"]);
    let mut held: Vec<Wire> = (0..2).map(|_| Wire::to(listener.socket())).collect();
    for wire in &mut held {
        assert_eq!(wire.post("/", &[], b"").reply().expect("an answer").status, 200);
    }
    let turned = Wire::to(listener.socket()).post("/", &[], b"").reply().expect("an answer");
    assert_eq!(turned.status, 503);
    assert!(turned.header("retry-after").is_some());
}

#[test]
fn several_secrets_verify_and_a_development_secret_may_come_later() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--provider", "stripe", "--secret", "whsec_old", "--secret", "whsec_new"]);
    for secret in ["whsec_old", "whsec_new", "whsec_other"] {
        let url = listener.url("/webhooks/stripe");
        sandbox.ok(["send", "stripe", "customer.created", "--secret", secret, "--to", &url]);
        let verdict = if secret == "whsec_other" { "invalid" } else { "valid" };
        assert_eq!(listener.delivery()["verdict"], verdict, "{secret}");
    }
    // Without any, the development secret counts, also one that was made or rotated since.
    let mut listener = sandbox.listen::<_, &str>([]);
    let url = listener.url("/webhooks/svix");
    sandbox.ok(["send", "svix", "user.created", "--to", &url]);
    assert_eq!(listener.delivery()["verdict"], "valid");
    let old = sandbox.ok(["secret", "svix"]).stdout();
    sandbox.ok(["secret", "svix", "--rotate"]);
    sandbox.ok(["send", "svix", "user.created", "--to", &url]);
    assert_eq!(listener.delivery()["verdict"], "valid", "signed with the new one");
    sandbox.ok(["send", "svix", "user.created", "--to", &url, "--secret", old.trim()]);
    assert_eq!(listener.delivery()["verdict"], "valid", "the one before it still counts");
    sandbox.ok(["send", "svix", "user.created", "--to", &url, "--secret", "whsec_c29tZXRoaW5nIGVsc2UgZW50aXJlbHk="]);
    let stranger = listener.delivery();
    assert_eq!(stranger["verdict"], "no-secret", "only a development secret is known");
    assert_eq!(stranger["reason"], "development-secret-only");
}

#[test]
fn it_ends_cleanly_on_both_signals_and_finishes_what_is_under_way() {
    for signal in ["INT", "TERM"] {
        let sandbox = Sandbox::new();
        let listener = sandbox.listen::<_, &str>([]);
        let mut wire = Wire::to(listener.socket());
        wire.send("POST /half HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab");
        // An answer on another connection proves that the first half has been read before the signal comes.
        Wire::to(listener.socket()).post("/", &[], b"").reply().expect("an answer");
        listener.signal(signal);
        wire.send("cd");
        assert_eq!(wire.reply().expect("an answer").status, 200, "{signal}");
        let ended = listener.wait().exits(130);
        let stopped = ended.of_kind("stopped");
        assert_eq!(stopped[0]["deliveries"], 2, "{ended}");
        assert_eq!(sandbox.ok(["events", "list", "--json"]).objects().len(), 2);
    }
}

#[test]
fn a_second_one_on_the_same_port_is_told_so() {
    let sandbox = Sandbox::new();
    let listener = sandbox.listen::<_, &str>([]);
    let address = listener.socket().to_string();
    let second = sandbox.hookctl(["listen", "--bind", &address, "--no-ui"]).run();
    second.refuses(3, "the address is in use", "another hookctl may be running");
}

#[test]
fn a_store_that_cannot_be_used_is_refused_and_left_alone() {
    let sandbox = Sandbox::new();
    let listen = |store: &str| sandbox.hookctl(["listen", "--bind", "127.0.0.1:0", "--no-ui", "--store", store]).run();
    sandbox.write("text", "not a database, but long enough to be taken for one at first sight");
    let before = sandbox.snapshot();
    listen("text").refuses(2, "is not a hookctl store", "--store");
    listen("/proc/nowhere/x.db").exits(3);
    assert_eq!(sandbox.snapshot(), before);
    // A store of a newer version: the version is the number at offset 60 of the file.
    sandbox.ok(["send", "stripe", "customer.created", "--store", "newer.db", "--dry-run"]);
    let made = sandbox.listen(["--store", "newer.db"]);
    made.stop().exits(130);
    let mut bytes = std::fs::read(sandbox.path("newer.db")).expect("a store");
    bytes[60..64].copy_from_slice(&9_999_u32.to_be_bytes());
    sandbox.write("newer.db", &bytes);
    listen("newer.db").refuses(3, "was written by a newer hookctl", "update hookctl");
    assert_eq!(std::fs::read(sandbox.path("newer.db")).expect("a store"), bytes);
}

#[test]
fn the_address_that_twilio_signed_is_found_behind_a_proxy() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen::<_, &str>([]);
    let to = listener.url("/webhooks/twilio");
    let public = "https://hooks.example.com/webhooks/twilio";
    let send = |headers: &[&str]| {
        let args = ["send", "twilio", "message.delivered", "--to", &to, "--url", public];
        sandbox.ok(args.into_iter().chain(headers.iter().copied()));
    };
    send(&[]);
    assert_eq!(listener.delivery()["verdict"], "no-secret", "the address is another one");
    send(&["--header", "X-Forwarded-Proto: https", "--header", "X-Forwarded-Host: hooks.example.com"]);
    assert_eq!(listener.delivery()["verdict"], "valid");
    let mut listener = sandbox.listen(["--public-url", "https://hooks.example.com"]);
    let to = listener.url("/webhooks/twilio");
    sandbox.ok(["send", "twilio", "message.delivered", "--to", &to, "--url", public]);
    assert_eq!(listener.delivery()["verdict"], "valid");
}
