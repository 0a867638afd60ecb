//! `events fixture`: a capture becomes an event that `providers check` accepts and `send` sends.

use serde_json::json;

use crate::support::Sandbox;

#[test]
fn a_capture_becomes_an_event_that_is_sent_afresh() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--quiet"]);
    let events = [
        ("stripe", "charge.refunded"),
        ("github", "push"),
        ("twilio", "message.received"),
        ("shopify", "orders/create"),
        ("dropbox-sign", "signature_request_sent"),
    ];
    for (provider, event) in events {
        sandbox.ok(["send", provider, event, "--to", &listener.url(&format!("/webhooks/{provider}"))]);
        let captured = listener.delivery();
        let number = captured["number"].to_string();
        let made = sandbox.ok(["events", "fixture", &number, "--dir", "own", "--json"]).object();
        assert_eq!((&made["provider"], &made["event_type"]), (&json!(provider), &json!(event)));
        assert!(made["placeholders"].as_u64().is_some_and(|count| count > 1), "{made}");
        assert!(sandbox.path(&format!("own/{provider}/events/{event}.json")).is_file());
    }
    sandbox.hookctl(["providers", "check", "own/stripe"]).run().exits(0);
    sandbox.configure(&format!("providers_dir = \"{}\"\n", sandbox.path("own").display()));
    for (provider, event) in events {
        let to = listener.url(&format!("/webhooks/{provider}"));
        let sent = sandbox.ok(["send", provider, event, "--to", &to, "--json"]);
        let first = listener.delivery();
        assert_eq!((&first["verdict"], &first["event_type"]), (&json!("valid"), &json!(event)), "{first}");
        assert_eq!(first["duplicate_of"], json!(null), "each has an id of its own: {sent}");
    }
    // An event alone adds to the built-in provider: all others are still there.
    let events = sandbox.ok(["send", "stripe", "--list"]).stdout();
    assert!(events.contains("customer.created") && events.contains("charge.refunded"), "{events}");
    sandbox.hookctl(["events", "fixture", "--dir", "own"]).run().refuses(2, "there is a file", "--force");
    listener.stop().exits(130);
}

#[test]
fn what_makes_no_event_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("r.http", "POST /nobody HTTP/1.1\nHost: h\n\n{}");
    sandbox.write("hostile.http", "POST /webhooks/stripe HTTP/1.1\nHost: h\n\n{\"id\":\"evt_1\",\"type\":\"../../x\"}");
    sandbox.write("text.http", "POST /webhooks/github HTTP/1.1\nHost: h\nX-GitHub-Event: push\n\ntext");
    for (file, error, hint) in [
        ("r.http", "no provider was recognised", "--provider"),
        ("hostile.http", "cannot be the name of a file", ""),
        ("text.http", "neither JSON nor a form", ""),
    ] {
        sandbox.ok(["events", "import", file]);
        sandbox.hookctl(["events", "fixture", "--dir", "own"]).run().refuses(2, error, hint);
    }
    sandbox.hookctl(["events", "fixture"]).run().refuses(2, "no folder for your own providers", "--dir");
    assert!(!sandbox.path("own").exists(), "nothing was written");
}

#[test]
fn braces_in_a_capture_come_back_as_they_are() {
    // Once what a shop writes its amounts with was taken for a placeholder, and there was no event.
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--quiet"]);
    let url = listener.url("/webhooks/stripe");
    let texts = json!({"money": "${{amount}}", "only": "{{x}}", "three": "{{{x}}}", "four": "a{{{{b", "{{key}}": "{"});
    let event = json!({"id": "evt_1NjpMq7oJCSttc0XpK1mlVqI", "type": "customer.created", "data": {"object": texts}});
    sandbox.write("event.json", event.to_string());
    sandbox.ok(["send", "stripe", "customer.created", "--data", "event.json", "--to", &url]);
    let number = listener.delivery()["number"].to_string();
    sandbox.ok(["events", "fixture", &number, "--dir", "own"]);
    sandbox.configure(&format!("providers_dir = \"{}\"\n", sandbox.path("own").display()));
    let sent = sandbox.ok(["send", "stripe", "customer.created", "--dry-run", "--format", "json"]).object();
    let body: serde_json::Value = serde_json::from_str(sent["body"].as_str().expect("text")).expect("JSON");
    assert_eq!(body["data"]["object"], texts);
    listener.stop().exits(130);
}
