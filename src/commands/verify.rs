//! `hookctl verify`

use super::judge::{Judge, Said};
use super::{Context, capture};
use crate::cli::verify::VerifyArgs;
use crate::clock;
use crate::diagnosis::{Diagnosis, Effort, explain};
use crate::error::Failure;
use crate::exit::Exit;
use crate::formats::Capture;
use crate::json::verification::{VerificationObject, VerificationSummary};
use crate::model::{Reason, Verdict};
use crate::output::human::{diagnosis as lessons, verification as human};
use crate::output::style;
use crate::provider::{Judgement, Provider};
use crate::signature::{Checks, Scheme};

/// Of many requests the first ones that are not valid are looked into as one alone would be, the others briefly.
const LOOKED_INTO: u64 = 10;

pub(super) fn run(context: &Context, args: &VerifyArgs) -> Result<Exit, Failure> {
    let captures = capture::of_verify(context, args)?;
    let said = Said {
        secrets: &args.secrets.secrets,
        provider: args.provider.as_deref(),
        at: args.at.map(|when| when.resolve(clock::now())),
        tolerance: args.tolerance,
    };
    let mut judge = Judge::new(context, &said)?;
    let mut summary = VerificationSummary { kind: "summary", ..VerificationSummary::default() };
    let several = captures.len() > 1;
    for capture in &captures {
        let checks = if args.show_secrets { Checks::whole() } else { Checks::on() };
        let (provider, judgement) = judge.judge(capture, checks)?;
        match judgement.verdict {
            Verdict::Valid => summary.valid += 1,
            Verdict::UnknownProvider => summary.unjudged += 1,
            Verdict::Invalid | Verdict::Unsigned | Verdict::NoSecret => summary.invalid += 1,
        }
        let effort = match (args.thorough, summary.invalid <= LOOKED_INTO) {
            (true, _) => Effort::THOROUGH,
            (false, true) => Effort::USUAL,
            (false, false) => Effort::BRIEF,
        };
        let diagnosis = match &provider {
            Some(provider) => judge.diagnose(capture, provider, &judgement, effort)?,
            None => Diagnosis::default(),
        };
        if several {
            // A pair is counted by its first cause.
            let first = diagnosis.findings.first().map(|finding| finding.change.cause.as_str());
            first.into_iter().for_each(|cause| *summary.causes.entry(cause).or_default() += 1);
        }
        let scheme = provider.as_ref().filter(|_| args.explain).and_then(|provider| {
            let decided = judgement.scheme.as_deref();
            let mut schemes = provider.definition.schemes();
            schemes.find(|scheme| decided.is_none_or(|id| scheme.id == id)).cloned()
        });
        print(context, capture, provider.as_deref(), &judgement, &diagnosis, scheme.as_ref());
    }
    if several {
        let VerificationSummary { valid, invalid, unjudged, causes, .. } = &summary;
        context.output.result(&summary, || {
            let rest = if *unjudged > 0 { format!(", {unjudged} not judged") } else { String::new() };
            let mut causes: Vec<(&&str, &u64)> = causes.iter().collect();
            causes.sort_by_key(|(_, times)| std::cmp::Reverse(**times));
            let why: Vec<String> = causes.into_iter().map(|(cause, times)| format!("{times} {cause}")).collect();
            let why = if why.is_empty() { String::new() } else { format!(" ({})", why.join(", ")) };
            format!("{valid} valid, {invalid} not valid{why}{rest}")
        });
    }
    Ok(if summary.valid == captures.len() as u64 {
        Exit::Yes
    } else if summary.unjudged == captures.len() as u64 {
        Exit::Usage
    } else {
        Exit::No
    })
}

fn print(
    context: &Context,
    capture: &Capture,
    provider: Option<&Provider>,
    judgement: &Judgement,
    diagnosis: &Diagnosis,
    explained: Option<&Scheme>,
) {
    let output = &context.output;
    let provider = provider.map(|provider| provider.name.as_str());
    let steps = explained.map(explain::steps);
    if output.is_json() {
        output.json(&VerificationObject::new(&capture.source, provider, judgement, diagnosis, steps));
        return;
    }
    output.block(&human::lines(&capture.source, provider, judgement));
    for (at, step) in steps.iter().flatten().enumerate() {
        output.line(&format!("  {} {step}", style::dim(&format!("{}.", at + 1))));
    }
    if let Some(command) = explained.and_then(explain::shell) {
        output.line(&format!("  {} {command}", style::dim("or")));
    }
    output.block(&lessons::lines(diagnosis, output.is_verbose()));
    for note in &capture.notes {
        output.line(&format!("  {} {note}", style::warn("note")));
    }
    let hint = match judgement.reason {
        Some(Reason::ProviderUnknown) => Some(
            "no header is one that a provider of hookctl's sends; name it with --provider ('hookctl providers' lists them)"
                .to_owned(),
        ),
        Some(Reason::UrlMissing) => Some(format!(
            "{} signs the address: give it with --url, as the provider knows it",
            provider.unwrap_or("this provider")
        )),
        Some(Reason::SecretUnknown | Reason::DevelopmentSecretOnly) => provider.map(|name| {
            format!("give the secret with --secret, or set {}", crate::secrets::variable_of(name))
        }),
        _ => None,
    };
    if let Some(hint) = hint {
        output.note(&format!("{} {hint}", style::dim("hint:")));
    }
}
