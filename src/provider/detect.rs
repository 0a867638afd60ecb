//! Recognising the provider of a request, and finding the event in it.

use std::sync::Arc;

use super::catalog::{Catalog, Provider, ProviderError};
use super::definition::DetectRule;
use crate::model::Request;
use crate::signature::content::{Message, Template};
use crate::text::matches_glob;

/// The event that a request carries, as far as it can be found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocatedEvent {
    /// Its type.
    pub event_type: Option<String>,
    /// Its id.
    pub event_id: Option<String>,
    /// A key made for recognising repetitions.
    pub idempotency_key: Option<String>,
}

/// All detection rules, in the order in which they are tried.
pub struct Detector {
    rules: Vec<(Arc<Provider>, usize)>,
}

impl Detector {
    /// Collects the rules of all providers.
    ///
    /// # Errors
    /// A broken provider.
    pub fn new(catalog: &Catalog) -> Result<Self, ProviderError> {
        let mut rules = Vec::new();
        for provider in catalog.all()? {
            rules.extend((0..provider.definition.detect.len()).map(|rule| (provider.clone(), rule)));
        }
        // Specific before generic, many conditions before few; names break ties so that the result never varies.
        rules.sort_by(|(a, x), (b, y)| {
            let (x, y) = (&a.definition.detect[*x], &b.definition.detect[*y]);
            (x.generic, std::cmp::Reverse(x.weight()), &a.name).cmp(&(
                y.generic,
                std::cmp::Reverse(y.weight()),
                &b.name,
            ))
        });
        Ok(Self { rules })
    }

    /// The provider whose rule holds, if there is one.
    pub fn detect(&self, request: &Request) -> Option<&Arc<Provider>> {
        self.rules
            .iter()
            .find(|(provider, rule)| provider.definition.detect[*rule].holds(request))
            .map(|(provider, _)| provider)
    }
}

/// The provider that the path names: `/webhooks/<provider>` or `/<provider>`, with anything behind it.
pub fn named_by_path<'a>(catalog: &Catalog, path: &'a str) -> Option<&'a str> {
    let mut segments = path.split('/').skip(1);
    let first = segments.next()?;
    let name = if first == "webhooks" { segments.next()? } else { first };
    catalog.contains(name).then_some(name)
}

impl DetectRule {
    fn weight(&self) -> usize {
        self.headers.len()
            + self.json.len()
            + self.form.len()
            + usize::from(self.user_agent.is_some())
            + usize::from(self.path.is_some())
    }

    /// Whether all conditions hold. A rule without conditions never does.
    fn holds(&self, request: &Request) -> bool {
        let headers = self.headers.iter().all(|condition| match &condition.value {
            None => request.headers.contains(&condition.name),
            Some(glob) => {
                let matches = |h: &crate::model::Header| h.text().is_some_and(|v| matches_glob(glob, v));
                request.headers.all(&condition.name).any(matches)
            }
        });
        if !headers || self.weight() == 0 {
            return false;
        }
        let glob_holds = |glob: &Option<String>, text: Option<&str>| {
            glob.as_ref().is_none_or(|glob| text.is_some_and(|text| matches_glob(glob, text)))
        };
        glob_holds(&self.user_agent, request.headers.text("user-agent"))
            && glob_holds(&self.path, Some(request.path()))
            && self.json.iter().all(|condition| {
                condition
                    .path
                    .locate(&request.body)
                    .is_some_and(|text| condition.value.as_ref().is_none_or(|glob| matches_glob(glob, &text)))
            })
            && self.form.iter().all(|field| {
                request.is_form() && url::form_urlencoded::parse(&request.body).any(|(key, _)| key == field.as_str())
            })
    }
}

impl Provider {
    /// Finds the event in a request.
    pub fn locate(&self, request: &Request) -> LocatedEvent {
        let message = Message::new(request, None);
        let first = |templates: &[Template]| templates.iter().find_map(|template| template.locate(&message));
        let event = &self.definition.event;
        LocatedEvent {
            event_type: first(&event.r#type),
            event_id: first(&event.id),
            idempotency_key: first(&event.idempotency_key),
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::model::Headers;

    fn request(headers: &[(&str, &str)], body: &str) -> Request {
        Request {
            method: "POST".into(),
            target: "/".into(),
            headers: headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect::<Headers>(),
            body: Bytes::from(body.to_owned()),
        }
    }

    #[test]
    fn providers_are_recognised_by_what_only_they_send() {
        let catalog = Catalog::default();
        let detector = Detector::new(&catalog).expect("all providers are sound");
        for (headers, provider) in [
            (&[("Stripe-Signature", "t=1,v1=a")][..], Some("stripe")),
            (&[("X-GitHub-Event", "push"), ("X-Hub-Signature-256", "sha256=a")], Some("github")),
            (
                &[("webhook-id", "a"), ("webhook-timestamp", "1"), ("webhook-signature", "v1,a")],
                Some("standard-webhooks"),
            ),
            (
                &[
                    ("X-Gitlab-Event", "Push Hook"),
                    ("webhook-id", "a"),
                    ("webhook-timestamp", "1"),
                    ("webhook-signature", "v1,a"),
                ],
                Some("gitlab"),
            ),
            (&[("svix-id", "a"), ("svix-timestamp", "1"), ("svix-signature", "v1,a")], Some("svix")),
            (&[("X-Twilio-Email-Event-Webhook-Signature", "a")], Some("sendgrid")),
            (&[("X-Twilio-Signature", "a")], Some("twilio")),
            (&[("X-Nothing", "a")], None),
        ] {
            let found = detector.detect(&request(headers, "{}")).map(|p| p.name.as_str());
            assert_eq!(found, provider, "{headers:?}");
        }
    }

    #[test]
    fn a_path_names_a_provider() {
        let catalog = Catalog::default();
        for (path, name) in [
            ("/webhooks/stripe", Some("stripe")),
            ("/stripe", Some("stripe")),
            ("/stripe/live", Some("stripe")),
            ("/webhooks", None),
            ("/api/stripe", None),
            ("/", None),
            ("", None),
        ] {
            assert_eq!(named_by_path(&catalog, path), name, "{path}");
        }
    }
}
