//! From captures to an archive.

use std::borrow::Cow;
use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::shape::{
    Content, Empty, Entry, Field, HTTP_VERSION, HarRequest, HarResponse, NO_TIME, Parameter, PostData, Timings, Unknown,
};
use crate::formats::address::{Address, address_of};
use crate::formats::json_fields::{Text, Value};
use crate::formats::{Capture, Credentials, ndjson};
use crate::model::{Header, RecordedAnswer, Request};

/// Writes an archive, in memory for one entry at a time.
pub fn write(
    mut out: impl Write,
    captures: impl IntoIterator<Item = Capture>,
    credentials: Credentials,
) -> io::Result<()> {
    write!(
        out,
        "{{\"log\":{{\"version\":\"1.2\",\"creator\":{{\"name\":\"hookctl\",\"version\":\"{}\"}},\"entries\":[",
        env!("CARGO_PKG_VERSION")
    )?;
    for (index, capture) in captures.into_iter().enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut out, &entry(&capture, credentials))?;
    }
    out.write_all(b"\n]}}\n")
}

fn entry(capture: &Capture, credentials: Credentials) -> Entry<'_> {
    let Capture { request, url, arrived_at, provider, answer, .. } = capture;
    let millis = answer.as_ref().and_then(|answer| answer.duration).map_or(0.0, |took| took.as_secs_f64() * 1e3);
    let url: Cow<'_, str> = match url {
        Some(url) => url.into(),
        None => address_of(request, "http").unwrap_or_else(|| "http://localhost/".to_owned()).into(),
    };
    let same_target = Address::parse(&url).is_ok_and(|address| address.target() == request.target);
    let url = credentials.address(&url).into_owned();
    Entry {
        started_date_time: Some(ndjson::instant(arrived_at.unwrap_or(NO_TIME)).into()),
        time: millis,
        request: HarRequest {
            method: request.method.as_str().into(),
            query_string: query_string(&url),
            url: url.into(),
            target: (!same_target).then(|| Text(credentials.address(&request.target))),
            http_version: HTTP_VERSION,
            cookies: [],
            headers: request.headers.iter().map(|header| field(header, credentials)).collect(),
            post_data: post_data(request),
            headers_size: Unknown,
            body_size: i64::try_from(request.body.len()).ok(),
        },
        response: answer.as_ref().map_or_else(HarResponse::default, |answer| response(answer, credentials)),
        cache: Empty {},
        timings: Timings { wait: millis, ..Timings::default() },
        provider: provider.as_deref().map(Text::from),
        answered: None,
        took: None,
    }
}

fn response(answer: &RecordedAnswer, credentials: Credentials) -> HarResponse<'_> {
    let headers = answer.headers.as_ref();
    let mime_type = headers.and_then(|headers| headers.get("content-type")).map(Header::lossy);
    let (text, encoding) = match answer.body.as_deref().map(std::str::from_utf8) {
        None => (None, None),
        Some(Ok(text)) => (Some(text.into()), None),
        Some(Err(_)) => (answer.body.as_deref().map(|body| STANDARD.encode(body).into()), Some("base64")),
    };
    HarResponse {
        status: answer.status,
        headers: headers.into_iter().flatten().map(|header| field(header, credentials)).collect(),
        content: Content {
            size: answer.body.as_ref().map_or(0, |body| body.len() as u64),
            mime_type: mime_type.unwrap_or_else(|| "x-unknown".to_owned()).into(),
            text,
            encoding,
        },
        ..HarResponse::default()
    }
}

fn field(header: &Header, credentials: Credentials) -> Field<'_> {
    let name = header.name().into();
    match Value::new(credentials.value(header)) {
        Value::Text(value) => Field { name, value, bytes: None },
        bytes @ Value::Bytes(_) => Field { name, value: header.lossy().into(), bytes: Some(bytes) },
    }
}

fn query_string(url: &str) -> Vec<Parameter<'static>> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    url::form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| Parameter { name: name.into_owned().into(), value: Some(value.into_owned().into()) })
        .collect()
}

fn post_data(request: &Request) -> Option<PostData<'_>> {
    if request.body.is_empty() {
        return None;
    }
    let (text, encoding) = match std::str::from_utf8(&request.body) {
        Ok(text) => (text.into(), None),
        Err(_) => (STANDARD.encode(&request.body).into(), Some("base64".into())),
    };
    let mime_type = request.headers.get("content-type").map_or(String::new(), Header::lossy);
    Some(PostData { mime_type: Some(mime_type.into()), params: Some(Vec::new()), text: Some(text), encoding })
}
