//! Why a signature does not come out right: what would make it right, proved by recomputing.
//!
//! ```text
//! cause.rs     the causes and their ids          advice.rs   what is said about each
//! body/        what the body may have been       secret.rs   what the key may have been
//! content.rs   what else may have been signed    url.rs      which address
//! found.rs     the signatures in the request     effort.rs   how much is tried
//! alternative.rs  all that may have been signed, the body and the key apart
//! keyed.rs     the search for keyed hashes       trial.rs    one recomputation of it
//! general.rs   the search for all other kinds    others.rs   the schemes of other providers
//! certain.rs   what is plain to see              difference.rs  where two bodies part
//! explain.rs   how a scheme is verified, in words   written.rs  which program wrote a body
//! ```
//!
//! Pure: the same case gives the same findings. One change at a time, then the likely pairs; the likeliest first. Nothing is
//! reported but what was recomputed and equal, or is plain to see in the request.

pub mod advice;
mod alternative;
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
mod others;
pub mod secret;
mod trial;
pub mod url;
pub mod written;

use std::fmt::Write;
use std::sync::Arc;

pub use self::advice::{Advice, advice, code};
pub use self::cause::{Cause, Change};
pub use self::difference::Difference;
pub use self::effort::Effort;
use self::effort::{Budget, Ended};
use self::found::Candidates;
use self::keyed::{ANY, Tally};
pub use self::written::Language;
use crate::model::{Reason, Request, Secret, Timestamp, Verdict};
use crate::provider::{Judgement, Provider};
use crate::signature::{Scheme, SchemeKind, is_present};

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
    /// The language that wrote the body which was captured, if it was written again and its style tells.
    pub language: Option<Language>,
}

impl Finding {
    /// One that needs no recomputing.
    fn plain(cause: Cause, detail: String) -> Self {
        Self {
            change: Change::new(cause, detail),
            with: Vec::new(),
            proof: String::new(),
            difference: None,
            language: None,
        }
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
    let mut plain = certain::findings(case);
    if matches!(case.judgement.reason, Some(Reason::TimestampStale | Reason::TimestampFuture | Reason::Certificate)) {
        // The signature is right: nothing else is to be looked for.
        return Diagnosis { findings: plain, tried: 0, complete: true };
    }
    let mut budget = Budget::new(effort);
    let mut hits = Vec::new();
    let searched = search(case, &mut Tally { budget: &mut budget, hits: &mut hits });
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
        for mut change in hit.changes {
            let mut language = None;
            if change.cause == Cause::BodyReserialized
                && let Some(written) = written::written(&case.request.body)
            {
                let _ = write!(change.detail, "; this one is written {}", written.style);
                language = written.language;
            }
            let with = causes.iter().copied().filter(|cause| *cause != change.cause).collect();
            let difference = hit.difference.clone().filter(|_| change.cause.is_of_body());
            findings.push(Finding { change, with, proof: hit.proof.clone(), difference, language });
        }
    }
    if !findings.is_empty() {
        // A length that does not fit is a consequence of what was proved, not a part that is missing.
        plain.retain(|finding| finding.change.cause != Cause::BodyTruncated);
    }
    findings.extend(plain);
    if findings.is_empty() {
        findings.extend(certain::of_another_length(case).or_else(|| certain::without_body(case)));
    }
    let (tried, complete) = (budget.tried(), searched != Err(Ended::RanOut));
    if findings.is_empty() {
        findings.extend(no_match(case, tried, complete));
    }
    Diagnosis { findings, tried, complete }
}

/// Everything, the likely first, until something fits.
fn search(case: &Case<'_>, tally: &mut Tally<'_>) -> Result<(), Ended> {
    let candidates = Candidates::of(case.request);
    others::of_their_own_headers(case, &candidates, tally)?;
    tally.settled_by(1)?;
    let (keyed, general): (Vec<&Scheme>, Vec<&Scheme>) = schemes(case).into_iter().partition(|scheme| is_keyed(scheme));
    let keyed: Vec<keyed::Search<'_>> =
        keyed.into_iter().filter_map(|scheme| keyed::Search::new(case, scheme, &candidates)).collect();
    keyed.iter().try_for_each(|search| search.singles(tally))?;
    general.iter().try_for_each(|scheme| general::singles(case, scheme, tally))?;
    tally.settled_by(ANY)?;
    others::of_any(case, &candidates, tally)?;
    tally.settled_by(1)?;
    keyed.iter().try_for_each(|search| search.pairs(tally))?;
    general.iter().try_for_each(|scheme| general::pairs(case, scheme, tally))
}

/// The schemes that the request may have been meant to be signed with: those that are in it and not right, the one that
/// decided first; all of them, if none is in it.
fn schemes<'c>(case: &'c Case<'_>) -> Vec<&'c Scheme> {
    let all = || case.provider.definition.schemes();
    let mut present: Vec<&Scheme> = all().filter(|scheme| is_present(scheme, case.request)).collect();
    if present.is_empty() {
        return all().collect();
    }
    present.sort_by_key(|scheme| case.judgement.scheme.as_deref() != Some(&*scheme.id));
    present.retain(|scheme| !general::is_right(case, scheme));
    present
}

/// Whether the quick search is for this scheme.
fn is_keyed(scheme: &Scheme) -> bool {
    scheme.kind == SchemeKind::Hmac && scheme.each.is_none()
}

fn no_match(case: &Case<'_>, tried: u64, complete: bool) -> Option<Finding> {
    let judged = matches!(
        case.judgement.reason,
        Some(Reason::SignatureMismatch | Reason::BodyMismatch | Reason::DevelopmentSecretOnly | Reason::SecretForm)
    );
    if !judged || tried == 0 {
        return None;
    }
    let rest = if complete { "" } else { ", and there are more to try" };
    let detail = format!("{tried} combinations were tried{rest}");
    Some(Finding::plain(Cause::NoMatch, detail))
}

#[cfg(test)]
mod tests;
