//! How quickly `hookctl verify` judges an export, beside the hashing that nobody can do without.
//!
//! `cargo bench --bench verify -- [CAPTURES] [ROUNDS]`: 100,000 captures and 7 rounds unless said otherwise; in turn,
//! medians.

mod support;

use std::fs::File;
use std::hint::black_box;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use hookctl::formats::Credentials;
use hookctl::formats::ndjson::Line;
use hookctl::model::{Headers, Request, Timestamp};
use sha2::Sha256;
use support::load::{BODY, SECRET, Signer};
use support::machine::{Span, Watch, median, memory_of};

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn main() -> io::Result<()> {
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse::<usize>().ok());
    let captures = numbers.next().unwrap_or(100_000);
    let rounds = numbers.next().unwrap_or(7);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let file = folder.path().join("export.ndjson");
    export(&file, captures)?;

    let (mut ratios, mut by_cpu, mut bare, mut whole, mut most, mut others) =
        (vec![], vec![], vec![], vec![], 0.0, vec![]);
    for _ in 0..rounds {
        let hashing = hash(captures);
        bare.push(captures as f64 / hashing.as_secs_f64());
        let (run, memory) = verify(&file, folder.path())?;
        ratios.push(hashing.as_secs_f64() / run.elapsed.as_secs_f64());
        by_cpu.push(hashing.as_secs_f64() / run.watched);
        whole.push(captures as f64 / run.elapsed.as_secs_f64());
        others.push(run.others);
        most = f64::max(most, memory);
    }
    let mut out = io::stdout();
    writeln!(out, "{captures} captures with bodies of {BODY} bytes, {rounds} rounds:")?;
    writeln!(out, "  bare HMAC-SHA256, one thread  {:>9.0}/s", median(bare))?;
    writeln!(
        out,
        "  hookctl verify FILE --json    {:>9.0}/s = {:.2} x ({:.2} x by processor time), at most {most:.0} MiB \
         [others {:.0}%]",
        median(whole),
        median(ratios),
        median(by_cpu),
        median(others) * 100.0
    )
}

/// An export of so many signed captures.
fn export(path: &Path, captures: usize) -> io::Result<()> {
    let mut signer = Signer::new("127.0.0.1:4400".parse().map_err(io::Error::other)?, BODY);
    let mut file = BufWriter::new(File::create(path)?);
    let mut text = String::new();
    for _ in 0..captures {
        signer.next(&mut text);
        let (time, _) = text.split_once(',').ok_or_else(|| io::Error::other("no time"))?;
        let headers: Headers = [
            ("Host", "127.0.0.1:4400"),
            ("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)"),
            ("Content-Length", "1500"),
            ("Accept", "*/*; q=0.5, application/xml"),
            ("Accept-Encoding", "gzip"),
            ("Cache-Control", "no-cache"),
            ("Content-Type", "application/json; charset=utf-8"),
            ("X-Forwarded-For", "54.187.174.169"),
            ("X-Forwarded-Proto", "https"),
        ]
        .into_iter()
        .collect();
        let arrived = Timestamp::from_secs(time.parse().map_err(io::Error::other)?);
        let mut request = Request {
            method: "POST".into(),
            target: "/webhooks/stripe".into(),
            headers,
            body: Bytes::copy_from_slice(signer.body()),
        };
        request.headers.push("Stripe-Signature", format!("t={text}"));
        let mut line = Line::of_request(&request, None, Credentials::Keep);
        line.kind = Some("capture".into());
        line.received_at = Some(arrived.to_string().into());
        line.provider = Some("stripe".into());
        serde_json::to_writer(&mut file, &line)?;
        file.write_all(b"\n")?;
    }
    file.flush()
}

/// The time that signing as many bodies takes, with the key prepared.
fn hash(captures: usize) -> Duration {
    let key = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key of any length will do");
    let content = vec![b'x'; BODY + 11];
    let begun = Instant::now();
    for _ in 0..captures {
        let mut mac = key.clone();
        mac.update(black_box(&content));
        black_box(mac.finalize());
    }
    begun.elapsed()
}

/// Runs the command over the export; the span, and the most memory in MiB.
fn verify(file: &Path, home: &Path) -> io::Result<(Span, f64)> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hookctl"));
    command.arg("verify").arg(file).arg("--json").env("HOOKCTL_STRIPE_SECRET", SECRET).current_dir(home);
    command.env("HOME", home).env("XDG_DATA_HOME", home).env("XDG_CONFIG_HOME", home).env("NO_COLOR", "1");
    let mut process = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
    let mut watch = Watch::start(process.id());
    let mut memory = 0.0;
    let status = loop {
        if let Some(status) = process.try_wait()? {
            break status;
        }
        memory = f64::max(memory, memory_of(process.id(), "VmHWM").unwrap_or_default());
        watch.look();
        std::thread::sleep(Duration::from_millis(2));
    };
    let span = watch.end();
    if !status.success() {
        return Err(io::Error::other(format!("verify ended with {status}")));
    }
    Ok((span, memory))
}
