//! The lines of an export: found one by one, and read then or later.

use std::io::{BufRead, Read};

use bytes::Bytes;

use super::Line;
use crate::formats::error::{Form, FormatError, Place, Problem};
use crate::formats::{Capture, Record};

/// Longest line that is read: a body of 32 MiB in which every byte needs an escape of six characters, and its head.
const MAX_LINE: u64 = 200 << 20;

/// Bytes of a block, as long as its lines are shorter: small enough to stay in a processor's own memory.
const BLOCK: usize = 256 << 10;

/// What is said of a line that is longer.
fn line_too_long(name: &str, number: usize) -> FormatError {
    Problem::LineTooLong { limit: MAX_LINE }.at(name, Form::Ndjson, Place::Line(number))
}

/// A line of an export that has been found and not yet read.
#[derive(Debug, Clone)]
pub struct RawLine {
    /// Its number, from 1.
    pub number: usize,
    /// Where in the file it starts.
    pub offset: u64,
    /// Its bytes.
    pub bytes: Bytes,
}

impl RawLine {
    /// Reads what it says. `name` is the file's.
    ///
    /// # Errors
    /// It is no line of an export.
    pub fn read(&self, name: &str) -> Result<Record, FormatError> {
        let number = self.number;
        let broken = |problem: Problem, place| problem.at(name, Form::Ndjson, place);
        let text =
            simdutf8::basic::from_utf8(&self.bytes).map_err(|_| broken(Problem::NotUtf8, Place::Line(number)))?;
        let text = if number == 1 { text.strip_prefix('\u{feff}').unwrap_or(text) } else { text };
        let parsed =
            Line::parse(text).map_err(|error| broken(Problem::json(&error), Place::Column(number, error.column())))?;
        if parsed.kind.is_none() {
            return Err(broken(Problem::Missing { field: "kind" }, Place::Line(number)));
        }
        parsed
            .into_record(&self.bytes, format!("{name}#{number}"))
            .map_err(|problem| broken(problem, Place::Line(number)))
    }
}

/// Finds the lines of an export, in memory for one of them. Empty ones are skipped. After an error of the reader, or a
/// line beyond any sense, nothing more comes.
pub fn split_lines<R: BufRead>(reader: R, name: &str) -> RawLines<R> {
    RawLines { reader, name: name.to_owned(), number: 0, offset: 0, ended: false, expected_length: 0 }
}

/// Cuts an export into blocks of whole lines, for several threads. After an error of the reader, or a line beyond any sense,
/// nothing more comes.
pub fn blocks<R: Read>(reader: R, name: &str) -> Blocks<R> {
    Blocks { reader, name: name.to_owned(), begun: Vec::new(), number: 1, offset: 0, ended: false }
}

/// Some whole lines of an export.
#[derive(Debug, Clone)]
pub struct Block {
    /// The number of the first line, from 1.
    number: usize,
    /// Where in the file it starts.
    offset: u64,
    bytes: Bytes,
}

impl Block {
    /// Whether it holds a line that is longer than blocks usually are.
    pub fn is_large(&self) -> bool {
        self.bytes.len() > 2 * BLOCK
    }

    /// Its lines, without the empty ones.
    pub fn lines(&self) -> impl Iterator<Item = RawLine> {
        let mut start = 0;
        let mut number = self.number;
        std::iter::from_fn(move || {
            while start < self.bytes.len() {
                let rest = &self.bytes[start..];
                let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
                let line = RawLine {
                    number,
                    offset: self.offset + start as u64,
                    bytes: self.bytes.slice(start..start + length),
                };
                start += length;
                number += 1;
                if !line.bytes.iter().all(u8::is_ascii_whitespace) {
                    return Some(line);
                }
            }
            None
        })
    }
}

/// Reads an export line by line, in memory for one line. Empty lines are skipped; a line that cannot be read is an
/// error with its number, and the next one is read all the same. After an error of the reader, or a line beyond any
/// sense, nothing more comes.
pub fn read_lines<R: BufRead>(reader: R, name: &str) -> Lines<R> {
    Lines(read_records(reader, name))
}

/// The same with all that an export knows about a capture.
pub fn read_records<R: BufRead>(reader: R, name: &str) -> Records<R> {
    Records(split_lines(reader, name))
}

/// The captures of an export; made by [`read_lines`].
#[derive(Debug)]
pub struct Lines<R>(Records<R>);

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<Capture, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|record| record.map(|record| record.capture))
    }
}

/// The records of an export; made by [`read_records`].
#[derive(Debug)]
pub struct Records<R>(RawLines<R>);

impl<R: BufRead> Iterator for Records<R> {
    type Item = Result<Record, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.0.next()?;
        Some(line.and_then(|line| line.read(&self.0.name)))
    }
}

/// The lines of an export; made by [`split_lines`].
#[derive(Debug)]
pub struct RawLines<R> {
    reader: R,
    name: String,
    number: usize,
    offset: u64,
    ended: bool,
    expected_length: usize,
}

impl<R: BufRead> Iterator for RawLines<R> {
    type Item = Result<RawLine, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            // Lines of one export are mostly of one size; growing each from nothing would copy it several times.
            let mut line = Vec::with_capacity(self.expected_length);
            match self.reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut line) {
                Err(source) => {
                    self.ended = true;
                    return Some(Err(FormatError::Read { name: self.name.clone(), source }));
                }
                Ok(0) => self.ended = true,
                Ok(length) => {
                    let offset = self.offset;
                    self.number += 1;
                    self.offset += length as u64;
                    if length as u64 == MAX_LINE {
                        self.ended = true;
                        return Some(Err(line_too_long(&self.name, self.number)));
                    }
                    self.expected_length = length.min(64 << 10);
                    if !line.iter().all(u8::is_ascii_whitespace) {
                        return Some(Ok(RawLine { number: self.number, offset, bytes: line.into() }));
                    }
                }
            }
        }
        None
    }
}

/// Blocks of an export; made by [`blocks`].
#[derive(Debug)]
pub struct Blocks<R> {
    reader: R,
    name: String,
    /// The line whose end has not been read yet.
    begun: Vec<u8>,
    number: usize,
    offset: u64,
    ended: bool,
}

impl<R: Read> Iterator for Blocks<R> {
    type Item = Result<Block, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut bytes = Vec::with_capacity(self.begun.len() + BLOCK);
        bytes.append(&mut self.begun);
        while !self.ended {
            let searched = bytes.len();
            match self.reader.by_ref().take(BLOCK as u64).read_to_end(&mut bytes) {
                Ok(read) => self.ended = read < BLOCK,
                Err(source) => {
                    self.ended = true;
                    return Some(Err(FormatError::Read { name: self.name.clone(), source }));
                }
            }
            // A last line may have no end of its own.
            let end = match memchr::memrchr(b'\n', &bytes[searched..]) {
                _ if self.ended => bytes.len(),
                Some(at) => searched + at + 1,
                None if bytes.len() as u64 >= MAX_LINE => {
                    self.ended = true;
                    return Some(Err(line_too_long(&self.name, self.number)));
                }
                None => continue,
            };
            if end == 0 {
                return None;
            }
            self.begun.extend_from_slice(&bytes[end..]);
            bytes.truncate(end);
            let block = Block { number: self.number, offset: self.offset, bytes: bytes.into() };
            self.number += memchr::memchr_iter(b'\n', &block.bytes).count();
            self.offset += end as u64;
            return Some(Ok(block));
        }
        None
    }
}
