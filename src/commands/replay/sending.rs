//! Sending what a plan says, from the first turn that is left to the exit code.

use std::sync::Arc;

use super::comparing::Comparing;
use crate::cli::replay::ReplayArgs;
use crate::commands::runtime::{self, Interrupt};
use crate::commands::telling::{self, Telling};
use crate::commands::{Context, delivering};
use crate::deliver::replay::{Plan, Replays, Tape};
use crate::deliver::{End, Setup, Underway, run as deliver};
use crate::error::Failure;
use crate::exit::Exit;
use crate::http::client::{Client, ClientOptions, Destination, Reach};
use crate::model::RunId;
use crate::model::quantity::Speed;
use crate::store::{Lease, Store};

/// So many at once keep recorded gaps in time, unless the receiver is very slow.
const PACED_CONCURRENCY: u16 = 64;

/// What is left of a replay.
pub(super) struct Left {
    /// Its id, and the right to work on it.
    pub(super) run: (RunId, Lease),
    /// How many turns were made.
    pub(super) made: u64,
    /// What is pending of them.
    pub(super) pending: Vec<Underway>,
}

/// Sends it.
pub(super) fn send(
    context: &Context,
    args: &ReplayArgs,
    store: &Arc<Store>,
    tape: &mut impl Tape,
    plan: &Plan,
    left: Left,
) -> Result<Exit, Failure> {
    let paced = args.speed.is_some_and(|speed| speed != Speed::Max);
    let concurrency = args.concurrency.unwrap_or(if paced { PACED_CONCURRENCY } else { 1 });
    let client = Client::new(ClientOptions {
        authority: args.tls.cacert.clone(),
        insecure: args.tls.insecure,
        destination: Destination::within(if args.allow_remote { Reach::Remote } else { Reach::Loopback }),
        // Whoever sends many keeps the connections, as providers do.
        keep: usize::from(concurrency),
        ..ClientOptions::default()
    })?;
    let mut replays = Replays::new(tape, plan, left.made);
    let total = replays.left().saturating_mul(plan.targets.count()) + left.pending.len() as u64;
    let mut telling = Telling::new(&context.output, total, "replaying", args.expect);
    let mut comparing = args.compare.then(|| Comparing::new(&args.ignore));
    let ran = runtime::one_thread()?.block_on(async {
        let stop = Interrupt::new().heard();
        let setup = Setup { client: &client, store, concurrency: usize::from(concurrency), run: Some(left.run.0) };
        deliver(&mut replays, left.pending, setup, stop, |notice| {
            let compared = comparing.as_mut().and_then(|comparing| comparing.compare(&notice));
            telling.notice_with(notice, |output| compared.iter().for_each(|compared| compared.print(output)));
        })
        .await
    });
    telling.end_with(&ran.done, comparing.as_ref().map(Comparing::tally));
    if let End::Failed(error) = ran.end {
        return Err(error.into());
    }
    let rest = delivering::left(&ran, total);
    delivering::close(context, store, "replay", left.run, rest)?;
    Ok(match (ran.end, &comparing) {
        (End::Stopped, _) => Exit::Interrupted,
        (End::Complete, Some(comparing)) if ran.done.connected > 0 => comparing.exit(ran.done),
        _ => telling::exit(ran.done),
    })
}
