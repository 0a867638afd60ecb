//! Other people's files: requests read from and written to the forms in which people keep them.
//!
//! ```text
//! mod.rs        Capture, and which form a file has (by its content, never by its name)
//! ndjson/       hookctl's own export, a line a capture; also as a single JSON object
//! cloudevents.rs  CloudEvents, written only
//! har.rs        HTTP Archive
//! raw_http.rs   a request as it is on the wire
//! curl/         curl commands
//! cgi.rs        dumps of CGI variables
//! smee.rs       messages of a smee channel, and what gosmee saves of one
//! gateway.rs    events that an API gateway hands to a function
//! pasted.rs     header lines without a request line, and what handlers log
//! hurl/         hurl files
//! payloads.rs   files that hold events without the requests that carried them
//! ```
//!
//! Readers work on bytes and keep a body's bytes as they are; what they had to change or found odd is a [`Note`]. No
//! file is opened here, and none that an input names is ever read.

mod address;
mod cgi;
pub mod cloudevents;
mod credentials;
pub mod curl;
mod error;
mod gateway;
pub mod har;
pub mod hurl;
mod json_fields;
pub mod ndjson;
mod note;
mod parts;
mod pasted;
pub mod payloads;
pub mod raw_http;
pub mod smee;

use serde::Deserialize;
use serde::de::IgnoredAny;

pub use address::address_of;
pub use credentials::{Credentials, carries_credentials};
pub use error::{Form, FormatError, Place, Problem, Tried};
pub use json_fields::{Fields, Text, Value};
pub use ndjson::{Block, RawLine, blocks, read_lines, read_records, split_lines};
pub use note::Note;

use bytes::Bytes;

use crate::model::{DeliveryId, Reason, RecordedAnswer, Request, Secret, Timestamp};

/// A request from a file, and what the file says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    /// The request.
    pub request: Request,
    /// The absolute address it was sent to, where the form holds one.
    pub url: Option<String>,
    /// When it arrived, where the form says so.
    pub arrived_at: Option<Timestamp>,
    /// Where it came from: the file's name, and behind `#` its number if there are several (its line, in an export).
    pub source: String,
    /// The provider's id, where an export says so.
    pub provider: Option<String>,
    /// How it was answered, where the form says so.
    pub answer: Option<RecordedAnswer>,
    /// What verifies it, where it was anonymised and brings that along.
    pub secret: Option<Secret>,
    /// What was noticed while reading.
    pub notes: Vec<Note>,
}

impl Capture {
    /// A request about which nothing else is known.
    pub fn new(request: Request, source: impl Into<String>) -> Self {
        Self {
            request,
            url: None,
            arrived_at: None,
            source: source.into(),
            provider: None,
            answer: None,
            secret: None,
            notes: Vec::new(),
        }
    }
}

/// A capture with what only hookctl's own export knows about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The capture.
    pub capture: Capture,
    /// The head as it was on the wire, where it was not what [`crate::http::head::write_request_head`] makes.
    pub head: Option<Bytes>,
    /// The delivery's id.
    pub id: Option<DeliveryId>,
    /// The other side's address.
    pub remote: Option<String>,
    /// In an anonymised export: why nobody knew the secret that it was signed with, if that was so.
    pub unknown: Option<Reason>,
}

impl From<Capture> for Record {
    fn from(capture: Capture) -> Self {
        Self { capture, head: None, id: None, remote: None, unknown: None }
    }
}

/// Reads every request in a file, whatever its form. `name` is for sources and errors. An export of any length is
/// better read by [`read_lines`], which holds one line at a time.
pub fn read(bytes: &[u8], name: &str) -> Result<Vec<Capture>, FormatError> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(FormatError::Utf16 { name: name.to_owned() });
    }
    let without_mark = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let start = without_mark.trim_ascii_start();
    if start.is_empty() {
        return Err(FormatError::Empty { name: name.to_owned() });
    }
    if start.starts_with(b"{") {
        return read_json(bytes, name);
    }
    if curl::looks_like(start) {
        return curl::read(without_mark, name);
    }
    if hurl::looks_like(start) {
        return hurl::read(without_mark, name);
    }
    // What curl shows has a request line, too, behind its mark.
    let is_marked = start.starts_with(b"> ") && pasted::looks_like(start);
    if raw_http::looks_like(start) && !is_marked {
        return raw_http::read(start, name).map(|capture| vec![capture]);
    }
    if cgi::looks_like(start) {
        return cgi::read(start, name).map(|capture| vec![capture]);
    }
    if pasted::looks_like(start) {
        return pasted::read(start, name).map(|capture| vec![capture]);
    }
    Err(unrecognised(name, &Form::REQUESTS))
}

/// So many bytes of a file tell whether it is an export: the `kind` of a line comes first.
pub const EXPORT_START: usize = 8 << 10;

/// Whether a file that starts with these bytes is an export, to be read with [`read_lines`].
pub fn starts_like_export(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let Some(rest) = text.strip_prefix(b"{").map(<[u8]>::trim_ascii_start) else { return false };
    rest.starts_with(b"\"kind\"") && (rest.contains(&b'\n') || bytes.len() >= 4 << 10)
}

/// Tells the JSON forms apart by what is in the first value and whether something follows it.
fn read_json(bytes: &[u8], name: &str) -> Result<Vec<Capture>, FormatError> {
    /// The keys that only one form has at the top.
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Probe {
        request_context: Option<IgnoredAny>,
        http_method: Option<IgnoredAny>,
        log: Option<IgnoredAny>,
        kind: Option<IgnoredAny>,
        headers: Option<IgnoredAny>,
        method: Option<IgnoredAny>,
        url: Option<IgnoredAny>,
        target: Option<IgnoredAny>,
    }

    let Ok(text) = std::str::from_utf8(bytes) else {
        let valid = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        let line = valid.bytes().filter(|b| *b == b'\n').count() + 1;
        return Err(Problem::NotUtf8.at(name, Form::Json, Place::Line(line)));
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Probe>();
    match values.next() {
        Some(Ok(probe)) => {
            if !text[values.byte_offset()..].trim_ascii().is_empty() {
                return read_lines(bytes, name).collect();
            }
            if probe.log.is_some() {
                return har::read(text, name);
            }
            if probe.kind.is_none() && (probe.request_context.is_some() || probe.http_method.is_some()) {
                return gateway::read(text, name).map(|capture| vec![capture]);
            }
            if probe.kind.is_none() && probe.headers.is_none() {
                return Err(unrecognised(name, &Form::REQUESTS));
            }
            // An export has all of these; what a handler logs seldom has.
            let is_whole = probe.method.is_some() && (probe.url.is_some() || probe.target.is_some());
            if probe.kind.is_none() && !is_whole {
                return pasted::read_object(text, name).map(|capture| vec![capture]);
            }
            ndjson::read_object(text, name).map(|record| vec![record.capture])
        }
        Some(Err(error)) => {
            Err(Problem::json(&error).at(name, Form::Json, Place::Column(error.line(), error.column())))
        }
        None => Err(FormatError::Empty { name: name.to_owned() }),
    }
}

fn unrecognised(name: &str, forms: &[Form]) -> FormatError {
    let tried = forms.iter().map(|form| Tried { form: *form, wanted: form.recognised_by() }).collect();
    FormatError::Unrecognised { name: name.to_owned(), tried }
}

#[cfg(test)]
mod tests;
