//! The store: one `SQLite` file with every delivery and every attempt.
//!
//! **Promise:** when [`Store::record`] resolves with `Ok`, the delivery is on disk: neither killing the process nor
//! cutting the power takes it away again (as far as the disk keeps what it says it has synced). Bodies come back byte
//! for byte, or as an error.
//!
//! Writing goes through one thread a process ([`writer`]), which commits in groups that another ([`syncer`]) brings to disk. Reading uses connections of its own
//! and neither waits for the writer nor holds it up. Several processes may use one file at once.

mod attempts;
mod backfill;
mod check;
mod codes;
mod compact;
mod deliveries;
mod duplicates;
mod error;
mod file;
mod forwards;
mod gauges;
mod job;
mod kinds;
mod lease;
mod migrate;
mod open;
mod prune;
mod readers;
mod runs;
mod search;
mod steps;
mod syncer;
#[cfg(test)]
mod tests;
mod watch;
mod writer;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

pub use attempts::Outcome;
use backfill::Backfill;
pub use check::Checked;
pub use compact::{Room, renew};
pub use deliveries::{Recorded, Row};
pub use error::StoreError;
pub use gauges::Gauges;
pub use lease::Lease;
pub use open::OpenOptions;
pub use prune::{Pruned, Retention};
pub use search::{EventTest, Filter, Order};
pub use steps::Steps;
pub use watch::Watch;

use crate::model::NewDelivery;
use job::{Job, Reply, Task};
use readers::Readers;
use syncer::Syncer;
use writer::{LogLength, Writer};

/// The path of a store that lives in memory and ends with the process.
pub const IN_MEMORY: &str = ":memory:";

/// An open store. Dropping it commits what waits and ends the writer.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    jobs: SyncSender<Job>,
    thread: Mutex<Option<JoinHandle<()>>>,
    readers: Readers,
    poisoned: Arc<AtomicBool>,
    gauges: Arc<Gauges>,
}

impl Store {
    /// Opens the store at this path, or makes it: folder 0700, file 0600. Brings an older one to the newest form.
    /// [`IN_MEMORY`] opens a throw-away one.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, &OpenOptions::default())
    }

    /// Opens the store with other than the usual options.
    pub fn open_with(path: &Path, options: &OpenOptions) -> Result<Self, StoreError> {
        let in_memory = path == Path::new(IN_MEMORY);
        // Later connections must find the same file, wherever the process has gone by then.
        let path = if in_memory { path.to_path_buf() } else { std::path::absolute(path).unwrap_or(path.to_path_buf()) };
        let (connection, identity) =
            if in_memory { open::memory(&path, options)? } else { open::file(&path, options)? };

        let connection = Arc::new(Mutex::new(connection));
        let readers = if in_memory {
            Readers::sharing(Arc::clone(&connection))
        } else {
            Readers::of_file(path.clone(), options.busy_timeout)
        };
        let (jobs, queue) = mpsc::sync_channel(options.queue.max(1));
        let poisoned = Arc::new(AtomicBool::new(false));
        let gauges = Arc::new(Gauges::default());
        let cannot_start = |e| StoreError::Create { path: path.clone(), source: Arc::new(e) };
        let syncer = match &identity {
            Some(identity) => {
                Syncer::start(&path, identity.clone(), jobs.clone(), Arc::clone(&poisoned), Arc::clone(&gauges))
                    .map_err(cannot_start)?
            }
            None => Syncer::none(Arc::clone(&poisoned), Arc::clone(&gauges)),
        };
        let writer = Writer {
            connection,
            identity,
            window: options.dedupe_window,
            busy_timeout: options.busy_timeout,
            batch: options.queue.max(1),
            poisoned: Arc::clone(&poisoned),
            gauges: Arc::clone(&gauges),
            syncer,
            backfill: Backfill::new((!in_memory).then(|| path.clone()), Arc::clone(&poisoned)),
            state: None,
            version: 0,
            open: None,
            full: false,
            log: LogLength::default(),
        };
        let thread =
            std::thread::Builder::new().name("store".into()).spawn(move || writer.run(&queue)).map_err(cannot_start)?;
        Ok(Self { path, jobs, thread: Mutex::new(Some(thread)), readers, poisoned, gauges })
    }

    /// The absolute path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it ends with the process.
    pub fn is_in_memory(&self) -> bool {
        self.path == Path::new(IN_MEMORY)
    }

    /// Whether nothing is recorded any more until a restart, because a write failed.
    pub fn is_poisoned(&self) -> bool {
        self.poisoned.load(Ordering::Acquire)
    }

    /// What the writer is doing.
    pub fn gauges(&self) -> &Gauges {
        &self.gauges
    }

    /// Records a delivery. **When this resolves with `Ok`, the delivery is on disk.**
    ///
    /// It is queued at once, also if the future is never awaited. With a full queue it resolves with
    /// [`StoreError::Busy`] without waiting. After [`StoreError::Full`] or `Busy` a later record may succeed.
    pub fn record(&self, delivery: NewDelivery) -> impl Future<Output = Result<Recorded, StoreError>> + Send + use<> {
        answered(self.ask(move |reply| Job::Record(Task::new(delivery, reply))))
    }

    /// [`Store::record`] for callers that are not asynchronous; waits for room in the queue.
    pub fn record_blocking(&self, delivery: NewDelivery) -> Result<Recorded, StoreError> {
        self.wait_for(|reply| Job::Record(Task::new(delivery, reply)))
    }

    /// Records many deliveries in few transactions; waits. Stops at the first that fails: those before it, and perhaps
    /// some behind it, are recorded.
    pub fn record_all(&self, deliveries: impl IntoIterator<Item = NewDelivery>) -> Result<Vec<Recorded>, StoreError> {
        /// Enough to fill a transaction while the last one is synced.
        const UNDER_WAY: usize = 256;
        let mut under_way = std::collections::VecDeque::new();
        let mut recorded = Vec::new();
        for delivery in deliveries {
            if under_way.len() >= UNDER_WAY
                && let Some(answer) = under_way.pop_front()
            {
                recorded.push(receive(&answer)?);
            }
            under_way.push_back(self.queue(|reply| Job::Record(Task::new(delivery, reply)))?);
        }
        for answer in under_way {
            recorded.push(receive(&answer)?);
        }
        Ok(recorded)
    }

    /// Commits what waits, writes the log back and ends the writer; waits for it. Records from then on are refused as
    /// [`StoreError::Stopped`]; reading goes on.
    pub fn close(&self) -> Result<(), StoreError> {
        self.stop();
        if self.is_poisoned() { Err(StoreError::Poisoned) } else { Ok(()) }
    }

    fn stop(&self) {
        // Idle connections hold the log open; the writer is to be the last.
        self.readers.clear();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let (reply, _answer) = mpsc::sync_channel(1);
            // Both fail only if the writer has ended already.
            self.gauges.queued();
            drop(self.jobs.send(Job::Close(Task::new((), Reply::Thread(reply)))));
            drop(thread.join());
        }
    }

    /// Queues a job if there is room, at once; its answer is [`answered`] later.
    fn ask<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> oneshot::Receiver<Result<T, StoreError>> {
        let (reply, answer) = oneshot::channel();
        self.offer(job(Reply::Task(reply)));
        answer
    }

    /// Queues a job if there is room, and answers it if there is none.
    fn offer(&self, job: Job) {
        if self.is_poisoned() {
            return job.answer(Err(&StoreError::Poisoned));
        }
        self.gauges.queued();
        let (job, error) = match self.jobs.try_send(job) {
            Ok(()) => return,
            Err(TrySendError::Full(job)) => (job, StoreError::Busy),
            Err(TrySendError::Disconnected(job)) => (job, StoreError::Stopped),
        };
        self.gauges.taken(1);
        job.answer(Err(&error));
    }

    /// Queues a job, waiting for room.
    fn queue<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<mpsc::Receiver<Result<T, StoreError>>, StoreError> {
        let (reply, answer) = mpsc::sync_channel(1);
        self.gauges.queued();
        self.jobs.send(job(Reply::Thread(reply))).map_err(|_| StoreError::Stopped)?;
        Ok(answer)
    }

    /// Queues a job and waits for its answer.
    fn wait_for<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, StoreError> {
        receive(&self.queue(job)?)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.stop();
    }
}

fn receive<T>(answer: &mpsc::Receiver<Result<T, StoreError>>) -> Result<T, StoreError> {
    answer.recv().unwrap_or(Err(StoreError::Stopped))
}

/// What came of a job that was asked for.
async fn answered<T>(answer: oneshot::Receiver<Result<T, StoreError>>) -> Result<T, StoreError> {
    answer.await.unwrap_or(Err(StoreError::Stopped))
}
