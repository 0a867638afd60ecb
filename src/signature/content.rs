//! Locator templates: text with parts in braces, over a request as it is on the wire.
//!
//! `{timestamp}.{body}` says what a provider signs; `{header:X-GitHub-Event}.{json:action}` says where the event type is.
//! One language serves both. Parts are fed to their consumer in order and by reference, so a body of 32 MiB is hashed
//! without being copied.

use std::borrow::Cow;
use std::str::FromStr;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::model::json_path::PathError;
use crate::model::{JsonPath, Request};

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The raw body.
    Body,
    /// The signed timestamp, as it is written in the request.
    Timestamp,
    /// The method.
    Method,
    /// The path of the target.
    Path,
    /// The address that the provider was given.
    Url,
    /// A header's value.
    Header(String),
    /// A query parameter, decoded.
    Query(String),
    /// A field of a form body, decoded.
    Form(String),
    /// The text of a value in a JSON body.
    Json(JsonPath),
    /// A text field of a JSON secret.
    Secret(String),
}

/// What is done to a value before it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// CRC-32 as unsigned decimal.
    Crc32,
    /// SHA-256 as lower-case hex.
    Sha256,
    /// ASCII letters to lower case.
    Lower,
    /// ASCII letters to upper case.
    Upper,
    /// This text in its place: that the value is there says it all.
    As(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Value { source: Source, optional: bool, filter: Option<Filter> },
}

/// A parsed locator template.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Template {
    text: String,
    parts: Vec<Part>,
}

/// Why a template cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A brace that opens and does not close, or the reverse.
    #[error("'{0}' has a brace without its partner")]
    Unbalanced(String),
    /// A part of a name that does not exist.
    #[error(
        "'{{{0}}}' is no part of a request: use body, timestamp, method, path, url, header:NAME, query:NAME, form:NAME, json:PATH or secret:FIELD"
    )]
    UnknownPart(String),
    /// A filter that does not exist.
    #[error("'{0}' is no filter: use crc32, sha256, lower, upper or as:TEXT")]
    UnknownFilter(String),
    /// A JSON path that cannot be read.
    #[error(transparent)]
    Path(#[from] PathError),
}

/// What a template is applied to.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    /// The request.
    pub request: &'a Request,
    /// The address the provider was given, where it is known.
    pub url: Option<&'a str>,
    /// The signed timestamp as written.
    pub timestamp: Option<&'a str>,
    /// The secret, where the template may name its fields.
    pub secret_fields: Option<&'a serde_json::Map<String, serde_json::Value>>,
}

impl<'a> Message<'a> {
    /// A request about which nothing else is known.
    pub fn new(request: &'a Request, url: Option<&'a str>) -> Self {
        Self { request, url, timestamp: None, secret_fields: None }
    }
}

impl Template {
    /// The template that is just the raw body.
    pub fn body() -> Self {
        Self {
            text: "{body}".to_owned(),
            parts: vec![Part::Value { source: Source::Body, optional: false, filter: None }],
        }
    }

    /// The template as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a part of this source occurs.
    pub fn uses(&self, wanted: impl Fn(&Source) -> bool) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Value { source, .. } if wanted(source)))
    }

    /// The header's name, if the template is that header and nothing else.
    pub fn as_header(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Value { source: Source::Header(name), filter: None, .. }] => Some(name),
            _ => None,
        }
    }

    /// The path, if the template is one value of a JSON body and nothing else.
    pub fn as_json(&self) -> Option<&JsonPath> {
        match self.parts.as_slice() {
            [Part::Value { source: Source::Json(path), filter: None, .. }] => Some(path),
            _ => None,
        }
    }

    /// Where its values come from.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        self.parts.iter().filter_map(|part| match part {
            Part::Value { source, .. } => Some(source),
            Part::Literal(_) => None,
        })
    }

    /// The JSON paths and form fields whose values are in it.
    pub fn fields(&self) -> impl Iterator<Item = &Source> {
        self.sources().filter(|source| matches!(source, Source::Json(_) | Source::Form(_)))
    }

    /// Hands the pieces of the value to `sink`, in order.
    ///
    /// # Errors
    /// The first part that is missing; `sink` may have seen the pieces before it.
    pub fn feed(&self, message: &Message<'_>, mut sink: impl FnMut(&[u8])) -> Result<(), Source> {
        for part in &self.parts {
            match part {
                Part::Literal(text) => sink(text.as_bytes()),
                Part::Value { source, optional, filter } => match source.locate(message) {
                    Some(value) => match filter {
                        None => sink(&value),
                        Some(filter) => sink(&filter.apply(&value)),
                    },
                    None if *optional => {}
                    None => return Err(source.clone()),
                },
            }
        }
        Ok(())
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

impl Source {
    /// The value in a request; `None` if it is not there.
    pub fn locate<'a>(&self, message: &Message<'a>) -> Option<Cow<'a, [u8]>> {
        let request = message.request;
        let text = |text: Option<String>| text.map(|t| Cow::Owned(t.into_bytes()));
        match self {
            Self::Body => Some(Cow::Borrowed(&request.body)),
            Self::Timestamp => message.timestamp.map(|t| Cow::Borrowed(t.as_bytes())),
            Self::Method => Some(Cow::Borrowed(request.method.as_bytes())),
            Self::Path => Some(Cow::Borrowed(request.path().as_bytes())),
            Self::Url => message.url.map(|u| Cow::Borrowed(u.as_bytes())),
            Self::Header(name) => request.headers.get(name).map(|h| Cow::Borrowed(h.value())),
            Self::Query(name) => text(field(request.query()?.as_bytes(), name)),
            Self::Form(name) if request.is_form() => text(field(&request.body, name)),
            Self::Form(_) => None,
            Self::Json(path) => text(path.locate(&request.body)),
            Self::Secret(name) => text(message.secret_fields?.get(name)?.as_str().map(str::to_owned)),
        }
    }

    /// How a person would name it.
    pub fn describe(&self) -> String {
        match self {
            Self::Body => "the body".to_owned(),
            Self::Timestamp => "the timestamp".to_owned(),
            Self::Method => "the method".to_owned(),
            Self::Path => "the path".to_owned(),
            Self::Url => "the address".to_owned(),
            Self::Header(name) => format!("the header {name}"),
            Self::Query(name) => format!("the query parameter {name}"),
            Self::Form(name) => format!("the form field {name}"),
            Self::Json(path) => format!("{path} in the body"),
            Self::Secret(name) => format!("{name} in the secret"),
        }
    }
}

/// The first field of that name in a form or query, decoded.
fn field(encoded: &[u8], name: &str) -> Option<String> {
    url::form_urlencoded::parse(encoded).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

impl Filter {
    fn apply(&self, value: &[u8]) -> Vec<u8> {
        match self {
            Self::Crc32 => crc32fast::hash(value).to_string().into_bytes(),
            Self::Sha256 => hex::encode(Sha256::digest(value)).into_bytes(),
            Self::Lower => value.to_ascii_lowercase(),
            Self::Upper => value.to_ascii_uppercase(),
            Self::As(text) => text.clone().into_bytes(),
        }
    }
}

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, TemplateError> {
        let unbalanced = || TemplateError::Unbalanced(text.to_owned());
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            match rest.find(['{', '}']) {
                None => {
                    parts.push(Part::Literal(rest.to_owned()));
                    break;
                }
                Some(at) if rest.as_bytes()[at] == b'{' => {
                    if at > 0 {
                        parts.push(Part::Literal(rest[..at].to_owned()));
                    }
                    let close = rest[at..].find('}').ok_or_else(unbalanced)? + at;
                    parts.push(parse_part(&rest[at + 1..close])?);
                    rest = &rest[close + 1..];
                }
                Some(_) => return Err(unbalanced()),
            }
        }
        Ok(Self { text: text.to_owned(), parts })
    }
}

fn parse_part(text: &str) -> Result<Part, TemplateError> {
    let (name, filter) = match text.split_once('|') {
        None => (text, None),
        Some((name, filter)) => (
            name,
            Some(match filter {
                "crc32" => Filter::Crc32,
                "sha256" => Filter::Sha256,
                "lower" => Filter::Lower,
                "upper" => Filter::Upper,
                other if other.len() > 3 && other.starts_with("as:") => Filter::As(other[3..].to_owned()),
                _ => return Err(TemplateError::UnknownFilter(filter.to_owned())),
            }),
        ),
    };
    let (name, optional) = name.strip_suffix('?').map_or((name, false), |name| (name, true));
    let source = match name.split_once(':') {
        None => match name {
            "body" => Source::Body,
            "timestamp" => Source::Timestamp,
            "method" => Source::Method,
            "path" => Source::Path,
            "url" => Source::Url,
            _ => return Err(TemplateError::UnknownPart(text.to_owned())),
        },
        Some((kind, of)) if !of.is_empty() => match kind {
            "header" => Source::Header(of.to_owned()),
            "query" => Source::Query(of.to_owned()),
            "form" => Source::Form(of.to_owned()),
            "json" => Source::Json(of.parse()?),
            "secret" => Source::Secret(of.to_owned()),
            _ => return Err(TemplateError::UnknownPart(text.to_owned())),
        },
        Some(_) => return Err(TemplateError::UnknownPart(text.to_owned())),
    };
    Ok(Part::Value { source, optional, filter })
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
        ] {
            let parsed: Template = template.parse().expect(template);
            assert_eq!(parsed.locate(&message).as_deref(), value, "{template}");
            assert_eq!(parsed.as_str(), template);
        }
    }

    #[test]
    fn a_missing_part_is_named() {
        let request = request();
        let template: Template = "{header:nope}.{body}".parse().expect("a template");
        assert_eq!(template.bytes(&Message::new(&request, None)), Err(Source::Header("nope".into())));
    }

    #[test]
    fn broken_templates_are_refused() {
        for text in ["{", "}", "{body", "a}b", "{nope}", "{header:}", "{body|zip}", "{body|as:}", "{json:a..b}", "{}"] {
            assert!(text.parse::<Template>().is_err(), "{text}");
        }
    }
}
