//! A file that appears whole or not at all: what is written goes to a draft beside it, which takes its place at the end.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::error::Failure;

/// A file being written. Dropped before [`NewFile::finish`], it leaves nothing behind.
pub(super) struct NewFile {
    file: File,
    draft: PathBuf,
    target: PathBuf,
    force: bool,
}

impl NewFile {
    /// Starts a file that others may read, as far as the system's habits allow it. One that is there is replaced.
    pub(super) fn create_shared(path: &Path) -> Result<Self, Failure> {
        Self::create_with(path, true, 0o666)
    }

    /// Starts a file that nobody else may read: requests may carry credentials. One that is there is refused, unless `force` says to replace it; what is no ordinary file always.
    pub(super) fn create(path: &Path, force: bool) -> Result<Self, Failure> {
        Self::create_with(path, force, 0o600)
    }

    fn create_with(path: &Path, force: bool, mode: u32) -> Result<Self, Failure> {
        if let Ok(found) = fs::metadata(path) {
            if !found.is_file() {
                return Err(Failure::usage(format!("{} is not an ordinary file", path.display())));
            }
            if !force {
                return Err(exists(path));
            }
        }
        // A link stays a link: what it points to is replaced.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let Some(name) = target.file_name() else {
            return Err(Failure::usage(format!("'{}' names no file", path.display())));
        };
        let draft = target.with_file_name(format!(".{}.{:016x}", name.to_string_lossy(), rand::random::<u64>()));
        let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&draft);
        let file = file.map_err(|error| Failure::unwritable(path, &error))?;
        Ok(Self { file, draft, target, force })
    }

    /// Puts the file in its place; on return it is there, whole.
    pub(super) fn finish(self) -> Result<(), Failure> {
        let unwritable = |error: io::Error| Failure::unwritable(&self.target, &error);
        self.file.sync_all().map_err(unwritable)?;
        if self.force {
            return fs::rename(&self.draft, &self.target).map_err(unwritable);
        }
        // Unlike a rename, a link never replaces what somebody else put there meanwhile. The drop removes the draft.
        match fs::hard_link(&self.draft, &self.target) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(exists(&self.target)),
            // Some file systems know no links.
            Err(_) => fs::rename(&self.draft, &self.target).map_err(unwritable),
            Ok(()) => Ok(()),
        }
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // After a rename there is none, which is as well.
        let _ = fs::remove_file(&self.draft);
    }
}

fn exists(path: &Path) -> Failure {
    Failure::usage(format!("there is a file {} already", path.display())).hint("--force overwrites it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("f");
        let names = || fs::read_dir(folder.path()).expect("a folder").count();
        let mut file = NewFile::create(&path, false).expect("new");
        file.write_all(b"half").expect("room");
        drop(file);
        assert_eq!(names(), 0);
        let mut file = NewFile::create(&path, false).expect("new");
        file.write_all(b"whole").expect("room");
        assert!(!path.exists());
        file.finish().expect("finished");
        assert_eq!((fs::read(&path).expect("a file"), names()), (b"whole".to_vec(), 1));
    }

    #[test]
    fn what_is_there_is_replaced_by_force_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("f");
        let late = NewFile::create(&path, false).expect("new");
        fs::write(&path, "old").expect("a file");
        assert!(NewFile::create(&path, false).is_err());
        assert!(late.finish().is_err(), "somebody was faster");
        NewFile::create(&path, true).expect("force").finish().expect("finished");
        assert_eq!(fs::read(&path).expect("a file"), b"");
        assert!(NewFile::create(folder.path(), true).is_err());
        assert!(NewFile::create(Path::new("/dev/null"), true).is_err());
    }
}
