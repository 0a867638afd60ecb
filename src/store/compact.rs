//! Giving room back to the disk, in small portions between which others may commit.
//!
//! What was deleted leaves free pages in the file, which later deliveries use. Moving the last pages of the file into free
//! ones makes it shorter; a transaction moves few of them, so that nobody waits for long.

use rusqlite::Connection;

/// Pages given back in one transaction (1 MiB): some milliseconds' work.
const PORTION: u32 = 64;

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
