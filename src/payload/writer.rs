//! Writing a document as one program or another would: layout, escapes, order of keys.
//!
//! Providers choose a few of these styles (`request.json`); the diagnosis tries all that are common.

use std::fmt::Write;

use super::Node;

/// How the parts of a document are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// One line without spaces.
    Compact,
    /// One line, a space after `,` and `:`.
    Spaced,
    /// A line an item, so many spaces a level.
    Indented(usize),
    /// A line an item, a tab a level.
    Tabs,
    /// As Jackson's default printer: two spaces a level, `"key" : value`, arrays on one line.
    Jackson,
}

/// How characters beyond ASCII are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NonAscii {
    /// As they are.
    #[default]
    Plain,
    /// `\u00e9`
    Lower,
    /// `\u00E9`
    Upper,
}

/// Which characters that mean something in HTML are written as escapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HtmlSafe {
    /// None.
    #[default]
    None,
    /// `<`, `>` and `&`, in lower case.
    Tags,
    /// As Go and Rails: `<`, `>`, `&` and the two line separators U+2028 and U+2029, in lower case.
    Lines,
    /// As Gson: `<`, `>`, `&`, `=`, `'` and the two line separators, in lower case.
    Gson,
    /// As .NET: `<`, `>`, `&`, `'`, `"`, `+` and the backtick, in upper case.
    DotNet,
}

/// In which order the keys of an object come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// As they are.
    #[default]
    AsIs,
    /// Sorted by their bytes.
    Sorted,
    /// Short keys first, then by their bytes, as the JSON columns of PostgreSQL and MySQL keep them.
    ByLength,
}

/// A way of writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// How parts are laid out.
    pub layout: Layout,
    /// Characters beyond ASCII.
    pub non_ascii: NonAscii,
    /// `/` as `\/`.
    pub slash: bool,
    /// Characters of HTML.
    pub html: HtmlSafe,
    /// The order of keys.
    pub order: Order,
}

impl Style {
    /// One line, nothing escaped that need not be, keys as they come.
    pub const COMPACT: Self = Self {
        layout: Layout::Compact,
        non_ascii: NonAscii::Plain,
        slash: false,
        html: HtmlSafe::None,
        order: Order::AsIs,
    };

    /// Writes a document.
    pub fn write(&self, node: &Node) -> String {
        self.write_with_room(node, 0)
    }

    /// Writes a document whose text will be about so many bytes long.
    pub fn write_with_room(&self, node: &Node, room: usize) -> String {
        let mut out = String::with_capacity(room);
        self.write_to(node, &mut out, 0);
        out
    }

    /// Writes a document that stands so many levels deep in another.
    pub(super) fn write_to(&self, node: &Node, out: &mut String, depth: usize) {
        match node {
            Node::Null => out.push_str("null"),
            Node::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Node::Number(text) => out.push_str(text),
            Node::Text(text) => self.string(text, out),
            Node::Array(items) if items.is_empty() => {
                out.push_str(if self.layout == Layout::Jackson { "[ ]" } else { "[]" });
            }
            Node::Object(entries) if entries.is_empty() => {
                out.push_str(if self.layout == Layout::Jackson { "{ }" } else { "{}" });
            }
            Node::Array(items) if self.layout == Layout::Jackson => {
                out.push_str("[ ");
                for (at, item) in items.iter().enumerate() {
                    out.push_str(if at > 0 { ", " } else { "" });
                    self.write_to(item, out, depth);
                }
                out.push_str(" ]");
            }
            Node::Array(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    self.before_item(out, at, depth + 1);
                    self.write_to(item, out, depth + 1);
                }
                self.new_line(out, depth);
                out.push(']');
            }
            Node::Object(entries) => {
                out.push('{');
                let mut entry = |at: usize, key: &str, value: &Node| {
                    self.before_item(out, at, depth + 1);
                    self.string(key, out);
                    out.push_str(match self.layout {
                        Layout::Compact => ":",
                        Layout::Jackson => " : ",
                        Layout::Spaced | Layout::Indented(_) | Layout::Tabs => ": ",
                    });
                    self.write_to(value, out, depth + 1);
                };
                if self.order == Order::AsIs {
                    entries.iter().enumerate().for_each(|(at, (key, value))| entry(at, key, value));
                } else {
                    let mut order: Vec<&(String, Node)> = entries.iter().collect();
                    match self.order {
                        Order::ByLength => order.sort_by(|(a, _), (b, _)| (a.len(), a).cmp(&(b.len(), b))),
                        Order::AsIs | Order::Sorted => order.sort_by(|(a, _), (b, _)| a.cmp(b)),
                    }
                    order.into_iter().enumerate().for_each(|(at, (key, value))| entry(at, key, value));
                }
                self.new_line(out, depth);
                out.push('}');
            }
        }
    }

    fn before_item(&self, out: &mut String, at: usize, depth: usize) {
        if at > 0 {
            out.push(',');
            if self.layout == Layout::Spaced {
                out.push(' ');
            }
        }
        self.new_line(out, depth);
    }

    fn new_line(&self, out: &mut String, depth: usize) {
        let (unit, width) = match self.layout {
            Layout::Compact | Layout::Spaced => return,
            Layout::Indented(width) => (' ', width),
            Layout::Jackson => (' ', 2),
            Layout::Tabs => ('\t', 1),
        };
        out.push('\n');
        out.extend(std::iter::repeat_n(unit, width * depth));
    }

    fn string(&self, text: &str, out: &mut String) {
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
                '"' if self.html == HtmlSafe::DotNet => out.push_str("\\u0022"),
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\u{8}' => out.push_str("\\b"),
                '\u{c}' => out.push_str("\\f"),
                '/' if self.slash => out.push_str("\\/"),
                c if self.is_escaped(c) => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        // Writing to a string cannot fail.
                        let _ = if self.html == HtmlSafe::DotNet || self.non_ascii == NonAscii::Upper {
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

    fn is_escaped(&self, c: char) -> bool {
        let html = match self.html {
            HtmlSafe::None => false,
            HtmlSafe::Tags => matches!(c, '<' | '>' | '&'),
            HtmlSafe::Lines => matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}'),
            HtmlSafe::Gson => matches!(c, '<' | '>' | '&' | '=' | '\'' | '\u{2028}' | '\u{2029}'),
            HtmlSafe::DotNet => matches!(c, '<' | '>' | '&' | '\'' | '+' | '`' | '\u{7f}'),
        };
        html || u32::from(c) < 0x20 || (!c.is_ascii() && self.non_ascii != NonAscii::Plain)
    }
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
    fn each_program_writes_in_its_own_way() {
        let node = Node::parse("{\"b\":[1,\"é/<'\"],\"a\":{}}".as_bytes()).expect("JSON");
        let style = Style::COMPACT;
        for (style, text) in [
            (style, "{\"b\":[1,\"é/<'\"],\"a\":{}}"),
            (Style { order: Order::ByLength, ..style }, "{\"a\":{},\"b\":[1,\"é/<'\"]}"),
            (Style { html: HtmlSafe::Gson, ..style }, "{\"b\":[1,\"é/\\u003c\\u0027\"],\"a\":{}}"),
            (Style { order: Order::Sorted, ..style }, "{\"a\":{},\"b\":[1,\"é/<'\"]}"),
            (
                Style { layout: Layout::Spaced, non_ascii: NonAscii::Lower, ..style },
                "{\"b\": [1, \"\\u00e9/<'\"], \"a\": {}}",
            ),
            (Style { slash: true, non_ascii: NonAscii::Lower, ..style }, "{\"b\":[1,\"\\u00e9\\/<'\"],\"a\":{}}"),
            (Style { html: HtmlSafe::Lines, ..style }, "{\"b\":[1,\"é/\\u003c'\"],\"a\":{}}"),
            (
                Style { html: HtmlSafe::DotNet, non_ascii: NonAscii::Upper, ..style },
                "{\"b\":[1,\"\\u00E9/\\u003C\\u0027\"],\"a\":{}}",
            ),
            (Style { layout: Layout::Tabs, ..style }, "{\n\t\"b\": [\n\t\t1,\n\t\t\"é/<'\"\n\t],\n\t\"a\": {}\n}"),
            (Style { layout: Layout::Jackson, ..style }, "{\n  \"b\" : [ 1, \"é/<'\" ],\n  \"a\" : { }\n}"),
        ] {
            assert_eq!(style.write(&node), text, "{style:?}");
        }
    }
}
