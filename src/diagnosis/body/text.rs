//! Changes of the body as text: newlines, white space, marks, encodings, normal forms.

use std::ops::ControlFlow;

use bytes::Bytes;
use encoding_rs::WINDOWS_1252;
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

use super::Sink;
use crate::diagnosis::cause::{Cause, Change};

const BOM: &[u8] = b"\xef\xbb\xbf";

/// One newline at the end, more or less: by far the most common damage.
pub(super) fn newline<B>(body: &Bytes, out: &mut impl Sink<B>) -> ControlFlow<B> {
    for (end, name) in [(&b"\r\n"[..], "CRLF"), (b"\n", "LF")] {
        if let Some(rest) = body.strip_suffix(end) {
            out.offer(
                || Change::new(Cause::BodyNewlineAdded, format!("the signed body has no {name} at its end")),
                body.slice(..rest.len()),
            )?;
        }
    }
    for (end, name) in [(&b"\n"[..], "LF"), (b"\r\n", "CRLF")] {
        out.offer(
            || Change::new(Cause::BodyNewlineLost, format!("the signed body has one {name} more at its end")),
            [body, end].concat(),
        )?;
    }
    ControlFlow::Continue(())
}

/// Line endings, white space around the body, byte order marks.
pub(super) fn ends<B>(body: &Bytes, out: &mut impl Sink<B>) -> ControlFlow<B> {
    match body.strip_prefix(BOM) {
        Some(rest) => {
            let at = body.len() - rest.len();
            out.offer(|| Change::new(Cause::BodyBom, "the signed body has no byte order mark"), body.slice(at..))?;
        }
        None => out.offer(
            || Change::new(Cause::BodyBom, "the signed body begins with a byte order mark"),
            [BOM, body].concat(),
        )?,
    }
    let unix = without_returns(body);
    out.offer(|| Change::new(Cause::BodyLineEndings, "the signed body has LF where this one has CRLF"), unix.clone())?;
    let dos = with_returns(&unix);
    out.offer(|| Change::new(Cause::BodyLineEndings, "the signed body has CRLF where this one has LF"), dos)?;

    let trimmed = |detail: &'static str| move || Change::new(Cause::BodyTrimmed, detail);
    let start = body.len() - body.trim_ascii_start().len();
    let end = body.trim_ascii_end().len();
    if start < end {
        out.offer(trimmed("the signed body has no white space around it"), body.slice(start..end))?;
        out.offer(trimmed("the signed body has no white space in front"), body.slice(start..))?;
        out.offer(trimmed("the signed body has no white space at its end"), body.slice(..end))?;
    }
    for (front, back, detail) in [
        (&b""[..], &b" "[..], "the signed body has a space at its end"),
        (b"", b"\n\n", "the signed body has two newlines at its end"),
        (b"", b"\t", "the signed body has a tab at its end"),
        (b" ", b"", "the signed body has a space in front"),
        (b"\n", b"", "the signed body has a newline in front"),
        (b"\n", b"\n", "the signed body has a newline on either side"),
        (b" ", b" ", "the signed body has a space on either side"),
    ] {
        out.offer(trimmed(detail), [front, body, back].concat())?;
    }
    ControlFlow::Continue(())
}

fn without_returns(body: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(body.len());
    for (at, byte) in body.iter().enumerate() {
        if *byte != b'\r' || body.get(at + 1) != Some(&b'\n') {
            text.push(*byte);
        }
    }
    text
}

fn with_returns(unix: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(unix.len() + unix.len() / 32);
    for byte in unix {
        if *byte == b'\n' {
            text.push(b'\r');
        }
        text.push(*byte);
    }
    text
}

/// The same text in UTF-8, in Latin-1 or Windows-1252, or encoded twice.
pub(super) fn charset<B>(body: &Bytes, out: &mut impl Sink<B>) -> ControlFlow<B> {
    if body.is_ascii() {
        return ControlFlow::Continue(());
    }
    let change = |detail: &'static str| move || Change::new(Cause::BodyCharset, detail);
    let Ok(text) = std::str::from_utf8(body) else {
        let (text, _, _) = WINDOWS_1252.decode(body);
        return out.offer(change("the signed body is UTF-8; this one is Latin-1 or Windows-1252"), text.into_owned());
    };
    let (narrow, _, lossy) = WINDOWS_1252.encode(text);
    if !lossy {
        let narrow = narrow.into_owned();
        let detail = if std::str::from_utf8(&narrow).is_ok() {
            "the signed body is UTF-8; this one was read as Latin-1 and encoded again"
        } else {
            "the signed body is Latin-1 or Windows-1252; this one is UTF-8"
        };
        out.offer(change(detail), narrow)?;
    }
    if text.chars().all(|c| u32::from(c) < 0x100) {
        // Latin-1 by the letter, where Windows-1252 has other characters at 0x80 to 0x9f.
        let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).expect("below 0x100")).collect();
        out.offer(change("the signed body is Latin-1; this one is UTF-8"), latin)?;
    }
    let twice: String = body.iter().map(|byte| char::from(*byte)).collect();
    out.offer(change("the signed body is UTF-8 that was encoded twice"), twice)?;
    let (twice, _, _) = WINDOWS_1252.decode(body);
    out.offer(change("the signed body is UTF-8 that was encoded twice, by way of Windows-1252"), twice.into_owned())?;
    let replaced: String = text.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect();
    out.offer(change("the signed body is ASCII, with a question mark for every other character"), replaced)
}

/// The same text, composed or decomposed.
pub(super) fn unicode<B>(body: &Bytes, out: &mut impl Sink<B>) -> ControlFlow<B> {
    let Ok(text) = std::str::from_utf8(body) else { return ControlFlow::Continue(()) };
    if body.is_ascii() {
        return ControlFlow::Continue(());
    }
    let composed = ComposingNormalizerBorrowed::new_nfc().normalize(text);
    out.offer(
        || Change::new(Cause::BodyUnicodeForm, "the signed body has composed characters (NFC)"),
        composed.into_owned(),
    )?;
    let decomposed = DecomposingNormalizerBorrowed::new_nfd().normalize(text);
    out.offer(
        || Change::new(Cause::BodyUnicodeForm, "the signed body has decomposed characters (NFD)"),
        decomposed.into_owned(),
    )
}
