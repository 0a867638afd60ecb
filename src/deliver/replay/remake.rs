//! What of a recorded request is made anew: edits, a new event id, a fresh time and signature.

use std::sync::Arc;

use rand::rngs::StdRng;
use url::Url;

use super::sender::Sender;
use super::{Recorded, ReplayError};
use crate::deliver::renewal::Renewal;
use crate::model::json_path::Step;
use crate::model::{Reason, Request, Timestamp, Verdict};
use crate::payload::document::style_of;
use crate::payload::{Edit, Node, Seed, alike, form};
use crate::provider::Provider;
use crate::signature::Scheme;
use crate::signature::content::{Message, Source, Template};

/// What becomes of signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// They stay as they were recorded, and so does everything else.
    Keep,
    /// They are made anew.
    Fresh,
    /// They are made anew where the secret is known, and stay elsewhere.
    WhereKnown,
}

/// What is changed.
#[derive(Debug, Clone)]
pub struct Remaking {
    /// What becomes of signatures.
    pub signing: Signing,
    /// Whether each delivery gets an event id of its own.
    pub new_ids: bool,
    /// Changes of the payload.
    pub edits: Vec<Edit>,
}

/// What became of a request.
pub(super) struct Remade {
    /// What a receiver with the right secret will think of it.
    pub(super) verdict: (Verdict, Option<Reason>),
    /// How further attempts differ from the first.
    pub(super) renewal: Option<Arc<Renewal>>,
}

impl Remade {
    fn kept(verdict: (Verdict, Option<Reason>)) -> Self {
        Self { verdict, renewal: None }
    }
}

impl Remaking {
    /// Changes a request that is on its way to `url`.
    pub(super) fn apply(
        &self,
        recorded: &Recorded,
        sender: Option<&Sender>,
        request: &mut Request,
        url: &Url,
        seed: Seed,
        now: Timestamp,
    ) -> Result<Remade, ReplayError> {
        let provider = sender.map(Sender::provider);
        if self.new_ids {
            renew(provider.ok_or(ReplayError::NoEventId)?, request, &mut seed.chance())?;
        }
        if !self.edits.is_empty() {
            change(request, provider, |document| {
                self.edits.iter().try_for_each(|edit| edit.apply(document)).map_err(ReplayError::from)
            })?;
        }
        let changed = self.new_ids || !self.edits.is_empty();
        let signer = match (self.signing, sender) {
            (Signing::Keep, _) => None,
            (Signing::Fresh, None) => return Err(ReplayError::NobodySigns),
            (Signing::Fresh, Some(sender)) => Some(sender),
            (Signing::WhereKnown, sender) => {
                sender.filter(|sender| changed || sender.knows_the_secret_of(recorded, now))
            }
        };
        match signer.and_then(|sender| Some((sender, sender.signer()?))) {
            Some((sender, signer)) => {
                for scheme in signer.schemes() {
                    set_time(scheme, request, sender.provider(), now)?;
                }
                signer.sign_again(request, url, now)?;
                Ok(Remade { verdict: (Verdict::Valid, None), renewal: sender.renewal() })
            }
            None => Ok(Remade::kept(recorded.verdict.unwrap_or_else(|| match sender {
                Some(sender) => sender.judge(recorded, now),
                None => (Verdict::UnknownProvider, Some(Reason::ProviderUnknown)),
            }))),
        }
    }
}

/// Gives a request an event id of the same form, wherever the provider puts the id.
fn renew(provider: &Provider, request: &mut Request, chance: &mut StdRng) -> Result<(), ReplayError> {
    let event = &provider.definition.event;
    let message = Message::new(request, None);
    let value = |source: &Source| {
        let text = String::from_utf8(source.locate(&message)?.into_owned()).ok()?;
        Some(text).filter(|text| !text.is_empty())
    };
    let found = event.id.iter().find_map(|template| Some((template, template.locate(&message)?)));
    let (template, whole) = found.ok_or(ReplayError::NoEventId)?;
    // An id of several parts is another one if its longest part is.
    let parts = template.sources().into_iter().filter_map(value);
    let old = parts.max_by_key(String::len).ok_or(ReplayError::NoEventId)?;
    let new = alike::like(&old, chance);
    let mut paths = Vec::new();
    for source in event.id.iter().chain(&event.idempotency_key).flat_map(Template::sources) {
        match source {
            Source::Header(name) if request.headers.text(name) == Some(old.as_str()) => {
                request.headers.set(name, new.clone());
            }
            Source::Json(path) => paths.push(path.steps().to_vec()),
            Source::Form(name) => paths.push(vec![Step::Key(name.clone())]),
            Source::Query(name) => {
                let put = |id: &str| format!("{name}={id}");
                request.target = request.target.replace(&put(&old), &put(&new));
            }
            _ => {}
        }
    }
    let put = |document: &mut Node| {
        paths.iter().for_each(|path| replace(document, path, &old, &new));
        Ok(())
    };
    match change(request, Some(provider), put) {
        // The id may be in a header of a request whose body is anything.
        Ok(()) | Err(ReplayError::NoDocument) => {}
        Err(error) => return Err(error),
    }
    if provider.locate(request).event_id == Some(whole) { Err(ReplayError::NoEventId) } else { Ok(()) }
}

/// Replaces the value at a path if it is `old`.
fn replace(document: &mut Node, path: &[Step], old: &str, new: &str) {
    let Some((step, rest)) = path.split_first() else {
        if let Node::Text(text) | Node::Number(text) = document
            && text == old
        {
            new.clone_into(text);
        }
        return;
    };
    let inner = match (document, step) {
        (Node::Object(entries), Step::Key(key)) => {
            entries.iter_mut().rfind(|(name, _)| name == key).map(|(_, value)| value)
        }
        (Node::Array(items), Step::Index(index)) => items.get_mut(*index),
        _ => None,
    };
    if let Some(inner) = inner {
        replace(inner, rest, old, new);
    }
}

/// Where a scheme signs a time that stands in the body, puts the present there.
fn set_time(scheme: &Scheme, request: &mut Request, provider: &Provider, now: Timestamp) -> Result<(), ReplayError> {
    let Some(rule) = scheme.timestamp.as_ref().filter(|rule| rule.is_in_body()) else { return Ok(()) };
    let (source, steps) = match (&rule.json, &rule.form) {
        (Some(path), _) => (Source::Json(path.clone()), path.steps().to_vec()),
        (None, Some(field)) => (Source::Form(field.clone()), vec![Step::Key(field.clone())]),
        (None, None) => return Ok(()),
    };
    let Some(old) = source.locate(&Message::new(request, None)).map(std::borrow::Cow::into_owned) else {
        return Ok(());
    };
    let (old, new) = (String::from_utf8_lossy(&old).into_owned(), rule.unit.write(now));
    change(request, Some(provider), |document| {
        replace(document, &steps, &old, &new);
        Ok(())
    })
}

/// Changes what a body says, and writes it as it was written before, as far as that can be told.
fn change(
    request: &mut Request,
    provider: Option<&Provider>,
    change: impl FnOnce(&mut Node) -> Result<(), ReplayError>,
) -> Result<(), ReplayError> {
    if request.is_form() {
        let mut fields = form::decode(&request.body);
        change(&mut fields)?;
        let style = provider.map(|provider| provider.definition.request.json.clone()).unwrap_or_default();
        request.body = form::encode(&fields, &style).into();
        return Ok(());
    }
    let mut document = Node::parse(request.document()).map_err(|_| ReplayError::NoDocument)?;
    let own = provider.map(|provider| provider.definition.request.json.clone()).unwrap_or_default();
    let style = style_of(request.document(), &document, own);
    change(&mut document)?;
    request.body = request.with_document(document.write(&style));
    Ok(())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use rand::SeedableRng;

    use super::*;
    use crate::model::Headers;
    use crate::provider::Catalog;

    fn request(content_type: &str, body: &str) -> Request {
        let headers = [("Content-Type".to_owned(), content_type.to_owned())].into_iter().collect::<Headers>();
        Request { method: "POST".into(), target: "/".into(), headers, body: Bytes::copy_from_slice(body.as_bytes()) }
    }

    fn edited(content_type: &str, body: &str, edit: &str) -> Result<String, ReplayError> {
        let mut request = request(content_type, body);
        let edit = Edit::set(edit).expect("an edit");
        change(&mut request, None, |document| Ok(edit.apply(document)?))?;
        Ok(String::from_utf8(request.body.to_vec()).expect("text"))
    }

    #[test]
    fn a_changed_body_is_written_as_it_was() {
        let json = "application/json";
        for (body, edit, result) in [
            (r#"{"a":1.0,"b":[1]}"#, "a=2", r#"{"a":2,"b":[1]}"#),
            (r#"{"a": 1.0, "b": "é"}"#, "a=2", r#"{"a": 2, "b": "é"}"#),
            ("{\n  \"a\": 1\n}\n", "a=2", "{\n  \"a\": 2\n}\n"),
            ("{\n    \"a\": 1\n}", "b=x", "{\n    \"a\": 1,\n    \"b\": \"x\"\n}"),
            ("{ \"a\" :1}", "a=2", r#"{"a":2}"#),
        ] {
            assert_eq!(edited(json, body, edit).expect(body), result);
        }
        let form = "application/x-www-form-urlencoded";
        assert_eq!(edited(form, "a=1&b=2", "b=x y").expect("a form"), "a=1&b=x+y");
        assert_eq!(
            edited(form, "payload=%7B%22n%22%3A1%7D", "payload.n=2").expect("a form"),
            "payload=%7B%22n%22%3A2%7D"
        );
        assert_eq!(edited(json, "text", "a=1"), Err(ReplayError::NoDocument));
        assert!(matches!(edited(json, "[]", "a=1"), Err(ReplayError::Edit(_))));
    }

    #[test]
    fn a_new_id_is_put_wherever_the_old_one_was() {
        let catalog = Catalog::default();
        let chance = || StdRng::seed_from_u64(3);
        let stripe = catalog.get("stripe").expect("stripe");
        let mut one = request("application/json", "{\n  \"id\": \"evt_1abcdefgh\",\n  \"other\": \"evt_1abcdefgh\"\n}");
        renew(&stripe, &mut one, &mut chance()).expect("it has an id");
        let id = stripe.locate(&one).event_id.expect("an id");
        assert!(id.starts_with("evt_") && id != "evt_1abcdefgh", "{id}");
        assert_eq!(one.body, format!("{{\n  \"id\": \"{id}\",\n  \"other\": \"evt_1abcdefgh\"\n}}"));
        let github = catalog.get("github").expect("github");
        let mut two = request("application/json", "not JSON");
        two.headers.push("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958");
        renew(&github, &mut two, &mut chance()).expect("it has an id");
        assert_ne!(two.headers.text("x-github-delivery"), Some("72d3162e-cc78-11e3-81ab-4c9367dc0958"));
        assert_eq!(two.body, "not JSON");
        let none = renew(&stripe, &mut request("application/json", "{}"), &mut chance());
        assert_eq!(none, Err(ReplayError::NoEventId));
    }
}
