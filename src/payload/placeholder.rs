//! Placeholders: `{{…}}` in payloads and headers become fresh, realistic values, repeatable by a seed.
//!
//! `fixtures/README.md` lists them. A named value is made once a delivery and is the same wherever it stands.

use std::collections::{BTreeMap, HashMap};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fake::Fake;
use fake::faker::address::en::{CityName, StreetName};
use fake::faker::lorem::en::{Sentence, Word};
use fake::faker::name::en::{FirstName, LastName};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

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

/// A fresh value as it stands in what was rendered, and how another of its kind is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its text.
    pub text: String,
    /// What it is.
    pub kind: MadeKind,
}

/// How a value was made: enough to make another one of the same length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MadeKind {
    /// Random characters of an alphabet.
    Characters(Alphabet),
    /// Random digits, the first not 0.
    Digits,
    /// A number, both ends included.
    Number(i64, i64),
    /// A random UUID.
    Uuid,
    /// Random bytes in base64.
    Base64,
    /// A time, shifted by so many seconds.
    Time(TimeForm, i64),
}

/// The characters that random text is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alphabet {
    /// A-Z, a-z and 0-9.
    Alnum,
    /// a-z and 0-9.
    Lower,
    /// A-Z and 0-9.
    Upper,
    /// 0-9 and a-f.
    Hex,
}

impl Alphabet {
    /// The characters.
    pub const fn characters(self) -> &'static [u8] {
        match self {
            Self::Alnum => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
            Self::Lower => b"abcdefghijklmnopqrstuvwxyz0123456789",
            Self::Upper => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
            Self::Hex => b"0123456789abcdef",
        }
    }
}

/// How a time is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimeForm {
    /// Unix seconds.
    Unix,
    /// Unix milliseconds.
    UnixMs,
    /// RFC 3339 with seconds.
    Iso,
    /// With milliseconds.
    IsoMs,
    /// With microseconds.
    IsoUs,
    /// By strftime, in UTC.
    Custom(String),
}

impl TimeForm {
    /// Writes a time; `None` if the pattern cannot be read.
    pub fn write(&self, at: Timestamp) -> Option<String> {
        Some(match self {
            Self::Unix => at.as_secs().to_string(),
            Self::UnixMs => at.as_millis().to_string(),
            Self::Iso => format!("{:.0}", at.to_jiff()),
            Self::IsoMs => format!("{:.3}", at.to_jiff()),
            Self::IsoUs => format!("{:.6}", at.to_jiff()),
            Self::Custom(format) => at.strftime(format)?,
        })
    }

    const fn is_number(&self) -> bool {
        matches!(self, Self::Unix | Self::UnixMs)
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
    /// The text in the file that the error is about.
    pub fn text(&self) -> &str {
        match self {
            Self::Open(text)
            | Self::Unknown(text)
            | Self::Arguments(text)
            | Self::Circle(text)
            | Self::NoPart(text)
            | Self::PartCircle(text) => text,
        }
    }
}

/// What decides all chance: the same seed, the same values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl Seed {
    /// From a number that a user can type.
    pub fn of(number: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        Self(bytes)
    }

    /// The seed of the n-th delivery of a run; the first has the seed itself.
    #[must_use]
    pub fn nth(mut self, n: u64) -> Self {
        for (byte, add) in self.0[8..16].iter_mut().zip(n.to_le_bytes()) {
            *byte ^= add;
        }
        self
    }

    /// The seed of the n-th event within a delivery; the first has the delivery's own.
    #[must_use]
    pub fn within(mut self, n: u32) -> Self {
        for (byte, add) in self.0[16..20].iter_mut().zip(n.to_le_bytes()) {
            *byte ^= add;
        }
        self
    }

    /// The 32 bytes of it.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A generator that always gives the same for the same seed.
    pub fn chance(self) -> StdRng {
        StdRng::from_seed(self.0)
    }

    /// From 32 bytes of chance.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl Default for Seed {
    fn default() -> Self {
        Self::of(0)
    }
}

/// Makes the values of one delivery.
pub struct Values<'a> {
    named: HashMap<String, String>,
    parts: Option<&'a Node>,
    made: BTreeMap<String, Rendered>,
    making: Vec<String>,
    rng: StdRng,
    now: Timestamp,
    noted: Option<Vec<Made>>,
}

impl<'a> Values<'a> {
    /// Values of one delivery: `named` are texts with placeholders, `parts` the entries of `parts.json`, `now` the time of the
    /// event, `seed` what decides all chance.
    pub fn new(named: HashMap<String, String>, parts: Option<&'a Node>, seed: Seed, now: Timestamp) -> Self {
        Self {
            named,
            parts,
            made: BTreeMap::new(),
            making: Vec::new(),
            rng: StdRng::from_seed(seed.0),
            now,
            noted: None,
        }
    }

    /// Notes from now on which fresh values were made.
    pub fn note_made(&mut self) {
        self.noted.get_or_insert_default();
    }

    /// What was noted.
    pub fn into_made(self) -> Vec<Made> {
        self.noted.unwrap_or_default()
    }

    fn note(&mut self, text: &str, kind: impl FnOnce() -> MadeKind) {
        if let Some(noted) = &mut self.noted {
            noted.push(Made { text: text.to_owned(), kind: kind() });
        }
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
            let time = self.time(name, arguments, shift);
            return time.ok_or_else(|| PlaceholderError::Arguments(inside.to_owned()));
        }
        let (name, arguments) = inside.split_once(':').map_or((inside, None), |(name, rest)| (name, Some(rest)));
        if let Some(person) = self.realistic(name).filter(|_| arguments.is_none()) {
            return Ok(Rendered::Text(person));
        }
        if name == "uuid" && arguments.is_none() {
            let bytes = self.rng.random::<[u8; 16]>();
            let text = uuid::Builder::from_random_bytes(bytes).into_uuid().to_string();
            self.note(&text, || MadeKind::Uuid);
            return Ok(Rendered::Text(text));
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
        self.with_arguments(name, arguments, inside)
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

    /// A time; `None` if its arguments cannot be read.
    fn time(&mut self, name: &str, arguments: Option<&str>, shift: i64) -> Option<Rendered> {
        let form = match (name, arguments) {
            ("unix", None) => TimeForm::Unix,
            ("unix_ms", None) => TimeForm::UnixMs,
            ("iso", None) => TimeForm::Iso,
            ("iso_ms", None) => TimeForm::IsoMs,
            ("iso_us", None) => TimeForm::IsoUs,
            ("time", Some(format)) => TimeForm::Custom(format.to_owned()),
            _ => return None,
        };
        let text = form.write(self.now.plus_secs(shift))?;
        let rendered = if form.is_number() { Rendered::Number(text.clone()) } else { Rendered::Text(text.clone()) };
        self.note(&text, || MadeKind::Time(form, shift));
        Some(rendered)
    }

    /// Names, addresses and the like: realistic, and nobody's.
    fn realistic(&mut self, name: &str) -> Option<String> {
        let rng = &mut self.rng;
        Some(match name {
            "first_name" => FirstName().fake_with_rng(rng),
            "last_name" => LastName().fake_with_rng(rng),
            "full_name" => {
                format!(
                    "{} {}",
                    FirstName().fake_with_rng::<String, _>(rng),
                    LastName().fake_with_rng::<String, _>(rng)
                )
            }
            "username" => {
                // Only letters and digits: every service accepts these.
                let name: String = FirstName().fake_with_rng(rng);
                let plain: String = name.chars().filter(char::is_ascii_alphabetic).collect();
                format!("{}{}", plain.to_lowercase(), rng.random_range(10..1000))
            }
            "email" => {
                let (first, last): (String, String) = (FirstName().fake_with_rng(rng), LastName().fake_with_rng(rng));
                let plain =
                    |name: &str| name.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
                format!("{}.{}@example.com", plain(&first), plain(&last))
            }
            "company" => {
                const KINDS: [&str; 5] = ["Ltd", "GmbH", "Labs", "Studio", "and Partners"];
                let name: String = LastName().fake_with_rng(rng);
                format!("{name} {}", KINDS[rng.random_range(0..KINDS.len())])
            }
            // The North American range reserved for fiction.
            "phone" => format!("+1202555{:04}", rng.random_range(100..200)),
            "street" => format!("{} {}", rng.random_range(1..200), StreetName().fake_with_rng::<String, _>(rng)),
            "city" => CityName().fake_with_rng(rng),
            "postcode" => format!("{:05}", rng.random_range(10_000..99_999)),
            "domain" => format!("{}.example", Word().fake_with_rng::<String, _>(rng)),
            // Reserved for documentation (RFC 5737).
            "ip" => format!("203.0.113.{}", rng.random_range(1..255)),
            "word" => Word().fake_with_rng(rng),
            "sentence" => Sentence(5..9).fake_with_rng(rng),
            _ => return None,
        })
    }

    fn with_arguments(&mut self, name: &str, arguments: &str, inside: &str) -> Result<Rendered, PlaceholderError> {
        /// Longer values would be a mistake or an attack, not an id.
        const LONGEST: usize = 4096;
        let wrong = || PlaceholderError::Arguments(inside.to_owned());
        let length = || arguments.parse::<usize>().ok().filter(|n| (1..=LONGEST).contains(n)).ok_or_else(wrong);
        let range = || -> Option<(i64, i64)> {
            let (from, to) = arguments.split_once(':')?;
            let (from, to) = (from.parse().ok()?, to.parse().ok()?);
            (from <= to).then_some((from, to))
        };
        let text = match name {
            "alnum" => self.characters(length()?, Alphabet::Alnum),
            "lower" => self.characters(length()?, Alphabet::Lower),
            "upper" => self.characters(length()?, Alphabet::Upper),
            "hex" => self.characters(length()?, Alphabet::Hex),
            "digits" => {
                let length = length()?;
                let text = self.pick_from(1, b"123456789") + &self.pick_from(length - 1, b"0123456789");
                self.note(&text, || MadeKind::Digits);
                text
            }
            "base64" => {
                let bytes: Vec<u8> = (0..length()?).map(|_| self.rng.random()).collect();
                let text = STANDARD.encode(bytes);
                self.note(&text, || MadeKind::Base64);
                text
            }
            "int" => {
                let (from, to) = range().ok_or_else(wrong)?;
                let text = self.rng.random_range(from..=to).to_string();
                self.note(&text, || MadeKind::Number(from, to));
                return Ok(Rendered::Number(text));
            }
            "decimal" | "amount" => {
                let (from, to) = range().ok_or_else(wrong)?;
                let (from, to) = (from.checked_mul(100).ok_or_else(wrong)?, to.checked_mul(100).ok_or_else(wrong)?);
                let cents = self.rng.random_range(from..=to);
                let sign = if cents < 0 { "-" } else { "" };
                let text = format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100);
                if name == "decimal" {
                    return Ok(Rendered::Number(text));
                }
                text
            }
            "pick" => {
                let choices: Vec<&str> = arguments.split('|').collect();
                choices[self.rng.random_range(0..choices.len())].to_owned()
            }
            _ => return Err(PlaceholderError::Unknown(inside.to_owned())),
        };
        Ok(Rendered::Text(text))
    }

    fn characters(&mut self, length: usize, alphabet: Alphabet) -> String {
        let text = self.pick_from(length, alphabet.characters());
        self.note(&text, || MadeKind::Characters(alphabet));
        text
    }

    fn pick_from(&mut self, length: usize, alphabet: &[u8]) -> String {
        (0..length).map(|_| char::from(alphabet[self.rng.random_range(0..alphabet.len())])).collect()
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
