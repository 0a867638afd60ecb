//! What a fixture says about the form of its event, as a schema.
//!
//! A fixture is one example of an event and no description of all: fields come and go with settings and versions of a
//! provider's API. So nothing is required, and only the types of the outer fields count, where the fixture has them and
//! `null` stands for anything: enough to notice another event's body, or one that was packed once too often.

use serde_json::{Map, Value, json};

use crate::model::Timestamp;
use crate::provider::event::Event;
use crate::provider::{Provider, RenderOptions, render};

/// Objects in objects that are still described: the envelope, and what lies in it.
const DEPTH: usize = 2;

/// The schema of an event; `None` if its body is not JSON.
pub(super) fn schema(provider: &Provider, event_type: &str, event: &Event) -> Option<Value> {
    // Types do not depend on when the example is made, nor on chance.
    let options = RenderOptions::default();
    let example = render(provider, Some(event_type), Some(event), &options, Timestamp::from_secs(0)).ok()?;
    let example: Value = serde_json::from_slice(&example.request.body).ok()?;
    Some(described(&example, DEPTH))
}

fn described(example: &Value, depth: usize) -> Value {
    let kind = match example {
        Value::Null => return json!(true),
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!([kind, "null"]));
    if let (Value::Object(fields), true) = (example, depth > 0) {
        let fields: Map<String, Value> =
            fields.iter().map(|(name, value)| (name.clone(), described(value, depth - 1))).collect();
        schema.insert("properties".to_owned(), Value::Object(fields));
    }
    Value::Object(schema)
}
