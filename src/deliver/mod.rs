//! Getting deliveries accepted: plan → attempts → accepted or not.
//!
//! An attempt is one request with one outcome. Every delivery and every attempt is recorded; what happens is told through
//! [`Notice`]s.

pub mod attempt;
pub mod breaker;
pub mod build;
pub mod retry;
pub mod tamper;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use url::Url;

use self::build::{BuildError, Builder, Prepared};
use crate::clock;
use crate::http::client::{Client, wire_head};
use crate::http::head::WriteError;
use crate::model::{Direction, NewAttempt, NewDelivery, Summary, Verdict};
use crate::provider::definition::StatusRange;
use crate::store::{Store, StoreError};

/// What is to be delivered, where, and what counts as accepted.
pub struct Settings {
    /// Where each delivery goes; several are sent to side by side.
    pub targets: Vec<Url>,
    /// How many deliveries each target gets.
    pub count: u64,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// The statuses that count as accepted.
    pub accept: Vec<StatusRange>,
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
    /// What happened could not be recorded.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A request cannot be written.
    #[error(transparent)]
    Request(#[from] WriteError),
}

/// Delivers everything in order, each event to all targets side by side.
///
/// # Errors
/// A request that cannot be built, or a store that cannot record. A delivery that is not accepted is no error.
pub async fn run(
    builder: &Builder,
    settings: &Settings,
    client: &Client,
    store: &Store,
    mut tell: impl FnMut(Notice),
) -> Result<Delivered, DeliverError> {
    let mut done = Delivered::default();
    for n in 0..settings.count {
        let now = clock::now();
        let mut prepared = Vec::new();
        for target in &settings.targets {
            let delivery = Arc::new(builder.build(n, target, now)?);
            store.record(to_record(&delivery)?).await?;
            prepared.push(delivery);
        }
        let attempts = prepared.iter().map(|delivery| attempt::attempt(client, delivery, 1, settings));
        for (delivery, attempt) in prepared.iter().zip(join_all(attempts).await) {
            done.deliveries += 1;
            done.accepted += u64::from(attempt.accepted);
            done.connected += u64::from(!attempt.outcome.as_ref().is_err_and(|kind| kind.never_connected()));
            let status = attempt.outcome.as_ref().ok().map(|response| response.status);
            store.record_attempt(attempt.clone()).await?;
            store.update_status(delivery.id, status).await?;
            tell(Notice::Attempt { delivery: delivery.clone(), attempt });
        }
    }
    Ok(done)
}

/// A delivery as the store keeps it.
fn to_record(delivery: &Prepared) -> Result<NewDelivery, WriteError> {
    let request = &delivery.request;
    let head = wire_head(request, &delivery.url)?;
    Ok(NewDelivery {
        summary: Summary {
            id: delivery.id,
            direction: Direction::Sent,
            received_at: delivery.at,
            remote: delivery.url.to_string(),
            method: request.method.clone(),
            target: request.target.clone(),
            provider: Some(delivery.provider.clone()),
            event_type: delivery.event_type.clone(),
            event_id: delivery.event_id.clone(),
            // What was made here is as valid as it was meant to be; nobody judges it.
            verdict: if delivery.tampered { Verdict::Invalid } else { Verdict::Valid },
            reason: None,
            status: None,
            bytes: request.body.len() as u64,
        },
        head: Bytes::from(head),
        body: request.body.clone(),
        dedupe_key: None,
    })
}
