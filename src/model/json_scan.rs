//! Passing over JSON: where keys and values begin and end in raw bytes, and nothing about what they mean.
//!
//! Every delivery is passed over for its event, so this is the quick way, and as strict as a parser (RFC 8259): what
//! comes out is JSON. Time is linear, and memory a byte a level of nesting.

use std::borrow::Cow;

use crate::text::plain_in_json;

/// A place in a document.
pub(super) struct Scan<'j> {
    json: &'j [u8],
    at: usize,
}

impl<'j> Scan<'j> {
    /// At the beginning.
    pub(super) const fn new(json: &'j [u8]) -> Self {
        Self { json, at: 0 }
    }

    /// The next byte that is no white space.
    pub(super) fn peek(&mut self) -> Option<u8> {
        loop {
            match self.json.get(self.at)? {
                b' ' => self.at += 1,
                b'\n' | b'\r' | b'\t' => {
                    self.at += 1;
                    self.indentation();
                }
                byte => return Some(*byte),
            }
        }
    }

    /// Passes over the spaces at the beginning of a line, of which a document that people can read has many.
    fn indentation(&mut self) {
        const SPACES: u64 = u64::from_le_bytes([b' '; 8]);
        while let Some(word) = self.json[self.at..].first_chunk() {
            let spaces = (u64::from_le_bytes(*word) ^ SPACES).trailing_zeros() as usize / 8;
            self.at += spaces;
            if spaces < word.len() {
                break;
            }
        }
    }

    /// Passes over this byte, if it comes next.
    pub(super) fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// A key and its colon.
    pub(super) fn key(&mut self) -> Option<Cow<'j, str>> {
        self.peek()?;
        let start = self.at;
        let has_escapes = self.string()?;
        let quoted = &self.json[start..self.at];
        let key = if has_escapes {
            Cow::Owned(serde_json::from_slice(quoted).ok()?)
        } else {
            Cow::Borrowed(std::str::from_utf8(&quoted[1..quoted.len() - 1]).ok()?)
        };
        self.take(b':').then_some(key)
    }

    /// A value as it is written.
    pub(super) fn value(&mut self) -> Option<&'j [u8]> {
        self.peek()?;
        let start = self.at;
        // The brackets that close what is open.
        let mut open = Vec::new();
        loop {
            match self.peek()? {
                b'{' => {
                    self.at += 1;
                    if !self.take(b'}') {
                        self.skip_key()?;
                        open.push(b'}');
                        continue;
                    }
                }
                b'[' => {
                    self.at += 1;
                    if !self.take(b']') {
                        open.push(b']');
                        continue;
                    }
                }
                b'"' => drop(self.string()?),
                b'-' | b'0'..=b'9' => self.number()?,
                b't' => self.word(b"true")?,
                b'f' => self.word(b"false")?,
                b'n' => self.word(b"null")?,
                _ => return None,
            }
            // Behind a value: another one, or the end of what it is in.
            loop {
                let Some(close) = open.last() else { return Some(&self.json[start..self.at]) };
                let next = self.peek()?;
                if next == *close {
                    self.at += 1;
                    open.pop();
                } else if next == b',' {
                    self.at += 1;
                    if *close == b'}' {
                        self.skip_key()?;
                    }
                    break;
                } else {
                    return None;
                }
            }
        }
    }

    fn skip_key(&mut self) -> Option<()> {
        self.peek()?;
        self.string()?;
        self.take(b':').then_some(())
    }

    /// Passes over a string; says whether it has escapes.
    fn string(&mut self) -> Option<bool> {
        if *self.json.get(self.at)? != b'"' {
            return None;
        }
        self.at += 1;
        let mut has_escapes = false;
        loop {
            while let Some(word) = self.json[self.at..].first_chunk() {
                let plain = plain_in_json(*word);
                self.at += plain;
                if plain < word.len() {
                    break;
                }
            }
            match self.json.get(self.at)? {
                b'"' => {
                    self.at += 1;
                    return Some(has_escapes);
                }
                b'\\' => {
                    has_escapes = true;
                    self.escape()?;
                }
                0..b' ' => return None,
                // Among the last bytes of the document.
                _ => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Option<()> {
        let length = match self.json.get(self.at + 1)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
            b'u' => {
                let digits = self.json.get(self.at + 2..self.at + 6)?;
                digits.iter().all(u8::is_ascii_hexdigit).then_some(6)?
            }
            _ => return None,
        };
        self.at += length;
        Some(())
    }

    fn number(&mut self) -> Option<()> {
        self.at += usize::from(self.json[self.at] == b'-');
        if self.json.get(self.at) == Some(&b'0') {
            self.at += 1;
            if self.json.get(self.at).is_some_and(u8::is_ascii_digit) {
                return None;
            }
        } else {
            self.digits()?;
        }
        if self.json.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.json.get(self.at) {
            self.at += 1;
            self.at += usize::from(matches!(self.json.get(self.at), Some(b'+' | b'-')));
            self.digits()?;
        }
        Some(())
    }

    /// One digit or more.
    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.json.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        let found = self.json[self.at..].starts_with(word);
        self.at += word.len();
        found.then_some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;
    use serde::de::IgnoredAny;

    use super::*;

    /// What serde_json passes over as the first value of a text.
    fn by_serde(json: &str) -> bool {
        IgnoredAny::deserialize(&mut serde_json::Deserializer::from_str(json)).is_ok()
    }

    #[test]
    fn what_is_no_json_is_not_passed_over() {
        for json in [
            "",
            " ",
            "{",
            "[",
            "]",
            "{]",
            "[}",
            "[1 2]",
            "[1,]",
            "[,1]",
            "{,}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\" 1}",
            "{a:1}",
            "{\"a\":1,}",
            "{1:2}",
            "tru",
            "nul",
            "-",
            "00",
            "-01",
            "[012]",
            "1.",
            "1e",
            "1e+",
            ".5",
            "+1",
            "\"",
            "\"\\\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\\u123",
            "\"\n\"",
            "\"\u{1}aaaaaaaa\"",
            "[[[[1]]]",
            "{\"a\":{\"b\":[}}",
            "'a'",
            "-a",
        ] {
            assert_eq!(Scan::new(json.as_bytes()).value(), None, "{json:?}");
            assert!(!by_serde(json), "{json:?}");
        }
    }

    #[test]
    fn a_value_is_as_it_is_written() {
        for (json, value) in [
            (
                " {\"a\" : [1, -0.5e+3 ,\"\\u00e9\\\"\"] , \"b\":{} } x",
                "{\"a\" : [1, -0.5e+3 ,\"\\u00e9\\\"\"] , \"b\":{} }",
            ),
            ("0 1", "0"),
            ("true]", "true"),
            ("\"long enough for a word, é\",", "\"long enough for a word, é\""),
        ] {
            assert_eq!(Scan::new(json.as_bytes()).value(), Some(value.as_bytes()), "{json}");
        }
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert_eq!(Scan::new(deep.as_bytes()).value().map(<[u8]>::len), Some(200_000));
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_parser(
            json in r#"([\[\]{},: ]|"[a\\"u0é]{0,9}"|"[a-z]{0,20}":|[0-9eE.+\-]{1,4}|true|null|false){0,12}"#,
        ) {
            prop_assert_eq!(Scan::new(json.as_bytes()).value().is_some(), by_serde(&json), "{}", json);
        }
    }
}
