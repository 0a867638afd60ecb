//! A run: deliveries that a command was asked for in one go, and what of it is left when it was interrupted.

use bytes::Bytes;

use super::{RunId, Timestamp};

/// A run, as it is kept until it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// When it began.
    pub started_at: Timestamp,
    /// The command: `send`, `replay`.
    pub command: String,
    /// What it was asked to do, in the command's own JSON. Never a secret.
    pub plan: String,
    /// A body that it sends, if it was given one.
    pub body: Option<Bytes>,
    /// The first turn (from 0) that was not made.
    pub next: u64,
}

/// A delivery of a run that is recorded, and neither accepted nor given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pending {
    /// Its number in the store.
    pub number: i64,
    /// The turn it belongs to.
    pub turn: u64,
    /// When its next attempt is due.
    pub due_at: Timestamp,
}

/// What follows an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sequel {
    /// Nothing: accepted, or given up.
    None,
    /// Another attempt, not before this moment.
    At(Timestamp),
}
