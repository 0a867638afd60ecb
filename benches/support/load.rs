//! A load generator: keep-alive HTTP/1.1 written by hand, a thread a processor, every request a Stripe-shaped event of
//! 1.5 KB with an id, a time and a signature of its own.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::task::LocalSet;

use super::machine::{Span, Watch, processors};

/// The secret that signs.
pub(crate) const SECRET: &str = "whsec_Qm5jaFNlY3JldEZvckJlbmNobWFya3M0Mg";
/// Bytes of a body, unless said otherwise.
pub(crate) const BODY: usize = 1_500;
/// Not counted, at the beginning.
const WARM_UP: Duration = Duration::from_millis(500);

const ID_AT: &str = "evt_1";
const ID_LENGTH: usize = 23;
const TIME_LENGTH: usize = 10;

/// Makes requests: everything but id, time and signature is prepared.
#[derive(Clone)]
pub(crate) struct Signer {
    key: Hmac<Sha256>,
    head: String,
    body: Vec<u8>,
    id: usize,
    created: usize,
    prefix: u32,
    count: u64,
}

impl Signer {
    /// For a receiver at this address, with bodies of this size.
    pub(crate) fn new(address: SocketAddr, size: usize) -> Self {
        let mut body = format!(
            "{{\n  \"id\": \"{ID_AT}{}\",\n  \"object\": \"event\",\n  \"api_version\": \"2026-10-28.endive\",\n  \
             \"created\": 0000000000,\n  \"data\": {{\n    \"object\": {{\n      \"id\": \"pi_3NkXyZ2eZvKYlo2C1a2b3c4d\",\n      \
             \"object\": \"payment_intent\",\n      \"amount\": 4200,\n      \"amount_received\": 4200,\n      \
             \"currency\": \"usd\",\n      \"customer\": null,\n      \"livemode\": false,\n      \"metadata\": {{\n        \
             \"order\": \"620148\"\n      }},\n      \"payment_method_types\": [\n        \"card\",\n        \"link\"\n      ],\n      \
             \"status\": \"succeeded\",\n      \"description\": \"",
            "0".repeat(ID_LENGTH)
        )
        .into_bytes();
        let tail = "\"\n    }\n  },\n  \"livemode\": false,\n  \"pending_webhooks\": 1,\n  \"request\": {\n    \"id\": \
                    \"req_a1B2c3D4e5F6g7\",\n    \"idempotency_key\": \"8f14e45f-ceea-467f-a8e4-2f1c0d7e9b11\"\n  },\n  \
                    \"type\": \"payment_intent.succeeded\"\n}";
        body.resize(size.saturating_sub(tail.len()).max(body.len()), b'x');
        body.extend_from_slice(tail.as_bytes());
        let at = |pattern: &[u8]| {
            body.windows(pattern.len()).position(|w| w == pattern).expect("in the text above") + pattern.len()
        };
        let (id, created) = (at(ID_AT.as_bytes()), at(b"\"created\": "));
        // With the signature, ten fields.
        let head = format!(
            "POST /webhooks/stripe HTTP/1.1\r\nHost: {address}\r\nUser-Agent: Stripe/1.0 (+https://stripe.com/docs/webhooks)\r\n\
             Content-Length: {}\r\nAccept: */*; q=0.5, application/xml\r\nAccept-Encoding: gzip\r\nCache-Control: no-cache\r\n\
             Content-Type: application/json; charset=utf-8\r\nX-Forwarded-For: 54.187.174.169\r\nX-Forwarded-Proto: https\r\n\
             Stripe-Signature: t=",
            body.len()
        );
        let key = Hmac::new_from_slice(SECRET.as_bytes()).expect("a key of any length will do");
        Self { key, head, body, id, created, prefix: rand::random(), count: 0 }
    }

    /// The same, with ids of its own.
    pub(crate) fn another(&self) -> Self {
        Self { prefix: rand::random(), count: 0, ..self.clone() }
    }

    /// Signs the next event: the time in seconds and the signature in hex. The body is in [`Signer::body`].
    pub(crate) fn next(&mut self, text: &mut String) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        self.count += 1;
        text.clear();
        write!(text, "{:08x}{:015}{now:010}", self.prefix, self.count).expect("text");
        let (id, time) = text.as_bytes().split_at(ID_LENGTH);
        self.body[self.id..self.id + ID_LENGTH].copy_from_slice(id);
        self.body[self.created..self.created + TIME_LENGTH].copy_from_slice(time);
        let mut mac = self.key.clone();
        mac.update(time);
        mac.update(b".");
        mac.update(&self.body);
        let mut signature = [0; 64];
        hex::encode_to_slice(mac.finalize().into_bytes(), &mut signature).expect("twice 32");
        text.drain(..ID_LENGTH);
        text.push_str(",v1=");
        text.push_str(std::str::from_utf8(&signature).expect("hex"));
    }

    /// The body of the last event.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// Writes the next request, whole.
    pub(crate) fn request(&mut self, out: &mut Vec<u8>, text: &mut String) {
        self.next(text);
        out.clear();
        for part in [self.head.as_bytes(), text.as_bytes(), b"\r\n\r\n", &self.body] {
            out.extend_from_slice(part);
        }
    }
}

/// What a shot came to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shot {
    /// Requests that were answered 200 within the time that counts.
    pub(crate) accepted: u64,
    /// Requests that were answered otherwise.
    pub(crate) other: u64,
    /// Requests that were answered 200 in all, before and after that time too.
    pub(crate) accepted_in_all: u64,
    /// Microseconds that the counted requests took, sorted.
    pub(crate) times: Vec<u32>,
    /// Time and processor time.
    pub(crate) span: Span,
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
impl Shot {
    /// Requests a second.
    pub(crate) fn rate(&self) -> f64 {
        self.accepted as f64 / self.span.elapsed.as_secs_f64()
    }

    /// Processor seconds of the receiver for 100,000 requests.
    pub(crate) fn receiver_cpu(&self) -> f64 {
        self.span.watched / self.accepted.max(1) as f64 * 1e5
    }

    /// Processor seconds of client and receiver for 100,000 requests.
    pub(crate) fn both_cpu(&self) -> f64 {
        (self.span.watched + self.span.own) / self.accepted.max(1) as f64 * 1e5
    }

    /// Milliseconds within which this share of the requests was answered.
    pub(crate) fn percentile(&self, share: f64) -> f64 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
        let at = (self.times.len() as f64 * share) as usize;
        self.times.get(at.min(self.times.len().saturating_sub(1))).map_or(0.0, |micros| f64::from(*micros) / 1e3)
    }
}

const WARMING: u8 = 0;
const COUNTING: u8 = 1;
const ENDED: u8 = 2;

/// Sends as fast as so many connections allow, for so long.
pub(crate) fn shoot(address: SocketAddr, receiver: u32, connections: usize, duration: Duration) -> io::Result<Shot> {
    let phase = Arc::new(AtomicU8::new(WARMING));
    let in_all = Arc::new(AtomicU64::new(0));
    let signer = Signer::new(address, BODY);
    let threads = processors().min(connections);
    let mut workers = Vec::new();
    for thread in 0..threads {
        let share = connections / threads + usize::from(thread < connections % threads);
        let (phase, in_all, signer) = (phase.clone(), in_all.clone(), signer.another());
        workers.push(std::thread::spawn(move || -> io::Result<(Vec<u32>, u64)> {
            let runtime = Builder::new_current_thread().enable_io().build()?;
            LocalSet::new().block_on(&runtime, async {
                let mut tasks = Vec::new();
                for _ in 0..share {
                    let stream = TcpStream::connect(address).await?;
                    stream.set_nodelay(true)?;
                    tasks.push(tokio::task::spawn_local(connection(
                        stream,
                        signer.another(),
                        phase.clone(),
                        in_all.clone(),
                    )));
                }
                let (mut times, mut other) = (Vec::new(), 0);
                for task in tasks {
                    let (its_times, its_other) = task.await.expect("no panic")?;
                    times.extend(its_times);
                    other += its_other;
                }
                Ok((times, other))
            })
        }));
    }
    std::thread::sleep(WARM_UP);
    let watch = Watch::start(receiver);
    phase.store(COUNTING, Ordering::Relaxed);
    std::thread::sleep(duration);
    phase.store(ENDED, Ordering::Relaxed);
    let mut shot = Shot { span: watch.end(), ..Shot::default() };
    for worker in workers {
        let (times, other) = worker.join().expect("no panic")?;
        shot.times.extend(times);
        shot.other += other;
    }
    shot.times.sort_unstable();
    shot.accepted = shot.times.len() as u64;
    shot.accepted_in_all = in_all.load(Ordering::Relaxed);
    Ok(shot)
}

async fn connection(
    mut stream: TcpStream,
    mut signer: Signer,
    phase: Arc<AtomicU8>,
    in_all: Arc<AtomicU64>,
) -> io::Result<(Vec<u32>, u64)> {
    let (mut out, mut answer, mut text) = (Vec::new(), Vec::with_capacity(4096), String::new());
    let (mut times, mut other) = (Vec::new(), 0);
    loop {
        let counts = match phase.load(Ordering::Relaxed) {
            ENDED => return Ok((times, other)),
            phase => phase == COUNTING,
        };
        signer.request(&mut out, &mut text);
        let begun = Instant::now();
        stream.write_all(&out).await?;
        let status = read_answer(&mut stream, &mut answer).await?;
        let taken = begun.elapsed();
        in_all.fetch_add(u64::from(status == 200), Ordering::Relaxed);
        // What ends behind the time that counts is not counted.
        if counts && phase.load(Ordering::Relaxed) == COUNTING {
            if status == 200 {
                times.push(u32::try_from(taken.as_micros()).unwrap_or(u32::MAX));
            } else {
                other += 1;
            }
        }
    }
}

/// Reads an answer and returns its status.
async fn read_answer(stream: &mut TcpStream, answer: &mut Vec<u8>) -> io::Result<u16> {
    answer.clear();
    let (end, status, length) = loop {
        if stream.read_buf(answer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut fields = [httparse::EMPTY_HEADER; 32];
        let mut head = httparse::Response::new(&mut fields);
        if let httparse::Status::Complete(end) = head.parse(answer).map_err(io::Error::other)? {
            let length = head.headers.iter().find(|f| f.name.eq_ignore_ascii_case("content-length"));
            let length = length.and_then(|f| std::str::from_utf8(f.value).ok()?.parse().ok()).unwrap_or(0);
            break (end, head.code.unwrap_or(0), length);
        }
    };
    while answer.len() < end + length {
        if stream.read_buf(answer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(status)
}

/// Sends one body of this size over each of so many connections at once; returns the statuses.
pub(crate) fn flood(address: SocketAddr, connections: usize, size: usize) -> io::Result<Vec<u16>> {
    let signer = Signer::new(address, size);
    let runtime = Builder::new_current_thread().enable_io().build()?;
    LocalSet::new().block_on(&runtime, async {
        let mut tasks = Vec::new();
        for _ in 0..connections {
            let mut signer = signer.another();
            tasks.push(tokio::task::spawn_local(async move {
                let mut stream = TcpStream::connect(address).await?;
                let (mut out, mut answer) = (Vec::new(), Vec::new());
                signer.request(&mut out, &mut String::new());
                stream.write_all(&out).await?;
                read_answer(&mut stream, &mut answer).await
            }));
        }
        let mut statuses = Vec::new();
        for task in tasks {
            statuses.push(task.await.expect("no panic")?);
        }
        Ok(statuses)
    })
}
