//! Noticing that the store has changed, without reading it.
//!
//! `SQLite` counts, for each connection, what others have committed; asking for that number reads a few bytes of shared
//! memory. So a look five times a second costs nothing, and works between processes.

use rusqlite::Connection;

use super::{Store, StoreError};

impl Store {
    /// Notices what this and other processes record from now on.
    pub fn watch(&self) -> Result<Watch, StoreError> {
        self.readers.connection().map(Watch::new)
    }
}

/// Sees changes of one store.
#[derive(Debug)]
pub struct Watch {
    /// `None`: the store is in memory, and nobody else can change it.
    connection: Option<Connection>,
    seen: Option<i64>,
}

impl Watch {
    pub(super) fn new(connection: Option<Connection>) -> Self {
        Self { connection, seen: None }
    }

    /// Whether something was committed since this was last asked; the first time, yes.
    pub fn changed(&mut self) -> Result<bool, StoreError> {
        let Some(connection) = &self.connection else { return Ok(self.seen.replace(0).is_none()) };
        let version = connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        Ok(self.seen.replace(version) != Some(version))
    }
}
