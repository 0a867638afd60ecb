//! `hookctl send PROVIDER --handshake`: the provider's side of its registration, and whether the answer is right.

use std::sync::Arc;

use super::inputs::Inputs;
use super::print;
use crate::cli::send::SendArgs;
use crate::clock;
use crate::commands::{Context, delivering, runtime};
use crate::deliver::attempt::attempt;
use crate::deliver::build::{Builder, Destination, Plan, signer};
use crate::deliver::{Prepared, Terms};
use crate::error::Failure;
use crate::exit::Exit;
use crate::http::client::Client;
use crate::json::handshake::HandshakeObject;
use crate::model::NewAttempt;
use crate::output::human::attempt as human;
use crate::provider::handshake::{Handshake, values};
use crate::provider::{Catalog, KnownSecret, Provider, RenderOptions};
use crate::signature::KeyUse;
use crate::store::{OpenOptions, Store};
use crate::text::list;

/// Plays all handshakes of a provider, or the one that is named, against every target.
pub(super) fn run(context: &Context, catalog: &Catalog, args: &SendArgs) -> Result<Exit, Failure> {
    let provider = super::named(catalog, args.provider.as_deref(), "--handshake")?;
    let handshakes = chosen(&provider, args.event.as_deref())?;
    let inputs = Inputs::read(context, catalog, args)?;
    let known = context.secrets().known(&provider, &inputs.secrets, KeyUse::Sign)?;
    let amount = delivering::Amount::One;
    let usual = delivering::terms(context, Some(&provider), None, &args.retries, amount)?;
    let mut all = Vec::new();
    for handshake in handshakes {
        let terms = Arc::new(Terms::once(usual.timeout, accepted(handshake)));
        for delivery in built(args, &inputs, &provider, handshake, &known, &terms)? {
            all.push((handshake, delivery));
        }
    }
    if args.dry_run {
        for (_, delivery) in &all {
            print::request(context, delivery, args.format);
        }
        return Ok(Exit::Yes);
    }
    let client = super::client(args)?;
    let store = context.store(&OpenOptions::default())?;
    let runtime = runtime::one_thread()?;
    let mut exit = Exit::Surroundings;
    for (handshake, delivery) in &all {
        let tried = runtime.block_on(play(&client, &store, delivery))?;
        let problem = match &tried.outcome {
            Err(kind) => Some(kind.sentence().to_owned()),
            Ok(answer) => {
                provider.judge_answer(handshake, &delivery.request, secret_of(handshake, &known), answer).err()
            }
        };
        tell(context, &provider, handshake, &tried, problem.as_deref());
        exit = match (exit, &tried.outcome, problem) {
            (Exit::No, ..) | (_, Ok(_), Some(_)) => Exit::No,
            (Exit::Yes, Err(_), _) => Exit::No,
            (kept, Err(_), _) => kept,
            (_, Ok(_), None) => Exit::Yes,
        };
    }
    store.close()?;
    Ok(exit)
}

fn chosen<'p>(provider: &'p Provider, id: Option<&str>) -> Result<Vec<&'p Handshake>, Failure> {
    let all = &provider.definition.handshake;
    let title = &provider.definition.title;
    if all.is_empty() {
        return Err(Failure::usage(format!("{title} has no registration handshake that hookctl knows")));
    }
    let Some(id) = id else { return Ok(all.iter().collect()) };
    let ids: Vec<String> = all.iter().map(|handshake| handshake.id.clone()).collect();
    match all.iter().find(|handshake| handshake.id == id) {
        Some(handshake) => Ok(vec![handshake]),
        None => Err(Failure::usage(format!("{title} has no handshake '{id}'")).hint(format!("it has {}", list(&ids)))),
    }
}

/// The statuses of the right answer, as what counts as accepted.
fn accepted(handshake: &Handshake) -> Vec<crate::provider::definition::StatusRange> {
    handshake.answer.status.iter().filter_map(|status| status.to_string().parse().ok()).collect()
}

/// The secret that a handshake is about: of several, a verify token is the one that was named last.
fn secret_of<'k>(handshake: &Handshake, known: &'k [KnownSecret]) -> Option<&'k KnownSecret> {
    if handshake.token.is_some() { known.last() } else { known.first() }
}

/// Its requests, one a target.
fn built(
    args: &SendArgs,
    inputs: &Inputs,
    provider: &Arc<Provider>,
    handshake: &Handshake,
    known: &[KnownSecret],
    terms: &Arc<Terms>,
) -> Result<Vec<Prepared>, Failure> {
    let signing: Vec<_> = known.iter().filter(|_| handshake.signed).map(|known| known.secret.clone()).collect();
    let headers = args.request.headers.clone();
    let timestamp = args.request.timestamp.map(|when| when.resolve(clock::now()));
    let signer = signer(provider, &signing, None, args.request.url.clone(), timestamp, headers.clone())?;
    let builder = Builder::new(Plan {
        provider: provider.clone(),
        event_type: Some(handshake.id.clone()),
        event: Some(provider.handshake_event(&handshake.id)?),
        options: RenderOptions {
            seed: inputs.seed,
            edits: args.edits.edits()?,
            headers,
            values: secret_of(handshake, known).map(|known| values(&known.secret)).unwrap_or_default(),
            ..RenderOptions::default()
        },
        seeded: args.request.seed.is_some(),
        timestamp,
        tamper: None,
        terms: terms.clone(),
    });
    let now = clock::now();
    let to = inputs.to.iter().map(|target| Ok(Destination::new(target.url()?, signer.clone())));
    Ok(builder.nth(0, &to.collect::<Result<Vec<_>, Failure>>()?, now)?)
}

/// One attempt, recorded like any other.
async fn play(client: &Client, store: &Store, delivery: &Prepared) -> Result<NewAttempt, Failure> {
    store.record(delivery.to_record()).await?;
    let tried = attempt(client, delivery, None, 1).await;
    store.record_attempt(tried.clone()).await?;
    Ok(tried)
}

fn tell(context: &Context, provider: &Provider, handshake: &Handshake, tried: &NewAttempt, problem: Option<&str>) {
    let object = HandshakeObject::new(&provider.name, &handshake.id, tried, problem);
    context.output.result(&object, || human::handshake(&provider.name, &handshake.id, tried, problem));
}
