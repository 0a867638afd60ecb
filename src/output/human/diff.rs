//! The differences of two requests, a line each.

use crate::analysis::requests::{Difference, Expected, Part};
use crate::output::sanitize::clipped;
use crate::output::style;
use crate::payload::Node;
use crate::text::count;

/// Longer values say no more on one line; `--json` has all of them.
const SHOWN: usize = 72;

/// All differences, part by part; those that are no surprise dimmed, with the reason.
pub fn lines(old: &str, new: &str, differences: &[Difference]) -> Vec<String> {
    let mut lines = vec![format!("{} → {}", style::strong(&clipped(old, 60)), style::strong(&clipped(new, 60)))];
    for part in [Part::Request, Part::Header, Part::Body] {
        let of_part: Vec<&Difference> = differences.iter().filter(|one| one.part == part).collect();
        if !of_part.is_empty() {
            lines.push(part.as_str().to_owned());
            lines.extend(of_part.into_iter().map(line));
        }
    }
    let expected = differences.iter().filter(|one| one.expected.is_some()).count();
    let counting = differences.len() - expected;
    let verdict = match counting {
        0 => style::good("no difference"),
        _ => style::warn(&count(counting, "difference", "differences")),
    };
    let rest = match expected {
        0 => String::new(),
        _ => style::dim(&format!(" but for {expected} that any two deliveries have")),
    };
    lines.push(format!("{verdict}{rest}"));
    lines
}

/// One difference.
pub(super) fn line(difference: &Difference) -> String {
    let path = clipped(&difference.path, SHOWN);
    let path = if path.is_empty() { "(all)".to_owned() } else { path };
    let shown = |node: &Node| clipped(&node.compact(), SHOWN);
    let text = match (&difference.old, &difference.new) {
        (Some(old), Some(new)) => format!("~ {path}: {} → {}", shown(old), shown(new)),
        (Some(old), None) => format!("- {path}: {}", shown(old)),
        (None, Some(new)) => format!("+ {path}: {}", shown(new)),
        (None, None) => path,
    };
    match difference.expected {
        Some(expected) => style::dim(&format!("  {text}  ({})", why(expected))),
        None => format!(
            "  {}",
            match (&difference.old, &difference.new) {
                (None, _) => style::good(&text),
                (_, None) => style::bad(&text),
                _ => style::warn(&text),
            }
        ),
    }
}

fn why(expected: Expected) -> &'static str {
    match expected {
        Expected::Signature => "another signature",
        Expected::Time => "another time",
        Expected::Id => "another event",
        Expected::Length => "the body's length",
    }
}
