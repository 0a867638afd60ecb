//! `{"kind":"provider"}`: a line of `providers list`, or all of `providers show`.

use serde::Serialize;

use crate::provider::Provider;

/// A provider.
#[derive(Debug, Serialize)]
pub struct ProviderObject {
    kind: &'static str,
    name: String,
    title: String,
    docs: String,
    status: &'static str,
    note: Option<String>,
    secret: Option<String>,
    schemes: Vec<SchemeObject>,
    events: Vec<String>,
    accepts: Vec<String>,
    timeout_ms: Option<f64>,
    retry_schedule_s: Option<Vec<u64>>,
}

#[derive(Debug, Serialize)]
struct SchemeObject {
    id: String,
    kind: &'static str,
    header: String,
    content: Option<String>,
    encoding: &'static str,
}

impl ProviderObject {
    /// All that is public about a provider.
    pub fn new(provider: &Provider) -> Self {
        let definition = &provider.definition;
        Self {
            kind: "provider",
            name: provider.name.clone(),
            title: definition.title.clone(),
            docs: definition.docs.clone(),
            status: definition.status.as_str(),
            note: definition.note.clone(),
            secret: definition.secret.as_ref().map(|secret| secret.name.clone()),
            schemes: definition
                .schemes()
                .map(|scheme| SchemeObject {
                    id: scheme.id.clone(),
                    kind: scheme.kind.as_str(),
                    header: scheme.carrier.describe(),
                    content: scheme.signs_body().then(|| scheme.content.as_str().to_owned()),
                    encoding: scheme.encoding().as_str(),
                })
                .collect(),
            events: provider.events(),
            accepts: definition.answer.accept.iter().map(ToString::to_string).collect(),
            timeout_ms: definition.answer.timeout.map(super::millis),
            retry_schedule_s: definition
                .retry
                .as_ref()
                .and_then(crate::provider::retry::RetryRule::waits)
                .map(|waits| waits.iter().map(std::time::Duration::as_secs).collect()),
        }
    }
}
