//! Causes that need no recomputing: they are plain to see in the request or in the judgement.

use super::cause::Cause;
use super::found::ALGORITHMS;
use super::{Case, Finding, is_keyed};
use crate::model::{Header, Reason};
use crate::signature::content::Message;
use crate::signature::{Scheme, is_present};

/// What is plain to see.
pub(super) fn findings(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut add = |cause, detail: String| {
        found.push(Finding::plain(cause, detail));
    };
    if let Some((announced, there)) = truncated(case) {
        add(Cause::BodyTruncated, format!("Content-Length says {announced} bytes, the body has {there}"));
    }
    let check = |name: &str| {
        case.judgement.checks.iter().find(|check| check.name == name && !check.ok).map(|check| check.detail.clone())
    };
    match case.judgement.reason {
        Some(Reason::TimestampStale) => {
            add(Cause::TimestampStale, check("age").unwrap_or_else(|| "older than the tolerance".to_owned()));
        }
        Some(Reason::TimestampFuture) => {
            add(Cause::TimestampFuture, check("age").unwrap_or_else(|| "ahead of the clock".to_owned()));
        }
        Some(Reason::Certificate) => {
            add(Cause::Certificate, check("certificate").unwrap_or_else(|| "it is not acceptable".to_owned()));
        }
        Some(Reason::HeaderMissing) => add(Cause::HeaderMissing, missing(case)),
        Some(Reason::HeaderMalformed) => {
            let names = ["header", "timestamp", "signature", "key"];
            let detail = names.iter().find_map(|name| check(name));
            add(Cause::HeaderMalformed, detail.unwrap_or_else(|| "it is not in this scheme's form".to_owned()));
        }
        _ => {}
    }
    found
}

/// A signature that no hash gives: it was cut off, or is something else.
pub(super) fn of_another_length(case: &Case<'_>) -> Option<Finding> {
    let decided =
        case.judgement.scheme.as_deref().filter(|_| case.judgement.reason == Some(Reason::SignatureMismatch))?;
    let scheme = case.provider.definition.schemes().find(|scheme| *scheme.id == *decided && is_keyed(scheme))?;
    let values = scheme.carrier.values(&Message::new(case.request, None)).ok()?;
    let prefix = scheme.carrier.prefix.as_literal()?;
    let found = values.iter().filter_map(|value| scheme.carrier.read(value, prefix).ok());
    let lengths: Vec<usize> = found
        .flat_map(|found| found.signatures.into_iter().map(str::to_owned).collect::<Vec<_>>())
        .filter_map(|text| scheme.encoding().decode(&text).map(|bytes| bytes.len()))
        .collect();
    let (wanted, _) = ALGORITHMS.iter().find(|(_, algorithm)| *algorithm == scheme.algorithm)?;
    let is_of_a_hash = |length: &usize| ALGORITHMS.iter().any(|(known, _)| known == length);
    (!lengths.is_empty() && !lengths.iter().any(is_of_a_hash)).then(|| {
        let name = scheme.algorithm.as_str().replace('-', "");
        let detail = format!("the signature has {} bytes, and an HMAC-{name} has {wanted}", lengths[0]);
        Finding::plain(Cause::HeaderMalformed, detail)
    })
}

/// A request that was captured without any body, though the scheme covers one.
pub(super) fn without_body(case: &Case<'_>) -> Option<Finding> {
    let is_wrong = matches!(
        case.judgement.reason,
        Some(Reason::SignatureMismatch | Reason::BodyMismatch | Reason::DevelopmentSecretOnly)
    );
    let covered = case.provider.definition.schemes().any(Scheme::signs_whole_body);
    (is_wrong && covered && case.request.body.is_empty() && case.request.method != "GET")
        .then(|| Finding::plain(Cause::BodyEmpty, "the capture has no body".to_owned()))
}

/// What `Content-Length` says and what is there, if that is less.
fn truncated(case: &Case<'_>) -> Option<(u64, u64)> {
    let announced: u64 = case.request.headers.text("content-length")?.trim().parse().ok()?;
    let there = case.request.body.len() as u64;
    (there < announced).then_some((announced, there))
}

/// The header that is not there, and those that look like it.
fn missing(case: &Case<'_>) -> String {
    let schemes: Vec<&Scheme> = case.provider.definition.schemes().collect();
    let mut wanted: Vec<String> = Vec::new();
    let mut want = |name: String| {
        let is_there = case.request.headers.contains(&name);
        if !is_there && !wanted.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
            wanted.push(name);
        }
    };
    match schemes.iter().find(|scheme| is_present(scheme, case.request)) {
        // There is a signature; what is missing goes with it.
        Some(scheme) => {
            scheme.requires.iter().cloned().for_each(&mut want);
            scheme.timestamp.iter().filter_map(|rule| rule.header.clone()).for_each(&mut want);
        }
        None => schemes.iter().flat_map(|scheme| scheme.carrier.headers()).for_each(|name| want(name.into_owned())),
    }
    let near: Vec<&str> = case
        .request
        .headers
        .iter()
        .map(Header::name)
        .filter(|name| wanted.iter().any(|wanted| resembles(name, wanted)))
        .collect();
    let absent = if wanted.is_empty() {
        "the signature is missing".to_owned()
    } else {
        format!("{} is missing", wanted.join(" or "))
    };
    if near.is_empty() { absent } else { format!("{absent}; there is {}", near.join(", ")) }
}

/// Whether a header's name is another form of the wanted one: `HTTP_X_HUB_SIGNATURE`, `x_hub_signature`, an older version.
fn resembles(name: &str, wanted: &str) -> bool {
    let plain = |name: &str| {
        let lower = name.to_ascii_lowercase().replace('_', "-");
        lower.strip_prefix("http-").unwrap_or(&lower).trim_start_matches("x-").to_owned()
    };
    let (name, wanted) = (plain(name), plain(wanted));
    let stem = |name: &str| {
        name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-').trim_end_matches("-sha").to_owned()
    };
    name == wanted
        || stem(&name) == stem(&wanted)
        || name.ends_with(&format!("-{wanted}"))
        || (name.contains("signature")
            && wanted.contains("signature")
            && name.split('-').next() == wanted.split('-').next())
}
