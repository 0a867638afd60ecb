//! Reading a line that is as hookctl writes it: no space between tokens, known keys, none twice, no escape but the short
//! ones. An export of a hundred thousand such lines is read in half the time.
//!
//! Whatever is different is left to serde, errors too, so that this decides nothing: it says the same or nothing.

use super::Line;
use crate::formats::json_fields::{Fields, Text, Value};
use crate::text::plain_in_json;

/// The line, if it has nothing in it that needs a closer look.
pub(super) fn read(json: &str) -> Option<Line<'_>> {
    let json = json.trim_ascii_end();
    // JSON has no control characters in strings.
    if json.bytes().fold(u8::MAX, u8::min) < b' ' {
        return None;
    }
    let mut rest = Rest(json);
    let mut line = Line::default();
    rest.take("{")?;
    loop {
        let key = rest.plain()?;
        rest.take(":")?;
        match key {
            "kind" => rest.text_into(&mut line.kind)?,
            "id" => rest.text_into(&mut line.id)?,
            "number" => once(&mut line.number, rest.integer()?)?,
            "received_at" => rest.text_into(&mut line.received_at)?,
            "method" => rest.text_into(&mut line.method)?,
            "target" => rest.text_into(&mut line.target)?,
            "url" => rest.text_into(&mut line.url)?,
            "headers" => once(&mut line.headers, rest.headers()?)?,
            "body" => rest.text_into(&mut line.body)?,
            "body_base64" => rest.text_into(&mut line.body_base64)?,
            "provider" => rest.text_into(&mut line.provider)?,
            "event_type" => rest.text_into(&mut line.event_type)?,
            "event_id" => rest.text_into(&mut line.event_id)?,
            "verdict" => rest.text_into(&mut line.verdict)?,
            "reason" => rest.text_into(&mut line.reason)?,
            "status" => once(&mut line.status, u16::try_from(rest.integer()?).ok()?)?,
            "remote" => rest.text_into(&mut line.remote)?,
            "duplicate_of" => rest.text_into(&mut line.duplicate_of)?,
            _ => return None,
        }
        if rest.take(",").is_none() {
            break;
        }
    }
    (rest.0 == "}").then_some(line)
}

/// What has not been read yet.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn take(&mut self, token: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(token)?;
        Some(())
    }

    /// A string without escapes.
    fn plain(&mut self) -> Option<&'a str> {
        match self.text()? {
            Text(std::borrow::Cow::Borrowed(text)) => Some(text),
            Text(std::borrow::Cow::Owned(_)) => None,
        }
    }

    fn text_into(&mut self, place: &mut Option<Text<'a>>) -> Option<()> {
        once(place, self.text()?)
    }

    fn text(&mut self) -> Option<Text<'a>> {
        self.take("\"")?;
        let at = memchr::memchr2(b'"', b'\\', self.0.as_bytes())?;
        let (start, rest) = self.0.split_at(at);
        if let Some(rest) = rest.strip_prefix('"') {
            self.0 = rest;
            return Some(start.into());
        }
        // Bodies are mostly the one text with escapes, and the last of what is long.
        let mut text = Vec::with_capacity(self.0.len().min(4 << 10));
        text.extend_from_slice(start.as_bytes());
        let read = unescape(rest.as_bytes(), &mut text)?;
        self.0 = &rest[read..];
        // It was text with escapes, none of which is a part of a character.
        Some(String::from_utf8(text).ok()?.into())
    }

    /// A whole number from 0 that no writer writes otherwise.
    fn integer(&mut self) -> Option<i64> {
        let length = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at(length);
        if digits.is_empty() || (length > 1 && digits.starts_with('0')) {
            return None;
        }
        self.0 = rest;
        digits.parse().ok()
    }

    fn headers(&mut self) -> Option<Fields<'a>> {
        let mut pairs = Vec::with_capacity(16);
        self.take("[")?;
        while self.take("]").is_none() {
            if !pairs.is_empty() {
                self.take(",")?;
            }
            self.take("[")?;
            let name = self.text()?;
            self.take(",")?;
            let value = self.text()?;
            self.take("]")?;
            pairs.push((name, Value::Text(value)));
        }
        Some(Fields { pairs, from_object: false })
    }
}

/// Appends the text up to its closing quote; says how many bytes that and the text took. There are but a few bytes between
/// two escapes, too few for the searches of memchr to get going; so they are taken eight at a time, by way of a place whose
/// size is known.
fn unescape(json: &[u8], text: &mut Vec<u8>) -> Option<usize> {
    const STEP: usize = 8;
    let mut place = [0; 64 * STEP];
    let mut length = 0;
    let mut at = 0;
    loop {
        if length > place.len() - STEP {
            text.extend_from_slice(&place[..length]);
            length = 0;
        }
        let plain = match json.get(at..at + STEP).and_then(<[u8]>::first_chunk::<STEP>) {
            Some(word) => {
                place[length..length + STEP].copy_from_slice(word);
                plain_in_json(*word)
            }
            // Among the last bytes of the line.
            None => {
                let plain = json[at..].iter().take_while(|byte| !matches!(byte, b'"' | b'\\')).count();
                place[length..length + plain].copy_from_slice(&json[at..at + plain]);
                plain
            }
        };
        length += plain;
        at += plain;
        if plain == STEP {
            continue;
        }
        if *json.get(at)? == b'"' {
            text.extend_from_slice(&place[..length]);
            return Some(at + 1);
        }
        // Of what stands in the way of plain text there are no control characters in this line: it is a backslash.
        match ESCAPES[usize::from(*json.get(at + 1)?)] {
            0 => return None,
            byte => place[length] = byte,
        }
        length += 1;
        at += 2;
    }
}

/// What stands behind a backslash, by what it means; 0: nothing that is read here. A table, since which one comes next is
/// anybody's guess, a processor's too.
const ESCAPES: [u8; 256] = {
    let mut escapes = [0; 256];
    let mut at = 0;
    let known = [b"\"\"", b"\\\\", b"//", b"b\x08", b"f\x0c", b"n\n", b"r\r", b"t\t"];
    while at < known.len() {
        let [written, meant] = *known[at];
        escapes[written as usize] = meant;
        at += 1;
    }
    escapes
};

/// A key that is there twice is for serde to refuse.
fn once<T>(place: &mut Option<T>, value: T) -> Option<()> {
    if place.is_some() {
        return None;
    }
    *place = Some(value);
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::formats::Credentials;
    use crate::model::{Headers, Request};

    const LINE: &str = r#"{"kind":"capture","id":"dlv_1","number":12,"received_at":"2026-01-01T00:00:00Z","method":"POST","target":"/x","headers":[["A","b"],["c","d\"\\\/\b\f\n\r\te"]],"body":"{\n  \"a\": \"é\"\n}","status":200}"#;

    #[test]
    fn what_is_not_as_usual_is_left_alone() {
        assert_eq!(read(LINE), serde_json::from_str(LINE).ok());
        assert!(read(LINE).is_some() && read(&format!("{LINE}\n")).is_some());
        for (from, to) in [
            ("\"A\"", "\"\\u0041\""),
            ("\"A\"", "\"A\u{1}\""),
            ("\"A\"", " \"A\""),
            ("[\"A\",\"b\"]", "[\"A\",\"b\",\"c\"]"),
            ("[\"A\",\"b\"]", "[\"A\",{\"base64\":\"YQ==\"}]"),
            ("[[", "[,["),
            ("]]", "],]"),
            (":12", ":012"),
            (":12", ":-12"),
            (":12", ":1.2"),
            (":12", ":99999999999999999999"),
            (":200", ":65536"),
            (":200", ":null"),
            ("\"id\"", "\"kind\""),
            ("\"id\"", "\"later\""),
            ("\"id\"", "\"\\u0069d\""),
            ("200}", "200}}"),
            ("200}", "200,}"),
            ("200}", "200"),
            ("200}", "20"),
        ] {
            let text = LINE.replacen(from, to, 1);
            assert!(text != LINE && read(&text).is_none(), "{text}");
        }
        for text in ["", "{", "{}", "{\"", "{\"body\":\"\\", "{\"body\":\"\\\"", "[]"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        /// It says what serde says, or nothing.
        #[test]
        fn it_agrees_with_serde(cut in 0..LINE.len(), with in "[\"\\\\{}\\[\\],:a0é/n ]{0,3}", length in 0..4usize) {
            if LINE.is_char_boundary(cut) && LINE.is_char_boundary((cut + length).min(LINE.len())) {
                let text = format!("{}{with}{}", &LINE[..cut], &LINE[(cut + length).min(LINE.len())..]);
                if let Some(line) = read(&text) {
                    prop_assert_eq!(Some(line), serde_json::from_str(&text).ok(), "{}", text);
                }
            }
        }

        #[test]
        fn what_is_written_is_read(body in "[ -~\n\té\"\\\\]{0,200}", value in "[ -~]{0,20}") {
            let headers: Headers = [("X-A".to_owned(), value)].into_iter().collect();
            let body = body.into_bytes().into();
            let request = Request { method: "POST".into(), target: "/".into(), headers, body };
            let line = Line::of_request(&request, Some("http://h/"), Credentials::Keep);
            let text = line.render();
            prop_assert_eq!(read(&text), Some(line));
        }
    }
}
