//! The chunked transfer coding, undone byte by byte and strictly (RFC 9112 section 7.1).
//!
//! Pure: bytes in, bytes out, whatever the pieces in which they come. Extensions and trailers are checked, counted and
//! dropped; nothing in them can name a length, so nothing is lost that a receiver may rely on.

use bytes::{Buf, BytesMut};
use thiserror::Error;

use super::head::grammar::{is_blank, is_token, is_value};

/// Bytes of extensions of all chunks together, and of trailers, that are tolerated. No known sender uses either.
const EXTRA_BYTES: usize = 16 * 1024;
/// Hexadecimal digits of a chunk size; more would overflow 64 bits.
const SIZE_DIGITS: u8 = 16;

/// Why a chunked body was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ChunkError {
    /// No hexadecimal digits where a chunk size belongs.
    #[error("a chunk size contains byte 0x{byte:02x}")]
    Size {
        /// What was there instead.
        byte: u8,
    },
    /// A chunk size beyond 64 bits.
    #[error("a chunk size has more than 16 digits")]
    SizeOverflow,
    /// A control byte in a chunk extension.
    #[error("a chunk extension contains byte 0x{byte:02x}")]
    Extension {
        /// The byte.
        byte: u8,
    },
    /// Too many bytes of extensions.
    #[error("the chunk extensions are longer than 16 KiB")]
    ExtensionsTooLong,
    /// A line does not end in CR LF.
    #[error("a chunk line does not end in CR LF")]
    LineEnd,
    /// The data of a chunk is not followed by CR LF, so its size was not true.
    #[error("a chunk is not followed by CR LF")]
    DataEnd,
    /// A trailer that is no field line.
    #[error("a trailer contains byte 0x{byte:02x}")]
    Trailer {
        /// The byte.
        byte: u8,
    },
    /// Too many bytes of trailers.
    #[error("the trailers are longer than 16 KiB")]
    TrailersTooLong,
    /// More data than the limit, as soon as a chunk size says so.
    #[error("the body is longer than {limit} bytes")]
    TooLarge {
        /// Bytes allowed.
        limit: usize,
    },
}

/// How far a call came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The input is used up and the body has not ended.
    Hungry,
    /// The output has no capacity left.
    Full,
    /// The body has ended; what is left of the input belongs to the next message.
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    SizeStart,
    Size,
    /// White space after the size, allowed only before an extension.
    SizeBlank,
    Extension,
    SizeEnd,
    Data,
    DataReturn,
    DataFeed,
    TrailerStart,
    TrailerName,
    TrailerValue,
    TrailerFeed,
    LastFeed,
    Done,
}

/// Where the decoding of one body stands.
#[derive(Debug)]
pub struct ChunkedDecoder {
    state: State,
    /// Of the chunk at hand: its size, then what is left of it.
    size: u64,
    digits: u8,
    extensions: usize,
    trailers: usize,
    limit: usize,
}

impl ChunkedDecoder {
    /// For a body of at most so many bytes.
    pub const fn new(limit: usize) -> Self {
        Self { state: State::SizeStart, size: 0, digits: 0, extensions: 0, trailers: 0, limit }
    }

    /// Takes from `input` and appends to `output`, whose capacity it does not exceed.
    pub fn decode(&mut self, input: &mut BytesMut, output: &mut Vec<u8>) -> Result<Progress, ChunkError> {
        let mut at = 0;
        let progress = loop {
            if self.state == State::Done {
                break Progress::Done;
            }
            let rest = &input[at..];
            let Some(byte) = rest.first() else {
                break Progress::Hungry;
            };
            if self.state == State::Data {
                let room = output.capacity() - output.len();
                if room == 0 {
                    break Progress::Full;
                }
                let length = usize::try_from(self.size).unwrap_or(usize::MAX).min(rest.len()).min(room);
                output.extend_from_slice(&rest[..length]);
                at += length;
                self.size -= length as u64;
                if self.size == 0 {
                    self.state = State::DataReturn;
                }
                continue;
            }
            self.state = self.next(*byte, output.len())?;
            at += 1;
        };
        input.advance(at);
        Ok(progress)
    }

    /// Takes from `input` without keeping the body: how many bytes were used, and whether the body has ended with them.
    pub fn skip(&mut self, input: &[u8]) -> Result<(usize, bool), ChunkError> {
        let mut at = 0;
        while self.state != State::Done {
            let Some(byte) = input.get(at) else { return Ok((at, false)) };
            if self.state == State::Data {
                let length = usize::try_from(self.size).unwrap_or(usize::MAX).min(input.len() - at);
                at += length;
                self.size -= length as u64;
                if self.size == 0 {
                    self.state = State::DataReturn;
                }
                continue;
            }
            self.state = self.next(*byte, 0)?;
            at += 1;
        }
        Ok((at, true))
    }

    fn next(&mut self, byte: u8, decoded: usize) -> Result<State, ChunkError> {
        match (self.state, byte) {
            (State::SizeStart | State::Size, _) if byte.is_ascii_hexdigit() => self.digit(byte),
            (State::Size | State::Extension, b'\r') => Ok(State::SizeEnd),
            (State::Size | State::Extension | State::TrailerStart | State::TrailerValue, b'\n') => {
                Err(ChunkError::LineEnd)
            }
            (State::Size | State::SizeBlank, b';') => self.extension(),
            (State::Size | State::SizeBlank, _) if is_blank(byte) => self.extension().map(|_| State::SizeBlank),
            (State::SizeStart | State::Size | State::SizeBlank, _) => Err(ChunkError::Size { byte }),

            (State::Extension, _) if is_value(byte) => self.extension(),
            (State::Extension, _) => Err(ChunkError::Extension { byte }),

            (State::SizeEnd, b'\n') => self.chunk(decoded),
            (State::SizeEnd | State::TrailerFeed | State::LastFeed, _) if byte != b'\n' => Err(ChunkError::LineEnd),

            (State::DataReturn, b'\r') => Ok(State::DataFeed),
            (State::DataFeed, b'\n') => {
                self.digits = 0;
                Ok(State::SizeStart)
            }
            (State::DataReturn | State::DataFeed, _) => Err(ChunkError::DataEnd),

            (State::TrailerStart, b'\r') => Ok(State::LastFeed),
            (State::TrailerStart | State::TrailerName, _) if is_token(byte) => self.trailer(State::TrailerName),
            (State::TrailerName, b':') => self.trailer(State::TrailerValue),
            (State::TrailerValue, b'\r') => Ok(State::TrailerFeed),
            (State::TrailerValue, _) if is_value(byte) => self.trailer(State::TrailerValue),
            (State::TrailerStart | State::TrailerName | State::TrailerValue, _) => Err(ChunkError::Trailer { byte }),
            (State::TrailerFeed, _) => Ok(State::TrailerStart),
            (State::LastFeed | State::Done, _) => Ok(State::Done),
            (State::SizeEnd | State::Data, _) => unreachable!("a feed is taken above, data by the caller"),
        }
    }

    fn digit(&mut self, byte: u8) -> Result<State, ChunkError> {
        if self.digits == SIZE_DIGITS {
            return Err(ChunkError::SizeOverflow);
        }
        if self.digits == 0 {
            self.size = 0;
        }
        self.digits += 1;
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            _ => (byte | 0x20) - b'a' + 10,
        };
        self.size = self.size << 4 | u64::from(digit);
        Ok(State::Size)
    }

    fn extension(&mut self) -> Result<State, ChunkError> {
        self.extensions += 1;
        if self.extensions > EXTRA_BYTES { Err(ChunkError::ExtensionsTooLong) } else { Ok(State::Extension) }
    }

    fn trailer(&mut self, next: State) -> Result<State, ChunkError> {
        self.trailers += 1;
        if self.trailers > EXTRA_BYTES { Err(ChunkError::TrailersTooLong) } else { Ok(next) }
    }

    fn chunk(&self, decoded: usize) -> Result<State, ChunkError> {
        match self.size {
            0 => Ok(State::TrailerStart),
            size if size > self.limit.saturating_sub(decoded) as u64 => Err(ChunkError::TooLarge { limit: self.limit }),
            _ => Ok(State::Data),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The body, and what is left behind it.
    type Decoded = (Vec<u8>, Vec<u8>);

    /// Decodes in pieces of `step` bytes; `None` while the body has not ended.
    fn decode(bytes: &[u8], step: usize, limit: usize) -> Result<Option<Decoded>, ChunkError> {
        let mut decoder = ChunkedDecoder::new(limit);
        let mut output = Vec::with_capacity(limit.min(1 << 16));
        let mut input = BytesMut::new();
        let mut fed = 0;
        loop {
            match decoder.decode(&mut input, &mut output)? {
                Progress::Done => {
                    input.extend_from_slice(&bytes[fed..]);
                    return Ok(Some((output, input.to_vec())));
                }
                Progress::Full => output.reserve(1),
                Progress::Hungry if fed == bytes.len() => return Ok(None),
                Progress::Hungry => {
                    let next = (fed + step).min(bytes.len());
                    input.extend_from_slice(&bytes[fed..next]);
                    fed = next;
                }
            }
        }
    }

    #[test]
    fn good_bodies_are_read_in_pieces_of_any_size() {
        for (text, body) in [
            ("0\r\n\r\n", ""),
            ("5\r\nhello\r\n0\r\n\r\n", "hello"),
            ("5\r\nhello\r\n6\r\n world\r\n000\r\n\r\n", "hello world"),
            ("00a\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
            ("A;x=\"y;z\"\r\n\r\n\r\n\r\n\r\n\r\n\r\n0;last\r\n\r\n", "\r\n\r\n\r\n\r\n\r\n"),
            ("1 \t;x\r\na\r\n0\r\n\r\n", "a"),
            ("1\r\na\r\n0\r\nX-Trailer: 1\r\nContent-Length: 99\r\n\r\n", "a"),
        ] {
            for step in 1..=text.len() {
                let next = format!("{text}GET");
                let expected = Ok(Some((body.as_bytes().to_vec(), b"GET".to_vec())));
                assert_eq!(decode(next.as_bytes(), step, 100), expected, "{text:?} by {step}");
            }
            for cut in 0..text.len() {
                assert_eq!(decode(&text.as_bytes()[..cut], 1, 100), Ok(None), "{text:?} cut at {cut}");
            }
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, error) in [
            ("\r\n", ChunkError::Size { byte: b'\r' }),
            (" 5\r\n", ChunkError::Size { byte: b' ' }),
            ("+5\r\n", ChunkError::Size { byte: b'+' }),
            ("-5\r\n", ChunkError::Size { byte: b'-' }),
            ("0x5\r\n", ChunkError::Size { byte: b'x' }),
            ("5 \r\n", ChunkError::Size { byte: b'\r' }),
            ("5g\r\n", ChunkError::Size { byte: b'g' }),
            (";x\r\n", ChunkError::Size { byte: b';' }),
            ("00000000000000005\r\n", ChunkError::SizeOverflow),
            ("FFFFFFFFFFFFFFFFF\r\n", ChunkError::SizeOverflow),
            ("FFFFFFFFFFFFFFFF\r\n", ChunkError::TooLarge { limit: 100 }),
            ("65\r\n", ChunkError::TooLarge { limit: 100 }),
            ("5\n", ChunkError::LineEnd),
            ("5\rh", ChunkError::LineEnd),
            ("5;a\nhello", ChunkError::LineEnd),
            ("5;a\0", ChunkError::Extension { byte: 0 }),
            ("5\r\nhelloX", ChunkError::DataEnd),
            ("5\r\nhello\n", ChunkError::DataEnd),
            ("5\r\nhello\rX", ChunkError::DataEnd),
            ("0\r\n\n", ChunkError::LineEnd),
            ("0\r\n\rX", ChunkError::LineEnd),
            ("0\r\n: x\r\n", ChunkError::Trailer { byte: b':' }),
            ("0\r\n x\r\n", ChunkError::Trailer { byte: b' ' }),
            ("0\r\nGET / HTTP/1.1\r\n", ChunkError::Trailer { byte: b' ' }),
            ("0\r\na: b\n", ChunkError::LineEnd),
            ("0\r\na: \0\r\n", ChunkError::Trailer { byte: 0 }),
        ] {
            for step in [1, 1000] {
                assert_eq!(decode(text.as_bytes(), step, 100), Err(error), "{text:?}");
            }
        }
    }

    #[test]
    fn the_limits_are_exact() {
        for (limit, good) in [(11, true), (10, false)] {
            let found = decode(b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", 3, limit);
            assert_eq!(found.is_ok(), good, "{limit}");
        }
        for (extra, good) in [(EXTRA_BYTES, true), (EXTRA_BYTES + 1, false)] {
            let fill = "x".repeat(extra - 1);
            assert_eq!(decode(format!("0;{fill}\r\n\r\n").as_bytes(), 999, 10).is_ok(), good, "{extra}");
            let fill = "x".repeat(extra - 2);
            assert_eq!(decode(format!("0\r\na:{fill}\r\n\r\n").as_bytes(), 999, 10).is_ok(), good, "{extra}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_or_exceed_the_limit(
            bytes in prop::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'1'), Just(b'0'), any::<u8>()], 0..200),
            step in 1usize..50,
        ) {
            if let Ok(Some((body, _))) = decode(&bytes, step, 20) {
                prop_assert!(body.len() <= 20);
            }
        }

        #[test]
        fn any_body_in_any_chunks_comes_back(
            body in prop::collection::vec(any::<u8>(), 0..500),
            cuts in prop::collection::vec(1usize..100, 1..20),
            step in 1usize..200,
        ) {
            let mut wire = Vec::new();
            let mut rest = &body[..];
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (chunk, after) = rest.split_at((*cut).min(rest.len()));
                wire.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                wire.extend_from_slice(chunk);
                wire.extend_from_slice(b"\r\n");
                rest = after;
            }
            wire.extend_from_slice(b"0\r\n\r\n");
            prop_assert_eq!(decode(&wire, step, 500), Ok(Some((body, Vec::new()))));
        }
    }
}
