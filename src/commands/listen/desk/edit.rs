//! A recorded request as it was edited: what its owner wrote, in the place of what arrived.

use bytes::Bytes;

use crate::error::Failure;
use crate::formats::Credentials;
use crate::formats::ndjson::Line;
use crate::http::head::{check_request_head, write_request_head};
use crate::inspector::desk::{Edit, Field};
use crate::model::{Delivery, Headers, Request};

/// The request that an edit makes of a recorded one.
pub(super) fn apply(edit: Edit, recorded: &Request) -> Result<Request, Failure> {
    let mut headers = match edit.headers {
        Some(fields) => fields.into_iter().map(|field| header(field, recorded)).collect::<Result<Headers, _>>()?,
        None => recorded.headers.clone(),
    };
    let body = edit.body.map_or_else(|| recorded.body.clone(), Into::into);
    // The body is whole, whatever it was when it arrived.
    headers.remove("transfer-encoding");
    if headers.contains("content-length") || !body.is_empty() {
        headers.set("content-length", body.len().to_string());
    }
    let request = Request {
        method: edit.method.unwrap_or_else(|| recorded.method.clone()),
        target: edit.target.unwrap_or_else(|| recorded.target.clone()),
        headers,
        body,
    };
    check_request_head(&request.method, &request.target, &request.headers)
        .map_err(|error| Failure::usage(error.to_string()))?;
    Ok(request)
}

fn header(field: Field, recorded: &Request) -> Result<(String, Vec<u8>), Failure> {
    let value = match field.value {
        Some(value) => value.into_bytes(),
        None => {
            let kept = field.from.and_then(|at| recorded.headers.iter().nth(at));
            kept.ok_or_else(|| Failure::usage(format!("{} has no value", field.name)))?.value().to_vec()
        }
    };
    if !field.name.is_ascii() {
        return Err(Failure::usage(format!("'{}' is no name of a header", field.name)));
    }
    Ok((field.name, value))
}

/// An edited request as a line of an export, which says who sent it.
pub(super) fn export(recorded: Delivery, request: &Request) -> Result<Bytes, Failure> {
    let head = write_request_head(&request.method, &request.target, &request.headers);
    let head = head.map_err(|error| Failure::usage(error.to_string()))?;
    let edited = Delivery { head: head.into(), body: request.body.clone(), ..recorded };
    Ok(Line::of_delivery(&edited, request, Credentials::Keep).render().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded() -> Request {
        let headers = [("Host", "h"), ("X-Key", "secret"), ("Transfer-Encoding", "chunked")];
        Request {
            method: "POST".into(),
            target: "/a?b".into(),
            headers: headers.into_iter().collect(),
            body: "x".into(),
        }
    }

    fn field(name: &str, value: Option<&str>, from: Option<usize>) -> Field {
        Field { name: name.to_owned(), value: value.map(str::to_owned), from }
    }

    #[test]
    fn what_is_not_edited_stays_and_its_length_is_right() {
        let request = apply(Edit::default(), &recorded()).expect("a request");
        assert_eq!((request.method.as_str(), request.target.as_str(), &request.body[..]), ("POST", "/a?b", &b"x"[..]));
        assert_eq!(request.headers.text("x-key"), Some("secret"));
        assert!(!request.headers.contains("transfer-encoding"));
        assert_eq!(request.headers.text("content-length"), Some("1"));
    }

    #[test]
    fn fields_keep_recorded_values_that_the_page_never_saw() {
        let headers = vec![field("X-Key", None, Some(1)), field("X-New", Some("é"), None)];
        let edit = Edit { headers: Some(headers), body: Some("{}".into()), ..Edit::default() };
        let request = apply(edit, &recorded()).expect("a request");
        let shown: Vec<(String, String)> =
            request.headers.iter().map(|header| (header.name().to_owned(), header.lossy())).collect();
        let expected = [("X-Key", "secret"), ("X-New", "é"), ("content-length", "2")];
        assert_eq!(shown, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        let with = |headers| Edit { headers: Some(headers), ..Edit::default() };
        for (edit, why) in [
            (Edit { method: Some("PO ST".into()), ..Edit::default() }, "method"),
            (Edit { target: Some("/a b".into()), ..Edit::default() }, "target"),
            (with(vec![field("X-A", Some("a\r\nEvil: 1"), None)]), "control byte"),
            (with(vec![field("X A", Some("a"), None)]), "name"),
            (with(vec![field("Ä", Some("a"), None)]), "no name"),
            (with(vec![field("X-A", None, Some(9))]), "no value"),
            (with(vec![field("X-A", None, None)]), "no value"),
        ] {
            let failure = apply(edit, &recorded()).expect_err(why);
            assert!(failure.message.contains(why), "{failure:?}");
        }
    }
}
