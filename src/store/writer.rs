//! The one thread of a process that writes to the store.
//!
//! It puts whatever comes into an open transaction, commits as soon as nothing waits and the last one is on disk, and hands
//! who waits to the [`syncer`](super::syncer), which answers. It never waits for more to come: under load a transaction
//! fills while the one before it is being synced, so groups form by themselves.
//!
//! Promise: nobody waits for ever, nobody gets `Ok` for what is not durable (the syncer's), and after a failure of the disk
//! nothing is promised any more.

use std::cell::Cell;
use std::ffi::c_int;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::hooks::Wal;

use super::StoreError;
use super::backfill::Backfill;
use super::deliveries::{Inserts, State};
use super::file::Identity;
use super::gauges::Gauges;
use super::job::{BATCH_BYTES, Job};
use super::syncer::{Committed, Syncer};

/// Each time that the log has grown by so many pages (4 MiB), they are copied into the database.
const PORTION_PAGES: c_int = 256;

/// When it has so many pages (16 MiB), it is to begin anew.
const LONGEST_PAGES: c_int = 1_024;

/// When nothing came for so long, the log is written back and emptied: the next start is quick, the folder tidy.
const IDLE: Duration = Duration::from_secs(1);

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
    pub(super) syncer: Syncer,
    pub(super) backfill: Backfill,
    /// What is remembered of the store; true as of the last commit and what the open transaction adds.
    pub(super) state: Option<State>,
    /// `SQLite`'s counter of other connections' commits when `state` was true.
    pub(super) version: i64,
    /// The transaction that is open.
    pub(super) open: Option<Open>,
    /// Whether the last transaction found no room.
    pub(super) full: bool,
    pub(super) log: LogLength,
}

/// A transaction under way.
pub(super) struct Open {
    jobs: Vec<Job>,
    bytes: usize,
    begun: Instant,
}

/// How long the log is, and what was done about it.
#[derive(Debug)]
pub(super) struct LogLength {
    seen: c_int,
    /// The length at which it is copied next.
    due: c_int,
    /// Whether it begins anew once the copying is done.
    ending: bool,
}

impl Default for LogLength {
    fn default() -> Self {
        Self { seen: 0, due: PORTION_PAGES, ending: false }
    }
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
        lock(&self.connection).wal_hook(Some(note_log_pages));
        let connection = Arc::clone(&self.connection);
        let mut tidy = true;
        loop {
            let first =
                if tidy { jobs.recv().map_err(|_| RecvTimeoutError::Disconnected) } else { jobs.recv_timeout(IDLE) };
            match first {
                Ok(job) => {
                    tidy = false;
                    if self.take(&lock(&connection), job, jobs) {
                        break;
                    }
                }
                // A disk may be slower than that.
                Err(RecvTimeoutError::Timeout) if !self.is_at_rest() => {}
                Err(RecvTimeoutError::Timeout) => {
                    self.write_back(&lock(&connection), Checkpoint::Truncate);
                    tidy = true;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.finish();
    }

    /// Whether nothing is under way.
    fn is_at_rest(&self) -> bool {
        self.open.is_none() && self.syncer.is_idle() && self.backfill.is_idle()
    }

    /// Takes up a job and what else waits, and commits if it is time; says whether that was the last.
    fn take(&mut self, connection: &Connection, first: Job, jobs: &Receiver<Job>) -> bool {
        let mut inserts = None;
        let mut closing = false;
        let mut next = Some(first);
        while let Some(job) = next {
            closing = matches!(job, Job::Close(_));
            if !matches!(job, Job::Synced) {
                self.gauges.taken(1);
                self.add(connection, &mut inserts, job);
            }
            next = if closing || self.is_filled() { None } else { jobs.try_recv().ok() };
        }
        drop(inserts);
        if closing || self.is_filled() || self.syncer.is_idle() {
            self.commit(connection);
        }
        closing
    }

    /// Whether nothing more goes into this transaction.
    fn is_filled(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.jobs.len() >= self.batch || open.bytes >= BATCH_BYTES)
    }

    /// Does a job within the open transaction; begins one if there is none.
    fn add<'c>(&mut self, connection: &'c Connection, inserts: &mut Option<Inserts<'c>>, mut job: Job) {
        if self.open.is_none() {
            if let Err(error) = self.begin(connection) {
                self.abandon(connection, vec![job], &error);
                return;
            }
            self.open = Some(Open { jobs: Vec::new(), bytes: 0, begun: Instant::now() });
        }
        let (Some(open), Some(state)) = (&mut self.open, &mut self.state) else { return };
        let done = job.run(connection, inserts, state, self.window);
        open.bytes += job.bytes();
        open.jobs.push(job);
        if let Err(error) = done {
            // The statements must let go of the transaction first.
            *inserts = None;
            let jobs = self.open.take().map(|open| open.jobs).unwrap_or_default();
            self.abandon(connection, jobs, &error.into());
        }
    }

    fn begin(&mut self, connection: &Connection) -> Result<(), StoreError> {
        if self.poisoned.load(Ordering::Acquire) {
            return Err(StoreError::Poisoned);
        }
        if let Some(identity) = &self.identity {
            identity.check()?;
        }
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let version: i64 = connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        match &mut self.state {
            Some(state) if self.version != version => state.refresh(connection)?,
            Some(_) => {}
            none => *none = Some(State::load(connection)?),
        }
        self.version = version;
        Ok(())
    }

    fn commit(&mut self, connection: &Connection) {
        let (Some(open), Some(state)) = (self.open.take(), &mut self.state) else { return };
        if let Err(error) = write_out(connection, state) {
            return self.abandon(connection, open.jobs, &error.into());
        }
        self.syncer.hand_over(Committed { jobs: open.jobs, begun: open.begun });
        self.note_room(connection, true);
        self.tend_log(connection, LOG_PAGES.get());
    }

    /// Has the log copied from time to time, and sees to it that it does not grow for ever.
    fn tend_log(&mut self, connection: &Connection, pages: c_int) {
        let log = &mut self.log;
        if pages < log.seen {
            *log = LogLength::default();
        }
        log.seen = pages;
        if !(log.ending || pages >= log.due) || !self.backfill.is_idle() {
            return;
        }
        // If a reader is in the way, not again at once.
        log.due = pages + PORTION_PAGES;
        if std::mem::replace(&mut log.ending, false) {
            // Little is left to copy; with all of it copied, the next transaction begins the log anew.
            self.write_back(connection, Checkpoint::Passive);
        } else {
            log.ending = pages >= LONGEST_PAGES;
            self.backfill.ask();
        }
    }

    /// Gives a transaction up, and tells everyone why.
    fn abandon(&mut self, connection: &Connection, jobs: Vec<Job>, error: &StoreError) {
        if !connection.is_autocommit() {
            // SQLite has rolled back by itself where this fails.
            drop(connection.execute_batch("ROLLBACK"));
        }
        // What was read or remembered since the last commit may not be true.
        self.state = None;
        if error.poisons() {
            self.poisoned.store(true, Ordering::Release);
        }
        // Before it is told: room that somebody makes then is for recording, and not taken by what is still being written back.
        self.note_room(connection, !matches!(error, StoreError::Full));
        for job in jobs {
            job.answer(Err(error));
        }
    }

    /// The log of many small commits is far larger than what it says. Where there is no room, emptying it may make some;
    /// where there is some again, it must not be the log that takes it.
    fn note_room(&mut self, connection: &Connection, some: bool) {
        if std::mem::replace(&mut self.full, !some) == some {
            self.backfill.wait();
            self.write_back(connection, Checkpoint::Truncate);
        }
    }

    /// Copies the log into the database. An error of the disk poisons: the next `fsync` might succeed without having
    /// written what this one could not. Any other is no matter, the log keeps everything until the next time.
    fn write_back(&self, connection: &Connection, kind: Checkpoint) {
        if self.poisoned.load(Ordering::Acquire) {
            return;
        }
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

    fn finish(mut self) {
        self.syncer.end();
        self.backfill.end();
        let connection = lock(&self.connection);
        self.write_back(&connection, Checkpoint::Truncate);
        if self.poisoned.load(Ordering::Acquire) {
            // The log as it lies there is what a restart can recover from.
            drop(connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true));
        }
    }
}

/// Writes what the state holds back, and commits.
fn write_out(connection: &Connection, state: &mut State) -> rusqlite::Result<()> {
    if let Some(tail) = &mut state.tail {
        tail.reached(state.next - 1);
        tail.write_out(connection)?;
    }
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok(())
}

fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}
