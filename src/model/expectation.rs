//! What a script waits for: `stripe payment_intent.succeeded`, `stripe invoice.* x3`, `* * /hooks/*`.
//!
//! A pattern, and how many different deliveries must fit it.

use std::fmt;
use std::str::FromStr;

use super::pattern::{Pattern, PatternError};

/// Deliveries that are to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// Which ones.
    pub pattern: Pattern,
    /// How many; at least one.
    pub times: usize,
}

/// Why an expectation cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpectationError {
    /// Nothing is said.
    #[error("'{0}' says nothing to wait for: write a provider, a provider and an event, or a /path")]
    Empty(String),
    /// What the pattern says.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// None, or more than anybody waits for.
    #[error("'{0}' is no number of times from x1 to x1000000")]
    Times(String),
}

/// The digits of `x3`.
fn number(word: &str) -> Option<&str> {
    word.strip_prefix('x').filter(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// More is a load test.
const MOST: usize = 1_000_000;

impl FromStr for Expectation {
    type Err = ExpectationError;

    fn from_str(text: &str) -> Result<Self, ExpectationError> {
        let text = text.trim();
        let (pattern, times) = match text.rsplit_once(char::is_whitespace) {
            Some((pattern, last)) if let Some(times) = number(last) => {
                let times = times.parse().ok().filter(|times| (1..=MOST).contains(times));
                (pattern, times.ok_or_else(|| ExpectationError::Times(last.to_owned()))?)
            }
            _ => (text, 1),
        };
        match pattern.parse() {
            Ok(pattern) => Ok(Self { pattern, times }),
            Err(PatternError::Empty) => Err(ExpectationError::Empty(text.to_owned())),
            Err(error) => Err(error.into()),
        }
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pattern.fmt(f)?;
        if self.times > 1 { write!(f, " x{}", self.times) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expectations_read_and_write_alike() {
        for (text, times) in [
            ("stripe payment_intent.succeeded", 1),
            ("stripe invoice.* x3", 3),
            ("/hooks/*", 1),
            ("github x12", 12),
            ("x", 1),
        ] {
            let expectation: Expectation = text.parse().expect(text);
            assert_eq!((expectation.to_string().as_str(), expectation.times), (text, times));
        }
        assert_eq!("stripe x1".parse::<Expectation>().expect("good").to_string(), "stripe");
        for (text, says) in [
            ("", "says nothing"),
            ("stripe x0", "'x0' is no number of times"),
            ("stripe x99999999", "'x99999999' is no number of times"),
            ("a b c", "'c' is one word too many"),
        ] {
            let error = text.parse::<Expectation>().expect_err(text).to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
