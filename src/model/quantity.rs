//! Amounts as people write them: durations (`250ms`, `5m`), sizes (`32MiB`), rates (`100/m`).

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Why an amount cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// Not a duration.
    #[error("'{0}' is not a duration: write 250ms, 30s, 5m, 2h or 7d")]
    NotADuration(String),
    /// Not a size.
    #[error("'{0}' is not a size: write 64KiB, 32MiB or a number of bytes")]
    NotASize(String),
    /// Not a rate.
    #[error("'{0}' is not a rate: write 500/s, 100/m or 20/h")]
    NotARate(String),
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

/// How often something happens: so many times in a second, a minute or an hour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    count: f64,
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Second,
    Minute,
    Hour,
}

impl Rate {
    /// So many times a second.
    pub fn per_second(self) -> f64 {
        let seconds = match self.unit {
            Unit::Second => 1.0,
            Unit::Minute => 60.0,
            Unit::Hour => 3_600.0,
        };
        self.count / seconds
    }

    /// A number that is meant in the unit of this rate.
    ///
    /// # Errors
    /// It is no number, or a negative one.
    pub fn in_its_unit(self, number: &str) -> Result<Self, QuantityError> {
        Ok(Self { count: rate_count(number).ok_or_else(|| QuantityError::NotARate(number.to_owned()))?, ..self })
    }
}

/// Plain decimal digits: neither a sign nor an exponent, neither infinite nor beyond what a machine does.
fn rate_count(text: &str) -> Option<f64> {
    let plain = text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    text.parse().ok().filter(|count: &f64| plain && *count <= 1e9)
}

impl FromStr for Rate {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let error = || QuantityError::NotARate(text.to_owned());
        let (count, unit) = text.split_once('/').ok_or_else(error)?;
        let unit = match unit {
            "s" => Unit::Second,
            "m" => Unit::Minute,
            "h" => Unit::Hour,
            _ => return Err(error()),
        };
        Ok(Self { count: rate_count(count).ok_or_else(error)?, unit })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            Unit::Second => "s",
            Unit::Minute => "m",
            Unit::Hour => "h",
        };
        write!(f, "{}/{unit}", self.count)
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
    fn rates_read_and_write() {
        for (text, per_second) in [("500/s", 500.0), ("0/s", 0.0), ("2.5/s", 2.5), ("120/m", 2.0), ("7200/h", 2.0)] {
            let rate: Rate = text.parse().expect(text);
            assert!((rate.per_second() - per_second).abs() < 1e-12, "{text}");
            assert_eq!(rate.to_string(), text);
        }
        for text in ["", "500", "/s", "-1/s", "1e3/s", "inf/s", "500/d", "5/s/s", ".5/s", "1..5/s", "9999999999/s"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
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
