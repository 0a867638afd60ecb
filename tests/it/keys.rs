//! Keys that act on a delivery while `listen` runs in a terminal, and what is left of the terminal afterwards.

use std::net::{SocketAddr, TcpStream};
use std::process::Stdio;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::support::{Receiver, Sandbox, Terminal, Wire};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A listener in a window, and where it listens.
fn listen(sandbox: &Sandbox, (rows, columns): (u16, u16), more: &[&str]) -> (Terminal, SocketAddr) {
    let line = ["listen", "--bind", "127.0.0.1:0", "--no-ui", "--secret", SECRET];
    let mut terminal = Terminal::start(sandbox.hookctl(line.iter().chain(more)), rows, columns);
    let shown = terminal.until("try: hookctl send");
    let address = shown[0].strip_prefix("listening on http://").expect("it says where").parse();
    terminal.until("no delivery yet");
    (terminal, address.expect("an address"))
}

/// Sends an event, kept in no store: numbers are those of captures.
fn send(sandbox: &Sandbox, to: SocketAddr, provider: &str, event: &str, more: &[&str]) {
    let to = format!("http://{to}/webhooks/{provider}");
    let line = ["send", provider, event, "--to", &to, "--store", ":memory:", "--secret", SECRET];
    sandbox.hookctl(line.iter().chain(more)).run().exits(0);
}

#[test]
fn the_scrollback_has_a_line_a_delivery_and_the_panel_goes_with_the_end() {
    for (ending, code) in [("q", 130), ("\u{3}", 130), ("TERM", 130), ("\u{1c}", -9), ("for", 0)] {
        let sandbox = Sandbox::new();
        let more: &[&str] = if ending == "for" { &["--exit-after", "2"] } else { &[] };
        let (mut terminal, to) = listen(&sandbox, (24, 120), more);
        assert!(terminal.gives_keys());
        send(&sandbox, to, "stripe", "customer.created", &[]);
        terminal.until("▸");
        send(&sandbox, to, "github", "push", &[]);
        match ending {
            "for" => {}
            "TERM" => {
                terminal.until("▸ ");
                terminal.signal("TERM");
            }
            keys => {
                // Ctrl-\ lets nobody say anything more.
                terminal.until("#2 ");
                terminal.press("k?");
                terminal.until("the oldest, the newest");
                terminal.press(keys);
            }
        }
        let left = terminal.ends(code);
        assert!(!terminal.gives_keys(), "{ending:?}: the terminal is as it was");
        assert!(left.iter().all(|row| !row.contains('▸') && !row.contains("keys")), "{ending:?}: {left:#?}");
        let lines: Vec<&String> = left.iter().filter(|row| row.contains("#1 ") || row.contains("#2 ")).collect();
        assert_eq!(lines.len(), 2, "{ending:?}: {left:#?}");
        assert!(lines[0].contains("stripe customer.created") && lines[1].contains("github push"), "{left:#?}");
        let summed = left.iter().any(|row| row.contains(": 2 deliveries (2 valid, 0 repeated), 0 refused"));
        assert_eq!(summed, code >= 0, "{ending:?}: {left:#?}");
    }
}

#[test]
fn enter_shows_all_of_the_selected_one_with_the_lesson_of_verify() {
    let sandbox = Sandbox::new();
    let (mut terminal, to) = listen(&sandbox, (60, 120), &[]);
    let (url, quoted) = (format!("http://{to}/webhooks/stripe"), format!("'{SECRET}'"));
    let line = ["send", "stripe", "customer.created", "--to", &url, "--store", ":memory:", "--secret", &quoted];
    sandbox.ok(line.iter().chain(&["--header", "Authorization: Bearer abc"]));
    terminal.until("#1 ");
    send(&sandbox, to, "github", "push", &[]);
    terminal.until("▸ ");
    terminal.until_rows("the second one", |rows| rows.last().is_some_and(|row| row.contains("#2 ")));
    // The one above, however that is said.
    terminal.press("\u{1b}[A");
    terminal.until_rows("it is selected", |rows| rows.iter().any(|row| row.starts_with("▸") && row.contains("#1 ")));
    terminal.press("\r");
    terminal.until("why: secret-quoted  the key has ' on either side");
    let text = String::from_utf8_lossy(terminal.bytes()).into_owned();
    let text = uncoloured(&text);
    for words in ["POST /webhooks/stripe\r\n", "\"object\": \"event\"", "Authorization: ", "Stripe-Signature: t="] {
        assert!(text.contains(words), "'{words}' in {text}");
    }
    assert!(!text.contains("Bearer abc"), "credentials are masked");
    terminal.press("G\r");
    terminal.until("✓ signature");
    terminal.press("q");
    terminal.ends(130);
}

/// A text without its colours.
fn uncoloured(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        plain.push_str(&rest[..at]);
        let code = &rest[at + 2..];
        rest = &code[code.find(|c: char| c.is_ascii_alphabetic()).map_or(code.len(), |end| end + 1)..];
    }
    plain + rest
}

#[test]
fn r_replays_to_where_it_is_forwarded_and_says_why_it_cannot() {
    let sandbox = Sandbox::new();
    let mut app = Receiver::answering([204]);
    let target = app.url("/app?key=1");
    let (mut terminal, to) = listen(&sandbox, (40, 120), &["--forward-to", &target]);
    send(&sandbox, to, "stripe", "customer.created", &["--id", "evt_1"]);
    let first = app.next();
    terminal.until("▸");
    terminal.press("r");
    let again = app.next();
    assert_eq!((&first.target, &first.target), (&again.target, &"/app?key=1".to_owned()));
    assert_eq!(first.body, again.body);
    terminal.until("✓ #1  stripe customer.created  evt_1  → ");
    let shown = terminal.until("replaying #1 to http://127.0.0.1");
    assert!(shown.iter().any(|row| row.contains("/app?key=1")), "{shown:#?}");
    terminal.press("q");
    terminal.ends(130);
    // What was sent again is on record, as by 'hookctl replay'.
    let sent = sandbox.ok(["events", "list", "--sent", "--json"]).objects();
    assert_eq!((sent.len(), &sent[0]["status"], &sent[0]["event_id"]), (1, &204.into(), &"evt_1".into()));
    let (mut terminal, to) = listen(&sandbox, (40, 120), &["--store", "other.db"]);
    send(&sandbox, to, "stripe", "customer.created", &[]);
    terminal.until("▸");
    terminal.press("r");
    terminal.until("error: #1 is forwarded nowhere");
    terminal.until("hint: 'hookctl replay 1 --to URL' does it");
    terminal.press("q");
    terminal.ends(130);
}

#[test]
fn c_copies_the_command_that_an_export_has_and_shows_it_without_credentials() {
    let sandbox = Sandbox::new();
    let (mut terminal, to) = listen(&sandbox, (40, 120), &[]);
    Wire::to(to)
        .post("/nobody", &["Authorization: Bearer abc", "X-A: \u{9b}31m"], b"{\"a\":1}")
        .reply()
        .expect("an answer");
    terminal.until("▸");
    terminal.press("c");
    terminal.until("credentials are masked here");
    terminal.press("q");
    terminal.ends(130);
    let written = String::from_utf8_lossy(terminal.bytes()).into_owned();
    let copied = written.split("\u{1b}]52;c;").nth(1).and_then(|rest| rest.split('\u{7}').next()).expect("a copy");
    let copied = STANDARD.decode(copied).expect("base64");
    assert_eq!(copied, sandbox.ok(["events", "show", "1", "--curl"]).bytes());
    assert!(String::from_utf8_lossy(&copied).contains("Bearer abc"));
    assert!(!written.contains("Bearer abc") && !written.contains('\u{9b}'), "{written}");
    assert!(written.contains("curl 'http://test/nobody' "), "{written}");
}

#[test]
fn a_filter_hides_what_does_not_fit_until_escape_clears_it() {
    let sandbox = Sandbox::new();
    let (mut terminal, to) = listen(&sandbox, (40, 120), &[]);
    send(&sandbox, to, "stripe", "customer.created", &[]);
    send(&sandbox, to, "github", "push", &[]);
    terminal.until_rows("both", |rows| rows.last().is_some_and(|row| row.contains("#2 ")));
    terminal.press("/cust");
    terminal.until("/ cust  1 of 2");
    terminal.until_rows("the one that fits", |rows| rows.iter().any(|row| row.starts_with("▸") && row.contains("#1 ")));
    terminal.press("omer.*\r");
    terminal.until("/ customer.*  1 of 2  Esc clears it");
    send(&sandbox, to, "github", "ping", &[]);
    send(&sandbox, to, "stripe", "customer.updated", &[]);
    terminal.until("/ customer.*  2 of 4");
    terminal.press("\u{1b}");
    terminal.until_rows("all of them", |rows| {
        rows.iter().any(|row| row.contains("  Enter details")) && !rows.iter().any(|row| row.contains(" of 4"))
    });
    terminal.press("\u{1b}q");
    let left = terminal.ends(130);
    let line = |number: &str| left.iter().filter(|row| row.contains(number)).count();
    assert_eq!((line("#1 "), line("#2 "), line("#3 "), line("#4 ")), (1, 1, 0, 1), "{left:#?}");
    assert_eq!(sandbox.ok(["events", "list", "--json"]).objects().len(), 4, "all are recorded");
}

#[test]
fn lines_fit_the_window_and_a_new_size_is_noticed() {
    let sandbox = Sandbox::new();
    let (mut terminal, to) = listen(&sandbox, (24, 70), &[]);
    send(&sandbox, to, "stripe", "payment_intent.succeeded", &[]);
    let shown = terminal.until("▸");
    let line = shown.iter().find(|row| row.contains("#1 ")).expect("a line");
    assert!(line.contains("stripe payment_intent.succeeded") && line.ends_with("ms"), "{shown:#?}");
    // The listing's own lines are longer, and not cut: they are to be copied.
    assert_eq!(shown.iter().filter(|row| row.contains("#1 ")).count(), 2, "the line and the panel: {shown:#?}");
    terminal.resize(12, 36);
    terminal.press("k");
    terminal.until("  ↑↓ select  Enter details");
    send(&sandbox, to, "stripe", "payment_intent.succeeded", &[]);
    terminal.until_rows("the second one", |rows| rows.iter().any(|row| row.starts_with("#2 ") && row.ends_with("200")));
    terminal.resize(3, 20);
    terminal.press("kk");
    terminal.press("q");
    terminal.ends(130);
    // Not in a terminal, a line is whole.
    let child = sandbox.hookctl(["listen", "--bind", "127.0.0.1:0", "--no-ui", "--exit-after", "1"]);
    let mut child = child.env("COLUMNS", "40").spawn();
    let to = crate::support::announced(&mut child);
    send(&sandbox, to, "stripe", "payment_intent.succeeded", &["--id", "evt_1NjpMq7oJCSttc0XpK1mlVqI"]);
    let out = String::from_utf8(child.wait_with_output().expect("it ends").stdout).expect("text");
    assert!(out.contains("stripe payment_intent.succeeded           evt_1NjpMq7oJCSttc0XpK1mlVqI  "), "{out}");
    assert!(!out.contains('\u{1b}') && !out.contains('▸'), "{out}");
}

#[test]
fn attempts_fit_the_window_and_warnings_are_broken_between_words() {
    const COLUMNS: u16 = 60;
    let sandbox = Sandbox::new();
    let receiver = Receiver::answering([200]);
    let to = receiver.url("/a/path/that/is/long/enough/for/any/window");
    let line = ["send", "stripe", "payment_intent.succeeded", "--to", &to];
    let mut terminal = Terminal::start(sandbox.hookctl(line), 24, COLUMNS);
    let rows: Vec<String> = terminal.ends(0).into_iter().filter(|row| !row.is_empty()).collect();
    assert_eq!(rows.len(), 1, "{rows:#?}");
    assert!(rows[0].starts_with("✓ stripe payment_intent.succeeded") && rows[0].ends_with("→ 200"), "{rows:#?}");

    let line = ["listen", "--bind", "127.0.0.1:0", "--no-ui", "--ack", "202", "--forward-to", "http://127.0.0.1:1/"];
    let mut terminal = Terminal::start(sandbox.hookctl(line), 24, COLUMNS);
    let shown = terminal.until("no delivery yet");
    let address = shown[0].strip_prefix("listening on http://").expect("it says where").parse().expect("an address");
    Wire::to(address).post("/", &[], b"x").reply().expect("an answer");
    let rows = terminal.until("waits");
    let begin = rows.iter().position(|row| row.starts_with("warning:")).expect("a warning");
    let warning: Vec<&str> = rows[begin..].iter().map(|row| row.trim()).take(3).collect();
    let sentence =
        "http://127.0.0.1:1/ is down: connection refused: nothing listens there; recording goes on, 1 delivery waits";
    assert!(warning.join(" ").contains(sentence), "{rows:#?}");
    terminal.press("q");
    terminal.ends(130);
}

#[test]
fn what_is_read_by_programs_has_no_panel() {
    for more in [&["--json"][..], &["--log", "json"], &["--quiet"]] {
        let sandbox = Sandbox::new();
        let line = ["listen", "--bind", "127.0.0.1:0", "--no-ui", "--for", "1ms"];
        let mut terminal = Terminal::start(sandbox.hookctl(line.iter().chain(more)), 24, 80);
        terminal.ends(0);
        let written = String::from_utf8_lossy(terminal.bytes()).into_owned();
        assert!(!written.contains("\u{1b}[J") && !written.contains("keys"), "{more:?}: {written:?}");
    }
    // Standard output goes elsewhere: keys stay with whoever has the terminal.
    let sandbox = Sandbox::new();
    let out = sandbox.path("out");
    let file = std::fs::File::create(&out).expect("a file");
    let hookctl = sandbox.hookctl(["listen", "--bind", "127.0.0.1:0", "--no-ui", "--for", "1ms"]);
    let mut terminal = Terminal::start_with(hookctl, (24, 80), Some(Stdio::from(file)));
    terminal.ends(0);
    let text = std::fs::read_to_string(out).expect("text");
    assert!(text.starts_with("listening on http://127.0.0.1:") && text.lines().count() == 1, "{text}");
    let written = String::from_utf8_lossy(terminal.bytes()).into_owned();
    assert!(!written.contains("\u{1b}[J"), "{written:?}");
}

#[test]
fn a_second_ctrl_c_ends_at_once_and_gives_the_terminal_back() {
    let sandbox = Sandbox::new();
    let (mut terminal, to) = listen(&sandbox, (24, 100), &[]);
    let mut wire = Wire::to(to);
    wire.send("POST /half HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab");
    // An answer on another connection proves that the first half has been read.
    Wire::to(to).post("/", &[], b"").reply().expect("an answer");
    terminal.until("▸");
    terminal.press("\u{3}");
    // It stops accepting, and waits for the other half.
    while TcpStream::connect(to).is_ok() {
        std::thread::yield_now();
    }
    terminal.press("\u{3}");
    let left = terminal.ends(130);
    assert!(!terminal.gives_keys());
    assert!(left.iter().all(|row| !row.contains("stopped after")), "it did not wait: {left:#?}");
    drop(wire);
}

#[test]
fn the_terminal_is_given_back_while_it_is_stopped() {
    let sandbox = Sandbox::new();
    let (mut terminal, to) = listen(&sandbox, (24, 100), &[]);
    send(&sandbox, to, "stripe", "customer.created", &[]);
    terminal.until("▸");
    terminal.stop();
    assert!(!terminal.gives_keys());
    terminal.until_rows("no panel", |rows| rows.iter().all(|row| !row.contains('▸')));
    terminal.signal("CONT");
    terminal.until("▸");
    assert!(terminal.gives_keys());
    terminal.press("q");
    terminal.ends(130);
}
