//! Where a recorded request goes, and what of its head changes because of that: the target, `Host`, and what belonged to the
//! connection that brought it. Everything else is not touched.

use url::Url;

use crate::http::client::authority;
use crate::model::{Headers, Request};

/// Fields that are about a connection and not about the request (RFC 9110, 7.6.1), `Connection` itself apart.
const OF_A_CONNECTION: [&str; 8] = [
    "keep-alive",
    "proxy-connection",
    "proxy-authorization",
    "te",
    "trailer",
    "upgrade",
    "http2-settings",
    "transfer-encoding",
];

/// Aims a request at an address. An address without a path takes the recorded one; one with a path is used as it is. The
/// recorded query stays either way, behind one of the address's own.
pub(super) fn aim(request: &Request, to: &Url) -> (Url, Request) {
    let recorded = match request.target.as_str() {
        // `OPTIONS *` is about a server, whichever it is.
        "*" => "*",
        _ => request.path(),
    };
    let path = if matches!(to.path(), "" | "/") { recorded } else { to.path() };
    let queries: Vec<&str> = [to.query(), request.query()].into_iter().flatten().filter(|q| !q.is_empty()).collect();
    let target = if queries.is_empty() { path.to_owned() } else { format!("{path}?{}", queries.join("&")) };
    let origin = format!("{}://{}", to.scheme(), authority(to));
    // The bytes on the wire are the request's target; the address names the peer, and is shown.
    let url = Url::parse(&format!("{origin}{target}")).unwrap_or_else(|_| to.clone());
    (url, Request { target, ..request.clone() })
}

/// Puts the name of the new peer where the old one's was, and drops what was about the old connection.
pub(super) fn readdress(request: &mut Request, url: &Url) {
    if request.headers.contains("host") {
        request.headers.set("host", authority(url));
    }
    let named: Vec<String> = request
        .headers
        .all("connection")
        .filter_map(|header| header.text())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty() && name != "close" && name != "keep-alive")
        .collect();
    let of_a_connection = |name: &str| {
        OF_A_CONNECTION.iter().any(|one| name.eq_ignore_ascii_case(one))
            || named.iter().any(|one| name.eq_ignore_ascii_case(one))
            // One that says no more than whether to stay is as true of the new connection as of the old one.
            || (!named.is_empty() && name.eq_ignore_ascii_case("connection"))
    };
    if request.headers.iter().any(|header| of_a_connection(header.name())) {
        let kept = request.headers.iter().filter(|header| !of_a_connection(header.name()));
        request.headers = kept.map(|header| (header.name().to_owned(), header.value().to_vec())).collect::<Headers>();
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn request(target: &str, headers: &[(&str, &str)]) -> Request {
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Request { method: "POST".into(), target: target.into(), headers, body: Bytes::new() }
    }

    #[test]
    fn an_address_without_a_path_takes_the_recorded_one() {
        for (target, to, aimed) in [
            ("/hook?x=%2f", "http://h:1", "/hook?x=%2f"),
            ("/hook?x", "http://h:1/", "/hook?x"),
            ("/hook?x", "http://h:1/other", "/other?x"),
            ("/hook", "http://h:1/other?a=1", "/other?a=1"),
            ("/hook?x", "http://h:1/?a=1", "/hook?a=1&x"),
            ("http://old/hook?x", "http://h:1", "/hook?x"),
            ("*", "http://h:1", "*"),
        ] {
            let (url, request) = aim(&request(target, &[]), &to.parse().expect(to));
            assert_eq!((request.target.as_str(), url.port()), (aimed, Some(1)), "{target} → {to}");
        }
    }

    #[test]
    fn only_host_and_what_is_about_the_connection_change() {
        let mut changed = request(
            "/",
            &[
                ("x-A", "1"),
                ("HOST", "old"),
                ("Connection", "keep-alive, X-Mine"),
                ("X-Mine", "2"),
                ("Upgrade", "h2c"),
                ("Content-Length", "0"),
                ("X-A", "3"),
            ],
        );
        readdress(&mut changed, &"http://new:81/".parse().expect("a URL"));
        assert_eq!(changed, request("/", &[("x-A", "1"), ("HOST", "new:81"), ("Content-Length", "0"), ("X-A", "3")]));
        let mut kept = request("/", &[("Connection", "Keep-Alive"), ("A", "b")]);
        readdress(&mut kept, &"http://new/".parse().expect("a URL"));
        assert_eq!(kept, request("/", &[("Connection", "Keep-Alive"), ("A", "b")]));
    }
}
