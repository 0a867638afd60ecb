//! Who answers what the page asks: the program behind it, on threads of its own.
//!
//! The page knows HTTP and nothing else; what is recorded, judged and sent again is the program's. Questions wait in a short
//! queue, so that whoever asks a lot gets an answer later, and nothing else of `listen` does.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::error::Failure;
use crate::json::attempt::AttemptObject;
use crate::json::delivery::DeliveryObject;
use crate::json::diff::Diff;
use crate::json::stats::StatsObject;

/// Questions that may wait.
const QUEUE: usize = 32;

/// An answer, or why there is none.
pub type Answer<T> = Result<T, Failure>;

/// What the page may ask.
pub trait Desk: Sync {
    /// The newest deliveries that fit.
    fn list(&self, wanted: &Wanted) -> Answer<Listed>;
    /// All about a delivery.
    fn delivery(&self, number: i64) -> Answer<Whole>;
    /// Whether its signature is right, and why not: the lines that a terminal would show.
    fn lesson(&self, number: i64) -> Answer<Lesson>;
    /// Its body, byte for byte.
    fn body(&self, number: i64) -> Answer<Bytes>;
    /// A command that sends it again, with its credentials.
    fn curl(&self, number: i64) -> Answer<String>;
    /// What the second delivery differs in from the first.
    fn diff(&self, old: i64, new: i64) -> Answer<Diff>;
    /// What was recorded lately, counted and measured.
    fn stats(&self, wanted: &Wanted) -> Answer<StatsObject>;
    /// Sends a delivery again, and says what became of that.
    fn replay(&self, number: i64, replay: Replay) -> Answer<Replayed>;
}

/// Which deliveries are wanted.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wanted {
    /// Of this provider.
    pub provider: Option<String>,
    /// With this verdict.
    pub verdict: Option<String>,
    /// Not answered 2xx.
    pub failed: bool,
    /// Those that hookctl sent, instead of those it received.
    pub sent: bool,
    /// Part of an event type, a glob over it, the number or id of a delivery; a jq filter if it begins with a dot.
    pub search: Option<String>,
    /// Older than this number.
    pub before: Option<i64>,
    /// Newer than this number.
    pub after: Option<i64>,
}

/// Deliveries, the newest first.
#[derive(Debug, Serialize)]
pub struct Listed {
    /// Without their headers and bodies.
    pub deliveries: Vec<DeliveryObject>,
    /// Where to go on, as `before`; `None`: there is nothing older.
    pub next: Option<i64>,
    /// Why a jq filter failed on some, in words.
    pub note: Option<String>,
}

/// All about a delivery.
#[derive(Debug, Serialize)]
pub struct Whole {
    /// With its headers.
    pub delivery: DeliveryObject,
    /// Whether hookctl sent it, rather than received it.
    pub sent: bool,
    /// Why its verdict is what it is, in a sentence.
    pub sentence: Option<&'static str>,
    /// The number of the delivery that it repeats.
    pub repeats: Option<i64>,
    /// Its body, as far as it can be read.
    pub text: Option<String>,
    /// `json`, `text`, `bytes` or `none`.
    pub form: &'static str,
    /// Whether `text` is only the beginning.
    pub cut: bool,
    /// What became of it: the last of its attempts, the oldest first.
    pub attempts: Vec<AttemptObject>,
    /// Where it would be sent to again.
    pub targets: Vec<String>,
}

/// Lines in pieces, each with what it means.
#[derive(Debug, Serialize)]
pub struct Lesson {
    /// `good`, `bad`, `warn`, `dim`, `strong` or nothing, and the text.
    pub lines: Vec<Vec<(&'static str, String)>>,
}

/// How a delivery is to be sent again.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Replay {
    /// To this address; `None`: to where it is forwarded.
    pub to: Option<String>,
    /// Whether the signature stays as it was recorded, or is made anew; `None`: anew where the secret is known.
    pub sign: Option<SignAs>,
    /// What is changed.
    pub edit: Option<Edit>,
}

/// What becomes of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignAs {
    /// It is made anew.
    Fresh,
    /// It stays.
    Keep,
}

/// A request as somebody edited it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Edit {
    /// Its method.
    pub method: Option<String>,
    /// Its path and query.
    pub target: Option<String>,
    /// Its header fields, all of them.
    pub headers: Option<Vec<Field>>,
    /// Its body.
    pub body: Option<String>,
}

/// A header field as somebody edited it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its value; `None`: that of the recorded field at `from`, which the page may have seen masked.
    #[serde(default)]
    pub value: Option<String>,
    /// The place of the recorded field, from 0.
    #[serde(default)]
    pub from: Option<usize>,
}

/// What became of a replay.
#[derive(Debug, Serialize)]
pub struct Replayed {
    /// The numbers of what was sent.
    pub deliveries: Vec<i64>,
    /// Each request to each target.
    pub attempts: Vec<AttemptObject>,
}

type Job = Box<dyn FnOnce(&dyn Desk) + Send>;

/// Asks the program.
#[derive(Clone)]
pub struct Asker(Arc<Mutex<Option<SyncSender<Job>>>>);

/// What waits to be answered.
pub struct Questions(Mutex<Receiver<Job>>);

/// The two ends of the queue.
pub fn desk() -> (Asker, Questions) {
    let (jobs, waiting) = sync_channel(QUEUE);
    (Asker(Arc::new(Mutex::new(Some(jobs)))), Questions(Mutex::new(waiting)))
}

impl Asker {
    /// Asks, and waits for the answer.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&dyn Desk) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |desk| {
            // Whoever asked may be gone.
            let _ = answer.send(question(desk));
        });
        let asked = self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|jobs| jobs.try_send(job));
        match asked {
            Some(Ok(())) => {
                answered.await.unwrap_or_else(|_| Err(Failure::surroundings("this could not be answered: a bug")))
            }
            Some(Err(TrySendError::Full(_))) => Err(Failure::surroundings("too much is asked at once")),
            Some(Err(TrySendError::Disconnected(_))) | None => Err(Failure::surroundings("hookctl is ending")),
        }
    }

    /// Nothing can be asked any more.
    pub fn end(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Whether nothing can be asked any more.
    pub(super) fn has_ended(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }
}

impl Questions {
    /// Answers one question after the other, until nobody can ask any more. Several threads may.
    pub fn answer(&self, desk: &dyn Desk) {
        while let Ok(job) = self.next() {
            // A page that shows a bug must not end what records deliveries.
            let _ = catch_unwind(AssertUnwindSafe(|| job(desk)));
        }
    }

    fn next(&self) -> Result<Job, std::sync::mpsc::RecvError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).recv()
    }
}
