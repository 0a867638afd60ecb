//! Events that a cloud hands to a function: AWS API Gateway (REST and HTTP APIs), function URLs, load balancers.
//!
//! The request lies in them in parts, its body as text or base64. Names of headers are in lower case in the newer form,
//! and repeated ones are joined: no signature covers either.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::error::{Form, FormatError, Place, Problem};
use super::{Capture, Note, parts};
use crate::model::{Headers, Request, Timestamp};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    http_method: Option<String>,
    path: Option<String>,
    raw_path: Option<String>,
    raw_query_string: Option<String>,
    #[serde(default)]
    headers: Option<BTreeMap<String, Option<String>>>,
    #[serde(default)]
    multi_value_headers: Option<BTreeMap<String, Vec<String>>>,
    #[serde(default)]
    multi_value_query_string_parameters: Option<BTreeMap<String, Vec<String>>>,
    #[serde(default)]
    query_string_parameters: Option<BTreeMap<String, Option<String>>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
    #[serde(default)]
    request_context: Context,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Context {
    http: Option<Http>,
    path: Option<String>,
    domain_name: Option<String>,
    request_time_epoch: Option<i64>,
    time_epoch: Option<i64>,
    /// What a load balancer says about itself; API gateways have no such thing.
    elb: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Http {
    method: String,
}

/// Reads an event.
pub(super) fn read(text: &str, name: &str) -> Result<Capture, FormatError> {
    let wrong = |problem: Problem| problem.at(name, Form::Gateway, Place::Whole);
    let event: Event = serde_json::from_str(text)
        .map_err(|error| Problem::json(&error).at(name, Form::Gateway, Place::Column(error.line(), error.column())))?;
    let context = event.request_context;
    let spelling = if context.elb.is_some() { Spelling::AsSent } else { Spelling::Decoded };
    let method = context.http.map(|http| http.method).or(event.http_method);
    let method = method.ok_or_else(|| wrong(Problem::Missing { field: "httpMethod or requestContext.http.method" }))?;
    let path = event.raw_path.or(context.path).or(event.path).unwrap_or_else(|| "/".to_owned());
    let (query, rebuilt) = match event.raw_query_string {
        Some(query) => (query, false),
        None => rebuilt_query(event.multi_value_query_string_parameters, event.query_string_parameters, spelling),
    };
    let mark = if query.is_empty() { "" } else { "?" };
    let mut headers = Headers::new();
    match event.multi_value_headers {
        Some(several) if !several.is_empty() => {
            for (name, values) in several {
                values.into_iter().for_each(|value| headers.push(name.clone(), value));
            }
        }
        _ => {
            for (name, value) in event.headers.unwrap_or_default() {
                headers.push(name, value.unwrap_or_default());
            }
        }
    }
    let text = event.body.unwrap_or_default();
    let body = if event.is_base64_encoded {
        STANDARD.decode(text.trim()).map_err(|_| wrong(Problem::Base64 { field: "body" }))?
    } else {
        text.into_bytes()
    };
    let request = Request { method, target: format!("{path}{mark}{query}"), headers, body: Bytes::from(body) };
    parts::check(&request).map_err(wrong)?;
    let domain = context.domain_name.map(|host| format!("https://{host}{}", request.target));
    // A load balancer names no domain; its headers tell.
    let url = domain.or_else(|| crate::model::address::seen(&request, None).filter(|_| spelling == Spelling::AsSent));
    let millis = context.time_epoch.or(context.request_time_epoch);
    Ok(Capture {
        url,
        arrived_at: millis.map(|millis| Timestamp::from_micros(millis.saturating_mul(1_000))),
        notes: if rebuilt { vec![Note::QueryRebuilt] } else { Vec::new() },
        ..Capture::new(request, name)
    })
}

/// How parameters stand in an event.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelling {
    /// Without their escapes: API gateways.
    Decoded,
    /// As they were sent: load balancers.
    AsSent,
}

/// The query in the order of the parameters' table, and whether there was one to rebuild.
fn rebuilt_query(
    several: Option<BTreeMap<String, Vec<String>>>,
    single: Option<BTreeMap<String, Option<String>>>,
    spelling: Spelling,
) -> (String, bool) {
    let one = |(name, value): (String, Option<String>)| (name, vec![value.unwrap_or_default()]);
    let all = several.unwrap_or_else(|| single.into_iter().flatten().map(one).collect());
    let pairs = all.into_iter().flat_map(|(name, values)| values.into_iter().map(move |value| (name.clone(), value)));
    let query = match spelling {
        Spelling::Decoded => url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish(),
        Spelling::AsSent => pairs.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&"),
    };
    let rebuilt = !query.is_empty();
    (query, rebuilt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_of_both_forms_are_requests() {
        let new = r#"{"version":"2.0","rawPath":"/hook","rawQueryString":"x=1","headers":{"content-type":"application/json","x-sig":"s=1"},
            "requestContext":{"http":{"method":"POST","path":"/hook"},"domainName":"a.example","timeEpoch":1767225600123},
            "body":"eyJhIjoxfQ==","isBase64Encoded":true}"#;
        let capture = read(new, "event.json").expect("an event");
        assert_eq!((capture.request.method.as_str(), capture.request.target.as_str()), ("POST", "/hook?x=1"));
        assert_eq!(capture.request.body, "{\"a\":1}");
        assert_eq!(capture.url.as_deref(), Some("https://a.example/hook?x=1"));
        assert_eq!(capture.arrived_at, Some(Timestamp::from_micros(1_767_225_600_123_000)));
        let old = r#"{"httpMethod":"POST","path":"/hook","multiValueHeaders":{"X-Sig":["a","b"]},
            "queryStringParameters":{"x":"1 2"},"body":"{\"a\":1}","isBase64Encoded":false,"requestContext":{"path":"/prod/hook"}}"#;
        let capture = read(old, "event.json").expect("an event");
        assert_eq!(capture.request.target, "/prod/hook?x=1+2");
        assert_eq!(capture.request.headers.all("x-sig").count(), 2);
        assert_eq!(capture.notes, [Note::QueryRebuilt]);
        let balancer = r#"{"requestContext":{"elb":{"targetGroupArn":"arn:aws:x"}},"httpMethod":"POST","path":"/hook",
            "queryStringParameters":{"a":"1%202"},"headers":{"host":"a.example","x-forwarded-proto":"https","x-forwarded-port":"443"},
            "body":"eyJhIjoxfQ==","isBase64Encoded":true}"#;
        let capture = read(balancer, "event.json").expect("an event");
        assert_eq!((capture.request.target.as_str(), &capture.request.body[..]), ("/hook?a=1%202", &b"{\"a\":1}"[..]));
        assert_eq!(capture.url.as_deref(), Some("https://a.example/hook?a=1%202"));
    }

    #[test]
    fn what_is_no_event_is_refused() {
        for text in [
            r#"{"requestContext":{},"body":"x"}"#,
            r#"{"httpMethod":"POST","path":"/","body":"%%%","isBase64Encoded":true}"#,
            r#"{"httpMethod":"PO ST","path":"/"}"#,
            r#"{"httpMethod":7}"#,
        ] {
            assert!(read(text, "event.json").is_err(), "{text}");
        }
    }
}
