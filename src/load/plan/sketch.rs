//! A compiled request told to other programs: its pieces in order, and how those that change are made. What the engine writes
//! over bytes, a script can put together from these.

use std::ops::Range;

use serde::Serialize;

use super::Plan;
use super::code::Sketched;
use super::template::Template;
use crate::signature::scheme::Encoding;

/// A line of the mix, with what makes its requests.
pub(crate) struct Sketch {
    /// Provider and event, as reports name them.
    pub(crate) event: String,
    /// How often, compared with the others.
    pub(crate) weight: u64,
    /// The statuses that count as accepted.
    pub(crate) accept: Vec<(u16, u16)>,
    /// The first line's method.
    pub(crate) method: String,
    /// The whole request, head and body, in pieces.
    pub(crate) pieces: Vec<Piece>,
    /// Headers by name, with the pieces of their values.
    pub(crate) headers: Vec<(String, Range<usize>)>,
    /// The pieces of the body.
    pub(crate) body: Range<usize>,
    /// The signatures.
    pub(crate) stamps: Vec<StampSketch>,
}

/// A piece of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Piece {
    /// An id, different in each request.
    Id(Sketched),
    /// When the event happened.
    Time(MomentSketch),
    /// When the request is signed.
    Now(MomentSketch),
    /// A signature.
    Signature {},
    /// Always the same.
    #[serde(untagged)]
    Fixed(String),
}

/// How a time is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct MomentSketch {
    /// `unix`, `unix-ms`, `iso`, `iso-ms` or `iso-us`.
    pub(crate) form: &'static str,
    /// Seconds that are added.
    pub(crate) shift: i64,
    /// Whether it stands in a form, encoded.
    pub(crate) encoded: bool,
}

/// The signatures of a scheme.
#[derive(Debug, Clone)]
pub(crate) struct StampSketch {
    /// The hash of the HMAC; `None` for tokens.
    pub(crate) algorithm: Option<&'static str>,
    /// How it is written.
    pub(crate) encoding: Encoding,
    /// What is signed.
    pub(crate) content: Vec<ContentSketch>,
    /// The piece of each signature, in the order of the keys.
    pub(crate) places: Vec<usize>,
    /// Whose secret.
    pub(crate) provider: String,
    /// How a secret becomes a key.
    pub(crate) key: crate::signature::scheme::KeyForm,
    /// What stands in front of a token within its place.
    pub(crate) token: bool,
}

/// A part of what is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum ContentSketch {
    /// A text.
    Fixed(String),
    /// Pieces.
    Pieces([usize; 2]),
}

/// A slot in a template's bytes, for [`assemble`].
pub(super) struct Slot {
    pub(super) place: Range<usize>,
    pub(super) piece: Piece,
}

/// Cuts bytes into pieces: at slots, and wherever else somebody needs an edge. `None` if slots overlap, an edge is within one,
/// or the bytes are not text.
pub(super) fn assemble(bytes: &[u8], mut slots: Vec<Slot>, edges: &[usize]) -> Option<(Vec<Piece>, Vec<usize>)> {
    slots.sort_by_key(|slot| slot.place.start);
    let (mut pieces, mut starts) = (Vec::new(), Vec::new());
    let mut at = 0;
    let mut edges: Vec<usize> = edges.to_vec();
    edges.sort_unstable();
    edges.dedup();
    let fixed = |from: usize, to: usize, pieces: &mut Vec<Piece>, starts: &mut Vec<usize>| -> Option<()> {
        let mut from = from;
        for edge in edges
            .iter()
            .copied()
            .filter(|edge| (from + 1..to).contains(edge))
            .collect::<Vec<_>>()
            .into_iter()
            .chain([to])
        {
            if from < edge {
                starts.push(from);
                pieces.push(Piece::Fixed(std::str::from_utf8(&bytes[from..edge]).ok()?.to_owned()));
            }
            from = edge;
        }
        Some(())
    };
    for slot in slots {
        if slot.place.start < at {
            return None;
        }
        fixed(at, slot.place.start, &mut pieces, &mut starts)?;
        at = slot.place.end;
        starts.push(slot.place.start);
        pieces.push(slot.piece);
    }
    fixed(at, bytes.len(), &mut pieces, &mut starts)?;
    starts.push(bytes.len());
    Some((pieces, starts))
}

/// The pieces that a range of bytes is made of; `None` if it begins or ends within one.
pub(super) fn pieces_of(starts: &[usize], range: &Range<usize>) -> Option<Range<usize>> {
    let at = |edge: usize| starts.binary_search(&edge).ok();
    // An empty range may lie where no piece begins.
    if range.is_empty() { Some(0..0) } else { Some(at(range.start)?..at(range.end)?) }
}

impl Plan {
    /// Every line of the mix, for other programs.
    ///
    /// # Errors
    /// The name of an event whose requests are not compiled, or are no text.
    pub(crate) fn sketches(&self) -> Result<Vec<Sketch>, String> {
        let weights = self.sequence.weights(self.lines.len());
        let sketch = |(line, weight): (&super::Line, u64)| {
            let event = self.groups[usize::from(line.group)].to_string();
            let accept = line.accept.iter().map(|range| range.bounds()).collect();
            let template: Option<&Template> = line.templates.first();
            template.and_then(|template| template.sketch(event.clone(), weight, accept)).ok_or(event)
        };
        self.lines.iter().zip(weights).map(sketch).collect()
    }
}
