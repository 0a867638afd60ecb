//! Server-sent events: bytes in, events out, however the bytes are cut.

use std::time::Duration;

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The last id that was said by then; empty if none was.
    pub id: String,
    /// `message` unless it says otherwise.
    pub kind: String,
    /// Its data; `None`: more than is taken.
    pub data: Option<Vec<u8>>,
}

/// Reads a stream of events.
#[derive(Debug)]
pub struct Parser {
    /// Bytes of one event that are kept.
    limit: usize,
    line: Vec<u8>,
    /// Whether the last byte was a CR, so that an LF behind it ends nothing.
    after_cr: bool,
    /// Whether nothing has been read.
    at_start: bool,
    data: Option<Vec<u8>>,
    kind: String,
    id: String,
    is_too_large: bool,
    retry: Option<Duration>,
}

impl Parser {
    /// Takes events of up to so many bytes. `id` is the last one of the stream that this one goes on from.
    pub fn new(limit: usize, id: String) -> Self {
        Self {
            limit,
            line: Vec::new(),
            after_cr: false,
            at_start: true,
            data: None,
            kind: String::new(),
            id,
            is_too_large: false,
            retry: None,
        }
    }

    /// How long the server wants clients to wait before they come back, if it has said so.
    pub fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// Takes bytes, and gives the events that end in them.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for byte in bytes {
            match byte {
                b'\n' if self.after_cr => self.after_cr = false,
                b'\r' | b'\n' => {
                    self.after_cr = *byte == b'\r';
                    events.extend(self.end_of_line());
                }
                byte => {
                    self.after_cr = false;
                    if self.line.len() + self.data.as_ref().map_or(0, Vec::len) < self.limit {
                        self.line.push(*byte);
                    } else {
                        self.is_too_large = true;
                    }
                }
            }
        }
        events
    }

    fn end_of_line(&mut self) -> Option<Event> {
        let line = std::mem::take(&mut self.line);
        let line = if std::mem::replace(&mut self.at_start, false) {
            line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line)
        } else {
            &line
        };
        if line.is_empty() {
            return self.dispatch();
        }
        let (name, value) = match line.iter().position(|byte| *byte == b':') {
            // A comment.
            Some(0) => return None,
            Some(at) => (&line[..at], line[at + 1..].strip_prefix(b" ").unwrap_or(&line[at + 1..])),
            None => (line, &b""[..]),
        };
        match name {
            b"data" => match &mut self.data {
                Some(data) => {
                    data.push(b'\n');
                    data.extend_from_slice(value);
                }
                none => *none = Some(value.to_vec()),
            },
            b"event" => self.kind = String::from_utf8_lossy(value).into_owned(),
            b"id" if !value.contains(&0) => self.id = String::from_utf8_lossy(value).into_owned(),
            b"retry" => {
                let millis = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
                self.retry = millis.map(Duration::from_millis).or(self.retry);
            }
            _ => {}
        }
        None
    }

    fn dispatch(&mut self) -> Option<Event> {
        let (kind, is_too_large) = (std::mem::take(&mut self.kind), std::mem::take(&mut self.is_too_large));
        let data = self.data.take()?;
        let kind = if kind.is_empty() { "message".to_owned() } else { kind };
        Some(Event { id: self.id.clone(), kind, data: (!is_too_large).then_some(data) })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn event(id: &str, kind: &str, data: &str) -> Event {
        Event { id: id.into(), kind: kind.into(), data: Some(data.as_bytes().to_vec()) }
    }

    const STREAM: &[u8] = b"\xef\xbb\xbf: hello\n\nid: 1\nevent: ready\ndata: {}\n\ndata: a\r\ndata:b\rdata\r\n\r\nid\nretry: 250\nretry: x\n\
        nonsense\nunknown: 1\ndata:  c\n\nevent: nothing\n\ndata: never ends\n";

    fn expected() -> Vec<Event> {
        vec![event("1", "ready", "{}"), event("1", "message", "a\nb\n"), event("", "message", " c")]
    }

    #[test]
    fn events_are_read_as_the_standard_says() {
        let mut parser = Parser::new(1_000, String::new());
        assert_eq!(parser.feed(STREAM), expected());
        assert_eq!(parser.retry(), Some(Duration::from_millis(250)));
        assert_eq!(Parser::new(1_000, "7".into()).feed(b"data: x\n\n"), [event("7", "message", "x")]);
    }

    #[test]
    fn what_is_too_large_is_told_and_costs_no_memory() {
        let mut parser = Parser::new(10, String::new());
        assert!(parser.feed(b"id: 5\ndata: ").is_empty());
        for _ in 0..1_000 {
            assert!(parser.feed(&[b'x'; 1_000]).is_empty());
        }
        assert!(parser.line.capacity() < 100);
        let events = parser.feed(b"\n\ndata: ok\n\n");
        assert_eq!(events, [Event { id: "5".into(), kind: "message".into(), data: None }, event("5", "message", "ok")]);
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_the_bytes_are_cut(cuts in proptest::collection::vec(0..STREAM.len(), 0..8)) {
            let mut cuts = cuts;
            cuts.sort_unstable();
            let mut parser = Parser::new(1_000, String::new());
            let (mut events, mut from) = (Vec::new(), 0);
            for cut in cuts.into_iter().chain([STREAM.len()]) {
                events.extend(parser.feed(&STREAM[from..cut]));
                from = cut;
            }
            prop_assert_eq!(events, expected());
        }
    }
}
