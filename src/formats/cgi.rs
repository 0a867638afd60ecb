//! Dumps of CGI variables (`REQUEST_METHOD=POST`, `HTTP_X_HUB_SIGNATURE=…`), as PHP, WSGI, Rack and `env` show them.
//!
//! A server that hands requests to programs in this way upper-cases header names and turns `-` into `_`. The way back
//! is a guess in spelling only (`X-Hub-Signature`), which matters to no scheme. A *raw* request with such a name is
//! not touched: there it is what the receiver got.

use bytes::Bytes;

use super::error::{Form, FormatError, Place, Problem};
use super::note::{Note, length_note};
use super::{Capture, parts};
use crate::model::{Headers, Request};

/// The header that a variable stands for. `None` for variables about the server, the address or the connection.
pub(super) fn header_name(variable: &str) -> Option<String> {
    let name = match variable {
        "CONTENT_TYPE" | "CONTENT_LENGTH" => variable,
        _ => variable.strip_prefix("HTTP_").filter(|name| !name.is_empty())?,
    };
    let mut start = true;
    let spelled = name
        .chars()
        .map(|c| {
            let c = if c == '_' { '-' } else { c };
            let spelled = if start { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
            start = c == '-';
            spelled
        })
        .collect();
    Some(spelled)
}

/// Whether these names are variables and not header names: one starts with `HTTP_`, and none has a small letter or a
/// hyphen, except those that a framework puts among them (`wsgi.input`, `rack.version`).
pub(super) fn are_variables<'a>(names: impl Iterator<Item = &'a str>) -> bool {
    let mut headers = false;
    for name in names {
        headers |= name.starts_with("HTTP_");
        if !is_variable(name) && !name.contains('.') {
            return false;
        }
    }
    headers
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

/// Whether a file starts like a dump: its first line is a variable, and one of the first lines is of a request.
pub(super) fn looks_like(text: &[u8]) -> bool {
    /// How many lines may stand before the first variable of a request.
    const LINES: usize = 200;
    let mut lines = text.split(|b| *b == b'\n').take(LINES).take_while(|line| !line.trim_ascii().is_empty()).peekable();
    lines.peek().is_some_and(|line| variable(line).is_some())
        && lines
            .filter_map(variable)
            .any(|(name, _)| name.starts_with("HTTP_") || name == "REQUEST_METHOD" || name == "CONTENT_TYPE")
}

/// `NAME=value`, `NAME: value` or `[NAME] => value`.
fn variable(line: &[u8]) -> Option<(&str, &[u8])> {
    let line = line.trim_ascii_start();
    let line = line.strip_prefix(b"[").unwrap_or(line);
    let end = line.iter().position(|b| !(b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_'))?;
    let name = std::str::from_utf8(&line[..end]).ok().filter(|name| is_variable(name))?;
    let rest = line[end..].strip_prefix(b"]").unwrap_or(&line[end..]);
    let rest = rest.trim_ascii_start();
    let value = [&b"=>"[..], b"=", b":"].iter().find_map(|sign| rest.strip_prefix(*sign))?;
    Some((name, value.trim_ascii()))
}

/// Reads a dump: variables, an empty line, and the body byte for byte.
pub(super) fn read(bytes: &[u8], name: &str) -> Result<Capture, FormatError> {
    let mut dump = Dump::default();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (line, after) = match rest.iter().position(|b| *b == b'\n') {
            Some(end) => (&rest[..end], &rest[end + 1..]),
            None => (rest, &rest[rest.len()..]),
        };
        rest = after;
        if line.trim_ascii().is_empty() {
            break;
        }
        // Dumps are full of other things: objects, multi-line values. What is no variable is not about the request.
        if let Some((variable, value)) = variable(line) {
            dump.take(variable, value);
        }
    }
    dump.finish(rest, name.to_owned()).map_err(|problem| problem.at(name, Form::Cgi, Place::Whole))
}

#[derive(Default)]
struct Dump {
    headers: Headers,
    method: Option<String>,
    uri: Option<String>,
    script: String,
    path: Option<String>,
    query: String,
    https: bool,
}

impl Dump {
    fn take(&mut self, variable: &str, value: &[u8]) {
        if let Some(header) = header_name(variable) {
            // `Content-Length` stands there even if the request has none.
            if !value.is_empty() || !variable.starts_with("CONTENT_") {
                self.headers.push(header, Bytes::copy_from_slice(value));
            }
            return;
        }
        let text = || String::from_utf8_lossy(value).into_owned();
        match variable {
            "REQUEST_METHOD" => self.method = Some(text()),
            "REQUEST_URI" => self.uri = Some(text()),
            "SCRIPT_NAME" => self.script = text(),
            "PATH_INFO" => self.path = Some(text()),
            "QUERY_STRING" => self.query = text(),
            "HTTPS" => self.https = !value.is_empty() && value != b"off",
            "REQUEST_SCHEME" => self.https = value == b"https",
            _ => {}
        }
    }

    fn finish(self, body: &[u8], source: String) -> Result<Capture, Problem> {
        let target = match (self.uri, self.path) {
            (Some(uri), _) => uri,
            (None, Some(path)) if self.query.is_empty() => format!("{}{path}", self.script),
            (None, Some(path)) => format!("{}{path}?{}", self.script, self.query),
            (None, None) => return Err(Problem::Missing { field: "REQUEST_URI" }),
        };
        let mut request = Request {
            method: self.method.ok_or(Problem::Missing { field: "REQUEST_METHOD" })?,
            target,
            headers: self.headers,
            body: Bytes::copy_from_slice(body),
        };
        parts::check(&request)?;
        let mut notes = vec![Note::CgiNames];
        notes.extend(super::note::without_editors_newline(&mut request).or_else(|| length_note(&request)));
        let url = super::address::address_of(&request, if self.https { "https" } else { "http" });
        Ok(Capture { url, notes, ..Capture::new(request, source) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_in_the_usual_spelling() {
        for (variable, header) in [
            ("HTTP_X_HUB_SIGNATURE_256", Some("X-Hub-Signature-256")),
            ("CONTENT_TYPE", Some("Content-Type")),
            ("HTTP_HOST", Some("Host")),
            ("HTTP_", None),
            ("REMOTE_ADDR", None),
            ("HTTPS", None),
        ] {
            assert_eq!(header_name(variable).as_deref(), header, "{variable}");
        }
    }

    #[test]
    fn only_sets_of_variables_are_taken_for_a_dump() {
        for (names, dump) in [
            (vec!["HTTP_X_A", "CONTENT_TYPE"], true),
            (vec!["HTTP_X_A", "wsgi.version"], true),
            (vec!["HTTP_X_A", "Content-Type"], false),
            (vec!["HTTP_X_A", "content_type"], false),
            (vec!["CONTENT_TYPE"], false),
            (vec![], false),
        ] {
            assert_eq!(are_variables(names.clone().into_iter()), dump, "{names:?}");
        }
    }

    #[test]
    fn dumps_of_several_tools_are_read() {
        for dump in [
            "REQUEST_METHOD=POST\nREQUEST_URI=/h?x=1\nHTTP_HOST=h:1\nHTTP_X_SIG=a=b\nCONTENT_LENGTH=2\n\n{}",
            "SHELL=/bin/sh\r\nREQUEST_METHOD=POST\r\nPATH_INFO=/h\r\nQUERY_STRING=x=1\r\nHTTP_HOST=h:1\r\nHTTP_X_SIG=a=b\r\nCONTENT_LENGTH=2\r\n\r\n{}\n",
            "[HTTP_HOST] => h:1\n    [HTTP_X_SIG] => a=b\n[CONTENT_LENGTH] => 2\n[REQUEST_URI] => /h?x=1\n[REQUEST_METHOD] => POST\n\n{}",
            "HTTP_HOST: h:1\nHTTP_X_SIG: a=b\nwsgi.errors: <stderr>\nREQUEST_METHOD: POST\nCONTENT_LENGTH: 2\nREQUEST_URI: /h?x=1\n\n{}",
        ] {
            assert!(looks_like(dump.as_bytes()), "{dump}");
            let capture = read(dump.as_bytes(), "dump").expect(dump);
            assert_eq!(capture.request.method, "POST");
            assert_eq!(capture.request.target, "/h?x=1");
            assert_eq!(capture.url.as_deref(), Some("http://h:1/h?x=1"));
            assert_eq!(capture.request.headers.text("x-sig"), Some("a=b"));
            assert_eq!(capture.request.body, "{}");
            assert_eq!(capture.notes[0], Note::CgiNames);
        }
    }

    #[test]
    fn a_dump_without_method_or_address_names_what_is_missing() {
        for (dump, missing) in
            [("HTTP_X=1\nREQUEST_URI=/\n\n", "REQUEST_METHOD"), ("REQUEST_METHOD=POST\n", "REQUEST_URI")]
        {
            let error = read(dump.as_bytes(), "dump").expect_err(dump);
            assert!(error.to_string().contains(missing), "{error}");
        }
        assert!(!looks_like(b"HELLO=world\n") && !looks_like(b"") && !looks_like(b"POST / HTTP/1.1\n"));
    }
}
