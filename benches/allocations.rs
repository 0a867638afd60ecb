//! How often `hookctl load` asks for memory: for one more request, once it runs.
//!
//! `cargo bench --bench allocations -- [REQUESTS]`: 200,000 unless said otherwise. Two runs of a load test within a process whose
//! allocator counts, against a receiver that asks for none itself; what the longer one has more is divided by its further requests.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};

use clap::Parser as _;
use hookctl::exit::Exit;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static COUNTED: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

/// The argument that makes this program the load test.
const BE: &str = "--be";
/// The shorter run.
const FEW: u64 = 20_000;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(at) = arguments.iter().position(|argument| argument == BE) {
        return count(&arguments[at + 1..]);
    }
    let more: u64 = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(200_000);
    let mut out = io::stdout();
    for (what, flags) in [
        ("closed loop, signed anew", &["--concurrency", "16"][..]),
        ("open loop at 20,000/s", &["--rate", "20000/s"][..]),
        ("with duplicates and forged ones", &["--concurrency", "16", "--duplicates", "5%", "--invalid", "1%"][..]),
    ] {
        let (few, many) = (of(FEW, flags)?, of(FEW + more, flags)?);
        #[expect(clippy::cast_precision_loss, reason = "figures for people")]
        let each = (many - few) as f64 / more as f64;
        writeln!(out, "{what}: {each:.4} allocations a request ({few} for {FEW} requests, {many} for {})", FEW + more)?;
    }
    Ok(())
}

/// The allocations of a load test of so many requests, in a process of its own.
fn of(requests: u64, flags: &[&str]) -> io::Result<i64> {
    let folder = tempfile::tempdir()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args([BE, &requests.to_string()]).args(flags).stdin(Stdio::null());
    command.env("HOME", folder.path()).env("XDG_DATA_HOME", folder.path()).env("XDG_CONFIG_HOME", folder.path());
    command.env("HOOKCTL_STRIPE_SECRET", "whsec_Qm5jaFNlY3JldEZvckJlbmNobWFya3M0Mg").current_dir(folder.path());
    let output = command.output()?;
    // The report is on stdout, the count behind everything else on stderr.
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    said.lines().last().and_then(|line| line.parse().ok()).ok_or_else(|| io::Error::other(said))
}

/// Runs a load test in this process and says how many allocations it took.
fn count(arguments: &[String]) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/webhooks/stripe", listener.local_addr()?);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || answer(stream));
        }
    });
    let usual = ["hookctl", "load", &url, "--json", "-q", "--payload-size", "1500", "--event", "coupon.created"];
    let own = arguments.iter().map(String::as_str);
    let words = usual.into_iter().chain(["--allow-missed-rate", "--requests"]).chain(own);
    let cli = hookctl::cli::Cli::try_parse_from(words).map_err(io::Error::other)?;
    let region = Region::new(COUNTED);
    let exit = hookctl::commands::run(cli);
    let change = region.change();
    if exit != Exit::Yes {
        return Err(io::Error::other(format!("the load test ended with {exit:?}")));
    }
    writeln!(io::stderr(), "{}", change.allocations + change.reallocations)
}

/// Answers every request of a connection, and keeps nothing.
fn answer(mut stream: TcpStream) {
    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let (mut buffer, mut filled) = (vec![0; 16 * 1024], 0);
    loop {
        while let Some(length) = whole(&buffer[..filled]) {
            buffer.copy_within(length..filled, 0);
            filled -= length;
            if stream.write_all(ANSWER).is_err() {
                return;
            }
        }
        match stream.read(&mut buffer[filled..]) {
            Ok(read @ 1..) => filled += read,
            _ => return,
        }
    }
}

/// The length of the first request, if all of it is there.
fn whole(bytes: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"content-length: ";
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let value = bytes[..head].windows(NAME.len()).position(|window| window.eq_ignore_ascii_case(NAME))? + NAME.len();
    let digits = bytes[value..].iter().take_while(|b| b.is_ascii_digit());
    let length = digits.fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0'));
    (bytes.len() >= head + length).then_some(head + length)
}
