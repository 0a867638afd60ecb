//! Scenarios: ordered stories of events about the same objects. `fixtures/<provider>/scenarios/NAME.toml`, or a file of
//! one's own in the same form; `fixtures/README.md` documents the keys.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::definition::StatusRange;
use crate::model::quantity::parse_duration;
use crate::payload::edit::EditError;
use crate::payload::{Edit, Node};

/// A story.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it tells, in a sentence.
    pub title: String,
    /// Named values of the provider that each step makes anew. All others are made once for the whole story, so that its
    /// events are about the same objects. The event id is always new.
    #[serde(default)]
    pub fresh: Vec<String>,
    /// The events in order.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

/// One event of a story.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The event type.
    pub event: String,
    /// How long after the step before it.
    #[serde(default, deserialize_with = "duration")]
    pub wait: Duration,
    /// Changes of the payload: path and value.
    #[serde(default)]
    pub set: toml::Table,
    /// The statuses that are expected; what the provider accepts, if nothing is said.
    pub expect: Option<StatusRange>,
    /// What happens when the answer is another one.
    #[serde(default)]
    pub on_failure: OnFailure,
}

/// What happens when a step is not answered as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnFailure {
    /// The story goes on, as a provider would.
    #[default]
    Continue,
    /// The story ends.
    Stop,
}

/// Why a scenario makes no sense.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScenarioError {
    /// Not TOML, or an unknown or wrong key.
    #[error("line {line}: {message}")]
    Toml {
        /// Counting from 1; 0 if it is not known.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A story without steps.
    #[error("there is no [[step]]")]
    Empty,
    /// A change that cannot be made.
    #[error("step {step}: {error}")]
    Edit {
        /// Counting from 1.
        step: usize,
        /// What is wrong with it.
        error: EditError,
    },
    /// A value that no payload can hold.
    #[error("step {step}: '{path}' holds a date, which JSON has not")]
    Value {
        /// Counting from 1.
        step: usize,
        /// Where.
        path: String,
    },
}

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self = toml::from_str(text).map_err(|error| ScenarioError::Toml {
            line: error.span().map_or(0, |span| text[..span.start].split('\n').count()),
            message: error.message().lines().collect::<Vec<_>>().join(" "),
        })?;
        if scenario.steps.is_empty() {
            return Err(ScenarioError::Empty);
        }
        for at in 0..scenario.steps.len() {
            scenario.edits(at)?;
        }
        Ok(scenario)
    }

    /// The names of a provider's values that the steps share.
    pub fn shared<'a>(&self, values: impl Iterator<Item = &'a String>) -> Vec<String> {
        values.filter(|name| *name != "event_id" && !self.fresh.contains(name)).cloned().collect()
    }

    /// The changes that step `at` (from 0) makes; texts may hold placeholders.
    ///
    /// # Errors
    /// A path that cannot be read, or a value that JSON has not.
    pub fn edits(&self, at: usize) -> Result<Vec<Edit>, ScenarioError> {
        let step = at + 1;
        let edit = |(path, value): (&String, &toml::Value)| {
            let node = node_of(value).ok_or_else(|| ScenarioError::Value { step, path: path.clone() })?;
            Edit::to(path, node).map_err(|error| ScenarioError::Edit { step, error })
        };
        self.steps[at].set.iter().map(edit).collect()
    }
}

fn node_of(value: &toml::Value) -> Option<Node> {
    Some(match value {
        toml::Value::String(text) => Node::Text(text.clone()),
        toml::Value::Integer(number) => Node::Number(number.to_string()),
        toml::Value::Float(number) if number.is_finite() => Node::Number(number.to_string()),
        toml::Value::Boolean(value) => Node::Bool(*value),
        toml::Value::Array(items) => Node::Array(items.iter().map(node_of).collect::<Option<_>>()?),
        toml::Value::Table(table) => {
            Node::Object(table.iter().map(|(key, value)| Some((key.clone(), node_of(value)?))).collect::<Option<_>>()?)
        }
        toml::Value::Float(_) | toml::Value::Datetime(_) => return None,
    })
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    parse_duration(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_is_read() {
        let text = "title = 'Checkout'\nfresh = ['request_id']\n[[step]]\nevent = 'a'\n[[step]]\nevent = 'b'\nwait = '2s'\n\
                    set = { 'data.n' = 3, 'data.s' = '{{customer}}' }\nexpect = '2xx'\non_failure = 'stop'\n";
        let scenario = Scenario::parse(text).expect("a scenario");
        assert_eq!(scenario.steps.len(), 2);
        assert_eq!(scenario.steps[1].wait, Duration::from_secs(2));
        assert_eq!(scenario.steps[1].on_failure, OnFailure::Stop);
        assert_eq!(scenario.edits(1).expect("edits").len(), 2);
    }

    #[test]
    fn errors_say_where() {
        for (text, message) in [
            ("title = 'x'", "line 1: missing field `step`"),
            ("title = 'x'\nstep = []", "there is no [[step]]"),
            ("title = 'x'\n[[step]]\nevent = 'a'\nwhen = 1", "line 4: unknown field `when`"),
            ("title = 'x'\n[[step]]\nevent = 'a'\nset = { 'a..b' = 1 }", "step 1: 'a..b' has an empty step"),
            ("title = 'x'\n[[step]]\nevent = 'a'\nset = { a = 2026-01-01 }", "step 1: 'a' holds a date"),
            ("title = 'x'\n[[step]]\nevent = 'a'\nwait = '2'", "line 4: '2' is not a duration"),
        ] {
            let error = Scenario::parse(text).expect_err(text).to_string();
            assert!(error.starts_with(message), "{error}");
        }
    }
}
