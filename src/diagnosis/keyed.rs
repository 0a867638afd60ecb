//! The search for keyed hashes, the scheme of most providers: every key over every content that may have been signed.

use super::alternative::{self, Alternative};
use super::body;
use super::cause::{Cause, Change};
use super::content;
use super::difference::Difference;
use super::effort::{Budget, Ended};
use super::found::{Candidates, Signatures};
use super::secret::{self, Usual};
use super::trial::{Frame, Opening, Parts, Prepared};
use super::{Case, Hit};
use crate::model::Secret;
use crate::signature::content::SecretFields;
use crate::signature::scheme::{Algorithm, Encoding, Scheme};
use crate::signature::{KeyUse, is_present};

/// A scheme applied to a request: what stays the same in all trials.
pub(super) struct Search<'s> {
    case: &'s Case<'s>,
    scheme: &'s Scheme,
    signatures: Signatures,
    fields: SecretFields,
    timestamp: Option<String>,
}

/// What a search may spend, and what it found.
pub(super) struct Tally<'t> {
    pub(super) budget: &'t mut Budget,
    pub(super) hits: &'t mut Vec<Hit>,
}

/// Any number of changes is enough.
pub(super) const ANY: usize = usize::MAX;

impl Tally<'_> {
    /// Ends the search if so many changes are enough.
    pub(super) fn settled_by(&self, changes: usize) -> Result<(), Ended> {
        let is_settled = self.hits.iter().any(|hit| hit.changes.len() <= changes);
        if is_settled { Err(Ended::Found) } else { Ok(()) }
    }
}

impl<'s> Search<'s> {
    /// `None`: there is nothing in the request that could be a signature.
    pub(super) fn new(case: &'s Case<'s>, scheme: &'s Scheme, candidates: &Candidates<'_>) -> Option<Self> {
        let fields = case.secrets.iter().find_map(|named| scheme.key(&named.secret, KeyUse::Verify).ok());
        let fields = fields.map(|key| key.fields).unwrap_or_default();
        let signatures = Signatures::of(scheme, case.request, candidates, &fields);
        let timestamp = content::own_timestamp(scheme, case.request);
        (!signatures.is_empty()).then_some(Self { case, scheme, signatures, fields, timestamp })
    }

    /// One change at a time.
    pub(super) fn singles(&self, tally: &mut Tally<'_>) -> Result<(), Ended> {
        let (everywhere, own) = (&self.signatures.all, self.own());
        let usual = [Alternative::usual(self.case)];
        self.try_contents(&self.usual_keys(everywhere), &usual, tally)?;
        tally.settled_by(1)?;
        self.try_contents(&self.other_keys(own), &usual, tally)?;
        tally.settled_by(1)?;
        let keys = self.usual_keys(own);
        self.try_contents(&keys, &alternative::singles(self.case, self.scheme, self.timestamp.as_deref()), tally)?;
        tally.settled_by(1)?;
        self.try_bodies(self.openings(&keys, &usual), 1, tally)
    }

    /// Two changes: what else is signed with another secret, several parts of the address, another body with either.
    pub(super) fn pairs(&self, tally: &mut Tally<'_>) -> Result<(), Ended> {
        if !is_present(self.scheme, self.case.request) {
            return Ok(());
        }
        let own_time = self.timestamp.as_deref();
        let (usual, others) = (self.usual_keys(self.own()), self.other_keys(self.own()));
        self.try_contents(&usual, &alternative::several(self.case, self.scheme), tally)?;
        self.try_contents(&others, &alternative::singles(self.case, self.scheme, own_time), tally)?;
        tally.settled_by(ANY)?;
        let (few, as_it_is) = (alternative::few(self.case, self.scheme, own_time), [Alternative::usual(self.case)]);
        let mut openings = self.openings(&others, &as_it_is);
        openings.extend(self.openings(&usual, &few));
        self.try_bodies(openings, ANY, tally)
    }

    /// The scheme as it is, with the secrets as they are: for a scheme of another provider, which is the change.
    pub(super) fn as_it_is(&self, change: &Change, tally: &mut Tally<'_>) -> Result<(), Ended> {
        let mut keys = self.usual_keys(&self.signatures.all);
        keys.iter_mut().for_each(|key| key.changes.push(change.clone()));
        self.try_contents(&keys, &[Alternative::usual(self.case)], tally)
    }

    /// The hashes of the signatures in the scheme's own place; where there are none, of all.
    fn own(&self) -> &[Algorithm] {
        if self.signatures.own.is_empty() { &self.signatures.all } else { &self.signatures.own }
    }

    fn parts(&self) -> Parts<'_> {
        Parts { scheme: self.scheme, secret: &self.fields, timestamp: self.timestamp.as_deref() }
    }

    /// The key that a secret's text gives, if it has the scheme's form.
    fn key_of(&self, text: &str) -> Option<zeroize::Zeroizing<Vec<u8>>> {
        self.scheme.key_bytes(&Secret::new(text)).ok()
    }

    fn usual_keys(&self, algorithms: &[Algorithm]) -> Vec<Prepared> {
        let keys = self.case.secrets.iter().filter_map(|named| self.key_of(named.secret.expose()));
        keys.map(|key| Prepared::new(&key, algorithms, Vec::new())).collect()
    }

    /// All other readings of the secrets, and all other secrets that are known.
    fn other_keys(&self, algorithms: &[Algorithm]) -> Vec<Prepared> {
        let usual_key = |text: &str| self.key_of(text);
        let form = &self.scheme.key;
        let usual = Usual { key: &usual_key, prefix: &form.prefix, decoded: form.decode != Encoding::Text };
        let is_plain = form.pair.is_none() && form.hash.is_none() && form.suffix.is_empty();
        let mut keys = Vec::new();
        for named in self.case.secrets {
            let text = named.secret.expose();
            if is_plain {
                let readings = secret::readings(text, usual).into_iter();
                keys.extend(readings.map(|reading| Prepared::new(&reading.key, algorithms, reading.changes)));
                continue;
            }
            for (text, changes) in secret::texts(text).into_iter().filter(|(_, changes)| !changes.is_empty()) {
                keys.extend(usual_key(&text).map(|key| Prepared::new(&key, algorithms, changes)));
            }
            let raw = Change::new(Cause::SecretPrefix, "the key is the whole secret, as it is written");
            keys.push(Prepared::new(text.as_bytes(), algorithms, vec![raw]));
        }
        for named in self.case.others {
            let change = || vec![Change::new(Cause::SecretOther, format!("it is signed with {}", named.name))];
            keys.extend(usual_key(named.secret.expose()).map(|key| Prepared::new(&key, algorithms, change())));
        }
        keys
    }

    fn openings<'o>(&'o self, keys: &'o [Prepared], contents: &'o [Alternative<'_>]) -> Vec<Opening<'o>> {
        let frames = contents.iter().filter_map(|content| Frame::new(self.parts(), content));
        frames.map(|frame| Opening::new(frame, keys)).collect()
    }

    /// The body as it is, with every key over every content.
    fn try_contents(
        &self,
        keys: &[Prepared],
        contents: &[Alternative<'_>],
        tally: &mut Tally<'_>,
    ) -> Result<(), Ended> {
        for content in contents {
            if let Some(frame) = Frame::new(self.parts(), content) {
                self.recompute(&mut Opening::new(frame, keys), None, tally)?;
            }
        }
        Ok(())
    }

    /// Every body that may have been signed, with each of these, until so many changes are enough.
    fn try_bodies(&self, mut openings: Vec<Opening<'_>>, changes: usize, tally: &mut Tally<'_>) -> Result<(), Ended> {
        body::each(self.case, |change, bytes| {
            if change.cause == Cause::BodyReserialized {
                tally.budget.written(bytes.len())?;
            }
            openings.iter_mut().try_for_each(|opening| self.recompute(opening, Some((&change, &bytes)), tally))?;
            tally.settled_by(changes)
        })
    }

    /// Recomputes a signature, and keeps it if it equals a found one.
    fn recompute(
        &self,
        opening: &mut Opening<'_>,
        other: Option<(&Change, &bytes::Bytes)>,
        tally: &mut Tally<'_>,
    ) -> Result<(), Ended> {
        let now = &self.case.request.body;
        let body = other.map_or(now, |(_, body)| body);
        let hits = &mut *tally.hits;
        let mut is_right = false;
        opening.recompute(self.parts(), body, &self.signatures, tally.budget, |found| {
            let of_body = other.map(|(change, _)| change);
            let changes: Vec<Change> =
                of_body.into_iter().chain(found.changes.into_iter().flatten()).cloned().collect();
            if changes.is_empty() {
                is_right = true;
                return;
            }
            let proof = format!(
                "HMAC-{} of {} ({} bytes) is {}…, as found",
                found.algorithm.as_str().replace('-', ""),
                found.template.as_str().replace('\n', "\\n"),
                found.length,
                &hex::encode(found.tag.as_bytes())[..8],
            );
            let difference = of_body.map(|_| Difference::between(body, now));
            hits.push(Hit { changes, proof, difference });
        })?;
        // The signature is right as it is: the judgement has another reason, which is plain to see.
        if is_right { Err(Ended::Found) } else { Ok(()) }
    }
}
