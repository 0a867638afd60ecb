//! `hookctl events prune`

use std::ops::ControlFlow;
use std::time::Duration;

use super::removal::{agreed, removed};
use crate::cli::events::removal::PruneArgs;
use crate::clock;
use crate::commands::Context;
use crate::commands::listen::care;
use crate::error::Failure;
use crate::exit::Exit;
use crate::model::quantity::ByteSize;
use crate::store::{self, Filter, OpenOptions, Order, Retention, Store};

pub(super) fn run(context: &Context, args: &PruneArgs) -> Result<Exit, Failure> {
    let retention = match (args.older_than, args.max_size) {
        (None, None) => care::retention(&context.config),
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
    let given_back = if args.compact { compact(&store)? } else { 0 };
    store.close()?;
    removed(context, "pruned", pruned, false);
    if args.compact {
        context.output.note(&format!("{} given back to the disk", ByteSize(given_back)));
    }
    Ok(Exit::Yes)
}

/// Makes the file as short as it can be.
fn compact(store: &Store) -> Result<u64, Failure> {
    if store.room()?.can_shrink {
        return Ok(store.compact(0)?);
    }
    store.close()?;
    store::renew(store.path())?.ok_or_else(|| {
        Failure::surroundings(
            "this store was made before stores could give room back to the disk, and others use it now",
        )
        .hint("once, and for some seconds, it must be laid out anew: end whoever listens, and run this again")
    })
}
