//! Giving room back to the disk, in small portions between which others may commit.
//!
//! What was deleted leaves free pages in the file, which later deliveries use. Moving the last pages of the file into free
//! ones makes it shorter; a transaction moves few of them, so that nobody waits for long.

use std::path::Path;

use rusqlite::Connection;

use super::job::{Job, Task};
use super::open::EXISTING;
use super::{OpenOptions, Store, StoreError};

impl Store {
    /// How the file is laid out.
    pub fn room(&self) -> Result<Room, StoreError> {
        self.readers.read(|connection| Ok(room(connection)?))
    }

    /// Makes the file shorter until no more than `leave` bytes of it are free, in small transactions between which others are
    /// recorded; returns how many bytes were given back. Waits until it is done.
    pub fn compact(&self, leave: u64) -> Result<u64, StoreError> {
        let mut total = 0;
        loop {
            let given_back = self.wait_for(|reply| Job::Compact(Task::new(leave, reply)))?;
            if given_back == 0 {
                return Ok(total);
            }
            total += given_back;
        }
    }
}

/// Pages given back in one transaction (1 MiB): some milliseconds' work.
const PORTION: u32 = 64;

/// Of a file with no more than this in it, laying it out anew takes a second or so: others who write wait, and are not sent
/// away.
const QUICK: u64 = 128 << 20;

/// How a file is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Bytes of the file.
    pub all: u64,
    /// Of these, bytes that nothing is in.
    pub free: u64,
    /// Whether the file can be made shorter: one that was made before stores could be cannot.
    pub can_shrink: bool,
}

/// How the file is laid out now.
pub(super) fn room(connection: &Connection) -> rusqlite::Result<Room> {
    /// What SQLite calls incremental.
    const INCREMENTAL: i64 = 2;
    let value = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let size = value("page_size")?;
    let bytes = |pages: i64| u64::try_from(pages * size).unwrap_or(0);
    Ok(Room {
        all: bytes(value("page_count")?),
        free: bytes(value("freelist_count")?),
        can_shrink: value("auto_vacuum")? == INCREMENTAL,
    })
}

/// Gives one portion back, of what is free beyond `leave` bytes; returns how many bytes.
pub(super) fn portion(connection: &Connection, leave: u64) -> rusqlite::Result<u64> {
    let before = room(connection)?;
    if before.free <= leave || !before.can_shrink {
        return Ok(0);
    }
    connection.execute_batch(&format!("PRAGMA incremental_vacuum({PORTION})"))?;
    Ok(before.all.saturating_sub(room(connection)?.all))
}

/// Lays a file out anew that was made before stores could give room back, so that it can from now on; returns how many bytes
/// shorter it is. All of it is written once more, and whoever records meanwhile waits for that, so a large one is left as it
/// is while others have it open: `None`.
///
/// # Errors
/// It cannot be opened or written.
pub fn renew(path: &Path) -> Result<Option<u64>, StoreError> {
    renew_within(path, QUICK)
}

/// The same, with another notion of what is quick.
pub(super) fn renew_within(path: &Path, quick: u64) -> Result<Option<u64>, StoreError> {
    let connection = Connection::open_with_flags(path, EXISTING)?;
    connection.busy_timeout(OpenOptions::default().busy_timeout)?;
    let before = room(&connection)?;
    if before.all.saturating_sub(before.free) > quick && !is_alone(&connection)? {
        return Ok(None);
    }
    connection.execute_batch("PRAGMA auto_vacuum = incremental; VACUUM; PRAGMA journal_mode = wal;")?;
    Ok(Some(before.all.saturating_sub(room(&connection)?.all)))
}

/// Whether nobody else has the file open: only then can it leave its write-ahead log.
fn is_alone(connection: &Connection) -> rusqlite::Result<bool> {
    let left = connection.pragma_update_and_check(None, "journal_mode", "delete", |row| row.get::<_, String>(0));
    match left {
        Ok(mode) => Ok(mode == "delete"),
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => Ok(false),
        Err(error) => Err(error),
    }
}
