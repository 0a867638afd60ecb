//! Twilio's scheme: HMAC-SHA1 over the address and, for forms, the sorted fields; for other bodies the address carries a
//! hash of the body.
//!
//! Source: Twilio's documentation on webhook security and on signing with shared keys. The official libraries try
//! the address as it is, with the default port added, and without its port; so does this.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::model::Request;
use crate::signature::hmac::{HmacKey, HmacRun, same};

/// The query parameter with the body's hash.
const BODY_HASH: &str = "bodySHA256";
/// Names the key and the hash when a shared key signs (public beta); without it the hash is SHA-1.
const SETTINGS_HEADER: &str = "x-twilio-webhooks-signature-settings";

/// What the body has to do with the signature.
#[derive(Debug, PartialEq, Eq)]
pub enum BodyProof {
    /// It is a form, and its fields are signed.
    Fields,
    /// There is none.
    Absent,
    /// Its hash is in the address, and is right.
    Hash,
    /// Its hash is in the address, and is wrong.
    WrongHash,
    /// Nothing covers it.
    None,
}

/// Finds out how the body is covered.
pub fn body_proof(request: &Request, url: &str) -> BodyProof {
    if request.is_form() {
        return BodyProof::Fields;
    }
    let hash = url.split_once('?').and_then(|(_, query)| {
        let query = query.split('#').next().unwrap_or(query);
        url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == BODY_HASH).map(|(_, value)| value)
    });
    match hash {
        _ if request.body.is_empty() => BodyProof::Absent,
        Some(hash) if same(hash.as_bytes(), hex::encode(Sha256::digest(&request.body)).as_bytes()) => BodyProof::Hash,
        Some(_) => BodyProof::WrongHash,
        None => BodyProof::None,
    }
}

/// Adds the hash of a body that is no form to the request's target.
pub fn add_body_hash(request: &mut Request) {
    if request.is_form() || request.body.is_empty() || request.target.contains(BODY_HASH) {
        return;
    }
    let joint = if request.target.contains('?') { '&' } else { '?' };
    let hash = hex::encode(Sha256::digest(&request.body));
    request.target = format!("{}{joint}{BODY_HASH}={hash}", request.target);
}

/// The tag over one form of the address.
pub fn tag(key: &HmacKey, request: &Request, url: &str) -> Vec<u8> {
    let mut run = start(key, request);
    run.update(url.as_bytes());
    if request.is_form() {
        for (name, values) in sorted_fields(&request.body) {
            for value in values {
                run.update(&name.1);
                run.update(value.as_bytes());
            }
        }
    }
    run.finish()
}

fn start(key: &HmacKey, request: &Request) -> HmacRun {
    let settings = request.headers.text(SETTINGS_HEADER).unwrap_or_default();
    if settings.split(',').any(|part| part.trim() == "algorithm=HMAC_SHA256") {
        key.start_sha256()
    } else {
        key.start()
    }
}

/// Distinct values of distinct fields. Names are ordered by UTF-16 code units, as the official libraries order them.
fn sorted_fields(body: &[u8]) -> BTreeMap<(Vec<u16>, Vec<u8>), BTreeSet<String>> {
    let mut fields: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(body) {
        let key = (name.encode_utf16().collect(), name.into_owned().into_bytes());
        fields.entry(key).or_default().insert(value.into_owned());
    }
    fields
}

/// The forms of an address that may have been signed.
pub fn address_forms(url: &str) -> Vec<String> {
    let mut forms = vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else { return forms };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    // A colon inside the brackets of an IPv6 address is no port.
    let port = authority.rfind(':').filter(|at| !authority[*at..].contains(']'));
    match port {
        Some(at) => forms.push(format!("{scheme}://{}{tail}", &authority[..at])),
        None => {
            let port = if scheme == "https" { 443 } else { 80 };
            forms.push(format!("{scheme}://{authority}:{port}{tail}"));
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::model::Headers;

    #[test]
    fn ports_are_tried_both_ways() {
        assert_eq!(address_forms("https://a/x?y"), ["https://a/x?y", "https://a:443/x?y"]);
        assert_eq!(address_forms("http://a:8080/x"), ["http://a:8080/x", "http://a/x"]);
        assert_eq!(address_forms("http://[::1]/x"), ["http://[::1]/x", "http://[::1]:80/x"]);
        assert_eq!(address_forms("nonsense"), ["nonsense"]);
    }

    #[test]
    fn a_body_hash_is_added_once_and_found_right_or_wrong() {
        let mut request = Request {
            method: "POST".into(),
            target: "/x?a=1".into(),
            headers: [("Content-Type", "application/json")].into_iter().collect::<Headers>(),
            body: Bytes::from_static(b"{}"),
        };
        add_body_hash(&mut request);
        add_body_hash(&mut request);
        assert_eq!(request.target.matches(BODY_HASH).count(), 1);
        let url = format!("https://a{}", request.target);
        assert_eq!(body_proof(&request, &url), BodyProof::Hash);
        request.body = Bytes::from_static(b"{ }");
        assert_eq!(body_proof(&request, &url), BodyProof::WrongHash);
        assert_eq!(body_proof(&request, "https://a/x"), BodyProof::None);
    }
}
