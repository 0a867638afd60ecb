//! Finding and reading configuration files.
//!
//! What is read is bounded before it is read, and is a file: a pipe in its place would wait for ever.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use super::error::{ConfigError, FileError};

/// The name of a project file.
pub const PROJECT_FILE: &str = "hookctl.toml";

/// The largest configuration file. People write a few kilobytes.
const MAX_CONFIG: u64 = 1 << 20;

/// The nearest project file, in `start` or the folders above it.
pub fn find_project_file(start: &Path) -> Option<PathBuf> {
    // What cannot even be seen (a closed folder above) is not there for us.
    start.ancestors().map(|folder| folder.join(PROJECT_FILE)).find(|path| fs::metadata(path).is_ok())
}

/// The bytes of a project file, which must be there.
///
/// # Errors
/// It is not, or it is no file that could be one.
pub fn read_project_file(path: &Path) -> Result<Vec<u8>, FileError> {
    read_limited(path, MAX_CONFIG)
}

/// The text of a configuration file; none if there is no such file.
pub(super) fn read_config(path: &Path) -> Result<Option<String>, ConfigError> {
    let bytes = match read_limited(path, MAX_CONFIG) {
        Ok(bytes) => bytes,
        Err(FileError::Unreadable { source, .. }) if is_absence(&source) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    String::from_utf8(bytes).map(Some).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.split(|byte| *byte == b'\n').count();
        ConfigError::NotUtf8 { path: path.to_owned(), line }
    })
}

/// Whether a path, which need not exist yet, is inside a folder: where it really leads, not how it is written.
pub(super) fn is_within(path: &Path, folder: &Path) -> bool {
    let Ok(folder) = fs::canonicalize(folder) else { return false };
    for there in path.ancestors() {
        match fs::canonicalize(there) {
            // Behind what is there, nothing may lead up again.
            Ok(real) => {
                let rest = path.strip_prefix(there).unwrap_or(Path::new(""));
                return real.starts_with(&folder) && rest.components().all(|part| matches!(part, Component::Normal(_)));
            }
            // A link to something that is not there yet: nobody knows what it will be.
            Err(_) if fs::symlink_metadata(there).is_ok() => return false,
            Err(_) => {}
        }
    }
    false
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The bytes of a file of at most `limit` bytes.
pub(super) fn read_limited(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let unreadable = |source| FileError::Unreadable { path: path.to_owned(), source };
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(FileError::NotAFile { path: path.to_owned() });
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= limit) {
        Ok(bytes)
    } else {
        Err(FileError::TooLarge { path: path.to_owned(), limit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_project_file_going_up_is_found() {
        let root = tempfile::tempdir().expect("a folder");
        let deep = root.path().join("a/b/c");
        fs::create_dir_all(&deep).expect("folders");
        fs::write(root.path().join(PROJECT_FILE), "").expect("write");
        assert_eq!(find_project_file(&deep), Some(root.path().join(PROJECT_FILE)));
        fs::write(root.path().join("a/b").join(PROJECT_FILE), "").expect("write");
        assert_eq!(find_project_file(&deep), Some(root.path().join("a/b").join(PROJECT_FILE)));
        assert_eq!(find_project_file(&root.path().join("a")), Some(root.path().join(PROJECT_FILE)));
    }

    #[test]
    fn a_missing_file_is_none_and_an_impossible_one_an_error() {
        let root = tempfile::tempdir().expect("a folder");
        let path = root.path().join("config.toml");
        assert!(matches!(read_config(&path), Ok(None)));
        assert!(matches!(read_config(root.path()), Err(ConfigError::File(FileError::NotAFile { .. }))));
        fs::write(&path, "color = 'auto'").expect("write");
        assert_eq!(read_config(&path).expect("reads").as_deref(), Some("color = 'auto'"));
        assert!(matches!(read_config(&path.join("below-a-file")), Ok(None)));
        fs::write(&path, b"a = 1\n\n# caf\xe9\n").expect("write");
        assert!(matches!(read_config(&path), Err(ConfigError::NotUtf8 { line: 3, .. })));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_may_not_be_read_is_an_error() {
        use std::os::unix::fs::PermissionsExt as _;
        let root = tempfile::tempdir().expect("a folder");
        let path = root.path().join("config.toml");
        fs::write(&path, "").expect("write");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).expect("chmod");
        // Nothing is closed to root.
        if File::open(&path).is_err() {
            assert!(matches!(read_config(&path), Err(ConfigError::File(FileError::Unreadable { .. }))));
        }
    }

    #[test]
    fn a_file_may_be_exactly_as_large_as_the_limit() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs::write(file.path(), "12345").expect("write");
        assert_eq!(read_limited(file.path(), 5).expect("fits"), b"12345");
        assert!(matches!(read_limited(file.path(), 4), Err(FileError::TooLarge { limit: 4, .. })));
    }
}
