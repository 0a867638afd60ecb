//! `send --resume` goes on with what was interrupted; `send --discard` forgets it.

use std::sync::Arc;

use super::inputs::{Inputs, Kept};
use super::job::Job;
use super::{Left, client, deliver};
use crate::cli::Cli;
use crate::cli::send::SendArgs;
use crate::clock;
use crate::commands::Context;
use crate::commands::resuming::{self, Wanted};
use crate::deliver::Underway;
use crate::deliver::resume;
use crate::error::Failure;
use crate::exit::Exit;
use crate::model::quantity::Speed;
use crate::model::{Run, RunId};
use crate::store::{Lease, Store};

pub(super) fn run(context: &Context, args: &SendArgs) -> Result<Exit, Failure> {
    let wanted = if args.resume { Wanted::Resume } else { Wanted::Discard };
    nothing_else(args, wanted.flag())?;
    resuming::runs(context, "send", wanted, |store, run, lease| go_on(context, store, args, run, lease))
}

/// A run goes on with what it was started with.
fn nothing_else(args: &SendArgs, flag: &str) -> Result<(), Failure> {
    let mut typed = args.clone();
    typed.request.headers.clear();
    typed.retries.time_scale = None;
    let different = resuming::different(&typed, &Cli::send_defaults());
    let what = match different.as_deref() {
        Some("provider" | "event") => "a provider".to_owned(),
        Some(key) => format!("--{}", key.replace('_', "-")),
        None if args.dry_run => "--dry-run".to_owned(),
        None if args.list => "--list".to_owned(),
        None => return Ok(()),
    };
    Err(Failure::usage(format!("{flag} takes what the run was started with: {what} cannot be given with it"))
        .hint("--secret, --bearer and --header give again what was not kept; --time-scale changes the pace"))
}

fn go_on(context: &Context, store: &Arc<Store>, now: &SendArgs, run: &Run, lease: Lease) -> Result<Exit, Failure> {
    let mut kept: Kept = serde_json::from_str(&run.plan).map_err(|_| resuming::foreign(run))?;
    let missing = kept.withheld.iter().find(|flag| match flag.as_str() {
        "--secret" => now.secrets.secrets.is_empty(),
        "--bearer" => now.request.bearer.is_none(),
        header => !now.request.headers.iter().any(|line| header.contains(&format!("'{}:", line.name))),
    });
    if let Some(flag) = missing {
        return Err(resuming::withheld(run, flag));
    }
    let before = kept.args.retries.time_scale.unwrap_or(Speed::LIFE);
    kept.args.retries.time_scale = now.retries.time_scale.or(kept.args.retries.time_scale);
    let inputs = Inputs::of_kept(context, &mut kept, run, now)?;
    let job = Job::new(context, &context.catalog()?, &kept.args, &inputs)?;
    let pending = pending(store, &job, run.id, before)?;
    let of = kept.args.provider.as_deref().unwrap_or_default();
    let unmade = job.source(run.next, []).left();
    resuming::announce(context, of, run, pending.len(), unmade);
    deliver(
        context,
        store,
        &client(&kept.args)?,
        &kept.args,
        &job,
        Left { run: (run.id, lease), made: run.next, pending },
    )
}

/// What is pending of a run, ready to be tried. Waits that began at another speed go on at the one of now.
fn pending(store: &Store, job: &Job, run: RunId, before: Speed) -> Result<Vec<Underway>, Failure> {
    let mut underway = Vec::new();
    for mut pending in store.pending_of(run)? {
        if before != job.terms.scale {
            let now = clock::now();
            pending.due_at = now.plus(job.terms.scale.scale(before.unscale(pending.due_at.since(now))));
        }
        let delivery = store.get(pending.number)?;
        let attempts: Vec<_> = store.attempts_of(pending.number)?.into_iter().map(|one| one.attempt).collect();
        let mut prepared = resume::prepared(&delivery, job.terms_of(pending.turn))?;
        prepared.renewal = job.renewal(&prepared);
        underway.push(Underway::resumed(prepared, pending.turn, &attempts, pending.due_at));
    }
    Ok(underway)
}
