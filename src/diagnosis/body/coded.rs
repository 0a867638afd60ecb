//! The body in another coding: base64, compressed, or gone.

use std::io::Write;
use std::ops::ControlFlow;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use bytes::Bytes;
use flate2::Compression;
use flate2::read::{DeflateDecoder, GzDecoder, ZlibDecoder};
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use super::Sink;
use crate::diagnosis::cause::{Cause, Change};
use crate::signature::content::unpacked;

/// Nothing was signed: the body was read before, or there never was one.
pub(super) fn empty<B>(out: &mut impl Sink<B>) -> ControlFlow<B> {
    out.offer(|| Change::new(Cause::BodyEmpty, "the signature is that of an empty body"), Bytes::new())
}

/// The bytes that this base64 stands for, or the base64 of these bytes.
pub(super) fn base64<B>(body: &Bytes, out: &mut impl Sink<B>) -> ControlFlow<B> {
    let text = body.trim_ascii();
    // A JSON string that holds the base64 is common where a body went through a queue.
    let text = text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")).unwrap_or(text);
    let engines = [STANDARD, URL_SAFE, STANDARD_NO_PAD, URL_SAFE_NO_PAD];
    if text.len() >= 4
        && let Some(decoded) = engines.iter().find_map(|engine| engine.decode(text).ok())
    {
        out.offer(|| Change::new(Cause::BodyBase64, "the signed body is what this base64 stands for"), decoded)?;
    }
    out.offer(|| Change::new(Cause::BodyBase64, "the signed body is the base64 of this one"), STANDARD.encode(body))
}

/// What a compressed body unpacks to.
pub(super) fn decompressed<B>(body: &Bytes, out: &mut impl Sink<B>) -> ControlFlow<B> {
    let change = |coding: &'static str| {
        move || Change::new(Cause::BodyCompressed, format!("the signed body is what this {coding} unpacks to"))
    };
    if body.starts_with(&[0x1f, 0x8b])
        && let Some(plain) = unpacked(GzDecoder::new(&body[..]), body.len())
    {
        return out.offer(change("gzip"), plain);
    }
    // A body that is text is not compressed, and the two codings without a mark take many bytes for theirs.
    if body.is_empty() || std::str::from_utf8(body).is_ok() {
        return ControlFlow::Continue(());
    }
    if let Some(plain) = unpacked(ZlibDecoder::new(&body[..]), body.len()) {
        out.offer(change("deflate"), plain)?;
    }
    if let Some(plain) = unpacked(DeflateDecoder::new(&body[..]), body.len()) {
        out.offer(change("raw deflate"), plain)?;
    }
    if let Some(plain) = unpacked(brotli::Decompressor::new(&body[..], 4096), body.len()) {
        out.offer(change("brotli"), plain)?;
    }
    ControlFlow::Continue(())
}

/// What this body may have been packed to. Compressors differ, so only the usual settings can be tried.
pub(super) fn compressed<B>(body: &Bytes, out: &mut impl Sink<B>) -> ControlFlow<B> {
    for level in [6, 9, 1] {
        let level = Compression::new(level);
        // The operating system is a byte of the header: unknown, as most libraries say, or Unix.
        for system in [255, 3, 0] {
            let gzip = flate2::GzBuilder::new().operating_system(system).write(Vec::new(), level);
            out.offer(packed("gzip"), finish(gzip, body, GzEncoder::finish))?;
        }
        out.offer(packed("deflate"), finish(ZlibEncoder::new(Vec::new(), level), body, ZlibEncoder::finish))?;
        out.offer(packed("raw deflate"), finish(DeflateEncoder::new(Vec::new(), level), body, DeflateEncoder::finish))?;
    }
    for quality in [4, 5] {
        let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, quality, 22);
        // Writing to memory cannot fail.
        let _ = encoder.write_all(body);
        out.offer(packed("brotli"), encoder.into_inner())?;
    }
    ControlFlow::Continue(())
}

fn packed(coding: &'static str) -> impl FnOnce() -> Change {
    move || Change::new(Cause::BodyCompressed, format!("the signed body is this one, packed with {coding}"))
}

fn finish<W: Write>(mut encoder: W, body: &[u8], end: impl FnOnce(W) -> std::io::Result<Vec<u8>>) -> Vec<u8> {
    // Writing to memory cannot fail; an empty result would be offered as the empty body is, and is known by then.
    let _ = encoder.write_all(body);
    end(encoder).unwrap_or_default()
}
