//! Requests as they are on the wire, in files: request line, header fields, an empty line, the body byte for byte.
//!
//! Heads are read and written by `http::head`; here is what a *file* adds to that: it went through editors and
//! clipboards, so lines may end in LF, the body may have gained a final newline, and the end may be missing.

use bytes::{Bytes, BytesMut};

use super::credentials::Credentials;
use super::error::{Form, FormatError, Place, Problem};
use super::note::{Note, length_note, without_editors_newline};
use super::{Capture, address};
use crate::http::chunked::{ChunkedDecoder, Progress};
use crate::http::head::{
    Framing, HeadError, HeadLimits, LineEnds, RequestHead, WriteError, parse_request, write_request_head,
};
use crate::model::{Headers, Request};

/// Wider than what a server takes from strangers: this is the user's own file.
const LIMITS: HeadLimits =
    HeadLimits { bytes: 1 << 20, fields: 10_000, target: 256 << 10, line_ends: LineEnds::CrlfOrLf };

/// Whether the first line could be a request line.
pub(super) fn looks_like(text: &[u8]) -> bool {
    let line = text.split(|b| *b == b'\n').next().unwrap_or_default().trim_ascii_end();
    let mut words = line.split(|b| *b == b' ');
    let first = words.next().unwrap_or_default();
    !first.is_empty() && first.is_ascii() && words.next_back().is_some_and(|last| last.starts_with(b"HTTP/"))
}

/// Reads one request, whose request line is the first line of `bytes`.
pub(super) fn read(bytes: &[u8], name: &str) -> Result<Capture, FormatError> {
    let broken = |error: HeadError| Problem::Head(error).at(name, Form::RawHttp, Place::Whole);
    let bytes = with_version_1(bytes);
    let (head, body) = match read_head(&bytes) {
        Ok(head) => {
            let body = bytes.slice(head.raw.len()..);
            (head, body)
        }
        // A file that ends with its last header: the empty line was lost, or never written.
        Err(HeadError::Incomplete) => {
            let mut ended = bytes.trim_ascii_end().to_vec();
            ended.extend_from_slice(b"\r\n\r\n");
            (read_head(&ended.into()).map_err(broken)?, Bytes::new())
        }
        Err(error) => return Err(broken(error)),
    };
    let framing = head.framing;
    let mut request = head.into_request(body);
    let mut notes = Vec::new();
    if framing == Framing::Chunked {
        // Most tools show such a body with its chunks already joined; then it stays as it is.
        if let Some(joined) = join_chunks(&request.body) {
            request.body = joined;
            notes.push(Note::ChunksJoined);
        }
    } else {
        notes.extend(without_editors_newline(&mut request).or_else(|| length_note(&request)));
    }
    let url = (!request.target.starts_with('/')).then(|| address::address_of(&request, "http")).flatten();
    Ok(Capture { url, notes, ..Capture::new(request, name) })
}

/// Reads a head and forgives the lack of `Host`, which people leave out of files and most schemes do not look at.
fn read_head(bytes: &Bytes) -> Result<RequestHead, HeadError> {
    let result = parse_request(bytes, &LIMITS);
    if !matches!(result, Err(HeadError::HostMissing)) {
        return result;
    }
    // HTTP/1.0 knows requests without Host; the version goes no further than this function.
    let mut older = bytes.to_vec();
    let Some(line) = older.iter().position(|b| *b == b'\n') else { return result };
    let Some(version) = older[..line].windows(8).rposition(|word| word == b"HTTP/1.1") else { return result };
    older[version + 7] = b'0';
    parse_request(&older.into(), &LIMITS).or(result)
}

/// The bytes with the version that inspectors and proxies print for HTTP/2 and 3 replaced by one that has heads as text.
fn with_version_1(bytes: &[u8]) -> Bytes {
    let end = bytes.iter().position(|b| *b == b'\n').unwrap_or(bytes.len());
    let line = bytes[..end].trim_ascii_end();
    let newer = [&b"HTTP/2"[..], b"HTTP/2.0", b"HTTP/3", b"HTTP/3.0"];
    match newer.iter().find_map(|version| line.strip_suffix(*version)) {
        Some(start) => [start, b"HTTP/1.1", &bytes[line.len()..]].concat().into(),
        None => Bytes::copy_from_slice(bytes),
    }
}

/// The body of a chunked message, if these bytes are chunks to the last byte (and perhaps a newline by an editor).
fn join_chunks(bytes: &[u8]) -> Option<Bytes> {
    let mut body = Vec::with_capacity(bytes.len());
    let mut rest = BytesMut::from(bytes);
    match ChunkedDecoder::new(bytes.len()).decode(&mut rest, &mut body) {
        Ok(Progress::Done) if matches!(&rest[..], b"" | b"\n" | b"\r\n") => Some(body.into()),
        _ => None,
    }
}

/// Writes a request: a head of its fields as they are, none added, and its body. A body whose head says `chunked` is
/// one chunk, so that the result is a request that any server reads.
pub fn write(request: &Request, credentials: Credentials) -> Result<Vec<u8>, WriteError> {
    let masked: Headers;
    let headers = match credentials {
        Credentials::Keep => &request.headers,
        Credentials::Redact => {
            masked = request
                .headers
                .iter()
                .map(|header| (header.name().to_owned(), credentials.value(header).into_owned()))
                .collect();
            &masked
        }
    };
    let mut out = write_request_head(&request.method, &credentials.address(&request.target), headers)?;
    push_body(&mut out, request);
    Ok(out)
}

/// Writes a captured request with its head as it came, to the byte. A head with credentials to leave out is written
/// anew.
pub fn write_captured(head: &[u8], request: &Request, credentials: Credentials) -> Result<Vec<u8>, WriteError> {
    if credentials == Credentials::Redact && super::carries_credentials(request, None) {
        return write(request, credentials);
    }
    let mut out = head.to_vec();
    push_body(&mut out, request);
    Ok(out)
}

fn push_body(out: &mut Vec<u8>, request: &Request) {
    let chunked = request.headers.text("transfer-encoding").is_some_and(|coding| {
        coding.rsplit(',').next().is_some_and(|last| last.trim().eq_ignore_ascii_case("chunked"))
    });
    if !chunked {
        out.extend_from_slice(&request.body);
        return;
    }
    if !request.body.is_empty() {
        out.extend_from_slice(format!("{:x}\r\n", request.body.len()).as_bytes());
        out.extend_from_slice(&request.body);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"0\r\n\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &[u8]) -> Capture {
        read(text, "r").unwrap_or_else(|error| panic!("{}: {error}", text.escape_ascii()))
    }

    #[test]
    fn the_body_is_everything_behind_the_empty_line() {
        for (text, body) in [
            (&b"POST / HTTP/1.1\r\nHost: h\r\n\r\n{}\r\n"[..], &b"{}\r\n"[..]),
            (b"POST / HTTP/1.1\nHost: h\n\n{\r\n}\n", b"{\r\n}\n"),
            (b"POST / HTTP/1.1\r\nHost: h\n\r\n\n\n", b"\n\n"),
            (b"POST / HTTP/1.1\nHost: h\nContent-Length: 3\n\n\xff\0\xfe", b"\xff\0\xfe"),
            (b"GET / HTTP/1.1\nHost: h\n\n", b""),
            (b"GET / HTTP/1.1\nHost: h\n", b""),
            (b"GET / HTTP/1.1\nHost: h", b""),
            (b"GET / HTTP/1.1", b""),
        ] {
            let capture = one(text);
            assert_eq!(capture.request.body, body, "{}", text.escape_ascii());
            assert_eq!(capture.notes, [], "{}", text.escape_ascii());
        }
    }

    #[test]
    fn a_length_that_does_not_fit_is_noted() {
        let read = |length: usize, body: &str| {
            let capture = one(format!("POST / HTTP/1.1\nHost: h\nContent-Length: {length}\n\n{body}").as_bytes());
            (String::from_utf8(capture.request.body.to_vec()).expect("the samples are text"), capture.notes)
        };
        assert_eq!(read(2, "{}"), ("{}".into(), vec![]));
        assert_eq!(read(2, "{}\n"), ("{}".into(), vec![Note::FinalNewlineDropped]));
        assert_eq!(read(2, "{}\r\n"), ("{}".into(), vec![Note::FinalNewlineDropped]));
        assert_eq!(read(3, "{}\n"), ("{}\n".into(), vec![]));
        assert_eq!(read(2, "{}\n\n"), ("{}\n\n".into(), vec![Note::BodySurplus { announced: 2, found: 4 }]));
        assert_eq!(read(2, "{}x"), ("{}x".into(), vec![Note::BodySurplus { announced: 2, found: 3 }]));
        assert_eq!(read(5, "{}"), ("{}".into(), vec![Note::BodyTruncated { announced: 5, found: 2 }]));
        assert_eq!(read(0, "\n"), (String::new(), vec![Note::FinalNewlineDropped]));
    }

    #[test]
    fn chunks_are_joined_where_there_are_some() {
        for (body, expected, joined) in [
            ("2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n", "abc", true),
            ("A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n\n", "0123456789", true),
            ("0\r\n\r\n", "", true),
            ("{}", "{}", false),
            ("2\r\nab\r\n", "2\r\nab\r\n", false),
            ("2\r\nabc\r\n0\r\n\r\n", "2\r\nabc\r\n0\r\n\r\n", false),
            ("ffffffffffffffff\r\nab", "ffffffffffffffff\r\nab", false),
            ("fffffffffffffffff\r\nab", "fffffffffffffffff\r\nab", false),
            ("", "", false),
        ] {
            let text = format!("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
            let capture = one(text.as_bytes());
            assert_eq!(capture.request.body, expected, "{body:?}");
            assert_eq!(capture.notes.contains(&Note::ChunksJoined), joined, "{body:?}");
        }
    }

    #[test]
    fn files_may_lack_a_host_and_come_from_newer_versions() {
        for text in [
            "POST /p HTTP/1.1\nX: y\n\n{}",
            "POST /p HTTP/2\r\nX: y\r\n\r\n{}",
            "POST /p HTTP/2.0\nX: y\n\n{}",
            "POST /p HTTP/3\nX: y\nHost: h\n\n{}",
            "POST /p HTTP/1.0\nX: y\n\n{}",
        ] {
            let capture = one(text.as_bytes());
            assert_eq!((capture.request.target.as_str(), &capture.request.body[..]), ("/p", &b"{}"[..]), "{text}");
            assert_eq!(capture.request.headers.text("x"), Some("y"));
        }
        let capture = one(b"POST https://h/p?q HTTP/1.1\nHost: h\n\n");
        assert_eq!(capture.url.as_deref(), Some("https://h/p?q"));
    }

    #[test]
    fn names_in_underscore_form_are_left_as_they_came() {
        let capture = one(b"POST / HTTP/1.1\nHost: h\nHTTP_X_HUB_SIGNATURE: a\n\n");
        assert_eq!(capture.request.headers.text("HTTP_X_HUB_SIGNATURE"), Some("a"));
        assert!(!capture.request.headers.contains("X-Hub-Signature"));
    }

    #[test]
    fn a_broken_head_is_refused_with_its_reason() {
        for (text, word) in [
            ("POST / HTTP/1.1\nHost: h\nno colon here\n\n", "line 3"),
            ("POST / HTTP/1.1\nHost: h\n folded\n\n", "line 3"),
            ("POST / HTTP/1.1\nHost: h\nContent-Length: x\n\n", "Content-Length"),
            ("POST / HTTP/9.9\nHost: h\n\n", "HTTP/1.1"),
            ("POST  / HTTP/1.1\nHost: h\n\n", "request line"),
        ] {
            let error = read(text.as_bytes(), "file.http").expect_err(text).to_string();
            assert!(error.starts_with("file.http: ") && error.contains(word), "{text:?}: {error}");
        }
    }

    #[test]
    fn what_is_written_is_the_head_as_it_came_and_the_body() {
        let head = b"POST /?token=t HTTP/1.1\r\nhost:h\r\nAuthorization:  Bearer abc\r\nX-Sig: 1\r\n\r\n";
        let capture = one(&[&head[..], b"\0\xff"].concat());
        let written = write_captured(head, &capture.request, Credentials::Keep).expect("was read");
        assert_eq!(written, [&head[..], b"\0\xff"].concat());
        let redacted = write_captured(head, &capture.request, Credentials::Redact).expect("was read");
        let text = String::from_utf8_lossy(&redacted);
        assert!(!text.contains("abc") && !text.contains("token=t") && text.contains("X-Sig: 1\r\n"), "{text}");
        assert_eq!(read(&redacted, "r").expect("is a request").request.body, capture.request.body);
    }

    #[test]
    fn a_chunked_head_gets_a_chunked_body() {
        for body in ["", "abc", "0\r\n\r\n"] {
            let mut request = one(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n").request;
            request.body = body.into();
            let written = write(&request, Credentials::Keep).expect("a good head");
            assert!(written.ends_with(b"0\r\n\r\n"));
            assert_eq!(one(&written).request, request);
        }
    }
}
