//! Open loops: a schedule, and what was made of it.

use std::io;
use std::time::Duration;

use serde_json::Value;

use super::Extent;
use super::clients::{Hookctl, Make, Ran, hey, k6, oha, run, told_by_hey};
use super::goals::{Reach, held};
use super::receiver::{Kind, Receiver};
use super::support::machine::median;

/// How a client tells a percentile in milliseconds.
type Tells = fn(&Ran, &str) -> f64;

/// What it measured goes into a file.
const K6: &str = "k6, signing";

/// At both rates.
pub(crate) fn compare(extent: Extent, out: &mut impl io::Write) -> io::Result<()> {
    let hookctl = Hookctl::new()?;
    let receiver = Receiver::start(Kind::Fast)?;
    let url = receiver.url();
    let seconds = extent.duration.as_secs();
    for rate in [2_000, 10_000] {
        writeln!(out, "\nopen loop, {rate} starts a second: {} rounds of {seconds} s", extent.rounds)?;
        let (per_second, duration) = (format!("{rate}/s"), format!("{seconds}s"));
        let flags = ["--rate", &per_second, "--duration", &duration];
        let summary = tempfile::NamedTempFile::new()?;
        let theirs = |ran: &Ran, percentile: &str| {
            let name = if percentile == "p50" { "p50" } else { "p99" };
            ran.report()["latencyPercentiles"][name].as_f64().unwrap_or_default() * 1e3
        };
        let (ours, of_k6): (Tells, Tells) = (
            |ran, percentile| ran.report()["latency_ms"][percentile].as_f64().unwrap_or_default(),
            |ran, percentile| {
                let name = if percentile == "p50" { "p(50)" } else { "p(99)" };
                ran.report()["metrics"]["http_req_duration"][name].as_f64().unwrap_or_default()
            },
        );
        let of_hey: Tells =
            |ran, percentile| told_by_hey(&ran.said, if percentile == "p50" { 50 } else { 99 }).unwrap_or_default();
        let clients: [(&str, Make<'_>, Tells); 4] = [
            ("hookctl, each signed anew", Box::new(|url, _| Some(hookctl.load(url, &flags))), ours),
            (
                "oha --latency-correction",
                Box::new(|url, duration| oha(url, duration, &["-q", &rate.to_string(), "--latency-correction"])),
                theirs,
            ),
            (K6, Box::new(|url, duration| k6(url, duration, Some(rate), summary.path())), of_k6),
            ("hey, a rate a worker", Box::new(|url, duration| hey(url, duration, Some(rate))), of_hey),
        ];
        let mut all: [Vec<Ran>; 4] = Default::default();
        for _ in 0..extent.rounds {
            for (at, (name, make, _)) in clients.iter().enumerate() {
                let Some(command) = make(&url, extent.duration) else { continue };
                let mut ran = run(command, &receiver)?;
                if *name == K6 {
                    ran.said = std::fs::read_to_string(summary.path())?;
                }
                all[at].push(ran);
            }
        }
        for ((name, _, tells), rounds) in clients.iter().zip(&all) {
            if rounds.is_empty() {
                writeln!(out, "  {name}: not found, passed over")?;
                continue;
            }
            line(name, *tells, rounds, rate * seconds, extent.duration, out)?;
        }
        goals(&all[0], ours, rate, extent.duration, out)?;
    }
    Ok(())
}

/// What is to be reached at either rate.
#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn goals(rounds: &[Ran], tells: Tells, rate: u64, duration: Duration, out: &mut impl io::Write) -> io::Result<()> {
    let of = |figure: &dyn Fn(&Ran) -> f64| median(rounds.iter().map(figure));
    let asked = (rate * duration.as_secs()) as f64;
    let missed = of(&|ran| (ran.seen.count as f64 / asked - 1.0).abs() * 100.0);
    held(out, "starts missed, in %", missed, Reach::Most(0.1, 0.1))?;
    held(out, "p50 in ms", of(&|ran| tells(ran, "p50")), Reach::Most(0.15, 0.08))?;
    held(out, "dispersion over 1 ms", of(&|ran| ran.seen.dispersion), Reach::Most(0.3, 0.1))?;
    if rate == 10_000 {
        held(out, "share of a core", of(&|ran| ran.cpu / duration.as_secs_f64()), Reach::Most(0.40, 0.30))?;
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn line(
    name: &str,
    tells: Tells,
    rounds: &[Ran],
    asked: u64,
    duration: Duration,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let of = |figure: &dyn Fn(&Ran) -> f64| median(rounds.iter().map(figure));
    let late = |ran: &Ran| match ran.report()["late_starts"] {
        Value::Number(ref late) => format!(", {late} late"),
        _ => String::new(),
    };
    writeln!(
        out,
        "  {name:<28} {:>6.2}% of the starts, p50 {:>5.2} ms, p99 {:>6.2} ms, dispersion over 1 ms {:>6.2}, {:>5.1}% of a core \
         [others {:>2.0}%{}]",
        of(&|ran| ran.seen.count as f64 * 100.0 / asked as f64),
        of(&|ran| tells(ran, "p50")),
        of(&|ran| tells(ran, "p99")),
        of(&|ran| ran.seen.dispersion),
        of(&|ran| ran.cpu * 100.0 / duration.as_secs_f64()),
        of(&|ran| ran.others) * 100.0,
        rounds.last().map(late).unwrap_or_default(),
    )
}
