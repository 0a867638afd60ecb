//! The second address of `listen`: health, and the certificates that receivers fetch.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::support::{Listener, Sandbox, Wire};

/// Status and body of a GET, over a bare socket.
pub(crate) fn get(listener: &Listener, path: &str) -> (u16, String) {
    let address = listener.ui().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("the inspector");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default();
    (status, body)
}

#[test]
fn it_says_that_all_is_well() {
    let sandbox = Sandbox::new();
    let listener = sandbox.listen::<_, &str>([]);
    assert_eq!(get(&listener, "/healthz"), (200, "ok\n".to_owned()));
}

#[test]
fn it_serves_the_certificate_that_verifies_what_send_signs_and_no_private_key() {
    let sandbox = Sandbox::new();
    let listener = sandbox.listen::<_, &str>([]);
    let (status, pem) = get(&listener, "/certs/paypal.pem");
    assert_eq!(status, 200);
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----") && !pem.contains("PRIVATE"));
    let public: serde_json::Value =
        serde_json::from_str(&sandbox.ok(["secret", "paypal", "--public"]).stdout()).expect("JSON");
    assert_eq!(public["certificate_pem"], pem);
    assert!(public.get("private_key_pem").is_none());
}

#[test]
fn it_serves_nothing_else_to_whoever_does_not_know_the_token() {
    let sandbox = Sandbox::new();
    let listener = sandbox.listen::<_, &str>([]);
    for (path, expected) in [
        ("/", 401),
        ("/nothing", 401),
        ("/certs/", 401),
        ("/certs/stripe.pem", 404),
        ("/certs/nobody.pem", 404),
        ("/certs/paypal", 404),
        ("/certs/..%2fpaypal.pem", 404),
    ] {
        let (status, body) = get(&listener, path);
        assert_eq!(status, expected, "{path}");
        assert!(!body.contains("BEGIN"), "{path}");
    }
}

#[test]
fn a_busy_address_moves_to_a_free_one_and_says_so() {
    let sandbox = Sandbox::new();
    let first = sandbox.listen::<_, &str>([]);
    let busy = first.ui().trim_start_matches("http://").to_owned();
    let second =
        sandbox.hookctl(["listen", "--json", "--bind", "127.0.0.1:0"]).env("HOOKCTL_LISTEN_UI", &busy).listen();
    assert_ne!(second.ui(), first.ui());
    assert!(second.stop().exits(130).stderr().contains("is in use; the inspector takes a free port"));
    let asked = sandbox.hookctl(["listen", "--bind", "127.0.0.1:0", "--ui", &busy]).run();
    asked.refuses(3, "the address is in use", "takes a free port");
}

#[test]
fn a_wide_address_is_warned_of_and_needs_the_token_all_the_same() {
    let sandbox = Sandbox::new();
    let listener = sandbox.hookctl(["listen", "--json", "--bind", "127.0.0.1:0", "--ui", "0.0.0.0:0"]).listen();
    let port = listener.ui().rsplit(':').next().expect("a port").parse().expect("a port");
    let ask = |host: &str| {
        let mut wire = Wire::to(([127, 0, 0, 1], port).into());
        wire.send(format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"))
            .reply()
            .expect("an answer")
            .status
    };
    // By whatever address it is reached, and by no name.
    assert_eq!(ask(&format!("127.0.0.1:{port}")), 401);
    assert_eq!(ask(&format!("192.0.2.1:{port}")), 401);
    assert_eq!(ask(&format!("rebound.test:{port}")), 421);
    let told = listener.stop().exits(130).stderr();
    assert!(told.contains("can be reached from other machines by whoever knows its token"), "{told}");
}

#[test]
fn it_can_be_left_out() {
    let sandbox = Sandbox::new();
    let listener = sandbox.hookctl(["listen", "--json", "--bind", "127.0.0.1:0", "--no-ui"]).listen();
    assert!(listener.ready()["ui"].is_null());
}
