//! What `--retry` says: when a delivery that was not accepted is tried again.
//!
//! `none` · `provider` · `exponential base=1s factor=2 max=5 jitter=10%` · `schedule 5s,30s,5m` · `fixed 10s max=3`.
//! `max` counts the tries after the first one.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::quantity::{QuantityError, fraction, parse_duration};

/// A plan for further attempts.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum RetryPolicy {
    /// One attempt and no more.
    None,
    /// As the provider documents it.
    Provider,
    /// Waits that grow by a factor.
    Exponential {
        /// The first wait.
        base: Duration,
        /// What each wait is multiplied by to give the next.
        factor: f64,
        /// How many further attempts.
        max: u32,
        /// By how much a wait may differ, as a fraction of it.
        jitter: f64,
    },
    /// Waits that are listed.
    Schedule {
        /// The waits before the second, third, … attempt.
        waits: Vec<Duration>,
        /// By how much a wait may differ, as a fraction of it.
        jitter: f64,
    },
    /// The same wait each time.
    Fixed {
        /// The wait.
        wait: Duration,
        /// How many further attempts.
        max: u32,
        /// By how much a wait may differ, as a fraction of it.
        jitter: f64,
    },
}

/// Why a plan cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RetryError {
    /// None of the forms.
    #[error(
        "'{0}' is no retry plan: write none, provider, 'exponential base=1s factor=2 max=5 jitter=10%', 'schedule 5s,30s,5m' or 'fixed 10s max=3'"
    )]
    Unknown(String),
    /// A setting that the form does not have.
    #[error("'{0}' is no setting of this retry plan")]
    Setting(String),
    /// A setting's value.
    #[error("'{0}' is out of range: {1}")]
    Range(String, &'static str),
    /// A duration.
    #[error(transparent)]
    Duration(#[from] QuantityError),
}

/// No provider tries longer, and no wait may overflow a clock.
const LONGEST_WAIT: Duration = Duration::from_hours(24 * 30);

/// More attempts at one delivery are a load test.
pub const MOST_RETRIES: u32 = 1_000;

impl RetryPolicy {
    /// The wait before the n-th further attempt (from 0), before any jitter; `None`: there is none. A provider's own plan
    /// is not known here.
    pub fn wait(&self, n: u32) -> Option<Duration> {
        match self {
            Self::None | Self::Provider => None,
            Self::Exponential { base, factor, max, .. } => (n < *max).then(|| {
                let seconds = base.as_secs_f64() * factor.powi(i32::try_from(n).unwrap_or(i32::MAX));
                if seconds.is_finite() && seconds < LONGEST_WAIT.as_secs_f64() {
                    Duration::from_secs_f64(seconds)
                } else {
                    LONGEST_WAIT
                }
            }),
            Self::Schedule { waits, .. } => waits.get(usize::try_from(n).unwrap_or(usize::MAX)).copied(),
            Self::Fixed { wait, max, .. } => (n < *max).then_some(*wait),
        }
    }

    /// How many further attempts there are at most. A provider's own plan is not known here.
    pub fn retries(&self) -> u32 {
        match self {
            Self::None | Self::Provider => 0,
            Self::Exponential { max, .. } | Self::Fixed { max, .. } => *max,
            Self::Schedule { waits, .. } => u32::try_from(waits.len()).unwrap_or(u32::MAX),
        }
    }

    /// By how much a wait may differ, as a fraction of it.
    pub fn jitter(&self) -> f64 {
        match self {
            Self::None | Self::Provider => 0.0,
            Self::Exponential { jitter, .. } | Self::Schedule { jitter, .. } | Self::Fixed { jitter, .. } => *jitter,
        }
    }
}

impl FromStr for RetryPolicy {
    type Err = RetryError;

    fn from_str(text: &str) -> Result<Self, RetryError> {
        let unknown = || RetryError::Unknown(text.to_owned());
        let mut words = text.split_whitespace();
        let form = words.next().ok_or_else(unknown)?;
        let (mut base, mut factor, mut max, mut jitter) = (Duration::from_secs(1), 2.0, 5, 0.0);
        let mut plain = Vec::new();
        for word in words {
            let Some((name, value)) = word.split_once('=') else {
                plain.push(word);
                continue;
            };
            let range = |what| RetryError::Range(word.to_owned(), what);
            match (form, name) {
                ("exponential", "base") => base = wait(value)?,
                ("exponential", "factor") => {
                    let number = value.parse::<f64>().ok().filter(|f| (1.0..=100.0).contains(f));
                    factor = number.ok_or_else(|| range("from 1 to 100"))?;
                }
                ("exponential" | "fixed", "max") => {
                    let number = value.parse::<u32>().ok().filter(|n| *n <= MOST_RETRIES);
                    max = number.ok_or_else(|| range("from 0 to 1000"))?;
                }
                ("exponential" | "fixed" | "schedule", "jitter") => {
                    jitter = fraction(value).ok_or_else(|| range("from 0% to 100%"))?;
                }
                _ => return Err(RetryError::Setting(word.to_owned())),
            }
        }
        match (form, plain.as_slice()) {
            ("none", []) => Ok(Self::None),
            ("provider", []) => Ok(Self::Provider),
            ("exponential", []) => Ok(Self::Exponential { base, factor, max, jitter }),
            ("schedule", [list]) => {
                let waits = list.split(',').map(wait).collect::<Result<Vec<_>, _>>()?;
                if waits.len() > MOST_RETRIES as usize {
                    return Err(RetryError::Range(form.to_owned(), "at most 1000 waits"));
                }
                Ok(Self::Schedule { waits, jitter })
            }
            ("fixed", [one]) => Ok(Self::Fixed { wait: wait(one)?, max, jitter }),
            _ => Err(unknown()),
        }
    }
}

impl TryFrom<String> for RetryPolicy {
    type Error = RetryError;

    fn try_from(text: String) -> Result<Self, RetryError> {
        text.parse()
    }
}

impl From<RetryPolicy> for String {
    fn from(policy: RetryPolicy) -> Self {
        policy.to_string()
    }
}

fn wait(text: &str) -> Result<Duration, RetryError> {
    let duration = parse_duration(text)?;
    if duration > LONGEST_WAIT {
        return Err(RetryError::Range(text.to_owned(), "at most 30 days"));
    }
    Ok(duration)
}

impl fmt::Display for RetryPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Exact, unlike what is shown elsewhere: a plan that is kept must come back as it was.
        let plain = |duration: &Duration| humantime::format_duration(*duration).to_string().replace(' ', "");
        let jitter = self.jitter();
        match self {
            Self::None => return f.write_str("none"),
            Self::Provider => return f.write_str("provider"),
            Self::Exponential { base, factor, max, .. } => {
                write!(f, "exponential base={} factor={factor} max={max}", plain(base))?;
            }
            Self::Schedule { waits, .. } => {
                let waits: Vec<String> = waits.iter().map(plain).collect();
                write!(f, "schedule {}", waits.join(","))?;
            }
            Self::Fixed { wait, max, .. } => write!(f, "fixed {} max={max}", plain(wait))?,
        }
        if jitter > 0.0 { write!(f, " jitter={}%", jitter * 100.0) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_read_and_write_alike() {
        for text in [
            "none",
            "provider",
            "exponential base=1s factor=2 max=5",
            "exponential base=250ms factor=1.5 max=0 jitter=10%",
            "schedule 5s,30s,5m",
            "fixed 1s200ms max=2",
            "schedule 0s jitter=20%",
            "fixed 10s max=3",
        ] {
            let plan: RetryPolicy = text.parse().expect(text);
            assert_eq!(plan.to_string(), text);
        }
        assert_eq!(
            "exponential".parse::<RetryPolicy>().expect("defaults").to_string(),
            "exponential base=1s factor=2 max=5"
        );
        let half = "fixed 1s jitter=0.5".parse::<RetryPolicy>().expect("a fraction");
        assert_eq!(half, "fixed 1s jitter=50%".parse().expect("a percentage"));
    }

    #[test]
    fn wrong_plans_are_refused() {
        for text in [
            "",
            "sometimes",
            "schedule",
            "schedule 5",
            "schedule 5s,,1s",
            "fixed",
            "fixed 1s 2s",
            "fixed 1s factor=2",
            "exponential base=x",
            "exponential factor=0",
            "exponential factor=NaN",
            "exponential max=-1",
            "exponential max=1001",
            "exponential jitter=200%",
            "provider max=3",
            "fixed 365d",
        ] {
            assert!(text.parse::<RetryPolicy>().is_err(), "{text}");
        }
    }

    #[test]
    fn waits_grow_and_end() {
        let plan: RetryPolicy = "exponential base=1s factor=2 max=3".parse().expect("a plan");
        let waits: Vec<_> = (0..4).map(|n| plan.wait(n).map(|w| w.as_secs())).collect();
        assert_eq!(waits, [Some(1), Some(2), Some(4), None]);
        let huge: RetryPolicy = "exponential base=1h factor=100 max=1000".parse().expect("a plan");
        assert_eq!(huge.wait(999), Some(LONGEST_WAIT));
    }
}
