//! `hookctl verify`

use super::judge::{Judge, Said};
use super::{Context, capture};
use crate::cli::verify::VerifyArgs;
use crate::clock;
use crate::error::Failure;
use crate::exit::Exit;
use crate::formats::Capture;
use crate::json::verification::{VerificationObject, VerificationSummary};
use crate::model::{Reason, Verdict};
use crate::output::human::verification as human;
use crate::output::style;
use crate::provider::Judgement;
use crate::signature::Checks;

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
        let (provider, judgement) = judge.judge(capture, Checks::on())?;
        match judgement.verdict {
            Verdict::Valid => summary.valid += 1,
            Verdict::UnknownProvider => summary.unjudged += 1,
            Verdict::Invalid | Verdict::Unsigned | Verdict::NoSecret => summary.invalid += 1,
        }
        print(context, capture, provider.as_ref().map(|provider| provider.name.as_str()), &judgement);
    }
    if several {
        let VerificationSummary { valid, invalid, unjudged, .. } = summary;
        context.output.result(&summary, || {
            let rest = if unjudged > 0 { format!(", {unjudged} not judged") } else { String::new() };
            format!("{valid} valid, {invalid} not valid{rest}")
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

fn print(context: &Context, capture: &Capture, provider: Option<&str>, judgement: &Judgement) {
    let output = &context.output;
    if output.is_json() {
        output.json(&VerificationObject::new(&capture.source, provider, judgement));
        return;
    }
    output.block(&human::lines(&capture.source, provider, judgement));
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
