//! How two requests differ: request line, headers, body. Any two deliveries of a provider differ in their signatures, times
//! and ids; these differences are found, too, and known for what they are.

use std::collections::BTreeMap;

use super::diff::{Change, documents};
use crate::model::mask::masked;
use crate::model::{Headers, Request, Timestamp};
use crate::payload::keys::is_time_key;
use crate::payload::{Node, form};
use crate::text::matches_glob;

/// A request, and what is known about it.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The request.
    pub request: &'a Request,
    /// The id of its event.
    pub event_id: Option<&'a str>,
}

/// What is compared how.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Globs of what is not looked at: `data.object.*`, `header:user-agent`, `request:path`.
    pub ignore: Vec<String>,
    /// Whether the order of header fields matters.
    pub header_order: bool,
    /// Headers that carry a signature.
    pub signatures: Vec<String>,
    /// Headers that carry the time of a signature.
    pub times: Vec<String>,
}

/// The part of a request that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Method, path or query.
    Request,
    /// A header field.
    Header,
    /// Something in the body.
    Body,
}

impl Part {
    /// The public word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Header => "header",
            Self::Body => "body",
        }
    }
}

/// Why a difference is no surprise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Another signature.
    Signature,
    /// Another time.
    Time,
    /// Another event.
    Id,
    /// The length of a body that differs.
    Length,
}

impl Expected {
    /// The public word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Time => "time",
            Self::Id => "id",
            Self::Length => "length",
        }
    }
}

/// Something that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The part of the request.
    pub part: Part,
    /// Where in it: a header's name, a path into the body.
    pub path: String,
    /// What the first request has there.
    pub old: Option<Node>,
    /// What the second one has.
    pub new: Option<Node>,
    /// Why it is no surprise.
    pub expected: Option<Expected>,
}

impl Difference {
    /// Hides what is a credential.
    pub fn mask(&mut self) {
        if self.part != Part::Header {
            return;
        }
        for value in [&mut self.old, &mut self.new].into_iter().flatten() {
            let texts = match value {
                Node::Array(values) => values.as_mut_slice(),
                one => std::slice::from_mut(one),
            };
            for text in texts {
                if let Node::Text(text) = text {
                    *text = masked(&self.path, text);
                }
            }
        }
    }
}

/// All differences between two requests.
pub fn requests(a: Side<'_>, b: Side<'_>, rules: &Rules) -> Vec<Difference> {
    let mut found = line(a.request, b.request, rules);
    found.extend(headers(a, b, rules));
    found.extend(body(a, b, rules));
    found
}

impl Rules {
    fn ignores(&self, prefix: &str, path: &str) -> bool {
        let path = format!("{prefix}{path}");
        self.ignore.iter().any(|glob| matches_glob(glob, &path))
    }
}

fn line(a: &Request, b: &Request, rules: &Rules) -> Vec<Difference> {
    let text = |text: &str| Some(Node::Text(text.to_owned()));
    let pairs = [
        ("method", text(&a.method), text(&b.method)),
        ("path", text(a.path()), text(b.path())),
        ("query", a.query().and_then(text), b.query().and_then(text)),
    ];
    pairs
        .into_iter()
        .filter(|(path, old, new)| old != new && !rules.ignores("request:", path))
        .map(|(path, old, new)| Difference { part: Part::Request, path: path.to_owned(), old, new, expected: None })
        .collect()
}

fn headers(a: Side<'_>, b: Side<'_>, rules: &Rules) -> Vec<Difference> {
    let (old, new) = (by_name(&a.request.headers), by_name(&b.request.headers));
    let mut names: Vec<&str> = a.request.headers.iter().map(crate::model::Header::name).collect();
    names.extend(b.request.headers.iter().map(crate::model::Header::name));
    let mut seen = std::collections::HashSet::new();
    let mut found = Vec::new();
    for name in names {
        let key = name.to_ascii_lowercase();
        let ignored = rules.ignores("header:", &key);
        if seen.insert(key.clone()) && !ignored && old.get(&key) != new.get(&key) {
            let (old, new) = (old.get(&key).map(|values| node(values)), new.get(&key).map(|values| node(values)));
            let both = old.is_some() && new.is_some();
            let expected = both.then(|| expected_header(&key, a, b, rules)).flatten();
            found.push(Difference { part: Part::Header, path: name.to_owned(), old, new, expected });
        }
    }
    if rules.header_order && found.is_empty() {
        let order = |request: &Request| {
            let names = request.headers.iter().map(|header| header.name().to_ascii_lowercase());
            names.filter(|name| !rules.ignores("header:", name)).collect::<Vec<_>>()
        };
        let (old, new) = (order(a.request), order(b.request));
        if old != new {
            let text = |names: Vec<String>| Some(Node::Text(names.join(", ")));
            let (old, new) = (text(old), text(new));
            found.push(Difference { part: Part::Header, path: "(order)".to_owned(), old, new, expected: None });
        }
    }
    found
}

/// The values of each name, in order.
fn by_name(headers: &Headers) -> BTreeMap<String, Vec<&[u8]>> {
    let mut all: BTreeMap<String, Vec<&[u8]>> = BTreeMap::new();
    for header in headers {
        all.entry(header.name().to_ascii_lowercase()).or_default().push(header.value());
    }
    all
}

fn node(values: &[&[u8]]) -> Node {
    let text = |value: &&[u8]| Node::Text(String::from_utf8_lossy(value).into_owned());
    match values {
        [one] => text(one),
        several => Node::Array(several.iter().map(text).collect()),
    }
}

fn expected_header(name: &str, a: Side<'_>, b: Side<'_>, rules: &Rules) -> Option<Expected> {
    let one_of = |names: &[String]| names.iter().any(|one| one.eq_ignore_ascii_case(name));
    let (old, new) = (a.request.headers.text(name)?, b.request.headers.text(name)?);
    if one_of(&rules.signatures) {
        Some(Expected::Signature)
    } else if one_of(&rules.times) || name == "date" || (is_instant(old) && is_instant(new)) {
        Some(Expected::Time)
    } else if is_id(old, new, a, b) {
        Some(Expected::Id)
    } else if name == "content-length" && fits(old, a.request) && fits(new, b.request) {
        Some(Expected::Length)
    } else {
        None
    }
}

fn fits(length: &str, request: &Request) -> bool {
    length.parse() == Ok(request.body.len())
}

fn is_id(old: &str, new: &str, a: Side<'_>, b: Side<'_>) -> bool {
    a.event_id == Some(old) && b.event_id == Some(new)
}

/// A time as text: RFC 3339, as most providers write it.
fn is_instant(text: &str) -> bool {
    Timestamp::from_rfc3339(text).is_some()
}

fn body(a: Side<'_>, b: Side<'_>, rules: &Rules) -> Vec<Difference> {
    if a.request.body == b.request.body {
        return Vec::new();
    }
    let (old, new) = (document(a.request), document(b.request));
    let ignored = |path: &str| rules.ignores("", path);
    let difference = |found: super::diff::Difference<'_>| {
        let (before, after) = match found.change {
            Change::Added(value) => (None, Some(value.clone())),
            Change::Removed(value) => (Some(value.clone()), None),
            Change::Changed(before, after) => (Some(before.clone()), Some(after.clone())),
        };
        let expected = match (&before, &after) {
            (Some(before), Some(after)) => expected_value(&found.path, before, after, a, b),
            _ => None,
        };
        Difference { part: Part::Body, path: found.path, old: before, new: after, expected }
    };
    documents(&old, &new, &ignored).into_iter().map(difference).collect()
}

/// What a body says: JSON, the fields of a form, text; of anything else only how long it is and what it sums up to.
fn document(request: &Request) -> Node {
    if request.is_form() {
        return form::decode(&request.body);
    }
    if let Ok(node) = Node::parse(request.document()) {
        return node;
    }
    match std::str::from_utf8(&request.body) {
        Ok(text) => Node::Text(text.to_owned()),
        Err(_) => {
            use sha2::{Digest, Sha256};
            let digest = hex::encode(Sha256::digest(&request.body));
            Node::Text(format!("{} bytes, SHA-256 {digest}", request.body.len()))
        }
    }
}

fn expected_value(path: &str, old: &Node, new: &Node, a: Side<'_>, b: Side<'_>) -> Option<Expected> {
    match (old, new) {
        (Node::Text(old), Node::Text(new)) if is_id(old, new, a, b) => Some(Expected::Id),
        (Node::Text(old), Node::Text(new)) if is_instant(old) && is_instant(new) => Some(Expected::Time),
        (Node::Number(old) | Node::Text(old), Node::Number(new) | Node::Text(new))
            if is_time_key(path) && is_unix(old) && is_unix(new) =>
        {
            Some(Expected::Time)
        }
        _ => None,
    }
}

/// Seconds, with or without a fraction, or milliseconds, of the years 2001 to 2100.
pub(super) fn is_unix(text: &str) -> bool {
    let Ok(number) = text.parse::<f64>() else { return false };
    (1e9..4.11e9).contains(&number) || (1e12..4.11e12).contains(&number)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn request(target: &str, headers: &[(&str, &str)], body: &str) -> Request {
        Request {
            method: "POST".into(),
            target: target.into(),
            headers: headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            body: Bytes::from(body.to_owned()),
        }
    }

    fn compared(a: &Request, b: &Request, rules: &Rules) -> Vec<String> {
        let side = |request, event_id| Side { request, event_id: Some(event_id) };
        let line = |found: Difference| {
            let expected = found.expected.map_or("", Expected::as_str);
            format!("{}:{} {expected}", found.part.as_str(), found.path).trim_end().to_owned()
        };
        requests(side(a, "evt_1"), side(b, "evt_2"), rules).into_iter().map(line).collect()
    }

    #[test]
    fn signatures_times_and_ids_are_known_for_what_they_are() {
        let rules = Rules { signatures: vec!["X-Sig".into()], times: vec!["X-Time".into()], ..Rules::default() };
        let a = request(
            "/x",
            &[("X-Sig", "a"), ("x-time", "1"), ("X-Id", "evt_1"), ("Content-Length", "79"), ("X-A", "1")],
            r#"{"id":"evt_1","created":1767225600,"at":"2026-01-01T00:00:00Z","amount":1767225600}"#,
        );
        let b = request(
            "/x",
            &[("X-A", "1"), ("x-sig", "b"), ("X-Time", "2"), ("X-Id", "evt_2"), ("Content-Length", "79")],
            r#"{"id":"evt_2","created":1767225601,"at":"2026-01-01T00:00:01.5Z","amount":1767225601}"#,
        );
        let found = compared(&a, &b, &rules);
        let expected = [
            "header:X-Sig signature",
            "header:x-time time",
            "header:X-Id id",
            "body:id id",
            "body:created time",
            "body:at time",
            "body:amount",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_ignored_is_not_looked_at() {
        let a = request("/x?a=1", &[("User-Agent", "1")], r#"{"a":{"b":1,"c":[{"d":1}]}}"#);
        let b = request("/y?a=2", &[("user-agent", "2"), ("X", "")], r#"{"a":{"b":2,"c":[{"d":2}]}}"#);
        for (ignore, left) in [
            (
                &[][..],
                &["request:path", "request:query", "header:User-Agent", "header:X", "body:a.b", "body:a.c[0].d"][..],
            ),
            (&["request:*", "header:*"], &["body:a.b", "body:a.c[0].d"]),
            (&["request:*", "header:user-agent", "a.c"], &["header:X", "body:a.b"]),
            (&["request:*", "header:*", "a.c[*].d", "*.b"], &[]),
        ] {
            let rules = Rules { ignore: ignore.iter().map(|&glob| glob.to_owned()).collect(), ..Rules::default() };
            assert_eq!(compared(&a, &b, &rules), left, "{ignore:?}");
        }
    }

    #[test]
    fn the_order_of_headers_matters_only_if_it_is_asked_for() {
        let a = request("/", &[("A", "1"), ("B", "2"), ("a", "3")], "");
        let b = request("/", &[("b", "2"), ("A", "1"), ("A", "3")], "");
        assert_eq!(compared(&a, &b, &Rules::default()), [""; 0]);
        let strict = Rules { header_order: true, ..Rules::default() };
        assert_eq!(compared(&a, &b, &strict), ["header:(order)"]);
        let c = request("/", &[("A", "3"), ("A", "1"), ("B", "2")], "");
        assert_eq!(compared(&a, &c, &Rules::default()), ["header:A"]);
    }

    #[test]
    fn bodies_of_every_kind_are_compared() {
        let form = [("Content-Type", "application/x-www-form-urlencoded")];
        let (a, b) = (request("/", &form, "x=1&y=a"), request("/", &form, "y=a&x=2&z="));
        assert_eq!(compared(&a, &b, &Rules::default()), ["body:x", "body:z"]);
        let (a, b) =
            (request("/", &form, "payload=%7B%22a%22%3A1%7D"), request("/", &form, "payload=%7B%22a%22%3A2%7D"));
        assert_eq!(compared(&a, &b, &Rules::default()), ["body:payload.a"]);
        assert_eq!(compared(&request("/", &[], "a"), &request("/", &[], "b"), &Rules::default()), ["body:"]);
        assert_eq!(
            compared(&request("/", &[], "{\"a\": 1}"), &request("/", &[], "{\"a\":1}"), &Rules::default()),
            [""; 0]
        );
    }
}
