//! How a recorded delivery was answered.

use crate::model::{Delivery, RecordedAnswer};
use crate::store::{Store, StoreError};

/// The answer to a delivery: the last one that a receiver gave when hookctl sent, forwarded or replayed it; of what hookctl
/// answered itself, the status. `None` if there was none.
pub(super) fn recorded(store: &Store, delivery: &Delivery) -> Result<Option<RecordedAnswer>, StoreError> {
    let Some(status) = delivery.summary.status else { return Ok(None) };
    let attempts = store.attempts_of(delivery.number)?;
    let whole = attempts.into_iter().rev().find_map(|attempt| attempt.attempt.answer());
    Ok(Some(whole.filter(|answer| answer.status == status).unwrap_or(RecordedAnswer::of_status(status))))
}
