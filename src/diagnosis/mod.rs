//! Why a signature does not come out right: what would make it right, proved by recomputing.
//!
//! ```text
//! cause.rs     the causes and their ids          advice.rs   what is said about each
//! body/        what the body may have been       secret.rs   what the key may have been
//! content.rs   what else may have been signed    url.rs      which address
//! found.rs     the signatures in the request     effort.rs   how much is tried
//! keyed.rs     the search for keyed hashes       general.rs  the search for all other kinds
//! certain.rs   what is plain to see             difference.rs  where two bodies part
//! explain.rs   how a scheme is verified, in words
//! ```
//!
//! Pure: the same case gives the same findings. One change at a time, then the likely pairs; the likeliest first. Nothing is
//! reported but what was recomputed and equal, or is plain to see in the request.

pub mod advice;
pub mod body;
pub mod cause;
mod certain;
mod content;
pub mod difference;
pub mod effort;
pub mod explain;
mod found;
mod general;
mod keyed;
pub mod secret;
pub mod url;

use std::sync::Arc;

pub use self::advice::{Advice, advice};
pub use self::cause::{Cause, Change};
pub use self::difference::Difference;
use self::effort::Budget;
pub use self::effort::Effort;
use crate::model::{Reason, Request, Secret, Timestamp, Verdict};
use crate::provider::{Judgement, Provider};
use crate::signature::SchemeKind;

/// A secret with a name by which a person knows it.
#[derive(Debug, Clone)]
pub struct Named {
    /// Where it is from: `HOOKCTL_GITHUB_SECRET`, `the second --secret`. Never the value.
    pub name: String,
    /// The secret.
    pub secret: Secret,
}

/// A request that was judged, and what is known around it.
pub struct Case<'a> {
    /// Whose request it is taken for.
    pub provider: &'a Provider,
    /// All providers, for schemes of others.
    pub providers: &'a [Arc<Provider>],
    /// The request.
    pub request: &'a Request,
    /// The address that the provider was given, if it is known.
    pub url: Option<&'a str>,
    /// The secrets that it was judged with.
    pub secrets: &'a [Named],
    /// Other secrets that are known.
    pub others: &'a [Named],
    /// The judgement.
    pub judgement: &'a Judgement,
    /// The time it was judged at.
    pub now: Timestamp,
}

/// Something that is proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The cause, and which of its forms.
    pub change: Change,
    /// The causes that belong to it: only all of them together make the signature right.
    pub with: Vec<Cause>,
    /// What was recomputed, and what came out; empty for what is plain to see.
    pub proof: String,
    /// Where the signed body differs from this one, if it is the body that differs.
    pub difference: Option<Difference>,
}

impl Finding {
    /// One that needs no recomputing.
    fn plain(cause: Cause, detail: String) -> Self {
        Self { change: Change::new(cause, detail), with: Vec::new(), proof: String::new(), difference: None }
    }
}

/// What a search came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnosis {
    /// The findings, likely ones first. Never empty for a request that is not valid, unless nothing can be said at all.
    pub findings: Vec<Finding>,
    /// How many signatures were recomputed.
    pub tried: u64,
    /// Whether everything was tried that there is to try.
    pub complete: bool,
}

/// Findings that are told, at most: what is less likely than three others helps nobody.
const MOST_FINDINGS: usize = 3;

/// A way to make the signature right.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hit {
    changes: Vec<Change>,
    proof: String,
    difference: Option<Difference>,
}

/// Finds out why a request is not valid. A valid one has no diagnosis.
pub fn diagnose(case: &Case<'_>, effort: Effort) -> Diagnosis {
    if case.judgement.verdict == Verdict::Valid {
        return Diagnosis { complete: true, ..Diagnosis::default() };
    }
    let plain = certain::findings(case);
    if matches!(case.judgement.reason, Some(Reason::TimestampStale | Reason::TimestampFuture | Reason::Certificate)) {
        // The signature is right: nothing else is to be looked for.
        return Diagnosis { findings: plain, tried: 0, complete: true };
    }
    let mut budget = Budget::new(effort);
    let mut hits = Vec::new();
    let schemes = || case.provider.definition.schemes();
    let keyed = || schemes().filter(|scheme| scheme.kind == SchemeKind::Hmac && scheme.each.is_none());
    let other = || schemes().filter(|scheme| scheme.kind != SchemeKind::Hmac || scheme.each.is_some());
    let searched = (|| {
        for scheme in keyed() {
            keyed::singles(case, scheme, &mut budget, &mut hits)?;
        }
        for scheme in other() {
            general::singles(case, scheme, &mut budget, &mut hits)?;
        }
        if hits.is_empty() {
            keyed::of_other_providers(case, &mut budget, &mut hits)?;
        }
        if hits.is_empty() {
            for scheme in keyed() {
                keyed::pairs(case, scheme, &mut budget, &mut hits)?;
            }
            for scheme in other() {
                general::pairs(case, scheme, &mut budget, &mut hits)?;
            }
        }
        Ok::<(), effort::RanOut>(())
    })();
    hits.sort_by_key(|hit| hit.changes.len());
    let fewest = hits.first().map_or(0, |hit| hit.changes.len());
    let mut findings: Vec<Finding> = Vec::new();
    for hit in hits.into_iter().filter(|hit| hit.changes.len() == fewest) {
        let causes: Vec<Cause> = hit.changes.iter().map(|change| change.cause).collect();
        let is_known =
            |finding: &Finding| causes.len() == finding.with.len() + 1 && causes.contains(&finding.change.cause);
        if findings.len() >= MOST_FINDINGS || findings.iter().any(is_known) {
            continue;
        }
        for change in hit.changes {
            let with = causes.iter().copied().filter(|cause| *cause != change.cause).collect();
            let difference = hit.difference.clone().filter(|_| change.cause.is_of_body());
            findings.push(Finding { change, with, proof: hit.proof.clone(), difference });
        }
    }
    findings.extend(plain);
    let (tried, complete) = (budget.tried(), searched.is_ok() && !budget.ran_out());
    if findings.is_empty() {
        findings.extend(no_match(case, tried, complete));
    }
    Diagnosis { findings, tried, complete }
}

fn no_match(case: &Case<'_>, tried: u64, complete: bool) -> Option<Finding> {
    let judged = matches!(
        case.judgement.reason,
        Some(Reason::SignatureMismatch | Reason::BodyMismatch | Reason::DevelopmentSecretOnly | Reason::SecretForm)
    );
    if !judged || tried == 0 {
        return None;
    }
    let rest = if complete { "" } else { "; not all was tried, --thorough goes on" };
    let detail = format!("{tried} combinations were tried{rest}");
    Some(Finding::plain(Cause::NoMatch, detail))
}

#[cfg(test)]
mod tests;
