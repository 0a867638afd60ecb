//! Who sent a recorded request: the keys that sign for them, and what they take for accepted.

use std::fmt;
use std::sync::Arc;

use super::Recorded;
use crate::deliver::Terms;
use crate::model::{Reason, Request, Timestamp, Verdict};
use crate::provider::{Provider, Verifier};
use crate::signature::{Checks, Key, Scheme, SignError, is_present, sign};

/// A provider, ready to sign.
pub struct Sender {
    /// The provider.
    pub provider: Arc<Provider>,
    /// Its schemes, by their place, with the keys that sign; none if nothing can.
    pub keys: Vec<(usize, Vec<Key>)>,
    /// Whether no secret is known but the one that hookctl made for development.
    pub only_development: bool,
    /// What judges its requests.
    pub verifier: Arc<Verifier>,
    /// What counts as accepted.
    pub terms: Arc<Terms>,
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("provider", &self.provider.name).finish_non_exhaustive()
    }
}

impl Sender {
    /// Whether a request would be signed with the right secret: one that the user gave; or the development secret, if
    /// that is what signed it, or if nothing did.
    pub(super) fn knows_the_secret_of(&self, recorded: &Recorded, now: Timestamp) -> bool {
        let signed = || self.schemes().any(|(scheme, _)| is_present(scheme, &recorded.request));
        !self.keys.is_empty() && (!self.only_development || self.judge(recorded, now).0 == Verdict::Valid || !signed())
    }

    /// What a receiver with the right secret said of the request when it arrived, or says `now` if nobody knows when it did.
    pub(super) fn judge(&self, recorded: &Recorded, now: Timestamp) -> (Verdict, Option<Reason>) {
        let at = recorded.arrived_at.unwrap_or(now);
        let judged = self.verifier.judge(&recorded.request, recorded.url.as_deref(), at, None, Checks::off());
        (judged.verdict, judged.reason)
    }

    /// Signs a request with the schemes that it was signed with before; with all, if it was not.
    pub(super) fn sign(&self, request: &mut Request, url: &str, now: Timestamp) -> Result<(), SignError> {
        let before: Vec<bool> = self.schemes().map(|(scheme, _)| is_present(scheme, request)).collect();
        let any = before.contains(&true);
        for ((scheme, keys), present) in self.schemes().zip(before) {
            if present || !any {
                sign(scheme, request, url, keys, now)?;
            }
        }
        Ok(())
    }

    /// The schemes that sign, with their keys.
    pub(super) fn schemes(&self) -> impl Iterator<Item = (&Scheme, &[Key])> {
        let schemes: Vec<&Scheme> = self.provider.definition.schemes().collect();
        self.keys.iter().map(move |(at, keys)| (schemes[*at], keys.as_slice()))
    }

    /// Whether a header is one of its signatures, or the time of one.
    pub(super) fn signs_with(&self, name: &str) -> bool {
        self.provider.definition.schemes().any(|scheme| {
            let time = scheme.timestamp.as_ref().and_then(|rule| rule.header.as_deref());
            [Some(scheme.header.name.as_str()), time].into_iter().flatten().any(|one| one.eq_ignore_ascii_case(name))
        })
    }
}
