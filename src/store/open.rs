//! Opening the writer's connection: options, checks, settings.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::file::{self, Identity};
use super::{StoreError, migrate};

/// Prepared statements that a connection keeps: all that the writer uses. rusqlite's own limit of 16 is below that.
const STATEMENTS: usize = 64;

/// A file that is there; also whoever only reads needs the right to write, for the index of the log.
pub(super) const EXISTING: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

/// One connection at a time may be inside `open`: making the file opens it by other means than `SQLite`, and closing it
/// would drop the locks of a connection that another thread opened meanwhile.
static OPENING: Mutex<()> = Mutex::new(());

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// How many records may wait to be written. Beyond it `record` refuses at once. 1024 by default: as many as the
    /// listener takes connections, each of which waits for one record.
    pub queue: usize,
    /// How far apart two deliveries of one key may be and still count as duplicates. 24 hours by default.
    pub dedupe_window: Duration,
    /// How long to wait for another process that is writing. 5 seconds by default: the longest commit seen on a slow
    /// disk, and less than the time limits of senders.
    pub busy_timeout: Duration,
    /// The most pages the database may have: a disk that is full, for tests.
    #[cfg(test)]
    pub(crate) max_pages: Option<u32>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            queue: 1_024,
            dedupe_window: Duration::from_hours(24),
            busy_timeout: Duration::from_secs(5),
            #[cfg(test)]
            max_pages: None,
        }
    }
}

/// A further connection to the file. It leaves the log as it is when it is closed: only the writer knows whether that may be
/// written back.
pub(super) fn another(path: &Path, busy_timeout: Duration) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, EXISTING)?;
    connection.busy_timeout(busy_timeout)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(connection)
}

/// Opens a database in memory.
pub(super) fn memory(path: &Path, options: &OpenOptions) -> Result<(Connection, Option<Identity>), StoreError> {
    let mut connection = Connection::open_in_memory()?;
    migrate::bring_up(&mut connection, path, options.busy_timeout)?;
    configure_writer(&connection, options)?;
    Ok((connection, None))
}

/// Opens the file, made and checked, in its newest form.
pub(super) fn file(path: &Path, options: &OpenOptions) -> Result<(Connection, Option<Identity>), StoreError> {
    let _guard = OPENING.lock().unwrap_or_else(PoisonError::into_inner);
    file::create(path)?;
    file::refuse_foreign(path)?;
    let mut connection = Connection::open_with_flags(path, EXISTING).map_err(|e| migrate::opening(path, e))?;
    if connection.is_readonly(rusqlite::MAIN_DB).map_err(|e| migrate::opening(path, e))? {
        return Err(StoreError::ReadOnly { path: path.to_path_buf() });
    }
    connection.busy_timeout(options.busy_timeout)?;
    migrate::bring_up(&mut connection, path, options.busy_timeout)?;
    let identity =
        Identity::of(path).map_err(|e| StoreError::Create { path: path.to_path_buf(), source: Arc::new(e) })?;
    configure_writer(&connection, options).map_err(|e| migrate::opening(path, e))?;
    Ok((connection, Some(identity)))
}

fn configure_writer(connection: &Connection, options: &OpenOptions) -> rusqlite::Result<()> {
    connection.busy_timeout(options.busy_timeout)?;
    // COMMIT does not sync: the syncer does, before it answers. Writing the log back still syncs the log and the database.
    connection.pragma_update(None, "synchronous", "normal")?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // 8 MiB: the pages at the growing ends of the tables, and what of the index of duplicates is in use.
    connection.pragma_update(None, "cache_size", -8_192)?;
    #[cfg(test)]
    if let Some(pages) = options.max_pages {
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
    }
    Ok(())
}
