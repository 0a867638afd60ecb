//! How often something may happen or is to happen: `500/s`, `100/m`, `20/h`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// So many times in a second, a minute or an hour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    count: f64,
    per: Period,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Period {
    Second,
    Minute,
    Hour,
}

impl Period {
    const ALL: [(&str, Self); 3] = [("s", Self::Second), ("m", Self::Minute), ("h", Self::Hour)];

    fn duration(self) -> Duration {
        match self {
            Self::Second => Duration::from_secs(1),
            Self::Minute => Duration::from_mins(1),
            Self::Hour => Duration::from_hours(1),
        }
    }
}

/// Why a rate cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a rate: write 500/s, 100/m or 20/h")]
pub struct RateError(pub String);

/// Beyond what any machine does, so that no sum of rates overflows.
const HIGHEST: f64 = 1e9;

impl Rate {
    /// Times in a second; more than 0.
    pub fn per_second(self) -> f64 {
        self.count / self.per.duration().as_secs_f64()
    }

    /// The time from one to the next; at least a nanosecond.
    pub fn interval(self) -> Duration {
        Duration::from_secs_f64(1.0 / self.per_second()).max(Duration::from_nanos(1))
    }

    /// The whole times in its own period, at least one: what may come at once.
    pub fn burst(self) -> u32 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 1 and 10^9")]
        let burst = self.count.max(1.0) as u32;
        burst
    }
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        let error = || RateError(text.to_owned());
        let (count, unit) = text.split_once('/').ok_or_else(error)?;
        let (_, per) = Period::ALL.into_iter().find(|(name, _)| *name == unit).ok_or_else(error)?;
        if !count.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            return Err(error());
        }
        let count: f64 = count.parse().map_err(|_| error())?;
        if count > 0.0 && count <= HIGHEST { Ok(Self { count, per }) } else { Err(error()) }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, _) = Period::ALL.into_iter().find(|(_, per)| *per == self.per).expect("every period has a name");
        write!(f, "{}/{name}", self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_read_and_write_alike() {
        for (text, interval_ms, burst) in
            [("500/s", 2, 500), ("100/m", 600, 100), ("0.5/s", 2_000, 1), ("20/h", 180_000, 20)]
        {
            let rate: Rate = text.parse().expect(text);
            assert_eq!(rate.to_string(), text);
            assert_eq!(rate.interval().as_millis(), interval_ms, "{text}");
            assert_eq!(rate.burst(), burst, "{text}");
        }
        for text in ["", "5", "5/", "/s", "0/s", "-1/s", "5/d", "5/sec", "NaN/s", "inf/s", "1e3/s", "99999999999/s"] {
            assert_eq!(text.parse::<Rate>(), Err(RateError(text.to_owned())));
        }
    }
}
