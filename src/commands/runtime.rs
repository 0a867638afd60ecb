//! Starting the asynchronous runtime, and hearing when a user wants to stop.

use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};

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

/// Resolves at the first SIGINT or SIGTERM. From then on a second one ends the process at once.
pub(super) async fn interrupted() {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        // Without handlers the signals do what they always do.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        std::process::exit(i32::from(crate::exit::Exit::Interrupted.code()));
    });
}
