//! A JSON document that loses nothing a signature could depend on: key order, repeated keys, the text of numbers.
//!
//! `serde_json::Value` keeps the last of repeated keys and rewrites numbers; providers sign bytes, so a payload is read
//! into this tree instead, and written in the provider's own style.

use serde::Deserialize;

use super::writer::{HtmlSafe, Layout, NonAscii, Order, Style};

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as it is written.
    Number(String),
    /// A string, unescaped.
    Text(String),
    /// An array.
    Array(Vec<Node>),
    /// An object: keys in order, repetitions kept.
    Object(Vec<(String, Node)>),
}

/// Why bytes are not JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {what}")]
pub struct ParseError {
    /// Counting from 1.
    pub line: usize,
    /// In bytes, counting from 1.
    pub column: usize,
    /// What was expected or found.
    pub what: &'static str,
}

/// Deeper documents are refused: reading recurses, and no webhook nests like this.
const DEEPEST: usize = 256;

impl Node {
    /// Reads a document.
    ///
    /// # Errors
    /// Where it stops being JSON.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut parser = Parser { bytes, at: 0 };
        let node = parser.value(0)?;
        parser.space();
        if parser.at < bytes.len() { Err(parser.error("something follows the document")) } else { Ok(node) }
    }

    /// The value of an object's key; of repeated ones the last.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(entries) => entries.iter().rev().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The text of a string.
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// Writes the document.
    pub fn write(&self, style: &JsonStyle) -> Vec<u8> {
        let (writing, mut out) = (style.style(), String::new());
        match (self, &style.join) {
            (Self::Array(items), Some(join)) if !items.is_empty() => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push_str(join);
                    }
                    writing.write_to(item, &mut out, 1);
                }
                out.push(']');
            }
            _ => writing.write_to(self, &mut out, 0),
        }
        out.push_str(&style.end);
        out.into_bytes()
    }

    /// Writes it on one line without spaces.
    pub fn compact(&self) -> String {
        Style::COMPACT.write(self)
    }
}

/// How a provider writes JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JsonStyle {
    /// Spaces a level; 0 writes everything on one line.
    pub indent: usize,
    /// On one line, a space after `,` and `:`.
    pub spaced: bool,
    /// Characters that are written as escapes although they need not be.
    pub escape: Vec<Escape>,
    /// Between the elements of a top-level array.
    pub join: Option<String>,
    /// After the last byte.
    pub end: String,
}

/// Characters that some providers escape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Escape {
    /// Everything beyond ASCII, as `\uXXXX`.
    Unicode,
    /// `/` as `\/`.
    Slash,
    /// `<`, `>` and `&` as `\u003c`, `\u003e` and `\u0026`.
    Html,
}

impl JsonStyle {
    /// The way of writing that the keys describe.
    pub fn style(&self) -> Style {
        let escaped = |wanted| self.escape.contains(&wanted);
        Style {
            layout: match (self.indent, self.spaced) {
                (0, false) => Layout::Compact,
                (0, true) => Layout::Spaced,
                (width, _) => Layout::Indented(width),
            },
            non_ascii: if escaped(Escape::Unicode) { NonAscii::Lower } else { NonAscii::Plain },
            slash: escaped(Escape::Slash),
            html: if escaped(Escape::Html) { HtmlSafe::Tags } else { HtmlSafe::None },
            order: Order::AsIs,
        }
    }
}

/// The style in which a document was written: `own`, or one that many have; where none gives the same bytes, `own` all the
/// same.
pub fn style_of(body: &[u8], document: &Node, own: JsonStyle) -> JsonStyle {
    let indented = |indent| JsonStyle { indent, ..JsonStyle::default() };
    let spaced = JsonStyle { spaced: true, ..JsonStyle::default() };
    let mut styles = vec![own.clone(), JsonStyle::default(), spaced, indented(2), indented(4)];
    for at in 0..styles.len() {
        styles.push(JsonStyle { end: "\n".to_owned(), ..styles[at].clone() });
    }
    styles.into_iter().find(|style| document.write(style) == body).unwrap_or(own)
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn error(&self, what: &'static str) -> ParseError {
        let before = &self.bytes[..self.at.min(self.bytes.len())];
        let line_start = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        ParseError { line: before.split(|b| *b == b'\n').count(), column: before.len() - line_start + 1, what }
    }

    fn space(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&mut self) -> Option<u8> {
        self.space();
        self.bytes.get(self.at).copied()
    }

    fn value(&mut self, depth: usize) -> Result<Node, ParseError> {
        if depth > DEEPEST {
            return Err(self.error("it is nested too deeply"));
        }
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(Node::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word(b"true", Node::Bool(true)),
            Some(b'f') => self.word(b"false", Node::Bool(false)),
            Some(b'n') => self.word(b"null", Node::Null),
            Some(_) => Err(self.error("a value was expected")),
            None => Err(self.error("it ends where a value was expected")),
        }
    }

    fn word(&mut self, word: &[u8], node: Node) -> Result<Node, ParseError> {
        if self.bytes[self.at..].starts_with(word) {
            self.at += word.len();
            Ok(node)
        } else {
            Err(self.error("a value was expected"))
        }
    }

    fn object(&mut self, depth: usize) -> Result<Node, ParseError> {
        let mut entries = Vec::new();
        self.at += 1;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Node::Object(entries));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.error("a key in double quotes was expected"));
            }
            let key = self.string()?;
            if self.peek() != Some(b':') {
                return Err(self.error("':' was expected"));
            }
            self.at += 1;
            entries.push((key, self.value(depth + 1)?));
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Node::Object(entries));
                }
                _ => return Err(self.error("',' or '}' was expected")),
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Node, ParseError> {
        let mut items = Vec::new();
        self.at += 1;
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Node::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Node::Array(items));
                }
                _ => return Err(self.error("',' or ']' was expected")),
            }
        }
    }

    /// A string; escapes are the library's business.
    fn string(&mut self) -> Result<String, ParseError> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.bytes.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => self.at += 2,
                Some(_) => self.at += 1,
                None => {
                    self.at = start;
                    return Err(self.error("a string does not end"));
                }
            }
        }
        self.at += 1;
        serde_json::from_slice(&self.bytes[start..self.at]).map_err(|_| {
            self.at = start;
            self.error("a string has an invalid escape or character")
        })
    }

    fn number(&mut self) -> Result<Node, ParseError> {
        let start = self.at;
        while matches!(self.bytes.get(self.at), Some(b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')) {
            self.at += 1;
        }
        let text = &self.bytes[start..self.at];
        if !is_number(text) {
            self.at = start;
            return Err(self.error("a number is malformed"));
        }
        Ok(Node::Number(String::from_utf8_lossy(text).into_owned()))
    }
}

/// Whether text is a number by the grammar of JSON.
pub fn is_number(text: &[u8]) -> bool {
    let digits = |from: usize| text[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut at = usize::from(text.first() == Some(&b'-'));
    let whole = digits(at);
    if whole == 0 || (whole > 1 && text[at] == b'0') {
        return false;
    }
    at += whole;
    if text.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return false;
        }
        at += 1 + fraction;
    }
    if matches!(text.get(at), Some(b'e' | b'E')) {
        at += 1;
        at += usize::from(matches!(text.get(at), Some(b'+' | b'-')));
        let exponent = digits(at);
        if exponent == 0 {
            return false;
        }
        at += exponent;
    }
    at == text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn style(indent: usize) -> JsonStyle {
        JsonStyle { indent, ..JsonStyle::default() }
    }

    #[test]
    fn what_is_read_is_written_again() {
        let text = r#"{"b":1.50,"a":[1e3,-0,12345678901234567890123],"a":null,"s":"é\n\"\\","o":{},"t":true}"#;
        let node = Node::parse(text.as_bytes()).expect("JSON");
        assert_eq!(node.compact(), text);
        let pretty = String::from_utf8(node.write(&style(2))).expect("UTF-8");
        assert!(pretty.starts_with("{\n  \"b\": 1.50,\n  \"a\": [\n    1e3,"), "{pretty}");
        assert_eq!(Node::parse(pretty.as_bytes()).expect("JSON"), node);
    }

    #[test]
    fn styles_of_providers() {
        let node = Node::parse("[{\"a\":\"é/<😀\"},{\"b\":1}]".as_bytes()).expect("JSON");
        let escaped = JsonStyle { escape: vec![Escape::Unicode, Escape::Slash, Escape::Html], ..style(0) };
        assert_eq!(node.write(&escaped), br#"[{"a":"\u00e9\/\u003c\ud83d\ude00"},{"b":1}]"#);
        let sendgrid = JsonStyle { join: Some(",\r\n".into()), end: "\r\n".into(), ..style(0) };
        assert_eq!(String::from_utf8_lossy(&sendgrid_bytes(&node, &sendgrid)), "[{\"a\":\"é/<😀\"},\r\n{\"b\":1}]\r\n");
        let python = JsonStyle { spaced: true, ..style(0) };
        assert_eq!(String::from_utf8_lossy(&node.write(&python)), "[{\"a\": \"é/<😀\"}, {\"b\": 1}]");
    }

    fn sendgrid_bytes(node: &Node, style: &JsonStyle) -> Vec<u8> {
        node.write(style)
    }

    #[test]
    fn errors_say_where() {
        for (text, line, column) in [
            ("{\n \"a\" 1}", 2, 6),
            ("", 1, 1),
            ("[1,]", 1, 4),
            ("01", 1, 1),
            ("\"\\x\"", 1, 1),
            ("{} x", 1, 4),
            ("{\"a\":1", 1, 7),
        ] {
            let error = Node::parse(text.as_bytes()).expect_err(text);
            assert_eq!((error.line, error.column), (line, column), "{text}: {error}");
        }
        assert!(Node::parse("[".repeat(100_000).as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn reading_never_panics_and_agrees_with_serde_json(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let ours = Node::parse(&bytes);
            if let Ok(theirs) = serde_json::from_slice::<serde_json::Value>(&bytes) {
                prop_assert!(ours.is_ok(), "{theirs}");
            }
        }

        #[test]
        fn texts_survive_every_style(text in any::<String>(), indent in 0usize..4, which in 0usize..4) {
            let escape = [vec![], vec![Escape::Unicode], vec![Escape::Slash], vec![Escape::Html]][which].clone();
            let node = Node::Object(vec![(text.clone(), Node::Text(text))]);
            let written = node.write(&JsonStyle { indent, escape, ..JsonStyle::default() });
            prop_assert_eq!(Node::parse(&written).expect("what was written is JSON"), node);
        }
    }
}
