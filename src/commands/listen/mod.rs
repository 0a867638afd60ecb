//! `hookctl listen`
//!
//! ```text
//! settings.rs   flags and configuration → a receiver and its limits
//! targets.rs    … and where deliveries go from here
//! announce.rs   binding, what is said at the start
//! care.rs       what is too old or too much in the store goes
//! encryption.rs  the certificate that clients see
//! ready.rs      the file that tells a script to begin
//! reload.rs     reading the routes again when a file changes
//! serve.rs      everything that runs while it listens
//! shown/        what is seen of each delivery, and of all else
//! watching.rs   who else looks on: programs and alerts
//! desk/         what can be done with a recorded delivery: by keys, by the inspector's page
//! keys/         keys in a terminal, and what they ask for
//! explaining.rs  why deliveries are not valid, found out behind their answers
//! mistakes.rs   … told once and then counted
//! ending.rs     why it ends, what is said then, and the code
//! ```

mod announce;
pub(super) mod care;
mod desk;
mod encryption;
mod ending;
mod explaining;
mod keys;
mod mistakes;
mod ready;
mod reload;
mod serve;
mod settings;
mod shown;
mod targets;
mod watching;

use std::sync::mpsc::sync_channel;
use std::thread::ScopedJoinHandle;
use std::time::Instant;

use crate::cli::listen::ListenArgs;
use crate::error::Failure;
use crate::exit::Exit;
use crate::inspector::{self, desk::Asker};
use crate::receive::notify::{Backlog, Notice, Notices};

use super::Context;
use super::runtime::{self, Interrupt};
use desk::Desk;
use explaining::Explainer;
use keys::Keys;
use keys::acting::{self, Acting};
use ready::ReadyFile;
use shown::View;

pub(super) fn run(context: &Context, args: &ListenArgs) -> Result<Exit, Failure> {
    let backlog = if context.output.is_json() { Backlog::Wait } else { Backlog::Drop };
    let (notices, told) = Notices::new(backlog);
    let mut ready = args.script.ready_file.as_deref().map(ReadyFile::claim).transpose()?;
    let view = View::new(&args.seeing)?;
    let made = settings::receiver(context, args, notices)?;
    let (receiver, store) = (made.receiver.clone(), made.receiver.store.clone());
    let catalog = made.catalog.clone();

    let runtime = runtime::several_threads()?;
    let (bound, interrupt) = runtime.block_on(async {
        let bound = announce::bind(context).await?;
        // A signal that comes right behind the announcement must find an ear.
        Ok::<_, Failure>((bound, Interrupt::new()))
    })?;
    receiver.forward.never_calls(bound.addresses()?);
    runtime.block_on(announce::check_targets(context, &receiver.forward, &receiver.forward.routes()))?;
    if let Some(behind) = &receiver.behind {
        let _inside = runtime.enter();
        behind.start(receiver.forward.routes().targets())?;
    }
    let changes = reload::watch(context);
    let address = announce::listening(context, &bound, &made)?;
    if let Some(ready) = &mut ready {
        ready.write(&address)?;
    }
    let start = Instant::now();
    let times = serve::Times { total: args.script.time, within: args.script.within() };

    let keys = Keys::of(&context.output);
    let (asker, questions) = inspector::desk::desk();
    let desk = Desk { context, args, receiver: &receiver, catalog: &catalog };
    let guard = bound.ui.as_ref().map(|(_, guard)| guard.clone());
    let why = std::thread::scope(|scope| {
        let (receiver, view, keys, guard) = (&receiver, &view, keys.as_ref(), guard.as_deref());
        let (desk, questions) = (&desk, &questions);
        let explainer = Explainer::start(receiver.clone(), catalog.clone(), view.checks());
        let printer = scope.spawn(move || shown::print(context, receiver, view, &told, (explainer, keys)));
        // Dropped with this block, also if it panics: then the other threads end.
        let _ending = Ending { notices: &receiver.notices, keys, asker: &asker, printer: Some(printer) };
        if let Some(keys) = keys {
            let (acts, asked) = sync_channel(acting::QUEUE);
            scope.spawn(move || keys.read(&acts));
            scope.spawn(move || Acting { desk, guard }.run(&asked));
        }
        if guard.is_some() {
            (0..desk::THREADS).for_each(|_| drop(scope.spawn(|| questions.answer(desk))));
        }
        runtime.block_on(serve::run(context, bound, made, (changes, keys, asker.clone()), interrupt, times))
    });
    drop(keys);
    drop(runtime);
    drop(ready);
    let closed = store.close();
    let exit = ending::told(context, &receiver, why, start.elapsed());
    closed?;
    Ok(exit)
}

/// What ends the threads beside the receiver.
struct Ending<'scope, 'a> {
    notices: &'a Notices,
    keys: Option<&'a Keys<'a>>,
    asker: &'a Asker,
    printer: Option<ScopedJoinHandle<'scope, ()>>,
}

impl Drop for Ending<'_, '_> {
    fn drop(&mut self) {
        // The receiver is done: whatever was told before this is printed, then the printer ends.
        self.notices.tell(Notice::End);
        self.asker.end();
        let _ = self.printer.take().map(ScopedJoinHandle::join);
        if let Some(keys) = self.keys {
            keys.end();
        }
    }
}
