//! The one thread of a process that writes to the store.
//!
//! It takes whatever waits, puts it into one transaction, and answers everyone once `COMMIT` has returned: with
//! `synchronous=FULL` the log is on disk by then. It never waits for more to come; under load the queue fills while the
//! last transaction is being synced, so groups form by themselves.
//!
//! Promise: nobody gets `Ok` for what is not durable, nobody waits for ever, and after a failure of the disk nothing is
//! promised any more.

use std::cell::Cell;
use std::ffi::c_int;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::hooks::Wal;
use tokio::sync::oneshot;

use super::attempts::Outcomes;
use super::deliveries::{self, Inserts, Recorded, State};
use super::file::Identity;
use super::forwards::{self, Promise};
use super::gauges::Gauges;
use super::prune::{self, Pruned, Retention};
use super::runs;
use super::steps::Step;
use super::{StoreError, attempts, compact};
use crate::model::{DeliveryId, ForwardAttempt, NewAttempt, NewDelivery, Run, RunId, Timestamp};

/// A transaction takes no more than this of heads and bodies, so that small deliveries do not wait for many large ones.
const BATCH_BYTES: usize = 16 << 20;

/// The log is written back to the database when it has so many pages (4 MiB). Measured with 64 waiting senders, medians:
/// 45,000 deliveries/s and p99 5.2 ms every 4 MiB, 45,000 and 7.1 every 8, 50,000 and 11.6 every 16. Every MiB, or at
/// some tens of MiB, throughput or the longest pause is much worse.
const CHECKPOINT_PAGES: c_int = 256;

/// When nothing came for so long, the log is written back and emptied: the next start is quick, the folder tidy.
const IDLE: Duration = Duration::from_secs(1);

/// Where an answer goes: to a task or to a thread.
#[derive(Debug)]
pub(super) enum Reply<T> {
    Task(oneshot::Sender<Result<T, StoreError>>),
    Thread(SyncSender<Result<T, StoreError>>),
}

/// Something to be done in a transaction, and who waits for it.
#[derive(Debug)]
pub(super) struct Task<W, T> {
    work: W,
    /// What it came to, provided that the transaction is committed.
    outcome: Option<Result<T, StoreError>>,
    reply: Reply<T>,
}

impl<W, T> Task<W, T> {
    pub(super) fn new(work: W, reply: Reply<T>) -> Self {
        Self { work, outcome: None, reply }
    }

    /// Answers: with its own outcome if the transaction was committed, else with what stopped the transaction.
    fn answer(self, committed: Result<(), &StoreError>) {
        let outcome = match committed {
            Ok(()) => self.outcome.unwrap_or(Err(StoreError::Stopped)),
            Err(error) => Err(error.clone()),
        };
        // Whoever no longer waits does not want to know.
        match self.reply {
            Reply::Task(sender) => drop(sender.send(outcome)),
            Reply::Thread(sender) => drop(sender.send(outcome)),
        }
    }
}

/// What the writer can be asked for.
#[derive(Debug)]
pub(super) enum Job {
    Record(Task<NewDelivery, Recorded>),
    Attempt(Task<NewAttempt, i64>),
    Status(Task<(DeliveryId, Option<u16>), ()>),
    Begin(Task<Run, ()>),
    Steps(Vec<Task<Step, ()>>),
    End(Task<RunId, ()>),
    Outcome(Task<Outcomes, ()>),
    Promise(Task<Promise, (Recorded, bool)>),
    Forwarded(Task<(RunId, ForwardAttempt), ()>),
    Adopt(Task<(RunId, RunId), ()>),
    Prune(Task<(Timestamp, Retention), Pruned>),
    Delete(Task<Vec<i64>, Pruned>),
    Compact(Task<u64, u64>),
    /// Ends the writer after what came before.
    Close(Task<(), ()>),
    #[cfg(test)]
    Panic(Task<(), ()>),
}

impl Job {
    /// Does the work within the open transaction. An error here fails the whole transaction.
    fn run<'c>(
        &mut self,
        connection: &'c Connection,
        inserts: &mut Option<Inserts<'c>>,
        state: &mut State,
        window: Duration,
    ) -> rusqlite::Result<()> {
        match self {
            Self::Record(task) => {
                let inserts = match inserts {
                    Some(inserts) => inserts,
                    none => none.insert(Inserts::new(connection)?),
                };
                task.outcome = Some(inserts.insert(state, &task.work, window)?);
            }
            Self::Attempt(task) => task.outcome = Some(attempts::insert(connection, &task.work)?),
            Self::Status(task) => {
                task.outcome = Some(deliveries::update_status(connection, task.work.0, task.work.1)?);
            }
            Self::Begin(task) => task.outcome = Some(Ok(runs::begin(connection, &task.work)?)),
            Self::Steps(tasks) => {
                for task in tasks {
                    task.outcome = Some(task.work.run(connection, state, window)?);
                }
            }
            Self::End(task) => task.outcome = Some(Ok(runs::end(connection, task.work)?)),
            Self::Outcome(task) => {
                task.outcome = Some(attempts::insert_outcomes(connection, &task.work)?);
            }
            Self::Promise(task) => {
                task.outcome = Some(forwards::promise(connection, state, &task.work, window)?);
            }
            Self::Forwarded(task) => {
                task.outcome = Some(forwards::conclude(connection, task.work.0, &task.work.1)?);
            }
            Self::Adopt(task) => {
                task.outcome = Some(Ok(forwards::adopt(connection, task.work.0, task.work.1)?));
            }
            Self::Prune(task) => {
                task.outcome = Some(Ok(prune::portion(connection, state, task.work.0, &task.work.1)?));
            }
            Self::Delete(task) => task.outcome = Some(Ok(prune::delete(connection, state, &task.work)?)),
            Self::Compact(task) => task.outcome = Some(Ok(compact::portion(connection, task.work)?)),
            Self::Close(task) => task.outcome = Some(Ok(())),
            #[cfg(test)]
            Self::Panic(_) => panic!("asked for by a test"),
        }
        Ok(())
    }

    pub(super) fn answer(self, committed: Result<(), &StoreError>) {
        match self {
            Self::Record(task) => task.answer(committed),
            Self::Attempt(task) => task.answer(committed),
            Self::Status(task) => task.answer(committed),
            Self::Begin(task) => task.answer(committed),
            Self::Steps(tasks) => tasks.into_iter().for_each(|task| task.answer(committed)),
            Self::End(task) => task.answer(committed),
            Self::Outcome(task) => task.answer(committed),
            Self::Promise(task) => task.answer(committed),
            Self::Forwarded(task) => task.answer(committed),
            Self::Adopt(task) => task.answer(committed),
            Self::Prune(task) => task.answer(committed),
            Self::Delete(task) => task.answer(committed),
            Self::Compact(task) => task.answer(committed),
            // Closing cannot be refused.
            Self::Close(mut task) => {
                task.outcome = Some(Ok(()));
                task.answer(Ok(()));
            }
            #[cfg(test)]
            Self::Panic(task) => task.answer(committed),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Record(task) => task.work.head.len() + task.work.body.len(),
            Self::Begin(task) => task.work.body.as_ref().map_or(0, bytes::Bytes::len),
            Self::Steps(tasks) => tasks.iter().map(|task| task.work.bytes()).sum(),
            Self::Attempt(task) => answer_bytes(&task.work),
            Self::Promise(task) => task.work.delivery.head.len() + task.work.delivery.body.len(),
            Self::Forwarded(task) => answer_bytes(&task.work.1.attempt),
            Self::Outcome(task) => task.work.attempts.iter().map(answer_bytes).sum(),
            // Slower than its few bytes say; one portion a transaction.
            Self::Prune(_) | Self::Delete(_) | Self::Compact(_) => BATCH_BYTES,
            _ => 0,
        }
    }
}

pub(super) fn answer_bytes(attempt: &NewAttempt) -> usize {
    attempt.outcome.as_ref().map_or(0, |answer| answer.body.len())
}

/// The writer's own.
pub(super) struct Writer {
    pub(super) connection: Arc<Mutex<Connection>>,
    /// `None` for a store in memory.
    pub(super) identity: Option<Identity>,
    pub(super) window: Duration,
    pub(super) busy_timeout: Duration,
    /// The most jobs in one transaction.
    pub(super) batch: usize,
    /// Set when nothing is recorded any more.
    pub(super) poisoned: Arc<AtomicBool>,
    pub(super) gauges: Arc<Gauges>,
    pub(super) state: Option<State>,
    /// `SQLite`'s counter of other connections' commits when `state` was true.
    pub(super) version: i64,
}

thread_local! {
    /// Pages in the log after the last commit of this thread. SQLite takes a plain function as its hook.
    static LOG_PAGES: Cell<c_int> = const { Cell::new(0) };
}

#[expect(clippy::unnecessary_wraps, reason = "the form that the hook has")]
fn note_log_pages(_: &Wal, pages: c_int) -> rusqlite::Result<()> {
    LOG_PAGES.set(pages);
    Ok(())
}

/// How much of the log is written back.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Checkpoint {
    /// What no reader needs.
    Passive,
    /// All of it, and the log is emptied, if nobody reads.
    Truncate,
}

impl Writer {
    /// Works until a [`Job::Close`], or until nobody can ask for anything any more.
    pub(super) fn run(mut self, jobs: &Receiver<Job>) {
        // Replaces SQLite's own checkpoints, whose errors nobody would see.
        self.lock().wal_hook(Some(note_log_pages));
        let mut due = CHECKPOINT_PAGES;
        let mut seen = 0;
        let mut tidy = true;
        let mut full = false;
        loop {
            let first =
                if tidy { jobs.recv().map_err(|_| RecvTimeoutError::Disconnected) } else { jobs.recv_timeout(IDLE) };
            let first = match first {
                Ok(job) => job,
                Err(RecvTimeoutError::Timeout) => {
                    self.write_back(Checkpoint::Truncate);
                    tidy = true;
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            };
            let (batch, closing) = self.gather(first, jobs);
            tidy = false;
            let was_full = std::mem::replace(&mut full, matches!(self.process(batch), Err(StoreError::Full)));
            if closing {
                break;
            }
            if full != was_full {
                // The log of many small commits is far larger than what it says. Where there is no room, emptying it
                // may make some; where there is some again, it must not be the log that takes it.
                self.write_back(Checkpoint::Truncate);
            }
            let pages = LOG_PAGES.get();
            if pages < seen {
                due = CHECKPOINT_PAGES;
            }
            seen = pages;
            if pages >= due {
                self.write_back(Checkpoint::Passive);
                // If a reader was in the way, not again at once.
                due = pages + CHECKPOINT_PAGES;
            }
        }
        self.finish();
    }

    /// Everything that waits already, within the limits, and whether it ends with the order to close.
    fn gather(&self, first: Job, jobs: &Receiver<Job>) -> (Vec<Job>, bool) {
        let mut bytes = first.bytes();
        let mut closing = matches!(first, Job::Close(_));
        let mut batch = vec![first];
        while !closing && batch.len() < self.batch && bytes < BATCH_BYTES {
            let Ok(job) = jobs.try_recv() else { break };
            bytes += job.bytes();
            closing = matches!(job, Job::Close(_));
            batch.push(job);
        }
        (batch, closing)
    }

    /// Does all jobs in one transaction and answers them; says how the transaction ended.
    fn process(&mut self, mut batch: Vec<Job>) -> Result<(), StoreError> {
        self.gauges.taken(batch.len());
        let begun = Instant::now();
        let result = self.transact(&mut batch);
        if result.is_ok() {
            self.gauges.committed(begun.elapsed());
        }
        if let Err(error) = &result {
            // What was read or remembered since the last commit may not be true.
            self.state = None;
            if error.poisons() {
                self.poisoned.store(true, Ordering::Release);
            }
        }
        for job in batch {
            job.answer(result.as_ref().copied());
        }
        result
    }

    fn transact(&mut self, batch: &mut [Job]) -> Result<(), StoreError> {
        if self.poisoned.load(Ordering::Acquire) {
            return Err(StoreError::Poisoned);
        }
        if let Some(identity) = &self.identity {
            identity.check()?;
        }
        let connection = Arc::clone(&self.connection);
        let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let done = self.fill(&connection, batch);
        if done.is_err() && !connection.is_autocommit() {
            // SQLite has rolled back by itself where this fails.
            drop(connection.execute_batch("ROLLBACK"));
        }
        Ok(done?)
    }

    fn fill(&mut self, connection: &Connection, batch: &mut [Job]) -> rusqlite::Result<()> {
        let version: i64 = connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        let state = match &mut self.state {
            Some(state) => {
                if self.version != version {
                    state.refresh(connection)?;
                }
                state
            }
            none => none.insert(State::load(connection)?),
        };
        self.version = version;
        let mut inserts = None;
        for job in batch {
            job.run(connection, &mut inserts, state, self.window)?;
        }
        drop(inserts);
        if let Some(tail) = &mut state.tail {
            tail.reached(state.next - 1);
            tail.write_out(connection)?;
        }
        connection.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }

    /// Copies the log into the database. An error of the disk poisons: the next `fsync` might succeed without having
    /// written what this one could not. Any other is no matter, the log keeps everything until the next time.
    fn write_back(&self, kind: Checkpoint) {
        if self.poisoned.load(Ordering::Acquire) {
            return;
        }
        let connection = self.lock();
        let sql = match kind {
            Checkpoint::Passive => "PRAGMA wal_checkpoint(PASSIVE)",
            Checkpoint::Truncate => "PRAGMA wal_checkpoint(TRUNCATE)",
        };
        // Nobody waits for a reader here: deliveries would wait as well.
        let written = connection
            .busy_timeout(Duration::ZERO)
            .and_then(|()| connection.prepare_cached(sql)?.query_row([], |_| Ok(())));
        let result = written.and(connection.busy_timeout(self.busy_timeout));
        if let Err(error) = result
            && StoreError::from(error).poisons()
        {
            self.poisoned.store(true, Ordering::Release);
        }
    }

    fn finish(&self) {
        self.write_back(Checkpoint::Truncate);
        if self.poisoned.load(Ordering::Acquire) {
            // The log as it lies there is what a restart can recover from.
            drop(self.lock().set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
