//! Which recorded deliveries a command is about: those named by id, else those that the selection flags choose.

use std::ops::ControlFlow;
use std::vec::IntoIter;

use super::Context;
use crate::cli::shared::SelectionFlags;
use crate::clock;
use crate::error::Failure;
use crate::http::head::request_of;
use crate::model::{Delivery, Direction, Request, Selector};
use crate::store::{EventTest, Filter, Order, Store, StoreError};
use crate::text::matches_glob;

/// What the flags say, as the store understands it.
pub(super) fn filter(context: &Context, flags: &SelectionFlags) -> Result<Filter, Failure> {
    if let Some(name) = &flags.provider {
        // A misspelt name is told, instead of finding nothing.
        context.catalog()?.get(name)?;
    }
    let now = clock::now();
    let glob = flags.event.clone();
    Ok(Filter {
        direction: Some(if flags.sent { Direction::Sent } else { Direction::Received }),
        provider: flags.provider.clone(),
        event: glob.map(|glob| Box::new(move |event: &str| matches_glob(&glob, event)) as EventTest),
        since: flags.since.map(|when| when.resolve(now)),
        until: flags.until.map(|when| when.resolve(now)),
        verdict: flags.verdict,
        failed: flags.failed,
        ..Filter::default()
    })
}

/// The numbers of the deliveries that these arguments name, without repetition, the smallest first.
pub(super) fn named(store: &Store, ids: &[String]) -> Result<Vec<i64>, Failure> {
    let mut numbers = Vec::new();
    for id in ids {
        let selector: Selector = id.parse().map_err(Failure::from)?;
        numbers.extend(store.resolve(&selector)?);
    }
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

/// The chosen deliveries, the oldest first: those named, else those that the flags choose.
pub(super) fn chosen<'s>(
    context: &Context,
    store: &'s Store,
    ids: &[String],
    flags: &SelectionFlags,
) -> Result<Chosen<'s>, Failure> {
    if !ids.is_empty() {
        return Ok(Chosen { store, numbers: named(store, ids)?.into_iter(), named: true });
    }
    let (order, most) = match flags.limit {
        Some(limit) => (Order::NewestFirst, limit),
        None => (Order::OldestFirst, usize::MAX),
    };
    // The numbers alone: eight bytes each, and whoever goes on recording cannot make this endless.
    let mut numbers = Vec::new();
    if most > 0 {
        store.visit(filter(context, flags)?, order, |row| {
            numbers.push(row.number);
            if numbers.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
    }
    if order == Order::NewestFirst {
        numbers.reverse();
    }
    Ok(Chosen { store, numbers: numbers.into_iter(), named: false })
}

/// Deliveries, read one by one.
pub(super) struct Chosen<'s> {
    store: &'s Store,
    numbers: IntoIter<i64>,
    named: bool,
}

impl Chosen<'_> {
    /// How many are left.
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }
}

impl Iterator for Chosen<'_> {
    type Item = Result<(Delivery, Request), Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        for number in self.numbers.by_ref() {
            return Some(match self.store.get(number) {
                // Pruned by another process since its number was read.
                Err(StoreError::NoSuchNumber(_)) if !self.named => continue,
                Err(error) => Err(error.into()),
                Ok(delivery) => match request_of(&delivery) {
                    Ok(request) => Ok((delivery, request)),
                    Err(_) => Err(StoreError::Damaged { number: Some(number) }.into()),
                },
            });
        }
        None
    }
}
