//! `hookctl events stats`

use std::ops::ControlFlow;

use crate::analysis::stats::Stats;
use crate::cli::events::analysis::StatsArgs;
use crate::clock;
use crate::commands::Context;
use crate::commands::selected::{Misfits, visit};
use crate::error::Failure;
use crate::exit::Exit;
use crate::json::stats::StatsObject;
use crate::output::human::stats as human;
use crate::provider::Catalog;
use crate::query::Selection;
use crate::store::{OpenOptions, Order, Row, Store, StoreError};

/// Deliveries whose attempts are read in one go.
const PORTION: usize = 1_000;

pub(super) fn run(context: &Context, args: &StatsArgs) -> Result<Exit, Failure> {
    let mut selection = args.selection.selection(clock::now())?;
    selection.limit = args.limit;
    if let Some(name) = &selection.provider {
        context.catalog()?.get(name)?;
    }
    let store = context.store(&OpenOptions::default())?;
    let mut misfits = Misfits::default();
    let stats = gather(&store, &selection, &mut misfits)?;
    misfits.tell(&context.output);
    let catalog = context.catalog()?;
    let unified = |provider: &str, event: &str| unified_type(&catalog, provider, event);
    let output = &context.output;
    if output.is_json() {
        output.json(&StatsObject::new(&stats, human::COLUMNS, unified));
    } else if stats.all.deliveries == 0 {
        output.note("nothing recorded that fits");
    } else {
        output.block(&human::page(&stats, unified));
    }
    Ok(Exit::Yes)
}

/// Counts and measures what is selected.
pub(in crate::commands) fn gather(
    store: &Store,
    selection: &Selection,
    misfits: &mut Misfits,
) -> Result<Stats, Failure> {
    let mut stats = Stats::default();
    let mut portion = Vec::new();
    let mut failed = None;
    visit(store, selection, Order::NewestFirst, misfits, |row| {
        portion.push(row);
        if portion.len() == PORTION
            && let Err(error) = count(store, &mut stats, &mut portion)
        {
            failed = Some(error);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    })?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    count(store, &mut stats, &mut portion)?;
    Ok(stats)
}

/// The type of an event that means the same for every provider.
pub(in crate::commands) fn unified_type(catalog: &Catalog, provider: &str, event: &str) -> Option<String> {
    let provider = catalog.get(provider).ok()?;
    provider.definition.unified_type(event).map(str::to_owned)
}

/// Counts a portion, whose numbers fall, with the attempts at it.
fn count(store: &Store, stats: &mut Stats, portion: &mut Vec<Row>) -> Result<(), StoreError> {
    let (Some(newest), Some(oldest)) = (portion.first(), portion.last()) else { return Ok(()) };
    let outcomes = store.outcomes(oldest.number, newest.number)?;
    for row in portion.drain(..) {
        let start = outcomes.partition_point(|outcome| outcome.delivery < row.number);
        let own = outcomes[start..].iter().take_while(|outcome| outcome.delivery == row.number);
        let own = own.map(|outcome| (outcome.duration, outcome.accepted, outcome.failure));
        stats.add(&row.summary, row.duplicate_of.is_some(), own);
    }
    Ok(())
}
