//! How a run is ended from outside, and watched.

use std::sync::atomic::{AtomicBool, Ordering};

/// Shared by a run's threads and whoever may end it.
#[derive(Debug, Default)]
pub struct Control {
    stopped: AtomicBool,
    abandoned: AtomicBool,
}

impl Control {
    /// Starts no more requests; those in flight may still end.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Gives up those in flight, too.
    pub(super) fn abandon(&self) {
        self.stop();
        self.abandoned.store(true, Ordering::Relaxed);
    }

    /// Whether requests may start.
    pub(super) fn is_running(&self) -> bool {
        !self.stopped.load(Ordering::Relaxed)
    }

    pub(super) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Relaxed)
    }
}
