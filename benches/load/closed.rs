//! Closed loops: as many requests as 64 connections take.

use std::io;
use std::process::Command;
use std::time::Duration;

use super::Extent;
use super::clients::{CONNECTIONS, Hookctl, Make, Ran, autocannon, bombardier, hey, k6, oha, run, wrk};
use super::goals::{Reach, held};
use super::receiver::{Kind, Receiver};
use super::support::machine::median;

/// One client, measured round by round.
struct Series<'a> {
    name: &'a str,
    make: Make<'a>,
    rounds: Vec<Ran>,
}

impl<'a> Series<'a> {
    fn new(name: &'a str, make: impl Fn(&str, Duration) -> Option<Command> + 'a) -> Self {
        Self { name, make: Box::new(make), rounds: Vec::new() }
    }
}

/// Who sends the same bytes again and again, and hookctl, which does not.
pub(crate) fn plain(extent: Extent, out: &mut impl io::Write) -> io::Result<()> {
    let hookctl = Hookctl::new()?;
    let all = vec![
        Series::new("wrk, the same bytes", |url, duration| wrk("post.lua", url, duration)),
        Series::new("oha, the same bytes", |url, duration| oha(url, duration, &[])),
        ours(&hookctl, "hookctl, each signed anew", &[]),
        Series::new("autocannon, the same bytes", |url, duration| autocannon(url, duration, false)),
        Series::new("hey, the same bytes", |url, duration| hey(url, duration, None)),
        Series::new("bombardier, the same bytes", bombardier),
    ];
    let measured = compare("closed loop, 64 connections", Kind::Fast, all, extent, out)?;
    for (other, figure, reach) in [
        ("wrk", Ran::rate as Figure, Reach::Least(0.90, 1.0)),
        ("wrk", Ran::cpu_for_100k, Reach::Most(1.15, 1.0)),
        ("oha", Ran::rate, Reach::Least(1.10, 1.15)),
    ] {
        measured.beside(other, figure, reach, out)?;
    }
    Ok(())
}

/// Who can sign.
pub(crate) fn signing(extent: Extent, out: &mut impl io::Write) -> io::Result<()> {
    let hookctl = Hookctl::new()?;
    let summary = tempfile::NamedTempFile::new()?;
    let all = vec![
        Series::new("wrk, signing (LuaJIT, libcrypto)", |url, duration| wrk("sign.lua", url, duration)),
        ours(&hookctl, "hookctl, each signed anew", &[]),
        Series::new("autocannon, signing", |url, duration| autocannon(url, duration, true)),
        Series::new("k6, signing", |url, duration| k6(url, duration, None, summary.path())),
    ];
    let measured = compare("closed loop, 64 connections, all of them sign", Kind::Fast, all, extent, out)?;
    measured.beside("autocannon", Ran::rate, Reach::Least(3.0, 3.0), out)?;
    measured.beside("k6", Ran::rate, Reach::Least(8.0, 8.0), out)
}

/// Behind TLS.
pub(crate) fn secure(extent: Extent, out: &mut impl io::Write) -> io::Result<()> {
    let hookctl = Hookctl::new()?;
    let all = vec![
        Series::new("oha, HTTP/1.1 over TLS", |url, duration| {
            oha(url, duration, &["--insecure", "--http-version", "1.1"])
        }),
        ours(&hookctl, "hookctl, HTTP/1.1 over TLS, signed", &["--insecure", "--http-version", "1.1"]),
        Series::new("oha, HTTP/2", |url, duration| oha(url, duration, &["--insecure", "--http-version", "2"])),
        ours(&hookctl, "hookctl, HTTP/2, signed", &["--insecure", "--http-version", "2"]),
    ];
    compare("closed loop over TLS, 64 connections", Kind::Secure, all, extent, out).map(|_| ())
}

fn ours<'a>(hookctl: &'a Hookctl, name: &'a str, flags: &'a [&'a str]) -> Series<'a> {
    Series::new(name, move |url, duration| {
        let seconds = format!("{}s", duration.as_secs());
        let usual = ["--concurrency", CONNECTIONS, "--duration", &seconds];
        Some(hookctl.load(url, &[&usual[..], flags].concat()))
    })
}

/// What is compared of a run.
type Figure = fn(&Ran) -> f64;

/// What was measured, round by round.
struct Measured<'a>(Vec<Series<'a>>);

impl Measured<'_> {
    /// A figure of hookctl's beside that of another one, if that was there.
    fn beside(&self, other: &str, figure: Figure, reach: Reach, out: &mut impl io::Write) -> io::Result<()> {
        let find = |name: &str| self.0.iter().find(|series| series.name.starts_with(name));
        let (Some(ours), Some(theirs)) = (find("hookctl"), find(other)) else { return Ok(()) };
        let each = ours.rounds.iter().zip(&theirs.rounds).map(|(ours, theirs)| figure(ours) / figure(theirs));
        let what = if matches!(reach, Reach::Least(..)) { "requests a second" } else { "CPU a request" };
        held(out, &format!("{what} beside {other}"), median(each), reach)
    }
}

/// Every client in turn, so often; the same round of another one is measured under the same weather.
fn compare<'a>(
    title: &str,
    kind: Kind,
    mut all: Vec<Series<'a>>,
    extent: Extent,
    out: &mut impl io::Write,
) -> io::Result<Measured<'a>> {
    let receiver = Receiver::start(kind)?;
    let url = match kind {
        Kind::Secure => receiver.url().replace("http://", "https://"),
        _ => receiver.url(),
    };
    writeln!(out, "\n{title}: {} rounds of {} s", extent.rounds, extent.duration.as_secs())?;
    let mut missing = Vec::new();
    for _ in 0..extent.rounds {
        for series in &mut all {
            match (series.make)(&url, extent.duration) {
                Some(command) => series.rounds.push(run(command, &receiver)?),
                None if !missing.contains(&series.name) => missing.push(series.name),
                None => {}
            }
        }
    }
    all.retain(|series| !series.rounds.is_empty());
    for series in &all {
        let beside = |other: &Series<'_>, figure: Figure| {
            median(series.rounds.iter().zip(&other.rounds).map(|(own, other)| figure(own) / figure(other)))
        };
        let of = |figure: Figure| median(series.rounds.iter().map(figure));
        let ratios: Vec<String> = all
            .iter()
            .filter(|other| other.name != series.name)
            .map(|other| {
                let first = other.name.split(',').next().unwrap_or_default();
                format!("{:.2}/{:.2} {first}", beside(other, Ran::rate), beside(other, Ran::cpu_for_100k))
            })
            .collect();
        writeln!(
            out,
            "  {:<36} {:>7.0}/s, {:>5.2} CPU s per 100,000 (receiver {:.2}) [others {:>2.0}%]; rate/CPU beside: {}",
            series.name,
            of(Ran::rate),
            of(Ran::cpu_for_100k),
            of(Ran::receiver_cpu_for_100k),
            of(|ran| ran.others) * 100.0,
            ratios.join(", "),
        )?;
    }
    for name in missing {
        writeln!(out, "  {name}: not found, passed over")?;
    }
    Ok(Measured(all))
}
