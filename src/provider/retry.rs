//! How a provider tries again: the `[retry]` table of `provider.toml`, typed. `fixtures/README.md` documents its keys;
//! `deliver` carries them out.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::definition::{HeaderCondition, HeaderLine, StatusRange, StatusRangeError, optional_duration};
use crate::model::quantity::{fraction, parse_duration};
use crate::model::retry::MOST_RETRIES;
use crate::model::{FailureKind, Response};
use crate::text::matches_glob;

/// When and how a provider tries again, and when it gives up on an endpoint.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetryRule {
    /// Waits before the second, third, … attempt; `None`: not documented.
    #[serde(deserialize_with = "optional_schedule")]
    pub schedule: Option<Vec<Duration>>,
    /// The form of the waits, where the provider documents no more than that.
    pub backoff: Option<Backoff>,
    /// By how much a wait may differ, as a fraction of it.
    #[serde(deserialize_with = "part")]
    pub jitter: f64,
    /// What it retries on; `None`: whatever is not accepted.
    pub retries_on: Option<Vec<RetryTrigger>>,
    /// Answers after which it never tries again.
    pub stops_on: Vec<StopSign>,
    /// What further attempts are signed with.
    pub sign: Signing,
    /// Headers of further attempts, with placeholders; `attempt`, `retry` and `reason` are named values.
    pub headers: Vec<HeaderLine>,
    /// What the provider calls the reason of a further attempt.
    pub reasons: Reasons,
    /// When it leaves an endpoint alone for a while.
    pub pause: Option<PauseRule>,
    /// When it sends nothing more to an endpoint.
    pub disable: Option<DisableRule>,
    /// What a schedule cannot say.
    pub note: Option<String>,
}

impl RetryRule {
    /// The waits before the second, third, … attempt: as documented, else in the documented form. `None`: nothing is
    /// documented.
    pub fn waits(&self) -> Option<Vec<Duration>> {
        self.schedule.clone().or_else(|| self.backoff.as_ref().map(Backoff::waits))
    }
}

/// Waits that grow by a factor. Providers that publish no schedule often publish its span.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backoff {
    /// The first wait.
    #[serde(deserialize_with = "duration")]
    pub first: Duration,
    /// What each wait is multiplied by to give the next.
    #[serde(default = "two")]
    pub factor: f64,
    /// No wait is longer.
    #[serde(default, deserialize_with = "optional_duration")]
    pub longest: Option<Duration>,
    /// The last attempt is no later after the first one.
    #[serde(default, deserialize_with = "optional_duration")]
    pub span: Option<Duration>,
    /// How many further attempts at most.
    pub max: Option<u32>,
}

fn two() -> f64 {
    2.0
}

impl Backoff {
    fn waits(&self) -> Vec<Duration> {
        let most = self.max.unwrap_or(MOST_RETRIES).min(MOST_RETRIES);
        let longest = self.longest.unwrap_or(Duration::from_hours(24));
        let (mut wait, mut total, mut waits) = (self.first, Duration::ZERO, Vec::new());
        while waits.len() < usize::try_from(most).unwrap_or(usize::MAX) {
            let next = wait.min(longest);
            total += next;
            if self.span.is_some_and(|span| total > span) {
                break;
            }
            waits.push(next);
            // A factor below 1 or none at all would never end, but for the bound on their number.
            wait = Duration::try_from_secs_f64(next.as_secs_f64() * self.factor).unwrap_or(longest);
        }
        waits
    }
}

/// Something a provider retries on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum RetryTrigger {
    /// No answer: refused, reset, out of time.
    Network,
    /// An answer with such a status.
    Status(StatusRange),
}

impl TryFrom<String> for RetryTrigger {
    type Error = StatusRangeError;

    fn try_from(text: String) -> Result<Self, StatusRangeError> {
        if text == "network" { Ok(Self::Network) } else { text.parse().map(Self::Status) }
    }
}

impl fmt::Display for RetryTrigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network => f.write_str("network"),
            Self::Status(range) => range.fmt(f),
        }
    }
}

/// What an answer has in it that ends the attempts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum StopSign {
    /// Such a status.
    Status(StatusRange),
    /// A header, perhaps with such a value.
    Header(HeaderCondition),
}

impl From<String> for StopSign {
    fn from(text: String) -> Self {
        text.parse().map_or_else(|_| Self::Header(HeaderCondition::from(text)), Self::Status)
    }
}

impl StopSign {
    /// Whether the answer says so.
    pub fn is_in(&self, response: &Response) -> bool {
        match self {
            Self::Status(range) => range.contains(response.status),
            Self::Header(condition) => response
                .headers
                .all(&condition.name)
                .any(|header| condition.value.as_ref().is_none_or(|glob| matches_glob(glob, header.lossy().trim()))),
        }
    }
}

/// What further attempts are signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Signing {
    /// Each with a timestamp and a signature of its own.
    #[default]
    Fresh,
    /// The first one's.
    Same,
}

/// What a provider calls the reasons for further attempts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>")]
pub struct Reasons(BTreeMap<String, String>);

/// A reason that no attempt can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is no reason: there are status, other and the words for failures (dns, refused, connect-timeout, tls, reset, response-timeout, bad-answer, network)"
)]
pub struct ReasonError(String);

impl TryFrom<BTreeMap<String, String>> for Reasons {
    type Error = ReasonError;

    fn try_from(table: BTreeMap<String, String>) -> Result<Self, ReasonError> {
        let known = |name: &String| matches!(name.as_str(), "status" | "other") || name.parse::<FailureKind>().is_ok();
        match table.keys().find(|name| !known(name)) {
            Some(unknown) => Err(ReasonError(unknown.clone())),
            None => Ok(Self(table)),
        }
    }
}

impl Reasons {
    /// The word for how an attempt went wrong: an answer that was not accepted, or none.
    pub fn word(&self, failure: Option<FailureKind>) -> &str {
        let key = failure.map_or("status", FailureKind::as_str);
        self.0.get(key).or_else(|| self.0.get("other")).map_or(key, String::as_str)
    }
}

/// When a provider leaves an endpoint alone for a while.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PauseRule {
    /// After so many attempts in a row that were not accepted.
    pub failures: u32,
    /// For how long, the first time.
    #[serde(rename = "for", deserialize_with = "duration")]
    pub time: Duration,
    /// What the pause is multiplied by when the attempt behind it fails, too.
    #[serde(default = "one")]
    pub factor: f64,
    /// No pause is longer.
    #[serde(default, deserialize_with = "optional_duration")]
    pub longest: Option<Duration>,
}

fn one() -> f64 {
    1.0
}

/// When a provider sends nothing more to an endpoint. Any of these is enough.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DisableRule {
    /// Such an answer.
    pub status: Vec<StatusRange>,
    /// So many attempts in a row that were not accepted.
    pub failures: Option<u32>,
    /// Nothing but such attempts for so long.
    #[serde(deserialize_with = "optional_duration")]
    pub after: Option<Duration>,
    /// A delivery whose attempts ran out.
    pub exhausted: bool,
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    parse_duration(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

fn part<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let text = String::deserialize(deserializer)?;
    fraction(&text).ok_or_else(|| serde::de::Error::custom(format!("'{text}' is no part: write 20% or 0.2")))
}

fn optional_schedule<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Duration>>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.iter().map(|text| parse_duration(text)).collect::<Result<_, _>>().map(Some).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::model::Headers;

    fn rule(text: &str) -> RetryRule {
        toml::from_str(text).expect(text)
    }

    #[test]
    fn waits_are_those_documented_or_of_the_documented_form() {
        let seconds =
            |text: &str| rule(text).waits().map(|waits| waits.iter().map(Duration::as_secs).collect::<Vec<_>>());
        assert_eq!(seconds("note = 'secret'"), None);
        assert_eq!(seconds("schedule = []"), Some(vec![]));
        assert_eq!(seconds("schedule = ['5s', '5m']"), Some(vec![5, 300]));
        assert_eq!(seconds("backoff = { first = '1s', max = 4 }"), Some(vec![1, 2, 4, 8]));
        assert_eq!(seconds("backoff = { first = '1s', longest = '3s', span = '10s' }"), Some(vec![1, 2, 3, 3]));
        let all = rule("backoff = { first = '1s', factor = 0.0 }").waits().expect("waits");
        assert_eq!(all.len(), 1_000, "bounded, whatever a file says");
    }

    #[test]
    fn answers_may_stop_the_attempts() {
        let signs = rule("stops_on = ['406', 'X-No-Retry: 1', 'X-Stop']").stops_on;
        let answer = |status, header: Option<(&'static str, &'static str)>| Response {
            status,
            headers: header.into_iter().collect::<Headers>(),
            body: Bytes::new(),
        };
        for (response, stops) in [
            (answer(406, None), true),
            (answer(500, Some(("x-no-retry", "1"))), true),
            (answer(500, Some(("x-no-retry", "0"))), false),
            (answer(500, Some(("X-Stop", ""))), true),
            (answer(500, None), false),
        ] {
            assert_eq!(signs.iter().any(|sign| sign.is_in(&response)), stops, "{response:?}");
        }
    }

    #[test]
    fn reasons_have_the_providers_words() {
        let reasons =
            rule("reasons = { response-timeout = 'http_timeout', status = 'http_error', other = 'x' }").reasons;
        for (failure, word) in
            [(None, "http_error"), (Some(FailureKind::ResponseTimeout), "http_timeout"), (Some(FailureKind::Dns), "x")]
        {
            assert_eq!(reasons.word(failure), word);
        }
        assert_eq!(Reasons::default().word(Some(FailureKind::Tls)), "tls");
        assert!(toml::from_str::<RetryRule>("reasons = { nope = 'x' }").is_err());
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for text in [
            "jitter = '200%'",
            "backoff = { factor = 2.0 }",
            "pause = { failures = 1 }",
            "disable = { status = ['abc'] }",
            "sign = 'never'",
            "schedule = ['5']",
        ] {
            assert!(toml::from_str::<RetryRule>(text).is_err(), "{text}");
        }
    }
}
