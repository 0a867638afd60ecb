//! Keyed hashes, recomputed: keys are prepared once, contents are hashed once up to the body, and a trial is then one run
//! of the hash over a body and one look-up among the signatures that were found.

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

/// A key and a content, hashed up to the body.
pub(super) struct Opening<'t> {
    runs: Vec<(Algorithm, HmacRun)>,
    content: Content<'t>,
    template: &'t Template,
    pub(super) changes: Vec<Change>,
}

/// What the runs of an opening still need.
enum Content<'t> {
    /// The body, and this behind it.
    Around { length: usize, rest: Vec<u8> },
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

impl<'t> Opening<'t> {
    /// `None` if the content needs something that the request does not have.
    pub(super) fn new(parts: Parts<'t>, key: &Prepared, signed: &'t Alternative<'_>) -> Option<Self> {
        let template = signed.template.as_ref().unwrap_or(&parts.scheme.content);
        let (url, timestamp) = (signed.url.as_deref(), signed.timestamp.as_deref().or(parts.timestamp));
        let mut runs: Vec<(Algorithm, HmacRun)> = key.keys.iter().map(|(name, key)| (*name, key.start())).collect();
        let content = match template.around_body(&message(parts, &signed.request, url, timestamp)) {
            Some(around) => {
                let Around { before, behind } = around.ok()?;
                runs.iter_mut().for_each(|(_, run)| run.update(&before));
                Content::Around { length: before.len() + behind.len(), rest: behind }
            }
            None => Content::Whole { request: Box::new(signed.request.clone().into_owned()), url, timestamp },
        };
        let changes = signed.changes.iter().chain(&key.changes).cloned().collect();
        Some(Self { runs, content, template, changes })
    }

    /// Recomputes the signature of a body with each hash, and hands on those that are among the found ones: the hash, how
    /// many bytes were hashed, the signature, and what must be otherwise for it to be the right one.
    pub(super) fn recompute(
        &mut self,
        parts: Parts<'_>,
        body: &bytes::Bytes,
        found: &Signatures,
        budget: &mut Budget,
        mut hit: impl FnMut(&Template, &[Change], &Recomputed<'_>),
    ) -> Result<(), Ended> {
        if let Content::Whole { request, .. } = &mut self.content {
            request.body = body.clone();
        }
        for (algorithm, run) in &self.runs {
            let mut run = run.clone();
            let length = match &self.content {
                Content::Around { length, rest } => {
                    budget.spend(length + body.len(), 1)?;
                    run.update(body);
                    run.update(rest);
                    length + body.len()
                }
                Content::Whole { request, url, timestamp } => {
                    let mut length = 0;
                    let fed = self.template.feed(&message(parts, request, *url, *timestamp), |piece| {
                        length += piece.len();
                        run.update(piece);
                    });
                    if fed.is_err() {
                        return Ok(());
                    }
                    budget.spend(length, 1)?;
                    length
                }
            };
            let tag = run.tag();
            if let Some(beside) = found.get(tag.as_bytes()) {
                hit(self.template, &self.changes, &Recomputed { algorithm: *algorithm, length, tag, beside });
            }
        }
        Ok(())
    }
}

/// A signature that came out as one that was found.
pub(super) struct Recomputed<'f> {
    pub(super) algorithm: Algorithm,
    /// Bytes that were hashed.
    pub(super) length: usize,
    pub(super) tag: Tag,
    /// What must be otherwise for the found one to be the right one.
    pub(super) beside: &'f [Change],
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
