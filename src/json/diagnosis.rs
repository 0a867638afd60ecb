//! Why a delivery is not valid: the causes of `{"kind":"verification"}`, and `{"kind":"diagnosis"}` of `listen`.

use serde::Serialize;

use crate::diagnosis::{Diagnosis, Finding, advice, code};
use crate::model::Summary;

/// Why a delivery that was received is not valid.
#[derive(Debug, Serialize)]
pub struct DiagnosisObject<'a> {
    kind: &'static str,
    delivery_id: String,
    number: i64,
    provider: Option<&'a str>,
    verdict: &'static str,
    reason: Option<&'static str>,
    diagnosis: Vec<CauseObject>,
}

impl<'a> DiagnosisObject<'a> {
    /// What was found out about a delivery.
    pub fn new(number: i64, summary: &'a Summary, diagnosis: &Diagnosis) -> Self {
        Self {
            kind: "diagnosis",
            delivery_id: summary.id.to_string(),
            number,
            provider: summary.provider.as_deref(),
            verdict: summary.verdict.as_str(),
            reason: summary.reason.map(crate::model::Reason::as_str),
            diagnosis: diagnosis.findings.iter().map(CauseObject::from).collect(),
        }
    }
}

/// One cause, as the public sees it.
#[derive(Debug, Serialize)]
pub(super) struct CauseObject {
    cause: &'static str,
    /// The causes that belong to it.
    with: Vec<&'static str>,
    detail: String,
    explanation: &'static str,
    /// What was recomputed; null for what is plain to see.
    proof: Option<String>,
    fix: &'static str,
    /// How common frameworks do it right.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    code: Vec<CodeObject>,
    /// Where the signed body differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<DifferenceObject>,
}

#[derive(Debug, Serialize)]
struct CodeObject {
    framework: &'static str,
    code: &'static str,
}

#[derive(Debug, Serialize)]
struct DifferenceObject {
    at: usize,
    signed: String,
    captured: String,
}

impl From<&Finding> for CauseObject {
    fn from(finding: &Finding) -> Self {
        let said = advice(finding.change.cause);
        Self {
            cause: finding.change.cause.as_str(),
            with: finding.with.iter().map(|cause| cause.as_str()).collect(),
            detail: finding.change.detail.clone(),
            explanation: said.explanation,
            proof: Some(finding.proof.clone()).filter(|proof| !proof.is_empty()),
            fix: said.fix,
            code: code(finding.change.cause, finding.language)
                .into_iter()
                .map(|(framework, code)| CodeObject { framework, code })
                .collect(),
            difference: finding.difference.as_ref().map(|difference| DifferenceObject {
                at: difference.at,
                signed: difference.signed.clone(),
                captured: difference.captured.clone(),
            }),
        }
    }
}
