//! What a key may hold: the types, and how each is read from TOML, an environment variable or a flag.
//!
//! TOML is strict: a number is a number, not text. The environment and flags have text only, and are read as such.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::model::quantity::{ByteSize, parse_duration};
use crate::signature::Tolerance;

use super::error::{ConfigError, ValueError};
use super::origin::Origin;

/// What somebody wrote, before its key gives it a meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Given {
    /// Text in TOML.
    Text(String),
    /// Text of a variable, or of each occurrence of a flag.
    Words(Vec<String>),
    Bool(bool),
    Integer(i64),
    List(Vec<Given>),
    /// What no key takes, by name.
    Other(&'static str),
}

impl Given {
    /// What it is, for an error.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) | Self::Words(_) => "text",
            Self::Bool(_) => "true or false",
            Self::Integer(_) => "a number",
            Self::List(_) => "a list",
            Self::Other(kind) => kind,
        }
    }
}

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            // As `text` below: the last one is what counts.
            Self::Words(words) => f.write_str(words.last().map_or("", String::as_str)),
            Self::Bool(value) => value.fmt(f),
            Self::Integer(value) => value.fmt(f),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                f.write_str(&items.join(", "))
            }
            Self::Other(kind) => f.write_str(kind),
        }
    }
}

/// Why it cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Problem {
    WrongType { found: &'static str },
    Bad(ValueError),
}

impl Problem {
    /// The error for the key that has the problem.
    pub(super) fn at(self, key: impl Into<String>, origin: &Origin, wanted: &'static str) -> ConfigError {
        let (key, origin) = (key.into(), origin.clone());
        match self {
            Self::WrongType { found } => ConfigError::WrongType { key, origin, wanted, found },
            Self::Bad(problem) => ConfigError::BadValue { key, origin, problem },
        }
    }
}

impl From<ValueError> for Problem {
    fn from(error: ValueError) -> Self {
        Self::Bad(error)
    }
}

/// What paths are relative to.
#[derive(Clone, Copy)]
pub(super) struct Folders<'a> {
    pub(super) base: &'a Path,
    pub(super) home: Option<&'a Path>,
}

impl Folders<'_> {
    /// The path that `text` means, absolute if the base is.
    pub(super) fn resolve(self, text: &str) -> Result<PathBuf, ValueError> {
        if text.trim().is_empty() {
            return Err(ValueError::Blank);
        }
        let path = match text.strip_prefix('~') {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => {
                self.home.ok_or(ValueError::NoHome)?.join(rest.trim_start_matches('/'))
            }
            _ => self.base.join(text),
        };
        // Collecting drops the `.` parts, so that what is shown is what a person would write.
        Ok(path.components().collect())
    }
}

/// A type that a key may have.
pub(super) trait Value: Sized {
    /// What is wanted, for an error about the type.
    const WANTED: &'static str;

    fn read(given: &Given, folders: Folders<'_>) -> Result<Self, Problem>;

    /// How it is shown, where that is not as it was written.
    fn shown(&self) -> Option<String> {
        None
    }

    /// Whether a project file may say it only once its user has accepted that file: it makes hookctl reachable from, or
    /// reach out to, more than this machine, or run a program.
    fn needs_trust(&self) -> bool {
        false
    }

    /// The file or folder that it names. One outside of its own folder a project file may name only once it is accepted, too.
    fn path(&self) -> Option<&Path> {
        None
    }

    fn is_zero(&self) -> bool {
        false
    }
}

/// The one text that is given.
pub(super) fn text(given: &Given) -> Result<&str, Problem> {
    match given {
        Given::Text(text) => Ok(text),
        // Of a flag that is repeated, the last one counts.
        Given::Words(words) => Ok(words.last().map_or("", String::as_str)),
        other => Err(Problem::WrongType { found: other.kind() }),
    }
}

impl Value for bool {
    const WANTED: &'static str = "true or false";

    fn read(given: &Given, _: Folders<'_>) -> Result<Self, Problem> {
        match given {
            Given::Bool(value) => Ok(*value),
            Given::Words(_) => match text(given)? {
                "true" => Ok(true),
                "false" => Ok(false),
                other => Err(ValueError::NotOneOf { given: other.to_owned(), choices: &["true", "false"] }.into()),
            },
            other => Err(Problem::WrongType { found: other.kind() }),
        }
    }
}

impl Value for usize {
    const WANTED: &'static str = "a number";

    fn read(given: &Given, _: Folders<'_>) -> Result<Self, Problem> {
        let not_a_number = |shown: String| Problem::from(ValueError::NotANumber(shown));
        match given {
            Given::Integer(number) => Self::try_from(*number).map_err(|_| not_a_number(number.to_string())),
            Given::Words(_) => {
                let text = text(given)?;
                text.parse().map_err(|_| not_a_number(text.to_owned()))
            }
            other => Err(Problem::WrongType { found: other.kind() }),
        }
    }

    fn is_zero(&self) -> bool {
        *self == 0
    }
}

impl Value for ByteSize {
    const WANTED: &'static str = "a size such as \"32MiB\"";

    fn read(given: &Given, _: Folders<'_>) -> Result<Self, Problem> {
        let text = match given {
            Given::Integer(bytes) => &bytes.to_string(),
            other => text(other)?,
        };
        text.parse().map_err(|error| ValueError::Quantity(error).into())
    }

    fn is_zero(&self) -> bool {
        self.0 == 0
    }
}

/// Clocks overflow somewhere far above this, and a limit beyond it is a slip of the pen.
const LONGEST: Duration = Duration::from_hours(24 * 3650);

impl Value for Duration {
    const WANTED: &'static str = "a duration such as \"30s\"";

    fn read(given: &Given, _: Folders<'_>) -> Result<Self, Problem> {
        let text = text(given)?;
        let duration = parse_duration(text).map_err(ValueError::Quantity)?;
        if duration > LONGEST { Err(ValueError::TooLong(text.to_owned()).into()) } else { Ok(duration) }
    }

    fn is_zero(&self) -> bool {
        self.is_zero()
    }
}

impl Value for String {
    const WANTED: &'static str = "text";

    fn read(given: &Given, _: Folders<'_>) -> Result<Self, Problem> {
        let text = text(given)?;
        if text.trim().is_empty() { Err(ValueError::Blank.into()) } else { Ok(text.to_owned()) }
    }
}

impl Value for PathBuf {
    const WANTED: &'static str = "a path";

    fn read(given: &Given, folders: Folders<'_>) -> Result<Self, Problem> {
        Ok(folders.resolve(text(given)?)?)
    }

    fn shown(&self) -> Option<String> {
        Some(self.display().to_string())
    }

    fn path(&self) -> Option<&Path> {
        Some(self)
    }
}

/// Where deliveries are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorePath {
    /// Nowhere: they end with the command.
    Memory,
    /// In this file, which need not exist yet.
    File(PathBuf),
}

impl fmt::Display for StorePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str(":memory:"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

impl Value for StorePath {
    const WANTED: &'static str = "a path, or \":memory:\"";

    fn read(given: &Given, folders: Folders<'_>) -> Result<Self, Problem> {
        match text(given)? {
            ":memory:" => Ok(Self::Memory),
            path => Ok(Self::File(folders.resolve(path)?)),
        }
    }

    fn shown(&self) -> Option<String> {
        Some(self.to_string())
    }

    fn path(&self) -> Option<&Path> {
        match self {
            Self::Memory => None,
            Self::File(path) => Some(path),
        }
    }
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColorChoice {
    /// On a terminal only.
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

impl Value for ColorChoice {
    const WANTED: &'static str = "text";

    fn read(given: &Given, _: Folders<'_>) -> Result<Self, Problem> {
        match text(given)? {
            "auto" => Ok(Self::Auto),
            "always" => Ok(Self::Always),
            "never" => Ok(Self::Never),
            other => {
                Err(ValueError::NotOneOf { given: other.to_owned(), choices: &["auto", "always", "never"] }.into())
            }
        }
    }
}

impl Value for Tolerance {
    const WANTED: &'static str = "a duration such as \"5m\", or \"off\"";

    fn read(given: &Given, folders: Folders<'_>) -> Result<Self, Problem> {
        if text(given)? == "off" { Ok(Self::Off) } else { Duration::read(given, folders).map(Self::Within) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: Value>(given: &Given) -> Result<T, Problem> {
        T::read(given, Folders { base: Path::new("/base"), home: Some(Path::new("/home/ann")) })
    }

    fn toml<T: Value>(text: &str) -> Result<T, Problem> {
        read(&Given::Text(text.to_owned()))
    }

    fn words<T: Value>(words: &[&str]) -> Result<T, Problem> {
        read(&Given::Words(words.iter().map(|w| (*w).to_owned()).collect()))
    }

    #[test]
    fn toml_is_strict_about_types_and_the_environment_has_text_only() {
        assert_eq!(toml::<usize>("5"), Err(Problem::WrongType { found: "text" }));
        assert_eq!(words::<usize>(&["5"]), Ok(5));
        assert_eq!(toml::<bool>("true"), Err(Problem::WrongType { found: "text" }));
        assert_eq!(words::<bool>(&["true"]), Ok(true));
        assert!(matches!(words::<bool>(&["yes"]), Err(Problem::Bad(ValueError::NotOneOf { .. }))));
        assert_eq!(read::<Duration>(&Given::Integer(5)), Err(Problem::WrongType { found: "a number" }));
        assert_eq!(read::<ByteSize>(&Given::Integer(512)), Ok(ByteSize(512)));
        assert!(matches!(read::<ByteSize>(&Given::Integer(-1)), Err(Problem::Bad(_))));
        assert!(matches!(read::<usize>(&Given::Integer(-1)), Err(Problem::Bad(_))));
        assert_eq!(read::<String>(&Given::Bool(true)), Err(Problem::WrongType { found: "true or false" }));
    }

    #[test]
    fn durations_that_would_overflow_a_clock_are_refused() {
        assert!(toml::<Duration>("3650d").is_ok());
        assert!(matches!(toml::<Duration>("11y"), Err(Problem::Bad(ValueError::TooLong(_)))));
    }

    #[test]
    fn paths_start_at_their_folder_or_at_home() {
        for (written, path) in [
            ("x.db", "/base/x.db"),
            ("./a/./b", "/base/a/b"),
            ("../x", "/base/../x"),
            ("/abs", "/abs"),
            ("~", "/home/ann"),
            ("~/x", "/home/ann/x"),
            ("~bob/x", "/base/~bob/x"),
        ] {
            assert_eq!(toml::<PathBuf>(written), Ok(path.into()), "{written}");
        }
        assert_eq!(toml::<PathBuf>(" "), Err(ValueError::Blank.into()));
        let homeless = Folders { base: Path::new("/base"), home: None };
        assert_eq!(homeless.resolve("~/x"), Err(ValueError::NoHome));
        assert_eq!(toml::<StorePath>(":memory:"), Ok(StorePath::Memory));
        assert_eq!(toml::<StorePath>("x"), Ok(StorePath::File("/base/x".into())));
    }

    #[test]
    fn of_a_repeated_flag_the_last_one_counts_and_is_shown() {
        assert_eq!(words::<usize>(&["1", "2"]), Ok(2));
        assert_eq!(Given::Words(vec!["1".to_owned(), "2".to_owned()]).to_string(), "2");
    }
}
