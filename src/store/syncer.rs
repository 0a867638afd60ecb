//! The thread that brings the log to disk, and then answers everyone whose transaction is in it.
//!
//! `SQLite` could sync within `COMMIT` (`synchronous=FULL`), but then its one writer would stand still meanwhile. So its
//! connection commits into the log without a sync, and this thread carries out the very same `fdatasync` of the very same
//! file while the next transaction fills.
//!
//! Promise: nobody is answered `Ok` before a sync that began after the `COMMIT` has succeeded; after one that failed, nobody
//! is any more. Writing the log back syncs it first, and the database after it, so what is no longer in the log when the
//! sync comes is on disk already.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use super::StoreError;
use super::file::Identity;
use super::gauges::Gauges;
use super::job::Job;

/// Jobs whose transaction is committed.
pub(super) struct Committed {
    pub(super) jobs: Vec<Job>,
    /// When the transaction began.
    pub(super) begun: Instant,
}

impl Committed {
    fn answer(self, synced: Result<(), &StoreError>) {
        for job in self.jobs {
            job.answer(synced);
        }
    }
}

/// What the thread shares with the writer.
#[derive(Debug)]
struct Shared {
    /// Transactions that are committed and not on disk yet.
    under_way: AtomicUsize,
    /// Set when nothing is recorded any more.
    poisoned: Arc<AtomicBool>,
    gauges: Arc<Gauges>,
}

/// The writer's hand on the thread. Dropping it waits until what was handed over is answered.
#[derive(Debug)]
pub(super) struct Syncer {
    shared: Arc<Shared>,
    /// `None` for a store in memory, which has no disk to wait for.
    thread: Option<(SyncSender<Committed>, JoinHandle<()>)>,
}

impl Syncer {
    /// For a store that lives in memory: answers at once.
    pub(super) fn none(poisoned: Arc<AtomicBool>, gauges: Arc<Gauges>) -> Self {
        Self { shared: Arc::new(Shared { under_way: AtomicUsize::new(0), poisoned, gauges }), thread: None }
    }

    /// Starts the thread for the store at this path. `wake` is told [`Job::Synced`] after each sync.
    pub(super) fn start(
        path: &Path,
        identity: Identity,
        wake: SyncSender<Job>,
        poisoned: Arc<AtomicBool>,
        gauges: Arc<Gauges>,
    ) -> io::Result<Self> {
        let mut syncer = Self::none(poisoned, gauges);
        // One is synced and one waits. The writer stands still before there is a third.
        let (batches, waiting) = sync_channel(1);
        let thread = Thread { log: log_of(path)?, identity, wake, shared: Arc::clone(&syncer.shared) };
        let thread = thread::Builder::new().name("syncer".into()).spawn(move || thread.run(&waiting))?;
        syncer.thread = Some((batches, thread));
        Ok(syncer)
    }

    /// Whether all that was handed over is on disk, or refused.
    pub(super) fn is_idle(&self) -> bool {
        self.shared.under_way.load(Ordering::Acquire) == 0
    }

    /// Waits until all that was handed over is answered, and ends the thread.
    pub(super) fn end(&mut self) {
        if let Some((batches, thread)) = self.thread.take() {
            drop(batches);
            // If it panicked, those who waited know, and the store is poisoned.
            drop(thread.join());
        }
    }

    /// Answers these jobs once they are on disk.
    pub(super) fn hand_over(&self, committed: Committed) {
        let Some((batches, _)) = &self.thread else {
            self.shared.gauges.committed(committed.begun.elapsed());
            return committed.answer(Ok(()));
        };
        self.shared.under_way.fetch_add(1, Ordering::AcqRel);
        if let Err(unsent) = batches.send(committed) {
            unsent.0.answer(Err(&StoreError::Stopped));
        }
    }
}

impl Drop for Syncer {
    fn drop(&mut self) {
        self.end();
    }
}

struct Thread {
    /// Closing it drops no lock: `SQLite` holds none on this file.
    log: File,
    identity: Identity,
    wake: SyncSender<Job>,
    shared: Arc<Shared>,
}

impl Thread {
    fn run(mut self, waiting: &Receiver<Committed>) {
        while let Ok(first) = waiting.recv() {
            let mut batches = vec![first];
            batches.extend(waiting.try_iter());
            let result = self.sync();
            if result.as_ref().is_err_and(StoreError::poisons) {
                self.shared.poisoned.store(true, Ordering::Release);
            }
            // First the writer, which has the more to do. With a full queue it is awake, and looks for itself.
            self.shared.under_way.fetch_sub(batches.len(), Ordering::AcqRel);
            let _ = self.wake.try_send(Job::Synced);
            for committed in batches {
                if result.is_ok() {
                    self.shared.gauges.committed(committed.begun.elapsed());
                }
                committed.answer(result.as_ref().copied());
            }
        }
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        if self.shared.poisoned.load(Ordering::Acquire) {
            return Err(StoreError::Poisoned);
        }
        self.log.sync_data().map_err(|source| StoreError::Sync(Arc::new(source)))?;
        self.identity.check()
    }
}

impl Drop for Thread {
    /// After a panic the writer must not wait for a sync that never comes, nor promise anything.
    fn drop(&mut self) {
        if thread::panicking() {
            self.shared.poisoned.store(true, Ordering::Release);
            self.shared.under_way.store(0, Ordering::Release);
            let _ = self.wake.try_send(Job::Synced);
        }
    }
}

/// Opens `SQLite`'s write-ahead log beside it: now, since later there may be no file descriptor left, and what cannot be
/// synced must not be acknowledged.
fn log_of(store: &Path) -> io::Result<File> {
    let mut path = store.as_os_str().to_owned();
    path.push("-wal");
    // Windows syncs only what is open for writing.
    OpenOptions::new().write(true).open(path)
}
