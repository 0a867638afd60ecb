//! The signatures that a request holds, wherever they are and however they are written.
//!
//! Decoded once, so that a recomputed signature is compared with all of them in one look-up: whether it is in the right
//! header, in the right encoding and of the right hash is then a matter of which one it equals.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use foldhash::fast::RandomState;

use super::cause::{Cause, Change};
use crate::model::Request;
use crate::signature::content::{Message, SecretFields};
use crate::signature::scheme::{Algorithm, Encoding, Scheme};

/// Headers that are looked through, and texts in each.
const MOST_HEADERS: usize = 100;
const MOST_TEXTS: usize = 32;

/// The hashes that a keyed hash may have been made with, by the length of what they give.
pub(super) const ALGORITHMS: [(usize, Algorithm); 5] = [
    (32, Algorithm::Sha256),
    (20, Algorithm::Sha1),
    (64, Algorithm::Sha512),
    (48, Algorithm::Sha384),
    (16, Algorithm::Md5),
];

/// The texts in a request's headers that may be signatures, decoded once for all schemes.
pub(super) struct Candidates<'r>(Vec<Field<'r>>);

struct Field<'r> {
    name: &'r str,
    texts: Vec<(&'r str, Vec<Reading>)>,
}

/// What a text says in one encoding.
struct Reading {
    bytes: Vec<u8>,
    encoding: &'static str,
    /// The hash that gives so many bytes.
    algorithm: Algorithm,
}

impl<'r> Candidates<'r> {
    /// Those of a request.
    pub(super) fn of(request: &'r Request) -> Self {
        let texts_of = |value| texts(value).map(|text| (text, readings(text))).filter(|(_, all)| !all.is_empty());
        let fields = request.headers.iter().take(MOST_HEADERS).filter_map(|header| {
            let texts: Vec<_> = texts_of(header.text()?).collect();
            (!texts.is_empty()).then(|| Field { name: header.name(), texts })
        });
        Self(fields.collect())
    }
}

/// Signatures by their bytes, with what must be otherwise for each to be the one that the scheme looks for.
pub(super) struct Signatures {
    by_bytes: HashMap<Vec<u8>, Vec<Change>, RandomState>,
    /// The hashes whose signatures are among those in the scheme's own place.
    pub(super) own: Vec<Algorithm>,
    /// The hashes whose signatures are anywhere.
    pub(super) all: Vec<Algorithm>,
}

impl Signatures {
    /// Those of a request, as a scheme with these secret fields looks for them.
    pub(super) fn of(scheme: &Scheme, request: &Request, candidates: &Candidates<'_>, fields: &SecretFields) -> Self {
        let mut found = Self { by_bytes: HashMap::default(), own: Vec::new(), all: Vec::new() };
        let message = Message { secret: Some(fields), ..Message::new(request, None) };
        let prefix = scheme.carrier.prefix.bytes(&message).unwrap_or_default();
        let prefix = String::from_utf8_lossy(&prefix).into_owned();
        let values = scheme.carrier.values(&message).unwrap_or_default();
        for value in &values {
            if let Ok(read) = scheme.carrier.read(value, &prefix) {
                read.signatures.iter().for_each(|text| found.add(text, &readings(text), scheme, &[], true));
            }
        }
        let merged = [Change::new(Cause::HeaderListMerged, "the right one is in it, and not where the scheme looks")];
        for value in &values {
            texts(value).for_each(|text| found.add(text, &readings(text), scheme, &merged, true));
        }
        // A header that is there twice is refused; each of them may still hold the right one.
        let own: Vec<_> = scheme.carrier.headers().collect();
        for Field { name, texts } in &candidates.0 {
            let is_own = own.iter().any(|own| own.eq_ignore_ascii_case(name));
            let other = [Change::new(Cause::HeaderOther, format!("the right signature is in {name}"))];
            let changes = if is_own { &merged } else { &other };
            texts.iter().for_each(|(text, readings)| found.add(text, readings, scheme, changes, is_own));
        }
        found
    }

    /// What must be otherwise for this signature to be the right one; `None` if it is nowhere.
    pub(super) fn get(&self, signature: &[u8]) -> Option<&[Change]> {
        self.by_bytes.get(signature).map(Vec::as_slice)
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.by_bytes.is_empty()
    }

    /// Takes a text in, in every encoding that it can be read in. The first way that leads to some bytes counts.
    fn add(&mut self, text: &str, readings: &[Reading], scheme: &Scheme, changes: &[Change], own: bool) {
        for Reading { bytes, encoding, algorithm } in readings {
            let mut changes = changes.to_vec();
            if scheme.encoding().decode(text).as_ref() != Some(bytes) {
                let usual = scheme.encoding().as_str();
                changes.push(Change::new(Cause::Encoding, format!("it is written as {encoding}, not as {usual}")));
            }
            if *algorithm != scheme.algorithm {
                let (found, usual) = (algorithm.as_str(), scheme.algorithm.as_str());
                changes.push(Change::new(Cause::Algorithm, format!("it is made with {found}, not with {usual}")));
            }
            for (list, wanted) in [(&mut self.own, own), (&mut self.all, true)] {
                if wanted && !list.contains(algorithm) {
                    list.push(*algorithm);
                }
            }
            let known = self.by_bytes.entry(bytes.clone()).or_insert_with(|| changes.clone());
            if changes.len() < known.len() {
                *known = changes;
            }
        }
    }
}

/// Everything in a header's value that may be a signature: the value, its items, what is behind `=` or `,` or a space.
fn texts(value: &str) -> impl Iterator<Item = &str> {
    let whole = value.trim();
    let items = whole.split([',', ' ', ';', '&', '|']);
    let behind = items.clone().filter_map(|item| item.split_once('=').map(|(_, rest)| rest));
    std::iter::once(whole)
        .chain(items)
        .chain(behind)
        .map(|text| text.trim().trim_matches(['"', '\'', '[', ']']))
        .filter(|text| text.len() >= 20)
        .take(MOST_TEXTS)
}

/// What a text says in every encoding in which it can be a keyed hash.
fn readings(text: &str) -> Vec<Reading> {
    let of = |bytes: &Vec<u8>| ALGORITHMS.iter().find(|(length, _)| *length == bytes.len()).map(|(_, name)| *name);
    let all = decodings(text).into_iter();
    all.filter_map(|(bytes, encoding)| of(&bytes).map(|algorithm| Reading { bytes, encoding, algorithm })).collect()
}

fn decodings(text: &str) -> Vec<(Vec<u8>, &'static str)> {
    let mut found = Vec::new();
    if let Ok(bytes) = hex::decode(text) {
        let upper = text.bytes().any(|b| b.is_ascii_uppercase());
        found.push((bytes, if upper { "hex in capitals" } else { "hex" }));
        // The base64 of a hash is of hex digits alone less than once in 2^30 times.
        return found;
    }
    if let Some(bytes) = Encoding::Base64.decode(text).or_else(|| STANDARD_NO_PAD.decode(text).ok()) {
        found.push((bytes, if STANDARD.decode(text).is_ok() { "base64" } else { "base64 without padding" }));
    } else if let Some(bytes) = URL_SAFE.decode(text).ok().or_else(|| URL_SAFE_NO_PAD.decode(text).ok()) {
        found.push((bytes, "base64 for URLs"));
    }
    found
}
