//! Signatures of a template: where they stand in its bytes, and what they are made over.

use std::ops::Range;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use url::Url;

use super::moment::{Moment, form_of};
use super::sketch::{ContentSketch, Piece as SketchPiece, Slot, StampSketch, pieces_of};
use crate::deliver::signer::Signer;
use crate::deliver::tamper::break_middle;
use crate::model::{Request, Timestamp};
use crate::signature::carrier::Place;
use crate::signature::content::{Message, Piece, Source};
use crate::signature::key::Material;
use crate::signature::scheme::{Algorithm, Encoding, Scheme, SchemeKind};

/// The signatures of a signed request whose bytes on the wire are these; `None` if one is of a kind that is not compiled.
pub(super) fn stamps(
    signer: &Arc<Signer>,
    request: &Request,
    target: &Url,
    wire: &[u8],
    at: Timestamp,
) -> Option<Vec<Stamp>> {
    let url = signer.address(request, target);
    let signed = Signed { signer, request, url: &url, wire, head: wire.len() - request.body.len(), at };
    let schemes = signer.schemes();
    let applying = schemes.iter().enumerate().filter(|(_, scheme)| scheme.applies(request));
    applying.map(|(index, scheme)| Stamp::find(&signed, index, scheme)).collect()
}

/// A signed request, in which signatures are looked for.
struct Signed<'a> {
    signer: &'a Arc<Signer>,
    request: &'a Request,
    url: &'a str,
    wire: &'a [u8],
    /// Where the body begins.
    head: usize,
    at: Timestamp,
}

/// A signature, or several of one scheme, in the bytes of a template.
#[derive(Clone)]
pub(super) struct Stamp {
    signer: Arc<Signer>,
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
    fn find(signed: &Signed<'_>, index: usize, scheme: &Scheme) -> Option<Self> {
        let Signed { signer, request, wire, head, .. } = *signed;
        let keys = signer.keys().nth(index)?;
        let is_token = match scheme.kind {
            SchemeKind::Hmac => false,
            SchemeKind::Token => true,
            _ => return None,
        };
        let [Place::Header(name)] = scheme.carrier.places.as_slice() else { return None };
        if scheme.each.is_some() {
            return None;
        }
        let field = field_value(&wire[..head], name)?;
        let value = std::str::from_utf8(&wire[field.clone()]).ok()?;
        let found = scheme.carrier.read(value, scheme.carrier.prefix.as_literal()?).ok()?;
        let offset = |part: &str| field.start + (part.as_ptr() as usize - value.as_ptr() as usize);
        let places: Vec<_> = found.signatures.iter().map(|text| offset(text)..offset(text) + text.len()).collect();
        if places.len() != keys.len().min(scheme.carrier.room()) {
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
            if !rule.is_in_body() {
                time = Some(Moment::new(form_of(rule.unit), 0, place.len(), false, vec![place.start]));
            }
            signed_time = Some(place);
        }
        let content = if is_token { Vec::new() } else { content(signed, scheme, index, signed_time.as_ref())? };
        let token = is_token.then(|| wire[places[0].clone()].to_vec());
        let encoding = scheme.encoding();
        if !matches!(encoding, Encoding::Hex | Encoding::Base64 | Encoding::Base64url) && !is_token {
            return None;
        }
        Some(Self { signer: signer.clone(), scheme: index, encoding, content, places, time, token })
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
        let scheme = *self.signer.schemes().get(self.scheme)?;
        // Of these the key is more than the secret's text decoded, or the text is in the request too, where it must not be told.
        let key = &scheme.key;
        if key.pair.is_some() || key.normalize.is_some() || key.hash.is_some() {
            return None;
        }
        let is_text = |encoding| matches!(encoding, Encoding::Text | Encoding::Base64 | Encoding::Base64url);
        let is_token = self.token.is_some();
        if (key.decode != Encoding::Text && !key.suffix.is_empty())
            || (is_token && !(is_text(key.decode) && is_text(self.encoding)))
        {
            return None;
        }
        let algorithm = match scheme.algorithm {
            Algorithm::Md5 => "md5",
            Algorithm::Sha1 => "sha1",
            Algorithm::Sha256 => "sha256",
            Algorithm::Sha384 => "sha384",
            Algorithm::Sha512 => "sha512",
            Algorithm::Keccak256 => return None,
        };
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
            algorithm: (!is_token).then_some(algorithm),
            encoding: self.encoding,
            content: content.collect::<Option<_>>()?,
            places: self.places.iter().map(|place| Some(pieces_of(starts, place)?.start)).collect::<Option<_>>()?,
            provider: self.signer.provider().name.clone(),
            key: scheme.key.clone(),
            token: is_token,
        })
    }

    /// Signs what is in the bytes.
    pub(super) fn write(&mut self, bytes: &mut [u8], now: Timestamp) {
        if let Some(time) = &mut self.time {
            time.write(now, bytes);
        }
        let keys = self.signer.keys().nth(self.scheme).unwrap_or_default();
        for (key, place) in keys.iter().zip(&self.places) {
            match &key.material {
                Material::Hmac(key) => {
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
            break_middle(&mut bytes[place.clone()]);
        }
    }
}

/// What is signed: fixed text, and places in the bytes.
fn content(signed: &Signed<'_>, scheme: &Scheme, index: usize, time: Option<&Range<usize>>) -> Option<Vec<Part>> {
    let Signed { signer, request, url, wire, head, at } = *signed;
    let written = scheme.timestamp.as_ref().map(|rule| rule.unit.write(at));
    let key = signer.keys().nth(index)?.first()?;
    let message =
        Message { timestamp: written.as_deref(), secret: Some(&key.fields), ..Message::new(request, Some(url)) };
    let mut content = Vec::new();
    for piece in scheme.content.pieces() {
        content.push(match piece {
            Piece::Other => return None,
            Piece::Literal(text) => Part::Fixed(text.as_bytes().to_vec()),
            Piece::Value(source) => match source {
                Source::Body => Part::Region(head..wire.len()),
                Source::Timestamp => Part::Region(time.cloned()?),
                Source::Header(name) if request.headers.contains(name) => {
                    Part::Region(field_value(&wire[..head], name)?)
                }
                Source::Json(_) | Source::Form(_) => match source.locate(&message) {
                    Some(text) => Part::Region(find(&wire[head..], &text, head)?),
                    None => continue,
                },
                Source::Method
                | Source::Path
                | Source::RawQuery
                | Source::Query(_)
                | Source::Url
                | Source::Secret(_)
                | Source::Header(_) => Part::Fixed(source.locate(&message).unwrap_or_default().into_owned()),
                _ => return None,
            },
        });
    }
    Some(content)
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
        _ => out.copy_from_slice(tag),
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
