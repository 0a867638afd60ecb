//! Where a value comes from.
//!
//! Apart from the values, because errors and `hookctl config` speak of origins where there is no value at all.

use std::fmt;
use std::path::{Path, PathBuf};

/// Who said so. The order is that of the layers: a later one wins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Nobody: built in, or worked out from the environment's folders.
    Default,
    /// The user file.
    UserFile {
        /// The file, as it was opened.
        path: PathBuf,
        /// The line of the key, from 1.
        line: usize,
    },
    /// The project file.
    ProjectFile {
        /// The file, as it was opened.
        path: PathBuf,
        /// The line of the key, from 1.
        line: usize,
    },
    /// An environment variable.
    Environment {
        /// Its name.
        name: String,
    },
    /// A flag of the command line.
    Flag {
        /// As it is typed, with its dashes.
        name: String,
    },
}

impl Origin {
    /// Whether the user said so, or nobody: not a file that came with somebody else's work.
    pub(super) fn is_users(&self) -> bool {
        !matches!(self, Self::ProjectFile { .. })
    }

    /// The file and line, if a file says so.
    pub fn file(&self) -> Option<(&Path, usize)> {
        match self {
            Self::UserFile { path, line } | Self::ProjectFile { path, line } => Some((path, *line)),
            Self::Default | Self::Environment { .. } | Self::Flag { .. } => None,
        }
    }

    /// The same file at another line. Origins that are no file stay as they are.
    #[must_use]
    pub fn at_line(&self, line: usize) -> Self {
        let mut other = self.clone();
        if let Self::UserFile { line: old, .. } | Self::ProjectFile { line: old, .. } = &mut other {
            *old = line;
        }
        other
    }

    /// The place alone, as an editor would take it: `PATH:LINE`, `HOOKCTL_STORE`, `--store`, `the defaults`.
    pub fn place(&self) -> String {
        match self {
            Self::Default => "the defaults".to_owned(),
            Self::UserFile { path, line } | Self::ProjectFile { path, line } => format!("{}:{line}", path.display()),
            Self::Environment { name } | Self::Flag { name } => name.clone(),
        }
    }

    /// A key as its user knows it: what was typed, or the key and the place in a file.
    pub(super) fn subject(&self, key: &str) -> String {
        match self {
            Self::Environment { name } | Self::Flag { name } => name.clone(),
            Self::Default | Self::UserFile { .. } | Self::ProjectFile { .. } => format!("'{key}' in {}", self.place()),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::UserFile { .. } => write!(f, "user file {}", self.place()),
            Self::ProjectFile { .. } => write!(f, "project file {}", self.place()),
            Self::Environment { name } => write!(f, "environment {name}"),
            Self::Flag { name } => write!(f, "flag {name}"),
        }
    }
}

/// A value, and who said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value that won.
    pub value: T,
    /// Where it comes from.
    pub origin: Origin,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_says_who_and_where() {
        let file = Origin::ProjectFile { path: "/p/hookctl.toml".into(), line: 3 };
        for (origin, shown) in [
            (Origin::Default, "default"),
            (Origin::UserFile { path: "/u/config.toml".into(), line: 1 }, "user file /u/config.toml:1"),
            (file.clone(), "project file /p/hookctl.toml:3"),
            (Origin::Environment { name: "HOOKCTL_STORE".to_owned() }, "environment HOOKCTL_STORE"),
            (Origin::Flag { name: "--store".to_owned() }, "flag --store"),
        ] {
            assert_eq!(origin.to_string(), shown);
        }
        assert_eq!(file.at_line(9).file(), Some((Path::new("/p/hookctl.toml"), 9)));
        assert_eq!(Origin::Default.at_line(9), Origin::Default);
    }

    #[test]
    fn later_layers_are_greater() {
        let path = PathBuf::from("/x");
        assert!(Origin::Default < Origin::UserFile { path: path.clone(), line: 9 });
        assert!(Origin::UserFile { path: path.clone(), line: 9 } < Origin::ProjectFile { path, line: 1 });
        assert!(Origin::Environment { name: "Z".to_owned() } < Origin::Flag { name: "--a".to_owned() });
    }
}
