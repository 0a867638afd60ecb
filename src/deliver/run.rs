//! Taking deliveries from their source when they are due, a few at a time, until there are no more or somebody stops it.
//!
//! A turn holds its place until its first attempts have ended; whatever has to be tried again waits aside and holds
//! nothing up. What holds when [`run`] returns: nothing is under way any more, everything that ended is recorded and told,
//! and what did not end is pending in the store.

use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::try_join_all;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until};

use super::delivery::{Fate, FateEnd, First, Shared, Underway};
use super::{DeliverError, Delivered, Due, Notice, Source};
use crate::clock;
use crate::http::client::Client;
use crate::model::RunId;
use crate::store::Store;

/// How long what is under way may still take once a user wants to stop. Most receivers answer sooner, and nobody who
/// pressed Ctrl-C waits longer.
const GRACE: Duration = Duration::from_secs(2);

/// Deliveries that may wait to be tried again. With more, no new ones are made until some have ended: each is kept in
/// memory, some kilobytes.
const MOST_WAITING: usize = 1_000;

/// With what, and how, a run delivers.
#[derive(Clone, Copy)]
pub struct Setup<'a> {
    /// Sends.
    pub client: &'a Client,
    /// Records.
    pub store: &'a Store,
    /// At most so many turns are tried for the first time at once.
    pub concurrency: usize,
    /// The run in the store, where somebody may go on with it later.
    pub run: Option<RunId>,
}

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
    /// No endpoint was left that could be tried.
    GaveUp,
    /// It could not go on.
    Failed(DeliverError),
}

/// Delivers what is pending and what the source makes, until there is nothing more or `stop` resolves.
pub async fn run(
    source: &mut impl Source,
    pending: Vec<Underway>,
    setup: Setup<'_>,
    stop: impl Future<Output = ()>,
    tell: impl FnMut(Notice),
) -> Ran {
    let shared = Shared::new(setup.client, setup.store, tell);
    let mut stop = pin!(stop);
    let started = Instant::now();
    let mut done = Delivered::default();
    let mut end = None;
    let mut give_up = None;
    let mut first = FuturesUnordered::new();
    // Deliveries whose first attempt is under way.
    let mut begun = 0;
    let mut later: FuturesUnordered<_> = pending.into_iter().map(|delivery| follow(&shared, delivery)).collect();
    loop {
        let mut due = None;
        while end.is_none() && first.len() < setup.concurrency.max(1) && later.len() < MOST_WAITING {
            let offset = match source.due() {
                Due::At(offset) => offset,
                // Nothing of it is under way that could still end: it waits for nothing.
                Due::Held if first.is_empty() && later.is_empty() => {
                    end = Some(End::Complete);
                    break;
                }
                Due::Held => break,
                Due::Never => {
                    end = Some(End::Complete);
                    break;
                }
            };
            due = Some(started + offset).filter(|at| *at > Instant::now());
            if due.is_some() {
                break;
            }
            let (turn, now) = (source.turn(), clock::now());
            match source.make(now) {
                Ok(deliveries) => {
                    begun += deliveries.len();
                    let (new, old): (Vec<_>, Vec<_>) =
                        deliveries.iter().partition(|delivery| delivery.continues.is_none());
                    let records = new.into_iter().map(super::Prepared::to_record).collect();
                    let continued = old.into_iter().map(|delivery| delivery.id).collect();
                    let of = setup.run.map(|run| (run, turn));
                    let recorded = setup.store.record_turn(of, now, records, continued);
                    let made = deliveries.into_iter().map(|delivery| Underway::fresh(delivery, turn)).collect();
                    first.push(begin(&shared, turn, made, recorded));
                }
                Err(error) => end = Some(End::Failed(error)),
            }
        }
        if end.is_some() && first.is_empty() && later.is_empty() {
            break;
        }
        tokio::select! {
            biased;
            () = &mut stop, if give_up.is_none() => {
                give_up = Some(Instant::now() + GRACE);
                end = Some(End::Stopped);
                shared.stop();
            }
            Some(tried) = first.next(), if !first.is_empty() => match tried {
                Ok(Begun { turn, outcomes }) => {
                    begun -= outcomes.len();
                    let now = started.elapsed();
                    let tried: Vec<Option<Fate>> = outcomes.iter().map(First::fate).collect();
                    source.tried(turn, &tried, now);
                    // Nobody could be tried: what was not made yet stays unmade, for whoever goes on.
                    let left = |fate: &Option<Fate>| fate.is_some_and(|fate| fate.end == FateEnd::Pending);
                    let gone = |fate: &Option<Fate>| fate.is_some_and(|fate| fate.end == FateEnd::NotSent);
                    if !tried.is_empty() && end.is_none() && tried.iter().all(|fate| left(fate) || gone(fate)) {
                        end = Some(if tried.iter().all(gone) { End::Complete } else { End::GaveUp });
                    }
                    for outcome in outcomes {
                        match outcome {
                            First::Ended(fate) => {
                                done.count(fate);
                                source.ended(turn, fate, now);
                            }
                            First::Later(delivery) => later.push(follow(&shared, delivery)),
                        }
                    }
                }
                Err(error) => {
                    end = Some(End::Failed(error));
                    shared.stop();
                }
            },
            Some(ended) = later.next(), if !later.is_empty() => match ended {
                Ok((turn, fate)) => {
                    done.count(fate);
                    source.ended(turn, fate, started.elapsed());
                }
                Err(error) => {
                    end = Some(End::Failed(error));
                    shared.stop();
                }
            },
            () = sleep_until(due.unwrap_or(started)), if due.is_some() && end.is_none() => {}
            () = sleep_until(give_up.unwrap_or(started)), if give_up.is_some() => {
                done.pending += (later.len() + begun) as u64;
                break;
            }
        }
    }
    Ran { done, end: end.unwrap_or(End::Stopped) }
}

struct Begun {
    turn: u64,
    outcomes: Vec<First>,
}

/// Records the deliveries of a turn, then tries them side by side.
async fn begin<T: FnMut(Notice)>(
    shared: &Shared<'_, T>,
    turn: u64,
    deliveries: Vec<Underway>,
    recorded: impl Future<Output = Result<Vec<crate::store::Recorded>, crate::store::StoreError>>,
) -> Result<Begun, DeliverError> {
    recorded.await?;
    let outcomes = try_join_all(deliveries.into_iter().map(|delivery| shared.first(delivery))).await?;
    Ok(Begun { turn, outcomes })
}

/// Goes on with one delivery, and says which turn it was of.
async fn follow<T: FnMut(Notice)>(shared: &Shared<'_, T>, delivery: Underway) -> Result<(u64, Fate), DeliverError> {
    let turn = delivery.turn;
    Ok((turn, shared.pursue(delivery).await?))
}

impl First {
    fn fate(&self) -> Option<Fate> {
        match self {
            Self::Ended(fate) => Some(*fate),
            Self::Later(_) => None,
        }
    }
}

impl Delivered {
    fn count(&mut self, fate: Fate) {
        self.connected += u64::from(fate.connected);
        match fate.end {
            FateEnd::Accepted => self.accepted += 1,
            FateEnd::Dead => self.dead += 1,
            FateEnd::Pending => self.pending += 1,
            FateEnd::NotSent => self.not_sent += 1,
        }
        self.deliveries = self.accepted + self.dead;
    }
}
