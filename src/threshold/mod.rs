//! Thresholds as people write them: `p99 < 250ms`, `error_rate <= 1%`, `status(5xx) == 0`, `p99{stripe/charge.refunded} < 300ms`,
//! `p99 <= baseline * 1.1`, `silence(stripe) > 1h`.
//!
//! One grammar for `load --assert`, `load --abort-on` and `listen --alert`: what is compared is looked up through
//! [`Numbers`], so nothing here knows where numbers come from. What was not measured holds no threshold: a run without an
//! answer does not pass `p99 < 250ms`.

mod metric;
mod parse;
mod unit;

use std::fmt;
use std::str::FromStr;

pub use metric::{EventSelector, Metric, Percentile, StatusClass, Subject, Timing};
pub use unit::Unit;

/// Where numbers are looked up: a report, a live snapshot, the last minutes of a listener.
pub trait Numbers {
    /// The number of a subject, in the base of its [`Unit`]. `None` if it was not measured.
    fn number(&self, subject: &Subject) -> Option<f64>;
}

/// Whose thresholds they are: what one can measure, another cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// `load --assert` and `--abort-on`.
    Load,
    /// `listen --alert`.
    Listen,
}

/// How the number is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
    /// `==`
    Equal,
    /// `!=`
    Unequal,
}

/// What it is compared with. Numbers are in the base of the subject's [`Unit`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// A fixed number.
    Fixed(f64),
    /// So many times what the baseline had.
    BaselineTimes(f64),
    /// What the baseline had and so much more (or less).
    BaselinePlus(f64),
}

/// A threshold: what, how, with what.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// What is looked at.
    pub subject: Subject,
    /// How.
    pub comparison: Comparison,
    /// With what.
    pub bound: Bound,
}

/// Why a text is no threshold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ThresholdError {
    /// Not of the form NAME COMPARISON VALUE.
    #[error("'{0}' is not a threshold: write 'p99 < 250ms', 'error_rate < 1%' or 'status(5xx) == 0'")]
    Form(String),
    /// Nothing of that name is measured.
    #[error("'{name}' is not measured{}", near.as_ref().map_or_else(|| format!("; there are {}", metric::NAMES), |near| format!(": did you mean '{near}'?")))]
    Unknown {
        /// What was asked for.
        name: String,
        /// The name most like it.
        near: Option<String>,
    },
    /// What stands in parentheses is not what the name takes.
    #[error("'{name}' takes {wanted}")]
    Argument {
        /// The name with what was given to it.
        name: String,
        /// For example.
        wanted: &'static str,
    },
    /// The value has not the form of its unit.
    #[error("'{value}' is not what '{subject}' is compared with: write {wanted}")]
    Value {
        /// What was given.
        value: String,
        /// What is compared.
        subject: String,
        /// The form of its values.
        wanted: &'static str,
    },
    /// The number is not counted by event type.
    #[error("'{0}' is not counted by event type")]
    NotByEvent(String),
    /// The number belongs to another command.
    #[error("'{name}' is not measured here, but by {by}")]
    Elsewhere {
        /// Its name.
        name: String,
        /// The command and flag.
        by: &'static str,
    },
}

/// What came of looking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// The number found, in the base of the subject's unit.
    pub actual: Option<f64>,
    /// What it was compared with; `None` where the baseline lacks it.
    pub bound: Option<f64>,
    /// Whether the comparison holds. What was not measured never holds.
    pub holds: bool,
}

impl Threshold {
    /// Whether this can be measured there at all.
    pub fn check(&self, scope: Scope) -> Result<(), ThresholdError> {
        let by = match (scope, self.subject.metric.is_of(Scope::Load), self.subject.metric.is_of(Scope::Listen)) {
            (Scope::Load, false, _) => "listen --alert",
            (Scope::Listen, _, false) => "load --assert",
            (Scope::Listen, ..) if self.needs_baseline() => "load --assert with --baseline",
            _ => return Ok(()),
        };
        Err(ThresholdError::Elsewhere { name: self.subject.to_string(), by })
    }

    /// Whether it compares with an earlier run.
    pub fn needs_baseline(&self) -> bool {
        !matches!(self.bound, Bound::Fixed(_))
    }

    /// Looks, and compares.
    pub fn evaluate(&self, numbers: &dyn Numbers, baseline: Option<&dyn Numbers>) -> Outcome {
        let actual = numbers.number(&self.subject);
        let before = || baseline.and_then(|baseline| baseline.number(&self.subject));
        let bound = match self.bound {
            Bound::Fixed(bound) => Some(bound),
            Bound::BaselineTimes(factor) => before().map(|before| before * factor),
            Bound::BaselinePlus(more) => before().map(|before| before + more),
        };
        let holds = actual.zip(bound).is_some_and(|(actual, bound)| self.comparison.holds(actual, bound));
        Outcome { actual, bound, holds }
    }

    /// A sentence on what was found: `p99 is 312ms, not < 250ms`.
    pub fn explain(&self, outcome: &Outcome) -> String {
        let unit = self.subject.metric.unit();
        let Some(actual) = outcome.actual else {
            return match &self.subject.event {
                Some(event) => format!("{} was not measured: nothing of {event} was", self.subject.metric),
                None => format!("{} was not measured", self.subject.metric),
            };
        };
        let found = format!("{} is {}", self.subject, unit.shown(actual));
        let Some(bound) = outcome.bound else {
            return format!("{found}; the baseline does not have it");
        };
        let of = if self.needs_baseline() { format!(" = {}", self.bound_text()) } else { String::new() };
        let wanted = format!("{} {}{of}", self.comparison, unit.shown(bound));
        if outcome.holds { format!("{found} ({wanted})") } else { format!("{found}, not {wanted}") }
    }

    fn bound_text(&self) -> String {
        let unit = self.subject.metric.unit();
        match self.bound {
            Bound::Fixed(bound) => unit.written(bound),
            Bound::BaselineTimes(1.0) => "baseline".to_owned(),
            Bound::BaselineTimes(factor) => format!("baseline * {factor}"),
            Bound::BaselinePlus(more) if more < 0.0 => format!("baseline - {}", unit.written(-more)),
            Bound::BaselinePlus(more) => format!("baseline + {}", unit.written(more)),
        }
    }
}

impl Comparison {
    #[expect(clippy::float_cmp, reason = "counts are whole numbers, and whoever asks for equality gets it")]
    fn holds(self, actual: f64, bound: f64) -> bool {
        match self {
            Self::Less => actual < bound,
            Self::AtMost => actual <= bound,
            Self::More => actual > bound,
            Self::AtLeast => actual >= bound,
            Self::Equal => actual == bound,
            Self::Unequal => actual != bound,
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
            Self::Equal => "==",
            Self::Unequal => "!=",
        })
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.subject, self.comparison, self.bound_text())
    }
}

impl FromStr for Threshold {
    type Err = ThresholdError;

    fn from_str(text: &str) -> Result<Self, ThresholdError> {
        parse::threshold(text)
    }
}

#[cfg(test)]
mod tests;
