//! Everything that runs while `listen` listens: the receiver, the inspector's address, the care of the store.

use std::future::pending;
use std::time::Duration;

use tokio::sync::watch;

use crate::http::server;
use crate::inspector::desk::Asker;
use crate::inspector::{self, Inspector};
use crate::output::Output;
use crate::receive::source::Source;
use crate::text::count;

use super::announce::Bound;
use super::ending::Why;
use super::keys::Keys;
use super::reload;
use super::settings::Made;
use super::watching::{self, Watching};
use super::{Context, care};
use crate::commands::runtime::Interrupt;

/// Runs until something wants it to stop, and says what; when it returns, nothing is under way.
pub(super) async fn run(
    context: &Context,
    bound: Bound,
    made: Made,
    (changes, keys, asker): (reload::Watching, Option<&Keys<'_>>, Asker),
    interrupt: Interrupt,
    times: Times,
) -> Why {
    let Made { receiver, catalog, secrets, limits, lease, encryption, watching } = made;
    let (tls, certificate) = encryption.map(|encryption| (encryption.tls, encryption.made)).unzip();
    let (stop, stopped) = watch::channel(false);
    // Nothing more comes in, and nothing more is passed on.
    let (done, received) = watch::channel(false);
    let Watching { exec, alerts, metrics } = watching;
    let page = watching::metrics_page(receiver.clone(), metrics, alerts.clone());
    let inspector = bound.ui.map(|(listener, guard)| {
        let store = receiver.store.clone();
        let inspector = Inspector {
            catalog,
            secrets,
            certificate: certificate.flatten(),
            healthy: Box::new(move || !store.is_poisoned()),
            metrics: page,
            guard,
            desk: asker,
            store: receiver.store.clone(),
            pages: Inspector::places(),
        };
        tokio::spawn(inspector::run(listener, inspector, until(stopped.clone())))
    });
    let caring =
        tokio::spawn(care::regularly(receiver.clone(), care::retention(&context.config), until(stopped.clone())));
    let exec = exec
        .map(|exec| tokio::spawn(exec.run(receiver.store.clone(), receiver.notices.clone(), until(received.clone()))));
    let alerts = alerts.map(|alerts| tokio::spawn(alerts.run(receiver.notices.clone(), until(received.clone()))));
    let (close, closing) = watch::channel(false);
    let source = context.config.listen.source.as_ref().map(|url| {
        let source = Source { url: url.value.url().clone(), max_body: limits.body.bytes };
        tokio::spawn(source.run(receiver.clone(), Box::pin(until(closing))))
    });
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
            () = Box::pin(reload::follow(context, &receiver, changes)) => unreachable!("it follows for ever"),
            () = stopping(keys) => unreachable!("it stops, and goes on"),
            () = passed(times.total) => Why::Time,
        };
        let _ = close.send(true);
    };
    match tls {
        None => server::run(bound.listener, limits, receiver.clone(), shutdown).await,
        Some(tls) => {
            server::run_over(bound.listener, limits, receiver.clone(), shutdown, |stream| tls.open(stream)).await
        }
    };
    if let Some(source) = source {
        let _ = tokio::time::timeout(limits.drain_time, source).await;
    }
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
    let _ = done.send(true);
    if let Some(exec) = exec {
        let missed = exec.await.unwrap_or(0);
        if missed > 0 {
            let what = count(usize::try_from(missed).unwrap_or(usize::MAX), "delivery", "deliveries");
            output.warning(&format!("--exec was not run to its end for {what}"));
        }
    }
    if let Some(alerts) = alerts {
        let _ = alerts.await;
    }
    let _ = stop.send(true);
    if let Some(inspector) = inspector {
        let _ = inspector.await;
    }
    let _ = caring.await;
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

/// Gives the terminal back while the process is stopped.
async fn stopping(keys: Option<&Keys<'_>>) {
    match keys {
        Some(keys) => keys.stopping().await,
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
