//! Who sent a recorded request: what signs for them, and what they take for accepted.

use std::fmt;
use std::sync::Arc;

use super::Recorded;
use crate::deliver::Terms;
use crate::deliver::renewal::Renewal;
use crate::deliver::signer::Signer;
use crate::model::{Reason, Timestamp, Verdict};
use crate::provider::{Provider, Verifier};
use crate::signature::{Checks, is_present};

/// A provider, ready to sign.
pub struct Sender {
    provider: Arc<Provider>,
    /// What signs; `None` if nothing can, or is to.
    signer: Option<Arc<Signer>>,
    renewal: Option<Arc<Renewal>>,
    /// Whether no secret is known but the one that hookctl made for development.
    only_development: bool,
    verifier: Verifier,
    terms: Arc<Terms>,
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("provider", &self.provider.name).finish_non_exhaustive()
    }
}

impl Sender {
    /// A provider with what signs for it, what judges its requests, and what it takes for accepted.
    pub fn new(
        provider: Arc<Provider>,
        signer: Option<Arc<Signer>>,
        verifier: Verifier,
        only_development: bool,
        terms: Arc<Terms>,
    ) -> Self {
        let renewal = signer.as_ref().and_then(Renewal::of);
        Self { provider, signer, renewal, only_development, verifier, terms }
    }

    /// The provider.
    pub fn provider(&self) -> &Provider {
        &self.provider
    }

    /// What counts as accepted, and what follows if it is not.
    pub fn terms(&self) -> &Arc<Terms> {
        &self.terms
    }

    /// What signs, if anything can.
    pub(super) fn signer(&self) -> Option<&Signer> {
        self.signer.as_deref().filter(|signer| !signer.schemes().is_empty())
    }

    /// How further attempts differ from the first.
    pub(super) fn renewal(&self) -> Option<Arc<Renewal>> {
        self.renewal.clone()
    }

    /// Whether a request would be signed with the right secret: one that the user gave; or the development secret, if
    /// that is what signed it, or if nothing did.
    pub(super) fn knows_the_secret_of(&self, recorded: &Recorded, now: Timestamp) -> bool {
        let Some(signer) = self.signer() else { return false };
        let signed = || signer.schemes().into_iter().any(|scheme| is_present(scheme, &recorded.request));
        !self.only_development || self.judge(recorded, now).0 == Verdict::Valid || !signed()
    }

    /// What a receiver with the right secret said of the request when it arrived, or says `now` if nobody knows when it did.
    pub(super) fn judge(&self, recorded: &Recorded, now: Timestamp) -> (Verdict, Option<Reason>) {
        let at = recorded.arrived_at.unwrap_or(now);
        let judged = self.verifier.judge(&recorded.request, recorded.url.as_deref(), at, None, Checks::off());
        (judged.verdict, judged.reason)
    }
}
