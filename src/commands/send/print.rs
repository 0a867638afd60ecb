//! `--dry-run`: a request as it would go out.

use crate::cli::send::RequestFormat;
use crate::commands::Context;
use crate::deliver::Prepared;
use crate::formats::{Credentials, carries_credentials, curl, ndjson};
use crate::output::style;

/// Prints it.
pub(super) fn request(context: &Context, delivery: &Prepared, format: RequestFormat) {
    let (output, request, url) = (&context.output, &delivery.request, delivery.url.as_str());
    if carries_credentials(request, Some(url)) && !output.is_json() {
        output.note(&style::dim("this request carries credentials"));
    }
    let format = if output.is_json() { RequestFormat::Json } else { format };
    match format {
        RequestFormat::Json => {
            let mut line = ndjson::Line::of_request(request, Some(url), Credentials::Keep);
            line.provider = delivery.provider.as_deref().map(Into::into);
            line.event_type = delivery.event_type.as_deref().map(Into::into);
            line.event_id = delivery.event_id.as_deref().map(Into::into);
            output.json(&line);
        }
        RequestFormat::Curl => output.raw(curl::write(request, url, Credentials::Keep).as_bytes()),
        RequestFormat::Http => {
            output.raw(&[&delivery.head[..], &request.body].concat());
            if output.is_terminal() && !request.body.ends_with(b"\n") {
                output.raw(b"\n");
            }
        }
    }
}
