//! `events export` and `events import`: what goes out comes back the same, and what is broken does not come in.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::{Receiver, Sandbox};

/// A user who has captured requests of several kinds: signed ones, bytes that are no text, an older version of HTTP.
fn with_captures() -> Sandbox {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--quiet"]);
    for (provider, event) in [
        ("stripe", "payment_intent.succeeded"),
        ("github", "push"),
        ("twilio", "message.received"),
        ("generic", "order.paid"),
    ] {
        let to = listener.url(&format!("/webhooks/{provider}"));
        sandbox.ok(["send", provider, event, "--to", &to]);
        assert_eq!(listener.delivery()["verdict"], "valid");
    }
    for request in [
        &b"POST /odd?token=t&a=b HTTP/1.1\r\nhost:h\r\nX-A:  b\r\nX-Raw: \xff\r\nAuthorization: Bearer abc\r\nContent-Length: 6\r\n\r\n\xff\0{{x}"[..],
        b"PUT /old HTTP/1.0\r\nX-A: 1\r\nContent-Length: 0\r\n\r\n",
    ] {
        use std::io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(listener.socket()).expect("a listener");
        stream.write_all(request).expect("a connection");
        listener.delivery();
        stream.shutdown(std::net::Shutdown::Write).expect("a connection");
        stream.read_to_end(&mut Vec::new()).expect("an answer");
    }
    listener.stop().exits(130);
    sandbox
}

/// What there is to know about every capture of a store, but for its number.
fn captures(sandbox: &Sandbox, store: &str) -> Vec<Value> {
    let mut objects = sandbox.ok(["--store", store, "events", "export"]).objects();
    for object in &mut objects {
        object.as_object_mut().expect("an object").remove("number");
    }
    objects
}

#[test]
fn an_export_imported_into_an_empty_store_gives_the_same_captures() {
    let sandbox = with_captures();
    let store = sandbox.store();
    let store = store.to_str().expect("a path");
    sandbox.ok(["events", "export", "-o", "all.ndjson"]);
    let imported = sandbox.ok(["--store", "new.db", "events", "import", "all.ndjson", "--json"]).object();
    assert_eq!((&imported["deliveries"], &imported["verdicts"]["valid"]), (&json!(6), &json!(4)));
    assert_eq!(captures(&sandbox, "new.db"), captures(&sandbox, store));
    let numbers: Vec<String> = sandbox
        .ok(["events", "list", "--json"])
        .objects()
        .iter()
        .rev()
        .map(|delivery| delivery["number"].to_string())
        .collect();
    for (new, old) in numbers.iter().enumerate() {
        for form in ["--http", "--raw"] {
            let old = sandbox.ok(["events", "show", old, form]);
            let new = sandbox.ok(["--store", "new.db", "events", "show", &(new + 1).to_string(), form]);
            assert_eq!(new.bytes(), old.bytes(), "{old}");
        }
    }
    // From there once more, this time with the same numbers: the very same file.
    let again = sandbox.ok(["--store", "new.db", "events", "export"]);
    sandbox.hookctl(["--store", "third.db", "events", "import", "-"]).stdin(again.bytes()).run().exits(0);
    assert_eq!(sandbox.ok(["--store", "third.db", "events", "export"]).bytes(), again.bytes());
}

#[test]
fn other_forms_bring_the_same_requests() {
    let sandbox = with_captures();
    for format in ["har", "curl", "hurl"] {
        let file = format!("all.{format}");
        sandbox.ok(["events", "export", "--provider", "stripe", "--format", format, "-o", &file]);
        sandbox.ok(["events", "export", "--event", "push", "--format", format, "-o", &file, "--force"]);
        sandbox.ok(["--store", format, "events", "import", &file]);
        let delivery = sandbox.ok(["--store", format, "events", "list", "--json"]).object();
        assert_eq!((&delivery["verdict"], &delivery["event_type"]), (&json!("valid"), &json!("push")), "{format}");
        let old = sandbox.ok(["events", "export", "--event", "push"]).object();
        let new = sandbox.ok(["--store", format, "events", "export"]).object();
        assert_eq!((&new["body"], &new["target"]), (&old["body"], &old["target"]), "{format}");
    }
    let hurl = sandbox.ok(["events", "export", "--format", "hurl"]).stdout();
    assert_eq!(hurl.matches("\nHTTP 200").count(), 6, "{hurl}");
}

#[test]
fn an_exported_curl_command_sends_the_same_request() {
    let sandbox = with_captures();
    let mut receiver = Receiver::answering([200]);
    let exported = sandbox.ok(["events", "export", "--event", "push", "--format", "curl"]).stdout();
    let body = sandbox.ok(["events", "export", "--event", "push"]).object()["body"].clone();
    let start = exported.find("http://").expect("a URL");
    let end = start + exported[start..].find('\'').expect("a quote");
    let script = exported.replace(&exported[start..end], &receiver.url("/x"));
    let ran = Command::new("sh").arg("-c").arg(&script).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if ran.expect("a shell").success() {
        assert_eq!(receiver.next().text(), body.as_str().expect("text"));
    } else {
        // There is no curl on this machine.
        receiver.was_left_alone();
    }
}

#[test]
fn credentials_are_told_of_and_can_be_masked() {
    let sandbox = with_captures();
    let told = sandbox.ok(["events", "export"]);
    assert!(told.stderr().contains("2 of 6 carry credentials"), "{told}");
    assert!(told.stdout().contains("Bearer abc"), "{told}");
    for format in ["ndjson", "har", "curl", "hurl"] {
        let masked = sandbox.ok(["events", "export", "--redact", "--format", format]);
        assert!(!masked.stdout().contains("Bearer abc") && !masked.stdout().contains("token=t"), "{masked}");
        assert_eq!(masked.stderr(), "");
    }
}

#[test]
fn a_file_that_is_there_is_overwritten_by_force_only() {
    let sandbox = with_captures();
    sandbox.write("f", "mine");
    sandbox.hookctl(["events", "export", "-o", "f"]).run().refuses(2, "f already", "--force");
    assert_eq!(std::fs::read(sandbox.path("f")).expect("a file"), b"mine");
    let exported = sandbox.ok(["events", "export", "latest", "-o", "f", "--force", "--json"]).object();
    assert_eq!((&exported["kind"], &exported["deliveries"]), (&json!("exported"), &json!(1)));
    sandbox.hookctl(["events", "export", "-o", "no/such/f"]).run().exits(3);
    sandbox.hookctl(["events", "export", "99"]).run().refuses(2, "99", "");
    let left: Vec<_> = std::fs::read_dir(sandbox.work()).expect("a folder").collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn a_second_import_is_linked_to_the_first() {
    let sandbox = with_captures();
    sandbox.ok(["events", "export", "-o", "f"]);
    let imported = sandbox.ok(["events", "import", "f", "--json"]).object();
    assert_eq!(
        (&imported["deliveries"], &imported["duplicates"]),
        (&json!(6), &json!(5)),
        "an empty body is like no other"
    );
    let ids: std::collections::BTreeSet<String> =
        sandbox.ok(["events", "list", "--json"]).objects().iter().map(|d| d["id"].to_string()).collect();
    assert_eq!(ids.len(), 12);
}

#[test]
fn nothing_is_imported_when_anything_is_wrong() {
    let sandbox = with_captures();
    let good = sandbox.ok(["events", "export"]).stdout();
    sandbox.write("empty", "");
    sandbox.write("line", format!("{good}{{\"kind\":\"capture\"}}\n"));
    sandbox.write("head", good.replace("\"PUT\"", "\"P T\""));
    sandbox.write("other-head", good.replace("PUT /old", "PUT /new"));
    sandbox.write("other", "hello");
    sandbox.write("bodies", "{\"a\":1}\n{\"a\":2}\n");
    for (file, error, hint) in [
        ("empty", "empty is empty", ""),
        ("line", "line, line 7", ""),
        ("head", "'P T'", ""),
        ("other-head", "'head'", ""),
        ("other", "no request", "tried"),
        ("bodies", "no request", "--provider"),
        ("missing", "cannot read missing", ""),
    ] {
        sandbox.hookctl(["--store", "new.db", "events", "import", file]).run().refuses(2, error, hint);
        sandbox.hookctl(["--store", "new.db", "events", "import", "-", "--secret", "-"]).run().exits(2);
    }
    sandbox.configure("[listen]\nmax_body = \"1KiB\"\n");
    sandbox.write("good", good);
    sandbox.hookctl(["--store", "new.db", "events", "import", "good"]).run().refuses(2, "larger than 1KiB", "max_body");
    assert_eq!(sandbox.ok(["--store", "new.db", "events", "list"]).stdout(), "");
}

#[test]
fn events_without_requests_become_captures_of_their_provider() {
    let sandbox = Sandbox::new();
    let event = r#"{"id":"evt_1","object":"event","created":1767225600,"type":"charge.refunded","data":{"object":{"amount":1.50}}}"#;
    let list = format!(r#"{{"object":"list","data":[{event}],"has_more":false,"url":"/v1/events"}}"#);
    sandbox.hookctl(["events", "import", "-"]).stdin(list).run().exits(0);
    let stripe = sandbox.ok(["events", "show", "1", "--json"]).object();
    assert_eq!(
        (&stripe["provider"], &stripe["event_id"], &stripe["verdict"], &stripe["received_at"]),
        (&json!("stripe"), &json!("evt_1"), &json!("unsigned"), &json!("2026-01-01T00:00:00.000Z"))
    );
    assert!(stripe["body"].as_str().is_some_and(|body| body.contains("\n      \"amount\": 1.50")), "{stripe}");

    // The signature is that of vectors' secret over the compact payload: GitHub signs what it sent, and sent it so.
    let body = r#"{"zen":"Keep it logically awesome."}"#;
    let signed =
        sandbox.hookctl(["sign", "github", "--data", "-", "--secret", "s3cret"]).stdin(body).run().exits(0).stdout();
    let signature = signed.lines().find_map(|line| line.strip_prefix("X-Hub-Signature-256: ")).expect("a signature");
    let deliveries = json!([{
        "id": 1, "guid": "g-1", "delivered_at": "2026-02-01T00:00:00Z", "status_code": 502,
        "request": {
            "headers": {"X-GitHub-Event": "ping", "X-GitHub-Delivery": "g-1", "X-Hub-Signature-256": signature},
            "payload": {"zen": "Keep it logically awesome."}
        }
    }]);
    sandbox.write("gh.json", serde_json::to_vec_pretty(&deliveries).expect("JSON"));
    sandbox.ok(["events", "import", "gh.json", "--secret", "s3cret"]);
    let github = sandbox.ok(["events", "show", "2", "--json"]).object();
    assert_eq!(
        (&github["verdict"], &github["event_type"], &github["status"], &github["body"]),
        (&json!("valid"), &json!("ping"), &json!(502), &json!(body))
    );

    sandbox.write("bodies", "{\"id\": \"1\"}\n\n{\"id\": \"2\"}\n");
    sandbox.ok(["events", "import", "bodies", "--provider", "shopify", "--at", "2026-03-01T00:00:00Z"]);
    let shopify = sandbox.ok(["events", "show", "4", "--json"]).object();
    assert_eq!(
        (&shopify["provider"], &shopify["body"], &shopify["received_at"], &shopify["remote"]),
        (&json!("shopify"), &json!("{\"id\": \"2\"}"), &json!("2026-03-01T00:00:00.000Z"), &json!("bodies#3"))
    );
}

#[test]
fn what_smee_and_gosmee_save_is_imported() {
    let sandbox = Sandbox::new();
    let message = json!({"x-github-event": "ping", "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958", "host": "smee.io",
        "content-type": "application/json", "body": {"zen": "x"}, "timestamp": 1_767_225_600_000_u64});
    sandbox.write("one.json", message.to_string());
    sandbox.write("stream.txt", format!("event: ready\ndata: {{}}\n\nid: 1\ndata: {message}\n\n"));
    sandbox.write("saves/ping-2026-01-02T15.04.01.678.json", "{ \"zen\": 1.0 }");
    let script = "#!/usr/bin/env bash\ntargetURL=\"http://h\"\ncurl -sSi -H \"Content-Type: application/json\" -H 'X-GitHub-Event: ping' -X POST -d @./ping-2026-01-02T15.04.01.678.json ${targetURL}\n";
    sandbox.write("saves/ping-2026-01-02T15.04.01.678.sh", script);
    for file in ["one.json", "stream.txt", "saves", "saves/ping-2026-01-02T15.04.01.678.sh"] {
        let imported = sandbox.ok(["events", "import", file, "--json"]).object();
        assert_eq!(imported["deliveries"], 1, "{file}");
        let shown = sandbox.ok(["events", "show", "--json"]).object();
        assert_eq!((&shown["provider"], &shown["event_type"]), (&json!("github"), &json!("ping")), "{file}");
    }
    assert_eq!(sandbox.ok(["events", "show", "--raw"]).stdout(), "{ \"zen\": 1.0 }");
    sandbox.hookctl(["events", "import", "."]).run().refuses(2, "holds no scripts", "");
}

#[test]
fn what_has_no_end_or_would_lead_elsewhere_is_not_imported() {
    let sandbox = Sandbox::new();
    let endless = sandbox.hookctl(["events", "import", "/dev/zero"]).run();
    endless.refuses(2, "larger than 256", "");
    sandbox.write("evil/x.sh", "curl -H 'X-A: 1' -d @./../secret.json ${targetURL}\n");
    sandbox.write("secret.json", "{}");
    sandbox.hookctl(["events", "import", "evil"]).run().exits(2);
    let deep = format!("{{\"log\":{{\"entries\":{}", "[".repeat(200_000));
    sandbox.write("deep.har", deep);
    sandbox.hookctl(["events", "import", "deep.har"]).run().exits(2);
    sandbox.hookctl(["replay", "--from", "deep.har", "--to", "http://127.0.0.1:9/"]).run().exits(2);
    assert_eq!(sandbox.ok(["events", "list", "--json"]).stdout(), "");
}
