//! A verdict with what was looked at.

use super::diagnosis::Writing;
use crate::output::{sanitize, style};
use crate::provider::Judgement;

/// The verdict in a line.
pub fn verdict(source: &str, provider: Option<&str>, judgement: &Judgement) -> String {
    let who = provider.map_or(String::new(), |name| format!("  {}", style::strong(&sanitize::line(name))));
    let scheme = judgement.scheme.as_ref().map_or(String::new(), |scheme| format!(" {}", style::dim(scheme)));
    format!("{}{who}{scheme}  {}", style::verdict(judgement.verdict), style::dim(&sanitize::line(source)))
}

/// The verdict, and a line a check.
pub fn lines(source: &str, provider: Option<&str>, judgement: &Judgement, writing: Writing) -> Vec<String> {
    let mut lines = vec![verdict(source, provider, judgement)];
    if let Some(reason) = judgement.reason {
        lines.extend(writing.prose(&format!("  {}: {}", style::bad(reason.as_str()), reason.sentence())));
    }
    for check in &judgement.checks {
        let mark = if check.ok { style::good("✓") } else { style::bad("✗") };
        let check = format!("  {mark} {:<12}{}", check.name, sanitize::line(&check.detail));
        lines.extend(writing.prose(&check));
    }
    if let Some(index) = judgement.secret_index.filter(|index| *index > 0) {
        lines.push(format!("  {}", style::dim(&format!("verified by secret {} of those given", index + 1))));
    }
    lines
}
