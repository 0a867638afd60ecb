//! How many of something happened when, over a span that is not known beforehand and in memory that is.

use std::collections::BTreeMap;

use crate::model::Timestamp;

/// So many slots are kept; when there are more, two become one.
const MOST: usize = 512;

/// Counts by slots of time that grow as the span does.
#[derive(Debug, Clone)]
pub struct Timeline {
    /// Seconds a slot.
    width: i64,
    slots: BTreeMap<i64, u64>,
}

impl Default for Timeline {
    fn default() -> Self {
        Self { width: 1, slots: BTreeMap::new() }
    }
}

/// Counts of equal spans, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spans {
    /// When the first one starts.
    pub start: Timestamp,
    /// How long each is.
    pub seconds: i64,
    /// How many happened in each.
    pub counts: Vec<u64>,
}

impl Timeline {
    /// Counts one.
    pub fn add(&mut self, at: Timestamp) {
        *self.slots.entry(at.as_secs().div_euclid(self.width)).or_default() += 1;
        while self.slots.len() > MOST {
            self.width *= 2;
            let finer = std::mem::take(&mut self.slots);
            for (slot, count) in finer {
                *self.slots.entry(slot.div_euclid(2)).or_default() += count;
            }
        }
    }

    /// The counts in at most so many spans. `None` if nothing happened.
    pub fn spans(&self, most: usize) -> Option<Spans> {
        let (first, last) = (*self.slots.first_key_value()?.0, *self.slots.last_key_value()?.0);
        let most = i64::try_from(most.max(1)).unwrap_or(i64::MAX);
        // Slots far apart may be many more than are kept.
        let each = (last.abs_diff(first) / most.unsigned_abs() + 1).try_into().unwrap_or(i64::MAX);
        let mut counts = vec![0; usize::try_from((last - first) / each + 1).unwrap_or(1)];
        for (slot, count) in &self.slots {
            if let Some(place) = usize::try_from((slot - first) / each).ok().and_then(|at| counts.get_mut(at)) {
                *place += count;
            }
        }
        Some(Spans {
            start: Timestamp::from_secs(first.saturating_mul(self.width)),
            seconds: each.saturating_mul(self.width),
            counts,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spans_cover_everything_from_the_first_to_the_last() {
        let mut line = Timeline::default();
        for second in [100, 100, 103, 109] {
            line.add(Timestamp::from_secs(second));
        }
        let spans = line.spans(5).expect("some");
        assert_eq!((spans.start.as_secs(), spans.seconds, spans.counts), (100, 2, vec![2, 1, 0, 0, 1]));
        assert_eq!(line.spans(100).expect("some").counts, [2, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
        assert_eq!(line.spans(1).expect("some").counts, [4]);
        assert_eq!(Timeline::default().spans(5), None);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_however_wide_the_span(
            times in proptest::collection::vec(-4_000_000_000_i64..4_000_000_000, 1..2_000),
            most in 1_usize..80,
        ) {
            let mut line = Timeline::default();
            for second in &times {
                line.add(Timestamp::from_secs(*second));
            }
            prop_assert!(line.slots.len() <= MOST);
            let spans = line.spans(most).expect("some");
            prop_assert!(spans.counts.len() <= most);
            prop_assert_eq!(spans.counts.iter().sum::<u64>(), times.len() as u64);
        }
    }
}
