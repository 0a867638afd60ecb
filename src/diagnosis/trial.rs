//! Keyed hashes, recomputed: keys are prepared once, contents are hashed once up to the body, and a trial is then one run
//! of the hash over a body and one look-up among the signatures that were found.

use bytes::Bytes;

use super::alternative::Alternative;
use super::cause::Change;
use super::effort::{Budget, Ended};
use super::found::Signatures;
use crate::model::Request;
use crate::signature::content::{Around, Message, SecretFields, Template};
use crate::signature::hmac::{HmacKey, HmacRun, Tag};
use crate::signature::scheme::{Algorithm, Scheme};

/// A key, prepared for every hash that one of the found signatures may have been made with.
pub(super) struct Prepared {
    keys: Vec<(Algorithm, HmacKey)>,
    pub(super) changes: Vec<Change>,
}

impl Prepared {
    pub(super) fn new(key: &[u8], algorithms: &[Algorithm], changes: Vec<Change>) -> Self {
        let keys = algorithms.iter().map(|algorithm| (*algorithm, HmacKey::new(*algorithm, key))).collect();
        Self { keys, changes }
    }
}

/// A content without its body, made once for all keys.
pub(super) struct Frame<'t> {
    content: Content<'t>,
    template: &'t Template,
    changes: &'t [Change],
}

/// What a hash is run over.
enum Content<'t> {
    /// The body, with this around it.
    Around(Around),
    /// All of it: something else in it depends on the body.
    Whole { request: Box<Request>, url: Option<&'t str>, timestamp: Option<&'t str> },
}

/// A scheme's parts that contents may need, whatever the request.
#[derive(Clone, Copy)]
pub(super) struct Parts<'s> {
    pub(super) scheme: &'s Scheme,
    pub(super) secret: &'s SecretFields,
    /// The timestamp where the scheme has it.
    pub(super) timestamp: Option<&'s str>,
}

impl<'t> Frame<'t> {
    /// `None` if the content needs something that the request does not have.
    pub(super) fn new(parts: Parts<'t>, signed: &'t Alternative<'_>) -> Option<Self> {
        let template = signed.template.as_ref().unwrap_or(&parts.scheme.content);
        let (url, timestamp) = (signed.url.as_deref(), signed.timestamp.as_deref().or(parts.timestamp));
        let content = match template.around_body(&message(parts, &signed.request, url, timestamp)) {
            Some(around) => Content::Around(around.ok()?),
            None => Content::Whole { request: Box::new(signed.request.clone().into_owned()), url, timestamp },
        };
        Some(Self { content, template, changes: &signed.changes })
    }

    /// The body that is tried from now on, where a content depends on it.
    fn set_body(&mut self, body: &Bytes) {
        if let Content::Whole { request, .. } = &mut self.content {
            request.body = body.clone();
        }
    }

    fn start(&self, key: &HmacKey) -> HmacRun {
        let mut run = key.start();
        if let Content::Around(around) = &self.content {
            run.update(&around.before);
        }
        run
    }

    /// Runs a hash that was started to its end: the bytes that were hashed, and the signature. `None` if the content needs
    /// something that is not there.
    fn finish(&self, parts: Parts<'_>, mut run: HmacRun, body: &[u8]) -> Option<(usize, Tag)> {
        match &self.content {
            Content::Around(Around { before, behind }) => {
                run.update(body);
                run.update(behind);
                Some((before.len() + body.len() + behind.len(), run.tag()))
            }
            Content::Whole { request, url, timestamp } => {
                let mut length = 0;
                let fed = self.template.feed(&message(parts, request, *url, *timestamp), |piece| {
                    length += piece.len();
                    run.update(piece);
                });
                fed.ok().map(|()| (length, run.tag()))
            }
        }
    }
}

/// A key and a content, hashed up to the body: for many bodies.
pub(super) struct Opening<'t> {
    frame: Frame<'t>,
    /// The hashes of each key, and what the key changes.
    keys: Vec<(Algorithm, HmacRun, &'t [Change])>,
}

impl<'t> Opening<'t> {
    pub(super) fn new(frame: Frame<'t>, keys: &'t [Prepared]) -> Self {
        let hashes = keys.iter().flat_map(|key| key.keys.iter().map(|(name, hash)| (*name, hash, &key.changes[..])));
        let keys = hashes.map(|(name, hash, changes)| (name, frame.start(hash), changes)).collect();
        Self { frame, keys }
    }

    /// Recomputes the signature of a body with every key, and hands on those that are among the found ones.
    pub(super) fn recompute(
        &mut self,
        parts: Parts<'_>,
        body: &Bytes,
        found: &Signatures,
        budget: &mut Budget,
        mut hit: impl FnMut(&Recomputed<'_>),
    ) -> Result<(), Ended> {
        self.frame.set_body(body);
        for (algorithm, run, key_changes) in &self.keys {
            let Some((length, tag)) = self.frame.finish(parts, run.clone(), body) else { return Ok(()) };
            budget.spend(length, 1)?;
            if let Some(beside) = found.get(tag.as_bytes()) {
                let (algorithm, template) = (*algorithm, self.frame.template);
                hit(&Recomputed {
                    algorithm,
                    template,
                    length,
                    tag,
                    changes: [self.frame.changes, key_changes, beside],
                });
            }
        }
        Ok(())
    }
}

/// A signature that came out as one that was found.
pub(super) struct Recomputed<'f> {
    pub(super) algorithm: Algorithm,
    /// What was hashed, and how many bytes it had.
    pub(super) template: &'f Template,
    pub(super) length: usize,
    pub(super) tag: Tag,
    /// What must be otherwise for it to be the right one: the content, the key, where and how it is written.
    pub(super) changes: [&'f [Change]; 3],
}

fn message<'m>(
    parts: Parts<'m>,
    request: &'m Request,
    url: Option<&'m str>,
    timestamp: Option<&'m str>,
) -> Message<'m> {
    Message {
        timestamp,
        secret: Some(parts.secret),
        fields: parts.scheme.fields.as_ref(),
        ..Message::new(request, url)
    }
}
