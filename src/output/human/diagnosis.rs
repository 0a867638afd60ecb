//! Why a signature is not right: a lesson that fits a screen.

use super::verification;
use crate::diagnosis::{Cause, Diagnosis, Finding, advice, code};
use crate::output::table::width;
use crate::output::wrap::wrapped;
use crate::output::{Output, sanitize, style};
use crate::provider::Judgement;

/// Frameworks that are shown without `--verbose`.
const FRAMEWORKS: usize = 3;

/// How a lesson is written.
#[derive(Debug, Clone, Copy)]
pub struct Writing {
    /// Whether everything is told.
    pub verbose: bool,
    /// The columns there are; `None`: nobody counts them.
    pub columns: Option<usize>,
}

impl Writing {
    /// As this output is set up.
    pub fn to(output: &Output) -> Self {
        Self { verbose: output.is_verbose(), columns: output.columns() }
    }

    /// A sentence, in as many lines as it takes.
    pub(super) fn prose(self, line: &str) -> Vec<String> {
        self.columns.map_or_else(|| vec![line.to_owned()], |columns| wrapped(line, columns))
    }

    /// Whether a line fits.
    fn has_room_for(self, line: &str) -> bool {
        self.columns.is_none_or(|columns| width(line) <= columns)
    }

    /// What must stay in one line.
    fn exact(self, line: String) -> String {
        match self.columns {
            Some(columns) => console::truncate_str(&line, columns, "…").into_owned(),
            None => line,
        }
    }
}

/// A verdict with what was looked at, and why it is what it is.
pub fn lesson(
    source: &str,
    provider: &str,
    judgement: &Judgement,
    diagnosis: &Diagnosis,
    writing: Writing,
) -> Vec<String> {
    let mut all = verification::lines(source, Some(provider), judgement, writing);
    all.extend(lines(diagnosis, writing));
    all
}

/// The findings, each with its explanation, proof and fix.
pub fn lines(diagnosis: &Diagnosis, writing: Writing) -> Vec<String> {
    let mut lines = Vec::new();
    let mut coded: Vec<&'static [(&'static str, &'static str)]> = Vec::new();
    for (at, finding) in diagnosis.findings.iter().enumerate() {
        let cause = finding.change.cause;
        let said = advice(cause);
        let label = match (at.checked_sub(1).map(|before| &diagnosis.findings[before]), finding.with.is_empty()) {
            (None, _) => "why",
            // The partner of the one above.
            (Some(before), false) if before.with.contains(&cause) => "and",
            // Plain to see, beside what was proved.
            (Some(_), _) if finding.proof.is_empty() => "also",
            _ => "or",
        };
        let name = if cause == Cause::NoMatch { style::dim(cause.as_str()) } else { style::warn(cause.as_str()) };
        lines.extend(writing.prose(&format!("{label}: {name}  {}", sanitize::line(&finding.change.detail))));
        lines.extend(writing.prose(&format!("  {}", said.explanation)));
        lines.extend(difference(finding).map(|line| writing.exact(line)));
        if !finding.proof.is_empty() && label != "and" {
            let proof = format!("  {}  {}", style::dim("proof"), sanitize::line(&finding.proof));
            lines.extend(writing.prose(&proof));
        }
        lines.extend(writing.prose(&format!("  {}    {}", style::dim("fix"), said.fix)));
        if !said.code.is_empty() && !coded.contains(&said.code) {
            coded.push(said.code);
            lines.extend(frameworks(&code(cause, finding.language), writing));
        }
    }
    if writing.verbose && diagnosis.tried > 0 {
        lines.push(style::dim(&format!("{} signatures were recomputed", diagnosis.tried)));
    }
    if !diagnosis.complete && !diagnosis.findings.is_empty() {
        // Also said by `listen`, which has no such flag.
        lines.push(style::dim("'hookctl verify --thorough' tries the rest, however long it takes"));
    }
    lines
}

/// The likeliest explanation in one line: `body-newline-added (the signed body has no LF at its end): Keep the body …`.
pub fn brief(diagnosis: &Diagnosis) -> Option<String> {
    let first = diagnosis.findings.first()?;
    let belongs = |finding: &&Finding| first.with.contains(&finding.change.cause);
    let all: Vec<&Finding> =
        std::iter::once(first).chain(diagnosis.findings[1..].iter().filter(belongs).take(first.with.len())).collect();
    let what = all.iter().map(|finding| {
        format!("{} ({})", style::warn(finding.change.cause.as_str()), sanitize::line(&finding.change.detail))
    });
    let fixes: Vec<&str> = all.iter().map(|finding| advice(finding.change.cause).fix).collect();
    Some(format!("{}: {}", what.collect::<Vec<_>>().join(" with "), fixes.join(" ")))
}

/// A few lines to write, for the likeliest frameworks or for all. What is to be copied is not broken; a comment behind it
/// that has no room has a line of its own.
fn frameworks(code: &[(&str, &str)], writing: Writing) -> Vec<String> {
    let shown = if writing.verbose { code.len() } else { FRAMEWORKS.min(code.len()) };
    let width = code[..shown].iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let line = |name: &str, code: &str| format!("    {}  {code}", style::dim(&format!("{name:<width$}")));
    let mut lines = Vec::new();
    for (name, code) in &code[..shown] {
        let comment = ["  //", "  #"].iter().find_map(|mark| code.find(mark));
        match comment.filter(|_| !writing.has_room_for(&line(name, code))) {
            Some(at) => lines.extend([line(name, &code[..at]), line("", &code[at + 2..])]),
            None => lines.push(line(name, code)),
        }
    }
    if shown < code.len() {
        lines.push(format!("    {}", style::dim(&format!("--verbose shows it for {} more", code.len() - shown))));
    }
    lines
}

/// What was signed above what was captured, with a mark below the first byte that differs.
fn difference(finding: &Finding) -> impl Iterator<Item = String> {
    finding.difference.iter().flat_map(|difference| {
        let mark = format!("{}^ byte {}", " ".repeat(difference.column), difference.at);
        [
            format!("  {}  {}", style::dim("signed  "), sanitize::line(&difference.signed)),
            format!("  {}  {}", style::dim("captured"), sanitize::line(&difference.captured)),
            format!("            {}", style::bad(&mark)),
        ]
    })
}
