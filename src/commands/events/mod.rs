//! `hookctl events`: one file a subcommand.

mod anonymous;
mod changing;
mod check;
mod delete;
pub(super) mod diff;
mod export;
mod fixture;
mod import;
mod list;
mod prune;
mod removal;
mod schema;
mod show;
pub(super) mod stats;

use super::{Context, send};
use crate::cli::events::{EventsArgs, EventsCommand};
use crate::error::Failure;
use crate::exit::Exit;
use crate::model::{Delivery, Direction, Request};

pub(super) fn run(context: &Context, args: &EventsArgs) -> Result<Exit, Failure> {
    match &args.command {
        EventsCommand::List(args) => list::run(context, args),
        EventsCommand::Show(args) => show::run(context, args),
        EventsCommand::Diff(args) => diff::run(context, args),
        EventsCommand::Stats(args) => stats::run(context, args),
        EventsCommand::Schema(args) => schema::run(context, args),
        EventsCommand::Export(args) => export::run(context, args),
        EventsCommand::Import(args) => import::run(context, args),
        EventsCommand::Fixture(args) => fixture::run(context, args),
        EventsCommand::Delete(args) => delete::run(context, args),
        EventsCommand::Prune(args) => prune::run(context, args),
        EventsCommand::Check(_) => check::run(context),
    }
}

/// Where a delivery went: where it was sent, or the address that the request itself names.
pub(super) fn url_of(delivery: &Delivery, request: &Request) -> String {
    match delivery.summary.direction {
        Direction::Sent => delivery.summary.remote.clone(),
        Direction::Received => crate::model::address::seen(request, None)
            .unwrap_or_else(|| format!("{}{}", send::USUAL_TARGET, request.target)),
    }
}
