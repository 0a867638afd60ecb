//! What the inspector's page asks for and has done, asked for over a bare socket. Who may ask is tried in
//! `src/inspector/tests.rs`; what a browser makes of it in `tests/browser/`.

use serde_json::{Value, json};

use crate::support::wire::Reply;
use crate::support::{Listener, Nobody, Receiver, Sandbox, Terminal, Wire};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Somebody who knows the token.
pub(crate) struct Page {
    address: String,
    token: String,
}

impl Page {
    /// Who reads what a listener says first.
    pub(crate) fn of(listener: &Listener) -> Self {
        let address = listener.ui().trim_start_matches("http://").to_owned();
        Self { address, token: listener.ready()["ui_token"].as_str().expect("a token").to_owned() }
    }

    fn ask(&self, method: &str, path: &str, more: &str, body: &str) -> Reply {
        let (address, length) = (&self.address, body.len());
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\n{more}Content-Length: {length}\r\n\r\n{body}");
        Wire::to(address.parse().expect("an address")).send(head).reply().expect("an answer")
    }

    /// Asks, and shows the token.
    pub(crate) fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, &format!("X-Hookctl-Token: {}\r\n", self.token), "")
    }

    /// What is answered 200.
    #[track_caller]
    fn json(&self, path: &str) -> Value {
        let reply = self.get(path);
        assert_eq!(reply.status, 200, "{path}: {}", String::from_utf8_lossy(&reply.body));
        serde_json::from_slice(&reply.body).expect("JSON")
    }

    fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let more = format!("X-Hookctl-Token: {}\r\nContent-Type: application/json\r\n", self.token);
        let reply = self.ask("POST", path, &more, &body.to_string());
        (reply.status, serde_json::from_slice(&reply.body).unwrap_or_default())
    }

    /// The numbers of what is listed.
    pub(crate) fn numbers(&self, query: &str) -> Vec<i64> {
        let listed = self.json(&format!("/api/deliveries{query}"));
        let deliveries = listed["deliveries"].as_array().expect("deliveries").iter();
        deliveries.map(|delivery| delivery["number"].as_i64().expect("a number")).collect()
    }
}

/// Sends an event, kept in no store: numbers are those of captures.
fn send(sandbox: &Sandbox, listener: &Listener, provider: &str, event: &str, more: &[&str]) {
    let to = listener.url(&format!("/webhooks/{provider}"));
    let line = ["send", provider, event, "--to", &to, "--store", ":memory:", "--secret", SECRET];
    sandbox.hookctl(line.iter().chain(more)).run();
}

#[test]
fn the_printed_address_opens_the_page_once_the_token_is_known() {
    let sandbox = Sandbox::new();
    let listener = sandbox.listen::<_, &str>([]);
    let page = Page::of(&listener);
    assert_eq!(page.token.len(), 32);
    for path in ["/", "/assets/inspector.js", "/api/deliveries", "/nothing"] {
        let refused = page.ask("GET", path, "", "");
        assert_eq!(refused.status, 401, "{path}");
        assert!(String::from_utf8_lossy(&refused.body).contains("'hookctl listen' printed"), "{path}");
    }
    let opened = page.ask("GET", &format!("/?token={}", page.token), "", "");
    assert_eq!((opened.status, opened.header("location")), (303, Some("/")));
    let cookie = opened.header("set-cookie").and_then(|cookie| cookie.split(';').next()).expect("a cookie").to_owned();
    let cookie = format!("Cookie: {cookie}\r\n");
    let shown = page.ask("GET", "/", &cookie, "");
    let html = String::from_utf8(shown.body).expect("text");
    assert!(html.contains(&format!("content=\"{}\"", page.token)) && !html.contains("{{"), "{html}");
    let assets = html.split('"').filter(|part| part.starts_with("/assets/"));
    for asset in assets {
        let file = page.ask("GET", asset, &cookie, "");
        assert!(file.status == 200 && !file.body.is_empty(), "{asset}");
    }
    // What changes something needs more than a cookie.
    let posted =
        page.ask("POST", "/api/deliveries/1/replay", &format!("{cookie}Content-Type: application/json\r\n"), "{}");
    assert_eq!(posted.status, 401);
}

#[test]
fn the_list_is_that_of_events_list_and_is_searched_in_the_same_ways() {
    let sandbox = Sandbox::new();
    let listener = sandbox.listen(["--secret", SECRET]);
    let page = Page::of(&listener);
    assert_eq!(page.numbers(""), [0_i64; 0]);
    send(&sandbox, &listener, "stripe", "customer.created", &[]);
    send(&sandbox, &listener, "github", "push", &[]);
    send(&sandbox, &listener, "stripe", "invoice.paid", &["--tamper", "body"]);
    Wire::to(listener.socket()).post("/nobody", &[], b"{\"amount\":7}").reply().expect("an answer");
    let listed = page.json("/api/deliveries");
    assert_eq!(listed["deliveries"], Value::from(sandbox.ok(["events", "list", "--json"]).objects()));
    assert_eq!((&listed["next"], &listed["note"]), (&Value::Null, &Value::Null));
    for (query, numbers) in [
        ("", &[4, 3, 2, 1][..]),
        ("?provider=stripe", &[3, 1]),
        ("?verdict=invalid", &[3]),
        ("?failed=true", &[]),
        ("?sent=true", &[]),
        ("?search=created", &[1]),
        ("?search=customer.*", &[1]),
        ("?search=2", &[2]),
        ("?search=%234", &[4]),
        ("?search=.body.amount%20%3D%3D%207", &[4]),
        ("?search=nothing", &[]),
        ("?after=2", &[4, 3]),
        ("?before=3", &[2, 1]),
        ("?provider=stripe&verdict=valid&search=cust", &[1]),
    ] {
        assert_eq!(page.numbers(query), numbers, "{query}");
    }
    let id = listed["deliveries"][1]["id"].as_str().expect("an id");
    assert_eq!(page.numbers(&format!("?search={id}")), [3]);
    // A filter that fails on some says so; one that cannot be read is refused.
    let noted = page.json("/api/deliveries?search=.body.amount%20%7C%20keys");
    assert!(noted["note"].as_str().is_some_and(|note| note.contains("the filter failed on ")), "{noted}");
    for (query, error) in [
        ("search=.body.(", "the filter is wrong at column 8"),
        ("provider=strype", "strype"),
        ("verdict=good", "'good' is no verdict"),
        ("search=999", "999"),
    ] {
        let reply = page.get(&format!("/api/deliveries?{query}"));
        let told: Value = serde_json::from_slice(&reply.body).expect("JSON");
        assert_eq!(reply.status, 422, "{query}");
        assert!(told["error"].as_str().is_some_and(|told| told.contains(error)), "{query}: {told}");
    }
    assert_eq!(page.get("/api/deliveries?nonsense=1").status, 400);
}

#[test]
fn a_long_list_comes_in_pages_that_miss_nothing() {
    let sandbox = Sandbox::new();
    let listener = sandbox.listen::<_, &str>([]);
    let page = Page::of(&listener);
    let mut wire = Wire::to(listener.socket());
    for _ in 0..230 {
        assert_eq!(wire.post("/a", &[], b"x").reply().expect("an answer").status, 200);
    }
    let (mut numbers, mut query) = (Vec::new(), String::new());
    loop {
        let listed = page.json(&format!("/api/deliveries{query}"));
        numbers.extend(listed["deliveries"].as_array().expect("some").iter().filter_map(|one| one["number"].as_i64()));
        let Some(next) = listed["next"].as_i64() else { break };
        query = format!("?before={next}");
    }
    assert_eq!(numbers, (1..=230).rev().collect::<Vec<i64>>());
}

#[test]
fn a_delivery_is_shown_whole_with_its_credentials_masked() {
    let sandbox = Sandbox::new();
    let app = Receiver::answering([201]);
    let listener = sandbox.listen(["--forward-to", &app.url("/app")]);
    let page = Page::of(&listener);
    let body = b"{\"big\":12345678901234567890,\"one\":1.0,\"<b>\":\"\\u202e\"}";
    let headers = ["Content-Type: application/json", "Authorization: Bearer abcdefghijkl"];
    Wire::to(listener.socket()).post("/nobody?a=b", &headers, body).reply().expect("an answer");
    let whole = page.json("/api/deliveries/1");
    assert_eq!(whole["text"], "{\n  \"big\": 12345678901234567890,\n  \"one\": 1.0,\n  \"<b>\": \"\u{202e}\"\n}");
    assert_eq!((&whole["form"], &whole["cut"], &whole["sent"]), (&"json".into(), &false.into(), &false.into()));
    assert_eq!(whole["targets"], json!([app.url("/app")]));
    assert_eq!(whole["sentence"], "no provider was recognised");
    let attempt = &whole["attempts"][0];
    assert_eq!((&attempt["status"], &attempt["url"]), (&201.into(), &app.url("/app?a=b").into()));
    assert!(attempt["response"]["headers"].is_array(), "{attempt}");
    assert!(!whole.to_string().contains("abcdefghijkl"), "{whole}");
    assert_eq!(page.get("/api/deliveries/1/body").body, body);
    assert!(String::from_utf8_lossy(&page.get("/api/deliveries/1/curl").body).contains("Bearer abcdefghijkl"));

    for (body, form) in [(&b"a=b&c=%20"[..], "text"), (b"\xff\x00\xfe", "bytes"), (b"", "none")] {
        Wire::to(listener.socket()).post("/nobody", &[], body).reply().expect("an answer");
        let newest = page.numbers("")[0];
        assert_eq!(page.json(&format!("/api/deliveries/{newest}"))["form"], form);
        assert_eq!(page.get(&format!("/api/deliveries/{newest}/body")).body, body);
    }
    let long = "x".repeat(300 << 10);
    Wire::to(listener.socket()).post("/nobody", &[], long.as_bytes()).reply().expect("an answer");
    let newest = page.numbers("")[0];
    let whole = page.json(&format!("/api/deliveries/{newest}"));
    assert_eq!((&whole["cut"], whole["text"].as_str().map(str::len)), (&true.into(), Some(256 << 10)));
    assert_eq!(page.get(&format!("/api/deliveries/{newest}/body")).body, long.as_bytes());
    for gone in ["/api/deliveries/99", "/api/deliveries/99/body", "/api/deliveries/99/lesson", "/api/diff/1/99"] {
        assert_eq!(page.get(gone).status, 422, "{gone}");
    }
    listener.stop().exits(130);
    let open = sandbox.listen(["--show-secrets"]);
    assert!(Page::of(&open).json("/api/deliveries/1").to_string().contains("Bearer abcdefghijkl"));
}

#[test]
fn the_signature_is_explained_in_the_words_of_verify() {
    let sandbox = Sandbox::new();
    let listener = sandbox.listen(["--secret", SECRET]);
    let page = Page::of(&listener);
    send(&sandbox, &listener, "stripe", "customer.created", &[]);
    let captured = sandbox.ok(["events", "show", "1", "--http"]).bytes().to_vec();
    let at = captured.windows(4).position(|end| end == b"\r\n\r\n").expect("a head") + 4;
    let head = String::from_utf8(captured[..at].to_vec()).expect("text");
    let headers: Vec<&str> =
        head.lines().skip(1).filter(|line| line.starts_with("Stripe-") || line.starts_with("Content-Type")).collect();
    let body = [&captured[at..], b"\n"].concat();
    Wire::to(listener.socket()).post("/webhooks/stripe", &headers, &body).reply().expect("an answer");
    Wire::to(listener.socket()).post("/nobody", &[], b"x").reply().expect("an answer");
    for (number, words) in [(1, "valid"), (2, "body-newline-added")] {
        let lesson = page.json(&format!("/api/deliveries/{number}/lesson"));
        let pieces =
            lesson["lines"].as_array().expect("lines").iter().flat_map(|line| line.as_array().expect("pieces"));
        let meanings: Vec<&str> = pieces.clone().filter_map(|piece| piece[0].as_str()).collect();
        let shown: String = pieces.filter_map(|piece| piece[1].as_str()).collect();
        let told = sandbox.hookctl(["verify", &number.to_string(), "--secret", SECRET]).run().stdout();
        let bare = |text: &str| text.split_whitespace().collect::<String>();
        assert_eq!(bare(&shown), bare(&told), "#{number}");
        assert!(shown.contains(words), "{shown}");
        assert!(meanings.contains(&"good") && meanings.contains(&"dim"), "{meanings:?}");
    }
    assert_eq!(page.json("/api/deliveries/3/lesson"), json!({"lines": []}));
}

#[test]
fn a_delivery_is_replayed_as_it_was_or_as_it_was_edited() {
    let sandbox = Sandbox::new();
    let mut app = Receiver::answering([200]);
    let mut other = sandbox
        .hookctl(["listen", "--json", "--bind", "127.0.0.1:0", "--no-ui", "--store", ":memory:", "--secret", SECRET])
        .listen();
    let listener = sandbox.listen(["--secret", SECRET, "--forward-to", &app.url("/")]);
    let page = Page::of(&listener);
    send(
        &sandbox,
        &listener,
        "stripe",
        "customer.created",
        &["--id", "evt_1", "--header", "Authorization: Bearer abcdefghijkl"],
    );
    let first = app.next();

    let (status, replayed) = page.post("/api/deliveries/1/replay", &json!({}));
    assert_eq!((status, &replayed["attempts"][0]["status"]), (200, &200.into()), "{replayed}");
    let again = app.next();
    assert_eq!((&again.body, &again.target), (&first.body, &"/webhooks/stripe".to_owned()));
    let recorded = sandbox.ok(["events", "list", "--sent", "--json"]).objects();
    assert_eq!((recorded.len(), &recorded[0]["number"]), (1, &replayed["deliveries"][0]));

    // Edited, signed anew, and sent to somebody who knows the secret; a masked header keeps the value that it had.
    let whole = page.json("/api/deliveries/1");
    let headers: Vec<Value> = whole["delivery"]["headers"]
        .as_array()
        .expect("headers")
        .iter()
        .enumerate()
        .map(|(at, header)| json!({"name": header[0], "from": at}))
        .chain([json!({"name": "X-New", "value": "new"})])
        .collect();
    let body = String::from_utf8(first.body.clone()).expect("text").replace("evt_1", "evt_2");
    let edit = json!({"target": "/webhooks/stripe?edited", "headers": headers, "body": body});
    let to = other.url("/");
    let (status, replayed) = page.post("/api/deliveries/1/replay", &json!({"to": to, "sign": "fresh", "edit": edit}));
    assert_eq!(status, 200, "{replayed}");
    let delivery = other.delivery();
    let facts = ["verdict", "event_id", "path", "query"].map(|name| delivery[name].as_str().unwrap_or_default());
    assert_eq!(facts, ["valid", "evt_2", "/webhooks/stripe", "edited"], "{delivery}");
    let kept = edit["headers"].clone();
    let to_app = json!({"to": app.url("/kept"), "sign": "keep", "edit": {"headers": kept, "body": "changed"}});
    assert_eq!(page.post("/api/deliveries/1/replay", &to_app).0, 200);
    let sent = app.next();
    assert_eq!((sent.text().as_str(), sent.header("authorization")), ("changed", Some("Bearer abcdefghijkl")));
    assert_eq!(sent.header("stripe-signature"), first.header("stripe-signature"));
    assert_eq!(sent.header("content-length"), Some("7"));

    let before = sandbox.ok(["events", "list", "--sent", "--json"]).objects().len();
    for (asked, error) in [
        (json!({"to": "nonsense"}), "nonsense"),
        (json!({"to": "http://192.0.2.1/"}), "not on this machine"),
        (json!({"to": listener.ui()}), ""),
        (json!({"edit": {"method": "PO ST"}}), "method"),
        (json!({"edit": {"headers": [{"name": "A", "value": "b\r\nc: d"}]}}), "control byte"),
        (json!({"edit": {"headers": [{"name": "A"}]}}), "no value"),
    ] {
        let (status, told) = page.post("/api/deliveries/1/replay", &asked);
        if !error.is_empty() {
            assert_eq!(status, 422, "{asked}: {told}");
            assert!(told["error"].as_str().is_some_and(|told| told.contains(error)), "{asked}: {told}");
        }
    }
    assert_eq!(page.post("/api/deliveries/1/replay", &json!({"nonsense": 1})).0, 422);
    assert_eq!(page.post("/api/deliveries/99/replay", &json!({})).0, 422);
    let after = sandbox.ok(["events", "list", "--sent", "--json"]).objects().len();
    assert!(after <= before + 1, "nothing was sent but what went to the page itself");
    // Shown on its terminal, too.
    let told = listener.stop().exits(130);
    assert!(told.stderr().contains("replaying #1 to "), "{}", told.stderr());
}

#[test]
fn without_a_target_a_replay_says_so_and_a_dead_one_is_told() {
    let sandbox = Sandbox::new();
    let listener = sandbox.listen::<_, &str>([]);
    let page = Page::of(&listener);
    Wire::to(listener.socket()).post("/nobody", &[], b"x").reply().expect("an answer");
    let (status, told) = page.post("/api/deliveries/1/replay", &json!({}));
    assert_eq!((status, &told["hint"]), (422, &"say where it is to go".into()), "{told}");
    // Bound and not listening: nobody else can have it meanwhile.
    let nobody = Nobody::new();
    let to = nobody.url("/");
    let (status, told) = page.post("/api/deliveries/1/replay", &json!({"to": to}));
    assert_eq!((status, &told["attempts"][0]["error"]), (200, &"refused".into()), "{told}");
}

#[test]
fn two_deliveries_are_compared_and_all_are_counted() {
    let sandbox = Sandbox::new();
    let listener = sandbox.listen(["--secret", SECRET]);
    let page = Page::of(&listener);
    send(&sandbox, &listener, "stripe", "customer.created", &["--seed", "1"]);
    send(&sandbox, &listener, "stripe", "customer.created", &["--seed", "1", "--set", "data.object.name=Somebody"]);
    let told = sandbox.hookctl(["events", "diff", "1", "2", "--json"]).run().object();
    assert_eq!(page.json("/api/diff/1/2"), told);
    assert_eq!(page.json("/api/stats"), sandbox.ok(["events", "stats", "--json"]).object());
    assert_eq!(page.json("/api/stats?provider=github")["deliveries"], 0);
    assert_eq!(page.json("/api/stats?search=.body.type%20%3D%3D%20%22customer.created%22")["deliveries"], 2);
}

#[test]
fn an_open_page_is_told_of_each_change_and_holds_nobody_up() {
    for store in ["a.db", ":memory:"] {
        let sandbox = Sandbox::new();
        let listener = sandbox.listen(["--store", store]);
        let page = Page::of(&listener);
        let mut live = Wire::to(page.address.parse().expect("an address"));
        live.send(format!(
            "GET /api/live HTTP/1.1\r\nHost: {}\r\nX-Hookctl-Token: {}\r\n\r\n",
            page.address, page.token
        ));
        live.until("data: 0\n\n");
        Wire::to(listener.socket()).post("/a", &[], b"x").reply().expect("an answer");
        live.until("event: changed\ndata: 1\n\n");
        Wire::to(listener.socket()).post("/a", &[], b"x").reply().expect("an answer");
        live.until("data: 2\n\n");
        // It ends although the page is open, and a page that asks is waited for by nobody.
        listener.stop().exits(130);
    }
}

#[test]
fn o_opens_the_selected_delivery_in_a_browser_with_an_address_that_works_once() {
    let sandbox = Sandbox::new();
    let opened = sandbox.path("opened");
    let script = format!("#!/bin/sh\nprintf '%s' \"$1\" > '{0}.part' && mv '{0}.part' '{0}'\n", opened.display());
    let name = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    sandbox.write(&format!("bin/{name}"), script);
    sandbox.shell(&format!("chmod +x bin/{name}"));
    let path = format!("{}:{}", sandbox.path("bin").display(), std::env::var("PATH").unwrap_or_default());
    let line = ["listen", "--bind", "127.0.0.1:0", "--ui", "127.0.0.1:0"];
    let mut terminal = Terminal::start(sandbox.hookctl(line).env("PATH", path), 30, 120);
    let shown = terminal.until("try: hookctl send");
    let address = shown[0].strip_prefix("listening on http://").expect("it says where").parse().expect("an address");
    assert!(shown.iter().any(|line| line.contains("inspect at http://127.0.0.1:")), "{shown:#?}");
    terminal.until("no delivery yet");
    Wire::to(address).post("/a", &[], b"x").reply().expect("an answer");
    terminal.until("▸");
    terminal.press("o");
    terminal.until("opening #1 in the inspector");
    let url = loop {
        match std::fs::read_to_string(&opened) {
            Ok(url) => break url,
            Err(_) => std::thread::yield_now(),
        }
    };
    let (address, rest) = url.strip_prefix("http://").and_then(|url| url.split_once('/')).expect("an address");
    let path = rest.strip_suffix("#/1").expect("the delivery");
    let page = Page { address: address.to_owned(), token: String::new() };
    assert_eq!(page.ask("GET", &format!("/{path}"), "", "").status, 303);
    assert_eq!(page.ask("GET", &format!("/{path}"), "", "").status, 401, "once");
    terminal.press("q");
    terminal.ends(130);
}
