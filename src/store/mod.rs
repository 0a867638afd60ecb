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
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

pub use attempts::Outcome;
use attempts::Outcomes;
use backfill::Backfill;
pub use check::Checked;
pub use compact::{Room, renew};
pub use deliveries::{Recorded, Row};
pub use error::StoreError;
use forwards::Promise;
pub use gauges::Gauges;
pub use lease::Lease;
pub use open::OpenOptions;
pub use prune::{Pruned, Retention};
pub use search::{EventTest, Filter, Order};
pub use steps::Steps;
pub use watch::Watch;

use crate::model::{
    Attempt, Delivery, DeliveryId, ForwardAttempt, NewAttempt, NewDelivery, NewForward, Pending, PendingForward, Run,
    RunId, Selector, Timestamp,
};
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
        let (reply, answer) = oneshot::channel();
        self.ask(Job::Record(Task::new(delivery, Reply::Task(reply))), answer)
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

    /// Records an attempt at a recorded delivery and resolves with its number once it is on disk. Queued at once, as
    /// with [`Store::record`].
    pub fn record_attempt(&self, attempt: NewAttempt) -> impl Future<Output = Result<i64, StoreError>> + Send + use<> {
        let (reply, answer) = oneshot::channel();
        self.ask(Job::Attempt(Task::new(attempt, Reply::Task(reply))), answer)
    }

    /// [`Store::record_attempt`] for callers that are not asynchronous.
    pub fn record_attempt_blocking(&self, attempt: NewAttempt) -> Result<i64, StoreError> {
        self.wait_for(|reply| Job::Attempt(Task::new(attempt, reply)))
    }

    /// Records attempts at a delivery with the route that led to them, and its last status, together: all of it is on disk when this resolves, or none.
    /// Queued at once, as with [`Store::record`].
    pub fn record_outcome(
        &self,
        id: DeliveryId,
        attempts: Vec<NewAttempt>,
        status: Option<u16>,
        route: Option<Arc<str>>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        let (reply, answer) = oneshot::channel();
        self.ask(Job::Outcome(Task::new(Outcomes { id, attempts, status, route }, Reply::Task(reply))), answer)
    }

    /// Sets the last status of a delivery; `None`: there was no answer. Queued at once, as with [`Store::record`].
    pub fn update_status(
        &self,
        id: DeliveryId,
        status: Option<u16>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        let (reply, answer) = oneshot::channel();
        self.ask(Job::Status(Task::new((id, status), Reply::Task(reply))), answer)
    }

    /// [`Store::update_status`] for callers that are not asynchronous.
    pub fn update_status_blocking(&self, id: DeliveryId, status: Option<u16>) -> Result<(), StoreError> {
        self.wait_for(|reply| Job::Status(Task::new((id, status), reply)))
    }

    /// Records a run that begins. Queued at once, as with [`Store::record`]; the lease is this process's until it is
    /// dropped, or the run is ended.
    pub fn begin_run(
        &self,
        run: Run,
    ) -> Result<(Lease, impl Future<Output = Result<(), StoreError>> + Send + use<>), StoreError> {
        let lease = self.lease(run.id)?.ok_or(StoreError::Busy)?;
        let (reply, answer) = oneshot::channel();
        Ok((lease, self.ask(Job::Begin(Task::new(run, Reply::Task(reply))), answer)))
    }

    /// The right to work on a run; `None` while another process has it.
    pub fn lease(&self, run: RunId) -> Result<Option<Lease>, StoreError> {
        if self.is_in_memory() {
            return Ok(Some(Lease::alone()));
        }
        Lease::take(&self.path, run).map_err(|e| StoreError::Create { path: self.path.clone(), source: Arc::new(e) })
    }

    /// Forgets a run that is done, and what was pending of it. Waits.
    pub fn end_run(&self, run: RunId, lease: Lease) -> Result<(), StoreError> {
        self.wait_for(|reply| Job::End(Task::new(run, reply)))?;
        lease.end();
        Ok(())
    }

    /// Records steps of runs, all in one transaction. Queued at once; who waits for a step learns what became of it.
    pub fn record_steps(&self, steps: Steps) {
        if !steps.is_empty() {
            self.offer(Job::Steps(steps.0));
        }
    }

    /// The runs of a command that are not done, the oldest first. Some may be under way in another process.
    pub fn open_runs(&self, command: &str) -> Result<Vec<Run>, StoreError> {
        self.readers.read(|connection| Ok(runs::open(connection, command)?))
    }

    /// What is pending of a run, in the order in which it was recorded.
    pub fn pending_of(&self, run: RunId) -> Result<Vec<Pending>, StoreError> {
        self.readers.read(|connection| Ok(runs::pending(connection, run)?))
    }

    /// Deletes what is older or more than the retention allows, the oldest first, in small transactions between which
    /// others are recorded. Waits until it is done.
    pub fn prune(&self, now: Timestamp, retention: &Retention) -> Result<Pruned, StoreError> {
        let mut total = Pruned::default();
        loop {
            let pruned = self.wait_for(|reply| Job::Prune(Task::new((now, *retention), reply)))?;
            if pruned.deliveries == 0 {
                return Ok(total);
            }
            total.deliveries += pruned.deliveries;
            total.bytes += pruned.bytes;
        }
    }

    /// How the file is laid out.
    pub fn room(&self) -> Result<Room, StoreError> {
        self.readers.read(|connection| Ok(compact::room(connection)?))
    }

    /// Makes the file shorter until no more than `leave` bytes of it are free, in small transactions between which others are
    /// recorded; returns how many bytes were given back. Waits until it is done.
    pub fn compact(&self, leave: u64) -> Result<u64, StoreError> {
        let mut total = 0;
        loop {
            let given_back = self.wait_for(|reply| Job::Compact(Task::new(leave, reply)))?;
            if given_back == 0 {
                return Ok(total);
            }
            total += given_back;
        }
    }

    /// What goes beyond the retention: all that is older, wherever it stands, and of the rest the oldest numbers, as many
    /// as are too much. A guess as to size, since pages are counted and not bytes.
    pub fn prunable(&self, now: Timestamp, retention: &Retention) -> Result<Pruned, StoreError> {
        self.readers.read(|connection| Ok(prune::prunable(connection, now, retention)?))
    }

    /// Deletes these deliveries and their attempts; numbers that do not exist are passed over. Their numbers are not
    /// given again. Waits.
    pub fn delete(&self, numbers: &[i64]) -> Result<Pruned, StoreError> {
        let mut total = Pruned::default();
        for portion in numbers.chunks(prune::PORTION) {
            let deleted = self.wait_for(|reply| Job::Delete(Task::new(portion.to_vec(), reply)))?;
            total.deliveries += deleted.deliveries;
            total.bytes += deleted.bytes;
        }
        Ok(total)
    }

    /// The delivery with this number, whole.
    pub fn get(&self, number: i64) -> Result<Delivery, StoreError> {
        self.readers.read(|connection| deliveries::get(connection, number))
    }

    /// The number of the delivery with this id.
    pub fn number_of(&self, id: DeliveryId) -> Result<i64, StoreError> {
        self.readers
            .read(|connection| Ok(deliveries::number_of(connection, id)?))?
            .ok_or(StoreError::UnknownDelivery(id))
    }

    /// Records a delivery together with the forwards that it is owed, and says whether it is owed any: with
    /// `unless_repeated`, one that repeats a delivery which was accepted is not. Queued at once, as with [`Store::record`].
    pub fn record_owed(
        &self,
        delivery: NewDelivery,
        run: RunId,
        forwards: Vec<NewForward>,
        unless_repeated: bool,
    ) -> impl Future<Output = Result<(Recorded, bool), StoreError>> + Send + use<> {
        let (reply, answer) = oneshot::channel();
        let promise = Promise { delivery, run, forwards, unless_repeated };
        self.ask(Job::Promise(Task::new(promise, Reply::Task(reply))), answer)
    }

    /// Records an attempt at a forward, and what follows from it. Queued at once, as with [`Store::record`].
    pub fn conclude_forward(
        &self,
        run: RunId,
        attempt: ForwardAttempt,
    ) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        let (reply, answer) = oneshot::channel();
        self.ask(Job::Forwarded(Task::new((run, attempt), Reply::Task(reply))), answer)
    }

    /// A run takes over the forwards that another one owed, which is thereby ended. Waits.
    pub fn adopt_forwards(&self, from: RunId, lease: Lease, to: RunId) -> Result<(), StoreError> {
        self.wait_for(|reply| Job::Adopt(Task::new((from, to), reply)))?;
        lease.end();
        Ok(())
    }

    /// The forwards to a target that a run owes, behind the delivery with this number, in their order.
    pub fn pending_forwards(
        &self,
        run: RunId,
        target: &str,
        after: i64,
        limit: usize,
    ) -> Result<Vec<PendingForward>, StoreError> {
        self.readers.read(|connection| Ok(forwards::pending(connection, run, target, after, limit)?))
    }

    /// How many forwards a run owes, by target.
    pub fn owed_forwards(&self, run: RunId) -> Result<Vec<(String, u64)>, StoreError> {
        self.readers.read(|connection| Ok(forwards::owed(connection, run)?))
    }

    /// Whether the delivery with this number was accepted, and is not a dead letter at any target.
    pub fn was_accepted(&self, number: i64) -> Result<bool, StoreError> {
        self.readers.read(|connection| Ok(forwards::was_accepted(connection, number)?))
    }

    /// The numbers of what a selector names, the smallest first; at least one.
    pub fn resolve(&self, selector: &Selector) -> Result<Vec<i64>, StoreError> {
        self.readers.read(|connection| search::resolve(connection, selector))
    }

    /// The newest deliveries that fit, at most `limit`.
    pub fn list(&self, filter: &Filter, limit: usize) -> Result<Vec<Row>, StoreError> {
        self.readers.read(|connection| Ok(search::list(connection, filter, Order::NewestFirst, limit)?))
    }

    /// Hands over every delivery that fits, without ever holding many, until the visitor breaks.
    pub fn visit(
        &self,
        filter: Filter,
        order: Order,
        visitor: impl FnMut(Row) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let read = |filter: &Filter, limit| {
            self.readers.read(|connection| Ok(search::list(connection, filter, order, limit)?))
        };
        search::visit(filter, order, read, visitor)
    }

    /// How many deliveries fit.
    pub fn count(&self, filter: &Filter) -> Result<u64, StoreError> {
        self.readers.read(|connection| Ok(search::count(connection, filter)?))
    }

    /// The attempts at a delivery, the first one first.
    pub fn attempts_of(&self, number: i64) -> Result<Vec<Attempt>, StoreError> {
        self.readers.read(|connection| Ok(attempts::of_delivery(connection, number)?))
    }

    /// Notices what this and other processes record from now on.
    pub fn watch(&self) -> Result<Watch, StoreError> {
        self.readers.connection().map(Watch::new)
    }

    /// How the attempts at the deliveries with these numbers, both ends included, went: without what was answered.
    pub fn outcomes(&self, first: i64, last: i64) -> Result<Vec<Outcome>, StoreError> {
        self.readers.read(|connection| Ok(attempts::outcomes(connection, first, last)?))
    }

    /// The bytes that deliveries and attempts take; what [`Retention::max_bytes`] limits.
    pub fn used_bytes(&self) -> Result<u64, StoreError> {
        let used = self.readers.read(|connection| Ok(prune::used(connection)?))?;
        Ok(u64::try_from(used).unwrap_or(0))
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

    /// Queues a job if there is room; the future is its answer.
    fn ask<T: Send + 'static>(
        &self,
        job: Job,
        answer: oneshot::Receiver<Result<T, StoreError>>,
    ) -> impl Future<Output = Result<T, StoreError>> + Send + use<T> {
        self.offer(job);
        async move { answer.await.unwrap_or(Err(StoreError::Stopped)) }
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
