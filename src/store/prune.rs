//! Deleting: by hand, by age, by size. Always in small portions, between which others may commit.

use std::collections::BTreeSet;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use super::deliveries::State;
use super::duplicates::{Key, Tail};
use super::job::{Job, Task};
use super::{Store, StoreError};
use crate::model::Timestamp;

impl Store {
    /// Deletes what is older or more than the retention allows, the oldest first, in small transactions between which
    /// others are recorded. Waits until it is done.
    pub fn prune(&self, now: Timestamp, retention: &Retention) -> Result<Pruned, StoreError> {
        let mut total = Pruned::default();
        loop {
            let pruned = self.wait_for(|reply| Job::Prune(Task::new((now, *retention), reply)))?;
            if pruned.deliveries == 0 {
                return Ok(total);
            }
            total.deliveries += pruned.deliveries;
            total.bytes += pruned.bytes;
        }
    }

    /// What goes beyond the retention: all that is older, wherever it stands, and of the rest the oldest numbers, as many
    /// as are too much. A guess as to size, since pages are counted and not bytes.
    pub fn prunable(&self, now: Timestamp, retention: &Retention) -> Result<Pruned, StoreError> {
        self.readers.read(|connection| Ok(prunable(connection, now, retention)?))
    }

    /// Deletes these deliveries and their attempts; numbers that do not exist are passed over. Their numbers are not
    /// given again. Waits.
    pub fn delete(&self, numbers: &[i64]) -> Result<Pruned, StoreError> {
        let mut total = Pruned::default();
        for portion in numbers.chunks(PORTION) {
            let deleted = self.wait_for(|reply| Job::Delete(Task::new(portion.to_vec(), reply)))?;
            total.deliveries += deleted.deliveries;
            total.bytes += deleted.bytes;
        }
        Ok(total)
    }

    /// The bytes that deliveries and attempts take; what [`Retention::max_bytes`] limits.
    pub fn used_bytes(&self) -> Result<u64, StoreError> {
        let used = self.readers.read(|connection| Ok(used(connection)?))?;
        Ok(u64::try_from(used).unwrap_or(0))
    }
}

/// Deliveries deleted in one transaction: some milliseconds' work.
pub(super) const PORTION: usize = 256;

/// Bytes deleted in one transaction, for the same reason.
const PORTION_BYTES: i64 = 16 << 20;

/// What a delivery takes beside head and body; used only to guess how many have to go.
const OVERHEAD: i64 = 400;

/// How much is kept. What goes beyond either limit goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Deliveries that arrived longer ago are deleted, from the oldest on until one is younger.
    pub max_age: Duration,
    /// The most bytes that the store's pages may take.
    pub max_bytes: u64,
}

impl Default for Retention {
    /// 30 days or 1 GiB.
    fn default() -> Self {
        Self { max_age: Duration::from_hours(30 * 24), max_bytes: 1 << 30 }
    }
}

/// What was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// How many deliveries.
    pub deliveries: usize,
    /// The bytes of their heads and bodies. The file keeps its size; what comes next uses the room.
    pub bytes: u64,
}

/// A delivery that may go.
struct Old {
    number: i64,
    received_at: i64,
    key: Option<Key>,
    bytes: i64,
}

/// Deletes one portion of what is too old or too much.
pub(super) fn portion(
    connection: &Connection,
    state: &mut State,
    now: Timestamp,
    retention: &Retention,
) -> rusqlite::Result<Pruned> {
    let limit = now.minus(retention.max_age).as_micros();
    let mut excess = used(connection)?.saturating_sub(i64::try_from(retention.max_bytes).unwrap_or(i64::MAX));
    let mut chosen = Vec::new();
    let mut bytes = 0;
    {
        let mut statement = connection.prepare_cached(
            "SELECT d.number, d.received_at, d.dedupe_key, coalesce(length(p.head) + length(p.body), 0)
             FROM deliveries d LEFT JOIN payloads p ON p.number = d.number ORDER BY d.number",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let old = Old { number: row.get(0)?, received_at: row.get(1)?, key: row.get(2)?, bytes: row.get(3)? };
            if old.received_at >= limit && excess <= 0 {
                break;
            }
            excess -= old.bytes + OVERHEAD;
            bytes += old.bytes;
            chosen.push(old);
            if chosen.len() >= PORTION || bytes >= PORTION_BYTES {
                break;
            }
        }
    }
    remove(connection, state, &chosen)
}

/// What goes beyond the retention. Nothing is deleted.
pub(super) fn prunable(connection: &Connection, now: Timestamp, retention: &Retention) -> rusqlite::Result<Pruned> {
    let limit = now.minus(retention.max_age).as_micros();
    let mut excess = used(connection)?.saturating_sub(i64::try_from(retention.max_bytes).unwrap_or(i64::MAX));
    let mut pruned = Pruned::default();
    for old in [true, false] {
        // What is old makes room, which the rest then needs no more.
        let sql = format!(
            "SELECT coalesce(length(p.head) + length(p.body), 0) FROM deliveries d
             LEFT JOIN payloads p ON p.number = d.number WHERE d.received_at {} ?1 ORDER BY d.number",
            if old { "<" } else { ">=" }
        );
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query([limit])?;
        while old || excess > 0 {
            let Some(row) = rows.next()? else { break };
            let bytes: i64 = row.get(0)?;
            excess = excess.saturating_sub(bytes + OVERHEAD);
            pruned.deliveries += 1;
            pruned.bytes += u64::try_from(bytes).unwrap_or(0);
        }
    }
    Ok(pruned)
}

/// Deletes these deliveries, those of them that exist.
pub(super) fn delete(connection: &Connection, state: &mut State, numbers: &[i64]) -> rusqlite::Result<Pruned> {
    let mut chosen = Vec::new();
    // A number given twice is deleted once.
    for number in numbers.iter().copied().collect::<BTreeSet<_>>() {
        let found = connection
            .prepare_cached(
                "SELECT d.received_at, d.dedupe_key, coalesce(length(p.head) + length(p.body), 0)
                 FROM deliveries d LEFT JOIN payloads p ON p.number = d.number WHERE d.number = ?1",
            )?
            .query_row([number], |row| {
                Ok(Old { number, received_at: row.get(0)?, key: row.get(1)?, bytes: row.get(2)? })
            })
            .optional()?;
        chosen.extend(found);
    }
    remove(connection, state, &chosen)
}

fn remove(connection: &Connection, state: &mut State, chosen: &[Old]) -> rusqlite::Result<Pruned> {
    if chosen.is_empty() {
        return Ok(Pruned::default());
    }
    connection
        .prepare_cached("UPDATE highest SET number = max(number, (SELECT max(number) FROM deliveries))")?
        .execute([])?;
    for old in chosen {
        for sql in [
            "DELETE FROM payloads WHERE number = ?1",
            "DELETE FROM attempts WHERE delivery = ?1",
            "DELETE FROM pending WHERE delivery = ?1",
            "DELETE FROM forwards WHERE delivery = ?1",
            "DELETE FROM deliveries WHERE number = ?1",
        ] {
            connection.prepare_cached(sql)?.execute(params![old.number])?;
        }
        if let Some(key) = old.key {
            Tail::remove(connection, state.tail.as_mut(), (key, old.received_at, old.number))?;
        }
    }
    let bytes = chosen.iter().map(|old| u64::try_from(old.bytes).unwrap_or(0)).sum();
    Ok(Pruned { deliveries: chosen.len(), bytes })
}

/// The bytes of all pages that hold something.
pub(super) fn used(connection: &Connection) -> rusqlite::Result<i64> {
    let value = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    Ok((value("page_count")? - value("freelist_count")?) * value("page_size")?)
}
