//! `{"kind":"provider"}`: a line of `providers list`, or all of `providers show`.

use serde::Serialize;

use crate::provider::{Catalog, Origin, Provider};

/// A provider.
#[derive(Debug, Serialize)]
pub struct ProviderObject {
    kind: &'static str,
    name: String,
    title: String,
    docs: String,
    status: &'static str,
    /// `built-in`, `private` (a folder) or `configuration` (a table).
    origin: &'static str,
    /// The folder, or file and line, where it is not built in.
    place: Option<String>,
    /// Whether it takes the place of a built-in one, or changes it.
    replaces_built_in: bool,
    note: Option<String>,
    secret: Option<String>,
    schemes: Vec<SchemeObject>,
    events: Vec<String>,
    handshakes: Vec<String>,
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
    pub fn new(provider: &Provider, origin: Origin) -> Self {
        let definition = &provider.definition;
        let (origin, place) = match origin {
            Origin::BuiltIn => ("built-in", None),
            Origin::Folder(place) => ("private", Some(place)),
            Origin::Table(place) => ("configuration", Some(place)),
        };
        Self {
            kind: "provider",
            name: provider.name.clone(),
            title: definition.title.clone(),
            docs: definition.docs.clone(),
            status: definition.status.as_str(),
            origin,
            replaces_built_in: place.is_some() && Catalog::is_built_in(&provider.name),
            place,
            note: definition.note.clone(),
            secret: definition.secret.as_ref().map(|secret| secret.name.clone()),
            schemes: definition
                .schemes()
                .map(|scheme| SchemeObject {
                    id: scheme.id.to_string(),
                    kind: scheme.kind.as_str(),
                    header: scheme.carrier.describe(),
                    content: scheme.signs_body().then(|| scheme.content.as_str().to_owned()),
                    encoding: scheme.encoding().as_str(),
                })
                .collect(),
            events: provider.events(),
            handshakes: definition.handshake.iter().map(|handshake| handshake.id.clone()).collect(),
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
