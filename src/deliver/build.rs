//! Event, payload and secret → a signed request.

use std::sync::Arc;

use url::Url;

use super::pace::Pace;
use super::renewal::Renewal;
use super::signer::Signer;
use super::tamper::{self, Tamper};
use super::{DeliverError, Due, Prepared, Source, Terms};
use crate::clock;
use crate::http::client::wire_head;
use crate::http::head::WriteError;
use crate::model::{Secret, Timestamp, Verdict};
use crate::payload::{Edit, Rendered};
use crate::provider::definition::HeaderLine;
use crate::provider::{Event, Provider, ProviderError, RenderError, RenderOptions, render};
use crate::secrets::{SecretError, Secrets};
use crate::signature::SignError;
use crate::signature::scheme::TimestampRule;
use crate::text::matches_glob;

/// The start of 2026: with `--seed` alone, payload times count from here, so that the same seed gives the same bytes.
pub const SEEDED_EPOCH: Timestamp = Timestamp::from_secs(1_767_225_600);

/// Makes requests of one event.
pub struct Builder {
    provider: Arc<Provider>,
    event_type: Option<String>,
    event: Option<Event>,
    options: RenderOptions,
    seeded: bool,
    timestamp: Option<Timestamp>,
    tamper: Option<Tamper>,
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
    /// The time of the event, instead of the present.
    pub timestamp: Option<Timestamp>,
    /// What to break.
    pub tamper: Option<Tamper>,
    /// What counts as accepted.
    pub terms: Arc<Terms>,
}

/// Where requests go, and who signs them for there.
pub struct Destination {
    /// The endpoint.
    pub url: Url,
    /// Who signs.
    pub signer: Arc<Signer>,
    /// Headers that requests to there have.
    pub headers: Vec<HeaderLine>,
    /// Changes of the payload for there.
    pub edits: Vec<Edit>,
    /// The event types that are wanted there, as globs; empty: all.
    pub events: Vec<String>,
    renewal: Option<Arc<Renewal>>,
}

impl Destination {
    /// An endpoint that wants everything, and who signs for it.
    pub fn new(url: Url, signer: Arc<Signer>) -> Self {
        let renewal = Renewal::of(&signer);
        Self { url, renewal, signer, headers: Vec::new(), edits: Vec::new(), events: Vec::new() }
    }

    /// How further attempts differ from the first.
    pub fn renewal(&self) -> Option<Arc<Renewal>> {
        self.renewal.clone()
    }

    /// Whether a request was made for here: whether it would be the same, had it been signed here at its time.
    pub fn made(&self, first: &Prepared) -> bool {
        let mut again = first.request.clone();
        let signed = self.signer.sign(&mut again, &first.url, first.at);
        self.signer.finish(&mut again);
        signed.is_ok() && again == first.request
    }

    /// Whether events of this type are wanted there.
    pub fn wants(&self, event_type: &str) -> bool {
        self.events.is_empty() || self.events.iter().any(|glob| matches_glob(glob, event_type))
    }
}

/// One event to be sent.
pub struct Item<'a> {
    /// Which one it is, from 0: what decides its chance.
    pub n: u64,
    /// Its type, if one is known.
    pub event_type: Option<&'a str>,
    /// Its file; `None` if only a body is sent.
    pub event: Option<&'a Event>,
    /// Changes that a scenario makes.
    pub story_edits: &'a [Edit],
    /// Named values that are fixed.
    pub values: &'a [(String, Rendered)],
    /// When it happened, if that is not the present.
    pub at: Option<Timestamp>,
    /// What counts as accepted.
    pub terms: &'a Arc<Terms>,
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

/// What signs a provider's requests: with these secrets, or with a stranger's where the secret is what is broken.
///
/// # Errors
/// The secrets do not fit the provider, or there is nothing to break.
pub fn signer(
    provider: &Arc<Provider>,
    secrets: &[Secret],
    tamper: Option<Tamper>,
    url: Option<String>,
    at: Option<Timestamp>,
    headers: Vec<HeaderLine>,
) -> Result<Arc<Signer>, BuildError> {
    let stranger = (tamper == Some(Tamper::Secret)).then(|| [Secrets::stranger(provider)]);
    let secrets = stranger.as_ref().map_or(secrets, |stranger| stranger);
    let signer = Signer::new(provider.clone(), secrets, url, at, headers)?;
    if let Some(tamper) = tamper
        && !tamper.is_possible(&signer.schemes())
    {
        let provider = provider.definition.title.clone();
        return Err(BuildError::NotCovered { provider, what: tamper.as_str() });
    }
    Ok(Arc::new(signer))
}

impl Builder {
    /// For requests of one plan.
    pub fn new(plan: Plan) -> Self {
        let Plan { provider, event_type, event, options, seeded, timestamp, tamper, terms } = plan;
        Self { provider, event_type, event, options, seeded, timestamp, tamper, terms }
    }

    /// Whether its requests are broken on purpose.
    pub fn tampers(&self) -> bool {
        self.tamper.is_some()
    }

    /// Builds the n-th event (from 0) of this builder for every destination that wants it.
    ///
    /// # Errors
    /// The event cannot be rendered or signed.
    pub fn nth(&self, n: u64, to: &[Destination], now: Timestamp) -> Result<Vec<Prepared>, BuildError> {
        let (event_type, event) = (self.event_type.as_deref(), self.event.as_ref());
        let item = Item { n, event_type, event, story_edits: &[], values: &[], at: None, terms: &self.terms };
        self.build_all(&item, to, now)
    }

    /// Builds an event for every destination that wants it.
    ///
    /// # Errors
    /// The event cannot be rendered or signed.
    pub fn build_all(&self, item: &Item<'_>, to: &[Destination], now: Timestamp) -> Result<Vec<Prepared>, BuildError> {
        let wanted = to.iter().filter(|to| item.event_type.is_none_or(|event_type| to.wants(event_type)));
        wanted.map(|to| self.build(item, to, now)).collect()
    }

    fn build(&self, item: &Item<'_>, to: &Destination, now: Timestamp) -> Result<Prepared, BuildError> {
        let schemes = to.signer.schemes();
        let in_body = schemes.iter().any(|s| s.timestamp.as_ref().is_some_and(TimestampRule::is_in_body));
        let event_at = match (self.timestamp, item.at) {
            // A time in the body that is signed must be the present, or no receiver would accept it.
            _ if in_body && self.timestamp.is_none() => now,
            (_, Some(at)) | (Some(at), None) => at,
            (None, None) if self.seeded => SEEDED_EPOCH,
            (None, None) => now,
        };
        let path_and_query = match to.url.query() {
            Some(query) => format!("{}?{query}", to.url.path()),
            None => to.url.path().to_owned(),
        };
        let mut options = self.options.clone();
        options.seed = options.seed.nth(item.n);
        options.target = path_and_query;
        options.story_edits = item.story_edits.to_vec();
        options.values.extend_from_slice(item.values);
        options.headers.extend(to.headers.iter().cloned());
        options.edits.extend(to.edits.iter().cloned());
        let unsigned = render(&self.provider, item.event_type, item.event, &options, event_at)?;
        let mut request = unsigned.request;
        to.signer.sign(&mut request, &to.url, now)?;
        if let Some(tamper) = self.tamper {
            tamper::apply(tamper, &schemes, &mut request);
        }
        to.signer.finish(&mut request);
        let mut url = to.url.clone();
        url.set_query(request.query());
        url.set_fragment(None);
        let located = self.provider.locate(&request);
        Ok(Prepared {
            id: clock::delivery_id(now),
            at: now,
            provider: Some(self.provider.name.clone()),
            event_type: located.event_type.or_else(|| item.event_type.map(str::to_owned)),
            event_id: located.event_id,
            head: wire_head(&request, &url)?.into(),
            url,
            request,
            verdict: if self.tamper.is_some() { Verdict::Invalid } else { Verdict::Valid },
            reason: None,
            terms: item.terms.clone(),
            // What was broken once is broken: signing it anew would mend some of it.
            renewal: to.renewal.clone().filter(|_| self.tamper.is_none()),
            continues: None,
            origin: None,
        })
    }
}

/// So many events, each to every destination.
pub struct Events<'a> {
    builder: &'a Builder,
    to: &'a [Destination],
    count: u64,
    pace: Pace,
    next: u64,
}

impl<'a> Events<'a> {
    /// `count` events of this builder, of which the first `made` were made before.
    pub fn new(builder: &'a Builder, to: &'a [Destination], count: u64, pace: Pace, made: u64) -> Self {
        Self { builder, to, count, pace: pace.from(made), next: made }
    }
}

impl Source for Events<'_> {
    fn due(&self) -> Due {
        if self.next < self.count { Due::At(self.pace.due(self.next)) } else { Due::Never }
    }

    fn turn(&self) -> u64 {
        self.next
    }

    fn make(&mut self, now: Timestamp) -> Result<Vec<Prepared>, DeliverError> {
        let n = self.next;
        self.next += 1;
        Ok(self.builder.nth(n, self.to, now)?)
    }
}
