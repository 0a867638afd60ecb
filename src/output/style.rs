//! Colour by meaning. Codes are always made and taken out again per stream, since the two streams may differ.

use colored::Colorize;

use crate::model::Verdict;

/// Something is as it should be.
pub fn good(text: &str) -> String {
    text.green().to_string()
}

/// Something is not.
pub fn bad(text: &str) -> String {
    text.red().to_string()
}

/// Something needs a look.
pub fn warn(text: &str) -> String {
    text.yellow().to_string()
}

/// Of lesser interest.
pub fn dim(text: &str) -> String {
    text.dimmed().to_string()
}

/// What a line is about.
pub fn strong(text: &str) -> String {
    text.bold().to_string()
}

/// A verdict in its colour.
pub fn verdict(verdict: Verdict) -> String {
    match verdict {
        Verdict::Valid => good(verdict.as_str()),
        Verdict::Invalid => bad(verdict.as_str()),
        Verdict::Unsigned | Verdict::NoSecret | Verdict::UnknownProvider => warn(verdict.as_str()),
    }
}

/// A status code in its colour.
pub fn status(status: u16) -> String {
    let text = status.to_string();
    match status {
        200..=299 => good(&text),
        300..=399 => warn(&text),
        _ => bad(&text),
    }
}
