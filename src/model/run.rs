//! A run: deliveries that a command was asked for in one go, and what of it is left when it was interrupted.

use std::fmt;

use bytes::Bytes;
use uuid::Uuid;

use super::Timestamp;

/// The id of a run: a UUID of version 7, so ids sort by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(Uuid);

impl RunId {
    /// A new id for a run of that moment. `random` is 10 bytes of chance.
    pub fn new(at: Timestamp, random: [u8; 10]) -> Self {
        let millis = u64::try_from(at.as_millis()).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    /// The 16 bytes of the id.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The id of these 16 bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.simple())
    }
}

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
