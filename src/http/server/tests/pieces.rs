//! Requests that come in pieces, and clients that vanish between any two of them.

use tokio::task::yield_now;

use super::*;

/// About 2 KB in all.
fn requests() -> [Vec<u8>; 2] {
    let body = "x".repeat(1500);
    let fields = "X-Field: some value of some length, as they have\r\n".repeat(10);
    let start = format!("POST /whole HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{fields}");
    [
        format!("{start}Content-Length: 1500\r\n\r\n{body}").into_bytes(),
        format!(
            "{start}Transfer-Encoding: chunked\r\n\r\n2ee\r\n{0}\r\n2ee;x\r\n{0}\r\n0\r\nA: b\r\n\r\n",
            &body[..750]
        )
        .into_bytes(),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_request_split_at_any_byte_is_the_same_request() {
    for request in requests() {
        for cut in 1..request.len() {
            let (mut near, handler, task) = piped(ServerLimits::default(), 8192);
            near.write_all(&request[..cut]).await.expect("room");
            // Gives the server its turns, so that it has read the first piece and waits.
            for _ in 0..4 {
                yield_now().await;
            }
            near.write_all(&request[cut..]).await.expect("room");
            let mut answer = String::new();
            near.read_to_string(&mut answer).await.expect("text");
            assert_eq!(bodies(&answer), [(200, "1500:/whole".to_owned())], "cut at {cut}");
            drop(near);
            task.await.expect("no panic");
            assert_eq!(handler.answered().len(), 1, "cut at {cut}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn requests_byte_by_byte_are_the_same_requests() {
    for request in requests() {
        let keep = String::from_utf8(request.clone()).expect("text").replace("Connection: close\r\n", "");
        let (mut near, handler, task) = piped(ServerLimits::default(), 1);
        let (mut read, mut write) = tokio::io::split(&mut near);
        let send = async {
            for bytes in [keep.as_bytes(), &request[..]] {
                write.write_all(bytes).await.expect("open");
            }
        };
        let mut answer = String::new();
        let ((), received) = tokio::join!(send, read.read_to_string(&mut answer));
        received.expect("text");
        assert_eq!(bodies(&answer).len(), 2);
        drop(near);
        task.await.expect("no panic");
        assert_eq!(handler.seen().len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_resets_at_any_byte_harms_nobody() {
    let server = Running::start(ServerLimits::default()).await;
    for request in requests() {
        for cut in 0..request.len() {
            let mut stream = server.connect().await;
            stream.write_all(&request[..cut]).await.expect("open");
            stream.set_zero_linger().expect("open");
            drop(stream);
        }
        // And after the request, before its answer.
        let mut stream = server.connect().await;
        stream.write_all(&request).await.expect("open");
        stream.set_zero_linger().expect("open");
        drop(stream);
    }
    server.is_well().await;
    let handler = Arc::clone(&server.handler);
    let summary = server.stop().await;
    assert_eq!((summary.panics, summary.cut_off), (0, 0));
    assert!(handler.seen().iter().all(|seen| seen.starts_with("POST /whole xxx") || seen == "GET /well "));
    assert_eq!(handler.seen().len(), handler.answered().len());
}

#[tokio::test(start_paused = true)]
async fn a_long_head_in_small_pieces_is_looked_at_once() {
    // 60 KiB byte by byte: reading anew from the start each time would be two thousand million steps.
    let head = format!("GET /long HTTP/1.1\r\nHost: x\r\nConnection: close\r\nA: {}\r\n\r\n", "b".repeat(60_000));
    let (mut near, _, task) = piped(ServerLimits::default(), 1);
    let (mut read, mut write) = tokio::io::split(&mut near);
    let mut answer = String::new();
    let (sent, received) = tokio::join!(write.write_all(head.as_bytes()), read.read_to_string(&mut answer));
    sent.and(received.map(|_| ())).expect("open");
    assert_eq!(status(&answer), 200);
    drop(near);
    task.await.expect("no panic");
}
