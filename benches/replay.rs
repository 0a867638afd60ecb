//! How fast `hookctl replay` sends what is recorded, beside `hookctl load` against the same receiver.
//!
//! `cargo bench --bench replay -- [DELIVERIES] [ROUNDS]`: 20,000 deliveries of 1.5 KB and 5 rounds unless said otherwise, in
//! turn; medians, and their ratio. A replay records each delivery before it is sent, and each answer together with the
//! deliveries that follow it; `load` records nothing. So the ratio says what that costs, and the store's own figures
//! (`--bench store`) what it may cost.

mod support;

use std::fs;
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use support::load::{BODY, SECRET, Signer};
use support::machine::{Span, Watch, median, processors};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// The argument that makes this program the receiver.
const BE: &str = "--be";

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == BE) {
        return receive();
    }
    // cargo adds a flag of its own.
    let mut numbers = arguments.iter().filter_map(|argument| argument.parse::<u64>().ok());
    let (deliveries, rounds) = (numbers.next().unwrap_or(20_000), numbers.next().unwrap_or(5));
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let home = folder.path();
    let mut receiver = Receiver::start()?;
    record(home, receiver.address, deliveries)?;
    let mut out = io::stdout();
    writeln!(out, "{deliveries} deliveries of {BODY} bytes; {} processors", processors())?;
    for connections in ["1", "64"] {
        compare(home, &mut receiver, deliveries, connections, rounds, &mut out)?;
    }
    Ok(())
}

/// Fills a store with captures.
fn record(home: &Path, address: SocketAddr, deliveries: u64) -> io::Result<()> {
    let path = home.join("captures.ndjson");
    let mut file = BufWriter::new(fs::File::create(&path)?);
    let mut signer = Signer::new(address, BODY);
    let mut signature = String::new();
    for number in 0..deliveries {
        signer.next(&mut signature);
        let line = serde_json::json!({
            "kind": "capture",
            "received_at": format!("2026-01-02T03:04:05.{:06}Z", number % 1_000_000),
            "provider": "stripe",
            "method": "POST",
            "target": "/webhooks/stripe",
            "headers": [
                ["Host", address.to_string()],
                ["User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)"],
                ["Content-Type", "application/json; charset=utf-8"],
                ["Stripe-Signature", format!("t={signature}")],
                ["Content-Length", BODY.to_string()],
            ],
            "body": String::from_utf8_lossy(signer.body()),
        });
        writeln!(file, "{line}")?;
    }
    file.flush()?;
    hookctl(home, &["events", "import", "captures.ndjson"], 0).map(drop)
}

/// Runs the binary to its end, and measures it.
fn hookctl(home: &Path, arguments: &[&str], receiver: u32) -> io::Result<Span> {
    let watch = Watch::start(receiver);
    let begun = Instant::now();
    let ended = Command::new(env!("CARGO_BIN_EXE_hookctl"))
        .args(["--store", "hookctl.db"])
        .args(arguments)
        .current_dir(home)
        .env("HOME", home)
        .env("HOOKCTL_STRIPE_SECRET", SECRET)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()?;
    let elapsed = begun.elapsed();
    if !ended.status.success() {
        let why = String::from_utf8_lossy(&ended.stderr);
        return Err(io::Error::other(format!("hookctl {} failed: {why}", arguments.join(" "))));
    }
    Ok(Span { elapsed, ..watch.end() })
}

/// All of them in turn, round by round.
#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn compare(
    home: &Path,
    receiver: &mut Receiver,
    deliveries: u64,
    connections: &str,
    rounds: u64,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let to = format!("http://{}", receiver.address);
    let number = deliveries.to_string();
    let load = [
        &["load", &to, "--provider", "stripe", "--event", "payment_intent.succeeded"][..],
        &["--requests", &number, "--concurrency", connections],
    ]
    .concat();
    let replay = |sign| {
        let what =
            ["replay", "--provider", "stripe", "--since", "2026-01-02T00:00:00Z", "--until", "2026-01-03T00:00:00Z"];
        [&what[..], &["--to", &to, "--sign", sign, "--concurrency", connections, "--quiet"]].concat()
    };
    let programs = [("load", load), ("replay --sign fresh", replay("fresh")), ("replay --sign keep", replay("keep"))];
    let mut rates = vec![Vec::new(); programs.len()];
    for _ in 0..rounds {
        // What a replay records is not replayed, but it is there: each round begins with the captures alone.
        fs::copy(home.join("hookctl.db"), home.join("kept.db"))?;
        for ((_, arguments), rates) in programs.iter().zip(&mut rates) {
            let span = hookctl(home, arguments, receiver.process.id())?;
            rates.push(deliveries as f64 / span.elapsed.as_secs_f64());
            fs::copy(home.join("kept.db"), home.join("hookctl.db"))?;
            for beside in ["hookctl.db-wal", "hookctl.db-shm"] {
                let _ = fs::remove_file(home.join(beside));
            }
        }
    }
    let base = median(rates[0].iter().copied());
    for ((name, _), rates) in programs.iter().zip(&rates) {
        let rate = median(rates.iter().copied());
        writeln!(out, "{connections:>3} connections  {name:<20} {rate:>8.0}/s   {:.2} × load", rate / base)?;
    }
    Ok(())
}

/// A receiver that answers 200 and does nothing else, as a process of its own.
struct Receiver {
    process: Child,
    address: SocketAddr,
}

impl Receiver {
    fn start() -> io::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?).arg(BE).stdout(Stdio::piped()).spawn()?;
        let stdout = process.stdout.take().ok_or_else(|| io::Error::other("no stdout"))?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line.trim().parse().map_err(io::Error::other)?;
        Ok(Self { process, address })
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Answers until it is killed.
fn receive() -> io::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_io().build()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        writeln!(io::stdout(), "{}", listener.local_addr()?)?;
        loop {
            let (stream, _) = listener.accept().await?;
            tokio::spawn(answer(stream));
        }
    })
}

/// Answers every request of a connection.
async fn answer(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = Vec::with_capacity(16 << 10);
    stream.set_nodelay(true)?;
    loop {
        let length = loop {
            let mut fields = [httparse::EMPTY_HEADER; 32];
            let mut head = httparse::Request::new(&mut fields);
            if let httparse::Status::Complete(end) = head.parse(&buffer).map_err(io::Error::other)? {
                let length = head.headers.iter().find(|field| field.name.eq_ignore_ascii_case("content-length"));
                let length = length.and_then(|field| std::str::from_utf8(field.value).ok()?.parse().ok());
                break end + length.unwrap_or(0);
            }
            if stream.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        };
        while buffer.len() < length {
            if stream.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        }
        buffer.drain(..length);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await?;
    }
}
