//! `send --resume` goes on with what was interrupted; `send --discard` forgets it.

use std::sync::Arc;

use serde_json::Value;

use super::inputs::{Inputs, Kept};
use super::job::Job;
use super::{Left, client, deliver};
use crate::cli::Cli;
use crate::cli::send::SendArgs;
use crate::clock;
use crate::commands::Context;
use crate::deliver::Underway;
use crate::deliver::resume;
use crate::error::Failure;
use crate::exit::Exit;
use crate::model::quantity::Speed;
use crate::model::{Run, RunId};
use crate::output::style;
use crate::store::{Lease, OpenOptions, Store};
use crate::text::count;

pub(super) fn run(context: &Context, args: &SendArgs) -> Result<Exit, Failure> {
    let flag = if args.resume { "--resume" } else { "--discard" };
    nothing_else(args, flag)?;
    let store = context.store(&OpenOptions::default())?;
    let open = store.open_runs("send")?;
    let mut busy = 0;
    let mut runs = Vec::new();
    for run in open {
        match store.lease(run.id)? {
            Some(lease) => runs.push((run, lease)),
            None => busy += 1,
        }
    }
    if busy > 0 {
        let are = count(busy, "run is", "runs are");
        context.output.note(&format!("{are} under way in another hookctl"));
    }
    if runs.is_empty() {
        context.output.note("nothing was interrupted");
    }
    let mut exit = Exit::Yes;
    for (run, lease) in runs {
        if args.discard {
            discard(context, &store, &run, lease)?;
        } else {
            let ended = go_on(context, &store, args, &run, lease)?;
            if ended == Exit::Interrupted {
                exit = ended;
                break;
            }
            exit = worse(exit, ended);
        }
    }
    store.close()?;
    Ok(exit)
}

/// Of several runs the worst one counts.
fn worse(a: Exit, b: Exit) -> Exit {
    match (a, b) {
        (Exit::Yes, other) | (other, Exit::Yes) => other,
        (Exit::No, _) | (_, Exit::No) => Exit::No,
        _ => a,
    }
}

/// A run goes on with what it was started with: what changes that would be another run.
fn nothing_else(args: &SendArgs, flag: &str) -> Result<(), Failure> {
    let usual = Cli::send_defaults();
    let mut typed = args.clone();
    typed.request.headers.clear();
    typed.retries.time_scale = None;
    let values = |args: &SendArgs| serde_json::to_value(args).unwrap_or_default();
    let (typed, usual) = (values(&typed), values(&usual));
    let (Value::Object(typed), Value::Object(usual)) = (typed, usual) else { return Ok(()) };
    let different = typed.iter().find(|(key, value)| usual.get(*key) != Some(value)).map(|(key, _)| key.as_str());
    let what = match different {
        Some("provider" | "event") => "a provider".to_owned(),
        Some(key) => format!("--{}", key.replace('_', "-")),
        None if args.dry_run => "--dry-run".to_owned(),
        None if args.list => "--list".to_owned(),
        None => return Ok(()),
    };
    Err(Failure::usage(format!("{flag} takes what the run was started with: {what} cannot be given with it"))
        .hint("--secret, --bearer and --header give again what was not kept; --time-scale changes the pace"))
}

fn discard(context: &Context, store: &Store, run: &Run, lease: Lease) -> Result<(), Failure> {
    let pending = store.pending_of(run.id)?.len();
    store.end_run(run.id, lease)?;
    let what = count(pending, "pending delivery", "pending deliveries");
    context.output.note(&format!("forgot the run of {} with {what}", run.started_at));
    Ok(())
}

fn go_on(context: &Context, store: &Arc<Store>, now: &SendArgs, run: &Run, lease: Lease) -> Result<Exit, Failure> {
    let mut kept: Kept = serde_json::from_str(&run.plan).map_err(|_| {
        Failure::surroundings(format!("the run of {} was begun by another version of hookctl", run.started_at))
            .hint("'hookctl send --discard' forgets it")
    })?;
    let missing = kept.withheld.iter().find(|flag| match flag.as_str() {
        "--secret" => now.secrets.secrets.is_empty(),
        "--bearer" => now.request.bearer.is_none(),
        header => !now.request.headers.iter().any(|line| header.contains(&format!("'{}:", line.name))),
    });
    if let Some(flag) = missing {
        return Err(Failure::usage(format!(
            "the run of {} was started with {flag}, which is not kept",
            run.started_at
        ))
        .hint(format!("give it again: hookctl send --resume {flag}")));
    }
    let before = kept.args.retries.time_scale.unwrap_or(Speed::LIFE);
    kept.args.retries.time_scale = now.retries.time_scale.or(kept.args.retries.time_scale);
    let inputs = Inputs::of_kept(context, &mut kept, run, now)?;
    let job = Job::new(context, &context.catalog()?, &kept.args, &inputs)?;
    let pending = pending(store, &job, run.id, before)?;
    let of = kept.args.provider.as_deref().unwrap_or_default();
    let unmade = job.source(run.next, []).left();
    context.output.note(&style::dim(&format!(
        "going on with {of} of {}: {} pending, {unmade} not sent yet",
        run.started_at,
        pending.len()
    )));
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
