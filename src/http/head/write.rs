//! Heads as bytes.
//!
//! What could change the meaning of the bytes behind it is refused, never replaced, so that splitting a request or an
//! answer is impossible whatever the caller passes on. What is written reads back as the same head.

use thiserror::Error;

use super::grammar::{is_target, is_token, is_value};
use crate::model::Headers;

/// Why a head was not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WriteError {
    /// The method is not a token.
    #[error("the method is not a token")]
    Method,
    /// The target is empty or contains white space, control bytes or bytes beyond ASCII.
    #[error("the target contains a byte that cannot be sent")]
    Target,
    /// The status has not three digits.
    #[error("{0} is not a status")]
    Status(u16),
    /// A name is not a token. Fields count from 0.
    #[error("the name of header field {} cannot be sent", index + 1)]
    Name {
        /// Which field.
        index: usize,
    },
    /// A value contains a control byte (CR, LF and NUL among them). Fields count from 0.
    #[error("the value of header field {} contains a control byte", index + 1)]
    Value {
        /// Which field.
        index: usize,
    },
}

/// Whether [`write_request_head`] would write this head.
pub fn check_request_head(method: &str, target: &str, headers: &Headers) -> Result<(), WriteError> {
    check_request_line(method, target)?;
    headers.iter().enumerate().try_for_each(|(index, header)| check_field(index, header.name(), header.value()))
}

fn check_request_line(method: &str, target: &str) -> Result<(), WriteError> {
    if method.is_empty() || !method.bytes().all(is_token) {
        return Err(WriteError::Method);
    }
    if target.is_empty() || !target.bytes().all(is_target) {
        return Err(WriteError::Target);
    }
    Ok(())
}

fn check_field(index: usize, name: &str, value: &[u8]) -> Result<(), WriteError> {
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err(WriteError::Name { index });
    }
    // All of them are looked at, which takes several at once.
    if !value.iter().fold(true, |fine, byte| fine & is_value(*byte)) {
        return Err(WriteError::Value { index });
    }
    Ok(())
}

/// A request head of HTTP/1.1 with its empty line; the fields as they are given, none added.
pub fn write_request_head(method: &str, target: &str, headers: &Headers) -> Result<Vec<u8>, WriteError> {
    check_request_line(method, target)?;
    let mut out = Vec::with_capacity(method.len() + target.len() + 16 + fields_len(headers));
    for part in [method, " ", target, " HTTP/1.1\r\n"] {
        out.extend_from_slice(part.as_bytes());
    }
    write_fields(&mut out, headers)?;
    out.extend_from_slice(b"\r\n");
    Ok(out)
}

/// A response head of HTTP/1.1 with the usual reason and its empty line; the fields as they are given, none added.
pub fn write_response_head(status: u16, headers: &Headers) -> Result<Vec<u8>, WriteError> {
    let mut out = Vec::with_capacity(64 + fields_len(headers));
    write_status_line(&mut out, status)?;
    write_fields(&mut out, headers)?;
    out.extend_from_slice(b"\r\n");
    Ok(out)
}

/// Appends `HTTP/1.1 200 OK` and its line end.
pub(in crate::http) fn write_status_line(out: &mut Vec<u8>, status: u16) -> Result<(), WriteError> {
    let code = ::http::StatusCode::from_u16(status).map_err(|_| WriteError::Status(status))?;
    for part in ["HTTP/1.1 ", code.as_str(), " ", code.canonical_reason().unwrap_or_default(), "\r\n"] {
        out.extend_from_slice(part.as_bytes());
    }
    Ok(())
}

/// Appends all fields.
fn write_fields(out: &mut Vec<u8>, headers: &Headers) -> Result<(), WriteError> {
    for (index, header) in headers.iter().enumerate() {
        write_field(out, index, header.name(), header.value())?;
    }
    Ok(())
}

/// Appends one field line.
pub(in crate::http) fn write_field(
    out: &mut Vec<u8>,
    index: usize,
    name: &str,
    value: &[u8],
) -> Result<(), WriteError> {
    check_field(index, name, value)?;
    for part in [name.as_bytes(), b": ", value, b"\r\n"] {
        out.extend_from_slice(part);
    }
    Ok(())
}

fn fields_len(headers: &Headers) -> usize {
    headers.iter().map(|h| h.name().len() + h.value().len() + 4).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_splits_a_message_is_written() {
        let none = Headers::new();
        for bad in ["\r", "\n", "\0", "\r\nX: y", "a b\n"] {
            assert_eq!(write_request_head(bad, "/", &none), Err(WriteError::Method), "{bad:?}");
            assert_eq!(write_request_head("GET", &format!("/{bad}"), &none), Err(WriteError::Target), "{bad:?}");
            let name: Headers =
                [("ok".to_owned(), "1".to_owned()), (bad.to_owned(), "2".to_owned())].into_iter().collect();
            assert_eq!(write_response_head(200, &name), Err(WriteError::Name { index: 1 }), "{bad:?}");
            let value: Headers = [("ok", bad.to_owned())].into_iter().collect();
            assert_eq!(write_response_head(200, &value), Err(WriteError::Value { index: 0 }), "{bad:?}");
        }
        assert_eq!(write_response_head(99, &none), Err(WriteError::Status(99)));
        assert_eq!(write_response_head(1000, &none), Err(WriteError::Status(1000)));
        assert_eq!(write_request_head("", "/", &none), Err(WriteError::Method));
        assert_eq!(write_request_head("GET", "", &none), Err(WriteError::Target));
    }

    #[test]
    fn heads_are_written_as_given() {
        let headers: Headers = [("hOST", "x"), ("A", "1"), ("a", "\u{e9}")].into_iter().collect();
        let head = write_request_head("POST", "/p?q", &headers).expect("good head");
        assert_eq!(head, "POST /p?q HTTP/1.1\r\nhOST: x\r\nA: 1\r\na: \u{e9}\r\n\r\n".as_bytes());
        assert_eq!(write_response_head(404, &Headers::new()).expect("good head"), b"HTTP/1.1 404 Not Found\r\n\r\n");
        assert_eq!(write_response_head(299, &Headers::new()).expect("good head"), b"HTTP/1.1 299 \r\n\r\n");
    }
}
