//! The answer to a recorded delivery, in the line of an export.

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{decoded, fields, headers, text_or_base64};
use crate::formats::credentials::Credentials;
use crate::formats::error::Problem;
use crate::formats::json_fields::{Fields, Text};
use crate::model::RecordedAnswer;

/// An answer, but for its status.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer<'a> {
    /// The header fields.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    headers: Option<Fields<'a>>,
    /// The body, if it is UTF-8.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    body: Option<Text<'a>>,
    /// The body, if it is not.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    body_base64: Option<Text<'a>>,
    /// How long it took.
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<f64>,
}

impl<'a> Answer<'a> {
    pub(super) fn of(answer: &'a RecordedAnswer, credentials: Credentials) -> Self {
        let (body, body_base64) = answer.body.as_deref().map_or((None, None), text_or_base64);
        Self {
            headers: answer.headers.as_ref().map(|headers| fields(headers, credentials)),
            body,
            body_base64,
            duration_ms: answer.duration.map(|took| took.as_secs_f64() * 1e3),
        }
    }

    pub(super) fn into_recorded(self, status: u16, whole: &Bytes) -> Result<RecordedAnswer, Problem> {
        let body = match (self.body, self.body_base64) {
            (Some(text), _) => Some(text.into_bytes(whole)),
            (None, Some(text)) => Some(decoded(&text, "answer.body_base64")?),
            (None, None) => None,
        };
        let headers = self.headers.map(|fields| headers(fields, whole, &mut Vec::new()));
        let seconds = self.duration_ms.map(|millis| millis / 1e3);
        let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        Ok(RecordedAnswer { status, headers, body, duration })
    }
}
