//! The deliveries of a scenario: a story told event by event, each when the one before it allows it.
//!
//! What is told is decided before anything is sent, from the seed alone: an interrupted story goes on as it would have.

use std::sync::Arc;
use std::time::Duration;

use super::build::{BuildError, Builder, Destination, Item};
use super::{DeliverError, Due, Fate, FateEnd, Prepared, Source, Terms};
use crate::model::Timestamp;
use crate::model::quantity::Speed;
use crate::payload::{Edit, Rendered, Seed};
use crate::provider::scenario::{OnFailure, Scenario};
use crate::provider::{Event, Provider, ProviderError, RenderOptions, render};

/// How a story is told otherwise than it is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Telling {
    /// How fast.
    pub speed: Speed,
    /// Whether in another order.
    pub shuffle: bool,
    /// How likely an event comes twice, from 0 to 1.
    pub duplicate: f64,
    /// How likely an event does not come at all.
    pub drop: f64,
}

/// An event of the story, ready to be told.
#[derive(Debug)]
struct Step {
    event_type: String,
    event: Event,
    edits: Vec<Edit>,
    /// How long after the step before it, and after the beginning, by the story's own time.
    wait: Duration,
    since_start: Duration,
    on_failure: OnFailure,
    terms: Arc<Terms>,
}

/// One thing that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beat {
    /// The step (from 0).
    pub step: usize,
    /// Whether the event came before.
    pub again: bool,
}

/// A story that can be told.
#[derive(Debug)]
pub struct Story {
    steps: Vec<Step>,
    beats: Vec<Beat>,
    dropped: Vec<usize>,
    values: Vec<(String, Rendered)>,
    speed: Speed,
    started: Timestamp,
}

impl Story {
    /// Decides what is told. `started` is when it begins; `terms` gives those of a step by what it expects.
    ///
    /// # Errors
    /// An event of the story does not exist, or its values cannot be made.
    pub fn new(
        provider: &Provider,
        scenario: &Scenario,
        telling: Telling,
        options: &RenderOptions,
        started: Timestamp,
        terms: impl Fn(usize) -> Arc<Terms>,
    ) -> Result<Self, BuildError> {
        let mut steps = Vec::with_capacity(scenario.steps.len());
        let mut since_start = Duration::ZERO;
        for (at, step) in scenario.steps.iter().enumerate() {
            since_start = since_start.saturating_add(step.wait);
            let place = |error| ProviderError::Scenario { place: scenario.title.clone(), error };
            steps.push(Step {
                event_type: step.event.clone(),
                event: provider.event(&step.event)?,
                edits: scenario.edits(at).map_err(place)?,
                wait: step.wait,
                since_start,
                on_failure: step.on_failure,
                terms: terms(at),
            });
        }
        // Of all values that the steps share, those that the first events have no use for are made with them.
        let options = RenderOptions { share: scenario.shared(provider.definition.values.keys()), ..options.clone() };
        let first = &steps[0];
        let values = render(provider, Some(&first.event_type), Some(&first.event), &options, started)?.shared;
        let (beats, dropped) = beats(steps.len(), telling, options.seed);
        Ok(Self { steps, beats, dropped, values, speed: telling.speed, started })
    }

    /// Everything that happens, in order.
    pub fn beats(&self) -> &[Beat] {
        &self.beats
    }

    /// The steps that were left out (from 0).
    pub fn dropped(&self) -> &[usize] {
        &self.dropped
    }

    /// How many steps it has.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Never: a scenario has a step.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// What counts as accepted in a turn.
    pub fn terms_of(&self, turn: u64) -> Option<&Arc<Terms>> {
        let beat = self.beats.get(usize::try_from(turn).ok()?)?;
        Some(&self.steps[beat.step].terms)
    }

    /// The event type of a step.
    pub fn event_type(&self, step: usize) -> &str {
        &self.steps[step].event_type
    }

    fn item(&self, beat: Beat) -> Item<'_> {
        let step = &self.steps[beat.step];
        Item {
            // The same event again is the same in all its values.
            n: beat.step as u64,
            event_type: Some(&step.event_type),
            event: Some(&step.event),
            story_edits: &step.edits,
            values: &self.values,
            at: Some(self.started.plus(step.since_start)),
            terms: &step.terms,
        }
    }
}

/// The order of things, decided by the seed.
fn beats(steps: usize, telling: Telling, seed: Seed) -> (Vec<Beat>, Vec<usize>) {
    use rand::rngs::StdRng;
    use rand::seq::SliceRandom;
    use rand::{RngExt, SeedableRng};
    let mut rng = StdRng::from_seed(*seed.as_bytes());
    let mut order: Vec<usize> = (0..steps).collect();
    if telling.shuffle {
        order.shuffle(&mut rng);
    }
    let (mut beats, mut dropped) = (Vec::new(), Vec::new());
    for step in order {
        // Both are drawn for every step, so that one flag does not change what the other one does.
        let (drop, twice) = (rng.random::<f64>() < telling.drop, rng.random::<f64>() < telling.duplicate);
        if drop {
            dropped.push(step);
            continue;
        }
        beats.push(Beat { step, again: false });
        if twice {
            beats.push(Beat { step, again: true });
        }
    }
    dropped.sort_unstable();
    (beats, dropped)
}

/// What became of one beat at all of its endpoints.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How many deliveries it had; none, if nobody wanted this event.
    pub deliveries: usize,
    /// Those that have ended.
    pub fates: Vec<Fate>,
    /// Whether it was told at all.
    pub told: bool,
}

impl Outcome {
    /// Whether all its deliveries have ended.
    fn is_over(&self) -> bool {
        self.fates.len() >= self.deliveries
    }

    /// Whether each of them was accepted.
    pub fn is_good(&self) -> bool {
        self.told && self.is_over() && self.fates.iter().all(|fate| fate.end == FateEnd::Accepted)
    }

    /// Whether something of it went wrong for good.
    pub fn is_bad(&self) -> bool {
        self.fates.iter().any(|fate| matches!(fate.end, FateEnd::Dead | FateEnd::NotSent))
    }
}

/// Tells a story.
pub struct Told<'a> {
    story: &'a Story,
    builder: &'a Builder,
    to: &'a [Destination],
    next: usize,
    ready: Duration,
    /// The beat that the next one waits for.
    after: Option<usize>,
    stopped: bool,
    outcomes: Vec<Outcome>,
}

impl<'a> Told<'a> {
    /// From beat `made` on; the ones before it were told earlier, and of some of them deliveries are pending.
    pub fn new(
        story: &'a Story,
        builder: &'a Builder,
        to: &'a [Destination],
        made: u64,
        pending: impl IntoIterator<Item = u64>,
    ) -> Self {
        let next = usize::try_from(made).unwrap_or(usize::MAX).min(story.beats.len());
        let mut outcomes = vec![Outcome::default(); story.beats.len()];
        for outcome in &mut outcomes[..next] {
            outcome.told = true;
        }
        for turn in pending {
            if let Some(outcome) = usize::try_from(turn).ok().and_then(|at| outcomes.get_mut(at)) {
                outcome.deliveries += 1;
            }
        }
        let mut told = Self { story, builder, to, next, ready: Duration::ZERO, after: None, stopped: false, outcomes };
        if let Some(last) = next.checked_sub(1)
            && told.must_wait_for(last)
        {
            told.after = Some(last);
        }
        told
    }

    /// What became of each beat.
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// Whether the story ended before its end, because a step failed.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// How many deliveries are still to be made.
    pub fn left(&self) -> u64 {
        let wanted = |beat: &Beat| self.to.iter().filter(|to| to.wants(self.story.event_type(beat.step))).count();
        self.story.beats[self.next..].iter().map(wanted).sum::<usize>() as u64
    }

    fn must_wait_for(&self, beat: usize) -> bool {
        let step = &self.story.steps[self.story.beats[beat].step];
        step.on_failure == OnFailure::Stop && !self.outcomes[beat].is_over()
    }

    /// The beat that was waited for is over, or needs no more waiting.
    fn go_on(&mut self, beat: usize, at: Duration) {
        if self.after != Some(beat) || self.must_wait_for(beat) {
            return;
        }
        let step = &self.story.steps[self.story.beats[beat].step];
        self.after = None;
        if let Some(next) = self.story.beats.get(self.next) {
            self.stopped = step.on_failure == OnFailure::Stop && self.outcomes[beat].is_bad();
            // The same event again comes at once.
            let wait = if next.again { Duration::ZERO } else { self.story.steps[next.step].wait };
            self.ready = at.saturating_add(self.story.speed.scale(wait));
        }
    }
}

impl Source for Told<'_> {
    fn due(&self) -> Due {
        if self.stopped || self.next >= self.story.beats.len() {
            Due::Never
        } else if self.after.is_some() {
            Due::Held
        } else {
            Due::At(self.ready)
        }
    }

    fn turn(&self) -> u64 {
        self.next as u64
    }

    fn make(&mut self, now: Timestamp) -> Result<Vec<Prepared>, DeliverError> {
        let (at, beat) = (self.next, self.story.beats[self.next]);
        let item = self.story.item(beat);
        let made = self.builder.build_all(&item, self.to, now)?;
        self.next += 1;
        self.after = Some(at);
        self.outcomes[at] = Outcome { deliveries: made.len(), fates: Vec::new(), told: true };
        Ok(made)
    }

    fn tried(&mut self, turn: u64, fates: &[Option<Fate>], at: Duration) {
        let Ok(beat) = usize::try_from(turn) else { return };
        // Fates of those that have ended are told one by one as well, right behind this.
        if fates.is_empty() || self.story.steps[self.story.beats[beat].step].on_failure == OnFailure::Continue {
            self.go_on(beat, at);
        }
    }

    fn ended(&mut self, turn: u64, fate: Fate, at: Duration) {
        let Ok(beat) = usize::try_from(turn) else { return };
        if let Some(outcome) = self.outcomes.get_mut(beat) {
            outcome.fates.push(fate);
            self.go_on(beat, at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Telling = Telling { speed: Speed::LIFE, shuffle: false, duplicate: 0.0, drop: 0.0 };

    fn order(telling: Telling, seed: u64) -> (Vec<usize>, Vec<usize>) {
        let (beats, dropped) = beats(20, telling, Seed::of(seed));
        (beats.iter().map(|beat| beat.step).collect(), dropped)
    }

    #[test]
    fn what_is_told_follows_from_the_seed() {
        assert_eq!(order(PLAIN, 1), ((0..20).collect(), vec![]));
        let shuffled = Telling { shuffle: true, ..PLAIN };
        let (mut steps, _) = order(shuffled, 1);
        assert_eq!(order(shuffled, 1).0, steps);
        assert_ne!(order(shuffled, 2).0, steps);
        steps.sort_unstable();
        assert_eq!(steps, (0..20).collect::<Vec<_>>());
    }

    #[test]
    fn steps_come_twice_or_not_at_all_as_likely_as_asked() {
        let (twice, _) = order(Telling { duplicate: 1.0, ..PLAIN }, 1);
        assert_eq!(twice[..4], [0, 0, 1, 1]);
        let (none, dropped) = order(Telling { drop: 1.0, ..PLAIN }, 1);
        assert_eq!((none.len(), dropped.len()), (0, 20));
        let (some, dropped) = order(Telling { drop: 0.3, ..PLAIN }, 1);
        assert!(some.len() + dropped.len() == 20 && (1..15).contains(&dropped.len()), "{dropped:?}");
        // Dropping more does not change which of the others come twice.
        let (both, _) = order(Telling { drop: 0.3, duplicate: 0.5, ..PLAIN }, 1);
        let (all, _) = order(Telling { duplicate: 0.5, ..PLAIN }, 1);
        assert!(
            both.iter()
                .all(|step| both.iter().filter(|s| s == &step).count() == all.iter().filter(|s| s == &step).count())
        );
    }
}
