//! Colour by meaning. Codes are always made and taken out again per stream, since the two streams may differ.

use std::borrow::Cow;
use std::sync::OnceLock;

use anstream::adapter::strip_str;
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

/// A text without codes. Those of this module, which are all that most lines have, are quickly found.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = memchr::memchr(0x1b, rest.as_bytes()) {
        let Some(end) =
            rest[at..].strip_prefix("\u{1b}[").and_then(|code| code.find(|c: char| !c.is_ascii_digit() && c != ';'))
        else {
            return Cow::Owned(strip_str(text).to_string());
        };
        let behind = at + 2 + end;
        if rest.as_bytes()[behind] != b'm' {
            return Cow::Owned(strip_str(text).to_string());
        }
        plain.push_str(&rest[..at]);
        rest = &rest[behind + 1..];
    }
    if rest.len() == text.len() {
        return Cow::Borrowed(text);
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// A text in pieces of one meaning each, for who shows it elsewhere than in a terminal: `good`, `bad`, `warn`, `dim`,
/// `strong`, or none. Codes of others mean nothing.
pub fn pieces(text: &str) -> Vec<(&'static str, &str)> {
    let (mut pieces, mut meaning, mut rest) = (Vec::new(), "", text);
    while let Some(at) = rest.find("\u{1b}[") {
        let Some(length) = rest[at + 2..].find(|c: char| !c.is_ascii_digit() && c != ';') else { break };
        if at > 0 {
            pieces.push((meaning, &rest[..at]));
        }
        meaning = match &rest[at + 2..at + 2 + length] {
            "32" => "good",
            "31" => "bad",
            "33" => "warn",
            "2" => "dim",
            "1" => "strong",
            _ => "",
        };
        let end = at + 2 + length;
        rest = &rest[end + rest[end..].chars().next().map_or(0, char::len_utf8)..];
    }
    if !rest.is_empty() {
        pieces.push((meaning, rest));
    }
    pieces
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_plain_without_its_codes_whosever_they_are() {
        let nested = dim(&format!("a {} b", good("c")));
        for (text, expected) in [
            ("", ""),
            ("é plain", "é plain"),
            (nested.as_str(), "a c b"),
            ("\u{1b}[1;31mred\u{1b}[0m", "red"),
            ("\u{1b}[2Kcleared \u{1b}[32mgreen\u{1b}[0m", "cleared green"),
            ("\u{1b}]8;;http://h/\u{7}link\u{1b}]8;;\u{7}", "link"),
            ("cut \u{1b}[3", "cut "),
        ] {
            assert_eq!(plain(text), expected, "{text:?}");
            assert_eq!(strip_str(text).to_string(), expected, "{text:?}");
        }
    }

    #[test]
    fn pieces_say_what_codes_mean() {
        let text = "so \u{1b}[32mis\u{1b}[0m \u{1b}[2ma \u{1b}[31mc\u{1b}[0m\u{1b}[2m b\u{1b}[0m \u{1b}[1;35mx";
        let expected =
            [("", "so "), ("good", "is"), ("", " "), ("dim", "a "), ("bad", "c"), ("dim", " b"), ("", " "), ("", "x")];
        assert_eq!(pieces(text), expected);
        assert_eq!(pieces(""), []);
        assert_eq!(pieces("cut \u{1b}[3"), [("", "cut \u{1b}[3")]);
        let whole: String = pieces(text).into_iter().map(|(_, text)| text).collect();
        assert_eq!(whole, plain(text));
    }
}
