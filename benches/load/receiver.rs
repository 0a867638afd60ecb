//! The receiver: axum that reads the body and answers, in a process of its own. It counts arrivals by the millisecond, and
//! freezes or waits where it is to.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::{any, get};
use hdrhistogram::Histogram;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};

/// The argument that makes this program a receiver.
pub(crate) const BE: &str = "--be";

/// Milliseconds that are counted one by one.
const BINS: usize = 600_000;

/// What kind of receiver it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Answers at once.
    Fast,
    /// Answers 500 at once.
    Broken,
    /// The same as the first behind TLS.
    Secure,
    /// Stands still for [`FREEZE`] in each [`EVERY`].
    Freezing,
    /// Takes the time of [`delay`].
    Slow,
}

/// How long a freezing receiver stands still.
pub(crate) const FREEZE: Duration = Duration::from_millis(500);
/// How often.
pub(crate) const EVERY: Duration = Duration::from_secs(4);

/// How long a slow receiver takes for its n-th request: 70% 2 ms, 22% 10 ms, 6% 20 ms, 1.7% 50 ms, 0.3% 100 ms.
fn delay(number: u64) -> Duration {
    // A prime step, so that neighbours differ.
    Duration::from_millis(match number * 617 % 1_000 {
        0..700 => 2,
        700..920 => 10,
        920..980 => 20,
        980..997 => 50,
        _ => 100,
    })
}

/// A receiver in a process of its own.
pub(crate) struct Receiver {
    process: Child,
    pub(crate) address: SocketAddr,
}

/// What a receiver has seen since it was last reset.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// How many requests.
    pub(crate) count: u64,
    /// From the first to the last.
    pub(crate) seconds: f64,
    /// Variance over mean of the arrivals in a millisecond: 0 is a comb, 1 is chance.
    pub(crate) dispersion: f64,
    /// Percentiles of the time that it took on purpose, in ms: p50, p90, p95, p99, p99.9.
    pub(crate) taken: Vec<f64>,
}

impl Receiver {
    pub(crate) fn start(kind: Kind) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args([BE, &format!("{kind:?}")]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn()?;
        let mut line = String::new();
        BufReader::new(process.stderr.take().expect("a pipe")).read_line(&mut line)?;
        let address =
            line.trim().parse().map_err(|_| io::Error::other(format!("the receiver did not start: {line}")))?;
        Ok(Self { process, address })
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/webhooks/stripe", self.address)
    }

    /// Forgets what was counted.
    pub(crate) fn reset(&self) -> io::Result<()> {
        self.ask("/reset").map(|_| ())
    }

    /// What was counted.
    pub(crate) fn seen(&self) -> io::Result<Seen> {
        let told: Value = serde_json::from_str(&self.ask("/told")?)?;
        let number = |name: &str| told[name].as_f64().unwrap_or_default();
        let taken = told["taken"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
        Ok(Seen {
            count: told["count"].as_u64().unwrap_or_default(),
            seconds: number("seconds"),
            dispersion: number("dispersion"),
            taken,
        })
    }

    fn ask(&self, path: &str) -> io::Result<String> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes())?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        Ok(text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What is counted.
struct Counting {
    begun: Instant,
    bins: Vec<AtomicU32>,
    number: AtomicU64,
    taken: Mutex<Histogram<u64>>,
}

impl Counting {
    fn new() -> Self {
        let taken = Mutex::new(Histogram::new(4).expect("four digits"));
        let bins = (0..BINS).map(|_| AtomicU32::new(0)).collect();
        Self { begun: Instant::now(), bins, number: AtomicU64::new(0), taken }
    }

    fn count(&self) {
        let at = usize::try_from(self.begun.elapsed().as_millis()).unwrap_or(BINS);
        if let Some(bin) = self.bins.get(at) {
            bin.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn reset(&self) {
        self.bins.iter().for_each(|bin| bin.store(0, Ordering::Relaxed));
        self.number.store(0, Ordering::Relaxed);
        self.taken.lock().expect("no panic").reset();
    }

    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    fn told(&self) -> Value {
        let bins: Vec<f64> = self.bins.iter().map(|bin| f64::from(bin.load(Ordering::Relaxed))).collect();
        let first = bins.iter().position(|n| *n > 0.0).unwrap_or_default();
        let last = bins.iter().rposition(|n| *n > 0.0).unwrap_or_default();
        let whole = &bins[first..=last];
        // The first and the last millisecond are not whole.
        let inner = whole.get(1..whole.len().saturating_sub(1)).unwrap_or_default();
        let mean = inner.iter().sum::<f64>() / inner.len().max(1) as f64;
        let variance = inner.iter().map(|n| (n - mean).powi(2)).sum::<f64>() / inner.len().max(1) as f64;
        let taken = self.taken.lock().expect("no panic");
        let percentiles = [50.0, 90.0, 95.0, 99.0, 99.9].map(|p| taken.value_at_percentile(p) as f64 / 1e6);
        json!({
            "count": self.bins.iter().map(|bin| u64::from(bin.load(Ordering::Relaxed))).sum::<u64>(),
            "seconds": whole.len() as f64 / 1e3,
            "dispersion": variance / mean.max(f64::MIN_POSITIVE),
            "taken": percentiles,
        })
    }
}

/// Receives until it is killed.
pub(crate) fn serve(arguments: &[String]) -> io::Result<()> {
    let kind = match arguments.first().map(String::as_str) {
        Some("Freezing") => Kind::Freezing,
        Some("Slow") => Kind::Slow,
        Some("Secure") => Kind::Secure,
        Some("Broken") => Kind::Broken,
        _ => Kind::Fast,
    };
    let counting = Arc::new(Counting::new());
    let (reset, told, all) = (counting.clone(), counting.clone(), counting);
    let doors = Router::new()
        .route("/reset", get(move || async move { reset.reset() }))
        .route("/told", get(move || async move { told.told().to_string() }));
    let app = match kind {
        Kind::Fast | Kind::Secure => doors.fallback(any(move |_: Bytes| {
            all.count();
            async { StatusCode::OK }
        })),
        Kind::Broken => doors.fallback(any(move |_: Bytes| {
            all.count();
            async { StatusCode::INTERNAL_SERVER_ERROR }
        })),
        Kind::Freezing => doors.fallback(any(move |_: Bytes| async move {
            all.count();
            let phase = Duration::from_nanos(
                u64::try_from(all.begun.elapsed().as_nanos() % EVERY.as_nanos()).expect("less than a few seconds"),
            );
            if let Some(left) = FREEZE.checked_sub(phase) {
                tokio::time::sleep(left).await;
            }
            StatusCode::OK
        })),
        Kind::Slow => doors.fallback(any(move |_: Bytes| async move {
            let arrived = Instant::now();
            all.count();
            tokio::time::sleep(delay(all.number.fetch_add(1, Ordering::Relaxed))).await;
            let taken = u64::try_from(arrived.elapsed().as_nanos()).unwrap_or(u64::MAX);
            all.taken.lock().expect("no panic").record(taken).expect("it grows");
            StatusCode::OK
        })),
    };
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        writeln!(io::stderr(), "{}", listener.local_addr()?)?;
        if kind == Kind::Secure { secure(listener, app).await } else { axum::serve(listener, app).await }
    })
}

/// Behind TLS, with a certificate that nobody vouches for; who speaks no TLS is served plainly, to be asked for counts.
async fn secure(listener: tokio::net::TcpListener, app: Router) -> io::Result<()> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]);
    let made = made.map_err(io::Error::other)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .map_err(io::Error::other)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (acceptor, service) = (acceptor.clone(), hyper_util::service::TowerToHyperService::new(app.clone()));
        tokio::spawn(async move {
            use hyper_util::rt::{TokioExecutor, TokioIo};
            let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
            let mut first = [0];
            if stream.peek(&mut first).await.is_ok() && first == *b"G" {
                let _ = builder.serve_connection(TokioIo::new(stream), service).await;
            } else if let Ok(stream) = acceptor.accept(stream).await {
                let _ = builder.serve_connection(TokioIo::new(stream), service).await;
            }
        });
    }
}
