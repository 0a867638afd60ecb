//! Signing: a request gets its timestamp, what else the scheme adds, and its signature.

use std::borrow::Cow;

use super::content::{Message, Source};
use super::key::{Key, Material};
use super::scheme::{Scheme, SchemeKind};
use super::special::{contentful, plivo, twilio};
use super::{SignError, jwt};
use crate::model::{JsonPath, Request, Timestamp};

/// Signs a request at `now`: sets the timestamp header, if the scheme has one, and the signature. A request to which the
/// scheme does not apply (`when`) stays as it is.
///
/// `url` is the address that the provider would have been given. With several keys (a secret being rotated) a place that
/// can carry several signatures gets one of each; another gets the first.
///
/// # Errors
/// What the signature needs and is not there.
pub fn sign(scheme: &Scheme, request: &mut Request, url: &str, keys: &[Key], now: Timestamp) -> Result<(), SignError> {
    if !scheme.applies(request) {
        return Ok(());
    }
    let written = scheme.timestamp.as_ref().filter(|rule| !rule.is_in_body()).map(|rule| rule.unit.write(now));
    if let (Some(rule), Some(time)) = (&scheme.timestamp, &written)
        && let Some(name) = &rule.header
    {
        request.headers.set(name, time.clone());
    }
    let url = prepare(scheme, request, url, keys.first())?;
    let timestamp = match (&scheme.timestamp, written) {
        (_, Some(time)) => Some(time),
        (Some(rule), None) => super::verifying::time_in_body(rule, request),
        (None, None) => None,
    };
    match &scheme.each {
        None => sign_one(scheme, request, &url, keys, timestamp.as_deref(), now, None),
        Some(list) => {
            let count = list.elements(&request.body).map_or(0, |elements| elements.len());
            if count == 0 {
                return Err(SignError::NoPlace(format!("each element of {list}")));
            }
            (0..count)
                .try_for_each(|at| sign_one(scheme, request, &url, keys, timestamp.as_deref(), now, Some((list, at))))
        }
    }
}

/// What signing adds to a request beside time and signature. The address may grow.
fn prepare<'u>(
    scheme: &Scheme,
    request: &mut Request,
    url: &'u str,
    key: Option<&Key>,
) -> Result<Cow<'u, str>, SignError> {
    let field = |name: &str| key.and_then(|key| key.fields.get(name)).and_then(|value| value.as_str());
    if let (Some(name), Some(id)) = (&scheme.key.id_header, field("id")) {
        request.headers.set(name, id.to_owned());
    }
    if let (Some(rule), Some(address)) = (&scheme.certificate, field("certificate_url")) {
        if let Some(name) = &rule.url_header {
            request.headers.set(name, address.to_owned());
        }
        if let Some(path) = &rule.url_json {
            let body = path.replaced(&request.body, address);
            request.body = body.ok_or_else(|| SignError::NoPlace(format!("{path} (the certificate)")))?.into();
        }
    }
    match scheme.kind {
        SchemeKind::Twilio => {
            let before = request.target.len();
            twilio::add_body_hash(request);
            Ok(format!("{url}{}", &request.target[before..]).into())
        }
        SchemeKind::Contentful => {
            contentful::add_list(request);
            Ok(url.into())
        }
        _ => Ok(url.into()),
    }
}

fn sign_one(
    scheme: &Scheme,
    request: &mut Request,
    url: &str,
    keys: &[Key],
    timestamp: Option<&str>,
    now: Timestamp,
    each: Option<(&JsonPath, usize)>,
) -> Result<(), SignError> {
    let element = each.and_then(|(list, at)| list.element(at).locate_raw(&request.body).map(str::to_owned));
    let mut signatures = Vec::new();
    let mut prefix = String::new();
    for key in keys.iter().take(scheme.carrier.room()) {
        let message = Message {
            timestamp,
            secret: Some(&key.fields),
            fields: scheme.fields.as_ref(),
            item: element.as_deref().map(str::as_bytes),
            ..Message::new(request, Some(url))
        };
        let its = scheme.carrier.prefix.bytes(&message).map_err(SignError::Missing)?;
        let its = String::from_utf8_lossy(&its).into_owned();
        let signature = match (&scheme.jwt, &key.material) {
            (Some(rule), Material::Jwt(key)) => jwt::sign(scheme, rule, key, &message, now)?,
            _ => scheme.encoding().encode(&signature_of(scheme, &message, key)?),
        };
        // A prefix that names the secret belongs to its own signature; one that does not is the same for all.
        signatures.push(if keys.len() > 1 { format!("{its}{signature}") } else { signature });
        prefix = if keys.len() > 1 { String::new() } else { its };
    }
    scheme
        .carrier
        .set(request, each, &signatures, timestamp, &prefix)
        .map_err(|place| SignError::NoPlace(place.describe()))
}

fn signature_of(scheme: &Scheme, message: &Message<'_>, key: &Key) -> Result<Vec<u8>, SignError> {
    let content = || scheme.content.bytes(message).map_err(SignError::Missing);
    Ok(match &key.material {
        Material::Hmac(key) if scheme.kind == SchemeKind::Twilio => {
            twilio::tag(key, message.request, message.url.unwrap_or_default())
        }
        Material::Hmac(key) if scheme.kind == SchemeKind::Plivo => {
            let content = plivo::content(message.request, message.url.unwrap_or_default());
            let missing = || SignError::Missing(Source::Header(plivo::NONCE.to_owned()));
            plivo::tag(key, &content.ok_or_else(missing)?)
        }
        Material::Hmac(key) if scheme.kind == SchemeKind::Contentful => {
            let content = contentful::content(message.request);
            let missing = || SignError::Missing(Source::Header(contentful::SIGNED_HEADERS.to_owned()));
            contentful::tag(key, &content.ok_or_else(missing)?)
        }
        Material::Hmac(key) => {
            let mut run = key.start();
            scheme.content.feed(message, |piece| run.update(piece)).map_err(SignError::Missing)?;
            run.finish()
        }
        Material::Bytes(bytes) if scheme.kind == SchemeKind::Hash => {
            super::verifying::plain_hash(scheme, message, bytes).map_err(SignError::Missing)?
        }
        Material::Bytes(token) => token.to_vec(),
        Material::Ed25519Private(key) => key.sign(&content()?),
        Material::EcdsaPrivate(key) => key.sign(&content()?),
        Material::RsaPrivate(key) => key.sign(&content()?),
        Material::Ed25519Public(_)
        | Material::EcdsaPublic(_)
        | Material::RsaPublic(_)
        | Material::Certificate(_)
        | Material::Jwt(_) => return Err(SignError::CannotSign),
    })
}
