//! `hookctl verify`

use std::collections::HashMap;
use std::sync::Arc;

use super::{Context, capture};
use crate::cli::verify::VerifyArgs;
use crate::clock;
use crate::error::Failure;
use crate::exit::Exit;
use crate::formats::Capture;
use crate::json::verification::{VerificationObject, VerificationSummary};
use crate::model::{Reason, Secret, Timestamp, Verdict};
use crate::output::human::verification as human;
use crate::output::style;
use crate::provider::detect::{Detector, named_by_path};
use crate::provider::{Catalog, Judgement, Provider, Verifier};
use crate::secrets::Secrets;
use crate::signature::{Checks, KeyUse, Tolerance};

pub(super) fn run(context: &Context, args: &VerifyArgs) -> Result<Exit, Failure> {
    let captures = capture::of_verify(context, args)?;
    let secrets = context.secrets();
    let mut judge = Judge {
        given: Context::given_secrets(&secrets, &args.secrets.secrets)?,
        secrets,
        catalog: context.catalog()?,
        named: args.provider.clone(),
        at: args.at.map(|when| when.resolve(clock::now())),
        tolerance: args.tolerance.or(context.config.verify.tolerance.as_ref().map(|setting| setting.value)),
        public_url: context.config.listen.public_url.as_ref().map(|setting| setting.value.as_str().to_owned()),
        detector: None,
        verifiers: HashMap::new(),
    };
    if let Some(name) = &args.provider {
        // A misspelt name is told before anything is judged.
        judge.catalog.get(name)?;
    }
    let mut summary = VerificationSummary { kind: "summary", ..VerificationSummary::default() };
    let several = captures.len() > 1;
    for capture in &captures {
        let (provider, judgement) = judge.judge(capture)?;
        match judgement.verdict {
            Verdict::Valid => summary.valid += 1,
            Verdict::UnknownProvider => summary.unjudged += 1,
            Verdict::Invalid | Verdict::Unsigned | Verdict::NoSecret => summary.invalid += 1,
        }
        print(context, capture, provider.as_deref(), &judgement);
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

/// Judges captures of any provider.
struct Judge {
    given: Vec<Secret>,
    secrets: Secrets,
    catalog: Catalog,
    named: Option<String>,
    at: Option<Timestamp>,
    tolerance: Option<Tolerance>,
    public_url: Option<String>,
    detector: Option<Detector>,
    verifiers: HashMap<String, Arc<Verifier>>,
}

impl Judge {
    fn judge(&mut self, capture: &Capture) -> Result<(Option<String>, Judgement), Failure> {
        let Some(provider) = self.provider_of(capture)? else {
            return Ok((None, Judgement::plain(Verdict::UnknownProvider, Reason::ProviderUnknown)));
        };
        let verifier = self.verifier(&provider)?;
        let now = self.at.or(capture.arrived_at).unwrap_or_else(clock::now);
        // A file has no address of its own unless it says so: a guess could make a right signature look wrong.
        let url = match (&capture.url, &self.public_url) {
            (Some(url), _) => Some(url.clone()),
            (None, Some(public)) => crate::model::address::seen(&capture.request, Some(public)),
            (None, None) => None,
        };
        let judgement = verifier.judge(&capture.request, url.as_deref(), now, self.tolerance, Checks::on());
        Ok((Some(provider.name.clone()), judgement))
    }

    /// The provider that was named, else the one the file names, else the path's, else the one that is recognised.
    fn provider_of(&mut self, capture: &Capture) -> Result<Option<Arc<Provider>>, Failure> {
        if let Some(name) = &self.named {
            return Ok(Some(self.catalog.get(name)?));
        }
        if let Some(name) = &capture.provider
            && self.catalog.contains(name)
        {
            return Ok(Some(self.catalog.get(name)?));
        }
        if let Some(name) = named_by_path(&self.catalog, capture.request.path()) {
            return Ok(Some(self.catalog.get(name)?));
        }
        if self.detector.is_none() {
            self.detector = Some(Detector::new(&self.catalog)?);
        }
        Ok(self.detector.as_ref().and_then(|detector| detector.detect(&capture.request)).cloned())
    }

    fn verifier(&mut self, provider: &Arc<Provider>) -> Result<Arc<Verifier>, Failure> {
        if let Some(verifier) = self.verifiers.get(&provider.name) {
            return Ok(verifier.clone());
        }
        let known = self.secrets.known(provider, &self.given, KeyUse::Verify)?;
        let verifier = Arc::new(Verifier::new(provider.clone(), &known));
        self.verifiers.insert(provider.name.clone(), verifier.clone());
        Ok(verifier)
    }
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
