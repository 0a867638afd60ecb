//! Untrusted text made safe to show.
//!
//! Whatever came from a network or a file may hold escape sequences that move the cursor, set the title or the clipboard,
//! or characters that make text read backwards. They are shown, never obeyed.

use std::borrow::Cow;
use std::fmt::Write;

use crate::text::{any_unusual, is_unsafe};

/// One line: control characters, line breaks and invisible formatting become visible escapes.
pub fn line(text: &str) -> Cow<'_, str> {
    escape(text, |_| false)
}

/// Several lines: line feeds and tabs stay.
pub fn lines(text: &str) -> Cow<'_, str> {
    escape(text, |c| c == '\n' || c == '\t')
}

/// Bytes as one line: what is not UTF-8 becomes `\xNN`.
pub fn bytes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(&line(chunk.valid()));
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

/// One line of at most so many characters.
pub fn clipped(text: &str, width: usize) -> String {
    let safe = line(text);
    if safe.chars().count() <= width {
        return safe.into_owned();
    }
    let mut short: String = safe.chars().take(width.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// JSON on one line: what a terminal could obey inside its strings becomes `\uXXXX`, which means the same to every reader.
///
/// So does what a CI system could: `##[` and its like are commands to some, wherever in a line they stand.
pub fn json(text: &str) -> Cow<'_, str> {
    let marked = text.contains("##");
    if !marked && !any_unusual(text, is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if is_unsafe(c) || (c == '#' && chars.peek() == Some(&'#')) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Lines in which a CI system finds no command: those of GitHub are at the beginning of a line, blanks aside, those of Azure and
/// TeamCity, and GitHub's older ones, anywhere. A backslash breaks what would be one.
pub fn without_commands(text: &str) -> Cow<'_, str> {
    const ANYWHERE: [&str; 3] = ["##[", "##vso[", "##teamcity["];
    let is_command = |line: &str| line.trim_start().starts_with("::");
    let is_anywhere = |text: &str| text.contains("##") && ANYWHERE.iter().any(|mark| text.contains(mark));
    if !text.contains("::") && !is_anywhere(text) || !(text.lines().any(is_command) || is_anywhere(text)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for line in text.split_inclusive('\n') {
        let start = line.len() - line.trim_start().len();
        let (blank, rest) = line.split_at(start);
        out.push_str(blank);
        out.push_str(if is_command(line) { "\\" } else { "" });
        out.push_str(
            &ANYWHERE.iter().fold(rest.to_owned(), |rest, mark| rest.replace(mark, &mark.replacen("##", "#\\#", 1))),
        );
    }
    Cow::Owned(out)
}

fn escape(text: &str, keep: impl Fn(char) -> bool) -> Cow<'_, str> {
    let unsafe_at = |c: char| is_unsafe(c) && !keep(c);
    if !any_unusual(text, unsafe_at) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            c if !unsafe_at(c) => out.push(c),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{1b}' => out.push_str("\\e"),
            c if u32::from(c) < 0x100 => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dangerous_characters_are_shown_not_obeyed() {
        for (text, shown) in [
            ("plain é 漢 😀", "plain é 漢 😀"),
            ("\u{1b}]0;title\u{7}", "\\e]0;title\\x07"),
            ("\u{9b}31m", "\\x9b31m"),
            ("a\u{202e}b", "a\\u{202e}b"),
            ("a\r\nb\tc", "a\\r\\nb\\tc"),
            ("zero\u{200b}width", "zero\\u{200b}width"),
            ("\u{7f}\0", "\\x7f\\x00"),
        ] {
            assert_eq!(line(text), shown);
        }
        let object = serde_json::json!({"a": "\u{1b}\u{9b}\u{202e}\u{7f}\u{e0001}"});
        let written = object.to_string();
        let safe = json(&written);
        assert!(safe.is_ascii(), "{safe}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).expect("JSON"), object);
        assert_eq!(lines("a\n\tb\u{1b}"), "a\n\tb\\e");
        assert_eq!(bytes(b"ok\xff\xc3(\x1b"), "ok\\xff\\xc3(\\e");
        assert_eq!(clipped("abcdef", 4), "abc…");
    }

    #[test]
    fn nothing_from_outside_is_a_command_to_a_ci_system() {
        for (text, shown) in [
            ("::error::x", "\\::error::x"),
            ("  ::stop-commands::x\n::warning::y\n", "  \\::stop-commands::x\n\\::warning::y\n"),
            ("a ::error::x", "a ::error::x"),
            ("[::1]:80 and std::mem", "[::1]:80 and std::mem"),
            ("a ##[error]x", "a #\\#[error]x"),
            ("###[group]", "##\\#[group]"),
            ("##vso[task.setvariable]", "#\\#vso[task.setvariable]"),
            (" ##teamcity[x]", " #\\#teamcity[x]"),
            ("## a title", "## a title"),
        ] {
            assert_eq!(without_commands(text), shown);
            assert_eq!(without_commands(shown), shown, "once is enough");
        }
        let object = serde_json::json!({"a": "###[error]x ##vso[y] # #"});
        let written = object.to_string();
        assert!(!json(&written).contains("##"), "{}", json(&written));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json(&written)).expect("JSON"), object);
    }

    proptest! {
        #[test]
        fn nothing_unsafe_is_left_and_safe_text_is_untouched(text in any::<String>()) {
            let once = line(&text).into_owned();
            prop_assert!(!once.chars().any(is_unsafe));
            prop_assert_eq!(line(&once), once.as_str());
        }

        #[test]
        fn bytes_give_text_without_anything_unsafe(raw in proptest::collection::vec(any::<u8>(), 0..64)) {
            prop_assert!(!bytes(&raw).chars().any(is_unsafe));
        }
    }
}
