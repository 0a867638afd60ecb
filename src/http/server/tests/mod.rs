//! The server as its clients see it.

mod ends;
mod faults;
mod malformed;
mod pieces;
mod timing;
mod valid;
mod writes;

use std::net::{IpAddr, SocketAddr};
use std::panic::panic_any;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::service::Service;
use super::*;
use crate::model::Headers;

/// Long enough for any machine; only a test that fails waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Answers by path, and remembers everything.
#[derive(Default)]
struct Recorder {
    /// `POST /path body` of each request.
    seen: Mutex<Vec<String>>,
    /// Path, status and error of each answer.
    answered: Mutex<Vec<(String, u16, Option<String>)>>,
    /// Status, reason and head of each refusal.
    refused: Mutex<Vec<(Option<u16>, String, Bytes)>>,
    /// `/hold` has been reached.
    held: Notify,
    /// Lets `/hold` go on.
    release: Notify,
    told: Notify,
    /// Nobody may speak.
    closed_to_all: AtomicBool,
    /// Every request is one too many.
    too_many: AtomicBool,
}

impl Recorder {
    fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("no panic").clone()
    }

    fn answered(&self) -> Vec<(String, u16, Option<String>)> {
        self.answered.lock().expect("no panic").clone()
    }

    fn refused(&self) -> Vec<(Option<u16>, String, Bytes)> {
        self.refused.lock().expect("no panic").clone()
    }
}

impl Handler for Recorder {
    type Ticket = String;

    fn admits(&self, _: IpAddr) -> bool {
        !self.closed_to_all.load(Relaxed)
    }

    fn gate(&self, _: IpAddr) -> Result<(), RefusalReason> {
        let wait = Duration::from_millis(1_200);
        if self.too_many.load(Relaxed) { Err(RefusalReason::Rate { wait }) } else { Ok(()) }
    }

    async fn handle(&self, incoming: Incoming) -> (Answer, String) {
        let target = incoming.head.target().to_owned();
        let body = String::from_utf8_lossy(&incoming.body[..incoming.body.len().min(100)]).into_owned();
        self.seen.lock().expect("no panic").push(format!("{} {target} {body}", incoming.head.method()));
        let mut answer = Answer::text(200, format!("{}:{}", incoming.body.len(), target));
        match target.as_str() {
            "/panic" => panic_any("on purpose"),
            "/hold" => {
                self.held.notify_one();
                self.release.notified().await;
            }
            "/large" => answer.body = vec![b'x'; 1 << 20].into(),
            "/close" => answer.close = true,
            "/reset" => answer.manner = Manner::Reset,
            "/slow" => answer.manner = Manner::Slowly(Duration::from_secs(5)),
            "/after" => answer.after = Duration::from_mins(5),
            "/silent" => answer.manner = Manner::Silent(Duration::from_mins(5)),
            "/cut" => answer.manner = Manner::Cut,
            "/length/20" => answer.manner = Manner::Length(20),
            "/length/3" => answer.manner = Manner::Length(3),
            "/unwritable" => answer.headers.push("X", "a\r\nb"),
            "/204" => answer.status = 204,
            _ => {}
        }
        (answer, target)
    }

    fn answered(&self, ticket: String, outcome: Outcome) {
        let error = outcome.sent.err().map(|error| error.to_string());
        if ticket == "/panic-later" {
            panic_any("on purpose");
        }
        self.answered.lock().expect("no panic").push((ticket, outcome.status, error));
        self.told.notify_one();
    }

    fn refused(&self, refusal: Refusal) {
        let reason = refusal.reason.to_string();
        self.refused.lock().expect("no panic").push((refusal.status, reason, refusal.head));
        self.told.notify_one();
    }
}

/// A server on a free port of this machine.
struct Running {
    address: SocketAddr,
    handler: Arc<Recorder>,
    stop: oneshot::Sender<()>,
    done: JoinHandle<ServerSummary>,
}

impl Running {
    async fn start(limits: ServerLimits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let handler = Arc::new(Recorder::default());
        let (stop, stopped) = oneshot::channel();
        let done = tokio::spawn(run(listener, limits, Arc::clone(&handler), async {
            let _ = stopped.await;
        }));
        Self { address, handler, stop, done }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("it listens")
    }

    /// Sends the bytes and reads until the server closes.
    async fn exchange(&self, bytes: &[u8], hang_up: bool) -> String {
        let mut stream = self.connect().await;
        stream.write_all(bytes).await.expect("the server reads");
        if hang_up {
            stream.shutdown().await.expect("connected");
        }
        let mut answer = Vec::new();
        timeout(PATIENCE, stream.read_to_end(&mut answer))
            .await
            .expect("the server closes")
            .expect("and not by a reset");
        String::from_utf8(answer).expect("text")
    }

    async fn is_well(&self) {
        let answer = self.exchange(b"GET /well HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", false).await;
        assert_eq!(status(&answer), 200, "{answer}");
    }

    async fn stop(self) -> ServerSummary {
        self.stop.send(()).expect("it runs");
        timeout(PATIENCE, self.done).await.expect("it stops").expect("and does not panic")
    }
}

/// A connection without a network, so that time can stand still.
fn piped(limits: ServerLimits, size: usize) -> (DuplexStream, Arc<Recorder>, JoinHandle<()>) {
    let (near, far) = duplex(size);
    let handler = Arc::new(Recorder::default());
    let recorder = Arc::clone(&handler);
    let task = tokio::spawn(async move {
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        let service = Service::new(recorder, limits);
        connection::serve(far, connection::Ends { peer: address, local: address }, &service, std::future::pending())
            .await;
    });
    (near, handler, task)
}

fn status(answer: &str) -> u16 {
    answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok()).unwrap_or(0)
}

/// The bodies of pipelined answers, by their Content-Length.
fn bodies(mut answers: &str) -> Vec<(u16, String)> {
    let mut found = Vec::new();
    while !answers.is_empty() {
        let (head, rest) = answers.split_once("\r\n\r\n").expect("a complete head");
        let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap_or("0");
        let (body, rest) = rest.split_at(length.parse().expect("a number"));
        found.push((status(head), body.to_owned()));
        answers = rest;
    }
    found
}
