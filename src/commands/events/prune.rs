//! `hookctl events prune`

use std::ops::ControlFlow;
use std::time::Duration;

use super::removal::{agreed, removed};
use crate::cli::events::removal::PruneArgs;
use crate::clock;
use crate::commands::Context;
use crate::error::Failure;
use crate::exit::Exit;
use crate::store::{Filter, OpenOptions, Order, Retention};

pub(super) fn run(context: &Context, args: &PruneArgs) -> Result<Exit, Failure> {
    let retention = match (args.older_than, args.max_size) {
        (None, None) => Retention::default(),
        (age, size) => {
            Retention { max_age: age.unwrap_or(Duration::MAX), max_bytes: size.map_or(u64::MAX, |size| size.0) }
        }
    };
    let store = context.store(&OpenOptions::default())?;
    let now = clock::now();
    let expected = store.prunable(now, &retention)?;
    if args.dry_run {
        removed(context, "pruned", expected, true);
        return Ok(Exit::Yes);
    }
    if expected.deliveries > 1 && !args.yes && !agreed(context, expected.deliveries, false)? {
        return Ok(Exit::No);
    }
    // Imports stand behind younger deliveries, where pruning from the oldest number on does not reach.
    let mut old = Vec::new();
    let filter = Filter { until: Some(now.minus(retention.max_age)), ..Filter::default() };
    store.visit(filter, Order::OldestFirst, |row| {
        old.push(row.number);
        ControlFlow::Continue(())
    })?;
    let mut pruned = store.delete(&old)?;
    let rest = store.prune(now, &retention)?;
    pruned.deliveries += rest.deliveries;
    pruned.bytes += rest.bytes;
    store.close()?;
    removed(context, "pruned", pruned, false);
    Ok(Exit::Yes)
}
