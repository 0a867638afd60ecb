//! `hookctl events show`

use crate::cli::events::ShowArgs;
use crate::commands::Context;
use crate::error::Failure;
use crate::exit::Exit;
use crate::formats::cloudevents::CloudEvent;
use crate::formats::{Credentials, carries_credentials, curl, raw_http};
use crate::http::head::request_of;
use crate::json::delivery::DeliveryObject;
use crate::model::{Delivery, Request, Selector};
use crate::output::human::delivery as human;
use crate::output::style;
use crate::store::{OpenOptions, StoreError};

pub(super) fn run(context: &Context, args: &ShowArgs) -> Result<Exit, Failure> {
    let selector: Selector = args.id.parse().map_err(Failure::from)?;
    let store = context.store(&OpenOptions::default())?;
    let numbers = store.resolve(&selector)?;
    let output = &context.output;
    for number in numbers {
        let delivery = store.get(number)?;
        let damaged = |_| Failure::from(StoreError::Damaged { number: Some(number) });
        let request = request_of(&delivery).map_err(damaged)?;
        if args.normalized {
            let catalog = context.catalog()?;
            let summary = &delivery.summary;
            let provider = summary.provider.as_ref().and_then(|name| catalog.get(name).ok());
            let unified = provider
                .as_ref()
                .zip(summary.event_type.as_ref())
                .and_then(|(provider, event)| provider.definition.unified_type(event));
            output.json(&CloudEvent::new(summary, &request, unified));
        } else if args.raw {
            output.raw(&request.body);
        } else if args.http || args.curl {
            exact(context, args, &delivery, &request)?;
        } else if output.is_json() {
            let attempts = store.attempts_of(number)?;
            let object = DeliveryObject::whole(&delivery, &request, args.show_secrets);
            let route = attempts.iter().find_map(|attempt| attempt.route.as_deref());
            output.json(&object.forwarded(attempts.iter().map(|attempt| &attempt.attempt)).routed(route));
        } else {
            output.block(&human::whole(
                &delivery,
                &request,
                &store.attempts_of(number)?,
                (args.show_secrets, usize::MAX),
            ));
        }
    }
    Ok(Exit::Yes)
}

/// The request as it was, or as a command that sends it again.
fn exact(context: &Context, args: &ShowArgs, delivery: &Delivery, request: &Request) -> Result<(), Failure> {
    let output = &context.output;
    let credentials = if args.redact { Credentials::Redact } else { Credentials::Keep };
    let url = super::url_of(delivery, request);
    if carries_credentials(request, Some(&url)) && !args.redact {
        output.note(&style::dim("this request carries credentials; --redact masks them"));
    }
    if args.curl {
        output.raw(curl::write(request, &url, credentials).as_bytes());
    } else {
        let bytes = raw_http::write_captured(&delivery.head, request, credentials)
            .map_err(|error| Failure::usage(error.to_string()))?;
        output.raw(&bytes);
    }
    Ok(())
}
