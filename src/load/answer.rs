//! Answers as they come from a socket: their status, and where they end. Nothing of them is kept.
//!
//! As strict as the rest of hookctl's HTTP: what could be read in two ways is no answer. An answer that comes in one piece,
//! which is nearly all of them, is read where it lies.

use crate::http::chunked::ChunkedDecoder;
use crate::http::head::{AnswerFrame, Framing, HeadError, HeadLimits, HeadScan, Scan, parse_answer_frame};

/// Of all methods only HEAD changes how an answer is read, and no delivery has that.
const ANSWERING: &str = "POST";

/// What an answer came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Answer {
    /// Its status.
    pub(super) status: u16,
    /// Whether the connection can take another request.
    pub(super) keep_alive: bool,
}

/// The answer is not HTTP, or breaks its rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// Where the reading of one answer stands.
#[derive(Debug, Default)]
pub(super) struct AnswerReader {
    state: State,
    /// The beginning of a head whose end has not come.
    head: Vec<u8>,
}

#[derive(Debug, Default)]
enum State {
    /// Between answers, or within the first bytes of a head.
    #[default]
    Head,
    /// Within a head that came in pieces.
    Pieces(HeadScan),
    Length(Answer, u64),
    Chunked(Answer, ChunkedDecoder),
    UntilClose(Answer),
}

impl AnswerReader {
    /// Takes bytes; gives the answer once it is whole. Of what is left then, `true` says that there is some.
    pub(super) fn feed(&mut self, mut bytes: &[u8]) -> Result<Option<(Answer, bool)>, Malformed> {
        loop {
            match &mut self.state {
                State::Head => {
                    if bytes.is_empty() {
                        return Ok(None);
                    }
                    match parse_answer_frame(bytes, ANSWERING, &HeadLimits::default()) {
                        Ok(frame) => {
                            bytes = &bytes[frame.length..];
                            if let Some(answer) = self.begin(&frame) {
                                return Ok(Some((answer, !bytes.is_empty())));
                            }
                        }
                        Err(HeadError::Incomplete) => self.state = State::Pieces(HeadScan::new()),
                        Err(_) => return Err(Malformed),
                    }
                }
                State::Pieces(scan) => {
                    let before = self.head.len();
                    let room = (HeadLimits::default().bytes + 1).saturating_sub(before).min(bytes.len());
                    self.head.extend_from_slice(&bytes[..room]);
                    match scan.advance(&self.head, &HeadLimits::default()) {
                        Scan::More => return Ok(None),
                        Scan::Bad(_) => return Err(Malformed),
                        Scan::End(end) => {
                            let head = std::mem::take(&mut self.head);
                            let frame = parse_answer_frame(&head[..end], ANSWERING, &HeadLimits::default());
                            let frame = frame.map_err(|_| Malformed)?;
                            bytes = &bytes[end - before..];
                            if let Some(answer) = self.begin(&frame) {
                                return Ok(Some((answer, !bytes.is_empty())));
                            }
                        }
                    }
                }
                State::Length(answer, left) => {
                    let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                    *left -= taken as u64;
                    bytes = &bytes[taken..];
                    if *left > 0 {
                        return Ok(None);
                    }
                    let answer = *answer;
                    self.state = State::Head;
                    return Ok(Some((answer, !bytes.is_empty())));
                }
                State::Chunked(answer, decoder) => {
                    let (taken, done) = decoder.skip(bytes).map_err(|_| Malformed)?;
                    if !done {
                        return Ok(None);
                    }
                    let answer = *answer;
                    self.state = State::Head;
                    return Ok(Some((answer, taken < bytes.len())));
                }
                State::UntilClose(_) => return Ok(None),
            }
        }
    }

    /// The connection has ended: the answer, if that is how it says that it is whole.
    pub(super) fn close(&mut self) -> Option<Answer> {
        match std::mem::take(&mut self.state) {
            State::UntilClose(answer) => Some(answer),
            _ => None,
        }
    }

    /// Goes on behind a head; gives the answer if it has no body. Interim answers announce another one; a switch of
    /// protocols does not.
    fn begin(&mut self, frame: &AnswerFrame) -> Option<Answer> {
        let answer = Answer { status: frame.status, keep_alive: frame.keep_alive && frame.status != 101 };
        self.state = State::Head;
        if (100..200).contains(&frame.status) && frame.status != 101 {
            return None;
        }
        match frame.framing {
            Framing::None | Framing::Length(0) => return Some(answer),
            Framing::Length(length) => self.state = State::Length(answer, length),
            Framing::Chunked => {
                self.state = State::Chunked(answer, ChunkedDecoder::new(usize::MAX));
            }
            Framing::UntilClose => self.state = State::UntilClose(answer),
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds the bytes in pieces of so many.
    fn read(bytes: &[u8], step: usize) -> Result<Option<(Answer, bool)>, Malformed> {
        let mut reader = AnswerReader::default();
        for (at, piece) in bytes.chunks(step).enumerate() {
            if let Some((answer, more)) = reader.feed(piece)? {
                return Ok(Some((answer, more || (at + 1) * step < bytes.len())));
            }
        }
        Ok(reader.close().map(|answer| (answer, false)))
    }

    #[test]
    fn answers_end_where_they_say_however_they_are_cut() {
        let keep = |status| Answer { status, keep_alive: true };
        let close = |status| Answer { status, keep_alive: false };
        for (bytes, answer) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", Some(keep(200))),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", Some(keep(200))),
            ("HTTP/1.1 204 \r\n\r\n", Some(keep(204))),
            ("HTTP/1.1 202 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n", Some(keep(202))),
            (
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n!",
                Some(keep(200)),
            ),
            ("HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", Some(close(101))),
            ("HTTP/1.1 500 No\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno", Some(close(500))),
            ("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", Some(close(200))),
            ("HTTP/1.1 200 OK\r\n\r\nuntil the end", Some(close(200))),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", None),
            ("HTTP/1.1 200 OK\r\nContent-", None),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", None),
        ] {
            for step in [1, 2, 7, bytes.len()] {
                assert_eq!(read(bytes.as_bytes(), step), Ok(answer.map(|a| (a, false))), "{bytes:?} by {step}");
            }
        }
        let two = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n";
        assert_eq!(read(two.as_bytes(), two.len()), Ok(Some((keep(200), true))), "what nobody asked for is noticed");
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(70_000));
        for bytes in [
            "SSH-2.0-OpenSSH\r\n\r\n",
            "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "HTTP/1.1 20 OK\r\n\r\n",
            &long,
        ] {
            for step in [1, bytes.len()] {
                assert_eq!(
                    read(bytes.as_bytes(), step),
                    Err(Malformed),
                    "{:?} by {step}",
                    &bytes[..40.min(bytes.len())]
                );
            }
        }
    }
}
