//! Says of deliveries that do not verify which mistake their sender makes.
//!
//! On a thread of its own, behind a short queue: neither an answer nor a record ever waits for it. What comes faster than it
//! may be looked into is not looked into; `hookctl verify` does that at any time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver as Queue, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use crate::diagnosis::Effort;
use crate::http::head::request_of;
use crate::model::{Reason, Summary, Verdict};
use crate::provider::{Catalog, Provider};
use crate::receive::Receiver;
use crate::receive::notify::{Explained, Notice};
use crate::signature::Checks;

/// Deliveries that wait to be looked into.
const QUEUE: usize = 64;

/// Of those that wait at the end, so many are still looked into.
const AT_THE_END: usize = 4;

/// A longer body is not looked into: its variants would take the memory and the time that receiving needs.
const LARGEST: u64 = 1 << 20;

/// So many may be looked into at once, and so often when they do not cease: half a percent of a core on the whole.
const BURST: u32 = 32;
const EVERY: Duration = Duration::from_secs(1);

/// Looks into deliveries.
pub(super) struct Explainer {
    queue: SyncSender<i64>,
    ending: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Explainer {
    /// One that tells what it finds out to the receiver's listeners, with checks of this sort. `None` if there can be no further thread, which
    /// is no reason not to listen.
    pub(super) fn start(receiver: Arc<Receiver>, catalog: Arc<Catalog>, checks: fn() -> Checks) -> Option<Self> {
        let (queue, asked) = sync_channel(QUEUE);
        let ending = Arc::new(AtomicBool::new(false));
        let is_ending = ending.clone();
        let thread = Builder::new().name("explainer".to_owned());
        let thread = thread.spawn(move || explain(&receiver, &catalog, checks, &asked, &is_ending)).ok()?;
        Some(Self { queue, ending, thread })
    }

    /// Asks why a delivery is not valid, if that can be said and there is time for it.
    pub(super) fn ask(&self, number: i64, summary: &Summary) {
        let is_wrong = match summary.verdict {
            Verdict::Invalid | Verdict::NoSecret => true,
            // Registrations by GET carry no signature.
            Verdict::Unsigned => summary.method != "GET",
            Verdict::Valid | Verdict::UnknownProvider => false,
        };
        // A body that was too large was not kept: there is nothing to look into, and its sender was told.
        let is_kept = summary.reason != Some(Reason::BodyMissing);
        if is_wrong && is_kept && summary.provider.is_some() && summary.bytes <= LARGEST {
            // A full queue: there are enough of them already.
            let _ = self.queue.try_send(number);
        }
    }

    /// Ends it, once the last ones have been looked into.
    pub(super) fn finish(self) {
        self.ending.store(true, Ordering::Relaxed);
        drop(self.queue);
        // If it panicked, there is nothing more to tell.
        let _ = self.thread.join();
    }
}

fn explain(receiver: &Receiver, catalog: &Catalog, checks: fn() -> Checks, asked: &Queue<i64>, ending: &AtomicBool) {
    let (mut pace, mut left) = (Pace::new(Instant::now()), AT_THE_END);
    let mut providers: Option<Vec<Arc<Provider>>> = None;
    for number in asked {
        if ending.load(Ordering::Relaxed) {
            let Some(rest) = left.checked_sub(1) else { return };
            left = rest;
        }
        if !pace.allows(Instant::now()) {
            continue;
        }
        if providers.is_none() {
            providers = catalog.all().ok();
        }
        let providers = providers.as_deref().unwrap_or_default();
        if let Some(explained) = look_into(receiver, catalog, providers, (number, checks())) {
            receiver.notices.tell(Notice::Explained(Box::new(explained)));
        }
    }
}

/// `None` where nothing can be said: it was deleted meanwhile, or its secret cannot be read.
fn look_into(
    receiver: &Receiver,
    catalog: &Catalog,
    providers: &[Arc<Provider>],
    (number, checks): (i64, Checks),
) -> Option<Explained> {
    let delivery = receiver.store.get(number).ok()?;
    let request = request_of(&delivery).ok()?;
    let provider = catalog.get(delivery.summary.provider.as_deref()?).ok()?;
    let arrived = (&request, delivery.summary.received_at);
    let (judgement, diagnosis) =
        receiver.verify.explain(&provider, providers, arrived, (checks, Effort::BRIEF)).ok()?;
    let is_told = !diagnosis.findings.is_empty();
    is_told.then_some(Explained { number, summary: delivery.summary, judgement, diagnosis })
}

/// A burst first, then one every so often.
struct Pace {
    left: u32,
    since: Instant,
}

impl Pace {
    fn new(now: Instant) -> Self {
        Self { left: BURST, since: now }
    }

    fn allows(&mut self, now: Instant) -> bool {
        let grown = now.duration_since(self.since).as_secs() / EVERY.as_secs();
        if grown > 0 {
            self.left = u32::try_from(grown).unwrap_or(BURST).saturating_add(self.left).min(BURST);
            self.since = now;
        }
        let Some(left) = self.left.checked_sub(1) else { return false };
        self.left = left;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_looked_into_now_and_then() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        let mut allowed = |millis: u64, times: usize| {
            (0..times).filter(|_| pace.allows(start + Duration::from_millis(millis))).count()
        };
        assert_eq!(allowed(0, 100), 32);
        assert_eq!(allowed(900, 10), 0);
        assert_eq!(allowed(1_000, 10), 1);
        assert_eq!(allowed(4_000, 10), 3);
        assert_eq!(allowed(3_600_000, 100), 32);
    }
}
