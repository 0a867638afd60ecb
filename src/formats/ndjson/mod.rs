//! hookctl's own export: one JSON object a line, `{"kind":"capture",…}`.
//!
//! Nothing is lost in it: headers are pairs in order, and what is not UTF-8 stands as base64. Reading is strict about
//! what makes the request and ignores keys it does not know, so a newer hookctl's export can be read. A file is read
//! line by line, so its size does not matter.
//!
//! ```text
//! mod.rs      the line
//! answer.rs   what it says of the answer, but for the status
//! lines.rs    the lines of a file
//! quick.rs    reading a line that is as hookctl writes it
//! ```

mod answer;
mod lines;
mod quick;

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

pub use answer::Answer;
pub use lines::{Block, RawLine, blocks, read_lines, read_records, split_lines};

use super::address::Address;
use super::cgi;
use super::credentials::{Credentials, carries_credentials};
use super::error::{Form, FormatError, Place, Problem};
use super::json_fields::{Fields, Text, Value};
use super::note::{Note, length_note};
use super::{Capture, Record, parts};
use crate::http::head::{HeadLimits, LineEnds, parse_request, write_request_head};
use crate::model::{Delivery, DeliveryId, Headers, Reason, RecordedAnswer, Request, Secret, Timestamp, Verdict};

/// The `kind` of a recorded delivery.
const CAPTURE: &str = "capture";

/// The `kind` of a request that was never sent, as `send --dry-run --format json` prints it.
const REQUEST: &str = "request";

/// One line of an export.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Line<'a> {
    /// `capture` or `request`. Needed in a file of lines.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Text<'a>>,
    /// The delivery's id.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub id: Option<Text<'a>>,
    /// Its number in the store it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    /// When it arrived, by RFC 3339.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub received_at: Option<Text<'a>>,
    /// The method.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub method: Option<Text<'a>>,
    /// The request target; without it, that of `url`.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub target: Option<Text<'a>>,
    /// The address it was sent to.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub url: Option<Text<'a>>,
    /// The header fields.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub headers: Option<Fields<'a>>,
    /// The body, if it is UTF-8.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub body: Option<Text<'a>>,
    /// The body, if it is not.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub body_base64: Option<Text<'a>>,
    /// The head as it was on the wire, where method, target and fields do not tell (older versions, odd spaces).
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub head: Option<Value<'a>>,
    /// The provider's id.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Text<'a>>,
    /// The event type.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub event_type: Option<Text<'a>>,
    /// The event id.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<Text<'a>>,
    /// What verification said.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Text<'a>>,
    /// Why, when it is not valid.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text<'a>>,
    /// The status that was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The other side's address.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub remote: Option<Text<'a>>,
    /// The id of the delivery that it repeats.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<Text<'a>>,
    /// What verifies it, in an anonymised export: a secret that was made for that and is used nowhere else.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub throwaway_secret: Option<Text<'a>>,
    /// What else is known of the answer with that status.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer<'a>>,
}

/// A body as text, or as base64 if it is none.
fn text_or_base64(body: &[u8]) -> (Option<Text<'_>>, Option<Text<'_>>) {
    match std::str::from_utf8(body) {
        Ok(text) => (Some(text.into()), None),
        Err(_) => (None, Some(STANDARD.encode(body).into())),
    }
}

fn decoded(text: &Text<'_>, field: &'static str) -> Result<Bytes, Problem> {
    STANDARD.decode(text.as_str()).map(Bytes::from).map_err(|_| Problem::Base64 { field })
}

fn fields(headers: &Headers, credentials: Credentials) -> Fields<'_> {
    let pairs = headers.iter().map(|h| (h.name().into(), Value::new(credentials.value(h)))).collect();
    Fields { pairs, from_object: false }
}

impl<'a> Line<'a> {
    /// The line of a request that is not recorded anywhere.
    pub fn of_request(request: &'a Request, url: Option<&'a str>, credentials: Credentials) -> Self {
        let mut line = Self::with_request(REQUEST, request, credentials);
        line.url = url.map(|url| Text(credentials.address(url)));
        line
    }

    /// The line of a recorded delivery.
    pub fn of_delivery(delivery: &'a Delivery, request: &'a Request, credentials: Credentials) -> Self {
        let summary = &delivery.summary;
        let text = |text: &'a Option<String>| text.as_deref().map(Text::from);
        let usual = write_request_head(&request.method, &request.target, &request.headers);
        let odd = !delivery.head.is_empty() && usual.is_ok_and(|usual| usual != *delivery.head);
        // A head with credentials in it is not written where they are to be left out.
        let kept = credentials == Credentials::Keep || !carries_credentials(request, None);
        Self {
            head: (odd && kept).then(|| Value::new(Cow::Borrowed(&*delivery.head))),
            id: Some(summary.id.to_string().into()),
            number: Some(delivery.number),
            received_at: Some(instant(summary.received_at).into()),
            provider: text(&summary.provider),
            event_type: text(&summary.event_type),
            event_id: text(&summary.event_id),
            verdict: Some(summary.verdict.as_str().into()),
            reason: summary.reason.map(|reason| reason.as_str().into()),
            status: summary.status,
            remote: Some(Text(credentials.address(&summary.remote))),
            duplicate_of: delivery.duplicate_of.map(|(_, id)| id.to_string().into()),
            ..Self::with_request(CAPTURE, request, credentials)
        }
    }

    fn with_request(kind: &'static str, request: &'a Request, credentials: Credentials) -> Self {
        let (body, body_base64) = text_or_base64(&request.body);
        Self {
            kind: Some(kind.into()),
            id: None,
            number: None,
            received_at: None,
            method: Some(request.method.as_str().into()),
            target: Some(Text(credentials.address(&request.target))),
            url: None,
            headers: Some(fields(&request.headers, credentials)),
            body,
            body_base64,
            head: None,
            provider: None,
            event_type: None,
            event_id: None,
            verdict: None,
            reason: None,
            status: None,
            remote: None,
            duplicate_of: None,
            throwaway_secret: None,
            answer: None,
        }
    }

    /// With what else is known of the answer.
    #[must_use]
    pub fn answered(self, answer: Option<&'a RecordedAnswer>, credentials: Credentials) -> Self {
        let more = |answer: &&RecordedAnswer| answer.headers.is_some() || answer.body.is_some();
        Self { answer: answer.filter(more).map(|answer| Answer::of(answer, credentials)), ..self }
    }

    /// The line as JSON, without a line break.
    pub fn render(&self) -> String {
        serde_json::to_string(self).expect("text, numbers and lists of them are always JSON")
    }

    /// Reads a line. Keys that are not known are ignored.
    pub fn parse(json: &'a str) -> Result<Self, serde_json::Error> {
        match quick::read(json) {
            Some(line) => Ok(line),
            None => serde_json::from_str(json),
        }
    }

    /// The capture in this line. Text that lies in `whole` shares its memory.
    pub(super) fn into_record(self, whole: &Bytes, source: String) -> Result<Record, Problem> {
        if let Some(kind) = self.kind.as_ref().filter(|kind| ![CAPTURE, REQUEST].contains(&kind.as_str())) {
            return Err(Problem::Kind { kind: parts::excerpt(kind.as_str()) });
        }
        let url = self.url.map(|url| url.0.into_owned());
        let target = match (self.target, &url) {
            (Some(target), _) => target.0.into_owned(),
            (None, Some(url)) => Address::parse(url)?.target(),
            (None, None) => return Err(Problem::Missing { field: "target" }),
        };
        let body = match (self.body, self.body_base64) {
            (Some(body), None) => body.into_bytes(whole),
            (None, Some(text)) => decoded(&text, "body_base64")?,
            (None, None) => return Err(Problem::Missing { field: "body" }),
            (Some(_), Some(_)) => return Err(Problem::Both { one: "body", other: "body_base64" }),
        };
        let arrived_at = match self.received_at {
            Some(text) => Some(
                Timestamp::from_rfc3339(text.as_str())
                    .ok_or_else(|| Problem::Time { field: "received_at", text: parts::excerpt(text.as_str()) })?,
            ),
            None => None,
        };
        let mut notes = Vec::new();
        let fields = self.headers.ok_or(Problem::Missing { field: "headers" })?;
        let headers = headers(fields, whole, &mut notes);
        let request = Request {
            method: self.method.ok_or(Problem::Missing { field: "method" })?.0.into_owned(),
            target,
            headers,
            body,
        };
        parts::check(&request)?;
        notes.extend(length_note(&request));
        let head = self.head.map(|head| head.into_bytes(whole));
        if let Some(head) = &head {
            check_head(head, &request)?;
        }
        let provider = self.provider.map(|provider| provider.0.into_owned());
        let secret = self.throwaway_secret.map(|text| Secret::new(text.0.into_owned()));
        let unknown = match (&secret, self.verdict, self.reason) {
            (Some(_), Some(verdict), Some(reason)) if verdict.as_str() == Verdict::NoSecret.as_str() => {
                Reason::ALL.into_iter().find(|one| one.as_str() == reason.as_str())
            }
            _ => None,
        };
        let answer = match (self.status, self.answer) {
            (None, _) => None,
            (Some(status), None) => Some(RecordedAnswer::of_status(status)),
            (Some(status), Some(answer)) => Some(answer.into_recorded(status, whole)?),
        };
        Ok(Record {
            capture: Capture { url, arrived_at, provider, answer, secret, notes, ..Capture::new(request, source) },
            head,
            id: self.id.and_then(|id| id.as_str().parse::<DeliveryId>().ok()),
            remote: self.remote.map(|remote| remote.0.into_owned()),
            unknown,
        })
    }
}

/// Refuses a head that is not the request's: it would be shown, while the fields are what was verified.
fn check_head(head: &Bytes, request: &Request) -> Result<(), Problem> {
    let limits = HeadLimits { bytes: usize::MAX, fields: usize::MAX, target: usize::MAX, line_ends: LineEnds::Crlf };
    let parsed = parse_request(head, &limits)?;
    let whole = parsed.raw.len() == head.len();
    let same =
        parsed.method() == request.method && parsed.target() == request.target && parsed.headers == request.headers;
    if whole && same { Ok(()) } else { Err(Problem::OtherHead) }
}

fn headers(fields: Fields<'_>, whole: &Bytes, notes: &mut Vec<Note>) -> Headers {
    let dump = fields.from_object && cgi::are_variables(fields.pairs.iter().map(|(name, _)| name.as_str()));
    let mut headers = Headers::with_capacity(fields.pairs.len());
    if dump {
        notes.push(Note::CgiNames);
    }
    for (name, value) in fields.pairs {
        let value = value.into_bytes(whole);
        if !dump {
            headers.push(name.into_bytes(whole), value);
        } else if let Some(name) = cgi::header_name(name.as_str()) {
            headers.push(name, value);
        }
    }
    headers
}

/// An instant in as many digits as it has: a capture that was written and read again arrived at the same moment.
pub(super) fn instant(at: Timestamp) -> String {
    if at.as_micros() % 1_000 == 0 { at.to_string() } else { format!("{:.6}", at.to_jiff()) }
}

/// Reads a single JSON object with the fields of an export line. `kind` may be left out.
pub(super) fn read_object(text: &str, name: &str) -> Result<Record, FormatError> {
    let whole = Bytes::copy_from_slice(text.as_bytes());
    let json = std::str::from_utf8(&whole).expect("it is a copy of text");
    Line::parse(json)
        .map_err(|error| Problem::json(&error).at(name, Form::Json, Place::Column(error.line(), error.column())))?
        .into_record(&whole, name.to_owned())
        .map_err(|problem| problem.at(name, Form::Json, Place::Whole))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::model::{DeliveryId, Direction, Reason, Summary, Verdict};

    fn delivery() -> (Delivery, Request) {
        let id = DeliveryId::new(Timestamp::from_secs(1_767_225_600), [7; 10]);
        let headers: Headers = [("Host", &b"h"[..]), ("authorization", b"Bearer abc"), ("X-Raw", b"\xff\xfe")]
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_vec()))
            .collect();
        let delivery = Delivery {
            number: 12,
            summary: Summary {
                id,
                direction: Direction::Received,
                received_at: Timestamp::from_micros(1_767_225_600_123_456),
                remote: "127.0.0.1:5".into(),
                method: "POST".into(),
                target: "/webhooks/stripe?x=1".into(),
                provider: Some("stripe".into()),
                event_type: Some("payment_intent.succeeded".into()),
                event_id: Some("evt_1".into()),
                verdict: Verdict::Invalid,
                reason: Some(Reason::SignatureMismatch),
                status: Some(200),
                bytes: 9,
            },
            duplicate_of: Some((3, id)),
            head: Bytes::new(),
            body: Bytes::from_static(b"{\"a\":\"b\"}"),
        };
        let (method, target) = (delivery.summary.method.clone(), delivery.summary.target.clone());
        let request = Request { method, target, headers, body: delivery.body.clone() };
        (delivery, request)
    }

    #[test]
    fn a_recorded_delivery_comes_back_whole() {
        let (delivery, request) = delivery();
        let line = Line::of_delivery(&delivery, &request, Credentials::Keep).render();
        assert!(line.starts_with(r#"{"kind":"capture","id":"dlv_"#) && !line.contains('\n'), "{line}");
        assert!(starts(&line));
        let read: Vec<_> = read_lines(line.as_bytes(), "e").collect::<Result<_, _>>().expect("was written");
        assert_eq!((&read[0].request, read[0].source.as_str()), (&request, "e#1"));
        assert_eq!(read[0].arrived_at, Some(delivery.summary.received_at));
        let parsed = Line::parse(&line).expect("was written");
        assert_eq!(parsed, Line::of_delivery(&delivery, &request, Credentials::Keep));
        assert_eq!((parsed.number, parsed.status), (Some(12), Some(200)));
        assert_eq!(parsed.verdict.as_ref().map(Text::as_str), Some("invalid"));
    }

    fn starts(line: &str) -> bool {
        crate::formats::starts_like_export(format!("{line}\n").as_bytes())
    }

    #[test]
    fn a_request_can_be_written_without_being_recorded() {
        let request = delivery().1;
        let line = Line::of_request(&request, Some("http://u:p@h/x"), Credentials::Redact).render();
        assert!(line.starts_with(r#"{"kind":"request","method":"POST""#), "{line}");
        assert!(!line.contains("abc") && !line.contains("u:p"), "{line}");
        let capture = read_object(&line, "e").expect("was written").capture;
        assert_eq!(capture.source, "e");
        assert_eq!(capture.request.body, request.body);
        let kept = Line::of_request(&request, None, Credentials::Keep).render();
        assert_eq!(read_object(&kept, "e").expect("was written").capture.request, request);
    }

    #[test]
    fn a_head_is_written_where_the_fields_do_not_tell_it() {
        let (mut delivery, request) = delivery();
        delivery.head = Bytes::from_static(b"POST /webhooks/stripe?x=1 HTTP/1.0\r\nHost:h\r\n\r\n");
        let request = Request { headers: [("Host", "h")].into_iter().collect(), ..request };
        let line = Line::of_delivery(&delivery, &request, Credentials::Keep).render();
        let record = |line: &str| read_records(line.as_bytes(), "e").next().expect("a line");
        let read = record(&line).expect("was written");
        let status = |read: &Record| read.capture.answer.as_ref().map(|answer| answer.status);
        assert_eq!((read.head.as_ref(), read.id), (Some(&delivery.head), Some(delivery.summary.id)));
        assert_eq!((read.remote.as_deref(), status(&read)), (Some("127.0.0.1:5"), Some(200)));
        for (from, to) in
            [("Host:h", "Host:g"), ("x=1 HTTP", "x=2 HTTP"), ("POST /", "PUT /"), (":h\\r", ":h\\r\\n x\\r")]
        {
            let changed = line.replacen(&format!("\"head\":\"{}", "POST /"), "\"head\":\"POST /", 1);
            let at = changed.find("\"head\"").expect("a head");
            let changed = format!("{}{}", &changed[..at], changed[at..].replacen(from, to, 1));
            assert!(changed != line && record(&changed).is_err(), "{changed}");
        }
        delivery.head = Bytes::from_static(b"POST /webhooks/stripe?x=1 HTTP/1.1\r\nHost: h\r\n\r\n");
        assert!(!Line::of_delivery(&delivery, &request, Credentials::Keep).render().contains("\"head\""));
    }

    #[test]
    fn what_makes_the_request_must_be_there_and_right() {
        let good = r#"{"kind":"capture","method":"POST","target":"/","headers":[],"body":"x","later":{"a":[1]}}"#;
        assert!(read_lines(good.as_bytes(), "e").all(|result| result.is_ok()));
        for (from, to, word) in [
            (r#""kind":"capture","#, "", "'kind'"),
            ("capture", "delivery", "'delivery'"),
            (r#""method":"POST","#, "", "'method'"),
            ("POST", "P T", "'P T'"),
            (r#""target":"/","#, "", "'target'"),
            (r#""target":"/""#, r#""target":"""#, "target"),
            (r#""target":"/","#, r#""url":"nowhere","#, "'nowhere'"),
            (r#""headers":[],"#, "", "'headers'"),
            ("[]", r#"[["A\n","b"]]"#, "'A\n'"),
            ("[]", r#"[["A","b\r\nC: d"]]"#, "'A'"),
            ("[]", "3", "header fields"),
            (r#""body":"x","#, "", "'body'"),
            (r#""body":"x""#, r#""body":"x","body_base64":"eA==""#, "'body_base64'"),
            (r#""body":"x""#, r#""body_base64":"?""#, "'body_base64'"),
            (r#""body":"x""#, r#""body":"x","body":"y""#, "duplicate"),
            (r#""body":"x""#, r#""body":{}"#, "string"),
            (r#""body":"x""#, r#""body":"x","received_at":"yesterday""#, "'yesterday'"),
            ("}}", "}", "EOF"),
        ] {
            let text = format!("\n{}\n", good.replacen(from, to, 1));
            let error = read_lines(text.as_bytes(), "e").next().expect("one line").expect_err(&text).to_string();
            assert!(error.starts_with("e, line 2") && error.contains(word), "{text}: {error}");
        }
    }

    #[test]
    fn one_bad_line_does_not_hide_the_next() {
        let good = r#"{"kind":"capture","method":"POST","target":"/","headers":[],"body":"x"}"#;
        let text = format!("\u{feff}{good}\r\n\n \n{{\n{good}");
        let results: Vec<_> = read_lines(text.as_bytes(), "e").collect();
        let sources: Vec<_> = results.iter().map(|r| r.as_ref().ok().map(|c| c.source.as_str())).collect();
        assert_eq!(sources, [Some("e#1"), None, Some("e#5")]);
    }

    #[test]
    fn a_reader_that_fails_ends_the_lines() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::ConnectionReset.into())
            }
        }
        let results: Vec<_> = read_lines(std::io::BufReader::new(Broken), "e").collect();
        assert!(matches!(results.as_slice(), [Err(FormatError::Read { .. })]));
    }

    #[test]
    fn headers_in_an_object_may_be_cgi_variables_and_in_pairs_never() {
        let read = |headers: &str| {
            let text = format!(r#"{{"method":"POST","url":"http://h/p?q","headers":{headers},"body":""}}"#);
            read_object(&text, "e").expect("good").capture
        };
        let dump = read(r#"{"HTTP_X_SIG":"a","CONTENT_TYPE":"t","REMOTE_ADDR":"1"}"#);
        assert_eq!((dump.request.headers.text("x-sig"), dump.request.headers.len()), (Some("a"), 2));
        assert_eq!((dump.notes.as_slice(), dump.request.target.as_str()), (&[Note::CgiNames][..], "/p?q"));
        let pairs = read(r#"[["HTTP_X_SIG","a"]]"#);
        assert_eq!((pairs.request.headers.text("HTTP_X_SIG"), pairs.notes.len()), (Some("a"), 0));
    }

    #[test]
    fn a_body_shorter_than_announced_is_noted() {
        let text = r#"{"method":"POST","target":"/","headers":{"Content-Length":"5"},"body":"ab"}"#;
        let capture = read_object(text, "e").expect("good").capture;
        assert_eq!(capture.notes, [Note::BodyTruncated { announced: 5, found: 2 }]);
    }
}
