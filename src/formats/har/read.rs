//! From the entries of an archive to captures.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::value::RawValue;

use super::shape::{Answered, Archive, Entry, Field, NO_TIME, Parameter, PostData};
use crate::formats::address::Address;
use crate::formats::error::{Form, FormatError, Place, Problem};
use crate::formats::json_fields::{Text, Value};
use crate::formats::note::{Note, announced_length, length_note};
use crate::formats::{Capture, parts};
use crate::model::{Headers, RecordedAnswer, Request, Timestamp};

/// Reads every request with an `http` or `https` address; others (web sockets, extensions) cannot be deliveries.
pub(in crate::formats) fn read(text: &str, name: &str) -> Result<Vec<Capture>, FormatError> {
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
    let answer = entry.answered.and_then(|answered| answer(answered, entry.took));
    Ok(Capture { url: Some(url), arrived_at, provider, answer, notes, ..Capture::new(request, source) })
}

/// The answer, as far as it can be read. A status of 0 is HAR's way to say that there was none.
fn answer(answered: &RawValue, took: Option<&RawValue>) -> Option<RecordedAnswer> {
    let answered: Answered<'_> = serde_json::from_str(answered.get()).ok()?;
    if !(100..1000).contains(&answered.status) {
        return None;
    }
    let no_whole = Bytes::new();
    let headers = answered.headers.filter(|fields| !fields.is_empty()).map(|fields| {
        let ordinary = fields.into_iter().filter(|field| !field.name.as_str().starts_with(':'));
        let pair = |field: Field<'_>| {
            let value = field.bytes.unwrap_or(Value::Text(field.value)).into_bytes(&no_whole);
            (field.name.into_bytes(&no_whole), value)
        };
        ordinary.map(pair).collect::<Headers>()
    });
    let body = answered.content.and_then(|content| {
        let text = content.text?;
        match content.encoding {
            Some(encoding) if encoding.as_str().eq_ignore_ascii_case("base64") => {
                STANDARD.decode(text.as_str()).ok().map(Bytes::from)
            }
            _ => Some(text.into_bytes(&no_whole)),
        }
    });
    let millis = took.and_then(|took| serde_json::from_str::<f64>(took.get()).ok()).filter(|millis| *millis > 0.0);
    let duration = millis.and_then(|millis| Duration::try_from_secs_f64(millis / 1e3).ok());
    Some(RecordedAnswer { status: answered.status, headers, body, duration })
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
