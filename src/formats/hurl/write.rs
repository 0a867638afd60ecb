//! A request as an entry of a hurl file: it is sent as it was, and the status expected that was answered.
//!
//! Hurl fills in `{{…}}` and starts a comment at `#`; what would be read so is escaped, and a body that a text block cannot
//! hold to the byte stands in base64.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::formats::address::Address;
use crate::formats::credentials::Credentials;
use crate::formats::note::announced_length;
use crate::model::{Header, Request};

/// Writes one entry: a comment, the request to `url`, the status that is expected.
///
/// What hurl makes itself is left out: `Host` if it is the URL's, `Content-Length` if it is right. A value that is not
/// UTF-8 has no place in a hurl file; its odd bytes become U+FFFD.
pub fn write(request: &Request, url: &str, status: Option<u16>, title: &str, credentials: Credentials) -> String {
    let url = credentials.address(url);
    let host = Address::parse(&url).ok().map(|address| address.host);
    let mut out = String::new();
    for line in title.lines() {
        let _ = writeln!(out, "# {line}");
    }
    let _ = writeln!(out, "{} {}", request.method, escaped(&url));
    for header in &request.headers {
        let implied = match header.name() {
            name if name.eq_ignore_ascii_case("host") => {
                host.is_some_and(|host| header.value().eq_ignore_ascii_case(host.as_bytes()))
            }
            name if name.eq_ignore_ascii_case("content-length") => {
                announced_length(request) == Some(request.body.len() as u64)
            }
            _ => false,
        };
        if !implied {
            let _ = writeln!(out, "{}: {}", name(header), value(header, credentials));
        }
    }
    if !request.body.is_empty() {
        out.push_str(&body(&request.body));
        out.push('\n');
    }
    if let Some(status) = status {
        let _ = writeln!(out, "HTTP {status}");
    }
    out
}

fn name(header: &Header) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    header.name().chars().map(|c| if plain(c) { c.to_string() } else { unicode(c) }).collect()
}

fn value(header: &Header, credentials: Credentials) -> String {
    escaped(&String::from_utf8_lossy(&credentials.value(header)))
}

/// Text outside of quotes. Spaces of any kind at its ends would be lost.
fn escaped(text: &str) -> String {
    let last = text.chars().count().saturating_sub(1);
    let escape = |(at, c): (usize, char)| match c {
        '\\' => "\\\\".to_owned(),
        '#' | '{' => unicode(c),
        c if c.is_whitespace() && (at == 0 || at == last) => unicode(c),
        c if c.is_control() => unicode(c),
        c => c.to_string(),
    };
    text.chars().enumerate().map(escape).collect()
}

fn unicode(c: char) -> String {
    format!("\\u{{{:x}}}", u32::from(c))
}

/// A text block ends where its text does, so that no line break is added; nothing in it is an escape.
fn body(bytes: &[u8]) -> String {
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains("{{") && !text.contains("```") && !text.ends_with('`') && !text.contains(odd) => {
            format!("```\n{text}```")
        }
        _ => format!("base64,{};", STANDARD.encode(bytes)),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::model::Headers;

    fn entry(headers: &[(&str, &str)], body: &'static [u8]) -> String {
        let headers: Headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let request = Request { method: "POST".into(), target: "/x".into(), headers, body: Bytes::from_static(body) };
        write(&request, "http://h:1/x?a={b}#", Some(200), "stripe\ncharge", Credentials::Keep)
    }

    #[test]
    fn an_entry_is_comment_request_and_status() {
        let text =
            entry(&[("Host", "h:1"), ("Content-Length", "7"), ("X-A", " #1 {{x}}\\ "), ("x~y", "")], b"{\"a\":1}");
        let expected = "# stripe\n# charge\nPOST http://h:1/x?a=\\u{7b}b}\\u{23}\n\
             X-A: \\u{20}\\u{23}1 \\u{7b}\\u{7b}x}}\\\\\\u{20}\nx\\u{7e}y: \n```\n{\"a\":1}```\nHTTP 200\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_body_that_no_text_block_holds_is_base64() {
        for (bytes, text) in [
            (&b"a\nb\n"[..], "```\na\nb\n```"),
            (b"{\"a\":\"{{x}}\"}", "base64,eyJhIjoie3t4fX0ifQ==;"),
            (b"a`", "base64,YWA=;"),
            (b"\xff", "base64,/w==;"),
            (b"a\r\n", "base64,YQ0K;"),
        ] {
            assert_eq!(body(bytes), text);
        }
    }

    #[test]
    fn credentials_can_be_left_out() {
        let headers: Headers = [("Authorization", "Bearer abc")].into_iter().collect();
        let request = Request { method: "GET".into(), target: "/".into(), headers, body: Bytes::new() };
        let text = write(&request, "http://u:p@h/?token=t", None, "", Credentials::Redact);
        assert!(!text.contains("abc") && !text.contains("u:p") && !text.contains("=t\n"), "{text}");
    }
}
