//! Contentful's scheme: method, path, the headers that the request itself lists, and body, a line each.
//!
//! Source: Contentful's request verification, documentation and library (`@contentful/node-apps-toolkit`). The query is
//! escaped as one component, and then the whole path as an address, so `?a=1` is signed as `?a%253D1`; what is behind a
//! second question mark is left out.

use std::fmt::Write;

use crate::model::Request;
use crate::signature::hmac::HmacKey;

/// The header that lists the signed ones, itself included.
pub const SIGNED_HEADERS: &str = "x-contentful-signed-headers";
/// The header with the time.
pub const TIMESTAMP: &str = "x-contentful-timestamp";

/// Lists the headers that will be signed: the content type, the context headers that are there, the list and the time.
pub fn add_list(request: &mut Request) {
    let context = request.headers.iter().map(|header| header.name().to_ascii_lowercase());
    let mut names: Vec<String> = context
        .filter(|name| name.starts_with("x-contentful-") && name != "x-contentful-signature")
        .chain(["content-type", SIGNED_HEADERS, TIMESTAMP].map(str::to_owned))
        .collect();
    names.sort();
    names.dedup();
    request.headers.set(SIGNED_HEADERS, names.join(","));
}

/// The text that is signed; `None` if the list, or a header that it names, is missing or there twice, or the list leaves out
/// itself or the time, without which nothing would be fresh.
pub fn content(request: &Request) -> Option<Vec<u8>> {
    let list = request.headers.text(SIGNED_HEADERS)?;
    let mut names: Vec<String> = list.split(',').map(|name| name.trim().to_ascii_lowercase()).collect();
    names.sort();
    if ![SIGNED_HEADERS, TIMESTAMP].iter().all(|needed| names.iter().any(|name| name == needed)) {
        return None;
    }
    let mut headers = Vec::with_capacity(names.len());
    for name in &names {
        if request.headers.all(name).nth(1).is_some() {
            return None;
        }
        headers.push(format!("{name}:{}", request.headers.text(name)?.trim()));
    }
    let head = format!("{}\n{}\n{}\n", request.method, escaped_path(&request.target), headers.join(";"));
    Some([head.as_bytes(), &request.body].concat())
}

/// The tag over the content.
pub fn tag(key: &HmacKey, content: &[u8]) -> Vec<u8> {
    let mut run = key.start();
    run.update(content);
    run.finish()
}

fn escaped_path(target: &str) -> String {
    let mut parts = target.split('?');
    let path = parts.next().unwrap_or_default();
    match parts.next() {
        Some(query) => escape(&format!("{path}?{}", escape(query, COMPONENT)), ADDRESS),
        None => escape(path, ADDRESS),
    }
}

/// What JavaScript's `encodeURIComponent` keeps, beside letters and digits.
const COMPONENT: &[u8] = b"-_.!~*'()";
/// What `encodeURI` keeps.
const ADDRESS: &[u8] = b"-_.!~*'();/?:@&=+$,#";

fn escape(text: &str, kept: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Headers;

    #[test]
    fn a_query_is_escaped_twice() {
        assert_eq!(escaped_path("/hooks?b=2&a=1"), "/hooks?b%253D2%2526a%253D1");
        assert_eq!(escaped_path("/a b?x?y"), "/a%20b?x");
        assert_eq!(escaped_path("/a"), "/a");
    }

    #[test]
    fn a_list_without_itself_or_the_time_signs_nothing() {
        let request = |list: &str| Request {
            method: "POST".into(),
            target: "/".into(),
            headers: [(SIGNED_HEADERS, list.to_owned()), (TIMESTAMP, "1".to_owned())].into_iter().collect::<Headers>(),
            body: "b".into(),
        };
        let both = format!("{SIGNED_HEADERS},{TIMESTAMP}");
        let text = format!("POST\n/\n{SIGNED_HEADERS}:{both};{TIMESTAMP}:1\nb");
        assert_eq!(content(&request(&both)), Some(text.into_bytes()));
        for list in [SIGNED_HEADERS, TIMESTAMP, "", &format!("{both},x-none")] {
            assert_eq!(content(&request(list)), None, "{list}");
        }
    }
}
