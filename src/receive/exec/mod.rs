//! A program for every delivery: what arrived on its standard input, what is known about it in its environment.
//!
//! Only numbers wait here, and bodies come from the store when their turn has come: a program that is slower than the
//! deliveries costs no memory. What holds when [`Exec::run`] returns: no program runs any more.

pub mod run;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use self::run::{Ran, Surroundings, run};
use super::notify::{Notice, Notices, Watcher};
use crate::http::head::request_of;
use crate::model::{Delivery, DeliveryId, Program, Reason, Request};
use crate::query::Wanted;
use crate::store::Store;

/// So many deliveries may wait; of more the program is not told.
const WAITING: usize = 100_000;

/// A longer value in the environment is cut: the system takes about 128 KiB, and nobody wants that much.
const LONGEST: usize = 4 * 1024;

/// What is run, and how.
pub struct ExecSettings {
    /// The program.
    pub program: Program,
    /// Its environment, before a delivery's own variables.
    pub surroundings: Surroundings,
    /// For which deliveries.
    pub wanted: Wanted,
    /// At most so many at once.
    pub concurrency: usize,
    /// How long one may take.
    pub limit: Duration,
}

/// A run for a delivery, as it is told.
#[derive(Debug)]
pub struct Executed {
    /// The number of the delivery.
    pub number: i64,
    /// Its id.
    pub id: DeliveryId,
    /// What was run.
    pub program: Arc<str>,
    /// What came of it.
    pub ran: Ran,
}

/// Puts deliveries in the queue.
pub struct Queue {
    sender: Sender<i64>,
    missed: Arc<AtomicU64>,
}

impl Watcher for Queue {
    fn see(&self, notice: &Notice) {
        if let Notice::Delivery(told) = notice
            && self.sender.try_send(told.number).is_err()
        {
            self.missed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Runs the program for what is in the queue.
pub struct Exec {
    settings: ExecSettings,
    shown: Arc<str>,
    queue: Receiver<i64>,
    missed: Arc<AtomicU64>,
}

impl Exec {
    /// The two ends.
    pub fn new(settings: ExecSettings) -> (Queue, Self) {
        let (sender, queue) = mpsc::channel(WAITING);
        let missed = Arc::new(AtomicU64::new(0));
        let shown = settings.program.to_string().into();
        (Queue { sender, missed: missed.clone() }, Self { settings, shown, queue, missed })
    }

    /// Works until `stop` resolves, then on what waits for as long as a run that begins now may take. Returns for how many deliveries the
    /// program was not run.
    pub async fn run(self, store: Arc<Store>, notices: Arc<Notices>, stop: impl Future<Output = ()>) -> u64 {
        let Self { settings, shown, mut queue, missed } = self;
        let settings = Arc::new(settings);
        let mut running = JoinSet::new();
        tokio::pin!(stop);
        let (mut end, mut drained) = (None, false);
        while !(drained && running.is_empty()) {
            tokio::select! {
                () = &mut stop, if end.is_none() => {
                    end = Some(Instant::now() + settings.limit + run::AROUND);
                    // What is in it is still to be had.
                    queue.close();
                }
                Some(_) = running.join_next(), if !running.is_empty() => {}
                next = queue.recv(), if !drained && running.len() < settings.concurrency => match next {
                    Some(number) => {
                        running.spawn(one(number, settings.clone(), shown.clone(), store.clone(), notices.clone()));
                    }
                    None => drained = true,
                },
                () = sleep_until(end.unwrap_or_else(Instant::now)), if end.is_some() => break,
            }
        }
        let cut = running.len() as u64;
        running.shutdown().await;
        let waiting = std::iter::from_fn(|| queue.try_recv().ok()).count() as u64;
        missed.load(Ordering::Relaxed) + waiting + cut
    }
}

/// Runs it for one delivery, if that is wanted.
async fn one(number: i64, settings: Arc<ExecSettings>, shown: Arc<str>, store: Arc<Store>, notices: Arc<Notices>) {
    let read = tokio::task::spawn_blocking(move || {
        let delivery = store.get(number).ok()?;
        let request = request_of(&delivery).ok()?;
        Some((delivery, request))
    });
    // One that was deleted meanwhile is nobody's business any more.
    let Ok(Some((delivery, request))) = read.await else { return };
    // What the filter fails on does not fit it; the line of the delivery says so.
    if !settings.wanted.wants(&delivery.summary, Some(&request)).unwrap_or(false) {
        return;
    }
    let variables = variables(&delivery, &request);
    let ran = run(&settings.program, &settings.surroundings, &variables, request.body, settings.limit).await;
    let (number, id) = (delivery.number, delivery.summary.id);
    notices.tell(Notice::Executed(Box::new(Executed { number, id, program: shown, ran })));
}

/// What a program is told about a delivery. Headers, where credentials are, are not among it.
fn variables(delivery: &Delivery, request: &Request) -> Vec<(&'static str, String)> {
    let summary = &delivery.summary;
    let (path, query) = summary.target.split_once('?').unwrap_or((&summary.target, ""));
    let mut all = vec![
        ("HOOKCTL_ID", summary.id.to_string()),
        ("HOOKCTL_NUMBER", delivery.number.to_string()),
        ("HOOKCTL_RECEIVED_AT", summary.received_at.to_string()),
        ("HOOKCTL_METHOD", summary.method.clone()),
        ("HOOKCTL_PATH", path.to_owned()),
        ("HOOKCTL_QUERY", query.to_owned()),
        ("HOOKCTL_REMOTE", summary.remote.clone()),
        ("HOOKCTL_VERDICT", summary.verdict.as_str().to_owned()),
        ("HOOKCTL_BYTES", summary.bytes.to_string()),
    ];
    let content_type = request.headers.text("content-type").map(str::to_owned);
    let known = [
        ("HOOKCTL_PROVIDER", summary.provider.clone()),
        ("HOOKCTL_EVENT_TYPE", summary.event_type.clone()),
        ("HOOKCTL_EVENT_ID", summary.event_id.clone()),
        ("HOOKCTL_REASON", summary.reason.map(Reason::as_str).map(str::to_owned)),
        ("HOOKCTL_STATUS", summary.status.map(|status| status.to_string())),
        ("HOOKCTL_DUPLICATE_OF", delivery.duplicate_of.map(|(_, id)| id.to_string())),
        ("HOOKCTL_CONTENT_TYPE", content_type),
    ];
    all.extend(known.into_iter().filter_map(|(name, value)| Some((name, value?))));
    for (_, value) in &mut all {
        let end = (0..=LONGEST.min(value.len())).rev().find(|end| value.is_char_boundary(*end)).unwrap_or(0);
        value.truncate(end);
    }
    all
}
