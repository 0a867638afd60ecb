//! Connections for reading: a few are kept, so that a page of the inspector does not wait for a long search.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;

use super::open::another;
use super::{StoreError, migrate};

/// Connections kept for the next reader. More may be in use at once.
const KEPT: usize = 4;

/// Where readers get their connection from.
#[derive(Debug)]
pub(super) enum Readers {
    /// A store in memory has a single connection.
    Sharing(Arc<Mutex<Connection>>),
    /// A file can have many.
    OfFile { path: PathBuf, busy_timeout: Duration, idle: Mutex<Vec<Connection>> },
}

impl Readers {
    pub(super) fn sharing(connection: Arc<Mutex<Connection>>) -> Self {
        Self::Sharing(connection)
    }

    pub(super) fn of_file(path: PathBuf, busy_timeout: Duration) -> Self {
        Self::OfFile { path, busy_timeout, idle: Mutex::default() }
    }

    /// Reads with a connection of its own, or with the shared one.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        match self {
            Self::Sharing(connection) => read(&connection.lock().unwrap_or_else(PoisonError::into_inner)),
            Self::OfFile { path, busy_timeout, idle } => {
                let kept = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let connection = match kept {
                    Some(connection) => connection,
                    None => open(path, *busy_timeout)?,
                };
                let result = read(&connection);
                let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
                if idle.len() < KEPT {
                    idle.push(connection);
                }
                result
            }
        }
    }

    /// A connection that is the caller's alone; `None` in memory, where there is no second one.
    pub(super) fn connection(&self) -> Result<Option<Connection>, StoreError> {
        match self {
            Self::Sharing(_) => Ok(None),
            Self::OfFile { path, busy_timeout, .. } => open(path, *busy_timeout).map(Some),
        }
    }

    /// Closes what is kept.
    pub(super) fn clear(&self) {
        if let Self::OfFile { idle, .. } = self {
            idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }
}

fn open(path: &Path, busy_timeout: Duration) -> Result<Connection, StoreError> {
    let opened = another(path, busy_timeout).and_then(|connection| {
        connection.pragma_update(None, "query_only", true)?;
        connection.pragma_update(None, "cache_size", -4_096)?;
        Ok(connection)
    });
    opened.map_err(|e| migrate::opening(path, e))
}
