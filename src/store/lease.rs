//! Which process works on a run: a lock on a file beside the store, which the system takes away when the process ends,
//! however it ends. So a run that nobody works on can be gone on with at once, and no other one ever.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::model::RunId;

/// The right to work on a run. Ends when it is dropped.
#[derive(Debug)]
pub struct Lease {
    /// `None` for a store in memory, which no other process can see.
    held: Option<(File, PathBuf)>,
}

impl Lease {
    /// For a store that nobody else can open.
    pub(super) fn alone() -> Self {
        Self { held: None }
    }

    /// Takes the lease of a run; `None` if another process has it.
    pub(super) fn take(store: &Path, run: RunId) -> io::Result<Option<Self>> {
        let mut name = store.as_os_str().to_owned();
        name.push(format!("-run-{run}"));
        let path = PathBuf::from(name);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { held: Some((file, path)) })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Gives it back for good: the run is done, and nobody will ask for it again.
    pub(super) fn end(self) {
        if let Some((_file, path)) = self.held {
            // A file that stays is locked by nobody and does no harm.
            let _ = std::fs::remove_file(path);
        }
    }
}
