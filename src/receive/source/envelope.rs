//! What a channel makes of a request, and the request that it was made of.
//!
//! smee.io and gosmee put a request into one JSON object: its headers under their names in lower case, beside them `body` (parsed
//! JSON) or `bodyB` (base64), `query` and `timestamp`. What can be had back is taken back: the bytes of `bodyB`, or those that the
//! channel wrote for `body`, untouched. Whether these are the bytes that were sent, `content-length` tells.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::model::{Headers, Request};

/// A request that came through a channel.
#[derive(Debug)]
pub(super) struct Relayed {
    pub(super) request: Request,
    /// What makes it another one than was sent.
    pub(super) altered: Option<Altered>,
}

/// The body is not as long as it was: its signature cannot be right any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Altered {
    /// Bytes that were sent.
    pub sent: u64,
    /// Bytes that came.
    pub came: u64,
}

/// Why there is no request in it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum EnvelopeError {
    /// Not an object in JSON.
    #[error("it is not an object in JSON")]
    NotJson,
    /// Neither headers nor a body: a greeting.
    #[error("there is no request in it")]
    Greeting,
    /// The body is not base64.
    #[error("its body is not base64")]
    NotBase64,
    /// Sealed for somebody else.
    #[error("it is encrypted")]
    Encrypted,
}

/// The fields in their order, values as they were written.
struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> serde::Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Vec<(String, &'de RawValue)>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(InOrder).map(Fields)
    }
}

/// Fields of the envelope that are no headers.
const OWN: [&str; 5] = ["body", "bodyB", "query", "timestamp", "rawBody"];

/// Headers of the way to the channel, which say nothing about the body that comes out of it.
const FRAMING: [&str; 5] = ["connection", "transfer-encoding", "content-length", "keep-alive", "expect"];

/// Takes the request out of an envelope. `path` is that of the channel; `host` is where it is, for servers that do not say
/// under which name they were called.
pub(super) fn open(data: &[u8], path: &str, host: &str) -> Result<Relayed, EnvelopeError> {
    let Fields(fields) = serde_json::from_slice(data).map_err(|_| EnvelopeError::NotJson)?;
    let field = |name: &str| fields.iter().find(|(found, _)| found == name).map(|(_, raw)| *raw);
    let mut headers = Headers::new();
    let mut length = None;
    for (name, raw) in fields.iter().filter(|(name, _)| !OWN.contains(&name.as_str())) {
        let Some(value) = scalar(raw) else { continue };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse::<u64>().ok();
        }
        if !FRAMING.iter().any(|framing| name.eq_ignore_ascii_case(framing)) {
            headers.push(name.clone(), value);
        }
    }
    if field("encrypted").is_some() || field("ciphertext").is_some() {
        return Err(EnvelopeError::Encrypted);
    }
    let (encoded, plain) = (field("bodyB").and_then(scalar), field("rawBody").and_then(text));
    let body = match (encoded, plain, field("body")) {
        (Some(encoded), ..) => STANDARD.decode(encoded.trim()).map_err(|_| EnvelopeError::NotBase64)?,
        (None, Some(plain), _) => plain.into_bytes(),
        (None, None, Some(body)) => body_of(body, headers.text("content-type").unwrap_or_default()),
        (None, None, None) if headers.iter().next().is_none() || !headers.contains("content-type") => {
            return Err(EnvelopeError::Greeting);
        }
        (None, None, None) => Vec::new(),
    };
    if !headers.contains("host") {
        headers.push("host", host.to_owned());
    }
    let came = body.len() as u64;
    headers.push("content-length", came.to_string());
    let target = match field("query").and_then(|query| serde_json::from_str::<Value>(query.get()).ok()) {
        Some(Value::Object(query)) if !query.is_empty() => format!("{path}?{}", form(&query)),
        _ => path.to_owned(),
    };
    let request = Request { method: "POST".to_owned(), target, headers, body: Bytes::from(body) };
    let altered = length.filter(|sent| *sent != came).map(|sent| Altered { sent, came });
    Ok(Relayed { request, altered })
}

/// A text or a number as text; headers are nothing else.
fn scalar(raw: &RawValue) -> Option<String> {
    match serde_json::from_str(raw.get()).ok()? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn text(raw: &RawValue) -> Option<String> {
    serde_json::from_str(raw.get()).ok()
}

/// The bytes of a body that the channel has parsed: JSON as the channel wrote it, a form put together again, text as text.
fn body_of(raw: &RawValue, content_type: &str) -> Vec<u8> {
    let is = |kind: &str| content_type.to_ascii_lowercase().contains(kind);
    match serde_json::from_str(raw.get()) {
        Ok(Value::Object(fields)) if is("x-www-form-urlencoded") => form(&fields).into_bytes(),
        Ok(Value::String(text)) if !is("json") => text.into_bytes(),
        _ => raw.get().as_bytes().to_vec(),
    }
}

/// What stays as it is in a form: what every encoder leaves alone.
const PLAIN: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'*').remove(b' ');

fn form(fields: &serde_json::Map<String, Value>) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, &PLAIN).to_string().replace(' ', "+");
    let mut pairs = Vec::new();
    for (name, value) in fields {
        let values = match value {
            Value::Array(values) => values.as_slice(),
            one => std::slice::from_ref(one),
        };
        for value in values {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            pairs.push(format!("{}={}", encoded(name), encoded(&text)));
        }
    }
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(data: &str) -> Relayed {
        open(data.as_bytes(), "/channel", "channel.example").expect(data)
    }

    #[test]
    fn the_bytes_that_the_channel_wrote_stay_as_they_are() {
        let relayed = opened(
            r#"{"host":"smee.io","content-type":"application/json","x-github-event":"push","content-length":"27","body":{"b":1.0, "a":"\u00e9","b":2},"query":{},"timestamp":1}"#,
        );
        let request = &relayed.request;
        assert_eq!(&request.body[..], br#"{"b":1.0, "a":"\u00e9","b":2}"#);
        assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/channel"));
        let names: Vec<&str> = request.headers.iter().map(crate::model::Header::name).collect();
        assert_eq!(names, ["host", "content-type", "x-github-event", "content-length"]);
        assert_eq!(request.headers.text("content-length"), Some("29"));
        assert_eq!(relayed.altered, Some(Altered { sent: 27, came: 29 }));
    }

    #[test]
    fn base64_is_exact_and_forms_and_texts_are_put_together_again() {
        let relayed = opened(r#"{"x-a":"1","content-length":4,"bodyB":"/wANCg==","body":{"not":"this"}}"#);
        assert_eq!((&relayed.request.body[..], relayed.altered), (&b"\xff\x00\r\n"[..], None));
        let form = r#"{"content-type":"application/x-www-form-urlencoded","body":{"a b":"1&2","c":["é","*-._"]},"query":{"q":"x y"}}"#;
        let request = opened(form).request;
        assert_eq!(&request.body[..], b"a+b=1%262&c=%C3%A9&c=*-._");
        assert_eq!(request.target, "/channel?q=x+y");
        assert_eq!(&opened(r#"{"content-type":"text/plain","body":"a\nb"}"#).request.body[..], b"a\nb");
        assert_eq!(&opened(r#"{"content-type":"application/json","body":"a"}"#).request.body[..], br#""a""#);
        let bare = opened(r#"{"content-type":"application/json"}"#).request;
        assert!(bare.body.is_empty());
        assert_eq!(bare.headers.text("host"), Some("channel.example"), "Go programs do not count it among headers");
    }

    #[test]
    fn what_is_no_request_is_said() {
        for (data, error) in [
            ("ready", EnvelopeError::NotJson),
            ("[1]", EnvelopeError::NotJson),
            ("{}", EnvelopeError::Greeting),
            (r#"{"message":"connected"}"#, EnvelopeError::Greeting),
            (r#"{"bodyB":"?"}"#, EnvelopeError::NotBase64),
            (r#"{"encrypted":"x"}"#, EnvelopeError::Encrypted),
        ] {
            assert_eq!(open(data.as_bytes(), "/", "h").err(), Some(error), "{data}");
        }
    }
}
