//! `load` against receivers that refuse, reset, stall, go away or answer strangely: each is told as what it is, and the exit code
//! says the truth.

use std::time::Duration;

use crate::load::{fraction, load, number};
use crate::support::crowd::{Crowd, Turn, answer};
use crate::support::{Nobody, Sandbox};

#[test]
fn answers_of_every_form_are_understood() {
    let receiver = Crowd::new(|number, _| match number % 5 {
        0 => Turn::Write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n".to_vec()),
        1 => Turn::Write(
            b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 201 Made\r\nContent-Length: 2\r\n\r\nok".to_vec(),
        ),
        2 => Turn::Last(b"HTTP/1.1 202 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".to_vec()),
        3 => Turn::Last(b"HTTP/1.0 200 OK\r\n\r\nuntil the end".to_vec()),
        _ => Turn::Write(b"HTTP/1.1 204 None\r\n\r\n".to_vec()),
    });
    let report = load(&receiver.url("/"), &["--requests", "100", "--concurrency", "3"], 0);
    assert_eq!(number(&report, "/succeeded"), 100);
    assert_eq!(report["statuses"], serde_json::json!({"200": 40, "201": 20, "202": 20, "204": 20}));
    assert!(number(&report, "/connections") >= 40, "closed connections are made anew");
    assert_eq!(receiver.all().len(), 100);
}

#[test]
fn failures_are_told_apart_and_a_receiver_that_comes_back_is_used_again() {
    let receiver = Crowd::new(|number, _| match number % 4 {
        0 => Turn::Reset,
        1 => Turn::Last(Vec::new()),
        2 => Turn::Last(b"SSH-2.0-no\r\n\r\n".to_vec()),
        _ => Turn::Write(answer(200)),
    });
    let report = load(&receiver.url("/"), &["--requests", "80", "--concurrency", "2"], 0);
    assert_eq!(number(&report, "/requests"), 80);
    assert_eq!(report["errors"], serde_json::json!({"bad-answer": 20, "reset": 40}));
    assert_eq!(number(&report, "/succeeded"), 20);
    assert_eq!(number(&report, "/failed"), 60);
}

#[test]
fn an_oversized_answer_head_is_refused() {
    let head = format!("HTTP/1.1 200 OK\r\nX: {}\r\nContent-Length: 0\r\n\r\n", "x".repeat(100_000));
    let receiver = Crowd::new(move |_, _| Turn::Write(head.clone().into_bytes()));
    let report = load(&receiver.url("/"), &["--requests", "3", "--concurrency", "1"], 1);
    assert_eq!(report["errors"]["bad-answer"], 3);
}

#[test]
fn a_receiver_that_never_answers_runs_into_the_time_limit() {
    let receiver = Crowd::new(|_, _| Turn::Silence);
    let report = load(&receiver.url("/"), &["--requests", "4", "--concurrency", "4", "--timeout", "100ms"], 1);
    assert_eq!(report["errors"], serde_json::json!({"response-timeout": 4}));
    assert!(fraction(&report, "/latency_ms/min") >= 100.0, "whoever waited has waited: {report}");
}

#[test]
fn the_exit_code_tells_the_truth() {
    let broken = Crowd::answering(500);
    let report = load(&broken.url("/"), &["--requests", "10"], 1);
    assert_eq!(report["statuses"], serde_json::json!({"500": 10}));
    assert_eq!(number(&report, "/failed"), 10);

    let slow = Crowd::new(|_, _| Turn::After(Duration::from_millis(300), answer(200)));
    let flags = ["--rate", "50/s", "--duration", "500ms", "--max-in-flight", "2"];
    let report = load(&slow.url("/"), &flags, 1);
    assert!(number(&report, "/dropped_starts") >= 20, "{report}");
    assert_eq!(number(&report, "/requests") + number(&report, "/dropped_starts"), 25);
    assert!(fraction(&report, "/rate/achieved") < 49.0);
    assert_eq!(load(&slow.url("/"), &[&flags[..], &["--allow-missed-rate"]].concat(), 0)["kind"], "load_report");
}

#[test]
fn nobody_there_and_somebody_elses_machine() {
    let sandbox = Sandbox::new();
    let nobody = Nobody::new();
    sandbox.hookctl(["load", &nobody.url("/hooks"), "--requests", "5"]).run().refuses(
        3,
        "connection refused",
        "start the receiver first",
    );
    // Documentation addresses (RFC 5737): nobody could be hit by mistake.
    for host in ["192.0.2.1", "[2001:db8::1]"] {
        sandbox.hookctl(["load", &format!("http://{host}:9/hooks"), "--requests", "5"]).run().refuses(
            2,
            "not this machine",
            "--allow-remote",
        );
    }
    sandbox.hookctl(["load", "ftp://127.0.0.1/"]).run().refuses(2, "not an http or https URL", "http://host:port/path");
    sandbox.hookctl(["load", "http://127.0.0.1:9/", "--rate", "0/s"]).run().exits(2);
}

#[test]
fn a_receiver_that_goes_away_is_told_as_what_it_is() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/hooks", listener.local_addr().expect("an address"));
    let serving = std::thread::spawn(move || {
        // The first connection only sees whether somebody is there.
        let _ = listener.accept().expect("a connection");
        let (mut stream, _) = listener.accept().expect("a connection");
        drop(listener);
        let mut request = vec![0; 64 * 1024];
        let _ = std::io::Read::read(&mut stream, &mut request).expect("a request");
        std::io::Write::write_all(&mut stream, &answer(200)).expect("a client");
    });
    let report = load(&url, &["--requests", "4", "--concurrency", "1"], 0);
    serving.join().expect("no panic");
    let refused = number(&report, "/errors/refused");
    let reset = report["errors"]["reset"].as_u64().unwrap_or_default();
    assert_eq!((number(&report, "/succeeded"), refused + reset), (1, 3), "{report}");
}
