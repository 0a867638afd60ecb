//! What differs in the answer to a body that was sent before.

use crate::analysis::requests::{Rules, Side, requests};
use crate::commands::Context;
use crate::json::diff::{Diff, DifferenceObject};
use crate::model::mask::is_sensitive;
use crate::model::{Headers, NewAttempt, Request, Response};
use crate::output::human::diff as human;
use crate::output::style;

/// Headers that differ from answer to answer, and say nothing about it.
const FLEETING: [&str; 6] = ["date", "age", "content-length", "x-request-id", "x-runtime", "traceparent"];

/// Tells it.
pub(super) fn tell(context: &Context, old: &NewAttempt, new: &NewAttempt) {
    let ignore = FLEETING.iter().map(|name| format!("header:{name}")).collect();
    let rules = Rules { ignore, ..Rules::default() };
    let (before, after) = (message(old), message(new));
    let side = |request| Side { request, event_id: None };
    let differences = requests(side(&before), side(&after), &rules);
    let output = &context.output;
    if output.is_json() {
        output.json(&Diff {
            kind: "diff",
            old: format!("{} {}", said(old), old.url),
            new: format!("{} {}", said(new), new.url),
            equal: differences.is_empty() && said(old) == said(new),
            differences: differences.iter().map(DifferenceObject::of).collect(),
        });
        return;
    }
    let mut lines = human::lines(&said(old), &said(new), &differences);
    if differences.is_empty() {
        // The status was the only difference, or there was none.
        lines.pop();
        if said(old) == said(new) {
            lines = vec![style::dim("the same answer as before")];
        }
    }
    output.block(&lines);
}

/// The answer in a word.
fn said(attempt: &NewAttempt) -> String {
    match &attempt.outcome {
        Ok(response) => response.status.to_string(),
        Err(kind) => kind.as_str().to_owned(),
    }
}

/// An answer as something that can be compared. Credentials in it stay out of sight.
fn message(attempt: &NewAttempt) -> Request {
    let nothing = Response { status: 0, headers: Headers::new(), body: bytes::Bytes::new() };
    let response = attempt.outcome.as_ref().unwrap_or(&nothing);
    let headers = response.headers.iter().filter(|header| !is_sensitive(header.name()));
    let headers = headers.map(|header| (header.name_bytes(), header.value_bytes())).collect();
    Request { method: String::new(), target: String::new(), headers, body: response.body.clone() }
}
