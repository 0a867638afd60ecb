//! `hookctl events list`

use crate::cli::events::ListArgs;
use crate::commands::{Context, selection};
use crate::error::Failure;
use crate::exit::Exit;
use crate::json::delivery::DeliveryObject;
use crate::output::human::delivery as human;
use crate::output::style;
use crate::store::OpenOptions;

/// A screenful.
const USUAL_LIMIT: usize = 50;

pub(super) fn run(context: &Context, args: &ListArgs) -> Result<Exit, Failure> {
    let filter = selection::filter(context, &args.selection)?;
    let limit = args.selection.limit.unwrap_or(USUAL_LIMIT);
    let store = context.store(&OpenOptions::default())?;
    let rows = store.list(&filter, limit)?;
    let output = &context.output;
    if output.is_json() {
        for row in &rows {
            output.json(&DeliveryObject::new(row.number, &row.summary, row.duplicate_of.map(|(_, id)| id)));
        }
    } else if rows.is_empty() {
        output.note("nothing recorded that fits");
    } else {
        output.block(&human::table(&rows));
        if rows.len() == limit {
            output.note(&style::dim(&format!("the newest {limit}; --limit shows more")));
        }
    }
    Ok(Exit::Yes)
}
