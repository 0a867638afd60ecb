//! Which recorded request comes when: order, recorded gaps, speed, repetition.
//!
//! Pure: arrival times in, positions and moments out.

use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::model::Timestamp;
use crate::model::quantity::Speed;

/// The order in which recorded requests are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As they arrived.
    Recorded,
    /// The last one first.
    Reversed,
    /// As chance has it.
    Shuffled,
}

/// Which request of a tape comes when. Several rounds follow one another.
#[derive(Debug)]
pub struct Schedule {
    /// The positions of one round, in order.
    positions: Vec<u32>,
    /// The moments of one round in microseconds from its start; empty without gaps.
    moments: Vec<u64>,
    rounds: u64,
}

impl Schedule {
    /// The schedule of requests that arrived at these times. Those without a time come right behind the one before.
    ///
    /// The gaps stay where they are whatever the order: shuffled requests fill the recorded moments, and reversed ones
    /// mirror them.
    pub fn new(arrivals: &[Option<Timestamp>], order: Order, speed: Speed, rounds: u64, chance: &mut StdRng) -> Self {
        let mut positions: Vec<u32> = (0..u32::try_from(arrivals.len()).unwrap_or(u32::MAX)).collect();
        let arrival = |at: u32| arrivals[at as usize];
        if arrivals.iter().all(Option::is_some) {
            // Stable: what arrived at the same moment keeps the order in which it was recorded.
            positions.sort_by_key(|at| arrival(*at));
        }
        let mut moments = Vec::new();
        if speed != Speed::Max {
            let first = positions.iter().find_map(|at| arrival(*at));
            let mut last = Duration::ZERO;
            moments.extend(positions.iter().map(|at| {
                let offset = arrival(*at).zip(first).map_or(last, |(at, first)| at.since(first));
                last = last.max(offset);
                u64::try_from(speed.scale(last).as_micros()).unwrap_or(u64::MAX)
            }));
        }
        match order {
            Order::Recorded => {}
            Order::Shuffled => positions.shuffle(chance),
            Order::Reversed => {
                positions.reverse();
                let span = moments.last().copied().unwrap_or(0);
                moments.reverse();
                moments.iter_mut().for_each(|moment| *moment = span - *moment);
            }
        }
        Self { positions, moments, rounds }
    }

    /// The schedule of requests that are in the order of their turns already, as it was found before.
    ///
    /// They may have gone in the meantime, so that nobody knows any more when they arrived; those come with the one before.
    pub fn again(arrivals: &[Option<Timestamp>], order: Order, speed: Speed, rounds: u64) -> Self {
        let mut sorted: Vec<Timestamp> = arrivals.iter().copied().flatten().collect();
        sorted.sort_unstable();
        let last = sorted.last().copied();
        let known: Vec<Option<Timestamp>> = (0..arrivals.len()).map(|at| sorted.get(at).copied().or(last)).collect();
        // Sorted as they are, they stay where they are; the chance of another order is spent.
        let order = if order == Order::Reversed { Order::Reversed } else { Order::Recorded };
        let mut chance = StdRng::seed_from_u64(0);
        let mut schedule = Self::new(&known, order, speed, rounds, &mut chance);
        schedule.positions.sort_unstable();
        schedule
    }

    /// How many turns there are.
    pub fn turns(&self) -> u64 {
        (self.positions.len() as u64).saturating_mul(self.rounds)
    }

    /// How long the gaps of all rounds take.
    pub fn span(&self) -> Duration {
        let round = self.moments.last().copied().unwrap_or(0);
        Duration::from_micros(round.saturating_mul(self.rounds))
    }

    /// When a turn is due, from the start; `None` behind the last one.
    pub fn due(&self, turn: u64) -> Option<Duration> {
        if turn >= self.turns() {
            return None;
        }
        let Some(last) = self.moments.last() else { return Some(Duration::ZERO) };
        let (round, place) = self.place(turn);
        Some(Duration::from_micros(last.saturating_mul(round).saturating_add(self.moments[place])))
    }

    /// Which request of the tape a turn is about.
    pub fn position(&self, turn: u64) -> usize {
        self.positions[self.place(turn).1] as usize
    }

    fn place(&self, turn: u64) -> (u64, usize) {
        let length = self.positions.len().max(1) as u64;
        (turn / length, usize::try_from(turn % length).expect("less than a length"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrivals(seconds: &[Option<i64>]) -> Vec<Option<Timestamp>> {
        seconds.iter().map(|at| at.map(Timestamp::from_secs)).collect()
    }

    /// Positions and due seconds of all turns.
    fn turns(seconds: &[Option<i64>], order: Order, speed: Speed, rounds: u64) -> Vec<(usize, u64)> {
        let schedule = Schedule::new(&arrivals(seconds), order, speed, rounds, &mut StdRng::seed_from_u64(7));
        let due = |turn| schedule.due(turn).expect("within").as_secs();
        assert_eq!(schedule.due(schedule.turns()), None);
        (0..schedule.turns()).map(|turn| (schedule.position(turn), due(turn))).collect()
    }

    const TIMES: [Option<i64>; 3] = [Some(100), Some(130), Some(110)];

    #[test]
    fn gaps_are_those_of_the_record() {
        let gaps = Speed::LIFE;
        assert_eq!(turns(&TIMES, Order::Recorded, gaps, 1), [(0, 0), (2, 10), (1, 30)]);
        assert_eq!(turns(&TIMES, Order::Reversed, gaps, 1), [(1, 0), (2, 20), (0, 30)]);
        assert_eq!(turns(&TIMES, Order::Recorded, Speed::Times(10.0), 1), [(0, 0), (2, 1), (1, 3)]);
        assert_eq!(turns(&TIMES, Order::Recorded, Speed::Max, 1), [(0, 0), (2, 0), (1, 0)]);
        let shuffled = turns(&TIMES, Order::Shuffled, gaps, 1);
        assert_eq!(shuffled.iter().map(|(_, due)| *due).collect::<Vec<_>>(), [0, 10, 30]);
        let mut positions: Vec<usize> = shuffled.into_iter().map(|(at, _)| at).collect();
        positions.sort_unstable();
        assert_eq!(positions, [0, 1, 2]);
    }

    #[test]
    fn rounds_follow_one_another() {
        let two = turns(&TIMES[..2], Order::Recorded, Speed::LIFE, 2);
        assert_eq!(two, [(0, 0), (1, 30), (0, 30), (1, 60)]);
        assert_eq!(turns(&[], Order::Recorded, Speed::LIFE, 3), []);
    }

    #[test]
    fn what_has_no_time_keeps_its_place() {
        let some = [Some(100), None, Some(90), Some(120)];
        assert_eq!(turns(&some, Order::Recorded, Speed::LIFE, 1), [(0, 0), (1, 0), (2, 0), (3, 20)]);
        let none = [None, None];
        assert_eq!(turns(&none, Order::Reversed, Speed::LIFE, 1), [(1, 0), (0, 0)]);
    }

    #[test]
    fn a_schedule_is_found_again_from_its_turns() {
        let seconds = [Some(10), Some(13), Some(11), Some(20)];
        for order in [Order::Recorded, Order::Reversed, Order::Shuffled] {
            let speed: Speed = "2x".parse().expect("a speed");
            let first = Schedule::new(&arrivals(&seconds), order, speed, 2, &mut StdRng::seed_from_u64(3));
            let in_turn: Vec<_> = (0..4).map(|turn| arrivals(&seconds)[first.position(turn)]).collect();
            let again = Schedule::again(&in_turn, order, speed, 2);
            for turn in 0..8 {
                assert_eq!(again.due(turn), first.due(turn), "{order:?} {turn}");
                assert_eq!(again.position(turn), usize::try_from(turn % 4).expect("small"));
            }
            assert_eq!(again.due(8), None);
        }
    }
}
