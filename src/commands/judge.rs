//! Judging requests of any provider, as `verify` and `import` do: who sent it, with which secrets, as of when.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use super::Context;
use crate::clock;
use crate::diagnosis::{Case, Diagnosis, Effort, diagnose};
use crate::error::Failure;
use crate::formats::Capture;
use crate::model::{Header, Reason, Secret, Timestamp, Verdict};
use crate::provider::detect::{Detector, named_by_path};
use crate::provider::{Catalog, Judgement, KnownSecret, Provider, SecretOrigin, Verifier};
use crate::secrets::Secrets;
use crate::signature::{Checks, KeyUse, Tolerance};

/// What the user said about how to judge.
pub(super) struct Said<'a> {
    /// `--secret`, as it was typed.
    pub(super) secrets: &'a [String],
    /// `--provider`.
    pub(super) provider: Option<&'a str>,
    /// The time to judge at, whenever a request arrived.
    pub(super) at: Option<Timestamp>,
    /// `--tolerance`.
    pub(super) tolerance: Option<Tolerance>,
}

/// Judges captures, from several threads at once.
pub(super) struct Judge {
    given: Vec<Secret>,
    secrets: Secrets,
    catalog: Catalog,
    named: Option<String>,
    at: Option<Timestamp>,
    tolerance: Option<Tolerance>,
    public_url: Option<String>,
    detector: OnceLock<Detector>,
    verifiers: RwLock<HashMap<String, Arc<Verifier>>>,
    /// All of them, once one is needed for a diagnosis.
    providers: OnceLock<Vec<Arc<Provider>>>,
    /// What judges with secrets that anonymised exports bring along, by provider.
    throwaway: RwLock<HashMap<String, (Secret, Arc<Verifier>)>>,
}

impl Judge {
    /// A judge. A misspelt provider is told before anything is judged.
    pub(super) fn new(context: &Context, said: &Said<'_>) -> Result<Self, Failure> {
        let secrets = context.secrets();
        let judge = Self {
            given: Context::given_secrets(&secrets, said.secrets)?,
            secrets,
            catalog: context.catalog()?,
            named: said.provider.map(str::to_owned),
            at: said.at,
            tolerance: said.tolerance.or(context.config.verify.tolerance.as_ref().map(|setting| setting.value)),
            public_url: context.config.listen.public_url.as_ref().map(|setting| setting.value.as_str().to_owned()),
            detector: OnceLock::new(),
            verifiers: RwLock::default(),
            providers: OnceLock::new(),
            throwaway: RwLock::default(),
        };
        if let Some(name) = &judge.named {
            judge.catalog.get(name)?;
        }
        Ok(judge)
    }

    /// All providers.
    pub(super) fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The address that the user says providers were given.
    pub(super) fn public_url(&self) -> Option<&str> {
        self.public_url.as_deref()
    }

    /// Who sent it, and whether it is theirs.
    pub(super) fn judge(
        &self,
        capture: &Capture,
        mut checks: Checks,
    ) -> Result<(Option<Arc<Provider>>, Judgement), Failure> {
        let Some(provider) = self.provider_of(capture)? else {
            checks.note("provider", false, || self.tried(capture));
            let judgement = Judgement::plain(Verdict::UnknownProvider, Reason::ProviderUnknown);
            return Ok((None, Judgement { checks: checks.into_list(), ..judgement }));
        };
        let verifier = match &capture.secret {
            // What the user says counts; what a file brings along counts for that file alone.
            Some(secret) if self.given.is_empty() => {
                checks.note("secret", true, || "the throw-away secret of an anonymised export".to_owned());
                self.throwaway(&provider, secret)
            }
            _ => self.verifier(&provider)?,
        };
        let judgement = self.judge_with(&verifier, capture, checks);
        Ok((Some(provider), judgement))
    }

    /// What judges a capture that brings no secret along; `None`: that is for [`Self::judge`] to say. Captures are mostly of
    /// one provider, and threads that ask for the same again and again wait for each other; so each keeps what it had last.
    pub(super) fn verifier_of<'k>(
        &self,
        capture: &Capture,
        kept: &'k mut Option<Arc<Verifier>>,
    ) -> Result<Option<&'k Verifier>, Failure> {
        if capture.secret.is_some() {
            return Ok(None);
        }
        let is_its =
            |kept: &Arc<Verifier>| self.named.is_some() || capture.provider.as_ref() == Some(&kept.provider().name);
        if !kept.as_ref().is_some_and(is_its) {
            *kept = self.provider_of(capture)?.map(|provider| self.verifier(&provider)).transpose()?;
        }
        Ok(kept.as_deref())
    }

    /// Judges with what [`Self::verifier_of`] gave.
    pub(super) fn judge_with(&self, verifier: &Verifier, capture: &Capture, checks: Checks) -> Judgement {
        let url = self.url(capture);
        verifier.judge(&capture.request, url.as_deref(), self.now(capture), self.tolerance, checks)
    }

    /// What a provider would have been recognised by.
    fn tried(&self, capture: &Capture) -> String {
        const SHOWN: usize = 8;
        let names: Vec<&str> = capture.request.headers.iter().map(Header::name).take(SHOWN).collect();
        let headers = if names.is_empty() { "no header".to_owned() } else { names.join(", ") };
        let providers = self.catalog.names().len();
        format!(
            "neither the path {} nor {headers} nor the body is one of {providers} providers'",
            capture.request.path()
        )
    }

    fn now(&self, capture: &Capture) -> Timestamp {
        self.at.or(capture.arrived_at).unwrap_or_else(clock::now)
    }

    /// A file has no address of its own unless it says so: a guess could make a right signature look wrong.
    fn url<'c>(&self, capture: &'c Capture) -> Option<Cow<'c, str>> {
        match (&capture.url, &self.public_url) {
            (Some(url), _) => Some(Cow::Borrowed(url)),
            (None, Some(public)) => crate::model::address::seen(&capture.request, Some(public)).map(Cow::Owned),
            (None, None) => None,
        }
    }

    /// Why a request is not valid.
    pub(super) fn diagnose(
        &self,
        capture: &Capture,
        provider: &Provider,
        judgement: &Judgement,
        effort: Effort,
    ) -> Result<Diagnosis, Failure> {
        if judgement.verdict == Verdict::Valid {
            return Ok(Diagnosis::default());
        }
        let providers = made_once(&self.providers, || self.catalog.all())?;
        let url = self.url(capture);
        let secrets = self.secrets.named(provider, &self.given)?;
        let others = self.secrets.others(&provider.name, &self.given);
        let case = Case {
            provider,
            providers,
            request: &capture.request,
            url: url.as_deref(),
            secrets: &secrets,
            others: &others,
            judgement,
            now: self.now(capture),
        };
        Ok(diagnose(&case, effort))
    }

    /// The provider that was named, else the one the file names, else the path's, else the one that is recognised.
    pub(super) fn provider_of(&self, capture: &Capture) -> Result<Option<Arc<Provider>>, Failure> {
        if let Some(name) = &self.named {
            return Ok(Some(self.catalog.get(name)?));
        }
        if let Some(name) = &capture.provider
            && self.catalog.contains(name)
        {
            return Ok(Some(self.catalog.get(name)?));
        }
        if let Some(name) = named_by_path(&self.catalog, capture.request.path()) {
            return Ok(Some(self.catalog.get(name)?));
        }
        let detector = made_once(&self.detector, || Detector::new(&self.catalog))?;
        Ok(detector.detect(&capture.request).cloned())
    }

    /// What judges with a secret that a capture brings along. One export has one secret a provider, so the last one is kept.
    fn throwaway(&self, provider: &Arc<Provider>, secret: &Secret) -> Arc<Verifier> {
        let kept = self.throwaway.read().unwrap_or_else(PoisonError::into_inner).get(&provider.name).cloned();
        if let Some((_, verifier)) = kept.filter(|(known, _)| known == secret) {
            return verifier;
        }
        let known = KnownSecret { secret: secret.clone(), origin: SecretOrigin::Given };
        let verifier = Arc::new(Verifier::new(provider.clone(), &[known]));
        let mut all = self.throwaway.write().unwrap_or_else(PoisonError::into_inner);
        all.insert(provider.name.clone(), (secret.clone(), verifier.clone()));
        verifier
    }

    fn verifier(&self, provider: &Arc<Provider>) -> Result<Arc<Verifier>, Failure> {
        let kept = self.verifiers.read().unwrap_or_else(PoisonError::into_inner).get(&provider.name).cloned();
        if let Some(verifier) = kept {
            return Ok(verifier);
        }
        // Held while a secret is looked up: a development secret is made once, whoever asks first.
        let mut verifiers = self.verifiers.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(verifier) = verifiers.get(&provider.name) {
            return Ok(verifier.clone());
        }
        let known = self.secrets.known(provider, &self.given, KeyUse::Verify)?;
        let verifier = Arc::new(Verifier::new(provider.clone(), &known));
        verifiers.insert(provider.name.clone(), verifier.clone());
        Ok(verifier)
    }
}

/// What a cell holds, made if it is empty. (`OnceLock::get_or_try_init` is not stable.) Two threads may both make it; one is kept.
fn made_once<T, E>(cell: &OnceLock<T>, make: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
    if let Some(made) = cell.get() {
        return Ok(made);
    }
    let made = make()?;
    Ok(cell.get_or_init(|| made))
}
