//! What `listen` shows of which deliveries.

use serde_json::{Value, json};

use crate::support::{Sandbox, Terminal, Wire, announced};

#[test]
fn headers_and_bodies_are_shown_when_asked_for_and_credentials_are_not() {
    let sandbox = Sandbox::new();
    let headers = ["Content-Type: application/json", "Authorization: Bearer sk_live_123", "X-Two: a"];
    for (show, with_headers, with_body) in [("headers", true, false), ("body", false, true), ("all", true, true)] {
        let mut listener = sandbox.listen(["--show", show]);
        Wire::to(listener.socket()).post("/nobody", &headers, b"{\"a\":1}").reply().expect("an answer");
        let delivery = listener.delivery();
        assert_eq!(delivery.get("body"), with_body.then(|| Value::from("{\"a\":1}")).as_ref(), "{show}");
        let shown = delivery.get("headers").map(|headers| headers[2].clone());
        assert_eq!(shown.is_some(), with_headers, "{show}");
        if let Some(shown) = shown {
            assert_eq!(shown[0], "Authorization");
            assert!(!shown.to_string().contains("sk_live_123"), "{shown}");
        }
    }
    let mut listener = sandbox.listen(["--show", "headers", "--show-secrets"]);
    Wire::to(listener.socket()).post("/nobody", &headers, b"").reply().expect("an answer");
    assert_eq!(listener.delivery()["headers"][2], json!(["Authorization", "Bearer sk_live_123"]));
}

#[test]
fn only_what_is_chosen_is_shown_and_all_is_recorded() {
    let sandbox = Sandbox::new();
    let mut listener =
        sandbox.listen(["--event", "customer.*", "--filter", ".body.data.object.email | endswith(\"b.example\")"]);
    let url = listener.url("/webhooks/stripe");
    for (event, email) in
        [("customer.created", "x@a.example"), ("charge.refunded", "x@b.example"), ("customer.created", "x@b.example")]
    {
        sandbox.ok(["send", "stripe", event, "--to", &url, "--set", &format!("data.object.email={email}")]);
    }
    // The filter fails on what has no such field, which is then not shown, and that is said.
    Wire::to(listener.socket())
        .post("/webhooks/stripe", &[], b"{\"type\":\"customer.created\"}")
        .reply()
        .expect("an answer");
    let shown = listener.delivery();
    assert_eq!(shown["number"], 3 * 2, "the sent ones have numbers, too");
    let ended = listener.stop().exits(130);
    assert!(ended.of_kind("delivery").is_empty(), "{ended}");
    assert!(ended.stderr().contains("--filter fails on #7: "), "{ended}");
    assert_eq!(ended.of_kind("stopped")[0]["deliveries"], 4);
    let wrong = sandbox.hookctl(["listen", "--filter", ".body.("]).run();
    assert!(wrong.exits(2).stderr().starts_with("error: "));
}

#[test]
fn json_is_laid_out_for_people_and_nothing_in_it_is_obeyed() {
    let sandbox = Sandbox::new();
    let args =
        ["listen", "--bind", "127.0.0.1:0", "--no-ui", "--show", "all", "--exit-after", "1", "--color", "always"];
    let mut child = sandbox.hookctl(args).spawn();
    let address = announced(&mut child);
    let json = ["Content-Type: application/json"];
    Wire::to(address).post("/nobody", &json, b"{\"key\":[\"a\\u001b]0;title\\u0007\",2]}").reply().expect("an answer");
    let ended = child.wait_with_output().expect("it ends");
    let out = String::from_utf8_lossy(&ended.stdout);
    assert!(out.contains("\u{1b}[1m\"key\"\u{1b}[0m"), "keys have a colour: {out}");
    assert!(out.contains("\u{1b}[33m2\u{1b}[0m"), "so have numbers: {out}");
    assert!(!out.contains('\u{7}') && !out.contains("\u{1b}]"), "{out}");
}

/// A body that was written anew on its way, signed as it was before.
fn rewritten(sandbox: &Sandbox, to: std::net::SocketAddr) {
    let line = ["send", "github", "push", "--dry-run", "--format", "json", "--secret", "s3cret"];
    let request = sandbox.ok(line).object();
    let body: Value = serde_json::from_str(request["body"].as_str().expect("text")).expect("JSON");
    let body = serde_json::to_string_pretty(&body).expect("JSON");
    let headers: Vec<String> = request["headers"]
        .as_array()
        .expect("pairs")
        .iter()
        .filter(|pair| {
            !["host", "content-length"].contains(&pair[0].as_str().unwrap_or_default().to_lowercase().as_str())
        })
        .map(|pair| format!("{}: {}", pair[0].as_str().expect("text"), pair[1].as_str().expect("text")))
        .collect();
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    Wire::to(to).post("/webhooks/github", &headers, body.as_bytes()).reply().expect("an answer");
}

#[test]
fn who_sees_more_than_a_line_sees_the_lesson_that_verify_gives() {
    let sandbox = Sandbox::new();
    let listen = |more: &[&str]| {
        let line = ["listen", "--bind", "127.0.0.1:0", "--no-ui", "--secret", "s3cret", "--exit-after", "1"];
        let mut child = sandbox.hookctl(line.iter().chain(more)).spawn();
        rewritten(&sandbox, announced(&mut child));
        let ended = child.wait_with_output().expect("it ends");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (text(ended.stdout), text(ended.stderr))
    };
    let (shown, _) = listen(&["--show", "headers"]);
    let lesson = sandbox.hookctl(["verify", "1", "--secret", "s3cret"]).run().exits(1).stdout();
    assert!(lesson.contains("why: body-reserialized") && lesson.contains("^ byte 1"), "{lesson}");
    for line in lesson.lines() {
        assert!(shown.contains(&format!("\n          {line}\n")), "'{line}' in {shown}");
    }
    let (brief, _) = listen(&[]);
    assert!(brief.contains("why #2: body-reserialized (") && !brief.contains("\u{2717}"), "{brief}");
    // A log has the fields that JSON has.
    let (_, log) = listen(&["--log", "json"]);
    let objects: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let told = objects.iter().find(|object| object["kind"] == "diagnosis").expect("an explanation");
    assert_eq!((&told["level"], &told["number"]), (&json!("warning"), &json!(3)));
    assert!(told["msg"].as_str().is_some_and(|text| text.starts_with("why #3: body-reserialized")), "{told}");
    let all = sandbox.hookctl(["verify", "3", "--secret", "s3cret", "--json"]).run().exits(1).object();
    assert_eq!(told["diagnosis"], all["diagnosis"]);
}

#[test]
fn a_long_header_stays_below_its_line_in_a_narrow_window() {
    // Once the terminal broke it, and the rest stood at the left edge.
    let sandbox = Sandbox::new();
    let line = ["listen", "--bind", "127.0.0.1:0", "--no-ui", "--show", "headers", "--exit-after", "1"];
    let mut terminal = Terminal::start(sandbox.hookctl(line), 40, 60);
    let shown = terminal.until("listening on http://");
    let address = shown[0].strip_prefix("listening on http://").expect("it says where").parse().expect("an address");
    let value = "0123456789".repeat(15);
    Wire::to(address).post("/x", &[&format!("X-Long: {value}")], b"").reply().expect("an answer");
    let left = terminal.ends(0);
    let at = left.iter().position(|row| row.contains("X-Long: ")).expect("the header");
    let parts: Vec<&str> = left[at..].iter().map_while(|row| row.strip_prefix("          ")).map(str::trim).collect();
    let joined: String = parts.iter().take_while(|part| !part.starts_with("Content-Length")).copied().collect();
    assert_eq!(joined, format!("X-Long: {value}"), "{left:#?}");
}
