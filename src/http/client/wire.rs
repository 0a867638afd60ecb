//! The head of a request as it is on the wire.

use url::Url;

use crate::http::head::{WriteError, write_request_head};
use crate::model::{Headers, Request};

/// The bytes of a request on the wire: `Host` first, then its headers, one `Content-Length`.
///
/// # Errors
/// Something in it cannot be on the wire.
pub fn wire_head(request: &Request, url: &Url) -> Result<Vec<u8>, WriteError> {
    let mut headers = Headers::new();
    if !request.headers.contains("host") {
        headers.push("Host", authority(url));
    }
    for header in &request.headers {
        let ours = ["content-length", "transfer-encoding"];
        if !ours.iter().any(|name| header.name().eq_ignore_ascii_case(name)) {
            headers.push(header.name().to_owned(), header.value().to_vec());
        }
    }
    let bodiless = request.body.is_empty() && matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS");
    if !bodiless {
        headers.push("Content-Length", request.body.len().to_string());
    }
    write_request_head(&request.method, &request.target, &headers)
}

/// Host and port, as the `Host` header has them.
pub fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
