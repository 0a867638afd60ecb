//! Which deliveries are meant, in one to three words: `stripe`, `stripe invoice.*`, `/hooks/*`, `* push /hooks/*`.
//!
//! A word that begins with a slash is the path, without its query. The first of the others is the provider, the second the
//! event. Each is a glob in which `*` stands for any characters.

use std::fmt;
use std::str::FromStr;

use super::Summary;
use crate::text::matches_glob;

/// A pattern of provider, event and path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// The provider; without it any, also none.
    pub provider: Option<String>,
    /// The event type.
    pub event: Option<String>,
    /// The path of the request.
    pub path: Option<String>,
}

/// Why a pattern cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// No word.
    #[error("there is nothing before '=>': write a provider, a provider and an event, or a path")]
    Empty,
    /// A word too many.
    #[error("'{0}' is one word too many: a provider, an event and a /path are all there can be")]
    TooMany(String),
}

impl Pattern {
    /// Whether a delivery fits.
    pub fn fits(&self, provider: Option<&str>, event: Option<&str>, target: &str) -> bool {
        let holds = |glob: &Option<String>, value: Option<&str>| match (glob, value) {
            (None, _) => true,
            (Some(glob), Some(value)) => matches_glob(glob, value),
            (Some(glob), None) => glob == "*",
        };
        let path = target.split_once('?').map_or(target, |(path, _)| path);
        holds(&self.provider, provider) && holds(&self.event, event) && holds(&self.path, Some(path))
    }

    /// Whether a recorded delivery fits.
    pub fn fits_summary(&self, summary: &Summary) -> bool {
        self.fits(summary.provider.as_deref(), summary.event_type.as_deref(), &summary.target)
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let mut pattern = Self { provider: None, event: None, path: None };
        for word in text.split_whitespace() {
            let place = match (word.starts_with('/'), &pattern.provider) {
                (true, _) => &mut pattern.path,
                (false, None) => &mut pattern.provider,
                (false, Some(_)) => &mut pattern.event,
            };
            if place.replace(word.to_owned()).is_some() {
                return Err(PatternError::TooMany(word.to_owned()));
            }
        }
        if pattern.provider.is_none() && pattern.path.is_none() { Err(PatternError::Empty) } else { Ok(pattern) }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> =
            [&self.provider, &self.event, &self.path].into_iter().flatten().map(String::as_str).collect();
        f.write_str(&words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_read_and_write_alike() {
        for text in ["stripe", "stripe invoice.*", "/hooks/*", "* push /hooks/*", "git* /x"] {
            let pattern: Pattern = text.parse().expect(text);
            assert_eq!(pattern.to_string(), text);
        }
        assert_eq!("/x stripe".parse(), "stripe /x".parse::<Pattern>());
        assert_eq!(" ".parse::<Pattern>(), Err(PatternError::Empty));
        assert_eq!("a b c".parse::<Pattern>(), Err(PatternError::TooMany("c".into())));
        assert_eq!("/a /b".parse::<Pattern>(), Err(PatternError::TooMany("/b".into())));
    }

    #[test]
    fn every_word_must_fit() {
        let fits =
            |text: &str, provider, event, target| text.parse::<Pattern>().expect(text).fits(provider, event, target);
        let (stripe, paid) = (Some("stripe"), Some("invoice.paid"));
        assert!(fits("stripe", stripe, paid, "/"));
        assert!(fits("stripe", stripe, None, "/"));
        assert!(fits("stripe invoice.*", stripe, paid, "/"));
        assert!(!fits("stripe invoice.*", stripe, None, "/"));
        assert!(!fits("stripe invoice.*", Some("svix"), paid, "/"));
        assert!(fits("* *", None, None, "/"));
        assert!(fits("/hooks/*", None, None, "/hooks/a?b=/c"));
        assert!(!fits("/hooks/*", None, None, "/?/hooks/a"));
    }
}
