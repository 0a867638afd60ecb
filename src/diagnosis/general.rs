//! The search for all kinds of schemes but keyed hashes: the strict verification itself is asked about each change.
//!
//! Slower than `keyed.rs`, and right for whatever `signature/` can verify: nothing is a finding but what verifies.

use std::borrow::Cow;

use super::alternative::{self, Alternative};
use super::body;
use super::cause::{Cause, Change};
use super::content;
use super::difference::Difference;
use super::effort::Ended;
use super::keyed::{ANY, Tally};
use super::secret;
use super::{Case, Hit};
use crate::model::{Request, Secret};
use crate::signature::scheme::{Algorithm, Encoding, Scheme, SchemeKind, Tolerance};
use crate::signature::{Checks, Key, KeyUse, verify};

/// What verifying with a key pair counts as, in recomputations of a keyed hash: about its time.
const PAIR: u64 = 40;

/// A header's value that is shorter is no signature.
const SHORTEST: usize = 8;

/// Whether the signature is right as it is: then it is another scheme's that is not, and nothing about this one tells why.
pub(super) fn is_right(case: &Case<'_>, scheme: &Scheme) -> bool {
    let verifies = |key: &Key| {
        verify(scheme, key, case.request, case.url, case.now, Some(Tolerance::Off), &mut Checks::off()).is_ok()
    };
    let keys = case.secrets.iter().filter_map(|named| scheme.key(&named.secret, KeyUse::Verify).ok());
    keys.into_iter().any(|key| verifies(&key))
}

/// One change at a time.
pub(super) fn singles(case: &Case<'_>, scheme: &Scheme, tally: &mut Tally<'_>) -> Result<(), Ended> {
    let mut search = Search { case, scheme, tally };
    let as_it_is = [Alternative::usual(case)];
    let others = search.other_keys(scheme);
    search.try_contents(&others, &as_it_is)?;
    search.other_schemes()?;
    let keys = search.usual_keys(scheme);
    search.other_headers(&keys)?;
    let own_time = content::own_timestamp(scheme, case.request);
    search.try_contents(&keys, &alternative::singles(case, scheme, own_time.as_deref()))?;
    search.tally.settled_by(1)?;
    search.try_bodies(&keys, &as_it_is)
}

/// Several parts of the address, another secret with something else, another body with either.
pub(super) fn pairs(case: &Case<'_>, scheme: &Scheme, tally: &mut Tally<'_>) -> Result<(), Ended> {
    let mut search = Search { case, scheme, tally };
    let own_time = content::own_timestamp(scheme, case.request);
    let (usual, others) = (search.usual_keys(scheme), search.other_keys(scheme));
    search.try_contents(&usual, &alternative::several(case, scheme))?;
    search.try_contents(&others, &alternative::singles(case, scheme, own_time.as_deref()))?;
    search.try_bodies(&others, &[Alternative::usual(case)])?;
    search.try_bodies(&usual, &alternative::few(case, scheme, own_time.as_deref()))
}

/// The scheme as it is, with the secrets as they are: for a scheme of another provider, which is the change.
pub(super) fn as_it_is(case: &Case<'_>, scheme: &Scheme, change: &Change, tally: &mut Tally<'_>) -> Result<(), Ended> {
    let mut search = Search { case, scheme, tally };
    let keys = search.usual_keys(scheme);
    search.try_contents(&keys, &[Alternative { changes: vec![change.clone()], ..Alternative::usual(case) }])
}

/// A key, and what was changed to come to it.
struct Prepared {
    key: Key,
    changes: Vec<Change>,
}

struct Search<'s, 't> {
    case: &'s Case<'s>,
    scheme: &'s Scheme,
    tally: &'s mut Tally<'t>,
}

impl Search<'_, '_> {
    /// Asks whether a request verifies, and keeps what led there.
    fn attempt(
        &mut self,
        scheme: &Scheme,
        key: &Key,
        (request, url): (&Request, Option<&str>),
        changes: &[&[Change]],
    ) -> Result<(), Ended> {
        let weight = if scheme.is_asymmetric() { PAIR } else { 1 };
        self.tally.budget.spend(request.body.len(), weight)?;
        let verified =
            verify(scheme, key, request, url, self.case.now, Some(Tolerance::Off), &mut Checks::off()).is_ok();
        let changes = changes.concat();
        if verified && !changes.is_empty() {
            let proof = format!("with that, the {} signature verifies", scheme.kind.as_str());
            let (now, then) = (&self.case.request.body, &request.body);
            let difference = (now != then).then(|| Difference::between(then, now));
            self.tally.hits.push(Hit { changes, proof, difference });
        }
        Ok(())
    }

    fn usual_keys(&self, scheme: &Scheme) -> Vec<Prepared> {
        let texts = self.case.secrets.iter().map(|named| named.secret.expose());
        texts.filter_map(|text| prepared(scheme, text, Vec::new())).collect()
    }

    fn other_keys(&self, scheme: &Scheme) -> Vec<Prepared> {
        let mut keys = Vec::new();
        for named in self.case.secrets {
            let texts = secret::texts(named.secret.expose()).into_iter().filter(|(_, changes)| !changes.is_empty());
            keys.extend(texts.filter_map(|(text, changes)| prepared(scheme, &text, changes)));
        }
        for named in self.case.others {
            let change = Change::new(Cause::SecretOther, format!("it is signed with {}", named.name));
            keys.extend(prepared(scheme, named.secret.expose(), vec![change]));
        }
        keys
    }

    /// The body as it is, with every key over every content.
    fn try_contents(&mut self, keys: &[Prepared], contents: &[Alternative<'_>]) -> Result<(), Ended> {
        for content in contents {
            let Some(scheme) = content.scheme(self.scheme) else { continue };
            for Prepared { key, changes } in keys {
                let signed = (&*content.request, content.url.as_deref());
                self.attempt(&scheme, key, signed, &[&content.changes, changes])?;
            }
        }
        Ok(())
    }

    /// Every body that may have been signed, with every key over every content.
    fn try_bodies(&mut self, keys: &[Prepared], contents: &[Alternative<'_>]) -> Result<(), Ended> {
        if !self.scheme.signs_body() {
            return Ok(());
        }
        let own = self.scheme;
        let contents: Vec<(Cow<'_, Scheme>, &Alternative<'_>)> =
            contents.iter().filter_map(|content| Some((content.scheme(own)?, content))).collect();
        body::each(self.case, |change, bytes| {
            if change.cause == Cause::BodyReserialized {
                self.tally.budget.written(bytes.len())?;
            }
            for (scheme, content) in &contents {
                let request = Request { body: bytes.clone(), ..content.request.clone().into_owned() };
                for Prepared { key, changes } in keys {
                    let all: [&[Change]; 3] = [std::slice::from_ref(&change), &content.changes, changes];
                    self.attempt(scheme, key, (&request, content.url.as_deref()), &all)?;
                    self.tally.settled_by(ANY)?;
                }
            }
            Ok(())
        })
    }

    /// The signature in another header of the request.
    fn other_headers(&mut self, keys: &[Prepared]) -> Result<(), Ended> {
        let (case, scheme) = (self.case, self.scheme);
        let Some(own) = scheme.carrier.headers().next().map(Cow::into_owned) else { return Ok(()) };
        for header in case.request.headers.iter().filter(|header| !header.name().eq_ignore_ascii_case(&own)) {
            let Some(value) = header.text().filter(|text| text.len() >= SHORTEST) else { continue };
            let mut request = case.request.clone();
            request.headers.set(&own, value.to_owned());
            let change = [Change::new(Cause::HeaderOther, format!("the right signature is in {}", header.name()))];
            for Prepared { key, changes } in keys {
                self.attempt(scheme, key, (&request, case.url), &[&change, changes])?;
            }
        }
        Ok(())
    }

    /// The scheme with another encoding or hash of the signature, or another reading of the secret.
    fn other_schemes(&mut self) -> Result<(), Ended> {
        let case = self.case;
        for (other, change) in variants(self.scheme) {
            for Prepared { key, .. } in self.usual_keys(&other) {
                self.attempt(&other, &key, (case.request, case.url), &[std::slice::from_ref(&change)])?;
            }
        }
        Ok(())
    }
}

fn prepared(scheme: &Scheme, text: &str, changes: Vec<Change>) -> Option<Prepared> {
    Some(Prepared { key: scheme.key(&Secret::new(text), KeyUse::Verify).ok()?, changes })
}

/// A scheme with another encoding, another hash, or another way from the secret to the key.
fn variants(scheme: &Scheme) -> Vec<(Scheme, Change)> {
    let mut found: Vec<(Scheme, Change)> = Vec::new();
    for encoding in [Encoding::Hex, Encoding::HexUpper, Encoding::Base64, Encoding::Base64url] {
        if encoding != scheme.encoding() && scheme.kind != SchemeKind::Token && scheme.kind != SchemeKind::Jwt {
            let written = if encoding == Encoding::HexUpper { "hex in capitals" } else { encoding.as_str() };
            let detail = format!("it is written as {written}, not as {}", scheme.encoding().as_str());
            found.push((scheme.with_encoding(encoding), Change::new(Cause::Encoding, detail)));
        }
    }
    for algorithm in [Algorithm::Sha256, Algorithm::Sha1, Algorithm::Sha512, Algorithm::Sha384, Algorithm::Md5] {
        let has_one = matches!(scheme.kind, SchemeKind::Hash | SchemeKind::Hmac | SchemeKind::Plivo);
        if has_one && algorithm != scheme.algorithm {
            let detail = format!("it is made with {}, not with {}", algorithm.as_str(), scheme.algorithm.as_str());
            let mut other = scheme.clone();
            other.algorithm = algorithm;
            found.push((other, Change::new(Cause::Algorithm, detail)));
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
            found.push((decode(form), change));
        }
    } else {
        let detail = "the key is the text of the secret, not decoded";
        found.push((decode(Encoding::Text), Change::new(Cause::SecretDecoded, detail)));
    }
    found
}
