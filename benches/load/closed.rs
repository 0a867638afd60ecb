//! Closed loops: as many requests as 64 connections take.

use std::io;
use std::process::Command;
use std::time::Duration;

use super::Extent;
use super::clients::{CONNECTIONS, Hookctl, Make, Ran, autocannon, k6, oha, run, wrk};
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
    ];
    compare("closed loop, 64 connections", Kind::Fast, all, extent, out)
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
    compare("closed loop, 64 connections, all of them sign", Kind::Fast, all, extent, out)
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
    compare("closed loop over TLS, 64 connections", Kind::Secure, all, extent, out)
}

fn ours<'a>(hookctl: &'a Hookctl, name: &'a str, flags: &'a [&'a str]) -> Series<'a> {
    Series::new(name, move |url, duration| {
        let seconds = format!("{}s", duration.as_secs());
        let usual = ["--concurrency", CONNECTIONS, "--duration", &seconds];
        Some(hookctl.load(url, &[&usual[..], flags].concat()))
    })
}

/// Every client in turn, so often; ratios are to the first one that is there.
fn compare(
    title: &str,
    kind: Kind,
    mut all: Vec<Series<'_>>,
    extent: Extent,
    out: &mut impl io::Write,
) -> io::Result<()> {
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
        // The same round of another one is measured under the same weather.
        let beside = |other: &Series<'_>, figure: fn(&Ran) -> f64| {
            median(series.rounds.iter().zip(&other.rounds).map(|(own, other)| figure(own) / figure(other)))
        };
        let of = |figure: fn(&Ran) -> f64| median(series.rounds.iter().map(figure));
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
    Ok(())
}
