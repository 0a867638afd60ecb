//! Reading a hurl file: the requests, and the status that each expects. Assertions are passed over.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::de::IgnoredAny;

use super::HurlProblem;
use crate::formats::address::Address;
use crate::formats::error::{Form, FormatError, Place, Problem};
use crate::formats::{Capture, parts};
use crate::model::{Headers, RecordedAnswer, Request};

/// Whether the first line that is no comment starts a request: a method and an address, and no version behind it.
pub(in crate::formats) fn looks_like(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(8 << 10)]);
    text.lines().find(|line| !is_passed_over(line)).is_some_and(is_request_line)
}

fn is_passed_over(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

fn is_request_line(line: &str) -> bool {
    let Some((method, address)) = line.split_once(' ') else { return false };
    let is_address = ["http://", "https://", "{{"].iter().any(|start| address.trim_start().starts_with(start));
    !method.is_empty() && method.bytes().all(|b| b.is_ascii_uppercase()) && is_address && !address.contains(" HTTP/")
}

/// All requests of a file.
pub(in crate::formats) fn read(bytes: &[u8], name: &str) -> Result<Vec<Capture>, FormatError> {
    let text = std::str::from_utf8(bytes).map_err(|_| Problem::NotUtf8.at(name, Form::Hurl, Place::Whole))?;
    let mut reader = Reader { text, rest: text };
    let mut captures = Vec::new();
    while reader.skip_to_request().map_err(|problem| reader.broken(problem, name))? {
        let source = format!("{name}#{}", captures.len() + 1);
        captures.push(reader.entry(source).map_err(|problem| reader.broken(problem, name))?);
    }
    Ok(captures)
}

struct Reader<'a> {
    text: &'a str,
    /// What has not been read.
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn broken(&self, problem: Problem, name: &str) -> FormatError {
        let line = self.text[..self.text.len() - self.rest.len()].matches('\n').count() + 1;
        problem.at(name, Form::Hurl, Place::Line(line))
    }

    /// The line that comes next, without its end.
    fn peek(&self) -> Option<&'a str> {
        (!self.rest.is_empty()).then(|| self.rest.lines().next().unwrap_or_default())
    }

    fn skip_line(&mut self) {
        self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
    }

    /// Whether there is another request; what stands before it must be about nothing.
    fn skip_to_request(&mut self) -> Result<bool, Problem> {
        while let Some(line) = self.peek() {
            if is_request_line(line) {
                return Ok(true);
            }
            if !is_passed_over(line) {
                return Err(HurlProblem::NoRequest { text: parts::excerpt(line) }.into());
            }
            self.skip_line();
        }
        Ok(false)
    }

    fn entry(&mut self, source: String) -> Result<Capture, Problem> {
        let line = self.peek().unwrap_or_default();
        let (method, address) = line.split_once(' ').unwrap_or_default();
        let url = plain(address)?;
        let target = Address::parse(&url)?.target();
        self.skip_line();
        let headers = self.headers()?;
        let body = self.body()?;
        let request = Request { method: method.to_owned(), target, headers, body };
        parts::check(&request)?;
        let answer = self.answer().map(RecordedAnswer::of_status);
        Ok(Capture { url: Some(url), answer, ..Capture::new(request, source) })
    }

    /// Header lines, and options of hurl's own, which say nothing of the request.
    fn headers(&mut self) -> Result<Headers, Problem> {
        let mut headers = Headers::new();
        let mut options = false;
        while let Some(line) = self.peek() {
            if line.trim() == "[Options]" {
                options = true;
            } else if line.starts_with('[') && line.trim_end().ends_with(']') && !line.contains('"') {
                return Err(HurlProblem::Section { text: parts::excerpt(line) }.into());
            } else if !is_passed_over(line) {
                let Some((name, value)) = line.split_once(':').filter(|(name, _)| is_name(name)) else { break };
                if !options {
                    headers.push(plain(name)?, plain(value)?);
                }
            }
            self.skip_line();
        }
        Ok(headers)
    }

    fn body(&mut self) -> Result<Bytes, Problem> {
        let Some(line) = self.peek().filter(|line| !is_answer(line) && !is_request_line(line)) else {
            return Ok(Bytes::new());
        };
        let rest = self.rest;
        let (body, behind) = if let Some(inner) = rest.strip_prefix("```") {
            // Behind the marks a language may be named.
            let (first, inner) = inner.split_once('\n').ok_or(HurlProblem::UnclosedBody)?;
            if first.contains("```") || first.contains(',') {
                return Err(HurlProblem::Body { text: parts::excerpt(line) }.into());
            }
            let (text, behind) = inner.split_once("```").ok_or(HurlProblem::UnclosedBody)?;
            (Bytes::copy_from_slice(without_variables(text)?.as_bytes()), behind)
        } else if let Some((text, behind)) = rest.strip_prefix("base64,").and_then(|text| text.split_once(';')) {
            let text: String = text.split_whitespace().collect();
            (STANDARD.decode(text).map_err(|_| Problem::Base64 { field: "base64" })?.into(), behind)
        } else if rest.starts_with(['{', '[']) {
            let mut values = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
            values.next().transpose().map_err(|error| Problem::json(&error))?;
            let (text, behind) = rest.split_at(values.byte_offset());
            (Bytes::copy_from_slice(without_variables(text)?.as_bytes()), behind)
        } else {
            return Err(HurlProblem::Body { text: parts::excerpt(line) }.into());
        };
        self.rest = behind;
        self.skip_line();
        Ok(body)
    }

    /// The status that is expected. All else up to the next request is about the answer.
    fn answer(&mut self) -> Option<u16> {
        while self.peek().is_some_and(is_passed_over) {
            self.skip_line();
        }
        let line = self.peek().filter(|line| is_answer(line))?;
        let status = line.split_whitespace().nth(1).and_then(|status| status.parse().ok());
        while self.peek().is_some_and(|line| !is_request_line(line)) {
            self.skip_line();
        }
        status
    }
}

fn is_answer(line: &str) -> bool {
    line.starts_with("HTTP ") || line.starts_with("HTTP/")
}

/// A header's name may have escapes in it.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic() && !b"`\"[,".contains(&b)) && !name.starts_with('{')
}

fn without_variables(text: &str) -> Result<&str, Problem> {
    match text.find("{{") {
        Some(at) => {
            Err(HurlProblem::Variable { text: parts::excerpt(text[at..].lines().next().unwrap_or_default()) }.into())
        }
        None => Ok(text),
    }
}

/// Text outside of quotes, with its escapes read and a comment behind it cut off.
fn plain(text: &str) -> Result<String, Problem> {
    let text = without_variables(text)?.split('#').next().unwrap_or_default().trim();
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('\\') {
        out.push_str(before);
        let code = behind.strip_prefix("u{").and_then(|code| code.split_once('}'));
        let escaped = code.and_then(|(code, left)| Some((char::from_u32(u32::from_str_radix(code, 16).ok()?)?, left)));
        let mut letters = behind.chars();
        let (c, left) = match (escaped, letters.next()) {
            (Some(escaped), _) => escaped,
            (None, Some('n')) => ('\n', letters.as_str()),
            (None, Some('t')) => ('\t', letters.as_str()),
            (None, Some(c)) => (c, letters.as_str()),
            (None, None) => break,
        };
        out.push(c);
        rest = left;
    }
    Ok(out + rest)
}

#[cfg(test)]
mod tests {
    use super::super::write;
    use super::*;
    use crate::formats::Credentials;

    #[test]
    fn what_was_written_is_read_again() {
        let mut file = String::new();
        let mut written = Vec::new();
        for body in [&b"{\"a\":1}"[..], b"", b"a\nb\n", b"{{x}}`", b"\xff\0", b"a\r\n"] {
            let headers: Headers =
                [("X-A", " #1 {{x}}\\ "), ("x~y", ""), ("content-type", "text/plain; a=\"b\"")].into_iter().collect();
            let body = Bytes::copy_from_slice(body);
            let request = Request { method: "POST".into(), target: "/x?a={b}".into(), headers, body };
            file.push_str(&write(&request, "http://h:1/x?a={b}", Some(202), "stripe\ncharge", Credentials::Keep));
            file.push('\n');
            written.push(request);
        }
        assert!(looks_like(file.as_bytes()));
        let captures = read(file.as_bytes(), "f").expect("what hookctl wrote");
        assert!(captures.iter().all(|capture| capture.answer.as_ref().is_some_and(|answer| answer.status == 202)));
        assert_eq!(captures.into_iter().map(|capture| capture.request).collect::<Vec<_>>(), written);
    }

    #[test]
    fn other_peoples_files_are_read_or_refused_with_the_line() {
        let good = "# first\nPOST https://h/a # why\n[Options]\nretry: 3\n{\n \"id\": [1]\n}\nHTTP/1.1 201\n[Asserts]\njsonpath \"$.a\" == 1\n\nGET http://h/b\nHTTP *\n";
        let captures = read(good.as_bytes(), "f").expect("two requests");
        let bodies: Vec<_> = captures.iter().map(|capture| &capture.request.body[..]).collect();
        assert_eq!(bodies, [&b"{\n \"id\": [1]\n}"[..], b""]);
        for (text, said) in [
            ("POST http://h/{{id}}\n", "f, line 1"),
            ("POST http://h/\n[FormParams]\na: b\n", "f, line 2"),
            ("POST http://h/\nfile,body.json;\n", "f, line 2"),
            ("POST http://h/\n```\nabc", "f, line 2"),
            ("POST http://h/\n```json,a\nabc```", "f, line 2"),
            ("POST http://h/\n{\"a\":}\n", "f, line 2"),
            ("POST http://h/\n```\na```\nmore", "f, line 4"),
        ] {
            let error = read(text.as_bytes(), "f").expect_err(text).to_string();
            assert!(error.starts_with(said), "{text}: {error}");
        }
    }
}
