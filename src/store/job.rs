//! What the writer can be asked for, how each is done within a transaction, and how whoever asked is answered.

use std::sync::mpsc::SyncSender;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::attempts::Outcomes;
use super::deliveries::{self, Inserts, Recorded, State};
use super::forwards::{self, Promise};
use super::prune::{self, Pruned, Retention};
use super::steps::Step;
use super::{StoreError, attempts, compact, runs};
use crate::model::{DeliveryId, ForwardAttempt, NewAttempt, NewDelivery, Run, RunId, Timestamp};

/// A transaction takes no more than this of heads and bodies, so that small deliveries do not wait for many large ones.
pub(super) const BATCH_BYTES: usize = 16 << 20;

/// Where an answer goes: to a task or to a thread.
#[derive(Debug)]
pub(super) enum Reply<T> {
    Task(oneshot::Sender<Result<T, StoreError>>),
    Thread(SyncSender<Result<T, StoreError>>),
}

/// Something to be done in a transaction, and who waits for it.
#[derive(Debug)]
pub(super) struct Task<W, T> {
    work: W,
    /// What it came to, provided that the transaction is committed.
    outcome: Option<Result<T, StoreError>>,
    reply: Reply<T>,
}

impl<W, T> Task<W, T> {
    pub(super) fn new(work: W, reply: Reply<T>) -> Self {
        Self { work, outcome: None, reply }
    }

    /// Answers: with its own outcome if the transaction was committed, else with what stopped the transaction.
    fn answer(self, committed: Result<(), &StoreError>) {
        let outcome = match committed {
            Ok(()) => self.outcome.unwrap_or(Err(StoreError::Stopped)),
            Err(error) => Err(error.clone()),
        };
        // Whoever no longer waits does not want to know.
        match self.reply {
            Reply::Task(sender) => drop(sender.send(outcome)),
            Reply::Thread(sender) => drop(sender.send(outcome)),
        }
    }
}

/// What the writer can be asked for.
#[derive(Debug)]
pub(super) enum Job {
    Record(Task<NewDelivery, Recorded>),
    Attempt(Task<NewAttempt, i64>),
    Status(Task<(DeliveryId, Option<u16>), ()>),
    Begin(Task<Run, ()>),
    Steps(Vec<Task<Step, ()>>),
    End(Task<RunId, ()>),
    Outcome(Task<Outcomes, ()>),
    Promise(Task<Promise, (Recorded, bool)>),
    Forwarded(Task<(RunId, ForwardAttempt), ()>),
    Adopt(Task<(RunId, RunId), ()>),
    Prune(Task<(Timestamp, Retention), Pruned>),
    Delete(Task<Vec<i64>, Pruned>),
    Compact(Task<u64, u64>),
    /// Ends the writer after what came before.
    Close(Task<(), ()>),
    /// Says that what was handed to the syncer is on disk. Nobody waits for an answer.
    Synced,
    #[cfg(test)]
    Panic(Task<(), ()>),
}

impl Job {
    /// Does the work within the open transaction. An error here fails the whole transaction.
    pub(super) fn run<'c>(
        &mut self,
        connection: &'c Connection,
        inserts: &mut Option<Inserts<'c>>,
        state: &mut State,
        window: Duration,
    ) -> rusqlite::Result<()> {
        match self {
            Self::Record(task) => {
                let inserts = match inserts {
                    Some(inserts) => inserts,
                    none => none.insert(Inserts::new(connection)?),
                };
                task.outcome = Some(inserts.insert(state, &task.work, window)?);
            }
            Self::Attempt(task) => task.outcome = Some(attempts::insert(connection, &task.work)?),
            Self::Status(task) => {
                task.outcome = Some(deliveries::update_status(connection, task.work.0, task.work.1)?);
            }
            Self::Begin(task) => task.outcome = Some(Ok(runs::begin(connection, &task.work)?)),
            Self::Steps(tasks) => {
                for task in tasks {
                    task.outcome = Some(task.work.run(connection, state, window)?);
                }
            }
            Self::End(task) => task.outcome = Some(Ok(runs::end(connection, task.work)?)),
            Self::Outcome(task) => {
                task.outcome = Some(attempts::insert_outcomes(connection, &task.work)?);
            }
            Self::Promise(task) => {
                task.outcome = Some(forwards::promise(connection, state, &task.work, window)?);
            }
            Self::Forwarded(task) => {
                task.outcome = Some(forwards::conclude(connection, task.work.0, &task.work.1)?);
            }
            Self::Adopt(task) => {
                task.outcome = Some(Ok(forwards::adopt(connection, task.work.0, task.work.1)?));
            }
            Self::Prune(task) => {
                task.outcome = Some(Ok(prune::portion(connection, state, task.work.0, &task.work.1)?));
            }
            Self::Delete(task) => task.outcome = Some(Ok(prune::delete(connection, state, &task.work)?)),
            Self::Compact(task) => task.outcome = Some(Ok(compact::portion(connection, task.work)?)),
            Self::Close(task) => task.outcome = Some(Ok(())),
            Self::Synced => {}
            #[cfg(test)]
            Self::Panic(_) => panic!("asked for by a test"),
        }
        Ok(())
    }

    pub(super) fn answer(self, committed: Result<(), &StoreError>) {
        match self {
            Self::Record(task) => task.answer(committed),
            Self::Attempt(task) => task.answer(committed),
            Self::Status(task) => task.answer(committed),
            Self::Begin(task) => task.answer(committed),
            Self::Steps(tasks) => tasks.into_iter().for_each(|task| task.answer(committed)),
            Self::End(task) => task.answer(committed),
            Self::Outcome(task) => task.answer(committed),
            Self::Promise(task) => task.answer(committed),
            Self::Forwarded(task) => task.answer(committed),
            Self::Adopt(task) => task.answer(committed),
            Self::Prune(task) => task.answer(committed),
            Self::Delete(task) => task.answer(committed),
            Self::Compact(task) => task.answer(committed),
            // Closing cannot be refused.
            Self::Close(mut task) => {
                task.outcome = Some(Ok(()));
                task.answer(Ok(()));
            }
            Self::Synced => {}
            #[cfg(test)]
            Self::Panic(task) => task.answer(committed),
        }
    }

    /// What it takes in a transaction, roughly.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Record(task) => task.work.head.len() + task.work.body.len(),
            Self::Begin(task) => task.work.body.as_ref().map_or(0, bytes::Bytes::len),
            Self::Steps(tasks) => tasks.iter().map(|task| task.work.bytes()).sum(),
            Self::Attempt(task) => answer_bytes(&task.work),
            Self::Promise(task) => task.work.delivery.head.len() + task.work.delivery.body.len(),
            Self::Forwarded(task) => answer_bytes(&task.work.1.attempt),
            Self::Outcome(task) => task.work.attempts.iter().map(answer_bytes).sum(),
            // Slower than its few bytes say; one portion a transaction.
            Self::Prune(_) | Self::Delete(_) | Self::Compact(_) => BATCH_BYTES,
            _ => 0,
        }
    }
}

pub(super) fn answer_bytes(attempt: &NewAttempt) -> usize {
    attempt.outcome.as_ref().map_or(0, |answer| answer.body.len())
}
