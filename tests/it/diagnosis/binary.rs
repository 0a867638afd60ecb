//! The same through the binary: what people see, what programs read, and every form in which a request may be had.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::support::{Ran, Sandbox, Terminal};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn verify(sandbox: &Sandbox, args: &[&str]) -> Ran {
    sandbox.hookctl(["verify"].iter().chain(args)).run()
}

/// A request as an object: `method`, `url`, `headers` (pairs), `body`.
fn signed(sandbox: &Sandbox, provider: &str, event: &str) -> Value {
    let line = ["send", provider, event, "--dry-run", "--format", "json", "--secret", SECRET];
    sandbox.ok(line.iter().chain(&["--to", "https://a.example/hook?x=1"])).object()
}

fn pairs(request: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let pairs = request["headers"].as_array().expect("pairs").iter();
    pairs.map(|pair| (text(&pair[0]), text(&pair[1]))).collect()
}

fn raw(headers: &[(String, String)], body: &str) -> String {
    let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("POST /hook?x=1 HTTP/1.1\r\n{lines}\r\n{body}")
}

#[test]
fn listen_tells_senders_which_mistake_they_make() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--secret", SECRET]);
    let to = listener.url("/webhooks/stripe");
    let send = |more: &[&str]| {
        let line = ["send", "stripe", "charge.succeeded", "--to", &to, "--store", ":memory:"];
        sandbox.hookctl(line.iter().chain(more)).run()
    };
    send(&["--secret", &format!("\"{SECRET}\"")]).exits(0);
    let id = listener.delivery()["id"].clone();
    let told = listener.diagnosis();
    assert_eq!((&told["delivery_id"], &told["number"], &told["provider"]), (&id, &json!(1), &json!("stripe")));
    assert_eq!((&told["verdict"], &told["reason"]), (&json!("invalid"), &json!("signature-mismatch")));
    assert_eq!(told["diagnosis"][0]["cause"], "secret-quoted", "{told}");
    assert!(told["diagnosis"][0]["fix"].as_str().is_some_and(|fix| fix.starts_with("Remove the quotes")), "{told}");
    // A right one needs no explanation, one without a signature has a short one, and what nobody can explain is said to be so.
    send(&["--secret", SECRET]).exits(0);
    send(&["--secret", SECRET, "--tamper", "header"]).exits(0);
    let told = listener.diagnosis();
    assert_eq!((&told["number"], &told["diagnosis"][0]["cause"]), (&json!(3), &json!("header-missing")), "{told}");
    send(&["--secret", "whsec_of_somebody_else"]).exits(0);
    let told = listener.diagnosis();
    assert_eq!((&told["number"], &told["diagnosis"][0]["cause"]), (&json!(4), &json!("no-match")), "{told}");
    assert_eq!(listener.stop().exits(130).of_kind("diagnosis").len(), 0);
}

#[test]
fn listen_explains_the_last_delivery_before_it_ends() {
    let sandbox = Sandbox::new();
    let listener = sandbox.listen(["--secret", SECRET, "--exit-after", "1"]);
    let to = listener.url("/webhooks/github");
    let line = ["send", "github", "push", "--to", &to, "--store", ":memory:", "--secret"];
    sandbox.hookctl(line.iter().copied().chain([format!("'{SECRET}'").as_str()])).run().exits(0);
    let told = listener.wait().exits(0).of_kind("diagnosis");
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["diagnosis"][0]["cause"], "secret-quoted", "{}", told[0]);
    // Who is refused is told why, too.
    let mut listener = sandbox.listen(["--secret", SECRET, "--require-signature"]);
    let to = listener.url("/webhooks/github");
    let line =
        ["send", "github", "push", "--to", &to, "--store", ":memory:", "--secret", "whsec_other", "--expect", "401"];
    sandbox.ok(line);
    assert_eq!(listener.diagnosis()["diagnosis"][0]["cause"], "no-match");
    listener.stop().exits(130);
    // Of what was too large only the head is kept: that it is not signed rightly would be no mistake of the sender's.
    let mut listener = sandbox.listen(["--secret", SECRET, "--max-body", "10"]);
    let to = listener.url("/webhooks/github");
    let line = ["send", "github", "push", "--to", &to, "--store", ":memory:", "--secret", SECRET, "--expect", "413"];
    sandbox.ok(line);
    assert_eq!(listener.delivery()["status"], 413);
    assert!(listener.stop().exits(130).of_kind("diagnosis").is_empty());
}

#[test]
fn a_lesson_says_what_happened_how_that_is_known_and_what_to_do() {
    let sandbox = Sandbox::new();
    let request = signed(&sandbox, "github", "push");
    let document: Value = serde_json::from_str(request["body"].as_str().expect("text")).expect("JSON");
    let python = document.to_string().replace("\":", "\": ").replace(",\"", ", \"");
    sandbox.write("a.http", raw(&pairs(&request), &python));
    let ran = verify(&sandbox, &["a.http", "--secret", SECRET]).exits(1);
    let text = ran.stdout();
    for words in [
        "✗ signature   expected ",
        "why: body-reserialized  the signed JSON is ",
        "\n  signed    {\"ref\":",
        "\n  captured  {\"ref\": ",
        "^ byte 7\n",
        "\n  proof  HMAC-SHA256 of {body} (",
        "\n  fix    Verify the raw bytes",
        "\n    express  app.post(",
        "--verbose shows it for 15 more",
    ] {
        assert!(text.contains(words), "'{words}' in {ran}");
    }
    assert!(text.lines().count() <= 24, "it fits a screen: {ran}");
    let verbose = verify(&sandbox, &["a.http", "--secret", SECRET, "-v"]).exits(1);
    assert!(verbose.stdout().contains("Flask") && verbose.stdout().contains("signatures were recomputed"), "{verbose}");
    let told = verify(&sandbox, &["a.http", "--secret", SECRET, "--json"]).exits(1).object();
    let cause = &told["diagnosis"][0];
    assert_eq!((&cause["cause"], &cause["with"]), (&json!("body-reserialized"), &json!([])));
    assert!(cause["code"].as_array().is_some_and(|code| code.len() > 15), "{cause}");
    for field in ["detail", "explanation", "proof", "fix"] {
        assert!(cause[field].as_str().is_some_and(|text| text.len() > 10), "{field}: {cause}");
    }
}

#[test]
fn a_request_may_come_from_a_log_a_browser_a_server_or_a_cloud() {
    let sandbox = Sandbox::new();
    let request = signed(&sandbox, "github", "star.created");
    let (headers, body) = (pairs(&request), request["body"].as_str().expect("text"));
    let lines = |mark: &str| headers.iter().map(|(name, value)| format!("{mark}{name}: {value}\n")).collect::<String>();
    let shouted: Vec<(String, String)> =
        headers.iter().map(|(name, value)| (name.to_uppercase(), value.clone())).collect();
    let lower: Map<String, Value> = headers.iter().map(|(name, value)| (name.to_lowercase(), json!(value))).collect();
    let variable = |name: &str| format!("HTTP_{}", name.to_uppercase().replace('-', "_"));
    let cgi: String = headers.iter().map(|(name, value)| format!("{}={value}\n", variable(name))).collect();
    let meta: Map<String, Value> = headers.iter().map(|(name, value)| (variable(name), json!(value))).collect();
    let quoted = |text: &str| text.replace('\'', "'\\''");
    let flags: String =
        headers.iter().map(|(name, value)| format!(" \\\n  -H '{}: {}'", name, quoted(value))).collect();
    let caret = |text: &str| text.replace('"', "^\\^\"").replace('%', "^%");
    let cmd: String =
        headers.iter().map(|(name, value)| format!(" ^\n  -H ^\"{}: {}^\"", name, caret(value))).collect();
    for (name, content) in [
        ("raw HTTP, shouted", raw(&shouted, body)),
        ("header lines of a log", format!("{}\n{body}", lines(""))),
        ("what curl -v prints", format!("> POST /hook HTTP/1.1\n{}> \n{body}", lines("> "))),
        ("a handler's log", json!({"level": "info", "headers": lower, "body": body}).to_string()),
        ("a handler's log of variables", json!({"method": "POST", "path": "/hook", "headers": meta, "rawBody": body}).to_string()),
        ("CGI variables", format!("REQUEST_METHOD=POST\nREQUEST_URI=/hook\n{cgi}\n{body}")),
        ("copy as curl (bash)", format!("curl 'https://a.example/hook'{flags} \\\n  --data-raw '{}'", quoted(body))),
        ("copy as curl (cmd)", format!("curl ^\"https://a.example/hook^\"{cmd} ^\n  --data-raw ^\"{}^\"", caret(body))),
        (
            "API Gateway, REST",
            json!({"httpMethod": "POST", "path": "/hook", "headers": lower, "body": body, "isBase64Encoded": false,
                "requestContext": {"path": "/prod/hook"}})
            .to_string(),
        ),
        (
            "API Gateway, HTTP",
            json!({"version": "2.0", "rawPath": "/hook", "rawQueryString": "", "headers": lower, "isBase64Encoded": true,
                "body": STANDARD.encode(body), "requestContext": {"http": {"method": "POST", "path": "/hook"}}})
            .to_string(),
        ),
        (
            "a load balancer",
            json!({"requestContext": {"elb": {"targetGroupArn": "arn:aws:x"}}, "httpMethod": "POST", "path": "/hook",
                "queryStringParameters": {}, "headers": lower, "body": STANDARD.encode(body), "isBase64Encoded": true})
            .to_string(),
        ),
    ] {
        sandbox.write("request", &content);
        let ran = verify(&sandbox, &["request", "--json", "--secret", SECRET]);
        assert_eq!(ran.code(), Some(0), "{name}: {ran}\n{content}");
        assert_eq!(ran.object()["provider"], "github", "{name}");
    }
    // A body that was logged as what it was parsed to is not the one that came, and that can be told.
    let document: Value = serde_json::from_str(body).expect("JSON");
    sandbox
        .write("log.json", serde_json::to_string_pretty(&json!({"headers": lower, "body": document})).expect("JSON"));
    let ran = verify(&sandbox, &["log.json", "--secret", SECRET]).exits(1);
    assert!(
        ran.stdout().contains("body-reserialized") && ran.stdout().contains("recorded as JSON, not as text"),
        "{ran}"
    );
}

#[test]
fn what_is_missing_is_named_with_what_comes_near() {
    let sandbox = Sandbox::new();
    let request = signed(&sandbox, "github", "star.created");
    let (headers, body) = (pairs(&request), request["body"].as_str().expect("text"));
    let renamed = |to: &str| {
        let newer = headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("x-hub-signature"));
        let renamed = newer.map(|(name, value)| {
            let is_it = name.eq_ignore_ascii_case("x-hub-signature-256");
            (if is_it { to.to_owned() } else { name.clone() }, value.clone())
        });
        raw(&renamed.collect::<Vec<_>>(), body)
    };
    for near in [
        "HTTP_X_HUB_SIGNATURE_256",
        "X_Hub_Signature_256",
        "X-Hub-Signature-Sha-256",
        "X-Forwarded-X-Hub-Signature-256",
    ] {
        sandbox.write("a.http", renamed(near));
        let ran = verify(&sandbox, &["a.http", "--provider", "github", "--secret", SECRET]).exits(1);
        assert!(ran.stdout().starts_with("unsigned  github"), "{near}: {ran}");
        assert!(ran.stdout().contains("header-missing") && ran.stdout().contains(near), "{near}: {ran}");
    }
    // No body.
    sandbox.write("a.http", raw(&headers, ""));
    let ran = verify(&sandbox, &["a.http", "--json", "--secret", SECRET]).exits(1).object();
    assert!(ran["diagnosis"].as_array().is_some_and(|found| found.len() == 1), "{ran}");
    assert_eq!(ran["diagnosis"][0]["cause"], "body-empty", "{ran}");
    let length = ("Content-Length".to_owned(), body.len().to_string());
    sandbox.write("a.http", raw(&[&headers[..], &[length]].concat(), ""));
    let ran = verify(&sandbox, &["a.http", "--json", "--secret", SECRET]).exits(1).object();
    assert_eq!(ran["diagnosis"][0]["cause"], "body-truncated", "{ran}");
    // No provider: what was tried.
    sandbox.write("a.http", "POST /in HTTP/1.1\r\nHost: a\r\nX-Signature-Of-Nobody: 1\r\n\r\n{}");
    let ran = verify(&sandbox, &["a.http"]).exits(2);
    for words in ["unknown-provider", "neither the path /in nor Host, X-Signature-Of-Nobody", "providers'"] {
        assert!(ran.stdout().contains(words), "{words}: {ran}");
    }
    assert!(ran.stderr().contains("--provider"), "{ran}");
}

#[test]
fn an_address_that_is_signed_is_asked_for() {
    let sandbox = Sandbox::new();
    let line = ["send", "square", "payment.created", "--dry-run", "--format", "http", "--secret", SECRET];
    let request = sandbox.ok(line.iter().chain(&["--to", "https://a.example/hook"])).stdout();
    let without_host: String = request.replacen("Host: a.example\r\n", "", 1);
    sandbox.write("a.http", without_host);
    let ran = verify(&sandbox, &["a.http", "--secret", SECRET]).exits(1);
    assert!(ran.stdout().contains("url-missing"), "{ran}");
    assert!(ran.stderr().contains("square signs the address: give it with --url"), "{ran}");
    verify(&sandbox, &["a.http", "--secret", SECRET, "--url", "https://a.example/hook"]).exits(0);
    let ran = verify(&sandbox, &["a.http", "--secret", SECRET, "--url", "http://a.example/hook/", "--json"]).exits(1);
    let causes: Vec<Value> =
        ran.object()["diagnosis"].as_array().expect("a list").iter().map(|one| one["cause"].clone()).collect();
    assert_eq!(causes, ["url-scheme", "url-path"]);
    // The request's own headers may tell, and that is proved.
    sandbox.write("a.http", request.replacen("Host: a.example", "Host: a.example\r\nX-Forwarded-Proto: https", 1));
    let told = verify(&sandbox, &["a.http", "--secret", SECRET, "--json"]).exits(1).object();
    assert_eq!(
        (&told["reason"], &told["diagnosis"][0]["cause"]),
        (&json!("url-missing"), &json!("url-host")),
        "{told}"
    );
    assert!(
        told["diagnosis"][0]["detail"].as_str().is_some_and(|text| text.contains("https://a.example/hook")),
        "{told}"
    );
}

#[test]
fn many_captures_end_with_a_count_by_cause() {
    let sandbox = Sandbox::new();
    let request = signed(&sandbox, "github", "star.created");
    let line = |ending: &str| {
        let mut capture = request.clone();
        capture["kind"] = json!("capture");
        capture["body"] = json!(format!("{}{ending}", request["body"].as_str().expect("text")));
        format!("{capture}\n")
    };
    sandbox.write("all.jsonl", ["", "\n", "\n", "x"].map(line).concat());
    let ran = verify(&sandbox, &["all.jsonl", "--secret", SECRET, "--json"]).exits(1);
    let summary = ran.of_kind("summary").remove(0);
    let causes = json!({"body-newline-added": 2, "no-match": 1});
    assert_eq!(summary, json!({"kind": "summary", "valid": 1, "invalid": 3, "unjudged": 0, "causes": causes}));
}

#[test]
fn a_valid_one_shows_the_steps_that_make_it_so() {
    let sandbox = Sandbox::new();
    sandbox.write("a.json", signed(&sandbox, "github", "star.created").to_string());
    let ran = verify(&sandbox, &["a.json", "--secret", SECRET, "--explain"]).exits(0);
    for words in ["1. Take the signature from X-Hub-Signature-256.", "Compute HMAC-SHA256", "openssl dgst -sha256"] {
        assert!(ran.stdout().contains(words), "{ran}");
    }
    let steps = verify(&sandbox, &["a.json", "--secret", SECRET, "--explain", "--json"]).exits(0).object();
    assert!(steps["steps"].as_array().is_some_and(|steps| steps.len() >= 4), "{steps}");
}

#[test]
fn where_the_signature_is_right_and_a_header_is_missing_nothing_else_is_blamed() {
    let sandbox = Sandbox::new();
    let request = signed(&sandbox, "shopify", "orders/paid");
    let (mut headers, body) = (pairs(&request), request["body"].as_str().expect("text"));
    headers.retain(|(name, _)| !name.eq_ignore_ascii_case("x-shopify-shop-domain"));
    sandbox.write("a.http", raw(&headers, body));
    let ran = verify(&sandbox, &["a.http", "--json", "--provider", "shopify", "--secret", SECRET]).exits(1).object();
    let causes: Vec<&Value> = ran["diagnosis"].as_array().expect("a list").iter().map(|one| &one["cause"]).collect();
    assert_eq!(causes, ["header-missing"], "{ran}");
}

#[test]
fn a_lesson_fits_a_window_and_its_mark_stays_below_the_byte() {
    let sandbox = Sandbox::new();
    let request = signed(&sandbox, "stripe", "payment_intent.succeeded");
    let document: Value = serde_json::from_str(request["body"].as_str().expect("text")).expect("JSON");
    sandbox.write("a.http", raw(&pairs(&request), &document.to_string()));
    let mut terminal = Terminal::start(sandbox.hookctl(["verify", "a.http", "--secret", SECRET]), 40, 80);
    let rows = terminal.ends(1);
    assert!(rows.len() <= 24, "it fits a screen: {rows:#?}");
    let at = rows.iter().position(|row| row.contains("^ byte 1")).expect("a mark");
    let column = rows[at].find('^').expect("a mark");
    assert!(rows[at - 2].starts_with("  signed    {\\n") && rows[at - 1].starts_with("  captured  {\""), "{rows:#?}");
    assert_eq!((&rows[at - 2][column..=column], &rows[at - 1][column..=column]), ("\\", "\""));
    // Code is not broken, and words are not either.
    let code = rows.iter().position(|row| row.contains("express  app.post(")).expect("code");
    assert!(rows[code].ends_with("handler)") && rows[code + 1].ends_with("             // req.body"), "{rows:#?}");
    assert!(rows.iter().any(|row| row == "  else is signed"), "{rows:#?}");
}
