//! An attempt in one line.

use crate::deliver::Prepared;
use crate::model::NewAttempt;
use crate::model::mask::masked;
use crate::model::quantity::show_duration;
use crate::output::sanitize::{self, clipped};
use crate::output::style;

/// What became of an attempt.
pub fn line(attempt: &NewAttempt, delivery: Option<&Prepared>) -> String {
    let outcome = match &attempt.outcome {
        Ok(response) => style::status(response.status),
        Err(kind) => style::bad(kind.sentence()),
    };
    let mark = if attempt.accepted { style::good("✓") } else { style::bad("✗") };
    let what = delivery.map(|delivery| {
        let event = delivery.event_type.as_deref().unwrap_or("(no event type)");
        let provider = delivery.provider.as_deref().unwrap_or("(no provider)");
        let id = delivery.event_id.as_deref().map(|id| style::dim(&clipped(id, 40))).unwrap_or_default();
        let origin = delivery.origin.as_ref().map(|origin| format!("{}  ", style::dim(&clipped(&origin.name, 40))));
        let origin = origin.unwrap_or_default();
        format!("{origin}{} {}  {id}  ", style::strong(&clipped(provider, 24)), clipped(event, 60))
    });
    format!(
        "{mark} {}→ {}  {outcome}  {}",
        what.unwrap_or_default(),
        clipped(&attempt.url, 80),
        style::dim(&show_duration(attempt.duration))
    )
}

/// What the receiver said: all of it when asked, the first lines when it refused.
pub fn answer(attempt: &NewAttempt, verbose: bool) -> Vec<String> {
    /// A refusal's reason fits; a page of HTML does not.
    const SHOWN: usize = 400;
    let Ok(response) = &attempt.outcome else { return Vec::new() };
    let mut lines = Vec::new();
    if verbose {
        lines.extend(response.headers.iter().map(|header| {
            let value = masked(header.name(), &header.lossy());
            format!("    {} {}", style::dim(&format!("{}:", header.name())), sanitize::line(&value))
        }));
    }
    if (verbose || !attempt.accepted) && !response.body.is_empty() {
        let text = String::from_utf8_lossy(&response.body);
        let text: String = if verbose { text.into_owned() } else { text.chars().take(SHOWN).collect() };
        lines.extend(sanitize::lines(text.trim_end()).lines().map(|line| format!("    {line}")));
    }
    lines
}
