//! The thread that copies the log into the database while the writer goes on.
//!
//! Bringing megabytes of new pages to disk takes milliseconds, in which a writer that did it would acknowledge nothing. So
//! this one does most of it, with a connection of its own; the writer itself copies only what came meanwhile, when the log
//! has grown so long that it has to begin anew, which needs a moment without a writer.
//!
//! The thread is started when it is first asked: most commands never write so much.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::Connection;

use super::StoreError;
use super::open::another;

/// What the thread does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    /// Asked, or at work.
    Busy,
    Ended,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    /// Set when nothing is recorded any more.
    poisoned: Arc<AtomicBool>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, state: State) {
        *self.state() = state;
        self.changed.notify_all();
    }

    fn wait_until(&self, reached: impl Fn(State) -> bool) -> State {
        let waited = self.changed.wait_while(self.state(), |state| !reached(*state));
        *waited.unwrap_or_else(PoisonError::into_inner)
    }
}

/// The writer's hand on the thread.
#[derive(Debug)]
pub(super) struct Backfill {
    /// The database; `None` for a store in memory, which has no log.
    path: Option<PathBuf>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Backfill {
    pub(super) fn new(path: Option<PathBuf>, poisoned: Arc<AtomicBool>) -> Self {
        let shared = Shared { state: Mutex::new(State::Idle), changed: Condvar::new(), poisoned };
        Self { path, shared: Arc::new(shared), thread: None }
    }

    /// Has the log copied, as far as it goes now. To be asked while it [`Self::is_idle`].
    pub(super) fn ask(&mut self) {
        let Some(path) = &self.path else { return };
        if self.thread.is_none() {
            let work = Work { path: path.clone(), shared: Arc::clone(&self.shared) };
            // Without a thread the writer copies all of it, as it copies the rest otherwise.
            let Ok(thread) = thread::Builder::new().name("backfill".into()).spawn(move || work.until_the_end()) else {
                return;
            };
            self.thread = Some(thread);
        }
        self.shared.set(State::Busy);
    }

    /// Whether nothing is being copied.
    pub(super) fn is_idle(&self) -> bool {
        *self.shared.state() != State::Busy
    }

    /// Waits until nothing is being copied.
    pub(super) fn wait(&self) {
        self.shared.wait_until(|state| state != State::Busy);
    }

    /// Ends the thread, behind what it is doing.
    pub(super) fn end(&mut self) {
        if let Some(thread) = self.thread.take() {
            self.wait();
            self.shared.set(State::Ended);
            // If it panicked, the store is poisoned.
            drop(thread.join());
        }
    }
}

impl Drop for Backfill {
    fn drop(&mut self) {
        self.end();
    }
}

struct Work {
    path: PathBuf,
    shared: Arc<Shared>,
}

impl Work {
    fn until_the_end(self) {
        let mut connection = None;
        while self.shared.wait_until(|state| state != State::Idle) == State::Busy {
            let copied = copy(&self.path, &mut connection);
            // Anything but a failed disk is no matter: the log keeps everything until the next time.
            if copied.is_err_and(|error| StoreError::from(error).poisons()) {
                self.shared.poisoned.store(true, Ordering::Release);
            }
            self.shared.set(State::Idle);
        }
    }
}

impl Drop for Work {
    /// After a panic nobody must wait for this thread.
    fn drop(&mut self) {
        if thread::panicking() {
            self.shared.poisoned.store(true, Ordering::Release);
            self.shared.set(State::Ended);
        }
    }
}

fn copy(path: &Path, connection: &mut Option<Connection>) -> rusqlite::Result<()> {
    let connection = match connection {
        Some(connection) => connection,
        // Whoever else copies is as good, and not waited for.
        none => none.insert(another(path, Duration::ZERO)?),
    };
    connection.prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")?.query_row([], |_| Ok(()))
}
