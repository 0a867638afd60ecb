//! HAR's own structure: what is read of it, and what must be there when it is written.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::formats::json_fields::{Text, Value};
use crate::model::Timestamp;

#[derive(Deserialize)]
pub(super) struct Archive<'a> {
    #[serde(borrow)]
    pub(super) log: Log<'a>,
}

#[derive(Deserialize)]
pub(super) struct Log<'a> {
    #[serde(borrow)]
    pub(super) entries: Vec<Entry<'a>>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry<'a> {
    #[serde(borrow)]
    pub(super) started_date_time: Option<Text<'a>>,
    #[serde(skip_deserializing)]
    pub(super) time: f64,
    #[serde(borrow)]
    pub(super) request: HarRequest<'a>,
    #[serde(skip_deserializing)]
    pub(super) response: HarResponse<'a>,
    #[serde(skip_deserializing)]
    pub(super) cache: Empty,
    #[serde(skip_deserializing)]
    pub(super) timings: Timings,
    #[serde(borrow, rename = "_provider", skip_serializing_if = "Option::is_none")]
    pub(super) provider: Option<Text<'a>>,
    /// The answer and its time as others wrote them: what cannot be read of them is no reason to refuse the request.
    #[serde(borrow, rename(deserialize = "response"), skip_serializing)]
    pub(super) answered: Option<&'a RawValue>,
    #[serde(borrow, rename(deserialize = "time"), skip_serializing)]
    pub(super) took: Option<&'a RawValue>,
}

/// What is read of an answer.
#[derive(Deserialize)]
pub(super) struct Answered<'a> {
    pub(super) status: u16,
    #[serde(borrow, default)]
    pub(super) headers: Option<Vec<Field<'a>>>,
    #[serde(borrow, default)]
    pub(super) content: Option<AnsweredContent<'a>>,
}

#[derive(Deserialize)]
pub(super) struct AnsweredContent<'a> {
    #[serde(borrow)]
    pub(super) text: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) encoding: Option<Text<'a>>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HarRequest<'a> {
    #[serde(borrow)]
    pub(super) method: Text<'a>,
    #[serde(borrow)]
    pub(super) url: Text<'a>,
    #[serde(borrow, rename = "_target", skip_serializing_if = "Option::is_none")]
    pub(super) target: Option<Text<'a>>,
    #[serde(skip_deserializing)]
    pub(super) http_version: &'static str,
    #[serde(skip_deserializing)]
    pub(super) cookies: [(); 0],
    #[serde(borrow)]
    pub(super) headers: Vec<Field<'a>>,
    #[serde(skip_deserializing)]
    pub(super) query_string: Vec<Parameter<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) post_data: Option<PostData<'a>>,
    #[serde(skip_deserializing)]
    pub(super) headers_size: Unknown,
    #[serde(default)]
    pub(super) body_size: Option<i64>,
}

#[derive(Deserialize, Serialize)]
pub(super) struct Field<'a> {
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) value: Text<'a>,
    #[serde(borrow, rename = "_valueBytes", skip_serializing_if = "Option::is_none")]
    pub(super) bytes: Option<Value<'a>>,
}

#[derive(Deserialize, Serialize)]
pub(super) struct Parameter<'a> {
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) value: Option<Text<'a>>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PostData<'a> {
    #[serde(borrow)]
    pub(super) mime_type: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) params: Option<Vec<Parameter<'a>>>,
    #[serde(borrow)]
    pub(super) text: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) encoding: Option<Text<'a>>,
}

/// The answer, of which an archive must say something. -1 is HAR's word for unknown.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HarResponse<'a> {
    pub(super) status: u16,
    pub(super) status_text: &'static str,
    pub(super) http_version: &'static str,
    pub(super) cookies: [(); 0],
    pub(super) headers: Vec<Field<'a>>,
    pub(super) content: Content<'a>,
    #[serde(rename = "redirectURL")]
    pub(super) redirect_url: &'static str,
    pub(super) headers_size: Unknown,
    pub(super) body_size: Unknown,
}

impl Default for HarResponse<'_> {
    fn default() -> Self {
        Self {
            status: 0,
            status_text: "",
            http_version: HTTP_VERSION,
            cookies: [],
            headers: Vec::new(),
            content: Content { size: 0, mime_type: "x-unknown".into(), text: None, encoding: None },
            redirect_url: "",
            headers_size: Unknown,
            body_size: Unknown,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Content<'a> {
    pub(super) size: u64,
    pub(super) mime_type: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) encoding: Option<&'static str>,
}

#[derive(Serialize, Default)]
pub(super) struct Empty {}

#[derive(Serialize, Default)]
pub(super) struct Timings {
    pub(super) send: u8,
    pub(super) wait: f64,
    pub(super) receive: u8,
}

/// HAR's -1: a size that is not known.
#[derive(Clone, Copy, Default)]
pub(super) struct Unknown;

impl Serialize for Unknown {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i8(-1)
    }
}

pub(super) const HTTP_VERSION: &str = "HTTP/1.1";

/// What stands for a time that is not known, since HAR demands one.
pub(super) const NO_TIME: Timestamp = Timestamp::from_secs(0);
