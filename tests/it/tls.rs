//! `listen --tls`: HTTP/1.1 and HTTP/2 behind a certificate, with the same limits, gates and answers as without.

use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::support::{Listener, Sandbox};

type Sender = hyper::client::conn::http2::SendRequest<Full<Bytes>>;

/// A connection with HTTP/2 to a listener whose certificate is fetched from its inspector's address.
async fn connect(listener: &Listener) -> Sender {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(&certificate(listener)).expect("PEM")).expect("a certificate");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let stream = TcpStream::connect(listener.socket()).await.expect("it listens");
    let name = ServerName::try_from("localhost").expect("a name");
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.expect("it is trusted");
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
    let (sender, connection) = handshake.await.expect("HTTP/2");
    tokio::spawn(connection);
    sender
}

fn certificate(listener: &Listener) -> Vec<u8> {
    let (status, body) = crate::inspector::get(listener, "/certs/listen.pem");
    assert_eq!(status, 200);
    body.into_bytes()
}

fn post(target: &str, headers: &[(&str, &str)], body: &'static [u8]) -> hyper::Request<Full<Bytes>> {
    let mut request = hyper::Request::post(format!("https://localhost{target}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Full::new(Bytes::from_static(body))).expect("a request")
}

/// The status of an answer, and its body as far as it came; an error if the stream was reset before.
async fn exchange(sender: &mut Sender, request: hyper::Request<Full<Bytes>>) -> Result<(u16, Vec<u8>), hyper::Error> {
    let answer = sender.send_request(request).await?;
    let status = answer.status().as_u16();
    Ok((status, answer.into_body().collect().await?.to_bytes().to_vec()))
}

fn with_http2(test: impl AsyncFnOnce()) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(test());
}

#[test]
fn a_certificate_is_made_shown_and_trusted() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--tls"]);
    assert!(listener.address().starts_with("https://127.0.0.1:"));
    let fingerprint = listener.ready()["certificate_sha256"].as_str().expect("a fingerprint").to_owned();
    assert_eq!(fingerprint.len(), 95);
    let url = listener.url("/webhooks/stripe");
    // Who does not know it does not send; who was given it does, and so does who asks no questions.
    let send = ["send", "stripe", "customer.created", "--to", &url];
    sandbox.hookctl(send).run().exits(3);
    assert_eq!(listener.next()["kind"], "refused", "the handshake did not come about");
    sandbox.write("listen.pem", certificate(&listener));
    for trust in [&["--cacert", "listen.pem"][..], &["--insecure"]] {
        sandbox.ok(send.iter().copied().chain(trust.iter().copied()));
        let delivery = listener.delivery();
        assert_eq!((&delivery["verdict"], &delivery["status"]), (&"valid".into(), &200.into()));
    }
    // A second listener has a certificate of its own.
    assert_ne!(sandbox.listen(["--tls"]).ready()["certificate_sha256"], fingerprint.as_str());
}

#[test]
fn a_certificate_of_ones_own_is_used_and_must_fit_its_key() {
    let sandbox = Sandbox::new();
    let pairs = [(); 2].map(|()| rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("made"));
    sandbox.write("cert.pem", pairs[0].cert.pem());
    sandbox.write("key.pem", pairs[0].signing_key.serialize_pem());
    sandbox.write("other.pem", pairs[1].signing_key.serialize_pem());
    let mut listener = sandbox.listen(["--cert", "cert.pem", "--key", "key.pem"]);
    let url = format!("https://localhost:{}/webhooks/stripe", listener.socket().port());
    sandbox.ok(["send", "stripe", "customer.created", "--to", &url, "--cacert", "cert.pem"]);
    assert_eq!(listener.delivery()["verdict"], "valid");
    assert_eq!(
        crate::inspector::get(&listener, "/certs/listen.pem").0,
        404,
        "it is no secret, but nobody asked for it"
    );
    let listen = |args: &[&str]| sandbox.hookctl(["listen", "--bind", "127.0.0.1:0"].iter().chain(args)).run();
    listen(&["--cert", "cert.pem"]).refuses(2, "--cert needs --key", "--tls makes a certificate");
    listen(&["--key", "key.pem"]).refuses(2, "--key needs --cert", "");
    listen(&["--cert", "cert.pem", "--key", "other.pem"]).refuses(
        2,
        "cert.pem: the key and the certificate do not",
        "",
    );
    listen(&["--cert", "key.pem", "--key", "key.pem"]).refuses(2, "key.pem: there is no certificate in it", "");
    listen(&["--cert", "cert.pem", "--key", "cert.pem"]).refuses(2, "cert.pem: there is no private key in it", "");
    listen(&["--cert", "nowhere.pem", "--key", "key.pem"]).refuses(2, "nowhere.pem: no such file", "");
}

#[test]
fn http_2_is_recorded_as_a_head_that_was_made_and_a_body_as_it_came() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--tls"]);
    with_http2(async || {
        let mut sender = connect(&listener).await;
        let headers = [("x-rep", "1"), ("content-type", "text/plain"), ("x-rep", "2")];
        let answer = exchange(&mut sender, post("/a%20b?x=1", &headers, b"\x00\xff\r\n")).await.expect("an answer");
        assert_eq!(answer, (200, Vec::new()));
    });
    let number = listener.delivery()["number"].to_string();
    assert_eq!(sandbox.ok(["events", "show", &number, "--raw"]).bytes(), b"\x00\xff\r\n");
    let made = sandbox.ok(["events", "show", &number, "--http"]);
    let head = "POST /a%20b?x=1 HTTP/1.1\r\nhost: localhost\r\nx-rep: 1\r\nx-rep: 2\r\ncontent-type: text/plain\r\ncontent-length: 4\r\n\r\n";
    assert_eq!(
        String::from_utf8_lossy(made.bytes()),
        String::from_utf8_lossy(&[head.as_bytes(), b"\x00\xff\r\n"].concat())
    );
}

#[test]
fn http_2_has_the_same_limits_and_gates() {
    let sandbox = Sandbox::new();
    let args = ["--tls", "--max-body", "1000", "--max-headers", "10", "--rate-limit", "6/h", "--validate"];
    let mut listener = sandbox.listen(args);
    with_http2(async || {
        let mut sender = connect(&listener).await;
        let many: Vec<(String, String)> = (0..10).map(|n| (format!("x-{n}"), "1".to_owned())).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let json = [("content-type", "application/json")];
        let long: &'static str = Box::leak(format!("/{}", "p".repeat(9_000)).into_boxed_str());
        for (target, headers, body, status) in [
            ("/", &[][..], &[b'x'; 1000][..], 200),
            ("/", &[], &[b'x'; 1001], 413),
            ("/", &many, b"", 431),
            (long, &[], b"", 414),
            ("/", &json, b"{", 400),
            ("/", &json, b"{}", 200),
            ("/", &json, b"[]", 200),
            ("/", &json, b"[1]", 200),
            ("/", &json, b"[2]", 429),
        ] {
            let body: &'static [u8] = Box::leak(body.to_vec().into_boxed_slice());
            let answer = exchange(&mut sender, post(target, headers, body)).await.expect("an answer");
            assert_eq!(answer.0, status, "{target:.10} {headers:?}");
        }
    });
    let told: Vec<Value> = (0..9).map(|_| listener.next()["status"].clone()).collect();
    assert_eq!(told, [200, 413, 431, 414, 400, 200, 200, 200, 429]);
}

#[test]
fn http_2_has_the_same_answers_also_broken_ones() {
    let sandbox = Sandbox::new();
    let answers = ["/late => 202 after 10ms body text", "/cut => 200 cut", "/reset => reset", "/close => close", "201"];
    let answers = answers.iter().flat_map(|answer| ["--respond", answer]);
    let mut listener = sandbox.listen(["--tls"].into_iter().chain(answers));
    with_http2(async || {
        let mut sender = connect(&listener).await;
        assert_eq!(exchange(&mut sender, post("/late", &[], b"")).await.expect("an answer"), (202, b"text".to_vec()));
        for broken in ["/cut", "/reset", "/close"] {
            assert!(exchange(&mut sender, post(broken, &[], b"")).await.is_err(), "{broken}");
        }
        assert_eq!(exchange(&mut sender, post("/", &[], b"")).await.expect("an answer").0, 201, "the others go on");
    });
    let told: Vec<Value> = (0..5).map(|_| listener.delivery()["status"].clone()).collect();
    assert_eq!(told, [Value::from(202), 200.into(), Value::Null, Value::Null, 201.into()]);
}

#[test]
fn http_2_refuses_who_is_not_allowed_and_ends_with_the_listener() {
    let sandbox = Sandbox::new();
    let listener = sandbox.listen(["--tls", "--allow", "192.0.2.1"]);
    with_http2(async || {
        let mut sender = connect(&listener).await;
        assert_eq!(exchange(&mut sender, post("/", &[], b"x")).await.expect("an answer").0, 403);
    });
    listener.stop().exits(130);
    let listener = sandbox.listen(["--tls", "--respond", "200 after 30m"]);
    with_http2(async || {
        let mut sender = connect(&listener).await;
        let under_way = tokio::spawn(async move { exchange(&mut sender, post("/", &[], b"x")).await });
        let recorded = || sandbox.ok(["events", "list", "--json"]).objects().len();
        tokio::task::yield_now().await;
        while recorded() < 1 {
            tokio::task::yield_now().await;
        }
        listener.signal("TERM");
        assert_eq!(under_way.await.expect("no panic").expect("an answer").0, 200, "what was to come later comes now");
    });
    listener.wait().exits(130);
}
