//! `hookctl replay`
//!
//! ```text
//! mod.rs        the command: what to replay, whether it may, and how
//! store.rs      what is replayed from the store
//! file.rs       what is replayed from a file
//! senders.rs    who sent it, with the keys that sign
//! sending.rs    sending it, to the exit code
//! comparing.rs  answers beside the recorded ones
//! kept.rs       a replay as it is kept until it is done
//! resume.rs     going on with one that was interrupted
//! ```

mod comparing;
mod file;
mod kept;
mod resume;
mod senders;
mod sending;
mod store;

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use url::Url;

use super::Context;
use super::archive::Archive;
use super::delivering::{self, Amount, terms};
use super::runtime;
use super::send::USUAL_TARGET;
use crate::cli::replay::{OrderArg, ReplayArgs, SignArg};
use crate::cli::shared::RetryFlags;
use crate::clock;
use crate::config::Origin;
use crate::deliver::build::parse_url;
use crate::deliver::replay::{Order, Plan, Remaking, Schedule, Signing, Tape, Targets};
use crate::error::Failure;
use crate::exit::Exit;
use crate::http::client::{Barred, Client, ClientOptions, Destination, Reach};
use crate::model::quantity::{Speed, show_duration};
use crate::model::{RetryPolicy, Secret};
use crate::output::{picker, style};
use crate::payload::Seed;
use crate::store::{OpenOptions, Store};
use crate::text::{count, list};
use senders::Senders;
use sending::Left;

pub(super) fn run(context: &Context, args: &ReplayArgs) -> Result<Exit, Failure> {
    if args.resume || args.discard {
        return resume::run(context, args);
    }
    check(args)?;
    let targets = targets(context)?;
    let given = Context::given_secrets(&context.secrets(), &args.secrets.secrets)?;
    let senders = Senders::new(context, args, given)?;
    let store = context.store(&OpenOptions::default())?;
    let exit = match &args.from {
        Some(from) => {
            let tape = file::Tape::read(context, args, from, senders)?;
            replay(context, args, &store, tape, targets)
        }
        None => {
            let tape = store::Tape::choose(context, args, &store, senders)?;
            replay(context, args, &store, tape, targets)
        }
    }?;
    store.close()?;
    Ok(exit)
}

/// Replays from a store that is open already, to these targets, with these secrets.
pub(super) fn within(
    context: &Context,
    args: &ReplayArgs,
    given: Vec<Secret>,
    store: &Arc<Store>,
    targets: Targets,
) -> Result<Exit, Failure> {
    let tape = store::Tape::choose(context, args, store, Senders::new(context, args, given)?)?;
    replay(context, args, store, tape, targets)
}

/// Replays what somebody made of a delivery, as a line of an export, as if it had come from standard input.
pub(super) fn edited(
    context: &Context,
    args: ReplayArgs,
    given: Vec<Secret>,
    store: &Arc<Store>,
    targets: Targets,
    (name, line): (String, Bytes),
) -> Result<Exit, Failure> {
    let args = ReplayArgs { from: Some("-".to_owned()), ..args };
    let senders = Senders::new(context, &args, given)?;
    let archive = Archive::of_input(line, None, senders.catalog())?;
    let tape = file::Tape::of(context, &args, archive, senders)?.called(name);
    replay(context, &args, store, tape, targets)
}

/// What cannot go together, and what clap cannot see.
fn check(args: &ReplayArgs) -> Result<(), Failure> {
    let edits = !args.edits.edits()?.is_empty();
    if args.sign == Some(SignArg::Keep) && (args.new_ids || edits) {
        let what = if args.new_ids { "--new-ids" } else { "an edit" };
        return Err(Failure::usage(format!("--sign keep changes nothing, and {what} would"))
            .hint("--sign fresh signs what was changed"));
    }
    if let Some(url) = &args.url {
        parse_url(url)?;
    }
    let selection = &args.selection;
    if args.from.is_some() && (selection.dead || selection.sent) {
        return Err(Failure::usage("a file knows no attempts: --dead and --sent are about the store"));
    }
    let secret = args.secrets.secrets.iter().any(|secret| secret == "-");
    if args.from.as_deref() == Some("-") && secret {
        return Err(Failure::usage("standard input can be the file or a secret, not both").hint("use env: or file:"));
    }
    Ok(())
}

/// `--to`; else where hookctl sent it, `[send] to`, the usual `listen`.
fn targets(context: &Context) -> Result<Targets, Failure> {
    let Some(setting) = &context.config.send.to else { return Ok(Targets::Same(vec![parse_url(USUAL_TARGET)?])) };
    let urls = setting.value.iter().map(|url| url.url().clone()).collect();
    Ok(match setting.origin {
        Origin::Flag { .. } => Targets::These(urls),
        _ => Targets::Same(urls),
    })
}

fn replay(
    context: &Context,
    args: &ReplayArgs,
    store: &Arc<Store>,
    mut tape: impl Recording,
    targets: Targets,
) -> Result<Exit, Failure> {
    let output = &context.output;
    if tape.is_empty() {
        let hint = if args.selection.dead {
            "'hookctl events list --dead' shows dead letters"
        } else {
            "'hookctl events list' shows what there is"
        };
        return Err(Failure::usage("nothing recorded that fits").hint(hint));
    }
    let seed = args.seed.map_or_else(clock::seed, Seed::of);
    let plan = plan(context, args, schedule(args, &tape, seed)?, targets, seed)?;
    let remote = runtime::one_thread()?.block_on(elsewhere(&plan.targets, &tape))?;
    if let (Some(Elsewhere { host, known }), false) = (&remote, args.allow_remote) {
        let what = if *known {
            "is not on this machine"
        } else {
            "cannot be resolved, so nobody knows that it is on this machine"
        };
        return Err(Failure::usage(format!("{host} {what}"))
            .hint("--allow-remote replays to it all the same, --to URL to another one"));
    }
    let turns = plan.schedule.turns();
    if turns > 1 && !args.yes && !agreed(context, turns, &plan, remote.as_ref())? {
        return Ok(Exit::No);
    }
    delivering::announce(context, &plan.terms);
    let span = plan.schedule.span();
    if !span.is_zero() {
        output.note(&style::dim(&format!("the recorded gaps take {} at this speed", show_duration(span))));
    }
    let run = delivering::begin(store, kept::run(args, &plan, &tape)?)?;
    sending::send(context, args, store, &mut tape, &plan, Left { run, made: 0, pending: Vec::new() })
}

/// A tape of which it is known where its requests went.
trait Recording: Tape {
    /// What finds a request again: its number in the store, or in its file.
    fn key(&self, at: usize) -> i64;

    /// The addresses that hookctl sent some of it to.
    fn went_to(&self) -> &BTreeSet<String>;

    /// What it was read from, if nobody can read that again.
    fn input(&self) -> Option<&Bytes>;
}

/// Which comes when.
fn schedule(args: &ReplayArgs, tape: &impl Recording, seed: Seed) -> Result<Schedule, Failure> {
    let arrivals: Vec<_> = (0..tape.len()).map(|at| tape.arrived_at(at)).collect();
    let speed = args.speed.unwrap_or(Speed::Max);
    if speed != Speed::Max && arrivals.iter().all(Option::is_none) {
        return Err(Failure::usage("nothing says when these requests arrived, so there are no gaps to keep")
            .hint("leave out --speed"));
    }
    Ok(Schedule::new(&arrivals, order(args), speed, args.repeat, &mut seed.chance()))
}

fn order(args: &ReplayArgs) -> Order {
    match args.order {
        OrderArg::Recorded => Order::Recorded,
        OrderArg::Shuffled => Order::Shuffled,
        OrderArg::Reversed => Order::Reversed,
    }
}

fn plan(
    context: &Context,
    args: &ReplayArgs,
    schedule: Schedule,
    targets: Targets,
    seed: Seed,
) -> Result<Plan, Failure> {
    let amount = if args.compare { Amount::One } else { Amount::Several };
    let terms = terms(context, None, args.expect, &args.retries, amount);
    // Where the provider is not known, its plan cannot be followed; the others follow theirs.
    let terms = match terms {
        Err(_) if args.retries.retry == Some(RetryPolicy::Provider) => {
            let usual = RetryFlags { retry: None, ..args.retries.clone() };
            delivering::terms(context, None, args.expect, &usual, amount)?
        }
        terms => terms?,
    };
    Ok(Plan {
        targets,
        schedule,
        remaking: Remaking {
            signing: match args.sign {
                Some(SignArg::Keep) => Signing::Keep,
                Some(SignArg::Fresh) => Signing::Fresh,
                None => Signing::WhereKnown,
            },
            new_ids: args.new_ids,
            edits: args.edits.edits()?,
        },
        terms: Arc::new(terms),
        seed,
    })
}

/// A host that is not on this machine, as far as is known.
struct Elsewhere {
    host: String,
    /// Whether its addresses are known.
    known: bool,
}

/// Looks for a host that is not on this machine. What a name means is looked up here and once more by each connection.
async fn elsewhere(targets: &Targets, tape: &impl Recording) -> Result<Option<Elsewhere>, Failure> {
    let near =
        Client::new(ClientOptions { destination: Destination::within(Reach::Loopback), ..ClientOptions::default() })?;
    let sent = match targets {
        Targets::These(_) => Vec::new(),
        Targets::Same(_) => tape.went_to().iter().filter_map(|url| Url::parse(url).ok()).collect(),
    };
    let (Targets::These(urls) | Targets::Same(urls)) = targets;
    for url in urls.iter().chain(&sent) {
        if let Err(barred) = near.check(url).await {
            let host = url.host_str().unwrap_or_default().to_owned();
            return Ok(Some(Elsewhere { host, known: barred != Barred::Unknown }));
        }
    }
    Ok(None)
}

/// Asks before several are sent. Where nobody can be asked, what stays on this machine needs no leave.
fn agreed(context: &Context, turns: u64, plan: &Plan, remote: Option<&Elsewhere>) -> Result<bool, Failure> {
    let to: Vec<&str> = match &plan.targets {
        Targets::These(urls) => urls.iter().map(Url::as_str).collect(),
        Targets::Same(_) => Vec::new(),
    };
    let to = if to.is_empty() { String::new() } else { format!(" to {}", list(&to)) };
    let what = count(usize::try_from(turns).unwrap_or(usize::MAX), "delivery", "deliveries");
    match (picker::confirm(&context.output, &format!("send {what}{to}?")), remote) {
        (Some(agreed), _) => Ok(agreed),
        // A prompt that was left is a no.
        (None, _) if context.output.is_interactive() => Ok(false),
        (None, None) => Ok(true),
        (None, Some(Elsewhere { host, .. })) => {
            Err(Failure::usage(format!("{what} would be sent to {host}")).hint("--yes does it without asking"))
        }
    }
}
