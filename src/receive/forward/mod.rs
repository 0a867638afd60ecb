//! Passing a delivery on, byte for byte, and bringing back what was answered.
//!
//! ```text
//! target.rs   where exactly a delivery goes, and as what
//! answer.rs   what the sender gets of it
//! behind.rs   forwarding behind an answer that was given already; lanes.rs: in which order
//! ```
//!
//! A delivery comes here when it is on disk. One target: its answer is the sender's answer. Several are called side by
//! side, and the answer of the primary one goes back as soon as it is there. Nothing is tried again: the sender, who waits,
//! decides about that.

pub mod answer;
pub mod behind;
pub mod lanes;
pub mod target;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

pub use behind::{Behind, BehindSettings};
pub use target::Target;

use super::route::Routes;

use crate::clock;
use crate::http::client::{Barred, Client};
use crate::model::{DeliveryId, FailureKind, NewAttempt, Request};
use crate::provider::Provider;

/// KiB of bodies whose secondary targets are still being called when the sender has its answer. Beyond it the sender waits
/// for all of them, so that what is held stays bounded.
const BEHIND_KIB: u32 = 32 * 1024;

/// Passes deliveries on.
#[derive(Debug)]
pub struct Forward {
    client: Arc<Client>,
    routes: RwLock<Arc<Routes>>,
    /// Room for what goes on behind an answer.
    behind: Arc<Semaphore>,
}

/// A delivery that is to be passed on.
#[derive(Debug, Clone)]
pub struct Passing {
    /// Its id.
    pub delivery: DeliveryId,
    /// What came.
    pub request: Request,
    /// Who sent it.
    pub provider: Option<Arc<Provider>>,
}

/// What became of it.
#[derive(Debug, Default)]
pub struct Passed {
    /// The attempts that have ended, that of the primary target first.
    pub attempts: Vec<NewAttempt>,
    /// Fields that `Connection` named, and that were passed on all the same.
    pub kept: Vec<String>,
    /// Those that go on behind the answer.
    pub behind: Option<JoinHandle<Others>>,
}

/// Attempts that went on behind an answer. Whoever has it has not told of them yet, and [`Forward::finish`] waits.
#[derive(Debug)]
pub struct Others {
    /// What became of them.
    pub attempts: Vec<NewAttempt>,
    _room: OwnedSemaphorePermit,
}

impl Forward {
    /// As these routes say.
    pub fn new(client: Arc<Client>, routes: Routes) -> Self {
        let routes = RwLock::new(Arc::new(routes));
        Self { client, routes, behind: Arc::new(Semaphore::new(BEHIND_KIB as usize)) }
    }

    /// What calls the targets.
    pub fn client(&self) -> Arc<Client> {
        self.client.clone()
    }

    /// The routes that hold now.
    pub fn routes(&self) -> Arc<Routes> {
        self.routes.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on other routes hold. What is under way goes on as it began.
    pub fn set_routes(&self, routes: Routes) {
        *self.routes.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(routes);
    }

    /// Never calls these addresses.
    pub fn never_calls(&self, own: Vec<std::net::SocketAddr>) {
        self.client.never_calls(own);
    }

    /// Whether each target may be called, as far as can be said before it is.
    pub async fn check(&self, routes: &Routes) -> Vec<(Arc<Target>, Barred)> {
        let mut barred = Vec::new();
        for target in routes.targets() {
            if let Err(why) = self.client.check(&target.url).await {
                barred.push((target.clone(), why));
            }
        }
        barred
    }

    /// Calls these targets, the primary one being the first; returns when that one has answered, or all, if there is no
    /// room to go on behind.
    pub async fn pass(self: &Arc<Self>, passing: Passing, targets: &Arc<[Arc<Target>]>) -> Passed {
        let Some((primary, others)) = targets.split_first() else { return Passed::default() };
        if others.is_empty() {
            let (attempt, kept) = call(&self.client, primary, &passing).await;
            return Passed { attempts: vec![attempt], kept, behind: None };
        }
        let kib = u32::try_from(passing.request.body.len() / 1024 + 1).unwrap_or(u32::MAX);
        match self.behind.clone().try_acquire_many_owned(kib) {
            Ok(room) => {
                let behind = tokio::spawn(self.clone().call_others(passing.clone(), targets.clone(), room));
                let (attempt, kept) = call(&self.client, primary, &passing).await;
                Passed { attempts: vec![attempt], kept, behind: Some(behind) }
            }
            Err(_) => {
                let calls = targets.iter().map(|target| call(&self.client, target, &passing));
                let (attempts, mut kept): (Vec<_>, Vec<_>) = join_all(calls).await.into_iter().unzip();
                Passed { attempts, kept: kept.swap_remove(0), behind: None }
            }
        }
    }

    async fn call_others(
        self: Arc<Self>,
        passing: Passing,
        targets: Arc<[Arc<Target>]>,
        room: OwnedSemaphorePermit,
    ) -> Others {
        let called = join_all(targets.iter().skip(1).map(|target| call(&self.client, target, &passing))).await;
        Others { attempts: called.into_iter().map(|(attempt, _)| attempt).collect(), _room: room }
    }

    /// Waits until nothing goes on behind an answer, for so long at most.
    pub async fn finish(&self, patience: Duration) {
        let _ = timeout(patience, self.behind.acquire_many(BEHIND_KIB)).await;
    }
}

/// Exactly one request to one target; says which fields `Connection` could not take away.
async fn call(client: &Client, target: &Target, passing: &Passing) -> (NewAttempt, Vec<String>) {
    let started_at = clock::now();
    let started = Instant::now();
    let provider = passing.provider.as_deref();
    let (url, outcome, kept) = match target.forwarded(&passing.request, provider) {
        Ok(forwarded) => {
            let sent = client.send(&target.url, &forwarded.head, &passing.request, target.terms.timeout);
            (forwarded.address, sent.await, forwarded.kept)
        }
        // Heads are checked when they are read, so this does not happen; if it did, nothing would have been sent.
        Err(_) => (target.url.to_string(), Err(FailureKind::Network), Vec::new()),
    };
    let accepts = |status| match provider {
        Some(provider) => provider.definition.answer.accepts(status),
        None => target.terms.accept.iter().any(|range| range.contains(status)),
    };
    let accepted = outcome.as_ref().is_ok_and(|response| accepts(response.status));
    let (delivery, duration) = (passing.delivery, started.elapsed());
    (NewAttempt { delivery, attempt: 1, url, started_at, duration, accepted, outcome }, kept)
}
