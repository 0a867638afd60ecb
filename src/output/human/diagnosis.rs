//! Why a signature is not right: a lesson that fits a screen.

use crate::diagnosis::{Cause, Diagnosis, Finding, advice};
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
        let label = match (at, finding.with.is_empty()) {
            (0, _) => "why",
            // The partner of the one above.
            (_, false) if diagnosis.findings[at - 1].with.contains(&cause) => "and",
            _ => "or",
        };
        let name = if cause == Cause::NoMatch { style::dim(cause.as_str()) } else { style::warn(cause.as_str()) };
        lines.push(format!("{label}: {name}  {}", sanitize::line(&finding.change.detail)));
        lines.push(format!("  {}", said.explanation));
        difference(finding, &mut lines);
        if !finding.proof.is_empty() && (finding.with.is_empty() || label != "and") {
            lines.push(format!("  {}  {}", style::dim("proof"), sanitize::line(&finding.proof)));
        }
        lines.push(format!("  {}    {}", style::dim("fix"), said.fix));
        if !said.code.is_empty() && !coded.contains(&said.code) {
            coded.push(said.code);
            let shown = if verbose { said.code.len() } else { FRAMEWORKS.min(said.code.len()) };
            for (name, code) in &said.code[..shown] {
                lines.push(format!("    {} {code}", style::dim(&format!("{name:<12}"))));
            }
            if shown < said.code.len() {
                let rest: Vec<&str> = said.code[shown..].iter().map(|(name, _)| *name).collect();
                lines.push(format!("    {}", style::dim(&format!("--verbose shows it for {}", rest.join(", ")))));
            }
        }
    }
    if verbose && diagnosis.tried > 0 {
        let rest = if diagnosis.complete { "all there is to try" } else { "not all; --thorough goes on" };
        lines.push(style::dim(&format!("{} signatures were recomputed: {rest}", diagnosis.tried)));
    }
    lines
}

fn difference(finding: &Finding, lines: &mut Vec<String>) {
    let Some(difference) = &finding.difference else { return };
    lines.push(format!("  {}  {}", style::dim("signed  "), sanitize::line(&difference.signed)));
    lines.push(format!("  {}  {}", style::dim("captured"), sanitize::line(&difference.captured)));
    let mark = format!("{}^ byte {}", " ".repeat(difference.column), difference.at);
    lines.push(format!("            {}", style::bad(&mark)));
}
