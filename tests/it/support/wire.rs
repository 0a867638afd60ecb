//! A client that sends exactly what a test says, over a bare socket.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

/// A connection to a server under test.
pub(crate) struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    /// The status.
    pub(crate) status: u16,
    /// The head as text.
    pub(crate) head: String,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

impl Wire {
    /// Connects.
    pub(crate) fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_read_timeout(Some(super::STUCK)).expect("a socket");
        stream.set_nodelay(true).expect("a socket");
        Self { stream, buffer: Vec::new() }
    }

    /// Sends these bytes; a server that has closed already is its right.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        let _ = self.stream.write_all(bytes.as_ref());
        self
    }

    /// Sends a POST with these header lines and this body.
    pub(crate) fn post(&mut self, target: &str, headers: &[&str], body: &[u8]) -> &mut Self {
        let mut lines = vec![format!("POST {target} HTTP/1.1"), "Host: test".to_owned()];
        lines.extend(headers.iter().map(|line| (*line).to_owned()));
        lines.push(format!("Content-Length: {}\r\n\r\n", body.len()));
        self.send([lines.join("\r\n").as_bytes(), body].concat())
    }

    /// The next answer; `None` if the connection ends without one.
    pub(crate) fn reply(&mut self) -> Option<Reply> {
        let end = loop {
            if let Some(at) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            self.more()?;
        };
        let head = String::from_utf8_lossy(&self.buffer[..end]).into_owned();
        let length = head
            .lines()
            .find_map(|line| line.to_lowercase().strip_prefix("content-length:").map(|l| l.trim().to_owned()))
            .map_or(0, |length| length.parse().expect("a length"));
        while self.buffer.len() < end + length {
            self.more()?;
        }
        let body = self.buffer[end..end + length].to_vec();
        self.buffer.drain(..end + length);
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Some(Reply { status, head, body })
    }

    /// Reads until this text has come; what comes with it is kept for later.
    pub(crate) fn until(&mut self, text: &str) {
        loop {
            if let Some(at) = self.buffer.windows(text.len()).position(|window| window == text.as_bytes()) {
                self.buffer.drain(..at + text.len());
                return;
            }
            self.more().expect("the connection stays");
        }
    }

    /// Whether the server has closed the connection, with nothing more to read.
    pub(crate) fn is_closed(&mut self) -> bool {
        self.buffer.is_empty() && self.more().is_none()
    }

    fn more(&mut self) -> Option<()> {
        let mut piece = [0; 16 * 1024];
        match self.stream.read(&mut piece) {
            Ok(0) => None,
            Ok(read) => {
                self.buffer.extend_from_slice(&piece[..read]);
                Some(())
            }
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                panic!("the server says nothing")
            }
            Err(_) => None,
        }
    }
}
