//! `hookctl events list`

use crate::cli::events::ListArgs;
use crate::clock;
use crate::commands::Context;
use crate::error::Failure;
use crate::exit::Exit;
use crate::json::delivery::DeliveryObject;
use crate::model::Direction;
use crate::output::human::delivery as human;
use crate::output::style;
use crate::store::{EventTest, Filter, OpenOptions};
use crate::text::matches_glob;

pub(super) fn run(context: &Context, args: &ListArgs) -> Result<Exit, Failure> {
    let now = clock::now();
    let glob = args.event.clone();
    let filter = Filter {
        direction: Some(if args.sent { Direction::Sent } else { Direction::Received }),
        provider: args.provider.clone(),
        event: glob.map(|glob| Box::new(move |event: &str| matches_glob(&glob, event)) as EventTest),
        since: args.since.map(|when| when.resolve(now)),
        until: args.until.map(|when| when.resolve(now)),
        verdict: args.verdict,
        failed: args.failed,
        ..Filter::default()
    };
    if let Some(name) = &args.provider {
        context.catalog()?.get(name)?;
    }
    let store = context.store(&OpenOptions::default())?;
    let rows = store.list(&filter, args.limit)?;
    let output = &context.output;
    if output.is_json() {
        for row in &rows {
            output.json(&DeliveryObject::new(row.number, &row.summary, row.duplicate_of.map(|(_, id)| id)));
        }
    } else if rows.is_empty() {
        output.note("nothing recorded that fits");
    } else {
        output.block(&human::table(&rows));
        if rows.len() == args.limit {
            output.note(&style::dim(&format!("the newest {}; --limit shows more", args.limit)));
        }
    }
    Ok(Exit::Yes)
}
