//! Field lines: `name: value`, strictly, as slices of the head.
//!
//! One pass over the bytes also notes the fields that decide framing and persistence, so that nobody searches for them.

use std::ops::Range;

use bytes::Bytes;

use super::grammar::{is_blank, is_token, is_value, list_members};
use super::{Expectation, HeadError, HeadLimits, LineEnds};
use crate::model::Headers;

/// What the fields of a head say about framing and persistence, noted on the way.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) host: Seen,
    pub(super) length: Seen,
    pub(super) transfer: Seen,
    pub(super) close: bool,
    pub(super) keep_alive: bool,
    pub(super) expect: Expectation,
    /// Where the head ends, behind the empty line.
    pub(super) end: usize,
}

/// A field that must not be repeated.
#[derive(Debug, Default)]
pub(super) enum Seen {
    #[default]
    Never,
    Once(Range<usize>),
    Again,
}

impl Seen {
    fn note(&mut self, value: &Range<usize>) {
        *self = match self {
            Self::Never => Self::Once(value.clone()),
            Self::Once(_) | Self::Again => Self::Again,
        };
    }
}

/// The fields of the head in `raw` whose lines begin at `at`: all of them, and what was noted.
pub(super) fn read_fields(raw: &Bytes, at: usize, limits: &HeadLimits) -> Result<(Headers, Notes), HeadError> {
    let mut headers = Headers::new();
    let notes = Notes::read(raw, at, limits, |field| {
        headers.push(raw.slice(field.name.clone()), raw.slice(field.value.clone()));
    })?;
    Ok((headers, notes))
}

impl Notes {
    /// Reads field lines from `at` up to and with the empty line, and hands each to `visit`.
    pub(super) fn read(
        raw: &[u8],
        mut at: usize,
        limits: &HeadLimits,
        mut visit: impl FnMut(&FieldLine),
    ) -> Result<Self, HeadError> {
        let mut notes = Self::default();
        for count in 0.. {
            // The line before was the request or status line.
            let line = count + 2;
            if let Some(end) = empty_line(raw, at, line, limits)? {
                notes.end = end;
                break;
            }
            let field = field_line(raw, at, line, limits)?;
            if count == limits.fields {
                return Err(HeadError::TooManyFields { limit: limits.fields });
            }
            notes.note(raw, &field);
            visit(&field);
            at = field.end;
        }
        Ok(notes)
    }

    fn note(&mut self, raw: &[u8], field: &FieldLine) {
        let name = &raw[field.name.clone()];
        // The length sorts out nearly all other names without a comparison.
        match name.len() {
            4 if name.eq_ignore_ascii_case(b"host") => self.host.note(&field.value),
            6 if name.eq_ignore_ascii_case(b"expect") => {
                for member in list_members(&raw[field.value.clone()]) {
                    self.expect = match self.expect {
                        Expectation::None | Expectation::Continue if member.eq_ignore_ascii_case(b"100-continue") => {
                            Expectation::Continue
                        }
                        _ => Expectation::Other,
                    };
                }
            }
            10 if name.eq_ignore_ascii_case(b"connection") => {
                for member in list_members(&raw[field.value.clone()]) {
                    self.close |= member.eq_ignore_ascii_case(b"close");
                    self.keep_alive |= member.eq_ignore_ascii_case(b"keep-alive");
                }
            }
            14 if name.eq_ignore_ascii_case(b"content-length") => self.length.note(&field.value),
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => self.transfer.note(&field.value),
            _ => {}
        }
    }
}

/// Where the parts of a field line are.
pub(in crate::http) struct FieldLine {
    name: Range<usize>,
    value: Range<usize>,
    /// Behind the line feed.
    pub(in crate::http) end: usize,
}

/// Where the head ends if the empty line is at `at`.
pub(in crate::http) fn empty_line(
    raw: &[u8],
    at: usize,
    line: usize,
    limits: &HeadLimits,
) -> Result<Option<usize>, HeadError> {
    match raw.get(at) {
        Some(b'\r' | b'\n') => line_end(raw, at, line, limits).map(Some),
        Some(_) => Ok(None),
        None => Err(HeadError::Incomplete),
    }
}

/// The position behind the line end at `at`; an error if there is none.
pub(super) fn line_end(raw: &[u8], at: usize, line: usize, limits: &HeadLimits) -> Result<usize, HeadError> {
    match (raw.get(at), raw.get(at + 1)) {
        (Some(b'\r'), Some(b'\n')) => Ok(at + 2),
        (Some(b'\r'), Some(_)) => Err(HeadError::BareCr { line }),
        (Some(b'\n'), _) if limits.line_ends == LineEnds::CrlfOrLf => Ok(at + 1),
        (Some(b'\n'), _) => Err(HeadError::BareLf { line }),
        _ => Err(HeadError::Incomplete),
    }
}

/// Reads the field line at `at`.
pub(in crate::http) fn field_line(
    raw: &[u8],
    at: usize,
    line: usize,
    limits: &HeadLimits,
) -> Result<FieldLine, HeadError> {
    let colon = at + raw[at..].iter().position(|b| !is_token(*b)).ok_or(HeadError::Incomplete)?;
    match raw[colon] {
        b':' if colon == at => return Err(HeadError::EmptyName { line }),
        b':' => {}
        byte if is_blank(byte) && colon == at => return Err(HeadError::Fold { line }),
        byte if is_blank(byte) => {
            let next = raw[colon..].iter().find(|b| !is_blank(**b));
            let before_colon = next == Some(&b':');
            return Err(if before_colon {
                HeadError::SpaceBeforeColon { line }
            } else {
                HeadError::NameByte { line, byte }
            });
        }
        b'\r' | b'\n' => {
            line_end(raw, colon, line, limits)?;
            return Err(HeadError::NoColon { line });
        }
        byte => return Err(HeadError::NameByte { line, byte }),
    }
    let mut start = colon + 1;
    while raw.get(start).copied().is_some_and(is_blank) {
        start += 1;
    }
    let stop = start
        + raw.get(start..).and_then(|rest| rest.iter().position(|b| !is_value(*b))).ok_or(HeadError::Incomplete)?;
    let end = match raw[stop] {
        b'\r' | b'\n' => line_end(raw, stop, line, limits)?,
        byte => return Err(HeadError::ValueByte { line, byte }),
    };
    let mut value_end = stop;
    while value_end > start && is_blank(raw[value_end - 1]) {
        value_end -= 1;
    }
    Ok(FieldLine { name: at..colon, value: start..value_end, end })
}
