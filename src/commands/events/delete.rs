//! `hookctl events delete`

use super::removal::{agreed, removed};
use crate::cli::events::removal::DeleteArgs;
use crate::commands::{Context, selection};
use crate::error::Failure;
use crate::exit::Exit;
use crate::store::OpenOptions;

pub(super) fn run(context: &Context, args: &DeleteArgs) -> Result<Exit, Failure> {
    let store = context.store(&OpenOptions::default())?;
    let numbers = selection::named(&store, &args.ids)?;
    if numbers.len() > 1 && !args.yes && !agreed(context, numbers.len(), true)? {
        return Ok(Exit::No);
    }
    let deleted = store.delete(&numbers)?;
    store.close()?;
    removed(context, "deleted", deleted, false);
    Ok(Exit::Yes)
}
