//! From the fields of HTTP/2 to a head in the form of HTTP/1.1.
//!
//! The pseudo-fields become the request line and `host`. Names are in lower case, as HTTP/2 has them; fields stand in the
//! order in which their names came, those of the same name side by side.

use bytes::{BufMut, Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, HOST};
use http::request::Parts;

/// The head, with this length if none is given and there is something.
pub(super) fn raw(parts: &Parts, length: Option<usize>) -> Bytes {
    let mut out = BytesMut::with_capacity(512);
    let target = parts.uri.path_and_query().map_or("*", |target| target.as_str());
    out.put_slice(parts.method.as_str().as_bytes());
    out.put_u8(b' ');
    out.put_slice(target.as_bytes());
    out.put_slice(b" HTTP/1.1\r\n");
    if let (Some(authority), None) = (parts.uri.authority(), parts.headers.get(HOST)) {
        field(&mut out, b"host", authority.as_str().as_bytes());
    }
    for (name, value) in &parts.headers {
        field(&mut out, name.as_str().as_bytes(), value.as_bytes());
    }
    if let (Some(length @ 1..), None) = (length, parts.headers.get(CONTENT_LENGTH)) {
        field(&mut out, b"content-length", length.to_string().as_bytes());
    }
    out.put_slice(b"\r\n");
    out.freeze()
}

fn field(out: &mut BytesMut, name: &[u8], value: &[u8]) {
    out.put_slice(name);
    out.put_slice(b": ");
    out.put_slice(value);
    out.put_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::head::{HeadLimits, parse_request};

    fn parts(build: impl FnOnce(http::request::Builder) -> http::request::Builder) -> Parts {
        build(http::Request::builder()).body(()).expect("a request").into_parts().0
    }

    #[test]
    fn a_head_is_made_that_reads_back() {
        let parts = parts(|request| {
            let request = request.method("POST").uri("https://h.example:4400/a%20b?x=1&x=2");
            request.header("x-rep", "1").header("stripe-signature", "t=1").header("x-rep", "2")
        });
        let raw = raw(&parts, Some(7));
        let text = std::str::from_utf8(&raw).expect("text");
        let fields =
            "host: h.example:4400\r\nx-rep: 1\r\nx-rep: 2\r\nstripe-signature: t=1\r\ncontent-length: 7\r\n\r\n";
        assert_eq!(text, format!("POST /a%20b?x=1&x=2 HTTP/1.1\r\n{fields}"));
        let head = parse_request(&raw, &HeadLimits::default()).expect("a good head");
        assert_eq!((head.method(), head.target()), ("POST", "/a%20b?x=1&x=2"));
    }

    #[test]
    fn what_is_said_is_not_said_twice() {
        let parts = parts(|request| request.uri("https://a/").header("host", "b").header("content-length", "3"));
        let raw = raw(&parts, Some(3));
        assert_eq!(&raw[..], b"GET / HTTP/1.1\r\nhost: b\r\ncontent-length: 3\r\n\r\n");
    }
}
