//! Judging requests of any provider, as `verify` and `import` do: who sent it, with which secrets, as of when.

use std::collections::HashMap;
use std::sync::Arc;

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

/// Judges captures.
pub(super) struct Judge {
    given: Vec<Secret>,
    secrets: Secrets,
    catalog: Catalog,
    named: Option<String>,
    at: Option<Timestamp>,
    tolerance: Option<Tolerance>,
    public_url: Option<String>,
    detector: Option<Detector>,
    verifiers: HashMap<String, Arc<Verifier>>,
    /// All of them, once one is needed for a diagnosis.
    providers: Option<Vec<Arc<Provider>>>,
    /// What judges with secrets that anonymised exports bring along, by provider.
    throwaway: HashMap<String, (Secret, Arc<Verifier>)>,
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
            detector: None,
            verifiers: HashMap::new(),
            providers: None,
            throwaway: HashMap::new(),
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
        &mut self,
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
        let (now, url) = (self.now(capture), self.url(capture));
        let judgement = verifier.judge(&capture.request, url.as_deref(), now, self.tolerance, checks);
        Ok((Some(provider), judgement))
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
    fn url(&self, capture: &Capture) -> Option<String> {
        match (&capture.url, &self.public_url) {
            (Some(url), _) => Some(url.clone()),
            (None, Some(public)) => crate::model::address::seen(&capture.request, Some(public)),
            (None, None) => None,
        }
    }

    /// Why a request is not valid.
    pub(super) fn diagnose(
        &mut self,
        capture: &Capture,
        provider: &Provider,
        judgement: &Judgement,
        effort: Effort,
    ) -> Result<Diagnosis, Failure> {
        if judgement.verdict == Verdict::Valid {
            return Ok(Diagnosis::default());
        }
        if self.providers.is_none() {
            self.providers = Some(self.catalog.all()?);
        }
        let url = self.url(capture);
        let secrets = self.secrets.named(provider, &self.given)?;
        let others = self.secrets.others(&provider.name, &self.given);
        let case = Case {
            provider,
            providers: self.providers.as_deref().unwrap_or_default(),
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
    pub(super) fn provider_of(&mut self, capture: &Capture) -> Result<Option<Arc<Provider>>, Failure> {
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
        if self.detector.is_none() {
            self.detector = Some(Detector::new(&self.catalog)?);
        }
        Ok(self.detector.as_ref().and_then(|detector| detector.detect(&capture.request)).cloned())
    }

    /// What judges with a secret that a capture brings along. One export has one secret a provider, so the last one is kept.
    fn throwaway(&mut self, provider: &Arc<Provider>, secret: &Secret) -> Arc<Verifier> {
        match self.throwaway.get(&provider.name) {
            Some((known, verifier)) if known == secret => verifier.clone(),
            _ => {
                let known = KnownSecret { secret: secret.clone(), origin: SecretOrigin::Given };
                let verifier = Arc::new(Verifier::new(provider.clone(), &[known]));
                self.throwaway.insert(provider.name.clone(), (secret.clone(), verifier.clone()));
                verifier
            }
        }
    }

    fn verifier(&mut self, provider: &Arc<Provider>) -> Result<Arc<Verifier>, Failure> {
        if let Some(verifier) = self.verifiers.get(&provider.name) {
            return Ok(verifier.clone());
        }
        let known = self.secrets.known(provider, &self.given, KeyUse::Verify)?;
        let verifier = Arc::new(Verifier::new(provider.clone(), &known));
        self.verifiers.insert(provider.name.clone(), verifier.clone());
        Ok(verifier)
    }
}
