//! `hookctl replay`
//!
//! ```text
//! mod.rs        the command: what to replay, whether it may, and how
//! store.rs      what is replayed from the store
//! file.rs       what is replayed from a file
//! senders.rs    who sent it, with the keys that sign
//! comparing.rs  answers beside the recorded ones
//! ```

mod comparing;
mod file;
mod senders;
mod store;

use std::collections::BTreeSet;
use std::sync::Arc;

use url::Url;

use super::Context;
use super::delivering::{self, Amount, terms};
use super::runtime::{self, Interrupt};
use super::send::USUAL_TARGET;
use super::telling::{self, Telling};
use crate::cli::replay::{OrderArg, ReplayArgs, SignArg};
use crate::cli::shared::RetryFlags;
use crate::clock;
use crate::config::Origin;
use crate::deliver::build::parse_url;
use crate::deliver::replay::{Order, Plan, Remaking, Replays, Schedule, Signing, Tape, Targets};
use crate::deliver::{End, Setup, run as deliver};
use crate::error::Failure;
use crate::exit::Exit;
use crate::http::client::{Barred, Client, ClientOptions, Destination, Reach};
use crate::model::RetryPolicy;
use crate::model::quantity::{Speed, show_duration};
use crate::output::{picker, style};
use crate::payload::Seed;
use crate::store::{OpenOptions, Store};
use crate::text::{count, list};
use comparing::Comparing;
use senders::Senders;

/// So many at once keep recorded gaps in time, unless the receiver is very slow.
const PACED_CONCURRENCY: u16 = 64;

pub(super) fn run(context: &Context, args: &ReplayArgs) -> Result<Exit, Failure> {
    check(args)?;
    let targets = targets(context)?;
    let senders = Senders::new(context, args)?;
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
        return Err(Failure::usage("nothing recorded that fits").hint("'hookctl events list' shows what there is"));
    }
    let plan = plan(context, args, &tape, targets)?;
    let runtime = runtime::one_thread()?;
    let remote = runtime.block_on(elsewhere(&plan.targets, &tape))?;
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
    let reach = if args.allow_remote { Reach::Remote } else { Reach::Loopback };
    let paced = args.speed.is_some_and(|speed| speed != Speed::Max);
    let concurrency = args.concurrency.unwrap_or(if paced { PACED_CONCURRENCY } else { 1 });
    let client = Client::new(ClientOptions {
        authority: args.tls.cacert.clone(),
        insecure: args.tls.insecure,
        destination: Destination::within(reach),
        // Whoever sends many keeps the connections, as providers do.
        keep: usize::from(concurrency),
        ..ClientOptions::default()
    })?;
    let total = turns.saturating_mul(plan.targets.count());
    let mut telling = Telling::new(output, total, "replaying", args.expect);
    let mut comparing = args.compare.then(|| Comparing::new(&args.ignore));
    let ran = runtime.block_on(async {
        let stop = Interrupt::new().heard();
        let mut replays = Replays::new(&mut tape, &plan);
        let setup = Setup { client: &client, store, concurrency: usize::from(concurrency), run: None };
        deliver(&mut replays, Vec::new(), setup, stop, |notice| {
            let compared = comparing.as_mut().and_then(|comparing| comparing.compare(&notice));
            telling.notice_with(notice, |output| compared.iter().for_each(|compared| compared.print(output)));
        })
        .await
    });
    telling.end_with(&ran.done, comparing.as_ref().map(Comparing::tally));
    match ran.end {
        End::Complete => Ok(match &comparing {
            Some(comparing) if ran.done.connected > 0 => comparing.exit(ran.done),
            _ => telling::exit(ran.done),
        }),
        End::Stopped => {
            if ran.done.pending > 0 {
                let hint = "what was tried and not accepted is a dead letter: 'hookctl replay --dead' goes on with it";
                output.note(&format!("{} {hint}", style::dim("hint:")));
            }
            Ok(Exit::Interrupted)
        }
        End::GaveUp => Ok(telling::exit(ran.done)),
        End::Failed(error) => Err(error.into()),
    }
}

/// A tape of which it is known where its requests went.
trait Recording: Tape {
    /// The addresses that hookctl sent some of it to.
    fn went_to(&self) -> &BTreeSet<String>;
}

fn plan(context: &Context, args: &ReplayArgs, tape: &impl Recording, targets: Targets) -> Result<Plan, Failure> {
    let arrivals: Vec<_> = (0..tape.len()).map(|at| tape.arrived_at(at)).collect();
    let speed = args.speed.unwrap_or(Speed::Max);
    if speed != Speed::Max && arrivals.iter().all(Option::is_none) {
        return Err(Failure::usage("nothing says when these requests arrived, so there are no gaps to keep")
            .hint("leave out --speed"));
    }
    let order = match args.order {
        OrderArg::Recorded => Order::Recorded,
        OrderArg::Shuffled => Order::Shuffled,
        OrderArg::Reversed => Order::Reversed,
    };
    let seed = args.seed.map_or_else(clock::seed, Seed::of);
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
        schedule: Schedule::new(&arrivals, order, speed, args.repeat, &mut seed.chance()),
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
