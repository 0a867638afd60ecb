//! An event file: the payload with its placeholders, and what the event says about the request around it.

use std::collections::HashMap;

use super::definition::{BodyKind, HeaderLine, HeaderLineError};
use crate::payload::Node;

/// An event of a provider, with placeholders not yet filled in.
#[derive(Debug, Clone)]
pub struct Event {
    /// Headers of this event; `None` drops one of the provider's.
    pub headers: Vec<(String, Option<String>)>,
    /// Named values of this event.
    pub values: HashMap<String, String>,
    /// The method, if it is not the provider's.
    pub method: Option<String>,
    /// The content type, if it is not the provider's.
    pub content_type: Option<String>,
    /// What is added to the query of the address, if it is not what the provider adds.
    pub query: Option<String>,
    /// How the payload becomes a body.
    pub kind: BodyKind,
    /// The payload.
    pub payload: Node,
}

/// What is wrong with an event file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// A `$` key that does not exist.
    #[error("'{0}' is unknown: there are $headers, $values, $method, $content_type, $query, $body and $form")]
    UnknownKey(String),
    /// `$` keys and others side by side.
    #[error("'{0}' stands beside $ keys: put the payload into $body")]
    Mixed(String),
    /// Neither `$body` nor `$form`, or both.
    #[error("one of $body and $form is needed")]
    NoPayload,
    /// A `$` key holds something of the wrong type.
    #[error("'{0}' holds the wrong type")]
    WrongType(String),
    /// A header that cannot be one.
    #[error(transparent)]
    Header(#[from] HeaderLineError),
}

impl Event {
    /// Reads the short form (the payload) or the long one (`$` keys).
    pub(super) fn from_node(node: Node, kind: BodyKind) -> Result<Self, EventError> {
        let mut event = Self {
            headers: Vec::new(),
            values: HashMap::new(),
            method: None,
            content_type: None,
            query: None,
            kind,
            payload: Node::Null,
        };
        let entries = match node {
            Node::Object(entries) if entries.iter().any(|(key, _)| key.starts_with('$')) => entries,
            payload => {
                event.payload = payload;
                return Ok(event);
            }
        };
        let mut payloads = 0;
        for (key, value) in entries {
            let wrong = || EventError::WrongType(key.clone());
            match (key.as_str(), value) {
                ("$headers", Node::Object(headers)) => {
                    for (name, value) in headers {
                        let value = match value {
                            Node::Text(text) => Some(format!("{name}: {text}").parse::<HeaderLine>()?.value),
                            Node::Null => None,
                            _ => return Err(wrong()),
                        };
                        event.headers.push((name, value));
                    }
                }
                ("$values", Node::Object(values)) => {
                    for (name, value) in values {
                        event.values.insert(name, value.as_text().ok_or_else(wrong)?.to_owned());
                    }
                }
                ("$method", Node::Text(method)) => event.method = Some(method),
                ("$content_type", Node::Text(content_type)) => event.content_type = Some(content_type),
                ("$query", Node::Text(query)) => event.query = Some(query),
                // Nothing is no JSON: the request has no body.
                ("$body", Node::Null) => {
                    payloads += 1;
                    event.kind = BodyKind::Empty;
                }
                ("$body", payload) => {
                    payloads += 1;
                    event.payload = payload;
                }
                ("$form", payload) => {
                    payloads += 1;
                    event.kind = BodyKind::Form;
                    event.payload = payload;
                }
                ("$headers" | "$values" | "$method" | "$content_type" | "$query", _) => return Err(wrong()),
                (other, _) if other.starts_with('$') => return Err(EventError::UnknownKey(key)),
                _ => return Err(EventError::Mixed(key)),
            }
        }
        if payloads == 1 { Ok(event) } else { Err(EventError::NoPayload) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Event, EventError> {
        Event::from_node(Node::parse(text.as_bytes()).expect("JSON"), BodyKind::Json)
    }

    #[test]
    fn both_forms_are_read() {
        assert_eq!(read(r#"{"a":1}"#).expect("short").payload.compact(), r#"{"a":1}"#);
        assert_eq!(read("[1]").expect("short").payload.compact(), "[1]");
        let long =
            read(r#"{"$headers":{"X-A":"b","X-C":null},"$values":{"n":"{{uuid}}"},"$form":{"a":1}}"#).expect("long");
        assert_eq!(long.headers, [("X-A".into(), Some("b".into())), ("X-C".into(), None)]);
        assert_eq!(long.kind, BodyKind::Form);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for text in [
            r#"{"$body":1,"a":2}"#,
            r#"{"$headers":{}}"#,
            r#"{"$body":1,"$form":{}}"#,
            r#"{"$nope":1,"$body":1}"#,
            r#"{"$headers":{"X":1},"$body":1}"#,
            r#"{"$headers":{"X Y":"1"},"$body":1}"#,
            r#"{"$method":1,"$body":1}"#,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
