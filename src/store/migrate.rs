//! The versions of the store's form, and the way from none or an older one to the newest. Forward only.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};
use rusqlite_migration::{M, Migrations};

use super::StoreError;

/// 'hook' in ASCII, in the header of every store.
const APPLICATION_ID: i64 = 0x686f_6f6b;

/// One entry a version; entries are only ever appended.
const STEPS: &[M<'static>] = &[
    M::up(include_str!("migrations/0001_deliveries.sql")),
    M::up(include_str!("migrations/0002_runs.sql")),
    M::up(include_str!("migrations/0003_forwards.sql")),
    M::up(include_str!("migrations/0004_progress.sql")),
];

/// A delivery of 1.5 KB with ten headers (2.1 KB) is kept whole in its page. Measured bytes a delivery, by page size:
/// 4 KiB 4,270 (one fits a page), 8 KiB 2,900, 16 KiB 2,500, 32 KiB 2,350. Every page touched is written to the log as
/// a whole, so the largest costs throughput again: 36,000, 38,000 and 29,000 deliveries/s with 8, 16 and 32 KiB.
const PAGE_SIZE: u32 = 16_384;

/// How long to wait before looking again while another process creates the same store.
const PAUSE: Duration = Duration::from_millis(5);

/// What the header of a database says about whose it is.
pub(super) struct Stamp {
    application: i64,
    version: i64,
    tables: i64,
}

impl Stamp {
    /// Reads it, at one moment: another process may be making the tables.
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let moment = Transaction::new_unchecked(connection, TransactionBehavior::Deferred)?;
        Ok(Self {
            application: moment.pragma_query_value(None, "application_id", |row| row.get(0))?,
            version: moment.pragma_query_value(None, "user_version", |row| row.get(0))?,
            tables: moment.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?,
        })
    }

    fn is_empty(&self) -> bool {
        self.application == 0 && self.version == 0 && self.tables == 0
    }

    fn is_newest(&self) -> bool {
        self.application == APPLICATION_ID && self.version == newest()
    }

    /// Refuses what is not a store, or newer than this program.
    pub(super) fn check(&self, path: &Path) -> Result<(), StoreError> {
        if self.is_empty() {
            return Ok(());
        }
        if self.application != APPLICATION_ID || self.version < 1 {
            return Err(StoreError::NotAStore { path: path.to_path_buf() });
        }
        if self.version > newest() {
            return Err(StoreError::Newer { path: path.to_path_buf(), found: self.version, known: newest() });
        }
        Ok(())
    }
}

fn newest() -> i64 {
    i64::try_from(STEPS.len()).expect("there are few versions")
}

/// Brings the database to the newest version, whoever else tries the same at this moment.
pub(super) fn bring_up(connection: &mut Connection, path: &Path, limit: Duration) -> Result<(), StoreError> {
    let begun = Instant::now();
    connection.set_transaction_behavior(TransactionBehavior::Immediate);
    loop {
        match step(connection, path) {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(StoreError::Busy) if begun.elapsed() < limit => std::thread::sleep(PAUSE),
            Err(error) => return Err(error),
        }
    }
}

/// Looks and does what is missing. `true` when nothing was.
fn step(connection: &mut Connection, path: &Path) -> Result<bool, StoreError> {
    let stamp = Stamp::read(connection).map_err(|e| opening(path, e))?;
    stamp.check(path)?;
    write_ahead(connection, &stamp).map_err(|e| opening(path, e))?;
    if stamp.is_newest() {
        return Ok(true);
    }
    match Migrations::from_slice(STEPS).to_latest(connection) {
        Ok(()) => Ok(false),
        // Two may start from the same version; the second one finds the tables made, and looks again.
        Err(_) if Stamp::read(connection).is_ok_and(|stamp| stamp.is_newest()) => Ok(false),
        Err(rusqlite_migration::Error::RusqliteError { err, .. }) => Err(opening(path, err)),
        // The version was in order a moment ago.
        Err(_) => Err(StoreError::NotAStore { path: path.to_path_buf() }),
    }
}

/// Switches to the write-ahead log. The page size, and that the file can become shorter, can only be chosen before anything
/// is written.
fn write_ahead(connection: &Connection, stamp: &Stamp) -> rusqlite::Result<()> {
    if stamp.is_empty() {
        connection.pragma_update(None, "page_size", PAGE_SIZE)?;
        connection.pragma_update(None, "auto_vacuum", "incremental")?;
    }
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))
}

/// What an error of `SQLite` means while a store is being opened.
pub(super) fn opening(path: &Path, error: rusqlite::Error) -> StoreError {
    let path = path.to_path_buf();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StoreError::NotAStore { path },
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => StoreError::ReadOnly { path },
        Some(ErrorCode::CannotOpen) => StoreError::Open { path, source: Arc::new(error) },
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_lead_to_the_newest_version() {
        let mut connection = Connection::open_in_memory().expect("memory");
        bring_up(&mut connection, Path::new(":memory:"), Duration::ZERO).expect("bring up");
        let stamp = Stamp::read(&connection).expect("stamp");
        assert!(stamp.is_newest());
        bring_up(&mut connection, Path::new(":memory:"), Duration::ZERO).expect("again");
    }

    #[test]
    fn an_older_store_keeps_what_it_holds() {
        let mut connection = Connection::open_in_memory().expect("memory");
        Migrations::from_slice(&STEPS[..1]).to_latest(&mut connection).expect("the first form");
        connection.execute("INSERT INTO kinds (provider) VALUES ('stripe')", []).expect("a row");
        bring_up(&mut connection, Path::new(":memory:"), Duration::ZERO).expect("bring up");
        assert!(Stamp::read(&connection).expect("stamp").is_newest());
        let kinds: i64 = connection.query_row("SELECT count(*) FROM kinds", [], |row| row.get(0)).expect("count");
        let runs: i64 = connection.query_row("SELECT count(*) FROM runs", [], |row| row.get(0)).expect("count");
        assert_eq!((kinds, runs), (1, 0));
    }
}
