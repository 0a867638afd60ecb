//! Where a recorded request goes, and what of its head changes because of that: the target, `Host`, and what belonged to the
//! connection that brought it. Everything else is not touched.

use url::Url;

use crate::http::client::authority;
use crate::http::hop_by_hop;
use crate::model::Request;

/// Aims a request at an address. An address without a path takes the recorded one; one with a path is used as it is. The
/// recorded query stays either way, behind one of the address's own.
pub(crate) fn aim(request: &Request, to: &Url) -> (Url, Request) {
    let recorded = match request.target.as_str() {
        // `OPTIONS *` is about a server, whichever it is.
        "*" => "*",
        _ => request.path(),
    };
    let path = if matches!(to.path(), "" | "/") { recorded } else { to.path() };
    let target = match (to.query().filter(|own| !own.is_empty()), request.query()) {
        (None, None) => path.to_owned(),
        // A query that is empty is one: who signs the address signs its question mark.
        (None, Some(recorded)) => format!("{path}?{recorded}"),
        (Some(own), None | Some("")) => format!("{path}?{own}"),
        (Some(own), Some(recorded)) => format!("{path}?{own}&{recorded}"),
    };
    (address(to, &target), Request { target, ..request.clone() })
}

/// The address of a target at a peer. The bytes on the wire are the target; the address names the peer, and is shown.
pub(super) fn address(peer: &Url, target: &str) -> Url {
    let origin = format!("{}://{}", peer.scheme(), authority(peer));
    Url::parse(&format!("{origin}{target}")).unwrap_or_else(|_| peer.clone())
}

/// Puts the name of the new peer where the old one's was, tells the length of the body where it was told, and drops what was
/// about the old connection. `signs` says which headers are the signature's, whatever `Connection` says of them.
pub(super) fn readdress(request: &mut Request, url: &Url, signs: impl Fn(&str) -> bool) {
    request.headers =
        hop_by_hop::request(&request.headers, &authority(url), &request.method, request.body.len(), signs).headers;
}

/// Tells the length of the body again, once it has changed.
pub(super) fn measure(request: &mut Request) {
    if request.headers.contains("content-length") || !request.body.is_empty() {
        request.headers.set("Content-Length", request.body.len().to_string());
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
            ("/hook?", "http://h:1", "/hook?"),
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
}
