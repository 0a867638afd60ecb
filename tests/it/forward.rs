//! `listen --forward-to`: who is called, what comes back, what is recorded, what is refused.

use serde_json::Value;

use crate::support::tls::TlsReceiver;
use crate::support::{Act, Answer, Listener, Nobody, Peer, Receiver, Reply, Sandbox, Upstream, Wire};

fn post(listener: &Listener, target: &str, body: &[u8]) -> crate::support::wire::Reply {
    Wire::to(listener.socket()).post(target, &[], body).reply().expect("an answer")
}

#[test]
fn the_answer_of_the_target_is_the_answer_of_the_sender_and_recorded() {
    let sandbox = Sandbox::new();
    let headers = vec![("X-Mine", "1".to_owned()), ("Set-Cookie", "a=b".to_owned())];
    let mut app = Receiver::scripted(vec![Answer::Full(201, headers, b"taken".to_vec())]);
    let mut listener = sandbox.listen(["--forward-to", &app.url("")]);
    let reply = post(&listener, "/webhooks/github?x=1", b"{}");
    assert_eq!((reply.status, &reply.body[..]), (201, &b"taken"[..]));
    assert_eq!((reply.header("X-Mine"), reply.header("Set-Cookie")), (Some("1"), Some("a=b")));
    assert_eq!(app.next().target, "/webhooks/github?x=1");
    let delivery = listener.delivery();
    assert_eq!(delivery["status"], 201);
    let forward = &delivery["forwards"][0];
    assert_eq!(forward["url"], app.url("/webhooks/github?x=1"));
    assert_eq!((&forward["status"], &forward["error"]), (&Value::from(201), &Value::Null));
    assert!(forward["duration_ms"].is_number());
    let shown = sandbox.ok(["events", "show", "latest", "--json"]).object();
    assert_eq!((&shown["status"], &shown["forwards"]), (&delivery["status"], &delivery["forwards"]));
}

#[test]
fn a_delivery_is_on_disk_before_it_is_forwarded_and_has_no_status_until_it_is_answered() {
    let sandbox = Sandbox::new();
    let app = Upstream::new();
    app.acts(Act::Hang);
    let listener = sandbox.listen(["--forward-to", &app.url("")]);
    let mut wire = Wire::to(listener.socket());
    wire.post("/x", &[], b"first");
    app.next();
    // The target has it and has not answered; so it must be there already.
    let shown = sandbox.ok(["events", "show", "latest", "--json"]).object();
    assert_eq!((&shown["body"], &shown["status"]), (&Value::from("first"), &Value::Null));
    listener.signal("KILL");
    drop(listener.wait());
    let shown = sandbox.ok(["events", "show", "latest", "--json"]).object();
    assert_eq!((&shown["status"], &shown["forwards"]), (&Value::Null, &serde_json::json!([])));
}

#[test]
fn a_target_that_cannot_be_reached_is_502_and_nothing_is_sent_later() {
    let sandbox = Sandbox::new();
    let nobody = Nobody::new();
    let mut listener = sandbox.listen(["--forward-to", &nobody.url("")]);
    let reply = post(&listener, "/x", b"1");
    assert_eq!(reply.status, 502);
    assert!(String::from_utf8_lossy(&reply.body).contains("refused"));
    let delivery = listener.delivery();
    assert_eq!((&delivery["status"], &delivery["forwards"][0]["error"]), (&Value::from(502), &Value::from("refused")));
}

#[test]
fn a_target_that_comes_back_gets_what_comes_then_and_only_that() {
    let sandbox = Sandbox::new();
    let app = Upstream::new();
    let mut listener = sandbox.listen(["--forward-to", &app.url("")]);
    assert_eq!(post(&listener, "/1", b"1").status, 200);
    app.close();
    assert_eq!(post(&listener, "/2", b"2").status, 502);
    let back = Upstream::at(app.address());
    assert_eq!(post(&listener, "/3", b"3").status, 200);
    assert_eq!(back.next().body(), b"3");
    assert_eq!(back.all(), []);
    let statuses: Vec<Value> = (0..3).map(|_| listener.delivery()["status"].clone()).collect();
    assert_eq!(statuses, [200, 502, 200]);
}

#[test]
fn a_slow_target_is_504() {
    let sandbox = Sandbox::new();
    let app = Receiver::scripted(vec![Answer::Never]);
    let mut listener = sandbox.listen(["--forward-to", &app.url(""), "--timeout", "50ms"]);
    assert_eq!(post(&listener, "/x", b"1").status, 504);
    assert_eq!(listener.delivery()["forwards"][0]["error"], "response-timeout");
}

#[test]
fn answers_that_are_none_become_502_and_split_nothing() {
    let ok = "HTTP/1.1 200 OK\r\n";
    for (answer, error) in [
        ("", "reset"),
        ("garbage\r\n\r\n", "bad-answer"),
        ("HTTP/9.9 200 OK\r\n\r\n", "bad-answer"),
        ("HTTP/1.1 20 OK\r\n\r\n", "bad-answer"),
        ("HTTP/1.1 200 OK\nContent-Length: 0\n\n", "bad-answer"),
        (&format!("{ok}Content-Length: 5\r\n\r\nabc"), "reset"),
        (&format!("{ok}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"), "bad-answer"),
        (&format!("{ok}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "bad-answer"),
        (&format!("{ok}Content-Length: -1\r\n\r\n"), "bad-answer"),
        (&format!("{ok}Transfer-Encoding: chunked\r\n\r\nzz\r\n"), "bad-answer"),
        (&format!("{ok}Transfer-Encoding: chunked\r\n\r\n5\r\nab"), "reset"),
        (&format!("{ok}Transfer-Encoding: gzip\r\n\r\n"), "bad-answer"),
        (&format!("{ok}X: a\rb\r\nContent-Length: 0\r\n\r\n"), "bad-answer"),
        (&format!("{ok}X : a\r\nContent-Length: 0\r\n\r\n"), "bad-answer"),
        (&format!("{ok} folded: a\r\n\r\n"), "bad-answer"),
        (&format!("{ok}X: {}\r\n\r\n", "v".repeat(70_000)), "bad-answer"),
        (&format!("{ok}Content-Length: 99999999999\r\n\r\n"), "bad-answer"),
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", "bad-answer"),
    ] {
        let sandbox = Sandbox::new();
        let mut app = Peer::replying([Reply::Bytes(answer.as_bytes().to_vec())]);
        let mut listener = sandbox.listen(["--forward-to", &app.url("")]);
        let mut wire = Wire::to(listener.socket());
        let reply = wire.post("/x", &[], b"1").reply().unwrap_or_else(|| panic!("no answer to {answer:?}"));
        assert_eq!(reply.status, 502, "{answer:?}");
        app.next();
        let delivery = listener.delivery();
        assert_eq!(delivery["forwards"][0]["error"], error, "{answer:?}");
    }
}

#[test]
fn answers_in_odd_but_right_forms_come_back_whole_and_framed_once() {
    for (answer, status, body) in [
        ("HTTP/1.0 200 OK\r\n\r\nuntil the end", 200, "until the end"),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 202 \r\nContent-Length: 1\r\n\r\nx",
            202,
            "x",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n3;e=1\r\nabc\r\n2\r\nde\r\n0\r\nX: 1\r\n\r\n",
            200,
            "abcde",
        ),
        ("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", 204, ""),
        ("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/elsewhere\r\nContent-Length: 0\r\n\r\n", 302, ""),
        ("HTTP/1.1 599 Odd\r\nContent-Length: 2\r\n\r\nno", 599, "no"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 smuggled\r\nContent-Length: 0\r\n\r\n", 200, "ok"),
        (
            "HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=1\r\nContent-Length: 0\r\n\r\n",
            200,
            "",
        ),
    ] {
        let sandbox = Sandbox::new();
        let mut app = Peer::replying([
            Reply::Bytes(answer.as_bytes().to_vec()),
            Reply::Bytes(b"HTTP/1.1 200 second\r\nContent-Length: 0\r\n\r\n".to_vec()),
        ]);
        let listener = sandbox.listen(["--forward-to", &app.url("")]);
        let mut wire = Wire::to(listener.socket());
        let reply = wire.post("/x", &[], b"1").reply().expect("an answer");
        assert_eq!((reply.status, String::from_utf8_lossy(&reply.body)), (status, body.into()), "{answer:?}");
        let lower = reply.head.to_lowercase();
        for hop in ["transfer-encoding", "x-hop", "keep-alive", "trailer", "connection"] {
            assert!(!lower.contains(hop), "{hop} in {lower}");
        }
        assert!(lower.matches("content-length").count() <= 1);
        app.next();
        // The connection of the sender is in order, and what was behind the answer is nobody's.
        assert_eq!(wire.post("/y", &[], b"2").reply().expect("an answer").status, 200, "{answer:?}");
        app.next();
    }
}

#[test]
fn a_head_is_answered_with_the_length_that_the_target_tells() {
    let sandbox = Sandbox::new();
    let app = Upstream::new();
    app.acts(Act::Say(b"HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n".to_vec()));
    let listener = sandbox.listen(["--forward-to", &app.url("")]);
    let mut wire = Wire::to(listener.socket());
    wire.send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\nHEAD /y HTTP/1.1\r\nHost: h\r\n\r\n");
    app.next();
    app.next();
    assert_eq!(app.all(), []);
}

#[test]
fn connections_to_a_target_are_used_again_and_an_answer_that_comes_in_drops_is_whole() {
    let sandbox = Sandbox::new();
    let app = Upstream::new();
    app.acts(Act::Drip(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".to_vec()));
    let listener = sandbox.listen(["--forward-to", &app.url("")]);
    let mut wire = Wire::to(listener.socket());
    for _ in 0..5 {
        assert_eq!(wire.post("/x", &[], b"1").reply().expect("an answer").body, b"hello");
        assert_eq!(app.next().connection, 0);
    }
    // One that the target closes behind its answer is not.
    app.acts(Act::SayAndClose(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".to_vec()));
    for connection in [0, 1, 2] {
        assert_eq!(wire.post("/x", &[], b"1").reply().expect("an answer").status, 200);
        assert_eq!(app.next().connection, connection);
    }
}

#[test]
fn several_targets_are_all_called_and_the_first_one_answers() {
    let sandbox = Sandbox::new();
    let mut first = Receiver::answering([418]);
    let mut second = Receiver::answering([200]);
    let nobody = Nobody::new();
    let mut listener = sandbox.listen([
        "--forward-to",
        &first.url(""),
        "--forward-to",
        &second.url("/own?k=v"),
        "--forward-to",
        &nobody.url(""),
    ]);
    assert_eq!(post(&listener, "/x?a=b", b"1").status, 418);
    assert_eq!((first.next().target, second.next().target), ("/x?a=b".into(), "/own?k=v&a=b".into()));
    let delivery = listener.delivery();
    let statuses: Vec<&Value> = (0..3).map(|at| &delivery["forwards"][at]["status"]).collect();
    assert_eq!(statuses, [&Value::from(418), &Value::from(200), &Value::Null]);
    assert_eq!((&delivery["status"], &delivery["forwards"][2]["error"]), (&Value::from(418), &Value::from("refused")));
    let shown = sandbox.ok(["events", "show", "latest", "--json"]).object();
    assert_eq!(shown["forwards"], delivery["forwards"]);
}

#[test]
fn the_answer_does_not_wait_for_the_others_but_the_line_and_the_end_do() {
    let sandbox = Sandbox::new();
    let mut first = Receiver::answering([200]);
    let slow = Upstream::new();
    slow.acts(Act::Hang);
    let listener =
        sandbox.listen(["--forward-to", &first.url(""), "--forward-to", &slow.url(""), "--timeout", "400ms"]);
    assert_eq!(post(&listener, "/x", b"1").status, 200);
    first.next();
    slow.next();
    let ran = listener.stop();
    let delivery = &ran.of_kind("delivery")[0];
    assert_eq!(delivery["forwards"][1]["error"], "response-timeout");
}

#[test]
fn a_path_is_kept_or_joined_or_replaced() {
    for (own, keep, arrives) in [("", false, "/a/b?c"), ("/app", false, "/app?c"), ("/app/", true, "/app/a/b?c")] {
        let sandbox = Sandbox::new();
        let mut app = Receiver::answering([200]);
        let mut args = vec!["--forward-to".to_owned(), app.url(own)];
        args.extend(keep.then(|| "--keep-path".to_owned()));
        let listener = sandbox.listen(args);
        assert_eq!(post(&listener, "/a/b?c", b"1").status, 200);
        assert_eq!(app.next().target, arrives);
    }
}

#[test]
fn what_is_refused_here_is_not_forwarded() {
    let sandbox = Sandbox::new();
    let app = Receiver::answering([200]);
    let listener = sandbox.listen(["--forward-to", &app.url(""), "--require-signature"]);
    assert_eq!(post(&listener, "/stripe", b"{}").status, 401);
    drop(listener);
    app.was_left_alone();
}

#[test]
fn repetitions_are_forwarded_unless_they_are_dropped_and_the_first_was_accepted() {
    for (drop_them, statuses, called) in
        [(false, [200, 200, 200], 3), (true, [200, 200, 200], 1), (true, [500, 200, 200], 3)]
    {
        let sandbox = Sandbox::new();
        let mut app = Receiver::answering([statuses[0], 200]);
        let mut args = vec!["--forward-to".to_owned(), app.url("")];
        args.extend(drop_them.then(|| "--drop-duplicates".to_owned()));
        let mut listener = sandbox.listen(args);
        for status in statuses {
            assert_eq!(post(&listener, "/x", b"the same").status, status);
        }
        assert_eq!(app.all().len(), called);
        let first = listener.delivery();
        assert_eq!(listener.delivery()["duplicate_of"], first["id"]);
    }
}

#[test]
fn hookctl_never_calls_itself_or_other_machines() {
    let sandbox = Sandbox::new();
    // The address is known beforehand here. Below those that a system gives out itself, a port that is free stays free.
    let free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let port = (20_000..32_000).find(free).expect("a free port");
    let bind = format!("127.0.0.1:{port}");
    for host in [
        "127.0.0.1",
        "127.0.0.1.",
        "localhost",
        "LOCALHOST.",
        "app.localhost",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "017700000001",
        "0177.0.0.1",
        "%31%32%37.0.0.1",
        "\u{ff11}27\u{3002}0\u{3002}0\u{3002}1",
        "127.0.0.2",
        "127.255.255.254",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
    ] {
        let url = format!("http://{host}:{port}/x");
        sandbox.hookctl(["listen", "--bind", &bind, "--no-ui", "--forward-to", &url]).run().refuses(
            2,
            "is where this hookctl listens itself",
            "--forward-to",
        );
        let (ui, bind) = (&bind, "127.0.0.1:0");
        sandbox.hookctl(["listen", "--bind", bind, "--ui", ui, "--forward-to", &url]).run().refuses(
            2,
            "is where this hookctl listens itself",
            "--forward-to",
        );
    }
    for url in [
        "http://192.0.2.1/",
        "http://8.8.8.8:3000",
        "http://[2001:db8::1]/",
        "http://0.0.0.0:80/",
        "http://169.254.169.254/",
    ] {
        let args = ["listen", "--bind", "127.0.0.1:0", "--no-ui", "--forward-to", url];
        sandbox.hookctl(args).run().refuses(2, "is not on this machine", "--allow-remote");
    }
    for url in
        ["http://0.0.0.0:80/", "http://169.254.169.254/", "http://[::ffff:169.254.169.254]/", "http://[fe80::1]/"]
    {
        let args = ["listen", "--bind", "127.0.0.1:0", "--no-ui", "--allow-remote", "--forward-to", url];
        sandbox.hookctl(args).run().refuses(2, "no receiver can have the address", "");
    }
    for url in ["ftp://127.0.0.1/", "127.0.0.1:3000", "http://u:p@127.0.0.1/", "http://"] {
        sandbox.hookctl(["listen", "--forward-to", url]).run().exits(2);
    }
}

#[test]
fn a_name_that_means_another_machine_by_now_is_not_called() {
    // Names of this process's own, in a mount namespace, which not everybody may make.
    let may = std::process::Command::new("unshare").args(["-m", "true"]).stderr(std::process::Stdio::null()).status();
    if !may.is_ok_and(|status| status.success()) {
        return;
    }
    for (allows, elsewhere) in [(&[][..], "192.0.2.1"), (&["--allow-remote"], "169.254.169.254")] {
        let (sandbox, app) = (Sandbox::new(), Upstream::new());
        let means = |address: &str| sandbox.write("hosts", format!("{address} app.test\n"));
        let hosts = means("127.0.0.1").to_str().expect("a path").to_owned();
        let script = "mount --bind \"$0\" /etc/hosts && exec \"$@\"";
        let url = format!("http://app.test:{}/", app.address().port());
        let line = ["listen", "--json", "--bind", "127.0.0.1:0", "--ui", "127.0.0.1:0", "--forward-to", &url];
        let hookctl = sandbox.hookctl(line.iter().chain(allows)).under(&["unshare", "-m", "sh", "-c", script, &hosts]);
        let mut listener = hookctl.listen();
        assert_eq!(post(&listener, "/x", b"1").status, 200);
        listener.delivery();
        // The connection is kept as long as it lasts: the next one is dialled.
        app.acts(Act::SayAndClose(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec()));
        assert_eq!(post(&listener, "/x", b"2").status, 200);
        listener.delivery();
        means(elsewhere);
        assert_eq!(post(&listener, "/x", b"3").status, 502);
        assert_eq!(listener.delivery()["forwards"][0]["error"], "not-allowed", "{elsewhere}");
        means("127.0.0.1");
        assert_eq!(post(&listener, "/x", b"4").status, 200);
    }
}

#[test]
fn a_target_behind_tls_gets_the_same_bytes() {
    let sandbox = Sandbox::new();
    let mut app = TlsReceiver::new();
    let authority = sandbox.write("ca.pem", app.certificate());
    let untrusting = sandbox.listen(["--forward-to", &app.url("")]);
    assert_eq!(post(&untrusting, "/x", b"1").status, 502);
    drop(untrusting);
    let listener = sandbox.listen(["--forward-to", &app.url(""), "--cacert", authority.to_str().expect("a path")]);
    let mut wire = Wire::to(listener.socket());
    assert_eq!(wire.post("/x", &["x-oDD: 1", "X-Odd: 2"], b"1").reply().expect("an answer").status, 200);
    let host = app.url("").trim_start_matches("https://").to_owned();
    let expected = format!("POST /x HTTP/1.1\r\nHost: {host}\r\nx-oDD: 1\r\nX-Odd: 2\r\nContent-Length: 1\r\n\r\n1");
    assert_eq!(String::from_utf8_lossy(&app.next()), expected);
}
