//! The verdict, and whether it lets a delivery in.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use super::answer::Decided;
use crate::diagnosis::{Case, Diagnosis, Effort, diagnose};
use crate::model::{Reason, Request, Secret, Timestamp, Verdict};
use crate::provider::{Judgement, KnownSecret, Provider, SecretOrigin, Verifier};
use crate::secrets::{SecretError, Secrets};
use crate::signature::{Checks, KeyUse, Tolerance};

/// Judges deliveries with the secrets that are known.
pub struct Verify {
    secrets: Arc<Secrets>,
    /// `--secret`, for this provider; for any, if none is named.
    given: Vec<Secret>,
    given_for: Option<String>,
    tolerance: Option<Tolerance>,
    public_url: Option<String>,
    required: bool,
    verifiers: RwLock<HashMap<String, Arc<Prepared>>>,
}

/// A verifier, and which secrets it was made with.
struct Prepared {
    verifier: Verifier,
    made_with: MadeWith,
}

#[derive(PartialEq, Eq)]
enum MadeWith {
    /// What the user gave: it stays.
    Given,
    /// The development secret as it was then.
    Development(Option<SystemTime>),
}

/// What [`Verify`] is made of.
pub struct VerifySettings {
    /// Where secrets are.
    pub secrets: Arc<Secrets>,
    /// Secrets that the user gave.
    pub given: Vec<Secret>,
    /// The provider that they are for; any provider, if none is named.
    pub given_for: Option<String>,
    /// Replaces the providers' own tolerances.
    pub tolerance: Option<Tolerance>,
    /// The address that providers were given.
    pub public_url: Option<String>,
    /// Whether a delivery that is not valid is answered 401.
    pub required: bool,
}

impl Verify {
    /// Nothing is read before the first delivery of a provider.
    pub fn new(settings: VerifySettings) -> Self {
        Self {
            secrets: settings.secrets,
            given: settings.given,
            given_for: settings.given_for,
            tolerance: settings.tolerance,
            public_url: settings.public_url,
            required: settings.required,
            verifiers: RwLock::default(),
        }
    }

    /// Judges a request that arrived at `now`.
    pub fn judge(&self, provider: Option<&Arc<Provider>>, request: &Request, now: Timestamp) -> Judgement {
        let Some(provider) = provider else {
            return Judgement::plain(Verdict::UnknownProvider, Reason::ProviderUnknown);
        };
        let Ok(prepared) = self.prepared(provider, false) else {
            return Judgement::plain(Verdict::NoSecret, Reason::SecretUnknown);
        };
        let judge = |prepared: &Prepared| {
            let address = || crate::model::address::seen(request, self.public_url.as_deref());
            let url = prepared.verifier.signs_url().then(address).flatten();
            prepared.verifier.judge(request, url.as_deref(), now, self.tolerance, Checks::off())
        };
        let judgement = judge(&prepared);
        // Another process may have made or rotated the development secret since.
        if judgement.verdict == Verdict::NoSecret
            && let MadeWith::Development(stamp) = prepared.made_with
            && stamp != self.secrets.development_stamp(&provider.name)
            && let Ok(renewed) = self.prepared(provider, true)
        {
            return judge(&renewed);
        }
        judgement
    }

    /// Judges a request that arrived at `now` once more, looking at everything, and finds out why it is not valid.
    ///
    /// # Errors
    /// A secret cannot be read.
    pub fn explain(
        &self,
        provider: &Arc<Provider>,
        providers: &[Arc<Provider>],
        (request, now): (&Request, Timestamp),
        (checks, effort): (Checks, Effort),
    ) -> Result<(Judgement, Diagnosis), SecretError> {
        let url = crate::model::address::seen(request, self.public_url.as_deref());
        let known = self.known(provider)?;
        let verifier = Verifier::new(provider.clone(), &known);
        let judgement = verifier.judge(request, url.as_deref(), now, self.tolerance, checks);
        let given = self.given_for(provider);
        let secrets = self.secrets.named(provider, given)?;
        let others = self.secrets.others(&provider.name, given);
        let case = Case {
            provider,
            providers,
            request,
            url: url.as_deref(),
            secrets: &secrets,
            others: &others,
            judgement: &judgement,
            now,
        };
        let diagnosis = diagnose(&case, effort);
        Ok((judgement, diagnosis))
    }

    /// The refusal that a judgement leads to, if valid ones only are wanted.
    pub fn refusal(&self, judgement: &Judgement) -> Option<Decided> {
        (self.required && judgement.verdict != Verdict::Valid).then(|| Decided::not_valid(judgement))
    }

    fn prepared(&self, provider: &Arc<Provider>, renew: bool) -> Result<Arc<Prepared>, SecretError> {
        if !renew
            && let Some(prepared) =
                self.verifiers.read().unwrap_or_else(PoisonError::into_inner).get(provider.name.as_str())
        {
            return Ok(prepared.clone());
        }
        let stamp = self.secrets.development_stamp(&provider.name);
        // Making a key pair takes a while, once; the other deliveries must not wait for it.
        let known = tokio::task::block_in_place(|| self.known(provider))?;
        let made_with = if known.iter().any(|known| known.origin == SecretOrigin::Development) {
            MadeWith::Development(stamp.or_else(|| self.secrets.development_stamp(&provider.name)))
        } else {
            MadeWith::Given
        };
        let prepared = Arc::new(Prepared { verifier: Verifier::new(provider.clone(), &known), made_with });
        let mut verifiers = self.verifiers.write().unwrap_or_else(PoisonError::into_inner);
        verifiers.insert(provider.name.clone(), prepared.clone());
        Ok(prepared)
    }

    /// The secrets that are known for a provider.
    pub fn secrets_of(&self, provider: &Provider) -> Vec<KnownSecret> {
        tokio::task::block_in_place(|| self.known(provider)).unwrap_or_default()
    }

    fn known(&self, provider: &Provider) -> Result<Vec<KnownSecret>, SecretError> {
        self.secrets.known(provider, self.given_for(provider), KeyUse::Verify)
    }

    /// What `--secret` said, as far as it is for this provider.
    pub fn given_for(&self, provider: &Provider) -> &[Secret] {
        let concerned = self.given_for.as_ref().is_none_or(|name| *name == provider.name);
        if concerned { &self.given } else { &[] }
    }
}
