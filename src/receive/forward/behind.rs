//! Forwarding behind an answer: every delivery is promised to its targets in the store, and each target has a worker that
//! keeps the promises, in order, with further attempts, for as long as it takes.
//!
//! What is owed is in the store and not in memory, so a target may be down for as long as it likes, and hookctl may be
//! stopped or killed. A target that cannot be reached is left alone but for a knock now and then, and costs no delivery an
//! attempt; when it is back, what waits for it goes out in order.
//!
//! At least once: what reached a target and was not on record when hookctl was killed goes there once more.

use std::collections::BTreeMap;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::lanes::{Lane, Lanes, Waiting};
use super::{Passing, Target, call};
use crate::clock;
use crate::deliver::retry::{Next, Retry};
use crate::http::client::Client;
use crate::http::head::request_of;
use crate::model::{ForwardAttempt, ForwardSequel, NewAttempt, NewForward, PendingForward, RunId, Summary, Upcoming};
use crate::provider::Catalog;
use crate::receive::notify::{BehindAttempt, BehindNotice, Notice, Notices};
use crate::receive::route::Choice;
use crate::store::{Store, StoreError};

/// Deliveries of a target that are looked at together. While so many wait to be tried again, no further ones are begun.
const WINDOW: usize = 1_000;

/// Attempts that may have ended without being on disk yet. After a crash at most so many go out once more.
const UNCONFIRMED: usize = 64;

/// Between two knocks at a target that is down: at first, and at most.
const KNOCKS: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));

/// How long what is under way may still take when hookctl stops.
const GRACE: Duration = Duration::from_secs(5);

/// With what, and how, it is forwarded.
pub struct BehindSettings {
    /// Calls.
    pub client: Arc<Client>,
    /// Keeps what is owed.
    pub store: Arc<Store>,
    /// Knows the providers' headers and plans.
    pub catalog: Arc<Catalog>,
    /// Is told.
    pub notices: Arc<Notices>,
    /// Under which what is owed is kept.
    pub run: RunId,
    /// The status that senders are answered.
    pub status: u16,
    /// Calls to one target at once.
    pub concurrency: usize,
    /// What may wait for one target; beyond it senders are told to come back.
    pub most: u64,
}

impl BehindSettings {
    fn tell(&self, notice: BehindNotice) {
        self.notices.tell(Notice::Behind(notice));
    }
}

/// Forwards behind answers.
pub struct Behind {
    settings: BehindSettings,
    queues: Mutex<BTreeMap<String, Arc<Queue>>>,
    workers: Mutex<JoinSet<()>>,
    stop: watch::Sender<bool>,
    /// Whether it was said that a backlog is full.
    full: AtomicBool,
}

/// What waits for one target.
struct Queue {
    /// The target as it is configured now.
    target: RwLock<Arc<Target>>,
    /// Below zero for a moment, when a worker is quicker than whoever promised.
    waiting: AtomicI64,
    wake: Notify,
}

impl Queue {
    fn target(&self) -> Arc<Target> {
        self.target.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn waiting(&self) -> u64 {
        u64::try_from(self.waiting.load(Ordering::Relaxed)).unwrap_or(0)
    }
}

impl Behind {
    /// Nothing is called before [`Behind::start`].
    pub fn new(settings: BehindSettings) -> Self {
        Self {
            settings,
            queues: Mutex::default(),
            workers: Mutex::default(),
            stop: watch::Sender::new(false),
            full: AtomicBool::new(false),
        }
    }

    /// The status that senders are answered.
    pub fn status(&self) -> u16 {
        self.settings.status
    }

    /// How many deliveries wait for each target.
    pub fn backlog(&self) -> Vec<(String, u64)> {
        let queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        queues.iter().map(|(name, queue)| (name.clone(), queue.waiting())).collect()
    }

    /// Under which what is owed is kept.
    pub fn run(&self) -> RunId {
        self.settings.run
    }

    /// Begins to work for these targets, on what an earlier listener owed them as well. Of those that were working already,
    /// the terms are these from now on. Must be called within a runtime.
    ///
    /// # Errors
    /// What is owed cannot be read.
    pub fn start<'a>(self: &Arc<Self>, targets: impl IntoIterator<Item = &'a Arc<Target>>) -> Result<(), StoreError> {
        let owed: BTreeMap<String, u64> = self.settings.store.owed_forwards(self.settings.run)?.into_iter().collect();
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let first = queues.is_empty();
        for target in targets {
            let name = target.url.to_string();
            if let Some(queue) = queues.get(&name) {
                *queue.target.write().unwrap_or_else(PoisonError::into_inner) = target.clone();
                continue;
            }
            let queue = Arc::new(Queue {
                target: RwLock::new(target.clone()),
                waiting: AtomicI64::new(owed.get(&name).map_or(0, |owed| i64::try_from(*owed).unwrap_or(i64::MAX))),
                wake: Notify::new(),
            });
            let work = Worker::new(self.clone(), name.clone(), queue.clone()).work(self.stop.subscribe());
            self.workers.lock().unwrap_or_else(PoisonError::into_inner).spawn(work);
            queues.insert(name, queue);
        }
        for (target, waiting) in owed.into_iter().filter(|_| first) {
            let known = queues.contains_key(&target);
            self.settings.tell(BehindNotice::Left { target, waiting, known });
        }
        Ok(())
    }

    /// What a delivery is owed by this choice of targets. `None`: too much waits already, and the sender must come back.
    pub fn owed(&self, choice: &Choice, lane: Option<i64>) -> Option<Vec<NewForward>> {
        let queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let mut forwards = Vec::with_capacity(choice.targets.len());
        for target in choice.targets.iter() {
            let name = target.url.to_string();
            let waiting = queues.get(&name).map_or(0, |queue| queue.waiting());
            if waiting >= self.settings.most {
                if !self.full.swap(true, Ordering::Relaxed) {
                    self.settings.tell(BehindNotice::Full { target: name, waiting });
                }
                return None;
            }
            forwards.push(NewForward { target: name, lane, route: choice.route.clone() });
        }
        Some(forwards)
    }

    /// What was owed is on record: the workers may go.
    pub fn promised(&self, choice: &Choice) {
        let queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        for target in choice.targets.iter() {
            if let Some(queue) = queues.get(target.url.as_str()) {
                queue.waiting.fetch_add(1, Ordering::Relaxed);
                queue.wake.notify_one();
            }
        }
    }

    /// Begins nothing more and waits for what is under way, for a while; returns how much is still owed.
    pub async fn finish(&self) -> u64 {
        self.stop.send_replace(true);
        let mut workers = std::mem::take(&mut *self.workers.lock().unwrap_or_else(PoisonError::into_inner));
        let _ = timeout(GRACE, async { while workers.join_next().await.is_some() {} }).await;
        workers.shutdown().await;
        let owed = self.settings.store.owed_forwards(self.settings.run).unwrap_or_default();
        owed.iter().map(|(_, count)| count).sum()
    }

    /// One attempt at a delivery, as it stands in the store.
    async fn attempt(self: Arc<Self>, of: Waiting, target: Arc<Target>) -> Tried {
        let store = &self.settings.store;
        let Ok(delivery) = tokio::task::block_in_place(|| store.get(of.number)) else {
            return Tried { of, outcome: None };
        };
        let Ok(request) = request_of(&delivery) else { return Tried { of, outcome: None } };
        let summary = delivery.summary;
        let provider = summary.provider.as_ref().and_then(|name| self.settings.catalog.get(name).ok());
        let retry =
            Retry::new(target.retry.clone(), provider.as_ref().and_then(|provider| provider.definition.retry.as_ref()));
        let passing = Passing { delivery: summary.id, request, provider };
        let (mut attempt, _) = call(&self.settings.client, &target, &passing).await;
        attempt.attempt = of.attempts + 1;
        if let Ok(response) = &mut attempt.outcome {
            response.body.truncate(crate::http::client::ANSWER_LIMIT);
        }
        Tried { of, outcome: Some((summary, attempt, retry)) }
    }
}

/// Keeps the promises to one target.
struct Worker {
    behind: Arc<Behind>,
    name: String,
    queue: Arc<Queue>,
    /// What is looked at now.
    lanes: Lanes,
    /// The routes of these.
    routes: BTreeMap<i64, Option<String>>,
    /// The last delivery that was looked at, and whether there may be more behind it.
    cursor: i64,
    more: bool,
    /// While the target is down.
    knocking: Option<Knocking>,
}

impl Worker {
    fn new(behind: Arc<Behind>, name: String, queue: Arc<Queue>) -> Self {
        let (lanes, routes) = (Lanes::default(), BTreeMap::new());
        Self { behind, name, queue, lanes, routes, cursor: i64::MIN, more: true, knocking: None }
    }

    /// Works until it is to stop, or nothing can be read or recorded any more.
    async fn work(mut self, mut stop: watch::Receiver<bool>) {
        let settings = &self.behind.clone().settings;
        let mut under_way = FuturesUnordered::new();
        let mut confirmations = FuturesUnordered::new();
        loop {
            let stopping = *stop.borrow();
            if stopping && under_way.is_empty() && confirmations.is_empty() {
                return;
            }
            let open = !stopping && self.knocking.is_none();
            if open && !self.refill() {
                return;
            }
            while open && under_way.len() < settings.concurrency && confirmations.len() < UNCONFIRMED {
                let Some(next) = self.lanes.next(std::time::Instant::now()) else { break };
                under_way.push(self.behind.clone().attempt(next, self.queue.target()));
            }
            let due = self.lanes.next_due().filter(|_| open && under_way.len() < settings.concurrency);
            tokio::select! {
                Some(tried) = under_way.next(), if !under_way.is_empty() => {
                    if let Some(conclusion) = self.settle(tried, stopping) {
                        confirmations.push(settings.store.conclude_forward(settings.run, conclusion));
                    }
                }
                Some(confirmed) = confirmations.next(), if !confirmations.is_empty() => {
                    if let Err(error) = confirmed {
                        let over = matches!(error, StoreError::Poisoned | StoreError::Stopped);
                        settings.notices.tell(Notice::AttemptNotRecorded { error });
                        if over {
                            return;
                        }
                    }
                }
                () = wait_for(&mut self.knocking), if self.knocking.is_some() && !stopping => {
                    self.knocking = None;
                    let waiting = self.queue.waiting();
                    settings.tell(BehindNotice::Back { target: self.name.clone(), waiting });
                }
                () = self.queue.wake.notified(), if !stopping => self.more = true,
                () = sleep_until(due.map_or_else(Instant::now, Instant::from_std)), if due.is_some() => {}
                _ = stop.changed(), if !stopping => {}
            }
        }
    }

    /// Looks at further deliveries, if there is room for them; `false`: the store cannot be read any more.
    fn refill(&mut self) -> bool {
        if !self.more || self.lanes.len() > WINDOW / 2 {
            return true;
        }
        let limit = WINDOW - self.lanes.len();
        let BehindSettings { store, run, notices, .. } = &self.behind.settings;
        let found = tokio::task::block_in_place(|| store.pending_forwards(*run, &self.name, self.cursor, limit));
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                notices.tell(Notice::AttemptNotRecorded { error });
                return false;
            }
        };
        self.more = found.len() == limit;
        for forward in found {
            self.cursor = forward.number;
            self.lanes.push(waiting(&forward));
            self.routes.insert(forward.number, forward.route);
        }
        true
    }

    /// Takes what an attempt came to, tells of it, and returns what is to be recorded.
    fn settle(&mut self, tried: Tried, stopping: bool) -> Option<ForwardAttempt> {
        let Tried { of, outcome } = tried;
        let settings = &self.behind.settings;
        let Some((summary, attempt, retry)) = outcome else {
            // It was deleted: nobody owes anything.
            self.lanes.done(of.lane);
            self.routes.remove(&of.number);
            self.queue.waiting.fetch_sub(1, Ordering::Relaxed);
            return None;
        };
        let missed = attempt.outcome.as_ref().err().copied().filter(|kind| kind.never_connected());
        let (sequel, next) = follow_up(&of, &attempt, &retry);
        let reached = of.reached + u32::from(missed.is_none());
        let route = match sequel {
            ForwardSequel::At(at) => {
                let due = std::time::Instant::now() + at.since(clock::now());
                self.lanes.again(Waiting { attempts: attempt.attempt, reached, due, ..of });
                self.routes.get(&of.number).cloned().flatten()
            }
            ForwardSequel::Done | ForwardSequel::Dead => {
                self.lanes.done(of.lane);
                self.queue.waiting.fetch_sub(1, Ordering::Relaxed);
                if self.queue.waiting() <= settings.most / 2 {
                    self.behind.full.store(false, Ordering::Relaxed);
                }
                self.routes.remove(&of.number).flatten()
            }
        };
        if let Some(kind) = missed.filter(|_| !stopping) {
            // Of many that find the target down at the same moment, one is enough to say so.
            if self.knocking.is_some() {
                return None;
            }
            settings.tell(BehindNotice::Down { target: self.name.clone(), kind, waiting: self.queue.waiting() });
            self.knocking = Some(knock(settings.client.clone(), self.queue.target()));
        }
        let dead = sequel == ForwardSequel::Dead;
        let (number, told) = (of.number, attempt.clone());
        settings.tell(BehindNotice::Attempt(Box::new(BehindAttempt { number, summary, attempt: told, next, dead })));
        Some(ForwardAttempt { target: self.name.clone(), route, attempt, reached, sequel })
    }
}

/// What an attempt came to; `None`: there is no such delivery any more.
struct Tried {
    of: Waiting,
    outcome: Option<(Summary, NewAttempt, Retry)>,
}

/// Resolves when a target that was down can be reached.
type Knocking = Pin<Box<dyn Future<Output = ()> + Send>>;

fn knock(client: Arc<Client>, target: Arc<Target>) -> Knocking {
    Box::pin(async move {
        let mut wait = KNOCKS.0;
        loop {
            sleep(wait).await;
            if client.reach(&target.url).await.is_ok() {
                return;
            }
            wait = (wait * 2).min(KNOCKS.1);
        }
    })
}

async fn wait_for(knocking: &mut Option<Knocking>) {
    match knocking {
        Some(knocking) => knocking.await,
        None => pending().await,
    }
}

fn waiting(forward: &PendingForward) -> Waiting {
    // What was never tried may go, and nobody waits longer than was decided, wherever the clock has been set to meanwhile.
    let now = clock::now();
    let wait = forward.tried_at.map_or(Duration::ZERO, |tried_at| forward.due_at.since(now.max(tried_at)));
    Waiting {
        number: forward.number,
        lane: forward.lane.map_or(Lane::Alone(forward.number), Lane::Of),
        attempts: forward.attempts,
        reached: forward.reached,
        due: std::time::Instant::now() + wait,
    }
}

/// What follows an attempt. One that did not reach the target is no fault of the delivery: it goes again when the target is
/// back.
fn follow_up(of: &Waiting, attempt: &NewAttempt, retry: &Retry) -> (ForwardSequel, Option<Upcoming>) {
    let now = clock::now();
    if attempt.accepted {
        return (ForwardSequel::Done, None);
    }
    if attempt.outcome.as_ref().is_err_and(|kind| kind.never_connected()) {
        return (ForwardSequel::At(now), None);
    }
    match retry.after(of.reached + 1, &attempt.outcome, clock::chance(), now) {
        Next::Again(wait) => {
            let due_at = now.plus(wait);
            let next = Upcoming { attempt: attempt.attempt + 1, of: retry.attempts(), wait, due_at };
            (ForwardSequel::At(due_at), Some(next))
        }
        Next::Exhausted | Next::Final => (ForwardSequel::Dead, None),
    }
}
