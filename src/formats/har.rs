//! HTTP Archive 1.2 (`log.entries[].request`), as browsers, proxies and inspectors save it.
//!
//! HAR holds text, so what is not UTF-8 needs a way round: bodies use `encoding: base64`, which others write too; a
//! header value that is not UTF-8, and what else HAR has no place for, stands in fields that start with an underscore,
//! as HAR wants it. Reading back gives the same request.

use std::borrow::Cow;
use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::address::{Address, address_of};
use super::credentials::Credentials;
use super::error::{Form, FormatError, Place, Problem};
use super::json_fields::{Text, Value};
use super::note::{Note, announced_length, length_note};
use super::{Capture, parts};
use crate::model::{Header, Headers, Request, Timestamp};

#[derive(Deserialize)]
struct Archive<'a> {
    #[serde(borrow)]
    log: Log<'a>,
}

#[derive(Deserialize)]
struct Log<'a> {
    #[serde(borrow)]
    entries: Vec<Entry<'a>>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(borrow)]
    started_date_time: Option<Text<'a>>,
    #[serde(skip_deserializing)]
    time: u8,
    #[serde(borrow)]
    request: HarRequest<'a>,
    #[serde(skip_deserializing)]
    response: HarResponse,
    #[serde(skip_deserializing)]
    cache: Empty,
    #[serde(skip_deserializing)]
    timings: Timings,
    #[serde(borrow, rename = "_provider", skip_serializing_if = "Option::is_none")]
    provider: Option<Text<'a>>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct HarRequest<'a> {
    #[serde(borrow)]
    method: Text<'a>,
    #[serde(borrow)]
    url: Text<'a>,
    #[serde(borrow, rename = "_target", skip_serializing_if = "Option::is_none")]
    target: Option<Text<'a>>,
    #[serde(skip_deserializing)]
    http_version: &'static str,
    #[serde(skip_deserializing)]
    cookies: [(); 0],
    #[serde(borrow)]
    headers: Vec<Field<'a>>,
    #[serde(skip_deserializing)]
    query_string: Vec<Parameter<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    post_data: Option<PostData<'a>>,
    #[serde(skip_deserializing)]
    headers_size: Unknown,
    #[serde(default)]
    body_size: Option<i64>,
}

#[derive(Deserialize, Serialize)]
struct Field<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    value: Text<'a>,
    #[serde(borrow, rename = "_valueBytes", skip_serializing_if = "Option::is_none")]
    bytes: Option<Value<'a>>,
}

#[derive(Deserialize, Serialize)]
struct Parameter<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    value: Option<Text<'a>>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct PostData<'a> {
    #[serde(borrow)]
    mime_type: Option<Text<'a>>,
    #[serde(borrow)]
    params: Option<Vec<Parameter<'a>>>,
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    encoding: Option<Text<'a>>,
}

/// The answer, of which an archive must say something. -1 is HAR's word for unknown.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HarResponse {
    status: u16,
    status_text: &'static str,
    http_version: &'static str,
    cookies: [(); 0],
    headers: [(); 0],
    content: Content,
    #[serde(rename = "redirectURL")]
    redirect_url: &'static str,
    headers_size: Unknown,
    body_size: Unknown,
}

impl Default for HarResponse {
    fn default() -> Self {
        Self {
            status: 0,
            status_text: "",
            http_version: HTTP_VERSION,
            cookies: [],
            headers: [],
            content: Content { size: 0, mime_type: "x-unknown" },
            redirect_url: "",
            headers_size: Unknown,
            body_size: Unknown,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    size: u8,
    mime_type: &'static str,
}

#[derive(Serialize, Default)]
struct Empty {}

#[derive(Serialize, Default)]
struct Timings {
    send: u8,
    wait: u8,
    receive: u8,
}

/// HAR's -1: a size that is not known.
#[derive(Clone, Copy, Default)]
struct Unknown;

impl Serialize for Unknown {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i8(-1)
    }
}

const HTTP_VERSION: &str = "HTTP/1.1";

/// What stands for a time that is not known, since HAR demands one.
const NO_TIME: Timestamp = Timestamp::from_secs(0);

/// Reads every request with an `http` or `https` address; others (web sockets, extensions) cannot be deliveries.
pub(super) fn read(text: &str, name: &str) -> Result<Vec<Capture>, FormatError> {
    let archive: Archive = serde_json::from_str(text)
        .map_err(|error| Problem::json(&error).at(name, Form::Har, Place::Column(error.line(), error.column())))?;
    let several = archive.log.entries.len() > 1;
    let mut captures = Vec::new();
    for (index, entry) in archive.log.entries.into_iter().enumerate() {
        if Address::parse(entry.request.url.as_str()).is_err() {
            continue;
        }
        let source = if several { format!("{name}#{}", index + 1) } else { name.to_owned() };
        captures.push(capture(entry, source).map_err(|problem| problem.at(name, Form::Har, Place::Entry(index + 1)))?);
    }
    if captures.is_empty() {
        return Err(Problem::Missing { field: "log.entries[].request" }.at(name, Form::Har, Place::Whole));
    }
    Ok(captures)
}

fn capture(entry: Entry<'_>, source: String) -> Result<Capture, Problem> {
    let har = entry.request;
    let mut headers = Headers::new();
    for field in har.headers {
        // HTTP/2 and 3 carry the request line as fields whose names start with a colon.
        if !field.name.as_str().starts_with(':') {
            let value = field.bytes.unwrap_or(Value::Text(field.value)).into_bytes(&Bytes::new());
            headers.push(field.name.into_bytes(&Bytes::new()), value);
        }
    }
    let url = har.url.0.into_owned();
    let target = har.target.map_or_else(|| Address::parse(&url).map(|a| a.target()), |t| Ok(t.0.into_owned()))?;
    let mut request = Request { method: har.method.0.into_owned(), target, headers, body: Bytes::new() };
    parts::check(&request)?;
    let mut notes = Vec::new();
    match body(har.post_data)? {
        Body::Recorded(body) => {
            request.body = body;
            notes.extend(length_note(&request));
        }
        Body::Rebuilt(body) => {
            request.body = body;
            notes.push(Note::BodyRebuilt);
            notes.extend(length_note(&request));
        }
        Body::Lost => notes.push(Note::BodyNotRecorded),
        Body::None => {
            if har.body_size.is_some_and(|size| size > 0) || announced_length(&request).is_some_and(|size| size > 0) {
                notes.push(Note::BodyNotRecorded);
            }
        }
    }
    let arrived_at =
        entry.started_date_time.and_then(|text| Timestamp::from_rfc3339(text.as_str())).filter(|at| *at != NO_TIME);
    let provider = entry.provider.map(|provider| provider.0.into_owned());
    Ok(Capture { request, url: Some(url), arrived_at, source, provider, notes })
}

enum Body {
    Recorded(Bytes),
    Rebuilt(Bytes),
    Lost,
    None,
}

fn body(post_data: Option<PostData<'_>>) -> Result<Body, Problem> {
    let Some(data) = post_data else { return Ok(Body::None) };
    let params = data.params.unwrap_or_default();
    match (data.text, data.encoding) {
        (Some(text), Some(encoding)) if encoding.as_str().eq_ignore_ascii_case("base64") => {
            let bytes = STANDARD.decode(text.as_str()).map_err(|_| Problem::Base64 { field: "postData.text" })?;
            return Ok(Body::Recorded(bytes.into()));
        }
        // Some tools write an empty text beside the parameters that they have parsed.
        (Some(text), _) if params.is_empty() || !text.as_str().is_empty() => {
            return Ok(Body::Recorded(text.into_bytes(&Bytes::new())));
        }
        (None, _) if params.is_empty() => return Ok(Body::None),
        _ => {}
    }
    if data.mime_type.is_some_and(|mime| mime.as_str().starts_with("multipart/")) {
        return Ok(Body::Lost);
    }
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for Parameter { name, value } in params {
        form.append_pair(name.as_str(), value.as_ref().map_or("", Text::as_str));
    }
    Ok(Body::Rebuilt(form.finish().into()))
}

/// A capture with the status that was answered, if there was an answer.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The request.
    pub capture: Capture,
    /// The status of its answer.
    pub status: Option<u16>,
}

/// Writes an archive, in memory for one entry at a time.
pub fn write(
    mut out: impl Write,
    exchanges: impl IntoIterator<Item = Exchange>,
    credentials: Credentials,
) -> io::Result<()> {
    write!(
        out,
        "{{\"log\":{{\"version\":\"1.2\",\"creator\":{{\"name\":\"hookctl\",\"version\":\"{}\"}},\"entries\":[",
        env!("CARGO_PKG_VERSION")
    )?;
    for (index, exchange) in exchanges.into_iter().enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut out, &entry(&exchange, credentials))?;
    }
    out.write_all(b"\n]}}\n")
}

fn entry(exchange: &Exchange, credentials: Credentials) -> Entry<'_> {
    let Capture { request, url, arrived_at, provider, .. } = &exchange.capture;
    let url: Cow<'_, str> = match url {
        Some(url) => url.into(),
        None => address_of(request, "http").unwrap_or_else(|| "http://localhost/".to_owned()).into(),
    };
    let same_target = Address::parse(&url).is_ok_and(|address| address.target() == request.target);
    let url = credentials.address(&url).into_owned();
    Entry {
        started_date_time: Some(super::ndjson::instant(arrived_at.unwrap_or(NO_TIME)).into()),
        time: 0,
        request: HarRequest {
            method: request.method.as_str().into(),
            query_string: query_string(&url),
            url: url.into(),
            target: (!same_target).then(|| Text(credentials.address(&request.target))),
            http_version: HTTP_VERSION,
            cookies: [],
            headers: request.headers.iter().map(|header| field(header, credentials)).collect(),
            post_data: post_data(request),
            headers_size: Unknown,
            body_size: i64::try_from(request.body.len()).ok(),
        },
        response: HarResponse { status: exchange.status.unwrap_or(0), ..HarResponse::default() },
        cache: Empty {},
        timings: Timings::default(),
        provider: provider.as_deref().map(Text::from),
    }
}

fn field(header: &Header, credentials: Credentials) -> Field<'_> {
    let name = header.name().into();
    match Value::new(credentials.value(header)) {
        Value::Text(value) => Field { name, value, bytes: None },
        bytes @ Value::Bytes(_) => Field { name, value: header.lossy().into(), bytes: Some(bytes) },
    }
}

fn query_string(url: &str) -> Vec<Parameter<'static>> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    url::form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| Parameter { name: name.into_owned().into(), value: Some(value.into_owned().into()) })
        .collect()
}

fn post_data(request: &Request) -> Option<PostData<'_>> {
    if request.body.is_empty() {
        return None;
    }
    let (text, encoding) = match std::str::from_utf8(&request.body) {
        Ok(text) => (text.into(), None),
        Err(_) => (STANDARD.encode(&request.body).into(), Some("base64".into())),
    };
    let mime_type = request.headers.get("content-type").map_or(String::new(), Header::lossy);
    Some(PostData { mime_type: Some(mime_type.into()), params: Some(Vec::new()), text: Some(text), encoding })
}
