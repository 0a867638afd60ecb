//! Where the parts of a template come from.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use super::Message;
use super::unpack::without_codings;
use crate::model::{JsonPath, Request};

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The raw body.
    Body,
    /// The body without its content coding (gzip, deflate).
    UnpackedBody,
    /// The signed timestamp, as it is written in the request.
    Timestamp,
    /// The method.
    Method,
    /// The path of the target.
    Path,
    /// The query of the target, as it is written.
    RawQuery,
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
    /// A value in a JSON body as it is written, be it an object, a list or null.
    Raw(JsonPath),
    /// The text of a value in one element of the list that `each` names.
    Item(JsonPath),
    /// What `fields` makes of the form or the query.
    Fields,
    /// How many fields there are in it.
    FieldCount,
    /// What the scheme's `content` gives (for claims).
    Content,
    /// A UUID that follows from the request and its time.
    Unique,
    /// The whole secret.
    WholeSecret,
    /// A part of the secret: `id` of a pair, or a text field of JSON.
    Secret(String),
}

impl Source {
    /// Reads `json:a.b`, `body` and so on; `None` if there is no such part.
    pub(super) fn parse(text: &str) -> Result<Option<Self>, crate::model::json_path::PathError> {
        Ok(Some(match text.split_once(':') {
            None => match text {
                "body" => Self::Body,
                "unpacked_body" => Self::UnpackedBody,
                "timestamp" => Self::Timestamp,
                "method" => Self::Method,
                "path" => Self::Path,
                "query" => Self::RawQuery,
                "url" => Self::Url,
                "fields" => Self::Fields,
                "field_count" => Self::FieldCount,
                "content" => Self::Content,
                "unique" => Self::Unique,
                "secret" => Self::WholeSecret,
                _ => return Ok(None),
            },
            Some((kind, of)) if !of.is_empty() => match kind {
                "header" => Self::Header(of.to_owned()),
                "query" => Self::Query(of.to_owned()),
                "form" => Self::Form(of.to_owned()),
                "json" => Self::Json(of.parse()?),
                "raw" => Self::Raw(of.parse()?),
                "item" => Self::Item(of.parse()?),
                "secret" => Self::Secret(of.to_owned()),
                _ => return Ok(None),
            },
            Some(_) => return Ok(None),
        }))
    }

    /// The value in a request; `None` if it is not there.
    pub fn locate<'a>(&self, message: &Message<'a>) -> Option<Cow<'a, [u8]>> {
        let request = message.request;
        let text = |text: Option<String>| text.map(|t| Cow::Owned(t.into_bytes()));
        match self {
            Self::Body => Some(Cow::Borrowed(&request.body)),
            Self::UnpackedBody => unpacked(request),
            Self::Timestamp => message.timestamp.map(|t| Cow::Borrowed(t.as_bytes())),
            Self::Method => Some(Cow::Borrowed(request.method.as_bytes())),
            Self::Path => Some(Cow::Borrowed(request.path().as_bytes())),
            Self::RawQuery => request.query().map(|query| Cow::Borrowed(query.as_bytes())),
            Self::Url => message.url.map(|u| Cow::Borrowed(u.as_bytes())),
            Self::Header(name) => request.headers.get(name).map(|h| Cow::Borrowed(h.value())),
            Self::Query(name) => text(field(request.query()?.as_bytes(), name)),
            Self::Form(name) if request.is_form() => text(field(&request.body, name)),
            Self::Form(_) => None,
            Self::Json(path) => text(path.locate(request.document())),
            Self::Raw(path) => path.locate_raw(request.document()).map(|raw| Cow::Borrowed(raw.as_bytes())),
            Self::Item(path) => text(path.locate(message.item?)),
            Self::Fields => message.fields?.write(request).map(|text| Cow::Owned(text.into_bytes())),
            Self::FieldCount => text(Some(message.fields?.count(request)?.to_string())),
            Self::Content => message.content?.bytes(&Message { content: None, ..*message }).ok().map(Cow::Owned),
            Self::Unique => text(Some(unique(message))),
            Self::WholeSecret => message.key.map(Cow::Borrowed),
            Self::Secret(name) => text(message.secret?.get(name)?.as_str().map(str::to_owned)),
        }
    }

    /// How a person would name it.
    pub fn describe(&self) -> String {
        match self {
            Self::Body => "the body".to_owned(),
            Self::UnpackedBody => "a body that can be unpacked".to_owned(),
            Self::Timestamp => "the timestamp".to_owned(),
            Self::Method => "the method".to_owned(),
            Self::Path => "the path".to_owned(),
            Self::RawQuery => "the query".to_owned(),
            Self::Url => "the address".to_owned(),
            Self::Header(name) => format!("the header {name}"),
            Self::Query(name) => format!("the query parameter {name}"),
            Self::Form(name) => format!("the form field {name}"),
            Self::Json(path) | Self::Raw(path) => format!("{path} in the body"),
            Self::Item(path) => format!("{path} in an element of the body's list"),
            Self::Fields | Self::FieldCount => "the fields of a form".to_owned(),
            Self::Content => "what is signed".to_owned(),
            Self::Unique => "an id".to_owned(),
            Self::WholeSecret => "the secret".to_owned(),
            Self::Secret(name) => format!("{name} in the secret"),
        }
    }

    /// Whether the value is, or comes from, the body.
    pub fn is_of_body(&self) -> bool {
        matches!(self, Self::Body | Self::UnpackedBody | Self::Form(_) | Self::Json(_) | Self::Raw(_) | Self::Item(_))
    }
}

/// The first field of that name in a form or query, decoded.
fn field(encoded: &[u8], name: &str) -> Option<String> {
    url::form_urlencoded::parse(encoded).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The body as it was before it was compressed; `None` if its coding is not known or does not hold what it says.
fn unpacked(request: &Request) -> Option<Cow<'_, [u8]>> {
    without_codings(&request.body, request.headers.text("content-encoding").unwrap_or_default())
}

/// A UUID of version 8: the hash of what is sent, and when.
fn unique(message: &Message<'_>) -> String {
    let request = message.request;
    let hash = Sha256::new()
        .chain_update(message.timestamp.unwrap_or_default())
        .chain_update(message.url.unwrap_or_default())
        .chain_update(&request.target)
        .chain_update(&request.body)
        .finalize();
    let mut bytes: [u8; 16] = hash[..16].try_into().expect("a hash is longer");
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    uuid::Uuid::from_bytes(bytes).to_string()
}
