//! Verifying: what a request carries is compared with what it should.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use super::Checks;
use super::carrier::{Found, Unreadable};
use super::content::{Message, Source, digest};
use super::hmac::same;
use super::jwt;
use super::key::{Key, Material};
use super::scheme::{Scheme, SchemeKind, TimestampRule, Tolerance};
use super::special::twilio::BodyProof;
use super::special::{contentful, plivo, twilio};
use crate::model::{Header, Reason, Request, Timestamp};

/// Verifies a request at `now`. `tolerance` replaces the scheme's own.
///
/// # Errors
/// Why the answer is no. `timestamp-stale` and `timestamp-future` mean that the signature is right and only the time is not.
pub fn verify(
    scheme: &Scheme,
    key: &Key,
    request: &Request,
    url: Option<&str>,
    now: Timestamp,
    tolerance: Option<Tolerance>,
    checks: &mut Checks,
) -> Result<(), Reason> {
    for name in &scheme.requires {
        if !request.headers.contains(name) {
            checks.note("header", false, || format!("{name} is missing"));
            return Err(Reason::HeaderMissing);
        }
    }
    refuse_repeated(scheme, request, checks)?;
    judge_id(scheme, key, request, checks)?;
    let message = Message { secret: Some(&key.fields), fields: scheme.fields.as_ref(), ..Message::new(request, url) };
    let Some(list) = &scheme.each else {
        return verify_one(scheme, key, &message, now, tolerance, checks);
    };
    let elements = list.elements(&request.body).filter(|elements| !elements.is_empty());
    let Some(elements) = elements else {
        checks.note("content", false, || format!("{list} is no list of signed elements"));
        return Err(Reason::HeaderMissing);
    };
    for element in elements {
        let message = Message { item: Some(element.as_bytes()), ..message };
        verify_one(scheme, key, &message, now, tolerance, checks)?;
    }
    Ok(())
}

/// A header that is signed must be there once: of two, each receiver would take another one for what was signed.
fn refuse_repeated(scheme: &Scheme, request: &Request, checks: &mut Checks) -> Result<(), Reason> {
    let signed = scheme.signed_headers().chain(scheme.requires.iter().map(String::as_str));
    for name in signed {
        if request.headers.all(name).nth(1).is_some() {
            checks.note("header", false, || format!("{name} is there more than once"));
            return Err(Reason::HeaderMalformed);
        }
    }
    Ok(())
}

/// The id of the key, where the request names it.
fn judge_id(scheme: &Scheme, key: &Key, request: &Request, checks: &mut Checks) -> Result<(), Reason> {
    let Some(name) = &scheme.key.id_header else { return Ok(()) };
    let found = only(request, name, "key", checks)?.text().unwrap_or_default();
    let id = key.fields.get("id").and_then(|id| id.as_str()).unwrap_or_default();
    let is_ours = same(id.as_bytes(), found.as_bytes());
    checks.note("key", is_ours, || {
        format!("{name} names {}", if is_ours { "it" } else { "another one than the secret" })
    });
    if is_ours { Ok(()) } else { Err(Reason::SignatureMismatch) }
}

fn verify_one(
    scheme: &Scheme,
    key: &Key,
    message: &Message<'_>,
    now: Timestamp,
    tolerance: Option<Tolerance>,
    checks: &mut Checks,
) -> Result<(), Reason> {
    let request = message.request;
    let prefix = scheme.carrier.prefix.bytes(message).map_err(|_| Reason::SecretForm)?;
    let prefix = std::str::from_utf8(&prefix).map_err(|_| Reason::SecretForm)?;
    let values = read_values(scheme, message, checks)?;
    let found = read_signatures(scheme, &values, prefix, checks)?;
    if let (Some(rule), Material::Jwt(key)) = (&scheme.jwt, &key.material) {
        let token = found.signatures.first().copied().unwrap_or_default();
        return jwt::verify(scheme, rule, key, message, token, (now, tolerance), checks);
    }
    let timestamp = read_timestamp(scheme, request, &found, checks)?;
    let message = Message { timestamp: timestamp.as_ref().map(|(text, _)| text.as_ref()), ..*message };
    judge_signature(scheme, key, &message, &found, checks)?;
    if let (Some(rule), Material::Certificate(key)) = (&scheme.certificate, &key.material) {
        let address = match (&rule.url_header, &rule.url_json) {
            (Some(name), _) => request.headers.text(name).map(str::to_owned),
            (None, Some(path)) => path.locate(&request.body),
            (None, None) => None,
        };
        let address = address.ok_or(Reason::HeaderMissing)?;
        let judged = key.judge(rule, &address, now);
        checks.note("certificate", judged.is_ok(), || judged.clone().err().unwrap_or_else(|| address.clone()));
        judged.map_err(|_| Reason::Certificate)?;
    }
    if let (Some(rule), Some((_, at))) = (&scheme.timestamp, &timestamp) {
        let judged = rule.judge(*at, now, tolerance);
        checks.note("age", judged.is_ok(), || describe_age(*at, now, tolerance.unwrap_or(rule.tolerance)));
        judged?;
    }
    Ok(())
}

pub(super) fn describe_age(at: Timestamp, now: Timestamp, tolerance: Tolerance) -> String {
    use crate::model::quantity::show_duration;
    let place = if at > now {
        format!("{} in the future", show_duration(at.since(now)))
    } else {
        format!("{} old", show_duration(now.since(at)))
    };
    format!("{place}, tolerance {tolerance}")
}

/// The one header of that name. A repeated one is refused, since receivers disagree about which one counts.
fn only<'a>(request: &'a Request, name: &str, check: &'static str, checks: &mut Checks) -> Result<&'a Header, Reason> {
    let mut fields = request.headers.all(name);
    let Some(field) = fields.next() else {
        checks.note(check, false, || format!("{name} is missing"));
        return Err(Reason::HeaderMissing);
    };
    if fields.next().is_some() {
        checks.note(check, false, || format!("{name} is there more than once"));
        return Err(Reason::HeaderMalformed);
    }
    Ok(field)
}

/// What is in the places where a signature can be. A place that is there twice is refused, since receivers disagree about
/// which one counts.
fn read_values<'a>(scheme: &Scheme, message: &Message<'a>, checks: &mut Checks) -> Result<Vec<Cow<'a, str>>, Reason> {
    match scheme.carrier.values(message) {
        Ok(values) if values.is_empty() => {
            checks.note("header", false, || format!("{} is missing", scheme.carrier.describe()));
            Err(Reason::HeaderMissing)
        }
        Ok(values) => Ok(values),
        Err((place, why)) => {
            checks.note("header", false, || match why {
                Unreadable::Repeated => format!("{place} is there more than once"),
                Unreadable::NotText => format!("{place}: it is not text"),
            });
            Err(Reason::HeaderMalformed)
        }
    }
}

/// The signatures in what was found. Where there are several places, one that can be read is enough.
fn read_signatures<'a>(
    scheme: &Scheme,
    values: &'a [Cow<'_, str>],
    prefix: &str,
    checks: &mut Checks,
) -> Result<Found<'a>, Reason> {
    let mut all: Option<Found<'a>> = None;
    let mut failure = None;
    for value in values {
        match (scheme.carrier.read(value, prefix), &mut all) {
            (Ok(found), None) => all = Some(found),
            (Ok(found), Some(all)) => all.signatures.extend(found.signatures),
            (Err(error), _) => failure = Some(error),
        }
    }
    checks.note("header", all.is_some(), || match (&all, &failure) {
        (Some(found), _) if found.signatures.len() > 1 => {
            format!("{} with {} signatures", scheme.carrier.describe(), found.signatures.len())
        }
        (None, Some(error)) => format!("{}: {error}", scheme.carrier.describe()),
        _ => scheme.carrier.describe(),
    });
    all.ok_or(Reason::HeaderMalformed)
}

/// The time in the body, as it is written.
pub fn time_in_body(rule: &TimestampRule, request: &Request) -> Option<String> {
    match (&rule.json, &rule.form) {
        (Some(path), _) => path.locate(request.document()),
        (None, Some(name)) => {
            let value = Source::Form(name.clone()).locate(&Message::new(request, None))?;
            String::from_utf8(value.into_owned()).ok()
        }
        (None, None) => None,
    }
}

/// The timestamp as written, and the instant it means.
fn read_timestamp<'a>(
    scheme: &Scheme,
    request: &'a Request,
    found: &Found<'a>,
    checks: &mut Checks,
) -> Result<Option<(Cow<'a, str>, Timestamp)>, Reason> {
    let Some(rule) = &scheme.timestamp else { return Ok(None) };
    let text = if let Some(name) = &rule.header {
        only(request, name, "timestamp", checks)?.text().map(Cow::Borrowed)
    } else if rule.is_in_body() {
        time_in_body(rule, request).map(Cow::Owned)
    } else {
        found.timestamp.map(Cow::Borrowed)
    };
    let read = text.as_ref().and_then(|text| rule.unit.read(text));
    checks.note("timestamp", read.is_some(), || match (&text, read) {
        (Some(text), Some(at)) => format!("{text} ({at})"),
        (Some(text), None) => format!("'{text}' is not a time in this scheme"),
        (None, _) => "not found".to_owned(),
    });
    match (text, read) {
        (Some(text), Some(at)) => Ok(Some((text, at))),
        _ => Err(Reason::HeaderMalformed),
    }
}

/// What should be there.
enum Expected<'k> {
    /// One of these, exactly.
    Tags(Vec<Vec<u8>>),
    /// Whatever this key verifies over the content.
    Verified(&'k Material, Vec<u8>),
}

/// Compares what was found with what should be.
fn judge_signature(
    scheme: &Scheme,
    key: &Key,
    message: &Message<'_>,
    found: &Found<'_>,
    checks: &mut Checks,
) -> Result<(), Reason> {
    if checks.are_on() && !scheme.kind.is_special() && scheme.kind != SchemeKind::Token {
        note_content(scheme, message, key, checks);
    }
    let mut covered = true;
    let expected = match &key.material {
        Material::Hmac(key) if scheme.kind == SchemeKind::Twilio => {
            let (tags, body_is_covered) = twilio_tags(key, message, checks)?;
            covered = body_is_covered;
            Expected::Tags(tags)
        }
        Material::Hmac(key) if scheme.kind == SchemeKind::Plivo => {
            let url = message.url.ok_or_else(|| missing(&Source::Url, checks))?;
            let content = plivo::content(message.request, url);
            let content = content.ok_or_else(|| missing(&Source::Header(plivo::NONCE.to_owned()), checks))?;
            checks.note("content", true, || content.clone());
            Expected::Tags(vec![plivo::tag(key, &content)])
        }
        Material::Hmac(key) if scheme.kind == SchemeKind::Contentful => {
            let content = contentful::content(message.request);
            let list = Source::Header(contentful::SIGNED_HEADERS.to_owned());
            Expected::Tags(vec![contentful::tag(key, &content.ok_or_else(|| missing(&list, checks))?)])
        }
        Material::Hmac(key) => {
            let mut run = key.start();
            scheme.content.feed(message, |piece| run.update(piece)).map_err(|source| missing(&source, checks))?;
            Expected::Tags(vec![run.finish()])
        }
        Material::Bytes(bytes) if scheme.kind == SchemeKind::Hash => {
            Expected::Tags(vec![plain_hash(scheme, message, bytes).map_err(|source| missing(&source, checks))?])
        }
        Material::Bytes(token) => Expected::Tags(vec![token.to_vec()]),
        other => {
            let content = scheme.content.bytes(message).map_err(|source| missing(&source, checks))?;
            Expected::Verified(other, content)
        }
    };
    let encoding = scheme.encoding();
    let decoded: Vec<Vec<u8>> = found.signatures.iter().filter_map(|text| encoding.decode(text)).collect();
    if decoded.is_empty() {
        checks.note("signature", false, || format!("it is not {}", encoding.as_str()));
        return Err(Reason::HeaderMalformed);
    }
    // Every signature is compared, so that the time taken does not tell which one was right.
    let matched = decoded.iter().fold(false, |matched, signature| {
        matched
            | match &expected {
                Expected::Tags(tags) => tags.iter().fold(false, |any, tag| any | same(tag, signature)),
                Expected::Verified(material, content) => verifies(material, content, signature),
            }
    });
    let whole = checks.are_whole();
    checks.note("signature", matched, || describe_signature(scheme, &expected, found, matched, whole));
    match (matched, covered) {
        (true, true) => Ok(()),
        (true, false) => Err(Reason::BodyMismatch),
        (false, _) => Err(Reason::SignatureMismatch),
    }
}

fn verifies(material: &Material, content: &[u8], signature: &[u8]) -> bool {
    match material {
        Material::Ed25519Public(key) => key.verifies(content, signature),
        Material::EcdsaPublic(key) => key.verifies(content, signature),
        Material::RsaPublic(key) => key.verifies(content, signature),
        Material::Certificate(key) => key.verifies(content, signature),
        _ => false,
    }
}

fn missing(source: &Source, checks: &mut Checks) -> Reason {
    checks.note("content", false, || format!("{} is missing", source.describe()));
    match source {
        Source::Url => Reason::UrlMissing,
        Source::Secret(_) => Reason::SecretForm,
        _ => Reason::HeaderMissing,
    }
}

/// The hash of a content that holds the secret.
pub(super) fn plain_hash(scheme: &Scheme, message: &Message<'_>, secret: &[u8]) -> Result<Vec<u8>, Source> {
    let content = scheme.content.bytes(&Message { key: Some(secret), ..*message })?;
    Ok(digest(scheme.algorithm, &zeroize::Zeroizing::new(content)))
}

/// The tags over the forms of the address that Twilio may have signed, and whether the body is covered.
fn twilio_tags(
    key: &super::hmac::HmacKey,
    message: &Message<'_>,
    checks: &mut Checks,
) -> Result<(Vec<Vec<u8>>, bool), Reason> {
    let url = message.url.ok_or_else(|| missing(&Source::Url, checks))?;
    let proof = twilio::body_proof(message.request, url);
    let covered = matches!(proof, BodyProof::Fields | BodyProof::Absent | BodyProof::Hash);
    checks.note("content", covered, || match proof {
        BodyProof::Fields => format!("{url} and the sorted form fields"),
        BodyProof::Absent | BodyProof::Hash => url.to_owned(),
        BodyProof::WrongHash => "bodySHA256 in the address is not the hash of the body".to_owned(),
        BodyProof::None => "the body is no form, and the address has no bodySHA256".to_owned(),
    });
    let tags = twilio::address_forms(url).iter().map(|url| twilio::tag(key, message.request, url)).collect();
    Ok((tags, covered))
}

/// Length, beginning and hash of what is signed, so that it can be compared with what a handler saw.
fn note_content(scheme: &Scheme, message: &Message<'_>, key: &Key, checks: &mut Checks) {
    /// How much of the content is shown.
    const SHOWN: usize = 48;
    let bytes = match &key.material {
        Material::Bytes(bytes) => Some(&bytes[..]),
        _ => None,
    };
    // The secret is never shown; what a plain hash is made of is told without it.
    let hidden: &[u8] = b"<secret>";
    let message = Message { key: bytes.map(|_| hidden), ..*message };
    let (mut length, mut start, mut hash) = (0, Vec::new(), Sha256::new());
    let fed = scheme.content.feed(&message, |piece| {
        length += piece.len();
        let room = SHOWN.saturating_sub(start.len()).min(piece.len());
        start.extend_from_slice(&piece[..room]);
        hash.update(piece);
    });
    if fed.is_ok() {
        let digest = hex::encode(hash.finalize());
        let more = if length > SHOWN { "…" } else { "" };
        let start = if start.is_empty() { String::new() } else { format!(": {}{more}", beginning(&start)) };
        checks.note("content", true, || {
            format!("{} = {length} bytes, SHA-256 {}…{start}", scheme.content.as_str(), &digest[..16])
        });
    }
}

/// A beginning as text, whose last character may be cut; what is none, byte by byte and in as much room.
fn beginning(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(error) if error.error_len().is_none() => {
            String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned()
        }
        Err(_) => bytes.escape_ascii().take(bytes.len()).map(char::from).collect(),
    }
}

/// The beginnings of what was expected and found: enough to compare, too little to forge with.
fn describe_signature(
    scheme: &Scheme,
    expected: &Expected<'_>,
    found: &Found<'_>,
    matched: bool,
    whole: bool,
) -> String {
    let short = |text: &str| {
        let start: String = text.chars().take(8).collect();
        match scheme.kind {
            _ if whole => text.to_owned(),
            SchemeKind::Token => "a token".to_owned(),
            _ => format!("{start}…"),
        }
    };
    let shown: Vec<String> = found.signatures.iter().map(|s| short(s)).collect();
    match (matched, expected) {
        (true, _) => format!("{} matches", shown.join(", ")),
        (false, Expected::Tags(tags)) if scheme.kind != SchemeKind::Token && !tags.is_empty() => {
            format!("expected {}, found {}", short(&scheme.encoding().encode(&tags[0])), shown.join(", "))
        }
        (false, _) => format!("{} does not match", shown.join(", ")),
    }
}
