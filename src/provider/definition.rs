//! `provider.toml`, typed. `fixtures/README.md` documents every key; this file is its reading.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};

use super::batch::BatchRule;
use super::handshake::Handshake;
use super::retry::RetryRule;
use crate::model::quantity::parse_duration;
use crate::payload::JsonStyle;
use crate::signature::Scheme;
use crate::signature::content::Template;
use crate::text::matches_glob;

/// Everything `provider.toml` says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// The name people use.
    pub title: String,
    /// The provider's page about its webhooks.
    pub docs: String,
    /// How sure we are.
    #[serde(default)]
    pub status: Status,
    /// What a user must know.
    pub note: Option<String>,
    /// How a request is recognised.
    #[serde(default)]
    pub detect: Vec<DetectRule>,
    /// Where type, id and idempotency key are.
    #[serde(default)]
    pub event: EventLocators,
    /// What the secret is called and looks like.
    pub secret: Option<SecretForm>,
    /// How it signs, in order of preference.
    #[serde(default)]
    pub signature: Vec<Scheme>,
    /// How it makes sure that an address wants its deliveries.
    #[serde(default)]
    pub handshake: Vec<Handshake>,
    /// What its requests look like.
    #[serde(default)]
    pub request: RequestShape,
    /// What it expects back.
    #[serde(default)]
    pub answer: AnswerRule,
    /// When it tries again.
    pub retry: Option<RetryRule>,
    /// How it puts several events into one request.
    pub batch: Option<BatchRule>,
    /// Named values that all events share.
    #[serde(default)]
    pub values: HashMap<String, String>,
    /// Event types, or globs of them, and the unified type they mean.
    #[serde(default)]
    pub normalize: HashMap<String, String>,
}

impl Definition {
    /// The type under which an event of this kind is known across providers: of an exact name, else of the longest glob
    /// that fits.
    pub fn unified_type(&self, event_type: &str) -> Option<&str> {
        if let Some(exact) = self.normalize.get(event_type) {
            return Some(exact);
        }
        let fitting = self.normalize.iter().filter(|(glob, _)| matches_glob(glob, event_type));
        fitting.max_by_key(|(glob, _)| (glob.len(), *glob)).map(|(_, unified)| unified.as_str())
    }

    /// Whether there is anything that a secret is good for: a signature, or a token to be compared at registration.
    pub fn has_secret(&self) -> bool {
        !self.signature.is_empty() || self.handshake.iter().any(|handshake| handshake.token.is_some())
    }

    /// The schemes in order of preference.
    pub fn schemes(&self) -> impl Iterator<Item = &Scheme> {
        self.signature.iter()
    }
}

/// How sure we are of what a provider's folder says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The provider's own verifier accepts what we sign.
    Confirmed,
    /// Read in its documentation.
    #[default]
    Documented,
}

impl Status {
    /// The word in `provider.toml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Documented => "documented",
        }
    }
}

/// One way to recognise a provider's requests: all conditions must hold.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DetectRule {
    /// Headers that are there, some with a value.
    pub headers: Vec<HeaderCondition>,
    /// A glob for the user agent.
    pub user_agent: Option<String>,
    /// A glob for the path.
    pub path: Option<String>,
    /// Values in a JSON body.
    pub json: Vec<JsonCondition>,
    /// Fields of a form body.
    pub form: Vec<String>,
    /// Parameters of the query.
    pub query: Vec<String>,
    /// Whether many senders share what this rule looks at.
    pub generic: bool,
}

/// A header that is there, and perhaps has a certain value.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct HeaderCondition {
    /// The header's name.
    pub name: String,
    /// A glob for its value.
    pub value: Option<String>,
}

impl From<String> for HeaderCondition {
    fn from(text: String) -> Self {
        match text.split_once(": ") {
            Some((name, value)) => Self { name: name.to_owned(), value: Some(value.to_owned()) },
            None => Self { name: text, value: None },
        }
    }
}

/// A value that is in a JSON body.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct JsonCondition {
    /// Where.
    pub path: crate::model::JsonPath,
    /// A glob for its text.
    pub value: Option<String>,
}

impl TryFrom<String> for JsonCondition {
    type Error = crate::model::json_path::PathError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Ok(match text.split_once('=') {
            Some((path, value)) => Self { path: path.parse()?, value: Some(value.to_owned()) },
            None => Self { path: text.parse()?, value: None },
        })
    }
}

/// Where an event's type, id and idempotency key are. Of each list the first that has a value counts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EventLocators {
    /// The event type.
    pub r#type: Vec<Template>,
    /// The event's id.
    pub id: Vec<Template>,
    /// A key made for recognising repetitions.
    pub idempotency_key: Vec<Template>,
}

impl EventLocators {
    /// All templates, in a fixed order.
    pub fn templates(&self) -> impl Iterator<Item = &Template> {
        self.r#type.iter().chain(&self.id).chain(&self.idempotency_key)
    }
}

/// What the secret is called and looks like.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretForm {
    /// What the provider calls it.
    pub name: String,
    /// The form of a development secret, with placeholders.
    pub generate: Option<String>,
}

/// What a provider's requests look like.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequestShape {
    /// The method.
    pub method: String,
    /// The content type.
    pub content_type: String,
    /// The user agent, with placeholders; only verified ones.
    pub user_agent: Option<String>,
    /// Further headers, in order.
    pub headers: Vec<HeaderLine>,
    /// JSON or form.
    pub body: BodyKind,
    /// How JSON is written.
    pub json: JsonStyle,
    /// What the provider adds to the query of the address, with placeholders.
    pub query: Option<String>,
}

impl Default for RequestShape {
    fn default() -> Self {
        Self {
            method: "POST".to_owned(),
            content_type: "application/json".to_owned(),
            user_agent: None,
            headers: Vec::new(),
            body: BodyKind::Json,
            json: JsonStyle::default(),
            query: None,
        }
    }
}

/// How a payload becomes a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BodyKind {
    /// JSON.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// JSON, as the part `json` of a multipart form; the content type says the boundary.
    Multipart,
    /// No body at all.
    Empty,
}

/// `Name: value`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct HeaderLine {
    /// The name in the provider's spelling.
    pub name: String,
    /// The value, perhaps with placeholders.
    pub value: String,
}

/// A text that is no header line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not 'Name: value'")]
pub struct HeaderLineError(pub String);

impl FromStr for HeaderLine {
    type Err = HeaderLineError;

    fn from_str(text: &str) -> Result<Self, HeaderLineError> {
        let wrong = || HeaderLineError(text.to_owned());
        let (name, value) = text.split_once(':').ok_or_else(wrong)?;
        let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        if name.is_empty() || !name.bytes().all(is_token) || value.contains(['\r', '\n', '\0']) {
            return Err(wrong());
        }
        Ok(Self { name: name.to_owned(), value: value.trim().to_owned() })
    }
}

impl From<HeaderLine> for String {
    fn from(line: HeaderLine) -> Self {
        format!("{}: {}", line.name, line.value)
    }
}

impl TryFrom<String> for HeaderLine {
    type Error = HeaderLineError;

    fn try_from(text: String) -> Result<Self, HeaderLineError> {
        text.parse()
    }
}

/// What a provider expects back.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AnswerRule {
    /// Statuses that count as accepted.
    pub accept: Vec<StatusRange>,
    /// How long it waits.
    #[serde(deserialize_with = "optional_duration")]
    pub timeout: Option<Duration>,
}

impl Default for AnswerRule {
    fn default() -> Self {
        Self { accept: vec![StatusRange { from: 200, to: 299 }], timeout: None }
    }
}

impl AnswerRule {
    /// Whether the provider takes this status as accepted.
    pub fn accepts(&self, status: u16) -> bool {
        self.accept.iter().any(|range| range.contains(status))
    }
}

/// One status or several: `204`, `2xx`, `200-299`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct StatusRange {
    from: u16,
    to: u16,
}

/// A text that names no statuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no status: write 204, 2xx or 200-299")]
pub struct StatusRangeError(pub String);

impl StatusRange {
    /// Whether the status is one of these.
    pub fn contains(self, status: u16) -> bool {
        (self.from..=self.to).contains(&status)
    }

    /// The first and the last of them.
    pub fn bounds(self) -> (u16, u16) {
        (self.from, self.to)
    }
}

impl FromStr for StatusRange {
    type Err = StatusRangeError;

    fn from_str(text: &str) -> Result<Self, StatusRangeError> {
        let wrong = || StatusRangeError(text.to_owned());
        let status = |text: &str| {
            text.parse::<u16>().ok().filter(|s| (100..=599).contains(s) && text.len() == 3).ok_or_else(wrong)
        };
        if let Some(class) = text.strip_suffix("xx") {
            let class: u16 = class.parse().map_err(|_| wrong())?;
            return if (1..=5).contains(&class) {
                Ok(Self { from: class * 100, to: class * 100 + 99 })
            } else {
                Err(wrong())
            };
        }
        let (from, to) = match text.split_once('-') {
            Some((from, to)) => (status(from)?, status(to)?),
            None => (status(text)?, status(text)?),
        };
        if from > to { Err(wrong()) } else { Ok(Self { from, to }) }
    }
}

impl TryFrom<String> for StatusRange {
    type Error = StatusRangeError;

    fn try_from(text: String) -> Result<Self, StatusRangeError> {
        text.parse()
    }
}

impl From<StatusRange> for String {
    fn from(range: StatusRange) -> Self {
        range.to_string()
    }
}

impl fmt::Display for StatusRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.from == self.to {
            write!(f, "{}", self.from)
        } else if self.from.is_multiple_of(100) && self.to == self.from + 99 {
            write!(f, "{}xx", self.from / 100)
        } else {
            write!(f, "{}-{}", self.from, self.to)
        }
    }
}

/// A duration that need not be there.
pub(super) fn optional_duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    parse_duration(&String::deserialize(deserializer)?).map(Some).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_ranges_read_and_write_alike() {
        for text in ["204", "2xx", "200-204"] {
            assert_eq!(text.parse::<StatusRange>().expect(text).to_string(), text);
        }
        for text in ["", "2x", "9xx", "99", "600", "299-200", "abc", "2xx-3xx"] {
            assert!(text.parse::<StatusRange>().is_err(), "{text}");
        }
    }

    #[test]
    fn header_lines_are_names_and_values() {
        let line: HeaderLine = "X-A:  b: c ".parse().expect("a header");
        assert_eq!((line.name.as_str(), line.value.as_str()), ("X-A", "b: c"));
        for text in ["", "x", ": a", "a b: c", "A: b\r\nC: d", "Ä: x"] {
            assert!(text.parse::<HeaderLine>().is_err(), "{text}");
        }
    }
}
