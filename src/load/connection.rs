//! One connection: a socket that does not block, the request in flight on it, and the reading of its answer.

use std::io::{self, Read, Write};
use std::net::SocketAddr;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use super::answer::AnswerReader;
use super::plan::Ticket;
use crate::model::FailureKind;

/// A request on its way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flight {
    /// What it is about.
    pub(super) ticket: Ticket,
    /// When it was to start, in nanoseconds since the start of the run.
    pub(super) intended: u64,
    /// When its first byte was written.
    pub(super) sent: u64,
}

/// What a connection is doing.
#[derive(Debug)]
pub(super) enum Doing {
    /// Waiting to be established.
    Connecting {
        /// Since then.
        since: u64,
        /// The pause before the next try, should this one fail.
        pause: u64,
    },
    /// Waiting for a request.
    Idle,
    /// Carrying a request.
    Busy(Flight),
}

/// A connection.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    pub(super) doing: Doing,
    pub(super) reader: AnswerReader,
    /// Of the request what the socket had no room for.
    rest: Vec<u8>,
    written: usize,
}

/// What came of reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    /// So many bytes.
    Bytes(usize),
    /// Nothing for now.
    Nothing,
    /// The end: closed by the other side, or broken.
    End(Option<FailureKind>),
}

impl Connection {
    /// Begins to connect.
    pub(super) fn open(
        address: SocketAddr,
        registry: &Registry,
        token: Token,
        now: u64,
        pause: u64,
    ) -> io::Result<Self> {
        let mut stream = TcpStream::connect(address)?;
        // Once for both: events come at edges, and there is nothing to change later.
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Self {
            stream,
            doing: Doing::Connecting { since: now, pause },
            reader: AnswerReader::default(),
            rest: Vec::new(),
            written: 0,
        })
    }

    /// Whether the connection is established by now.
    pub(super) fn established(&self) -> Result<bool, FailureKind> {
        if let Ok(Some(error)) | Err(error) = self.stream.take_error() {
            return Err(kind_of(&error, true));
        }
        match self.stream.peer_addr() {
            Ok(_) => {
                // Without it the last packet of a body may wait for an acknowledgement; failing to set it costs only time.
                let _ = self.stream.set_nodelay(true);
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(false),
            Err(error) => Err(kind_of(&error, true)),
        }
    }

    /// Writes a request, or as much of it as there is room for; the rest is kept.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), FailureKind> {
        debug_assert!(self.is_written(), "one request at a time");
        self.rest.clear();
        self.written = 0;
        let written = push(&mut self.stream, bytes)?;
        self.rest.extend_from_slice(&bytes[written..]);
        Ok(())
    }

    /// Writes more of what was kept.
    pub(super) fn write_rest(&mut self) -> Result<(), FailureKind> {
        self.written += push(&mut self.stream, &self.rest[self.written..])?;
        if self.is_written() && self.rest.capacity() > 0 {
            // Large bodies over many connections would add up.
            (self.rest, self.written) = (Vec::new(), 0);
        }
        Ok(())
    }

    /// Whether the whole request is written.
    pub(super) fn is_written(&self) -> bool {
        self.written == self.rest.len()
    }

    /// Reads what is there.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Came {
        loop {
            return match self.stream.read(buffer) {
                Ok(0) => Came::End(None),
                Ok(read) => Came::Bytes(read),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Came::Nothing,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => Came::End(Some(kind_of(&error, false))),
            };
        }
    }

    /// Takes it out of the event loop; it closes with being dropped.
    pub(super) fn close(mut self, registry: &Registry) {
        // The system forgets a closed socket by itself.
        let _ = registry.deregister(&mut self.stream);
    }
}

/// Writes until everything is written or there is no room.
fn push(stream: &mut TcpStream, bytes: &[u8]) -> Result<usize, FailureKind> {
    let mut written = 0;
    while written < bytes.len() {
        match stream.write(&bytes[written..]) {
            Ok(0) => return Err(FailureKind::Reset),
            Ok(more) => written += more,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(kind_of(&error, false)),
        }
    }
    Ok(written)
}

/// The kind of an error of a socket.
pub(super) fn kind_of(error: &io::Error, connecting: bool) -> FailureKind {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => FailureKind::Refused,
        io::ErrorKind::TimedOut if connecting => FailureKind::ConnectTimeout,
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => FailureKind::Reset,
        _ => FailureKind::Network,
    }
}
