//! `listen --respond`: what people who build senders need to see.

use crate::support::{Listener, Sandbox, Wire};

/// The statuses of so many deliveries on connections of their own; 0 where there was no answer.
fn statuses(listener: &Listener, target: &str, count: usize) -> Vec<u16> {
    let one = || Wire::to(listener.socket()).post(target, &[], b"{}").reply().map_or(0, |reply| reply.status);
    (0..count).map(|_| one()).collect()
}

#[test]
fn one_answer_for_all_with_headers_and_body() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--respond", r#"429 header 'Retry-After: 7' body {"wait": [7]}"#]);
    let reply = Wire::to(listener.socket()).post("/x", &[], b"").reply().expect("an answer");
    assert_eq!((reply.status, &reply.body[..]), (429, &br#"{"wait": [7]}"#[..]));
    assert_eq!((reply.header("retry-after"), reply.header("content-type")), (Some("7"), Some("application/json")));
    assert_eq!(listener.delivery()["status"], 429, "what was answered is what is recorded");
    let failed = sandbox.ok(["events", "list", "--failed", "--json"]).objects();
    assert_eq!(failed[0]["status"], 429);
}

#[test]
fn a_body_from_a_file_is_read_once_at_the_start() {
    let sandbox = Sandbox::new();
    let file = sandbox.write("answer.bin", b"\x00\xff");
    let listener = sandbox.listen(["--respond", "200 body @answer.bin"]);
    std::fs::remove_file(file).expect("it is there");
    let reply = Wire::to(listener.socket()).post("/", &[], b"").reply().expect("an answer");
    assert_eq!((&reply.body[..], reply.header("content-type")), (&b"\x00\xff"[..], Some("application/octet-stream")));
    let missing = sandbox.hookctl(["listen", "--respond", "200 body @nowhere"]).run();
    missing.refuses(2, "nowhere: no such file", "");
}

#[test]
fn a_sequence_lets_a_sender_try_again() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--respond", "500,503,200"]);
    assert_eq!(statuses(&listener, "/webhooks/stripe", 3), [500, 503, 200]);
    let seen: Vec<_> = (0..3).map(|_| listener.delivery()["status"].clone()).collect();
    assert_eq!(seen, [500, 503, 200]);
    assert_eq!(statuses(&listener, "/", 2), [200, 200], "the last one stays");
}

#[test]
fn a_mix_is_repeated_by_its_seed() {
    let sandbox = Sandbox::new();
    let draw = |seed: &str| {
        let listener = sandbox.listen(["--respond", "200:50%,500:40%,reset:10%", "--seed", seed]);
        statuses(&listener, "/", 60)
    };
    let drawn = draw("1");
    assert_eq!(drawn, draw("1"));
    assert_ne!(drawn, draw("2"));
    assert!([200, 500, 0].iter().all(|status| drawn.contains(status)), "{drawn:?}");
}

#[test]
fn rules_are_by_provider_event_and_path_from_flags_or_the_configuration() {
    let sandbox = Sandbox::new();
    sandbox.configure("[listen]\nrespond = ['stripe customer.* => 500,202', '/slow/* => 418', '203']\n");
    let listener = sandbox.listen::<_, &str>([]);
    let url = listener.url("/webhooks/stripe");
    for (event, status) in [("customer.created", 500), ("charge.refunded", 203), ("customer.created", 202)] {
        let ran = sandbox.hookctl(["send", "stripe", event, "--to", &url, "--json"]).run();
        assert_eq!(ran.of_kind("attempt")[0]["status"], status, "{event}: {ran}");
    }
    assert_eq!(statuses(&listener, "/slow/x?y", 1), [418]);
    drop(listener);
    let listener = sandbox.listen(["--respond", "/a => 204", "--respond", "409"]);
    assert_eq!((statuses(&listener, "/a", 1), statuses(&listener, "/b", 1)), (vec![204], vec![409]));
}

#[test]
fn broken_answers_are_broken_and_say_so() {
    let sandbox = Sandbox::new();
    for (respond, expected, note) in [
        ("reset", 0, "reset, as asked for"),
        ("close", 0, "closed, as asked for"),
        ("timeout after 10ms", 0, "left waiting, as asked for"),
        ("200 cut", 0, "cut off, as asked for"),
        ("201 length -5", 201, "with a wrong length, as asked for"),
        ("202 slow 10ms body 'text'", 202, "slowly, as asked for"),
    ] {
        let mut listener = sandbox.listen(["--respond", respond]);
        assert_eq!(statuses(&listener, "/", 1), [expected], "{respond}");
        let delivery = listener.delivery();
        assert_eq!(delivery["note"], note, "{delivery}");
        let recorded = sandbox.ok(["events", "show", "latest", "--json"]).object();
        assert_eq!(recorded["status"], delivery["status"], "{respond}");
        let answered = !matches!(respond.split(' ').next(), Some("reset" | "close" | "timeout"));
        assert_eq!(delivery["status"].is_null(), !answered, "{respond}: no answer, no status");
    }
}

#[test]
fn a_sender_that_is_left_waiting_gives_up_and_the_listener_still_ends() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--respond", "/gone => timeout", "--respond", "200 after 30m"]);
    let wire = {
        let mut wire = Wire::to(listener.socket());
        wire.post("/gone", &[], b"");
        wire
    };
    drop(wire);
    assert_eq!(listener.delivery()["path"], "/gone", "it is told when the sender has gone");
    let mut waiting = Wire::to(listener.socket());
    waiting.post("/waits", &[], b"");
    // Once it is recorded it is the answer that is waited for.
    let recorded = || sandbox.ok(["events", "list", "--json"]).objects().len();
    assert!((0..1_000).any(|_| recorded() == 2), "it is recorded before it is answered");
    listener.signal("INT");
    assert_eq!(waiting.reply().expect("an answer").status, 200, "what was to come later comes at the end");
    listener.wait().exits(130);
}

#[test]
fn what_is_no_answer_is_refused_with_its_place() {
    let sandbox = Sandbox::new();
    for (respond, says) in [
        ("ok", "'ok' is no answer: write a status from 200 to 999, timeout, reset or close"),
        ("200:90%,500:5%", "the shares make 95%, not 100%"),
        ("204 body x", "an answer 204 has no body"),
    ] {
        let ran = sandbox.hookctl(["listen", "--bind", "127.0.0.1:0", "--respond", respond]).run();
        ran.refuses(2, says, "");
    }
    let hidden = ["listen", "--respond", "200", "--respond", "stripe => 500"];
    sandbox.hookctl(hidden).run().refuses(2, "'stripe => 500' is never reached", "");
    // A project file must not give away what lies elsewhere.
    sandbox.write("hookctl.toml", "[listen]\nrespond = '200 body @/etc/hostname'\n");
    let ran = sandbox.hookctl(["listen", "--bind", "127.0.0.1:0"]).run();
    ran.refuses(2, "a project file may not set 'listen.respond'", "");
}
