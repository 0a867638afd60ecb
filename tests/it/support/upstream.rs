//! An endpoint on bare sockets that keeps its connections: it hands over every request byte for byte, and answers with
//! whatever bytes a test says.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::STUCK;

/// What an upstream does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Writes these bytes and keeps the connection.
    Say(Vec<u8>),
    /// Writes these bytes and closes.
    SayAndClose(Vec<u8>),
    /// Writes these bytes one at a time.
    Drip(Vec<u8>),
    /// 500 where the body has this in it, else 200.
    Refuse(&'static str),
    /// Says nothing as long as the client waits.
    Hang,
}

impl Act {
    /// An empty answer with this status.
    pub(crate) fn status(status: u16) -> Self {
        Self::Say(format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n").into_bytes())
    }
}

/// A request as it was on the wire, and on which connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wired {
    /// Counting from 0.
    pub(crate) connection: usize,
    /// Head and body.
    pub(crate) bytes: Vec<u8>,
}

impl Wired {
    /// Request line and header lines, in order, without their line ends.
    pub(crate) fn lines(&self) -> Vec<Vec<u8>> {
        let end = self.bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
        let mut lines = vec![Vec::new()];
        let mut rest = self.bytes[..end].iter();
        while let Some(byte) = rest.next() {
            if *byte == b'\r' {
                assert_eq!(rest.next(), Some(&b'\n'), "a bare CR");
                lines.push(Vec::new());
            } else {
                lines.last_mut().expect("a line").push(*byte);
            }
        }
        lines
    }

    /// The body.
    pub(crate) fn body(&self) -> &[u8] {
        let end = self.bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
        &self.bytes[end + 4..]
    }
}

/// The endpoint. It listens until it is dropped.
pub(crate) struct Upstream {
    address: SocketAddr,
    got: mpsc::Receiver<Wired>,
    act: Arc<Mutex<Act>>,
    open: Arc<Mutex<Vec<TcpStream>>>,
    stop: Arc<Mutex<bool>>,
}

impl Upstream {
    /// Answers 200 until it is told otherwise.
    pub(crate) fn new() -> Self {
        Self::at("127.0.0.1:0".parse().expect("an address"))
    }

    /// At this address, which may have been another one's a moment ago.
    pub(crate) fn at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (tell, got) = channel();
        let act = Arc::new(Mutex::new(Act::status(200)));
        let (open, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(false)));
        let (theirs, streams, stopped) = (act.clone(), open.clone(), stop.clone());
        thread::spawn(move || {
            for (connection, stream) in super::connections(&listener).enumerate() {
                if *stopped.lock().expect("a flag") {
                    return;
                }
                streams.lock().expect("streams").push(stream.try_clone().expect("a socket"));
                let (tell, act) = (tell.clone(), theirs.clone());
                thread::spawn(move || serve(connection, stream, &tell, &act));
            }
        });
        Self { address, got, act, open, stop }
    }

    /// From now on does this with every request.
    pub(crate) fn acts(&self, act: Act) {
        *self.act.lock().expect("an act") = act;
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// A URL on it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The next request; waits for it.
    #[track_caller]
    pub(crate) fn next(&self) -> Wired {
        self.got.recv_timeout(STUCK).expect("nobody called the upstream")
    }

    /// All requests so far that `next` has not given.
    pub(crate) fn all(&self) -> Vec<Wired> {
        self.got.try_iter().collect()
    }

    /// Closes the listening socket and every connection: nobody listens there any more.
    pub(crate) fn close(&self) {
        *self.stop.lock().expect("a flag") = true;
        // Wakes the one that accepts.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
        for stream in self.open.lock().expect("streams").drain(..) {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.close();
    }
}

fn serve(connection: usize, mut stream: TcpStream, tell: &Sender<Wired>, act: &Mutex<Act>) {
    let mut buffer = Vec::new();
    while let Some(bytes) = request(&mut stream, &mut buffer) {
        let act = act.lock().expect("an act").clone();
        let refused = matches!(act, Act::Refuse(text) if bytes.windows(text.len()).any(|part| part == text.as_bytes()));
        let _ = tell.send(Wired { connection, bytes });
        match act {
            Act::Refuse(_) => {
                let Act::Say(answer) = Act::status(if refused { 500 } else { 200 }) else { return };
                if stream.write_all(&answer).is_err() {
                    return;
                }
            }
            Act::Say(answer) => {
                if stream.write_all(&answer).is_err() {
                    return;
                }
            }
            Act::SayAndClose(answer) => {
                let _ = stream.write_all(&answer);
                return;
            }
            Act::Drip(answer) => {
                for byte in answer {
                    if stream.write_all(&[byte]).is_err() {
                        return;
                    }
                }
            }
            Act::Hang => {
                let _ = stream.read(&mut [0]);
                return;
            }
        }
    }
}

/// Reads a request with a `Content-Length` or without a body; anything else in the framing is a failure of the test.
fn request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Vec<u8>> {
    let mut piece = [0; 16 * 1024];
    loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).to_lowercase();
            let lengths: Vec<&str> = head.lines().filter_map(|line| line.strip_prefix("content-length:")).collect();
            assert!(lengths.len() <= 1, "more than one length: {head}");
            assert!(!head.contains("transfer-encoding"), "a transfer encoding: {head}");
            let length = lengths.first().map_or(0, |length| length.trim().parse::<usize>().expect("a length"));
            if buffer.len() >= end + 4 + length {
                return Some(buffer.drain(..end + 4 + length).collect());
            }
        }
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return None,
            Ok(read) => buffer.extend_from_slice(&piece[..read]),
        }
    }
}
