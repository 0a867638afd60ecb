//! Which of the deliveries that wait for one target may go next.
//!
//! Pure: the time is a parameter. Deliveries of one lane go one after the other, in the order in which they came, and a
//! delivery that has to wait holds up those behind it in its lane, and no others.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::Instant;

/// What must stay in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Everything with this key.
    Of(i64),
    /// This delivery alone.
    Alone(i64),
}

/// A delivery that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Its number in the store.
    pub number: i64,
    /// Its lane.
    pub lane: Lane,
    /// Attempts that were made.
    pub attempts: u32,
    /// Of these, those that reached the target.
    pub reached: u32,
    /// When it may go.
    pub due: Instant,
}

/// Deliveries that wait for a target, as far as they are held in memory.
#[derive(Debug, Default)]
pub struct Lanes {
    queues: HashMap<Lane, VecDeque<Waiting>>,
    /// Heads of lanes that may go at once, the oldest first.
    ready: BTreeMap<i64, Lane>,
    /// Heads of lanes that may go later.
    later: BTreeSet<(Instant, Lane)>,
    held: usize,
}

impl Lanes {
    /// How many are held, those under way included.
    pub fn len(&self) -> usize {
        self.held
    }

    /// Whether none is held.
    pub fn is_empty(&self) -> bool {
        self.held == 0
    }

    /// Puts a delivery at the end of its lane. Deliveries must come in their order.
    pub fn push(&mut self, waiting: Waiting) {
        let lane = self.queues.entry(waiting.lane).or_default();
        lane.push_back(waiting);
        self.held += 1;
        if lane.len() == 1 {
            self.later.insert((waiting.due, waiting.lane));
        }
    }

    /// The oldest delivery that may go now. It is under way until [`Lanes::done`] or [`Lanes::again`].
    pub fn next(&mut self, now: Instant) -> Option<Waiting> {
        while let Some((due, lane)) = self.later.first().copied().filter(|(due, _)| *due <= now) {
            self.later.remove(&(due, lane));
            if let Some(head) = self.queues.get(&lane).and_then(VecDeque::front) {
                self.ready.insert(head.number, lane);
            }
        }
        let (_, lane) = self.ready.pop_first()?;
        self.queues.get(&lane)?.front().copied()
    }

    /// A delivery that was under way waits for no more.
    pub fn done(&mut self, lane: Lane) {
        let Some(queue) = self.queues.get_mut(&lane) else { return };
        if queue.pop_front().is_some() {
            self.held -= 1;
        }
        match queue.front() {
            Some(head) => {
                self.later.insert((head.due, lane));
            }
            None => {
                self.queues.remove(&lane);
            }
        }
    }

    /// A delivery that was under way is to go again.
    pub fn again(&mut self, waiting: Waiting) {
        if let Some(head) = self.queues.get_mut(&waiting.lane).and_then(VecDeque::front_mut) {
            *head = waiting;
            self.later.insert((waiting.due, waiting.lane));
        }
    }

    /// When the next one may go that may not go now.
    pub fn next_due(&self) -> Option<Instant> {
        self.later.first().map(|(due, _)| *due)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn waiting(number: i64, lane: Lane, due: Instant) -> Waiting {
        Waiting { number, lane, attempts: 0, reached: 0, due }
    }

    fn all(lanes: &mut Lanes, now: Instant) -> Vec<i64> {
        std::iter::from_fn(|| lanes.next(now)).map(|waiting| waiting.number).collect()
    }

    #[test]
    fn a_lane_goes_in_order_one_at_a_time_and_lanes_do_not_wait_for_each_other() {
        let now = Instant::now();
        let mut lanes = Lanes::default();
        for (number, key) in [(1, 7), (2, 8), (3, 7), (4, 8), (5, 9)] {
            lanes.push(waiting(number, Lane::Of(key), now));
        }
        assert_eq!(all(&mut lanes, now), [1, 2, 5]);
        lanes.done(Lane::Of(7));
        assert_eq!(all(&mut lanes, now), [3]);
        // What has to be tried again holds up its own lane alone.
        let again = now + Duration::from_secs(5);
        lanes.again(waiting(2, Lane::Of(8), again));
        lanes.done(Lane::Of(9));
        assert_eq!(all(&mut lanes, now), Vec::<i64>::new());
        assert_eq!(lanes.next_due(), Some(again));
        assert_eq!(all(&mut lanes, again), [2]);
        lanes.done(Lane::Of(8));
        assert_eq!((all(&mut lanes, again), lanes.len()), (vec![4], 2));
        lanes.done(Lane::Of(7));
        lanes.done(Lane::Of(8));
        assert!(lanes.is_empty() && lanes.next_due().is_none());
    }

    #[test]
    fn those_without_an_order_are_each_a_lane() {
        let now = Instant::now();
        let mut lanes = Lanes::default();
        for number in 1..=4 {
            lanes.push(waiting(number, Lane::Alone(number), now));
        }
        assert_eq!(all(&mut lanes, now), [1, 2, 3, 4]);
        lanes.done(Lane::Alone(3));
        lanes.again(waiting(1, Lane::Alone(1), now));
        assert_eq!((all(&mut lanes, now), lanes.len()), (vec![1], 3));
    }
}
