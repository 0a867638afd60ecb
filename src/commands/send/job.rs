//! From arguments and what they refer to, to what the engine needs.

use std::sync::Arc;

use super::inputs::Inputs;
use crate::cli::send::{RequestFlags, SendArgs, TamperArg};
use crate::clock;
use crate::commands::Context;
use crate::commands::delivering::{Amount, terms};
use crate::deliver::build::{Builder, Destination, Events, Plan, parse_url, signer};
use crate::deliver::pace::Pace;
use crate::deliver::renewal::Renewal;
use crate::deliver::tamper::Tamper;
use crate::deliver::{DeliverError, Prepared, Source, Terms};
use crate::error::Failure;
use crate::model::{Rate, Secret, Timestamp};
use crate::provider::definition::HeaderLine;
use crate::provider::{Catalog, Provider, RenderOptions};
use crate::signature::KeyUse;

/// Turns that are tried at once where the rhythm is given: a slow receiver must not slow it down.
const TIMED_CONCURRENCY: usize = 256;

/// Everything that a run of `send` needs.
pub(super) struct Job {
    builder: Builder,
    pub(super) destinations: Vec<Destination>,
    pub(super) terms: Arc<Terms>,
    pace: Pace,
    count: u64,
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
        let known: Vec<Secret> = context
            .secrets()
            .known(&provider, &inputs.secrets, KeyUse::Sign)?
            .into_iter()
            .map(|known| known.secret)
            .collect();
        let headers = headers(request, &provider, inputs.bearer.as_ref())?;
        let tamper = request.tamper.map(|tamper| match tamper {
            TamperArg::Body => Tamper::Body,
            TamperArg::Signature => Tamper::Signature,
            TamperArg::Timestamp => Tamper::Timestamp,
            TamperArg::Header => Tamper::Header,
            TamperArg::Secret => Tamper::Secret,
        });
        let timestamp = request.timestamp.map(|when| when.resolve(clock::now()));
        let amount = if args.count > 1 { Amount::Several } else { Amount::One };
        let terms = Arc::new(terms(context, Some(&provider), args.expect, &args.retries, amount)?);
        let signer = signer(&provider, &known, tamper, request.url.clone(), timestamp, headers.clone())?;
        let destinations = inputs.to.iter().map(|url| Destination::new(url.clone(), signer.clone())).collect();
        let builder = Builder::new(Plan {
            provider,
            event_type: args.event.clone(),
            event,
            options: RenderOptions {
                seed: inputs.seed,
                id: request.id.clone(),
                edits: args.edits.edits()?,
                data: inputs.data.clone(),
                headers,
                ..RenderOptions::default()
            },
            seeded: request.seed.is_some(),
            timestamp,
            tamper,
            terms: terms.clone(),
        });
        let gap = args.rate.map(Rate::interval).or(args.interval).unwrap_or_default();
        Ok(Self { builder, destinations, terms, pace: Pace::every(gap), count: args.count })
    }

    /// Its deliveries from turn `made` on.
    pub(super) fn source(&self, made: u64) -> Deliveries<'_> {
        Deliveries {
            events: Events::new(&self.builder, &self.destinations, self.count, self.pace, made),
            left: self.count.saturating_sub(made) * self.destinations.len() as u64,
        }
    }

    /// How a further attempt at a delivery that went to this URL differs from its first.
    pub(super) fn renewal(&self, url: &str) -> Option<Arc<Renewal>> {
        if self.builder.tampers() {
            return None;
        }
        let destination = self.destinations.iter().find(|to| without_query(to.url.as_str()) == without_query(url));
        destination.and_then(Destination::renewal)
    }

    /// How many turns are tried at once.
    pub(super) fn concurrency(&self) -> usize {
        if self.pace.is_timed() { TIMED_CONCURRENCY } else { 1 }
    }
}

/// Some schemes sign into the query, so that the URL of a delivery is not always that of its destination.
fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

/// The deliveries of a job.
pub(super) struct Deliveries<'a> {
    events: Events<'a>,
    left: u64,
}

impl Deliveries<'_> {
    /// How many there are.
    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// Those of the first turn.
    pub(super) fn first(mut self, now: Timestamp) -> Result<Vec<Prepared>, DeliverError> {
        self.events.make(now)
    }
}

impl Source for Deliveries<'_> {
    fn due(&self) -> crate::deliver::Due {
        self.events.due()
    }

    fn turn(&self) -> u64 {
        self.events.turn()
    }

    fn make(&mut self, now: Timestamp) -> Result<Vec<Prepared>, DeliverError> {
        self.events.make(now)
    }
}

fn headers(request: &RequestFlags, provider: &Provider, bearer: Option<&Secret>) -> Result<Vec<HeaderLine>, Failure> {
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
    Ok(headers)
}

/// Two ideas of where a body ends would make two requests of one.
pub(in crate::commands) fn is_framing(name: &str) -> bool {
    ["content-length", "transfer-encoding"].iter().any(|framing| name.eq_ignore_ascii_case(framing))
}
