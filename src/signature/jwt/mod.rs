//! JSON Web Tokens (RFC 7519) whose claims say what is signed: LiveKit, MessageBird, Netlify, Plaid, Pub/Sub, Vonage.
//!
//! The algorithm is the scheme's, never the token's to choose; `none` does not exist. A token is valid when its signature,
//! its times and every claim that the scheme knows how to make come out right.

mod key;
mod rule;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

pub use self::key::{JwtKey, fresh_jwks};
pub use self::rule::{JwtAlgorithm, JwtRule};
use super::content::{Message, Source, Template};
use super::hmac::same;
use super::scheme::{Scheme, Tolerance};
use super::{Checks, SignError};
use crate::model::{Reason, Timestamp};

/// A token's three parts, decoded as far as anything is decided by them.
struct Token<'t> {
    algorithm: &'t str,
    key_id: Option<&'t str>,
    signed: &'t str,
    signature: Vec<u8>,
}

/// Makes the token for a message.
pub(super) fn sign(
    scheme: &Scheme,
    rule: &JwtRule,
    key: &JwtKey,
    message: &Message<'_>,
    now: Timestamp,
) -> Result<String, SignError> {
    let algorithm = rule.algorithms[0];
    let mut header = Map::new();
    header.insert("alg".to_owned(), algorithm.as_str().into());
    if let Some(id) = key.id() {
        header.insert("kid".to_owned(), id.into());
    }
    header.insert("typ".to_owned(), "JWT".into());
    let seconds = now.as_secs().to_string();
    let message = of_scheme(scheme, Message { timestamp: Some(&seconds), ..*message });

    let mut claims = Map::new();
    for (name, templates) in &rule.claims {
        match text_of(&templates[0], &message) {
            Ok(value) => drop(claims.insert(name.clone(), claim_of(&value))),
            Err(source) if is_left_out(&source) => {}
            Err(source) => return Err(SignError::Missing(source)),
        }
    }
    let after = |seconds: i64| Value::from(now.plus_secs(seconds).as_secs());
    if rule.issued {
        claims.insert("iat".to_owned(), after(0));
    }
    if let Some(before) = rule.not_before {
        claims.insert("nbf".to_owned(), after(-seconds_of(before)));
    }
    if let Some(lifetime) = rule.lifetime {
        claims.insert("exp".to_owned(), after(seconds_of(lifetime)));
    }
    for (name, value) in &rule.extra {
        let value = match value {
            rule::Extra::Text(template) => text_of(template, &message).map_err(SignError::Missing)?.into(),
            rule::Extra::Other(value) => value.clone(),
        };
        claims.insert(name.clone(), value);
    }
    let part = |map: Map<String, Value>| URL_SAFE_NO_PAD.encode(Value::Object(map).to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = key.sign(algorithm, signed.as_bytes()).ok_or(SignError::CannotSign)?;
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// Judges a token that was found.
pub(super) fn verify(
    scheme: &Scheme,
    rule: &JwtRule,
    key: &JwtKey,
    message: &Message<'_>,
    found: &str,
    (now, tolerance): (Timestamp, Option<Tolerance>),
    checks: &mut Checks,
) -> Result<(), Reason> {
    let malformed = |what: &'static str, checks: &mut Checks| {
        checks.note("token", false, || what.to_owned());
        Reason::HeaderMalformed
    };
    let header =
        found.split('.').next().and_then(decode).ok_or_else(|| malformed("it is no JSON Web Token", checks))?;
    let token = Token::of(found, &header).ok_or_else(|| malformed("it is no JSON Web Token", checks))?;
    let Some(algorithm) = rule.algorithms.iter().find(|a| a.as_str() == token.algorithm) else {
        return Err(malformed("it is not signed with the algorithm of this scheme", checks));
    };
    let matched = key.verifies(*algorithm, token.key_id, token.signed.as_bytes(), &token.signature);
    checks.note("signature", matched, || {
        format!("{} {}", token.algorithm, if matched { "matches" } else { "does not match" })
    });
    if !matched {
        return Err(Reason::SignatureMismatch);
    }
    let claims = token.signed.split('.').nth(1).and_then(decode);
    let claims = claims.ok_or_else(|| malformed("its claims are not JSON", checks))?;
    judge_claims(scheme, rule, message, &claims, checks)?;
    judge_times(scheme, rule, &claims, now, tolerance, checks)
}

impl<'t> Token<'t> {
    fn of(text: &'t str, header: &'t Map<String, Value>) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        // An extension that must be understood is one that is not.
        if signed.matches('.').count() != 1 || header.contains_key("crit") {
            return None;
        }
        Some(Self {
            algorithm: header.get("alg")?.as_str()?,
            key_id: header.get("kid").and_then(Value::as_str),
            signed,
            signature: URL_SAFE_NO_PAD.decode(signature).ok().filter(|signature| !signature.is_empty())?,
        })
    }
}

/// The times that say from when to when a token is good.
fn judge_times(
    scheme: &Scheme,
    rule: &JwtRule,
    claims: &Map<String, Value>,
    now: Timestamp,
    tolerance: Option<Tolerance>,
    checks: &mut Checks,
) -> Result<(), Reason> {
    let malformed = |name: &str, checks: &mut Checks| {
        checks.note("claims", false, || format!("{name} is missing or no time"));
        Reason::HeaderMalformed
    };
    let mut time = |name: &str, needed: bool| match (claims.get(name), needed) {
        (None, false) => Ok(None),
        (Some(value), _) => match value.as_i64().or_else(|| value.as_f64().map(whole_seconds)) {
            Some(seconds) => Ok(Some(Timestamp::from_secs(seconds))),
            None => Err(malformed(name, checks)),
        },
        (None, true) => Err(malformed(name, checks)),
    };
    let (expires, starts) = (time("exp", rule.lifetime.is_some())?, time("nbf", false)?);
    let claim = scheme.timestamp.as_ref().and_then(|rule| Some((rule, rule.claim.as_deref()?)));
    let signed_at = match claim {
        Some((rule, name)) => time(name, true)?.map(|at| (rule, at)),
        None => None,
    };
    let leeway = seconds_of(rule.leeway);
    // A tolerance that the user chose counts for all times.
    let (late, early) = match tolerance {
        Some(Tolerance::Off) => (None, None),
        Some(Tolerance::Within(chosen)) => (Some(seconds_of(chosen)), Some(seconds_of(chosen))),
        None => (Some(leeway), Some(leeway)),
    };
    if let (Some(at), Some(late)) = (expires, late) {
        let fine = now.as_secs() < at.as_secs().saturating_add(late.max(leeway));
        checks.note("age", fine, || format!("good until {at}"));
        if !fine {
            return Err(Reason::TimestampStale);
        }
    }
    if let (Some(at), Some(early)) = (starts, early) {
        let fine = now.as_secs() >= at.as_secs().saturating_sub(early.max(leeway));
        checks.note("age", fine, || format!("good from {at}"));
        if !fine {
            return Err(Reason::TimestampFuture);
        }
    }
    if let Some((rule, at)) = signed_at {
        let judged = rule.judge(at, now, tolerance);
        checks.note("age", judged.is_ok(), || {
            super::verifying::describe_age(at, now, tolerance.unwrap_or(rule.tolerance))
        });
        judged?;
    }
    Ok(())
}

/// The claims that the scheme knows how to make.
fn judge_claims(
    scheme: &Scheme,
    rule: &JwtRule,
    message: &Message<'_>,
    claims: &Map<String, Value>,
    checks: &mut Checks,
) -> Result<(), Reason> {
    let message = of_scheme(scheme, *message);
    for (name, templates) in &rule.claims {
        let found = claims.get(name).map(text_of_claim);
        let mut matched = false;
        for template in templates {
            match text_of(template, &message) {
                Ok(wanted) => {
                    let found = found.as_deref().unwrap_or_default();
                    matched |= same(wanted.as_bytes(), found.as_bytes());
                }
                Err(Source::Url) => {
                    checks.note("claims", false, || format!("{name} is of the address, and that is not known"));
                    return Err(Reason::UrlMissing);
                }
                Err(source) if is_left_out(&source) => matched |= found.is_none(),
                Err(_) => {}
            }
        }
        let of_body = templates.iter().any(|t| t.uses(|source| scheme.is_of_body(source)));
        checks.note("claims", matched, || match (matched, &found) {
            (true, _) => format!("{name} is right"),
            (false, None) => format!("{name} is missing"),
            (false, Some(_)) if of_body => format!("{name} is not of this body"),
            (false, Some(found)) => format!("{name} is '{found}'"),
        });
        if !matched {
            return Err(if of_body { Reason::BodyMismatch } else { Reason::ClaimMismatch });
        }
    }
    Ok(())
}

/// Whether a claim is left out because there is nothing to make it from: `{body|not_empty|…}` of an empty body.
fn is_left_out(source: &Source) -> bool {
    !matches!(source, Source::Url | Source::Secret(_))
}

fn of_scheme<'a>(scheme: &'a Scheme, message: Message<'a>) -> Message<'a> {
    Message { fields: scheme.fields.as_ref(), content: Some(&scheme.content), ..message }
}

fn text_of(template: &Template, message: &Message<'_>) -> Result<String, Source> {
    template.bytes(message).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// `true` and numbers are what they look like.
fn claim_of(text: &str) -> Value {
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => text.into(),
    }
}

fn text_of_claim(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn decode(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

fn seconds_of(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a time beyond i64 is none, and is far in the future or past all the same"
)]
fn whole_seconds(seconds: f64) -> i64 {
    seconds as i64
}

/// The token with its times moved by so many seconds, and its signature as it was: what `--tamper timestamp` sends.
pub fn with_times_moved(token: &str, seconds: i64) -> Option<String> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let mut claims = decode(claims)?;
    for name in ["iat", "nbf", "exp"] {
        if let Some(at) = claims.get(name).and_then(Value::as_i64) {
            claims.insert(name.to_owned(), at.saturating_add(seconds).into());
        }
    }
    Some(format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(Value::Object(claims).to_string())))
}
