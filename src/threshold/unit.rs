//! The values that thresholds compare with: `250ms`, `1%`, `480/s`, `0`.

/// What a number counts, and how it is written. Its base is what numbers are given in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A duration; base: milliseconds.
    Duration,
    /// A part of a whole; base: a fraction from 0 to 1.
    Share,
    /// So many in a time; base: a second.
    Rate,
    /// A number of things.
    Count,
}

/// Units of time and their milliseconds, the largest first. Days are read but not written.
const DURATIONS: [(&str, f64); 9] = [
    ("d", 86_400_000.0),
    ("h", 3_600_000.0),
    ("m", 60_000.0),
    ("s", 1_000.0),
    ("ms", 1.0),
    ("us", 1e-3),
    ("µs", 1e-3),
    ("μs", 1e-3),
    ("ns", 1e-6),
];

/// Rates and their seconds.
const RATES: [(&str, f64); 3] = [("/s", 1.0), ("/m", 60.0), ("/h", 3_600.0)];

impl Unit {
    /// What values of this unit look like.
    pub fn wanted(self) -> &'static str {
        match self {
            Self::Duration => "a duration: 250ms, 1.5s, 2m",
            Self::Share => "a share: 1% or 0.01",
            Self::Rate => "a rate: 480/s or 100/m",
            Self::Count => "a whole number",
        }
    }

    /// Reads a value, in the base of the unit.
    pub fn parse(self, text: &str) -> Option<f64> {
        let text = text.trim();
        let value = match self {
            Self::Duration if text == "0" => 0.0,
            Self::Duration => {
                let (number, unit) = split(text)?;
                number * DURATIONS.iter().find(|(name, _)| *name == unit)?.1
            }
            Self::Share => match split(text)? {
                (percent, "%") => percent / 100.0,
                (fraction, "") => fraction,
                _ => return None,
            },
            Self::Rate => {
                let (number, unit) = split(text)?;
                number / RATES.iter().find(|(name, _)| *name == unit)?.1
            }
            #[expect(clippy::cast_precision_loss, reason = "nothing that is counted here comes near 2^53")]
            Self::Count => text.parse::<u64>().ok()? as f64,
        };
        // More than the whole is a percentage without its sign.
        (value.is_finite() && !(self == Self::Share && value > 1.0)).then_some(value)
    }

    /// Writes a value so that [`Unit::parse`] reads the same number.
    pub fn written(self, value: f64) -> String {
        match self {
            Self::Duration => {
                let whole = DURATIONS[1..4].iter().find(|(_, millis)| value >= *millis && value % millis == 0.0);
                let (unit, millis) = whole.copied().unwrap_or(("ms", 1.0));
                if value == 0.0 { "0".to_owned() } else { format!("{}{unit}", value / millis) }
            }
            Self::Share => {
                let percent = tidy(value * 100.0);
                if same(percent / 100.0, value) { format!("{percent}%") } else { value.to_string() }
            }
            Self::Rate => {
                // Few places behind the point are easier to take in than another unit.
                if same((value * 1e3).round() / 1e3, value) {
                    return format!("{value}/s");
                }
                let whole = RATES.iter().find(|(_, seconds)| {
                    let number = (value * seconds).round();
                    same(number / seconds, value)
                });
                whole.map_or_else(
                    || format!("{value}/s"),
                    |(unit, seconds)| format!("{}{unit}", (value * seconds).round()),
                )
            }
            Self::Count => value.to_string(),
        }
    }

    /// Writes a measured value for people, in a few digits.
    pub fn shown(self, value: f64) -> String {
        match self {
            Self::Duration => millis(value),
            Self::Share => format!("{}%", digits(value * 100.0)),
            Self::Rate => format!("{}/s", digits(value)),
            Self::Count if value.fract() == 0.0 => format!("{value}"),
            Self::Count => digits(value),
        }
    }
}

/// Milliseconds for people: `81µs`, `12.3ms`, `1.23s`, `2m 5s`.
fn millis(value: f64) -> String {
    let size = value.abs();
    if size >= 60_000.0 {
        let seconds = (value / 1_000.0).round();
        let (minutes, rest) = ((seconds / 60.0).trunc(), seconds % 60.0);
        if minutes.abs() >= 60.0 {
            return format!("{}h {}m", (minutes / 60.0).trunc(), (minutes % 60.0).abs());
        }
        return format!("{minutes}m {}s", rest.abs());
    }
    match size {
        1_000.0.. => format!("{}s", digits(value / 1_000.0)),
        // What is shown in three digits must not come out as a thousand of the smaller unit.
        0.9995.. => format!("{}ms", digits(value)),
        _ if size > 0.0 => format!("{}µs", digits(value * 1_000.0)),
        _ => "0ms".to_owned(),
    }
}

/// A number in about three digits, without zeros behind the point that say nothing.
fn digits(value: f64) -> String {
    let decimals = match value.abs() {
        100.0.. => 0,
        10.0..100.0 => 1,
        1.0..10.0 => 2,
        _ => 3,
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A number and what stands behind it.
fn split(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    // Rust also reads '.5' and '5.'.
    if number.starts_with('.') || number.ends_with('.') {
        return None;
    }
    Some((number.parse().ok()?, unit.trim()))
}

/// Without what arithmetic left in the last places.
fn tidy(value: f64) -> f64 {
    (value * 1e9).round() / 1e9
}

fn same(one: f64, other: f64) -> bool {
    one.to_bits() == other.to_bits()
}
