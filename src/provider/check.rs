//! Checking a provider: everything in its folder is read, rendered, signed and verified, and everything broken refused.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;

use super::definition::BodyKind;
use super::folder::Provider;
use super::handshake::{self, Handshake};
use super::render::{RenderOptions, render};
use super::verifier::{Judgement, KnownSecret, SecretOrigin, Verifier};
use crate::model::{Headers, Request, Secret, Timestamp, Verdict, multipart};
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

/// A handshake whose answer is known: a line of `vectors/handshakes.jsonl`.
#[derive(Debug, Deserialize)]
pub struct HandshakeVector {
    /// The request, the secret and whether it is to be refused.
    #[serde(flatten)]
    pub vector: Vector,
    expect_response_status: Option<u16>,
    #[serde(default)]
    expect_response_headers: BTreeMap<String, String>,
    expect_response_body: Option<String>,
    expect_response_json: Option<serde_json::Value>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Report {
    /// How many events were rendered.
    pub events: usize,
    /// How many scenarios were read and rendered.
    pub scenarios: usize,
    /// How many handshakes were played from both sides.
    pub handshakes: usize,
    /// How many vectors were judged.
    pub vectors: usize,
    /// What is wrong, a sentence each.
    pub problems: Vec<String>,
}

/// Checks all events and vectors of a provider.
pub fn run(provider: &Arc<Provider>, pair: &Pair) -> Report {
    let mut report = Report::default();
    let verifier = Verifier::new(provider.clone(), &[given(&pair.public)]);
    let shape = &provider.definition.request;
    if shape.body == BodyKind::Multipart && multipart::boundary(&shape.content_type).is_none() {
        report.problems.push("the parts of a multipart body need a boundary in content_type".to_owned());
    }
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
    for handshake in &provider.definition.handshake {
        report.handshakes += 1;
        if let Err(problem) = check_handshake(provider, handshake, pair, &verifier) {
            report.problems.push(format!("handshake {}: {problem}", handshake.id));
        }
    }
    for line in provider.vectors() {
        report.vectors += 1;
        match serde_json::from_str::<Vector>(&line) {
            Ok(vector) => report.problems.extend(vector.judge(provider).err()),
            Err(error) => report.problems.push(format!("a vector cannot be read: {error}")),
        }
    }
    for line in provider.handshake_vectors() {
        report.vectors += 1;
        match serde_json::from_str::<HandshakeVector>(&line) {
            Ok(vector) => report.problems.extend(vector.judge(provider).err()),
            Err(error) => report.problems.push(format!("a handshake vector cannot be read: {error}")),
        }
    }
    report
}

/// Checks one event.
///
/// # Errors
/// What is wrong with it, as a sentence.
pub fn event(provider: &Arc<Provider>, name: &str, pair: &Pair) -> Result<(), String> {
    check_event(provider, name, pair, &Verifier::new(provider.clone(), &[given(&pair.public)]))
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
    sign_all(provider, unsigned.request, secret, now)
}

/// Signs with every scheme that the secret fits.
fn sign_all(provider: &Provider, mut request: Request, secret: &Secret, now: Timestamp) -> Result<Request, String> {
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

/// Plays a handshake from both sides: it is answered as the provider expects, and refused where it must be.
fn check_handshake(
    provider: &Arc<Provider>,
    handshake: &Handshake,
    pair: &Pair,
    verifier: &Verifier,
) -> Result<(), String> {
    let event = provider.handshake_event(&handshake.id).map_err(|error| error.to_string())?;
    let options = RenderOptions {
        target: "/webhooks".to_owned(),
        values: handshake::values(&pair.public),
        ..RenderOptions::default()
    };
    let rendered = render(provider, Some(&handshake.id), Some(&event), &options, NOW);
    let mut request = rendered.map_err(|error| error.to_string())?.request;
    if handshake.signed {
        request = sign_all(provider, request, &pair.private, NOW)?;
    }
    let found = provider.handshake(&request).map(|found| found.id.as_str());
    if found != Some(&handshake.id) {
        return Err(format!("a receiver would take it for {}", found.unwrap_or("no handshake")));
    }
    let known = given(&pair.public);
    let answer = |request: &Request, known: &KnownSecret| {
        let judged = verifier.judge(request, Some(URL), NOW, None, Checks::off());
        let answered = provider.answer(request, judged.verdict, judged.secret_index, std::slice::from_ref(known));
        answered.expect("it was recognised")
    };
    let answered = answer(&request, &known);
    if let Some(why) = answered.refused {
        return Err(format!("it is refused: {why}"));
    }
    provider.judge_answer(handshake, &request, Some(&known), &answered.response)?;
    if handshake.signed {
        let mut bare = request.clone();
        for scheme in provider.definition.schemes() {
            scheme.carrier.clear(&mut bare, scheme.each.as_ref());
        }
        if provider.handshake(&bare).is_some() && answer(&bare, &known).refused.is_none() {
            return Err("it is answered without a signature".to_owned());
        }
    }
    if handshake.token.is_some() && answer(&request, &given(&Secret::new("another"))).refused.is_none() {
        return Err("it is answered with any token".to_owned());
    }
    Ok(())
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

impl HandshakeVector {
    /// Whether an answer is the right one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn judge_answer(&self, status: u16, headers: &Headers, body: &[u8]) -> Result<(), String> {
        let id = &self.vector.id;
        if self.vector.expect != "valid" {
            let refused = (400..500).contains(&status);
            return if refused { Ok(()) } else { Err(format!("handshake {id} must be refused, and gets {status}")) };
        }
        let wrong = |what: String| Err(format!("handshake {id}: {what}"));
        let right = self.expect_response_status.unwrap_or(200);
        if status != right {
            return wrong(format!("the status is {status}, and {right} is right"));
        }
        for (name, value) in &self.expect_response_headers {
            if headers.text(name) != Some(value) {
                return wrong(format!("the header {name} is {:?}", headers.text(name)));
            }
        }
        let text = String::from_utf8_lossy(body);
        if let Some(right) = &self.expect_response_body
            && text != *right
        {
            return wrong(format!("the body is '{text}'"));
        }
        match &self.expect_response_json {
            Some(right) if serde_json::from_slice::<serde_json::Value>(body).ok().as_ref() != Some(right) => {
                wrong(format!("the body is '{text}'"))
            }
            _ => Ok(()),
        }
    }

    /// Has the provider's data answer it.
    ///
    /// # Errors
    /// What is wrong with the answer.
    pub fn judge(&self, provider: &Arc<Provider>) -> Result<(), String> {
        let vector = &self.vector;
        let secrets = vector.secrets();
        let request = vector.request();
        let now = Timestamp::from_secs(vector.now);
        let verifier = Verifier::new(provider.clone(), &secrets);
        let judged = verifier.judge(&request, Some(&vector.url), now, None, Checks::off());
        let answered = provider.answer(&request, judged.verdict, judged.secret_index, &secrets);
        let answer = answered.ok_or_else(|| format!("{} is taken for no handshake", vector.id))?.response;
        self.judge_answer(answer.status, &answer.headers, &answer.body)
    }
}

impl Vector {
    /// The secrets of the vector; none, if it has none.
    pub fn secrets(&self) -> Vec<KnownSecret> {
        let texts = std::iter::once(&self.secret).chain(&self.more_secrets).filter(|text| !text.is_empty());
        texts.map(|text| given(&Secret::new(text.clone()))).collect()
    }

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
