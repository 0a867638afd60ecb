//! Getting deliveries accepted: where they come from, in which rhythm they go out, what becomes of them.
//!
//! ```text
//! build.rs      an event and a secret → a signed request
//! replay/       a recorded request → the same request again
//! pace.rs       which delivery is due when
//! run.rs        takes deliveries from their source when they are due, a few at a time, until there are no more
//! delivery.rs   all attempts at one delivery, recorded
//! attempt.rs    exactly one request, exactly one outcome
//! retry.rs      when to try again
//! breaker.rs    when to leave an endpoint alone
//! ```
//!
//! Every delivery and every attempt is recorded; what happens is told through [`Notice`]s.

pub mod attempt;
pub mod breaker;
pub mod build;
pub mod delivery;
pub mod prepared;
pub mod replay;
pub mod retry;
pub mod run;
pub mod tamper;

use std::sync::Arc;
use std::time::Duration;

pub use prepared::{Prepared, Terms};
pub use run::{Ran, run};

use self::build::BuildError;
use self::replay::ReplayError;
use crate::formats::FormatError;
use crate::model::{NewAttempt, Timestamp};
use crate::store::StoreError;

/// Where deliveries come from. They are made one turn after the other, each when it is due, so that their signatures are
/// as fresh as they say and a million of them take no more memory than a few.
pub trait Source {
    /// When the next turn is due, counted from the start of the run; `None`: there are no more.
    fn due(&self) -> Option<Duration>;

    /// Makes the next turn: the deliveries that go out side by side.
    ///
    /// # Errors
    /// It cannot be made; the run ends with that.
    fn make(&mut self, now: Timestamp) -> Result<Vec<Prepared>, DeliverError>;
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Notice {
    /// An attempt has ended.
    Attempt {
        /// The delivery.
        delivery: Arc<Prepared>,
        /// What became of it.
        attempt: NewAttempt,
    },
}

/// What became of everything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delivered {
    /// How many deliveries were tried.
    pub deliveries: u64,
    /// How many were accepted.
    pub accepted: u64,
    /// How many reached a receiver at all.
    pub connected: u64,
}

/// Why delivering could not go on.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    /// A request could not be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// What happened could not be recorded, or what was recorded cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file of recorded requests cannot be read.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// A recorded request cannot be sent again as asked.
    #[error("{name}: {error}")]
    Replay {
        /// Which one.
        name: String,
        /// Why.
        error: ReplayError,
    },
}
