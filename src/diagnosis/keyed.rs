//! The search for keyed hashes, the scheme of most providers.
//!
//! Keys are prepared once and signatures decoded once; a trial is then one run of the hash and one look-up. One trial
//! covers every header, encoding and hash that the found signatures can have.

use std::ops::ControlFlow;

use bytes::Bytes;

use super::body::Body;
use super::cause::{Cause, Change};
use super::content;
use super::difference::Difference;
use super::effort::{Budget, RanOut};
use super::found::Signatures;
use super::secret::{self, Usual};
use super::url;
use super::{Case, Hit};
use crate::model::{Request, Secret};
use crate::signature::content::{Message, SecretFields, Source, Template};
use crate::signature::hmac::HmacKey;
use crate::signature::scheme::{Algorithm, Encoding, Scheme, SchemeKind};
use crate::signature::{KeyUse, is_present, time_in_body};

/// A key, prepared for every hash that one of the found signatures may have been made with.
struct Prepared {
    keys: Vec<(Algorithm, HmacKey)>,
    changes: Vec<Change>,
}

impl Prepared {
    fn new(key: &[u8], algorithms: &[Algorithm], changes: Vec<Change>) -> Self {
        let keys = algorithms.iter().map(|algorithm| (*algorithm, HmacKey::new(*algorithm, key))).collect();
        Self { keys, changes }
    }
}

/// What is signed in a trial.
struct Signed<'t> {
    template: &'t Template,
    request: &'t Request,
    url: Option<&'t str>,
    timestamp: Option<&'t str>,
}

/// A scheme applied to a request: what stays the same in all trials.
struct Search<'s> {
    case: &'s Case<'s>,
    scheme: &'s Scheme,
    signatures: Signatures,
    fields: SecretFields,
    timestamp: Option<String>,
    budget: &'s mut Budget,
    hits: &'s mut Vec<Hit>,
}

impl<'s> Search<'s> {
    /// `None`: there is nothing in the request that could be a signature.
    fn new(case: &'s Case<'s>, scheme: &'s Scheme, budget: &'s mut Budget, hits: &'s mut Vec<Hit>) -> Option<Self> {
        let fields = case.secrets.iter().find_map(|named| scheme.key(&named.secret, KeyUse::Verify).ok());
        let fields = fields.map(|key| key.fields).unwrap_or_default();
        let signatures = Signatures::of(scheme, case.request, &fields);
        if signatures.is_empty() {
            return None;
        }
        let timestamp = timestamp_of(scheme, case.request);
        Some(Self { case, scheme, signatures, fields, timestamp, budget, hits })
    }

    /// The usual keys, and if asked for all other readings of the secrets and all other secrets that are known.
    fn keys(&self, algorithms: &[Algorithm], others: bool) -> Vec<Prepared> {
        let usual_key = |text: &str| self.scheme.key_bytes(&Secret::new(text)).ok();
        let mut keys = Vec::new();
        for named in self.case.secrets {
            let text = named.secret.expose();
            if !others {
                keys.extend(usual_key(text).map(|key| Prepared::new(&key, algorithms, Vec::new())));
                continue;
            }
            let form = &self.scheme.key;
            let usual = Usual { key: &usual_key, prefix: &form.prefix, decoded: form.decode != Encoding::Text };
            let is_plain = form.pair.is_none() && form.hash.is_none() && form.suffix.is_empty();
            if is_plain {
                let readings = secret::readings(text, usual);
                keys.extend(
                    readings.into_iter().map(|reading| Prepared::new(&reading.key, algorithms, reading.changes)),
                );
            } else {
                let texts = secret::texts(text).into_iter().filter(|(_, changes)| !changes.is_empty());
                keys.extend(texts.filter_map(|(text, changes)| {
                    usual_key(&text).map(|key| Prepared::new(&key, algorithms, changes))
                }));
                let raw = Change::new(Cause::SecretPrefix, "the key is the whole secret, as it is written");
                keys.push(Prepared::new(text.as_bytes(), algorithms, vec![raw]));
            }
        }
        if others {
            for named in self.case.others {
                let change = || vec![Change::new(Cause::SecretOther, format!("it is signed with {}", named.name))];
                keys.extend(usual_key(named.secret.expose()).map(|key| Prepared::new(&key, algorithms, change())));
            }
        }
        keys
    }

    fn usual(&self) -> Signed<'s> {
        Signed { template: &self.scheme.content, request: self.case.request, url: self.case.url, timestamp: None }
    }

    /// Recomputes one signature with each hash of the key, and keeps what equals a found one.
    fn attempt(&mut self, key: &Prepared, signed: &Signed<'_>, changes: &[&[Change]]) -> Result<(), RanOut> {
        let message = Message {
            timestamp: signed.timestamp.or(self.timestamp.as_deref()),
            secret: Some(&self.fields),
            fields: self.scheme.fields.as_ref(),
            ..Message::new(signed.request, signed.url)
        };
        for (algorithm, prepared) in &key.keys {
            let mut run = prepared.start();
            let mut length = 0;
            let fed = signed.template.feed(&message, |piece| {
                length += piece.len();
                run.update(piece);
            });
            if fed.is_err() {
                return Ok(());
            }
            self.budget.spend(length, 1)?;
            let tag = run.finish();
            let Some(beside) = self.signatures.get(&tag) else { continue };
            let all: Vec<Change> =
                changes.iter().flat_map(|some| some.iter()).chain(&key.changes).chain(beside).cloned().collect();
            if all.is_empty() {
                // The signature is right as it is: the judgement has another reason.
                continue;
            }
            let start = &hex::encode(&tag)[..8];
            let proof = format!(
                "HMAC-{} of {length} bytes ({}) begins with {start}, as the one that was found does",
                algorithm.as_str().replace('-', ""),
                signed.template.as_str().replace('\n', "\\n"),
            );
            let (now, then) = (&self.case.request.body, &signed.request.body);
            let difference = (now != then).then(|| Difference::between(then, now));
            self.hits.push(Hit { changes: all, proof, difference });
        }
        Ok(())
    }

    /// Tries every key with every variant of the body.
    fn bodies(&mut self, keys: &[Prepared]) -> Result<(), RanOut> {
        let case = self.case;
        let own = &case.provider.definition.request.json;
        let body = Body::new(case.request, Some(own));
        let mut request = case.request.clone();
        let ended = body.variants(|change, bytes: Bytes| {
            request.body = bytes;
            let changes = [change];
            for key in keys {
                let signed = Signed { request: &request, ..self.usual() };
                if self.attempt(key, &signed, &[&changes]).is_err() {
                    return ControlFlow::Break(RanOut);
                }
            }
            ControlFlow::Continue(())
        });
        match ended {
            ControlFlow::Break(ran_out) => Err(ran_out),
            ControlFlow::Continue(()) => Ok(()),
        }
    }

    /// Tries every key with everything else that may have been signed.
    fn contents(&mut self, keys: &[Prepared]) -> Result<(), RanOut> {
        let (scheme, case) = (self.scheme, self.case);
        let timestamps = content::timestamps(self.timestamp.as_deref(), case.request);
        let signs_time = scheme.content.uses(|source| *source == Source::Timestamp);
        if signs_time {
            for (text, change) in &timestamps {
                let changes = std::slice::from_ref(change);
                for key in keys {
                    self.attempt(key, &Signed { timestamp: Some(text), ..self.usual() }, &[changes])?;
                }
            }
        }
        let mut request = case.request.clone();
        if let Some((header, ids)) = content::ids(scheme, case.request) {
            for (id, change) in ids {
                request.headers.set(&header, id);
                for key in keys {
                    self.attempt(key, &Signed { request: &request, ..self.usual() }, &[std::slice::from_ref(&change)])?;
                }
            }
            request = case.request.clone();
        }
        for (method, change) in content::methods(scheme, case.request) {
            request.method = method;
            for key in keys {
                self.attempt(key, &Signed { request: &request, ..self.usual() }, &[std::slice::from_ref(&change)])?;
            }
        }
        if scheme.signs_url() {
            for (address, changes) in url::addresses(case.url, case.request) {
                for key in keys {
                    self.attempt(key, &Signed { url: Some(&address), ..self.usual() }, &[&changes])?;
                }
            }
        }
        let seen = crate::model::address::seen(case.request, None);
        let address = case.url.or(seen.as_deref());
        for (template, change) in content::orders(scheme, case.request) {
            let changes = [change];
            // A scheme without a time of its own: any of the request's may be the one.
            let times = std::iter::once(None).chain(timestamps.iter().map(|(text, _)| Some(text.as_str())));
            let times = times.take(if signs_time || !template.uses(|s| *s == Source::Timestamp) { 1 } else { 8 });
            for timestamp in times {
                for key in keys {
                    let signed = Signed { template: &template, request: case.request, url: address, timestamp };
                    self.attempt(key, &signed, &[&changes])?;
                }
            }
        }
        Ok(())
    }
}

/// The timestamp where the scheme has it, as it is written, though the rest of its header be unreadable.
fn timestamp_of(scheme: &Scheme, request: &Request) -> Option<String> {
    let rule = scheme.timestamp.as_ref()?;
    if let Some(name) = &rule.header {
        return request.headers.text(name).map(str::to_owned);
    }
    if rule.is_in_body() {
        return time_in_body(rule, request);
    }
    let value = scheme.carrier.headers().find_map(|name| request.headers.text(&name))?;
    if let Some(time) = scheme.carrier.time_of(value) {
        return Some(time.to_owned());
    }
    let key = scheme.carrier.timestamp.as_deref()?;
    let bare = |text: &'_ str| text.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned();
    let mut pairs = value.split([',', ';', ' ', '&']).filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| bare(name) == key).map(|(_, time)| bare(time))
}

/// One change at a time.
pub(super) fn singles(
    case: &Case<'_>,
    scheme: &Scheme,
    budget: &mut Budget,
    hits: &mut Vec<Hit>,
) -> Result<(), RanOut> {
    let Some(mut search) = Search::new(case, scheme, budget, hits) else { return Ok(()) };
    let everywhere = search.signatures.all.clone();
    let own = if search.signatures.own.is_empty() { everywhere.clone() } else { search.signatures.own.clone() };
    for key in search.keys(&everywhere, false) {
        search.attempt(&key, &search.usual(), &[])?;
    }
    for key in search.keys(&own, true) {
        search.attempt(&key, &search.usual(), &[])?;
    }
    let usual = search.keys(&own, false);
    search.contents(&usual)?;
    search.bodies(&usual)
}

/// Two changes: what else is signed with another secret, a body with another secret, a body with another content.
pub(super) fn pairs(case: &Case<'_>, scheme: &Scheme, budget: &mut Budget, hits: &mut Vec<Hit>) -> Result<(), RanOut> {
    if !is_present(scheme, case.request) {
        return Ok(());
    }
    let Some(mut search) = Search::new(case, scheme, budget, hits) else { return Ok(()) };
    let own = search.signatures.own.clone();
    let others = search.keys(&own, true);
    search.contents(&others)?;
    let usual = search.keys(&own, false);
    search.bodies_and_contents(&usual)?;
    search.bodies(&others)
}

impl Search<'_> {
    /// Tries bodies together with other timestamps, orders and addresses, a few of each.
    fn bodies_and_contents(&mut self, keys: &[Prepared]) -> Result<(), RanOut> {
        /// The likeliest of each, beside every body.
        const FEW: usize = 12;
        let (scheme, case) = (self.scheme, self.case);
        let signs_time = scheme.content.uses(|source| *source == Source::Timestamp);
        let mut times = content::timestamps(self.timestamp.as_deref(), case.request);
        times.truncate(if signs_time { FEW } else { 0 });
        let mut orders = content::orders(scheme, case.request);
        orders.truncate(FEW);
        let mut addresses = if scheme.signs_url() { url::addresses(case.url, case.request) } else { Vec::new() };
        addresses.truncate(FEW);
        let own = &case.provider.definition.request.json;
        let body = Body::new(case.request, Some(own));
        let mut request = case.request.clone();
        let ended = body.variants(|change, bytes: Bytes| {
            request.body = bytes;
            let one = [change];
            let mut tried = Ok(());
            for key in keys {
                let mut attempt = |signed: Signed<'_>, other: &[Change]| {
                    if tried.is_ok() {
                        tried = self.attempt(key, &signed, &[&one, other]);
                    }
                };
                let usual = || Signed { template: &scheme.content, request: &request, url: case.url, timestamp: None };
                for (text, other) in &times {
                    attempt(Signed { timestamp: Some(text), ..usual() }, std::slice::from_ref(other));
                }
                for (address, others) in &addresses {
                    attempt(Signed { url: Some(address), ..usual() }, others);
                }
                for (template, other) in &orders {
                    attempt(Signed { template, ..usual() }, std::slice::from_ref(other));
                }
            }
            if tried.is_err() { ControlFlow::Break(RanOut) } else { ControlFlow::Continue(()) }
        });
        match ended {
            ControlFlow::Break(ran_out) => Err(ran_out),
            ControlFlow::Continue(()) => Ok(()),
        }
    }
}

/// The schemes of other providers, with the same secrets.
pub(super) fn of_other_providers(case: &Case<'_>, budget: &mut Budget, hits: &mut Vec<Hit>) -> Result<(), RanOut> {
    let others = case.providers.iter().filter(|provider| provider.name != case.provider.name);
    for provider in others {
        let title = &provider.definition.title;
        for scheme in
            provider.definition.schemes().filter(|scheme| scheme.kind == SchemeKind::Hmac && scheme.each.is_none())
        {
            let Some(mut search) = Search::new(case, scheme, budget, hits) else { continue };
            let algorithms = search.signatures.all.clone();
            let before = search.hits.len();
            for named in case.secrets {
                let Ok(key) = scheme.key_bytes(&named.secret) else { continue };
                let change =
                    Change::new(Cause::SchemeOtherProvider, format!("it is signed as {title} signs ({})", scheme.id));
                let prepared = Prepared { changes: vec![change], ..Prepared::new(&key, &algorithms, Vec::new()) };
                search.attempt(&prepared, &search.usual(), &[])?;
            }
            // Where the signature stands is part of another provider's way, not a further change.
            for hit in &mut hits[before..] {
                hit.changes.truncate(1);
            }
            if hits.len() > before {
                return Ok(());
            }
        }
    }
    Ok(())
}
