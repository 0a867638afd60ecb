//! `{"kind":"check"}`: what `providers check` found about a provider.

use serde::Serialize;

use crate::provider::check::Report;

/// What was found about a provider.
#[derive(Debug, Serialize)]
pub struct CheckObject<'a> {
    kind: &'static str,
    provider: &'a str,
    events: usize,
    scenarios: usize,
    handshakes: usize,
    vectors: usize,
    problems: &'a [String],
}

impl<'a> CheckObject<'a> {
    /// A report as the public sees it.
    pub fn new(provider: &'a str, report: &'a Report) -> Self {
        let Report { events, scenarios, handshakes, vectors, problems } = report;
        Self {
            kind: "check",
            provider,
            events: *events,
            scenarios: *scenarios,
            handshakes: *handshakes,
            vectors: *vectors,
            problems,
        }
    }
}
