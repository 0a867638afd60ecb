//! `--alert`: saying so when something goes wrong, and when it is over.
//!
//! ```text
//! window.rs  what happened in the last minutes, in numbers
//! alarm.rs   one alert: calm or raised, without flapping
//! call.rs    a program or a URL that is told
//! ```

mod alarm;
mod call;
mod window;

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

use self::alarm::Alarm;
pub use self::alarm::Change;
pub use self::call::{Called, object};
use self::window::{Outcome, SELECTORS, Sample, Window};
use super::notify::{BehindAttempt, BehindNotice, Notice, Notices, Told, Watcher};
use crate::clock;
use crate::model::{Timestamp, Verdict};
use crate::threshold::{Comparison, EventSelector, Threshold};

/// How often thresholds are looked at, at most and at least.
const LOOKS: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));

/// A window is looked at so often.
const LOOKS_A_WINDOW: u32 = 60;

/// The part of a window for which all must be good before an alert is over.
const CALM: u32 = 5;

/// How long calls that are under way at the end are waited for.
const LAST_CALLS: Duration = Duration::from_secs(5);

/// What is looked at, and who is told.
pub struct AlertSettings {
    /// What must not hold.
    pub thresholds: Vec<Threshold>,
    /// Over how long the numbers are.
    pub window: Duration,
    /// The status that says only that a delivery will be forwarded: how it ends is told by the attempts.
    pub ack: Option<u16>,
    /// Who is told besides people.
    pub called: Vec<Called>,
}

/// An alert that was raised or is over, as it is told.
#[derive(Debug, Clone)]
pub struct Alert {
    /// Which.
    pub threshold: String,
    /// What happened.
    pub change: Change,
    /// What was found, in words.
    pub explanation: String,
    /// The number, in the base of its unit.
    pub actual: Option<f64>,
    /// When.
    pub at: Timestamp,
}

/// Looks on.
pub struct Alerts {
    window: Mutex<Window>,
    ack: Option<u16>,
    alarms: Mutex<Vec<Alarm>>,
    length: Duration,
    called: Vec<Arc<Called>>,
}

/// More alerts of single events than can be told apart.
#[derive(Debug, thiserror::Error)]
#[error("more than {SELECTORS} different events in alerts")]
pub struct TooMany;

impl Alerts {
    /// From now on.
    ///
    /// # Errors
    /// More different events than can be told apart.
    pub fn new(settings: AlertSettings, now: Instant) -> Result<Self, TooMany> {
        let mut selectors: Vec<EventSelector> = Vec::new();
        for selector in settings.thresholds.iter().filter_map(|threshold| threshold.subject.event.as_ref()) {
            if !selectors.contains(selector) {
                selectors.push(selector.clone());
            }
        }
        if selectors.len() > SELECTORS {
            return Err(TooMany);
        }
        Ok(Self {
            window: Mutex::new(Window::new(settings.window, selectors, now)),
            ack: settings.ack,
            alarms: Mutex::new(settings.thresholds.into_iter().map(Alarm::new).collect()),
            length: settings.window,
            called: settings.called.into_iter().map(Arc::new).collect(),
        })
    }

    /// The alerts there are, and whether each is raised.
    pub fn states(&self) -> Vec<(String, bool)> {
        let alarms = self.alarms.lock().unwrap_or_else(PoisonError::into_inner);
        alarms.iter().map(|alarm| (alarm.threshold.to_string(), alarm.is_raised())).collect()
    }

    /// Looks, and says what changed.
    fn look(&self, now: Instant) -> Vec<Alert> {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let view = window.at(now);
        let mut alarms = self.alarms.lock().unwrap_or_else(PoisonError::into_inner);
        let mut alerts = Vec::new();
        for alarm in alarms.iter_mut() {
            let too_early =
                matches!(alarm.threshold.comparison, Comparison::Less | Comparison::AtMost) && !view.is_whole();
            if too_early {
                continue;
            }
            let found = alarm.threshold.evaluate(&view, None);
            if let Some(change) = alarm.look(&found, self.length / CALM, now) {
                let (threshold, explanation) = (alarm.threshold.to_string(), alarm.threshold.explain(&found));
                alerts.push(Alert { threshold, change, explanation, actual: found.actual, at: clock::now() });
            }
        }
        alerts
    }

    /// Looks again and again until `stop` resolves, and once more then, so that nothing is missed that came at the end; tells
    /// what changed.
    pub async fn run(self: Arc<Self>, notices: Arc<Notices>, stop: impl Future<Output = ()>) {
        let mut looks = interval((self.length / LOOKS_A_WINDOW).clamp(LOOKS.0, LOOKS.1));
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut calls = JoinSet::new();
        tokio::pin!(stop);
        let mut ending = false;
        while !ending {
            tokio::select! {
                _ = looks.tick() => {}
                Some(_) = calls.join_next(), if !calls.is_empty() => continue,
                () = &mut stop => ending = true,
            }
            for alert in self.look(Instant::now()) {
                for called in &self.called {
                    calls.spawn(called.clone().tell(alert.clone(), notices.clone()));
                }
                notices.tell(Notice::Alert(Box::new(alert)));
            }
        }
        let _ = timeout(LAST_CALLS, async { while calls.join_next().await.is_some() {} }).await;
    }

    fn add(&self, sample: Sample, provider: Option<&str>, event: Option<&str>) {
        self.window.lock().unwrap_or_else(PoisonError::into_inner).add(sample, provider, event);
    }
}

impl Watcher for Alerts {
    fn see(&self, notice: &Notice) {
        let at = Instant::now();
        match notice {
            Notice::Delivery(told) => {
                let summary = &told.summary;
                self.add(came(told, self.ack, at), summary.provider.as_deref(), summary.event_type.as_deref());
            }
            Notice::Behind(BehindNotice::Attempt(attempt)) => {
                let BehindAttempt { summary, attempt, .. } = &**attempt;
                let outcome = Outcome {
                    status: attempt.outcome.as_ref().ok().map(|response| response.status),
                    failure: attempt.outcome.as_ref().err().copied(),
                    accepted: attempt.accepted,
                    took: attempt.duration,
                };
                let sample = Sample { at, came: false, duplicate: false, invalid: false, outcome: Some(outcome) };
                self.add(sample, summary.provider.as_deref(), summary.event_type.as_deref());
            }
            _ => {}
        }
    }
}

fn came(told: &Told, ack: Option<u16>, at: Instant) -> Sample {
    let status = told.summary.status;
    let outcome = Outcome {
        status,
        failure: told.forwards.first().and_then(|first| first.outcome.as_ref().err().copied()),
        accepted: status.is_some_and(|status| (200..300).contains(&status)),
        took: told.taken,
    };
    Sample {
        at,
        came: true,
        duplicate: told.duplicate_of.is_some(),
        invalid: told.summary.verdict == Verdict::Invalid,
        outcome: Some(outcome).filter(|_| ack.is_none() || status != ack),
    }
}
