//! Which project files their user has accepted as they are.
//!
//! A project file comes with a repository that somebody else wrote. What it may not say by itself (commands, addresses
//! beyond this machine) it may say once its user has looked at it: at this very file, in this very state. The list is kept
//! in hookctl's own data folder, a line a file: the SHA-256 of its bytes and its path.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::error::FileError;
use super::files::read_limited;

/// More than anybody accepts; a longer list is not ours.
const MAX_LIST: u64 = 1 << 20;

/// The list of accepted files.
#[derive(Debug, Clone)]
pub struct TrustList {
    file: PathBuf,
}

/// A file that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedFile {
    /// The SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// Its path, without links and relative parts.
    pub path: PathBuf,
}

impl TrustList {
    /// The list in this data folder.
    pub fn in_folder(data_folder: &Path) -> Self {
        Self { file: data_folder.join("trusted") }
    }

    /// All of them.
    ///
    /// # Errors
    /// The list is there and cannot be read.
    pub fn all(&self) -> Result<Vec<TrustedFile>, FileError> {
        let bytes = match read_limited(&self.file, MAX_LIST) {
            Ok(bytes) => bytes,
            Err(FileError::Unreadable { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return Ok(Vec::new());
            }
            Err(error) => return Err(error),
        };
        // A line that is not in order trusts nothing.
        let lines = String::from_utf8_lossy(&bytes)
            .lines()
            .filter_map(|line| line.split_once("  "))
            .map(|(sha256, path)| TrustedFile { sha256: sha256.to_owned(), path: PathBuf::from(path) })
            .collect();
        Ok(lines)
    }

    /// Whether the file at this path was accepted with just these bytes.
    pub fn holds(&self, path: &Path, bytes: &[u8]) -> bool {
        let Ok(path) = fs::canonicalize(path) else { return false };
        let sha256 = digest(bytes);
        // Whoever cannot read the list has accepted nothing.
        self.all().is_ok_and(|all| all.iter().any(|file| file.path == path && file.sha256 == sha256))
    }

    /// Accepts the file at this path with these bytes, in place of what was accepted there before.
    ///
    /// # Errors
    /// The list cannot be written, or the path cannot be kept in it.
    pub fn accept(&self, path: &Path, bytes: &[u8]) -> Result<TrustedFile, FileError> {
        let unreadable = |source| FileError::Unreadable { path: path.to_owned(), source };
        let path = fs::canonicalize(path).map_err(unreadable)?;
        if path.to_str().is_none_or(|text| text.contains('\n')) {
            return Err(unreadable(io::Error::other("its path cannot be written in a list")));
        }
        let accepted = TrustedFile { sha256: digest(bytes), path };
        let mut all = self.all()?;
        all.retain(|file| file.path != accepted.path);
        all.push(accepted.clone());
        self.write(&all)?;
        Ok(accepted)
    }

    /// Takes back what was accepted at this path; says whether there was anything.
    ///
    /// # Errors
    /// The list cannot be read or written.
    pub fn revoke(&self, path: &Path) -> Result<bool, FileError> {
        // A file that is gone has no canonical path any more.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let mut all = self.all()?;
        let before = all.len();
        all.retain(|file| file.path != path);
        if all.len() < before {
            self.write(&all)?;
        }
        Ok(all.len() < before)
    }

    /// Replaces the list, whole or not at all.
    fn write(&self, all: &[TrustedFile]) -> Result<(), FileError> {
        let unwritable = |source| FileError::Unwritable { path: self.file.clone(), source };
        let folder = self.file.parent().unwrap_or(Path::new(""));
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        let new = self.file.with_extension(format!("new-{}", std::process::id()));
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        {
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        let text: String = all.iter().map(|file| format!("{}  {}\n", file.sha256, file.path.display())).collect();
        builder.create(folder).map_err(unwritable)?;
        let written = options.open(&new).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        written.and_then(|()| fs::rename(&new, &self.file)).map_err(unwritable)
    }
}

fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_trusted_at_its_path_with_its_bytes_and_nothing_else_is() {
        let root = tempfile::tempdir().expect("a folder");
        let (one, two) = (root.path().join("one.toml"), root.path().join("two.toml"));
        for path in [&one, &two] {
            fs::write(path, "a = 1").expect("write");
        }
        let list = TrustList::in_folder(&root.path().join("data"));
        assert!(!list.holds(&one, b"a = 1"));
        list.accept(&one, b"a = 1").expect("accepted");
        assert!(list.holds(&one, b"a = 1"));
        assert!(!list.holds(&one, b"a = 2") && !list.holds(&two, b"a = 1"));
        list.accept(&one, b"a = 2").expect("accepted");
        assert!(list.holds(&one, b"a = 2") && !list.holds(&one, b"a = 1"));
        assert_eq!(list.all().expect("a list").len(), 1);
        // Another way to write the same path is the same file.
        assert!(list.holds(&root.path().join("data/../one.toml"), b"a = 2"));
        assert!(list.revoke(&one).expect("revoked") && !list.holds(&one, b"a = 2"));
        assert!(!list.revoke(&one).expect("nothing to revoke"));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_what_it_leads_to() {
        let root = tempfile::tempdir().expect("a folder");
        let (real, link) = (root.path().join("real.toml"), root.path().join("link.toml"));
        fs::write(&real, "a = 1").expect("write");
        std::os::unix::fs::symlink(&real, &link).expect("a link");
        let list = TrustList::in_folder(root.path());
        list.accept(&link, b"a = 1").expect("accepted");
        assert!(list.holds(&real, b"a = 1"));
        // A link that leads elsewhere now is another file.
        fs::write(root.path().join("other.toml"), "a = 1").expect("write");
        fs::remove_file(&link).expect("remove");
        std::os::unix::fs::symlink(root.path().join("other.toml"), &link).expect("a link");
        assert!(!list.holds(&link, b"a = 1"));
    }
}
