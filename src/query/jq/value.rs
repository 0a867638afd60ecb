//! What a filter sees: the object of a delivery, as jq values.

use std::collections::HashMap;

use jaq_json::{Map, Num, Rc, Val};

use crate::model::{Headers, Reason, Request, Timestamp, Verdict};
use crate::payload::Node;
use crate::query::Facts;

/// Longer integers are no longer read as such: what they cost grows with the square of their length.
const LONGEST_INTEGER: usize = 64;

/// `{provider, event_type, event_id, method, path, query, headers, body, verdict, reason, status, received_at}`
pub(super) fn of(facts: &Facts<'_>) -> Val {
    let request = facts.request;
    object([
        ("provider", optional(facts.provider)),
        ("event_type", optional(facts.event_type)),
        ("event_id", optional(facts.event_id)),
        ("method", text(&request.method)),
        ("path", text(request.path())),
        ("query", optional(request.query())),
        ("headers", headers(&request.headers)),
        ("body", body(request)),
        ("verdict", optional(facts.verdict.map(Verdict::as_str))),
        ("reason", optional(facts.reason.map(Reason::as_str))),
        ("status", facts.status.map_or(Val::Null, |status| Val::from(usize::from(status)))),
        ("received_at", optional(facts.received_at.as_ref().map(Timestamp::to_string).as_deref())),
    ])
}

fn text(text: &str) -> Val {
    Val::utf8_str(text.to_owned())
}

fn optional(value: Option<&str>) -> Val {
    value.map_or(Val::Null, text)
}

fn object<'a>(entries: impl IntoIterator<Item = (&'a str, Val)>) -> Val {
    Val::obj(entries.into_iter().map(|(key, value)| (text(key), value)).collect())
}

/// By name in lower case; a repeated header is one text with commas, as HTTP allows it to be written.
fn headers(headers: &Headers) -> Val {
    let mut fields: Vec<(String, String)> = Vec::with_capacity(headers.len());
    let mut places: HashMap<String, usize> = HashMap::with_capacity(headers.len());
    for header in headers {
        let name = header.name().to_ascii_lowercase();
        if let Some(at) = places.get(&name) {
            let value = &mut fields[*at].1;
            value.push_str(", ");
            value.push_str(&header.lossy());
        } else {
            places.insert(name.clone(), fields.len());
            fields.push((name, header.lossy()));
        }
    }
    object(fields.iter().map(|(name, value)| (name.as_str(), text(value))))
}

/// Parsed JSON, a form as an object, or null.
fn body(request: &Request) -> Val {
    if request.is_form() {
        return form(&request.body);
    }
    json(request.document()).unwrap_or(Val::Null)
}

/// Fields that occur several times become lists.
fn form(body: &[u8]) -> Val {
    let mut fields = Map::default();
    for (name, value) in url::form_urlencoded::parse(body) {
        let (name, value) = (text(&name), text(&value));
        match fields.get_mut(&name) {
            None => drop(fields.insert(name, value)),
            Some(Val::Arr(values)) => Rc::make_mut(values).push(value),
            Some(first) => *first = [first.clone(), value].into_iter().collect(),
        }
    }
    Val::obj(fields)
}

/// Reads JSON; `None` if it is none. The reader of jq would follow a body as deep as it is nested, and off the stack.
pub(super) fn json(bytes: &[u8]) -> Option<Val> {
    Node::parse(bytes).ok().map(of_node)
}

fn of_node(node: Node) -> Val {
    match node {
        Node::Null => Val::Null,
        Node::Bool(value) => Val::Bool(value),
        Node::Number(digits) => {
            let integer = (digits.len() <= LONGEST_INTEGER).then(|| Num::from_str_radix(&digits, 10)).flatten();
            Val::Num(integer.unwrap_or_else(|| Num::Dec(Rc::new(digits))))
        }
        Node::Text(text) => Val::utf8_str(text),
        Node::Array(items) => items.into_iter().map(of_node).collect(),
        Node::Object(entries) => {
            Val::obj(entries.into_iter().map(|(key, value)| (text(&key), of_node(value))).collect())
        }
    }
}
