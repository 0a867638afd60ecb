//! The request of HTTP/2 for the bytes of one of HTTP/1.1. Most of a request is as it was in the one before, and is not made again.

use bytes::Bytes;
use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};

/// Longer values than this are signatures and tokens, which change, as the next request will show.
const LONG: usize = 60;

/// More fields than any delivery has.
const FIELDS: usize = 128;

/// What HTTP/2 says in another way, or not at all. (The length of the body it may say, as providers do.)
const CONNECTION: [&str; 7] =
    ["host", "connection", "transfer-encoding", "keep-alive", "upgrade", "proxy-connection", "te"];

/// Makes requests for one receiver, one after the other.
pub(super) struct Fields {
    /// Scheme and authority, of which every request tells.
    origin: (Scheme, Authority),
    /// Of the last request: its target, and its fields by their place.
    target: (String, Uri),
    known: Vec<Known>,
}

/// A field, as it was written and as it is sent.
struct Known {
    written: String,
    name: HeaderName,
    value: HeaderValue,
}

impl Fields {
    /// For a receiver of this scheme and authority.
    pub(super) fn new(origin: (Scheme, Authority)) -> Self {
        Self { origin, target: (String::new(), Uri::default()), known: Vec::new() }
    }

    /// The request and its body; `None` if it is none.
    pub(super) fn request(&mut self, bytes: &[u8]) -> Option<(Request<()>, Bytes)> {
        let mut fields = [httparse::EMPTY_HEADER; FIELDS];
        let mut head = httparse::Request::new(&mut fields);
        let httparse::Status::Complete(length) = head.parse(bytes).ok()? else { return None };
        let mut request = Request::new(());
        *request.method_mut() = Method::from_bytes(head.method?.as_bytes()).ok()?;
        *request.uri_mut() = self.uri(head.path?)?;
        let mut headers = HeaderMap::with_capacity(head.headers.len());
        let sent = head.headers.iter().filter(|field| !CONNECTION.iter().any(|n| field.name.eq_ignore_ascii_case(n)));
        for (place, field) in sent.enumerate() {
            let known = self.field(place, field)?;
            headers.append(known.name.clone(), known.value.clone());
        }
        *request.headers_mut() = headers;
        Some((request, Bytes::copy_from_slice(&bytes[length..])))
    }

    fn uri(&mut self, target: &str) -> Option<Uri> {
        if self.target.0 != target {
            let (scheme, authority) = self.origin.clone();
            let uri = Uri::builder().scheme(scheme).authority(authority).path_and_query(target).build().ok()?;
            self.target = (target.to_owned(), uri);
        }
        Some(self.target.1.clone())
    }

    fn field(&mut self, place: usize, field: &httparse::Header<'_>) -> Option<&Known> {
        let is = |known: &Known| known.written == field.name;
        if !self.known.get(place).is_some_and(is) {
            let name = HeaderName::from_bytes(field.name.as_bytes()).ok()?;
            let known = Known { written: field.name.to_owned(), name, value: value(field, field.value.len() > LONG)? };
            self.known.truncate(place);
            self.known.push(known);
        }
        let known = &mut self.known[place];
        if known.value.as_bytes() != field.value {
            known.value = value(field, true)?;
        }
        Some(known)
    }
}

/// What is another one each time would only push the rest out of the table of fields that both sides know.
fn value(field: &httparse::Header<'_>, changes: bool) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_bytes(field.value).ok()?;
    value.set_sensitive(changes);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_is_its_own_whatever_came_before() {
        let origin = (Scheme::HTTPS, Authority::from_static("localhost:3000"));
        let mut fields = Fields::new(origin);
        let signature = "0".repeat(LONG + 1);
        for (target, names, body, changing) in [
            ("/a?b=c", &[("X-Signature", "1"), ("X-Id", "2")][..], "one", &[][..]),
            ("/a?b=c", &[("X-Signature", "3"), ("X-Id", "2")], "two", &["x-signature"]),
            ("/a?b=c", &[("X-Signature", "4"), ("X-Id", "2")], "three", &["x-signature", "content-length"]),
            ("/d", &[("X-Id", "2")], "", &[]),
            ("/d", &[("x-id", "2"), ("X-Signature", &signature), ("X-Signature", "4")], "one", &["x-signature"]),
        ] {
            let lines: String = names.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            let written = format!(
                "POST {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{lines}Content-Length: {}\r\n\r\n{body}",
                body.len()
            );
            let (request, sent) = fields.request(written.as_bytes()).expect("a request");
            assert_eq!(request.uri().to_string(), format!("https://localhost:3000{target}"));
            assert_eq!((request.method(), &sent[..]), (&Method::POST, body.as_bytes()));
            let mut wanted: Vec<(String, String)> =
                names.iter().map(|(name, value)| (name.to_ascii_lowercase(), (*value).to_owned())).collect();
            wanted.push(("content-length".to_owned(), body.len().to_string()));
            let got: Vec<(String, String)> = request
                .headers()
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()))
                .collect();
            assert_eq!(got, wanted, "{target}");
            let sensitive: Vec<&str> = request
                .headers()
                .iter()
                .filter(|(_, value)| value.is_sensitive())
                .map(|(name, _)| name.as_str())
                .collect();
            assert_eq!(sensitive, changing, "{target}");
        }
        assert!(fields.request(b"POST / HTTP/1.1\r\nHost: x\r\n").is_none());
    }
}
