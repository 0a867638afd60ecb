//! `hookctl send`

mod handshake;
pub(super) mod inputs;
pub(super) mod job;
mod print;
mod resume;
mod scenario;
mod targets;
mod watch;

use std::sync::Arc;

use self::inputs::Inputs;
use self::job::{Deliveries, Job};
use super::Context;
use super::delivering::{self, Ready};
use crate::cli::send::SendArgs;
use crate::clock;
use crate::deliver::Underway;
use crate::error::Failure;
use crate::exit::Exit;
use crate::http::client::{Client, ClientOptions};
use crate::model::RunId;
use crate::output::picker;
use crate::provider::{Catalog, Provider};
use crate::store::{Lease, OpenOptions, Store};
use crate::text::list;

/// Where `listen` is, unless it was told otherwise.
pub(super) const USUAL_TARGET: &str = "http://127.0.0.1:4400";

pub(super) fn run(context: &Context, args: &SendArgs) -> Result<Exit, Failure> {
    if args.resume || args.discard {
        return resume::run(context, args);
    }
    let catalog = context.catalog()?;
    if args.list {
        return list_events(context, &catalog, args.provider.as_deref());
    }
    if args.list_scenarios {
        return scenario::list(context, &*named(&catalog, args.provider.as_deref(), "--list-scenarios")?);
    }
    if args.handshake {
        return handshake::run(context, &catalog, args);
    }
    let args = &chosen(context, &catalog, args)?;
    if args.watch {
        return watch::run(context, &catalog, args);
    }
    let inputs = Inputs::read(context, &catalog, args)?;
    let job = Job::new(context, &catalog, args, &inputs)?;
    // What cannot be built is told before a store is made for it.
    let preview = job.preview(clock::now())?;
    if args.dry_run {
        preview.iter().for_each(|delivery| print::request(context, delivery, args.format));
        return Ok(Exit::Yes);
    }
    let client = client(args)?;
    let store = context.store(&OpenOptions::default())?;
    let run = delivering::begin(&store, inputs.keep(args))?;
    delivering::announce(context, &job.terms);
    let exit = deliver(context, &store, &client, args, &job, Left { run, made: 0, pending: Vec::new() })?;
    store.close()?;
    Ok(exit)
}

/// What is left of a run.
struct Left {
    /// Its id, and the right to work on it.
    run: (RunId, Lease),
    /// How many turns were made.
    made: u64,
    /// What is pending of them.
    pending: Vec<Underway>,
}

/// Delivers what is left of a job.
fn deliver(
    context: &Context,
    store: &Store,
    client: &Client,
    args: &SendArgs,
    job: &Job,
    left: Left,
) -> Result<Exit, Failure> {
    let mut source = job.source(left.made, left.pending.iter().map(|delivery| delivery.turn));
    let sum_up = |source: &Deliveries<'_>| scenario::sum_up(context, job, source);
    delivering::run(context, store, client, ready(args, job, &mut source, left, &sum_up))
}

fn ready<'a, 'j>(
    args: &SendArgs,
    job: &Job,
    source: &'a mut Deliveries<'j>,
    left: Left,
    sum_up: &'a dyn Fn(&Deliveries<'j>),
) -> Ready<'a, Deliveries<'j>> {
    Ready {
        total: source.left() + left.pending.len() as u64,
        source,
        pending: left.pending,
        command: "send",
        what: "sending",
        expected: args.expect,
        concurrency: job.concurrency(),
        run: left.run,
        labels: scenario::labels(job),
        sum_up,
    }
}

fn client(args: &SendArgs) -> Result<Client, Failure> {
    Ok(Client::new(ClientOptions {
        authority: args.tls.cacert.clone(),
        insecure: args.tls.insecure,
        ..ClientOptions::default()
    })?)
}

fn list_events(context: &Context, catalog: &Catalog, provider: Option<&str>) -> Result<Exit, Failure> {
    let provider = named(catalog, provider, "--list")?;
    if context.output.is_json() {
        context.output.json(&crate::json::provider::ProviderObject::new(&provider, catalog.origin(&provider.name)));
    } else {
        context.output.block(&provider.events());
    }
    Ok(Exit::Yes)
}

fn named(catalog: &Catalog, provider: Option<&str>, flag: &str) -> Result<Arc<Provider>, Failure> {
    let wanted = || Failure::usage(format!("{flag} needs a provider")).hint("'hookctl providers' lists them");
    Ok(catalog.get(provider.ok_or_else(wanted)?)?)
}

/// The arguments with a provider and an event: what was left out is asked for. A body of one's own needs no event.
fn chosen(context: &Context, catalog: &Catalog, args: &SendArgs) -> Result<SendArgs, Failure> {
    let mut args = args.clone();
    let name = match &args.provider {
        Some(name) => name.clone(),
        None => {
            let names = catalog.names();
            let at = picker::pick(&context.output, "provider", &names).ok_or_else(|| {
                Failure::usage("no provider was named")
                    .hint(format!("hookctl send PROVIDER EVENT; 'hookctl providers' lists all {}", names.len()))
            })?;
            names[at].clone()
        }
    };
    if args.event.is_none() && args.request.data.is_none() && args.scenario.is_none() {
        let provider = catalog.get(&name)?;
        let names = provider.events();
        let prompt = format!("{} event", provider.definition.title);
        let at = picker::pick(&context.output, &prompt, &names).ok_or_else(|| {
            Failure::usage("no event was named").hint(format!("hookctl send {name} EVENT; {name} has {}", list(&names)))
        })?;
        args.event = Some(names[at].clone());
    }
    args.provider = Some(name);
    Ok(args)
}
