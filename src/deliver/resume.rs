//! A delivery from the store, ready to be tried again: as it went out the first time, but for what a renewal changes.

use std::sync::Arc;

use super::build::{BuildError, parse_url};
use super::{DeliverError, Prepared, Terms};
use crate::http::client::wire_head;
use crate::http::head::request_of;
use crate::model::Delivery;
use crate::store::StoreError;

/// A sent delivery with these terms; how further attempts differ is for the caller to say.
///
/// # Errors
/// What is recorded is no request.
pub fn prepared(delivery: &Delivery, terms: &Arc<Terms>) -> Result<Prepared, DeliverError> {
    let damaged = |_| StoreError::Damaged { number: Some(delivery.number) };
    let mut request = request_of(delivery).map_err(damaged)?;
    // The wire's business, made anew from the body.
    request.headers.remove("content-length");
    let summary = &delivery.summary;
    let url = parse_url(&summary.remote)?;
    Ok(Prepared {
        continues: None,
        origin: None,
        id: summary.id,
        at: summary.received_at,
        provider: summary.provider.clone(),
        event_type: summary.event_type.clone(),
        event_id: summary.event_id.clone(),
        head: wire_head(&request, &url).map_err(BuildError::from)?.into(),
        url,
        request,
        verdict: summary.verdict,
        reason: summary.reason,
        terms: terms.clone(),
        renewal: None,
    })
}

/// Whether two URLs are of one endpoint. Some schemes sign into the query, so that the URL of a delivery is not always that of
/// its destination.
pub fn same_address(one: &str, other: &str) -> bool {
    one.split(['?', '#']).next() == other.split(['?', '#']).next()
}
