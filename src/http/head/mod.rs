//! The heads of HTTP/1.1 messages, from raw bytes and back to them.
//!
//! Everything that shows, stores, forwards or plays back a request reads and writes its head here. A head keeps the very
//! bytes that came; method, target and fields are slices of them, so order, case and repetition are what they were.
//! What is ambiguous by RFC 9112 is refused with the reason, never repaired.

mod error;
pub(in crate::http) mod fields;
mod framing;
pub(in crate::http) mod grammar;
mod scan;
mod target;
mod write;

use std::fmt;
use std::ops::Range;

use bytes::Bytes;

pub use error::HeadError;
use fields::{Notes, Seen, line_end, read_fields};
pub use framing::Framing;
use grammar::{is_token, is_value};
pub use scan::{HeadScan, Scan};
pub use write::{WriteError, check_request_head, write_request_head, write_response_head};
pub(in crate::http) use write::{write_field, write_status_line};

use crate::model::{Delivery, Headers, Request};

/// No registered method comes near: the longest has 17 letters.
pub(in crate::http) const METHOD_BYTES: usize = 64;

/// What a head may be at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadLimits {
    /// Bytes of the whole head, the empty line included (431).
    pub bytes: usize,
    /// Header fields (431).
    pub fields: usize,
    /// Bytes of the request target (414).
    pub target: usize,
    /// What ends a line.
    pub line_ends: LineEnds,
}

impl Default for HeadLimits {
    /// 64 KiB, 100 fields, a target of 8 KiB, lines ended by CR LF.
    fn default() -> Self {
        Self { bytes: 64 * 1024, fields: 100, target: 8 * 1024, line_ends: LineEnds::Crlf }
    }
}

/// What ends a line of a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineEnds {
    /// CR LF alone: from the network.
    Crlf,
    /// CR LF or LF: from a file that went through an editor.
    CrlfOrLf,
}

/// The version of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// HTTP/1.0
    Http10,
    /// HTTP/1.1
    Http11,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http10 => "HTTP/1.0",
            Self::Http11 => "HTTP/1.1",
        })
    }
}

/// What the client wants to hear before it sends the body.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Expectation {
    /// Nothing.
    #[default]
    None,
    /// `100 Continue`.
    Continue,
    /// Something else, which nobody can meet (417).
    Other,
}

/// The head of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHead {
    /// The head as it came, up to and with its empty line.
    pub raw: Bytes,
    /// The version.
    pub version: Version,
    /// The fields in their order: slices of `raw`, without white space around the values.
    pub headers: Headers,
    /// How the end of the body is known; never [`Framing::UntilClose`].
    pub framing: Framing,
    method: Bytes,
    target: Bytes,
    keep_alive: bool,
    expectation: Expectation,
}

impl RequestHead {
    /// The method, in the sender's spelling.
    pub fn method(&self) -> &str {
        ascii(&self.method)
    }

    /// The target as it stands on the request line.
    pub fn target(&self) -> &str {
        ascii(&self.target)
    }

    /// Whether the client is willing to send another request on this connection.
    pub const fn keep_alive(&self) -> bool {
        self.keep_alive
    }

    /// What `Expect` asks for; nothing in HTTP/1.0, which does not have it.
    pub const fn expectation(&self) -> Expectation {
        self.expectation
    }

    /// The request that this head and a body make.
    pub fn into_request(self, body: Bytes) -> Request {
        Request { method: self.method().to_owned(), target: self.target().to_owned(), headers: self.headers, body }
    }
}

/// The head of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseHead {
    /// The head as it came, up to and with its empty line.
    pub raw: Bytes,
    /// The version.
    pub version: Version,
    /// The status: 100 to 999.
    pub status: u16,
    /// The reason behind the status, as bytes; often empty.
    pub reason: Bytes,
    /// The fields in their order: slices of `raw`, without white space around the values.
    pub headers: Headers,
    /// How the end of the body is known.
    pub framing: Framing,
    keep_alive: bool,
}

impl ResponseHead {
    /// Whether the connection can carry another request once the body has been read.
    pub const fn keep_alive(&self) -> bool {
        self.keep_alive
    }
}

/// Reads the head at the start of `raw`; the body begins behind `RequestHead::raw`.
pub fn parse_request(raw: &Bytes, limits: &HeadLimits) -> Result<RequestHead, HeadError> {
    let method_end = raw.iter().position(|b| !is_token(*b)).ok_or(HeadError::Incomplete)?;
    match raw[method_end] {
        _ if method_end > METHOD_BYTES => return Err(HeadError::MethodTooLong { limit: METHOD_BYTES }),
        b' ' if method_end > 0 => {}
        b'\r' | b'\n' => {
            line_end(raw, method_end, 1, limits)?;
            return Err(HeadError::RequestLine);
        }
        _ => return Err(HeadError::Method),
    }
    let method = raw.slice(..method_end);

    let target_start = method_end + 1;
    let after = raw.get(target_start..).unwrap_or_default();
    let length = after.iter().position(|b| matches!(b, b' ' | b'\r' | b'\n')).ok_or(HeadError::Incomplete)?;
    let target_end = target_start + length;
    if length > limits.target {
        return Err(HeadError::TargetTooLong { limit: limits.target });
    }
    if raw[target_end] != b' ' {
        line_end(raw, target_end, 1, limits)?;
        return Err(HeadError::RequestLine);
    }
    if length == 0 {
        return Err(HeadError::RequestLine);
    }
    let target = raw.slice(target_start..target_end);

    let (version, version_end) = parse_version(raw, target_end + 1)?;
    let fields_start = match raw.get(version_end) {
        Some(b'\r' | b'\n') => line_end(raw, version_end, 1, limits)?,
        Some(_) => return Err(HeadError::RequestLine),
        None => return Err(HeadError::Incomplete),
    };
    if method.as_ref() == b"CONNECT" {
        return Err(HeadError::Connect);
    }
    target::check(&method, &target)?;

    let (headers, fields) = read_fields(raw, fields_start, limits)?;
    if fields.end > limits.bytes {
        return Err(HeadError::TooLarge { limit: limits.bytes });
    }
    match &fields.host {
        Seen::Once(value) if target::is_host(&raw[value.clone()]) => {}
        Seen::Once(_) => return Err(HeadError::HostInvalid),
        Seen::Again => return Err(HeadError::HostRepeated),
        Seen::Never if version == Version::Http10 => {}
        Seen::Never => return Err(HeadError::HostMissing),
    }
    let framing = framing::announced(raw, &fields, version)?.unwrap_or(Framing::None);
    Ok(RequestHead {
        raw: raw.slice(..fields.end),
        version,
        framing,
        method,
        target,
        keep_alive: keep_alive(&fields, version),
        expectation: if version == Version::Http11 { fields.expect } else { Expectation::None },
        headers,
    })
}

/// What the head of an answer says about itself, without its fields: for whoever reads very many of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnswerFrame {
    /// Bytes of the head, the empty line included.
    pub length: usize,
    /// The status: 100 to 999.
    pub status: u16,
    /// How the end of the body is known.
    pub framing: Framing,
    /// Whether the connection can carry another request once the body has been read.
    pub keep_alive: bool,
}

/// Reads the head at the start of `raw`, of an answer to a request with the method `answering`; the body begins behind
/// `ResponseHead::raw`.
pub fn parse_response(raw: &Bytes, answering: &str, limits: &HeadLimits) -> Result<ResponseHead, HeadError> {
    let line = status_line(raw, limits)?;
    let (headers, notes) = read_fields(raw, line.end, limits)?;
    let frame = frame(raw, answering, &line, &notes, limits)?;
    Ok(ResponseHead {
        raw: raw.slice(..frame.length),
        version: line.version,
        status: line.status,
        reason: raw.slice(line.reason),
        framing: frame.framing,
        keep_alive: frame.keep_alive,
        headers,
    })
}

/// Reads a head as [`parse_response`] does and as strictly, and keeps nothing but its frame. It allocates nothing.
pub fn parse_answer_frame(raw: &[u8], answering: &str, limits: &HeadLimits) -> Result<AnswerFrame, HeadError> {
    let line = status_line(raw, limits)?;
    let notes = Notes::read(raw, line.end, limits, |_| {})?;
    frame(raw, answering, &line, &notes, limits)
}

struct StatusLine {
    version: Version,
    status: u16,
    reason: Range<usize>,
    end: usize,
}

fn status_line(raw: &[u8], limits: &HeadLimits) -> Result<StatusLine, HeadError> {
    if !raw.starts_with(b"HTTP/") {
        return Err(if b"HTTP/".starts_with(raw) { HeadError::Incomplete } else { HeadError::StatusLine });
    }
    let (version, version_end) = parse_version(raw, 0)?;
    let digits = match (raw.get(version_end), raw.get(version_end + 1..version_end + 4)) {
        (Some(b' '), Some(digits)) if digits.iter().all(u8::is_ascii_digit) && digits[0] != b'0' => digits,
        (Some(b' ') | None, None) if !raw[version_end..].contains(&b'\n') => return Err(HeadError::Incomplete),
        _ => return Err(HeadError::StatusLine),
    };
    let status = digits.iter().fold(0, |status, digit| status * 10 + u16::from(digit - b'0'));
    // The space before an empty reason is missing in the answers of many servers, and nothing depends on it.
    let reason_start = version_end + 4 + usize::from(raw.get(version_end + 4) == Some(&b' '));
    let after = raw.get(reason_start..).unwrap_or_default();
    let reason_end =
        reason_start + after.iter().position(|b| matches!(b, b'\r' | b'\n')).ok_or(HeadError::Incomplete)?;
    let reason = &raw[reason_start..reason_end];
    if !reason.iter().all(|b| is_value(*b)) || (reason_start == version_end + 4 && !reason.is_empty()) {
        return Err(HeadError::StatusLine);
    }
    let end = line_end(raw, reason_end, 1, limits)?;
    Ok(StatusLine { version, status, reason: reason_start..reason_end, end })
}

fn frame(
    raw: &[u8],
    answering: &str,
    line: &StatusLine,
    notes: &Notes,
    limits: &HeadLimits,
) -> Result<AnswerFrame, HeadError> {
    if notes.end > limits.bytes {
        return Err(HeadError::TooLarge { limit: limits.bytes });
    }
    let announced = framing::announced(raw, notes, line.version)?;
    let framing = if answering == "HEAD" || matches!(line.status, 100..=199 | 204 | 304) {
        Framing::None
    } else {
        announced.unwrap_or(Framing::UntilClose)
    };
    Ok(AnswerFrame {
        length: notes.end,
        status: line.status,
        framing,
        keep_alive: keep_alive(notes, line.version) && framing != Framing::UntilClose,
    })
}

fn keep_alive(fields: &Notes, version: Version) -> bool {
    !fields.close && (version == Version::Http11 || fields.keep_alive)
}

/// The version at `at` and where it ends.
fn parse_version(raw: &[u8], at: usize) -> Result<(Version, usize), HeadError> {
    const LENGTH: usize = "HTTP/1.1".len();
    let Some(text) = raw.get(at..at + LENGTH) else {
        let complete = raw.get(at..).unwrap_or_default().iter().any(|b| matches!(b, b'\r' | b'\n' | b' '));
        return Err(if complete { HeadError::Version } else { HeadError::Incomplete });
    };
    match text {
        b"HTTP/1.1" => Ok((Version::Http11, at + LENGTH)),
        b"HTTP/1.0" => Ok((Version::Http10, at + LENGTH)),
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor] if major.is_ascii_digit() && minor.is_ascii_digit() => {
            Err(HeadError::VersionUnsupported)
        }
        // `HTTP/2 200`: what tools print for the later versions.
        [b'H', b'T', b'T', b'P', b'/', b'2' | b'3', b' ' | b'\r' | b'\n', ..] => Err(HeadError::VersionUnsupported),
        _ => Err(HeadError::Version),
    }
}

fn ascii(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("method and target are checked to be ASCII when the head is read")
}

/// The request of a recorded delivery, read from the head and body that were kept.
///
/// # Errors
/// The head is not what was recorded: the store is damaged.
pub fn request_of(delivery: &Delivery) -> Result<Request, HeadError> {
    // What was accepted once is read again whatever the limits were then.
    let limits = HeadLimits { bytes: usize::MAX, fields: usize::MAX, target: usize::MAX, line_ends: LineEnds::Crlf };
    Ok(parse_request(&delivery.head, &limits)?.into_request(delivery.body.clone()))
}

#[cfg(test)]
mod tests;
