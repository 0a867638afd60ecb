//! Addresses as text: a URL taken apart without changing a byte of it.
//!
//! Apart from the `url` crate on purpose: that one normalises (dot segments, case, percent signs), and some schemes
//! sign the address as the provider wrote it.

use super::error::Problem;
use crate::model::Request;

/// The parts of a URL that matter for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Address<'a> {
    /// `http` or `https`, as spelled.
    pub(super) scheme: &'a str,
    /// `user:password` before the `@`.
    pub(super) userinfo: Option<&'a str>,
    /// Host and port.
    pub(super) host: &'a str,
    /// Path and query, possibly empty.
    pub(super) rest: &'a str,
}

impl<'a> Address<'a> {
    /// Takes an absolute URL apart. The fragment is dropped, since it is never sent.
    pub(super) fn parse(url: &'a str) -> Result<Self, Problem> {
        let error = || Problem::Url { text: url.chars().take(200).collect() };
        let (scheme, rest) = url.split_once("://").ok_or_else(error)?;
        if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
            return Err(error());
        }
        let rest = rest.split_once('#').map_or(rest, |(kept, _)| kept);
        let (authority, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (userinfo, host) = authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
        if host.is_empty() || url.bytes().any(|b| b <= b' ' || b == 0x7f) {
            return Err(error());
        }
        Ok(Self { scheme, userinfo, host, rest })
    }

    /// What stands on the request line for this address.
    pub(super) fn target(&self) -> String {
        if self.rest.starts_with('/') { self.rest.to_owned() } else { format!("/{}", self.rest) }
    }

    /// The address without user and password.
    pub(super) fn without_userinfo(&self) -> String {
        format!("{}://{}{}", self.scheme, self.host, self.rest)
    }
}

/// The address that a request says it was sent to, with the scheme that the caller knows of: from an absolute target,
/// else from `Host`. `None` without either.
pub fn address_of(request: &Request, scheme: &str) -> Option<String> {
    if Address::parse(&request.target).is_ok() {
        return Some(request.target.clone());
    }
    let host = request.headers.text("host").filter(|host| !host.is_empty())?;
    let url = format!("{scheme}://{host}{}", if request.target == "*" { "/" } else { &request.target });
    Address::parse(&url).is_ok().then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Headers;

    #[test]
    fn urls_are_taken_apart_as_they_are() {
        for (url, host, target, userinfo) in [
            ("http://h", "h", "/", None),
            ("https://h:8443/a/../b?x=%2f#frag", "h:8443", "/a/../b?x=%2f", None),
            ("HTTP://u:p@h?x", "h", "/?x", Some("u:p")),
            ("http://[::1]:80/", "[::1]:80", "/", None),
            ("http://h/a@b", "h", "/a@b", None),
        ] {
            let address = Address::parse(url).expect(url);
            assert_eq!((address.host, address.target().as_str(), address.userinfo), (host, target, userinfo), "{url}");
        }
        for url in ["", "h", "//h/x", "ftp://h", "http://", "http:///x", "http://h/a b", "http://u@/x"] {
            assert!(Address::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn the_address_comes_from_target_or_host() {
        let request = |target: &str, host: Option<&str>| Request {
            method: "POST".into(),
            target: target.into(),
            headers: host.map(|host| ("Host".to_owned(), host.to_owned())).into_iter().collect::<Headers>(),
            body: bytes::Bytes::new(),
        };
        assert_eq!(address_of(&request("/a?b", Some("h:1")), "https").as_deref(), Some("https://h:1/a?b"));
        assert_eq!(address_of(&request("http://x/y", Some("h")), "https").as_deref(), Some("http://x/y"));
        assert_eq!(address_of(&request("/a", None), "http"), None);
    }
}
