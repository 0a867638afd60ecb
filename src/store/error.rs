//! What can go wrong with the store, told apart by what the caller has to do about it.
//!
//! Errors can be cloned because one failed commit answers everyone who waited for it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::{ErrorCode, ffi};

use crate::model::DeliveryId;

/// Why the store could not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Too many records wait already, or another process held the store longer than the busy time limit. Later works.
    #[error("the store is busy")]
    Busy,
    /// The disk is full. Nothing was recorded; it works again once there is room.
    #[error("the disk is full")]
    Full,
    /// Reading or writing the file failed. After this one every record is refused as [`StoreError::Poisoned`].
    #[error("input or output failed: {0}")]
    Io(Arc<rusqlite::Error>),
    /// What is written could not be brought to disk. After this one every record is refused as [`StoreError::Poisoned`].
    #[error("writing to disk failed: {0}")]
    Sync(Arc<io::Error>),
    /// A write failed earlier in a way after which nothing can be promised: only a restart helps.
    #[error("an earlier write failed; nothing is recorded until a restart")]
    Poisoned,
    /// The writer has ended: the store was closed, or the writer broke down.
    #[error("the store is closed")]
    Stopped,
    /// The file that is open is no longer the one at its path: it was deleted, moved or replaced.
    #[error("{} is no longer the file that was opened", .path.display())]
    Moved {
        /// Where it was.
        path: PathBuf,
    },
    /// One delivery or answer is larger than the store takes (about 1 GB).
    #[error("too large for the store")]
    TooBig,
    /// There is a delivery with this id already.
    #[error("{0} is recorded already")]
    IdTaken(DeliveryId),
    /// There is no delivery with this id.
    #[error("there is no delivery {0}")]
    UnknownDelivery(DeliveryId),
    /// There is no delivery with this number.
    #[error("there is no delivery {0}")]
    NoSuchNumber(i64),
    /// Nothing in the store fits the selector.
    #[error("no delivery fits '{selector}'")]
    NotFound {
        /// The selector as text.
        selector: String,
    },
    /// A part of an id fits several.
    #[error("'{part}' fits several deliveries")]
    Ambiguous {
        /// The part of an id.
        part: String,
        /// Some of those that fit, the newest first.
        candidates: Vec<DeliveryId>,
    },
    /// The file was written by a newer hookctl. It was not touched.
    #[error("{} was written by a newer hookctl (version {found}; this one knows {known})", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version of the file.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// The file is something else: another program's database, or none at all. It was not touched.
    #[error("{} is not a hookctl store", .path.display())]
    NotAStore {
        /// The file.
        path: PathBuf,
    },
    /// The folder or the file could not be made.
    #[error("cannot create {}: {source}", .path.display())]
    Create {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        source: Arc<io::Error>,
    },
    /// The file, or the folder it lies in, may not be written.
    #[error("{} or its folder is read-only", .path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The file could not be opened.
    #[error("cannot open {}: {source}", .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Arc<rusqlite::Error>,
    },
    /// What was read is not what was written.
    #[error("the store is damaged{}", .number.map(|n| format!(" at delivery {n}")).unwrap_or_default())]
    Damaged {
        /// The delivery that cannot be read, if it is known.
        number: Option<i64>,
    },
    /// `SQLite` refused for another reason.
    #[error("{0}")]
    Sqlite(Arc<rusqlite::Error>),
}

impl StoreError {
    /// Whether the file cannot be trusted to keep what is written next.
    pub(super) fn poisons(&self) -> bool {
        matches!(self, Self::Io(_) | Self::Sync(_) | Self::Damaged { .. })
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error as E;
        match error.sqlite_error() {
            // Growing the shared index of the log needs room as well; this is how SQLite says that there is none.
            Some(e) if e.extended_code == ffi::SQLITE_IOERR_SHMSIZE => Self::Full,
            Some(e) => match e.code {
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy,
                ErrorCode::DiskFull => Self::Full,
                ErrorCode::SystemIoFailure => Self::Io(Arc::new(error)),
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Damaged { number: None },
                ErrorCode::TooBig => Self::TooBig,
                _ => Self::Sqlite(Arc::new(error)),
            },
            None => match error {
                E::FromSqlConversionFailure(..) | E::IntegralValueOutOfRange(..) | E::InvalidColumnType(..) => {
                    Self::Damaged { number: None }
                }
                other => Self::Sqlite(Arc::new(other)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(code: i32) -> StoreError {
        rusqlite::Error::SqliteFailure(ffi::Error::new(code), None).into()
    }

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        assert!(matches!(failure(ffi::SQLITE_BUSY), StoreError::Busy));
        assert!(matches!(failure(ffi::SQLITE_FULL), StoreError::Full));
        assert!(matches!(failure(ffi::SQLITE_IOERR_SHMSIZE), StoreError::Full));
        for code in [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_IOERR_DIR_FSYNC, ffi::SQLITE_IOERR] {
            assert!(failure(code).poisons(), "{code}");
        }
        assert!(failure(ffi::SQLITE_CORRUPT).poisons());
        for code in [ffi::SQLITE_FULL, ffi::SQLITE_BUSY, ffi::SQLITE_TOOBIG, ffi::SQLITE_CANTOPEN, ffi::SQLITE_NOMEM] {
            assert!(!failure(code).poisons(), "{code}");
        }
    }
}
