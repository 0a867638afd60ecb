//! `{"kind":"verification"}` and the `{"kind":"summary"}` behind several.

use serde::Serialize;

use crate::model::Reason;
use crate::provider::Judgement;

/// What verification said about a request.
#[derive(Debug, Serialize)]
pub struct VerificationObject {
    kind: &'static str,
    /// What was judged: `#12`, `request.http`, `file.har#3`.
    source: String,
    provider: Option<String>,
    verdict: &'static str,
    reason: Option<&'static str>,
    scheme: Option<String>,
    checks: Vec<CheckObject>,
    /// What would make it valid.
    diagnosis: [(); 0],
    secret_index: Option<usize>,
}

#[derive(Debug, Serialize)]
struct CheckObject {
    name: &'static str,
    ok: bool,
    detail: String,
}

impl VerificationObject {
    /// A judgement as the public sees it.
    pub fn new(source: &str, provider: Option<&str>, judgement: &Judgement) -> Self {
        Self {
            kind: "verification",
            source: source.to_owned(),
            provider: provider.map(str::to_owned),
            verdict: judgement.verdict.as_str(),
            reason: judgement.reason.map(Reason::as_str),
            scheme: judgement.scheme.clone(),
            checks: judgement
                .checks
                .iter()
                .map(|check| CheckObject { name: check.name, ok: check.ok, detail: check.detail.clone() })
                .collect(),
            diagnosis: [],
            secret_index: judgement.secret_index,
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
}
