//! Locator templates: text with parts in braces, over a request as it is on the wire.
//!
//! `{timestamp}.{body}` says what a provider signs; `{header:X-GitHub-Event}.{json:action}` says where the event type is.
//! One language serves both, and the answers to handshakes. Parts are fed to their consumer in order and by reference, so
//! a body of 32 MiB is hashed without being copied.

mod condition;
mod fields;
mod filter;
mod source;
mod unpack;

use std::iter::Peekable;
use std::str::{Chars, FromStr};

use serde::Deserialize;

pub use self::condition::Condition;
pub use self::fields::{FieldEncoding, FieldPlace, FieldRule};
pub use self::filter::{Filter, digest};
pub use self::source::Source;
pub use self::unpack::unpacked;
use crate::model::json_path::PathError;
use crate::model::{JsonPath, Request};

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Value {
        source: Source,
        /// Empty when it is missing.
        optional: bool,
        filters: Vec<Filter>,
    },
    /// Parts that are left out together when one of them is missing.
    Group(Vec<Part>),
}

impl Part {
    fn may_depend_on_body(&self) -> bool {
        match self {
            Self::Literal(_) => false,
            Self::Value { source, filters, .. } => {
                let is_free = matches!(
                    source,
                    Source::Timestamp
                        | Source::Method
                        | Source::Path
                        | Source::RawQuery
                        | Source::Url
                        | Source::Header(_)
                        | Source::Query(_)
                        | Source::WholeSecret
                        | Source::Secret(_)
                );
                !is_free || !filters.is_empty()
            }
            Self::Group(parts) => parts.iter().any(Self::may_depend_on_body),
        }
    }
}

/// A part of a template, for whoever prepares its value instead of looking it up each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text that is always the same.
    Literal(&'a str),
    /// A value of the request as it is.
    Value(&'a Source),
    /// Anything that has to be worked out.
    Other,
}

/// A parsed locator template.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Template {
    text: String,
    parts: Vec<Part>,
}

/// What stands around the body in a content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Around {
    /// Before it.
    pub before: Vec<u8>,
    /// Behind it.
    pub behind: Vec<u8>,
}

/// Why a template cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A brace or bracket that opens and does not close, or the reverse.
    #[error("'{0}' has a brace or bracket without its partner")]
    Unbalanced(String),
    /// A part of a name that does not exist.
    #[error(
        "'{{{0}}}' is no part of a request: use body, timestamp, method, path, query, url, header:NAME, query:NAME, form:NAME, json:PATH, item:PATH, fields, secret:FIELD or another that fixtures/README.md lists"
    )]
    UnknownPart(String),
    /// A filter that does not exist.
    #[error(
        "'{0}' is no filter: use sha256, sha256.base64, md5, crc32, lower, upper, json:PATH or another that fixtures/README.md lists"
    )]
    UnknownFilter(String),
    /// A JSON path that cannot be read.
    #[error(transparent)]
    Path(#[from] PathError),
}

/// Turns bytes into their keyed hash under the provider's secret.
pub type HmacOf<'a> = &'a dyn Fn(&[u8]) -> Vec<u8>;

/// The named parts of a secret.
pub type SecretFields = serde_json::Map<String, serde_json::Value>;

/// What a template is applied to.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    /// The request.
    pub request: &'a Request,
    /// The address the provider was given, where it is known.
    pub url: Option<&'a str>,
    /// The signed timestamp as written.
    pub timestamp: Option<&'a str>,
    /// The parts of the secret, where the template may name them.
    pub secret: Option<&'a SecretFields>,
    /// The secret as bytes, where the template may hold it.
    pub key: Option<&'a [u8]>,
    /// The element of the body's list that is looked at.
    pub item: Option<&'a [u8]>,
    /// How fields are written.
    pub fields: Option<&'a FieldRule>,
    /// The scheme's content, where another template may refer to it.
    pub content: Option<&'a Template>,
    /// The keyed hash, where the template may use it.
    pub hmac: Option<HmacOf<'a>>,
}

impl<'a> Message<'a> {
    /// A request about which nothing else is known.
    pub fn new(request: &'a Request, url: Option<&'a str>) -> Self {
        Self {
            request,
            url,
            timestamp: None,
            secret: None,
            key: None,
            item: None,
            fields: None,
            content: None,
            hmac: None,
        }
    }
}

impl Template {
    /// The template that is just the raw body.
    pub fn body() -> Self {
        let part = Part::Value { source: Source::Body, optional: false, filters: Vec::new() };
        Self { text: "{body}".to_owned(), parts: vec![part] }
    }

    /// The template as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text, if there is nothing but text in it.
    pub fn as_literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether a part of this source occurs.
    pub fn uses(&self, wanted: impl Fn(&Source) -> bool) -> bool {
        self.sources().into_iter().any(wanted)
    }

    /// All sources, groups included.
    pub fn sources(&self) -> Vec<&Source> {
        fn collect<'p>(parts: &'p [Part], found: &mut Vec<&'p Source>) {
            for part in parts {
                match part {
                    Part::Literal(_) => {}
                    Part::Value { source, .. } => found.push(source),
                    Part::Group(parts) => collect(parts, found),
                }
            }
        }
        let mut found = Vec::new();
        collect(&self.parts, &mut found);
        found
    }

    /// The header's name, if the template is that header and nothing else.
    pub fn as_header(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Value { source: Source::Header(name), filters, .. }] if filters.is_empty() => Some(name),
            _ => None,
        }
    }

    /// The path, if the template is one value of a JSON body and nothing else.
    pub fn as_json(&self) -> Option<&JsonPath> {
        match self.parts.as_slice() {
            [Part::Value { source: Source::Json(path), filters, .. }] if filters.is_empty() => Some(path),
            _ => None,
        }
    }

    /// The parts, in order.
    pub fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        self.parts.iter().map(|part| match part {
            Part::Literal(text) => Piece::Literal(text),
            Part::Value { source, filters, .. } if filters.is_empty() => Piece::Value(source),
            Part::Value { .. } | Part::Group(_) => Piece::Other,
        })
    }

    /// What stands before the raw body and behind it, for whoever hashes many bodies; `None` if the body is not in it once
    /// and as it is, or if something else depends on it.
    ///
    /// # Errors
    /// The first part that is missing.
    pub fn around_body(&self, message: &Message<'_>) -> Option<Result<Around, Source>> {
        let is_body =
            |part: &Part| matches!(part, Part::Value { source: Source::Body, filters, .. } if filters.is_empty());
        let at = self.parts.iter().position(is_body)?;
        let (before, behind) = (&self.parts[..at], &self.parts[at + 1..]);
        if before.iter().chain(behind).any(Part::may_depend_on_body) {
            return None;
        }
        let bytes = |parts: &[Part]| {
            let mut bytes = Vec::new();
            feed(parts, message, &mut |piece| bytes.extend_from_slice(piece)).map(|()| bytes)
        };
        Some(bytes(before).and_then(|before| Ok(Around { before, behind: bytes(behind)? })))
    }

    /// Hands the pieces of the value to `sink`, in order.
    ///
    /// # Errors
    /// The first part that is missing; `sink` may have seen the pieces before it.
    pub fn feed(&self, message: &Message<'_>, mut sink: impl FnMut(&[u8])) -> Result<(), Source> {
        feed(&self.parts, message, &mut sink)
    }

    /// The value as bytes, or the part that is missing.
    pub fn bytes(&self, message: &Message<'_>) -> Result<Vec<u8>, Source> {
        let mut bytes = Vec::new();
        self.feed(message, |piece| bytes.extend_from_slice(piece))?;
        Ok(bytes)
    }

    /// The value as text; `None` if a part is missing or it is not UTF-8 or empty.
    pub fn locate(&self, message: &Message<'_>) -> Option<String> {
        String::from_utf8(self.bytes(message).ok()?).ok().filter(|text| !text.is_empty())
    }
}

fn feed(parts: &[Part], message: &Message<'_>, sink: &mut dyn FnMut(&[u8])) -> Result<(), Source> {
    for part in parts {
        match part {
            Part::Literal(text) => sink(text.as_bytes()),
            Part::Group(parts) => {
                let mut bytes = Vec::new();
                if feed(parts, message, &mut |piece| bytes.extend_from_slice(piece)).is_ok() {
                    sink(&bytes);
                }
            }
            Part::Value { source, optional, filters } => {
                let Some(value) = source.locate(message) else {
                    if *optional {
                        continue;
                    }
                    return Err(source.clone());
                };
                let Some((first, others)) = filters.split_first() else {
                    sink(&value);
                    continue;
                };
                let mut value = first.apply(&value, message);
                for filter in others {
                    value = value.and_then(|value| filter.apply(&value, message));
                }
                match value {
                    Some(value) => sink(&value),
                    None if *optional => {}
                    None => return Err(source.clone()),
                }
            }
        }
    }
    Ok(())
}

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, TemplateError> {
        let mut rest = text.chars().peekable();
        match parse(&mut rest, false)? {
            Some(parts) => Ok(Self { text: text.to_owned(), parts }),
            None => Err(TemplateError::Unbalanced(text.to_owned())),
        }
    }
}

/// Reads parts up to the end, or up to the bracket that closes a group. `None` if something has no partner.
fn parse(rest: &mut Peekable<Chars<'_>>, in_group: bool) -> Result<Option<Vec<Part>>, TemplateError> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let end = |literal: &mut String, parts: &mut Vec<Part>| {
        if !literal.is_empty() {
            parts.push(Part::Literal(std::mem::take(literal)));
        }
    };
    while let Some(c) = rest.next() {
        match c {
            '{' | '}' | '[' | ']' if rest.next_if_eq(&c).is_some() => literal.push(c),
            '{' => {
                end(&mut literal, &mut parts);
                let mut inside = String::new();
                loop {
                    match rest.next() {
                        Some('}') => break,
                        Some(c) => inside.push(c),
                        None => return Ok(None),
                    }
                }
                parts.push(parse_part(&inside)?);
            }
            '[' if !in_group => {
                end(&mut literal, &mut parts);
                let Some(group) = parse(rest, true)? else { return Ok(None) };
                parts.push(Part::Group(group));
            }
            ']' if in_group => {
                end(&mut literal, &mut parts);
                return Ok(Some(parts));
            }
            '}' | '[' | ']' => return Ok(None),
            c => literal.push(c),
        }
    }
    end(&mut literal, &mut parts);
    Ok((!in_group).then_some(parts))
}

fn parse_part(text: &str) -> Result<Part, TemplateError> {
    let (name, filters) = match text.split_once('|') {
        None => (text, Vec::new()),
        Some((name, filters)) => (name, filters.split('|').map(Filter::parse).collect::<Result<_, _>>()?),
    };
    let (name, optional) = name.strip_suffix('?').map_or((name, false), |name| (name, true));
    let source = Source::parse(name)?.ok_or_else(|| TemplateError::UnknownPart(text.to_owned()))?;
    Ok(Part::Value { source, optional, filters })
}

impl TryFrom<String> for Template {
    type Error = TemplateError;

    fn try_from(text: String) -> Result<Self, TemplateError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::model::Headers;

    fn request() -> Request {
        Request {
            method: "POST".into(),
            target: "/hooks?id=7&x=a%20b".into(),
            headers: [("Content-Type", "application/json"), ("X-Id", "m1")].into_iter().collect::<Headers>(),
            body: Bytes::from_static(br#"{"type":"a.b","n":{"v":1.50}}"#),
        }
    }

    #[test]
    fn parts_come_from_everywhere() {
        let request = request();
        let message = Message { timestamp: Some("99"), ..Message::new(&request, Some("https://x.example/hooks")) };
        for (template, value) in [
            ("{header:x-id}.{timestamp}", Some("m1.99")),
            ("{json:type}", Some("a.b")),
            ("{json:n.v}", Some("1.50")),
            ("{json:missing}", None),
            ("a{json:missing?}b", Some("ab")),
            ("{method} {path} {query:x}", Some("POST /hooks a b")),
            ("{url}", Some("https://x.example/hooks")),
            ("{method|lower}", Some("post")),
            ("{json:n.v|as:version}", Some("version")),
            ("{json:missing|as:version}", None),
            ("{header:x-id|crc32}", Some("3226732335")),
            ("{form:a}", None),
            ("v0:plain", Some("v0:plain")),
            ("[id:{query:id};][x:{query:none};]", Some("id:7;")),
            ("[a{json:type}]{path}[?{query}]", Some("aa.b/hooks?id=7&x=a%20b")),
            ("{{{method}}} [[x]]", Some("{POST} [x]")),
            ("{raw:n}", Some(r#"{"v":1.50}"#)),
            ("{body|json:n.v}", Some("1.50")),
            ("{header:x-id|sha256.base64|upper}", Some("YG3YYVQHRMHQ/Y/ZYPLN/CHENVDEEGS3JKFNABUZ1HK=")),
            ("{form:a|not_empty}", None),
        ] {
            let parsed: Template = template.parse().expect(template);
            assert_eq!(parsed.locate(&message).as_deref(), value, "{template}");
            assert_eq!(parsed.as_str(), template);
        }
    }

    #[test]
    fn what_is_around_the_body_is_told_where_it_does_not_depend_on_it() {
        let request = request();
        let message = Message { timestamp: Some("99"), ..Message::new(&request, None) };
        for (template, around) in [
            ("{body}", Some(("", ""))),
            ("v0:{timestamp}:{body}", Some(("v0:99:", ""))),
            ("{method}[{header:X-Id}.]{body}{timestamp}", Some(("POSTm1.", "99"))),
            ("{body}{body}", None),
            ("{body|md5}", None),
            ("{json:type}{body}", None),
            ("{timestamp}", None),
        ] {
            let parsed: Template = template.parse().expect(template);
            let found = parsed.around_body(&message).map(|found| found.expect("nothing is missing"));
            let wanted = around.map(|(before, behind)| Around { before: before.into(), behind: behind.into() });
            assert_eq!(found, wanted, "{template}");
        }
        let template: Template = "{url}{body}".parse().expect("a template");
        assert_eq!(template.around_body(&message), Some(Err(Source::Url)));
    }

    #[test]
    fn a_missing_part_is_named() {
        let request = request();
        let template: Template = "{header:nope}.{body}".parse().expect("a template");
        assert_eq!(template.bytes(&Message::new(&request, None)), Err(Source::Header("nope".into())));
    }

    #[test]
    fn broken_templates_are_refused() {
        for text in [
            "{",
            "}",
            "{body",
            "a}b",
            "{nope}",
            "{header:}",
            "{body|zip}",
            "{body|as:}",
            "{json:a..b}",
            "{}",
            "[a",
            "a]",
            "[[a]",
            "[{body]",
        ] {
            assert!(text.parse::<Template>().is_err(), "{text}");
        }
    }
}
