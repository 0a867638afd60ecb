//! `hookctl events`: one file a subcommand.

mod list;
mod show;

use super::Context;
use crate::cli::events::{EventsArgs, EventsCommand};
use crate::error::Failure;
use crate::exit::Exit;

pub(super) fn run(context: &Context, args: &EventsArgs) -> Result<Exit, Failure> {
    match &args.command {
        EventsCommand::List(args) => list::run(context, args),
        EventsCommand::Show(args) => show::run(context, args),
    }
}
