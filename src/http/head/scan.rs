//! Finding the end of a head in a buffer that grows.
//!
//! Each byte is looked at once, however small the pieces in which the head comes, and a head that can no longer become
//! right is refused at once instead of being waited for.

use super::grammar::is_token;
use super::{HeadError, HeadLimits, LineEnds, METHOD_BYTES};

/// What a scan found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scan {
    /// No end yet: read more and scan again.
    More,
    /// The head is the first so many bytes, the empty line included.
    End(usize),
    /// It cannot become a head.
    Bad(HeadError),
}

/// Where a scan stands. The buffer must keep its bytes and only grow between calls.
#[derive(Debug, Clone, Default)]
pub struct HeadScan {
    line: usize,
    line_start: usize,
    seen: usize,
}

impl HeadScan {
    /// At the start of a head.
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks at what has come since the last call.
    pub fn advance(&mut self, buffer: &[u8], limits: &HeadLimits) -> Scan {
        if self.seen == 0
            && let Some(first) = buffer.first()
            && let Some(error) = not_a_head(*first, limits)
        {
            return Scan::Bad(error);
        }
        while let Some(found) = buffer.get(self.seen..).and_then(|rest| rest.iter().position(|b| *b == b'\n')) {
            let feed = self.seen + found;
            let has_return = feed > self.line_start && buffer[feed - 1] == b'\r';
            if !has_return && limits.line_ends == LineEnds::Crlf {
                return Scan::Bad(HeadError::BareLf { line: self.line + 1 });
            }
            let length = feed - self.line_start - usize::from(has_return);
            let end = feed + 1;
            if length == 0 {
                return if end > limits.bytes { too_large(limits) } else { Scan::End(end) };
            }
            self.line += 1;
            self.line_start = end;
            self.seen = end;
        }
        self.seen = buffer.len();
        if self.line == 0
            && let Some(error) = first_line_too_long(buffer, limits)
        {
            return Scan::Bad(error);
        }
        if buffer.len() >= limits.bytes {
            return too_large(limits);
        }
        Scan::More
    }
}

fn too_large(limits: &HeadLimits) -> Scan {
    Scan::Bad(HeadError::TooLarge { limit: limits.bytes })
}

fn not_a_head(first: u8, limits: &HeadLimits) -> Option<HeadError> {
    match first {
        // The record type of a TLS handshake.
        0x16 => Some(HeadError::Tls),
        b'\n' if limits.line_ends == LineEnds::Crlf => Some(HeadError::BareLf { line: 1 }),
        b'\n' | b'\r' => Some(HeadError::RequestLine),
        first if is_token(first) => None,
        _ => Some(HeadError::Method),
    }
}

fn first_line_too_long(buffer: &[u8], limits: &HeadLimits) -> Option<HeadError> {
    let method = buffer.iter().take(METHOD_BYTES + 1).position(|b| *b == b' ');
    match method {
        Some(method) if buffer.len() - method - 1 > limits.target + " HTTP/1.1\r".len() => {
            Some(HeadError::TargetTooLong { limit: limits.target })
        }
        None if buffer.len() > METHOD_BYTES => {
            let token = buffer[..METHOD_BYTES].iter().all(|b| is_token(*b));
            Some(if token { HeadError::MethodTooLong { limit: METHOD_BYTES } } else { HeadError::Method })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_found_however_the_head_is_cut() {
        let head = b"POST /a HTTP/1.1\r\nHost: x\r\n\r\nbody\r\n\r\n";
        let end = head.len() - "body\r\n\r\n".len();
        for cut in 1..head.len() {
            let mut scan = HeadScan::new();
            let first = scan.advance(&head[..cut], &HeadLimits::default());
            let expected = if cut < end { Scan::More } else { Scan::End(end) };
            assert_eq!(first, expected, "cut at {cut}");
            if cut < end {
                assert_eq!(scan.advance(head, &HeadLimits::default()), Scan::End(end), "cut at {cut}");
            }
        }
    }

    #[test]
    fn a_head_of_exactly_the_limit_passes_and_one_byte_more_does_not() {
        let head = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
        for (bytes, ok) in [(head.len(), true), (head.len() - 1, false)] {
            let limits = HeadLimits { bytes, ..HeadLimits::default() };
            let found = HeadScan::new().advance(head, &limits);
            assert_eq!(found == Scan::End(head.len()), ok, "{bytes}: {found:?}");
            // The same answer must come when the bytes come one by one.
            let mut scan = HeadScan::new();
            let slow = (1..=head.len()).map(|n| scan.advance(&head[..n], &limits)).find(|s| *s != Scan::More);
            assert_eq!(slow, Some(found));
        }
    }

    #[test]
    fn what_cannot_become_a_head_is_not_waited_for() {
        let limits = HeadLimits { target: 20, ..HeadLimits::default() };
        for (bytes, error) in [
            (&b"\x16\x03\x01"[..], HeadError::Tls),
            (b"\n", HeadError::BareLf { line: 1 }),
            (b"GET / HTTP/1.1\n", HeadError::BareLf { line: 1 }),
            (b"GET / HTTP/1.1\r\nHost: x\n", HeadError::BareLf { line: 2 }),
            (b"\0", HeadError::Method),
            (b"GET /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", HeadError::TargetTooLong { limit: 20 }),
            (&[b'A'; 65], HeadError::MethodTooLong { limit: 64 }),
        ] {
            assert_eq!(HeadScan::new().advance(bytes, &limits), Scan::Bad(error));
        }
    }
}
