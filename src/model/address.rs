//! The address that a provider was given, as far as a request tells.

use super::Request;

/// The address of a request. `public_url` is what the user says: its scheme and authority, and its path if it has one that is
/// more than `/`, replace what the request says; the query always stays. Without it, `Forwarded` and `X-Forwarded-*` count
/// before `Host`. `None` without any host.
pub fn seen(request: &Request, public_url: Option<&str>) -> Option<String> {
    let (path, query) = (request.path(), request.query());
    let tail = |path: &str| query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    if let Some(public) = public_url {
        let start = public.find("://").map_or(0, |at| at + 3);
        let (origin, own_path) = match public[start..].find('/') {
            Some(at) => public.split_at(start + at),
            None => (public, ""),
        };
        let path = if own_path.len() > 1 { own_path } else { path };
        return Some(format!("{origin}{}", tail(path)));
    }
    let first = |name: &str| {
        let value = request.headers.text(name)?;
        Some(value.split(',').next().unwrap_or(value).trim().to_owned()).filter(|value| !value.is_empty())
    };
    let forwarded = first("forwarded").unwrap_or_default();
    let directive = |wanted: &str| {
        forwarded.split(';').find_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim().trim_matches('"').to_owned())
        })
    };
    let host = directive("host").or_else(|| first("x-forwarded-host")).or_else(|| first("host"))?;
    let scheme = directive("proto").or_else(|| first("x-forwarded-proto")).unwrap_or_else(|| "http".to_owned());
    // A forwarded port that is the scheme's own is not written by anybody.
    let port = first("x-forwarded-port").filter(|port| {
        let usual = if scheme == "https" { "443" } else { "80" };
        port != usual && !host.contains(':') && port.bytes().all(|b| b.is_ascii_digit())
    });
    let port = port.map_or(String::new(), |port| format!(":{port}"));
    Some(format!("{scheme}://{host}{port}{}", tail(path)))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::model::Headers;

    fn seen_with(headers: &[(&str, &str)], public: Option<&str>) -> Option<String> {
        let headers: Headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        seen(&Request { method: "POST".into(), target: "/h?a=1".into(), headers, body: Bytes::new() }, public)
    }

    #[test]
    fn the_address_is_what_the_outermost_proxy_says() {
        let host = ("Host", "localhost:4400");
        for (headers, public, url) in [
            (&[host][..], None, Some("http://localhost:4400/h?a=1")),
            (
                &[host, ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "a.example")],
                None,
                Some("https://a.example/h?a=1"),
            ),
            (&[host, ("X-Forwarded-Proto", "https, http")], None, Some("https://localhost:4400/h?a=1")),
            (
                &[host, ("Forwarded", "for=1.2.3.4;proto=https;host=\"b.example\"")],
                None,
                Some("https://b.example/h?a=1"),
            ),
            (
                &[("Host", "a"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Port", "8443")],
                None,
                Some("https://a:8443/h?a=1"),
            ),
            (
                &[("Host", "a"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Port", "443")],
                None,
                Some("https://a/h?a=1"),
            ),
            (&[host], Some("https://c.example"), Some("https://c.example/h?a=1")),
            (&[host], Some("https://c.example/"), Some("https://c.example/h?a=1")),
            (&[host], Some("https://c.example/in"), Some("https://c.example/in?a=1")),
            (&[], None, None),
        ] {
            assert_eq!(seen_with(headers, public).as_deref(), url, "{headers:?} {public:?}");
        }
    }
}
