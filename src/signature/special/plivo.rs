//! Plivo's V3 scheme: the address with its sorted parameters, the form fields, and a nonce.
//!
//! Source: Plivo's documentation on validating requests, and its libraries. A GET signs the address with its sorted
//! query. A POST signs `?` and the sorted query if there is a query or a field (so a bare `?` when there are fields only),
//! a dot if there are both, and the fields, sorted, name and value with nothing between. Then a dot and the nonce.

use crate::model::Request;
use crate::signature::hmac::HmacKey;

/// The header with the nonce.
pub const NONCE: &str = "X-Plivo-Signature-V3-Nonce";

/// The text that is signed; `None` if the nonce is missing.
pub fn content(request: &Request, url: &str) -> Option<String> {
    let nonce = request.headers.text(NONCE)?;
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let query = query.split('#').next().unwrap_or(query);
    let query = sorted(query.as_bytes());
    let form = if request.is_form() { sorted(&request.body) } else { Vec::new() };
    let written = |pairs: &[(String, String)], between: &str, joint: &str| {
        pairs.iter().map(|(name, value)| format!("{name}{between}{value}")).collect::<Vec<_>>().join(joint)
    };
    let mut text = base.to_owned();
    let is_post = request.method.eq_ignore_ascii_case("POST");
    if !query.is_empty() || (is_post && !form.is_empty()) {
        text.push('?');
    }
    text.push_str(&written(&query, "=", "&"));
    if is_post && !form.is_empty() {
        if !query.is_empty() {
            text.push('.');
        }
        text.push_str(&written(&form, "", ""));
    }
    Some(format!("{text}.{nonce}"))
}

/// The tag over the content.
pub fn tag(key: &HmacKey, content: &str) -> Vec<u8> {
    let mut run = key.start();
    run.update(content.as_bytes());
    run.finish()
}

fn sorted(encoded: &[u8]) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = url::form_urlencoded::parse(encoded).into_owned().collect();
    pairs.sort();
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Headers;

    #[test]
    fn the_parts_depend_on_method_query_and_form() {
        let request = |method: &str, body: &'static str| Request {
            method: method.into(),
            target: "/".into(),
            headers: [("Content-Type", "application/x-www-form-urlencoded"), (NONCE, "n")]
                .into_iter()
                .collect::<Headers>(),
            body: body.into(),
        };
        for (method, url, body, text) in [
            ("POST", "https://a/p?b=2&a=1", "x=%26&B=1", "https://a/p?a=1&b=2.B1x&.n"),
            ("POST", "https://a/p", "x=1", "https://a/p?x1.n"),
            ("POST", "https://a/p?a=1", "", "https://a/p?a=1.n"),
            ("POST", "https://a/p", "", "https://a/p.n"),
            ("GET", "https://a/p?b=2&a=1", "", "https://a/p?a=1&b=2.n"),
        ] {
            assert_eq!(content(&request(method, body), url).as_deref(), Some(text), "{method} {url} {body}");
        }
        let bare = Request { headers: Headers::new(), ..request("POST", "") };
        assert_eq!(content(&bare, "https://a/p"), None);
    }
}
