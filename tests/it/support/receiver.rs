//! Endpoints that we did not write (`tiny_http`), doing as the test says; and a bare socket for what no server would do.
//!
//! Both hand over what they were sent, and fail the test if nobody called.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, channel};
use std::sync::{Arc, Barrier};
use std::thread::{self, JoinHandle};

use super::STUCK;

/// What a receiver does with a request.
#[derive(Clone)]
pub(crate) enum Answer {
    /// An empty answer with this status.
    Status(u16),
    /// A whole answer: status, headers, body.
    Full(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// 200, once so many others wait at the same barrier: proof that they were called side by side.
    Together(Arc<Barrier>),
    /// None as long as the receiver lives.
    Never,
}

/// A request as a receiver got it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Received {
    /// The method.
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// Names and values, spelt and ordered as on the wire.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Received {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }
}

/// An HTTP server that answers as it is told.
pub(crate) struct Receiver {
    server: Arc<tiny_http::Server>,
    address: SocketAddr,
    got: mpsc::Receiver<Received>,
    called: bool,
    worker: Option<JoinHandle<()>>,
}

impl Receiver {
    /// Answers with these statuses in turn; the last one goes on.
    pub(crate) fn answering<const N: usize>(statuses: [u16; N]) -> Self {
        Self::scripted(statuses.map(Answer::Status).to_vec())
    }

    /// Does these things in turn; the last one goes on.
    pub(crate) fn scripted(answers: Vec<Answer>) -> Self {
        let server = Arc::new(tiny_http::Server::http("127.0.0.1:0").expect("a free port"));
        let address = server.server_addr().to_ip().expect("an IP address");
        let (tell, got) = channel();
        let theirs = server.clone();
        let worker = thread::spawn(move || {
            let mut held = Vec::new();
            for (at, mut request) in theirs.incoming_requests().enumerate() {
                // Told before it is answered: when the sender has its answer, the test can have the request.
                let _ = tell.send(received(&mut request));
                match &answers[at.min(answers.len() - 1)] {
                    Answer::Status(status) => respond(request, tiny_http::Response::empty(*status)),
                    Answer::Full(status, headers, body) => {
                        let mut answer = tiny_http::Response::from_data(body.clone()).with_status_code(*status);
                        for (name, value) in headers {
                            answer.add_header(
                                tiny_http::Header::from_bytes(name.as_bytes(), value.as_bytes()).expect("a header"),
                            );
                        }
                        respond(request, answer);
                    }
                    Answer::Together(barrier) => {
                        barrier.wait();
                        respond(request, tiny_http::Response::empty(200));
                    }
                    Answer::Never => held.push(request),
                }
            }
        });
        Self { server, address, got, called: false, worker: Some(worker) }
    }

    /// A URL on it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The next request; waits for it.
    #[track_caller]
    pub(crate) fn next(&mut self) -> Received {
        let received = self.got.recv_timeout(STUCK).expect("nobody called the receiver");
        self.called = true;
        received
    }

    /// All requests so far that `next` has not given.
    pub(crate) fn all(&mut self) -> Vec<Received> {
        let all: Vec<Received> = self.got.try_iter().collect();
        self.called |= !all.is_empty();
        all
    }

    /// Wants that nobody called.
    #[track_caller]
    pub(crate) fn was_left_alone(mut self) {
        let all = self.all();
        self.called = true;
        assert!(all.is_empty(), "the receiver was called: {all:?}");
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(worker) = self.worker.take() {
            let _ = worker.join();
        }
        self.called |= self.got.try_recv().is_ok();
        assert!(self.called || thread::panicking(), "nobody called the receiver");
    }
}

fn respond<R: Read>(request: tiny_http::Request, answer: tiny_http::Response<R>) {
    // Who does not wait for the answer does not get it.
    let _ = request.respond(answer);
}

fn received(request: &mut tiny_http::Request) -> Received {
    let headers =
        request.headers().iter().map(|h| (h.field.as_str().as_str().to_owned(), h.value.as_str().to_owned())).collect();
    let (method, target) = (request.method().as_str().to_owned(), request.url().to_owned());
    let mut body = Vec::new();
    // A body that breaks off is as long as it got.
    let _ = request.as_reader().read_to_end(&mut body);
    Received { method, target, headers, body }
}

/// What a bare socket does once a request came.
#[derive(Clone)]
pub(crate) enum Reply {
    /// Writes these bytes and closes.
    Bytes(Vec<u8>),
    /// Closes without a word.
    Close,
    /// Resets the connection.
    Reset,
}

/// A bare socket that takes connections one after the other.
pub(crate) struct Peer {
    address: SocketAddr,
    got: mpsc::Receiver<Vec<u8>>,
    called: bool,
}

impl Peer {
    /// Does these things in turn, one a connection, then closes the socket.
    pub(crate) fn replying<const N: usize>(replies: [Reply; N]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (tell, got) = channel();
        thread::spawn(move || {
            for reply in replies {
                let Ok((mut stream, _)) = listener.accept() else { return };
                if let Reply::Reset = reply {
                    // Closing a socket with unread bytes in it is what makes the system reset the connection.
                    let first = stream.peek(&mut [0]).map(|_| Vec::new()).unwrap_or_default();
                    let _ = tell.send(first);
                    continue;
                }
                let _ = tell.send(read_request(&mut stream));
                if let Reply::Bytes(bytes) = reply {
                    let _ = stream.write_all(&bytes);
                }
            }
        });
        Self { address, got, called: false }
    }

    /// A URL on it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The next request, byte for byte (of one that was reset: nothing); waits for it.
    #[track_caller]
    pub(crate) fn next(&mut self) -> Vec<u8> {
        let bytes = self.got.recv_timeout(STUCK).expect("nobody called the socket");
        self.called = true;
        bytes
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.called |= self.got.try_recv().is_ok();
        assert!(self.called || thread::panicking(), "nobody called the socket");
    }
}

/// Reads a head, and the body that its `Content-Length` announces.
fn read_request(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        let Ok(read @ 1..) = stream.read(&mut buffer) else { return bytes };
        bytes.extend_from_slice(&buffer[..read]);
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .map_or(0, |length| length.trim().parse::<usize>().expect("a length"));
        if bytes.len() >= end + 4 + length {
            return bytes;
        }
    }
}

/// A port on which nobody listens, and which nobody else can take: it is the near end of a connection.
pub(crate) struct Nobody {
    address: SocketAddr,
    _connection: (TcpListener, TcpStream),
}

impl Nobody {
    /// Keeps such a port.
    pub(crate) fn new() -> Self {
        let far = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let near = TcpStream::connect(far.local_addr().expect("an address")).expect("a connection");
        Self { address: near.local_addr().expect("an address"), _connection: (far, near) }
    }

    /// A URL on it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}
