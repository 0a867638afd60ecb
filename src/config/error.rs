//! What can be wrong with a configuration.
//!
//! Each error carries what a caller needs for one good message and one good hint: the key, the place, the nearest names.
//! All of them are wrong configuration (exit code 2). None carries a secret.

use std::io;
use std::path::PathBuf;

use crate::model::forward::OrderError;
use crate::model::quantity::QuantityError;
use crate::model::retry::RetryError;
use crate::model::tenant::TenantError;
use crate::query::JqError;

use super::origin::Origin;

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file that is there cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file is not text.
    #[error("{path}:{line} is not UTF-8 text", path = path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The first line that is not.
        line: usize,
    },
    /// A file is not TOML.
    #[error("{path}:{line}:{column}: {message}", path = path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// From 1, in characters.
        column: usize,
        /// What the TOML parser says, beginning in lower case, on one line.
        message: String,
    },
    /// No such key.
    #[error("unknown key '{key}' in {place}", place = origin.place())]
    UnknownKey {
        /// The key with its tables, as it was written.
        key: String,
        /// Where.
        origin: Origin,
        /// Known keys that may have been meant, the best first.
        nearest: Vec<String>,
    },
    /// A value of another type than the key takes.
    #[error("{} must be {wanted}, not {found}", origin.subject(key))]
    WrongType {
        /// The key.
        key: String,
        /// Where.
        origin: Origin,
        /// What the key takes: `a number`.
        wanted: &'static str,
        /// What is there: `text`.
        found: &'static str,
    },
    /// A value of the right type that makes no sense.
    #[error("{}: {problem}", origin.subject(key))]
    BadValue {
        /// The key.
        key: String,
        /// Where.
        origin: Origin,
        /// What is wrong with it.
        problem: ValueError,
    },
    /// `secret` and `secrets` in one table.
    #[error("'providers.{provider}' has both 'secret' and 'secrets' in {place}", place = origin.place())]
    BothSecretForms {
        /// The provider.
        provider: String,
        /// The later of the two.
        origin: Origin,
    },
    /// A name that no provider can have.
    #[error("'{name}' in {place} is not a provider's name", place = origin.place())]
    BadProviderName {
        /// The name.
        name: String,
        /// Where.
        origin: Origin,
    },
    /// A table that lacks something it cannot do without.
    #[error("'{key}' is missing in {place}", place = origin.place())]
    Missing {
        /// The key with its tables.
        key: &'static str,
        /// Where the table is.
        origin: Origin,
    },
    /// A project file says what only its user may say.
    #[error("a project file may not set '{key}' to '{value}' ({path}:{line})", path = path.display())]
    NotForProjects {
        /// The key.
        key: String,
        /// The value, as it was written.
        value: String,
        /// The project file.
        path: PathBuf,
        /// The line of the key.
        line: usize,
    },
    /// A table lacks a key without which it says nothing.
    #[error("{} has no '{missing}'", origin.subject(key))]
    Incomplete {
        /// The table.
        key: String,
        /// Where.
        origin: Origin,
        /// The key that it lacks.
        missing: &'static str,
    },
    /// An environment variable that is needed holds something that is not Unicode.
    #[error("the environment variable {name} is not Unicode text")]
    NotUnicode {
        /// Its name.
        name: String,
    },
    /// The current folder is gone or closed to us.
    #[error("the current folder cannot be found: {source}")]
    NoCurrentFolder {
        /// What the system says.
        source: io::Error,
    },
}

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The system refuses.
    #[error("{path} cannot be read: {source}", path = path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A folder, a pipe or a device.
    #[error("{path} is not a file", path = path.display())]
    NotAFile {
        /// What it is.
        path: PathBuf,
    },
    /// The system refuses.
    #[error("{path} cannot be written: {source}", path = path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// More than anybody writes by hand.
    #[error("{path} is larger than {limit} bytes", path = path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most it may have.
        limit: u64,
    },
}

/// Why a value makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// Not a duration, not a size.
    #[error(transparent)]
    Quantity(#[from] QuantityError),
    /// Not a rate.
    #[error(transparent)]
    Rate(#[from] crate::model::rate::RateError),
    /// Not an answer.
    #[error(transparent)]
    Answer(Box<crate::model::answer::AnswerError>),
    /// An answer behind one that fits everything.
    #[error("'{0}' is never reached: what comes before it fits every delivery")]
    Unreached(String),
    /// Not a network.
    #[error("'{0}' is not a network: write 192.0.2.0/24, 2001:db8::/32 or an address")]
    NotANetwork(String),
    /// Not a whole number that is not negative.
    #[error("'{0}' is not a whole number, or too large")]
    NotANumber(String),
    /// Not an address with a port.
    #[error("'{0}' is not an address: write 127.0.0.1:4400 or [::1]:4400")]
    NotAnAddress(String),
    /// Not a URL that hookctl can call.
    #[error("'{0}' is not an http or https URL")]
    NotAUrl(String),
    /// A URL with a user name or password, which every listing would show.
    #[error("a URL with a user name or password is not accepted")]
    UrlWithCredentials,
    /// Not one of the words that the key takes.
    #[error("'{given}' is not one of {}", crate::text::list(choices))]
    NotOneOf {
        /// What is there.
        given: String,
        /// All that could be.
        choices: &'static [&'static str],
    },
    /// A limit of nothing, with which nothing would work.
    #[error("it must be more than 0")]
    Zero,
    /// A duration beyond sense, with which clocks overflow.
    #[error("'{0}' is longer than ten years")]
    TooLong(String),
    /// Nothing but white space.
    #[error("it is empty")]
    Blank,
    /// `~/` without a home.
    #[error("'~' stands for the home folder, which is not known: HOME is not set")]
    NoHome,
    /// Not a plan for further attempts.
    #[error(transparent)]
    Retry(#[from] RetryError),
    /// Not a jq filter.
    #[error(transparent)]
    Filter(Box<JqError>),
    /// A name that two things have.
    #[error("there is another one called '{0}'")]
    Repeated(String),
    /// Not a header that could be set: no name, a control character, or one that frames the request.
    #[error("a request cannot be given this header")]
    NotAHeader,
    /// Not an order.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// Not a status that says yes.
    #[error("'{0}' is not a status from 200 to 299")]
    NotAnAck(String),
    /// Not where a tenant could be found.
    #[error(transparent)]
    Tenant(#[from] TenantError),
    /// Two keys that mean the same.
    #[error("'{a}' and '{b}' are in one table")]
    Twice {
        /// One of them.
        a: &'static str,
        /// The other one.
        b: &'static str,
    },
    /// Not a program.
    #[error(transparent)]
    Program(crate::model::program::ProgramError),
    /// Not an alert.
    #[error(transparent)]
    Threshold(Box<crate::threshold::ThresholdError>),
    /// `-`, which flags alone may say.
    #[error("'-' (standard input) works with --secret only")]
    SecretFromStdin,
}
