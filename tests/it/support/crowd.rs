//! A receiver for many connections at once: a thread each, what arrived kept as it came, answers as the test decides.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::receiver::Received;

/// What becomes of a request.
#[derive(Debug, Clone)]
pub(crate) enum Turn {
    /// These bytes, and the connection stays.
    Write(Vec<u8>),
    /// These bytes after a wait.
    After(Duration, Vec<u8>),
    /// These bytes, and the connection ends.
    Last(Vec<u8>),
    /// The connection is reset.
    Reset,
    /// Nothing, ever.
    Silence,
}

/// An answer with this status and no body.
pub(crate) fn answer(status: u16) -> Vec<u8> {
    format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n").into_bytes()
}

/// The receiver.
pub(crate) struct Crowd {
    address: SocketAddr,
    got: Arc<Mutex<Vec<Received>>>,
    connections: Arc<AtomicUsize>,
}

impl Crowd {
    /// Does with each request, counted from 0, what the test says.
    pub(crate) fn new(turn: impl Fn(usize, &Received) -> Turn + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let got: Arc<Mutex<Vec<Received>>> = Arc::default();
        let connections: Arc<AtomicUsize> = Arc::default();
        let (theirs, opened, turn) = (got.clone(), connections.clone(), Arc::new(turn));
        // It ends with the test's process.
        thread::spawn(move || {
            for stream in super::connections(&listener) {
                opened.fetch_add(1, Ordering::Relaxed);
                let (got, turn) = (theirs.clone(), turn.clone());
                thread::spawn(move || serve(stream, &got, turn.as_ref()));
            }
        });
        Self { address, got, connections }
    }

    /// Answers everything with this status.
    pub(crate) fn answering(status: u16) -> Self {
        Self::new(move |_, _| Turn::Write(answer(status)))
    }

    /// A URL on it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Everything that has arrived.
    pub(crate) fn all(&self) -> Vec<Received> {
        self.got.lock().expect("no panic").clone()
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

fn serve(mut stream: TcpStream, got: &Mutex<Vec<Received>>, turn: &(dyn Fn(usize, &Received) -> Turn + Send + Sync)) {
    let _ = stream.set_nodelay(true);
    let mut buffer = Vec::new();
    while let Some(request) = read(&mut stream, &mut buffer) {
        let number = {
            let mut got = got.lock().expect("no panic");
            got.push(request.clone());
            got.len() - 1
        };
        let written = match turn(number, &request) {
            Turn::Write(bytes) => stream.write_all(&bytes),
            Turn::After(wait, bytes) => {
                // It is what the receiver of this test does, not what the test waits for.
                thread::sleep(wait);
                stream.write_all(&bytes)
            }
            Turn::Last(bytes) => {
                let _ = stream.write_all(&bytes);
                return;
            }
            Turn::Reset => {
                // Closing with unread bytes, or with no time to linger, resets; this needs no privilege.
                let _ = socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO));
                return;
            }
            Turn::Silence => {
                // Until the other side gives up.
                let _ = stream.read(&mut [0; 1]);
                return;
            }
        };
        if written.is_err() {
            return;
        }
    }
}

fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Received> {
    let mut piece = [0; 16 * 1024];
    loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8(buffer[..end].to_vec()).expect("a head");
            let mut lines = head.lines();
            let mut start = lines.next()?.split(' ').map(str::to_owned);
            let (method, target) = (start.next()?, start.next()?);
            let headers: Vec<(String, String)> = lines
                .map(|line| line.split_once(": ").expect("a header"))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            let mut request = Received { method, target, headers, body: Vec::new() };
            let length: usize = request.header("content-length").map_or(0, |n| n.parse().expect("a length"));
            if buffer.len() >= end + 4 + length {
                request.body = buffer[end + 4..end + 4 + length].to_vec();
                buffer.drain(..end + 4 + length);
                return Some(request);
            }
        }
        match stream.read(&mut piece) {
            Ok(count @ 1..) => buffer.extend_from_slice(&piece[..count]),
            _ => return None,
        }
    }
}
