//! What the body may have been when it was signed: every family of changes, cheap and likely ones first.
//!
//! Variants are made one at a time and handed to a visitor, so that a body of a megabyte needs the memory of a few. None is
//! handed over twice, nor the body as it is: a change that changes nothing proves nothing.

mod coded;
mod form;
mod json;
mod numbers;
mod text;
mod wrapped;

use std::collections::HashSet;
use std::hash::BuildHasher;
use std::ops::ControlFlow;

use bytes::Bytes;
use foldhash::fast::RandomState;

use super::Case;
use super::cause::Change;
use super::effort::Ended;
use super::written::Language;
use crate::model::Request;
use crate::payload::{JsonStyle, Node};

/// A body beyond this is not parsed: trees of documents are several times as large as their text.
const LARGEST_PARSED: usize = 8 << 20;

/// Hands every body that may have been signed in place of a case's to `visit`, until the budget has run out.
pub(super) fn each(case: &Case<'_>, mut visit: impl FnMut(Change, Bytes) -> Result<(), Ended>) -> Result<(), Ended> {
    let own_style = &case.provider.definition.request.json;
    let ended = Body::new(case.request, Some(own_style)).variants(|change, bytes| match visit(change, bytes) {
        Ok(()) => ControlFlow::Continue(()),
        Err(ended) => ControlFlow::Break(ended),
    });
    ended.break_value().map_or(Ok(()), Err)
}

/// The style that JSON is written in, in words, and the language that writes so; `None` if no common program does.
pub(super) fn style_of(bytes: &[u8]) -> Option<(String, Option<Language>)> {
    let document = Node::parse(bytes).ok().filter(|_| bytes.len() <= LARGEST_PARSED)?;
    matches!(document, Node::Object(_) | Node::Array(_)).then(|| json::style_of(&document, bytes)).flatten()
}

/// What is known about the body of a request.
pub struct Body<'a> {
    bytes: &'a Bytes,
    /// `Content-Encoding`, if there is one.
    encoded: bool,
    is_form: bool,
    /// The body as JSON, if it is that.
    document: Option<Node>,
    /// How the provider writes JSON.
    own_style: Option<&'a JsonStyle>,
}

impl<'a> Body<'a> {
    /// The body of a request to a receiver of a provider that writes JSON in `own_style`.
    pub fn new(request: &'a Request, own_style: Option<&'a JsonStyle>) -> Self {
        let bytes = &request.body;
        let document = (bytes.len() <= LARGEST_PARSED).then(|| Node::parse(bytes).ok()).flatten();
        Self {
            bytes,
            encoded: request.headers.contains("content-encoding"),
            is_form: request.is_form(),
            document: document.filter(|node| matches!(node, Node::Object(_) | Node::Array(_))),
            own_style,
        }
    }

    /// Hands every variant to `visit` until it breaks off.
    pub fn variants<B>(&self, visit: impl FnMut(Change, Bytes) -> ControlFlow<B>) -> ControlFlow<B> {
        let mut variants = Variants { seen: HashSet::new(), hasher: RandomState::default(), visit };
        variants.see(self.bytes);
        text::newline(self.bytes, &mut variants)?;
        coded::empty(&mut variants)?;
        text::ends(self.bytes, &mut variants)?;
        if let Some(document) = &self.document {
            json::common(document, self.bytes.len(), self.own_style, &mut variants)?;
        }
        text::charset(self.bytes, &mut variants)?;
        coded::base64(self.bytes, &mut variants)?;
        coded::decompressed(self.bytes, &mut variants)?;
        if let Some(document) = &self.document {
            wrapped::parts(document, self.bytes, &mut variants)?;
            form::of_json(document, &mut variants)?;
        } else {
            form::rewritten(self.bytes, self.is_form, &mut variants)?;
        }
        text::unicode(self.bytes, &mut variants)?;
        if let Some(document) = &self.document {
            json::rare(document, self.bytes.len(), &mut variants)?;
        }
        if self.encoded {
            coded::compressed(self.bytes, &mut variants)?;
        }
        ControlFlow::Continue(())
    }
}

/// Where variants go.
struct Variants<F> {
    /// Hashes of what was handed over. Two bodies with the same hash would lose one attempt, never make a false one.
    seen: HashSet<u64>,
    hasher: RandomState,
    visit: F,
}

impl<F> Variants<F> {
    /// Whether these bytes are new.
    fn see(&mut self, bytes: &[u8]) -> bool {
        self.seen.insert(self.hasher.hash_one(bytes))
    }
}

/// What a family of changes needs.
trait Sink<B> {
    /// Hands a variant over, unless it was there before.
    fn offer(&mut self, change: impl FnOnce() -> Change, bytes: impl Into<Bytes>) -> ControlFlow<B>;
}

impl<B, F: FnMut(Change, Bytes) -> ControlFlow<B>> Sink<B> for Variants<F> {
    fn offer(&mut self, change: impl FnOnce() -> Change, bytes: impl Into<Bytes>) -> ControlFlow<B> {
        let bytes = bytes.into();
        if self.see(&bytes) { (self.visit)(change(), bytes) } else { ControlFlow::Continue(()) }
    }
}

#[cfg(test)]
mod tests;
