//! A request put together from the parts that a file gives, checked: a file can say anything, a request head cannot.

use super::error::Problem;
use crate::http::head::{WriteError, check_request_head};
use crate::model::Request;

/// Refuses a request whose parts could not stand in a head. The writer of heads decides, so that whatever was read
/// can be written and sent.
pub(super) fn check(request: &Request) -> Result<(), Problem> {
    let header = |index: usize| request.headers.iter().nth(index).map_or("", |header| header.name());
    match check_request_head(&request.method, &request.target, &request.headers) {
        Ok(()) => Ok(()),
        Err(WriteError::Name { index }) => Err(Problem::HeaderName { text: excerpt(header(index)) }),
        Err(WriteError::Value { index }) => Err(Problem::HeaderValue { name: excerpt(header(index)) }),
        Err(WriteError::Target) => Err(Problem::Target { text: excerpt(&request.target) }),
        Err(WriteError::Method | WriteError::Status(_)) => Err(Problem::Method { text: excerpt(&request.method) }),
    }
}

/// As much of a text as fits into an error.
pub(super) fn excerpt(text: &str) -> String {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Headers;

    #[test]
    fn parts_that_would_break_a_head_are_refused_by_name() {
        let check = |method: &str, target: &str, name: &str, value: &str| {
            let headers: Headers = [("Host", "h"), (name, value)]
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            let request = Request { method: method.into(), target: target.into(), headers, body: bytes::Bytes::new() };
            super::check(&request)
        };
        assert_eq!(check("POST", "/a?b", "X-A", "é"), Ok(()));
        assert_eq!(check("PO ST", "/", "X", ""), Err(Problem::Method { text: "PO ST".into() }));
        assert_eq!(check("", "/", "X", ""), Err(Problem::Method { text: String::new() }));
        assert_eq!(check("POST", "/a b", "X", ""), Err(Problem::Target { text: "/a b".into() }));
        assert_eq!(check("POST", "/", "X A", ""), Err(Problem::HeaderName { text: "X A".into() }));
        assert_eq!(check("POST", "/", "X", "a\r\nY: b"), Err(Problem::HeaderValue { name: "X".into() }));
    }

    #[test]
    fn an_excerpt_is_short_and_cut_between_characters() {
        assert_eq!(excerpt(&"é".repeat(100)).chars().count(), 81);
        assert_eq!(excerpt("é"), "é");
    }
}
