//! A request compiled into fixed bytes and slots: the next one is made by writing over what differs.
//!
//! A template finds its slots by text: the payload is rendered as `send` renders it, and each fresh value that was made is
//! looked up in the bytes that came of it. So everything that shapes a request (the provider's files, edits, headers) shapes
//! a template too, without code of its own here. What cannot be compiled in this way is signed by the ordinary path.

use std::sync::Arc;

use bytes::Bytes;
use url::Url;

use super::PlanError;
use super::code::{Code, LONGEST};
use super::moment::{Moment, form_encoded};
use super::signing::{Stamp, stamps};
use super::sketch::{Piece, Sketch, Slot, assemble, pieces_of};
use crate::deliver::signer::Signer;
use crate::deliver::tamper::{self, Tamper};
use crate::http::client::wire_head;
use crate::http::head::{HeadLimits, parse_request};
use crate::model::{Request, Timestamp};
use crate::payload::{Made, MadeKind};

/// A request has at least room for so many ids that differ from each other too: two to the power of this.
const INDEX_BITS: u32 = 6;

/// What a template is made of.
pub(super) struct Source<'a> {
    /// The request without its signature.
    pub(super) request: Request,
    /// The fresh values in it.
    pub(super) made: Vec<Made>,
    /// What signs it; `None`: nothing does.
    pub(super) signer: Option<Arc<Signer>>,
    /// Where it goes.
    pub(super) target: &'a Url,
    /// The instant it was rendered for.
    pub(super) at: Timestamp,
    /// Decides how ids are scrambled: the same for all machines of a run.
    pub(super) key: u64,
}

/// What is to be different from what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Validity {
    /// Nothing.
    Valid,
    /// The signature is wrong.
    Forged,
}

/// A value that is written for each request.
#[derive(Debug, Clone)]
struct Id {
    code: Code,
    width: usize,
    places: Vec<usize>,
}

/// A compiled request.
#[derive(Clone)]
pub(super) struct Template {
    bytes: Vec<u8>,
    ids: Vec<Id>,
    moments: Vec<Moment>,
    stamps: Stamps,
    target: Arc<Url>,
    /// The low bits of an id's number tell the ids of a request apart: so many of them. All templates of a plan have as many.
    index_bits: u32,
}

#[derive(Clone)]
enum Stamps {
    /// Signatures are written over those before.
    Compiled(Vec<Stamp>),
    /// Signed as `send` signs, from the request without signature in the template's bytes; the result is kept apart.
    Ordinary { signer: Arc<Signer>, whole: Vec<u8> },
}

impl Template {
    /// Compiles a request.
    pub(super) fn compile(source: Source<'_>) -> Result<Self, PlanError> {
        let Source { request, made, signer, target, at, key } = source;
        let plain = |request: &Request, stamps: Stamps| -> Result<Self, PlanError> {
            let bytes = wire(request, target)?;
            let (ids, moments) = slots(&bytes, &made, key);
            let index_bits = bits_for(ids.len());
            Ok(Self { bytes, ids, moments, stamps, target: Arc::new(target.clone()), index_bits })
        };
        let Some(signer) = signer else { return plain(&request, Stamps::Compiled(Vec::new())) };
        let mut signed = request.clone();
        sign(&signer, &mut signed, target, at)?;
        let bytes = wire(&signed, target)?;
        if let Some(stamps) = stamps(&signer, &signed, target, &bytes, at) {
            let mut template = plain(&signed, Stamps::Compiled(stamps))?;
            // The proof: another request at another time, made by the template, is what the ordinary path makes of it.
            let later = at.plus_secs(86_461);
            let made = template.write(u64::from(u32::MAX), later, later, Validity::Valid).to_vec();
            let mut again = read(&made)?;
            sign(&signer, &mut again, target, later)?;
            if wire(&again, target)? == made {
                return Ok(template);
            }
        }
        plain(&request, Stamps::Ordinary { signer, whole: Vec::new() })
    }

    /// The request for other programs; `None` if its signature is not compiled, or it is no text.
    pub(super) fn sketch(&self, event: String, weight: u64, accept: Vec<(u16, u16)>) -> Option<Sketch> {
        let Stamps::Compiled(stamps) = &self.stamps else { return None };
        let head = self.bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
        let (mut slots, mut edges) = (Vec::new(), vec![head]);
        for (index, id) in self.ids.iter().enumerate() {
            let (fixed, sketched) = id.code.sketch(index)?;
            for place in &id.places {
                if !fixed.is_empty() {
                    slots.push(Slot { place: *place..*place + fixed.len(), piece: Piece::Fixed(fixed.clone()) });
                }
                let piece = Piece::Id(sketched.clone());
                slots.push(Slot { place: *place + fixed.len()..*place + id.width, piece });
            }
        }
        // Times in a pattern of the provider's own stay as they are.
        for (moment, sketch) in self.moments.iter().filter_map(|moment| Some((moment, moment.sketch()?))) {
            slots.extend(moment.ranges().map(|place| Slot { place, piece: Piece::Time(sketch.clone()) }));
        }
        for stamp in stamps {
            let (own, needed) = stamp.slots()?;
            // The signed time is written last, over what stands there.
            slots.retain(|slot| !own.iter().any(|one| one.place == slot.place));
            slots.extend(own);
            edges.extend(needed);
        }
        let text = std::str::from_utf8(&self.bytes[..head]).ok()?;
        let mut lines = text.split("\r\n");
        let method = lines.next()?.split(' ').next()?.to_owned();
        let mut values = Vec::new();
        for line in lines.filter(|line| !line.is_empty()) {
            let (name, value) = line.split_once(": ")?;
            let start = value.as_ptr() as usize - text.as_ptr() as usize;
            edges.extend([start, start + value.len()]);
            // What belongs to the connection is the other program's own.
            if !["host", "content-length", "connection"].contains(&name.to_ascii_lowercase().as_str()) {
                values.push((name.to_owned(), start..start + value.len()));
            }
        }
        let (pieces, starts) = assemble(&self.bytes, slots, &edges)?;
        let headers = values.into_iter().map(|(name, range)| Some((name, pieces_of(&starts, &range)?)));
        Some(Sketch {
            event,
            weight,
            accept,
            method,
            headers: headers.collect::<Option<_>>()?,
            body: pieces_of(&starts, &(head..self.bytes.len()))?,
            stamps: stamps.iter().map(|stamp| stamp.sketch(&starts)).collect::<Option<_>>()?,
            pieces,
        })
    }

    /// Whether the signature is made by the ordinary path, which takes longer.
    pub(super) fn is_ordinary(&self) -> bool {
        matches!(self.stamps, Stamps::Ordinary { .. })
    }

    /// How many bits tell the ids of a request apart.
    pub(super) fn index_bits(&self) -> u32 {
        self.index_bits
    }

    /// The same with as many bits as other templates of the plan need.
    pub(super) fn set_index_bits(&mut self, bits: u32) {
        self.index_bits = self.index_bits.max(bits);
    }

    /// How many bytes a request has.
    pub(super) fn length(&self) -> usize {
        self.bytes.len()
    }

    /// The request of that number, for an event that happened at `event_at`, signed now.
    pub(super) fn write(&mut self, number: u64, event_at: Timestamp, now: Timestamp, validity: Validity) -> &[u8] {
        let mut text = [0; LONGEST];
        for (index, id) in self.ids.iter().enumerate() {
            let unique = (number << self.index_bits) | index as u64;
            let new = id.code.write(unique, &mut text);
            for place in &id.places {
                self.bytes[*place..*place + id.width].copy_from_slice(new);
            }
        }
        for moment in &mut self.moments {
            moment.write(event_at, &mut self.bytes);
        }
        match &mut self.stamps {
            Stamps::Compiled(stamps) => {
                for stamp in stamps.iter_mut() {
                    stamp.write(&mut self.bytes, now);
                    if validity == Validity::Forged {
                        stamp.forge(&mut self.bytes);
                    }
                }
                &self.bytes
            }
            Stamps::Ordinary { signer, whole } => {
                // What was compiled once can be read and signed again: the form of the request does not change.
                *whole = signed_anew(&self.bytes, signer, &self.target, now, validity).unwrap_or_default();
                whole
            }
        }
    }
}

/// Signs as `send` does.
fn sign(signer: &Signer, request: &mut Request, target: &Url, now: Timestamp) -> Result<(), PlanError> {
    signer.sign(request, target, now)?;
    signer.finish(request);
    Ok(())
}

fn signed_anew(
    bytes: &[u8],
    signer: &Signer,
    target: &Url,
    now: Timestamp,
    validity: Validity,
) -> Result<Vec<u8>, PlanError> {
    let mut request = read(bytes)?;
    signer.sign(&mut request, target, now)?;
    if validity == Validity::Forged {
        tamper::apply(Tamper::Signature, &signer.schemes(), &mut request);
    }
    signer.finish(&mut request);
    wire(&request, target)
}

/// How many bits tell so many ids apart.
fn bits_for(ids: usize) -> u32 {
    ids.next_power_of_two().trailing_zeros().max(INDEX_BITS)
}

/// The request as it is on the wire.
fn wire(request: &Request, target: &Url) -> Result<Vec<u8>, PlanError> {
    let mut bytes = wire_head(request, target)?;
    bytes.extend_from_slice(&request.body);
    Ok(bytes)
}

/// The request that was written so.
fn read(bytes: &[u8]) -> Result<Request, PlanError> {
    let bytes = Bytes::copy_from_slice(bytes);
    let limits = HeadLimits { bytes: usize::MAX, fields: usize::MAX, target: usize::MAX, ..HeadLimits::default() };
    let head = parse_request(&bytes, &limits).map_err(PlanError::Unreadable)?;
    let body = bytes.slice(head.raw.len()..);
    Ok(head.into_request(body))
}

/// Finds where the fresh values stand. Longer ones are looked for first, so that a date within a time is not taken for
/// another value.
fn slots(bytes: &[u8], made: &[Made], key: u64) -> (Vec<Id>, Vec<Moment>) {
    let mut wanted: Vec<&Made> = made.iter().collect();
    wanted.sort_by_key(|made| std::cmp::Reverse(made.text.len()));
    let mut taken = vec![false; bytes.len()];
    let (mut ids, mut moments) = (Vec::new(), Vec::new());
    for value in wanted {
        match &value.kind {
            MadeKind::Time(form, shift) => {
                let plain = places(bytes, value.text.as_bytes(), &mut taken);
                if !plain.is_empty() {
                    moments.push(Moment::new(form.clone(), *shift, value.text.len(), false, plain));
                }
                let encoded = form_encoded(&value.text);
                if encoded != value.text {
                    let found = places(bytes, encoded.as_bytes(), &mut taken);
                    if !found.is_empty() {
                        moments.push(Moment::new(form.clone(), *shift, encoded.len(), true, found));
                    }
                }
            }
            kind => {
                let Some(placed) = Code::like(&value.text, kind, key) else { continue };
                let found = places(bytes, value.text.as_bytes(), &mut taken);
                if !found.is_empty() {
                    let places = found.into_iter().map(|place| place + placed.skip).collect();
                    ids.push(Id { code: placed.code, width: placed.width, places });
                }
            }
        }
    }
    (ids, moments)
}

/// Where a text stands, in places that nothing else has taken.
fn places(bytes: &[u8], text: &[u8], taken: &mut [bool]) -> Vec<usize> {
    let mut found = Vec::new();
    for at in 0..(bytes.len() + 1).saturating_sub(text.len()) {
        if bytes[at] == text[0] && bytes[at..].starts_with(text) && !taken[at..at + text.len()].contains(&true) {
            taken[at..at + text.len()].fill(true);
            found.push(at);
        }
    }
    found
}
