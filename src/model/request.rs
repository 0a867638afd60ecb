//! A request and an answer, as they are on the wire.

use std::ops::Range;

use bytes::Bytes;

use super::{Headers, multipart};

/// An HTTP request: the bytes that were, or will be, sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method, in the sender's spelling.
    pub method: String,
    /// The request target as it is on the request line: normally path and query.
    pub target: String,
    /// The header fields.
    pub headers: Headers,
    /// The body after transfer coding has been undone, otherwise untouched.
    pub body: Bytes,
}

impl Request {
    /// The path without its query.
    pub fn path(&self) -> &str {
        let path = self.target.split(['?', '#']).next().unwrap_or_default();
        // In a path that begins with a slash, an address is a part of it.
        match path.find("://").filter(|_| !path.starts_with('/')) {
            // Absolute form: the path starts after the authority.
            Some(scheme) => path[scheme + 3..].find('/').map_or("/", |at| &path[scheme + 3 + at..]),
            None => path,
        }
    }

    /// The query without its question mark, if there is one.
    pub fn query(&self) -> Option<&str> {
        self.target.split_once('?').map(|(_, query)| query)
    }

    /// The media type of the body in lower case, without parameters.
    pub fn media_type(&self) -> Option<String> {
        let value = self.headers.text("content-type")?;
        Some(value.split(';').next().unwrap_or(value).trim().to_ascii_lowercase())
    }

    /// Where in the body its JSON is: all of it, or the part `json` of a multipart form.
    pub fn document_range(&self) -> Range<usize> {
        let boundary = self.headers.text("content-type").and_then(multipart::boundary);
        boundary.and_then(|boundary| multipart::part(&self.body, boundary)).unwrap_or(0..self.body.len())
    }

    /// The JSON of the body, if it has any.
    pub fn document(&self) -> &[u8] {
        &self.body[self.document_range()]
    }

    /// The body with another document in the place of its own.
    pub fn with_document(&self, document: Vec<u8>) -> Bytes {
        let range = self.document_range();
        if range == (0..self.body.len()) {
            return document.into();
        }
        [&self.body[..range.start], &document, &self.body[range.end..]].concat().into()
    }

    /// Whether the body says that it is a form (`application/x-www-form-urlencoded`).
    pub fn is_form(&self) -> bool {
        self.media_type().as_deref() == Some("application/x-www-form-urlencoded")
    }
}

/// An HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The header fields.
    pub headers: Headers,
    /// The body, cut at the limit of whoever read it.
    pub body: Bytes,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(target: &str) -> Request {
        Request { method: "POST".into(), target: target.into(), headers: Headers::new(), body: Bytes::new() }
    }

    #[test]
    fn path_and_query_of_the_forms_of_a_target() {
        for (target, path, query) in [
            ("/a/b?x=1", "/a/b", Some("x=1")),
            ("/", "/", None),
            ("http://h:1/p?q", "/p", Some("q")),
            ("http://h", "/", None),
            ("*", "*", None),
            // Once an address within a target was taken for the target's own.
            ("/a?next=http://h/b", "/a", Some("next=http://h/b")),
            ("/a/http://h/b", "/a/http://h/b", None),
            ("http://h/a?next=http://i/b", "/a", Some("next=http://i/b")),
            ("http://h?next=http://i/b", "/", Some("next=http://i/b")),
        ] {
            assert_eq!(request(target).path(), path, "{target}");
            assert_eq!(request(target).query(), query, "{target}");
        }
    }
}
