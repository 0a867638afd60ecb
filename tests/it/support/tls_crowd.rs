//! A receiver for many connections at once, behind TLS or not, HTTP/1.1 and HTTP/2, that we did not write (hyper).

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

use super::receiver::Received;

/// What becomes of the n-th request.
pub(crate) enum Reply {
    /// This status, and nothing else.
    Status(u16),
    /// The same, after a wait in which every other request waits too.
    Stall(Duration),
    /// The same, and the connection ends.
    Last(u16),
    /// 200, with a field of so many bytes.
    Large(usize),
}

/// The receiver.
pub(crate) struct TlsCrowd {
    address: SocketAddr,
    /// What to trust, in PEM; empty without TLS.
    certificate: String,
    got: Arc<Mutex<Vec<(Version, Received)>>>,
    connections: Arc<AtomicUsize>,
}

type Turn = dyn Fn(usize) -> Reply + Send + Sync;

impl TlsCrowd {
    /// Behind TLS, offering these protocols; without any, no TLS.
    pub(crate) fn new(protocols: &[&str], turn: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("a certificate");
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let acceptor = (!protocols.is_empty()).then(|| TlsAcceptor::from(Arc::new(config)));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        listener.set_nonblocking(true).expect("a socket");
        let (got, connections) = (Arc::default(), Arc::default());
        let shared = Shared {
            acceptor,
            turn: Arc::new(turn),
            got: Arc::clone(&got),
            connections: Arc::clone(&connections),
            whole: Arc::default(),
        };
        // It ends with the test's process.
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(shared.clone().serve(stream));
                }
            });
        });
        let certificate = if protocols.is_empty() { String::new() } else { made.cert.pem() };
        Self { address, certificate, got, connections }
    }

    /// Answers everything with this status.
    pub(crate) fn answering(protocols: &[&str], status: u16) -> Self {
        Self::new(protocols, move |_| Reply::Status(status))
    }

    /// A URL on it.
    pub(crate) fn url(&self, path: &str) -> String {
        let scheme = if self.certificate.is_empty() { "http" } else { "https" };
        format!("{scheme}://localhost:{}{path}", self.address.port())
    }

    /// What to trust, in PEM.
    pub(crate) fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Everything that has arrived, and by which HTTP.
    pub(crate) fn all(&self) -> Vec<(Version, Received)> {
        self.got.lock().expect("no panic").clone()
    }

    /// How many connections carried a request.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

#[derive(Clone)]
struct Shared {
    acceptor: Option<TlsAcceptor>,
    turn: Arc<Turn>,
    got: Arc<Mutex<Vec<(Version, Received)>>>,
    connections: Arc<AtomicUsize>,
    /// Held by whoever stalls.
    whole: Arc<tokio::sync::Mutex<()>>,
}

impl Shared {
    async fn serve(self, stream: tokio::net::TcpStream) {
        let _ = stream.set_nodelay(true);
        match self.acceptor.clone() {
            None => self.carry(stream).await,
            Some(acceptor) => {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                self.carry(stream).await;
            }
        }
    }

    /// All that comes over a connection; what becomes of it is for the client to tell.
    async fn carry(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let (first, last) = (Arc::new(AtomicUsize::new(1)), Arc::new(Notify::new()));
        let told = last.clone();
        let service = service_fn(move |request| {
            self.connections.fetch_add(first.swap(0, Ordering::Relaxed), Ordering::Relaxed);
            self.clone().answer(request, last.clone())
        });
        let builder = Builder::new(TokioExecutor::new());
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
        tokio::select! {
            biased;
            () = told.notified() => connection.as_mut().graceful_shutdown(),
            _ = connection.as_mut() => return,
        }
        let _ = connection.await;
    }

    async fn answer(self, request: Request<Incoming>, last: Arc<Notify>) -> Result<Response<Empty<Bytes>>, Infallible> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map(|body| body.to_bytes().to_vec()).unwrap_or_default();
        let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let received = Received {
            method: head.method.to_string(),
            target: head.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
            headers: head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
            body,
        };
        let number = {
            let mut got = self.got.lock().expect("no panic");
            got.push((head.version, received));
            got.len() - 1
        };
        let guard = self.whole.lock().await;
        let mut answer = Response::new(Empty::new());
        let status = match (self.turn)(number) {
            Reply::Status(status) => status,
            Reply::Stall(wait) => {
                // It is what the receiver of this test does, not what the test waits for.
                tokio::time::sleep(wait).await;
                200
            }
            Reply::Large(size) => {
                answer.headers_mut().insert("x-large", "x".repeat(size).parse().expect("a value"));
                200
            }
            Reply::Last(status) => {
                match head.version {
                    Version::HTTP_2 => last.notify_one(),
                    _ => drop(answer.headers_mut().insert("connection", "close".parse().expect("a value"))),
                }
                status
            }
        };
        drop(guard);
        *answer.status_mut() = status.try_into().expect("a status");
        Ok(answer)
    }
}
