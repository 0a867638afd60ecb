//! A document whose texts are written and whose keys are in order, to be laid out in one way or in several.
//!
//! Escaping texts takes the longest of writing a document. It is done once here, and a layout is then a matter of copying
//! pieces with something between them.

use std::fmt::Write;

use super::Node;
use super::writer::{HtmlSafe, Layout, NonAscii, Order, Style};

/// A document without a layout.
#[derive(Debug, Clone)]
pub struct Outline {
    /// Keys, texts, numbers and words, one behind the other, as they are written.
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, Copy)]
struct Part {
    place: Place,
    kind: Kind,
    /// Where in the text it ends; it begins where the one before it ends.
    end: usize,
}

/// Where a part stands, which says what is written in front of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Behind a key, or nothing.
    Here,
    FirstItem,
    NextItem,
    FirstEntry,
    NextEntry,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Key,
    Scalar,
    Number,
    OpenArray,
    CloseArray,
    EmptyArray,
    OpenObject,
    CloseObject,
    EmptyObject,
}

impl Outline {
    /// The outline of a document as a style writes it; its layout is not needed yet.
    pub fn of(node: &Node, style: &Style) -> Self {
        let mut outline = Self { text: String::new(), parts: Vec::new() };
        outline.add(node, Place::Here, style);
        outline
    }

    /// Writes it, with room for so many bytes.
    pub fn write(&self, layout: Layout, room: usize) -> String {
        let mut out = String::with_capacity(room);
        self.write_to(layout, &mut out, 0);
        out
    }

    /// Writes it so many levels deep in another document.
    pub(super) fn write_to(&self, layout: Layout, out: &mut String, depth: usize) {
        self.lay_out(layout, out, depth, |_, text| text);
    }

    /// The numbers in it, in their order.
    pub fn numbers(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.parts.iter().map(|part| part.end));
        let with_starts = starts.zip(&self.parts);
        with_starts.filter(|(_, part)| part.kind == Kind::Number).map(|(start, part)| &self.text[start..part.end])
    }

    /// Writes it with another text in the place of one of its numbers.
    pub fn write_with_number(&self, layout: Layout, which: usize, number: &str) -> String {
        let mut out = String::with_capacity(self.text.len() * 2);
        self.lay_out(layout, &mut out, 0, |at, text| if at == which { number } else { text });
        out
    }

    fn add(&mut self, node: &Node, place: Place, style: &Style) {
        match node {
            Node::Null => self.scalar(place, Kind::Scalar, "null"),
            Node::Bool(value) => self.scalar(place, Kind::Scalar, if *value { "true" } else { "false" }),
            Node::Number(text) => self.scalar(place, Kind::Number, text),
            Node::Text(text) => {
                quoted(text, style, &mut self.text);
                self.part(place, Kind::Scalar);
            }
            Node::Array(items) if items.is_empty() => self.part(place, Kind::EmptyArray),
            Node::Object(entries) if entries.is_empty() => self.part(place, Kind::EmptyObject),
            Node::Array(items) => {
                self.part(place, Kind::OpenArray);
                for (at, item) in items.iter().enumerate() {
                    self.add(item, if at == 0 { Place::FirstItem } else { Place::NextItem }, style);
                }
                self.part(Place::Here, Kind::CloseArray);
            }
            Node::Object(entries) => {
                self.part(place, Kind::OpenObject);
                let mut entry = |at: usize, key: &str, value: &Node| {
                    quoted(key, style, &mut self.text);
                    self.part(if at == 0 { Place::FirstEntry } else { Place::NextEntry }, Kind::Key);
                    self.add(value, Place::Here, style);
                };
                if style.order == Order::AsIs {
                    entries.iter().enumerate().for_each(|(at, (key, value))| entry(at, key, value));
                } else {
                    let mut order: Vec<&(String, Node)> = entries.iter().collect();
                    match style.order {
                        Order::ByLength => order.sort_by(|(a, _), (b, _)| (a.len(), a).cmp(&(b.len(), b))),
                        Order::AsIs | Order::Sorted => order.sort_by(|(a, _), (b, _)| a.cmp(b)),
                    }
                    order.into_iter().enumerate().for_each(|(at, (key, value))| entry(at, key, value));
                }
                self.part(Place::Here, Kind::CloseObject);
            }
        }
    }

    fn scalar(&mut self, place: Place, kind: Kind, text: &str) {
        self.text.push_str(text);
        self.part(place, kind);
    }

    fn part(&mut self, place: Place, kind: Kind) {
        self.parts.push(Part { place, kind, end: self.text.len() });
    }

    /// Writes it; `number` says what stands in the place of the number with this place among the numbers.
    fn lay_out<'n>(
        &'n self,
        layout: Layout,
        out: &mut String,
        mut depth: usize,
        number: impl Fn(usize, &'n str) -> &'n str,
    ) {
        let is_jackson = layout == Layout::Jackson;
        let [open_array, close_array, empty_array, empty_object] =
            if is_jackson { ["[ ", " ]", "[ ]", "{ }"] } else { ["[", "]", "[]", "{}"] };
        let colon = match layout {
            Layout::Compact => ":",
            Layout::Jackson => " : ",
            Layout::Spaced | Layout::Indented(_) | Layout::Tabs => ": ",
        };
        let mut between = Between::of(layout);
        let (mut start, mut numbers) = (0, 0);
        for Part { place, kind, end } in &self.parts {
            match place {
                Place::Here => {}
                Place::FirstItem if is_jackson => {}
                Place::NextItem if is_jackson => out.push_str(", "),
                Place::FirstItem | Place::FirstEntry => out.push_str(between.first(depth)),
                Place::NextItem | Place::NextEntry => out.push_str(between.next(depth)),
            }
            let text = &self.text[start..*end];
            start = *end;
            match kind {
                Kind::Key => {
                    out.push_str(text);
                    out.push_str(colon);
                }
                Kind::Scalar => out.push_str(text),
                Kind::Number => {
                    out.push_str(number(numbers, text));
                    numbers += 1;
                }
                Kind::OpenArray => {
                    out.push_str(open_array);
                    // Jackson's arrays stand on one line, and what is in them as deep as they are.
                    depth += usize::from(!is_jackson);
                }
                Kind::CloseArray if is_jackson => out.push_str(close_array),
                Kind::CloseArray => {
                    depth -= 1;
                    out.push_str(between.first(depth));
                    out.push_str(close_array);
                }
                Kind::OpenObject => {
                    out.push('{');
                    depth += 1;
                }
                Kind::CloseObject => {
                    depth -= 1;
                    out.push_str(between.first(depth));
                    out.push('}');
                }
                Kind::EmptyArray => out.push_str(empty_array),
                Kind::EmptyObject => out.push_str(empty_object),
            }
        }
    }
}

/// What stands between the entries of an object or the items of an array, by their depth.
struct Between {
    layout: Layout,
    by_depth: Vec<String>,
    /// The first of them has no comma in front of it, and no space on its line.
    first_from: usize,
}

impl Between {
    fn of(layout: Layout) -> Self {
        Self { layout, by_depth: Vec::new(), first_from: if layout == Layout::Spaced { 2 } else { 1 } }
    }

    fn next(&mut self, depth: usize) -> &str {
        while self.by_depth.len() <= depth {
            let deep = self.by_depth.len();
            self.by_depth.push(match self.layout {
                Layout::Compact => ",".to_owned(),
                Layout::Spaced => ", ".to_owned(),
                Layout::Indented(width) => format!(",\n{}", " ".repeat(width * deep)),
                Layout::Jackson => format!(",\n{}", "  ".repeat(deep)),
                Layout::Tabs => format!(",\n{}", "\t".repeat(deep)),
            });
        }
        &self.by_depth[depth]
    }

    fn first(&mut self, depth: usize) -> &str {
        let from = self.first_from;
        &self.next(depth)[from..]
    }
}

/// Writes a text in its quotes.
fn quoted(text: &str, style: &Style, out: &mut String) {
    out.push('"');
    let mut rest = text;
    loop {
        // Most texts are plain from end to end; they are copied in one piece.
        let plain = rest.bytes().position(|byte| SPECIAL[usize::from(byte)]).unwrap_or(rest.len());
        out.push_str(&rest[..plain]);
        rest = &rest[plain..];
        let Some(c) = rest.chars().next() else { break };
        rest = &rest[c.len_utf8()..];
        match c {
            '"' if style.html == HtmlSafe::DotNet => out.push_str("\\u0022"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '/' if style.slash => out.push_str("\\/"),
            c if is_escaped(c, style) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a string cannot fail.
                    let _ = if style.html == HtmlSafe::DotNet || style.non_ascii == NonAscii::Upper {
                        write!(out, "\\u{unit:04X}")
                    } else {
                        write!(out, "\\u{unit:04x}")
                    };
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

fn is_escaped(c: char, style: &Style) -> bool {
    let html = match style.html {
        HtmlSafe::None => false,
        HtmlSafe::Tags => matches!(c, '<' | '>' | '&'),
        HtmlSafe::Lines => matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}'),
        HtmlSafe::Gson => matches!(c, '<' | '>' | '&' | '=' | '\'' | '\u{2028}' | '\u{2029}'),
        HtmlSafe::DotNet => matches!(c, '<' | '>' | '&' | '\'' | '+' | '`' | '\u{7f}'),
    };
    html || u32::from(c) < 0x20 || (!c.is_ascii() && style.non_ascii != NonAscii::Plain)
}

/// Bytes that some style writes as an escape: controls, what begins a character beyond ASCII, and what means something in
/// JSON, HTML or JavaScript. None is in the midst of a character.
const SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        special[byte] = byte < 0x20 || byte >= 0x7f;
        byte += 1;
    }
    let marks = b"\"\\/<>&'+`=";
    let mut at = 0;
    while at < marks.len() {
        special[marks[at] as usize] = true;
        at += 1;
    }
    special
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_outline_is_written_in_every_layout() {
        let node = Node::parse("{\"b\":[[],[1,{\"c\":2}],\"é\"],\"a\":{}}".as_bytes()).expect("JSON");
        let outline = Outline::of(&node, &Style::COMPACT);
        for (layout, text) in [
            (Layout::Compact, "{\"b\":[[],[1,{\"c\":2}],\"é\"],\"a\":{}}"),
            (Layout::Spaced, "{\"b\": [[], [1, {\"c\": 2}], \"é\"], \"a\": {}}"),
            (
                Layout::Indented(1),
                "{\n \"b\": [\n  [],\n  [\n   1,\n   {\n    \"c\": 2\n   }\n  ],\n  \"é\"\n ],\n \"a\": {}\n}",
            ),
            (Layout::Jackson, "{\n  \"b\" : [ [ ], [ 1, {\n    \"c\" : 2\n  } ], \"é\" ],\n  \"a\" : { }\n}"),
        ] {
            assert_eq!(outline.write(layout, 0), text);
        }
    }

    #[test]
    fn a_number_is_replaced_by_its_place_among_the_numbers() {
        let node = Node::parse(br#"{"a":"1","b":[1,true,2.50],"c":1}"#).expect("JSON");
        let outline = Outline::of(&node, &Style::COMPACT);
        assert_eq!(outline.numbers().collect::<Vec<_>>(), ["1", "2.50", "1"]);
        let written = outline.write_with_number(Layout::Compact, 1, "2.5");
        assert_eq!(written, r#"{"a":"1","b":[1,true,2.5],"c":1}"#);
    }
}
