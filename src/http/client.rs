//! Sending one request and taking one answer.
//!
//! Plain HTTP goes over hookctl's own writer and reader, so that the bytes on the wire are the bytes of the request: names
//! in the provider's spelling and order, nothing added but `Host` and `Content-Length`. TLS goes through reqwest. Either way
//! there is no redirect, no retry, no proxy and no connection left open, and failures are told apart by type.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use url::{Host, Url};

use super::alarm::Alarm;
use super::body::{BodyError, BodyLimits, BodySource};
use super::head::{HeadLimits, HeadScan, ResponseHead, Scan, WriteError, parse_response, write_request_head};
use crate::model::address::is_loopback;
use crate::model::{FailureKind, Headers, Request, Response};

/// How much of an answer is kept. A receiver's answer is a status and a few words; more is not read.
const ANSWER_LIMIT: usize = 1 << 20;

/// How long making a connection may take, within the time limit of the whole attempt.
const CONNECT_TIME: Duration = Duration::from_secs(10);

/// Whom a client trusts, and how far it goes.
#[derive(Debug, Clone, Default)]
pub struct ClientOptions {
    /// A further authority, in PEM.
    pub authority: Option<PathBuf>,
    /// Accept any certificate.
    pub insecure: bool,
    /// How far requests may go.
    pub reach: Reach,
}

/// How far requests may go. It is judged on the addresses that are connected to, whatever a name seemed to mean before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// Anywhere.
    #[default]
    Anywhere,
    /// No further than this machine.
    Loopback,
}

/// Whether all addresses of a host are on this machine.
///
/// # Errors
/// Its name cannot be resolved.
pub async fn is_here(url: &Url) -> Result<bool, FailureKind> {
    Ok(resolve(url).await?.iter().all(|address| is_loopback(address.ip())))
}

/// Sends requests.
pub struct Client {
    options: ClientOptions,
    authority: Option<Vec<u8>>,
}

/// Why a client or a request makes no sense.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Not an address.
    #[error("'{0}' is not an http or https URL")]
    BadUrl(String),
    /// The authority's file cannot be read, or holds no certificate.
    #[error("{path} is no certificate in PEM: {problem}", path = path.display())]
    Authority {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The request has something in it that cannot be on the wire.
    #[error("{0}")]
    Request(#[from] WriteError),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
}

impl Client {
    /// A client with these options.
    ///
    /// # Errors
    /// The authority cannot be read.
    pub fn new(options: ClientOptions) -> Result<Self, ClientError> {
        let authority = options.authority.as_deref().map(read_authority).transpose()?;
        Ok(Self { options, authority })
    }

    /// Sends a request and waits for its answer, both within `limit`. `head` is the request's as it is to be on the wire.
    ///
    /// # Errors
    /// Why there was no answer.
    pub async fn send(
        &self,
        url: &Url,
        head: &[u8],
        request: &Request,
        limit: Duration,
    ) -> Result<Response, FailureKind> {
        let deadline = Instant::now() + limit;
        let connect_by = deadline.min(Instant::now() + CONNECT_TIME);
        let addresses = timeout_at(connect_by, resolve(url)).await.map_err(|_| FailureKind::ConnectTimeout)??;
        if self.options.reach == Reach::Loopback && !addresses.iter().all(|address| is_loopback(address.ip())) {
            return Err(FailureKind::Remote);
        }
        if url.scheme() == "https" {
            return self.send_tls(url, &addresses, request, deadline).await;
        }
        let stream = timeout_at(connect_by, connect(&addresses)).await.map_err(|_| FailureKind::ConnectTimeout)??;
        timeout_at(deadline, exchange(stream, head, request)).await.map_err(|_| FailureKind::ResponseTimeout)?
    }

    async fn send_tls(
        &self,
        url: &Url,
        addresses: &[SocketAddr],
        request: &Request,
        deadline: Instant,
    ) -> Result<Response, FailureKind> {
        let client = self.tls_client(url, addresses).map_err(|_| FailureKind::Tls)?;
        let method = reqwest::Method::from_bytes(request.method.as_bytes()).map_err(|_| FailureKind::Network)?;
        let mut builder = client.request(method, url.clone()).body(request.body.clone());
        for header in &request.headers {
            builder = builder.header(header.name(), header.value());
        }
        let remaining = deadline.saturating_duration_since(Instant::now());
        let mut answer = builder.timeout(remaining).send().await.map_err(|error| kind_of(&error))?;
        let status = answer.status().as_u16();
        let headers: Headers = answer
            .headers()
            .iter()
            .map(|(n, v)| (n.as_str().to_owned(), Bytes::copy_from_slice(v.as_bytes())))
            .collect();
        let mut body = BytesMut::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| kind_of(&error))? {
            let room = ANSWER_LIMIT - body.len();
            body.extend_from_slice(&piece[..piece.len().min(room)]);
            if body.len() == ANSWER_LIMIT {
                break;
            }
        }
        Ok(Response { status, headers, body: body.freeze() })
    }

    fn tls_client(&self, url: &Url, addresses: &[SocketAddr]) -> Result<reqwest::Client, ClientError> {
        let wrong = |error: reqwest::Error| ClientError::Tls(error.to_string());
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .pool_max_idle_per_host(0)
            .no_proxy()
            .connect_timeout(CONNECT_TIME)
            .tls_danger_accept_invalid_certs(self.options.insecure);
        // The name was resolved already, so that a failure to do so is told apart from all others.
        if let Some(Host::Domain(name)) = url.host() {
            builder = builder.resolve_to_addrs(name, addresses);
        }
        if let Some(pem) = &self.authority {
            builder = builder.tls_certs_merge(reqwest::Certificate::from_pem_bundle(pem).map_err(wrong)?);
        }
        builder.build().map_err(wrong)
    }
}

fn read_authority(path: &Path) -> Result<Vec<u8>, ClientError> {
    let wrong = |problem: String| ClientError::Authority { path: path.to_owned(), problem };
    let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    match reqwest::Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(pem),
        Ok(_) => Err(wrong("there is none in it".to_owned())),
        Err(error) => Err(wrong(error.to_string())),
    }
}

async fn resolve(url: &Url) -> Result<Vec<SocketAddr>, FailureKind> {
    let port = url.port_or_known_default().unwrap_or(80);
    let addresses = match url.host() {
        Some(Host::Ipv4(ip)) => vec![SocketAddr::from((ip, port))],
        Some(Host::Ipv6(ip)) => vec![SocketAddr::from((ip, port))],
        Some(Host::Domain(name)) => {
            tokio::net::lookup_host((name, port)).await.map_err(|_| FailureKind::Dns)?.collect()
        }
        None => Vec::new(),
    };
    if addresses.is_empty() { Err(FailureKind::Dns) } else { Ok(addresses) }
}

/// Connects to the first address that takes it; of several failures the last counts.
async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, FailureKind> {
    let mut failure = FailureKind::Dns;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // Without it the last packet of a body may wait for an acknowledgement; failing to set it costs only time.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => failure = kind_of_io(&error),
        }
    }
    Err(failure)
}

fn kind_of_io(error: &io::Error) -> FailureKind {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => FailureKind::Refused,
        io::ErrorKind::TimedOut => FailureKind::ConnectTimeout,
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => FailureKind::Reset,
        _ => FailureKind::Network,
    }
}

/// The kind of a reqwest error, by the types of its causes.
fn kind_of(error: &reqwest::Error) -> FailureKind {
    if error.is_timeout() {
        return if error.is_connect() { FailureKind::ConnectTimeout } else { FailureKind::ResponseTimeout };
    }
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(this) = cause {
        if this.downcast_ref::<rustls::Error>().is_some() {
            return FailureKind::Tls;
        }
        if let Some(io) = this.downcast_ref::<io::Error>() {
            let io = innermost(io);
            // rustls travels inside an io::Error, whose own cause is the inner error's cause.
            if io.get_ref().is_some_and(|inner| inner.downcast_ref::<rustls::Error>().is_some()) {
                return FailureKind::Tls;
            }
            return kind_of_io(io);
        }
        if let Some(hyper) = this.downcast_ref::<hyper::Error>() {
            if hyper.is_parse() {
                return FailureKind::BadAnswer;
            }
            if hyper.is_incomplete_message() {
                return FailureKind::Reset;
            }
        }
        cause = this.source();
    }
    FailureKind::Network
}

/// What an I/O error was before others were wrapped around it.
fn innermost(mut error: &io::Error) -> &io::Error {
    while let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref::<io::Error>()) {
        error = inner;
    }
    error
}

/// The bytes of a request on the wire: `Host` first, then its headers, one `Content-Length`.
///
/// # Errors
/// Something in it cannot be on the wire.
pub fn wire_head(request: &Request, url: &Url) -> Result<Vec<u8>, WriteError> {
    let mut headers = Headers::new();
    if !request.headers.contains("host") {
        headers.push("Host", authority(url));
    }
    let length = request.body.len().to_string();
    let mut told = false;
    for header in &request.headers {
        let name = header.name();
        if name.eq_ignore_ascii_case("content-length") {
            // It stays where it was, but says how long the body is.
            if !std::mem::replace(&mut told, true) {
                headers.push(name.to_owned(), length.clone());
            }
        } else if !name.eq_ignore_ascii_case("transfer-encoding") {
            headers.push(name.to_owned(), header.value().to_vec());
        }
    }
    let bodiless = request.body.is_empty() && matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS");
    if !told && !bodiless {
        headers.push("Content-Length", length);
    }
    write_request_head(&request.method, &request.target, &headers)
}

/// Host and port, as the `Host` header has them.
pub fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

async fn exchange(mut stream: TcpStream, head: &[u8], request: &Request) -> Result<Response, FailureKind> {
    let mut wire = head.to_vec();
    // Small bodies travel with the head, in one packet; large ones are not copied.
    let written = if request.body.len() <= 16 * 1024 {
        wire.extend_from_slice(&request.body);
        stream.write_all(&wire).await
    } else {
        match stream.write_all(&wire).await {
            Ok(()) => stream.write_all(&request.body).await,
            failed => failed,
        }
    };
    // A receiver may refuse early and close: its answer says more than the broken pipe.
    let answer = read_answer(&mut stream, &request.method).await;
    match (answer, written) {
        (Ok(response), _) => Ok(response),
        (Err(_), Err(error)) => Err(kind_of_io(&error)),
        (Err(kind), Ok(())) => Err(kind),
    }
}

async fn read_answer(stream: &mut TcpStream, method: &str) -> Result<Response, FailureKind> {
    let mut buffer = BytesMut::new();
    let head = loop {
        let head = read_head(stream, &mut buffer, method).await?;
        // Interim answers announce another one; a switch of protocols does not.
        if !(100..200).contains(&head.status) || head.status == 101 {
            break head;
        }
    };
    // The time limit of the attempt is the caller's; no other counts.
    let limits = BodyLimits { bytes: ANSWER_LIMIT, grace: Duration::from_hours(24), rate: 0 };
    let mut alarm = Alarm::new();
    let mut source = BodySource { stream, buffer: &mut buffer, alarm: &mut alarm, lease: None };
    let body = match source.read(head.framing, &limits).await {
        Ok(body) => body,
        // The status is known; of an endless answer the beginning is enough.
        Err(BodyError::TooLarge { .. }) => buffer.split().freeze(),
        Err(BodyError::Io(error)) => return Err(kind_of_io(&error)),
        Err(BodyError::Closed) => return Err(FailureKind::Reset),
        Err(BodyError::TooSlow | BodyError::NoRoom | BodyError::Chunk(_)) => return Err(FailureKind::BadAnswer),
    };
    Ok(Response { status: head.status, headers: head.headers, body })
}

async fn read_head(stream: &mut TcpStream, buffer: &mut BytesMut, method: &str) -> Result<ResponseHead, FailureKind> {
    use tokio::io::AsyncReadExt;
    let limits = HeadLimits::default();
    let mut scan = HeadScan::new();
    loop {
        match scan.advance(buffer, &limits) {
            Scan::End(length) => {
                let raw = buffer.split_to(length).freeze();
                return parse_response(&raw, method, &limits).map_err(|_| FailureKind::BadAnswer);
            }
            Scan::More => {
                let read = stream.read_buf(buffer).await.map_err(|error| kind_of_io(&error))?;
                if read == 0 {
                    return Err(FailureKind::Reset);
                }
            }
            Scan::Bad(_) => return Err(FailureKind::BadAnswer),
        }
    }
}
