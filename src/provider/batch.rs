//! Several events in one request, where a provider sends them so: in a list that the payload is or holds, or in an envelope
//! of their own (`batch.json`).

use serde::Deserialize;

use super::definition::BodyKind;
use super::event::Event;
use crate::payload::placeholder::PlaceholderError;
use crate::payload::{Edit, Node, Rendered, Values};

/// The `[batch]` table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BatchRule {
    /// Where in a payload the list of events is; empty: the payload is the list.
    pub list: Option<String>,
    /// The most events in one request.
    pub max: Option<u32>,
}

/// How events are put together.
#[derive(Debug, Clone)]
pub enum Batch {
    /// Their lists become one: the payload itself, or what lies at this path.
    List(String),
    /// They become the value of `{{events}}` in this event.
    Envelope(Box<Event>),
}

/// What no text of a payload is, and what stands for the events until the envelope is made.
const EVENTS: &str = "\u{0}events\u{0}";

impl Batch {
    /// The event that says what is around the payload, if that is not the first one of the batch.
    pub fn envelope(&self) -> Option<&Event> {
        match self {
            Self::List(_) => None,
            Self::Envelope(event) => Some(event),
        }
    }

    /// Puts the payloads of events together. `values` are those of the envelope.
    ///
    /// # Errors
    /// A placeholder of the envelope gives no value, or a payload holds no list where there should be one.
    pub fn join(&self, payloads: Vec<Node>, values: &mut Values<'_>) -> Result<Node, BatchError> {
        match self {
            Self::Envelope(event) => {
                values.set("events", EVENTS);
                values.put("event_count", Rendered::Number(payloads.len().to_string()));
                let envelope = values.fill(&event.payload)?;
                Ok(replace(envelope, &Node::Array(payloads)))
            }
            Self::List(path) if path.is_empty() => {
                let mut all = Vec::new();
                for payload in payloads {
                    match payload {
                        Node::Array(events) => all.extend(events),
                        _ => return Err(BatchError::NoList(path.clone())),
                    }
                }
                Ok(Node::Array(all))
            }
            Self::List(path) => {
                let no_list = || BatchError::NoList(path.clone());
                let mut all = Vec::new();
                for payload in &payloads {
                    match at(payload, path) {
                        Some(Node::Array(events)) => all.extend(events.iter().cloned()),
                        _ => return Err(no_list()),
                    }
                }
                let mut first = payloads.into_iter().next().ok_or_else(no_list)?;
                let edit = Edit::to(path, Node::Array(all)).map_err(|_| no_list())?;
                edit.apply(&mut first).map_err(|_| no_list())?;
                Ok(first)
            }
        }
    }

    /// Whether a body of this kind can hold it.
    pub fn fits(kind: BodyKind) -> bool {
        kind == BodyKind::Json
    }
}

/// Why events cannot be put together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// A placeholder of the envelope.
    #[error("{0}")]
    Placeholder(#[from] PlaceholderError),
    /// The payload has no list there.
    #[error("a payload has no list at '{0}', where its events should be")]
    NoList(String),
}

fn at<'a>(node: &'a Node, path: &str) -> Option<&'a Node> {
    path.split('.').try_fold(node, |node, key| node.get(key))
}

fn replace(node: Node, events: &Node) -> Node {
    match node {
        Node::Text(text) if text == EVENTS => events.clone(),
        Node::Array(items) => Node::Array(items.into_iter().map(|item| replace(item, events)).collect()),
        Node::Object(entries) => {
            Node::Object(entries.into_iter().map(|(key, value)| (key, replace(value, events))).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::model::Timestamp;
    use crate::payload::Seed;

    fn join(batch: &Batch, payloads: &[&str]) -> Result<String, BatchError> {
        let payloads = payloads.iter().map(|text| Node::parse(text.as_bytes()).expect("JSON")).collect();
        let mut values = Values::new(HashMap::new(), None, Seed::of(1), Timestamp::from_secs(0));
        batch.join(payloads, &mut values).map(|node| node.compact())
    }

    #[test]
    fn lists_become_one() {
        let whole = Batch::List(String::new());
        assert_eq!(join(&whole, &["[1]", "[2,3]"]), Ok("[1,2,3]".into()));
        assert!(join(&whole, &["[1]", "{}"]).is_err());
        let within = Batch::List("data.events".into());
        let (one, two) = (r#"{"id":1,"data":{"events":["a"]}}"#, r#"{"id":2,"data":{"events":["b"]}}"#);
        assert_eq!(join(&within, &[one, two]), Ok(r#"{"id":1,"data":{"events":["a","b"]}}"#.into()));
        assert_eq!(join(&within, &[one, "{}"]), Err(BatchError::NoList("data.events".into())));
    }

    #[test]
    fn an_envelope_holds_events_and_their_number() {
        let text = br#"{"n":"{{event_count}}","events":"{{events}}","all":["{{events}}"]}"#;
        let event = Event::from_node(Node::parse(text).expect("JSON"), BodyKind::Json).expect("an event");
        let batch = Batch::Envelope(Box::new(event));
        let joined = join(&batch, &[r#"{"a":1}"#, r#"{"b":2}"#]);
        assert_eq!(joined, Ok(r#"{"n":2,"events":[{"a":1},{"b":2}],"all":[[{"a":1},{"b":2}]]}"#.into()));
    }
}
