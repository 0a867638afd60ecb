//! Signatures of a template: where they stand in its bytes, and what they are made over.

use std::ops::Range;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::PlanError;
use super::moment::{Moment, form_of};
use super::sketch::{ContentSketch, Piece as SketchPiece, Slot, StampSketch, pieces_of};
use crate::model::{Request, Timestamp};
use crate::provider::Provider;
use crate::provider::definition::HeaderLine;
use crate::signature::content::{Message, Piece, Source};
use crate::signature::scheme::{Encoding, HeaderForm, Scheme};
use crate::signature::{Key, sign};

/// What signs the requests of a provider.
pub(crate) struct Signing {
    /// The provider; `None` for captured requests of nobody that is known, which are sent as they are.
    pub(crate) provider: Option<Arc<Provider>>,
    /// Its schemes, by their place, with the keys that fit.
    pub(crate) keys: Vec<(usize, Vec<Key>)>,
    /// The address that is signed.
    pub(crate) url: String,
    /// Headers of the user, which have the last word.
    pub(crate) headers: Vec<HeaderLine>,
}

impl Signing {
    /// The schemes that sign.
    pub(super) fn schemes(&self) -> Vec<&Scheme> {
        let Some(provider) = &self.provider else { return Vec::new() };
        let schemes: Vec<&Scheme> = provider.definition.schemes().collect();
        self.keys.iter().map(|(at, _)| schemes[*at]).collect()
    }

    /// Signs as `send` does.
    pub(super) fn sign(&self, request: &mut Request, now: Timestamp) -> Result<(), PlanError> {
        for ((_, keys), scheme) in self.keys.iter().zip(self.schemes()) {
            sign(scheme, request, &self.url, keys, now)?;
        }
        for line in &self.headers {
            request.headers.set(&line.name, line.value.clone());
        }
        Ok(())
    }

    /// The signatures of a signed request whose bytes on the wire are these; `None` if one is of a kind that is not compiled.
    pub(super) fn stamps(self: &Arc<Self>, request: &Request, wire: &[u8], at: Timestamp) -> Option<Vec<Stamp>> {
        let head = wire.len() - request.body.len();
        let schemes = self.schemes();
        (0..schemes.len()).map(|index| Stamp::find(self, index, schemes[index], request, wire, head, at)).collect()
    }
}

/// A signature, or several of one scheme, in the bytes of a template.
#[derive(Clone)]
pub(super) struct Stamp {
    signing: Arc<Signing>,
    /// Which of its schemes.
    scheme: usize,
    encoding: Encoding,
    content: Vec<Part>,
    /// Where the text of each signature is, in the order of the keys.
    places: Vec<Range<usize>>,
    /// The signed time, where it is in a header.
    time: Option<Moment>,
    /// For tokens: what stands there.
    token: Option<Vec<u8>>,
}

/// A piece of the signed content.
#[derive(Debug, Clone)]
enum Part {
    Fixed(Vec<u8>),
    Region(Range<usize>),
}

impl Stamp {
    fn find(
        signing: &Arc<Signing>,
        index: usize,
        scheme: &Scheme,
        request: &Request,
        wire: &[u8],
        head: usize,
        at: Timestamp,
    ) -> Option<Self> {
        let keys = &signing.keys[index].1;
        let is_token = keys.iter().all(|key| matches!(key, Key::Token(_)));
        if !is_token && !keys.iter().all(|key| matches!(key, Key::Hmac(_))) {
            return None;
        }
        let field = field_value(&wire[..head], &scheme.header.name)?;
        let value = std::str::from_utf8(&wire[field.clone()]).ok()?;
        let found = scheme.header.read(value).ok()?;
        let offset = |part: &str| field.start + (part.as_ptr() as usize - value.as_ptr() as usize);
        let places: Vec<_> = found.signatures.iter().map(|text| offset(text)..offset(text) + text.len()).collect();
        let several = scheme.header.form != HeaderForm::Plain;
        if places.len() != if several { keys.len() } else { 1 } {
            return None;
        }
        let mut time = None;
        let mut signed_time = None;
        if let Some(rule) = &scheme.timestamp {
            let place = match (&rule.header, &rule.json) {
                (Some(name), _) => field_value(&wire[..head], name)?,
                (None, Some(path)) => find(&wire[head..], path.locate(&request.body)?.as_bytes(), head)?,
                (None, None) => {
                    let text = found.timestamp?;
                    offset(text)..offset(text) + text.len()
                }
            };
            if rule.json.is_none() {
                time = Some(Moment::new(form_of(rule.unit), 0, place.len(), false, vec![place.start]));
            }
            signed_time = Some(place);
        }
        let written = scheme.timestamp.as_ref().map(|rule| rule.unit.write(at));
        let message = Message { timestamp: written.as_deref(), ..Message::new(request, Some(&signing.url)) };
        let mut content = Vec::new();
        if !is_token {
            for piece in scheme.content.pieces() {
                content.push(match piece {
                    Piece::Literal(text) => Part::Fixed(text.as_bytes().to_vec()),
                    Piece::Value { filter: Some(_), .. } => return None,
                    Piece::Value { source, filter: None } => match source {
                        Source::Body => Part::Region(head..wire.len()),
                        Source::Timestamp => Part::Region(signed_time.clone()?),
                        Source::Header(name) if request.headers.contains(name) => {
                            Part::Region(field_value(&wire[..head], name)?)
                        }
                        Source::Json(_) | Source::Form(_) => match source.locate(&message) {
                            Some(text) => Part::Region(find(&wire[head..], &text, head)?),
                            None => continue,
                        },
                        _ => Part::Fixed(source.locate(&message).unwrap_or_default().into_owned()),
                    },
                });
            }
        }
        let token = is_token.then(|| wire[places[0].clone()].to_vec());
        Some(Self {
            signing: signing.clone(),
            scheme: index,
            encoding: scheme.encoding(),
            content,
            places,
            time,
            token,
        })
    }

    /// The slots that it fills, and edges that it needs, for other programs.
    pub(super) fn slots(&self) -> Option<(Vec<Slot>, Vec<usize>)> {
        let mut slots: Vec<Slot> =
            self.places.iter().map(|place| Slot { place: place.clone(), piece: SketchPiece::Signature {} }).collect();
        if let Some(time) = &self.time {
            let piece = SketchPiece::Now(time.sketch()?);
            slots.extend(time.ranges().map(|place| Slot { place, piece: piece.clone() }));
        }
        let regions = self.content.iter().filter_map(|part| match part {
            Part::Region(region) => Some([region.start, region.end]),
            Part::Fixed(_) => None,
        });
        Some((slots, regions.flatten().collect()))
    }

    /// The same signatures over pieces that begin at these bytes.
    pub(super) fn sketch(&self, starts: &[usize]) -> Option<StampSketch> {
        let provider = self.signing.provider.as_ref()?;
        let scheme = *self.signing.schemes().get(self.scheme)?;
        let content = self.content.iter().map(|part| {
            Some(match part {
                Part::Fixed(bytes) => ContentSketch::Fixed(String::from_utf8(bytes.clone()).ok()?),
                Part::Region(region) => {
                    let pieces = pieces_of(starts, region)?;
                    ContentSketch::Pieces([pieces.start, pieces.end])
                }
            })
        });
        Some(StampSketch {
            algorithm: self.token.is_none().then_some(scheme.algorithm),
            encoding: self.encoding,
            content: content.collect::<Option<_>>()?,
            places: self.places.iter().map(|place| Some(pieces_of(starts, place)?.start)).collect::<Option<_>>()?,
            provider: provider.name.clone(),
            key: scheme.key.clone(),
            token: self.token.is_some(),
        })
    }

    /// Signs what is in the bytes.
    pub(super) fn write(&mut self, bytes: &mut [u8], now: Timestamp) {
        if let Some(time) = &mut self.time {
            time.write(now, bytes);
        }
        for (key, place) in self.signing.keys[self.scheme].1.iter().zip(&self.places) {
            match key {
                Key::Hmac(key) => {
                    let mut run = key.start();
                    for part in &self.content {
                        run.update(match part {
                            Part::Fixed(fixed) => fixed,
                            Part::Region(region) => &bytes[region.clone()],
                        });
                    }
                    let tag = run.tag();
                    encode(self.encoding, tag.as_bytes(), &mut bytes[place.clone()]);
                }
                _ => {
                    if let Some(token) = &self.token {
                        bytes[place.clone()].copy_from_slice(token);
                    }
                }
            }
        }
    }

    /// Makes every signature a wrong one of the same form.
    pub(super) fn forge(&self, bytes: &mut [u8]) {
        for place in &self.places {
            let middle = &mut bytes[place.start + place.len() / 2];
            *middle = if *middle == b'0' { b'1' } else { b'0' };
        }
    }
}

/// Writes a tag where one of the same encoding and length stood.
fn encode(encoding: Encoding, tag: &[u8], out: &mut [u8]) {
    const FITS: &str = "it is as long as the one that stood there";
    match encoding {
        Encoding::Hex => hex::encode_to_slice(tag, out).expect(FITS),
        Encoding::Base64 => {
            STANDARD.encode_slice(tag, out).expect(FITS);
        }
        Encoding::Base64url => {
            URL_SAFE_NO_PAD.encode_slice(tag, out).expect(FITS);
        }
        Encoding::Text => out.copy_from_slice(tag),
    }
}

/// Where the value of the one field of that name is; `None` if there is none, or more than one.
fn field_value(head: &[u8], name: &str) -> Option<Range<usize>> {
    let mut found = None;
    let mut start = 0;
    for line in head.split_inclusive(|b| *b == b'\n') {
        let is_it = line.len() > name.len() + 3
            && line[name.len()..].starts_with(b": ")
            && line[..name.len()].eq_ignore_ascii_case(name.as_bytes());
        if is_it {
            let value = start + name.len() + 2..start + line.len() - 2;
            if found.replace(value).is_some() {
                return None;
            }
        }
        start += line.len();
    }
    found
}

/// Where a text first stands, counted from `base`.
fn find(bytes: &[u8], text: &[u8], base: usize) -> Option<Range<usize>> {
    let at = bytes.windows(text.len().max(1)).position(|window| window == text)?;
    Some(base + at..base + at + text.len())
}
