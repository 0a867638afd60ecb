//! What happened lately, as the numbers that thresholds look at.
//!
//! Every delivery is kept as a few bytes, so that percentiles are exact. The time is a parameter.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use crate::model::FailureKind;
use crate::threshold::{EventSelector, Metric, Numbers, Subject, Timing};

/// So many are kept: of a faster stream the window is shorter. About 4 MB.
const KEPT: usize = 100_000;

/// Events that can be told apart: one bit each.
pub(super) const SELECTORS: usize = 64;

/// Something that happened at a moment: a delivery came, its outcome is known, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sample {
    /// When.
    pub(super) at: Instant,
    /// Whether a delivery came; else it is the outcome of one that came before.
    pub(super) came: bool,
    /// Whether it repeats another one.
    pub(super) duplicate: bool,
    /// Whether its signature is wrong.
    pub(super) invalid: bool,
    /// How it ended, where that is known.
    pub(super) outcome: Option<Outcome>,
}

/// How a delivery, or an attempt at it, ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcome {
    /// The status, if there was an answer.
    pub(super) status: Option<u16>,
    /// Why there was none.
    pub(super) failure: Option<FailureKind>,
    /// Whether it was accepted.
    pub(super) accepted: bool,
    /// How long it took.
    pub(super) took: Duration,
}

/// The last minutes.
#[derive(Debug)]
pub(super) struct Window {
    length: Duration,
    begun: Instant,
    samples: VecDeque<(Sample, u64)>,
    /// Events that thresholds ask for; their places are the bits beside the samples.
    selectors: Vec<EventSelector>,
    /// When something last came: at all, and by provider.
    last: Option<Instant>,
    last_of: HashMap<String, Instant>,
}

impl Window {
    /// An empty one, from now on.
    pub(super) fn new(length: Duration, selectors: Vec<EventSelector>, now: Instant) -> Self {
        debug_assert!(selectors.len() <= SELECTORS);
        let (samples, last, last_of) = (VecDeque::new(), None, HashMap::new());
        Self { length, begun: now, samples, selectors, last, last_of }
    }

    /// Adds a sample of a provider and an event type.
    pub(super) fn add(&mut self, sample: Sample, provider: Option<&str>, event: Option<&str>) {
        let mut bits = 0;
        for (place, selector) in self.selectors.iter().enumerate() {
            let meant = provider.is_some_and(|provider| selector.matches(provider, event.unwrap_or_default()));
            bits |= u64::from(meant) << place;
        }
        if sample.came {
            self.last = Some(sample.at);
            if let Some(provider) = provider {
                match self.last_of.get_mut(provider) {
                    Some(last) => *last = sample.at,
                    // Only providers that are known have names, so this ends.
                    None => drop(self.last_of.insert(provider.to_owned(), sample.at)),
                }
            }
        }
        if self.samples.len() == KEPT {
            self.samples.pop_front();
        }
        self.samples.push_back((sample, bits));
    }

    /// The numbers at this moment.
    pub(super) fn at(&mut self, now: Instant) -> View<'_> {
        while self.samples.front().is_some_and(|(sample, _)| now.duration_since(sample.at) > self.length) {
            self.samples.pop_front();
        }
        View { window: self, now }
    }
}

/// The window at a moment.
pub(super) struct View<'a> {
    window: &'a Window,
    now: Instant,
}

impl View<'_> {
    /// Whether as much time has passed as the window is long: before that, little is no sign of anything.
    pub(super) fn is_whole(&self) -> bool {
        self.now.duration_since(self.window.begun) >= self.window.length
    }

    /// The time that the samples are from.
    fn span(&self) -> Duration {
        let since = match self.window.samples.front() {
            Some((first, _)) if self.window.samples.len() == KEPT => first.at,
            _ => self.window.begun,
        };
        self.now.duration_since(since).min(self.window.length)
    }

    fn samples(&self, event: Option<&EventSelector>) -> impl Iterator<Item = &Sample> {
        let place = event.and_then(|event| self.window.selectors.iter().position(|known| known == event));
        let mask = place.map_or(0, |place| 1 << place);
        self.window.samples.iter().filter(move |(_, bits)| bits & mask == mask).map(|(sample, _)| sample)
    }

    fn silence(&self, provider: Option<&str>) -> Duration {
        let last = match provider {
            Some(provider) => self.window.last_of.get(provider).copied(),
            None => self.window.last,
        };
        self.now.duration_since(last.unwrap_or(self.window.begun))
    }
}

impl Numbers for View<'_> {
    fn number(&self, subject: &Subject) -> Option<f64> {
        let samples = || self.samples(subject.event.as_ref());
        let outcomes = || samples().filter_map(|sample| sample.outcome);
        #[expect(clippy::cast_precision_loss, reason = "there are at most 100,000")]
        let share = |part: usize, of: usize| (of > 0).then(|| part as f64 / of as f64);
        let came = || samples().filter(|sample| sample.came);
        #[expect(clippy::cast_precision_loss, reason = "there are at most 100,000")]
        let counted = |count: usize| Some(count as f64);
        let failed = || outcomes().filter(|outcome| !outcome.accepted).count();
        match &subject.metric {
            Metric::Latency(timing) => latency(*timing, outcomes().map(|outcome| outcome.took).collect()),
            Metric::Rate => {
                let seconds = self.span().as_secs_f64();
                counted(came().count()).filter(|_| seconds > 0.0).map(|count| count / seconds)
            }
            Metric::ErrorRate => share(failed(), outcomes().count()),
            Metric::SuccessRate => share(outcomes().count() - failed(), outcomes().count()),
            Metric::Requests => counted(came().count()),
            Metric::Succeeded => counted(outcomes().count() - failed()),
            Metric::Failed => counted(failed()),
            Metric::Errors(kind) => counted(
                outcomes()
                    .filter(|outcome| match kind {
                        Some(kind) => outcome.failure.is_some_and(|failure| failure.as_str() == kind),
                        None => outcome.failure.is_some() || outcome.status.is_none(),
                    })
                    .count(),
            ),
            Metric::Status(class) => {
                counted(outcomes().filter(|one| one.status.is_some_and(|status| class.contains(status))).count())
            }
            Metric::Duplicates => counted(came().filter(|sample| sample.duplicate).count()),
            Metric::Invalid => counted(came().filter(|sample| sample.invalid).count()),
            Metric::Silence(provider) => Some(self.silence(provider.as_deref()).as_secs_f64() * MILLIS),
            // Not measured here, which is said before anything is listened to.
            Metric::Service(_)
            | Metric::AcceptedInvalid
            | Metric::Lost
            | Metric::Doubled
            | Metric::Late
            | Metric::Dropped
            | Metric::Connections => None,
        }
    }
}

/// Durations are compared in milliseconds.
const MILLIS: f64 = 1_000.0;

/// A value of a distribution, in milliseconds; none of nothing.
fn latency(timing: Timing, mut all: Vec<Duration>) -> Option<f64> {
    let millis = |duration: Duration| duration.as_secs_f64() * MILLIS;
    let found = match timing {
        Timing::Min => all.iter().min().copied(),
        Timing::Max => all.iter().max().copied(),
        Timing::Mean => u32::try_from(all.len()).ok().and_then(|count| all.iter().sum::<Duration>().checked_div(count)),
        Timing::Percentile(percentile) => {
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "small"
            )]
            let rank = (percentile.quantile() * all.len() as f64).ceil() as usize;
            let place = rank.saturating_sub(1);
            (place < all.len()).then(|| *all.select_nth_unstable(place).1)
        }
    };
    found.map(millis)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::threshold::Threshold;

    const LENGTH: Duration = Duration::from_mins(1);

    fn number(window: &mut Window, now: Instant, text: &str) -> Option<f64> {
        let threshold: Threshold = text.parse().expect(text);
        window.at(now).number(&threshold.subject)
    }

    fn answered(at: Instant, status: u16, millis: u64) -> Sample {
        let accepted = (200..300).contains(&status);
        let outcome = Outcome { status: Some(status), failure: None, accepted, took: Duration::from_millis(millis) };
        Sample { at, came: true, duplicate: false, invalid: status == 401, outcome: Some(outcome) }
    }

    #[test]
    fn numbers_are_those_of_the_last_minutes() {
        let start = Instant::now();
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        let selector = EventSelector::parse("stripe/invoice.*").expect("a selector");
        let mut window = Window::new(LENGTH, vec![selector], start);
        assert_eq!(number(&mut window, at(1), "error_rate > 1%"), None);
        assert_eq!(number(&mut window, at(1), "requests > 1"), Some(0.0));
        for (second, status, event) in
            [(10, 200, "invoice.paid"), (20, 500, "charge.x"), (30, 401, "invoice.y"), (40, 200, "charge.x")]
        {
            window.add(answered(at(second), status, second), Some("stripe"), Some(event));
        }
        for (text, expected) in [
            ("requests > 0", 4.0),
            ("error_rate > 0", 0.5),
            ("success_rate > 0", 0.5),
            ("status(5xx) > 0", 1.0),
            ("invalid > 0", 1.0),
            ("p50 > 0", 20.0),
            ("p99 > 0", 40.0),
            ("mean > 0", 25.0),
            ("min > 0", 10.0),
            ("error_rate{stripe/invoice.*} > 0", 0.5),
            ("requests{stripe/invoice.*} > 0", 2.0),
            ("silence > 0s", 5_000.0),
            ("silence(stripe) > 0s", 5_000.0),
            ("silence(github) > 0s", 45_000.0),
        ] {
            assert_eq!(number(&mut window, at(45), text), Some(expected), "{text}");
        }
        assert_eq!(number(&mut window, at(45), "rate > 0/s"), Some(4.0 / 45.0));
        // The first two are too old now.
        assert_eq!(number(&mut window, at(81), "error_rate > 0"), Some(0.5));
        assert_eq!(number(&mut window, at(81), "requests > 0"), Some(2.0));
        assert_eq!(number(&mut window, at(200), "requests > 0"), Some(0.0));
        assert_eq!(number(&mut window, at(200), "p99 > 0"), None);
        assert_eq!(number(&mut window, at(200), "silence > 0s"), Some(160_000.0));
    }

    #[test]
    fn outcomes_behind_answers_count_once() {
        let start = Instant::now();
        let mut window = Window::new(LENGTH, Vec::new(), start);
        let came = Sample { at: start, came: true, duplicate: true, invalid: false, outcome: None };
        let failure = Some(FailureKind::Refused);
        let outcome = Outcome { status: None, failure, accepted: false, took: Duration::ZERO };
        window.add(came, None, None);
        window.add(Sample { came: false, outcome: Some(outcome), ..came }, None, None);
        for (text, expected) in [
            ("requests > 0", 1.0),
            ("failed > 0", 1.0),
            ("errors > 0", 1.0),
            ("error(refused) > 0", 1.0),
            ("error(dns) > 0", 0.0),
            ("duplicates > 0", 1.0),
        ] {
            assert_eq!(number(&mut window, start, text), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_fast_stream_takes_no_more_memory() {
        let start = Instant::now();
        let mut window = Window::new(LENGTH, Vec::new(), start);
        for n in 0..(KEPT as u64 + 10) {
            window.add(answered(start + Duration::from_micros(n * 100), 200, 1), None, None);
        }
        let now = start + Duration::from_micros((KEPT as u64 + 10) * 100);
        assert_eq!(window.samples.len(), KEPT);
        let rate = number(&mut window, now, "rate > 0/s").expect("a rate");
        assert!((rate - 10_000.0).abs() < 1.0, "{rate}");
    }
}
