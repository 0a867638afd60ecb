//! Which headers are a provider's own.

use super::Definition;
use crate::signature::content::{Source, Template};

impl Definition {
    /// Whether this header is one that the provider signs, signs with, is recognised by, or says something in.
    pub fn speaks_of_header(&self, name: &str) -> bool {
        let is = |other: &str| other.eq_ignore_ascii_case(name);
        let names = |source: &Source| matches!(source, Source::Header(header) if is(header));
        let in_template = |template: &Template| template.uses(names);
        let in_schemes = self.schemes().any(|scheme| {
            scheme.carrier.headers().any(|header| is(&header))
                || scheme.signs(names)
                || scheme.requires.iter().any(|header| is(header))
                || scheme.key.id_header.as_deref().is_some_and(is)
                || scheme.timestamp.as_ref().and_then(|rule| rule.header.as_deref()).is_some_and(is)
                || scheme.certificate.as_ref().and_then(|rule| rule.url_header.as_deref()).is_some_and(is)
        });
        in_schemes
            || self.event.templates().any(in_template)
            || self.detect.iter().flat_map(|rule| &rule.headers).any(|header| is(&header.name))
            || self.request.headers.iter().any(|line| is(&line.name))
    }
}

#[cfg(test)]
mod tests {
    use crate::provider::Catalog;

    #[test]
    fn what_is_signed_or_said_in_a_header_is_the_providers_own() {
        let catalog = Catalog::default();
        for (provider, header, own) in [
            ("stripe", "stripe-signature", true),
            ("github", "X-Hub-Signature-256", true),
            ("github", "x-github-event", true),
            ("github", "X-GitHub-Delivery", true),
            ("slack", "X-Slack-Request-Timestamp", true),
            ("slack", "X-Internal", false),
            ("stripe", "Keep-Alive", false),
        ] {
            let definition = &catalog.get(provider).expect(provider).definition;
            assert_eq!(definition.speaks_of_header(header), own, "{provider} {header}");
        }
    }
}
