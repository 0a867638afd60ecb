//! `listen --source`: deliveries from a channel, in order, each once recorded, across connections that break.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::{Listener, Sandbox};

/// A channel that says what a test says.
struct Channel(TcpListener);

impl Channel {
    fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").expect("a free port"))
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }

    fn address(&self) -> SocketAddr {
        self.0.local_addr().expect("an address")
    }

    /// The next request, answered with this head.
    fn accept(&self, head: &str) -> (String, TcpStream) {
        let (mut stream, _) = self.0.accept().expect("a connection");
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).expect("a request");
            request.push(byte[0]);
        }
        write!(stream, "{head}\r\n\r\n").expect("an answer");
        (String::from_utf8_lossy(&request).to_lowercase(), stream)
    }

    fn events(&self) -> (String, TcpStream) {
        self.accept("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close")
    }
}

fn say(stream: &mut TcpStream, id: u32, envelope: &Value) {
    write!(stream, "id: {id}\ndata: {envelope}\n\n").expect("an event");
}

/// The next delivery, and what was said of the source before it.
fn delivery(listener: &mut Listener) -> (Value, Vec<Value>) {
    let mut before = Vec::new();
    loop {
        let object = listener.next();
        if object["kind"] == "delivery" {
            return (object, before);
        }
        before.push(object);
    }
}

/// A signed GitHub delivery: its headers as a channel has them, and its body.
fn signed(sandbox: &Sandbox) -> (serde_json::Map<String, Value>, Vec<u8>) {
    let dry = sandbox.ok(["send", "github", "push", "--dry-run", "--json"]).object();
    let headers = dry["headers"].as_array().expect("headers").iter();
    let mut envelope: serde_json::Map<_, _> =
        headers.map(|pair| (pair[0].as_str().expect("a name").to_lowercase(), pair[1].clone())).collect();
    let body = dry["body"].as_str().expect("a body").as_bytes().to_vec();
    envelope.insert("host".into(), "smee.example".into());
    envelope.insert("x-forwarded-proto".into(), "https".into());
    envelope.insert("content-length".into(), body.len().to_string().into());
    (envelope, body)
}

#[test]
fn base64_keeps_a_signature_and_a_body_that_was_parsed_is_said_to_have_changed() {
    let sandbox = Sandbox::new();
    let channel = Channel::new();
    let mut listener = sandbox.listen(["--source", &channel.url("/abc"), "--show", "all"]);
    let (request, mut stream) = channel.events();
    for line in ["get /abc http/1.1", "accept: text/event-stream\r\n", "gosmee"] {
        assert!(request.contains(line), "{line} in {request}");
    }
    assert!(!request.contains("last-event-id"));
    stream
        .write_all(
            b"event: ready\ndata: {}\n\ndata: ready\n\ndata: {\"message\":\"connected\"}\n\nevent: ping\ndata: {}\n\n",
        )
        .expect("greetings");
    let (headers, body) = signed(&sandbox);
    let mut exact = headers.clone();
    exact.insert("bodyB".into(), STANDARD.encode(&body).into());
    exact.insert("timestamp".into(), 1.into());
    say(&mut stream, 1, &exact.into());
    let (first, before) = delivery(&mut listener);
    assert_eq!(before.len(), 1, "greetings are no deliveries: {before:?}");
    assert_eq!(before[0]["state"], "open");
    assert_eq!((&first["verdict"], &first["path"]), (&"valid".into(), &"/abc".into()));
    assert_eq!(first["body"].as_str().expect("a body").as_bytes(), body);
    assert_eq!(first["remote"], channel.address().to_string());

    let mut parsed = headers;
    parsed.insert("body".into(), serde_json::from_slice(&body).expect("JSON"));
    say(&mut stream, 2, &parsed.into());
    let (second, before) = delivery(&mut listener);
    let changed = serde_json::to_vec(&serde_json::from_slice::<Value>(&body).expect("JSON")).expect("JSON");
    if changed == body {
        assert!(before.is_empty() && second["verdict"] == "valid", "{before:?} {second}");
    } else {
        assert_eq!((&before[0]["kind"], &before[0]["state"]), (&"source".into(), &"altered".into()));
        assert_ne!(second["verdict"], "valid");
    }
    write!(stream, "data: nonsense\n\ndata: {{\"bodyB\":\"?\"}}\n\n").expect("events");
    for detail in ["it is not an object in JSON", "its body is not base64"] {
        let mut said = listener.next();
        while said["kind"] != "source" {
            said = listener.next();
        }
        assert_eq!(said["detail"], detail);
    }
    listener.stop().exits(130);
}

#[test]
fn a_stream_that_breaks_is_opened_again_behind_the_last_event() {
    let sandbox = Sandbox::new();
    let channel = Channel::new();
    let mut listener = sandbox.listen(["--source", &channel.url("/abc")]);
    let (_, mut stream) = channel.events();
    write!(stream, "retry: 500\n\n").expect("a wish");
    let envelope = |text: &str| json!({"x-a": "1", "content-type": "text/plain", "body": text, "query": {"a": "b c"}});
    say(&mut stream, 41, &envelope("one"));
    assert_eq!(delivery(&mut listener).0["bytes"], 3);
    // Half an event is none.
    write!(stream, "id: 42\ndata: {}", envelope("half")).expect("half");
    drop(stream);
    let (request, mut stream) = channel.events();
    assert!(request.contains("last-event-id: 41\r\n"), "{request}");
    say(&mut stream, 42, &envelope("three"));
    let (second, before) = delivery(&mut listener);
    let states: Vec<&str> = before.iter().map(|notice| notice["state"].as_str().expect("a state")).collect();
    assert_eq!(states, ["lost", "open"]);
    assert_eq!((&second["bytes"], &second["query"]), (&5.into(), &"a=b+c".into()));
    listener.stop().exits(130);
    assert_eq!(sandbox.ok(["events", "list", "--json"]).objects().len(), 2);
}

#[test]
fn a_new_channel_is_followed_and_what_is_none_is_said_once() {
    let sandbox = Sandbox::new();
    let channel = Channel::new();
    let mut listener = sandbox.listen(["--source", &channel.url("/new")]);
    drop(channel.accept(&format!("HTTP/1.1 307 X\r\nContent-Length: 0\r\nLocation: {}", channel.url("/made"))));
    let moved = listener.next();
    assert_eq!((&moved["state"], &moved["detail"]), (&"moved".into(), &channel.url("/made").into()));
    for _ in 0..2 {
        let (request, _) = channel.accept("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0");
        assert!(request.starts_with("get /made "), "{request}");
    }
    let lost = listener.next();
    assert_eq!(
        (&lost["state"], &lost["detail"]),
        (&"lost".into(), &"it answers with text/html, not with events".into())
    );
    drop(channel.events());
    assert_eq!(listener.next()["state"], "open");
    // A redirect to another server is not followed.
    let ended = listener.stop().exits(130);
    assert!(ended.of_kind("delivery").is_empty(), "{ended}");
    sandbox.hookctl(["listen", "--source", "smee.io/x"]).run().refuses(
        2,
        "is not an http or https URL",
        "http://smee.io/x",
    );
    sandbox.write("hookctl.toml", "[listen]\nsource = 'https://smee.example/x'\n");
    sandbox.hookctl(["listen"]).run().refuses(2, "may not set 'listen.source'", "hookctl trust");
}
