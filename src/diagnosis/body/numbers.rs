//! The same JSON with its numbers in another form: what programs make of `1.50`, `1e3` and integers beyond 2^53.

use std::ops::ControlFlow;

use super::super::cause::{Cause, Change};
use super::Sink;
use super::json::LAYOUTS;
use crate::payload::writer::Style;
use crate::payload::{Node, Outline};

/// Numbers that are changed one at a time, at most.
const MOST_NUMBERS: usize = 64;

/// Integers beyond 2^53 that are looked into, at most.
const MOST_ROUNDED: usize = 4;

/// The documents that come of writing all numbers in one program's way, where that changes any.
pub(super) fn in_other_forms(document: &Node) -> impl Iterator<Item = (Node, &'static str)> {
    let changed = NUMBER_FORMS.into_iter().map(|(form, name)| (with_numbers(document, &mut |text| form(text)), name));
    changed.filter(move |(changed, _)| changed != document)
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

/// One number alone in another form: `10` that was `10.0` when it was signed, while all others are as they were.
pub(super) fn one_alone<B>(document: &Outline, out: &mut impl Sink<B>) -> ControlFlow<B> {
    const FORMS: [fn(&str) -> Option<String>; 9] = [
        with_point,
        with_cents,
        without_zeros,
        as_javascript,
        |text| with_exponent(text, "e"),
        |text| with_exponent(text, "E"),
        |text| with_exponent(text, "e+"),
        |text| with_exponent(text, "E+"),
        |text| with_exponent(text, ".0E"),
    ];
    if document.numbers().nth(MOST_NUMBERS).is_some() {
        return ControlFlow::Continue(());
    }
    for (which, old) in document.numbers().enumerate() {
        for new in FORMS.iter().filter_map(|form| form(old)).filter(|new| new != old) {
            for (layout, name) in [LAYOUTS[0], LAYOUTS[1], LAYOUTS[2]] {
                let change = || {
                    Change::new(
                        Cause::BodyReserialized,
                        format!("the signed JSON is {name}, and has {new} in place of {old}"),
                    )
                };
                out.offer(change, document.write_with_number(layout, which, &new))?;
            }
        }
    }
    ControlFlow::Continue(())
}

/// A whole number with zeros at its end as digits and an exponent: `1e3`, `1.5E3`, `1.0E7`.
fn with_exponent(text: &str, sign: &str) -> Option<String> {
    let (minus, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let rest = digits.trim_end_matches('0');
    if rest.is_empty() || digits.len() < rest.len() + 2 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (first, others) = rest.split_at(1);
    let sign = if others.is_empty() { sign } else { sign.trim_start_matches(".0") };
    let point = if others.is_empty() { "" } else { "." };
    Some(format!("{minus}{first}{point}{others}{sign}{}", digits.len() - 1))
}

/// A whole number beyond 2^53 that a program with nothing but doubles has rounded: each that rounds to the same one.
pub(super) fn rounded<B>(document: &Node, out: &mut impl Sink<B>) -> ControlFlow<B> {
    let mut suspects: Vec<String> = Vec::new();
    with_numbers(document, &mut |text| {
        if suspects.len() < MOST_ROUNDED && is_rounded(text) && suspects.iter().all(|known| known != text) {
            suspects.push(text.to_owned());
        }
        None
    });
    for suspect in suspects {
        // A character that no style writes as it is.
        const HERE: &str = "\u{1}";
        let marked = with_numbers(document, &mut |text| (text == suspect).then(|| HERE.to_owned()));
        for (layout, name) in [LAYOUTS[0], LAYOUTS[1]] {
            let text = Style { layout, ..Style::COMPACT }.write(&marked);
            for other in rounding_to(&suspect) {
                let change = || {
                    let detail =
                        format!("the signed JSON is {name}, and has {other} where a double made {suspect} of it");
                    Change::new(Cause::BodyReserialized, detail)
                };
                out.offer(change, text.replace(HERE, &other))?;
            }
        }
    }
    ControlFlow::Continue(())
}

/// Whether a text is a whole number beyond 2^53 and as JavaScript writes it: such ids end in zeros.
fn is_rounded(text: &str) -> bool {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    // Beyond 64 bits there are no ids, and more candidates than anybody would try.
    const LARGEST: f64 = 18_446_744_073_709_551_616.0;
    let is_whole = text.strip_prefix('-').unwrap_or(text).bytes().all(|byte| byte.is_ascii_digit());
    is_whole
        && text.parse::<f64>().is_ok_and(|value| (EXACT..LARGEST).contains(&value.abs()))
        && as_javascript(text).as_deref() == Some(text)
}

/// All whole numbers but this one that are the same double.
fn rounding_to(text: &str) -> impl Iterator<Item = String> {
    let value: f64 = text.parse().unwrap_or_default();
    #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^64")]
    let (at, next) = (value as i128, value.next_up().max(value.next_down()) as i128);
    let half = (next - at).abs() / 2;
    let own: Option<i128> = text.parse().ok();
    let nearest = (0..=half).flat_map(move |off| if off == 0 { vec![at] } else { vec![at + off, at - off] });
    #[expect(clippy::cast_precision_loss, clippy::float_cmp, reason = "what is lost is what is looked for")]
    nearest.filter(move |other| Some(*other) != own && *other as f64 == value).map(|other| other.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_are_written_where_zeros_end_a_number() {
        for (text, sign, wanted) in [
            ("1000", "e", Some("1e3")),
            ("1500", "E", Some("1.5E3")),
            ("-10000000", ".0E", Some("-1.0E7")),
            ("12300", ".0E", Some("1.23E4")),
            ("1000", "e+", Some("1e+3")),
            ("10", "e", None),
            ("0", "e", None),
            ("1.00", "e", None),
        ] {
            assert_eq!(with_exponent(text, sign).as_deref(), wanted, "{text} {sign}");
        }
    }

    #[test]
    fn a_rounded_id_is_found_among_those_that_round_to_it() {
        assert!(is_rounded("1234567890123456800") && is_rounded("-9007199254740994"));
        assert!(!is_rounded("1234567890123456789") && !is_rounded("9007199254740991") && !is_rounded("1e20"));
        let all: Vec<String> = rounding_to("1234567890123456800").collect();
        assert!(all.contains(&"1234567890123456789".to_owned()) && !all.contains(&"1234567890123456800".to_owned()));
        assert!(all.len() > 200 && all.len() < 300, "{}", all.len());
        assert!(all.iter().all(|other| as_javascript(other).as_deref() == Some("1234567890123456800")));
    }

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
