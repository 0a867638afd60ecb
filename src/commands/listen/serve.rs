//! Everything that runs while `listen` listens: the receiver, the inspector's address, the care of the store.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::clock;
use crate::http::server;
use crate::inspector::{self, Inspector};
use crate::output::Output;
use crate::receive::Receiver;
use crate::receive::notify::Notice;
use crate::store::Retention;
use crate::text::count;

use super::Context;
use super::announce::Bound;
use super::ending::Why;
use super::reload::{self, Watching};
use super::settings::Made;
use crate::commands::runtime::Interrupt;

/// How often the store is looked at for what is too old or too much.
const PRUNE_EVERY: Duration = Duration::from_mins(10);

/// Runs until something wants it to stop, and says what; when it returns, nothing is under way.
pub(super) async fn run(
    context: &Context,
    bound: Bound,
    made: Made,
    watching: Watching,
    interrupt: Interrupt,
    times: Times,
) -> Why {
    let Made { receiver, catalog, secrets, limits, lease, encryption } = made;
    let (tls, certificate) = encryption.map(|encryption| (encryption.tls, encryption.made)).unzip();
    let (stop, stopped) = watch::channel(false);
    let inspector = bound.ui.map(|listener| {
        let store = receiver.store.clone();
        let inspector = Inspector {
            catalog,
            secrets,
            certificate: certificate.flatten(),
            healthy: Box::new(move || !store.is_poisoned()),
        };
        tokio::spawn(inspector::run(listener, inspector, until(stopped.clone())))
    });
    let pruning = tokio::spawn(prune_regularly(receiver.clone(), until(stopped.clone())));
    let output = &context.output;
    let mut why = Why::Interrupted;
    let goal = async {
        match &receiver.goal {
            Some(goal) => goal.reached().await,
            None => pending().await,
        }
    };
    let shutdown = async {
        // What has come counts before the time that is over.
        why = tokio::select! {
            biased;
            () = interrupt.heard() => Why::Interrupted,
            () = goal => Why::Reached,
            () = closed(output) => Why::Unread,
            () = passed(times.within) => Why::Late,
            () = Box::pin(reload::follow(context, &receiver, watching)) => unreachable!("it follows for ever"),
            () = passed(times.total) => Why::Time,
        };
    };
    match tls {
        None => server::run(bound.listener, limits, receiver.clone(), shutdown).await,
        Some(tls) => {
            server::run_over(bound.listener, limits, receiver.clone(), shutdown, |stream| tls.open(stream)).await
        }
    };
    receiver.forward.finish(limits.drain_time).await;
    if let (Some(behind), Some(lease)) = (&receiver.behind, lease) {
        let owed = behind.finish().await;
        if owed == 0 {
            // What is left behind otherwise is a run without anything to do, which the next listener clears away.
            let _ = receiver.store.end_run(behind.run(), lease);
        } else {
            let what = count(usize::try_from(owed).unwrap_or(usize::MAX), "forward is", "forwards are");
            context
                .output
                .note(&format!("{what} still owed; 'hookctl listen --ack' with the same targets goes on with it"));
        }
    }
    let _ = stop.send(true);
    if let Some(inspector) = inspector {
        let _ = inspector.await;
    }
    let _ = pruning.await;
    why
}

/// How long it may last.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Times {
    /// `--for`.
    pub(super) total: Option<Duration>,
    /// `--within`.
    pub(super) within: Option<Duration>,
}

async fn passed(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => pending().await,
    }
}

async fn until(mut stopped: watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Resolves when nobody reads our results any more: `listen | head -1` must end.
async fn closed(output: &Output) {
    let mut tick = tokio::time::interval(Duration::from_millis(200));
    while !output.is_closed() {
        tick.tick().await;
    }
}

/// Deletes what is too old or too much, at the start and every few minutes.
async fn prune_regularly(receiver: Arc<Receiver>, stopped: impl Future<Output = ()>) {
    let mut tick = tokio::time::interval(PRUNE_EVERY);
    tokio::pin!(stopped);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = &mut stopped => return,
        }
        let store = receiver.store.clone();
        let pruned = tokio::task::spawn_blocking(move || store.prune(clock::now(), &Retention::default())).await;
        if let Ok(Ok(pruned)) = pruned
            && pruned.deliveries > 0
        {
            receiver.notices.tell(Notice::Pruned { deliveries: pruned.deliveries, bytes: pruned.bytes });
        }
    }
}
