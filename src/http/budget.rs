//! How much memory the bodies of all connections together may take.
//!
//! A body takes room as it grows, so senders that announce much and send little hold little. When the room is used up,
//! exactly one body at a time may go beyond it: that one ends, gives its room back, and so everything moves on. What is
//! held never exceeds the budget by more than one body.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Rooms are counted in pieces of this many bytes: fine enough for small bodies, and 4 TiB fit the counter.
const UNIT: usize = 1024;

/// The room for bodies.
#[derive(Debug, Clone)]
pub struct Budget {
    room: Arc<Semaphore>,
    beyond: Arc<Semaphore>,
    units: u32,
}

impl Budget {
    /// Room for so many bytes, rounded up to a KiB.
    pub fn new(bytes: usize) -> Self {
        let units = units(bytes);
        let room = Arc::new(Semaphore::new(usize::try_from(units).unwrap_or(Semaphore::MAX_PERMITS)));
        Self { room, beyond: Arc::new(Semaphore::new(1)), units }
    }

    /// A share that holds nothing yet.
    pub fn lease(&self) -> Lease<'_> {
        Lease { budget: self, held: None, beyond: None }
    }

    /// Bytes that nobody holds.
    pub fn free(&self) -> usize {
        self.room.available_permits().saturating_mul(UNIT)
    }
}

/// What one body holds; given back when it is dropped.
#[derive(Debug)]
pub struct Lease<'a> {
    budget: &'a Budget,
    held: Option<OwnedSemaphorePermit>,
    beyond: Option<OwnedSemaphorePermit>,
}

impl Lease<'_> {
    /// Waits until this share covers `bytes` in all. Waiters get room in the order in which they came.
    pub async fn cover(&mut self, bytes: usize) {
        let held = self.held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let wanted = units(bytes);
        let missing = wanted.saturating_sub(u32::try_from(held).unwrap_or(u32::MAX));
        if missing == 0 || self.beyond.is_some() {
            return;
        }
        let room = async {
            if wanted > self.budget.units {
                // There will never be that much: only going beyond helps.
                return std::future::pending().await;
            }
            Arc::clone(&self.budget.room).acquire_many_owned(missing).await.expect("it is never closed")
        };
        let beyond = async { Arc::clone(&self.budget.beyond).acquire_owned().await.expect("it is never closed") };
        tokio::select! {
            biased;
            more = room => match &mut self.held {
                Some(held) => held.merge(more),
                None => self.held = Some(more),
            },
            permit = beyond => self.beyond = Some(permit),
        }
    }
}

fn units(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    /// Paused time passes only when nothing else can happen.
    async fn blocks(lease: &mut Lease<'_>, bytes: usize) -> bool {
        timeout(Duration::from_secs(1), lease.cover(bytes)).await.is_err()
    }

    #[tokio::test(start_paused = true)]
    async fn one_body_may_go_beyond_and_the_next_waits_for_it() {
        let budget = Budget::new(10 * UNIT);
        let (mut a, mut b, mut c) = (budget.lease(), budget.lease(), budget.lease());
        assert!(!blocks(&mut a, 6 * UNIT).await);
        assert!(!blocks(&mut b, 4 * UNIT).await);
        assert_eq!(budget.free(), 0);
        assert!(!blocks(&mut a, 7 * UNIT).await, "the first goes beyond");
        assert!(!blocks(&mut a, 700 * UNIT).await, "and may go on");
        assert!(blocks(&mut b, 5 * UNIT).await);
        assert!(blocks(&mut c, 1).await);
        drop(a);
        assert!(!blocks(&mut b, 5 * UNIT).await);
        assert!(!blocks(&mut c, 1).await);
        assert_eq!(budget.free(), 4 * UNIT);
        drop((b, c));
        assert_eq!(budget.free(), 10 * UNIT);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_larger_than_the_whole_budget_still_fits_alone() {
        let budget = Budget::new(UNIT);
        let (mut a, mut b) = (budget.lease(), budget.lease());
        assert!(!blocks(&mut a, 1000 * UNIT).await);
        assert!(blocks(&mut b, 1000 * UNIT).await);
        drop(a);
        assert!(!blocks(&mut b, 1000 * UNIT).await);
    }
}
