//! All attempts at one delivery, recorded as they happen.
//!
//! This is the one place where an attempt follows another: `send`, `replay` and forwards all come through here. Dropping
//! the future leaves the delivery in the store as it is, with the attempts that ended.

use std::cell::RefCell;
use std::sync::Arc;

use super::attempt::attempt;
use super::{DeliverError, Notice, Prepared};
use crate::http::client::Client;
use crate::store::Store;

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fate {
    /// Whether it was accepted.
    pub accepted: bool,
    /// Whether it reached a receiver.
    pub connected: bool,
}

/// Delivers: records it, tries it, records and tells what became of it.
///
/// # Errors
/// It cannot be recorded. A delivery that is not accepted is no error.
pub async fn deliver(
    delivery: Prepared,
    client: &Client,
    store: &Store,
    tell: &RefCell<impl FnMut(Notice)>,
) -> Result<Fate, DeliverError> {
    let delivery = Arc::new(delivery);
    if delivery.continues.is_none() {
        store.record(delivery.to_record()).await?;
    }
    let attempt = attempt(client, &delivery, delivery.continues.unwrap_or(0) + 1).await;
    // Both are queued before either is awaited, so that one commit serves them.
    let status = attempt.outcome.as_ref().ok().map(|response| response.status);
    let (recorded, updated) = (store.record_attempt(attempt.clone()), store.update_status(delivery.id, status));
    recorded.await?;
    updated.await?;
    let fate = Fate {
        accepted: attempt.accepted,
        connected: !attempt.outcome.as_ref().is_err_and(|kind| kind.never_connected()),
    };
    (tell.borrow_mut())(Notice::Attempt { delivery, attempt });
    Ok(fate)
}
