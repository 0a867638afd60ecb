//! What can be wrong with a filter: when it is read, with the place, and when it runs.

use std::fmt;

use jaq_core::compile::Undefined;
use jaq_core::load;
use jaq_json::Val;

use crate::text::nearest;

/// Why a text is no filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JqError {
    /// Longer than any filter.
    #[error("the filter is longer than {limit} bytes")]
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// More brackets within brackets than any filter needs.
    #[error("the filter has more than {limit} brackets within each other")]
    TooNested {
        /// The limit.
        limit: usize,
    },
    /// Something else should stand there.
    #[error("the filter is wrong at {place}: {expected} was expected\n{mark}", mark = place.mark())]
    Syntax {
        /// Where.
        place: Place,
        /// What should stand there.
        expected: String,
    },
    /// A name that means nothing.
    #[error("the filter is wrong at {place}: there is no {kind} '{name}'\n{mark}", mark = place.mark())]
    Unknown {
        /// Where.
        place: Place,
        /// `filter`, `variable` and so on.
        kind: &'static str,
        /// The name, with the number of its arguments if it has any.
        name: String,
        /// Names that may be meant.
        near: Vec<String>,
    },
    /// jq has it, and here it is left out.
    #[error("the filter is wrong at {place}: '{name}' is not available here\n{mark}", mark = place.mark())]
    LeftOut {
        /// Where.
        place: Place,
        /// The name.
        name: String,
    },
}

/// A place in a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    line: usize,
    column: usize,
    text: String,
}

impl Place {
    /// The place of `part` in `whole`; its end, if it is no part of it.
    fn of(whole: &str, part: &str) -> Self {
        let at = part.as_ptr().addr().wrapping_sub(whole.as_ptr().addr());
        let at = if at <= whole.len() && whole.is_char_boundary(at) { at } else { whole.len() };
        let start = whole[..at].rfind('\n').map_or(0, |at| at + 1);
        let end = whole[at..].find('\n').map_or(whole.len(), |length| at + length);
        Self {
            line: whole[..at].matches('\n').count() + 1,
            column: whole[start..at].chars().count() + 1,
            text: whole[start..end].to_owned(),
        }
    }

    /// The line, and below it what points at the place.
    fn mark(&self) -> String {
        format!("  {}\n  {:>width$}", self.text, '^', width = self.column)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 1 {
            write!(f, "line {}, column {}", self.line, self.column)
        } else {
            write!(f, "column {}", self.column)
        }
    }
}

impl JqError {
    /// From the errors of the reader, of which the first one counts.
    pub(super) fn of_load(text: &str, errors: load::Errors<&str, ()>) -> Self {
        let syntax = |part: &str, expected: &str| Self::Syntax {
            place: Place::of(text, part),
            expected: match expected {
                "nothing" => "the end of the filter".to_owned(),
                noun => format!("{}{noun}", article(noun)),
            },
        };
        match errors.into_iter().next().map(|(_, error)| error) {
            Some(load::Error::Lex(errors)) => match errors.first() {
                Some((expected, part)) => syntax(part, expected.as_str()),
                None => syntax("", "filter"),
            },
            Some(load::Error::Parse(errors)) => match errors.first() {
                Some((expected, part)) => syntax(part, expected.as_str()),
                None => syntax("", "filter"),
            },
            Some(load::Error::Io(modules)) => {
                let part = modules.first().map_or("", |(path, _)| path);
                Self::LeftOut { place: Place::of(text, part), name: "modules".to_owned() }
            }
            None => syntax("", "filter"),
        }
    }

    /// From the errors of the compiler, of which the first one counts.
    pub(super) fn of_compile(
        text: &str,
        errors: jaq_core::compile::Errors<&str, ()>,
        names: impl FnOnce() -> Vec<String>,
    ) -> Self {
        /// What jq and jaq know, and we do not.
        const KNOWN_ELSEWHERE: [&str; 11] = [
            "env",
            "$ENV",
            "input",
            "inputs",
            "halt",
            "halt_error",
            "debug",
            "stderr",
            "input_filename",
            "input_line_number",
            "$__loc__",
        ];
        let first = errors.into_iter().flat_map(|(_, errors)| errors).next();
        let Some((part, what)) = first else {
            return Self::Syntax { place: Place::of(text, ""), expected: "a filter".to_owned() };
        };
        let place = Place::of(text, part);
        if KNOWN_ELSEWHERE.contains(&part) {
            return Self::LeftOut { place, name: part.to_owned() };
        }
        let (name, near) = match what {
            Undefined::Filter(arity) => {
                let names = names();
                let near = nearest(part, names.iter().map(String::as_str)).into_iter().map(str::to_owned).collect();
                // jq's own way of telling functions of one name apart.
                (if arity > 0 { format!("{part}/{arity}") } else { part.to_owned() }, near)
            }
            _ => (part.to_owned(), Vec::new()),
        };
        Self::Unknown { place, kind: what.as_str(), name, near }
    }
}

fn article(noun: &str) -> &'static str {
    match noun.bytes().next() {
        Some(b'a' | b'e' | b'i' | b'o') => "an ",
        Some(first) if first.is_ascii_alphanumeric() => "a ",
        _ => "",
    }
}

/// Why a filter says nothing about a delivery.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JqFailure {
    /// An error of the filter itself: text divided by a number, say.
    #[error("{0}")]
    Error(String),
    /// It did not come to an end.
    #[error("it takes too long")]
    TooLong,
    /// It calls itself too often.
    #[error("it goes too deep")]
    TooDeep,
}

impl JqFailure {
    pub(super) fn of(error: &jaq_json::Error) -> Self {
        Self::Error(clipped(&error.to_string()))
    }
}

/// A value in a few words: an error may hold a whole body.
pub(super) fn short(value: &Val) -> String {
    clipped(&value.to_string())
}

fn clipped(text: &str) -> String {
    const SHOWN: usize = 120;
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
