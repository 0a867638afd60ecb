//! Requests that are written down carry credentials: telling so, and leaving them out.
//!
//! Credentials are looked for where they have a name: header fields, query parameters, the user part of a URL; and by how they
//! look. A payload is never changed, since its bytes are what is signed.

use std::borrow::Cow;

use crate::model::mask::{is_credential, is_sensitive, masked};
use crate::model::token::has_token;
use crate::model::{Header, Request};

/// What stands in an address in place of a credential: letters only, so that the address stays one.
const REDACTED: &str = "REDACTED";

/// Whether a writer puts credentials down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credentials {
    /// The request as it is.
    Keep,
    /// Masked, so that the request can be shown to others (and no longer be sent).
    Redact,
}

impl Credentials {
    /// A header's value as it may be written.
    pub(super) fn value(self, header: &Header) -> Cow<'_, [u8]> {
        if self == Self::Redact && is_credential(header.name(), &header.lossy()) {
            Cow::Owned(masked(header.name(), &header.lossy()).into_bytes())
        } else {
            Cow::Borrowed(header.value())
        }
    }

    /// A URL or request target as it may be written.
    pub(super) fn address(self, text: &str) -> Cow<'_, str> {
        if self == Self::Keep || !address_carries_credentials(text) {
            return Cow::Borrowed(text);
        }
        let (before, query) = text.split_once('?').map_or((text, None), |(before, query)| (before, Some(query)));
        let mut out = match userinfo_range(before) {
            Some((start, end)) => format!("{}{REDACTED}{}", &before[..start], &before[end..]),
            None => before.to_owned(),
        };
        for (index, parameter) in query.into_iter().flat_map(|query| query.split('&')).enumerate() {
            out.push(if index == 0 { '?' } else { '&' });
            match parameter.split_once('=') {
                Some((name, value)) if is_one(name, value) => {
                    out.push_str(name);
                    out.push('=');
                    out.push_str(REDACTED);
                }
                _ => out.push_str(parameter),
            }
        }
        Cow::Owned(out)
    }
}

/// Whether a request, or the address it goes to, holds what `Credentials::Redact` would mask.
pub fn carries_credentials(request: &Request, url: Option<&str>) -> bool {
    request.headers.iter().any(|header| is_credential(header.name(), &header.lossy()))
        || address_carries_credentials(&request.target)
        || url.is_some_and(address_carries_credentials)
}

fn address_carries_credentials(text: &str) -> bool {
    let (before, query) = text.split_once('?').unwrap_or((text, ""));
    userinfo_range(before).is_some()
        || query.split('&').filter_map(|parameter| parameter.split_once('=')).any(|(name, value)| is_one(name, value))
}

/// Whether a query parameter is a credential.
fn is_one(name: &str, value: &str) -> bool {
    names_a_credential(name) && !value.is_empty() || has_token(name, value)
}

/// `token`, `access_token`, `api_key`, `client-secret`: the words that mark a header as one mark a parameter too.
fn names_a_credential(parameter: &str) -> bool {
    is_sensitive(&format!("x-{}", parameter.replace('_', "-")))
}

/// Where `user:password` stands before the `@`.
fn userinfo_range(before_query: &str) -> Option<(usize, usize)> {
    let start = before_query.find("://")? + 3;
    let end = start + before_query[start..].find('/').unwrap_or(before_query.len() - start);
    let at = start + before_query[start..end].rfind('@')?;
    Some((start, at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Headers;

    #[test]
    fn addresses_lose_their_credentials_and_nothing_else() {
        for (text, redacted) in [
            ("https://h/p?a=1&b", "https://h/p?a=1&b"),
            ("https://u:p@h/p", "https://REDACTED@h/p"),
            ("/hook?token=abc&x=1&access_token=d", "/hook?token=REDACTED&x=1&access_token=REDACTED"),
            ("http://h?api_key=1#f", "http://h?api_key=REDACTED"),
            ("/a@b?token=", "/a@b?token="),
            ("/?q=sk_live_A1b2C3d4E5f6G7h8&r=1", "/?q=REDACTED&r=1"),
        ] {
            assert_eq!(Credentials::Redact.address(text), redacted);
            assert_eq!(Credentials::Keep.address(text), text);
            // What was redacted is a credential in name only; asking again must not loop for ever on it.
            assert_eq!(Credentials::Redact.address(redacted), redacted);
        }
    }

    #[test]
    fn credentials_are_found_wherever_they_have_a_name() {
        let request = |target: &str, name: &str| Request {
            method: "POST".into(),
            target: target.into(),
            headers: [(name.to_owned(), "v")].into_iter().collect::<Headers>(),
            body: bytes::Bytes::new(),
        };
        assert!(carries_credentials(&request("/", "Authorization"), None));
        assert!(carries_credentials(&request("/?secret=1", "X"), None));
        assert!(carries_credentials(&request("/", "X"), Some("http://u@h/")));
        assert!(!carries_credentials(&request("/?a=1", "Stripe-Signature"), Some("http://h/")));
    }
}
