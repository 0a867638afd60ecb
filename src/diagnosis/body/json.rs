//! The same JSON value in another style: layout, escapes, order of keys. Forms of numbers are in `numbers.rs`.
//!
//! A handler that parsed the body and wrote it again has lost how it was written; these are the ways in which programs
//! write. Styles that differ only in characters which the document does not have are not tried.

use std::ops::ControlFlow;

use super::super::cause::{Cause, Change};
use super::super::written::Language;
use super::{Sink, numbers};
use crate::payload::writer::{HtmlSafe, Layout, NonAscii, Order, Style};
use crate::payload::{JsonStyle, Node, Outline};

pub(super) const LAYOUTS: [(Layout, &str); 7] = [
    (Layout::Compact, "compact"),
    (Layout::Spaced, "with a space after ',' and ':' as json.dumps writes"),
    (Layout::Indented(2), "indented by two spaces"),
    (Layout::Indented(4), "indented by four spaces"),
    (Layout::Tabs, "indented by tabs"),
    (Layout::Indented(3), "indented by three spaces"),
    (Layout::Jackson, "as Jackson's pretty printer writes"),
];

/// A way of escaping, and the characters without which it makes no difference.
struct Escaping {
    non_ascii: NonAscii,
    slash: bool,
    html: HtmlSafe,
    name: &'static str,
}

const ESCAPINGS: [Escaping; 12] = [
    escaping(NonAscii::Plain, false, HtmlSafe::None, ""),
    escaping(NonAscii::Lower, false, HtmlSafe::None, "\\u00e9 for characters beyond ASCII (Python, PHP)"),
    escaping(NonAscii::Lower, true, HtmlSafe::None, "\\/ and \\u00e9 (PHP's json_encode)"),
    escaping(NonAscii::Plain, true, HtmlSafe::None, "\\/ for slashes (PHP)"),
    escaping(NonAscii::Plain, false, HtmlSafe::Lines, "\\u003c, \\u003e and \\u0026 (Go, Rails)"),
    escaping(NonAscii::Upper, false, HtmlSafe::DotNet, "\\u002B, \\u0027 and \\u00E9 (System.Text.Json)"),
    escaping(NonAscii::Upper, false, HtmlSafe::None, "\\u00E9 for characters beyond ASCII, in capitals (Jackson)"),
    escaping(NonAscii::Plain, false, HtmlSafe::Tags, "\\u003c, \\u003e and \\u0026"),
    escaping(NonAscii::Lower, false, HtmlSafe::Lines, "\\u003c and \\u00e9"),
    escaping(NonAscii::Upper, true, HtmlSafe::None, "\\/ and \\u00E9"),
    escaping(NonAscii::Plain, false, HtmlSafe::DotNet, "\\u002B and \\u0027"),
    escaping(NonAscii::Plain, false, HtmlSafe::Gson, "\\u003c, \\u003d and \\u0027 (Gson)"),
];

const fn escaping(non_ascii: NonAscii, slash: bool, html: HtmlSafe, name: &'static str) -> Escaping {
    Escaping { non_ascii, slash, html, name }
}

impl Escaping {
    fn outline(&self, node: &Node, order: Order) -> Outline {
        let Self { non_ascii, slash, html, .. } = *self;
        Outline::of(node, &Style { non_ascii, slash, html, order, ..Style::COMPACT })
    }
}

/// The characters of a document that some programs escape.
#[derive(Default)]
struct Characters {
    non_ascii: bool,
    slash: bool,
    tags: bool,
    quotes: bool,
    equals: bool,
}

impl Characters {
    fn of(node: &Node) -> Self {
        let mut found = Self::default();
        texts(node, &mut |text| {
            found.non_ascii |= !text.is_ascii();
            found.slash |= text.contains('/');
            found.tags |= text.contains(['<', '>', '&', '\u{2028}', '\u{2029}']);
            found.equals |= text.contains('=');
            found.quotes |= text.contains(['\'', '"', '+', '`', '\u{7f}']);
        });
        found
    }

    fn matter_to(&self, escaping: &Escaping) -> bool {
        let html = match escaping.html {
            HtmlSafe::None => true,
            HtmlSafe::Tags | HtmlSafe::Lines => self.tags,
            HtmlSafe::Gson => self.tags || self.quotes || self.equals,
            HtmlSafe::DotNet => self.tags || self.quotes || self.non_ascii,
        };
        html && (escaping.non_ascii == NonAscii::Plain || self.non_ascii || escaping.html == HtmlSafe::DotNet)
            && (!escaping.slash || self.slash)
    }
}

fn texts(node: &Node, visit: &mut impl FnMut(&str)) {
    match node {
        Node::Text(text) => visit(text),
        Node::Array(items) => items.iter().for_each(|item| texts(item, visit)),
        Node::Object(entries) => entries.iter().for_each(|(key, value)| {
            visit(key);
            texts(value, visit);
        }),
        Node::Null | Node::Bool(_) | Node::Number(_) => {}
    }
}

/// The styles of common programs, with the keys as they are and sorted.
pub(super) fn common<B>(
    document: &Node,
    room: usize,
    own: Option<&JsonStyle>,
    out: &mut impl Sink<B>,
) -> ControlFlow<B> {
    if let Some(own) = own {
        let detail = "the signed JSON is written as the provider writes it";
        out.offer(|| Change::new(Cause::BodyReserialized, detail), document.write(own))?;
    }
    let characters = Characters::of(document);
    styles(document, room, &characters, "", out)
}

/// Other forms of numbers, repeated keys taken once, keys in a database's order, and a newline behind the common styles.
pub(super) fn rare<B>(document: &Node, room: usize, out: &mut impl Sink<B>) -> ControlFlow<B> {
    let characters = Characters::of(document);
    for (changed, name) in numbers::in_other_forms(document) {
        styles(&changed, room, &characters, name, out)?;
    }
    let once = without_repetitions(document);
    if once != *document {
        styles(&once, room, &characters, ", of repeated keys the last alone", out)?;
    }
    for (layout, name) in [LAYOUTS[1], LAYOUTS[0]] {
        let style = Style { layout, order: Order::ByLength, ..Style::COMPACT };
        let change = || {
            let order = "short keys first, as the JSON columns of PostgreSQL and MySQL keep them";
            Change::new(Cause::BodyReserialized, format!("the signed JSON is {name}, {order}"))
        };
        out.offer(change, style.write_with_room(&once, room))?;
    }
    let outline = Outline::of(document, &Style::COMPACT);
    for (layout, name) in LAYOUTS {
        let text = outline.write(layout, room);
        for (end, ending) in [("\n", "a newline"), ("\r\n", "CRLF")] {
            let change =
                || Change::new(Cause::BodyReserialized, format!("the signed JSON is {name}, with {ending} at its end"));
            out.offer(change, format!("{text}{end}"))?;
        }
        let crlf =
            || Change::new(Cause::BodyReserialized, format!("the signed JSON is {name}, its lines ended by CRLF"));
        out.offer(crlf, text.replace('\n', "\r\n"))?;
    }
    numbers::one_alone(&outline, out)?;
    numbers::rounded(document, out)
}

fn styles<B>(
    node: &Node,
    room: usize,
    characters: &Characters,
    beside: &str,
    out: &mut impl Sink<B>,
) -> ControlFlow<B> {
    for order in [Order::AsIs, Order::Sorted] {
        for escaping in ESCAPINGS.iter().filter(|escaping| characters.matter_to(escaping)) {
            let outline = escaping.outline(node, order);
            for (layout, name) in LAYOUTS {
                let change = || {
                    let mut detail = format!("the signed JSON is {name}");
                    if !escaping.name.is_empty() {
                        detail.push_str(", with ");
                        detail.push_str(escaping.name);
                    }
                    if order == Order::Sorted {
                        detail.push_str(", its keys sorted");
                    }
                    detail.push_str(beside);
                    Change::new(Cause::BodyReserialized, detail)
                };
                out.offer(change, outline.write(layout, room))?;
            }
        }
    }
    ControlFlow::Continue(())
}

/// The style that a document is written in, and the language that writes so.
pub(super) fn style_of(document: &Node, bytes: &[u8]) -> Option<(String, Option<Language>)> {
    let characters = Characters::of(document);
    for escaping in ESCAPINGS.iter().filter(|escaping| characters.matter_to(escaping)) {
        let (outline, escapes) = (escaping.outline(document, Order::AsIs), escaping.name);
        for (layout, name) in LAYOUTS {
            if outline.write(layout, bytes.len()).as_bytes() != bytes {
                continue;
            }
            let name = if layout == Layout::Compact { "on one line without spaces" } else { name };
            let beside = if escapes.is_empty() { String::new() } else { format!(", with {escapes}") };
            return Some((format!("{name}{beside}"), language(layout, escaping)));
        }
    }
    None
}

fn language(layout: Layout, escaping: &Escaping) -> Option<Language> {
    match (layout, escaping.non_ascii, escaping.html) {
        (_, _, HtmlSafe::DotNet) => Some(Language::DotNet),
        (Layout::Jackson, ..) | (_, _, HtmlSafe::Gson) | (_, NonAscii::Upper, _) => Some(Language::Java),
        _ if escaping.slash => Some(Language::Php),
        (_, _, HtmlSafe::Lines | HtmlSafe::Tags) => Some(Language::Go),
        (Layout::Spaced, ..) | (Layout::Indented(_), NonAscii::Lower, _) => Some(Language::Python),
        (Layout::Compact | Layout::Indented(2) | Layout::Tabs, NonAscii::Plain, _) => Some(Language::JavaScript),
        _ => None,
    }
}

fn without_repetitions(node: &Node) -> Node {
    match node {
        Node::Array(items) => Node::Array(items.iter().map(without_repetitions).collect()),
        Node::Object(entries) => {
            let mut places: std::collections::HashMap<&str, usize> = std::collections::HashMap::new();
            let mut kept: Vec<(String, Node)> = Vec::new();
            for (key, value) in entries {
                let value = without_repetitions(value);
                // Parsers keep the place of the first and the value of the last.
                match places.get(key.as_str()) {
                    Some(at) => kept[*at].1 = value,
                    None => {
                        places.insert(key.as_str(), kept.len());
                        kept.push((key.clone(), value));
                    }
                }
            }
            Node::Object(kept)
        }
        other => other.clone(),
    }
}
