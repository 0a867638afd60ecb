//! JUnit's XML: a suite of cases that passed, failed or were not looked at.

use std::fmt::Write;

use super::entity::entity;
use crate::text::is_unsafe;

/// A set of cases.
pub(super) struct Suite {
    pub(super) name: String,
    /// RFC 3339.
    pub(super) timestamp: String,
    pub(super) seconds: f64,
    /// Facts beside the cases.
    pub(super) properties: Vec<(&'static str, String)>,
    pub(super) cases: Vec<Case>,
    /// What a reader may want to see besides.
    pub(super) text: String,
}

/// One case.
pub(super) struct Case {
    /// What it belongs to.
    pub(super) group: String,
    pub(super) name: String,
    /// Why it failed; `None` if it did not.
    pub(super) failure: Option<String>,
}

/// The document.
pub(super) fn document(suite: &Suite) -> String {
    let failures = suite.cases.iter().filter(|case| case.failure.is_some()).count();
    let counts =
        format!("tests=\"{}\" failures=\"{failures}\" errors=\"0\" time=\"{:.3}\"", suite.cases.len(), suite.seconds);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let mut line = |indent: usize, text: String| {
        let _ = writeln!(out, "{:indent$}{text}", "");
    };
    line(0, format!("<testsuites name=\"hookctl\" {counts}>"));
    let name = escaped(&suite.name);
    line(2, format!("<testsuite name=\"{name}\" timestamp=\"{}\" skipped=\"0\" {counts}>", escaped(&suite.timestamp)));
    line(4, "<properties>".to_owned());
    for (name, value) in &suite.properties {
        line(6, format!("<property name=\"{name}\" value=\"{}\"/>", escaped(value)));
    }
    line(4, "</properties>".to_owned());
    let seconds = per_case(suite);
    for case in &suite.cases {
        let head = format!(
            "<testcase classname=\"{}\" name=\"{}\" time=\"{seconds}\"",
            escaped(&case.group),
            escaped(&case.name)
        );
        match &case.failure {
            None => line(4, format!("{head}/>")),
            Some(why) => {
                line(4, format!("{head}>"));
                line(6, format!("<failure message=\"{0}\" type=\"threshold\">{0}</failure>", escaped(why)));
                line(4, "</testcase>".to_owned());
            }
        }
    }
    line(4, format!("<system-out>{}</system-out>", escaped(&suite.text)));
    line(2, "</testsuite>".to_owned());
    line(0, "</testsuites>".to_owned());
    out
}

/// All cases come out of one run: each has its share of the time, so that they add up.
#[expect(clippy::cast_precision_loss, reason = "few cases")]
fn per_case(suite: &Suite) -> String {
    format!("{:.3}", suite.seconds / suite.cases.len().max(1) as f64)
}

/// Text for XML 1.0: markup escaped, and in place of what a document must not hold at all, its escape in words.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match (c, entity(c)) {
            (_, Some(entity)) => out.push_str(entity),
            ('\t' | '\n', _) => out.push(c),
            (c, _) if is_unsafe(c) || matches!(c, '\u{fffe}' | '\u{ffff}') => out.extend(c.escape_unicode()),
            (c, _) => out.push(c),
        }
    }
    out
}
