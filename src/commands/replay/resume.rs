//! `replay --resume` goes on with what was interrupted; `replay --discard` forgets it.

use std::sync::Arc;

use super::kept::{Kept, KeptFile};
use super::senders::Senders;
use super::sending::{Left, send};
use super::{Recording, file, order, plan, store};
use crate::cli::Cli;
use crate::cli::replay::ReplayArgs;
use crate::cli::shared::SelectionFlags;
use crate::clock;
use crate::commands::Context;
use crate::commands::archive::Archive;
use crate::commands::resuming::{self, Wanted};
use crate::deliver::Underway;
use crate::deliver::replay::{Replays, Schedule};
use crate::error::Failure;
use crate::exit::Exit;
use crate::model::Run;
use crate::model::quantity::Speed;
use crate::output::sanitize;
use crate::store::{Lease, Store};

pub(super) fn run(context: &Context, args: &ReplayArgs) -> Result<Exit, Failure> {
    let wanted = if args.resume { Wanted::Resume } else { Wanted::Discard };
    nothing_else(args, wanted.flag())?;
    resuming::runs(context, "replay", wanted, |store, run, lease| go_on(context, store, args, run, lease))
}

/// A replay goes on with what it was started with.
fn nothing_else(args: &ReplayArgs, flag: &str) -> Result<(), Failure> {
    let mut typed = args.clone();
    typed.retries.time_scale = None;
    let chosen = args.selection != SelectionFlags::default() || args.limit.is_some();
    let what = match resuming::different(&typed, &Cli::replay_defaults()) {
        Some(key) => format!("--{}", key.replace('_', "-")),
        None if chosen => "another selection".to_owned(),
        None => return Ok(()),
    };
    Err(Failure::usage(format!("{flag} takes what the replay was started with: {what} cannot be given with it"))
        .hint("--secret gives again what was not kept; --time-scale changes the pace of further attempts"))
}

fn go_on(context: &Context, store: &Arc<Store>, now: &ReplayArgs, run: &Run, lease: Lease) -> Result<Exit, Failure> {
    let mut kept: Kept = serde_json::from_str(&run.plan).map_err(|_| resuming::foreign(run))?;
    if kept.withheld && now.secrets.secrets.is_empty() {
        return Err(resuming::withheld(run, "--secret"));
    }
    let before = kept.args.retries.time_scale.unwrap_or(Speed::LIFE);
    let given = &now.secrets.secrets;
    kept.args.secrets.secrets = if given.is_empty() { kept.secrets.clone() } else { given.clone() };
    kept.args.retries.time_scale = now.retries.time_scale.or(kept.args.retries.time_scale);
    kept.args.selection.provider.clone_from(&kept.provider);
    kept.args.selection.dead = kept.dead;
    let given = Context::given_secrets(&context.secrets(), &kept.args.secrets.secrets)?;
    let senders = Senders::new(context, &kept.args, given)?;
    let numbers = kept.numbers();
    let provider = kept.args.selection.provider.as_deref();
    match (&kept.file, &run.body) {
        (Some(before_it), _) => {
            let path = before_it.path.as_str();
            if KeptFile::of(path)? != *before_it {
                let path = sanitize::line(path);
                return Err(Failure::usage(format!("{path} is not what it was when its replay was interrupted"))
                    .hint("'hookctl replay --discard' forgets what was left of it"));
            }
            let archive = Archive::open(path, provider, senders.catalog())?;
            let tape = file::Tape::again(context, archive, senders, &numbers)?;
            rest(context, store, &kept, tape, (run, lease), before)
        }
        (None, Some(input)) => {
            let archive = Archive::of_input(input.clone(), provider, senders.catalog())?;
            let tape = file::Tape::again(context, archive, senders, &numbers)?;
            rest(context, store, &kept, tape, (run, lease), before)
        }
        (None, None) => {
            let tape = store::Tape::again(context, &kept.args, store, senders, &numbers)?;
            rest(context, store, &kept, tape, (run, lease), before)
        }
    }
}

/// Sends what is left.
fn rest(
    context: &Context,
    store: &Arc<Store>,
    kept: &Kept,
    mut tape: impl Recording,
    (run, lease): (&Run, Lease),
    before: Speed,
) -> Result<Exit, Failure> {
    let args = &kept.args;
    let arrivals: Vec<_> = (0..tape.len()).map(|at| tape.arrived_at(at)).collect();
    let speed = args.speed.unwrap_or(Speed::Max);
    let schedule = Schedule::again(&arrivals, order(args), speed, args.repeat);
    let plan = plan(context, args, schedule, kept.targets()?, kept.seed()?)?;
    let mut replays = Replays::new(&mut tape, &plan, run.next);
    let mut pending = Vec::new();
    for mut one in store.pending_of(run.id)? {
        let now = clock::now();
        if before != plan.terms.scale {
            one.due_at = now.plus(plan.terms.scale.scale(before.unscale(one.due_at.since(now))));
        }
        let delivery = store.get(one.number)?;
        let attempts: Vec<_> = store.attempts_of(one.number)?.into_iter().map(|one| one.attempt).collect();
        // What is older than the replay is a dead letter that it tries further.
        let earlier = attempts.iter().filter(|attempt| attempt.started_at < run.started_at);
        let earlier = earlier.map(|attempt| attempt.attempt).max().unwrap_or(0);
        let continues = (delivery.summary.received_at < run.started_at).then_some(earlier);
        let prepared = replays.pending(&delivery, one.turn, continues, now)?;
        pending.push(Underway::resumed(prepared, one.turn, &attempts, one.due_at));
    }
    let unmade = replays.left().saturating_mul(plan.targets.count());
    resuming::announce(context, "the replay", run, pending.len(), unmade);
    send(context, args, store, &mut tape, &plan, Left { run: (run.id, lease), made: run.next, pending })
}
