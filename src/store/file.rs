//! The store's file before `SQLite` opens it: made private from its first moment, and looked at without being touched.
//!
//! Apart from the rest because of one rule: a file that `SQLite` has open in this process is never opened by other means,
//! since closing it would silently drop `SQLite`'s locks.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{StoreError, migrate};

/// Makes the folder (0700) and an empty file (0600) unless they exist. `SQLite` gives its log and index the file's mode.
pub(super) fn create(path: &Path) -> Result<(), StoreError> {
    if let Some(folder) = path.parent() {
        create_folder(folder).map_err(|e| StoreError::Create { path: folder.to_path_buf(), source: Arc::new(e) })?;
    }
    match create_private(path) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(e) if matches!(e.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem) => {
            Err(StoreError::ReadOnly { path: path.to_path_buf() })
        }
        Err(e) => Err(StoreError::Create { path: path.to_path_buf(), source: Arc::new(e) }),
    }
}

/// Makes the folder and what is missing above it, and makes their entries durable.
fn create_folder(folder: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = folder.ancestors().take_while(|f| !f.as_os_str().is_empty() && !f.exists()).collect();
    for folder in missing.into_iter().rev() {
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        match builder.create(folder) {
            // Another process may have been quicker.
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => continue,
            result => result?,
        }
        // An umask can only take rights away; one that takes the owner's would make the folder useless.
        #[cfg(unix)]
        fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        #[cfg(unix)]
        if let Some(parent) = folder.parent() {
            fs::File::open(parent)?.sync_all()?;
        }
    }
    Ok(())
}

/// Makes a new empty file of mode 0600; an error if there is one.
fn create_private(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    drop(file);
    Ok(())
}

/// Refuses a file that is no store, or a newer one, without changing a byte of it or of its neighbours.
pub(super) fn refuse_foreign(path: &Path) -> Result<(), StoreError> {
    // SQLite takes a file of a single byte for an empty one.
    if fs::metadata(path).is_ok_and(|metadata| metadata.len() == 1) {
        return Err(StoreError::NotAStore { path: path.to_path_buf() });
    }
    // `immutable` reads the one file as it lies there: no lock, no log, no recovery.
    let uri = format!("file:{}?immutable=1", escaped(path));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let looked = Connection::open_with_flags(uri, flags).and_then(|connection| migrate::Stamp::read(&connection));
    match looked {
        Ok(stamp) => stamp.check(path),
        Err(e) if e.sqlite_error_code() == Some(ErrorCode::NotADatabase) && !is_unfinished(path) => {
            Err(StoreError::NotAStore { path: path.to_path_buf() })
        }
        // What another process is just writing may look broken without a lock. Opening it properly will tell.
        Err(_) => Ok(()),
    }
}

/// Whether `SQLite` has left something beside the file that it begins with. Then what is in the file is not the last word: the
/// power may have been cut while it was written, also within its first page, and that page is whole in what is beside it.
fn is_unfinished(path: &Path) -> bool {
    /// How a write-ahead log begins, in either byte order, and how a journal does.
    const STARTS: [(&str, &[u8]); 3] = [
        ("-wal", &[0x37, 0x7f, 0x06, 0x82]),
        ("-wal", &[0x37, 0x7f, 0x06, 0x83]),
        ("-journal", &[0xd9, 0xd5, 0x05, 0xf9]),
    ];
    STARTS.iter().any(|(suffix, start)| {
        let mut found = [0; 4];
        let read =
            fs::File::open(beside(path, suffix)).and_then(|mut file| io::Read::read_exact(&mut file, &mut found));
        read.is_ok() && found == *start
    })
}

/// A file that `SQLite` keeps beside a store.
fn beside(store: &Path, suffix: &str) -> PathBuf {
    let mut path = store.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

/// The path for an `SQLite` URI.
fn escaped(path: &Path) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.".contains(byte) {
            text.push(char::from(*byte));
        } else {
            write!(text, "%{byte:02x}").expect("writing to a string does not fail");
        }
    }
    text
}

/// Tells one file from another that takes its name later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    path: PathBuf,
    #[cfg(unix)]
    inode: (u64, u64),
}

impl Identity {
    /// The identity of the file that is at this path now.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        #[cfg(unix)]
        let metadata = fs::metadata(path)?;
        Ok(Self {
            path: path.to_path_buf(),
            #[cfg(unix)]
            inode: (std::os::unix::fs::MetadataExt::dev(&metadata), std::os::unix::fs::MetadataExt::ino(&metadata)),
        })
    }

    /// Fails if another file, or none, is at the path by now: what is written to the open one would be lost.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        match Self::of(&self.path) {
            Ok(now) if now == *self => Ok(()),
            _ => Err(StoreError::Moved { path: self.path.clone() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strange_paths_survive_the_uri() {
        let folder = tempfile::tempdir().expect("folder");
        for name in ["a b", "50%", "q?x=1", "h#1", "ü", "a\nb"] {
            let path = folder.path().join(name);
            fs::write(&path, "no database").expect("write");
            assert!(matches!(refuse_foreign(&path), Err(StoreError::NotAStore { .. })), "{name}");
        }
    }

    #[test]
    fn a_file_that_was_being_written_is_left_to_what_is_beside_it() {
        // Once a store whose first page was half written when the power was cut was called no store.
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a.db");
        fs::write(&path, [0xa5; 4_096]).expect("write");
        for (suffix, content, refused) in [
            ("-wal", &b""[..], true),
            ("-wal", b"somebody's notes", true),
            ("-wal", b"\x37\x7f\x06\x82 and so on", false),
            ("-journal", b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", false),
        ] {
            fs::write(beside(&path, suffix), content).expect("write");
            assert_eq!(refuse_foreign(&path).is_err(), refused, "{suffix} {content:?}");
            fs::remove_file(beside(&path, suffix)).expect("remove");
        }
        assert!(refuse_foreign(&path).is_err(), "nothing is beside it");
    }

    #[cfg(unix)]
    #[test]
    fn a_replaced_file_is_noticed() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a");
        fs::write(&path, "").expect("write");
        let identity = Identity::of(&path).expect("identity");
        identity.check().expect("same");
        fs::write(folder.path().join("b"), "").expect("write");
        fs::rename(folder.path().join("b"), &path).expect("rename");
        assert!(matches!(identity.check(), Err(StoreError::Moved { .. })));
        fs::remove_file(&path).expect("remove");
        assert!(identity.check().is_err());
    }
}
