//! One thread that sends over TLS or HTTP/2: a task for each request in flight, on a runtime of one thread.
//!
//! The same plan, pacing and recorder as [`super::worker`], whose loop over bare sockets is faster and can do neither.
//!
//! ```text
//! mod.rs      the thread: its runtime, and the pace of starts
//! queue.rs    which start goes over which connection
//! carrier.rs  a connection from its opening to its end, and what it carries
//! link.rs     sockets: TCP, TLS, which HTTP is spoken, bytes counted
//! http1.rs    one request and its answer, by the same writer and reader as without TLS
//! http2.rs    the same as a stream of a connection that others share
//! fields.rs   what HTTP/2 sends for the bytes of HTTP/1.1
//! ```

mod carrier;
mod fields;
mod http1;
mod http2;
mod link;
mod queue;

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::runtime::Builder;
use tokio::task::LocalSet;

pub(super) use self::link::Wire;

use self::fields::Fields;
use self::queue::Queue;
use super::assignment::{Assignment, LONGEST_WAIT};
use super::timer::Alarm;
use crate::model::FailureKind;

/// What the tasks of a thread share.
struct Thread {
    queue: Queue,
    wire: Arc<Wire>,
    fields: RefCell<Fields>,
}

/// Does the work of a thread.
pub(super) fn run(assignment: Assignment, wire: Arc<Wire>) {
    let idle = Idle::default();
    let (parked, woken) = (idle.clone(), idle.clone());
    let runtime = Builder::new_current_thread()
        .enable_all()
        .on_thread_park(move || parked.begin())
        .on_thread_unpark(move || woken.end())
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return assignment.recorder.finish(Err(error)),
    };
    let fields = RefCell::new(wire.fields());
    let thread = Rc::new(Thread { queue: Queue::new(assignment), wire, fields });
    let tasks = LocalSet::new();
    let outcome = tasks.block_on(&runtime, pace(&thread, &idle));
    // What is still under way was given up.
    drop(tasks);
    drop(runtime);
    if let Some(thread) = Rc::into_inner(thread) {
        thread.queue.finish(outcome);
    }
}

/// Why no connection was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) kind: FailureKind,
    /// Everything was fine, but the receiver speaks another HTTP.
    pub(super) speaks_another: bool,
}

impl From<FailureKind> for Broken {
    fn from(kind: FailureKind) -> Self {
        Self { kind, speaks_another: false }
    }
}

/// Makes one connection and closes it again.
pub(super) fn reach(wire: &Wire, address: SocketAddr, limit: Duration) -> Result<(), Broken> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(|_| FailureKind::Network)?;
    LocalSet::new().block_on(&runtime, async {
        let connected = tokio::time::timeout(limit, wire.connect(address, Rc::default())).await;
        connected.map_err(|_| Broken::from(FailureKind::ConnectTimeout))?.map(|_| ())
    })
}

/// Starts what is due, looks after time limits and the seconds, until everything has ended.
async fn pace(thread: &Rc<Thread>, idle: &Idle) -> io::Result<()> {
    let queue = &thread.queue;
    let mut alarm = Alarm::new()?;
    if let Some(connections) = queue.connections() {
        let streams = thread.wire.streams();
        for first in (0..connections).step_by(streams) {
            tokio::task::spawn_local(carrier::keep_open(thread.clone(), streams.min(connections - first)));
        }
    }
    loop {
        let more = start_due(thread);
        queue.tick(idle.take());
        if (!more && queue.is_empty()) || queue.is_abandoned() {
            return Ok(());
        }
        let wait = queue.due().map_or(LONGEST_WAIT, |due| due.min(LONGEST_WAIT));
        tokio::select! {
            biased;
            rung = alarm.after(wait) => rung?,
            () = queue.emptied(), if !more => {}
        }
    }
}

/// Starts what is due by now; whether there is more to come.
fn start_due(thread: &Rc<Thread>) -> bool {
    while let Some(start) = thread.queue.take_due() {
        if let Some(start) = start {
            carrier::start(thread, start);
        }
    }
    thread.queue.has_more()
}

/// How long the thread had nothing to do.
#[derive(Debug, Clone, Default)]
struct Idle(Arc<(AtomicU64, AtomicU64)>);

impl Idle {
    fn begin(&self) {
        self.0.0.store(ticks(), Ordering::Relaxed);
    }

    fn end(&self) {
        let begun = self.0.0.swap(u64::MAX, Ordering::Relaxed);
        self.0.1.fetch_add(ticks().saturating_sub(begun), Ordering::Relaxed);
    }

    /// The nanoseconds since it was last asked.
    fn take(&self) -> u64 {
        self.0.1.swap(0, Ordering::Relaxed)
    }
}

/// Nanoseconds since the first call.
fn ticks() -> u64 {
    static FIRST: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    u64::try_from(FIRST.get_or_init(Instant::now).elapsed().as_nanos()).unwrap_or(u64::MAX)
}
