//! What `hookctl listen --forward-to` costs beside plain reverse proxies on hyper.
//!
//! `cargo bench --bench forward -- [SECONDS] [ROUNDS]`: 3 seconds and 5 rounds unless said otherwise. Everything forwards to
//! the same target, which reads the body and answers; the same generator sends the same signed requests. The proxies read the
//! whole request, send it on over pooled connections of hyper and pass the answer back. One of them also records as hookctl does:
//! the request before it is sent on, the outcome before it is answered, in the same store, committed in groups. It neither
//! identifies, verifies nor looks for duplicates. Nothing but this repository is needed.

mod support;

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response as Answer;
use axum::routing::any;
use bytes::Bytes;
use hookctl::clock;
use hookctl::model::{Direction, Headers, NewAttempt, NewDelivery, Response, Summary, Verdict};
use hookctl::store::Store;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use support::load::{SECRET, Shot, shoot};
use support::machine::{median, processors};
use tokio::net::{TcpListener, TcpStream};

/// The argument that makes this program a server.
const BE: &str = "--be";
const CONNECTIONS: usize = 64;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(at) = arguments.iter().position(|argument| argument == BE) {
        return serve(&arguments[at + 1..]);
    }
    let mut numbers = arguments.iter().filter_map(|argument| argument.parse::<u64>().ok());
    let duration = Duration::from_secs(numbers.next().unwrap_or(3));
    let rounds = numbers.next().unwrap_or(5);
    compare(duration, rounds, &mut io::stdout())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Nothing between: the target itself.
    Target,
    /// A proxy.
    Proxy,
    /// A proxy that records in hookctl's store.
    Recording,
    /// `hookctl listen --forward-to`
    Listen,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Target => "the target itself",
            Self::Proxy => "hyper proxy, forward only",
            Self::Recording => "hyper proxy that records in the same way",
            Self::Listen => "hookctl listen --forward-to",
        }
    }
}

fn compare(duration: Duration, rounds: u64, out: &mut impl io::Write) -> io::Result<()> {
    const KINDS: [Kind; 4] = [Kind::Target, Kind::Proxy, Kind::Recording, Kind::Listen];
    let mut shots: Vec<Vec<Shot>> = vec![Vec::new(); KINDS.len()];
    for _ in 0..rounds {
        for (kind, shots) in KINDS.into_iter().zip(&mut shots) {
            let target = Server::start(Kind::Target, None)?;
            let server = if kind == Kind::Target { target } else { Server::start(kind, Some(target))? };
            let shot = shoot(server.address, server.process.id(), CONNECTIONS, duration)?;
            server.stop()?;
            shots.push(shot);
        }
    }
    writeln!(
        out,
        "{CONNECTIONS} connections, {rounds} rounds of {} s, {} processors:",
        duration.as_secs(),
        processors()
    )?;
    let rate = |shots: &[Shot]| median(shots.iter().map(Shot::rate));
    for (kind, shots) in KINDS.into_iter().zip(&shots) {
        let other: u64 = shots.iter().map(|shot| shot.other).sum();
        writeln!(
            out,
            "  {:<41} {:>7.0}/s, p50 {:>6.2} ms, p99 {:>6.2} ms, {:>5.2} CPU s per 100,000{} [others {:.0}%]",
            kind.name(),
            rate(shots),
            median(shots.iter().map(|shot| shot.percentile(0.5))),
            median(shots.iter().map(|shot| shot.percentile(0.99))),
            median(shots.iter().map(Shot::receiver_cpu)),
            if other == 0 { String::new() } else { format!(", {other} NOT ACCEPTED") },
            median(shots.iter().map(|shot| shot.span.others * 100.0)),
        )?;
    }
    for (beside, name) in [(2, "the proxy that records"), (1, "forward only")] {
        let ratios: Vec<f64> =
            shots[3].iter().zip(&shots[beside]).map(|(ours, theirs)| ours.rate() / theirs.rate()).collect();
        let each: Vec<String> = ratios.iter().map(|ratio| format!("{ratio:.2}")).collect();
        writeln!(
            out,
            "  listen / {name}: {:.2} x (in each round: {})",
            median(ratios.iter().copied()),
            each.join(" ")
        )?;
    }
    Ok(())
}

/// A server in a process of its own, with a folder that goes with it, and what it forwards to.
struct Server {
    process: Child,
    address: SocketAddr,
    _folder: tempfile::TempDir,
    behind: Option<Box<Server>>,
}

impl Server {
    fn start(kind: Kind, behind: Option<Self>) -> io::Result<Self> {
        // On the disk of the build, since the system's temporary folder may be memory.
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let to = behind.as_ref().map(|target| format!("http://{}", target.address));
        let mut command = if kind == Kind::Listen {
            let mut command = Command::new(env!("CARGO_BIN_EXE_hookctl"));
            command.args(["listen", "--bind", "127.0.0.1:0", "--no-ui", "--forward-to"]).args(&to);
            command.env("HOOKCTL_STRIPE_SECRET", SECRET);
            command
        } else {
            let mut command = Command::new(std::env::current_exe()?);
            command.arg(BE).arg(format!("{kind:?}")).args(behind.as_ref().map(|target| target.address.to_string()));
            command
        };
        for variable in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"] {
            command.env(variable, folder.path());
        }
        command.env("NO_COLOR", "1").current_dir(folder.path());
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut stdout = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        let (_, address) = line.split_once("http://").ok_or_else(|| io::Error::other("it did not start"))?;
        let address = address.trim().parse().map_err(io::Error::other)?;
        // Read all the time, so that it never waits for us.
        std::thread::spawn(move || io::copy(&mut stdout, &mut io::sink()));
        Ok(Self { process, address, _folder: folder, behind: behind.map(Box::new) })
    }

    fn stop(mut self) -> io::Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        self.behind.map_or(Ok(()), |target| target.stop())
    }
}

/// Serves until it is killed.
fn serve(arguments: &[String]) -> io::Result<()> {
    let target = arguments.get(1).map(|address| address.parse().map_err(io::Error::other)).transpose()?;
    let records = arguments.first().is_some_and(|kind| kind == "Recording");
    let store = records.then(|| Store::open(Path::new("recording.db")).map(Arc::new)).transpose();
    let store = store.map_err(io::Error::other)?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        writeln!(io::stdout(), "http://{}", listener.local_addr()?)?;
        let app = match target {
            None => Router::new().fallback(any(|_: Bytes| async { "ok" })),
            Some(target) => {
                let proxy = Arc::new(Proxy { target, idle: Mutex::default(), store });
                Router::new().fallback(any(pass)).with_state(proxy)
            }
        };
        axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await
    })
}

struct Proxy {
    target: SocketAddr,
    idle: Mutex<Vec<SendRequest<Full<Bytes>>>>,
    store: Option<Arc<Store>>,
}

impl Proxy {
    async fn connection(&self) -> io::Result<SendRequest<Full<Bytes>>> {
        let kept = self.idle.lock().map_err(|_| io::Error::other("poisoned"))?.pop();
        if let Some(kept) = kept.filter(SendRequest::is_ready) {
            return Ok(kept);
        }
        let stream = TcpStream::connect(self.target).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
        tokio::spawn(connection);
        Ok(sender)
    }
}

async fn pass(State(proxy): State<Arc<Proxy>>, ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request) -> Answer {
    match forward(&proxy, peer, request).await {
        Ok(answer) => answer,
        Err(error) => Answer::builder().status(502).body(Body::from(error.to_string())).expect("a plain answer"),
    }
}

async fn forward(proxy: &Proxy, peer: SocketAddr, request: Request) -> io::Result<Answer> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let mut id = None;
    if let Some(store) = &proxy.store {
        let delivery = captured(peer, &head, body.clone());
        id = Some(delivery.summary.id);
        store.record(delivery).await.map_err(io::Error::other)?;
    }
    let started_at = clock::now();
    let begun = std::time::Instant::now();
    let mut sender = proxy.connection().await?;
    let mut onward = hyper::Request::builder().method(head.method).uri(head.uri);
    *onward.headers_mut().expect("a good request") = head.headers;
    let onward = onward.body(Full::new(body)).map_err(io::Error::other)?;
    let answer = sender.send_request(onward).await.map_err(io::Error::other)?;
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    proxy.idle.lock().map_err(|_| io::Error::other("poisoned"))?.push(sender);
    if let (Some(store), Some(delivery)) = (&proxy.store, id) {
        let mut headers = Headers::new();
        for (name, value) in &parts.headers {
            headers.push(name.as_str().to_owned(), value.as_bytes().to_vec());
        }
        let status = parts.status.as_u16();
        let (url, duration) = (format!("http://{}", proxy.target), begun.elapsed());
        let outcome = Ok(Response { status, headers, body: body.clone() });
        let attempt = NewAttempt { delivery, attempt: 1, url, started_at, duration, outcome, accepted: status < 300 };
        store.record_outcome(delivery, vec![attempt], Some(status), None).await.map_err(io::Error::other)?;
    }
    Ok(Answer::from_parts(parts, Body::from(body)))
}

/// What came, as hookctl keeps it, but for what it would find out about it.
fn captured(peer: SocketAddr, head: &axum::http::request::Parts, body: Bytes) -> NewDelivery {
    let mut raw = format!("{} {} HTTP/1.1\r\n", head.method, head.uri).into_bytes();
    for (name, value) in &head.headers {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            raw.extend_from_slice(part);
        }
    }
    raw.extend_from_slice(b"\r\n");
    let received_at = clock::now();
    NewDelivery {
        summary: Summary {
            id: clock::delivery_id(received_at),
            direction: Direction::Received,
            received_at,
            remote: peer.to_string(),
            method: head.method.to_string(),
            target: head.uri.to_string(),
            provider: None,
            event_type: None,
            event_id: None,
            verdict: Verdict::UnknownProvider,
            reason: None,
            status: None,
            bytes: body.len() as u64,
        },
        head: raw.into(),
        body,
        dedupe_key: None,
    }
}
