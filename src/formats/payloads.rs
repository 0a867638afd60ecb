//! Files that hold events without the requests that carried them: bodies, one a line; the output of `stripe events list`; the
//! deliveries that GitHub's API hands out.
//!
//! Apart from the other forms because what is read is only part of a request: whoever imports it adds what the provider
//! would have sent around it.

use bytes::Bytes;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::error::{Form, FormatError, Place, Problem};
use super::json_fields::{Fields, Text};
use super::{Record, ndjson, smee, unrecognised};
use crate::model::{Headers, Timestamp};
use crate::payload::Node;

/// An event, and as much of its request as a file tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// The body.
    pub content: Content,
    /// Header fields that are known.
    pub headers: Headers,
    /// When it arrived, or happened.
    pub arrived_at: Option<Timestamp>,
    /// The status that was answered.
    pub status: Option<u16>,
    /// The provider's id, where the form tells.
    pub provider: Option<&'static str>,
    /// The file's name, and behind `#` its number.
    pub source: String,
}

/// A body, or what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// The bytes.
    Bytes(Bytes),
    /// A document, to be laid out as the provider does.
    Document(Node),
}

/// Something that can become a capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A whole request.
    Record(Box<Record>),
    /// An event alone.
    Payload(Payload),
}

/// Reads everything in a file, whatever its form. `bodies` says that JSON of no known form is bodies. An export of any
/// length is better read by [`super::read_records`].
pub fn read(bytes: &[u8], name: &str, bodies: bool) -> Result<Vec<Item>, FormatError> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii();
    if !matches!(text.first(), Some(b'{' | b'[')) {
        if let Some(stream) = std::str::from_utf8(text).ok().filter(|text| smee::looks_like_stream(text)) {
            return Ok(items(smee::read_stream(stream, name)?));
        }
        return requests(bytes, name);
    }
    let Ok(text) = std::str::from_utf8(text) else {
        // The reader of requests says where it stops being text.
        return super::read(bytes, name).map(|_| Vec::new());
    };
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    let Some(Ok(first)) = values.next() else { return requests(bytes, name) };
    let alone = text[values.byte_offset()..].trim_ascii().is_empty();
    match kind(first, bodies) {
        Some(Kind::Export) if alone && !text.contains('\n') => {
            ndjson::read_records(text.as_bytes(), name).map(|record| Ok(Item::Record(Box::new(record?)))).collect()
        }
        Some(Kind::Export | Kind::Archive) => requests(bytes, name),
        Some(Kind::Stripe) if alone => stripe(text, name),
        Some(Kind::Github) if alone => github(text, name),
        Some(Kind::Smee) => {
            let all: Result<Vec<&RawValue>, _> = serde_json::Deserializer::from_str(text).into_iter().collect();
            let all = all.map_err(|error| broken(&error, name, Form::Smee))?;
            Ok(items(smee::read(&all, name)?))
        }
        _ if bodies => self::bodies(text, alone, name),
        _ => Err(unrecognised(name, &Form::ALL)),
    }
}

fn requests(bytes: &[u8], name: &str) -> Result<Vec<Item>, FormatError> {
    match super::read(bytes, name) {
        Ok(captures) => Ok(captures.into_iter().map(|capture| Item::Record(Box::new(capture.into()))).collect()),
        Err(FormatError::Unrecognised { name, .. }) => Err(unrecognised(&name, &Form::ALL)),
        Err(error) => Err(error),
    }
}

fn items(records: Vec<Record>) -> Vec<Item> {
    records.into_iter().map(|record| Item::Record(Box::new(record))).collect()
}

/// The forms of JSON, as the first value tells them apart.
enum Kind {
    Smee,
    Export,
    Archive,
    Stripe,
    Github,
}

fn kind(first: &RawValue, bodies: bool) -> Option<Kind> {
    /// The keys that tell.
    #[derive(Deserialize)]
    struct Probe<'a> {
        #[serde(borrow)]
        kind: Option<&'a RawValue>,
        log: Option<IgnoredAny>,
        method: Option<IgnoredAny>,
        headers: Option<IgnoredAny>,
        #[serde(borrow)]
        object: Option<&'a RawValue>,
        data: Option<IgnoredAny>,
        #[serde(borrow)]
        request: Option<&'a RawValue>,
        guid: Option<IgnoredAny>,
    }

    if first.get().starts_with('[') {
        // The elements decide. Of a long list, the first is enough.
        struct First<'a>(Option<&'a RawValue>);
        impl<'de: 'a, 'a> Deserialize<'de> for First<'a> {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let all = Vec::<&'a RawValue>::deserialize(deserializer)?;
                Ok(Self(all.first().copied()))
            }
        }
        let element = serde_json::from_str::<First<'_>>(first.get()).ok()?.0?;
        return match kind(element, bodies)? {
            kind @ (Kind::Github | Kind::Stripe | Kind::Smee) if !element.get().starts_with('[') => Some(kind),
            _ => None,
        };
    }
    let probe: Probe<'_> = serde_json::from_str(first.get()).ok()?;
    let says = |value: Option<&RawValue>, words: &[&str]| {
        value.is_some_and(|value| words.iter().any(|word| value.get() == format!("\"{word}\"")))
    };
    if probe.log.is_some() {
        Some(Kind::Archive)
    } else if says(probe.object, &["list"]) && probe.data.is_some() || says(probe.object, &["event"]) {
        Some(Kind::Stripe)
    } else if probe.guid.is_some() && probe.request.is_some_and(|request| request.get().starts_with('{')) {
        Some(Kind::Github)
    } else if says(probe.kind, &["capture", "request"])
        // A payload may well have headers of its own, of an e-mail for example.
        || probe.headers.is_some() && (probe.method.is_some() || !bodies)
    {
        Some(Kind::Export)
    } else if Node::parse(first.get().as_bytes()).is_ok_and(|node| smee::is_message(&node)) {
        Some(Kind::Smee)
    } else {
        None
    }
}

/// A JSON document a line; or one document in as many lines as it likes.
fn bodies(text: &str, alone: bool, name: &str) -> Result<Vec<Item>, FormatError> {
    let payload = |body: &str, source: String| {
        let content = Content::Bytes(Bytes::copy_from_slice(body.as_bytes()));
        Item::Payload(Payload {
            content,
            headers: Headers::new(),
            arrived_at: None,
            status: None,
            provider: None,
            source,
        })
    };
    if alone {
        return Ok(vec![payload(text, name.to_owned())]);
    }
    let mut items = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        serde_json::from_str::<&RawValue>(line)
            .map_err(|error| Problem::json(&error).at(name, Form::Bodies, Place::Column(index + 1, error.column())))?;
        items.push(payload(line, format!("{name}#{}", index + 1)));
    }
    Ok(items)
}

/// The elements of a list, or the one value that is none.
fn elements<'a>(text: &'a str, name: &str, form: Form) -> Result<Vec<&'a RawValue>, FormatError> {
    if !text.starts_with('[') {
        let one: &RawValue = serde_json::from_str(text).map_err(|error| broken(&error, name, form))?;
        return Ok(vec![one]);
    }
    serde_json::from_str(text).map_err(|error| broken(&error, name, form))
}

fn broken(error: &serde_json::Error, name: &str, form: Form) -> FormatError {
    Problem::json(error).at(name, form, Place::Column(error.line(), error.column()))
}

fn source(name: &str, index: usize, several: bool) -> String {
    if several { format!("{name}#{}", index + 1) } else { name.to_owned() }
}

/// A list of events as Stripe's API pages them, an array of them, or one. They were never signed.
fn stripe(text: &str, name: &str) -> Result<Vec<Item>, FormatError> {
    #[derive(Deserialize)]
    struct Page<'a> {
        #[serde(borrow)]
        data: Vec<&'a RawValue>,
    }
    let form = Form::StripeEvents;
    let events = match serde_json::from_str::<Page<'_>>(text) {
        Ok(page) => page.data,
        // An event has data, too, and it is an object.
        Err(_) => elements(text, name, form)?,
    };
    let several = events.len() > 1;
    let mut items = Vec::new();
    for (index, event) in events.into_iter().enumerate() {
        let at = |problem: Problem| problem.at(name, form, Place::Entry(index + 1));
        let node =
            Node::parse(event.get().as_bytes()).map_err(|error| at(Problem::Json { message: error.to_string() }))?;
        if node.get("object").and_then(Node::as_text) != Some("event") {
            return Err(at(Problem::NoEvent { what: "a Stripe object other than an event" }));
        }
        let created = match node.get("created") {
            Some(Node::Number(seconds)) => seconds.parse().ok().map(Timestamp::from_secs),
            _ => None,
        };
        items.push(Item::Payload(Payload {
            content: Content::Document(node),
            headers: Headers::new(),
            arrived_at: created,
            status: None,
            provider: Some("stripe"),
            source: source(name, index, several),
        }));
    }
    Ok(items)
}

/// Deliveries of a hook with their requests, as `GET /repos/{owner}/{repo}/hooks/{id}/deliveries/{delivery}` answers.
fn github(text: &str, name: &str) -> Result<Vec<Item>, FormatError> {
    #[derive(Deserialize)]
    struct Delivery<'a> {
        #[serde(borrow)]
        delivered_at: Option<Text<'a>>,
        status_code: Option<u16>,
        #[serde(borrow)]
        request: Option<Request<'a>>,
    }
    #[derive(Deserialize)]
    struct Request<'a> {
        #[serde(borrow)]
        headers: Option<Fields<'a>>,
        #[serde(borrow)]
        payload: Option<&'a RawValue>,
    }
    let form = Form::GithubDeliveries;
    let elements = elements(text, name, form)?;
    let several = elements.len() > 1;
    let mut items = Vec::new();
    for (index, element) in elements.into_iter().enumerate() {
        let at = |problem: Problem| problem.at(name, form, Place::Entry(index + 1));
        let delivery: Delivery<'_> = serde_json::from_str(element.get()).map_err(|error| at(Problem::json(&error)))?;
        let request = delivery.request.ok_or_else(|| at(Problem::Missing { field: "request" }))?;
        let fields = request.headers.ok_or_else(|| at(Problem::Missing { field: "request.headers" }))?;
        let payload = request.payload.ok_or_else(|| at(Problem::Missing { field: "request.payload" }))?;
        let node =
            Node::parse(payload.get().as_bytes()).map_err(|error| at(Problem::Json { message: error.to_string() }))?;
        let whole = Bytes::new();
        let headers: Headers =
            fields.pairs.into_iter().map(|(name, value)| (name.into_bytes(&whole), value.into_bytes(&whole))).collect();
        let form = headers.text("content-type").is_some_and(|kind| kind.contains("x-www-form-urlencoded"));
        items.push(Item::Payload(Payload {
            content: if form { Content::Bytes(form_body(&node)) } else { Content::Document(node) },
            headers,
            arrived_at: delivery.delivered_at.and_then(|text| Timestamp::from_rfc3339(text.as_str())),
            status: delivery.status_code.filter(|status| (100..600).contains(status)),
            provider: Some("github"),
            source: source(name, index, several),
        }));
    }
    Ok(items)
}

/// The body of a hook in form mode: the document in one field.
fn form_body(document: &Node) -> Bytes {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("payload", &document.compact());
    form.finish().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payloads(text: &str, bodies: bool) -> Vec<Payload> {
        let items = read(text.as_bytes(), "f", bodies).unwrap_or_else(|error| panic!("{text}: {error}"));
        let payload = |item| match item {
            Item::Payload(payload) => payload,
            Item::Record(record) => panic!("{record:?}"),
        };
        items.into_iter().map(payload).collect()
    }

    fn document(payload: &Payload) -> String {
        match &payload.content {
            Content::Document(node) => node.compact(),
            Content::Bytes(bytes) => String::from_utf8(bytes.to_vec()).expect("the samples are text"),
        }
    }

    #[test]
    fn stripe_events_are_read_from_pages_arrays_and_alone() {
        let event = r#"{"id":"evt_1","object":"event","created":1767225600,"data":{"object":{"amount":1.50}}}"#;
        for text in [
            format!("{{\n \"object\": \"list\",\"data\": [{event}],\"has_more\":false}}"),
            format!("[{event}]"),
            event.to_owned(),
        ] {
            let read = payloads(&text, false);
            assert_eq!((read.len(), read[0].provider), (1, Some("stripe")), "{text}");
            assert_eq!(read[0].arrived_at, Some(Timestamp::from_secs(1_767_225_600)));
            assert_eq!(document(&read[0]), event);
        }
        let broken = format!(r#"{{"object":"list","data":[{event},{{"object":"charge"}}]}}"#);
        let error = read(broken.as_bytes(), "f", false).expect_err("a charge").to_string();
        assert!(error.starts_with("f, entry 2"), "{error}");
        assert_eq!(payloads(r#"{"object":"list","data":[]}"#, false), []);
    }

    #[test]
    fn github_deliveries_are_read_with_their_headers() {
        let delivery = |content_type: &str| {
            format!(
                r#"{{"id":1,"guid":"g","delivered_at":"2026-01-01T00:00:00Z","status_code":202,"request":{{
                "headers":{{"X-GitHub-Event":"push","content-type":"{content_type}"}},"payload":{{ "a": 1.0 }}}},
                "response":{{"headers":{{}},"payload":"ok"}}}}"#
            )
        };
        let read = payloads(
            &format!("[{}, {}]", delivery("application/json"), delivery("application/x-www-form-urlencoded")),
            false,
        );
        assert_eq!(
            (document(&read[0]), document(&read[1])),
            (r#"{"a":1.0}"#.into(), "payload=%7B%22a%22%3A1.0%7D".into())
        );
        assert_eq!((read[0].headers.text("x-github-event"), read[0].status), (Some("push"), Some(202)));
        assert_eq!((read[1].source.as_str(), read[1].provider), ("f#2", Some("github")));
        let error = super::read(br#"{"guid":"g","request":{"headers":{}}}"#, "f", false).expect_err("no payload");
        assert!(error.to_string().contains("request.payload"), "{error}");
    }

    #[test]
    fn bodies_need_to_be_asked_for() {
        for text in ["{\"a\":1}\n{\"a\":2}\n", "[{\"event\":\"bounce\"}]", "{\n\"type\":\"x\"}"] {
            assert!(matches!(read(text.as_bytes(), "f", false), Err(FormatError::Unrecognised { .. })), "{text}");
        }
        let read = payloads("{\"a\": 1.0}\r\n\n[2]\n", true);
        assert_eq!(read.iter().map(document).collect::<Vec<_>>(), ["{\"a\": 1.0}", "[2]"]);
        assert_eq!(read.iter().map(|p| p.source.as_str()).collect::<Vec<_>>(), ["f#1", "f#3"]);
        assert_eq!(document(&payloads("{\n\"type\":\"x\"}\n", true)[0]), "{\n\"type\":\"x\"}");
        let error = super::read(b"{\"a\":1}\n{broken\n", "f", true).expect_err("line 2").to_string();
        assert!(error.starts_with("f, line 2"), "{error}");
    }

    #[test]
    fn requests_are_read_as_ever() {
        let line = r#"{"kind":"capture","id":"dlv_019b76da800070000000000000000000","method":"POST","target":"/","headers":[],"body":"x"}"#;
        for text in [line.to_owned(), format!("{line}\n{line}\n"), "POST / HTTP/1.1\nHost: h\n\n".to_owned()] {
            let items = read(text.as_bytes(), "f", true).expect("requests");
            assert!(items.iter().all(|item| matches!(item, Item::Record(_))), "{text}");
        }
        let Item::Record(record) = &read(line.as_bytes(), "f", false).expect("one")[0] else { panic!("a record") };
        assert!(record.id.is_some());
    }
}
