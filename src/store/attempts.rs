//! Writing and reading attempts.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rusqlite::{Connection, ErrorCode, params};

use super::codes::{self, Code};
use super::deliveries::{micros, number_of};
use super::job::{Job, Task};
use super::{Store, StoreError, answered};
use crate::model::{Attempt, DeliveryId, FailureKind, Headers, NewAttempt, Response, Timestamp};

impl Store {
    /// Records an attempt at a recorded delivery and resolves with its number once it is on disk. Queued at once, as
    /// with [`Store::record`].
    pub fn record_attempt(&self, attempt: NewAttempt) -> impl Future<Output = Result<i64, StoreError>> + Send + use<> {
        answered(self.ask(move |reply| Job::Attempt(Task::new(attempt, reply))))
    }

    /// [`Store::record_attempt`] for callers that are not asynchronous.
    pub fn record_attempt_blocking(&self, attempt: NewAttempt) -> Result<i64, StoreError> {
        self.wait_for(|reply| Job::Attempt(Task::new(attempt, reply)))
    }

    /// Records attempts at a delivery with the route that led to them, and its last status, together: all of it is on disk when this resolves, or none.
    /// Queued at once, as with [`Store::record`].
    pub fn record_outcome(
        &self,
        id: DeliveryId,
        attempts: Vec<NewAttempt>,
        status: Option<u16>,
        route: Option<Arc<str>>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        answered(self.ask(move |reply| Job::Outcome(Task::new(Outcomes { id, attempts, status, route }, reply))))
    }

    /// The attempts at a delivery, the first one first.
    pub fn attempts_of(&self, number: i64) -> Result<Vec<Attempt>, StoreError> {
        self.readers.read(|connection| Ok(of_delivery(connection, number)?))
    }

    /// How the attempts at the deliveries with these numbers, both ends included, went: without what was answered.
    pub fn outcomes(&self, first: i64, last: i64) -> Result<Vec<Outcome>, StoreError> {
        self.readers.read(|connection| Ok(outcomes(connection, first, last)?))
    }
}

/// Inserts an attempt and returns its number. The outer error fails the transaction, the inner one this attempt alone.
pub(super) fn insert(connection: &Connection, attempt: &NewAttempt) -> rusqlite::Result<Result<i64, StoreError>> {
    let Some(delivery) = number_of(connection, attempt.delivery)? else {
        return Ok(Err(StoreError::UnknownDelivery(attempt.delivery)));
    };
    match insert_at(connection, delivery, attempt) {
        Ok(()) => Ok(Ok(connection.last_insert_rowid())),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::TooBig) => Ok(Err(error.into())),
        Err(error) => Err(error),
    }
}

/// Inserts an attempt at the delivery with this number.
pub(super) fn insert_at(connection: &Connection, delivery: i64, attempt: &NewAttempt) -> rusqlite::Result<()> {
    let answer = attempt.outcome.as_ref().ok();
    connection
        .prepare_cached(
            "INSERT INTO attempts (delivery, attempt, started_at, duration, accepted, failure, status, url, headers, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            delivery,
            attempt.attempt,
            attempt.started_at.as_micros(),
            micros(attempt.duration),
            attempt.accepted,
            attempt.outcome.as_ref().err().map(|kind| kind.code()),
            answer.map(|a| a.status),
            attempt.url,
            answer.map(|a| pack(&a.headers)),
            answer.map(|a| &*a.body),
        ])
        .map(|_| ())
}

/// Inserts an attempt at the delivery with this number, with the route that led to it.
pub(super) fn insert_routed(
    connection: &Connection,
    delivery: i64,
    attempt: &NewAttempt,
    route: Option<&str>,
) -> rusqlite::Result<()> {
    insert_at(connection, delivery, attempt)?;
    if let Some(route) = route {
        connection
            .prepare_cached("UPDATE attempts SET route = ?2 WHERE number = ?1")?
            .execute(params![connection.last_insert_rowid(), route])?;
    }
    Ok(())
}

/// What became of a delivery that was passed on.
#[derive(Debug)]
pub(super) struct Outcomes {
    pub(super) id: DeliveryId,
    pub(super) attempts: Vec<NewAttempt>,
    /// The status that its sender is answered.
    pub(super) status: Option<u16>,
    /// Which route led to the attempts, and why.
    pub(super) route: Option<Arc<str>>,
}

/// Inserts the attempts at a delivery and its last status. The outer error fails the transaction, the inner one says that
/// nothing of it is there.
pub(super) fn insert_outcomes(
    connection: &Connection,
    outcomes: &Outcomes,
) -> rusqlite::Result<Result<(), StoreError>> {
    let Outcomes { id, attempts, status, route } = outcomes;
    let Some(number) = number_of(connection, *id)? else { return Ok(Err(StoreError::UnknownDelivery(*id))) };
    for attempt in attempts {
        // An answer is far smaller than what SQLite takes; if one were not, the transaction would go with it.
        insert_routed(connection, number, attempt, route.as_deref())?;
    }
    connection
        .prepare_cached("UPDATE deliveries SET status = ?2 WHERE number = ?1")?
        .execute(params![number, status])?;
    Ok(Ok(()))
}

/// The attempts of a delivery in the order in which they were recorded.
pub(super) fn of_delivery(connection: &Connection, number: i64) -> rusqlite::Result<Vec<Attempt>> {
    let mut statement = connection.prepare_cached(
        "SELECT a.number, d.id, a.attempt, a.url, a.started_at, a.duration, a.accepted, a.failure, a.status, a.headers,
         a.body, a.route FROM attempts a JOIN deliveries d ON d.number = a.delivery WHERE a.delivery = ?1 ORDER BY a.number",
    )?;
    let rows = statement.query_map([number], |row| {
        let outcome = if let Some(failure) = codes::read_optional(row, 7)? {
            Err(failure)
        } else {
            let packed: Vec<u8> = row.get(9)?;
            Ok(Response {
                status: row.get(8)?,
                headers: unpack(&packed).ok_or(rusqlite::Error::IntegralValueOutOfRange(9, 0))?,
                body: Bytes::from(row.get::<_, Vec<u8>>(10)?),
            })
        };
        Ok(Attempt {
            number: row.get(0)?,
            route: row.get(11)?,
            attempt: NewAttempt {
                delivery: DeliveryId::from_bytes(row.get(1)?),
                attempt: row.get(2)?,
                url: row.get(3)?,
                started_at: Timestamp::from_micros(row.get(4)?),
                duration: Duration::from_micros(u64::try_from(row.get::<_, i64>(5)?).unwrap_or(0)),
                outcome,
                accepted: row.get(6)?,
            },
        })
    })?;
    rows.collect()
}

/// How an attempt went, in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// The number of the delivery.
    pub delivery: i64,
    /// How long it took.
    pub duration: Duration,
    /// Whether it counts as accepted.
    pub accepted: bool,
    /// Why there was no answer.
    pub failure: Option<FailureKind>,
}

/// How the attempts at a range of deliveries went.
pub(super) fn outcomes(connection: &Connection, first: i64, last: i64) -> rusqlite::Result<Vec<Outcome>> {
    let mut statement = connection.prepare_cached(
        "SELECT delivery, duration, accepted, failure FROM attempts WHERE delivery BETWEEN ?1 AND ?2 ORDER BY delivery",
    )?;
    let rows = statement.query_map([first, last], |row| {
        Ok(Outcome {
            delivery: row.get(0)?,
            duration: Duration::from_micros(u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0)),
            accepted: row.get(2)?,
            failure: codes::read_optional(row, 3)?,
        })
    })?;
    rows.collect()
}

/// Header fields as lengths and bytes: exact, whatever is in a value.
fn pack(headers: &Headers) -> Vec<u8> {
    let mut packed = Vec::new();
    for header in headers {
        for part in [header.name().as_bytes(), header.value()] {
            packed.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes());
            packed.extend(part);
        }
    }
    packed
}

/// The fields in `packed`; `None` if that is not what [`pack`] makes.
fn unpack(mut packed: &[u8]) -> Option<Headers> {
    fn part(packed: &mut &[u8]) -> Option<Bytes> {
        let (length, rest) = packed.split_first_chunk::<4>()?;
        let (part, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        *packed = rest;
        Some(Bytes::copy_from_slice(part))
    }
    let mut headers = Headers::new();
    while !packed.is_empty() {
        let name = part(&mut packed)?;
        headers.push(name, part(&mut packed)?);
    }
    Some(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_come_back_as_they_were() {
        let headers: Headers =
            [("Set-Cookie", "a"), ("set-cookie", "b: c"), ("X-Empty", ""), ("X-Odd", "\u{fc}\r\n\0")]
                .into_iter()
                .collect();
        assert_eq!(unpack(&pack(&headers)), Some(headers));
        assert_eq!(unpack(&[]), Some(Headers::new()));
        for broken in [&[1][..], &[1, 0, 0, 0], &[255, 255, 255, 255, 1], &[1, 0, 0, 0, b'a', 9, 0, 0, 0]] {
            assert_eq!(unpack(broken), None);
        }
    }
}
