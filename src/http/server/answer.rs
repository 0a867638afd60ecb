//! Answers, and the bytes they become.
//!
//! The server alone decides how an answer is framed: length and persistence are its own, so no handler, and nobody whose
//! answer a handler passes on, can make two answers of one.

use std::time::Duration;

use bytes::Bytes;

use super::date::write_date;
use crate::http::head::{WriteError, write_field, write_status_line};
use crate::model::Headers;

/// An answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status: 200 to 999.
    pub status: u16,
    /// The fields. Those that frame the answer (`Content-Length`, `Transfer-Encoding`, `Connection`, `Keep-Alive`) are
    /// left out: the server writes its own. `Date` is added if it is missing.
    pub headers: Headers,
    /// The body. Not sent in answer to HEAD, nor with 204 and 304.
    pub body: Bytes,
    /// Whether to close the connection behind it.
    pub close: bool,
    /// How long to wait before anything is said. It ends at once when the client goes or the server stops.
    pub after: Duration,
    /// How it is sent.
    pub manner: Manner,
}

impl Answer {
    /// Without fields and body.
    pub fn new(status: u16) -> Self {
        Self {
            status,
            headers: Headers::new(),
            body: Bytes::new(),
            close: false,
            after: Duration::ZERO,
            manner: Manner::AtOnce,
        }
    }

    /// Whether it says that all is well: 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// With a plain text as body.
    pub fn text(status: u16, text: impl Into<Bytes>) -> Self {
        let mut answer = Self::new(status);
        answer.headers.push("Content-Type", "text/plain; charset=utf-8");
        answer.body = text.into();
        answer
    }
}

/// How an answer is sent: all but the first are for people who test senders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// All at once.
    AtOnce,
    /// The head at once, the body in pieces spread over this time.
    Slowly(Duration),
    /// The head and half of the body; then the connection is closed.
    Cut,
    /// All at once, with this `Content-Length` whatever the length is. Where it announces more than there is, the
    /// connection stays open until the client has had enough; then it is closed.
    Length(u64),
    /// Not at all: the connection is closed after this time, or when the client goes.
    Silent(Duration),
    /// Not at all: the connection is reset.
    Reset,
}

/// What the request decides about the form of its answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    /// It was HEAD.
    pub(super) head_only: bool,
    /// The connection ends behind the answer.
    pub(super) close: bool,
    /// The client is of HTTP/1.0 and must be told that the connection stays.
    pub(super) tell_keep_alive: bool,
}

/// Appends the head of an answer; says whether its body follows.
pub(super) fn write_head(out: &mut Vec<u8>, answer: &Answer, form: Form) -> Result<bool, WriteError> {
    if answer.status < 200 {
        return Err(WriteError::Status(answer.status));
    }
    write_status_line(out, answer.status)?;
    let mut has_date = false;
    let mut length = match answer.manner {
        Manner::Length(said) => said,
        _ => answer.body.len() as u64,
    };
    for (index, header) in answer.headers.iter().enumerate() {
        match header.name().len() {
            14 if header.name().eq_ignore_ascii_case("content-length") => {
                // In answer to HEAD an endpoint may well know the length of a body that it does not send.
                let known = header.text().filter(|_| form.head_only && answer.body.is_empty());
                length = known.and_then(|text| text.parse().ok()).unwrap_or(length);
                continue;
            }
            17 if header.name().eq_ignore_ascii_case("transfer-encoding") => continue,
            10 if header.name().eq_ignore_ascii_case("connection") => continue,
            10 if header.name().eq_ignore_ascii_case("keep-alive") => continue,
            4 => has_date |= header.name().eq_ignore_ascii_case("date"),
            _ => {}
        }
        write_field(out, index, header.name(), header.value())?;
    }
    if !has_date {
        write_date(out);
    }
    let bodiless = matches!(answer.status, 204 | 304);
    if !bodiless {
        out.extend_from_slice(b"Content-Length: ");
        write_decimal(out, length);
        out.extend_from_slice(b"\r\n");
    }
    if form.close {
        out.extend_from_slice(b"Connection: close\r\n");
    } else if form.tell_keep_alive {
        out.extend_from_slice(b"Connection: keep-alive\r\n");
    }
    out.extend_from_slice(b"\r\n");
    Ok(!bodiless && !form.head_only)
}

fn write_decimal(out: &mut Vec<u8>, mut number: u64) {
    // As many digits as the largest number has.
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(number % 10).expect("a digit");
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(answer: &Answer, form: Form) -> (String, bool) {
        let mut out = Vec::new();
        let body = write_head(&mut out, answer, form).expect("a good answer");
        let text = String::from_utf8(out).expect("ASCII");
        let without_date = text.split_inclusive("\r\n").filter(|line| !line.starts_with("Date:")).collect();
        (without_date, body)
    }

    const PLAIN: Form = Form { head_only: false, close: false, tell_keep_alive: false };

    #[test]
    fn the_server_frames_the_answer_whatever_the_handler_says() {
        let mut answer = Answer::text(200, "hello");
        for (name, value) in [
            ("content-length", "99"),
            ("Transfer-Encoding", "chunked"),
            ("Connection", "upgrade"),
            ("X", "1"),
            ("x", "2"),
        ] {
            answer.headers.push(name, value);
        }
        let head =
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nX: 1\r\nx: 2\r\nContent-Length: 5\r\n";
        assert_eq!(written(&answer, PLAIN), (format!("{head}\r\n"), true));
        assert_eq!(written(&answer, Form { close: true, ..PLAIN }), (format!("{head}Connection: close\r\n\r\n"), true));
        let told = written(&answer, Form { tell_keep_alive: true, ..PLAIN });
        assert_eq!(told, (format!("{head}Connection: keep-alive\r\n\r\n"), true));
    }

    #[test]
    fn answers_without_body_have_none() {
        let mut answer = Answer::new(204);
        answer.body = Bytes::from_static(b"lost");
        assert_eq!(written(&answer, PLAIN), ("HTTP/1.1 204 No Content\r\n\r\n".into(), false));
        let head_only = Form { head_only: true, ..PLAIN };
        answer.status = 200;
        assert_eq!(written(&answer, head_only), ("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n".into(), false));
        let mut known = Answer::new(200);
        known.headers.push("Content-Length", "1234");
        assert_eq!(written(&known, head_only), ("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n".into(), false));
    }

    #[test]
    fn a_wrong_length_is_said_only_where_it_is_asked_for() {
        let mut answer = Answer::new(200);
        answer.body = Bytes::from_static(b"hello");
        answer.manner = Manner::Length(9);
        assert_eq!(written(&answer, PLAIN), ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n".into(), true));
    }

    #[test]
    fn a_date_of_the_handler_is_kept() {
        let mut answer = Answer::new(200);
        answer.headers.push("date", "then");
        let mut out = Vec::new();
        write_head(&mut out, &answer, PLAIN).expect("a good answer");
        assert_eq!(out, b"HTTP/1.1 200 OK\r\ndate: then\r\nContent-Length: 0\r\n\r\n");
    }

    #[test]
    fn what_would_split_the_answer_is_refused() {
        let mut answer = Answer::new(200);
        answer.headers.push("X", "a\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(write_head(&mut Vec::new(), &answer, PLAIN), Err(WriteError::Value { index: 0 }));
        assert_eq!(write_head(&mut Vec::new(), &Answer::new(101), PLAIN), Err(WriteError::Status(101)));
    }

    #[test]
    fn numbers_are_written_in_decimal() {
        for number in [0, 7, 10, 65_536, u64::MAX] {
            let mut out = Vec::new();
            write_decimal(&mut out, number);
            assert_eq!(out, number.to_string().as_bytes());
        }
    }
}
