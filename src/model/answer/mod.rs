//! What `--respond` says: how deliveries are answered, so that people who build senders can test theirs.
//!
//! ```text
//! 200                                      one answer for all
//! 503 after 2s                             late
//! 429 header 'Retry-After: 2' body 'slow down'
//! 500,500,200      503 x5,200              one after another; the last one stays
//! 200:90%,500:8%,timeout:2%                a mix
//! reset · close · timeout · 200 cut · 200 slow 10s · 200 length +5
//! stripe invoice.* => 500,200              for these deliveries only
//! ```
//!
//! Reading and writing invert each other. What each of them does on the wire is in `receive/answer.rs`.

mod read;
mod words;
mod write;

use std::time::Duration;

use super::pattern::Pattern;

/// How some deliveries are answered, or all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Which ones; all, if nothing is said.
    pub pattern: Option<Pattern>,
    /// How.
    pub plan: AnswerPlan,
}

/// Which of several answers is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerPlan {
    /// One after another; the last one stays. Never empty.
    Sequence(Vec<ScriptedAnswer>),
    /// By chance, each with its share. Shares make 100% together.
    Mix(Vec<(ScriptedAnswer, Share)>),
}

impl AnswerPlan {
    /// Every answer that it may give.
    pub fn answers(&self) -> impl Iterator<Item = &ScriptedAnswer> {
        let (sequence, mix): (&[ScriptedAnswer], &[(ScriptedAnswer, Share)]) = match self {
            Self::Sequence(answers) => (answers, &[]),
            Self::Mix(answers) => (&[], answers),
        };
        sequence.iter().chain(mix.iter().map(|(answer, _)| answer))
    }

    /// The same, to be changed.
    pub fn answers_mut(&mut self) -> impl Iterator<Item = &mut ScriptedAnswer> {
        let (sequence, mix): (&mut [ScriptedAnswer], &mut [(ScriptedAnswer, Share)]) = match self {
            Self::Sequence(answers) => (answers, &mut []),
            Self::Mix(answers) => (&mut [], answers),
        };
        sequence.iter_mut().chain(mix.iter_mut().map(|(answer, _)| answer))
    }
}

/// A share of a mix, in thousandths of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share(pub u32);

impl Share {
    /// All of it.
    pub const WHOLE: u32 = 100_000;
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptedAnswer {
    /// What happens.
    pub act: Act,
    /// How long after the delivery is recorded.
    pub after: Option<Duration>,
}

/// What happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// An answer, maybe a broken one.
    Reply(Reply),
    /// The connection is reset.
    Reset,
    /// The connection is closed without an answer.
    Close,
    /// Nothing, until the sender has had enough.
    Timeout,
}

/// An answer of HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// From 200 to 999.
    pub status: u16,
    /// Names and values, as they are sent.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<ReplyBody>,
    /// What is wrong with it.
    pub fault: Option<Fault>,
}

/// Where a body comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyBody {
    /// From here.
    Text(String),
    /// From this file, `@` not included.
    File(String),
}

/// What is wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The body takes this long.
    Slow(Duration),
    /// The body ends in the middle, and the connection with it.
    Cut,
    /// The length that is announced differs from the real one by so much.
    Length(i64),
}

/// Longer waits than any provider has, and short enough to end some day.
pub const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// Answers in one plan.
pub const MOST_ANSWERS: usize = 1_000;

/// Why an answer cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// Nothing is there.
    #[error("an answer is missing in '{0}'")]
    Missing(String),
    /// Not a status, and none of the words.
    #[error("'{0}' is no answer: write a status from 200 to 999, timeout, reset or close")]
    NoAnswer(String),
    /// A word that has no meaning there.
    #[error("'{word}' has no place in the answer '{answer}'; it may have {may}")]
    Word {
        /// The word.
        word: String,
        /// What came before it.
        answer: String,
        /// What may come.
        may: &'static str,
    },
    /// Something needs more.
    #[error("'{word}' needs {what}")]
    Needs {
        /// The word.
        word: &'static str,
        /// What it needs.
        what: &'static str,
    },
    /// The same twice, or two faults.
    #[error("'{0}' contradicts what comes before it")]
    Twice(String),
    /// Not a duration, or too long a one.
    #[error("'{0}' is not a duration up to an hour: write 250ms, 2s or 5m")]
    Duration(String),
    /// Not a header.
    #[error("'{0}' is not a header: write header 'Name: value'")]
    Header(String),
    /// A header that frames the answer.
    #[error("'{0}' frames the answer and is hookctl's own; 'length +5' announces a wrong length")]
    Framing(String),
    /// A body where HTTP has none.
    #[error("an answer {0} has no body")]
    Bodiless(u16),
    /// A quote without its end, or text behind it.
    #[error("'{0}' is not closed, or goes on behind its end")]
    Quote(String),
    /// Shares that do not make a whole.
    #[error("the shares make {0}, not 100%")]
    Shares(String),
    /// Some answers have a share and some have none.
    #[error("either every answer has a share or none; '{0}' has none")]
    Shareless(String),
    /// Not a share.
    #[error("'{0}' is not a share: write 90% or 0.9")]
    Share(String),
    /// Too many.
    #[error("there are more than {MOST_ANSWERS} answers")]
    TooMany,
    /// What is before `=>`.
    #[error(transparent)]
    Pattern(#[from] super::pattern::PatternError),
}

#[cfg(test)]
mod tests;
