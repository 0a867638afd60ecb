//! Taking deliveries from their source when they are due, a few at a time, until there are no more or somebody stops it.
//!
//! What holds when [`run`] returns: nothing is under way any more, and everything that ended is recorded and told.

use std::cell::RefCell;
use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::try_join_all;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until};

use super::delivery::{Fate, deliver};
use super::{DeliverError, Delivered, Notice, Prepared, Source};
use crate::clock;
use crate::http::client::Client;
use crate::store::Store;

/// How long what is under way may still take once a user wants to stop. Most receivers answer sooner, and nobody who
/// pressed Ctrl-C waits longer.
const GRACE: Duration = Duration::from_secs(2);

/// How a run ended, and what became of what was delivered until then.
#[derive(Debug)]
pub struct Ran {
    /// What became of what was tried.
    pub done: Delivered,
    /// Why nothing more was tried.
    pub end: End,
}

/// Why a run ended.
#[derive(Debug)]
pub enum End {
    /// Everything was delivered, or tried in vain.
    Complete,
    /// It was stopped.
    Stopped,
    /// It could not go on.
    Failed(DeliverError),
}

/// Delivers what the source makes, at most so many turns at once, until there is nothing more or `stop` resolves.
pub async fn run(
    source: &mut impl Source,
    concurrency: usize,
    client: &Client,
    store: &Store,
    stop: impl Future<Output = ()>,
    tell: impl FnMut(Notice),
) -> Ran {
    let tell = RefCell::new(tell);
    let mut stop = pin!(stop);
    let started = Instant::now();
    let mut done = Delivered::default();
    let mut end = None;
    let mut give_up = None;
    let mut under_way = FuturesUnordered::new();
    loop {
        let mut due = None;
        while end.is_none() && under_way.len() < concurrency.max(1) {
            let Some(offset) = source.due() else {
                end = Some(End::Complete);
                break;
            };
            due = Some(started + offset).filter(|at| *at > Instant::now());
            if due.is_some() {
                break;
            }
            match source.make(clock::now()) {
                Ok(deliveries) => under_way.push(turn(deliveries, client, store, &tell)),
                Err(error) => end = Some(End::Failed(error)),
            }
        }
        if under_way.is_empty() && end.is_some() {
            break;
        }
        tokio::select! {
            biased;
            () = &mut stop, if give_up.is_none() => {
                give_up = Some(Instant::now() + GRACE);
                end.get_or_insert(End::Stopped);
            }
            Some(ended) = under_way.next(), if !under_way.is_empty() => match ended {
                Ok(fates) => fates.iter().for_each(|fate: &Fate| done.count(*fate)),
                Err(error) => end = Some(End::Failed(error)),
            },
            () = sleep_until(due.unwrap_or(started)), if due.is_some() && end.is_none() => {}
            () = sleep_until(give_up.unwrap_or(started)), if give_up.is_some() => break,
        }
    }
    Ran { done, end: end.unwrap_or(End::Stopped) }
}

/// The deliveries of one turn, side by side.
async fn turn(
    deliveries: Vec<Prepared>,
    client: &Client,
    store: &Store,
    tell: &RefCell<impl FnMut(Notice)>,
) -> Result<Vec<Fate>, DeliverError> {
    try_join_all(deliveries.into_iter().map(|delivery| deliver(delivery, client, store, tell))).await
}

impl Delivered {
    fn count(&mut self, fate: Fate) {
        self.deliveries += 1;
        self.accepted += u64::from(fate.accepted);
        self.connected += u64::from(fate.connected);
    }
}
