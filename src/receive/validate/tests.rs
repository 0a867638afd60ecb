//! What is let in and what is not.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::*;
use crate::model::Headers;
use crate::provider::Catalog;
use crate::provider::detect::LocatedEvent;

fn request(method: &str, headers: &[(&str, &str)], body: &[u8]) -> Request {
    let mut all = Headers::new();
    for (name, value) in headers {
        all.push((*name).to_owned(), (*value).to_owned());
    }
    Request { method: method.into(), target: "/".into(), headers: all, body: Bytes::copy_from_slice(body) }
}

fn judged(validate: &Validate, identified: &Identified, content_type: &str, body: &[u8]) -> Option<(u16, String)> {
    let misfit = validate.misfit(identified, &request("POST", &[("Content-Type", content_type)], body))?;
    Some((misfit.status, misfit.reason))
}

fn of(provider: &str, event: &str) -> Identified {
    let catalog = Catalog::new(BTreeMap::new(), BTreeMap::new());
    let event = LocatedEvent { event_type: Some(event.into()), ..LocatedEvent::default() };
    Identified { provider: Some(catalog.get(provider).expect(provider)), event }
}

#[test]
fn bodies_must_be_what_they_claim_to_be() {
    let validate = Validate::new(None, true);
    let nobody = Identified::default();
    let json = "application/json; charset=utf-8";
    let deep = ["[".repeat(100_000), "]".repeat(100_000)].concat();
    for (content_type, body, says) in [
        (json, &b"{\"a\": [1, 2.5e3, null, \"\\u00e9\"]}"[..], None),
        (json, deep.as_bytes(), None),
        ("application/vnd.x+json", b"{", Some("the body is not JSON: EOF")),
        (json, b"{\"a\":1}}", Some("the body is not JSON: trailing characters at line 1 column 8")),
        (json, b"a=1&b=2", Some("the body is not JSON: expected value")),
        (json, b"", Some("the body is not JSON: it is empty")),
        (json, b"\"\xff\"", Some("it is not UTF-8 from byte 1 on")),
        (json, b"\xef\xbb\xbf{}", Some("byte order mark")),
        (json, b"{\"a\": 01}", Some("the body is not JSON")),
        (json, b"\"\x01\"", Some("the body is not JSON")),
        ("text/plain", b"{", None),
        ("application/x-www-form-urlencoded", b"a=1&b=%C3%A9+x", None),
        ("application/x-www-form-urlencoded", b"{\"a\": 1}", Some("not the form that it claims to be: byte 5")),
        ("application/x-www-form-urlencoded", b"a=%4", Some("byte 2 has no place")),
    ] {
        let judged = judged(&validate, &nobody, content_type, body);
        match says {
            None => assert_eq!(judged, None, "{content_type} {body:?}"),
            Some(says) => {
                let (status, reason) = judged.unwrap_or_else(|| panic!("{content_type} {body:?} is let in"));
                assert_eq!(status, 400);
                assert!(reason.contains(says), "{reason}");
            }
        }
    }
    let packed = request("POST", &[("Content-Type", json), ("Content-Encoding", "gzip")], b"\x1f\x8b");
    assert_eq!(validate.misfit(&nobody, &packed).map(|misfit| misfit.status), Some(415));
    assert_eq!(validate.misfit(&nobody, &request("GET", &[("Content-Type", json)], b"")), None);
}

#[test]
fn a_schema_decides_about_every_body() {
    let schema = br#"{"type":"object","required":["id"],"properties":{"id":{"type":"string","pattern":"^evt_"}}}"#;
    let validate = Validate::new(Some(Schema::compile("order.json", schema).expect("a schema")), false);
    let nobody = Identified::default();
    let fits = |body: &[u8]| judged(&validate, &nobody, "text/plain", body);
    assert_eq!(fits(b"{\"id\":\"evt_1\"}"), None);
    assert_eq!(fits(b"{}"), Some((422, "the document: \"id\" is a required property (order.json)".into())));
    assert_eq!(
        fits(b"{\"id\":\"secret\"}"),
        Some((422, "/id: value does not match \"^evt_\" (order.json)".into())),
        "the value itself is not repeated"
    );
    assert_eq!(fits(b"no JSON").map(|(status, _)| status), Some(400));
    assert_eq!(fits(b""), Some((400, "the body is not JSON: it is empty".into())));
    assert_eq!(fits(&vec![b' '; MOST_COMPARED + 1]).map(|(status, _)| status), Some(400));
    let large = format!("{{\"id\":\"evt_{}\"}}", "1".repeat(MOST_COMPARED));
    assert_eq!(fits(large.as_bytes()).map(|(status, _)| status), Some(413));
    let deep = ["[".repeat(1_000), "]".repeat(1_000)].concat();
    assert_eq!(fits(deep.as_bytes()).map(|(status, _)| status), Some(422));
    assert_eq!(validate.misfit(&nobody, &request("GET", &[], b"")), None, "without a body there is nothing to compare");
}

#[test]
fn what_is_no_schema_is_refused_when_it_is_read() {
    for (text, says) in [
        ("{", "it is not JSON"),
        (r#"{"type":"objekt"}"#, "/type"),
        (r#"{"$ref":"https://example.com/x.json"}"#, ""),
        (r#"{"$ref":"file:///etc/passwd"}"#, ""),
        (r#"{"pattern":"(a"}"#, "pattern"),
    ] {
        let error = Schema::compile("x", text.as_bytes()).expect_err(text);
        assert!(error.contains(says), "{text}: {error}");
    }
}

#[test]
fn every_fixture_fits_what_is_built_in_for_it_and_not_what_is_another_type() {
    let catalog = Catalog::new(BTreeMap::new(), BTreeMap::new());
    let validate = Validate::new(None, true);
    for provider in catalog.all().expect("good fixtures") {
        for event in provider.events() {
            let definition = provider.event(&event).expect("a good event");
            let now = crate::model::Timestamp::from_secs(1_767_225_600);
            let options = crate::provider::RenderOptions { seed: crate::payload::Seed::of(7), ..Default::default() };
            let made =
                crate::provider::render(&provider, Some(&event), Some(&definition), &options, now).expect("renders");
            let identified = of(&provider.name, &event);
            assert_eq!(validate.misfit(&identified, &made.request), None, "{} {event}", provider.name);
        }
    }
    let paid = of("stripe", "payment_intent.succeeded");
    let json = "application/json";
    for (body, fits) in [
        (r#"{"id":"evt_1","object":"event","data":{"object":{"amount":1}},"livemode":false,"unheard_of":[]}"#, true),
        (r#"{"id":null}"#, true),
        (r#""{\"id\":\"evt_1\"}""#, false),
        (r#"{"id":5}"#, false),
        (r#"{"data":"text"}"#, false),
        (r#"{"data":{"object":[]}}"#, false),
    ] {
        let judged = judged(&validate, &paid, json, body.as_bytes());
        assert_eq!(judged.is_none(), fits, "{body}: {judged:?}");
    }
    let unheard_of = of("stripe", "unheard.of");
    assert_eq!(judged(&validate, &unheard_of, json, b"[]"), None);
    assert!(validate.known.read().expect("no panic").keys().all(|(_, event)| event != "unheard.of"));
}
