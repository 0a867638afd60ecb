//! What `verify` says of one request, and of several.

use super::{Judged, Judging};
use crate::diagnosis::{Cause, Diagnosis, explain};
use crate::formats::Note;
use crate::json::verification::{VerificationObject, VerificationSummary};
use crate::model::Reason;
use crate::output::human::diagnosis::{self as lessons, Writing};
use crate::output::human::verification as human;
use crate::output::{json_line, style};
use crate::provider::Judgement;
use crate::signature::Scheme;

impl Judging<'_> {
    /// Prints what was found out about one request.
    pub(super) fn show(&self, judged: &Judged, diagnosis: &Diagnosis) {
        let Judged { capture, provider, judgement } = judged;
        let output = &self.context.output;
        let scheme = self.scheme_to_explain(judged);
        let provider = provider.as_ref().map(|provider| provider.name.as_str());
        let steps = scheme.map(explain::steps);
        if output.is_json() {
            output.json(&VerificationObject::new(&capture.source, provider, judgement, diagnosis, steps));
            return;
        }
        let writing = Writing::to(output);
        output.block(&human::lines(&capture.source, provider, judgement, writing));
        for (at, step) in steps.iter().flatten().enumerate() {
            output.block(&output.wrapped(vec![format!("  {} {step}", style::dim(&format!("{}.", at + 1)))]));
        }
        if let Some(command) = scheme.and_then(explain::shell) {
            output.line(&format!("  {} {command}", style::dim("or")));
        }
        output.block(&lessons::lines(diagnosis, writing));
        let is_told = |cause| diagnosis.findings.iter().any(|finding| finding.change.cause == cause);
        // What is a cause already need not be said once more.
        let truncated = |note: &&Note| matches!(note, Note::BodyTruncated { .. });
        for note in capture.notes.iter().filter(|note| !(truncated(note) && is_told(Cause::BodyTruncated))) {
            output.block(&output.wrapped(vec![format!("  {} {note}", style::warn("note"))]));
        }
        if let Some(hint) = hint(judgement.reason, provider) {
            output.note(&format!("{} {hint}", style::dim("hint:")));
        }
    }

    /// Whether of a valid request among many the verdict is all there is to tell.
    pub(super) fn is_brief(&self) -> bool {
        !(self.args.explain || self.args.show_secrets || self.context.output.is_verbose())
    }

    /// Writes that, as a line that is printed later.
    pub(super) fn show_briefly(&self, source: &str, provider: &str, judgement: &Judgement, text: &mut String) {
        let provider = Some(provider);
        if self.context.output.is_json() {
            let none = Diagnosis::default();
            text.push_str(&json_line(&VerificationObject::new(source, provider, judgement, &none, None)));
        } else {
            text.push_str(&human::verdict(source, provider, judgement));
        }
        text.push('\n');
    }

    fn scheme_to_explain<'a>(&self, judged: &'a Judged) -> Option<&'a Scheme> {
        let provider = judged.provider.as_ref().filter(|_| self.args.explain)?;
        let decided = judged.judgement.scheme.as_deref();
        provider.definition.schemes().find(|scheme| decided.is_none_or(|id| *scheme.id == *id))
    }
}

/// What the user can do about it.
fn hint(reason: Option<Reason>, provider: Option<&str>) -> Option<String> {
    match reason? {
        Reason::ProviderUnknown => Some(
            "no header is one that a provider of hookctl's sends; name it with --provider ('hookctl providers' lists them)"
                .to_owned(),
        ),
        Reason::UrlMissing => Some(format!(
            "{} signs the address: give it with --url, as the provider knows it",
            provider.unwrap_or("this provider")
        )),
        Reason::SecretUnknown | Reason::DevelopmentSecretOnly => {
            provider.map(|name| format!("give the secret with --secret, or set {}", crate::secrets::variable_of(name)))
        }
        _ => None,
    }
}

/// The sum for people.
pub(super) fn sum(summary: &VerificationSummary) -> String {
    let VerificationSummary { valid, invalid, unjudged, causes, .. } = summary;
    let rest = if *unjudged > 0 { format!(", {unjudged} not judged") } else { String::new() };
    let mut causes: Vec<(&&str, &u64)> = causes.iter().collect();
    causes.sort_by_key(|(_, times)| std::cmp::Reverse(**times));
    let why: Vec<String> = causes.into_iter().map(|(cause, times)| format!("{times} {cause}")).collect();
    let why = if why.is_empty() { String::new() } else { format!(" ({})", why.join(", ")) };
    format!("{valid} valid, {invalid} not valid{why}{rest}")
}
