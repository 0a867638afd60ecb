//! `hookctl verify`: captures and files of every form, verdicts, reasons, exit codes.

use crate::support::Sandbox;

const SECRET: &str = "whsec_test";
/// A body, and Stripe's signature of it with `SECRET` at second 1767323045.
const BODY: &str = r#"{"id":"evt_1","type":"order.paid"}"#;
const SIGNATURE: &str = "t=1767323045,v1=81e407aeb8bf0d929e16464cbc49de24206396ff7713de5788b1a9f14f3911e9";

fn raw() -> String {
    format!("POST /x HTTP/1.1\r\nHost: h\r\nStripe-Signature: {SIGNATURE}\r\nContent-Length: 34\r\n\r\n{BODY}")
}

/// Exit code, verdict and reason.
fn judged(sandbox: &Sandbox, args: &[&str]) -> (i32, String, String) {
    let args = ["verify", "--json", "--secret", SECRET].into_iter().chain(args.iter().copied());
    let ran = sandbox.hookctl(args).run();
    let object = ran.of_kind("verification").first().cloned().unwrap_or_else(|| panic!("{ran}"));
    let text = |name: &str| object[name].as_str().unwrap_or_default().to_owned();
    (ran.code().expect("a code"), text("verdict"), text("reason"))
}

#[test]
fn files_of_every_form_are_judged_alike() {
    let sandbox = Sandbox::new();
    let har = serde_json::json!({"log": {"version": "1.2", "creator": {"name": "t", "version": "1"}, "entries": [{
        "startedDateTime": "2026-01-02T03:04:06Z", "time": 1, "cache": {}, "timings": {"send": 0, "wait": 0, "receive": 0},
        "response": {"status": 200, "statusText": "", "httpVersion": "HTTP/1.1", "cookies": [], "headers": [],
            "content": {"size": 0, "mimeType": ""}, "redirectURL": "", "headersSize": -1, "bodySize": -1},
        "request": {"method": "POST", "url": "https://h/x", "httpVersion": "HTTP/1.1", "cookies": [], "queryString": [],
            "headers": [{"name": "Stripe-Signature", "value": SIGNATURE}], "headersSize": -1, "bodySize": 34,
            "postData": {"mimeType": "application/json", "text": BODY}}}]}});
    let line = serde_json::json!({"kind": "capture", "method": "POST", "target": "/x", "body": BODY,
        "headers": [["Stripe-Signature", SIGNATURE]], "received_at": "2026-01-02T03:04:06Z"});
    sandbox.write("raw.http", raw());
    sandbox.write("lf.http", raw().replace("\r\n", "\n"));
    sandbox.write(
        "curl.sh",
        format!("curl -X POST 'https://h/x' \\\n  -H 'stripe-signature: {SIGNATURE}' --data-raw '{BODY}'\n"),
    );
    sandbox.write("file.har", har.to_string());
    sandbox.write("export.ndjson", format!("{line}\n"));
    for file in ["raw.http", "lf.http", "curl.sh", "file.har", "export.ndjson"] {
        let now = judged(&sandbox, &[file, "--at", "1767323100"]);
        assert_eq!(now, (0, "valid".into(), String::new()), "{file}");
    }
    for file in ["file.har", "export.ndjson"] {
        assert_eq!(judged(&sandbox, &[file]).0, 0, "{file} says when it arrived");
    }
    assert_eq!(judged(&sandbox, &["raw.http"]), (1, "invalid".into(), "timestamp-stale".into()));
    let piped = sandbox.hookctl(["verify", "-", "--secret", SECRET, "--at", "1767323045"]).stdin(raw()).run();
    assert!(piped.exits(0).stdout().starts_with("valid  stripe"));
}

#[test]
fn every_no_has_its_reason() {
    let sandbox = Sandbox::new();
    let at = |seconds: &'static str| ["--at", seconds];
    sandbox.write("raw.http", raw());
    sandbox.write("changed.http", raw().replace("order.paid", "order.sold"));
    sandbox.write("unsigned.http", raw().replace("Stripe-Signature", "X-Other"));
    sandbox.write("malformed.http", raw().replace("v1=", "v9="));
    sandbox.write("twice.http", raw().replace("Host: h\r\n", &format!("Host: h\r\nStripe-Signature: {SIGNATURE}\r\n")));
    for (file, more, verdict, reason) in [
        ("raw.http", &at("1767323345")[..], "valid", ""),
        ("raw.http", &at("1767323346"), "invalid", "timestamp-stale"),
        ("raw.http", &["--at", "1767323346", "--tolerance", "10m"], "valid", ""),
        ("raw.http", &["--tolerance", "off"], "valid", ""),
        ("raw.http", &["--at", "2025-01-01"], "invalid", "timestamp-future"),
        ("changed.http", &at("1767323045"), "invalid", "signature-mismatch"),
        ("malformed.http", &at("1767323045"), "invalid", "header-malformed"),
        ("twice.http", &at("1767323045"), "invalid", "header-malformed"),
    ] {
        let args: Vec<&str> = std::iter::once(file).chain(more.iter().copied()).collect();
        let code = i32::from(verdict != "valid");
        assert_eq!(judged(&sandbox, &args), (code, verdict.into(), reason.into()), "{args:?}");
    }
    let unsigned = judged(&sandbox, &["unsigned.http", "--provider", "stripe"]);
    assert_eq!(unsigned, (1, "unsigned".into(), "header-missing".into()));
    assert_eq!(judged(&sandbox, &["unsigned.http"]), (2, "unknown-provider".into(), "provider-unknown".into()));
}

#[test]
fn parts_of_a_request_may_be_given() {
    let sandbox = Sandbox::new();
    sandbox.write("body", BODY);
    let header = format!("Stripe-Signature: {SIGNATURE}");
    let args = ["--body", "body", "--header", &header, "--provider", "stripe", "--at", "1767323045"];
    assert_eq!(judged(&sandbox, &args).0, 0);
    sandbox.write("raw.http", raw().replace("order.paid", "order.sold"));
    assert_eq!(judged(&sandbox, &["raw.http", "--body", "body", "--at", "1767323045"]).0, 0);
}

#[test]
fn several_are_counted() {
    let sandbox = Sandbox::new();
    let line = |signature: &str| {
        serde_json::json!({"kind": "capture", "method": "POST", "target": "/x", "body": BODY,
            "headers": [["Stripe-Signature", signature]], "received_at": "2026-01-02T03:04:06Z"})
    };
    let lines = [line(SIGNATURE), line("t=1767323045,v1=00"), line(SIGNATURE)];
    sandbox.write("e.ndjson", lines.iter().map(|l| format!("{l}\n")).collect::<String>());
    let ran = sandbox.hookctl(["verify", "e.ndjson", "--json", "--secret", SECRET]).run().exits(1);
    let summary = &ran.of_kind("summary")[0];
    assert_eq!((&summary["valid"], &summary["invalid"], &summary["unjudged"]), (&2.into(), &1.into(), &0.into()));
}

#[test]
fn a_capture_is_judged_at_the_time_it_arrived() {
    let sandbox = Sandbox::new();
    let listener = sandbox.listen(["--secret", SECRET, "--provider", "stripe"]);
    let url = listener.url("/webhooks/stripe");
    sandbox.ok(["send", "stripe", "customer.created", "--secret", SECRET, "--to", &url]);
    assert_eq!(judged(&sandbox, &[]).0, 0, "the newest capture");
    assert_eq!(judged(&sandbox, &["latest"]).0, 0);
    let later = judged(&sandbox, &["latest", "--at", "2030-01-01"]);
    assert_eq!(later, (1, "invalid".into(), "timestamp-stale".into()));
    let (code, verdict, _) = judged(&sandbox, &["latest", "--secret", "whsec_more"]);
    assert_eq!((code, verdict.as_str()), (0, "valid"), "one of several secrets is enough");
}

#[test]
fn what_cannot_be_judged_is_an_error() {
    let sandbox = Sandbox::new();
    sandbox.write("empty", "");
    sandbox.write("noise", "hello there");
    sandbox.write(
        "twilio.http",
        "POST /t HTTP/1.1\r\nHost: h\r\nX-Twilio-Signature: GvWf1cFY/Q7PnoempGyD5oXAezc=\r\n\r\n",
    );
    let verify = |args: &[&str]| sandbox.hookctl(["verify"].into_iter().chain(args.iter().copied())).run();
    verify(&[]).refuses(2, "nothing has been captured yet", "hookctl listen");
    verify(&["nope.http"]).refuses(2, "neither a file nor a delivery", "hookctl events list");
    verify(&["./nope.http"]).refuses(2, "cannot read ./nope.http: no such file", "");
    verify(&["12"]).refuses(2, "no delivery fits '12'", "");
    verify(&["empty"]).refuses(2, "empty is empty", "");
    verify(&["noise"]).refuses(2, "holds no request in a form that is known", "tried");
    verify(&["latest", "--provider", "strpe"]).exits(2);
    let url = verify(&["twilio.http", "--secret", "12345"]);
    assert!(url.stderr().contains("twilio signs the address: give it with --url"), "{url}");
}
