//! Forwards behind an answer.
//!
//! **Promise:** a delivery is recorded together with the forwards that are owed, an attempt together with what follows from
//! it. So a listener that ends at any moment leaves each forward either owed, with the attempts that were recorded, or done,
//! or dead: nothing is lost. What had reached the target and was not recorded yet goes there once more.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::deliveries::{self, Recorded, State, number_of};
use super::job::{Job, Task};
use super::{Lease, Store, StoreError, answered, attempts, runs};
use crate::model::{ForwardAttempt, ForwardSequel, NewDelivery, NewForward, PendingForward, RunId, Timestamp};

impl Store {
    /// Records a delivery together with the forwards that it is owed, and says whether it is owed any: with
    /// `unless_repeated`, one that repeats a delivery which was accepted is not. Queued at once, as with [`Store::record`].
    pub fn record_owed(
        &self,
        delivery: NewDelivery,
        run: RunId,
        forwards: Vec<NewForward>,
        unless_repeated: bool,
    ) -> impl Future<Output = Result<(Recorded, bool), StoreError>> + Send + use<> {
        let promise = Promise { delivery, run, forwards, unless_repeated };
        answered(self.ask(move |reply| Job::Promise(Task::new(promise, reply))))
    }

    /// Records an attempt at a forward, and what follows from it. Queued at once, as with [`Store::record`].
    pub fn conclude_forward(
        &self,
        run: RunId,
        attempt: ForwardAttempt,
    ) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        answered(self.ask(move |reply| Job::Forwarded(Task::new((run, attempt), reply))))
    }

    /// A run takes over the forwards that another one owed, which is thereby ended. Waits.
    pub fn adopt_forwards(&self, from: RunId, lease: Lease, to: RunId) -> Result<(), StoreError> {
        self.wait_for(|reply| Job::Adopt(Task::new((from, to), reply)))?;
        lease.end();
        Ok(())
    }

    /// The forwards to a target that a run owes, behind the delivery with this number, in their order.
    pub fn pending_forwards(
        &self,
        run: RunId,
        target: &str,
        after: i64,
        limit: usize,
    ) -> Result<Vec<PendingForward>, StoreError> {
        self.readers.read(|connection| Ok(pending(connection, run, target, after, limit)?))
    }

    /// How many forwards a run owes, by target.
    pub fn owed_forwards(&self, run: RunId) -> Result<Vec<(String, u64)>, StoreError> {
        self.readers.read(|connection| Ok(owed(connection, run)?))
    }

    /// Whether the delivery with this number was accepted, and is not a dead letter at any target.
    pub fn was_accepted(&self, number: i64) -> Result<bool, StoreError> {
        self.readers.read(|connection| Ok(was_accepted(connection, number)?))
    }
}

/// The run of dead letters: nobody works on them.
const NOBODY: [u8; 16] = [0; 16];

/// A delivery with the forwards that it is owed.
#[derive(Debug)]
pub(super) struct Promise {
    pub(super) delivery: NewDelivery,
    /// The listener that works on them.
    pub(super) run: RunId,
    pub(super) forwards: Vec<NewForward>,
    /// Owed nothing if it repeats a delivery that was accepted, or is still to be.
    pub(super) unless_repeated: bool,
}

/// Records a delivery and what it is owed; says whether it is owed anything.
pub(super) fn promise(
    connection: &Connection,
    state: &mut State,
    promise: &Promise,
    window: Duration,
) -> rusqlite::Result<Result<(Recorded, bool), StoreError>> {
    let recorded = match deliveries::insert(connection, state, &promise.delivery, window)? {
        Ok(recorded) => recorded,
        Err(refused) => return Ok(Err(refused)),
    };
    if promise.unless_repeated
        && let Some((original, _)) = recorded.duplicate_of
        && was_accepted(connection, original)?
    {
        return Ok(Ok((recorded, false)));
    }
    for forward in &promise.forwards {
        // Two routes to the same target are one.
        connection
            .prepare_cached(
                "INSERT OR IGNORE INTO forwards (run, target, delivery, lane, route, attempts, reached, due_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, ?6)",
            )?
            .execute(params![
                promise.run.as_bytes(),
                forward.target,
                recorded.number,
                forward.lane,
                forward.route.as_deref(),
                promise.delivery.summary.received_at.as_micros(),
            ])?;
    }
    Ok(Ok((recorded, true)))
}

/// Whether a delivery was answered as accepted, and is not a dead letter at a target.
pub(super) fn was_accepted(connection: &Connection, number: i64) -> rusqlite::Result<bool> {
    let accepted = connection
        .prepare_cached(
            "SELECT status BETWEEN 200 AND 299
             AND NOT EXISTS (SELECT 1 FROM forwards f WHERE f.delivery = d.number AND f.due_at IS NULL)
             FROM deliveries d WHERE number = ?1",
        )?
        .query_row([number], |row| row.get::<_, Option<bool>>(0))
        .optional()?;
    Ok(accepted.flatten().unwrap_or(false))
}

/// Records an attempt and what follows from it.
pub(super) fn conclude(
    connection: &Connection,
    run: RunId,
    of: &ForwardAttempt,
) -> rusqlite::Result<Result<(), StoreError>> {
    let id = of.attempt.delivery;
    let Some(delivery) = number_of(connection, id)? else { return Ok(Err(StoreError::UnknownDelivery(id))) };
    attempts::insert_routed(connection, delivery, &of.attempt, of.route.as_deref())?;
    let key = params![run.as_bytes(), of.target, delivery];
    match of.sequel {
        ForwardSequel::Done => {
            connection
                .prepare_cached("DELETE FROM forwards WHERE run = ?1 AND target = ?2 AND delivery = ?3")?
                .execute(key)?;
        }
        ForwardSequel::Dead => {
            connection
                .prepare_cached(
                    "UPDATE OR REPLACE forwards SET run = ?4, due_at = NULL, attempts = ?5, reached = ?6
                     WHERE run = ?1 AND target = ?2 AND delivery = ?3",
                )?
                .execute(params![run.as_bytes(), of.target, delivery, NOBODY, of.attempt.attempt, of.reached])?;
        }
        ForwardSequel::At(due_at) => {
            connection
                .prepare_cached(
                    "UPDATE forwards SET due_at = ?4, attempts = ?5, reached = ?6
                     WHERE run = ?1 AND target = ?2 AND delivery = ?3",
                )?
                .execute(params![
                    run.as_bytes(),
                    of.target,
                    delivery,
                    due_at.as_micros(),
                    of.attempt.attempt,
                    of.reached
                ])?;
        }
    }
    Ok(Ok(()))
}

/// The forwards to a target that a listener works on, behind this number, in their order.
pub(super) fn pending(
    connection: &Connection,
    run: RunId,
    target: &str,
    after: i64,
    limit: usize,
) -> rusqlite::Result<Vec<PendingForward>> {
    let mut statement = connection.prepare_cached(
        "SELECT delivery, lane, route, attempts, reached, due_at,
         CASE WHEN attempts > 0 THEN (SELECT max(a.started_at) FROM attempts a WHERE a.delivery = f.delivery) END
         FROM forwards f WHERE run = ?1 AND target = ?2 AND delivery > ?3 AND due_at IS NOT NULL ORDER BY delivery LIMIT ?4",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![run.as_bytes(), target, after, limit], |row| {
        Ok(PendingForward {
            number: row.get(0)?,
            lane: row.get(1)?,
            route: row.get(2)?,
            attempts: row.get(3)?,
            reached: row.get(4)?,
            due_at: Timestamp::from_micros(row.get(5)?),
            tried_at: row.get::<_, Option<i64>>(6)?.map(Timestamp::from_micros),
        })
    })?;
    rows.collect()
}

/// How many forwards a listener owes, by target.
pub(super) fn owed(connection: &Connection, run: RunId) -> rusqlite::Result<Vec<(String, u64)>> {
    let mut statement =
        connection.prepare_cached("SELECT target, count(*) FROM forwards WHERE run = ?1 GROUP BY target")?;
    let rows = statement
        .query_map([run.as_bytes()], |row| Ok((row.get(0)?, u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0))))?;
    rows.collect()
}

/// A listener takes over what another one, which is gone, owed.
pub(super) fn adopt(connection: &Connection, from: RunId, to: RunId) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE OR REPLACE forwards SET run = ?2 WHERE run = ?1")?
        .execute(params![from.as_bytes(), to.as_bytes()])?;
    runs::forget(connection, from)
}
