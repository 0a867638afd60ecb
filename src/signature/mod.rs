//! Signing and verifying: bytes and a time in, an answer out.
//!
//! Nothing here reads a clock, finds a secret or knows a provider. Verification is strict and constant-time, and a blank
//! secret, an empty or truncated signature or a missing header can never make it say yes.

pub mod content;
pub mod ecdsa;
pub mod ed25519;
pub mod header;
pub mod hmac;
pub mod key;
pub mod rsa_cert;
pub mod scheme;
pub mod special;
pub mod tolerance;

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use self::content::{Message, Source};
use self::header::Found;
use self::hmac::same;
use self::special::twilio::{self, BodyProof};
use crate::model::{Header, Reason, Request, Timestamp};

pub use self::key::{Key, KeyError, KeyUse};
pub use self::scheme::{HeaderForm, Scheme, SchemeKind, Tolerance};

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What: `header`, `timestamp`, `content`, `signature` and so on.
    pub name: &'static str,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was found.
    pub detail: String,
}

/// Collects checks, or does not bother: the capture path wants a verdict only, and details cost.
pub struct Checks(Option<Vec<Check>>);

impl Checks {
    /// Keeps what is noted.
    pub fn on() -> Self {
        Self(Some(Vec::new()))
    }

    /// Forgets what is noted, without making the text.
    pub fn off() -> Self {
        Self(None)
    }

    /// Notes a check.
    pub fn note(&mut self, name: &'static str, ok: bool, detail: impl FnOnce() -> String) {
        if let Some(list) = &mut self.0 {
            list.push(Check { name, ok, detail: detail() });
        }
    }

    /// What was noted.
    pub fn into_list(self) -> Vec<Check> {
        self.0.unwrap_or_default()
    }
}

/// Why a request could not be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The content needs something the request does not have.
    #[error("{} is needed for the signature and is not there", .0.describe())]
    Missing(Source),
    /// The secret holds only what a receiver needs.
    #[error("the secret cannot sign: it holds the public half only")]
    CannotSign,
}

/// Looks for the scheme's signature. `None` if the request has none of this scheme, right or wrong.
pub fn is_present(scheme: &Scheme, request: &Request) -> bool {
    request.headers.all(&scheme.header.name).any(|h| h.text().is_none_or(|value| scheme.header.concerns(value)))
}

/// Signs a request at `now`: sets the timestamp header, if the scheme has one, and the signature header.
///
/// `url` is the address that the provider would have been given. With several keys (a secret being rotated) a header that
/// can carry several signatures gets one of each; another gets the first.
///
/// # Errors
/// What the signature needs and is not there.
pub fn sign(scheme: &Scheme, request: &mut Request, url: &str, keys: &[Key], now: Timestamp) -> Result<(), SignError> {
    let written = scheme.timestamp.as_ref().filter(|rule| rule.json.is_none()).map(|rule| rule.unit.write(now));
    if let (Some(rule), Some(time)) = (&scheme.timestamp, &written)
        && let Some(name) = &rule.header
    {
        request.headers.set(name, time.clone());
    }
    let mut url = Cow::Borrowed(url);
    if scheme.kind == SchemeKind::Twilio {
        let before = request.target.len();
        twilio::add_body_hash(request);
        url = format!("{url}{}", &request.target[before..]).into();
    }
    if let (Some(rule), Some(Key::RsaSigner(signer))) = (&scheme.certificate, keys.first())
        && let Some(address) = signer.fields().get("certificate_url").and_then(|v| v.as_str())
    {
        request.headers.set(&rule.url_header, address.to_owned());
    }
    let timestamp = match (&scheme.timestamp, written) {
        (_, Some(time)) => Some(time),
        (Some(rule), None) => rule.json.as_ref().and_then(|path| path.locate(&request.body)),
        (None, None) => None,
    };
    let several = scheme.header.form != HeaderForm::Plain;
    let mut signatures = Vec::new();
    for key in keys.iter().take(if several { keys.len() } else { 1 }) {
        let fields = if let Key::RsaSigner(signer) = key { Some(signer.fields()) } else { None };
        let message = Message { request, url: Some(&url), timestamp: timestamp.as_deref(), secret_fields: fields };
        signatures.push(scheme.encoding().encode(&signature_of(scheme, &message, key)?));
    }
    request.headers.set(&scheme.header.name, scheme.header.write(&signatures, timestamp.as_deref()));
    Ok(())
}

fn signature_of(scheme: &Scheme, message: &Message<'_>, key: &Key) -> Result<Vec<u8>, SignError> {
    let content = || scheme.content.bytes(message).map_err(SignError::Missing);
    Ok(match key {
        Key::Hmac(key) if scheme.kind == SchemeKind::Twilio => {
            twilio::tag(key, message.request, message.url.unwrap_or_default())
        }
        Key::Hmac(key) => {
            let mut run = key.start();
            scheme.content.feed(message, |piece| run.update(piece)).map_err(SignError::Missing)?;
            run.finish()
        }
        Key::Token(token) => token.to_vec(),
        Key::Ed25519Private(key) => key.sign(&content()?),
        Key::EcdsaPrivate(key) => key.sign(&content()?),
        Key::RsaSigner(key) => key.sign(&content()?),
        Key::Ed25519Public(_) | Key::EcdsaPublic(_) | Key::Certificate(_) => return Err(SignError::CannotSign),
    })
}

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
    let found = read_header(scheme, request, checks)?;
    let timestamp = read_timestamp(scheme, request, &found, checks)?;
    let fields = if let Key::Certificate(key) = key { Some(key.fields()) } else { None };
    let message =
        Message { request, url, timestamp: timestamp.as_ref().map(|(text, _)| text.as_ref()), secret_fields: fields };
    judge_signature(scheme, key, &message, &found, checks)?;
    if let (Some(rule), Key::Certificate(key)) = (&scheme.certificate, key) {
        let address = request.headers.text(&rule.url_header).ok_or(Reason::HeaderMissing)?;
        let judged = key.judge(rule, address, now);
        checks.note("certificate", judged.is_ok(), || judged.clone().err().unwrap_or_else(|| address.to_owned()));
        judged.map_err(|_| Reason::Certificate)?;
    }
    if let (Some(rule), Some((_, at))) = (&scheme.timestamp, &timestamp) {
        let judged = rule.judge(*at, now, tolerance);
        checks.note("age", judged.is_ok(), || describe_age(*at, now, tolerance.unwrap_or(rule.tolerance)));
        judged?;
    }
    Ok(())
}

fn describe_age(at: Timestamp, now: Timestamp, tolerance: Tolerance) -> String {
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

/// What the signature header holds.
fn read_header<'a>(scheme: &Scheme, request: &'a Request, checks: &mut Checks) -> Result<Found<'a>, Reason> {
    let name = &scheme.header.name;
    let read = match only(request, name, "header", checks)?.text() {
        Some(text) => scheme.header.read(text).map_err(|e| e.to_string()),
        None => Err("it is not text".to_owned()),
    };
    checks.note("header", read.is_ok(), || match &read {
        Ok(found) if found.signatures.len() > 1 => format!("{name} with {} signatures", found.signatures.len()),
        Ok(_) => name.clone(),
        Err(error) => format!("{name}: {error}"),
    });
    read.map_err(|_| Reason::HeaderMalformed)
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
    } else if let Some(path) = &rule.json {
        path.locate(&request.body).map(Cow::Owned)
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

/// Compares what was found with what should be.
fn judge_signature(
    scheme: &Scheme,
    key: &Key,
    message: &Message<'_>,
    found: &Found<'_>,
    checks: &mut Checks,
) -> Result<(), Reason> {
    if scheme.kind == SchemeKind::Twilio {
        return judge_twilio(scheme, key, message, found, checks);
    }
    if checks.0.is_some() && scheme.kind != SchemeKind::Token {
        note_content(scheme, message, checks);
    }
    let missing = |source: Source, checks: &mut Checks| {
        checks.note("content", false, || format!("{} is missing", source.describe()));
        match source {
            Source::Url => Reason::UrlMissing,
            Source::Secret(_) => Reason::SecretForm,
            _ => Reason::HeaderMissing,
        }
    };
    let expected = match key {
        Key::Hmac(key) => {
            let mut run = key.start();
            scheme.content.feed(message, |piece| run.update(piece)).map_err(|source| missing(source, checks))?;
            Some(run.finish())
        }
        Key::Token(token) => Some(token.to_vec()),
        _ => None,
    };
    let content = match &expected {
        Some(_) => Vec::new(),
        None => scheme.content.bytes(message).map_err(|source| missing(source, checks))?,
    };
    let encoding = scheme.encoding();
    let decoded: Vec<Vec<u8>> = found.signatures.iter().filter_map(|text| encoding.decode(text)).collect();
    if decoded.is_empty() {
        checks.note("signature", false, || format!("it is not {}", encoding.as_str()));
        return Err(Reason::HeaderMalformed);
    }
    // Every signature is compared, so that the time taken does not tell which one was right.
    let matched = decoded.iter().fold(false, |matched, signature| {
        let this = match (&expected, key) {
            (Some(expected), _) => same(expected, signature),
            (None, Key::Ed25519Public(key)) => key.verifies(&content, signature),
            (None, Key::EcdsaPublic(key)) => key.verifies(&content, signature),
            (None, Key::Certificate(key)) => key.verifies(&content, signature),
            (None, _) => false,
        };
        matched | this
    });
    checks.note("signature", matched, || describe_signature(scheme, expected.as_deref(), found, matched));
    if matched { Ok(()) } else { Err(Reason::SignatureMismatch) }
}

fn judge_twilio(
    scheme: &Scheme,
    key: &Key,
    message: &Message<'_>,
    found: &Found<'_>,
    checks: &mut Checks,
) -> Result<(), Reason> {
    let (Key::Hmac(key), request) = (key, message.request) else { return Err(Reason::SecretForm) };
    let Some(url) = message.url else {
        checks.note("content", false, || "the address is not known".to_owned());
        return Err(Reason::UrlMissing);
    };
    let proof = twilio::body_proof(request, url);
    let covered = matches!(proof, BodyProof::Fields | BodyProof::Absent | BodyProof::Hash);
    checks.note("content", covered, || match proof {
        BodyProof::Fields => format!("{url} and the sorted form fields"),
        BodyProof::Absent | BodyProof::Hash => url.to_owned(),
        BodyProof::WrongHash => "bodySHA256 in the address is not the hash of the body".to_owned(),
        BodyProof::None => "the body is no form, and the address has no bodySHA256".to_owned(),
    });
    let signature = found.signatures.first().and_then(|text| scheme.encoding().decode(text));
    let Some(signature) = signature else {
        checks.note("signature", false, || format!("it is not {}", scheme.encoding().as_str()));
        return Err(Reason::HeaderMalformed);
    };
    let tags: Vec<Vec<u8>> = twilio::address_forms(url).iter().map(|url| twilio::tag(key, request, url)).collect();
    let matched = tags.iter().fold(false, |matched, tag| matched | same(tag, &signature));
    checks.note("signature", matched, || describe_signature(scheme, tags.first().map(Vec::as_slice), found, matched));
    match (matched, covered) {
        (true, true) => Ok(()),
        (true, false) => Err(Reason::BodyMismatch),
        (false, _) => Err(Reason::SignatureMismatch),
    }
}

/// Length, beginning and hash of what is signed, so that it can be compared with what a handler saw.
fn note_content(scheme: &Scheme, message: &Message<'_>, checks: &mut Checks) {
    /// How much of the content is shown.
    const SHOWN: usize = 48;
    let (mut length, mut start, mut hash) = (0, Vec::new(), Sha256::new());
    let fed = scheme.content.feed(message, |piece| {
        length += piece.len();
        let room = SHOWN.saturating_sub(start.len()).min(piece.len());
        start.extend_from_slice(&piece[..room]);
        hash.update(piece);
    });
    if fed.is_ok() {
        let more = if length > SHOWN { "…" } else { "" };
        let start = String::from_utf8_lossy(&start).into_owned();
        let digest = hex::encode(hash.finalize());
        checks.note("content", true, || {
            format!("{} = {length} bytes, SHA-256 {}…: {start}{more}", scheme.content.as_str(), &digest[..16])
        });
    }
}

/// The beginnings of what was expected and found: enough to compare, too little to forge with.
fn describe_signature(scheme: &Scheme, expected: Option<&[u8]>, found: &Found<'_>, matched: bool) -> String {
    let short = |text: &str| {
        let start: String = text.chars().take(8).collect();
        if scheme.kind == SchemeKind::Token { "a token".to_owned() } else { format!("{start}…") }
    };
    let shown: Vec<String> = found.signatures.iter().map(|s| short(s)).collect();
    match (matched, expected) {
        (true, _) => format!("{} matches", shown.join(", ")),
        (false, Some(expected)) if scheme.kind != SchemeKind::Token => {
            format!("expected {}, found {}", short(&scheme.encoding().encode(expected)), shown.join(", "))
        }
        (false, _) => format!("{} does not match", shown.join(", ")),
    }
}
