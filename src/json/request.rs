//! `{"kind":"request"}`: what `send --dry-run --format json` would send.

use serde::Serialize;

use super::{Body, headers};
use crate::model::Request;

/// A request that is not sent.
#[derive(Debug, Serialize)]
pub struct RequestObject {
    kind: &'static str,
    provider: String,
    event_type: Option<String>,
    event_id: Option<String>,
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    #[serde(flatten)]
    body: Body,
}

impl RequestObject {
    /// The request as it would be sent, credentials and all.
    pub fn new(request: &Request, url: &str, provider: &str, event_type: Option<&str>, event_id: Option<&str>) -> Self {
        Self {
            kind: "request",
            provider: provider.to_owned(),
            event_type: event_type.map(str::to_owned),
            event_id: event_id.map(str::to_owned),
            method: request.method.clone(),
            url: url.to_owned(),
            headers: headers(&request.headers, true),
            body: Body::from(&request.body[..]),
        }
    }
}
