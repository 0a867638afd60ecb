//! Reading people's own provider folders: the files, not their meaning.
//!
//! The form is that of the built-in ones: `provider.toml`, `parts.json`, `batch.json`, `events/**/*.json`, `handshakes/*.json`,
//! `scenarios/*.toml`, `vectors/*.jsonl`. Nothing
//! else is opened. A folder may come with somebody's repository, so links must stay inside it, and sizes, depth and
//! number of files are bounded.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::FileError;
use super::files::read_limited;
use super::provider::is_provider_name;

/// The file that makes a folder a provider.
const DEFINITION: &str = "provider.toml";
/// The largest file. Providers send at most 25 MB; an event anybody writes down is far smaller.
const MAX_FILE: u64 = 16 << 20;
/// The most files of one provider. The largest built-in one has a few hundred.
const MAX_FILES: usize = 10_000;
/// The most bytes of one provider, since all of them are held in memory.
const MAX_TOTAL: usize = 256 << 20;
/// How deep `events` may be. Event types have one or two parts.
const MAX_DEPTH: usize = 8;

/// A provider's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderFolder {
    /// The provider's name, which is the folder's.
    pub name: String,
    /// Where it is, for messages.
    pub path: PathBuf,
    /// Path in the folder with `/` between its parts, and content; in the order of the paths. Without `provider.toml`, it
    /// adds to a built-in provider.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Why a provider folder cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file in it, or the folder itself, cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// Not a folder.
    #[error("{path} is not a folder", path = path.display())]
    NotAFolder {
        /// What it is.
        path: PathBuf,
    },
    /// The folder's name is no provider's name.
    #[error("{path}: the name of the folder is not a provider's name", path = path.display())]
    BadName {
        /// The folder.
        path: PathBuf,
    },
    /// There is no `provider.toml`.
    #[error("{path} has no provider.toml", path = path.display())]
    NoDefinition {
        /// The folder.
        path: PathBuf,
    },
    /// A link that leads out.
    #[error("{path} leads out of {folder}", path = path.display(), folder = folder.display())]
    LeadsOut {
        /// The link.
        path: PathBuf,
        /// What it leads out of.
        folder: PathBuf,
    },
    /// A file name that is not Unicode.
    #[error("{path}: the name is not Unicode", path = path.display())]
    NotUnicode {
        /// The file.
        path: PathBuf,
    },
    /// Folders in folders, too many.
    #[error("{path} is deeper than {limit} folders", path = path.display())]
    TooDeep {
        /// The folder.
        path: PathBuf,
        /// The most there may be.
        limit: usize,
    },
    /// Too many files, or too many bytes in them.
    #[error("{path} has more than {files} files or {bytes} bytes", path = path.display())]
    TooMuch {
        /// The folder.
        path: PathBuf,
        /// The most files there may be.
        files: usize,
        /// The most bytes there may be.
        bytes: usize,
    },
}

/// Reads every provider below `folder`, in the order of their names. Plain files, and names beginning with a dot, are
/// passed over.
pub fn provider_folders(folder: &Path) -> Result<Vec<ProviderFolder>, FolderError> {
    let root = canonical(folder)?;
    if !root.is_dir() {
        return Err(FolderError::NotAFolder { path: folder.to_owned() });
    }
    let mut providers = Vec::new();
    for name in names(folder)? {
        let path = folder.join(&name);
        if inside(&path, &root)?.is_dir() {
            providers.push(provider_folder(&path)?);
        }
    }
    Ok(providers)
}

/// Reads one provider: `folder` is the one with `provider.toml` in it.
pub fn provider_folder(folder: &Path) -> Result<ProviderFolder, FolderError> {
    let root = canonical(folder)?;
    if !root.is_dir() {
        return Err(FolderError::NotAFolder { path: folder.to_owned() });
    }
    // `.` and `..` have no name of their own.
    let named = if folder.file_name().is_some() { folder } else { &root };
    let name = named.file_name().and_then(|name| name.to_str()).filter(|name| is_provider_name(name));
    let name = name.ok_or_else(|| FolderError::BadName { path: folder.to_owned() })?.to_owned();
    let mut reader = Reader { folder, root, files: Vec::new(), bytes: 0 };
    for file in [DEFINITION, "parts.json", "batch.json"] {
        // A link that leads nowhere is there, and is an error when it is read.
        if fs::symlink_metadata(folder.join(file)).is_ok() {
            reader.read(file)?;
        }
    }
    // A folder of events alone adds to the built-in provider of its name.
    let has = |name: &str| fs::symlink_metadata(folder.join(name)).is_ok();
    if !has(DEFINITION) && !has("events") {
        return Err(FolderError::NoDefinition { path: folder.to_owned() });
    }
    reader.walk("events", ".json", MAX_DEPTH)?;
    reader.walk("handshakes", ".json", 0)?;
    reader.walk("scenarios", ".toml", 0)?;
    reader.walk("vectors", ".jsonl", 0)?;
    let mut files = reader.files;
    files.sort();
    Ok(ProviderFolder { name, path: folder.to_owned(), files })
}

struct Reader<'a> {
    folder: &'a Path,
    root: PathBuf,
    files: Vec<(String, Vec<u8>)>,
    bytes: usize,
}

impl Reader<'_> {
    /// Reads the files that end so in a folder that need not be there, and `depth` folders deeper.
    fn walk(&mut self, relative: &str, end: &str, depth: usize) -> Result<(), FolderError> {
        let path = self.folder.join(relative);
        if fs::symlink_metadata(&path).is_err() {
            return Ok(());
        }
        if !inside(&path, &self.root)?.is_dir() {
            return Err(FolderError::NotAFolder { path });
        }
        for name in names(&path)? {
            let relative = format!("{relative}/{name}");
            let target = inside(&self.folder.join(&relative), &self.root)?;
            if !target.is_dir() {
                if name.ends_with(end) {
                    self.read(&relative)?;
                }
            } else if depth > 0 {
                self.walk(&relative, end, depth - 1)?;
            } else if end == ".json" {
                return Err(FolderError::TooDeep { path: self.folder.join(relative), limit: MAX_DEPTH });
            }
        }
        Ok(())
    }

    fn read(&mut self, relative: &str) -> Result<(), FolderError> {
        let target = inside(&self.folder.join(relative), &self.root)?;
        // The path without links: one that is turned elsewhere meanwhile is not followed.
        let content = read_limited(&target, MAX_FILE)?;
        self.bytes += content.len();
        self.files.push((relative.to_owned(), content));
        if self.files.len() > MAX_FILES || self.bytes > MAX_TOTAL {
            return Err(FolderError::TooMuch { path: self.folder.to_owned(), files: MAX_FILES, bytes: MAX_TOTAL });
        }
        Ok(())
    }
}

fn canonical(path: &Path) -> Result<PathBuf, FileError> {
    fs::canonicalize(path).map_err(|source| FileError::Unreadable { path: path.to_owned(), source })
}

/// Where `path` really is, which must be below `root`.
fn inside(path: &Path, root: &Path) -> Result<PathBuf, FolderError> {
    let target = canonical(path)?;
    if target.starts_with(root) {
        Ok(target)
    } else {
        Err(FolderError::LeadsOut { path: path.to_owned(), folder: root.to_owned() })
    }
}

/// What is in a folder, by name, without what begins with a dot.
fn names(folder: &Path) -> Result<Vec<String>, FolderError> {
    let unreadable = |source| FileError::Unreadable { path: folder.to_owned(), source };
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().into_string().map_err(|_| FolderError::NotUnicode { path: entry.path() })?;
        if !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, relative: &str, content: &str) {
        let path = root.join(relative);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, content).expect("write");
    }

    fn acme() -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a folder");
        write(root.path(), "acme/provider.toml", "title = 'Acme'");
        write(root.path(), "acme/events/orders/create.json", "{}");
        root
    }

    fn error(root: &tempfile::TempDir) -> String {
        let root = root.path();
        let text = provider_folders(root).expect_err("refused").to_string();
        let real = fs::canonicalize(root).expect("there");
        text.replace(&real.display().to_string(), "ROOT").replace(&root.display().to_string(), "ROOT")
    }

    #[test]
    fn the_files_of_the_form_are_read_and_nothing_else() {
        let root = acme();
        for file in ["events/order.paid.json", "parts.json", "vectors/requests.jsonl", "README.md"] {
            write(root.path(), &format!("acme/{file}"), file);
        }
        for file in ["events/notes.txt", "events/.draft.json", "vectors/x.json", "vectors/deep/x.jsonl", "src/x.json"] {
            write(root.path(), &format!("acme/{file}"), file);
        }
        write(root.path(), "README.md", "not a provider");
        write(root.path(), ".git/config", "nor this");
        write(root.path(), "beta/provider.toml", "");
        let providers = provider_folders(root.path()).expect("reads");
        let names: Vec<_> = providers.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names, ["acme", "beta"]);
        let files: Vec<_> = providers[0].files.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(
            files,
            [
                "events/order.paid.json",
                "events/orders/create.json",
                "parts.json",
                "provider.toml",
                "vectors/requests.jsonl"
            ]
        );
        assert_eq!(providers[0].files[3].1, b"title = 'Acme'");
    }

    #[test]
    fn one_provider_can_be_read_alone() {
        let one = acme();
        assert_eq!(provider_folder(&one.path().join("acme")).expect("reads").name, "acme");
    }

    #[test]
    fn what_is_no_provider_is_named() {
        let root = acme();
        write(root.path(), "stripe/events/x.json", "{}");
        assert_eq!(provider_folders(root.path()).expect("an addition")[1].files.len(), 1);
        write(root.path(), "beta/parts.json", "{}");
        assert_eq!(error(&root), "ROOT/beta has no provider.toml");
        let root = acme();
        write(root.path(), "My Provider/provider.toml", "");
        assert_eq!(error(&root), "ROOT/My Provider: the name of the folder is not a provider's name");
        let root = acme();
        write(root.path(), "acme/vectors", "a file");
        assert_eq!(error(&root), "ROOT/acme/vectors is not a folder");
        let file = root.path().join("acme/provider.toml");
        assert!(matches!(provider_folders(&file), Err(FolderError::NotAFolder { .. })));
        let missing = provider_folders(&root.path().join("none"));
        assert!(matches!(missing, Err(FolderError::File(FileError::Unreadable { .. }))));
    }

    #[test]
    fn folders_in_folders_have_an_end() {
        let root = acme();
        write(root.path(), "acme/events/1/2/3/4/5/6/7/8/ok.json", "{}");
        assert_eq!(provider_folders(root.path()).expect("reads")[0].files.len(), 3);
        write(root.path(), "acme/events/1/2/3/4/5/6/7/8/9/no.json", "{}");
        assert_eq!(error(&root), "ROOT/acme/events/1/2/3/4/5/6/7/8/9 is deeper than 8 folders");
    }

    #[test]
    fn a_file_beyond_the_limit_is_refused() {
        let root = acme();
        let file = fs::File::create(root.path().join("acme/parts.json")).expect("create");
        file.set_len(MAX_FILE + 1).expect("a sparse file");
        assert_eq!(error(&root), "ROOT/acme/parts.json is larger than 16777216 bytes");
    }

    #[cfg(unix)]
    #[test]
    fn links_may_lead_anywhere_inside_and_nowhere_outside() {
        use std::os::unix::fs::symlink;
        let outside = tempfile::tempdir().expect("a folder");
        write(outside.path(), "private.json", "{}");
        write(outside.path(), "evil/provider.toml", "");

        let root = acme();
        symlink("orders/create.json", root.path().join("acme/events/alias.json")).expect("link");
        symlink("acme", root.path().join("twin")).expect("link");
        let providers = provider_folders(root.path()).expect("inside");
        assert_eq!(providers.len(), 2);
        assert_eq!(providers[0].files[0], ("events/alias.json".to_owned(), b"{}".to_vec()));

        for (target, link) in [
            (outside.path().join("private.json"), "acme/events/x.json"),
            (outside.path().join("private.json"), "acme/parts.json"),
            (outside.path().to_owned(), "acme/events/all"),
            (outside.path().to_owned(), "acme/vectors"),
            (outside.path().join("evil"), "evil"),
        ] {
            let root = acme();
            symlink(&target, root.path().join(link)).expect("link");
            let found = provider_folders(root.path()).expect_err(link);
            assert!(matches!(found, FolderError::LeadsOut { .. }), "{link}: {found}");
        }

        let root = acme();
        symlink(".", root.path().join("acme/events/loop")).expect("link");
        assert!(error(&root).ends_with("is deeper than 8 folders"));
        let root = acme();
        symlink("nowhere", root.path().join("acme/parts.json")).expect("link");
        assert!(error(&root).starts_with("ROOT/acme/parts.json cannot be read"));
    }
}
