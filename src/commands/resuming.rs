//! Runs that were interrupted: `--resume` goes on with them, `--discard` forgets them. `send` and `replay` do it alike.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::Context;
use crate::error::Failure;
use crate::exit::Exit;
use crate::model::Run;
use crate::output::style;
use crate::store::{Lease, OpenOptions, Store};
use crate::text::count;

/// What becomes of what was interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// It goes on.
    Resume,
    /// It is forgotten.
    Discard,
}

impl Wanted {
    /// The flag that says so.
    pub(super) fn flag(self) -> &'static str {
        match self {
            Self::Resume => "--resume",
            Self::Discard => "--discard",
        }
    }
}

/// All runs of a command that no other process is at, the oldest first.
pub(super) fn runs(
    context: &Context,
    command: &'static str,
    wanted: Wanted,
    mut go_on: impl FnMut(&Arc<Store>, &Run, Lease) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    let store = context.store(&OpenOptions::default())?;
    let mut busy = 0;
    let mut runs = Vec::new();
    for run in store.open_runs(command)? {
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
        if wanted == Wanted::Discard {
            discard(context, &store, &run, lease)?;
            continue;
        }
        let ended = go_on(&store, &run, lease)?;
        if ended == Exit::Interrupted {
            exit = ended;
            break;
        }
        exit = worse(exit, ended);
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

fn discard(context: &Context, store: &Store, run: &Run, lease: Lease) -> Result<(), Failure> {
    let pending = store.pending_of(run.id)?.len();
    store.end_run(run.id, lease)?;
    let what = count(pending, "pending delivery", "pending deliveries");
    context.output.note(&format!("forgot the run of {} with {what}", run.started_at));
    Ok(())
}

/// What was typed and is not as usual, by its key: a run goes on with what it was started with, and what changes that would
/// be another run.
pub(super) fn different(typed: &impl Serialize, usual: &impl Serialize) -> Option<String> {
    let values = |args: Value| if let Value::Object(values) = args { Some(values) } else { None };
    let typed = values(serde_json::to_value(typed).ok()?)?;
    let usual = values(serde_json::to_value(usual).ok()?)?;
    typed.iter().find(|(key, value)| usual.get(*key) != Some(value)).map(|(key, _)| key.clone())
}

/// What is said of a run whose plan cannot be read.
pub(super) fn foreign(run: &Run) -> Failure {
    Failure::surroundings(format!("the run of {} was begun by another version of hookctl", run.started_at))
        .hint(format!("'hookctl {} --discard' forgets it", run.command))
}

/// What is said of a run that needs something secret again.
pub(super) fn withheld(run: &Run, flag: &str) -> Failure {
    Failure::usage(format!("the run of {} was started with {flag}, which is not kept", run.started_at))
        .hint(format!("give it again: hookctl {} --resume {flag}", run.command))
}

/// What it goes on with, in a line.
pub(super) fn announce(context: &Context, of: &str, run: &Run, pending: usize, unmade: u64) {
    context.output.note(&style::dim(&format!(
        "going on with {of} of {}: {pending} pending, {unmade} not sent yet",
        run.started_at
    )));
}
