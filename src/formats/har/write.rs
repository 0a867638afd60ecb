//! From captures to an archive.

use std::borrow::Cow;
use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::shape::{
    Empty, Entry, Field, HTTP_VERSION, HarRequest, HarResponse, NO_TIME, Parameter, PostData, Timings, Unknown,
};
use crate::formats::address::{Address, address_of};
use crate::formats::json_fields::{Text, Value};
use crate::formats::{Capture, Credentials, ndjson};
use crate::model::{Header, Request};

/// A capture with the status that was answered, if there was an answer.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The request.
    pub capture: Capture,
    /// The status of its answer.
    pub status: Option<u16>,
}

/// Writes an archive, in memory for one entry at a time.
pub fn write(
    mut out: impl Write,
    exchanges: impl IntoIterator<Item = Exchange>,
    credentials: Credentials,
) -> io::Result<()> {
    write!(
        out,
        "{{\"log\":{{\"version\":\"1.2\",\"creator\":{{\"name\":\"hookctl\",\"version\":\"{}\"}},\"entries\":[",
        env!("CARGO_PKG_VERSION")
    )?;
    for (index, exchange) in exchanges.into_iter().enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut out, &entry(&exchange, credentials))?;
    }
    out.write_all(b"\n]}}\n")
}

fn entry(exchange: &Exchange, credentials: Credentials) -> Entry<'_> {
    let Capture { request, url, arrived_at, provider, .. } = &exchange.capture;
    let url: Cow<'_, str> = match url {
        Some(url) => url.into(),
        None => address_of(request, "http").unwrap_or_else(|| "http://localhost/".to_owned()).into(),
    };
    let same_target = Address::parse(&url).is_ok_and(|address| address.target() == request.target);
    let url = credentials.address(&url).into_owned();
    Entry {
        started_date_time: Some(ndjson::instant(arrived_at.unwrap_or(NO_TIME)).into()),
        time: 0,
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
        response: HarResponse { status: exchange.status.unwrap_or(0), ..HarResponse::default() },
        cache: Empty {},
        timings: Timings::default(),
        provider: provider.as_deref().map(Text::from),
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
