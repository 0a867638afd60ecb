//! How long commands take that do little, beside a program that does nothing but read its command line.
//!
//! `cargo bench --bench startup -- [RUNS]`: 200 runs of each unless said otherwise, in turn; medians.

mod support;

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use clap::Parser;
use support::load::{BODY, SECRET, Signer};
use support::machine::{Watch, median};

/// The first argument that makes this program the empty one.
const EMPTY: &str = "--empty";

/// A program that reads a command line and does nothing.
#[derive(Parser)]
#[command(version)]
struct Empty {
    /// What it would work on.
    #[arg(long)]
    file: Option<String>,
    /// Less output.
    #[arg(short, long)]
    quiet: bool,
}

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next();
    if first.as_deref() == Some(EMPTY) {
        let _ = Empty::parse_from(std::iter::once("empty".to_owned()).chain(arguments));
        return Ok(());
    }
    let runs = first.into_iter().chain(arguments).find_map(|argument| argument.parse().ok()).unwrap_or(200);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let home = folder.path();
    let request = home.join("request.http");
    let mut bytes = Vec::new();
    let address = "127.0.0.1:4400".parse().map_err(io::Error::other)?;
    Signer::new(address, BODY).request(&mut bytes, &mut String::new());
    fs::write(&request, bytes)?;

    let own = std::env::current_exe()?;
    let hookctl = Path::new(env!("CARGO_BIN_EXE_hookctl"));
    let request = request.to_str().ok_or_else(|| io::Error::other("a folder with a strange name"))?;
    let programs: [(&str, &Path, &[&str]); 7] = [
        ("empty clap program --version", &own, &[EMPTY, "--version"]),
        ("hookctl --version", hookctl, &["--version"]),
        ("hookctl --help", hookctl, &["--help"]),
        ("hookctl send … --dry-run", hookctl, &["send", "stripe", "payment_intent.succeeded", "--dry-run"]),
        ("hookctl verify FILE (path names it)", hookctl, &["verify", request]),
        ("hookctl verify FILE --provider", hookctl, &["verify", request, "--provider", "stripe"]),
        ("hookctl providers list", hookctl, &["providers", "list"]),
    ];
    let mut times = vec![Vec::new(); programs.len()];
    let watch = Watch::start(0);
    for run in 0..=runs {
        for ((_, program, arguments), times) in programs.iter().zip(&mut times) {
            let mut command = Command::new(program);
            command.args(*arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command.current_dir(home).env("NO_COLOR", "1").env("HOOKCTL_STRIPE_SECRET", SECRET);
            command.env("HOME", home).env("XDG_DATA_HOME", home).env("XDG_CONFIG_HOME", home);
            let begun = Instant::now();
            let status = command.status()?;
            let taken = begun.elapsed().as_secs_f64() * 1e3;
            if !status.success() {
                return Err(io::Error::other(format!("{} {arguments:?} ended with {status}", program.display())));
            }
            // The first run reads from the disk.
            if run > 0 {
                times.push(taken);
            }
        }
    }
    // No process is watched, so what is measured counts as others as well.
    let span = watch.end();
    let mut out = io::stdout();
    let empty = median(times[0].iter().copied());
    for ((name, _, _), times) in programs.iter().zip(&times) {
        let middle = median(times.iter().copied());
        let best = times.iter().copied().fold(f64::INFINITY, f64::min);
        writeln!(out, "{name:<36} {middle:>6.2} ms = empty {:+.2} ms, best {best:.2} ms", middle - empty)?;
    }
    writeln!(out, "{runs} runs each, in turn; {:.0}% of the machine was in use", span.others * 100.0)
}
