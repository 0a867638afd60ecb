//! Captures against a schema, or against those before them: what breaks first, then what else differs.

use super::date_time;
use crate::analysis::drift::{Drift, DriftKind};
use crate::model::Summary;
use crate::output::sanitize::{clipped, line};
use crate::output::style;
use crate::text::count;

/// Longer texts say no more on one line.
const SHOWN: usize = 60;

/// A line a difference, and what they come to.
pub fn lines(captures: u64, drifts: &[Drift]) -> Vec<String> {
    let mut lines = differences(drifts);
    let captures = count(usize::try_from(captures).unwrap_or(usize::MAX), "capture", "captures");
    lines.push(match breaking(drifts) {
        0 => format!("{}: {captures} fit the schema", style::good("compatible")),
        several => {
            let changes = count(several, "breaking change", "breaking changes");
            format!("{} in {captures}", style::bad(&changes))
        }
    });
    lines
}

/// A capture that does not look like those before it: which one, and below it a line a difference. Without differences it is
/// the first of its type.
pub fn change(number: i64, summary: &Summary, drifts: &[Drift]) -> Vec<String> {
    let words = [summary.provider.as_deref(), summary.event_type.as_deref()];
    let of = words.into_iter().flatten().map(line).collect::<Vec<_>>().join(" ");
    let what = match (drifts.len(), breaking(drifts)) {
        (0, _) => style::dim("first of its type"),
        (_, 0) => "changed".to_owned(),
        (_, several) => style::bad(&count(several, "breaking change", "breaking changes")),
    };
    let mut lines = vec![format!("#{number} {} {of}: {what}", style::dim(&date_time(summary.received_at)))];
    lines.extend(differences(drifts).into_iter().map(|text| format!("  {text}")));
    lines
}

/// What breaks first, then what else differs.
fn differences(drifts: &[Drift]) -> Vec<String> {
    let (breaking, rest): (Vec<&Drift>, Vec<&Drift>) = drifts.iter().partition(|drift| drift.kind.is_breaking());
    let breaking = breaking.into_iter().map(|drift| style::bad(&one("✗", drift)));
    breaking.chain(rest.into_iter().map(|drift| style::dim(&one("·", drift)))).collect()
}

fn breaking(drifts: &[Drift]) -> usize {
    drifts.iter().filter(|drift| drift.kind.is_breaking()).count()
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
