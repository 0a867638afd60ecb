//! Passing a delivery on, byte for byte, and bringing back what was answered.
//!
//! ```text
//! target.rs   where exactly a delivery goes, and as what
//! answer.rs   what the sender gets of it
//! ```
//!
//! A delivery comes here when it is on disk. One target: its answer is the sender's answer. Several are called side by
//! side, and the answer of the primary one goes back as soon as it is there. Nothing is tried again: the sender, who waits,
//! decides about that.

pub mod answer;
pub mod target;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

pub use target::Target;

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
    client: Client,
    targets: Vec<Target>,
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
    /// Those that go on behind the answer.
    pub behind: Option<JoinHandle<Behind>>,
}

/// Attempts that went on behind an answer. Whoever has it has not told of them yet, and [`Forward::finish`] waits.
#[derive(Debug)]
pub struct Behind {
    /// What became of them.
    pub attempts: Vec<NewAttempt>,
    _room: OwnedSemaphorePermit,
}

impl Forward {
    /// To these targets, of which the first is the primary one if none says that it is.
    pub fn new(client: Client, mut targets: Vec<Target>) -> Self {
        let primary = targets.iter().position(|target| target.primary).unwrap_or(0);
        targets.get_mut(..=primary).into_iter().for_each(|front| front.rotate_right(1));
        Self { client, targets, behind: Arc::new(Semaphore::new(BEHIND_KIB as usize)) }
    }

    /// The targets, the primary one first.
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// Never calls these addresses.
    pub fn never_calls(&self, own: Vec<std::net::SocketAddr>) {
        self.client.never_calls(own);
    }

    /// Whether each target may be called, as far as can be said before it is.
    pub async fn check(&self) -> Vec<(&Target, Barred)> {
        let mut barred = Vec::new();
        for target in &self.targets {
            if let Err(why) = self.client.check(&target.url).await {
                barred.push((target, why));
            }
        }
        barred
    }

    /// Whether there is anywhere to forward to.
    pub fn has_targets(&self) -> bool {
        !self.targets.is_empty()
    }

    /// Calls all targets; returns when the primary one has answered, or all, if there is no room to go on behind.
    pub async fn pass(self: &Arc<Self>, passing: Passing) -> Passed {
        let Some((primary, others)) = self.targets.split_first() else {
            return Passed { attempts: Vec::new(), behind: None };
        };
        if others.is_empty() {
            return Passed { attempts: vec![self.call(primary, &passing).await], behind: None };
        }
        let kib = u32::try_from(passing.request.body.len() / 1024 + 1).unwrap_or(u32::MAX);
        match self.behind.clone().try_acquire_many_owned(kib) {
            Ok(room) => {
                let behind = tokio::spawn(self.clone().call_others(passing.clone(), room));
                Passed { attempts: vec![self.call(primary, &passing).await], behind: Some(behind) }
            }
            Err(_) => {
                let calls = self.targets.iter().map(|target| self.call(target, &passing));
                Passed { attempts: join_all(calls).await, behind: None }
            }
        }
    }

    async fn call_others(self: Arc<Self>, passing: Passing, room: OwnedSemaphorePermit) -> Behind {
        let attempts = join_all(self.targets.iter().skip(1).map(|target| self.call(target, &passing))).await;
        Behind { attempts, _room: room }
    }

    /// Exactly one request to one target.
    async fn call(&self, target: &Target, passing: &Passing) -> NewAttempt {
        let started_at = clock::now();
        let started = Instant::now();
        let provider = passing.provider.as_deref();
        let (url, outcome) = match target.forwarded(&passing.request, provider) {
            Ok(forwarded) => {
                let sent = self.client.send(&target.url, &forwarded.head, &passing.request, target.terms.timeout);
                (forwarded.address, sent.await)
            }
            // Heads are checked when they are read, so this does not happen; if it did, nothing would have been sent.
            Err(_) => (target.url.to_string(), Err(FailureKind::Network)),
        };
        let accepts = |status| match provider {
            Some(provider) => provider.definition.answer.accepts(status),
            None => target.terms.accept.iter().any(|range| range.contains(status)),
        };
        NewAttempt {
            delivery: passing.delivery,
            attempt: 1,
            url,
            started_at,
            duration: started.elapsed(),
            accepted: outcome.as_ref().is_ok_and(|response| accepts(response.status)),
            outcome,
        }
    }

    /// Waits until nothing goes on behind an answer, for so long at most.
    pub async fn finish(&self, patience: Duration) {
        let _ = timeout(patience, self.behind.acquire_many(BEHIND_KIB)).await;
    }
}
