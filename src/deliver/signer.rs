//! What signs a provider's requests: its schemes, the keys that fit them, and what the user wants to be signed.

use std::sync::Arc;

use url::Url;

use super::build::BuildError;
use crate::http::client::authority;
use crate::model::{Request, Secret, Timestamp};
use crate::provider::Provider;
use crate::provider::definition::HeaderLine;
use crate::secrets::SecretError;
use crate::signature::scheme::Scheme;
use crate::signature::{Key, KeyError, KeyUse, SignError, is_present, sign};

/// The schemes of a provider that sign what it sends, with the keys that fit them.
///
/// # Errors
/// No scheme takes the secrets: why the first one does not.
pub fn signing_keys(provider: &Provider, secrets: &[Secret]) -> Result<Vec<(usize, Vec<Key>)>, SecretError> {
    let mut keys = Vec::new();
    let mut misfit: Option<KeyError> = None;
    for (at, scheme) in provider.definition.schemes().enumerate().filter(|(_, scheme)| scheme.send) {
        let made: Result<Vec<Key>, KeyError> = secrets.iter().map(|s| scheme.key(s, KeyUse::Sign)).collect();
        match made {
            Ok(made) if !made.is_empty() => keys.push((at, made)),
            Ok(_) => {}
            Err(error) => misfit = misfit.or(Some(error)),
        }
    }
    match misfit {
        Some(error) if keys.is_empty() => Err(SecretError::Form { title: provider.definition.title.clone(), error }),
        _ => Ok(keys),
    }
}

/// Signs requests of one provider with one set of secrets.
pub struct Signer {
    provider: Arc<Provider>,
    keys: Vec<(usize, Vec<Key>)>,
    /// The address to sign for, instead of the target.
    url: Option<String>,
    /// The time to sign for, instead of the present.
    at: Option<Timestamp>,
    /// The user's own headers: they have the last word, over those of the signature too.
    headers: Vec<HeaderLine>,
    /// The address that providers were given, where the user says it.
    public_url: Option<String>,
}

impl Signer {
    /// Prepares the keys. `url` and `at` replace the target and the present; `headers` replace what signing sets.
    ///
    /// # Errors
    /// The secrets do not fit the provider.
    pub fn new(
        provider: Arc<Provider>,
        secrets: &[Secret],
        url: Option<String>,
        at: Option<Timestamp>,
        headers: Vec<HeaderLine>,
    ) -> Result<Self, SecretError> {
        let keys = signing_keys(&provider, secrets)?;
        Ok(Self { provider, keys, url, at, headers, public_url: None })
    }

    /// The same, for recorded requests that came to this address, whatever they say themselves.
    #[must_use]
    pub fn behind(self, public_url: Option<String>) -> Self {
        Self { public_url, ..self }
    }

    /// Signs a recorded request anew, as it was signed before: with the same schemes, or with all if it was not signed.
    ///
    /// The address that is signed is the one that the receiver will see: what `public_url` says, or the headers of a proxy
    /// that were recorded with the request, else where it goes.
    ///
    /// # Errors
    /// Something that the signature needs is not there.
    pub fn sign_again(&self, request: &mut Request, target: &Url, now: Timestamp) -> Result<(), SignError> {
        let proxied =
            ["forwarded", "x-forwarded-host", "x-forwarded-proto"].iter().any(|n| request.headers.contains(n));
        let seen = (proxied || self.public_url.is_some())
            .then(|| crate::model::address::seen(request, self.public_url.as_deref()))
            .flatten();
        let straight = || format!("{}://{}{}", target.scheme(), authority(target), request.target);
        let url = self.url.clone().or(seen).unwrap_or_else(straight);
        let before: Vec<bool> = self.schemes().into_iter().map(|scheme| is_present(scheme, request)).collect();
        let signed = before.contains(&true);
        for (((_, keys), scheme), before) in self.keys.iter().zip(self.schemes()).zip(before) {
            if before || !signed {
                sign(scheme, request, &url, keys, self.at.unwrap_or(now))?;
            }
        }
        Ok(())
    }

    /// Whose requests it signs.
    pub fn provider(&self) -> &Arc<Provider> {
        &self.provider
    }

    /// The schemes that sign.
    pub fn schemes(&self) -> Vec<&Scheme> {
        let schemes: Vec<&Scheme> = self.provider.definition.schemes().collect();
        self.keys.iter().map(|(at, _)| schemes[*at]).collect()
    }

    /// Whether a signature made later is another one: a time that is not fixed is signed, and not a part of the body.
    pub fn ages(&self) -> bool {
        self.at.is_none() && self.schemes().into_iter().any(Scheme::ages)
    }

    /// Signs a request that goes to `target` at `now`, anew if it was signed before.
    ///
    /// # Errors
    /// Something that the signature needs is not there.
    pub fn sign(&self, request: &mut Request, target: &Url, now: Timestamp) -> Result<(), BuildError> {
        let url = self.address(request, target);
        for ((_, keys), scheme) in self.keys.iter().zip(self.schemes()) {
            sign(scheme, request, &url, keys, self.at.unwrap_or(now))?;
        }
        Ok(())
    }

    /// The address that is signed for a request to `target`.
    pub(crate) fn address(&self, request: &Request, target: &Url) -> String {
        let mut url = self.url.clone().unwrap_or_else(|| without_fragment(target));
        // What the provider itself adds to the query is part of the address that it signs.
        let asked = &target[url::Position::BeforePath..url::Position::AfterQuery];
        if let Some(added) = request.target.strip_prefix(asked).filter(|added| !added.is_empty()) {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(added.trim_start_matches(['?', '&']));
        }
        url
    }

    /// The keys of each scheme that signs, in the order of [`Self::schemes`].
    pub(crate) fn keys(&self) -> impl Iterator<Item = &[Key]> {
        self.keys.iter().map(|(_, keys)| keys.as_slice())
    }

    /// Sets the user's own headers.
    pub fn finish(&self, request: &mut Request) {
        for line in &self.headers {
            request.headers.set(&line.name, line.value.clone());
        }
    }
}

/// The address as a provider signs it: a fragment is never sent.
fn without_fragment(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    url.to_string()
}
