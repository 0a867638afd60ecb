//! One timer for all the waits of a connection.
//!
//! Separate because a timer that is made or moved for every request costs more than reading the request: here a later
//! deadline only changes a comparison, and the runtime hears of it when the earlier one passes.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// Later than any deadline, and within what every platform's clock can add.
const FAR: Duration = Duration::from_hours(24 * 365);

/// The deadline passed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Late;

/// A timer that is used again and again.
#[derive(Debug)]
pub struct Alarm(Pin<Box<Sleep>>);

impl Default for Alarm {
    fn default() -> Self {
        Self::new()
    }
}

impl Alarm {
    /// Not yet known to the runtime. Must be called inside one.
    pub fn new() -> Self {
        Self(Box::pin(sleep_until(Instant::now() + FAR)))
    }

    /// Ready once the deadline has passed; else wakes the task when it does.
    pub fn poll_passed(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        loop {
            if self.0.deadline() > deadline {
                self.0.as_mut().reset(deadline);
            }
            ready!(self.0.as_mut().poll(cx));
            if self.0.deadline() == deadline {
                return Poll::Ready(());
            }
            // It rang for an earlier wait that is over.
            self.0.as_mut().reset(deadline);
        }
    }

    /// The outcome of a future, unless the deadline passes first. The clock is not touched when it is ready at once.
    pub async fn within<F: Future>(&mut self, deadline: Instant, future: F) -> Result<F::Output, Late> {
        let mut future = pin!(future);
        poll_fn(|cx| {
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return Poll::Ready(Ok(output));
            }
            self.poll_passed(cx, deadline).map(|()| Err(Late))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn deadlines_may_move_both_ways() {
        let mut alarm = Alarm::new();
        let start = Instant::now();
        let never = std::future::pending::<()>;
        for seconds in [10, 30, 31, 90] {
            let deadline = start + Duration::from_secs(seconds);
            assert_eq!(alarm.within(deadline, never()).await, Err(Late));
            assert_eq!(start.elapsed().as_secs(), seconds);
        }
        // A far deadline that is not needed, then a near one.
        assert_eq!(alarm.within(start + FAR, async { 1 }).await, Ok(1));
        assert_eq!(alarm.within(start + Duration::from_secs(95), never()).await, Err(Late));
        assert_eq!(start.elapsed().as_secs(), 95);
        // One that has passed already.
        assert_eq!(alarm.within(start, never()).await, Err(Late));
        assert_eq!(alarm.within(start, async { 2 }).await, Ok(2));
    }
}
