//! Checking a provider: everything in its folder is read, rendered, signed and verified, and everything broken refused.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;

use super::catalog::Provider;
use super::render::{RenderOptions, render};
use super::verifier::{Judgement, KnownSecret, SecretOrigin, Verifier};
use crate::model::{Headers, Request, Secret, Timestamp, Verdict};
use crate::payload::Seed;
use crate::signature::{self, Checks, KeyUse, Scheme, sign};

/// The moment of the check. Any will do; this one is the same for everybody.
const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);

/// The address that is signed where a scheme signs one.
const URL: &str = "https://receiver.example/webhooks";

/// A secret in its two halves, which for most kinds are the same.
pub struct Pair {
    /// What signs.
    pub private: Secret,
    /// What verifies.
    pub public: Secret,
}

/// A request whose verdict is known: a line of a vector file.
#[derive(Debug, Deserialize)]
pub struct Vector {
    /// Its name.
    pub id: String,
    secret: String,
    #[serde(default)]
    more_secrets: Vec<String>,
    url: String,
    method: String,
    headers: serde_json::Map<String, serde_json::Value>,
    body: Option<String>,
    body_base64: Option<String>,
    now: i64,
    expect: String,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Report {
    /// How many events were rendered.
    pub events: usize,
    /// How many scenarios were read and rendered.
    pub scenarios: usize,
    /// How many vectors were judged.
    pub vectors: usize,
    /// What is wrong, a sentence each.
    pub problems: Vec<String>,
}

/// Checks all events and vectors of a provider.
pub fn run(provider: &Arc<Provider>, pair: &Pair) -> Report {
    let mut report = Report::default();
    let verifier = Verifier::new(provider.clone(), &[given(&pair.public)]);
    for event in provider.events() {
        report.events += 1;
        if let Err(problem) = check_event(provider, &event, pair, &verifier) {
            report.problems.push(format!("{event}: {problem}"));
        }
    }
    for name in provider.scenarios() {
        report.scenarios += 1;
        report.problems.extend(check_scenario(provider, &name).err());
    }
    for line in provider.vectors() {
        report.vectors += 1;
        match serde_json::from_str::<Vector>(&line) {
            Ok(vector) => report.problems.extend(vector.judge(provider).err()),
            Err(error) => report.problems.push(format!("a vector cannot be read: {error}")),
        }
    }
    report
}

fn given(secret: &Secret) -> KnownSecret {
    KnownSecret { secret: secret.clone(), origin: SecretOrigin::Given }
}

/// Renders and signs an event.
///
/// # Errors
/// What does not work out, as a sentence.
pub fn signed(provider: &Provider, event_type: &str, secret: &Secret, now: Timestamp) -> Result<Request, String> {
    let event = provider.event(event_type).map_err(|error| error.to_string())?;
    let options = RenderOptions { seed: Seed::of(1), target: "/webhooks".to_owned(), ..RenderOptions::default() };
    let unsigned =
        render(provider, Some(event_type), Some(&event), &options, now).map_err(|error| error.to_string())?;
    let mut request = unsigned.request;
    let fitting: Vec<(&Scheme, _)> = provider
        .definition
        .schemes()
        .filter(|scheme| scheme.send)
        .filter_map(|scheme| Some((scheme, scheme.key(secret, KeyUse::Sign).ok()?)))
        .collect();
    if fitting.is_empty() && provider.definition.schemes().any(|scheme| scheme.send) {
        return Err("no scheme takes a secret of the form that is generated".to_owned());
    }
    for (scheme, key) in fitting {
        sign(scheme, &mut request, URL, std::slice::from_ref(&key), now).map_err(|error| error.to_string())?;
    }
    Ok(request)
}

/// Renders every step of a scenario.
fn check_scenario(provider: &Provider, name: &str) -> Result<(), String> {
    let scenario = provider.scenario(name).map_err(|error| error.to_string())?;
    let values = &provider.definition.values;
    if let Some(unknown) = scenario.fresh.iter().find(|fresh| !values.contains_key(*fresh)) {
        return Err(format!("scenario {name}: '{unknown}' is not in [values]"));
    }
    let mut options = RenderOptions { share: scenario.shared(values.keys()), ..RenderOptions::default() };
    for (at, step) in scenario.steps.iter().enumerate() {
        let event = provider.event(&step.event).map_err(|error| format!("scenario {name}: {error}"))?;
        options.story_edits = scenario.edits(at).map_err(|error| format!("scenario {name}: {error}"))?;
        let rendered = render(provider, Some(&step.event), Some(&event), &options, NOW);
        options.values = rendered.map_err(|error| format!("scenario {name}, step {}: {error}", at + 1))?.shared;
    }
    Ok(())
}

fn check_event(provider: &Arc<Provider>, event: &str, pair: &Pair, verifier: &Verifier) -> Result<(), String> {
    let request = signed(provider, event, &pair.private, NOW)?;
    let located = provider.locate(&request).event_type;
    if located.as_deref() != Some(event) {
        return Err(format!("a receiver would find the event type '{}'", located.unwrap_or_default()));
    }
    if provider.definition.signature.is_empty() {
        return Ok(());
    }
    let judge = |request: &Request| verifier.judge(request, Some(URL), NOW, None, Checks::off());
    let judgement = judge(&request);
    if judgement.verdict != Verdict::Valid {
        return Err(format!("what is signed does not verify: {judgement:?}"));
    }
    let refused = |what: &str, request: &Request| match judge(request).verdict {
        Verdict::Valid => Err(format!("{what} still verifies")),
        _ => Ok(()),
    };
    let present: Vec<&Scheme> =
        provider.definition.schemes().filter(|scheme| signature::is_present(scheme, &request)).collect();
    if let [scheme] = present.as_slice() {
        let mut empty = request.clone();
        scheme.carrier.empty(&mut empty, scheme.each.as_ref());
        refused("an empty signature", &empty)?;
    }
    let mut bare = request.clone();
    for scheme in provider.definition.schemes() {
        scheme.carrier.clear(&mut bare, scheme.each.as_ref());
    }
    refused("a request without a signature", &bare)?;
    if present.iter().any(|scheme| scheme.signs_whole_body()) {
        let mut longer = request.clone();
        let more: &[u8] = if request.is_form() { b"&hookctl=1" } else { b" " };
        longer.body = Bytes::from([&request.body[..], more].concat());
        refused("a changed body", &longer)?;
    }
    Ok(())
}

impl Vector {
    /// The request of the vector.
    pub fn request(&self) -> Request {
        let body = match (&self.body, &self.body_base64) {
            (Some(text), _) => Bytes::from(text.clone()),
            (None, Some(base64)) => Bytes::from(STANDARD.decode(base64).unwrap_or_default()),
            (None, None) => Bytes::new(),
        };
        let target = url::Url::parse(&self.url).map_or_else(
            |_| "/".to_owned(),
            |url| url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path())),
        );
        let headers: Headers = self
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect();
        Request { method: self.method.clone(), target, headers, body }
    }

    /// Judges the vector.
    ///
    /// # Errors
    /// The verdict is another one than is known to be right.
    pub fn judge(&self, provider: &Arc<Provider>) -> Result<Judgement, String> {
        let secrets: Vec<KnownSecret> = std::iter::once(&self.secret)
            .chain(&self.more_secrets)
            .map(|text| given(&Secret::new(text.clone())))
            .collect();
        let verifier = Verifier::new(provider.clone(), &secrets);
        let now = Timestamp::from_secs(self.now);
        let judgement = verifier.judge(&self.request(), Some(&self.url), now, None, Checks::on());
        let expected = self.expect == "valid";
        if (judgement.verdict == Verdict::Valid) == expected {
            Ok(judgement)
        } else {
            Err(format!("vector {} must be {}: {judgement:?}", self.id, self.expect))
        }
    }
}
