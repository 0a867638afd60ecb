//! Taking deliveries from their source when they are due, a few at a time, until there are no more or somebody stops it.
//!
//! A turn holds its place until its first attempts are answered; whatever has to be tried again waits aside and holds
//! nothing up. What holds when [`run`] returns: nothing is under way any more, everything that ended is recorded and told,
//! and what did not end is pending in the store.
//!
//! **What is on disk when.** Nothing is sent before its own record is on disk, and nothing is told before its answer is.
//! The answers are committed behind: the next turn takes the place at once, its record is queued behind the answers, and
//! one transaction has both, with those of all other places. So a place waits for one transaction a turn, and a process that
//! is killed has at most so many turns without an answer on record as there are places: those are tried again, and no others.

use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::try_join_all;
use futures_util::stream::FuturesUnordered;
use tokio::sync::SemaphorePermit;
use tokio::time::{Instant, sleep_until};

use super::delivery::{Fate, FateEnd, First, Shared, Underway};
use super::{DeliverError, Delivered, Due, Notice, Source};
use crate::clock;
use crate::http::client::Client;
use crate::model::RunId;
use crate::store::{Store, StoreError};

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
    let shared = Shared::new(&setup, tell);
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
        let (mut due, mut full) = (None, false);
        while end.is_none() && later.len() < MOST_WAITING {
            let Ok(place) = shared.turns.try_acquire() else {
                full = true;
                break;
            };
            let offset = match source.due() {
                Due::At(offset) => offset,
                Due::Held if !first.is_empty() || !later.is_empty() => break,
                // Where nothing is under way that could still end, it waits for nothing.
                Due::Held | Due::Never => {
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
                    let recorded = shared.record(setup.run.map(|run| (run, turn)), now, &deliveries);
                    let made = deliveries.into_iter().map(|delivery| Underway::fresh(delivery, turn)).collect();
                    first.push(begin(&shared, turn, made, place, recorded));
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
            _ = shared.turns.acquire(), if full => {}
            () = sleep_until(due.unwrap_or(started)), if due.is_some() && end.is_none() => {}
            // Whatever was ready has been looked at.
            steps = shared.put_together() => setup.store.record_steps(steps),
            () = sleep_until(give_up.unwrap_or(started)), if give_up.is_some() => {
                done.pending += (later.len() + begun) as u64;
                break;
            }
        }
    }
    // Answers of those that nobody waits for any more.
    setup.store.record_steps(shared.steps.take());
    Ran { done, end: end.unwrap_or(End::Stopped) }
}

struct Begun {
    turn: u64,
    outcomes: Vec<First>,
}

/// Records the deliveries of a turn, then tries them side by side. Their place is free once all of them are answered.
async fn begin<T: FnMut(Notice)>(
    shared: &Shared<'_, T>,
    turn: u64,
    deliveries: Vec<Underway>,
    place: SemaphorePermit<'_>,
    recorded: impl Future<Output = Result<(), StoreError>>,
) -> Result<Begun, DeliverError> {
    recorded.await?;
    let place = Rc::new(place);
    let tried: Vec<_> = deliveries.into_iter().map(|delivery| shared.first(delivery, place.clone())).collect();
    drop(place);
    Ok(Begun { turn, outcomes: try_join_all(tried).await? })
}

/// Goes on with one delivery, and says which turn it was of.
fn follow<T: FnMut(Notice)>(
    shared: &Shared<'_, T>,
    delivery: Underway,
) -> impl Future<Output = Result<(u64, Fate), DeliverError>> {
    let place = shared.place_again(&delivery);
    async move {
        let turn = delivery.turn;
        Ok((turn, shared.pursue(delivery, place).await?))
    }
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

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use bytes::Bytes;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};
    use url::Url;

    use super::*;
    use crate::deliver::{Prepared, Terms};
    use crate::http::client::{ClientOptions, wire_head};
    use crate::model::{Headers, Request, Timestamp, Verdict};
    use crate::store::IN_MEMORY;

    /// So many turns, each a request with its number.
    struct Turns {
        to: Url,
        next: u64,
        of: u64,
    }

    impl Source for Turns {
        fn due(&self) -> Due {
            if self.next < self.of { Due::At(Duration::ZERO) } else { Due::Never }
        }

        fn turn(&self) -> u64 {
            self.next
        }

        fn make(&mut self, now: Timestamp) -> Result<Vec<Prepared>, DeliverError> {
            let body = Bytes::from(self.next.to_string());
            let request = Request { method: "POST".into(), target: "/".into(), headers: Headers::new(), body };
            self.next += 1;
            Ok(vec![Prepared {
                id: clock::delivery_id(now),
                at: now,
                provider: None,
                event_type: None,
                event_id: None,
                head: wire_head(&request, &self.to).expect("a head").into(),
                url: self.to.clone(),
                request,
                verdict: Verdict::UnknownProvider,
                reason: None,
                terms: Arc::new(Terms::once(Duration::from_secs(5), vec!["2xx".parse().expect("statuses")])),
                renewal: None,
                continues: None,
                origin: None,
            }])
        }
    }

    /// Answers every request of a connection, each of which comes in one piece.
    async fn answer(mut stream: TcpStream) {
        let mut buffer = [0; 1_024];
        while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {
            if stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.is_err() {
                return;
            }
        }
    }

    /// Delivers so many turns, and says how many transactions that took.
    async fn transactions(of: u64, concurrency: usize) -> u64 {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let to = format!("http://{}/", listener.local_addr().expect("an address")).parse().expect("a URL");
        let receiver = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream));
            }
        });
        let store = Store::open(Path::new(IN_MEMORY)).expect("a store");
        let client = Client::new(ClientOptions { keep: concurrency, ..ClientOptions::default() }).expect("a client");
        let setup = Setup { client: &client, store: &store, concurrency, run: None };
        let mut told = 0;
        let ran = run(&mut Turns { to, next: 0, of }, Vec::new(), setup, std::future::pending(), |_| told += 1).await;
        assert_eq!((ran.done.accepted, told), (of, of));
        receiver.abort();
        store.gauges().commits().counted().count
    }

    #[tokio::test]
    async fn an_answer_is_committed_together_with_the_next_turn() {
        assert_eq!(transactions(20, 1).await, 21);
        // Side by side they share transactions as it happens; never are there more.
        let shared = transactions(64, 16).await;
        assert!(shared <= 65, "{shared}");
    }
}
