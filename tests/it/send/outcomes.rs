//! What counts as accepted, and how failures are told apart.

use std::sync::{Arc, Barrier};

use serde_json::{Value, json};

use super::{EVENT, OK, attempt, send};
use crate::support::tls::TlsReceiver;
use crate::support::{Answer, Nobody, Peer, Receiver, Reply, STUCK, Sandbox};

#[test]
fn a_status_that_the_provider_accepts_ends_with_0_and_another_with_1() {
    for (provider, event, status, code) in [
        ("stripe", "charge.succeeded", 200, 0),
        ("stripe", "charge.succeeded", 204, 0),
        ("stripe", "charge.succeeded", 302, 1),
        ("gitlab", "push", 302, 0),
        ("stripe", "charge.succeeded", 400, 1),
        ("stripe", "charge.succeeded", 503, 1),
    ] {
        let sandbox = Sandbox::new();
        let mut receiver = Receiver::answering([status]);
        let ran = sandbox.hookctl(["send", provider, event, "--json", "--to", &receiver.url("/")]).run().exits(code);
        let attempt = attempt(&ran);
        assert_eq!((&attempt["status"], &attempt["accepted"]), (&json!(status), &json!(code == 0)));
        assert_eq!(attempt["error"], Value::Null);
        assert_eq!(receiver.all().len(), 1, "no retry, no redirect");
        let summary = ran.of_kind("summary");
        assert_eq!(
            summary,
            [json!({"kind": "summary", "deliveries": 1, "accepted": 1 - code, "failed": code, "dead": code})]
        );
    }
}

#[test]
fn with_expect_the_expected_status_is_the_good_one() {
    for (expect, status, code) in
        [("401", 401, 0), ("4xx", 404, 0), ("400-403", 403, 0), ("401", 200, 1), ("4xx", 503, 1), ("204", 200, 1)]
    {
        let sandbox = Sandbox::new();
        let mut receiver = Receiver::answering([status]);
        send(&sandbox, &receiver.url("/"), &["--expect", expect]).exits(code);
        receiver.next();
    }
}

#[test]
fn a_redirect_is_an_answer_and_not_an_instruction() {
    let sandbox = Sandbox::new();
    let elsewhere = Receiver::answering([200]);
    for status in [301, 302, 303, 307, 308] {
        let mut receiver =
            Receiver::scripted(vec![Answer::Full(status, vec![("Location", elsewhere.url("/"))], Vec::new())]);
        let ran = send(&sandbox, &receiver.url("/"), &["--json"]).exits(1);
        assert_eq!(attempt(&ran)["status"], status);
        receiver.next();
    }
    elsewhere.was_left_alone();
}

#[test]
fn a_host_name_that_does_not_resolve_is_dns() {
    let sandbox = Sandbox::new();
    let ran = send(&sandbox, "http://does-not-exist.invalid/", &["--json"]).exits(3);
    assert_eq!(attempt(&ran)["error"], "dns");
    let ran = send(&sandbox, "http://does-not-exist.invalid/", &[]).exits(3);
    assert!(ran.stdout().contains("the host name cannot be resolved"), "{ran}");
}

#[test]
fn a_port_where_nobody_listens_is_refused() {
    let (sandbox, nobody) = (Sandbox::new(), Nobody::new());
    let ran = send(&sandbox, &nobody.url("/"), &["--json"]).exits(3);
    let attempt = attempt(&ran);
    assert_eq!(
        (&attempt["error"], &attempt["status"], &attempt["response"]),
        (&json!("refused"), &Value::Null, &Value::Null)
    );
    let ran = send(&sandbox, &nobody.url("/"), &[]).exits(3);
    assert!(ran.stdout().contains("connection refused: nothing listens there"), "{ran}");
}

#[test]
fn a_connection_that_breaks_is_reset() {
    for reply in [
        Reply::Reset,
        Reply::Close,
        Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Le".to_vec()),
        Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf".to_vec()),
        Reply::Bytes(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha".to_vec()),
    ] {
        let sandbox = Sandbox::new();
        let mut peer = Peer::replying([reply]);
        let ran = send(&sandbox, &peer.url("/"), &["--json"]).exits(1);
        assert_eq!(attempt(&ran)["error"], "reset", "{ran}");
        peer.next();
    }
}

#[test]
fn an_answer_that_is_not_http_is_a_bad_answer() {
    for bytes in [
        &b"SSH-2.0-OpenSSH_9.6\r\n\r\n"[..],
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ] {
        let sandbox = Sandbox::new();
        let mut peer = Peer::replying([Reply::Bytes(bytes.to_vec())]);
        let ran = send(&sandbox, &peer.url("/"), &["--json"]).exits(1);
        assert_eq!(attempt(&ran)["error"], "bad-answer", "{}", String::from_utf8_lossy(bytes));
        peer.next();
    }
}

#[test]
fn a_receiver_that_does_not_answer_in_time_is_told_so() {
    let sandbox = Sandbox::new();
    let mut receiver = Receiver::scripted(vec![Answer::Never]);
    let ran = send(&sandbox, &receiver.url("/"), &["--json", "--timeout", "200ms"]).exits(1);
    assert_eq!(attempt(&ran)["error"], "response-timeout");
    receiver.next();
    // The time limit may be configured too.
    let ran = sandbox
        .hookctl(EVENT.into_iter().chain(["--json", "--to", &receiver.url("/")]))
        .env("HOOKCTL_SEND_TIMEOUT", "100ms")
        .run()
        .exits(1);
    assert_eq!(attempt(&ran)["error"], "response-timeout");
    receiver.next();
}

#[test]
fn a_port_that_takes_no_connection_in_time_is_told_from_one_that_does_not_answer() {
    // A queue for connections that nobody takes from: once it is full, the system answers nobody.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
    let _inside = runtime.enter();
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let listener = socket.listen(0).expect("a listener");
    let address = listener.local_addr().expect("an address");
    let in_time = std::time::Duration::from_millis(300);
    let mut waiting = Vec::new();
    while let Ok(stream) = std::net::TcpStream::connect_timeout(&address, in_time) {
        waiting.push(stream);
        if waiting.len() > 8 {
            // A system that never says that its queue is full.
            return;
        }
    }
    let sandbox = Sandbox::new();
    let ran = send(&sandbox, &format!("http://{address}/"), &["--json", "--timeout", "300ms"]).exits(3);
    assert_eq!(attempt(&ran)["error"], "connect-timeout", "{ran}");
    let told = send(&sandbox, &format!("http://{address}/"), &["--timeout", "300ms"]).exits(3);
    assert!(told.stdout().contains("no connection within the time limit"), "{told}");
}

#[test]
fn tls_is_checked_against_the_authority_that_is_named() {
    let sandbox = Sandbox::new();
    let mut receiver = TlsReceiver::new();
    let authority = sandbox.write("ca.pem", receiver.certificate());
    let ran = send(&sandbox, &receiver.url("/hook"), &["--json"]).exits(3);
    assert_eq!(attempt(&ran)["error"], "tls");
    let ran = send(&sandbox, &receiver.url("/hook"), &["--json", "--insecure"]).exits(0);
    assert_eq!(attempt(&ran)["status"], 200);
    assert!(receiver.next().starts_with(b"POST /hook HTTP/1.1\r\n"));
    let authority = authority.to_str().expect("a path");
    send(&sandbox, &receiver.url("/hook"), &["--cacert", authority]).exits(0);
    receiver.next();
    let broken = sandbox.write("broken.pem", "no certificate");
    send(&sandbox, &receiver.url("/hook"), &["--cacert", broken.to_str().expect("a path")]).refuses(
        2,
        "broken.pem is no certificate in PEM",
        "",
    );
}

#[test]
fn a_port_that_speaks_no_tls_is_no_success() {
    let sandbox = Sandbox::new();
    let mut peer = Peer::replying([Reply::Bytes(OK.to_vec())]);
    let https = peer.url("/").replace("http:", "https:");
    // What speaks no TLS reads the greeting as a request without an end; it is the sender who gives up.
    let ran = send(&sandbox, &https, &["--json", "--timeout", "500ms"]);
    assert_ne!(ran.code(), Some(0), "{ran}");
    assert_ne!(attempt(&ran)["error"], Value::Null, "{ran}");
    peer.next();
}

#[test]
fn nothing_connected_is_3_and_something_connected_is_1() {
    let (sandbox, nobody) = (Sandbox::new(), Nobody::new());
    let mut receiver = Receiver::answering([500]);
    let (to, other) = (nobody.url("/"), receiver.url("/"));
    send(&sandbox, &to, &["--to", "http://does-not-exist.invalid/"]).exits(3);
    send(&sandbox, &to, &["--to", &other]).exits(1);
    receiver.next();
}

#[test]
fn several_targets_are_sent_to_side_by_side() {
    let sandbox = Sandbox::new();
    // Neither answers before both were called: one after the other would never end.
    let both = Arc::new(Barrier::new(2));
    let mut one = Receiver::scripted(vec![Answer::Together(both.clone())]);
    let mut two = Receiver::scripted(vec![Answer::Together(both)]);
    let limit = format!("{}s", STUCK.as_secs());
    let ran = send(&sandbox, &one.url("/one"), &["--to", &two.url("/two"), "--json", "--timeout", &limit]).exits(0);
    let (first, second) = (one.next(), two.next());
    assert_eq!((first.target.as_str(), second.target.as_str()), ("/one", "/two"));
    assert_eq!(first.body, second.body, "the same event");
    let attempts = ran.of_kind("attempt");
    assert_ne!(attempts[0]["delivery_id"], attempts[1]["delivery_id"]);
    assert_eq!(attempts[0]["event_id"], attempts[1]["event_id"]);
    assert_eq!(ran.of_kind("summary")[0]["deliveries"], 2);
}
