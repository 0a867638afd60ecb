//! How often values fell into fixed ranges. Many may count at once, without a lock.

use std::sync::atomic::{AtomicU64, Ordering};

/// Upper ends of ranges of durations, in microseconds: 100 µs to 60 s.
pub const DURATIONS: &[u64] = &[
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000, 10_000_000, 30_000_000, 60_000_000,
];

/// Upper ends of ranges of sizes, in bytes: 256 B to 16 MiB.
pub const SIZES: &[u64] =
    &[256, 512, 1 << 10, 2 << 10, 4 << 10, 8 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20];

/// Counts of values by range.
#[derive(Debug)]
pub struct Histogram {
    /// The greatest value of each range, ascending; what is greater than all counts in one more.
    bounds: &'static [u64],
    counts: Box<[AtomicU64]>,
    sum: AtomicU64,
}

/// What was counted by a moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counted {
    /// For each bound, how many values were not greater.
    pub up_to: Vec<(u64, u64)>,
    /// How many there were.
    pub count: u64,
    /// Their sum.
    pub sum: u64,
}

impl Histogram {
    /// An empty one over these ranges.
    pub fn over(bounds: &'static [u64]) -> Self {
        Self { bounds, counts: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(), sum: AtomicU64::new(0) }
    }

    /// Counts a value.
    pub fn count(&self, value: u64) {
        let place = self.bounds.partition_point(|bound| *bound < value);
        self.counts[place].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(value, Ordering::Relaxed);
    }

    /// Counts a duration, in microseconds.
    pub fn count_duration(&self, duration: std::time::Duration) {
        self.count(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX));
    }

    /// What was counted so far.
    pub fn counted(&self) -> Counted {
        let mut count = 0;
        let mut so_far = self.counts.iter().map(|one| {
            count += one.load(Ordering::Relaxed);
            count
        });
        let up_to = self.bounds.iter().copied().zip(so_far.by_ref()).collect();
        so_far.for_each(drop);
        Counted { up_to, count, sum: self.sum.load(Ordering::Relaxed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_counts_in_every_range_that_it_does_not_exceed() {
        let histogram = Histogram::over(&[10, 100]);
        for value in [0, 10, 11, 100, 101] {
            histogram.count(value);
        }
        assert_eq!(histogram.counted(), Counted { up_to: vec![(10, 2), (100, 4)], count: 5, sum: 222 });
        histogram.count_duration(std::time::Duration::from_millis(1));
        assert_eq!(histogram.counted().count, 6);
    }
}
