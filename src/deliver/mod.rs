//! Getting deliveries accepted: where they come from, in which rhythm they go out, what becomes of them.
//!
//! ```text
//! build.rs      an event and a secret → a signed request
//! signer.rs     what signs it, at first and anew
//! story.rs      a scenario → its events, one after the other
//! replay/       a recorded request → the same request again
//! pace.rs       which delivery is due when
//! run.rs        takes deliveries from their source when they are due, a few at a time, until there are no more
//! delivery.rs   all attempts at one delivery, recorded
//! attempt.rs    exactly one request, exactly one outcome
//! renewal.rs    how a further attempt differs from the first
//! retry.rs      when to try again
//! resume.rs     what an interrupted run has left
//! endpoint.rs   when to leave an endpoint alone, or for good; breaker.rs: the circuit breaker
//! ```
//!
//! Every delivery and every attempt is recorded; what happens is told through [`Notice`]s.

pub mod attempt;
pub mod breaker;
pub mod build;
pub mod delivery;
pub mod endpoint;
pub mod pace;
pub mod prepared;
pub mod renewal;
pub mod replay;
pub mod resume;
pub mod retry;
pub mod run;
pub mod signer;
pub mod story;
pub mod tamper;

use std::sync::Arc;
use std::time::Duration;

use url::Url;

pub use delivery::{Fate, FateEnd, Underway};
pub use prepared::{Prepared, Terms};
pub use run::{End, Ran, Setup, run};

use self::build::BuildError;
use self::replay::ReplayError;
use crate::formats::FormatError;
use crate::model::endpoint::EndpointChange;
use crate::model::quantity::Speed;
use crate::model::{NewAttempt, Timestamp, Upcoming};
use crate::store::StoreError;

/// Where deliveries come from. They are made one turn after the other, each when it is due, so that their signatures are
/// as fresh as they say and a million of them take no more memory than a few.
pub trait Source {
    /// When the next turn is due.
    fn due(&self) -> Due;

    /// The number of the next turn (from 0), the same in every run of the same plan.
    fn turn(&self) -> u64;

    /// Makes the next turn: the deliveries that go out side by side.
    ///
    /// # Errors
    /// It cannot be made; the run ends with that.
    fn make(&mut self, now: Timestamp) -> Result<Vec<Prepared>, DeliverError>;

    /// The first attempts of a turn have ended, so long after the start of the run; those with a fate are not tried again.
    fn tried(&mut self, _turn: u64, _fates: &[Option<Fate>], _at: Duration) {}

    /// A delivery of a turn has ended.
    fn ended(&mut self, _turn: u64, _fate: Fate, _at: Duration) {}
}

/// When a turn is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// So long after the start of the run.
    At(Duration),
    /// Not before something that is under way has been tried, or has ended.
    Held,
    /// There are no more.
    Never,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Notice {
    /// An attempt has ended.
    Attempt {
        /// The turn it belongs to.
        turn: u64,
        /// The delivery.
        delivery: Arc<Prepared>,
        /// What became of it.
        attempt: NewAttempt,
        /// The one that follows, if there is to be one.
        next: Option<Upcoming>,
    },
    /// Something happened to an endpoint.
    Endpoint {
        /// The endpoint.
        url: Url,
        /// What.
        change: EndpointChange,
        /// How fast time goes by there.
        scale: Speed,
    },
}

/// What became of everything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delivered {
    /// How many deliveries have ended: accepted, or dead letters.
    pub deliveries: u64,
    /// How many were accepted.
    pub accepted: u64,
    /// How many reached a receiver at all.
    pub connected: u64,
    /// How many became dead letters.
    pub dead: u64,
    /// How many are left for whoever goes on.
    pub pending: u64,
    /// How many were not sent, since the provider would send nothing more there.
    pub not_sent: u64,
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
