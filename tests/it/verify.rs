//! `hookctl verify`: captures of every form, judged at the right time, with the right exit code.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::{Ran, Sandbox};

pub(crate) const SECRET: [&str; 2] = ["--secret", "whsec_known"];

/// A Stripe request as `send --dry-run` prints it in this format, signed now or when `more` says.
pub(crate) fn request(sandbox: &Sandbox, format: &str, more: &[&str]) -> Vec<u8> {
    let line = ["send", "stripe", "charge.succeeded", "--dry-run", "--format", format];
    let line = line.into_iter().chain(SECRET).chain(more.iter().copied());
    sandbox.ok(line).bytes().to_vec()
}

pub(crate) fn verify(sandbox: &Sandbox, args: &[&str]) -> Ran {
    sandbox.hookctl(["verify"].iter().chain(args)).run()
}

/// A HAR file of these requests.
pub(crate) fn har(requests: &[Value]) -> Vec<u8> {
    let entries: Vec<Value> = requests
        .iter()
        .map(|request| {
            let pairs = request["headers"].as_array().expect("pairs");
            let headers: Vec<Value> = pairs.iter().map(|pair| json!({"name": pair[0], "value": pair[1]})).collect();
            json!({
                "startedDateTime": "2026-01-01T00:00:00.000Z", "time": 1, "cache": {}, "timings": {},
                "request": {
                    "method": request["method"], "url": request["url"], "httpVersion": "HTTP/1.1", "cookies": [],
                    "headers": headers, "queryString": [], "headersSize": -1, "bodySize": -1,
                    "postData": {"mimeType": "application/json", "text": request["body"]},
                },
                "response": {"status": 200, "statusText": "", "httpVersion": "", "cookies": [], "headers": [],
                    "content": {"size": 0, "mimeType": ""}, "redirectURL": "", "headersSize": -1, "bodySize": -1},
            })
        })
        .collect();
    json!({"log": {"version": "1.2", "creator": {"name": "test", "version": "1"}, "entries": entries}})
        .to_string()
        .into_bytes()
}

pub(crate) fn object(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("JSON")
}

/// An export line: a request that arrived at a time.
pub(crate) fn export(mut request: Value, received_at: &str) -> String {
    request["kind"] = json!("capture");
    request["received_at"] = json!(received_at);
    request.to_string() + "\n"
}

#[test]
fn a_request_is_read_in_every_form_that_it_is_kept_in() {
    let sandbox = Sandbox::new();
    let json = request(&sandbox, "json", &["--timestamp", "2026-01-01T00:00:00Z"]);
    let har = har(&[object(&json)]);
    let devtools = format!(
        "curl 'http://localhost/hook' \\\n  -H 'Content-Type: application/json' \\\n  --data-raw '{{}}' -H '{}'",
        sandbox
            .hookctl(["sign", "stripe", "--data", "-"].iter().chain(&SECRET))
            .stdin("{}")
            .run()
            .exits(0)
            .stdout()
            .trim()
    );
    for (name, content, at) in [
        ("raw HTTP", request(&sandbox, "http", &[]), None),
        ("curl", request(&sandbox, "curl", &[]), None),
        ("JSON", request(&sandbox, "json", &[]), None),
        ("HAR", har, Some("2026-01-01T00:01:00Z")),
        ("a browser's curl", devtools.into_bytes(), None),
    ] {
        // The name tells nothing: what is in the file does.
        sandbox.write("request", &content);
        let at: Vec<&str> = at.into_iter().flat_map(|at| ["--at", at]).collect();
        let ran = verify(&sandbox, &[&["request", "--json"], &SECRET[..], &at].concat()).exits(0);
        let verdict = ran.object();
        assert_eq!(verdict["verdict"], "valid", "{name}: {ran}");
        assert_eq!((&verdict["provider"], &verdict["source"]), (&json!("stripe"), &json!("request")), "{name}");
        let piped =
            sandbox.hookctl(["verify", "-", "--json"].iter().chain(&SECRET).chain(&at)).stdin(content).run().exits(0);
        assert_eq!(
            (&piped.object()["verdict"], &piped.object()["source"]),
            (&json!("valid"), &json!("standard input"))
        );
    }
}

#[test]
fn the_exit_code_is_the_verdict() {
    let sandbox = Sandbox::new();
    sandbox.write("valid.http", request(&sandbox, "http", &[]));
    for tamper in ["body", "signature", "timestamp", "header", "secret"] {
        sandbox.write(&format!("{tamper}.http"), request(&sandbox, "http", &["--tamper", tamper]));
    }
    sandbox.write("nobody.http", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
    for (file, code, verdict, reason) in [
        ("valid.http", 0, "valid", Value::Null),
        ("body.http", 1, "invalid", json!("signature-mismatch")),
        ("signature.http", 1, "invalid", json!("signature-mismatch")),
        ("secret.http", 1, "invalid", json!("signature-mismatch")),
        ("nobody.http", 2, "unknown-provider", json!("provider-unknown")),
    ] {
        let found = verify(&sandbox, &[&[file, "--json"], &SECRET[..]].concat()).exits(code).object();
        assert_eq!((&found["verdict"], &found["reason"]), (&json!(verdict), &reason), "{file}");
    }
    let found = verify(&sandbox, &["header.http", "--json", "--provider", "stripe"]).exits(1).object();
    assert_eq!((&found["verdict"], &found["reason"]), (&json!("unsigned"), &json!("header-missing")));
    let ran = verify(&sandbox, &["nobody.http"]).exits(2);
    assert!(ran.stderr().contains("name it with --provider"), "{ran}");
}

#[test]
fn what_was_checked_is_told_to_people() {
    let sandbox = Sandbox::new();
    sandbox.write("a.http", request(&sandbox, "http", &["--timestamp", "1767225600"]));
    let ran = verify(&sandbox, &[&["a.http", "--at", "1767225660"], &SECRET[..]].concat()).exits(0);
    let text = ran.stdout();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "valid  stripe v1  a.http");
    for (line, words) in lines[1..].iter().zip([
        &["✓ header", "Stripe-Signature"][..],
        &["✓ timestamp", "1767225600", "2026-01-01T00:00:00"],
        &["✓ content", "{timestamp}.{body}", "SHA-256", "1767225600.{"],
        &["✓ signature", "matches"],
        &["✓ age", "1m old, tolerance 5m"],
    ]) {
        words.iter().for_each(|word| assert!(line.contains(word), "'{word}' in '{line}'"));
    }
    let ran = verify(&sandbox, &["a.http", "--at", "1767225660", "--secret", "whsec_other"]).exits(1);
    assert!(ran.stdout().contains("✗ signature"), "{ran}");
    assert!(ran.stdout().contains("signature-mismatch"), "{ran}");
}

#[test]
fn age_is_counted_from_the_time_that_is_given() {
    let sandbox = Sandbox::new();
    sandbox.write("a.http", request(&sandbox, "http", &["--timestamp", "1767225600"]));
    for (flags, code, reason) in [
        (&["--at", "1767225900"][..], 0, Value::Null),
        (&["--at", "1767225901"], 1, json!("timestamp-stale")),
        (&["--at", "2026-01-01T00:05:00Z"], 0, Value::Null),
        (&["--at", "1767225900", "--tolerance", "4m59s"], 1, json!("timestamp-stale")),
        (&["--at", "1767229200", "--tolerance", "1h"], 0, Value::Null),
        (&["--at", "1767229201", "--tolerance", "1h"], 1, json!("timestamp-stale")),
        (&["--at", "1700000000"], 1, json!("timestamp-future")),
        (&["--tolerance", "off"], 0, Value::Null),
        (&[], 1, json!("timestamp-stale")),
        (&["--at", "now"], 1, json!("timestamp-stale")),
    ] {
        let ran = verify(&sandbox, &[&["a.http", "--json"], &SECRET[..], flags].concat());
        if flags == ["--at", "now"] && ran.code() == Some(2) {
            // Not a word for a time here; nothing was judged then.
            continue;
        }
        assert_eq!(ran.exits(code).object()["reason"], reason, "{flags:?}");
    }
    sandbox.write("hookctl.toml", "[verify]\ntolerance = \"off\"\n");
    verify(&sandbox, &[&["a.http"], &SECRET[..]].concat()).exits(0);
    verify(&sandbox, &[&["a.http", "--tolerance", "5m"], &SECRET[..]].concat()).exits(1);
}

#[test]
fn a_file_that_says_when_it_arrived_is_judged_at_that_time() {
    let sandbox = Sandbox::new();
    let made = object(&request(&sandbox, "json", &["--timestamp", "2026-01-01T00:00:00Z"]));
    for (arrived, code) in [("2026-01-01T00:00:03Z", 0), ("2026-01-01T01:00:03Z", 1)] {
        sandbox.write("export.jsonl", export(made.clone(), arrived));
        verify(&sandbox, &[&["export.jsonl"], &SECRET[..]].concat()).exits(code);
    }
    // --at decides, whatever the file says.
    verify(&sandbox, &[&["export.jsonl", "--at", "2026-01-01T00:00:03Z"], &SECRET[..]].concat()).exits(0);
}

#[test]
fn a_capture_is_judged_at_the_time_it_arrived() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(SECRET.iter().chain(&["--provider", "stripe"]));
    let hour = Duration::from_hours(1);
    let ago = (SystemTime::now() - hour).duration_since(UNIX_EPOCH).expect("a time").as_secs().to_string();
    let line = ["send", "stripe", "charge.succeeded", "--timestamp", &ago, "--to", &listener.url("/stripe")];
    sandbox.ok(line.iter().chain(&SECRET));
    assert_eq!(listener.delivery()["reason"], "timestamp-stale");
    listener.stop().exits(130);
    let judged = verify(&sandbox, &[&["latest", "--json"], &SECRET[..]].concat()).exits(1).object();
    assert_eq!(judged["reason"], "timestamp-stale");
    // As if it had arrived an hour ago and were looked at now.
    let store = Connection::open(sandbox.store()).expect("the store");
    let moved = "UPDATE deliveries SET received_at = received_at - ?1";
    assert_eq!(store.execute(moved, [i64::try_from(hour.as_micros()).expect("few")]).expect("an update"), 2);
    drop(store);
    let judged = verify(&sandbox, &[&["latest", "--json"], &SECRET[..]].concat()).exits(0).object();
    assert_eq!((&judged["verdict"], &judged["source"]), (&json!("valid"), &json!("#2")));
    verify(&sandbox, &[&["--at", "1h from now"], &SECRET[..]].concat()).exits(2);
    verify(&sandbox, &[&["--at", "2030-01-01T00:00:00Z"], &SECRET[..]].concat()).exits(1);
}

#[test]
fn a_body_and_headers_are_enough() {
    let sandbox = Sandbox::new();
    sandbox.write("body.json", "{}\n");
    let header = sandbox.ok(["sign", "stripe", "--data", "body.json"].iter().chain(&SECRET)).stdout();
    let line = [&["--body", "body.json", "--header", header.trim(), "--json"], &SECRET[..]].concat();
    assert_eq!(verify(&sandbox, &line).exits(0).object()["source"], "--body");
    let piped = sandbox.hookctl(["verify", "--body", "-", "--header", header.trim()].iter().chain(&SECRET));
    piped.stdin("{}").run().exits(1);
    let piped = sandbox.hookctl(["verify", "--body", "-", "--header", header.trim()].iter().chain(&SECRET));
    piped.stdin("{}\n").run().exits(0);
    // They replace those of a file, too.
    sandbox.write("a.http", request(&sandbox, "http", &["--tamper", "body"]));
    let line = [&["a.http", "--body", "body.json", "--header", header.trim()], &SECRET[..]].concat();
    verify(&sandbox, &line).exits(0);
    for (line, both) in [
        (&["-", "--body", "-"][..], "the request or the body"),
        (&["-", "--secret", "-"], "the request or a secret"),
        (&["--body", "-", "--secret", "-"], "the body or a secret"),
    ] {
        verify(&sandbox, line).refuses(2, &format!("standard input can be {both}, not both"), "file");
    }
}

#[test]
fn a_provider_that_signs_the_address_wants_to_know_it() {
    let sandbox = Sandbox::new();
    let url = "https://public.example/sms?x=1";
    let secret = ["--secret", "0123456789abcdef0123456789abcdef"];
    let line = ["send", "twilio", "message.received", "--dry-run", "--url", url, "--to", "http://127.0.0.1/sms?x=1"];
    let raw = sandbox.ok(line.iter().chain(&secret)).stdout();
    sandbox.write("sms.http", &raw);
    let ran = verify(&sandbox, &[&["sms.http"], &secret[..]].concat());
    assert_ne!(ran.code(), Some(0), "{ran}");
    assert!(ran.stdout().contains("url-missing"), "{ran}");
    assert!(ran.stderr().contains("twilio signs the address: give it with --url"), "{ran}");
    verify(&sandbox, &[&["sms.http", "--url", url], &secret[..]].concat()).exits(0);
    let ran = verify(&sandbox, &[&["sms.http", "--url", "https://public.example/sms", "--json"], &secret[..]].concat());
    assert_eq!(ran.exits(1).object()["reason"], "signature-mismatch");
    // The address may be configured once: the path is that of the request.
    sandbox.write("hookctl.toml", "[listen]\npublic_url = \"https://public.example\"\n");
    verify(&sandbox, &[&["sms.http"], &secret[..]].concat()).exits(0);
}

#[test]
fn any_of_several_secrets_verifies_and_it_is_told_which() {
    let sandbox = Sandbox::new();
    sandbox.write("a.http", request(&sandbox, "http", &[]));
    sandbox.write("secret.txt", "whsec_known\r\n");
    let index = |flags: &[&str]| {
        verify(&sandbox, &[&["a.http", "--json"], flags].concat()).exits(0).object()["secret_index"].clone()
    };
    assert_eq!(index(&["--secret", "whsec_known"]), 0);
    assert_eq!(index(&["--secret", "whsec_old", "--secret", "whsec_known"]), 1);
    assert_eq!(index(&["--secret", "whsec_old", "--secret", "file:secret.txt", "--secret", "x"]), 1);
    let ran = verify(&sandbox, &["a.http", "--secret", "old", "--secret", "whsec_known"]).exits(0);
    assert!(ran.stdout().contains("verified by secret 2"), "{ran}");
    let of = |line: crate::support::hookctl::Hookctl| line.run().exits(0).object()["secret_index"].clone();
    let line = || sandbox.hookctl(["verify", "a.http", "--json"]);
    assert_eq!(of(line().env("HOOKCTL_STRIPE_SECRET", "whsec_known")), 0);
    assert_eq!(of(line().env("HOOKCTL_STRIPE_SECRET", "env:ELSEWHERE").env("ELSEWHERE", "whsec_known")), 0);
    let given = sandbox.hookctl(["verify", "a.http", "--secret", "env:MINE", "--json"]);
    assert_eq!(of(given.env("MINE", "whsec_known").env("HOOKCTL_STRIPE_SECRET", "wrong")), 0);
    let piped = sandbox.hookctl(["verify", "a.http", "--secret", "-", "--json"]).stdin("whsec_known\n");
    assert_eq!(of(piped), 0);
    sandbox.configure("[providers.stripe]\nsecrets = [\"whsec_old\", \"whsec_known\"]\n");
    assert_eq!(of(line()), 1);
    let wrong = line().env("HOOKCTL_STRIPE_SECRET", "whsec_wrong").run();
    assert_eq!(wrong.exits(1).object()["verdict"], "invalid", "the environment goes before the configuration");
}

#[test]
fn with_a_development_secret_only_a_strange_signature_is_not_called_wrong() {
    let sandbox = Sandbox::new();
    sandbox.write("a.http", request(&sandbox, "http", &[]));
    let ran = verify(&sandbox, &["a.http"]).exits(1);
    assert!(ran.stdout().starts_with("no-secret  stripe"), "{ran}");
    assert!(ran.stderr().contains("--secret, or set HOOKCTL_STRIPE_SECRET"), "{ran}");
}

#[test]
fn an_empty_store_says_how_to_get_a_capture() {
    let sandbox = Sandbox::new();
    verify(&sandbox, &[]).refuses(2, "nothing has been captured yet", "hookctl listen");
    verify(&sandbox, &["latest"]).refuses(2, "no delivery fits 'latest'", "");
    // What was sent is no capture.
    let mut receiver = crate::support::Receiver::answering([200]);
    sandbox.ok(["send", "stripe", "charge.succeeded", "--to", &receiver.url("/")]);
    receiver.next();
    verify(&sandbox, &[]).refuses(2, "nothing has been captured yet", "hookctl listen");
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    let sandbox = Sandbox::new();
    let body = STANDARD.encode("x");
    for (name, content, error) in [
        ("empty.http", b"".to_vec(), "empty.http"),
        ("blank.http", b" \n\n".to_vec(), "blank.http"),
        ("text.txt", b"just some words\n".to_vec(), "text.txt"),
        ("noise.bin", vec![0, 159, 146, 150, 255], "noise.bin"),
        ("utf16.http", b"\xff\xfeP\0O\0S\0T\0".to_vec(), "utf16.http"),
        ("broken.json", b"{\"log\": {\"entries\": [}".to_vec(), "broken.json, line 1, column 22"),
        ("list.json", b"[1,2]".to_vec(), "list.json"),
        ("empty.har", b"{\"log\":{\"entries\":[]}}".to_vec(), "empty.har"),
        ("wrong.har", b"{\"log\":{\"entries\":[{\"request\":{}}]}}".to_vec(), "wrong.har"),
        (
            "lines.jsonl",
            format!("{{\"kind\":\"capture\",\"method\":\"POST\",\"url\":\"http://h/\",\"headers\":[],\"body_base64\":\"{body}\"}}\n{{oops\n").into_bytes(),
            "lines.jsonl, line 2",
        ),
        ("kind.json", b"{\"kind\":\"attempt\"}\n{\"kind\":\"attempt\"}\n".to_vec(), "kind.json"),
        ("half.http", b"POST / HTTP/1.1\r\nHost".to_vec(), "half.http"),
        ("curl.sh", b"curl 'http://localhost/ -d x".to_vec(), "curl.sh"),
        ("curl2.sh", b"curl --data-binary @/etc/hostname http://localhost/".to_vec(), "curl2.sh"),
    ] {
        sandbox.write(name, content);
        let before = sandbox.snapshot();
        let ran = verify(&sandbox, &[name]).exits(2);
        // What stands before the place was judged, and has hints of its own.
        let told = ran.stderr().lines().find(|line| line.starts_with("error: ")).expect("an error").to_owned();
        assert!(told.contains(error), "should say '{error}': {ran}");
        assert_eq!(sandbox.snapshot(), before);
    }
    verify(&sandbox, &["missing.http"]).refuses(2, "'missing.http' is neither a file nor a delivery", "");
    verify(&sandbox, &["folder/missing.http"]).refuses(2, "cannot read folder/missing.http: no such file", "");
    verify(&sandbox, &["--body", "missing.json"]).refuses(2, "cannot read missing.json: no such file", "");
    verify(&sandbox, &["--body", "."]).refuses(2, "cannot read .: it is a folder", "");
    verify(&sandbox, &["./"]).refuses(2, "it is a folder", "");
    verify(&sandbox, &["half.http", "--tolerance", "soon"]).exits(2);
    verify(&sandbox, &["half.http", "--at", "soon"]).exits(2);
    verify(&sandbox, &["half.http", "--header", "nonsense"]).exits(2);
}

#[test]
fn a_secret_in_the_wrong_form_is_named_as_the_reason() {
    let sandbox = Sandbox::new();
    let line = ["send", "svix", "user.created", "--dry-run"];
    sandbox.write("a.http", sandbox.ok(line).bytes());
    let ran = verify(&sandbox, &["a.http", "--secret", "canary*"]).exits(1);
    assert!(ran.stdout().contains("secret-form"), "{ran}");
    assert!(!ran.stdout().contains("canary"), "{ran}");
}

#[test]
fn what_a_request_holds_reaches_the_terminal_without_control_characters() {
    let sandbox = Sandbox::new();
    let raw = "POST / HTTP/1.1\r\nStripe-Signature: t=1,v1=\u{1b}[31mred\u{9b}\r\nContent-Length: 9\r\n\r\n\u{1b}[2J\u{7}\r\nab";
    sandbox.write("evil.http", raw);
    for flags in [&["evil.http"][..], &["evil.http", "--provider", "github"]] {
        let ran = verify(&sandbox, flags);
        let all = ran.stdout() + &ran.stderr();
        assert!(all.chars().all(|c| c == '\n' || !c.is_control()), "{all:?}");
    }
}

/// It was said twice: as the cause, and as what was noticed when the file was read.
#[test]
fn that_a_body_was_cut_off_is_told_once() {
    let sandbox = Sandbox::new();
    let mut whole = request(&sandbox, "http", &[]);
    whole.truncate(whole.len() - 40);
    sandbox.write("cut.http", whole);
    let text = verify(&sandbox, &[&["cut.http"], &SECRET[..]].concat()).exits(1).stdout();
    assert_eq!(text.matches("Content-Length says").count(), 2, "what was found, and what it means: {text}");
    assert!(text.contains("why: body-truncated") && !text.contains("note"), "{text}");
}

#[test]
fn what_is_no_value_of_a_flag_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("a.http", request(&sandbox, "http", &[]));
    for (flag, told, hint) in [
        ("--url=y", "'y' is not an http or https URL", "write https://host/path"),
        ("--method=a b", "write it as it was sent: POST", ""),
        ("--tolerance=x", "write 250ms, 30s, 5m, 2h or 7d, or off", ""),
        ("--at=x", "write 2026-01-02T03:04:05Z", ""),
        ("--provider=strip", "there is no provider 'strip'", "did you mean 'stripe'?"),
        ("--header=x", "'Name: value'", ""),
        ("--secret=env:NOBODY", "NOBODY is not set", "export NOBODY="),
        ("--secret=file:nothing", "nothing", ""),
        ("--body=nothing", "cannot read nothing", ""),
    ] {
        verify(&sandbox, &["a.http", flag]).refuses(2, told, hint);
    }
    // Headers alone are those of no request.
    verify(&sandbox, &["--header", "Stripe-Signature: t=1,v1=00"]).refuses(
        2,
        "nothing has been captured",
        "--body FILE",
    );
}
