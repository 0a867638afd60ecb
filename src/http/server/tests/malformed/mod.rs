//! Requests that must be refused, each with another request hidden behind it that nobody may see.

mod framing;
mod heads;

use super::*;

/// What must never reach the handler.
const HIDDEN: &str = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n";
/// Small, so that going beyond it is quick.
const MAX_BODY: usize = 40_000;

struct Case {
    bytes: Vec<u8>,
    status: u16,
    /// The client closes its direction behind the bytes.
    hang_up: bool,
}

#[derive(Default)]
struct Corpus(Vec<Case>);

impl Corpus {
    fn add(&mut self, status: u16, bytes: impl AsRef<[u8]>) {
        let bytes = [bytes.as_ref(), HIDDEN.as_bytes()].concat();
        self.0.push(Case { bytes, status, hang_up: false });
    }

    /// A good request line and Host, then these field lines, then a body.
    fn fields(&mut self, status: u16, fields: impl AsRef<[u8]>, body: &str) {
        let head = b"POST /seen HTTP/1.1\r\nHost: x\r\n";
        self.add(status, [head, fields.as_ref(), b"\r\n\r\n", body.as_bytes()].concat());
    }

    fn chunks(&mut self, status: u16, body: impl AsRef<[u8]>) {
        let head = b"POST /seen HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
        self.add(status, [&head[..], body.as_ref()].concat());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_malformed_request_gets_its_status_and_a_close_and_hides_nothing() {
    let mut corpus = Corpus::default();
    for family in [heads::request_lines, heads::field_lines, heads::hosts, heads::sizes] {
        family(&mut corpus);
    }
    for family in [framing::lengths, framing::codings, framing::expectations, framing::chunks, framing::cut_short] {
        family(&mut corpus);
    }
    assert!(corpus.0.len() >= 500, "{} cases", corpus.0.len());

    let mut limits = ServerLimits::default();
    limits.body.bytes = MAX_BODY;
    let server = Running::start(limits).await;
    let mut wrong = Vec::new();
    for (number, case) in corpus.0.iter().enumerate() {
        let answer = server.exchange(&case.bytes, case.hang_up).await;
        let shown = String::from_utf8_lossy(&case.bytes[..case.bytes.len().min(200)]).into_owned();
        if status(&answer) != case.status {
            wrong.push(format!("{number}: wanted {}, got {answer:?} for {shown:?}", case.status));
        }
        if !answer.contains("\r\nConnection: close\r\n") || bodies(&answer).len() != 1 {
            wrong.push(format!("{number}: not one answer and a close: {answer:?} for {shown:?}"));
        }
        let seen = std::mem::take(&mut *server.handler.seen.lock().expect("no panic"));
        if !seen.is_empty() {
            wrong.push(format!("{number}: the handler saw {seen:?} for {shown:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), corpus.0.len(), wrong.join("\n"));
    server.is_well().await;
    assert_eq!(server.handler.refused().len(), corpus.0.len());
    let summary = server.stop().await;
    assert_eq!((summary.refused, summary.answered), (corpus.0.len() as u64, 1));
}

#[tokio::test]
async fn a_refusal_says_why_and_keeps_the_head() {
    let server = Running::start(ServerLimits::default()).await;
    let head = "GET /\u{e9} HTTP/1.1\r\nHost: x\r\n\r\n";
    let answer = server.exchange(head.as_bytes(), false).await;
    assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nthe target contains byte 0xc3\n"), "{answer}");
    let refused = server.handler.refused();
    assert_eq!(refused[0], (Some(400), "the target contains byte 0xc3".to_owned(), Bytes::from(head)));
    // What never became a head is kept too, as far as it came.
    server.exchange(b"GET / HTTP/1.1\nHost", false).await;
    assert_eq!(server.handler.refused()[1].2, "GET / HTTP/1.1\nHost");
}

#[tokio::test]
async fn a_good_request_in_front_of_a_bad_one_is_answered_first() {
    let server = Running::start(ServerLimits::default()).await;
    let bytes = format!("POST /good HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi\r\n\r\n{HIDDEN}");
    let answers = bodies(&server.exchange(bytes.as_bytes(), false).await);
    assert_eq!(answers.iter().map(|(status, _)| *status).collect::<Vec<_>>(), [200, 400]);
    assert_eq!(server.handler.seen(), ["POST /good hi"]);
}
