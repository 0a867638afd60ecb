//! What `hookctl listen` costs beside receivers that do less, or the same in the plain way.
//!
//! `cargo bench --bench receive -- [SECONDS] [ROUNDS]`: 3 seconds and 5 rounds unless said otherwise. All receivers get
//! the same signed requests from the same generator, in turn; ratios are medians over the rounds. Nothing but this
//! repository is needed.
//!
//! `cargo bench --bench receive -- --shoot ADDRESS CONNECTIONS SECONDS` is the generator alone, against a receiver that
//! runs already and may be under a profiler; its secret is [`SECRET`].

mod support;

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::any;
use support::load::{SECRET, Shot, flood, shoot};
use support::machine::{median, memory_of, processors};

/// The argument that makes this program a receiver.
const BE: &str = "--be";
/// The argument that makes this program the generator alone.
const SHOOT: &str = "--shoot";

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(at) = arguments.iter().position(|argument| argument == BE) {
        return receive(&arguments[at + 1..]);
    }
    if let Some(at) = arguments.iter().position(|argument| argument == SHOOT) {
        return shoot_alone(&arguments[at + 1..]);
    }
    // cargo adds a flag of its own.
    let mut numbers = arguments.iter().filter_map(|argument| argument.parse::<u64>().ok());
    let duration = Duration::from_secs(numbers.next().unwrap_or(3));
    let rounds = numbers.next().unwrap_or(5);
    let mut out = io::stdout();
    let binary = env!("CARGO_BIN_EXE_hookctl");
    let size = std::fs::metadata(binary)?.len();
    writeln!(out, "release binary: {:.1} MiB; {} processors", mebibytes(size), processors())?;
    memory(&mut out)?;
    for connections in [64, 256, 1] {
        compare(connections, duration, rounds, &mut out)?;
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Sends to a receiver that somebody else has started.
fn shoot_alone(arguments: &[String]) -> io::Result<()> {
    let wrong = || io::Error::other(format!("{SHOOT} ADDRESS CONNECTIONS SECONDS"));
    let [address, connections, seconds, ..] = arguments else { return Err(wrong()) };
    let address = address.parse().map_err(|_| wrong())?;
    let connections = connections.parse().map_err(|_| wrong())?;
    let duration = Duration::from_secs(seconds.parse().map_err(|_| wrong())?);
    let shot = shoot(address, 0, connections, duration)?;
    writeln!(
        io::stdout(),
        "{:.0}/s, p50 {:.2} ms, p99 {:.2} ms, {} not accepted",
        shot.rate(),
        shot.percentile(0.5),
        shot.percentile(0.99),
        shot.other
    )
}

/// One kind of receiver, measured round by round.
struct Series {
    kind: Kind,
    shots: Vec<Shot>,
    ratios: Vec<f64>,
    bytes: Vec<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Reads the body and answers.
    Axum,
    /// `hookctl listen`
    Listen,
    /// axum, and a transaction of `SQLite` for each request.
    Transaction,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Axum => "bare axum, nothing kept",
            Self::Listen => "hookctl listen",
            Self::Transaction => "axum, one SQLite transaction a request",
        }
    }
}

/// Every kind in turn, so often.
fn compare(connections: usize, duration: Duration, rounds: u64, out: &mut impl io::Write) -> io::Result<()> {
    let mut kinds = vec![Kind::Axum, Kind::Listen];
    if connections == 64 {
        kinds.push(Kind::Transaction);
    }
    let mut all: Vec<Series> = kinds
        .into_iter()
        .map(|kind| Series { kind, shots: Vec::new(), ratios: Vec::new(), bytes: Vec::new() })
        .collect();
    for _ in 0..rounds {
        for series in &mut all {
            let receiver = Receiver::start(series.kind)?;
            let shot = shoot(receiver.address, receiver.process.id(), connections, duration)?;
            let bytes = receiver.stop(shot.accepted_in_all)?;
            series.bytes.extend(bytes);
            series.shots.push(shot);
        }
        let rate = |at: usize| all[at].shots.last().map_or(0.0, Shot::rate);
        let ratios: Vec<f64> = (0..all.len()).map(|at| rate(at) / rate(0)).collect();
        for (series, ratio) in all.iter_mut().zip(ratios) {
            series.ratios.push(ratio);
        }
    }
    writeln!(
        out,
        "\n{connections} connection{}, {rounds} rounds of {} s:",
        if connections == 1 { "" } else { "s" },
        duration.as_secs()
    )?;
    let of = |series: &Series, figure: &dyn Fn(&Shot) -> f64| median(series.shots.iter().map(figure));
    let bare = of(&all[0], &Shot::both_cpu);
    for series in &all {
        let other: u64 = series.shots.iter().map(|shot| shot.other).sum();
        writeln!(
            out,
            "  {:<39} {:>7.0}/s = {:>5.2} x (by processor time {:>5.2} x), p50 {:>6.2} ms, p99 {:>6.2} ms, {:>5.2} CPU s \
             per 100,000{}{} [others {:.0}%]",
            series.kind.name(),
            of(series, &Shot::rate),
            median(series.ratios.iter().copied()),
            bare / of(series, &Shot::both_cpu),
            of(series, &|shot| shot.percentile(0.5)),
            of(series, &|shot| shot.percentile(0.99)),
            of(series, &Shot::receiver_cpu),
            if series.bytes.is_empty() {
                String::new()
            } else {
                format!(", {:.0} bytes on disk each", median(series.bytes.iter().copied()))
            },
            if other == 0 { String::new() } else { format!(", {other} NOT ACCEPTED") },
            of(series, &|shot| shot.span.others * 100.0),
        )?;
    }
    let rounds: Vec<String> = all[1].ratios.iter().map(|ratio| format!("{ratio:.2}")).collect();
    writeln!(out, "  listen / axum in each round: {}", rounds.join(" "))?;
    if let Some(plain) = all.get(2) {
        let times = all[1].ratios.iter().zip(&plain.ratios).map(|(listen, plain)| listen / plain);
        writeln!(out, "  listen / transaction a request: {:.1} x", median(times))?;
    }
    Ok(())
}

/// Memory before the first delivery, and with 512 connections that each send 1 MiB.
fn memory(out: &mut impl io::Write) -> io::Result<()> {
    const CONNECTIONS: usize = 512;
    let receiver = Receiver::start(Kind::Listen)?;
    let process = receiver.process.id();
    let idle = memory_of(process, "VmRSS").unwrap_or_default();
    let statuses = flood(receiver.address, CONNECTIONS, 1 << 20)?;
    let most = memory_of(process, "VmHWM").unwrap_or_default();
    let accepted = statuses.iter().filter(|status| **status == 200).count();
    receiver.stop(accepted as u64)?;
    writeln!(
        out,
        "memory of listen: {idle:.1} MiB idle, at most {most:.1} MiB with {CONNECTIONS} connections of 1 MiB each \
         ({accepted} accepted)"
    )
}

/// A receiver in a process of its own, with a folder that goes with it.
struct Receiver {
    kind: Kind,
    process: Child,
    address: SocketAddr,
    /// What it says on stderr, read all the time so that it never waits for us.
    said: JoinHandle<String>,
    folder: tempfile::TempDir,
}

impl Receiver {
    fn start(kind: Kind) -> io::Result<Self> {
        // On the disk of the build, since the system's temporary folder may be memory.
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let mut command = if kind == Kind::Listen {
            let mut command = Command::new(env!("CARGO_BIN_EXE_hookctl"));
            command.args(["listen", "--bind", "127.0.0.1:0", "--no-ui"]).env("HOOKCTL_STRIPE_SECRET", SECRET);
            command
        } else {
            let mut command = Command::new(std::env::current_exe()?);
            command.arg(BE).args((kind == Kind::Transaction).then_some("transactions"));
            command
        };
        command.env("HOME", folder.path()).env("XDG_DATA_HOME", folder.path()).env("XDG_CONFIG_HOME", folder.path());
        command.env("NO_COLOR", "1").current_dir(folder.path());
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let mut stderr = BufReader::new(process.stderr.take().expect("a pipe"));
        // Both say on stderr how they are reached.
        let address = loop {
            let mut line = String::new();
            if stderr.read_line(&mut line)? == 0 {
                return Err(io::Error::other("the receiver did not start"));
            }
            if let Some((_, rest)) = line.split_once("http://") {
                let end = rest.find(|c: char| c != ':' && c != '.' && !c.is_ascii_digit()).unwrap_or(rest.len());
                break rest[..end].parse().map_err(io::Error::other)?;
            }
        };
        let said = std::thread::spawn(move || {
            let mut said = String::new();
            let lines = stderr.lines().map_while(Result::ok);
            lines.filter(|line| !line.starts_with('…')).for_each(|line| said = line);
            said
        });
        Ok(Self { kind, process, address, said, folder })
    }

    /// Ends the receiver. What it was seen to accept must be there; returns its bytes on disk for each.
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    fn stop(mut self, accepted: u64) -> io::Result<Option<f64>> {
        if self.kind != Kind::Listen {
            self.process.kill()?;
            self.process.wait()?;
            return Ok(None);
        }
        Command::new("kill").args(["-INT", &self.process.id().to_string()]).status()?;
        self.process.wait()?;
        // "stopped after 2.6s: 5 deliveries (5 valid, 0 repeated), 0 refused"
        let said = self.said.join().expect("no panic");
        let (_, counts) = said.split_once(": ").unwrap_or_default();
        let mut numbers = counts.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse::<u64>().ok());
        let (recorded, valid) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        if recorded < accepted || valid != recorded || numbers.next() != Some(0) {
            return Err(io::Error::other(format!("{accepted} were accepted, but: {said}")));
        }
        Ok((recorded > 0).then_some(bytes_in(self.folder.path())? as f64 / recorded as f64))
    }
}

/// The sizes of all files of the store.
fn bytes_in(folder: &Path) -> io::Result<u64> {
    let mut total = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        total += if metadata.is_dir() { bytes_in(&entry.path())? } else { metadata.len() };
    }
    Ok(total)
}

/// Receives until it is killed.
fn receive(arguments: &[String]) -> io::Result<()> {
    let transactions = arguments.first().is_some_and(|argument| argument == "transactions");
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        writeln!(io::stderr(), "http://{}", listener.local_addr()?)?;
        let app = if transactions {
            let store = Arc::new(Mutex::new(Plain::open(PathBuf::from("plain.db")).map_err(io::Error::other)?));
            Router::new().fallback(any(move |headers: HeaderMap, body: Bytes| record(store.clone(), headers, body)))
        } else {
            Router::new().fallback(any(|_: Bytes| async { StatusCode::OK }))
        };
        axum::serve(listener, app).await
    })
}

async fn record(store: Arc<Mutex<Plain>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let recorded = tokio::task::spawn_blocking(move || {
        store.lock().map_err(|_| io::Error::other("poisoned"))?.record(&headers, &body).map_err(io::Error::other)
    });
    if matches!(recorded.await, Ok(Ok(()))) { StatusCode::OK } else { StatusCode::INTERNAL_SERVER_ERROR }
}

/// The plain way to keep deliveries: as durable as hookctl's store, a transaction for each.
struct Plain(rusqlite::Connection);

impl Plain {
    fn open(path: PathBuf) -> rusqlite::Result<Self> {
        let connection = rusqlite::Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.execute_batch(
            "CREATE TABLE deliveries (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, headers TEXT NOT NULL, body BLOB NOT NULL)",
        )?;
        Ok(Self(connection))
    }

    fn record(&self, headers: &HeaderMap, body: &[u8]) -> rusqlite::Result<()> {
        let mut text = String::new();
        for (name, value) in headers {
            text.push_str(name.as_str());
            text.push_str(": ");
            text.push_str(&String::from_utf8_lossy(value.as_bytes()));
            text.push('\n');
        }
        self.0
            .prepare_cached("INSERT INTO deliveries (at, headers, body) VALUES (unixepoch(), ?1, ?2)")?
            .execute((text, body))?;
        Ok(())
    }
}
