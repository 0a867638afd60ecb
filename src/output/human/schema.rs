//! Captures against a schema: what breaks first, then what else differs.

use crate::analysis::drift::{Drift, DriftKind};
use crate::output::sanitize::{clipped, line};
use crate::output::style;
use crate::text::count;

/// Longer texts say no more on one line.
const SHOWN: usize = 60;

/// A line a difference, and what they come to.
pub fn lines(captures: u64, drifts: &[Drift]) -> Vec<String> {
    let (breaking, rest): (Vec<&Drift>, Vec<&Drift>) = drifts.iter().partition(|drift| drift.kind.is_breaking());
    let mut lines: Vec<String> = breaking.iter().map(|drift| style::bad(&one("✗", drift))).collect();
    lines.extend(rest.iter().map(|drift| style::dim(&one("·", drift))));
    let captures = count(usize::try_from(captures).unwrap_or(usize::MAX), "capture", "captures");
    lines.push(match breaking.len() {
        0 => format!("{}: {captures} fit the schema", style::good("compatible")),
        several => {
            let changes = count(several, "breaking change", "breaking changes");
            format!("{} in {captures}", style::bad(&changes))
        }
    });
    lines
}

fn one(sign: &str, drift: &Drift) -> String {
    let path = if drift.path.is_empty() { "(all)".into() } else { line(&drift.path) };
    let (was, is) = (clipped(&drift.was, SHOWN), clipped(&drift.is, SHOWN));
    let text = match drift.kind {
        DriftKind::Missing => format!("was {was}, is {is}"),
        DriftKind::Type => format!("was {was}, is also {is}"),
        DriftKind::Format => format!("was {was}, is {is}"),
        DriftKind::Value => format!("was one of {was}, is also {is}"),
        DriftKind::Forbidden => "may not be there".to_owned(),
        DriftKind::Added => format!("new ({is})"),
        DriftKind::Unseen => "not seen".to_owned(),
    };
    format!("{sign} {path}: {text}")
}
