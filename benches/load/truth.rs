//! Whether what a receiver does is told: that it freezes, and what it takes.

use std::io;
use std::time::Duration;

use super::clients::{Hookctl, Ran, hey, oha, run, told_by_hey};
use super::goals::{Reach, held};
use super::receiver::{EVERY, FREEZE, Kind, Receiver};

/// 12 s at 2,000/s against a receiver that stands still for 500 ms in every 4 s.
pub(crate) fn freeze(out: &mut impl io::Write) -> io::Result<()> {
    let hookctl = Hookctl::new()?;
    let receiver = Receiver::start(Kind::Freezing)?;
    let url = receiver.url();
    // A share of the arrivals waits, evenly spread over the freeze: one in a hundred of all waits longer than this.
    let share = FREEZE.as_secs_f64() / EVERY.as_secs_f64();
    let truth = FREEZE.as_secs_f64() * 1e3 * (1.0 - 0.01 / share);
    writeln!(
        out,
        "\na receiver frozen for 500 ms in every 4 s, 2,000 starts a second for 12 s: true p99 {truth:.0} ms"
    )?;
    let ran = run(hookctl.load(&url, &["--rate", "2000/s", "--duration", "12s"]), &receiver)?;
    let report = ran.report();
    let told = |path: &str| report.pointer(path).and_then(serde_json::Value::as_f64).unwrap_or_default();
    let p99 = told("/latency_ms/p99");
    writeln!(
        out,
        "  hookctl: p99 {p99:.0} ms ({:+.1}%), service time beside it {:.1} ms; {} of 24000 sent",
        (p99 / truth - 1.0) * 100.0,
        told("/service_time_ms/p99"),
        ran.seen.count,
    )?;
    held(out, "p99 beside the truth, in %", ((p99 / truth - 1.0) * 100.0).abs(), Reach::Most(5.0, 2.0))?;
    for (name, flags) in [
        ("oha --latency-correction", &["-q", "2000", "--latency-correction"][..]),
        ("oha, as it is", &["-q", "2000"][..]),
    ] {
        let Some(command) = oha(&url, Duration::from_secs(12), flags) else {
            writeln!(out, "  {name}: not found, passed over")?;
            continue;
        };
        let ran: Ran = run(command, &receiver)?;
        let p99 = ran.report()["latencyPercentiles"]["p99"].as_f64().unwrap_or_default() * 1e3;
        writeln!(
            out,
            "  {name}: p99 {p99:.0} ms ({:+.1}%); {} of 24000 sent",
            (p99 / truth - 1.0) * 100.0,
            ran.seen.count
        )?;
    }
    match hey(&url, Duration::from_secs(12), Some(2_000)) {
        None => writeln!(out, "  hey: not found, passed over"),
        Some(command) => {
            let ran = run(command, &receiver)?;
            let p99 = told_by_hey(&ran.said, 99).unwrap_or_default();
            writeln!(
                out,
                "  hey: p99 {p99:.0} ms ({:+.1}%); {} of 24000 sent",
                (p99 / truth - 1.0) * 100.0,
                ran.seen.count
            )
        }
    }
}

/// A receiver that takes 2, 10, 20, 50 or 100 ms, and says what it really took.
pub(crate) fn delays(out: &mut impl io::Write) -> io::Result<()> {
    let hookctl = Hookctl::new()?;
    let receiver = Receiver::start(Kind::Slow)?;
    let ran = run(hookctl.load(&receiver.url(), &["--rate", "1000/s", "--duration", "10s"]), &receiver)?;
    let report = ran.report();
    writeln!(out, "\nknown delays, 1,000 starts a second for 10 s: told beside what the receiver took")?;
    for (name, truth) in ["p50", "p90", "p95", "p99", "p999"].into_iter().zip(&ran.seen.taken) {
        let told = report["latency_ms"][name].as_f64().unwrap_or_default();
        writeln!(
            out,
            "  {name:<5} {told:>7.2} ms beside {truth:>7.2} ms: {:+.2} ms, {:+.1}%",
            told - truth,
            (told / truth - 1.0) * 100.0
        )?;
        // Whichever of the two is the more.
        let allowed = (truth / 100.0).max(0.2);
        held(out, "of what it may be away from it", (told - truth).abs() / allowed, Reach::Most(1.0, 1.0))?;
    }
    Ok(())
}
