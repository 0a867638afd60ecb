//! Envelopes: the body is a part of what was captured.

use std::ops::ControlFlow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::value::RawValue;

use super::Sink;
use crate::diagnosis::cause::{Cause, Change};
use crate::payload::Node;
use crate::payload::writer::Style;

/// How deep parts are looked for: an API gateway's event in a queue's record in a function's event.
const DEEPEST: usize = 4;

/// At most so many parts are tried, so that a list of ten thousand objects does not take the time of all else.
const MOST: usize = 64;

/// A shorter text is a word rather than a body in base64.
const SHORTEST_BASE64: usize = 8;

/// The objects and texts inside a document: as bytes of the original, and written compactly.
pub(super) fn parts<B>(document: &Node, body: &Bytes, out: &mut impl Sink<B>) -> ControlFlow<B> {
    let mut left = MOST;
    raw_objects(body, out)?;
    walk(document, "", 0, &mut left, out)
}

/// Values of a top-level object, byte for byte.
fn raw_objects<B>(body: &Bytes, out: &mut impl Sink<B>) -> ControlFlow<B> {
    let Ok(entries) = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(body) else {
        return ControlFlow::Continue(());
    };
    let Ok(raw) = serde_json::from_slice::<std::collections::HashMap<String, &RawValue>>(body) else {
        return ControlFlow::Continue(());
    };
    for name in entries.keys().take(MOST) {
        if let Some(part) = raw.get(name)
            && part.get().starts_with(['{', '['])
        {
            out.offer(|| of_field(name), part.get().as_bytes().to_vec())?;
        }
    }
    ControlFlow::Continue(())
}

fn of_field(path: &str) -> Change {
    Change::new(Cause::BodyWrapped, format!("the signed body is '{path}' of this one"))
}

fn walk<B>(node: &Node, path: &str, depth: usize, left: &mut usize, out: &mut impl Sink<B>) -> ControlFlow<B> {
    if depth > DEEPEST {
        return ControlFlow::Continue(());
    }
    let children: Vec<(String, &Node)> = match node {
        Node::Object(entries) => {
            let dot = if path.is_empty() { "" } else { "." };
            entries.iter().map(|(name, value)| (format!("{path}{dot}{name}"), value)).collect()
        }
        Node::Array(items) => items.iter().enumerate().map(|(at, item)| (format!("{path}[{at}]"), item)).collect(),
        _ => return ControlFlow::Continue(()),
    };
    for (path, child) in children {
        if *left == 0 {
            return ControlFlow::Continue(());
        }
        match child {
            Node::Text(text) => {
                if text.trim_start().starts_with(['{', '[']) || text.contains('=') {
                    *left -= 1;
                    out.offer(|| of_field(&path), text.clone())?;
                }
                if text.len() >= SHORTEST_BASE64
                    && let Ok(decoded) = STANDARD.decode(text)
                {
                    *left = left.saturating_sub(1);
                    let detail = format!("the signed body is '{path}' of this one, decoded from base64");
                    out.offer(|| Change::new(Cause::BodyWrapped, detail), decoded)?;
                }
            }
            Node::Object(_) | Node::Array(_) => {
                *left -= 1;
                out.offer(|| of_field(&path), Style::COMPACT.write(child))?;
                walk(child, &path, depth + 1, left, out)?;
            }
            _ => {}
        }
    }
    ControlFlow::Continue(())
}
