//! Amounts as people write them: durations (`250ms`, `5m`), sizes (`32MiB`), rates (`100/m`).

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Why an amount cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// Not a duration.
    #[error("'{0}' is not a duration: write 250ms, 30s, 5m, 2h or 7d")]
    NotADuration(String),
    /// Not a size.
    #[error("'{0}' is not a size: write 64KiB, 32MiB or a number of bytes")]
    NotASize(String),
    /// Not a speed.
    #[error("'{0}' is not a speed: write 10x, 0.5x or max")]
    NotASpeed(String),
    /// Not an instant.
    #[error("'{0}' is not a time: write 2026-01-02T03:04:05Z, Unix seconds or '10m ago'")]
    NotAnInstant(String),
}

/// Reads a duration. A bare number is refused, since its unit would be a guess; `0` is plain.
pub fn parse_duration(text: &str) -> Result<Duration, QuantityError> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    if text.starts_with(|c: char| c.is_ascii_digit())
        && let Ok(duration) = humantime::parse_duration(text)
    {
        return Ok(duration);
    }
    Err(QuantityError::NotADuration(text.to_owned()))
}

/// Writes a duration in its largest two units: `1h 30m`, `250ms`, `1.2s` under a minute.
pub fn show_duration(duration: Duration) -> String {
    let micros = duration.as_micros();
    match micros {
        0 => "0s".to_owned(),
        1..1_000 => format!("{micros}µs"),
        1_000..10_000 => format!("{:.1}ms", duration.as_secs_f64() * 1e3),
        10_000..1_000_000 => format!("{}ms", duration.as_millis()),
        1_000_000..60_000_000 if duration.subsec_millis() >= 50 => format!("{:.1}s", duration.as_secs_f64()),
        _ => {
            let seconds = duration.as_secs();
            let parts = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
            let mut rest = seconds;
            let mut words = Vec::new();
            for (size, unit) in parts {
                if rest >= size && words.len() < 2 {
                    words.push(format!("{}{unit}", rest / size));
                    rest %= size;
                }
            }
            words.join(" ")
        }
    }
}

/// A percentage with its sign, or a bare fraction: `10%`, `0.1`.
pub fn fraction(text: &str) -> Option<f64> {
    let value = match text.strip_suffix('%') {
        Some(percent) => percent.parse::<f64>().ok()? / 100.0,
        None => text.parse::<f64>().ok()?,
    };
    (0.0..=1.0).contains(&value).then_some(value)
}

/// How much faster than life something goes: `10x`, `0.5x`, or `max`, which waits for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum Speed {
    /// So many times.
    Times(f64),
    /// Without any wait.
    Max,
}

impl Speed {
    /// As in life.
    pub const LIFE: Self = Self::Times(1.0);

    /// How many times as fast as life; `None` without any wait.
    pub fn times(self) -> Option<f64> {
        match self {
            Self::Times(times) => Some(times),
            Self::Max => None,
        }
    }

    /// How long a wait takes at this speed.
    pub fn scale(self, wait: Duration) -> Duration {
        match self {
            Self::Times(times) => Duration::try_from_secs_f64(wait.as_secs_f64() / times).unwrap_or(Duration::MAX),
            Self::Max => Duration::ZERO,
        }
    }

    /// The wait that takes so long at this speed; at [`Speed::Max`] there is none.
    pub fn unscale(self, scaled: Duration) -> Duration {
        match self {
            Self::Times(times) => Duration::try_from_secs_f64(scaled.as_secs_f64() * times).unwrap_or(Duration::MAX),
            Self::Max => Duration::ZERO,
        }
    }
}

impl FromStr for Speed {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let times = text.strip_suffix('x').and_then(|number| number.parse::<f64>().ok());
        // Slower than a thousandth of life is a slip of the pen; faster than this is max.
        times
            .filter(|times| (0.001..=1e9).contains(times))
            .map(Self::Times)
            .ok_or_else(|| QuantityError::NotASpeed(text.to_owned()))
    }
}

impl TryFrom<String> for Speed {
    type Error = QuantityError;

    fn try_from(text: String) -> Result<Self, QuantityError> {
        text.parse()
    }
}

impl From<Speed> for String {
    fn from(speed: Speed) -> Self {
        speed.to_string()
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Times(times) => write!(f, "{times}x"),
            Self::Max => f.write_str("max"),
        }
    }
}

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(pub u64);

impl FromStr for ByteSize {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let error = || QuantityError::NotASize(text.to_owned());
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let number: u64 = text[..digits].parse().map_err(|_| error())?;
        let factor = match text[digits..].trim().to_ascii_lowercase().as_str() {
            "" | "b" => 1,
            "kib" | "k" => 1 << 10,
            "mib" | "m" => 1 << 20,
            "gib" | "g" => 1 << 30,
            "kb" => 1_000,
            "mb" => 1_000_000,
            "gb" => 1_000_000_000,
            _ => return Err(error()),
        };
        number.checked_mul(factor).map(Self).ok_or_else(error)
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (size, unit) in [(1_u64 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")] {
            if self.0 >= size {
                #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
                let amount = self.0 as f64 / size as f64;
                return if self.0.is_multiple_of(size) {
                    write!(f, "{}{unit}", self.0 / size)
                } else {
                    write!(f, "{amount:.1}{unit}")
                };
            }
        }
        write!(f, "{}B", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_need_a_unit() {
        for (text, millis) in
            [("250ms", 250), ("30s", 30_000), ("5m", 300_000), ("2h", 7_200_000), ("0", 0), ("1h30m", 5_400_000)]
        {
            assert_eq!(parse_duration(text).expect(text).as_millis(), millis, "{text}");
        }
        for text in ["", "5", "-5s", "s", "5 parsecs", "99999999999999999999s"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_are_shown_shortly() {
        for (millis, text) in
            [(0, "0s"), (5, "5.0ms"), (250, "250ms"), (1_200, "1.2s"), (30_000, "30s"), (5_400_000, "1h 30m")]
        {
            assert_eq!(show_duration(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn speeds_read_write_and_scale() {
        for (text, millis) in [("10x", 6_000), ("0.5x", 120_000), ("max", 0), ("1x", 60_000)] {
            let speed: Speed = text.parse().expect(text);
            assert_eq!(speed.to_string(), text);
            let scaled = speed.scale(Duration::from_mins(1));
            assert_eq!(scaled.as_millis(), millis);
            assert!(speed == Speed::Max || speed.unscale(scaled) == Duration::from_mins(1));
        }
        for text in ["", "x", "10", "0x", "-1x", "NaNx", "infx", "1e99x"] {
            assert!(text.parse::<Speed>().is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_read_and_write() {
        for (text, bytes) in [("0", 0), ("100", 100), ("64KiB", 65_536), ("32MiB", 33_554_432), ("1 gb", 1_000_000_000)]
        {
            assert_eq!(text.parse::<ByteSize>().expect(text).0, bytes);
        }
        assert_eq!(ByteSize(33_554_432).to_string(), "32MiB");
        assert_eq!(ByteSize(1_536).to_string(), "1.5KiB");
        for text in ["", "x", "1TiBB", "-1", "99999999999999999999"] {
            assert!(text.parse::<ByteSize>().is_err(), "{text}");
        }
    }
}
