//! `hookctl verify`: a verdict for each request, why where it is not valid, and their sum.
//!
//! ```text
//! mod.rs      what is judged, how much is looked into, the sum
//! bulk.rs     exports of any length, by all processors
//! shown.rs    what is said of one request
//! ```

mod bulk;
mod shown;

use std::sync::Arc;

use super::Context;
use super::capture::{self, Input};
use super::judge::{Judge, Said};
use crate::cli::verify::VerifyArgs;
use crate::clock;
use crate::diagnosis::{Diagnosis, Effort};
use crate::error::Failure;
use crate::exit::Exit;
use crate::formats::Capture;
use crate::json::verification::VerificationSummary;
use crate::model::Verdict;
use crate::provider::{Judgement, Provider};
use crate::signature::Checks;

/// Of many requests the first ones that are not valid are looked into as one alone would be, the others briefly.
const LOOKED_INTO: u64 = 10;

pub(super) fn run(context: &Context, args: &VerifyArgs) -> Result<Exit, Failure> {
    let input = capture::of_verify(context, args)?;
    let said = Said {
        secrets: &args.secrets.secrets,
        provider: args.provider.as_deref(),
        at: args.at.map(|when| when.resolve(clock::now())),
        tolerance: args.tolerance,
    };
    let judging = Judging { context, args, judge: Judge::new(context, &said)? };
    let mut sum = Sum(VerificationSummary { kind: "summary", ..VerificationSummary::default() });
    match input {
        Input::Captures(captures) => {
            for capture in captures {
                let judged = judging.judged(capture, judging.checks())?;
                let diagnosis = judging.diagnosed(&judged, judging.effort(sum.0.invalid))?;
                sum.count(judged.judgement.verdict, &diagnosis);
                judging.show(&judged, &diagnosis);
            }
        }
        Input::Export(reader, name) => bulk::run(&judging, reader, &name, &mut sum)?,
    }
    Ok(sum.end(context))
}

/// How requests are judged; shared by all threads.
struct Judging<'a> {
    context: &'a Context,
    args: &'a VerifyArgs,
    judge: Judge,
}

/// A request with its verdict.
struct Judged {
    capture: Capture,
    provider: Option<Arc<Provider>>,
    judgement: Judgement,
}

impl Judged {
    fn is_valid(&self) -> bool {
        self.judgement.verdict == Verdict::Valid
    }
}

impl Judging<'_> {
    /// All that is worth knowing about one request.
    fn checks(&self) -> Checks {
        if self.args.show_secrets { Checks::whole() } else { Checks::on() }
    }

    fn judged(&self, capture: Capture, checks: Checks) -> Result<Judged, Failure> {
        let (provider, judgement) = self.judge.judge(&capture, checks)?;
        Ok(Judged { capture, provider, judgement })
    }

    /// How much is tried for a request, with so many before it that are not valid either.
    fn effort(&self, invalid: u64) -> Effort {
        match (self.args.thorough, invalid < LOOKED_INTO) {
            (true, _) => Effort::THOROUGH,
            (false, true) => Effort::USUAL,
            (false, false) => Effort::BRIEF,
        }
    }

    fn diagnosed(&self, judged: &Judged, effort: Effort) -> Result<Diagnosis, Failure> {
        match judged.provider.as_ref().filter(|_| !judged.is_valid()) {
            Some(provider) => self.judge.diagnose(&judged.capture, provider, &judged.judgement, effort),
            None => Ok(Diagnosis::default()),
        }
    }
}

/// What was said about all of them.
struct Sum(VerificationSummary);

impl Sum {
    fn count_valid(&mut self, valid: u64) {
        self.0.valid += valid;
    }

    fn count(&mut self, verdict: Verdict, diagnosis: &Diagnosis) {
        match verdict {
            Verdict::Valid => self.0.valid += 1,
            Verdict::UnknownProvider => self.0.unjudged += 1,
            Verdict::Invalid | Verdict::Unsigned | Verdict::NoSecret => self.0.invalid += 1,
        }
        // A pair is counted by its first cause.
        if let Some(first) = diagnosis.findings.first() {
            *self.0.causes.entry(first.change.cause.as_str()).or_default() += 1;
        }
    }

    /// Says it, if there were several.
    fn end(self, context: &Context) -> Exit {
        let VerificationSummary { valid, invalid, unjudged, .. } = self.0;
        let all = valid + invalid + unjudged;
        if all > 1 {
            context.output.result(&self.0, || shown::sum(&self.0));
        }
        match all {
            _ if valid == all => Exit::Yes,
            _ if unjudged == all => Exit::Usage,
            _ => Exit::No,
        }
    }
}
