//! What of a message belongs to one connection alone and is not passed on (RFC 9110, section 7.6.1).
//!
//! Pure. Everything else keeps its order, its spelling and its repetitions; nothing is added but what frames the message.

use crate::model::Headers;

/// Fields that speak of the connection they came over, whether `Connection` names them or not.
const HOP_BY_HOP: [&str; 10] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
];

/// Fields that `Connection` cannot make fields of the connection: they say what the message is, or who sends it. A sender
/// that names them there wants somebody on the way to lose them.
const NEVER: [&str; 8] =
    ["host", "authorization", "cookie", "date", "user-agent", "expect", "set-cookie", "www-authenticate"];

/// The headers of a request that is passed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOn {
    /// As they are sent.
    pub headers: Headers,
    /// Fields that `Connection` named and that are passed on all the same, in their spelling there.
    pub kept: Vec<String>,
}

/// The headers of a request as the next one on the way gets them: `Host` is `host`, there is one `Content-Length` if there
/// is a body, and `Expect` has been answered. `belongs` says which further fields `Connection` cannot take away: those
/// that the provider signs with.
pub fn request(headers: &Headers, host: &str, method: &str, length: usize, belongs: impl Fn(&str) -> bool) -> PassedOn {
    let mut kept = Vec::new();
    let named = named(headers, |name| {
        let stays = belongs(name) || says_what_it_is(name);
        if stays && headers.contains(name) {
            kept.push(name.to_owned());
        }
        stays
    });
    let mut passed = Headers::new();
    let (mut has_host, mut has_length) = (false, false);
    for header in headers {
        let name = header.name();
        if name.eq_ignore_ascii_case("host") {
            has_host = true;
            passed.push(header.name_bytes(), host.to_owned());
        } else if name.eq_ignore_ascii_case("content-length") || is_chunked(name) {
            // Where its length was told, it is told again; one that came in chunks has a length now.
            if !std::mem::replace(&mut has_length, true) {
                let name = if is_chunked(name) { "Content-Length".into() } else { header.name_bytes() };
                passed.push(name, length.to_string());
            }
        } else if !(is_hop_by_hop(name) || name.eq_ignore_ascii_case("expect") || is_in(&named, name)) {
            passed.push(header.name_bytes(), header.value_bytes());
        }
    }
    if !has_host {
        let mut with_host = Headers::new();
        with_host.push("Host", host.to_owned());
        passed.iter().for_each(|header| with_host.push(header.name_bytes(), header.value_bytes()));
        passed = with_host;
    }
    // A method that means to send something must say that it sends nothing.
    if !has_length && (length > 0 || matches!(method, "POST" | "PUT" | "PATCH")) {
        passed.push("Content-Length", length.to_string());
    }
    PassedOn { headers: passed, kept }
}

/// The headers of an answer as the one who asked gets them. Its length is the business of whoever sends it.
pub fn response(headers: &Headers) -> Headers {
    let named = named(headers, says_what_it_is);
    let passed = headers.iter().filter(|header| !is_hop_by_hop(header.name()) && !is_in(&named, header.name()));
    passed.map(|header| (header.name_bytes(), header.value_bytes())).collect()
}

/// The fields that `Connection` names, but for those that stay.
fn named(headers: &Headers, mut stays: impl FnMut(&str) -> bool) -> Vec<String> {
    let mut named = Vec::new();
    for header in headers.all("connection") {
        for name in header.lossy().split(',') {
            let name = name.trim().to_ascii_lowercase();
            if !name.is_empty() && !named.contains(&name) && !stays(&name) {
                named.push(name);
            }
        }
    }
    named
}

fn is_in(named: &[String], name: &str) -> bool {
    named.iter().any(|other| name.eq_ignore_ascii_case(other))
}

fn is_hop_by_hop(name: &str) -> bool {
    HOP_BY_HOP.iter().any(|other| name.eq_ignore_ascii_case(other))
}

fn is_chunked(name: &str) -> bool {
    name.eq_ignore_ascii_case("transfer-encoding")
}

fn says_what_it_is(name: &str) -> bool {
    name.starts_with("content-") || NEVER.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&str, &str)]) -> Headers {
        lines.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn lines(headers: &Headers) -> Vec<(String, String)> {
        headers.iter().map(|header| (header.name().to_owned(), header.lossy())).collect()
    }

    fn passed(given: &[(&str, &str)], method: &str, length: usize) -> Vec<(String, String)> {
        lines(&request(&headers(given), "app:3000", method, length, |name| name == "x-signature").headers)
    }

    fn owned(given: &[(&str, &str)]) -> Vec<(String, String)> {
        given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn order_case_and_repetition_stay_and_host_and_length_are_ours() {
        for (given, method, length, expected) in [
            (
                &[("X-B", "1"), ("hOST", "a"), ("x-a", "2"), ("X-B", "3"), ("content-length", "0005"), ("Z", "")][..],
                "POST",
                5,
                &[("X-B", "1"), ("hOST", "app:3000"), ("x-a", "2"), ("X-B", "3"), ("content-length", "5"), ("Z", "")][..],
            ),
            (
                &[("Host", "a"), ("Transfer-Encoding", "chunked"), ("A", "1")],
                "POST",
                7,
                &[("Host", "app:3000"), ("Content-Length", "7"), ("A", "1")],
            ),
            (&[("Host", "a")], "GET", 0, &[("Host", "app:3000")]),
            (&[("Host", "a")], "POST", 0, &[("Host", "app:3000"), ("Content-Length", "0")]),
            (&[("A", "1")], "DELETE", 0, &[("Host", "app:3000"), ("A", "1")]),
            (
                &[("Host", "a"), ("Expect", "100-continue"), ("Content-Length", "1")],
                "PUT",
                1,
                &[("Host", "app:3000"), ("Content-Length", "1")],
            ),
        ] {
            assert_eq!(passed(given, method, length), owned(expected), "{given:?}");
        }
    }

    #[test]
    fn what_speaks_of_the_connection_stays_behind_and_what_is_signed_does_not() {
        let given = headers(&[
            ("Host", "a"),
            ("Connection", "close, X-Internal, X-Signature"),
            ("connection", "Content-Type, x-other,,"),
            ("Keep-Alive", "timeout=5"),
            ("TE", "trailers"),
            ("Upgrade", "h2c"),
            ("HTTP2-Settings", "AAMAAABkAAQ"),
            ("Proxy-Authorization", "Basic x"),
            ("Proxy-Connection", "keep-alive"),
            ("Trailer", "X-Sum"),
            ("X-Internal", "secret"),
            ("X-OTHER", "1"),
            ("X-Signature", "abc"),
            ("Content-Type", "application/json"),
        ]);
        let passed = request(&given, "app", "GET", 0, |name| name == "x-signature");
        let expected = [("Host", "app"), ("X-Signature", "abc"), ("Content-Type", "application/json")];
        assert_eq!(lines(&passed.headers), owned(&expected));
        assert_eq!(passed.kept, ["x-signature", "content-type"]);
    }

    #[test]
    fn answers_are_treated_alike() {
        let given = headers(&[
            ("Set-Cookie", "a"),
            ("set-cookie", "b"),
            ("Connection", "X-Hop, set-cookie"),
            ("X-Hop", "1"),
            ("Transfer-Encoding", "chunked"),
            ("Content-Length", "4"),
        ]);
        assert_eq!(
            lines(&response(&given)),
            owned(&[("Set-Cookie", "a"), ("set-cookie", "b"), ("Content-Length", "4")])
        );
    }
}
