//! Forwards behind an answer: what was promised to a sender, and is to be passed on to a target yet.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::{NewAttempt, Timestamp};

/// In which order deliveries go to a target that is forwarded to behind the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ForwardOrder {
    /// All in the order in which they came.
    Strict,
    /// Those with the same value of this jq filter in the order in which they came.
    PerKey(String),
    /// As it comes.
    None,
}

/// A text is no order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no order: write strict, none or 'per-key .body.customer'")]
pub struct OrderError(pub String);

impl FromStr for ForwardOrder {
    type Err = OrderError;

    fn from_str(text: &str) -> Result<Self, OrderError> {
        match text.trim().split_once(char::is_whitespace) {
            Some(("per-key", filter)) if !filter.trim().is_empty() => Ok(Self::PerKey(filter.trim().to_owned())),
            None if text.trim() == "strict" => Ok(Self::Strict),
            None if text.trim() == "none" => Ok(Self::None),
            _ => Err(OrderError(text.to_owned())),
        }
    }
}

impl fmt::Display for ForwardOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Strict => f.write_str("strict"),
            Self::PerKey(filter) => write!(f, "per-key {filter}"),
            Self::None => f.write_str("none"),
        }
    }
}

/// A forward to be recorded together with its delivery.
#[derive(Debug, Clone)]
pub struct NewForward {
    /// The target, as it was configured.
    pub target: String,
    /// What must stay in order; `None`: nothing.
    pub lane: Option<i64>,
    /// Which route led there, and why.
    pub route: Option<Arc<str>>,
}

/// A forward that is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingForward {
    /// The number of the delivery.
    pub number: i64,
    /// What must stay in order; `None`: nothing.
    pub lane: Option<i64>,
    /// Which route led there, and why.
    pub route: Option<String>,
    /// Attempts that were made.
    pub attempts: u32,
    /// Of these, those that reached the target.
    pub reached: u32,
    /// When the next one is due.
    pub due_at: Timestamp,
    /// When the last one was made.
    pub tried_at: Option<Timestamp>,
}

/// What follows an attempt at a forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForwardSequel {
    /// Nothing: it was accepted.
    Done,
    /// Nothing: it is a dead letter.
    Dead,
    /// Another attempt, not before this moment.
    At(Timestamp),
}

/// An attempt at a forward, with what follows from it.
#[derive(Debug, Clone)]
pub struct ForwardAttempt {
    /// The target, as it was configured.
    pub target: String,
    /// Which route led there, and why.
    pub route: Option<String>,
    /// What happened.
    pub attempt: NewAttempt,
    /// How many attempts reached the target, this one included.
    pub reached: u32,
    /// What follows.
    pub sequel: ForwardSequel,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_read_and_write_alike() {
        for text in ["strict", "none", "per-key .body.customer", "per-key .headers[\"x-shop\"]"] {
            let order: ForwardOrder = text.parse().expect(text);
            assert_eq!(order.to_string(), text);
        }
        for text in ["", "per-key", "per-key ", "random", "strict .x"] {
            assert!(text.parse::<ForwardOrder>().is_err(), "{text}");
        }
    }
}
