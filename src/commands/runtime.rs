//! Starting the asynchronous runtime, and hearing when a user wants to stop.

use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::{Failure, reason};

/// A runtime with a thread a core.
pub(super) fn several_threads() -> Result<Runtime, Failure> {
    Builder::new_multi_thread().enable_all().build().map_err(|error| failure(&error))
}

/// A runtime on this thread.
pub(super) fn one_thread() -> Result<Runtime, Failure> {
    Builder::new_current_thread().enable_all().build().map_err(|error| failure(&error))
}

fn failure(error: &std::io::Error) -> Failure {
    Failure::surroundings(format!("the runtime cannot start: {}", reason(error)))
}

/// Ears for SIGINT and SIGTERM. From the moment it is made, a signal no longer ends the process by itself.
pub(super) struct Interrupt(Option<(Signal, Signal)>);

impl Interrupt {
    /// Listens from now on; must be called within a runtime, before anything is announced to the user.
    pub(super) fn new() -> Self {
        // Without handlers the signals do what they always do.
        Self(signal(SignalKind::interrupt()).and_then(|int| Ok((int, signal(SignalKind::terminate())?))).ok())
    }

    /// Resolves at the first signal. From then on a second one ends the process at once.
    pub(super) async fn heard(self) {
        let Some((mut interrupt, mut terminate)) = self.0 else { return std::future::pending().await };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tokio::spawn(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            crate::output::keys::release();
            std::process::exit(i32::from(crate::exit::Exit::Interrupted.code()));
        });
    }
}
