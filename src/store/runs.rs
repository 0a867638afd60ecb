//! Runs that are not done: what a command needs to go on after it was interrupted, in whatever way.
//!
//! **Promise:** a turn is recorded whole or not at all, together with the fact that it was made; an attempt together with
//! what follows from it. So a process that ends at any moment leaves each delivery either not made, or pending with the
//! attempts that were recorded, or done: nothing is lost, and nothing that is on record is repeated.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rusqlite::{Connection, ErrorCode, params};

use super::deliveries::{self, Recorded, State, number_of};
use super::job::{Job, Task};
use super::{Lease, Steps, Store, StoreError, answered, attempts};
use crate::model::{DeliveryId, NewAttempt, NewDelivery, Pending, Run, RunId, Sequel, Timestamp};

impl Store {
    /// Records a run that begins. Queued at once, as with [`Store::record`]; the lease is this process's until it is
    /// dropped, or the run is ended.
    pub fn begin_run(
        &self,
        run: Run,
    ) -> Result<(Lease, impl Future<Output = Result<(), StoreError>> + Send + use<>), StoreError> {
        let lease = self.lease(run.id)?.ok_or(StoreError::Busy)?;
        Ok((lease, answered(self.ask(move |reply| Job::Begin(Task::new(run, reply))))))
    }

    /// The right to work on a run; `None` while another process has it.
    pub fn lease(&self, run: RunId) -> Result<Option<Lease>, StoreError> {
        if self.is_in_memory() {
            return Ok(Some(Lease::alone()));
        }
        Lease::take(&self.path, run).map_err(|e| StoreError::Create { path: self.path.clone(), source: Arc::new(e) })
    }

    /// Forgets a run that is done, and what was pending of it. Waits.
    pub fn end_run(&self, run: RunId, lease: Lease) -> Result<(), StoreError> {
        self.wait_for(|reply| Job::End(Task::new(run, reply)))?;
        lease.end();
        Ok(())
    }

    /// Records steps of runs, all in one transaction. Queued at once; who waits for a step learns what became of it.
    pub fn record_steps(&self, steps: Steps) {
        if !steps.is_empty() {
            self.offer(Job::Steps(steps.0));
        }
    }

    /// The runs of a command that are not done, the oldest first. Some may be under way in another process.
    pub fn open_runs(&self, command: &str) -> Result<Vec<Run>, StoreError> {
        self.readers.read(|connection| Ok(open(connection, command)?))
    }

    /// What is pending of a run, in the order in which it was recorded.
    pub fn pending_of(&self, run: RunId) -> Result<Vec<Pending>, StoreError> {
        self.readers.read(|connection| Ok(pending(connection, run)?))
    }
}

/// The deliveries that go out side by side, to be recorded together.
#[derive(Debug)]
pub(super) struct NewTurn {
    /// The run and the number of this turn in it; `None` if nobody will go on with it.
    pub(super) of: Option<(RunId, u64)>,
    /// When they are due.
    pub(super) due_at: Timestamp,
    pub(super) deliveries: Vec<NewDelivery>,
    /// Deliveries that are on record, and are tried further.
    pub(super) continued: Vec<DeliveryId>,
}

/// An attempt with what follows from it.
#[derive(Debug)]
pub(super) struct Conclusion {
    pub(super) attempt: NewAttempt,
    pub(super) sequel: Sequel,
}

/// Records a run that begins.
pub(super) fn begin(connection: &Connection, run: &Run) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO runs (id, started_at, command, plan, body) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![run.id.as_bytes(), run.started_at.as_micros(), run.command, run.plan, run.body.as_deref(),])?;
    connection
        .prepare_cached("INSERT INTO progress (run, next) VALUES (?1, ?2)")?
        .execute(params![run.id.as_bytes(), signed(run.next)])?;
    Ok(())
}

/// Forgets a run and what is pending of it; its deliveries stay as they are.
pub(super) fn end(connection: &Connection, id: RunId) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM pending WHERE run = ?1")?.execute([id.as_bytes()])?;
    forget(connection, id)
}

/// Forgets a run of which nothing is pending.
pub(super) fn forget(connection: &Connection, id: RunId) -> rusqlite::Result<()> {
    for sql in ["DELETE FROM progress WHERE run = ?1", "DELETE FROM runs WHERE id = ?1"] {
        connection.prepare_cached(sql)?.execute([id.as_bytes()])?;
    }
    Ok(())
}

/// Records a turn. The outer error fails the transaction; the inner one leaves nothing of this turn.
pub(super) fn turn(
    connection: &Connection,
    state: &mut State,
    turn: &NewTurn,
    window: Duration,
) -> rusqlite::Result<Result<(), StoreError>> {
    let mut recorded: Vec<Recorded> = Vec::with_capacity(turn.deliveries.len());
    for delivery in &turn.deliveries {
        match deliveries::insert(connection, state, delivery, window)? {
            Ok(one) => recorded.push(one),
            Err(refused) => {
                for one in &recorded {
                    for sql in ["DELETE FROM payloads WHERE number = ?1", "DELETE FROM deliveries WHERE number = ?1"] {
                        connection.prepare_cached(sql)?.execute([one.number])?;
                    }
                }
                return Ok(Err(refused));
            }
        }
    }
    if let Some((run, number)) = turn.of {
        let mut pending: Vec<i64> = recorded.iter().map(|one| one.number).collect();
        for id in &turn.continued {
            pending.extend(number_of(connection, *id)?);
        }
        for delivery in pending {
            // Of two runs that continue a delivery, the later one goes on with it.
            connection
                .prepare_cached("INSERT OR REPLACE INTO pending (delivery, run, turn, due_at) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![delivery, run.as_bytes(), signed(number), turn.due_at.as_micros()])?;
        }
        connection
            .prepare_cached("UPDATE progress SET next = max(next, ?1) WHERE run = ?2")?
            .execute(params![signed(number + 1), run.as_bytes()])?;
    }
    Ok(Ok(()))
}

/// Records an attempt, the status it leaves its delivery with, and whether there is to be another one.
pub(super) fn conclude(connection: &Connection, of: &Conclusion) -> rusqlite::Result<Result<(), StoreError>> {
    let id = of.attempt.delivery;
    let Some(delivery) = number_of(connection, id)? else { return Ok(Err(StoreError::UnknownDelivery(id))) };
    match attempts::insert_at(connection, delivery, &of.attempt) {
        Ok(()) => {}
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::TooBig) => return Ok(Err(error.into())),
        Err(error) => return Err(error),
    }
    let status = of.attempt.outcome.as_ref().ok().map(|response| response.status);
    connection
        .prepare_cached("UPDATE deliveries SET status = ?1 WHERE number = ?2")?
        .execute(params![status, delivery])?;
    match of.sequel {
        Sequel::None => settle_number(connection, delivery)?,
        Sequel::At(due_at) => {
            connection
                .prepare_cached("UPDATE pending SET due_at = ?1 WHERE delivery = ?2")?
                .execute(params![due_at.as_micros(), delivery])?;
        }
    }
    Ok(Ok(()))
}

/// A delivery is pending no more.
pub(super) fn settle(connection: &Connection, id: DeliveryId) -> rusqlite::Result<()> {
    match number_of(connection, id)? {
        Some(number) => settle_number(connection, number),
        None => Ok(()),
    }
}

fn settle_number(connection: &Connection, number: i64) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM pending WHERE delivery = ?1")?.execute([number])?;
    Ok(())
}

/// All runs of a command that are not done, the oldest first.
pub(super) fn open(connection: &Connection, command: &str) -> rusqlite::Result<Vec<Run>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, started_at, command, plan, body, next FROM runs JOIN progress ON run = id WHERE command = ?1
             ORDER BY id",
    )?;
    let rows = statement.query_map([command], |row| {
        Ok(Run {
            id: RunId::from_bytes(row.get(0)?),
            started_at: Timestamp::from_micros(row.get(1)?),
            command: row.get(2)?,
            plan: row.get(3)?,
            body: row.get::<_, Option<Vec<u8>>>(4)?.map(Bytes::from),
            next: u64::try_from(row.get::<_, i64>(5)?).unwrap_or(0),
        })
    })?;
    rows.collect()
}

/// What is pending of a run, in the order in which it was recorded.
pub(super) fn pending(connection: &Connection, run: RunId) -> rusqlite::Result<Vec<Pending>> {
    let mut statement =
        connection.prepare_cached("SELECT delivery, turn, due_at FROM pending WHERE run = ?1 ORDER BY delivery")?;
    let rows = statement.query_map([run.as_bytes()], |row| {
        Ok(Pending {
            number: row.get(0)?,
            turn: u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0),
            due_at: Timestamp::from_micros(row.get(2)?),
        })
    })?;
    rows.collect()
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
