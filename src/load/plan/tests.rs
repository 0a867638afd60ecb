use std::collections::{BTreeMap, HashSet};

use bytes::Bytes;

use super::*;
use crate::http::head::{HeadLimits, parse_request};
use crate::model::{Secret, Verdict};
use crate::provider::check::Pair;
use crate::provider::{Catalog, Judgement, KnownSecret, SecretOrigin, Verifier};
use crate::secrets::Secrets;
use crate::signature::Checks;

const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);
const TARGET: &str = "http://127.0.0.1:4400/webhooks";

fn target() -> Url {
    TARGET.parse().expect("a URL")
}

fn signer(provider: &Arc<Provider>, secret: &Secret) -> Arc<Signer> {
    let secrets = std::slice::from_ref(secret);
    Arc::new(Signer::new(provider.clone(), secrets, None, None, Vec::new()).expect("keys"))
}

/// A part for one event, and what verifies it.
fn part(provider: &Arc<Provider>, event: &str) -> (Part, Verifier) {
    part_with(provider, event, &Secrets::fresh(provider))
}

fn part_with(provider: &Arc<Provider>, event: &str, pair: &Pair) -> (Part, Verifier) {
    let known = KnownSecret { secret: pair.public.clone(), origin: SecretOrigin::Given };
    let signer = signer(provider, &pair.private);
    let part = Part {
        content: Content::Event {
            provider: provider.clone(),
            event_type: Some(event.to_owned()),
            event: Some(Box::new(provider.event(event).expect("an event"))),
            options: Box::default(),
        },
        signer: Some(signer),
        name: EventName { provider: provider.name.clone(), event_type: event.to_owned() },
        accept: provider.definition.answer.accept.clone(),
        weight: 1,
        size: None,
        target: target(),
    };
    (part, Verifier::new(provider.clone(), &[known]))
}

fn plan(parts: Vec<Part>, shares: Shares) -> Arc<Plan> {
    Arc::new(Plan::new(parts, Order::Mixed, shares, 7, NOW).expect("a plan"))
}

fn parsed(bytes: &[u8]) -> Request {
    let bytes = Bytes::copy_from_slice(bytes);
    let head = parse_request(&bytes, &HeadLimits::default()).expect("a request");
    let body = bytes.slice(head.raw.len()..);
    // A GET without a body announces none.
    let announced = head.headers.text("content-length").map(str::to_owned);
    assert_eq!(announced, (!body.is_empty() || head.method() != "GET").then(|| body.len().to_string()));
    head.into_request(body)
}

fn verdict(verifier: &Verifier, request: &Request, at: Timestamp) -> Verdict {
    judged(verifier, request, at).verdict
}

fn judged(verifier: &Verifier, request: &Request, at: Timestamp) -> Judgement {
    let origin = TARGET.strip_suffix("/webhooks").expect("the target's path");
    let url = format!("{origin}{}", request.target);
    verifier.judge(request, Some(&url), at, None, Checks::on())
}

fn catalog() -> Vec<Arc<Provider>> {
    Catalog::new(BTreeMap::new(), BTreeMap::new()).all().expect("the built-in providers")
}

/// Whether an event has a place for an id; some hand-shakes have none.
fn carries_an_id(provider: &Provider, name: &str) -> bool {
    let options = RenderOptions { id: Some("4815162342".to_owned()), ..RenderOptions::default() };
    let event = provider.event(name).expect("an event");
    let request = render(provider, Some(name), Some(&event), &options, NOW).expect("a request").request;
    provider.locate(&request).event_id.as_deref() == Some("4815162342")
}

#[test]
fn every_event_of_every_provider_is_fresh_and_genuine_each_time() {
    for provider in catalog() {
        // Making keys takes longer than all the rest.
        let pair = Secrets::fresh(&provider);
        for event in provider.events() {
            let name = format!("{} {event}", provider.name);
            let (part, verifier) = part_with(&provider, &event, &pair);
            let mut maker = plan(vec![part], Shares::default()).maker();
            let mut ids = HashSet::new();
            for number in 0..3 {
                // Days apart: a time that was left behind would be refused, or be seen below.
                let now = NOW.plus_secs(86_399 * i64::try_from(number).expect("small") + 100);
                let (bytes, ticket) = maker.make(number, now);
                let request = parsed(bytes);
                assert_eq!(ticket.nature, Nature::Fresh);
                let wanted =
                    if provider.definition.schemes().next().is_none() { Verdict::Unsigned } else { Verdict::Valid };
                let told = judged(&verifier, &request, now);
                assert_eq!(told.verdict, wanted, "{name}: {told:?}\n{request:?}");
                let located = provider.locate(&request);
                assert_eq!(located.event_type.as_deref(), Some(event.as_str()), "{name}");
                if let Some(id) = located.event_id.filter(|_| carries_an_id(&provider, &event)) {
                    assert!(ids.insert(id), "{name}: an id came twice");
                }
            }
        }
    }
}

#[test]
fn what_is_forged_is_refused_and_the_next_one_is_not() {
    for provider in catalog().into_iter().filter(|p| p.definition.schemes().next().is_some()) {
        let event = provider.events().swap_remove(0);
        let (part, verifier) = part(&provider, &event);
        let half = Shares { invalid: Share(500_000), ..Shares::default() };
        let mut maker = plan(vec![part], half).maker();
        for number in 0..4 {
            let (bytes, ticket) = maker.make(number, NOW);
            let request = parsed(bytes);
            let wanted = if number % 2 == 0 { Nature::Forged } else { Nature::Fresh };
            assert_eq!(ticket.nature, wanted);
            let valid = verdict(&verifier, &request, NOW) == Verdict::Valid;
            assert_eq!(valid, wanted == Nature::Fresh, "{} {number}", provider.name);
        }
    }
}

#[test]
fn a_duplicate_is_the_accepted_event_with_a_signature_of_its_own() {
    let provider = catalog().into_iter().find(|p| p.name == "stripe").expect("stripe");
    let (part, verifier) = part(&provider, "charge.refunded");
    let half = Shares { duplicates: Share(500_000), ..Shares::default() };
    let mut maker = plan(vec![part], half).maker();
    let (bytes, _) = maker.make(1, NOW);
    let never = parsed(bytes);
    let (bytes, first) = maker.make(2, NOW.plus_secs(60));
    let original = parsed(bytes);
    assert_eq!(first.nature, Nature::Fresh, "nothing was accepted yet");
    assert_ne!(original.body, never.body);
    maker.accepted(&first);
    let later = NOW.plus_secs(600);
    // Two are owed by now: the one that could not be, and this one.
    for number in [3, 4] {
        let (bytes, ticket) = maker.make(number, later);
        let again = parsed(bytes);
        assert_eq!(ticket.nature, Nature::Duplicate);
        assert_eq!(again.body, original.body);
        assert_eq!(verdict(&verifier, &again, later), Verdict::Valid);
    }
    let (bytes, ticket) = maker.make(5, later);
    assert_ne!(parsed(bytes).body, original.body);
    assert_eq!(ticket.nature, Nature::Fresh);
}

#[test]
fn bodies_are_as_large_as_they_should_be() {
    for (name, event) in [("stripe", "charge.refunded"), ("sendgrid", "open"), ("twilio", "message.received")] {
        let provider = catalog().into_iter().find(|p| p.name == name).expect("a provider");
        let event = if provider.events().iter().any(|e| e == event) {
            event.to_owned()
        } else {
            provider.events().swap_remove(0)
        };
        let (mut sized, verifier) = part(&provider, &event);
        sized.size = Some(10_000);
        let mut maker = plan(vec![sized], Shares::default()).maker();
        let (bytes, _) = maker.make(0, NOW);
        let request = parsed(bytes);
        assert_eq!(request.body.len(), 10_000, "{name}");
        assert_eq!(verdict(&verifier, &request, NOW), Verdict::Valid, "{name}");
        let (mut small, _) = part(&provider, &event);
        small.size = Some(3);
        let error = Plan::new(vec![small], Order::Mixed, Shares::default(), 7, NOW).err().expect("too small");
        assert!(matches!(error, PlanError::TooSmall { wanted: 3, .. }), "{error}");
    }
}

#[test]
fn a_captured_request_goes_out_anew() {
    let provider = catalog().into_iter().find(|p| p.name == "stripe").expect("stripe");
    let (fresh, verifier) = part(&provider, "charge.refunded");
    let mut maker = plan(vec![fresh], Shares::default()).maker();
    let (bytes, _) = maker.make(0, NOW);
    let mut captured = parsed(bytes);
    for name in ["host", "content-length"] {
        captured.headers.remove(name);
    }
    let id = provider.locate(&captured).event_id.expect("an id");
    let (again, _) = part(&provider, "charge.refunded");
    let signer = Some(signer(&provider, &Secrets::fresh(&provider).private));
    let replayed =
        Part { content: Content::Captured { request: captured.clone(), event_id: Some(id.clone()) }, signer, ..again };
    let mut maker = plan(vec![replayed], Shares::default()).maker();
    let later = NOW.plus_secs(100_000);
    let mut ids = HashSet::from([id]);
    for number in 0..3 {
        let (bytes, _) = maker.make(number, later);
        let request = parsed(bytes);
        assert_eq!(request.body.len(), captured.body.len());
        assert!(ids.insert(provider.locate(&request).event_id.expect("an id")));
        // Signed by another secret, so: a right signature, as far as its time goes.
        assert_eq!(verdict(&verifier, &request, later), Verdict::Invalid);
    }
}

#[test]
fn ids_of_captures_are_taken_for_what_they_are() {
    for (id, text, kind) in [
        ("evt_1NjpMq7oJCSttc0XpK1mlVqI", "1NjpMq7oJCSttc0XpK1mlVqI", MadeKind::Characters(Alphabet::Alnum)),
        ("0b9f1c52-7f34-4d0f-9c1a-2f6f7f1d2a3b", "0b9f1c52-7f34-4d0f-9c1a-2f6f7f1d2a3b", MadeKind::Uuid),
        ("WH-58D329510W468432D-8HN650336L201105X", "8HN650336L201105X", MadeKind::Characters(Alphabet::Upper)),
        ("12345678901234", "12345678901234", MadeKind::Digits),
        ("msg-00ff00ff00ff00ff", "00ff00ff00ff00ff", MadeKind::Characters(Alphabet::Hex)),
    ] {
        assert_eq!(id_like(id), Some(Made { text: text.to_owned(), kind }), "{id}");
    }
}
