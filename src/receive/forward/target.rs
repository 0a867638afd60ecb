//! One target of a forward: where exactly a delivery goes there, and as what.

use bytes::Bytes;
use url::Url;

use crate::deliver::Terms;
use crate::http::client::authority;
use crate::http::head::{WriteError, write_request_head};
use crate::http::hop_by_hop;
use crate::model::{Request, RetryPolicy};
use crate::provider::Provider;

/// Where deliveries are forwarded to.
#[derive(Debug, Clone)]
pub struct Target {
    /// The endpoint, as it was configured.
    pub url: Url,
    /// Whether the captured path goes behind the endpoint's own.
    pub keep_path: bool,
    /// Headers that are set for this target, over those that came.
    pub headers: Vec<(String, String)>,
    /// How long it may take, and what counts as accepted where the provider does not say.
    pub terms: Terms,
    /// When it is tried again, behind an answer that was given already.
    pub retry: RetryPolicy,
}

/// A delivery as one target gets it.
#[derive(Debug, Clone)]
pub struct Forwarded {
    /// Where it goes, in full: what is recorded and shown.
    pub address: String,
    /// The head as it is on the wire.
    pub head: Bytes,
    /// Fields that the sender wanted to be lost on the way, and that are passed on all the same.
    pub kept: Vec<String>,
}

impl Target {
    /// The path and query on the request line. A target without a path of its own takes the captured one; the captured
    /// query stays in any case, behind the target's own.
    fn request_target(&self, captured: &str) -> String {
        let (path, query) = origin_form(captured);
        let own = self.url.path();
        let path = match own {
            "" | "/" => path.to_owned(),
            own if self.keep_path => format!("{}{}", own.trim_end_matches('/'), if path == "*" { "/" } else { path }),
            own => own.to_owned(),
        };
        match (self.url.query(), query) {
            (None, None) => path,
            (Some(one), None) | (None, Some(one)) => format!("{path}?{one}"),
            (Some(own), Some(captured)) => format!("{path}?{own}&{captured}"),
        }
    }

    /// The address to replay a delivery to, so that it goes where it was forwarded. Who replays puts the recorded path in
    /// place of none, and the recorded query behind its own.
    pub fn address_of(&self, request: &Request) -> Url {
        let mut url = self.url.clone();
        if self.keep_path {
            let target = self.request_target(&request.target);
            url.set_path(target.split_once('?').map_or(target.as_str(), |(path, _)| path));
        }
        url
    }

    /// A delivery as this target gets it: everything as it came but what belongs to the connection.
    ///
    /// # Errors
    /// Something in it cannot be on the wire.
    pub fn forwarded(&self, request: &Request, provider: Option<&Provider>) -> Result<Forwarded, WriteError> {
        let belongs = |name: &str| provider.is_some_and(|provider| provider.definition.speaks_of_header(name));
        let host = authority(&self.url);
        let passed = hop_by_hop::request(&request.headers, &host, &request.method, request.body.len(), belongs);
        let mut headers = passed.headers;
        for (name, value) in &self.headers {
            headers.set(name, value.clone());
        }
        let target = self.request_target(&request.target);
        let head = write_request_head(&request.method, &target, &headers)?;
        let separator = if target.starts_with('/') { "" } else { "/" };
        let address = format!("{}://{host}{separator}{target}", self.url.scheme());
        Ok(Forwarded { address, head: head.into(), kept: passed.kept })
    }
}

/// Path and query of a captured request target, as they came: of a URL, what is behind its authority.
fn origin_form(target: &str) -> (&str, Option<&str>) {
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let path = match path.find("://") {
        Some(scheme) if !path.starts_with('/') => {
            let rest = &path[scheme + 3..];
            rest.find('/').map_or("/", |at| &rest[at..])
        }
        _ => path,
    };
    (path, query)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::Headers;
    use crate::provider::definition::AnswerRule;

    fn target(url: &str, keep_path: bool) -> Target {
        let terms = Terms::once(Duration::from_secs(1), AnswerRule::default().accept);
        Target { url: url.parse().expect(url), keep_path, headers: Vec::new(), terms, retry: RetryPolicy::None }
    }

    #[test]
    fn the_path_is_the_captured_one_unless_the_target_has_one() {
        for (url, keep, captured, expected) in [
            ("http://a", false, "/hook", "/hook"),
            ("http://a/", false, "/hook?x=1", "/hook?x=1"),
            ("http://a/", true, "/hook?x=1", "/hook?x=1"),
            ("http://a/app", false, "/hook?x=1", "/app?x=1"),
            ("http://a/app/", false, "/hook", "/app/"),
            ("http://a/app", true, "/hook?x=1", "/app/hook?x=1"),
            ("http://a/app/", true, "/hook", "/app/hook"),
            ("http://a/app?k=v", false, "/hook?x=1", "/app?k=v&x=1"),
            ("http://a?k=v", false, "/hook", "/hook?k=v"),
            ("http://a", false, "/a%2Fb/../c//d;e=f?q=%20&q", "/a%2Fb/../c//d;e=f?q=%20&q"),
            ("http://a", false, "/?a={b|c}\"&d=e?f", "/?a={b|c}\"&d=e?f"),
            ("http://a", false, "/?", "/?"),
            ("http://a", false, "http://h:1/p/q?x", "/p/q?x"),
            ("http://a", false, "https://h", "/"),
            ("http://a", false, "https://h?x", "/?x"),
            ("http://a", false, "/go/http://h/p", "/go/http://h/p"),
            ("http://a", false, "//evil.example/x", "//evil.example/x"),
            ("http://a", false, "*", "*"),
            ("http://a/app", false, "*", "/app"),
        ] {
            assert_eq!(target(url, keep).request_target(captured), expected, "{url} {captured}");
        }
    }

    #[test]
    fn a_replay_goes_where_it_was_forwarded() {
        for (url, keep, captured) in [
            ("http://a", false, "/hook?x=1"),
            ("http://a/", true, "/hook?x=1"),
            ("http://a/app?k=v", false, "/hook?x=1"),
            ("http://a/app", true, "/hook?x=1"),
            ("http://a/app/?k=v", true, "/a%2Fb//c;d=e?q=%20&q"),
            ("http://a", false, "/a%2Fb/../c//d;e=f?q=%20&q"),
        ] {
            let (target, headers) = (target(url, keep), Headers::default());
            let request = Request { method: "POST".into(), target: captured.into(), headers, body: Bytes::new() };
            let (_, aimed) = crate::deliver::replay::aim(&request, &target.address_of(&request));
            assert_eq!(aimed.target, target.request_target(captured), "{url} {captured}");
        }
    }

    #[test]
    fn nothing_in_a_request_chooses_where_it_goes() {
        let headers: Headers = [("Host", "evil.example"), ("X-Forwarded-Host", "evil.example")].into_iter().collect();
        for (captured, address) in [
            ("http://evil.example/x", "http://127.0.0.1:3000/x"),
            ("//evil.example/x", "http://127.0.0.1:3000//evil.example/x"),
            ("*", "http://127.0.0.1:3000/*"),
        ] {
            let request = Request {
                method: "OPTIONS".into(),
                target: captured.into(),
                headers: headers.clone(),
                body: Bytes::new(),
            };
            let forwarded = target("http://127.0.0.1:3000", false).forwarded(&request, None).expect("a request");
            assert_eq!(forwarded.address, address);
            let head = String::from_utf8(forwarded.head.to_vec()).expect("text");
            assert!(head.contains("\r\nHost: 127.0.0.1:3000\r\nX-Forwarded-Host: evil.example\r\n"), "{head}");
        }
    }
}
