//! `hookctl replay`: what was recorded goes out again, and nothing else.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use serde_json::{Value, json};

use crate::support::{Answer, Listener, Nobody, Peer, Receiver, Reply, Sandbox};

/// A user who has captured some deliveries that were valid: #2 and #4 of Stripe, #6 of GitHub.
fn with_captures() -> Sandbox {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen::<_, &str>([]);
    for (provider, event) in [("stripe", "customer.created"), ("stripe", "charge.refunded"), ("github", "push")] {
        sandbox.ok(["send", provider, event, "--to", &listener.url(&format!("/webhooks/{provider}?from=test"))]);
        assert_eq!(listener.delivery()["verdict"], "valid");
    }
    listener.stop().exits(130);
    sandbox
}

/// Sends bytes to a listener over a bare socket and waits until they are recorded.
fn deliver(listener: &mut Listener, request: &[u8]) {
    let mut stream = TcpStream::connect(listener.socket()).expect("a listener");
    stream.write_all(request).expect("a connection");
    listener.delivery();
    stream.shutdown(Shutdown::Write).expect("a connection");
    stream.read_to_end(&mut Vec::new()).expect("an answer");
}

/// The event types of the deliveries that arrived, in order.
fn types(receiver: &mut Receiver) -> Vec<String> {
    let type_of = |body: Value| body["type"].as_str().unwrap_or("push").to_owned();
    receiver.all().iter().map(|got| type_of(got.json())).collect()
}

#[test]
fn without_arguments_the_newest_capture_goes_out_again_with_a_fresh_signature() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen::<_, &str>([]);
    sandbox.ok(["send", "stripe", "charge.refunded", "--to", &listener.url("/in?a=%2f")]);
    listener.delivery();
    let mut receiver = Receiver::answering([200]);
    let ran = sandbox.ok(["replay", "--to", &receiver.url(""), "--json"]);
    let attempt = &ran.of_kind("attempt")[0];
    assert_eq!((&attempt["replay_of"], &attempt["accepted"]), (&json!("#2"), &json!(true)));
    let got = receiver.next();
    assert_eq!((got.method.as_str(), got.target.as_str()), ("POST", "/in?a=%2f"));
    let shown = sandbox.ok(["events", "show", "2", "--json"]).object();
    let recorded: Vec<(String, String)> =
        serde_json::from_value(shown["headers"].clone()).expect("the recorded headers");
    let same = |(name, _): &&(String, String)| !["Host", "Stripe-Signature"].contains(&name.as_str());
    assert_eq!(got.headers.iter().filter(same).collect::<Vec<_>>(), recorded.iter().filter(same).collect::<Vec<_>>());
    let names = |headers: &[(String, String)]| headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&got.headers), names(&recorded), "no header is added, none changes its place");
    assert_eq!(shown["body"].as_str(), Some(got.text().as_str()));
    // The signature is one that a receiver accepts now.
    sandbox.ok(["replay", "--sign", "fresh", "--to", &listener.url("")]);
    let again = listener.delivery();
    assert_eq!((&again["verdict"], &again["event_id"]), (&json!("valid"), &attempt["event_id"]));
}

#[test]
fn a_kept_request_is_the_same_byte_for_byte() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--quiet"]);
    let request = |host: &str| {
        [
            b"PUT /odd/../x?b=%2F&a= HTTP/1.1\r\nx-lower: 1\r\nHOST: ".as_slice(),
            host.as_bytes(),
            b"\r\nX-Twice: b\r\nCONTENT-length: 7\r\nx-twice: \xff\r\n\r\n\xff\0{x}\r\n",
        ]
        .concat()
    };
    deliver(&mut listener, &request("old.example:81"));
    let mut peer = Peer::replying([Reply::Bytes(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec())]);
    let url = peer.url("");
    sandbox.ok(["replay", "--sign", "keep", "--to", &url]);
    let host = url.trim_start_matches("http://");
    assert_eq!(peer.next().escape_ascii().to_string(), request(host).escape_ascii().to_string());
}

#[test]
fn what_belongs_to_a_connection_stays_behind_and_chunks_become_a_length() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--quiet"]);
    let chunked = b"POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nTE: trailers\r\nX-A: 1\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    deliver(&mut listener, chunked);
    let mut peer = Peer::replying([Reply::Bytes(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec())]);
    let url = peer.url("/other");
    sandbox.ok(["replay", "--to", &url]);
    let host = url.trim_start_matches("http://").trim_end_matches("/other");
    let wanted = format!("POST /other HTTP/1.1\r\nHost: {host}\r\nContent-Length: 3\r\nX-A: 1\r\n\r\nabc");
    assert_eq!(String::from_utf8_lossy(&peer.next()), wanted);
}

#[test]
fn selections_choose_and_order_decides() {
    let sandbox = with_captures();
    let mut receiver = Receiver::answering([200]);
    let url = receiver.url("/hook");
    let mut sent = |args: &[&str]| {
        sandbox.ok(["replay", "--to", &url].iter().chain(args));
        types(&mut receiver)
    };
    assert_eq!(sent(&["2", "latest"]), ["customer.created", "push"]);
    assert_eq!(sent(&["4..6", "2", "--provider", "stripe"]), ["customer.created", "charge.refunded"]);
    assert_eq!(sent(&["--event", "c*"]), ["customer.created", "charge.refunded"]);
    assert_eq!(sent(&["--filter", ".body.ref != null"]), ["push"]);
    assert_eq!(sent(&["--since", "1h ago", "--limit", "2"]), ["charge.refunded", "push"]);
    assert_eq!(sent(&["--since", "1h ago", "--order", "reversed"]), ["push", "charge.refunded", "customer.created"]);
    assert_eq!(sent(&["2", "4", "--repeat", "2"]).concat(), "customer.createdcharge.refunded".repeat(2));
    let shuffle = ["--since", "1h ago", "--order", "shuffled", "--seed", "5", "--repeat", "3"];
    let shuffled = sent(&shuffle);
    assert_eq!((shuffled.len(), &shuffled), (9, &sent(&shuffle)));
    // Recorded gaps, a million times as fast, several at once.
    let mut all = sent(&["--since", "1h ago", "--speed", "1000000x", "--concurrency", "3"]);
    all.sort();
    assert_eq!(all, ["charge.refunded", "customer.created", "push"]);
    for (args, error, hint) in [
        (&["--failed"][..], "nothing recorded that fits", "events list"),
        (&["99"], "no delivery fits '99'", "events list"),
        (&["--provider", "strpe"], "there is no provider 'strpe'", "stripe"),
        (&["2", "--sign", "keep", "--new-ids"], "--sign keep changes nothing", "--sign fresh"),
        (&["2", "--sign", "keep", "--set", "a=1"], "--sign keep changes nothing", "--sign fresh"),
        (&["2", "--set", "data.object[0]=1"], "#2: 'data.object[0]'", "events show"),
    ] {
        sandbox.hookctl(["replay", "--to", &url].iter().chain(args)).run().refuses(2, error, hint);
    }
    sandbox.hookctl(["replay", "2", "--from", "x"]).run().exits(2);
    sandbox.hookctl(["replay", "--speed", "fast"]).run().exits(2);
}

#[test]
fn a_url_with_a_path_is_used_as_it_is_and_several_are_sent_to() {
    let sandbox = with_captures();
    let (mut one, mut other) = (Receiver::answering([200]), Receiver::answering([500]));
    let ran = sandbox
        .hookctl(["replay", "2", "--to", &one.url("/"), "--to", &other.url("/hook?x=1"), "--json"])
        .run()
        .exits(1);
    assert_eq!(one.next().target, "/webhooks/stripe?from=test");
    assert_eq!(other.next().target, "/hook?x=1&from=test");
    let summary = &ran.of_kind("summary")[0];
    assert_eq!((&summary["deliveries"], &summary["accepted"]), (&json!(2), &json!(1)));
    let sent = sandbox.ok(["events", "list", "--sent", "--limit", "2", "--json"]).objects();
    assert_eq!((&sent[1]["status"], &sent[0]["status"]), (&json!(200), &json!(500)), "both are recorded");
}

#[test]
fn what_hookctl_sent_goes_where_it_went() {
    let sandbox = Sandbox::new();
    let mut receiver = Receiver::answering([500, 200]);
    sandbox.hookctl(["send", "stripe", "customer.created", "--to", &receiver.url("/a?b=1")]).run().exits(1);
    let first = receiver.next();
    sandbox.ok(["replay", "--sent", "--failed"]);
    let again = receiver.next();
    assert_eq!((&again.target, &again.body), (&first.target, &first.body));
}

#[test]
fn edits_and_new_ids_are_signed_and_no_duplicates() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen::<_, &str>([]);
    let to = |provider: &str| listener.url(&format!("/webhooks/{provider}"));
    let urls = ["stripe", "github", "twilio", "slack", "shopify", "sendgrid", "standard-webhooks"].map(|p| (p, to(p)));
    let events = ["customer.created", "push", "message.received", "app_mention", "orders/create", "delivered", ""];
    for ((provider, url), event) in urls.iter().zip(events) {
        let events = sandbox.ok(["send", provider, "--list"]).stdout();
        let event = if events.lines().any(|line| line == event) { event } else { events.lines().next().expect("one") };
        sandbox.ok(["send", provider, event, "--to", url]);
        listener.delivery();
    }
    let address = listener.address().to_owned();
    let base = listener.url("");
    sandbox.ok(["replay", "--since", "1h ago", "--new-ids", "--to", &base]);
    for (provider, _) in &urls {
        let got = listener.delivery();
        assert_eq!((&got["provider"], &got["verdict"]), (&json!(provider), &json!("valid")), "{got}");
        assert_eq!(got["duplicate_of"], Value::Null, "{address}: {got}");
    }
    sandbox.ok(["replay", "2", "--set", "data.object.name=Ada", "--unset", "data.object.email", "--to", &base]);
    let edited = listener.delivery();
    assert_eq!(edited["verdict"], "valid");
    let body = sandbox.ok(["events", "show", "latest", "--raw"]).stdout();
    assert!(body.contains("\n      \"name\": \"Ada\"") && !body.contains("\"email\""), "{body}");
    listener.stop().exits(130);
}

#[test]
fn a_signature_stays_where_its_secret_is_not_known() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen::<_, &str>([]);
    sandbox.ok(["send", "github", "push", "--secret", "theirs", "--to", &listener.url("/webhooks/github")]);
    assert_eq!(listener.delivery()["verdict"], "no-secret");
    let mut receiver = Receiver::answering([200]);
    sandbox.ok(["replay", "--to", &receiver.url("")]);
    let kept = receiver.next();
    sandbox.ok(["replay", "--secret", "ours", "--to", &receiver.url("")]);
    let fresh = receiver.next();
    let shown = sandbox.ok(["events", "show", "latest", "--http"]).stdout();
    let signature = kept.header("X-Hub-Signature-256").expect("a signature");
    assert!(shown.contains(signature), "{shown}");
    assert_ne!(fresh.header("X-Hub-Signature-256"), Some(signature));
    // Of no provider: nobody can sign it, and it is sent as it is.
    deliver(&mut listener, b"POST /nobody HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}");
    let refused = sandbox.hookctl(["replay", "--sign", "fresh", "--to", &receiver.url("")]).run();
    refused.refuses(2, "no provider was recognised", "--sign keep");
    sandbox.hookctl(["replay", "--new-ids", "--to", &receiver.url("")]).run().refuses(2, "no event id", "--new-ids");
    sandbox.ok(["replay", "--to", &receiver.url("")]);
    assert_eq!(receiver.next().body, b"{}");
}

#[test]
fn nothing_leaves_this_machine_without_leave() {
    let sandbox = with_captures();
    let before = sandbox.ok(["events", "list", "--sent", "--json"]).objects().len();
    for url in ["http://192.0.2.1/", "http://0.0.0.0:4400", "http://[2001:db8::1]/", "http://nowhere.invalid/"] {
        sandbox.hookctl(["replay", "--to", url]).run().refuses(2, "on this machine", "--allow-remote");
    }
    // A project's file may not send elsewhere, and what was sent elsewhere before does not go there by itself.
    sandbox.configure("[send]\nto = \"http://192.0.2.1/\"\n");
    sandbox.hookctl(["replay"]).run().refuses(2, "192.0.2.1 is not on this machine", "--allow-remote");
    let sent = sandbox.ok(["events", "list", "--sent", "--json"]).objects().len();
    assert_eq!(sent, before, "nothing was recorded as sent");
    // Several to elsewhere, where nobody can be asked.
    sandbox.hookctl(["replay", "2", "4", "--allow-remote", "--to", "http://192.0.2.1/"]).run().refuses(
        2,
        "2 deliveries would be sent to 192.0.2.1",
        "--yes",
    );
}

#[test]
fn answers_are_compared_with_the_recorded_ones() {
    let sandbox = with_captures();
    let answer = |status, value: &str, body: &str| {
        Answer::Full(status, vec![("X-App", value.to_owned())], body.as_bytes().to_vec())
    };
    let mut receiver = Receiver::scripted(vec![
        answer(200, "a", r#"{"n":1,"ok":true}"#),
        answer(200, "b", r#"{"ok":true,"n":2}"#),
        answer(200, "a", r#"{"ok":true, "n":1}"#),
        answer(500, "a", ""),
    ]);
    // Captures know the status that was answered; what was sent knows the whole answer.
    let url = receiver.url("");
    let ran = sandbox.ok(["replay", "2", "--to", &url, "--compare", "--json"]);
    let compared = &ran.of_kind("comparison")[0];
    assert_eq!((&compared["changed"], &compared["differences"]), (&json!(false), &json!([])));
    let number = sandbox.ok(["events", "list", "--sent", "--limit", "1", "--json"]).object()["number"].to_string();
    let ran = sandbox.ok(["replay", &number, "--compare", "--json"]);
    let compared = &ran.of_kind("comparison")[0];
    let paths: Vec<&str> =
        compared["differences"].as_array().expect("a list").iter().filter_map(|one| one["path"].as_str()).collect();
    assert_eq!(paths, ["X-App", "n"]);
    assert_eq!(ran.of_kind("summary")[0]["compared"]["different"], 1);
    let human = sandbox.ok(["replay", &number, "--compare"]);
    assert!(human.stdout().contains("answered as before"), "{human}");
    let changed = sandbox.hookctl(["replay", &number, "--compare"]).run().exits(1);
    assert!(changed.stdout().contains("status: 200 → 500"), "{changed}");
    sandbox.ok(["replay", &number, "--compare", "--ignore", "status", "--ignore", "header:*", "--ignore", "body"]);
    receiver.next();
}

#[test]
fn files_of_every_form_are_replayed() {
    let sandbox = with_captures();
    let mut receiver = Receiver::answering([200]);
    let url = receiver.url("/hook");
    let har = json!({"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": [
        {"startedDateTime": "2026-01-01T00:00:00Z", "time": 3, "request": {"method": "POST", "url": "https://far.example/a?b=1",
         "headers": [{"name": "X-One", "value": "1"}], "postData": {"mimeType": "text/plain", "text": "first"}},
         "response": {"status": 201, "headers": [], "content": {"text": "made"}}},
        {"startedDateTime": "2026-01-01T00:01:00Z", "request": {"method": "POST", "url": "https://far.example/a",
         "headers": [], "postData": {"mimeType": "text/plain", "text": "second"}}}]}});
    sandbox.write("a.har", har.to_string());
    sandbox.write("c.sh", "curl https://far.example/x -H 'X-Two: 2' -d body\n");
    sandbox.write("r.http", "POST /raw HTTP/1.1\nHost: far.example\nX-Three: 3\n\nraw");
    sandbox.write("b.ndjson", "{\"action\":\"opened\"}\n{\"action\":\"closed\"}\n");
    let mut bodies = |args: &[&str]| {
        sandbox.ok(["replay", "--to", &url].iter().chain(args));
        receiver.all()
    };
    let got = bodies(&["--from", "a.har", "--speed", "1000000x", "--concurrency", "1"]);
    assert_eq!((got[0].text().as_str(), got[0].header("x-one"), got.len()), ("first", Some("1"), 2));
    assert_eq!(got[0].target, "/hook?b=1");
    assert_eq!(bodies(&["--from", "c.sh"])[0].header("X-Two"), Some("2"));
    assert_eq!(bodies(&["--from", "r.http"])[0].text(), "raw");
    let got = bodies(&["--from", "b.ndjson", "--provider", "github", "--order", "reversed"]);
    assert_eq!(got[0].text(), r#"{"action":"closed"}"#);
    assert!(got[0].header("X-Hub-Signature-256").is_some(), "bodies are signed");
    sandbox.ok(["events", "export", "-o", "e.ndjson"]);
    assert_eq!(bodies(&["--from", "e.ndjson", "--event", "charge.*"])[0].json()["type"], "charge.refunded");
    let export = std::fs::read(sandbox.path("e.ndjson")).expect("an export");
    sandbox.hookctl(["replay", "--from", "-", "--limit", "1", "--to", &url]).stdin(export).run().exits(0);
    assert_eq!(types(&mut receiver), ["push"]);
    // The recorded answer of an archive is compared with, too.
    let changed = sandbox.hookctl(["replay", "--from", "a.har", "--limit", "2", "--compare", "--json", "--to", &url]);
    let changed = changed.run().exits(1);
    assert_eq!(changed.of_kind("summary")[0]["compared"], json!({"same":0,"changed":1,"different":0,"not_compared":1}));
    receiver.all();
}

#[test]
fn a_broken_file_sends_nothing() {
    let empty = Sandbox::new();
    let missing = ["replay", "--from", "missing.ndjson", "--to", "http://127.0.0.1:1/"];
    empty.hookctl(missing).run().refuses(2, "cannot read missing.ndjson", "it was looked for in ");
    empty.write("mising.ndjson", "");
    empty.hookctl(missing).run().refuses(2, "cannot read missing.ndjson", "did you mean 'mising.ndjson'?");
    let sandbox = with_captures();
    sandbox.ok(["events", "export", "-o", "good.ndjson"]);
    let good = std::fs::read_to_string(sandbox.path("good.ndjson")).expect("an export");
    let receiver = Receiver::answering([200]);
    let url = receiver.url("");
    for (name, content, error) in [
        (
            "broken.ndjson",
            good.replacen("\"method\":\"POST\",\"target\"", "\"method\":\"P T\",\"target\"", 2),
            "line 1",
        ),
        ("cut.ndjson", good[..good.len() - 9].to_owned(), "line 3"),
        ("split.ndjson", good.replacen("\"User-Agent\"", "\"X\\r\\nY: z\"", 1), "line 1"),
        ("empty.har", r#"{"log":{"entries":[]}}"#.to_owned(), "log.entries"),
        ("deep.json", "[".repeat(100_000), "deep.json"),
        ("none", String::new(), "empty"),
    ] {
        sandbox.write(name, content);
        sandbox.hookctl(["replay", "--from", name, "--to", &url]).run().refuses(2, error, "");
    }
    sandbox.hookctl(["replay", "--from", "missing", "--to", &url]).run().refuses(2, "no such file", "");
    sandbox.write("times", "POST / HTTP/1.1\nHost: h\n\nx");
    sandbox.hookctl(["replay", "--from", "times", "--speed", "1x", "--to", &url]).run().refuses(
        2,
        "no gaps to keep",
        "--speed",
    );
    receiver.was_left_alone();
}

#[test]
fn a_dead_letter_is_tried_further_and_dead_no_more_once_accepted() {
    let sandbox = Sandbox::new();
    let nobody = Nobody::new();
    sandbox.hookctl(["send", "stripe", "customer.created", "--to", &nobody.url("/x")]).run().exits(3);
    let dead = || sandbox.ok(["events", "list", "--dead", "--json"]).objects();
    assert_eq!(dead().len(), 1);
    let mut receiver = Receiver::answering([503, 200]);
    let again = sandbox.hookctl(["replay", "--dead", "--to", &receiver.url("/y"), "--json"]).run().exits(1);
    let attempt = &again.of_kind("attempt")[0];
    assert_eq!((&attempt["attempt"], &attempt["delivery_id"]), (&json!(2), &dead()[0]["id"]));
    assert_eq!(dead().len(), 1, "a further attempt makes no further dead letter");
    let accepted = sandbox.ok(["replay", "--dead", "--to", &receiver.url("/y"), "--json"]);
    assert_eq!(accepted.of_kind("attempt")[0]["attempt"], 3);
    assert_eq!(dead().len(), 0);
    assert_eq!(sandbox.ok(["events", "list", "--sent", "--json"]).objects().len(), 1);
    sandbox.hookctl(["replay", "--dead"]).run().refuses(2, "nothing recorded that fits", "events list");
    assert_eq!(receiver.all().len(), 2);
}

#[test]
fn a_replay_is_tried_again_with_a_signature_of_its_own_and_no_header_more() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen::<_, &str>([]);
    sandbox.ok(["send", "stripe", "customer.created", "--to", &listener.url("/webhooks/stripe")]);
    listener.delivery();
    let mut receiver = Receiver::answering([500, 503, 200]);
    let args = ["replay", "--to", &receiver.url(""), "--retry", "fixed 10s max=3", "--time-scale", "max", "--json"];
    let ran = sandbox.ok(args);
    let attempts = ran.of_kind("attempt");
    let numbers: Vec<_> = attempts.iter().map(|attempt| attempt["attempt"].clone()).collect();
    assert_eq!(numbers, [1, 2, 3]);
    assert_eq!(ran.of_kind("summary")[0]["accepted"], 1);
    let got = receiver.all();
    let names = |at: usize| got[at].headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!((names(1), names(2)), (names(0), names(0)));
    assert_eq!((&got[1].body, &got[2].body), (&got[0].body, &got[0].body));
}
