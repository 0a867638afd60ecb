//! Requests as they are pasted from elsewhere: the header lines without a request line, what `curl -v` prints, and the objects
//! that handlers write to their logs.
//!
//! What such a text leaves out is taken for what it is with nearly every webhook, and noted.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::error::{Form, FormatError, Place, Problem};
use super::note::Note;
use super::{Capture, cgi, parts, raw_http};
use crate::model::{Header, Headers, Request};

/// Lines that are looked at to see whether these are headers.
const LINES: usize = 100;

/// Whether a text starts with header lines, or with a head as `curl -v` shows it.
pub(super) fn looks_like(text: &[u8]) -> bool {
    let text = behind_remarks(text);
    let lines = text.split(|b| *b == b'\n').take(LINES);
    let mut head = lines.map(|line| unmarked(line).trim_ascii()).take_while(|line| !line.is_empty()).peekable();
    if head.peek().is_some_and(|first| raw_http::looks_like(first)) {
        return text.starts_with(b"> ");
    }
    let mut is_of_request = false;
    let all = head.all(|line| {
        let Some(name) = header_name(line) else { return false };
        is_of_request |= name.eq_ignore_ascii_case("host") || name.contains('-');
        true
    });
    all && is_of_request
}

fn header_name(line: &[u8]) -> Option<&str> {
    let end = line.iter().position(|b| *b == b':')?;
    let name = std::str::from_utf8(&line[..end]).ok()?;
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    is_name.then_some(name)
}

/// What stands behind curl's remarks about the connection, if those are in front of what it sends.
fn behind_remarks(text: &[u8]) -> &[u8] {
    let mut rest = text;
    while rest.starts_with(b"* ") {
        rest = rest.iter().position(|b| *b == b'\n').map_or(&[], |end| &rest[end + 1..]);
    }
    if rest.starts_with(b"> ") { rest } else { text }
}

/// A line without the mark that curl puts before what it sends.
fn unmarked(line: &[u8]) -> &[u8] {
    line.strip_prefix(b"> ")
        .or_else(|| line.strip_prefix(b">").filter(|rest| rest.trim_ascii().is_empty()))
        .unwrap_or(line)
}

/// Reads header lines, an empty line, and the body byte for byte.
pub(super) fn read(bytes: &[u8], name: &str) -> Result<Capture, FormatError> {
    let (mut head, mut rest) = (Vec::new(), behind_remarks(bytes));
    let is_of_curl = rest.starts_with(b"> ");
    while !rest.is_empty() {
        let end = rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |end| end + 1);
        let (line, behind) = rest.split_at(end);
        rest = behind;
        let line = unmarked(line).trim_ascii_end();
        head.extend_from_slice(line);
        head.extend_from_slice(b"\r\n");
        if line.is_empty() {
            break;
        }
    }
    // What follows then are more remarks and the answer: curl does not show the body that it sends.
    let is_answer = is_of_curl && [&b"* "[..], b"< "].iter().any(|mark| rest.starts_with(mark));
    let body = if is_answer { &[] } else { rest };
    let mut capture = if raw_http::looks_like(&head) {
        raw_http::read(&[&head, body].concat(), name)?
    } else {
        let mut capture = raw_http::read(&[b"POST / HTTP/1.1\r\n", &head[..], body].concat(), name)?;
        capture.notes.push(Note::RequestLineMissing);
        capture
    };
    if is_answer {
        capture.notes.retain(|note| !matches!(note, Note::BodyTruncated { .. }));
        capture.notes.push(Note::BodyNotRecorded);
    }
    Ok(capture)
}

/// What handlers log: the headers, and the body as text or as what it was parsed to.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Logged<'a> {
    #[serde(borrow)]
    headers: LoggedHeaders<'a>,
    method: Option<String>,
    // Several of these may stand side by side: one as it came, others as a framework has cut it.
    original_url: Option<String>,
    url: Option<String>,
    target: Option<String>,
    uri: Option<String>,
    path: Option<String>,
    #[serde(borrow, alias = "raw_body")]
    raw_body: Option<&'a RawValue>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
    #[serde(alias = "body_base64")]
    body_base64: Option<String>,
}

/// An object of names and values, one or several each, or a list of pairs.
#[derive(Deserialize)]
#[serde(untagged)]
enum LoggedHeaders<'a> {
    Pairs(Vec<(String, String)>),
    #[serde(borrow)]
    Object(BTreeMap<std::borrow::Cow<'a, str>, OneOrMore>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
    Number(serde_json::Number),
}

/// Reads such an object.
pub(super) fn read_object(text: &str, name: &str) -> Result<Capture, FormatError> {
    let wrong = |problem: Problem| problem.at(name, Form::Json, Place::Whole);
    let logged: Logged<'_> = serde_json::from_str(text)
        .map_err(|error| Problem::json(&error).at(name, Form::Json, Place::Column(error.line(), error.column())))?;
    let mut headers = Headers::new();
    match logged.headers {
        LoggedHeaders::Pairs(pairs) => pairs.into_iter().for_each(|(name, value)| headers.push(name, value)),
        LoggedHeaders::Object(all) => {
            for (name, values) in all {
                match values {
                    OneOrMore::One(value) => headers.push(name.into_owned(), value),
                    OneOrMore::Number(value) => headers.push(name.into_owned(), value.to_string()),
                    OneOrMore::More(values) => {
                        values.into_iter().for_each(|value| headers.push(name.clone().into_owned(), value));
                    }
                }
            }
        }
    }
    let mut notes = Vec::new();
    let body = logged.raw_body.or(logged.body).or(logged.payload);
    if headers.is_empty() && body.is_none() && logged.body_base64.is_none() {
        return Err(wrong(Problem::Missing { field: "body" }));
    }
    if cgi::are_variables(headers.iter().map(Header::name)) {
        let spelled =
            headers.iter().filter_map(|header| Some((cgi::header_name(header.name())?, header.text()?.to_owned())));
        headers = spelled.collect();
        notes.push(Note::CgiNames);
    }
    let body = match (logged.body_base64, body.map(RawValue::get)) {
        (Some(encoded), _) => {
            STANDARD.decode(encoded.trim()).map_err(|_| wrong(Problem::Base64 { field: "body_base64" }))?.into()
        }
        (None, Some(raw)) if raw.starts_with('"') => {
            let text: String = serde_json::from_str(raw).map_err(|error| wrong(Problem::json(&error)))?;
            Bytes::from(text)
        }
        (None, None | Some("null")) => Bytes::new(),
        (None, Some(raw)) => {
            notes.push(Note::BodyParsed);
            Bytes::copy_from_slice(raw.as_bytes())
        }
    };
    let addresses = [logged.original_url, logged.url, logged.target, logged.uri, logged.path];
    // In one that begins with a slash, an address is a part of it.
    let is_absolute = |address: &&String| address.contains("://") && !address.starts_with('/');
    // An absolute one tells the most.
    let address = addresses.iter().flatten().find(is_absolute).or(addresses.iter().flatten().next()).cloned();
    if address.is_none() || logged.method.is_none() {
        notes.push(Note::RequestLineMissing);
    }
    let url = address.clone().filter(|url| is_absolute(&url));
    let target = match (&url, address) {
        (Some(absolute), _) => {
            let rest = absolute.split_once("://").map_or("", |(_, rest)| rest);
            rest.find(['/', '?']).map_or("/", |at| &rest[at..]).to_owned()
        }
        (None, Some(target)) if target.starts_with('/') => target,
        (None, _) => "/".to_owned(),
    };
    let method = logged.method.unwrap_or_else(|| "POST".to_owned());
    let request = Request { method, target, headers, body };
    parts::check(&request).map_err(wrong)?;
    Ok(Capture { url, notes, ..Capture::new(request, name) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_lines_are_a_request_without_its_first_line() {
        for text in [
            "Host: h\r\nX-Sig: s=1\r\n\r\n{\"a\":1}",
            "x-sig: s=1\nhost: h\n\n{\"a\":1}",
            "> POST / HTTP/1.1\n> Host: h\n> X-Sig: s=1\n> \n{\"a\":1}",
            "> Host: h\n> X-Sig: s=1\n>\n{\"a\":1}",
            "* Connected to h (127.0.0.1) port 80 (#0)\n> POST / HTTP/1.1\n> Host: h\n> X-Sig: s=1\n> \n{\"a\":1}",
        ] {
            assert!(looks_like(text.as_bytes()), "{text}");
            let capture = read(text.as_bytes(), "log").expect(text);
            assert_eq!((capture.request.method.as_str(), &capture.request.body[..]), ("POST", &b"{\"a\":1}"[..]));
            assert_eq!(capture.request.headers.text("X-Sig"), Some("s=1"));
            assert_eq!(capture.notes.contains(&Note::RequestLineMissing), !text.contains("HTTP/1.1"), "{text}");
        }
        let answered = "* Trying\n> POST /h HTTP/1.1\n> Host: h\n> X-Sig: s=1\n> Content-Length: 7\n>\n* We are completely uploaded\n< HTTP/1.1 200 OK\n< \nok";
        let capture = read(answered.as_bytes(), "log").expect("a request");
        assert_eq!((capture.request.target.as_str(), &capture.request.body[..]), ("/h", &b""[..]));
        assert_eq!(capture.notes, [Note::BodyNotRecorded]);
        for text in [
            "* a list\n* of words",
            "just some words",
            "note: hello",
            "{\"a\": 1}",
            "POST / HTTP/1.1\nHost: h\n\n",
            "a b: c-d",
        ] {
            assert!(!looks_like(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn what_a_handler_logs_is_a_request() {
        for (text, body, notes) in [
            (r#"{"headers":{"x-sig":"s=1"},"body":"{\"a\": 1}"}"#, "{\"a\": 1}", vec![Note::RequestLineMissing]),
            (r#"{"headers":{"x-sig":["s=1"]},"method":"POST","url":"/h","rawBody":"x"}"#, "x", vec![]),
            (r#"{"headers":[["x-sig","s=1"]],"path":"/h","method":"PUT","body_base64":"eA=="}"#, "x", vec![]),
            (
                r#"{"headers":{"x-sig":"s=1"},"method":"POST","originalUrl":"/h?x=1","url":"/h","path":"/","body":{"a":1},"rawBody":"{\"a\": 1}"}"#,
                "{\"a\": 1}",
                vec![],
            ),
            (
                r#"{"headers":{"HTTP_X_SIG":"s=1","CONTENT_TYPE":"x"},"method":"POST","path":"/","body":""}"#,
                "",
                vec![Note::CgiNames],
            ),
            (
                r#"{"level":"info","headers":{"x-sig":"s=1","content-length":8},"body":{"a": 1}}"#,
                "{\"a\": 1}",
                vec![Note::BodyParsed, Note::RequestLineMissing],
            ),
        ] {
            let capture = read_object(text, "log.json").expect(text);
            assert_eq!((&capture.request.body[..], capture.notes), (body.as_bytes(), notes), "{text}");
            assert_eq!(capture.request.headers.text("X-Sig"), Some("s=1"));
        }
        let capture =
            read_object(r#"{"headers":{},"url":"https://a.example/h?x=1","body":""}"#, "l").expect("a request");
        assert_eq!(
            (capture.request.target.as_str(), capture.url.as_deref()),
            ("/h?x=1", Some("https://a.example/h?x=1"))
        );
        assert!(read_object(r#"{"headers":7}"#, "l").is_err());
        assert!(read_object(r#"{"headers":{},"method":"PO ST"}"#, "l").is_err());
    }
}
