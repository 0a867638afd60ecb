//! Clients that are slow, with a clock that only moves when everybody waits.

use tokio::time::{Instant, sleep};

use super::*;

/// What the server answered before it closed, and after how many seconds.
async fn wait_for_close(near: &mut DuplexStream, start: Instant) -> (String, u64) {
    let mut answer = String::new();
    near.read_to_string(&mut answer).await.expect("text");
    (answer, start.elapsed().as_secs())
}

#[tokio::test(start_paused = true)]
async fn a_head_that_does_not_come_is_given_up_after_ten_seconds() {
    for sent in ["", "G", "GET / HTTP/1.1\r\nHost: x\r\n", "\r\n", "\r"] {
        let start = Instant::now();
        let (mut near, handler, _task) = piped(ServerLimits::default(), 4096);
        near.write_all(sent.as_bytes()).await.expect("room");
        let (answer, seconds) = wait_for_close(&mut near, start).await;
        assert_eq!((status(&answer), seconds), (408, 10), "{sent:?}");
        assert_eq!(handler.refused()[0].0, Some(408));
    }
}

#[tokio::test(start_paused = true)]
async fn a_byte_every_two_seconds_buys_no_time() {
    let start = Instant::now();
    let (near, _, _task) = piped(ServerLimits::default(), 4096);
    let (mut read, mut write) = tokio::io::split(near);
    let drip = tokio::spawn(async move {
        for byte in b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n" {
            if write.write_all(&[*byte]).await.is_err() {
                return;
            }
            sleep(Duration::from_secs(2)).await;
        }
    });
    let mut answer = String::new();
    read.read_to_string(&mut answer).await.expect("text");
    assert_eq!((status(&answer), start.elapsed().as_secs()), (408, 10));
    drop(read);
    drip.abort();
}

#[tokio::test(start_paused = true)]
async fn the_time_for_a_later_head_runs_from_its_first_byte() {
    let (mut near, _, _task) = piped(ServerLimits::default(), 4096);
    let mut first = [0; 15];
    near.write_all(b"GET /204 HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("room");
    near.read_exact(&mut first).await.expect("an answer");
    sleep(Duration::from_secs(50)).await;
    let start = Instant::now();
    near.write_all(b"GET").await.expect("room");
    let (answer, seconds) = wait_for_close(&mut near, start).await;
    assert!(answer.contains("HTTP/1.1 408 "), "{answer}");
    assert_eq!(seconds, 10);
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_without_a_word_after_a_minute() {
    let (mut near, handler, task) = piped(ServerLimits::default(), 4096);
    let mut start = Instant::now();
    for _ in 0..3 {
        sleep(Duration::from_secs(9)).await;
        near.write_all(b"GET /204 HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("room");
        start = Instant::now();
        handler.told.notified().await;
    }
    let (answer, seconds) = wait_for_close(&mut near, start).await;
    assert_eq!(answer.matches("HTTP/1.1 204").count(), 3);
    assert!(!answer.contains("408"));
    assert_eq!(seconds, 60);
    task.await.expect("no panic");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stalls_is_given_up_after_its_grace() {
    for fields in ["Content-Length: 100000", "Content-Length: 10", "Transfer-Encoding: chunked"] {
        let start = Instant::now();
        let (mut near, handler, _task) = piped(ServerLimits::default(), 4096);
        near.write_all(format!("POST / HTTP/1.1\r\nHost: x\r\n{fields}\r\n\r\n5\r\n").as_bytes()).await.expect("room");
        let (answer, seconds) = wait_for_close(&mut near, start).await;
        assert_eq!((status(&answer), seconds), (408, 30), "{fields}");
        assert!(handler.seen().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_take_its_answer_is_cut_off_and_the_caller_told() {
    let start = Instant::now();
    let (mut near, handler, task) = piped(ServerLimits::default(), 4096);
    near.write_all(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("room");
    task.await.expect("no panic");
    assert_eq!(start.elapsed().as_secs(), 30);
    let (path, _, error) = handler.answered()[0].clone();
    assert_eq!((path.as_str(), error.as_deref()), ("/large", Some("the client did not take the answer")));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_never_hangs_up_is_left_after_two_seconds() {
    let start = Instant::now();
    let (mut near, _, task) = piped(ServerLimits::default(), 4096);
    near.write_all(b"GET / HTTP/1.1\n").await.expect("room");
    task.await.expect("no panic");
    assert_eq!(start.elapsed().as_secs(), 2);
    // The answer is there to be read all the same.
    let (answer, _) = wait_for_close(&mut near, start).await;
    assert_eq!(status(&answer), 400);
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_takes_the_time_it_is_given() {
    let start = Instant::now();
    let (mut near, handler, _task) = piped(ServerLimits::default(), 4096);
    near.write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.expect("room");
    let (answer, seconds) = wait_for_close(&mut near, start).await;
    assert_eq!(bodies(&answer), [(200, "0:/slow".to_owned())]);
    assert_eq!(seconds, 5);
    assert_eq!(handler.answered(), [("/slow".to_owned(), 200, None)]);
}

#[tokio::test(start_paused = true)]
async fn a_handler_may_take_longer_than_any_limit_of_the_client() {
    let (mut near, handler, _task) = piped(ServerLimits::default(), 4096);
    near.write_all(b"POST /hold HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi")
        .await
        .expect("room");
    handler.held.notified().await;
    sleep(Duration::from_hours(1)).await;
    handler.release.notify_one();
    let (answer, _) = wait_for_close(&mut near, Instant::now()).await;
    assert_eq!(status(&answer), 200);
}
