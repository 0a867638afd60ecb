//! What can be wrong with a provider.

use super::event::EventError;
use super::scenario::ScenarioError;
use crate::payload::document::ParseError;
use crate::signature::scheme::SchemeError;

/// What is wrong with a provider, or with asking for it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ProviderError {
    /// No such provider.
    #[error("there is no provider '{name}'")]
    Unknown {
        /// What was asked for.
        name: String,
        /// Names that are like it.
        near: Vec<String>,
    },
    /// No such event.
    #[error("{provider} has no event '{event}'")]
    UnknownEvent {
        /// The provider.
        provider: String,
        /// What was asked for.
        event: String,
        /// Names that are like it.
        near: Vec<String>,
    },
    /// No such scenario.
    #[error("{provider} has no scenario '{scenario}'")]
    UnknownScenario {
        /// The provider.
        provider: String,
        /// What was asked for.
        scenario: String,
        /// Names that are like it.
        near: Vec<String>,
    },
    /// A scenario file cannot be read, or makes no sense.
    #[error("{place}: {error}")]
    Scenario {
        /// The file.
        place: String,
        /// What is wrong.
        error: ScenarioError,
    },
    /// `provider.toml` is missing in a folder.
    #[error("{place}: there is no provider.toml")]
    NoDefinition {
        /// The folder.
        place: String,
    },
    /// `provider.toml` cannot be read, or has an unknown or wrong key.
    #[error("{place}:{line}: {message}")]
    Definition {
        /// The file.
        place: String,
        /// Counting from 1; 0 if it is not known.
        line: usize,
        /// What is wrong, with the key.
        message: String,
    },
    /// A scheme contradicts itself.
    #[error("{place}:{line}: signature {error}")]
    Scheme {
        /// The file.
        place: String,
        /// The line of the `[[signature]]` table.
        line: usize,
        /// The contradiction.
        error: SchemeError,
    },
    /// Two files are the same event: `a:b.json` and `a%3Ab.json`.
    #[error("{place}: two files are the event '{event}'")]
    TwoFiles {
        /// The folder.
        place: String,
        /// The event.
        event: String,
    },
    /// A file is not JSON.
    #[error("{place}: {error}")]
    Json {
        /// The file.
        place: String,
        /// Where.
        error: ParseError,
    },
    /// An event file is JSON and makes no sense.
    #[error("{place}: {error}")]
    Event {
        /// The file.
        place: String,
        /// What is wrong.
        error: EventError,
    },
}
