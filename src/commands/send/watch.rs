//! `--watch`: a body is sent again whenever its file is saved, and what differs in the answer is shown.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::pin::pin;
use std::time::{Duration, SystemTime};

use super::inputs::Inputs;
use super::job::Job;
use super::{Left, client, ready};
use crate::analysis::answers::compare;
use crate::cli::send::SendArgs;
use crate::commands::Context;
use crate::commands::delivering::{self, go};
use crate::commands::runtime::{self, Interrupt};
use crate::deliver::Notice;
use crate::error::Failure;
use crate::exit::Exit;
use crate::json::comparison::ComparisonObject;
use crate::model::NewAttempt;
use crate::output::human::comparison as human;
use crate::output::{sanitize, style};
use crate::provider::Catalog;
use crate::store::{OpenOptions, Store};

/// How often the file is looked at. Nobody who saves it notices the time between.
const LOOK_EVERY: Duration = Duration::from_millis(100);

pub(super) fn run(context: &Context, catalog: &Catalog, args: &SendArgs) -> Result<Exit, Failure> {
    let path = args.request.data.as_deref().unwrap_or_default();
    if path == "-" {
        return Err(Failure::usage("--watch needs a file: standard input is not saved again"));
    }
    let path = Path::new(path);
    let store = context.store(&OpenOptions::default())?;
    let runtime = runtime::one_thread()?;
    let exit = runtime.block_on(async {
        let mut stop = pin!(Interrupt::new().heard());
        let mut answers = BTreeMap::new();
        loop {
            let seen = Stamp::of(path);
            match once(context, catalog, args, &store, &mut stop, &mut answers).await {
                Ok(Exit::Interrupted) => return Ok(Exit::Interrupted),
                Ok(_) => {}
                // Whoever is still writing will save again.
                Err(failure) if !answers.is_empty() => context.output.failure(&failure),
                Err(failure) => return Err(failure),
            }
            context.output.note(&style::dim(&format!(
                "waiting for {} to be saved; Ctrl-C ends",
                sanitize::line(&path.display().to_string())
            )));
            tokio::select! {
                () = &mut stop => return Ok(Exit::Interrupted),
                () = saved(path, seen) => {}
            }
        }
    });
    store.close()?;
    exit
}

/// Sends what the file holds now, and compares the answers with those before.
async fn once(
    context: &Context,
    catalog: &Catalog,
    args: &SendArgs,
    store: &Store,
    stop: impl Future<Output = ()>,
    answers: &mut BTreeMap<String, Vec<NewAttempt>>,
) -> Result<Exit, Failure> {
    let inputs = Inputs::read(context, catalog, args)?;
    let job = Job::new(context, catalog, args, &inputs)?;
    job.preview(crate::clock::now())?;
    let run = delivering::begin(store, inputs.keep(args))?;
    let mut source = job.source(0, []);
    let ready = ready(args, &job, &mut source, Left { run, made: 0, pending: Vec::new() }, &|_| {});
    let client = client(args)?;
    let mut new = Vec::new();
    let exit = go(context, store, &client, ready, stop, |notice| {
        if let Notice::Attempt { attempt, next: None, .. } = notice {
            new.push(attempt.clone());
        }
    })
    .await?;
    // Several deliveries may go to the same address: the first is compared with the first.
    let mut nth = BTreeMap::new();
    for attempt in new {
        let place = nth.entry(attempt.url.clone()).and_modify(|nth| *nth += 1).or_insert(0_usize);
        let answers = answers.entry(attempt.url.clone()).or_default();
        match answers.get_mut(*place) {
            Some(old) => {
                tell(context, old, &attempt);
                *old = attempt;
            }
            None => answers.push(attempt),
        }
    }
    Ok(exit)
}

/// Tells what differs in the answer to what was sent before.
fn tell(context: &Context, old: &NewAttempt, new: &NewAttempt) {
    let comparison = old.answer().map(|answer| compare(&answer, new, &[]));
    let output = &context.output;
    if output.is_json() {
        let ids = (old.delivery.to_string(), new.delivery.to_string());
        output.json(&ComparisonObject::new(&ids.0, &ids.1, comparison.as_ref()));
    } else {
        output.block(&human::lines(comparison.as_ref()));
    }
}

/// What shows that a file was saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp(Option<(SystemTime, u64)>);

impl Stamp {
    fn of(path: &Path) -> Self {
        Self(fs::metadata(path).ok().and_then(|known| Some((known.modified().ok()?, known.len()))))
    }
}

/// Resolves once the file is another one than `seen`, there, and the same twice in a row: editors write in pieces, and
/// replace files.
async fn saved(path: &Path, seen: Stamp) {
    let mut last = seen;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let now = Stamp::of(path);
        if now != seen && now == last && now.0.is_some() {
            return;
        }
        last = now;
    }
}
