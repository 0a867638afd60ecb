//! From an event to a request that lacks only its signature.

use std::sync::Arc;

use bytes::Bytes;

use super::batch::{Batch, BatchError};
use super::definition::{BodyKind, HeaderLine, RequestShape};
use super::event::Event;
use super::folder::Provider;
use crate::model::{Headers, Request, Timestamp, multipart};
use crate::payload::edit::EditError;
use crate::payload::placeholder::PlaceholderError;
use crate::payload::{Edit, Made, Node, Rendered, Seed, Values, form};

/// What the sender may decide.
#[derive(Debug, Clone, Default)]
pub struct RenderOptions {
    /// Decides all chance.
    pub seed: Seed,
    /// The id of the event, instead of a fresh one.
    pub id: Option<String>,
    /// Changes that a scenario makes, before the user's own; their texts may hold placeholders.
    pub story_edits: Vec<Edit>,
    /// Changes of the payload, in order, as they are.
    pub edits: Vec<Edit>,
    /// A body to send as it is, instead of the event's.
    pub data: Option<Bytes>,
    /// Headers to add, or to replace those of the same name.
    pub headers: Vec<HeaderLine>,
    /// How several events are put together, and how many.
    pub batch: Option<(Arc<Batch>, u32)>,
    /// The target: path and query.
    pub target: String,
    /// Named values that are fixed already.
    pub values: Vec<(String, Rendered)>,
    /// Names of values that the caller wants to know, to fix them for the next event.
    pub share: Vec<String>,
    /// Whether the caller wants to know which fresh values were made.
    pub note_made: bool,
}

/// A request without its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsigned {
    /// The request; `Host` and `Content-Length` are the transport's business and not in it.
    pub request: Request,
    /// The values that the caller wanted to know.
    pub shared: Vec<(String, Rendered)>,
    /// The fresh values in it, if the caller wanted to know.
    pub made: Vec<Made>,
}

/// Why an event cannot be rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// A placeholder gives no value.
    #[error("{place}: {error}")]
    Placeholder {
        /// The file, and the line.
        place: String,
        /// What is wrong.
        error: PlaceholderError,
    },
    /// The events of a batch cannot be put together.
    #[error("{0}")]
    Batch(#[from] BatchError),
    /// An edit cannot be made.
    #[error("{0}")]
    Edit(#[from] EditError),
    /// A value cannot stand in a header.
    #[error("the header {0} would have a line break or a control character in it")]
    Header(String),
}

impl RenderError {
    /// A placeholder of an event's file, or of what belongs to all events.
    pub fn of(provider: &Provider, event_type: Option<&str>, error: PlaceholderError) -> Self {
        Self::Placeholder { place: provider.place_of(event_type, &error.texts()), error }
    }
}

/// The same, of a placeholder without its place.
enum Broken {
    Placeholder(PlaceholderError),
    Other(RenderError),
}

impl From<PlaceholderError> for Broken {
    fn from(error: PlaceholderError) -> Self {
        Self::Placeholder(error)
    }
}

impl From<BatchError> for Broken {
    fn from(error: BatchError) -> Self {
        match error {
            BatchError::Placeholder(error) => Self::Placeholder(error),
            other @ BatchError::NoList(_) => Self::Other(other.into()),
        }
    }
}

impl From<EditError> for Broken {
    fn from(error: EditError) -> Self {
        Self::Other(error.into())
    }
}

/// Renders an event of a provider at `now`. `event` is `None` when only `data` is sent.
///
/// # Errors
/// A placeholder, an edit or a header that does not work out.
pub fn render(
    provider: &Provider,
    event_type: Option<&str>,
    event: Option<&Event>,
    options: &RenderOptions,
    now: Timestamp,
) -> Result<Unsigned, RenderError> {
    fill(provider, event_type, event, options, now).map_err(|broken| match broken {
        Broken::Placeholder(error) => RenderError::of(provider, event_type, error),
        Broken::Other(error) => error,
    })
}

fn fill(
    provider: &Provider,
    event_type: Option<&str>,
    event: Option<&Event>,
    options: &RenderOptions,
    now: Timestamp,
) -> Result<Unsigned, Broken> {
    let shape = &provider.definition.request;
    let mut values = values_of(provider, event_type, event, options, options.seed, now);
    let kind = event.map_or(shape.body, |event| event.kind);
    // What is around the payload is the envelope's business, where there is one.
    let mut around = event;
    let mut made = Vec::new();
    let body = match (&options.data, event, &options.batch) {
        (Some(data), _, _) => data.clone(),
        (None, None, _) => Bytes::new(),
        (None, Some(event), None) => write(&payload(event, options, &mut values)?, kind, shape),
        (None, Some(event), Some((batch, size))) => {
            let mut payloads = Vec::new();
            for n in 0..*size {
                let seed = options.seed.within(n);
                let mut own = values_of(provider, event_type, Some(event), options, seed, now);
                payloads.push(payload(event, options, &mut own)?);
                made.extend(own.into_made());
            }
            if let Some(envelope) = batch.envelope() {
                around = Some(envelope);
                values = values_of(provider, event_type, around, options, options.seed, now);
            }
            write(&batch.join(payloads, &mut values)?, kind, shape)
        }
    };
    let event = around;
    let content_type = match event.and_then(|event| event.content_type.as_deref()) {
        Some(own) => own,
        None if kind == BodyKind::Form && shape.body != BodyKind::Form => "application/x-www-form-urlencoded",
        None => &shape.content_type,
    };
    let mut headers = Headers::new();
    if let Some(agent) = &shape.user_agent {
        headers.push("User-Agent", values.expand(agent)?.into_text());
    }
    if !content_type.is_empty() {
        headers.push("Content-Type", content_type.to_owned());
    }
    for line in &shape.headers {
        headers.push(line.name.clone(), values.expand(&line.value)?.into_text());
    }
    for (name, value) in event.map(|event| event.headers.as_slice()).unwrap_or_default() {
        match value {
            Some(value) => headers.set(name, values.expand(value)?.into_text()),
            None => {
                headers.remove(name);
            }
        }
    }
    for line in &options.headers {
        headers.set(&line.name, line.value.clone());
    }
    if let Some(bad) = headers.iter().find(|h| h.value().iter().any(|b| (*b < 0x20 && *b != b'\t') || *b == 0x7f)) {
        return Err(Broken::Other(RenderError::Header(bad.name().to_owned())));
    }
    let method = event.and_then(|event| event.method.clone()).unwrap_or_else(|| shape.method.clone());
    let mut shared = Vec::with_capacity(options.share.len());
    for name in &options.share {
        shared.push((name.clone(), values.get(name)?));
    }
    let mut target = options.target.clone();
    if let Some(query) = event.and_then(|event| event.query.as_ref()).or(shape.query.as_ref()) {
        target.push(if target.contains('?') { '&' } else { '?' });
        target.push_str(&values.expand(query)?.into_text());
    }
    made.extend(values.into_made());
    Ok(Unsigned { shared, made, request: Request { method, target, headers, body } })
}

/// The values that one event is made of.
fn values_of<'a>(
    provider: &'a Provider,
    event_type: Option<&str>,
    event: Option<&Event>,
    options: &RenderOptions,
    seed: Seed,
    now: Timestamp,
) -> Values<'a> {
    let mut values = Values::new(shape_values(provider, event), provider.parts(), seed, now);
    if options.note_made {
        values.note_made();
    }
    if let Some(event_type) = event_type {
        values.set("event_type", event_type);
    }
    if let Some(id) = &options.id {
        values.set("event_id", id);
    }
    for (name, value) in &options.values {
        values.put(name, value.clone());
    }
    values
}

/// The payload of one event, with all changes.
fn payload(event: &Event, options: &RenderOptions, values: &mut Values<'_>) -> Result<Node, Broken> {
    let mut payload = values.fill(&event.payload)?;
    for edit in &options.story_edits {
        edit.clone().map_value(|node| values.fill(&node))?.apply(&mut payload)?;
    }
    for edit in &options.edits {
        edit.apply(&mut payload)?;
    }
    Ok(payload)
}

fn write(payload: &Node, kind: BodyKind, shape: &RequestShape) -> Bytes {
    Bytes::from(match kind {
        BodyKind::Json => payload.write(&shape.json),
        BodyKind::Form => form::encode(payload, &shape.json),
        BodyKind::Multipart => {
            let boundary = multipart::boundary(&shape.content_type).unwrap_or_default();
            multipart::wrapped(&payload.write(&shape.json), boundary)
        }
        BodyKind::Empty => Vec::new(),
    })
}

fn shape_values(provider: &Provider, event: Option<&Event>) -> std::collections::HashMap<String, String> {
    let mut named = provider.definition.values.clone();
    named.entry("event_id".to_owned()).or_insert_with(|| "evt_{{alnum:24}}".to_owned());
    if let Some(event) = event {
        named.extend(event.values.clone());
    }
    named
}
