//! Who is let in, how often, and with which bodies; and what remains of those that are not.

use serde_json::Value;

use crate::support::{Listener, Sandbox, Wire};

fn status(listener: &Listener, target: &str, headers: &[&str], body: &[u8]) -> u16 {
    Wire::to(listener.socket()).post(target, headers, body).reply().expect("an answer").status
}

fn recorded(sandbox: &Sandbox) -> Vec<Value> {
    sandbox.ok(["events", "list", "--json"]).objects()
}

#[test]
fn only_clients_from_the_allowed_networks_may_speak() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--allow", "192.0.2.0/24", "--allow", "::1"]);
    let reply = Wire::to(listener.socket()).post("/", &[], b"{}").reply().expect("an answer");
    assert_eq!((reply.status, &reply.body[..]), (403, &b"this client is not allowed\n"[..]));
    let told = listener.next();
    assert_eq!(told["kind"], "refused");
    assert_eq!((&told["status"], &told["reason"]), (&403.into(), &"this client is not allowed".into()));
    assert!(told["remote"].as_str().expect("an address").starts_with("127.0.0.1:"));
    let ended = listener.stop().exits(130);
    assert_eq!(ended.of_kind("stopped")[0]["refused"], 1);
    assert!(recorded(&sandbox).is_empty(), "those that are refused cannot fill the disk");
    let mut listener = sandbox.listen(["--allow", "192.0.2.0/24", "--allow", "127.0.0.1/8"]);
    assert_eq!(status(&listener, "/", &[], b"{}"), 200);
    listener.delivery();
    let wrong = sandbox.hookctl(["listen", "--allow", "example.com"]).run();
    wrong.refuses(2, "'example.com' is not a network: write 192.0.2.0/24", "");
}

#[test]
fn a_client_that_sends_too_often_is_told_when_to_come_back() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--rate-limit", "3/h"]);
    let mut wire = Wire::to(listener.socket());
    for _ in 0..3 {
        assert_eq!(wire.post("/", &[], b"").reply().expect("an answer").status, 200);
        listener.delivery();
    }
    let reply = wire.post("/", &[], &vec![b'x'; 100_000]).reply().expect("an answer");
    assert_eq!(reply.status, 429);
    let wait: u64 = reply.header("retry-after").expect("a time").parse().expect("seconds");
    assert!((1_100..=1_200).contains(&wait), "a third of an hour: {wait}");
    assert_eq!(listener.next()["status"], 429);
    assert_eq!(recorded(&sandbox).len(), 3);
    sandbox.hookctl(["listen", "--rate-limit", "often"]).run().refuses(2, "'often' is not a rate: write 500/s", "");
}

#[test]
fn bodies_that_are_not_what_they_claim_to_be_are_refused_and_recorded() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--validate"]);
    let json = "Content-Type: application/json";
    for (headers, body, expected, note) in [
        (&[json][..], &b"{\"a\":1}"[..], 200, None),
        (&[], b"{", 200, None),
        (&[json], b"{", 400, Some("the body is not JSON: EOF while parsing an object at line 1 column 1")),
        (&["Content-Type: application/x-www-form-urlencoded"], b"{\"a\": 1}", 400, Some("byte 5 has no place in one")),
        (&[json, "Content-Encoding: br"], b"\x00", 415, Some("a body with the coding 'br' is not looked into")),
    ] {
        let reply = Wire::to(listener.socket()).post("/x", headers, body).reply().expect("an answer");
        assert_eq!(reply.status, expected, "{body:?}");
        let delivery = listener.delivery();
        assert_eq!(delivery["status"], expected);
        match note {
            None => assert!(delivery.get("note").is_none(), "{delivery}"),
            Some(note) => {
                assert!(delivery["note"].as_str().expect("a note").contains(note), "{delivery}");
                assert!(String::from_utf8_lossy(&reply.body).contains(note), "the sender is told as well");
            }
        }
    }
    assert_eq!(recorded(&sandbox).len(), 5);
    // A known event must look like its fixture; what send makes does.
    let url = listener.url("/webhooks/stripe");
    sandbox.ok(["send", "stripe", "customer.created", "--to", &url]);
    assert_eq!(listener.delivery()["status"], 200);
    sandbox.ok(["send", "stripe", "customer.created", "--to", &url, "--set", "data.object=7", "--expect", "422"]);
    let note = "/data/object: value is not of types \"null\", \"object\" (built in for stripe customer.created)";
    assert_eq!(listener.delivery()["note"], note);
}

#[test]
fn a_schema_of_ones_own_decides_and_must_be_one() {
    let sandbox = Sandbox::new();
    sandbox
        .write("order.json", r#"{"type": "object", "required": ["order"], "properties": {"order": {"minimum": 1}}}"#);
    let mut listener = sandbox.listen(["--schema", "order.json"]);
    for (body, expected, note) in [
        (&b"{\"order\": 1}"[..], 200, None),
        (b"{\"order\": 0}", 422, Some("/order: value is less than the minimum of 1 (order.json)")),
        (b"{}", 422, Some("the document: \"order\" is a required property (order.json)")),
        (b"order=1", 400, Some("the body is not JSON: expected value at line 1 column 1")),
    ] {
        assert_eq!(status(&listener, "/", &[], body), expected);
        assert_eq!(listener.delivery().get("note").and_then(Value::as_str), note);
    }
    for (schema, says) in [
        ("{", "is not a JSON Schema: it is not JSON"),
        (r#"{"type": 5}"#, "is not a JSON Schema: at /type: 5 is not valid under any of the schemas"),
        (r#"{"$ref": "https://example.com/x"}"#, "is not a JSON Schema"),
    ] {
        sandbox.write("wrong.json", schema);
        let ran = sandbox.hookctl(["listen", "--schema", "wrong.json"]).run();
        ran.refuses(2, says, "references must lead into the same file");
    }
    sandbox.hookctl(["listen", "--schema", "nowhere.json"]).run().refuses(2, "nowhere.json: no such file", "");
}

#[test]
fn the_signature_counts_before_the_body() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--validate", "--require-signature"]);
    assert_eq!(status(&listener, "/webhooks/stripe", &["Content-Type: application/json"], b"{"), 401);
    assert_eq!(listener.delivery()["verdict"], "unsigned");
}

#[test]
fn of_a_body_that_is_too_large_the_head_is_recorded() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--max-body", "10"]);
    assert_eq!(status(&listener, "/webhooks/stripe?a=1", &["X-Large: yes"], &[b'x'; 11]), 413);
    let delivery = listener.delivery();
    for (key, value) in [
        ("status", Value::from(413)),
        ("provider", "stripe".into()),
        ("verdict", "invalid".into()),
        ("reason", "body-missing".into()),
        ("bytes", 0.into()),
        ("duplicate_of", Value::Null),
    ] {
        assert_eq!(delivery[key], value, "{key}: {delivery}");
    }
    let head = sandbox.ok(["events", "show", "latest", "--http"]).stdout();
    assert!(head.contains("X-Large: yes") && head.contains("Content-Length: 11"), "{head}");
    let ended = listener.stop().exits(130);
    let stopped = &ended.of_kind("stopped")[0];
    assert_eq!((&stopped["deliveries"], &stopped["refused"]), (&1.into(), &0.into()));
}
