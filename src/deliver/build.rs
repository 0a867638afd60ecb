//! Event, payload and secret → a signed request.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::tamper::{self, Tamper};
use super::{DeliverError, Prepared, Source, Terms};
use crate::clock;
use crate::http::client::wire_head;
use crate::http::head::WriteError;
use crate::model::{Secret, Timestamp, Verdict};
use crate::provider::{Event, Provider, ProviderError, RenderError, RenderOptions, render};
use crate::secrets::{SecretError, Secrets};
use crate::signature::scheme::Scheme;
use crate::signature::{Key, KeyError, KeyUse, SignError, sign};

/// The start of 2026: with `--seed` alone, payload times count from here, so that the same seed gives the same bytes.
const SEEDED_EPOCH: Timestamp = Timestamp::from_secs(1_767_225_600);

/// Makes requests of one event.
pub struct Builder {
    provider: Arc<Provider>,
    event_type: Option<String>,
    event: Option<Event>,
    options: RenderOptions,
    seeded: bool,
    timestamp: Option<Timestamp>,
    signed_url: Option<String>,
    tamper: Option<Tamper>,
    keys: Vec<(usize, Vec<Key>)>,
    terms: Arc<Terms>,
}

/// What a builder is made of.
pub struct Plan {
    /// The provider.
    pub provider: Arc<Provider>,
    /// The event type, if one was named.
    pub event_type: Option<String>,
    /// The event of that type; `None` if only a body is sent.
    pub event: Option<Event>,
    /// How it is rendered; `target` is filled in for each request.
    pub options: RenderOptions,
    /// Whether the seed was given, so that times are to repeat too.
    pub seeded: bool,
    /// The time to sign for, instead of the present.
    pub timestamp: Option<Timestamp>,
    /// The address to sign for, instead of the target.
    pub signed_url: Option<String>,
    /// What to break.
    pub tamper: Option<Tamper>,
    /// What signs, the first being the current one.
    pub secrets: Vec<Secret>,
    /// What counts as accepted.
    pub terms: Terms,
}

/// Why a request cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The provider's files are broken.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The event cannot be rendered.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The secret does not fit.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The request cannot be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// There is nothing of that kind to break.
    #[error("{provider} does not sign {what}: breaking that would change nothing that a receiver could notice")]
    NotCovered {
        /// The provider's title.
        provider: String,
        /// What `--tamper` named.
        what: &'static str,
    },
    /// The request cannot be written.
    #[error(transparent)]
    Request(#[from] WriteError),
    /// Not an address.
    #[error("'{0}' is not an http or https URL")]
    BadUrl(String),
}

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

/// Reads an absolute address that hookctl can send to.
///
/// # Errors
/// It is no http or https URL, or holds credentials that a log would show.
pub fn parse_url(text: &str) -> Result<Url, BuildError> {
    let wrong = || BuildError::BadUrl(text.to_owned());
    let url = Url::parse(text).map_err(|_| wrong())?;
    let fine = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some_and(|host| !host.is_empty())
        && url.username().is_empty()
        && url.password().is_none();
    if fine { Ok(url) } else { Err(wrong()) }
}

impl Builder {
    /// Prepares the keys.
    ///
    /// # Errors
    /// The secrets do not fit the provider, or there is nothing to break.
    pub fn new(plan: Plan) -> Result<Self, BuildError> {
        let secrets = match plan.tamper {
            Some(Tamper::Secret) => vec![Secrets::stranger(&plan.provider)],
            _ => plan.secrets,
        };
        let keys = signing_keys(&plan.provider, &secrets)?;
        let builder = Self {
            provider: plan.provider,
            event_type: plan.event_type,
            event: plan.event,
            options: plan.options,
            seeded: plan.seeded,
            timestamp: plan.timestamp,
            signed_url: plan.signed_url,
            tamper: plan.tamper,
            keys,
            terms: Arc::new(plan.terms),
        };
        if let Some(tamper) = plan.tamper
            && !tamper.is_possible(&builder.schemes())
        {
            let provider = builder.provider.definition.title.clone();
            return Err(BuildError::NotCovered { provider, what: tamper.as_str() });
        }
        Ok(builder)
    }

    fn schemes(&self) -> Vec<&Scheme> {
        let schemes: Vec<&Scheme> = self.provider.definition.schemes().collect();
        self.keys.iter().map(|(at, _)| schemes[*at]).collect()
    }

    /// Builds the n-th request (from 0) for a target.
    ///
    /// # Errors
    /// The event cannot be rendered or signed.
    pub fn build(&self, n: u64, target: &Url, now: Timestamp) -> Result<Prepared, BuildError> {
        let signed_at = self.timestamp.unwrap_or(now);
        let in_body = self.schemes().iter().any(|s| s.timestamp.as_ref().is_some_and(|rule| rule.json.is_some()));
        let event_at = match self.timestamp {
            Some(at) => at,
            // A time in the body that is signed must be the present, or no receiver would accept it.
            None if self.seeded && !in_body => SEEDED_EPOCH,
            None => now,
        };
        let path_and_query = match target.query() {
            Some(query) => format!("{}?{query}", target.path()),
            None => target.path().to_owned(),
        };
        let options = RenderOptions { seed: self.options.seed.nth(n), target: path_and_query, ..self.options.clone() };
        let unsigned = render(&self.provider, self.event_type.as_deref(), self.event.as_ref(), &options, event_at)?;
        let mut request = unsigned.request;
        let signed_url = self.signed_url.clone().unwrap_or_else(|| without_fragment(target));
        for ((_, keys), scheme) in self.keys.iter().zip(self.schemes()) {
            sign(scheme, &mut request, &signed_url, keys, signed_at)?;
        }
        if let Some(tamper) = self.tamper {
            tamper::apply(tamper, &self.schemes(), &mut request);
        }
        // The user's own headers have the last word, over those of the signature too.
        for line in &self.options.headers {
            request.headers.set(&line.name, line.value.clone());
        }
        let mut url = target.clone();
        url.set_query(request.query());
        url.set_fragment(None);
        let located = self.provider.locate(&request);
        Ok(Prepared {
            id: clock::delivery_id(now),
            continues: None,
            at: now,
            provider: Some(self.provider.name.clone()),
            event_type: located.event_type.or_else(|| self.event_type.clone()),
            event_id: located.event_id,
            head: wire_head(&request, &url)?.into(),
            url,
            request,
            verdict: if self.tamper.is_some() { Verdict::Invalid } else { Verdict::Valid },
            reason: None,
            terms: self.terms.clone(),
            origin: None,
        })
    }
}

/// So many events, each to every target.
pub struct Events<'a> {
    builder: &'a Builder,
    targets: &'a [Url],
    count: u64,
    next: u64,
}

impl<'a> Events<'a> {
    /// `count` events of this builder.
    pub fn new(builder: &'a Builder, targets: &'a [Url], count: u64) -> Self {
        Self { builder, targets, count, next: 0 }
    }
}

impl Source for Events<'_> {
    fn due(&self) -> Option<Duration> {
        (self.next < self.count).then_some(Duration::ZERO)
    }

    fn make(&mut self, now: Timestamp) -> Result<Vec<Prepared>, DeliverError> {
        let n = self.next;
        self.next += 1;
        self.targets.iter().map(|target| Ok(self.builder.build(n, target, now)?)).collect()
    }
}

/// The address as a provider signs it: a fragment is never sent.
fn without_fragment(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    url.to_string()
}
