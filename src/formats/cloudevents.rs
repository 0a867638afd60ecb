//! Deliveries as CloudEvents 1.0 in the JSON format (structured mode). Write only.
//!
//! The type is the unified one where there is one, so that events of different providers that mean the same can be
//! treated alike; what the provider itself said is kept in extension attributes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::model::{Request, Summary};
use crate::payload::Node;

/// One event.
#[derive(Debug, Serialize)]
pub struct CloudEvent<'a> {
    specversion: &'static str,
    id: String,
    source: String,
    r#type: String,
    time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    datacontenttype: Option<String>,
    /// The provider's id. Attribute names may hold lower-case letters and digits only.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'a str>,
    /// The type as the provider says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    providertype: Option<&'a str>,
    /// What verification said.
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Data<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_base64: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Data<'a> {
    /// JSON on one line, its numbers and the order of its keys as they came.
    Json(Box<RawValue>),
    /// Any other text.
    Text(&'a str),
}

impl<'a> CloudEvent<'a> {
    /// The event that a delivery carries. `unified` is its type across providers.
    pub fn new(summary: &'a Summary, request: &'a Request, unified: Option<&str>) -> Self {
        let provider = summary.provider.as_deref();
        let own = summary.event_type.as_deref();
        let text = std::str::from_utf8(&request.body).ok();
        let is_json = request.media_type().is_none_or(|media| media == "application/json" || media.ends_with("+json"));
        let node = text.filter(|_| is_json).and_then(|text| Node::parse(text.as_bytes()).ok());
        let json = node.and_then(|node| RawValue::from_string(node.compact()).ok());
        let data = match (json, text) {
            _ if request.body.is_empty() => None,
            (Some(json), _) => Some(Data::Json(json)),
            (None, text) => text.map(Data::Text),
        };
        let name = provider.unwrap_or("unknown");
        Self {
            specversion: "1.0",
            id: summary.event_id.clone().unwrap_or_else(|| summary.id.to_string()),
            source: format!("/webhooks/{name}"),
            r#type: unified.map_or_else(|| format!("{name}.{}", own.unwrap_or("delivery")), str::to_owned),
            time: summary.received_at.to_string(),
            datacontenttype: request.headers.text("content-type").map(str::to_owned),
            provider,
            providertype: own,
            verdict: summary.verdict.as_str(),
            data_base64: (data.is_none() && !request.body.is_empty()).then(|| STANDARD.encode(&request.body)),
            data,
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::model::{DeliveryId, Direction, Headers, Timestamp, Verdict};

    fn rendered(content_type: &str, body: &'static [u8], unified: Option<&str>) -> serde_json::Value {
        let at = Timestamp::from_secs(1_767_225_600);
        let summary = Summary {
            id: DeliveryId::new(at, [1; 10]),
            direction: Direction::Received,
            received_at: at,
            remote: "127.0.0.1:1".into(),
            method: "POST".into(),
            target: "/".into(),
            provider: Some("stripe".into()),
            event_type: Some("payment_intent.succeeded".into()),
            event_id: Some("evt_1".into()),
            verdict: Verdict::Valid,
            reason: None,
            status: Some(200),
            bytes: body.len() as u64,
        };
        let headers: Headers = [("Content-Type", content_type.to_owned())].into_iter().collect();
        let request = Request { method: "POST".into(), target: "/".into(), headers, body: Bytes::from_static(body) };
        serde_json::to_value(CloudEvent::new(&summary, &request, unified)).expect("JSON")
    }

    #[test]
    fn events_have_the_unified_type_and_keep_their_own() {
        let event = rendered("application/json", b"{ \"a\": 1 }", Some("payment.completed"));
        assert_eq!(event["type"], "payment.completed");
        assert_eq!(event["providertype"], "payment_intent.succeeded");
        assert_eq!((&event["id"], &event["source"]), (&"evt_1".into(), &"/webhooks/stripe".into()));
        assert_eq!(event["data"]["a"], 1);
        assert_eq!(rendered("application/json", b"{}", None)["type"], "stripe.payment_intent.succeeded");
    }

    #[test]
    fn data_that_is_no_json_is_text_or_base64() {
        assert_eq!(rendered("text/plain", b"{}", None)["data"], "{}");
        assert_eq!(rendered("application/json", b"{broken", None)["data"], "{broken");
        assert_eq!(rendered("application/octet-stream", b"\xff", None)["data_base64"], "/w==");
        let empty = rendered("application/json", b"", None);
        assert!(empty.get("data").is_none() && empty.get("data_base64").is_none());
    }
}
