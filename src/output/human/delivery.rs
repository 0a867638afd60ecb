//! A delivery whole: what is known of it, its head, its body.

use super::date_time;
use crate::model::mask::masked;
use crate::model::quantity::ByteSize;
use crate::model::{Attempt, Delivery, Request, Summary, Verdict};
use crate::output::highlight;
use crate::output::sanitize::{self, clipped};
use crate::output::style;
use crate::payload::readable::{Readable, readable};

/// Who sent what: `stripe payment_intent.succeeded`, or the method and path if nobody knows.
fn what(summary: &Summary) -> String {
    match (&summary.provider, &summary.event_type) {
        (Some(provider), Some(event)) => {
            format!("{} {}", style::strong(&clipped(provider, 24)), clipped(event, 60))
        }
        (Some(provider), None) => {
            format!("{} {}", style::strong(&clipped(provider, 24)), target(summary))
        }
        (None, _) => target(summary),
    }
}

pub(super) fn target(summary: &Summary) -> String {
    format!("{} {}", clipped(&summary.method, 16), clipped(&summary.target, 60))
}

/// What to do about a verdict, told once a provider.
pub fn advice(summary: &Summary) -> Option<String> {
    let provider = summary.provider.as_deref()?;
    match summary.verdict {
        Verdict::NoSecret => Some(format!(
            "{provider} signed it with a secret that hookctl does not know, or it was changed on its way; to tell, set --secret or {}",
            crate::secrets::variable_of(provider)
        )),
        _ => None,
    }
}

/// A delivery whole: what is known, headers, the first lines of its body, attempts.
pub fn whole(
    delivery: &Delivery,
    request: &Request,
    attempts: &[Attempt],
    (plain, most): (bool, usize),
) -> Vec<String> {
    let summary = &delivery.summary;
    let mut lines = vec![format!("{}  {}", style::strong(&format!("#{}", delivery.number)), summary.id)];
    let mut fact = |name: &str, value: String| lines.push(format!("  {}{value}", style::dim(&format!("{name:<10}"))));
    fact("what", what(summary));
    if let Some(id) = &summary.event_id {
        fact("event id", sanitize::line(id).into_owned());
    }
    fact("received", format!("{} from {}", date_time(summary.received_at), sanitize::line(&summary.remote)));
    let reason = summary.reason.map_or(String::new(), |reason| format!(": {}", reason.sentence()));
    fact("verdict", format!("{}{reason}", style::verdict(summary.verdict)));
    if let Some((number, _)) = delivery.duplicate_of {
        fact("duplicate", format!("of #{number}"));
    }
    fact("status", summary.status.map_or_else(|| "no answer".to_owned(), style::status));
    lines.push(String::new());
    lines.extend(head(request, plain));
    lines.push(String::new());
    let body = body(delivery.number, request);
    let more = body.len().saturating_sub(most);
    lines.extend(body.into_iter().take(most));
    if more > 0 {
        let number = delivery.number;
        lines.push(style::dim(&format!("… {more} more lines; 'hookctl events show {number}' shows them")));
    }
    if !attempts.is_empty() {
        lines.push(String::new());
        if let Some(route) = attempts.iter().find_map(|attempt| attempt.route.as_deref()) {
            lines.push(format!("{} {}", style::dim("route"), sanitize::line(route)));
        }
        lines.extend(attempts.iter().map(|attempt| super::attempt::line(&attempt.attempt, None, None, None)));
    }
    lines
}

/// The request line and headers of a request.
pub fn head(request: &Request, plain: bool) -> Vec<String> {
    let mut lines = Vec::new();
    lines.push(format!("{} {}", style::strong(&sanitize::line(&request.method)), sanitize::line(&request.target)));
    for header in &request.headers {
        let shown = match header.text() {
            Some(text) if !plain => sanitize::line(&masked(header.name(), text)).into_owned(),
            _ => sanitize::bytes(header.value()),
        };
        lines.push(format!("{} {shown}", style::dim(&format!("{}:", header.name()))));
    }
    lines
}

/// A body for reading: JSON is laid out, text shown as it is, other bytes only counted.
pub fn body(number: i64, request: &Request) -> Vec<String> {
    /// Longer bodies are cut; `events show --raw` has all of it.
    const SHOWN: usize = 64 * 1024;
    let bytes = &request.body[..];
    if bytes.is_empty() {
        return vec![style::dim("(no body)")];
    }
    let size = ByteSize(bytes.len() as u64);
    let (shown, cut) = match readable(bytes, SHOWN) {
        Readable::Json(text) => (highlight::json(&sanitize::lines(&text)), false),
        Readable::Text { text, cut } => (sanitize::lines(&text).into_owned(), cut),
        Readable::Bytes => {
            return vec![style::dim(&format!(
                "({size} that are not text; 'hookctl events show {number} --raw' prints them)"
            ))];
        }
    };
    let mut lines: Vec<String> = shown.lines().map(str::to_owned).collect();
    if cut {
        lines.push(style::dim(&format!("… {size} in all; 'hookctl events show {number} --raw' prints them")));
    }
    lines
}
