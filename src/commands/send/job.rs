//! From arguments and what they refer to, to what the engine needs.

use std::sync::Arc;
use std::time::Duration;

use super::inputs::Inputs;
use super::targets::Target;
use crate::cli::send::{RequestFlags, SendArgs, TamperArg};
use crate::cli::shared::EditFlags;
use crate::clock;
use crate::commands::Context;
use crate::commands::delivering::{Amount, terms};
use crate::deliver::build::{Builder, Destination, Events, Plan, SEEDED_EPOCH, parse_url, signer};
use crate::deliver::pace::Pace;
use crate::deliver::renewal::Renewal;
use crate::deliver::resume::same_address;
use crate::deliver::story::{Story, Telling, Told};
use crate::deliver::tamper::Tamper;
use crate::deliver::{DeliverError, Due, Fate, Prepared, Source, Terms};
use crate::error::Failure;
use crate::model::quantity::Speed;
use crate::model::{Rate, Secret, Timestamp};
use crate::payload::Edit;
use crate::provider::batch::Batch;
use crate::provider::definition::HeaderLine;
use crate::provider::scenario::Scenario;
use crate::provider::{Catalog, Event, Provider, ProviderError, RenderOptions};
use crate::signature::KeyUse;

/// Turns that are tried at once where the rhythm is given: a slow receiver must not slow it down.
const TIMED_CONCURRENCY: usize = 256;

/// Everything that a run of `send` needs.
pub(super) struct Job {
    builder: Builder,
    destinations: Vec<Destination>,
    pub(super) terms: Arc<Terms>,
    plot: Plot,
}

/// What is sent.
enum Plot {
    /// So many events of one type.
    Events { pace: Pace, count: u64 },
    /// A story.
    Story { story: Story, name: String, title: String },
}

impl Job {
    /// Combines them.
    pub(super) fn new(context: &Context, catalog: &Catalog, args: &SendArgs, inputs: &Inputs) -> Result<Self, Failure> {
        let provider = catalog.get(args.provider.as_deref().unwrap_or_default())?;
        let request = &args.request;
        if let Some(url) = &request.url {
            parse_url(url)?;
        }
        let event = args.event.as_deref().map(|name| provider.event(name)).transpose()?;
        let tamper = request.tamper.map(|tamper| match tamper {
            TamperArg::Body => Tamper::Body,
            TamperArg::Signature => Tamper::Signature,
            TamperArg::Timestamp => Tamper::Timestamp,
            TamperArg::Header => Tamper::Header,
            TamperArg::Secret => Tamper::Secret,
        });
        let timestamp = request.timestamp.map(|when| when.resolve(clock::now()));
        let several = args.count > 1 || args.scenario.is_some();
        let amount = if several { Amount::Several } else { Amount::One };
        let terms = Arc::new(terms(context, Some(&provider), args.expect, &args.retries, amount)?);
        let options = RenderOptions {
            seed: inputs.seed,
            id: request.id.clone(),
            data: inputs.data.clone(),
            batch: batch(&provider, args.batch, event.as_ref())?,
            ..RenderOptions::default()
        };
        let mut destinations = Vec::new();
        for target in &inputs.to {
            let headers = headers(request, &provider, inputs.bearer.as_ref(), target)?;
            let secrets = secrets(context, &provider, inputs, target)?;
            let at = timestamp;
            let signer = signer(&provider, &secrets, tamper, request.url.clone(), at, headers.clone())?;
            let mut destination = Destination::new(target.url()?, signer);
            destination.headers = headers;
            destination.edits = edits(&args.edits, target)?;
            destination.events.clone_from(&target.events);
            destinations.push(destination);
        }
        let plot = match &args.scenario {
            Some(name) => plot(&provider, name, args, inputs, &options, timestamp, &terms)?,
            None => {
                let gap = args.rate.map(Rate::interval).or(args.interval).unwrap_or_default();
                Plot::Events { pace: Pace::every(gap), count: args.count }
            }
        };
        let builder = Builder::new(Plan {
            provider,
            event_type: args.event.clone(),
            event,
            options,
            seeded: request.seed.is_some(),
            timestamp: timestamp.filter(|_| args.scenario.is_none()),
            tamper,
            terms: terms.clone(),
        });
        Ok(Self { builder, destinations, terms, plot })
    }

    /// Its deliveries from turn `made` on; of the turns before, deliveries of these are pending.
    pub(super) fn source(&self, made: u64, pending: impl IntoIterator<Item = u64>) -> Deliveries<'_> {
        let (builder, to) = (&self.builder, &self.destinations[..]);
        match &self.plot {
            Plot::Events { pace, count } => Deliveries::Events {
                left: count.saturating_sub(made) * to.len() as u64,
                events: Events::new(builder, to, *count, *pace, made),
            },
            Plot::Story { story, .. } => Deliveries::Story(Told::new(story, builder, to, made, pending)),
        }
    }

    /// The requests that the first turn would send; of a story, those of all turns.
    ///
    /// # Errors
    /// One of them cannot be built.
    pub(super) fn preview(&self, now: Timestamp) -> Result<Vec<Prepared>, DeliverError> {
        let mut source = self.source(0, []);
        let turns = match &self.plot {
            Plot::Events { .. } => 1,
            Plot::Story { story, .. } => story.beats().len(),
        };
        let mut all = Vec::new();
        for _ in 0..turns {
            all.extend(source.make(now)?);
        }
        Ok(all)
    }

    /// The story that is told, with its name and title.
    pub(super) fn story(&self) -> Option<(&Story, &str, &str)> {
        match &self.plot {
            Plot::Events { .. } => None,
            Plot::Story { story, name, title } => Some((story, name, title)),
        }
    }

    /// What counts as accepted in a turn.
    pub(super) fn terms_of(&self, turn: u64) -> &Arc<Terms> {
        self.story().and_then(|(story, ..)| story.terms_of(turn)).unwrap_or(&self.terms)
    }

    /// How a further attempt at this delivery, which was tried before, differs from its first.
    pub(super) fn renewal(&self, first: &Prepared) -> Option<Arc<Renewal>> {
        if self.builder.tampers() {
            return None;
        }
        let url = first.url.as_str();
        let mut there = self.destinations.iter().filter(|to| same_address(to.url.as_str(), url)).peekable();
        let any = there.peek().copied();
        // Several subscriptions may have the same address; it is of the one whose secret and headers make it again.
        there.find(|to| to.made(first)).or(any).and_then(Destination::renewal)
    }

    /// How many turns are tried at once.
    pub(super) fn concurrency(&self) -> usize {
        match &self.plot {
            Plot::Events { pace, .. } if pace.is_timed() => TIMED_CONCURRENCY,
            _ => 1,
        }
    }
}

/// The deliveries of a job.
pub(super) enum Deliveries<'a> {
    Events { events: Events<'a>, left: u64 },
    Story(Told<'a>),
}

impl Deliveries<'_> {
    /// How many are to be made, when nothing is left out.
    pub(super) fn left(&self) -> u64 {
        match self {
            Self::Events { left, .. } => *left,
            Self::Story(told) => told.left(),
        }
    }

    fn source(&self) -> &dyn Source {
        match self {
            Self::Events { events, .. } => events,
            Self::Story(told) => told,
        }
    }

    fn source_mut(&mut self) -> &mut dyn Source {
        match self {
            Self::Events { events, .. } => events,
            Self::Story(told) => told,
        }
    }
}

impl Source for Deliveries<'_> {
    fn due(&self) -> Due {
        self.source().due()
    }

    fn turn(&self) -> u64 {
        self.source().turn()
    }

    fn make(&mut self, now: Timestamp) -> Result<Vec<Prepared>, DeliverError> {
        self.source_mut().make(now)
    }

    fn tried(&mut self, turn: u64, fates: &[Option<Fate>], at: Duration) {
        self.source_mut().tried(turn, fates, at);
    }

    fn ended(&mut self, turn: u64, fate: Fate, at: Duration) {
        self.source_mut().ended(turn, fate, at);
    }
}

/// The story that `--scenario` names.
fn plot(
    provider: &Arc<Provider>,
    name: &str,
    args: &SendArgs,
    inputs: &Inputs,
    options: &RenderOptions,
    timestamp: Option<Timestamp>,
    terms: &Arc<Terms>,
) -> Result<Plot, Failure> {
    let scenario = match &inputs.scenario {
        Some(text) => {
            Scenario::parse(text).map_err(|error| ProviderError::Scenario { place: name.to_owned(), error })?
        }
        None => provider.scenario(name)?,
    };
    let telling = Telling {
        speed: args.speed.unwrap_or(Speed::LIFE),
        shuffle: args.shuffle,
        duplicate: args.duplicate.unwrap_or(0.0),
        drop: args.drop.unwrap_or(0.0),
    };
    let seeded = args.request.seed.map(|_| SEEDED_EPOCH);
    let started = timestamp.or(seeded).unwrap_or(inputs.started);
    let of_step = |at: usize| match scenario.steps[at].expect {
        Some(expect) => Arc::new(Terms { accept: vec![expect], ..Terms::clone(terms) }),
        None => terms.clone(),
    };
    let story = Story::new(provider, &scenario, telling, options, started, of_step)?;
    Ok(Plot::Story { story, name: name.to_owned(), title: scenario.title })
}

/// How events are put together, where that is asked for.
pub(in crate::commands) fn batch(
    provider: &Provider,
    size: Option<u32>,
    event: Option<&Event>,
) -> Result<Option<(Arc<Batch>, u32)>, Failure> {
    let Some(size) = size else { return Ok(None) };
    let title = &provider.definition.title;
    let json = event.is_none_or(|event| Batch::fits(event.kind));
    let Some(batch) = provider.batch()?.filter(|_| json) else {
        return Err(Failure::usage(format!("--batch: {title} sends one event at a time"))
            .hint("--count sends several deliveries; 'hookctl send generic --batch 10' has an envelope of its own"));
    };
    let most = provider.definition.batch.as_ref().and_then(|rule| rule.max);
    if let Some(most) = most.filter(|most| size > *most) {
        return Err(Failure::usage(format!("--batch {size}: {title} puts at most {most} events into a request")));
    }
    Ok(Some((Arc::new(batch), size)))
}

/// What signs for a target: its subscription's own secrets, else those that are known for the provider.
fn secrets(context: &Context, provider: &Provider, inputs: &Inputs, target: &Target) -> Result<Vec<Secret>, Failure> {
    let secrets = context.secrets();
    let subscription = target.subscription.as_ref().and_then(|name| context.config.subscriptions.get(name));
    if let Some(own) = subscription.filter(|own| inputs.secrets.is_empty() && !own.secrets.is_empty()) {
        return own.secrets.iter().map(|source| Ok(secrets.resolve(source)?)).collect();
    }
    let known = secrets.known(provider, &inputs.secrets, KeyUse::Sign)?;
    Ok(known.into_iter().map(|known| known.secret).collect())
}

fn edits(flags: &EditFlags, target: &Target) -> Result<Vec<Edit>, Failure> {
    let fill = |texts: &Vec<String>| texts.iter().map(|text| target.fill(text)).collect();
    let filled = EditFlags {
        set: fill(&flags.set),
        set_string: fill(&flags.set_string),
        set_json: fill(&flags.set_json),
        unset: flags.unset.clone(),
    };
    Ok(filled.edits()?)
}

fn headers(
    request: &RequestFlags,
    provider: &Provider,
    bearer: Option<&Secret>,
    target: &Target,
) -> Result<Vec<HeaderLine>, Failure> {
    let mut headers = request.headers.clone();
    if let Some(line) = headers.iter().find(|line| is_framing(&line.name)) {
        return Err(Failure::usage(format!("--header {}: hookctl frames the request itself", line.name)));
    }
    let mut add = |name: &str, value: &str| {
        let line: Result<HeaderLine, _> = format!("{name}: {value}").parse();
        // The value is a secret or a key: the message must not show it.
        line.map(|line| headers.push(line))
            .map_err(|_| Failure::usage(format!("the value for {name} has a line break in it")))
    };
    if let Some(token) = bearer {
        add("Authorization", &format!("Bearer {}", token.expose()))?;
    }
    if let Some(key) = &request.idempotency_key {
        let own = provider.definition.event.idempotency_key.iter().find_map(|template| template.as_header());
        add(own.unwrap_or("Idempotency-Key"), key)?;
    }
    for line in &mut headers {
        line.value = target.fill(&line.value);
    }
    Ok(headers)
}

/// Two ideas of where a body ends would make two requests of one.
pub(in crate::commands) fn is_framing(name: &str) -> bool {
    ["content-length", "transfer-encoding"].iter().any(|framing| name.eq_ignore_ascii_case(framing))
}
