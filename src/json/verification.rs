//! `{"kind":"verification"}` and the `{"kind":"summary"}` behind several.

use std::collections::BTreeMap;

use serde::Serialize;

use super::diagnosis::CauseObject;
use crate::diagnosis::Diagnosis;
use crate::model::Reason;
use crate::provider::Judgement;

/// What verification said about a request.
#[derive(Debug, Serialize)]
pub struct VerificationObject<'a> {
    kind: &'static str,
    /// What was judged: `#12`, `request.http`, `file.har#3`.
    source: &'a str,
    provider: Option<&'a str>,
    verdict: &'static str,
    reason: Option<&'static str>,
    scheme: Option<&'a str>,
    checks: Vec<CheckObject<'a>>,
    /// What would make it valid; empty if it is.
    diagnosis: Vec<CauseObject>,
    secret_index: Option<usize>,
    /// How it is verified, step by step, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<Vec<String>>,
}

#[derive(Debug, Serialize)]
struct CheckObject<'a> {
    name: &'static str,
    ok: bool,
    detail: &'a str,
}

impl<'a> VerificationObject<'a> {
    /// A judgement with its diagnosis, as the public sees them.
    pub fn new(
        source: &'a str,
        provider: Option<&'a str>,
        judgement: &'a Judgement,
        diagnosis: &Diagnosis,
        steps: Option<Vec<String>>,
    ) -> Self {
        Self {
            kind: "verification",
            source,
            provider,
            verdict: judgement.verdict.as_str(),
            reason: judgement.reason.map(Reason::as_str),
            scheme: judgement.scheme.as_deref(),
            checks: judgement
                .checks
                .iter()
                .map(|check| CheckObject { name: check.name, ok: check.ok, detail: &check.detail })
                .collect(),
            diagnosis: diagnosis.findings.iter().map(CauseObject::from).collect(),
            secret_index: judgement.secret_index,
            steps,
        }
    }
}

/// What was said about several requests.
#[derive(Debug, Default, Serialize)]
pub struct VerificationSummary {
    /// Always `summary`.
    pub kind: &'static str,
    /// Valid ones.
    pub valid: u64,
    /// Those that are not.
    pub invalid: u64,
    /// Those about which nothing could be said: no provider was recognised.
    pub unjudged: u64,
    /// How many of those that are not valid have each cause.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub causes: BTreeMap<&'static str, u64>,
}
