//! Writing a document as one program or another would: layout, escapes, order of keys.
//!
//! Providers choose a few of these styles (`request.json`); the diagnosis tries all that are common. How they are carried out
//! is `outline.rs`.

use super::Node;
use super::outline::Outline;

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
        Outline::of(node, self).write(self.layout, room)
    }

    /// Writes a document that stands so many levels deep in another.
    pub(super) fn write_to(&self, node: &Node, out: &mut String, depth: usize) {
        Outline::of(node, self).write_to(self.layout, out, depth);
    }
}

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
