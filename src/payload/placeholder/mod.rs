//! Placeholders: `{{…}}` in payloads and headers become fresh, realistic values, repeatable by a seed.
//!
//! `fixtures/README.md` lists them. A named value is made once a delivery and is the same wherever it stands.
//!
//! ```text
//! mod.rs      placeholders, named values and parts in texts and payloads
//! fresh.rs    what each placeholder makes
//! made.rs     what was made, for making another one of its kind
//! seed.rs     what decides all chance
//! ```

mod fresh;
mod made;
mod seed;

use std::collections::{BTreeMap, HashMap};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub use made::{Alphabet, Made, MadeKind, TimeForm};
pub use seed::Seed;

use self::fresh::Fresh;
use super::Node;
use crate::model::Timestamp;
use crate::model::quantity::parse_duration;

/// A value that came out of a text with placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rendered {
    /// Text.
    Text(String),
    /// A number, as it is to be written.
    Number(String),
}

impl Rendered {
    /// The value as text.
    pub fn into_text(self) -> String {
        match self {
            Self::Text(text) | Self::Number(text) => text,
        }
    }
}

/// Why a placeholder gives no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceholderError {
    /// `{{` without `}}`.
    #[error("'{0}' opens a placeholder and does not close it")]
    Open(String),
    /// Neither a placeholder nor a named value.
    #[error("'{{{{{0}}}}}' is no placeholder and no named value")]
    Unknown(String),
    /// Its arguments cannot be read.
    #[error("'{{{{{0}}}}}' has arguments that cannot be read")]
    Arguments(String),
    /// A named value that needs itself.
    #[error("the value '{0}' refers to itself")]
    Circle(String),
    /// `{{>x}}` where parts.json has no x.
    #[error("'{{{{>{0}}}}}' is not in parts.json")]
    NoPart(String),
    /// Parts within parts without end.
    #[error("the part '{0}' holds itself")]
    PartCircle(String),
}

impl PlaceholderError {
    /// What to look for in a file to find what the error is about: as it stands there by itself, or else within others.
    pub fn texts(&self) -> [String; 2] {
        match self {
            Self::Open(text) => [text.clone(), text.clone()],
            Self::Unknown(text) | Self::Arguments(text) | Self::Circle(text) => {
                [format!("{{{{{text}}}}}"), text.clone()]
            }
            Self::NoPart(text) | Self::PartCircle(text) => [format!("{{{{>{text}}}}}"), text.clone()],
        }
    }
}

/// Makes the values of one delivery.
pub struct Values<'a> {
    named: HashMap<String, String>,
    parts: Option<&'a Node>,
    made: BTreeMap<String, Rendered>,
    making: Vec<String>,
    fresh: Fresh,
}

impl<'a> Values<'a> {
    /// Values of one delivery: `named` are texts with placeholders, `parts` the entries of `parts.json`, `now` the time of the
    /// event, `seed` what decides all chance.
    pub fn new(named: HashMap<String, String>, parts: Option<&'a Node>, seed: Seed, now: Timestamp) -> Self {
        Self { named, parts, made: BTreeMap::new(), making: Vec::new(), fresh: Fresh::new(seed, now) }
    }

    /// Notes from now on which fresh values were made.
    pub fn note_made(&mut self) {
        self.fresh.note_made();
    }

    /// What was noted.
    pub fn into_made(self) -> Vec<Made> {
        self.fresh.into_made()
    }

    /// Fixes a named value as text.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.made.insert(name.to_owned(), Rendered::Text(value.into()));
    }

    /// Fixes a named value.
    pub fn put(&mut self, name: &str, value: Rendered) {
        self.made.insert(name.to_owned(), value);
    }

    /// A named value, made now if it was not needed so far.
    ///
    /// # Errors
    /// There is no such value, or it cannot be made.
    pub fn get(&mut self, name: &str) -> Result<Rendered, PlaceholderError> {
        self.one(name)
    }

    /// The value of a text with placeholders. A text that is nothing but one placeholder takes that one's type.
    pub fn expand(&mut self, text: &str) -> Result<Rendered, PlaceholderError> {
        let Some(open) = text.find("{{") else { return Ok(Rendered::Text(text.to_owned())) };
        if open == 0
            && let Some(inside) = text[2..].strip_suffix("}}")
            && !inside.contains("}}")
            && !inside.starts_with('{')
        {
            return self.one(inside);
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(open) = rest.find("{{") {
            // Of three braces the outer one is text: `{{{uuid}}}` is a UUID in braces.
            let open = open + rest[open + 2..].bytes().take_while(|b| *b == b'{').count();
            out.push_str(&rest[..open]);
            let close = rest[open..].find("}}").ok_or_else(|| PlaceholderError::Open(text.to_owned()))? + open;
            out.push_str(&self.one(&rest[open + 2..close])?.into_text());
            rest = &rest[close + 2..];
        }
        out.push_str(rest);
        Ok(Rendered::Text(out))
    }

    /// A payload with all its placeholders and parts filled in.
    pub fn fill(&mut self, node: &Node) -> Result<Node, PlaceholderError> {
        self.fill_within(node, &mut Vec::new())
    }

    fn fill_within(&mut self, node: &Node, inside: &mut Vec<String>) -> Result<Node, PlaceholderError> {
        Ok(match node {
            Node::Text(text) => {
                if let Some(name) = text.strip_prefix("{{>").and_then(|rest| rest.strip_suffix("}}")) {
                    let part = self.parts.and_then(|parts| parts.get(name));
                    let part = part.ok_or_else(|| PlaceholderError::NoPart(name.to_owned()))?;
                    if inside.iter().any(|outer| outer == name) {
                        return Err(PlaceholderError::PartCircle(name.to_owned()));
                    }
                    inside.push(name.to_owned());
                    let filled = self.fill_within(part, inside)?;
                    inside.pop();
                    return Ok(filled);
                }
                match self.expand(text)? {
                    Rendered::Text(text) => Node::Text(text),
                    Rendered::Number(number) => Node::Number(number),
                }
            }
            Node::Array(items) => {
                Node::Array(items.iter().map(|item| self.fill_within(item, inside)).collect::<Result<_, _>>()?)
            }
            Node::Object(entries) => {
                let mut filled = Vec::with_capacity(entries.len());
                for (key, value) in entries {
                    let key = if key.contains("{{") { self.expand(key)?.into_text() } else { key.clone() };
                    filled.push((key, self.fill_within(value, inside)?));
                }
                Node::Object(filled)
            }
            other => other.clone(),
        })
    }

    /// One placeholder, without its braces.
    fn one(&mut self, inside: &str) -> Result<Rendered, PlaceholderError> {
        if let Some(made) = self.made.get(inside) {
            return Ok(made.clone());
        }
        if let Some(text) = self.named.get(inside).cloned() {
            if self.making.iter().any(|name| name == inside) {
                return Err(PlaceholderError::Circle(inside.to_owned()));
            }
            self.making.push(inside.to_owned());
            let value = self.expand(&text);
            self.making.pop();
            let value = value?;
            self.made.insert(inside.to_owned(), value.clone());
            return Ok(value);
        }
        let (spec, shift) = split_shift(inside);
        let (name, arguments) = spec.split_once(':').map_or((spec, None), |(name, rest)| (name, Some(rest)));
        if let "unix" | "unix_ms" | "iso" | "iso_ms" | "iso_us" | "time" = name {
            let time = self.fresh.time(name, arguments, shift);
            return time.ok_or_else(|| PlaceholderError::Arguments(inside.to_owned()));
        }
        let (name, arguments) = inside.split_once(':').map_or((inside, None), |(name, rest)| (name, Some(rest)));
        if let Some(person) = self.fresh.realistic(name).filter(|_| arguments.is_none()) {
            return Ok(Rendered::Text(person));
        }
        if name == "uuid" && arguments.is_none() {
            return Ok(Rendered::Text(self.fresh.uuid()));
        }
        let Some(arguments) = arguments else { return Err(PlaceholderError::Unknown(inside.to_owned())) };
        match name {
            "text" => return Ok(Rendered::Text(self.one(arguments)?.into_text())),
            "json_of" => return self.json_of(arguments).map(Rendered::Text),
            "base64_of" | "base64_lines_of" => {
                let text = match arguments.strip_prefix('>') {
                    Some(part) => self.json_of(part)?,
                    None => self.one(arguments)?.into_text(),
                };
                let base64 = STANDARD.encode(text);
                return Ok(Rendered::Text(if name == "base64_of" { base64 } else { in_lines(&base64) }));
            }
            _ => {}
        }
        self.fresh.with_arguments(name, arguments, inside)
    }

    /// A part as compact JSON, for payloads that hold JSON in a text.
    fn json_of(&mut self, part: &str) -> Result<String, PlaceholderError> {
        let whole = format!("{{{{>{part}}}}}");
        if self.making.contains(&whole) {
            return Err(PlaceholderError::PartCircle(part.to_owned()));
        }
        self.making.push(whole.clone());
        let filled = self.fill(&Node::Text(whole));
        self.making.pop();
        Ok(filled?.compact())
    }
}

/// Base64 as Ruby and old mail programs write it: lines of 60 characters, each with its end.
fn in_lines(base64: &str) -> String {
    const LINE: usize = 60;
    let mut out = String::with_capacity(base64.len() + base64.len() / LINE + 1);
    for (at, c) in base64.chars().enumerate() {
        if at > 0 && at % LINE == 0 {
            out.push('\n');
        }
        out.push(c);
    }
    out.push('\n');
    out
}

/// Takes a shift in seconds (`-30d`, `+1h`) off the end.
fn split_shift(text: &str) -> (&str, i64) {
    let shifted = text.rsplit_once(' ').and_then(|(spec, shift)| {
        let (sign, amount) = match shift.as_bytes().first()? {
            b'-' => (-1, &shift[1..]),
            b'+' => (1, &shift[1..]),
            _ => return None,
        };
        let seconds = i64::try_from(parse_duration(amount).ok()?.as_secs()).ok()?;
        Some((spec.trim_end(), sign * seconds))
    });
    shifted.unwrap_or((text, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(seed: u64) -> Values<'static> {
        let named = [("customer", "cus_{{alnum:14}}"), ("total", "{{int:5:9}}"), ("loop", "{{loop}}")];
        let named = named.map(|(k, v)| (k.to_owned(), v.to_owned())).into_iter().collect();
        Values::new(named, None, Seed::of(seed), Timestamp::from_secs(1_767_225_600))
    }

    fn text(values: &mut Values<'_>, text: &str) -> String {
        values.expand(text).expect(text).into_text()
    }

    #[test]
    fn named_values_are_made_once() {
        let mut v = values(1);
        let first = text(&mut v, "{{customer}}");
        assert_eq!(first.len(), 18);
        assert_eq!(text(&mut v, "x{{customer}}y"), format!("x{first}y"));
        assert!(matches!(v.expand("{{total}}"), Ok(Rendered::Number(_))));
        assert!(matches!(v.expand("{{text:total}}"), Ok(Rendered::Text(_))));
        assert_eq!(v.expand("{{loop}}"), Err(PlaceholderError::Circle("loop".into())));
    }

    #[test]
    fn a_seed_repeats_everything() {
        let all =
            "{{alnum:5}}{{full_name}}{{email}}{{uuid}}{{base64:3}}{{pick:a|b|c}}{{sentence}}{{amount:1:50}}{{company}}";
        assert_eq!(text(&mut values(7), all), text(&mut values(7), all));
        assert_ne!(text(&mut values(7), all), text(&mut values(8), all));
    }

    #[test]
    fn times_are_written_and_shifted() {
        for (placeholder, value) in [
            ("{{unix}}", "1767225600"),
            ("{{unix -1d}}", "1767139200"),
            ("{{unix_ms}}", "1767225600000"),
            ("{{iso +1h}}", "2026-01-01T01:00:00Z"),
            ("{{iso_ms}}", "2026-01-01T00:00:00.000Z"),
            ("{{iso_us}}", "2026-01-01T00:00:00.000000Z"),
            ("{{time:%Y-%m-%d %H:%M:%S UTC -6m}}", "2025-12-31 23:54:00 UTC"),
            ("{{time:%Y-%m-%dT%H:%M:%S%.6f}}+00:00", "2026-01-01T00:00:00.000000+00:00"),
        ] {
            assert_eq!(text(&mut values(1), placeholder), value, "{placeholder}");
        }
    }

    #[test]
    fn of_three_braces_the_outer_one_is_text() {
        assert_eq!(text(&mut values(1), "{{{pick:a}}}"), "{a}");
        assert_eq!(text(&mut values(1), "x{{{{pick:a}}}}"), "x{{a}}");
    }

    #[test]
    fn unknown_ones_are_errors() {
        for text in [
            "{{nope}}",
            "{{alnum:x}}",
            "{{alnum:0}}",
            "{{int:9:1}}",
            "{{int:1}}",
            "{{open",
            "{{unix:3}}",
            "{{hex:99999}}",
        ] {
            assert!(values(1).expand(text).is_err(), "{text}");
        }
    }

    #[test]
    fn realistic_values_are_nobodys() {
        let mut v = values(3);
        assert!(text(&mut v, "{{email}}").ends_with("@example.com"));
        assert!(text(&mut v, "{{username}}").chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()));
        assert!(text(&mut v, "{{ip}}").starts_with("203.0.113."));
        for name in
            ["first_name", "last_name", "phone", "street", "city", "postcode", "domain", "word", "sentence", "company"]
        {
            assert!(!text(&mut v, &format!("{{{{{name}}}}}")).is_empty());
        }
    }

    #[test]
    fn parts_may_hold_parts_but_not_themselves() {
        let parts = Node::parse(br#"{"a":{"b":"{{>b}}"},"b":"{{customer}}","c":["{{>c}}"],"d":"{{json_of:d}}"}"#)
            .expect("JSON");
        let named = [("customer".to_owned(), "cus_1".to_owned())].into_iter().collect();
        let mut v = Values::new(named, Some(&parts), Seed::of(1), Timestamp::from_secs(0));
        let node = Node::parse(br#"{"x":"{{>a}}","n":"{{unix}}"}"#).expect("JSON");
        assert_eq!(v.fill(&node).expect("filled").compact(), r#"{"x":{"b":"cus_1"},"n":0}"#);
        assert_eq!(v.expand("{{json_of:d}}"), Err(PlaceholderError::PartCircle("d".into())));
        assert_eq!(text(&mut v, "{{json_of:a}}"), r#"{"b":"cus_1"}"#);
        assert_eq!(text(&mut v, "{{base64_of:>b}}{{base64_of:customer}}"), "ImN1c18xIg==Y3VzXzE=");
        assert_eq!(text(&mut v, "{{base64_lines_of:customer}}"), "Y3VzXzE=\n");
        assert_eq!(v.fill(&Node::Text("{{>c}}".into())), Err(PlaceholderError::PartCircle("c".into())));
        assert_eq!(v.fill(&Node::Text("{{>z}}".into())), Err(PlaceholderError::NoPart("z".into())));
    }
}
