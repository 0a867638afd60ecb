//! How much memory a load test holds, at most.

use std::io::{self, Read as _};
use std::process::Command;
use std::time::{Duration, Instant};

use super::clients::Hookctl;
use super::goals::{Reach, held};
use super::receiver::{Kind, Receiver};
use super::support::machine::memory_of;

/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// With many connections, a long plan, many requests.
pub(crate) fn look(out: &mut impl io::Write) -> io::Result<()> {
    writeln!(out, "\nmemory of hookctl, at most")?;
    for (what, flags, until, allowed) in [
        ("1,000 connections", &["--concurrency", "1000", "--duration", "4s"][..], None, Some(40.0)),
        ("10,000 connections", &["--concurrency", "10000", "--duration", "8s"][..], None, None),
        (
            "a plan for an hour, after 10 s of it",
            &["--rate", "5000/s", "--duration", "1h"][..],
            Some(Duration::from_secs(10)),
            Some(32.0),
        ),
        ("10,000,000 requests", &["--concurrency", "64", "--requests", "10000000"][..], None, Some(32.0)),
    ] {
        let (most, sent) = watch(flags, until)?;
        writeln!(out, "  {what:<38} {most:>5.1} MiB ({sent} requests)")?;
        if let Some(allowed) = allowed {
            held(out, "MiB", most, Reach::Most(allowed, allowed))?;
        }
    }
    Ok(())
}

/// Runs to the end, or so long; the most memory that was seen, and how many requests there were.
fn watch(flags: &[&str], until: Option<Duration>) -> io::Result<(f64, u64)> {
    let hookctl = Hookctl::new()?;
    let receiver = Receiver::start(Kind::Fast)?;
    let mut child = hookctl.spawn(&receiver.url(), flags)?;
    let mut printed = child.stdout.take().expect("a pipe");
    // A report may be larger than what a pipe holds.
    let reading = std::thread::spawn(move || {
        let mut text = String::new();
        printed.read_to_string(&mut text).map(|_| text)
    });
    let (begun, mut most, mut stopped) = (Instant::now(), 0.0, false);
    while child.try_wait()?.is_none() {
        most = memory_of(child.id(), "VmHWM").unwrap_or_default().max(most);
        if !stopped && until.is_some_and(|until| begun.elapsed() > until) {
            stopped = Command::new("kill").args(["-INT", &child.id().to_string()]).status()?.success();
        }
        std::thread::sleep(LOOK);
    }
    let report: serde_json::Value = serde_json::from_str(&reading.join().expect("no panic")?)?;
    Ok((most, report["requests"].as_u64().unwrap_or_default()))
}
