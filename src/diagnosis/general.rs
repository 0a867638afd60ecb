//! The search for all kinds of schemes but keyed hashes: the strict verification itself is asked about each change.
//!
//! Slower than `keyed.rs`, and right for whatever `signature/` can verify: nothing is a finding but what verifies.

use std::ops::ControlFlow;

use bytes::Bytes;

use super::body::Body;
use super::cause::{Cause, Change};
use super::content;
use super::difference::Difference;
use super::effort::{Budget, RanOut};
use super::secret;
use super::url;
use super::{Case, Hit};
use crate::model::{Request, Secret};
use crate::signature::scheme::{Algorithm, Encoding, Scheme, SchemeKind, Tolerance};
use crate::signature::{Checks, Key, KeyUse, verify};

/// What verifying with a key pair counts as, in recomputations of a keyed hash: about its time.
const PAIR: u64 = 40;

/// A key, and what was changed to come to it.
struct Prepared {
    key: Key,
    changes: Vec<Change>,
}

struct Search<'s> {
    case: &'s Case<'s>,
    budget: &'s mut Budget,
    hits: &'s mut Vec<Hit>,
}

impl Search<'_> {
    fn attempt(
        &mut self,
        scheme: &Scheme,
        key: &Prepared,
        (request, url): (&Request, Option<&str>),
        changes: &[Change],
    ) -> Result<(), RanOut> {
        let weight = if scheme.is_asymmetric() { PAIR } else { 1 };
        self.budget.spend(request.body.len(), weight)?;
        let verified =
            verify(scheme, &key.key, request, url, self.case.now, Some(Tolerance::Off), &mut Checks::off()).is_ok();
        let changes: Vec<Change> = changes.iter().chain(&key.changes).cloned().collect();
        if verified && !changes.is_empty() {
            let proof = format!("with that, the {} signature verifies", scheme.kind.as_str());
            let (now, then) = (&self.case.request.body, &request.body);
            let difference = (now != then).then(|| Difference::between(then, now));
            self.hits.push(Hit { changes, proof, difference });
        }
        Ok(())
    }

    fn keys(&self, scheme: &Scheme, others: bool) -> Vec<Prepared> {
        let mut keys = Vec::new();
        let mut add = |text: &str, changes: Vec<Change>| {
            if let Ok(key) = scheme.key(&Secret::new(text), KeyUse::Verify) {
                keys.push(Prepared { key, changes });
            }
        };
        for named in self.case.secrets {
            let text = named.secret.expose();
            if !others {
                add(text, Vec::new());
                continue;
            }
            for (text, changes) in secret::texts(text) {
                if !changes.is_empty() {
                    add(&text, changes);
                }
            }
        }
        if others {
            for named in self.case.others {
                let change = Change::new(Cause::SecretOther, format!("it is signed with {}", named.name));
                add(named.secret.expose(), vec![change]);
            }
        }
        keys
    }

    fn bodies(&mut self, scheme: &Scheme, keys: &[Prepared]) -> Result<(), RanOut> {
        if !scheme.signs_body() {
            return Ok(());
        }
        let case = self.case;
        let own = &case.provider.definition.request.json;
        let mut request = case.request.clone();
        let ended = Body::new(case.request, Some(own)).variants(|change, bytes: Bytes| {
            request.body = bytes;
            for key in keys {
                if self.attempt(scheme, key, (&request, case.url), std::slice::from_ref(&change)).is_err() {
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

    /// Other addresses, ids, methods and headers.
    fn contents(&mut self, scheme: &Scheme, keys: &[Prepared]) -> Result<(), RanOut> {
        let case = self.case;
        if scheme.signs_url() {
            for (address, changes) in url::addresses(case.url, case.request) {
                for key in keys {
                    self.attempt(scheme, key, (case.request, Some(&address)), &changes)?;
                }
            }
        }
        let mut request = case.request.clone();
        if let Some((header, ids)) = content::ids(scheme, case.request) {
            for (id, change) in ids {
                request.headers.set(&header, id);
                for key in keys {
                    self.attempt(scheme, key, (&request, case.url), std::slice::from_ref(&change))?;
                }
            }
            request = case.request.clone();
        }
        for (method, change) in content::methods(scheme, case.request) {
            request.method = method;
            for key in keys {
                self.attempt(scheme, key, (&request, case.url), std::slice::from_ref(&change))?;
            }
        }
        let own = scheme.carrier.headers().next().map(std::borrow::Cow::into_owned);
        if let Some(own) = own {
            for header in &case.request.headers {
                let Some(value) = header.text().filter(|text| text.len() >= 8) else { continue };
                if header.name().eq_ignore_ascii_case(&own) {
                    continue;
                }
                let mut request = case.request.clone();
                request.headers.set(&own, value.to_owned());
                let change = [Change::new(Cause::HeaderOther, format!("the right signature is in {}", header.name()))];
                for key in keys {
                    self.attempt(scheme, key, (&request, case.url), &change)?;
                }
            }
        }
        Ok(())
    }

    /// The scheme with another encoding or hash of the signature, or another reading of the secret.
    fn schemes(&mut self, scheme: &Scheme) -> Result<(), RanOut> {
        let case = self.case;
        let mut others: Vec<(Scheme, Change)> = Vec::new();
        for encoding in [Encoding::Hex, Encoding::HexUpper, Encoding::Base64, Encoding::Base64url] {
            if encoding != scheme.encoding() && scheme.kind != SchemeKind::Token && scheme.kind != SchemeKind::Jwt {
                let detail = format!("it is written as {}, not as {}", encoding.as_str(), scheme.encoding().as_str());
                others.push((scheme.with_encoding(encoding), Change::new(Cause::Encoding, detail)));
            }
        }
        for algorithm in [Algorithm::Sha256, Algorithm::Sha1, Algorithm::Sha512, Algorithm::Sha384, Algorithm::Md5] {
            let has_one = matches!(scheme.kind, SchemeKind::Hash | SchemeKind::Hmac | SchemeKind::Plivo);
            if has_one && algorithm != scheme.algorithm {
                let detail = format!("it is made with {}, not with {}", algorithm.as_str(), scheme.algorithm.as_str());
                let mut other = scheme.clone();
                other.algorithm = algorithm;
                others.push((other, Change::new(Cause::Algorithm, detail)));
            }
        }
        let decode = |decode| {
            let mut other = scheme.clone();
            other.key.decode = decode;
            other
        };
        if scheme.key.decode == Encoding::Text {
            for (form, name) in [(Encoding::Base64, "base64"), (Encoding::Hex, "hex")] {
                let change = Change::new(Cause::SecretNotDecoded, format!("the key is the secret decoded from {name}"));
                others.push((decode(form), change));
            }
        } else {
            let detail = "the key is the text of the secret, not decoded";
            others.push((decode(Encoding::Text), Change::new(Cause::SecretDecoded, detail)));
        }
        for (other, change) in others {
            for mut key in self.keys(&other, false) {
                key.changes.push(change.clone());
                self.attempt(&other, &key, (case.request, case.url), &[])?;
            }
        }
        Ok(())
    }
}

/// One change at a time.
pub(super) fn singles(
    case: &Case<'_>,
    scheme: &Scheme,
    budget: &mut Budget,
    hits: &mut Vec<Hit>,
) -> Result<(), RanOut> {
    let mut search = Search { case, budget, hits };
    for key in search.keys(scheme, true) {
        let usual = (case.request, case.url);
        search.attempt(scheme, &key, usual, &[])?;
    }
    search.schemes(scheme)?;
    let usual = search.keys(scheme, false);
    search.contents(scheme, &usual)?;
    search.bodies(scheme, &usual)
}

/// Another secret with another body or address.
pub(super) fn pairs(case: &Case<'_>, scheme: &Scheme, budget: &mut Budget, hits: &mut Vec<Hit>) -> Result<(), RanOut> {
    let mut search = Search { case, budget, hits };
    let others = search.keys(scheme, true);
    search.contents(scheme, &others)?;
    search.bodies(scheme, &others)
}
