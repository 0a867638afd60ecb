//! The same JSON value in another style: layout, escapes, order of keys, forms of numbers.
//!
//! A handler that parsed the body and wrote it again has lost how it was written; these are the ways in which programs
//! write. Styles that differ only in characters which the document does not have are not tried.

use std::ops::ControlFlow;

use super::super::cause::{Cause, Change};
use super::Sink;
use crate::payload::writer::{HtmlSafe, Layout, NonAscii, Style};
use crate::payload::{JsonStyle, Node};

/// Numbers that are changed one at a time, at most.
const MOST_NUMBERS: usize = 64;

const LAYOUTS: [(Layout, &str); 7] = [
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

const ESCAPINGS: [Escaping; 11] = [
    escaping(NonAscii::Plain, false, HtmlSafe::None, ""),
    escaping(NonAscii::Lower, false, HtmlSafe::None, "\\u00e9 for characters beyond ASCII (Python, PHP)"),
    escaping(NonAscii::Lower, true, HtmlSafe::None, "\\/ and \\u00e9 (PHP's json_encode)"),
    escaping(NonAscii::Plain, true, HtmlSafe::None, "\\/ for slashes (PHP)"),
    escaping(NonAscii::Plain, false, HtmlSafe::Lines, "\\u003c, \\u003e and \\u0026 (Go, Rails)"),
    escaping(NonAscii::Upper, false, HtmlSafe::DotNet, "\\u002B, \\u0027 and \\u00E9 (System.Text.Json)"),
    escaping(
        NonAscii::Upper,
        false,
        HtmlSafe::None,
        "\\u00E9 for characters beyond ASCII, in capitals (Jackson, Gson)",
    ),
    escaping(NonAscii::Plain, false, HtmlSafe::Tags, "\\u003c, \\u003e and \\u0026"),
    escaping(NonAscii::Lower, false, HtmlSafe::Lines, "\\u003c and \\u00e9"),
    escaping(NonAscii::Upper, true, HtmlSafe::None, "\\/ and \\u00E9"),
    escaping(NonAscii::Plain, false, HtmlSafe::DotNet, "\\u002B and \\u0027"),
];

const fn escaping(non_ascii: NonAscii, slash: bool, html: HtmlSafe, name: &'static str) -> Escaping {
    Escaping { non_ascii, slash, html, name }
}

/// The characters of a document that some programs escape.
#[derive(Default)]
struct Characters {
    non_ascii: bool,
    slash: bool,
    tags: bool,
    quotes: bool,
}

impl Characters {
    fn of(node: &Node) -> Self {
        let mut found = Self::default();
        texts(node, &mut |text| {
            found.non_ascii |= !text.is_ascii();
            found.slash |= text.contains('/');
            found.tags |= text.contains(['<', '>', '&', '\u{2028}', '\u{2029}']);
            found.quotes |= text.contains(['\'', '"', '+', '`', '\u{7f}']);
        });
        found
    }

    fn matter_to(&self, escaping: &Escaping) -> bool {
        let html = match escaping.html {
            HtmlSafe::None => true,
            HtmlSafe::Tags | HtmlSafe::Lines => self.tags,
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
pub(super) fn common<B>(document: &Node, own: Option<&JsonStyle>, out: &mut impl Sink<B>) -> ControlFlow<B> {
    if let Some(own) = own {
        let detail = "the signed JSON is written as the provider writes it";
        out.offer(|| Change::new(Cause::BodyReserialized, detail), document.write(own))?;
    }
    let characters = Characters::of(document);
    styles(document, &characters, "", out)
}

/// Other forms of numbers, repeated keys taken once, and a newline behind the common styles.
pub(super) fn rare<B>(document: &Node, out: &mut impl Sink<B>) -> ControlFlow<B> {
    let characters = Characters::of(document);
    for (form, name) in NUMBER_FORMS {
        let changed = with_numbers(document, &mut |text| form(text));
        if changed != *document {
            styles(&changed, &characters, name, out)?;
        }
    }
    let once = without_repetitions(document);
    if once != *document {
        styles(&once, &characters, ", of repeated keys the last alone", out)?;
    }
    for (layout, name) in LAYOUTS {
        let text = Style { layout, ..Style::COMPACT }.write(document);
        for (end, ending) in [("\n", "a newline"), ("\r\n", "CRLF")] {
            let change =
                || Change::new(Cause::BodyReserialized, format!("the signed JSON is {name}, with {ending} at its end"));
            out.offer(change, format!("{text}{end}"))?;
        }
        let crlf =
            || Change::new(Cause::BodyReserialized, format!("the signed JSON is {name}, its lines ended by CRLF"));
        out.offer(crlf, text.replace('\n', "\r\n"))?;
    }
    one_number(document, out)
}

fn styles<B>(node: &Node, characters: &Characters, beside: &str, out: &mut impl Sink<B>) -> ControlFlow<B> {
    for sorted in [false, true] {
        for escaping in ESCAPINGS.iter().filter(|escaping| characters.matter_to(escaping)) {
            for (layout, name) in LAYOUTS {
                let style =
                    Style { layout, non_ascii: escaping.non_ascii, slash: escaping.slash, html: escaping.html, sorted };
                let change = || {
                    let mut detail = format!("the signed JSON is {name}");
                    if !escaping.name.is_empty() {
                        detail.push_str(", with ");
                        detail.push_str(escaping.name);
                    }
                    if sorted {
                        detail.push_str(", its keys sorted");
                    }
                    detail.push_str(beside);
                    Change::new(Cause::BodyReserialized, detail)
                };
                out.offer(change, style.write(node))?;
            }
        }
    }
    ControlFlow::Continue(())
}

/// What some programs make of the text of a number, and how it is told.
type NumberForm = (fn(&str) -> Option<String>, &'static str);

const NUMBER_FORMS: [NumberForm; 6] = [
    (as_javascript, ", numbers as JavaScript writes them"),
    (without_zeros, ", numbers without final zeros"),
    (with_point, ", whole numbers as 1.0"),
    (with_cents, ", numbers with two decimals"),
    (fractions_with_cents, ", fractions with two decimals"),
    (as_python, ", numbers as Python writes them"),
];

/// The shortest text that JavaScript reads as the same number: `1.50` and `15e-1` are `1.5`, `1.0` is `1`, whole numbers
/// beyond 2^53 are rounded.
fn as_javascript(text: &str) -> Option<String> {
    let value: f64 = text.parse().ok()?;
    if !value.is_finite() {
        return None;
    }
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{value:e}");
        return Some(if text.contains("e-") { text } else { text.replace('e', "e+") });
    }
    Some(if value == 0.0 { "0".to_owned() } else { format!("{value}") })
}

/// A float as `repr` writes it: `1.0`, `1e+16`, `1e-05`; whole numbers stay as they are.
fn as_python(text: &str) -> Option<String> {
    if !text.contains(['.', 'e', 'E']) {
        return None;
    }
    let value: f64 = text.parse().ok().filter(|value: &f64| value.is_finite())?;
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e16).contains(&size) {
        let text = format!("{value:e}");
        let (mantissa, exponent) = text.split_once('e')?;
        let number: i32 = exponent.parse().ok()?;
        let sign = if number < 0 { '-' } else { '+' };
        return Some(format!("{mantissa}e{sign}{:02}", number.unsigned_abs()));
    }
    let text = format!("{value}");
    Some(if text.contains('.') { text } else { format!("{text}.0") })
}

fn without_zeros(text: &str) -> Option<String> {
    if !text.contains('.') || text.contains(['e', 'E']) {
        return None;
    }
    Some(text.trim_end_matches('0').trim_end_matches('.').to_owned())
}

fn with_point(text: &str) -> Option<String> {
    (!text.contains(['.', 'e', 'E'])).then(|| format!("{text}.0"))
}

fn with_cents(text: &str) -> Option<String> {
    decimals(text, true)
}

fn fractions_with_cents(text: &str) -> Option<String> {
    decimals(text, false)
}

fn decimals(text: &str, whole_too: bool) -> Option<String> {
    if text.contains(['e', 'E']) {
        return None;
    }
    match text.split_once('.') {
        Some((_, fraction)) if fraction.len() == 1 => Some(format!("{text}0")),
        None if whole_too => Some(format!("{text}.00")),
        _ => None,
    }
}

fn with_numbers(node: &Node, change: &mut impl FnMut(&str) -> Option<String>) -> Node {
    match node {
        Node::Number(text) => Node::Number(change(text).unwrap_or_else(|| text.clone())),
        Node::Array(items) => Node::Array(items.iter().map(|item| with_numbers(item, change)).collect()),
        Node::Object(entries) => {
            Node::Object(entries.iter().map(|(key, value)| (key.clone(), with_numbers(value, change))).collect())
        }
        other => other.clone(),
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

/// One number alone in another form: `10` that was `10.0` when it was signed, while all others are as they were.
fn one_number<B>(document: &Node, out: &mut impl Sink<B>) -> ControlFlow<B> {
    let mut total = 0;
    with_numbers(document, &mut |_| {
        total += 1;
        None
    });
    if total > MOST_NUMBERS {
        return ControlFlow::Continue(());
    }
    for which in 0..total {
        let forms: [fn(&str) -> Option<String>; 4] = [with_point, with_cents, without_zeros, as_javascript];
        for form in forms {
            let (mut at, mut names) = (0, None);
            let changed = with_numbers(document, &mut |text| {
                let here = at == which;
                at += 1;
                let new = here.then(|| form(text)).flatten()?;
                names = Some((text.to_owned(), new.clone()));
                Some(new)
            });
            let Some((old, new)) = names.filter(|(old, new)| old != new) else { continue };
            for (layout, name) in [LAYOUTS[0], LAYOUTS[1], LAYOUTS[2]] {
                let change = || {
                    Change::new(
                        Cause::BodyReserialized,
                        format!("the signed JSON is {name}, and has {new} in place of {old}"),
                    )
                };
                out.offer(change, Style { layout, ..Style::COMPACT }.write(&changed))?;
            }
        }
    }
    ControlFlow::Continue(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_others_write_them() {
        for (text, javascript, python) in [
            ("1.50", "1.5", "1.5"),
            ("1.0", "1", "1.0"),
            ("10", "10", "10"),
            ("1e3", "1000", "1000.0"),
            ("12345678901234567890", "12345678901234567000", "12345678901234567890"),
            ("1e21", "1e+21", "1e+21"),
            ("0.0000001", "1e-7", "1e-07"),
            ("-0", "0", "-0"),
            ("1E400", "1E400", "1E400"),
        ] {
            assert_eq!(as_javascript(text).unwrap_or_else(|| text.into()), javascript, "{text}");
            assert_eq!(as_python(text).unwrap_or_else(|| text.into()), python, "{text}");
        }
    }
}
