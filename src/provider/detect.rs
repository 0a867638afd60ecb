//! Recognising the provider of a request, and finding the event in it.

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::catalog::Catalog;
use super::definition::DetectRule;
use super::error::ProviderError;
use super::folder::Provider;
use crate::model::{JsonPaths, Request};
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
///
/// Most rules ask for a header, so a request is compared with the rules of the headers it has, and with those that ask
/// for none. What rules look for in JSON is found in one pass, once one of them gets so far.
pub struct Detector {
    rules: Vec<Rule>,
    /// The rules that ask for a header, by the name of the first one in lower case.
    by_header: HashMap<String, Vec<usize>>,
    /// The rules that ask for no header.
    others: Vec<usize>,
    /// The paths of all rules' conditions on JSON, rule by rule.
    paths: JsonPaths,
}

struct Rule {
    provider: Arc<Provider>,
    at: usize,
    /// Where its paths are among all.
    paths: Range<usize>,
}

impl Rule {
    fn definition(&self) -> &DetectRule {
        &self.provider.definition.detect[self.at]
    }
}

impl Detector {
    /// Collects the rules of all providers.
    ///
    /// # Errors
    /// A broken provider.
    pub fn new(catalog: &Catalog) -> Result<Self, ProviderError> {
        let mut rules = Vec::new();
        for provider in catalog.all()? {
            let its = 0..provider.definition.detect.len();
            rules.extend(its.map(|at| Rule { provider: provider.clone(), at, paths: 0..0 }));
        }
        // Specific before generic, many conditions before few; names break ties so that the result never varies.
        rules.sort_by(|a, b| {
            let (x, y) = (a.definition(), b.definition());
            (x.generic, Reverse(x.weight()), &a.provider.name).cmp(&(y.generic, Reverse(y.weight()), &b.provider.name))
        });
        let mut by_header: HashMap<String, Vec<usize>> = HashMap::new();
        let (mut others, mut paths) = (Vec::new(), 0);
        for (place, rule) in rules.iter_mut().enumerate() {
            let end = paths + rule.definition().json.len();
            rule.paths = paths..end;
            paths = end;
            match rule.definition().headers.first() {
                Some(condition) => by_header.entry(condition.name.to_ascii_lowercase()).or_default().push(place),
                None => others.push(place),
            }
        }
        let conditions = rules.iter().flat_map(|rule| &rule.definition().json);
        let paths = JsonPaths::new(conditions.map(|condition| &condition.path));
        Ok(Self { rules, by_header, others, paths })
    }

    /// The provider whose rule holds, if there is one.
    pub fn detect(&self, request: &Request) -> Option<&Arc<Provider>> {
        let mut places = self.others.clone();
        let mut name = String::new();
        for header in &request.headers {
            name.clear();
            name.push_str(header.name());
            name.make_ascii_lowercase();
            places.extend(self.by_header.get(&name).into_iter().flatten());
        }
        places.sort_unstable();
        let located = OnceCell::new();
        let found = places.into_iter().map(|place| &self.rules[place]).find(|rule| {
            let values = || &located.get_or_init(|| self.paths.locate(request.document()))[rule.paths.clone()];
            rule.definition().holds(request, values)
        });
        found.map(|rule| &rule.provider)
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
            + self.query.len()
            + usize::from(self.user_agent.is_some())
            + usize::from(self.path.is_some())
    }

    /// Whether all conditions hold. A rule without conditions never does. `values` are those at the paths of its
    /// conditions on JSON.
    fn holds<'a>(&self, request: &Request, values: impl FnOnce() -> &'a [Option<String>]) -> bool {
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
            && (self.json.is_empty()
                || self.json.iter().zip(values()).all(|(condition, value)| {
                    let fits = |text: &String| condition.value.as_ref().is_none_or(|glob| matches_glob(glob, text));
                    value.as_ref().is_some_and(fits)
                }))
            && self.query.iter().all(|name| {
                let query = request.query().unwrap_or_default();
                url::form_urlencoded::parse(query.as_bytes()).any(|(key, _)| key == name.as_str())
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
        // Most locators are a value of a JSON body and no more: these are found together.
        let mut values = self.event_paths.locate(request.document()).into_iter();
        let mut first = |templates: &[Template]| {
            let mut found = None;
            for template in templates {
                let value = match template.as_json() {
                    Some(_) => values.next().flatten().filter(|text| !text.is_empty()),
                    None if found.is_none() => template.locate(&message),
                    None => None,
                };
                found = found.or(value);
            }
            found
        };
        // In the order of `EventLocators::templates`.
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
