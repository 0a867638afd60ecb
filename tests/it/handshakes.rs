//! Registration: `listen` answers as providers expect, `send --handshake` asks as they do and judges the answer.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use hookctl::model::Headers;
use hookctl::provider::Catalog;
use hookctl::provider::check::HandshakeVector;

use crate::support::{Answer, Nobody, Receiver, Sandbox, Wire};

/// The handshakes whose answers are known, by provider.
fn vectors() -> BTreeMap<String, Vec<HandshakeVector>> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut found = BTreeMap::new();
    for name in Catalog::default().names() {
        let Ok(text) = fs::read_to_string(fixtures.join(&name).join("vectors/handshakes.jsonl")) else { continue };
        let lines = text.lines().map(|line| serde_json::from_str(line).expect("a vector"));
        found.insert(name, lines.collect());
    }
    found
}

#[test]
fn listen_answers_every_handshake_whose_answer_is_known() {
    let vectors = vectors();
    assert!(vectors.len() >= 14, "{:?}", vectors.keys());
    for (provider, vectors) in vectors {
        for known in vectors {
            let sandbox = Sandbox::new();
            // They were signed when they were written down.
            sandbox.configure("[verify]\ntolerance = \"off\"\n");
            let secrets: Vec<String> = known.vector.secrets().iter().map(|s| s.secret.expose().to_owned()).collect();
            let flags = secrets.iter().flat_map(|secret| ["--secret".to_owned(), secret.clone()]);
            let mut listener = sandbox.listen(["--provider".to_owned(), provider.clone()].into_iter().chain(flags));
            let request = known.vector.request();
            let mut head = format!("{} {} HTTP/1.1\r\nHost: test\r\n", request.method, request.target);
            for header in &request.headers {
                let _ = write!(head, "{}: {}\r\n", header.name(), header.lossy());
            }
            let _ = write!(head, "Content-Length: {}\r\n\r\n", request.body.len());
            let mut wire = Wire::to(listener.socket());
            let answer = wire.send([head.as_bytes(), &request.body].concat()).reply().expect("an answer");
            let headers: Headers = answer
                .head
                .lines()
                .skip(1)
                .filter_map(|line| line.split_once(": ").map(|(n, v)| (n.to_owned(), v.to_owned())))
                .collect();
            known.judge_answer(answer.status, &headers, &answer.body).unwrap_or_else(|error| panic!("{error}"));
            let delivery = listener.delivery();
            assert_eq!((&delivery["provider"], &delivery["status"]), (&provider.clone().into(), &answer.status.into()));
            assert!(delivery["event_type"].is_string(), "{provider}: {delivery}");
        }
    }
}

#[test]
fn what_send_plays_listen_answers() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen::<_, &str>([]);
    let catalog = Catalog::default();
    let mut played = 0;
    for provider in catalog.all().expect("sound providers") {
        let handshakes = &provider.definition.handshake;
        if handshakes.is_empty() {
            continue;
        }
        let to = listener.url(&format!("/webhooks/{}", provider.name));
        let ran = sandbox.ok(["send", &provider.name, "--handshake", "--to", &to, "--json"]);
        let objects = ran.of_kind("handshake");
        assert_eq!(objects.len(), handshakes.len(), "{}", provider.name);
        for object in objects {
            played += 1;
            assert_eq!((&object["ok"], &object["problem"]), (&true.into(), &serde_json::Value::Null), "{object}");
            let delivery = listener.delivery();
            assert_eq!((&delivery["provider"], &delivery["status"]), (&object["provider"], &object["status"]));
        }
    }
    assert!(played >= 25, "{played} handshakes");
}

#[test]
fn an_answer_that_is_not_right_is_told_and_recorded() {
    let sandbox = Sandbox::new();
    let text = |status, body: &str| Answer::Full(status, Vec::new(), body.as_bytes().to_vec());
    let mut app = Receiver::scripted(vec![Answer::Status(200), text(500, "x"), text(200, "wrong")]);
    let to = app.url("/slack");
    let play = || sandbox.hookctl(["send", "slack", "url_verification", "--handshake", "--to", &to, "--json"]).run();
    for (status, problem) in
        [(200, "the body is ''"), (500, "the status is 500, and 200 is right"), (200, "the body is 'wrong'")]
    {
        let object = play().exits(1).of_kind("handshake").pop().expect("a handshake");
        assert_eq!((&object["ok"], &object["status"]), (&false.into(), &status.into()));
        assert!(object["problem"].as_str().expect("a problem").starts_with(problem), "{object}");
    }
    let request = app.next();
    assert_eq!(request.json()["type"], "url_verification");
    assert!(request.header("x-slack-signature").is_some());
    let sent = sandbox.ok(["events", "list", "--sent", "--json"]);
    assert_eq!(sent.objects().len(), 3);
    app.all();
}

#[test]
fn a_header_that_must_come_back_is_missed() {
    let sandbox = Sandbox::new();
    let mut app = Receiver::answering([200]);
    let ran = sandbox.hookctl(["send", "asana", "--handshake", "--to", &app.url("/asana")]).run().exits(1);
    assert!(ran.stdout().contains("the header X-Hook-Secret is missing"), "{}", ran.stdout());
    app.next();
    let nobody = Nobody::new();
    sandbox.hookctl(["send", "asana", "--handshake", "--to", &nobody.url("/")]).run().exits(3);
}

#[test]
fn handshakes_that_do_not_exist_are_told_with_those_that_do() {
    let sandbox = Sandbox::new();
    sandbox.hookctl(["send", "stripe", "--handshake"]).run().refuses(
        2,
        "Stripe has no registration handshake that hookctl knows",
        "",
    );
    sandbox.hookctl(["send", "slack", "nope", "--handshake"]).run().refuses(
        2,
        "Slack has no handshake 'nope'",
        "it has url_verification and ssl_check",
    );
    sandbox.hookctl(["send", "--handshake"]).run().refuses(2, "--handshake needs a provider", "");
    let dry = sandbox.ok(["send", "meta", "--handshake", "--dry-run", "--secret", "a b&c"]);
    assert!(dry.stdout().contains("hub.verify_token=a+b%26c"), "{}", dry.stdout());
}

#[test]
fn what_only_hookctl_can_answer_is_not_forwarded_and_a_plain_status_is_the_apps() {
    let sandbox = Sandbox::new();
    let mut app = Receiver::answering([204]);
    let mut listener = sandbox.listen(["--forward-to", &app.url("/hook")]);
    let to = listener.url("/webhooks/slack");
    sandbox.ok(["send", "slack", "url_verification", "--handshake", "--to", &to]);
    assert_eq!(listener.delivery()["status"], 200);
    let to = listener.url("/webhooks/google-push");
    sandbox.ok(["send", "google-push", "sync", "--handshake", "--to", &to]);
    assert_eq!(listener.delivery()["status"], 204);
    assert_eq!(app.next().header("x-goog-resource-state"), Some("sync"));
}

#[test]
fn a_handshake_with_a_wrong_signature_or_token_is_refused() {
    for (provider, id, status) in
        [("twitch", "webhook_callback_verification", 403), ("meta", "verification", 403), ("fitbit", "verify", 404)]
    {
        let sandbox = Sandbox::new();
        let mut listener = sandbox.listen(["--provider", provider, "--secret", "the right one"]);
        let to = listener.url("/");
        let play = |secret: &str| {
            sandbox.hookctl(["send", provider, id, "--handshake", "--to", &to, "--secret", secret, "--json"]).run()
        };
        let ran = play("not the one").exits(1);
        assert_eq!(ran.of_kind("handshake")[0]["status"], status, "{provider}");
        assert_eq!(listener.delivery()["status"], status, "{provider}");
        play("the right one").exits(0);
    }
}
