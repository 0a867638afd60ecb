//! Colour by meaning. Codes are always made and taken out again per stream, since the two streams may differ.

use std::sync::OnceLock;

use colored::control::SHOULD_COLORIZE;
use colored::{ColoredString, Colorize};

use crate::model::Verdict;

static GOOD: Codes = Codes::new(|text| text.green());
static BAD: Codes = Codes::new(|text| text.red());
static WARN: Codes = Codes::new(|text| text.yellow());
static DIM: Codes = Codes::new(|text| text.dimmed());
static STRONG: Codes = Codes::new(|text| text.bold());

/// The codes around a text of one meaning. They are found out once: every line that `listen` prints has several of them,
/// and working them out takes longer than all else about the line.
struct Codes {
    style: fn(&str) -> ColoredString,
    around: OnceLock<(String, String)>,
}

impl Codes {
    const fn new(style: fn(&str) -> ColoredString) -> Self {
        Self { style, around: OnceLock::new() }
    }

    fn put_around(&self, text: &str) -> String {
        // Text with codes of its own needs them again behind each of those.
        if text.contains('\u{1b}') || !SHOULD_COLORIZE.should_colorize() {
            return (self.style)(text).to_string();
        }
        let (before, behind) = self.around.get_or_init(|| {
            let shown = (self.style)("_").to_string();
            let (before, behind) = shown.split_once('_').unwrap_or_default();
            (before.to_owned(), behind.to_owned())
        });
        [before, text, behind].concat()
    }
}

/// Something is as it should be.
pub fn good(text: &str) -> String {
    GOOD.put_around(text)
}

/// Something is not.
pub fn bad(text: &str) -> String {
    BAD.put_around(text)
}

/// Something needs a look.
pub fn warn(text: &str) -> String {
    WARN.put_around(text)
}

/// Of lesser interest.
pub fn dim(text: &str) -> String {
    DIM.put_around(text)
}

/// What a line is about.
pub fn strong(text: &str) -> String {
    STRONG.put_around(text)
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
