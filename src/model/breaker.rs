//! What `--breaker` says: when an endpoint that fails is left alone.
//!
//! `off`, or `failures=5 cooldown=30s probes=10`, of which each may be left out.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::quantity::{QuantityError, parse_duration};

/// A plan for endpoints that fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum BreakerPolicy {
    /// They are tried as if nothing was.
    Off,
    /// They are left alone for a while, then tried with one delivery.
    On {
        /// After so many failures in a row.
        failures: u32,
        /// For so long.
        cooldown: Duration,
        /// How many such tries may fail before the endpoint is given up.
        probes: u32,
    },
}

impl BreakerPolicy {
    /// Five in a row are no accident; half a minute is enough for a restart; five minutes of tries are enough of them.
    pub const USUAL: Self = Self::On { failures: 5, cooldown: Duration::from_secs(30), probes: 10 };
}

/// Why a plan cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BreakerError {
    /// None of the settings.
    #[error("'{0}' is no setting of a breaker: write off, or 'failures=5 cooldown=30s probes=10'")]
    Unknown(String),
    /// A number.
    #[error("'{0}' is out of range: {1}")]
    Range(String, &'static str),
    /// A duration.
    #[error(transparent)]
    Duration(#[from] QuantityError),
}

impl FromStr for BreakerPolicy {
    type Err = BreakerError;

    fn from_str(text: &str) -> Result<Self, BreakerError> {
        if text == "off" {
            return Ok(Self::Off);
        }
        let Self::On { mut failures, mut cooldown, mut probes } = Self::USUAL else { unreachable!("it is on") };
        let unknown = |word: &str| BreakerError::Unknown(word.to_owned());
        if text.trim().is_empty() {
            return Err(unknown(text));
        }
        for word in text.split_whitespace() {
            let number = |value: &str, least, range| {
                let number = value.parse::<u32>().ok().filter(|n| (least..=1_000_000).contains(n));
                number.ok_or_else(|| BreakerError::Range(word.to_owned(), range))
            };
            match word.split_once('=') {
                Some(("failures", value)) => failures = number(value, 1, "from 1 to 1000000")?,
                Some(("probes", value)) => probes = number(value, 0, "from 0 to 1000000")?,
                Some(("cooldown", value)) => {
                    cooldown = parse_duration(value)?;
                    if cooldown > Duration::from_hours(24 * 30) {
                        return Err(BreakerError::Range(word.to_owned(), "at most 30 days"));
                    }
                }
                _ => return Err(unknown(word)),
            }
        }
        Ok(Self::On { failures, cooldown, probes })
    }
}

impl TryFrom<String> for BreakerPolicy {
    type Error = BreakerError;

    fn try_from(text: String) -> Result<Self, BreakerError> {
        text.parse()
    }
}

impl From<BreakerPolicy> for String {
    fn from(policy: BreakerPolicy) -> Self {
        policy.to_string()
    }
}

impl fmt::Display for BreakerPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::On { failures, cooldown, probes } => {
                let cooldown = humantime::format_duration(*cooldown).to_string().replace(' ', "");
                write!(f, "failures={failures} cooldown={cooldown} probes={probes}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_read_and_write_alike() {
        for (text, written) in [
            ("off", "off"),
            ("failures=3", "failures=3 cooldown=30s probes=10"),
            ("cooldown=250ms probes=0", "failures=5 cooldown=250ms probes=0"),
            ("failures=1 cooldown=1h30m probes=2", "failures=1 cooldown=1h30m probes=2"),
        ] {
            let plan: BreakerPolicy = text.parse().expect(text);
            assert_eq!(plan.to_string(), written);
            assert_eq!(written.parse(), Ok(plan));
        }
    }

    #[test]
    fn wrong_plans_are_refused() {
        for text in ["", "on", "failures=0", "failures=x", "cooldown=5", "cooldown=99d", "probes=-1", "tries=3"] {
            assert!(text.parse::<BreakerPolicy>().is_err(), "{text}");
        }
    }
}
