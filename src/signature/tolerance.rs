//! Timestamps: how they are read and written, and when they are too old or too far ahead.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

use crate::model::quantity::parse_duration;
use crate::model::{JsonPath, Reason, Timestamp};

/// Reads an optional path into JSON.
pub(super) fn json_path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<JsonPath>, D::Error> {
    String::deserialize(deserializer)?.parse().map(Some).map_err(serde::de::Error::custom)
}

/// The unit a timestamp is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimestampUnit {
    /// Unix seconds.
    #[default]
    S,
    /// Unix milliseconds.
    Ms,
    /// RFC 3339.
    Rfc3339,
}

/// How far a timestamp may be from the present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tolerance {
    /// At most so far; exactly so far is still accepted.
    Within(Duration),
    /// Not judged.
    Off,
}

impl std::str::FromStr for Tolerance {
    type Err = crate::model::quantity::QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "off" { Ok(Self::Off) } else { parse_duration(text).map(Self::Within) }
    }
}

impl std::fmt::Display for Tolerance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Within(duration) => f.write_str(&crate::model::quantity::show_duration(*duration)),
            Self::Off => f.write_str("off"),
        }
    }
}

impl<'de> Deserialize<'de> for Tolerance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The usual tolerance: five minutes, which Stripe introduced and Standard Webhooks adopted.
pub const USUAL_TOLERANCE: Tolerance = Tolerance::Within(Duration::from_mins(5));

/// Where the signed time is, and how old it may be.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimestampRule {
    /// The header with the time.
    pub header: Option<String>,
    /// Or the path of it in the JSON body.
    #[serde(default, deserialize_with = "json_path")]
    pub json: Option<JsonPath>,
    /// Or the field of a form body.
    pub form: Option<String>,
    /// Or the claim of a token.
    pub claim: Option<String>,
    /// How it is written.
    #[serde(default)]
    pub unit: TimestampUnit,
    /// How old it may be.
    #[serde(default = "usual_tolerance")]
    pub tolerance: Tolerance,
    /// How far ahead it may be; as `tolerance`, if nothing is said.
    pub future: Option<Tolerance>,
}

impl Default for TimestampRule {
    /// In no place, in seconds, with the usual tolerance.
    fn default() -> Self {
        Self {
            header: None,
            json: None,
            form: None,
            claim: None,
            unit: TimestampUnit::S,
            tolerance: USUAL_TOLERANCE,
            future: None,
        }
    }
}

impl TimestampRule {
    /// Whether the time is in the body, where only the payload can bring it.
    pub fn is_in_body(&self) -> bool {
        self.json.is_some() || self.form.is_some()
    }
}

fn usual_tolerance() -> Tolerance {
    USUAL_TOLERANCE
}

impl TimestampUnit {
    /// Reads a timestamp strictly: digits only, no sign, no space, no more than fits.
    pub fn read(self, text: &str) -> Option<Timestamp> {
        match self {
            Self::Rfc3339 => Timestamp::from_rfc3339(text),
            Self::S | Self::Ms => {
                // 15 digits of seconds are thirty million years: more is not a time, and less cannot overflow.
                if text.is_empty() || text.len() > 15 || !text.bytes().all(|b| b.is_ascii_digit()) {
                    return None;
                }
                let number: i64 = text.parse().ok()?;
                Some(if self == Self::S { Timestamp::from_secs(number) } else { Timestamp::from_millis(number) })
            }
        }
    }

    /// Writes a timestamp.
    pub fn write(self, at: Timestamp) -> String {
        match self {
            Self::S => at.as_secs().to_string(),
            Self::Ms => at.as_millis().to_string(),
            Self::Rfc3339 => Timestamp::from_secs(at.as_secs()).to_jiff().to_string(),
        }
    }
}

impl TimestampRule {
    /// Judges the age of `at`, seen from `now`. `chosen` replaces the provider's own tolerance, both ways.
    ///
    /// Whole seconds are compared, as the providers' verifiers do: exactly the tolerance still passes. A tolerance that
    /// is no whole number of seconds is of a provider that compares milliseconds.
    pub fn judge(&self, at: Timestamp, now: Timestamp, chosen: Option<Tolerance>) -> Result<(), Reason> {
        let past = chosen.unwrap_or(self.tolerance);
        let future = chosen.or(self.future).unwrap_or(self.tolerance);
        if past.is_exceeded(at, now) {
            return Err(Reason::TimestampStale);
        }
        if future.is_exceeded(now, at) {
            return Err(Reason::TimestampFuture);
        }
        Ok(())
    }
}

impl Tolerance {
    /// Whether `late` is further behind `early` than this.
    pub fn is_exceeded(self, early: Timestamp, late: Timestamp) -> bool {
        let Self::Within(limit) = self else { return false };
        let apart = if limit.subsec_nanos() == 0 {
            u64::try_from(late.as_secs().saturating_sub(early.as_secs())).map(Duration::from_secs)
        } else {
            u64::try_from(late.as_millis().saturating_sub(early.as_millis())).map(Duration::from_millis)
        };
        apart.is_ok_and(|apart| apart > limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(future: Option<Tolerance>) -> TimestampRule {
        TimestampRule { future, ..TimestampRule::default() }
    }

    #[test]
    fn a_tolerance_of_milliseconds_compares_milliseconds() {
        let rule = TimestampRule { tolerance: "29999ms".parse().expect("a tolerance"), ..TimestampRule::default() };
        let at = Timestamp::from_millis(1_780_000_000_001);
        assert_eq!(rule.judge(at, Timestamp::from_millis(1_780_000_030_000), None), Ok(()));
        assert_eq!(rule.judge(at, Timestamp::from_millis(1_780_000_030_001), None), Err(Reason::TimestampStale));
    }

    #[test]
    fn both_directions_are_bounded_and_the_limit_itself_passes() {
        let now = Timestamp::from_secs(1_000_000);
        for (at, verdict) in [
            (999_700, Ok(())),
            (999_699, Err(Reason::TimestampStale)),
            (1_000_300, Ok(())),
            (1_000_301, Err(Reason::TimestampFuture)),
            (0, Err(Reason::TimestampStale)),
            (i64::MAX, Err(Reason::TimestampFuture)),
            (i64::MIN, Err(Reason::TimestampStale)),
        ] {
            assert_eq!(rule(None).judge(Timestamp::from_secs(at), now, None), verdict, "{at}");
        }
        let later = Timestamp::from_secs(1_003_600);
        assert_eq!(rule(Some(Tolerance::Off)).judge(later, now, None), Ok(()));
        assert_eq!(rule(Some(Tolerance::Off)).judge(later, now, Some(USUAL_TOLERANCE)), Err(Reason::TimestampFuture));
        assert_eq!(rule(None).judge(later, now, Some(Tolerance::Off)), Ok(()));
    }

    #[test]
    fn only_plain_numbers_are_times() {
        assert_eq!(TimestampUnit::S.read("1767225600"), Some(Timestamp::from_secs(1_767_225_600)));
        assert_eq!(TimestampUnit::Ms.read("1767225600123"), Some(Timestamp::from_millis(1_767_225_600_123)));
        assert!(TimestampUnit::Rfc3339.read("2026-05-28T20:26:40Z").is_some());
        for text in ["", "-1", "+1", " 1", "1 ", "1.0", "1e3", "0x10", "99999999999999999999", "١", "NaN"] {
            assert_eq!(TimestampUnit::S.read(text), None, "{text:?}");
        }
    }
}
