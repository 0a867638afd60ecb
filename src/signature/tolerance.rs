//! Timestamps: how they are read and written, and when they are too old or too far ahead.

use std::time::Duration;

use super::scheme::{TimestampRule, TimestampUnit, Tolerance};
use crate::model::{Reason, Timestamp};

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
    /// Whole seconds are compared, as the providers' verifiers do: exactly the tolerance still passes.
    pub fn judge(&self, at: Timestamp, now: Timestamp, chosen: Option<Tolerance>) -> Result<(), Reason> {
        let past = chosen.unwrap_or(self.tolerance);
        let future = chosen.or(self.future).unwrap_or(self.tolerance);
        let age = now.as_secs().saturating_sub(at.as_secs());
        if exceeds(age, past) {
            return Err(Reason::TimestampStale);
        }
        if exceeds(age.saturating_neg(), future) {
            return Err(Reason::TimestampFuture);
        }
        Ok(())
    }
}

fn exceeds(seconds: i64, tolerance: Tolerance) -> bool {
    match tolerance {
        Tolerance::Off => false,
        Tolerance::Within(limit) => u64::try_from(seconds).is_ok_and(|s| Duration::from_secs(s) > limit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::scheme::USUAL_TOLERANCE;

    fn rule(future: Option<Tolerance>) -> TimestampRule {
        TimestampRule { header: None, json: None, unit: TimestampUnit::S, tolerance: USUAL_TOLERANCE, future }
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
