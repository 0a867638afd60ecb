//! Why a signature is not right: a lesson that fits a screen.

use crate::diagnosis::{Cause, Diagnosis, Finding, advice, code};
use crate::output::{sanitize, style};

/// Frameworks that are shown without `--verbose`.
const FRAMEWORKS: usize = 3;

/// The findings, each with its explanation, proof and fix.
pub fn lines(diagnosis: &Diagnosis, verbose: bool) -> Vec<String> {
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
        lines.push(format!("{label}: {name}  {}", sanitize::line(&finding.change.detail)));
        lines.push(format!("  {}", said.explanation));
        difference(finding, &mut lines);
        if !finding.proof.is_empty() && label != "and" {
            lines.push(format!("  {}  {}", style::dim("proof"), sanitize::line(&finding.proof)));
        }
        lines.push(format!("  {}    {}", style::dim("fix"), said.fix));
        if !said.code.is_empty() && !coded.contains(&said.code) {
            coded.push(said.code);
            frameworks(&code(cause, finding.language), verbose, &mut lines);
        }
    }
    if verbose && diagnosis.tried > 0 {
        lines.push(style::dim(&format!("{} signatures were recomputed", diagnosis.tried)));
    }
    if !diagnosis.complete && !diagnosis.findings.is_empty() {
        lines.push(style::dim("--thorough tries the rest, however long it takes"));
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

/// A few lines to write, for the likeliest frameworks or for all.
fn frameworks(code: &[(&str, &str)], verbose: bool, lines: &mut Vec<String>) {
    let shown = if verbose { code.len() } else { FRAMEWORKS.min(code.len()) };
    let width = code[..shown].iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    for (name, code) in &code[..shown] {
        lines.push(format!("    {}  {code}", style::dim(&format!("{name:<width$}"))));
    }
    if shown < code.len() {
        lines.push(format!("    {}", style::dim(&format!("--verbose shows it for {} more", code.len() - shown))));
    }
}

fn difference(finding: &Finding, lines: &mut Vec<String>) {
    let Some(difference) = &finding.difference else { return };
    lines.push(format!("  {}  {}", style::dim("signed  "), sanitize::line(&difference.signed)));
    lines.push(format!("  {}  {}", style::dim("captured"), sanitize::line(&difference.captured)));
    let mark = format!("{}^ byte {}", " ".repeat(difference.column), difference.at);
    lines.push(format!("            {}", style::bad(&mark)));
}
