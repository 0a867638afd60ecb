//! What may have been signed in place of what the scheme says, the body and the key apart: one list for all searches.

use std::borrow::Cow;

use super::cause::Change;
use super::{Case, content, url};
use crate::model::Request;
use crate::signature::content::{Source, Template};
use crate::signature::scheme::{Scheme, SchemeKind};

/// The likeliest of each sort, which are tried together with other bodies.
const FEW: usize = 12;

/// Times that are tried with a content that has one, of a scheme that has none.
const TIMES: usize = 8;

/// A request that was signed in another way.
pub(super) struct Alternative<'c> {
    /// What was signed, if it was put together otherwise.
    pub(super) template: Option<Template>,
    /// The request as it was.
    pub(super) request: Cow<'c, Request>,
    /// The address it was for.
    pub(super) url: Option<Cow<'c, str>>,
    /// The timestamp, if it was another one.
    pub(super) timestamp: Option<String>,
    /// What leads there.
    pub(super) changes: Vec<Change>,
}

impl<'c> Alternative<'c> {
    /// As it came.
    pub(super) fn usual(case: &'c Case<'_>) -> Self {
        Self {
            template: None,
            request: Cow::Borrowed(case.request),
            url: case.url.map(Cow::Borrowed),
            timestamp: None,
            changes: Vec::new(),
        }
    }

    /// A scheme that signs this: a content and a time of its own are written into it.
    pub(super) fn scheme<'s>(&self, scheme: &'s Scheme) -> Option<Cow<'s, Scheme>> {
        if self.template.is_none() && self.timestamp.is_none() {
            return Some(Cow::Borrowed(scheme));
        }
        let mut content = self.template.clone().unwrap_or_else(|| scheme.content.clone());
        if let Some(time) = &self.timestamp {
            content = content.as_str().replace("{timestamp}", time).parse().ok()?;
        }
        if content == scheme.content {
            return None;
        }
        let mut other = scheme.clone();
        other.content = content;
        Some(Cow::Owned(other))
    }
}

/// All that differ in one thing, likely ones first. `own_time` is the timestamp where the scheme has it.
pub(super) fn singles<'c>(case: &'c Case<'_>, scheme: &Scheme, own_time: Option<&str>) -> Vec<Alternative<'c>> {
    let mut found = times(case, scheme, own_time);
    found.extend(ids(case, scheme));
    found.extend(methods(case, scheme));
    found.extend(addresses(case, scheme).filter(|alternative| alternative.changes.len() == 1));
    found.extend(orders(case, scheme, own_time));
    found
}

/// Addresses that differ in several parts.
pub(super) fn several<'c>(case: &'c Case<'_>, scheme: &Scheme) -> Vec<Alternative<'c>> {
    addresses(case, scheme).filter(|alternative| alternative.changes.len() > 1).collect()
}

/// A few of each sort.
pub(super) fn few<'c>(case: &'c Case<'_>, scheme: &Scheme, own_time: Option<&str>) -> Vec<Alternative<'c>> {
    let mut found: Vec<Alternative<'c>> = times(case, scheme, own_time).into_iter().take(FEW).collect();
    found.extend(ids(case, scheme).take(FEW));
    found.extend(methods(case, scheme).take(FEW));
    found.extend(addresses(case, scheme).take(FEW));
    found.extend(orders(case, scheme, own_time).take(FEW));
    found
}

fn times<'c>(case: &'c Case<'_>, scheme: &Scheme, own_time: Option<&str>) -> Vec<Alternative<'c>> {
    if !scheme.content.uses(|source| *source == Source::Timestamp) {
        return Vec::new();
    }
    let times = content::timestamps(own_time, case.request).into_iter();
    let at = |(text, change)| Alternative { timestamp: Some(text), changes: vec![change], ..Alternative::usual(case) };
    times.map(at).collect()
}

fn ids<'c>(case: &'c Case<'_>, scheme: &Scheme) -> impl Iterator<Item = Alternative<'c>> {
    content::ids(scheme, case.request).into_iter().flat_map(move |(header, ids)| {
        ids.into_iter().map(move |(id, change)| {
            let mut request = case.request.clone();
            request.headers.set(&header, id);
            Alternative { request: Cow::Owned(request), changes: vec![change], ..Alternative::usual(case) }
        })
    })
}

fn methods<'c>(case: &'c Case<'_>, scheme: &Scheme) -> impl Iterator<Item = Alternative<'c>> {
    content::methods(scheme, case.request).into_iter().map(move |(method, change)| {
        let request = Request { method, ..case.request.clone() };
        Alternative { request: Cow::Owned(request), changes: vec![change], ..Alternative::usual(case) }
    })
}

fn addresses<'c>(case: &'c Case<'_>, scheme: &Scheme) -> impl Iterator<Item = Alternative<'c>> {
    let addresses = if scheme.signs_url() { url::addresses(case.url, case.request) } else { Vec::new() };
    addresses.into_iter().map(move |(address, changes)| Alternative {
        url: Some(Cow::Owned(address)),
        changes,
        ..Alternative::usual(case)
    })
}

fn orders<'c>(case: &'c Case<'_>, scheme: &Scheme, own_time: Option<&str>) -> impl Iterator<Item = Alternative<'c>> {
    let has_content = !scheme.kind.is_special() && !matches!(scheme.kind, SchemeKind::Token | SchemeKind::Jwt);
    let orders = if has_content { content::orders(scheme, case.request) } else { Vec::new() };
    let address = case.url.map(Cow::Borrowed);
    let address = address.or_else(|| crate::model::address::seen(case.request, None).map(Cow::Owned));
    // A scheme without a time of its own: any of the request's may be the one.
    let mut times = vec![None];
    if scheme.timestamp.is_none() {
        times = content::timestamps(None, case.request).into_iter().map(|(text, _)| Some(text)).take(TIMES).collect();
    } else if own_time.is_none() {
        times = Vec::new();
    }
    orders.into_iter().flat_map(move |(template, change)| {
        let uses_time = template.uses(|source| *source == Source::Timestamp);
        let times = if uses_time { times.clone() } else { vec![None] };
        let address = address.clone();
        times.into_iter().map(move |timestamp| Alternative {
            template: Some(template.clone()),
            url: address.clone(),
            timestamp,
            changes: vec![change.clone()],
            ..Alternative::usual(case)
        })
    })
}
