//! `hookctl events`

use super::Context;
use crate::cli::events::{EventsArgs, EventsCommand, ListArgs, ShowArgs};
use crate::clock;
use crate::error::Failure;
use crate::exit::Exit;
use crate::formats::{Credentials, carries_credentials, curl, raw_http};
use crate::http::head::request_of;
use crate::json::delivery::DeliveryObject;
use crate::model::{Delivery, Direction, Request, Selector};
use crate::output::human::delivery as human;
use crate::output::style;
use crate::store::{Filter, OpenOptions, StoreError};
use crate::text::matches_glob;

pub(super) fn run(context: &Context, args: &EventsArgs) -> Result<Exit, Failure> {
    match &args.command {
        EventsCommand::List(args) => list(context, args),
        EventsCommand::Show(args) => show(context, args),
    }
}

fn list(context: &Context, args: &ListArgs) -> Result<Exit, Failure> {
    let now = clock::now();
    let glob = args.event.clone();
    let filter = Filter {
        direction: Some(if args.sent { Direction::Sent } else { Direction::Received }),
        provider: args.provider.clone(),
        event: glob.map(|glob| Box::new(move |event: &str| matches_glob(&glob, event)) as crate::store::EventTest),
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

fn show(context: &Context, args: &ShowArgs) -> Result<Exit, Failure> {
    let selector: Selector = args.id.parse().map_err(Failure::from)?;
    let store = context.store(&OpenOptions::default())?;
    let numbers = store.resolve(&selector)?;
    let output = &context.output;
    for number in numbers {
        let delivery = store.get(number)?;
        let damaged = |_| Failure::from(StoreError::Damaged { number: Some(number) });
        let request = request_of(&delivery).map_err(damaged)?;
        if args.raw {
            output.raw(&request.body);
        } else if args.http || args.curl {
            exact(context, args, &delivery, &request)?;
        } else if output.is_json() {
            output.json(&DeliveryObject::whole(&delivery, &request, args.show_secrets));
        } else {
            output.block(&human::whole(&delivery, &request, &store.attempts_of(number)?, args.show_secrets));
        }
    }
    Ok(Exit::Yes)
}

/// The request as it was, or as a command that sends it again.
fn exact(context: &Context, args: &ShowArgs, delivery: &Delivery, request: &Request) -> Result<(), Failure> {
    let output = &context.output;
    let credentials = if args.redact { Credentials::Redact } else { Credentials::Keep };
    let url = match delivery.summary.direction {
        Direction::Sent => delivery.summary.remote.clone(),
        Direction::Received => crate::model::address::seen(request, None)
            .unwrap_or_else(|| format!("{}{}", super::send::USUAL_TARGET, request.target)),
    };
    if carries_credentials(request, Some(&url)) && !args.redact {
        output.note(&style::dim("this request carries credentials; --redact masks them"));
    }
    if args.curl {
        output.raw(format!("{}\n", curl::write(request, &url, credentials)).as_bytes());
    } else {
        let bytes = raw_http::write_captured(&delivery.head, request, credentials)
            .map_err(|error| Failure::usage(error.to_string()))?;
        output.raw(&bytes);
    }
    Ok(())
}
