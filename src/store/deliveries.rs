//! Writing and reading deliveries.

use std::time::Duration;

use bytes::Bytes;
use rusqlite::{CachedStatement, Connection, ErrorCode, OptionalExtension, params};

use super::codes::{self, Code};
use super::duplicates::Tail;
use super::job::{Job, Task};
use super::kinds::Kinds;
use super::{Store, StoreError, answered};
use crate::model::{Delivery, DeliveryId, Direction, NewDelivery, Summary, Timestamp};

impl Store {
    /// Sets the last status of a delivery; `None`: there was no answer. Queued at once, as with [`Store::record`].
    pub fn update_status(
        &self,
        id: DeliveryId,
        status: Option<u16>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        answered(self.ask(move |reply| Job::Status(Task::new((id, status), reply))))
    }

    /// [`Store::update_status`] for callers that are not asynchronous.
    pub fn update_status_blocking(&self, id: DeliveryId, status: Option<u16>) -> Result<(), StoreError> {
        self.wait_for(|reply| Job::Status(Task::new((id, status), reply)))
    }

    /// The delivery with this number, whole.
    pub fn get(&self, number: i64) -> Result<Delivery, StoreError> {
        self.readers.read(|connection| get(connection, number))
    }

    /// The number of the delivery with this id.
    pub fn number_of(&self, id: DeliveryId) -> Result<i64, StoreError> {
        self.readers.read(|connection| Ok(number_of(connection, id)?))?.ok_or(StoreError::UnknownDelivery(id))
    }
}

/// What became of a recorded delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// Its number in the store.
    pub number: i64,
    /// Number and id of the delivery that it repeats.
    pub duplicate_of: Option<(i64, DeliveryId)>,
}

/// A delivery as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number in the store.
    pub number: i64,
    /// What is known about it.
    pub summary: Summary,
    /// Number and id of the delivery that it repeats. `None` also when that one has been deleted.
    pub duplicate_of: Option<(i64, DeliveryId)>,
}

/// The columns that [`row`] reads, of [`TABLES`].
pub(super) const COLUMNS: &str = "d.number, d.received_at, d.direction, d.verdict, d.reason, d.status, d.bytes, d.id, \
     d.method, d.target, d.remote, d.event_id, k.provider, k.event_type, d.duplicate_of, o.id";

/// `CROSS JOIN` keeps `SQLite` from walking through the kinds first, which would lose the order by number.
pub(super) const TABLES: &str = "deliveries d CROSS JOIN kinds k ON k.id = d.kind \
     LEFT JOIN deliveries o ON o.number = d.duplicate_of";

/// What the writer knows between two transactions.
pub(super) struct State {
    /// The number that the next delivery gets.
    pub(super) next: i64,
    pub(super) kinds: Kinds,
    /// Read only when the first delivery with a key comes: a command that sends never needs it.
    pub(super) tail: Option<Tail>,
}

impl State {
    /// Reads it. Call within a transaction.
    pub(super) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        Ok(Self { next: next_number(connection)?, kinds: Kinds::load(connection)?, tail: None })
    }

    /// Takes over what other processes did. Call within a transaction.
    pub(super) fn refresh(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.next = next_number(connection)?;
        if let Some(tail) = &mut self.tail {
            tail.refresh(connection)?;
            tail.reached(self.next - 1);
        }
        Ok(())
    }
}

fn next_number(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached(
            "SELECT 1 + max((SELECT number FROM highest), coalesce((SELECT max(number) FROM deliveries), 0))",
        )?
        .query_row([], |row| row.get(0))
}

/// Inserts one delivery; see [`Inserts::insert`].
pub(super) fn insert(
    connection: &Connection,
    state: &mut State,
    delivery: &NewDelivery,
    window: Duration,
) -> rusqlite::Result<Result<Recorded, StoreError>> {
    Inserts::new(connection)?.insert(state, delivery, window)
}

/// What deliveries are inserted with. Finding a statement in rusqlite's cache and putting it back takes a good part of
/// what carrying it out takes, so those of a transaction share them.
pub(super) struct Inserts<'c> {
    connection: &'c Connection,
    payload: CachedStatement<'c>,
    delivery: CachedStatement<'c>,
    seen: CachedStatement<'c>,
}

impl<'c> Inserts<'c> {
    pub(super) fn new(connection: &'c Connection) -> rusqlite::Result<Self> {
        let payload =
            connection.prepare_cached("INSERT INTO payloads (number, crc, head, body) VALUES (?1, ?2, ?3, ?4)")?;
        let delivery = connection.prepare_cached(
            "INSERT INTO deliveries (number, received_at, direction, kind, verdict, reason, status, bytes, duplicate_of,
             id, method, target, remote, event_id, dedupe_key)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        )?;
        Ok(Self { connection, payload, delivery, seen: Tail::search(connection)? })
    }

    /// Inserts a delivery. The outer error fails the transaction, the inner one this delivery alone.
    pub(super) fn insert(
        &mut self,
        state: &mut State,
        delivery: &NewDelivery,
        window: Duration,
    ) -> rusqlite::Result<Result<Recorded, StoreError>> {
        let connection = self.connection;
        let summary = &delivery.summary;
        let number = state.next;
        // Only captures are compared; the key of a sent delivery is of no use.
        let key = delivery.dedupe_key.filter(|_| summary.direction == Direction::Received);
        let mut duplicate_of = None;
        if let Some(key) = key {
            let tail = match &mut state.tail {
                Some(tail) => tail,
                none => none.insert(Tail::load(connection)?),
            };
            duplicate_of = tail.first((connection, &mut self.seen), key, summary.received_at, window)?;
        }
        let kind = state.kinds.number(connection, summary.provider.as_deref(), summary.event_type.as_deref())?;

        let crc = checksum(&summary.id, &delivery.head, &delivery.body);
        let payload = self.payload.execute(params![number, crc, &*delivery.head, &*delivery.body]);
        if let Err(error) = payload {
            return if error.sqlite_error_code() == Some(ErrorCode::TooBig) {
                Ok(Err(error.into()))
            } else {
                Err(error)
            };
        }
        let inserted = self.delivery.execute(params![
            number,
            summary.received_at.as_micros(),
            summary.direction.code(),
            kind,
            summary.verdict.code(),
            summary.reason.map(Code::code),
            summary.status,
            i64::try_from(summary.bytes).unwrap_or(i64::MAX),
            duplicate_of.map(|(original, _)| original),
            summary.id.as_bytes(),
            summary.method,
            summary.target,
            summary.remote,
            summary.event_id,
            key,
        ]);
        if let Err(error) = inserted {
            let refused = match error.sqlite_error_code() {
                Some(ErrorCode::ConstraintViolation) => StoreError::IdTaken(summary.id),
                Some(ErrorCode::TooBig) => StoreError::TooBig,
                _ => return Err(error),
            };
            // Its neighbours in the transaction stay.
            connection.prepare_cached("DELETE FROM payloads WHERE number = ?1")?.execute([number])?;
            return Ok(Err(refused));
        }
        state.next += 1;
        if let (Some(key), Some(tail)) = (key, &mut state.tail) {
            tail.add(key, summary.received_at, number);
        }
        Ok(Ok(Recorded { number, duplicate_of }))
    }
}

/// Sets the last status of a delivery.
pub(super) fn update_status(
    connection: &Connection,
    id: DeliveryId,
    status: Option<u16>,
) -> rusqlite::Result<Result<(), StoreError>> {
    let changed = connection
        .prepare_cached("UPDATE deliveries SET status = ?1 WHERE id = ?2")?
        .execute(params![status, id.as_bytes()])?;
    Ok(if changed == 0 { Err(StoreError::UnknownDelivery(id)) } else { Ok(()) })
}

/// The number of the delivery with this id.
pub(super) fn number_of(connection: &Connection, id: DeliveryId) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT number FROM deliveries WHERE id = ?1")?
        .query_row([id.as_bytes()], |row| row.get(0))
        .optional()
}

/// One delivery with head and body, compared with its checksum.
pub(super) fn get(connection: &Connection, number: i64) -> Result<Delivery, StoreError> {
    // One statement, so that a deletion cannot come between.
    let found = connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS}, p.crc, p.head, p.body FROM {TABLES} LEFT JOIN payloads p ON p.number = d.number
             WHERE d.number = ?1"
        ))?
        .query_row([number], |found| {
            let (crc, head, body): (Option<u32>, Option<Vec<u8>>, Option<Vec<u8>>) =
                (found.get(16)?, found.get(17)?, found.get(18)?);
            Ok((row(found)?, crc, head.unwrap_or_default(), body.unwrap_or_default()))
        })
        .optional();
    let damaged = StoreError::Damaged { number: Some(number) };
    match found.map_err(StoreError::from) {
        Ok(None) => Err(StoreError::NoSuchNumber(number)),
        Ok(Some((row, crc, head, body))) => {
            if crc != Some(checksum(&row.summary.id, &head, &body)) {
                return Err(damaged);
            }
            let (head, body) = (Bytes::from(head), Bytes::from(body));
            Ok(Delivery { number, summary: row.summary, duplicate_of: row.duplicate_of, head, body })
        }
        Err(StoreError::Damaged { .. }) => Err(damaged),
        Err(other) => Err(other),
    }
}

/// Reads [`COLUMNS`].
pub(super) fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let original: Option<i64> = row.get(14)?;
    let original_id: Option<[u8; 16]> = row.get(15)?;
    let bytes: i64 = row.get(6)?;
    Ok(Row {
        number: row.get(0)?,
        summary: Summary {
            id: DeliveryId::from_bytes(row.get(7)?),
            direction: codes::read(row, 2)?,
            received_at: Timestamp::from_micros(row.get(1)?),
            remote: row.get(10)?,
            method: row.get(8)?,
            target: row.get(9)?,
            provider: row.get(12)?,
            event_type: row.get(13)?,
            event_id: row.get(11)?,
            verdict: codes::read(row, 3)?,
            reason: codes::read_optional(row, 4)?,
            status: row.get(5)?,
            bytes: u64::try_from(bytes).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(6, bytes))?,
        },
        duplicate_of: original.zip(original_id.map(DeliveryId::from_bytes)),
    })
}

/// The id is part of it, so that a body is never taken for that of another delivery.
fn checksum(id: &DeliveryId, head: &[u8], body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(id.as_bytes());
    hasher.update(head);
    hasher.update(body);
    hasher.finalize()
}

/// A duration in whole microseconds; saturates.
pub(super) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
