//! What the receiver did with the events: nothing lost, nothing doubled?
//!
//! Answers tell what a receiver promised; this is about what it did. It tells by a number (of distinct events that it
//! processed), by `{"distinct":…,"processed":…}`, or by the ids of what it processed, one a line or as a JSON list.

use std::collections::HashSet;

use serde_json::Value;

use crate::json::load_report::Probe;

/// A text that does not tell what was processed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no number, no {{\"distinct\":…,\"processed\":…}} and no list of ids")]
pub struct NotTold;

/// Compares what a receiver says with what it accepted.
///
/// # Errors
/// It does not say anything that can be read.
pub fn compare(text: &str, expected: u64) -> Result<Probe, NotTold> {
    let (distinct, processed) = told(text.trim(), expected)?;
    Ok(Probe {
        expected,
        distinct,
        lost: expected.saturating_sub(distinct),
        doubled: processed.saturating_sub(distinct),
    })
}

/// How many distinct events were processed, and how often in all.
fn told(text: &str, expected: u64) -> Result<(u64, u64), NotTold> {
    if text.is_empty() {
        return Err(NotTold);
    }
    match serde_json::from_str::<Value>(text) {
        // A bare number cannot tell the two apart: whatever is too much was done twice.
        Ok(Value::Number(number)) => number.as_u64().map(|n| (n.min(expected), n)).ok_or(NotTold),
        Ok(Value::Object(fields)) => {
            let field = |name: &str| fields.get(name).and_then(Value::as_u64);
            let distinct = field("distinct").ok_or(NotTold)?;
            Ok((distinct, field("processed").unwrap_or(distinct).max(distinct)))
        }
        Ok(Value::Array(ids)) => {
            let distinct: HashSet<String> = ids.iter().map(Value::to_string).collect();
            Ok((distinct.len() as u64, ids.len() as u64))
        }
        Ok(_) => Err(NotTold),
        Err(_) => {
            let ids: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            if ids.iter().any(|id| id.contains(char::is_whitespace)) {
                return Err(NotTold);
            }
            Ok((ids.iter().collect::<HashSet<_>>().len() as u64, ids.len() as u64))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_tells_what_was_lost_and_doubled() {
        for (text, distinct, lost, doubled) in [
            ("100\n", 100, 0, 0),
            ("97", 97, 3, 0),
            ("104", 100, 0, 4),
            (r#"{"distinct":98,"processed":101}"#, 98, 2, 3),
            (r#"{"distinct":100}"#, 100, 0, 0),
            (r#"["a","b","a"]"#, 2, 98, 1),
            ("evt_1\nevt_2\n\nevt_2\n", 2, 98, 1),
        ] {
            assert_eq!(compare(text, 100), Ok(Probe { expected: 100, distinct, lost, doubled }), "{text}");
        }
        for text in ["", "-1", "1.5", "true", r#"{"count":3}"#, "no such table: events", "null"] {
            assert_eq!(compare(text, 100), Err(NotTold), "{text}");
        }
    }
}
