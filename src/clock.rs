//! Time and chance as the machine gives them. Everything pure gets both as parameters; this is where they come from.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::model::{DeliveryId, RunId, Timestamp};
use crate::payload::Seed;

/// The present, by the wall clock.
pub fn now() -> Timestamp {
    let micros = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_micros()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |micros| -micros),
    };
    Timestamp::from_micros(micros)
}

/// A fresh delivery id for that moment.
pub fn delivery_id(at: Timestamp) -> DeliveryId {
    DeliveryId::new(at, rand::random())
}

/// A number that nobody could have known.
pub fn unknown() -> u64 {
    rand::random()
}

/// A seed that was never used before.
pub fn seed() -> Seed {
    Seed::from_bytes(rand::random())
}

/// A fresh run id for that moment.
pub fn run_id(at: Timestamp) -> RunId {
    RunId::new(at, rand::random())
}

/// A number from 0 to 1.
pub fn chance() -> f64 {
    rand::random()
}
