//! What the machine did during a measurement: who used the processors, how much memory was held. From `/proc`, so on
//! Linux only; elsewhere those figures are missing and the rest still holds.

use std::fs;
use std::time::{Duration, Instant};

/// Processor time is counted in these; every Linux that people run has 100 a second.
const TICKS: f64 = 100.0;

/// The number of processors.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Seconds of processor time that a process has used, with its threads, but not its children.
pub(crate) fn cpu_of(process: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name is in brackets and may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / TICKS)
}

/// Seconds of processor time that children of this program have used, as far as they have ended and been waited for.
pub(crate) fn cpu_of_children() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<f64> = stat
        .rsplit_once(')')
        .map(|(_, rest)| rest.split_whitespace().map(|field| field.parse().unwrap_or_default()).collect())
        .unwrap_or_default();
    (fields.get(13).unwrap_or(&0.0) + fields.get(14).unwrap_or(&0.0)) / TICKS
}

/// Seconds of processor time that the whole machine has used.
fn cpu_of_all() -> Option<f64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    let fields: Vec<f64> = stat.lines().next()?.split_whitespace().skip(1).filter_map(|f| f.parse().ok()).collect();
    // user, nice, system, then idle and waiting, then interrupts.
    Some((fields.iter().take(3).sum::<f64>() + fields.get(5..7)?.iter().sum::<f64>()) / TICKS)
}

/// A line of `/proc/PID/status` that tells KiB, in MiB: `VmRSS` (now) or `VmHWM` (the most so far).
pub(crate) fn memory_of(process: u32, line: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let value = status.lines().find_map(|l| l.strip_prefix(line)?.strip_prefix(':'))?;
    Some(value.split_whitespace().next()?.parse::<f64>().ok()? / 1024.0)
}

/// A span of time, and the processor time used in it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Span {
    /// How long it was.
    pub(crate) elapsed: Duration,
    /// Processor seconds of the process that was watched.
    pub(crate) watched: f64,
    /// Processor seconds of this program.
    pub(crate) own: f64,
    /// The share of the machine that others used.
    pub(crate) others: f64,
}

/// Measures a [`Span`].
pub(crate) struct Watch {
    process: u32,
    begun: Instant,
    watched: f64,
    /// The newest count, since a process that has ended has none.
    seen: f64,
    own: f64,
    all: f64,
}

impl Watch {
    /// Starts watching a process.
    pub(crate) fn start(process: u32) -> Self {
        let watched = cpu_of(process).unwrap_or_default();
        Self {
            process,
            watched,
            seen: watched,
            own: cpu_of(std::process::id()).unwrap_or_default(),
            all: cpu_of_all().unwrap_or_default(),
            begun: Instant::now(),
        }
    }

    /// Looks at the process while it is there.
    pub(crate) fn look(&mut self) {
        self.seen = cpu_of(self.process).unwrap_or_default().max(self.seen);
    }

    /// Ends watching.
    #[expect(clippy::cast_precision_loss, reason = "a number of processors")]
    pub(crate) fn end(mut self) -> Span {
        let elapsed = self.begun.elapsed();
        self.look();
        let watched = self.seen - self.watched;
        let own = cpu_of(std::process::id()).unwrap_or_default() - self.own;
        let all = cpu_of_all().unwrap_or_default() - self.all;
        let capacity = elapsed.as_secs_f64() * processors() as f64;
        Span { elapsed, watched, own, others: ((all - watched - own) / capacity).max(0.0) }
    }
}

/// The middle of some figures; 0 of none.
pub(crate) fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    match figures.len() {
        0 => 0.0,
        n if n % 2 == 1 => figures[n / 2],
        n => f64::midpoint(figures[n / 2 - 1], figures[n / 2]),
    }
}
