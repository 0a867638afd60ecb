//! A run from its first start to its report: threads are set to work, watched, and stopped in time.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use super::assignment::{Assignment, Pace};
use super::control::Control;
use super::gathered::{Gathered, Watched};
use super::lanes::Lane;
use super::plan::Plan;
use super::recorder::{Recorder, Tally, Told};
use super::schedule::Schedule;
use super::summary::Ended;
use super::system::{allow_files, cpu_time};
use super::target::Target;
use super::tasks;
use super::worker::Worker;
use crate::clock;
use crate::model::Timestamp;

/// How long requests in flight may take to end once the run was stopped from outside.
const GRACE: Duration = Duration::from_secs(2);
/// How often a run looks whether it was stopped.
const LOOK: Duration = Duration::from_millis(50);
/// So many starts a second are little enough for one thread to make them all in time.
const STARTS_A_THREAD: f64 = 20_000.0;

/// How requests are started.
#[derive(Debug, Clone)]
pub(crate) enum Pacing {
    /// The next one when one has ended.
    Closed {
        /// Connections, each with one request in flight; of all shards.
        concurrency: u32,
        /// When no more are started, the warm-up not counted.
        duration: Option<Duration>,
        /// How many are sent; of all shards.
        requests: Option<u64>,
    },
    /// By a schedule.
    Open {
        /// When; of all shards.
        schedule: Schedule,
        /// Requests in flight beyond which starts are dropped.
        max_in_flight: u32,
    },
}

/// Everything that decides a run.
pub(crate) struct Settings {
    pub(crate) plan: Arc<Plan>,
    pub(crate) target: Target,
    pub(crate) pacing: Pacing,
    pub(crate) warm_up: Duration,
    pub(crate) timeout: Duration,
    /// Threads that send; `None`: as many as make sense.
    pub(crate) threads: Option<u32>,
    /// Which shard, from 0, of how many.
    pub(crate) shard: (u32, u32),
    /// When the first request starts; `None`: at once.
    pub(crate) start_at: Option<Timestamp>,
}

impl Settings {
    /// How many threads send.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count")]
    pub(crate) fn threads(&self) -> u32 {
        let processors = thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(1));
        match &self.pacing {
            Pacing::Closed { .. } => {
                self.threads.unwrap_or(processors).clamp(1, self.connections().div_ceil(self.streams()).max(1))
            }
            Pacing::Open { schedule, .. } => {
                let share = schedule.peak() / f64::from(self.shard.1);
                let needed = (share / STARTS_A_THREAD).ceil().max(1.0) as u32;
                self.threads.unwrap_or_else(|| needed.min(processors)).max(1)
            }
        }
    }

    /// How many requests share a connection.
    fn streams(&self) -> u32 {
        self.target.wire.as_ref().map_or(1, |wire| u32::try_from(wire.streams()).unwrap_or(u32::MAX))
    }

    /// Closed loop: of what is in flight the part of a thread. What shares a connection stays together.
    fn in_flight(&self, thread: u32, threads: u32) -> u32 {
        let (all, streams) = (self.connections(), self.streams());
        let connections = (thread..all.div_ceil(streams)).step_by(threads as usize);
        connections.map(|connection| streams.min(all - connection * streams)).sum()
    }

    /// Closed loop: requests in flight of this shard.
    fn connections(&self) -> u32 {
        match &self.pacing {
            Pacing::Closed { concurrency, .. } => share_of(*concurrency, self.shard.0, self.shard.1),
            Pacing::Open { .. } => 0,
        }
    }

    fn pace(&self, thread: u32, threads: u32, counter: &Arc<AtomicU64>) -> Pace {
        match &self.pacing {
            Pacing::Closed { duration, requests, .. } => Pace::Closed {
                counter: counter.clone(),
                limit: requests.unwrap_or(u64::MAX),
                connections: self.in_flight(thread, threads) as usize,
                end: duration.map_or(u64::MAX, |duration| nanos(self.warm_up + duration)),
            },
            Pacing::Open { schedule, max_in_flight } => Pace::Open {
                lane: Box::new(Lane::new(
                    schedule.clone().after(self.warm_up).starts(),
                    (thread.into(), threads.into()),
                    (self.shard.0.into(), self.shard.1.into()),
                )),
                most: share_of(*max_in_flight, thread, threads).max(1) as usize,
            },
        }
    }
}

/// The n-th of so many nearly equal parts.
fn share_of(whole: u32, part: u32, parts: u32) -> u32 {
    whole / parts + u32::from(part < whole % parts)
}

pub(super) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Carries out a run. Each second is told to `watch`, who may look at a report of all so far, and may stop the run.
///
/// # Errors
/// A thread could not set up its event loop.
pub(crate) fn run(
    settings: &Settings,
    control: &Arc<Control>,
    watch: &mut dyn FnMut(&Watched, &dyn Fn() -> Ended),
) -> io::Result<Ended> {
    let threads = settings.threads();
    let open = matches!(settings.pacing, Pacing::Open { .. });
    let needed = match &settings.pacing {
        Pacing::Closed { .. } => settings.connections(),
        Pacing::Open { max_in_flight, .. } => *max_in_flight,
    };
    let files = allow_files(u64::from(needed) + 64);
    wait_for(settings.start_at, control);
    let (told, heard) = mpsc::channel();
    let warm_up = nanos(settings.warm_up);
    let mut gathered = Gathered::new(&settings.plan, threads as usize, open, warm_up);
    let counter = Arc::new(AtomicU64::new(0));
    let started_at = clock::now();
    let start = Instant::now();
    let cpu = cpu_time();
    let mut spares: Vec<Sender<Box<Tally>>> = Vec::new();
    for thread in 0..threads {
        let (give, spare) = mpsc::channel();
        spares.push(give);
        let assignment = Assignment {
            address: settings.target.address,
            timeout: settings.timeout,
            pace: settings.pace(thread, threads, &counter),
            maker: settings.plan.maker(),
            recorder: Recorder::new(settings.plan.groups().len(), thread, warm_up, told.clone(), spare),
            control: control.clone(),
            start,
            shard: (settings.shard.0.into(), settings.shard.1.into()),
        };
        let wire = settings.target.wire.clone();
        thread::Builder::new().name(format!("load {thread}")).spawn(move || match wire {
            None => Worker::run(assignment),
            Some(wire) => tasks::run(assignment, wire),
        })?;
    }
    drop(told);
    let mut broken = None;
    let mut stopped: Option<Instant> = None;
    let ended = |gathered: &Gathered| {
        Ended::new(gathered, started_at, start.elapsed(), cpu_time().saturating_sub(cpu), threads, files)
    };
    loop {
        match heard.recv_timeout(LOOK) {
            Ok(Told::Second(thread, tally)) => {
                gathered.add(thread, &tally);
                // A thread that has ended takes nothing back.
                let _ = spares[thread as usize].send(tally);
            }
            Ok(Told::Done(thread, rest)) => {
                gathered.add(thread, &rest);
                gathered.thread_ended(thread);
            }
            Ok(Told::Broken(thread, error)) => {
                broken = Some(error);
                control.abandon();
                gathered.thread_ended(thread);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        for second in gathered.whole_seconds() {
            watch(&second, &|| ended(&gathered));
        }
        if !control.is_running() && stopped.get_or_insert_with(Instant::now).elapsed() > GRACE {
            control.abandon();
        }
    }
    match broken {
        Some(error) => Err(error),
        None => Ok(ended(&gathered)),
    }
}

/// Waits for the first instant, unless the run is stopped before.
fn wait_for(start_at: Option<Timestamp>, control: &Control) {
    let Some(at) = start_at else { return };
    while control.is_running() {
        let left = at.since(clock::now());
        if left.is_zero() {
            return;
        }
        thread::sleep(left.min(LOOK));
    }
}
