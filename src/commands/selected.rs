//! Looking up what a selection means: in the store, one delivery after the other, and among the requests of a file.
//!
//! The store judges what its tables know; head and body are read only where a jq filter asks for them. Nothing is held but
//! the delivery that is being looked at, so a store of any size will do.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::judge::Judge;
use crate::error::Failure;
use crate::formats::Capture;
use crate::http::head::request_of;
use crate::output::Output;
use crate::provider::Provider;
use crate::query::{Facts, JqFailure, Selection};
use crate::signature::Checks;
use crate::store::{EventTest, Filter, Order, Row, Store, StoreError};
use crate::text::{count, matches_glob};

/// Deliveries on which a jq filter failed: they do not fit, and that is told once, at the end.
#[derive(Debug, Default)]
pub(super) struct Misfits {
    count: usize,
    first: Option<(String, JqFailure)>,
}

impl Misfits {
    /// Notes one by its name.
    pub(super) fn note(&mut self, name: impl FnOnce() -> String, failure: JqFailure) {
        self.count += 1;
        if self.first.is_none() {
            self.first = Some((name(), failure));
        }
    }

    /// Says how many there were.
    pub(super) fn tell(&self, output: &Output) {
        if let Some(text) = self.told() {
            output.warning(&crate::output::sanitize::line(&text));
        }
    }

    /// How many there were, in words; `None` if there were none.
    pub(super) fn told(&self) -> Option<String> {
        let (name, failure) = self.first.as_ref()?;
        let all = count(self.count, "delivery", "deliveries");
        Some(format!("the filter failed on {all}, which do not count as fitting; on {name}: {failure}"))
    }
}

/// Who sent a request of a file, if it is one of those that are selected: `Some(None)` if nobody knows, `None` if it is not.
#[expect(clippy::option_option, reason = "whether it is wanted, and who sent it")]
pub(super) fn chosen(
    capture: &Capture,
    selection: &Selection,
    judge: &Judge,
    misfits: &mut Misfits,
) -> Result<Option<Option<Arc<Provider>>>, Failure> {
    let provider = judge.provider_of(capture)?;
    let event = provider.as_ref().map(|provider| provider.locate(&capture.request)).unwrap_or_default();
    // A signature is looked at only where somebody wants to know.
    let wanted = selection.verdict.is_some() || selection.filter.is_some();
    let judged = if wanted { Some(judge.judge(capture, Checks::off())?.1) } else { None };
    let facts = Facts {
        provider: provider.as_ref().map(|provider| provider.name.as_str()),
        event_type: event.event_type.as_deref(),
        event_id: event.event_id.as_deref(),
        verdict: judged.as_ref().map(|judged| judged.verdict),
        reason: judged.as_ref().and_then(|judged| judged.reason),
        status: capture.answer.as_ref().map(|answer| answer.status),
        received_at: capture.arrived_at,
        request: &capture.request,
    };
    let fits = selection.fits(&facts).unwrap_or_else(|failure| {
        misfits.note(|| capture.source.clone(), failure);
        false
    });
    Ok(fits.then_some(provider))
}

/// Hands over every delivery that fits, in this order and at most as many as the selection allows, until the visitor
/// breaks.
pub(super) fn visit(
    store: &Store,
    selection: &Selection,
    order: Order,
    misfits: &mut Misfits,
    mut visitor: impl FnMut(Row) -> ControlFlow<()>,
) -> Result<(), Failure> {
    let mut left = selection.limit.unwrap_or(usize::MAX);
    if left == 0 {
        return Ok(());
    }
    let mut failed = None;
    let mut look = |row: Row| match fits(store, selection, &row, misfits) {
        Ok(true) => {
            left -= 1;
            visitor(row)?;
            if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
        Ok(false) => ControlFlow::Continue(()),
        Err(error) => {
            failed = Some(error);
            ControlFlow::Break(())
        }
    };
    if selection.named.is_empty() {
        store.visit(filter(selection), order, look)?;
    } else {
        for number in named(store, selection, order)? {
            let alone = Filter { after: Some(number - 1), before: Some(number + 1), ..filter(selection) };
            let row = store.list(&alone, 1)?.pop();
            if row.is_some_and(|row| look(row).is_break()) {
                break;
            }
        }
    }
    failed.map_or(Ok(()), Err)
}

/// The numbers of what is named, each once.
fn named(store: &Store, selection: &Selection, order: Order) -> Result<Vec<i64>, StoreError> {
    let mut numbers = Vec::new();
    for selector in &selection.named {
        numbers.extend(store.resolve(selector)?);
    }
    numbers.sort_unstable();
    numbers.dedup();
    if order == Order::NewestFirst {
        numbers.reverse();
    }
    Ok(numbers)
}

/// What the store's own tables can decide.
fn filter(selection: &Selection) -> Filter {
    let glob = selection.event.clone();
    Filter {
        // Whoever names a delivery means that one, whichever way it went.
        direction: selection.direction.filter(|_| selection.named.is_empty()),
        provider: selection.provider.clone(),
        event: glob.map(|glob| Box::new(move |event: &str| matches_glob(&glob, event)) as EventTest),
        since: selection.since,
        until: selection.until,
        verdict: selection.verdict,
        failed: selection.failed,
        dead: selection.dead,
        pending: selection.pending,
        after: selection.after,
        before: selection.before,
        ..Filter::default()
    }
}

/// What only head and body can decide.
fn fits(store: &Store, selection: &Selection, row: &Row, misfits: &mut Misfits) -> Result<bool, Failure> {
    let Some(jq) = &selection.filter else { return Ok(true) };
    let delivery = match store.get(row.number) {
        Ok(delivery) => delivery,
        // Deleted since it was listed.
        Err(StoreError::NoSuchNumber(_)) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let request = request_of(&delivery).map_err(|_| StoreError::Damaged { number: Some(row.number) })?;
    Ok(jq.fits(&Facts::of(&row.summary, &request)).unwrap_or_else(|failure| {
        misfits.note(|| format!("#{}", row.number), failure);
        false
    }))
}
