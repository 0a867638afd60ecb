//! Which thread of which shard makes which start.

use std::time::Duration;

use super::schedule::Starts;

/// The starts of one thread: every so manieth of the schedule.
#[derive(Debug, Clone)]
pub(super) struct Lane {
    starts: Starts,
    /// The place of the thread among all threads of all shards, and how many there are.
    place: u64,
    of: u64,
    /// The next start: its number and when it is due, in nanoseconds.
    next: Option<(u64, u64)>,
    given: u64,
}

impl Lane {
    /// The starts of thread `thread` of `threads` in shard `shard` of `shards`, all counted from 0.
    pub(super) fn new(starts: Starts, (thread, threads): (u64, u64), (shard, shards): (u64, u64)) -> Self {
        let mut lane = Self { starts, place: thread * shards + shard, of: threads * shards, next: None, given: 0 };
        lane.advance();
        lane
    }

    /// When the next start is due, in nanoseconds since the start of the run.
    pub(super) fn due(&self) -> Option<u64> {
        self.next.map(|(_, due)| due)
    }

    /// Takes the next start; its number.
    pub(super) fn take(&mut self) -> u64 {
        let number = self.next.map_or(0, |(number, _)| number);
        self.advance();
        number
    }

    fn advance(&mut self) {
        self.next = None;
        for due in self.starts.by_ref() {
            let number = self.given;
            self.given += 1;
            if number % self.of == self.place {
                self.next = Some((number, nanos(due)));
                return;
            }
        }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::schedule::Schedule;

    #[test]
    fn every_start_belongs_to_one_thread_of_one_shard_whatever_their_number() {
        let rate = "100/s".parse().expect("a rate");
        let schedule = Schedule::constant(rate, None, Some(100));
        let mut all = Vec::new();
        for (shard, threads) in [(0, 2), (1, 3), (2, 1)] {
            for thread in 0..threads {
                let mut lane = Lane::new(schedule.starts(), (thread, threads), (shard, 3));
                while let Some(due) = lane.due() {
                    let number = lane.take();
                    assert_eq!(due, number * 10_000_000);
                    assert_eq!(number % 3, shard);
                    all.push(number);
                }
            }
        }
        all.sort_unstable();
        assert_eq!(all, (0..100).collect::<Vec<_>>());
    }
}
