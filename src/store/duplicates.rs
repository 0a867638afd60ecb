//! Finding the delivery that another one repeats.
//!
//! An index over keys that are as good as random is the dearest part of a commit: each new entry touches a page of its
//! own, and every touched page goes to the log as a whole (measured at 150,000 captures: 38,000 deliveries/s without
//! such an index, 19,000 with it, and fewer the larger it grows). So the newest entries stay in memory, where they can
//! be read back from `deliveries` after a crash, and go to the table `seen` in portions: all entries of one slice of the
//! keys at a time, neighbours on the same few pages.
//!
//! Promise: `first` sees every capture that is committed, by whichever process, and every one before it in the same
//! transaction.

use std::collections::BTreeSet;
use std::time::Duration;

use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::deliveries::micros;
use crate::model::{DeliveryId, Timestamp};

/// The keys' first byte chooses the slice.
const SLICES: usize = 256;

/// So many entries wait in memory (about 2 MB), 128 a slice: enough that several share a page even in an index of a
/// million entries, few enough that writing a slice takes milliseconds.
const WAITING: usize = 32_768;

/// A slice is written at the latest after so many deliveries, few as its entries may be: it bounds what the next process
/// has to read back.
const LAG: i64 = 4 * 32_768;

/// The bytes that two deliveries share when one repeats the other.
pub(super) type Key = [u8; 16];

/// Key, time of arrival in microseconds, number.
type Entry = (Key, i64, i64);

#[derive(Debug, Default)]
struct Slice {
    /// Up to this number, all entries of the slice are in `seen`.
    upto: i64,
    /// Those beyond it.
    waiting: BTreeSet<Entry>,
}

/// The entries that are not in `seen` yet.
#[derive(Debug)]
pub(super) struct Tail {
    slices: Vec<Slice>,
    waiting: usize,
    /// The highest number whose entry is here or in `seen`.
    newest: i64,
}

impl Tail {
    /// Reads back what earlier processes left unwritten.
    pub(super) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let mut tail = Self { slices: (0..SLICES).map(|_| Slice::default()).collect(), waiting: 0, newest: 0 };
        tail.read_upto(connection)?;
        tail.newest = tail.lag_begins();
        tail.read_deliveries(connection)?;
        Ok(tail)
    }

    /// Takes over what other processes recorded and wrote since.
    pub(super) fn refresh(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.read_upto(connection)?;
        self.read_deliveries(connection)
    }

    /// Reads how far each slice is written; forgets what thereby is in `seen`.
    fn read_upto(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached("SELECT slice, upto FROM seen_upto")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let Some(slice) = usize::try_from(row.get::<_, i64>(0)?).ok().and_then(|at| self.slices.get_mut(at)) else {
                continue;
            };
            let upto = row.get(1)?;
            if upto != slice.upto {
                slice.upto = upto;
                let before = slice.waiting.len();
                slice.waiting.retain(|(_, _, number)| *number > upto);
                self.waiting -= before - slice.waiting.len();
            }
        }
        Ok(())
    }

    fn read_deliveries(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(
            "SELECT dedupe_key, received_at, number FROM deliveries WHERE number > ?1 AND dedupe_key IS NOT NULL",
        )?;
        let mut rows = statement.query([self.newest])?;
        while let Some(row) = rows.next()? {
            self.push((row.get(0)?, row.get(1)?, row.get(2)?));
        }
        Ok(())
    }

    /// Adds a capture that was inserted in this transaction or is committed.
    pub(super) fn add(&mut self, key: Key, received_at: Timestamp, number: i64) {
        self.push((key, received_at.as_micros(), number));
    }

    /// Says that all numbers up to this one have been added, or have no key.
    pub(super) fn reached(&mut self, number: i64) {
        self.newest = self.newest.max(number);
    }

    fn push(&mut self, entry: Entry) {
        let slice = &mut self.slices[usize::from(entry.0[0])];
        self.newest = self.newest.max(entry.2);
        if entry.2 > slice.upto && slice.waiting.insert(entry) {
            self.waiting += 1;
        }
    }

    /// Forgets a deleted delivery, here and in `seen`.
    pub(super) fn remove(connection: &Connection, tail: Option<&mut Self>, entry: Entry) -> rusqlite::Result<()> {
        if let Some(tail) = tail
            && tail.slices[usize::from(entry.0[0])].waiting.remove(&entry)
        {
            tail.waiting -= 1;
        }
        connection
            .prepare_cached("DELETE FROM seen WHERE dedupe_key = ?1 AND received_at = ?2 AND number = ?3")?
            .execute(params![entry.0, entry.1, entry.2])?;
        Ok(())
    }

    /// The statement that [`Self::first`] searches what is written with.
    pub(super) fn search(connection: &Connection) -> rusqlite::Result<CachedStatement<'_>> {
        connection.prepare_cached(
            "SELECT received_at, number FROM seen WHERE dedupe_key = ?1 AND received_at BETWEEN ?2 AND ?3
             ORDER BY received_at, number",
        )
    }

    /// The delivery that one with this key and time repeats: the first within the window, or, where that is a duplicate
    /// itself, its original if that is within the window as well.
    ///
    /// The window reaches both ways: of two deliveries that arrive at the same moment, the one recorded first may be
    /// the one that was read last.
    pub(super) fn first(
        &self,
        (connection, search): (&Connection, &mut CachedStatement<'_>),
        key: Key,
        received_at: Timestamp,
        window: Duration,
    ) -> rusqlite::Result<Option<(i64, DeliveryId)>> {
        let window = micros(window);
        let at = received_at.as_micros();
        let (from, to) = (at.saturating_sub(window), at.saturating_add(window));
        let mut waiting = self.slices[usize::from(key[0])].waiting.range((key, from, i64::MIN)..=(key, to, i64::MAX));
        let mut written = search.query(params![key, from, to])?;
        let mut next_waiting = waiting.next().map(|entry| (entry.1, entry.2));
        let mut next_written = match written.next()? {
            Some(row) => Some((row.get(0)?, row.get(1)?)),
            None => None,
        };
        // More than one turn only where another process has deleted the delivery and this one has not heard of it.
        loop {
            let candidate: (i64, i64) = match (next_written, next_waiting) {
                (None, None) => return Ok(None),
                (Some(written_entry), waiting_entry) if waiting_entry.is_none_or(|w| written_entry <= w) => {
                    next_written = match written.next()? {
                        Some(row) => Some((row.get(0)?, row.get(1)?)),
                        None => None,
                    };
                    written_entry
                }
                (_, Some(waiting_entry)) => {
                    next_waiting = waiting.next().map(|entry| (entry.1, entry.2));
                    waiting_entry
                }
                (Some(_), None) => unreachable!("the second arm takes it"),
            };
            let Some((id, _, original)) = look(connection, candidate.1)? else { continue };
            if let Some(original) = original
                && let Some((id, original_at, _)) = look(connection, original)?
                && original_at.abs_diff(at) <= window.unsigned_abs()
            {
                return Ok(Some((original, id)));
            }
            return Ok(Some((candidate.1, id)));
        }
    }

    /// Writes slices until no more entries wait than should.
    pub(super) fn write_out(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        while self.waiting > WAITING {
            self.write_slice(connection)?;
        }
        // One at a time, so that no commit pays for all of them.
        if self.newest - self.lag_begins() > LAG {
            self.write_slice(connection)?;
        }
        Ok(())
    }

    /// Writes the slice that has waited longest.
    fn write_slice(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let newest = self.newest;
        let (at, slice) =
            self.slices.iter_mut().enumerate().min_by_key(|(_, slice)| slice.upto).expect("there are 256 slices");
        let mut insert = connection
            .prepare_cached("INSERT OR IGNORE INTO seen (dedupe_key, received_at, number) VALUES (?1, ?2, ?3)")?;
        for (key, received_at, number) in &slice.waiting {
            insert.execute(params![key, received_at, number])?;
        }
        let at = i64::try_from(at).expect("there are 256 slices");
        connection
            .prepare_cached("INSERT OR REPLACE INTO seen_upto (slice, upto) VALUES (?1, ?2)")?
            .execute(params![at, newest])?;
        self.waiting -= slice.waiting.len();
        slice.waiting.clear();
        slice.upto = newest;
        Ok(())
    }

    fn lag_begins(&self) -> i64 {
        self.slices.iter().map(|slice| slice.upto).min().unwrap_or(0)
    }
}

/// Id, time in microseconds and original of a delivery, if it still exists.
fn look(connection: &Connection, number: i64) -> rusqlite::Result<Option<(DeliveryId, i64, Option<i64>)>> {
    connection
        .prepare_cached("SELECT id, received_at, duplicate_of FROM deliveries WHERE number = ?1")?
        .query_row([number], |row| Ok((DeliveryId::from_bytes(row.get(0)?), row.get(1)?, row.get(2)?)))
        .optional()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::migrate;

    fn database() -> Connection {
        let mut connection = Connection::open_in_memory().expect("memory");
        migrate::bring_up(&mut connection, std::path::Path::new(":memory:"), Duration::ZERO).expect("bring up");
        connection
    }

    fn key(n: i64) -> Key {
        // Spread over the slices as digests are.
        let mut key = [0; 16];
        key[..8].copy_from_slice(&n.wrapping_mul(0x5851_f42d_4c95_7f2d).to_be_bytes());
        key
    }

    fn insert(connection: &Connection, number: i64, key: Option<Key>) {
        connection
            .prepare_cached(
                "INSERT INTO deliveries (number, received_at, direction, kind, verdict, bytes, id, method, target, remote,
                 dedupe_key) VALUES (?1, ?1, 0, 1, 0, 0, ?2, '', '', '', ?3)",
            )
            .expect("prepare")
            .execute(params![number, u128::from(number.unsigned_abs()).to_be_bytes(), key])
            .expect("insert");
    }

    #[test]
    fn entries_are_found_before_and_after_they_are_written_and_after_a_reopening() {
        let connection = database();
        let mut tail = Tail::load(&connection).expect("load");
        let total = i64::try_from(WAITING).expect("small") + 3_000;
        connection.execute_batch("BEGIN").expect("begin");
        for number in 1..=total {
            insert(&connection, number, Some(key(number)));
            tail.add(key(number), Timestamp::from_micros(number), number);
            tail.write_out(&connection).expect("write");
        }
        connection.execute_batch("COMMIT").expect("commit");
        assert!(tail.waiting <= WAITING);
        let written: i64 = connection.query_row("SELECT count(*) FROM seen", [], |row| row.get(0)).expect("count");
        assert!(written > 0, "nothing was written");
        let reloaded = Tail::load(&connection).expect("load");
        assert_eq!(reloaded.waiting, tail.waiting);
        assert_eq!(usize::try_from(written).expect("count") + tail.waiting, usize::try_from(total).expect("total"));
        for number in (1..=total).step_by(97) {
            for tail in [&tail, &reloaded] {
                let found = tail
                    .first(
                        (&connection, &mut Tail::search(&connection).expect("a statement")),
                        key(number),
                        Timestamp::from_micros(total),
                        Duration::from_mins(1),
                    )
                    .expect("first");
                assert_eq!(found.map(|(n, _)| n), Some(number));
            }
        }
    }

    #[test]
    fn deliveries_without_keys_do_not_make_the_next_start_slow() {
        let connection = database();
        let mut tail = Tail::load(&connection).expect("load");
        tail.reached(LAG + 1);
        for _ in 0..SLICES {
            tail.write_out(&connection).expect("write");
        }
        assert_eq!(Tail::load(&connection).expect("load").lag_begins(), LAG + 1);
    }
}
