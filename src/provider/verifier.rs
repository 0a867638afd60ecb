//! The verdict over a request of a known provider, with the secrets that are known.

use std::sync::Arc;

use super::folder::Provider;
use crate::model::{Reason, Request, Secret, Timestamp, Verdict};
use crate::signature::{Check, Checks, Key, KeyError, KeyUse, Scheme, Tolerance, is_present, verify};

/// Where a secret came from, as far as the verdict is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretOrigin {
    /// The user gave it: by flag, environment or configuration.
    Given,
    /// hookctl made it for development.
    Development,
}

/// A secret, and where it came from.
#[derive(Debug, Clone)]
pub struct KnownSecret {
    /// The secret.
    pub secret: Secret,
    /// Where it came from.
    pub origin: SecretOrigin,
}

/// What was found out about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, when it is not valid.
    pub reason: Option<Reason>,
    /// The scheme that decided.
    pub scheme: Option<Arc<str>>,
    /// Which of the secrets verified it, from 0.
    pub secret_index: Option<usize>,
    /// What was looked at, when that was asked for.
    pub checks: Vec<Check>,
}

impl Judgement {
    /// A judgement that rests on no scheme.
    pub fn plain(verdict: Verdict, reason: Reason) -> Self {
        Self { verdict, reason: Some(reason), scheme: None, secret_index: None, checks: Vec::new() }
    }
}

/// A provider's schemes with all known secrets made ready.
pub struct Verifier {
    provider: Arc<Provider>,
    /// For each scheme the secrets that fit it, with their place in the list.
    keys: Vec<Vec<(usize, Key)>>,
    /// Why secrets do not fit: the first error of each scheme.
    misfits: Vec<Option<KeyError>>,
    secrets: usize,
    only_development: bool,
    signs_url: bool,
}

impl Verifier {
    /// Prepares the secrets for the schemes of a provider.
    pub fn new(provider: Arc<Provider>, secrets: &[KnownSecret]) -> Self {
        let mut keys = Vec::new();
        let mut misfits = Vec::new();
        for scheme in provider.definition.schemes() {
            let (mut fitting, mut misfit) = (Vec::new(), None);
            for (index, known) in secrets.iter().enumerate() {
                match scheme.key(&known.secret, KeyUse::Verify) {
                    Ok(key) => fitting.push((index, key)),
                    Err(error) => misfit = misfit.or(Some(error)),
                }
            }
            keys.push(fitting);
            misfits.push(misfit);
        }
        let only_development = secrets.iter().all(|known| known.origin == SecretOrigin::Development);
        let signs_url = provider.definition.schemes().any(Scheme::signs_url);
        Self { provider, keys, misfits, secrets: secrets.len(), only_development, signs_url }
    }

    /// Whether a judgement may depend on the address that the provider was given.
    pub fn signs_url(&self) -> bool {
        self.signs_url
    }

    /// The provider.
    pub fn provider(&self) -> &Arc<Provider> {
        &self.provider
    }

    /// Judges a request at `now`. `url` is the address the provider was given, if it is known.
    pub fn judge(
        &self,
        request: &Request,
        url: Option<&str>,
        now: Timestamp,
        tolerance: Option<Tolerance>,
        mut checks: Checks,
    ) -> Judgement {
        let schemes = &self.provider.definition.signature;
        if schemes.is_empty() {
            return Judgement::plain(Verdict::Unsigned, Reason::ProviderUnsigned);
        }
        let present: Vec<usize> = (0..schemes.len()).filter(|at| is_present(&schemes[*at], request)).collect();
        if present.is_empty() {
            let names: Vec<String> = schemes.iter().map(|scheme| scheme.carrier.describe()).collect();
            checks.note("header", false, || format!("{} is missing", names.join(" or ")));
            return Judgement {
                checks: checks.into_list(),
                ..Judgement::plain(Verdict::Unsigned, Reason::HeaderMissing)
            };
        }
        if self.secrets == 0 {
            return Judgement::plain(Verdict::NoSecret, Reason::SecretUnknown);
        }
        let Some(first) = present.iter().position(|at| !self.keys[*at].is_empty()) else {
            return self.misfit(&present, checks);
        };
        // The first scheme decides, unless it says that the one behind it is as good.
        let mut failure: Option<(&Scheme, Reason)> = None;
        for at in present[first..].iter().copied().filter(|at| !self.keys[*at].is_empty()) {
            let scheme = &schemes[at];
            for (index, key) in &self.keys[at] {
                match verify(scheme, key, request, url, now, tolerance, &mut checks) {
                    Ok(()) => {
                        return Judgement {
                            verdict: Verdict::Valid,
                            reason: None,
                            scheme: Some(scheme.id.clone()),
                            secret_index: Some(*index),
                            checks: checks.into_list(),
                        };
                    }
                    // A right signature with another fault says more than a wrong one.
                    Err(reason) if failure.is_none_or(|(_, kept)| kept == Reason::SignatureMismatch) => {
                        failure = Some((failure.map_or(scheme, |(first, _)| first), reason));
                    }
                    Err(_) => {}
                }
            }
            if !scheme.or_next {
                break;
            }
        }
        let (scheme, reason) = failure.unwrap_or((&schemes[present[first]], Reason::SignatureMismatch));
        let (verdict, reason) = if self.only_development && reason == Reason::SignatureMismatch {
            (Verdict::NoSecret, Reason::DevelopmentSecretOnly)
        } else {
            (Verdict::Invalid, reason)
        };
        Judgement {
            verdict,
            reason: Some(reason),
            scheme: Some(scheme.id.clone()),
            secret_index: None,
            checks: checks.into_list(),
        }
    }

    /// The verdict when no secret has the form that the request's schemes need.
    fn misfit(&self, present: &[usize], mut checks: Checks) -> Judgement {
        let error = present.iter().find_map(|at| self.misfits[*at].clone()).unwrap_or(KeyError::Empty);
        checks.note("secret", false, || error.to_string());
        let (verdict, reason) = match error {
            _ if self.only_development => (Verdict::NoSecret, Reason::DevelopmentSecretOnly),
            KeyError::Empty => (Verdict::Invalid, Reason::SecretEmpty),
            _ => (Verdict::Invalid, Reason::SecretForm),
        };
        Judgement { checks: checks.into_list(), ..Judgement::plain(verdict, reason) }
    }
}
