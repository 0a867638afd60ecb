//! Answers that are broken on purpose, and clients that are not let in.

use tokio::time::Instant;

use super::*;

const LONG: Duration = Duration::from_mins(5);

/// What a client reads until the server closes, and how long that took.
async fn read(target: &str, more: &[u8]) -> (String, Duration, Arc<Recorder>) {
    let (mut near, handler, task) = piped(ServerLimits::default(), 64 * 1024);
    let start = Instant::now();
    near.write_all(format!("POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").as_bytes())
        .await
        .expect("open");
    near.write_all(more).await.expect("open");
    let mut answer = Vec::new();
    timeout(Duration::from_hours(2), near.read_to_end(&mut answer)).await.expect("it ends").expect("a pipe");
    let taken = start.elapsed();
    drop(near);
    task.await.expect("no panic");
    (String::from_utf8(answer).expect("text"), taken, handler)
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_comes_when_it_is_due_and_the_connection_goes_on() {
    let next = b"GET /close HTTP/1.1\r\nHost: x\r\n\r\n";
    let (answer, taken, handler) = read("/after", next).await;
    assert!((LONG..LONG + Duration::from_secs(1)).contains(&taken), "{taken:?}");
    assert_eq!(bodies(&answer), [(200, "0:/after".into()), (200, "0:/close".into())]);
    assert_eq!(handler.answered().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn silence_ends_with_its_time() {
    let (answer, taken, handler) = read("/silent", b"").await;
    assert_eq!((answer.as_str(), taken.as_secs()), ("", 300));
    assert_eq!(handler.answered(), [("/silent".to_owned(), 200, None)]);
}

#[tokio::test(start_paused = true)]
async fn half_of_a_body_that_is_cut_arrives() {
    let (answer, taken, _) = read("/cut", b"GET /never HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(answer.contains("Content-Length: 6\r\n") && answer.ends_with("\r\n\r\n0:/"), "{answer}");
    assert_eq!(taken.as_secs(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_length_too_long_keeps_the_client_waiting_and_one_too_short_leaves_something_over() {
    let (answer, taken, _) = read("/length/20", b"").await;
    assert!(answer.contains("Content-Length: 20\r\n") && answer.ends_with("\r\n\r\n0:/length/20"), "{answer}");
    assert_eq!(taken.as_secs(), 3600);
    let (answer, taken, _) = read("/length/3", b"GET /never HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(answer.contains("Content-Length: 3\r\n") && answer.ends_with("\r\n\r\n0:/length/3"), "{answer}");
    assert!(taken.as_secs() < 3);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_goes_ends_the_wait() {
    for target in ["/after", "/silent"] {
        let (mut near, handler, task) = piped(ServerLimits::default(), 1024);
        near.write_all(format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.expect("open");
        let start = Instant::now();
        tokio::time::sleep(Duration::from_secs(7)).await;
        drop(near);
        task.await.expect("no panic");
        assert_eq!(start.elapsed().as_secs(), 7, "{target}");
        let failed = (target == "/after").then(|| "the connection failed before the answer was sent".to_owned());
        assert_eq!(handler.answered(), [(target.to_owned(), 200, failed)]);
    }
}

#[tokio::test]
async fn the_end_of_the_server_ends_every_wait() {
    let server = Running::start(ServerLimits::default()).await;
    let mut clients = Vec::new();
    for target in ["/after", "/silent", "/length/20"] {
        let mut client = server.connect().await;
        client.write_all(format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.expect("open");
        clients.push(client);
    }
    // The one with a wrong length has got all it gets; the others are known to be under way.
    let mut some = [0; 1024];
    assert!(clients[2].read(&mut some).await.expect("open") > 0);
    while server.handler.seen().len() < 3 {
        tokio::task::yield_now().await;
    }
    let summary = server.stop().await;
    assert_eq!((summary.answered, summary.cut_off), (3, 0));
    let mut late = String::new();
    clients[0].read_to_string(&mut late).await.expect("text");
    assert_eq!(status(&late), 200, "what was to come later comes now");
    assert!(late.contains("\r\nConnection: close\r\n"));
}

#[tokio::test]
async fn who_is_not_allowed_is_told_once_it_has_asked() {
    let server = Running::start(ServerLimits::default()).await;
    server.handler.closed_to_all.store(true, Relaxed);
    for _ in 0..3 {
        let answer = server.exchange(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", false).await;
        assert_eq!(status(&answer), 403, "{answer}");
        assert!(answer.contains("\r\nConnection: close\r\n"));
    }
    assert!(server.handler.seen().is_empty());
    server.handler.closed_to_all.store(false, Relaxed);
    server.is_well().await;
    assert_eq!(server.handler.refused().len(), 3);
    server.stop().await;
}

#[tokio::test]
async fn a_request_too_many_is_refused_before_its_body() {
    let server = Running::start(ServerLimits::default()).await;
    server.handler.too_many.store(true, Relaxed);
    let answer = server.exchange(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n", false).await;
    assert_eq!(status(&answer), 429);
    assert!(answer.contains("\r\nRetry-After: 2\r\n"), "{answer}");
    server.handler.too_many.store(false, Relaxed);
    server.is_well().await;
    server.stop().await;
}
