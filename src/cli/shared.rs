//! Groups of flags that several commands take.

use std::ops::RangeInclusive;
use std::time::Duration;

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::model::quantity::{Speed, fraction, parse_duration};
use crate::model::time::When;
use crate::model::{BreakerPolicy, Direction, Rate, RetryPolicy, Timestamp, Verdict};
use crate::payload::Edit;
use crate::payload::edit::EditError;
use crate::provider::definition::HeaderLine;
use crate::query::{Jq, JqError, Selection};

/// Which secrets to use.
#[derive(Debug, Clone, Default, PartialEq, Args)]
pub struct SecretFlags {
    /// The secret: its text, env:NAME, file:PATH or - for stdin; several while one is being rotated
    #[arg(
        long = "secret",
        value_name = "SECRET",
        long_help = "\
The secret: its text, env:NAME, file:PATH or - for stdin. May be given several times while a secret is being rotated.
A secret typed on the command line can be seen in the process list and the shell's history; env: and file: cannot.

Without it: HOOKCTL_<PROVIDER>_SECRET, then the configuration, then a development secret that hookctl makes and keeps \
('hookctl secret PROVIDER' prints it)."
    )]
    pub secrets: Vec<String>,
}

/// What follows when a delivery is not accepted.
#[derive(Debug, Clone, Default, PartialEq, Args, Deserialize, Serialize)]
#[command(next_help_heading = "Retries")]
pub struct RetryFlags {
    /// Try again what is not accepted: 'provider', 'exponential base=1s factor=2 max=5', 'schedule 5s,30s,5m', 'fixed 10s max=3' [default: none]
    #[arg(
        long,
        value_name = "PLAN",
        value_parser = |t: &str| t.parse::<RetryPolicy>().map_err(|e| e.to_string()),
        long_help = "\
Try again what is not accepted [default: none]:
  provider                                           as the provider does: its waits, its statuses, its headers
  exponential base=1s factor=2 max=5 jitter=10%      waits that grow, each 10% more or less
  schedule 5s,30s,5m                                 these waits
  fixed 10s max=3                                    the same wait each time

But for 'provider', no answer, 408, 429 and 5xx are tried again, and nothing else. A Retry-After that asks for more time is \
heeded, up to a day. What is signed with a time is signed anew, unless the provider is known not to. When nothing is left \
to try, the delivery is a dead letter: 'hookctl events list --dead'."
    )]
    pub retry: Option<RetryPolicy>,

    /// Let time go by faster between attempts: 60x, 1000x, or max for no wait at all
    #[arg(long, value_name = "SPEED", value_parser = speed)]
    pub time_scale: Option<Speed>,

    /// When an endpoint that fails is left alone: 'failures=5 cooldown=30s probes=10', or off
    #[arg(
        long,
        value_name = "PLAN",
        value_parser = |t: &str| t.parse::<BreakerPolicy>().map_err(|e| e.to_string()),
        long_help = "\
When an endpoint that fails is left alone: 'failures=5 cooldown=30s probes=10', of which each may be left out, or off. After \
so many failures in a row (no answer, 408, 429, 5xx) nothing is sent there for the time of the cooldown; then one delivery \
tries. If it fails, that begins again; after so many tries the endpoint is given up, and what is left for it stays pending.

Without this flag, a run of several deliveries has it with the values above, but gives up at once where nothing is retried; \
with '--retry provider' an endpoint is left alone when the provider would do so.", hide_short_help = true)]
    pub breaker: Option<BreakerPolicy>,
}

/// Reads a share: `20%`, `0.2`.
pub fn share(text: &str) -> Result<f64, String> {
    fraction(text).ok_or_else(|| format!("'{text}' is no share: write 20% or 0.2"))
}

/// Reads a whole number within a range.
pub fn whole<T: TryFrom<u64>>(range: RangeInclusive<u64>) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| {
            let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            match (*range.start(), *range.end()) {
                (_, most) if is_number && text.parse::<u64>().is_err() => format!("write a whole number up to {most}"),
                (least, u64::MAX) => format!("write a whole number, {least} or more"),
                (least, most) => format!("write a whole number from {least} to {most}"),
            }
        })
    }
}

/// Reads a duration that is longer than nothing.
pub fn positive_duration(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err("it must be longer than nothing: write 250ms, 30s, 5m or 2h".to_owned()),
        duration => Ok(duration),
    }
}

/// Reads a rate.
pub fn rate(text: &str) -> Result<Rate, String> {
    text.parse::<Rate>().map_err(|e| e.to_string())
}

/// Reads a duration.
pub fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).map_err(|e| e.to_string())
}

/// Reads a speed.
pub fn speed(text: &str) -> Result<Speed, String> {
    text.parse::<Speed>().map_err(|e| e.to_string())
}

/// Changes of an event's payload.
#[derive(Debug, Clone, Default, PartialEq, Args, Deserialize, Serialize)]
#[command(next_help_heading = "Payload")]
pub struct EditFlags {
    /// Change a field: a number, true, false or null if it reads as one, else text
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,

    /// Change a field to text
    #[arg(long, value_name = "PATH=TEXT", hide_short_help = true)]
    pub set_string: Vec<String>,

    /// Change a field to any JSON
    #[arg(long, value_name = "PATH=JSON", hide_short_help = true)]
    pub set_json: Vec<String>,

    /// Remove a field
    #[arg(long, value_name = "PATH", hide_short_help = true)]
    pub unset: Vec<String>,
}

impl EditFlags {
    /// The edits: all `--set`, then `--set-string`, `--set-json` and `--unset`.
    ///
    /// # Errors
    /// The first that cannot be read.
    pub fn edits(&self) -> Result<Vec<Edit>, EditError> {
        let set = self.set.iter().map(|text| Edit::set(text));
        let strings = self.set_string.iter().map(|text| Edit::set_string(text));
        let json = self.set_json.iter().map(|text| Edit::set_json(text));
        let unset = self.unset.iter().map(|text| Edit::unset(text));
        set.chain(strings).chain(json).chain(unset).collect()
    }
}

/// How TLS targets are trusted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args, Deserialize, Serialize)]
#[command(next_help_heading = "TLS")]
pub struct TlsFlags {
    /// Trust this certificate authority (PEM) for https targets
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub cacert: Option<std::path::PathBuf>,

    /// Accept any certificate of https targets
    #[arg(long, hide_short_help = true)]
    pub insecure: bool,
}

/// Which deliveries are meant.
#[derive(Debug, Clone, Default, PartialEq, Args)]
#[command(next_help_heading = "Which deliveries")]
pub struct SelectionFlags {
    /// Only of this provider
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,

    /// Only of these event types, as a glob
    #[arg(long, value_name = "GLOB")]
    pub event: Option<String>,

    /// Only those for which this jq filter gives something other than false and null
    #[arg(
        long,
        value_name = "JQ",
        long_help = "\
Only those for which this jq filter gives something other than false and null. It sees {provider, event_type, event_id, \
method, path, query, headers, body, verdict, reason, status, received_at}: header names in lower case, the body as parsed \
JSON, a form as an object, else null. The environment, other input and modules are not there."
    )]
    pub filter: Option<String>,

    /// Only with this verdict: valid, invalid, unsigned, unknown-provider or no-secret
    #[arg(long, value_name = "VERDICT", value_parser = verdict)]
    pub verdict: Option<Verdict>,

    /// Only from this time on: RFC 3339, Unix seconds or '1h ago'
    #[arg(long, value_name = "TIME", value_parser = when)]
    pub since: Option<When>,

    /// Only before this time
    #[arg(long, value_name = "TIME", value_parser = when)]
    pub until: Option<When>,

    /// Only those that were not answered 2xx
    #[arg(long)]
    pub failed: bool,

    /// Only dead letters: tried, never accepted, and not to be tried again
    #[arg(long)]
    pub dead: bool,

    /// Only those that an interrupted 'send' or 'replay' has left to be tried
    #[arg(long)]
    pub pending: bool,

    /// Those that hookctl sent, instead of those it received
    #[arg(long)]
    pub sent: bool,
}

impl SelectionFlags {
    /// What they mean, seen from `now`.
    ///
    /// # Errors
    /// The jq filter cannot be read.
    pub fn selection(&self, now: Timestamp) -> Result<Selection, JqError> {
        Ok(Selection {
            // A dead letter is a dead letter, whichever way it came to be one.
            direction: match (self.sent || self.pending, self.dead) {
                (true, _) => Some(Direction::Sent),
                (false, true) => None,
                (false, false) => Some(Direction::Received),
            },
            provider: self.provider.clone(),
            event: self.event.clone(),
            verdict: self.verdict,
            since: self.since.map(|when| when.resolve(now)),
            until: self.until.map(|when| when.resolve(now)),
            failed: self.failed,
            dead: self.dead,
            pending: self.pending,
            filter: self.filter.as_deref().map(Jq::compile).transpose()?,
            ..Selection::default()
        })
    }
}

fn verdict(text: &str) -> Result<Verdict, String> {
    text.parse().map_err(|()| {
        let words = Verdict::ALL.map(Verdict::as_str);
        format!("write one of {}", words.join(", "))
    })
}

/// Reads `Name: value`.
pub fn header(text: &str) -> Result<HeaderLine, String> {
    text.parse::<HeaderLine>().map_err(|e| e.to_string())
}

/// Reads an instant.
pub fn when(text: &str) -> Result<When, String> {
    text.parse::<When>().map_err(|e| e.to_string())
}

/// Values that are kept as they are typed.
pub mod as_text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes it.
    ///
    /// # Errors
    /// As the serializer says.
    pub fn serialize<T: Display, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.collect_str(value),
            None => serializer.serialize_none(),
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// It is not what was written.
    pub fn deserialize<'de, T: FromStr, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error>
    where
        T::Err: Display,
    {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(serde::de::Error::custom)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_within_their_range_or_it_is_told() {
        assert_eq!(whole(1..=10_000)("10000"), Ok(10_000_u32));
        assert_eq!(whole(0..=u64::MAX)("18446744073709551615"), Ok(u64::MAX));
        let few = |text: &str| whole::<u16>(1..=1_000)(text).expect_err("no number of these");
        for text in ["0", "1001", "99999", "-1", "1.5", "x", ""] {
            assert_eq!(few(text), "write a whole number from 1 to 1000", "{text}");
        }
        assert_eq!(few("18446744073709551616"), "write a whole number up to 1000");
        for text in ["0", "x", "-1"] {
            assert_eq!(whole::<u64>(1..=u64::MAX)(text).expect_err("none"), "write a whole number, 1 or more");
        }
        assert_eq!(positive_duration("250ms"), Ok(Duration::from_millis(250)));
        for text in ["0s", "x", "5"] {
            assert!(positive_duration(text).expect_err("no duration").contains("write 250ms, 30s"), "{text}");
        }
    }
}
