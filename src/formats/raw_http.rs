//! Requests as they are on the wire, in files: request line, header fields, an empty line, the body byte for byte.
//!
//! Heads are read and written by `http::head`; here is what a *file* adds to that: it went through editors and
//! clipboards, so lines may end in LF, the body may have gained a final newline, and the end may be missing.

use bytes::Bytes;

use super::credentials::Credentials;
use super::error::{Form, FormatError, Place, Problem};
use super::note::{Note, length_note, without_editors_newline};
use super::{Capture, address};
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
    Ok(Capture { request, url, arrived_at: None, source: name.to_owned(), provider: None, notes })
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
fn join_chunks(mut bytes: &[u8]) -> Option<Bytes> {
    let mut body = Vec::with_capacity(bytes.len());
    loop {
        let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
        let size = bytes[..end].split(|b| *b == b';').next()?.trim_ascii();
        if size.is_empty() || !size.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let size = usize::from_str_radix(std::str::from_utf8(size).ok()?, 16).ok()?;
        bytes = &bytes[end + 2..];
        if size == 0 {
            // Trailers are not part of the body.
            let trailers = bytes.strip_suffix(b"\n").unwrap_or(bytes);
            let ended = trailers.is_empty() || trailers.ends_with(b"\r\n") || trailers == b"\r";
            return ended.then(|| body.into());
        }
        body.extend_from_slice(bytes.get(..size)?);
        bytes = bytes.get(size..)?.strip_prefix(b"\r\n")?;
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
