//! Which event a request carries, and whether it is a duplicate or forged: by its number alone, so that shares are exact
//! and several machines agree without talking.

use super::code::scramble;

/// Parts of a million.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Share(pub(crate) u32);

impl Share {
    /// Whether the number is one of this share: of any million in a row exactly so many are.
    pub(crate) fn takes(self, number: u64) -> bool {
        // Rounded, so that the first one comes in the middle of its stretch: two shares do not meet at the ends of theirs.
        let upto = |n: u64| (u128::from(n) * u128::from(self.0) + 500_000) / 1_000_000;
        self.0 > 0 && upto(number + 1) > upto(number)
    }
}

/// The order of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sequence {
    order: Vec<u16>,
    /// Whether each round begins where the last one did.
    fixed: bool,
}

impl Sequence {
    /// Spreads so many of each as evenly as can be (there are some, and not all of them are 0).
    pub(crate) fn of(weights: &[u64]) -> Self {
        if weights.iter().all(|weight| *weight == weights[0]) {
            return Self { fixed: false, ..Self::recorded(weights.len()) };
        }
        let divisor = weights.iter().copied().filter(|w| *w > 0).fold(0, gcd).max(1);
        let weights: Vec<i64> = weights.iter().map(|w| i64::try_from(w / divisor).unwrap_or(i64::MAX)).collect();
        let total: i64 = weights.iter().sum();
        let mut credit = vec![0_i64; weights.len()];
        let mut order = Vec::new();
        for _ in 0..total {
            for (credit, weight) in credit.iter_mut().zip(&weights) {
                *credit += weight;
            }
            let richest = (0..credit.len()).max_by_key(|at| (credit[*at], std::cmp::Reverse(*at))).unwrap_or(0);
            credit[richest] -= total;
            order.push(u16::try_from(richest).unwrap_or(u16::MAX));
        }
        Self { order, fixed: false }
    }

    /// One after the other, and again from the first one on.
    pub(crate) fn recorded(events: usize) -> Self {
        Self { order: (0..events).map(|event| u16::try_from(event).unwrap_or(u16::MAX)).collect(), fixed: true }
    }

    /// How often each of so many events comes in a round.
    pub(crate) fn weights(&self, events: usize) -> Vec<u64> {
        (0..events).map(|event| self.order.iter().filter(|one| usize::from(**one) == event).count() as u64).collect()
    }

    /// The event of a number. Each round of the sequence begins elsewhere, or a share of the numbers would always meet
    /// the same events.
    pub(crate) fn at(&self, number: u64) -> usize {
        let length = self.order.len() as u64;
        let round = number / length;
        let turn = if self.fixed { 0 } else { scramble(round) % length };
        let place = (number % length + turn) % length;
        usize::from(self.order[usize::try_from(place).unwrap_or(0)])
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_round_has_exactly_the_weights() {
        let sequence = Sequence::of(&[7, 2, 1]);
        for start in [0, 10, 990] {
            let mut counts = [0; 3];
            (start..start + 10).for_each(|number| counts[sequence.at(number)] += 1);
            assert_eq!(counts, [7, 2, 1]);
        }
        assert_eq!(Sequence::of(&[50, 50]).order, [0, 1]);
        assert_eq!(Sequence::of(&[0, 3]).order, [1]);
        let recorded = Sequence::recorded(3);
        assert_eq!((0..7).map(|number| recorded.at(number)).collect::<Vec<_>>(), [0, 1, 2, 0, 1, 2, 0]);
    }

    #[test]
    fn shares_are_exact_and_meet_every_event() {
        let share = Share(10_000);
        assert_eq!((0..100_000).filter(|n| share.takes(*n)).count(), 1_000);
        assert_eq!((0..1_000).filter(|n| Share(1_000_000).takes(*n)).count(), 1_000);
        assert_eq!((0..1_000).filter(|n| Share(0).takes(*n)).count(), 0);
        let sequence = Sequence::of(&[5, 5]);
        let first = (0..100_000).filter(|n| share.takes(*n) && sequence.at(*n) == 0).count();
        assert!((350..650).contains(&first), "{first}");
    }
}
