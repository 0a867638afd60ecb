//! Steps of runs that are recorded together: the answers that came and the turns that follow them.
//!
//! **Promise:** what is handed over in one go is committed in one transaction, in the order in which it was added.

use std::future::Future;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::StoreError;
use super::deliveries::State;
use super::job::{Reply, Task, answer_bytes};
use super::runs::{self, Conclusion, NewTurn};
use crate::model::{DeliveryId, NewAttempt, NewDelivery, RunId, Sequel, Timestamp};

/// One step of a run.
#[derive(Debug)]
pub(super) enum Step {
    Turn(NewTurn),
    Conclude(Conclusion),
    Settle(DeliveryId),
}

impl Step {
    /// Records it. The outer error fails the transaction; the inner one leaves nothing of this step.
    pub(super) fn run(
        &self,
        connection: &Connection,
        state: &mut State,
        window: Duration,
    ) -> rusqlite::Result<Result<(), StoreError>> {
        match self {
            Self::Turn(turn) => runs::turn(connection, state, turn, window),
            Self::Conclude(conclusion) => runs::conclude(connection, conclusion),
            Self::Settle(delivery) => Ok(Ok(runs::settle(connection, *delivery)?)),
        }
    }

    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Turn(turn) => turn.deliveries.iter().map(|one| one.head.len() + one.body.len()).sum(),
            Self::Conclude(conclusion) => answer_bytes(&conclusion.attempt),
            Self::Settle(_) => 0,
        }
    }
}

/// Steps for [`Store::record_steps`](super::Store::record_steps). Each future resolves once its step is on disk.
#[derive(Debug, Default)]
pub struct Steps(pub(super) Vec<Task<Step, ()>>);

impl Steps {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The deliveries of one turn, all or none, and that they are pending from `due_at` on; so are those that it
    /// continues, which are on record. `of` is their run and the turn's number in it.
    pub fn turn(
        &mut self,
        of: Option<(RunId, u64)>,
        due_at: Timestamp,
        deliveries: Vec<NewDelivery>,
        continued: Vec<DeliveryId>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        self.add(Step::Turn(NewTurn { of, due_at, deliveries, continued }))
    }

    /// An attempt with the status it leaves its delivery with, and whether there is to be another one.
    pub fn conclude(
        &mut self,
        attempt: NewAttempt,
        sequel: Sequel,
    ) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        self.add(Step::Conclude(Conclusion { attempt, sequel }))
    }

    /// A delivery is pending no more, without another attempt.
    pub fn settle(&mut self, delivery: DeliveryId) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        self.add(Step::Settle(delivery))
    }

    fn add(&mut self, step: Step) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        let (reply, answer) = oneshot::channel();
        self.0.push(Task::new(step, Reply::Task(reply)));
        async move { answer.await.unwrap_or(Err(StoreError::Stopped)) }
    }
}
