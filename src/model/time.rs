//! Instants: microseconds since 1970, and the ways people write them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::quantity::{QuantityError, parse_duration};

/// An instant in microseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From whole seconds; saturates at the ends of the range.
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// From milliseconds; saturates.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// From microseconds.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Whole seconds, rounded down.
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Whole milliseconds, rounded down.
    pub const fn as_millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// Microseconds.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// This instant moved by so many seconds; saturates.
    #[must_use]
    pub const fn plus_secs(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// How long before this instant `earlier` was; zero if it was not.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// This instant and a duration more; saturates.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// This instant less a duration; saturates.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// The instant in jiff's terms, at the nearest end of its range if it is beyond.
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        })
    }

    /// From text by strict RFC 3339 (`2026-01-02T03:04:05Z`).
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        // jiff also takes a bracketed zone and lower precision forms; a header must be plain.
        if text.contains('[') {
            return None;
        }
        text.parse::<jiff::Timestamp>().ok().map(|t| Self(t.as_microsecond()))
    }

    /// Written by strftime in UTC.
    pub fn strftime(self, format: &str) -> Option<String> {
        jiff::fmt::strtime::format(format, &self.to_jiff().to_zoned(jiff::tz::TimeZone::UTC)).ok()
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with milliseconds: `2026-01-02T03:04:05.678Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.to_jiff())
    }
}

/// An instant as a user writes it; relative ones need the present to be resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum When {
    /// A fixed instant.
    At(Timestamp),
    /// So long ago.
    Ago(Duration),
}

impl When {
    /// The instant, seen from `now`.
    pub fn resolve(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Ago(duration) => now.minus(duration),
        }
    }
}

impl TryFrom<String> for When {
    type Error = QuantityError;

    fn try_from(text: String) -> Result<Self, QuantityError> {
        text.parse()
    }
}

impl From<When> for String {
    fn from(when: When) -> Self {
        match when {
            When::At(at) => format!("{:.6}", at.to_jiff()),
            When::Ago(duration) => format!("{} ago", humantime::format_duration(duration).to_string().replace(' ', "")),
        }
    }
}

impl FromStr for When {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let error = || QuantityError::NotAnInstant(text.to_owned());
        if text == "now" {
            return Ok(Self::Ago(Duration::ZERO));
        }
        if let Some(duration) = text.strip_suffix(" ago") {
            return parse_duration(duration.trim()).map(Self::Ago).map_err(|_| error());
        }
        if let Ok(seconds) = text.parse::<i64>() {
            return Ok(Self::At(Timestamp::from_secs(seconds)));
        }
        if let Some(at) = Timestamp::from_rfc3339(text) {
            return Ok(Self::At(at));
        }
        // A date alone is its first moment in UTC.
        let date = text.parse::<jiff::civil::Date>().map_err(|_| error())?;
        let zoned = date.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| error())?;
        Ok(Self::At(Timestamp(zoned.timestamp().as_microsecond())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_in_every_form() {
        let now = Timestamp::from_secs(1_000_000);
        for (text, secs) in [
            ("now", 1_000_000),
            ("10m ago", 999_400),
            ("1767225600", 1_767_225_600),
            ("2026-01-01T00:00:00Z", 1_767_225_600),
            ("2026-01-01T01:00:00+01:00", 1_767_225_600),
            ("2026-01-01", 1_767_225_600),
        ] {
            assert_eq!(text.parse::<When>().expect(text).resolve(now).as_secs(), secs, "{text}");
        }
        for text in ["", "yesterday", "10m", "2026-13-01", "ago", " ago"] {
            assert!(text.parse::<When>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_kept_comes_back() {
        for text in ["2026-01-01T00:00:00.123456Z", "1m30s ago", "1767225600"] {
            let when: When = text.parse().expect(text);
            assert_eq!(String::from(when).parse(), Ok(when), "{text}");
        }
    }

    #[test]
    fn extreme_instants_do_not_panic() {
        for t in [Timestamp::from_secs(i64::MAX), Timestamp::from_secs(i64::MIN), Timestamp::from_micros(-1)] {
            let _ = (t.to_string(), t.as_secs(), t.plus_secs(i64::MAX), t.plus_secs(i64::MIN));
        }
        assert_eq!(Timestamp::from_secs(1_767_225_600).to_string(), "2026-01-01T00:00:00.000Z");
    }
}
