//! Too many connections, too many bodies, and the end of the server.

use super::*;

const HOLD: &[u8] = b"GET /hold HTTP/1.1\r\nHost: x\r\n\r\n";

#[tokio::test]
async fn connections_over_the_limit_are_told_to_come_back() {
    let limits = ServerLimits { connections: 2, ..ServerLimits::default() };
    let server = Running::start(limits).await;
    let mut first = server.connect().await;
    first.write_all(HOLD).await.expect("open");
    server.handler.held.notified().await;
    let mut second = server.connect().await;
    second.write_all(HOLD).await.expect("open");
    server.handler.held.notified().await;
    for _ in 0..200 {
        let answer = server.exchange(b"GET /third HTTP/1.1\r\nHost: x\r\n\r\n", false).await;
        assert_eq!(status(&answer), 503);
        assert!(answer.contains("\r\nRetry-After: 1\r\n") && answer.contains("\r\nConnection: close\r\n"), "{answer}");
    }
    server.handler.release.notify_one();
    server.handler.told.notified().await;
    drop((first, second));
    server.handler.release.notify_one();
    // The seats come free when the server has noticed.
    loop {
        let answer = server.exchange(b"GET /close HTTP/1.1\r\nHost: x\r\n\r\n", false).await;
        if status(&answer) == 200 {
            break;
        }
    }
    assert!(!server.handler.seen().iter().any(|seen| seen.contains("third")));
    assert!(server.stop().await.turned_away >= 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_bodies_share_the_room_for_few() {
    let limits = ServerLimits { held_bytes: 4 << 20, ..ServerLimits::default() };
    let server = Running::start(limits).await;
    let mut clients = JoinSet::new();
    for number in 0..64 {
        let address = server.address;
        clients.spawn(async move {
            let mut stream = TcpStream::connect(address).await.expect("it listens");
            let body = vec![b'x'; (1 << 20) + number];
            let head = if number % 2 == 0 {
                format!("POST /many HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len())
            } else {
                format!(
                    "POST /many HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n",
                    body.len()
                )
            };
            stream.write_all(head.as_bytes()).await.expect("open");
            stream.write_all(&body).await.expect("open");
            if number % 2 == 1 {
                stream.write_all(b"\r\n0\r\n\r\n").await.expect("open");
            }
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.expect("text");
            (bodies(&answer), vec![(200, format!("{}:/many", body.len()))])
        });
    }
    while let Some(done) = timeout(PATIENCE, clients.join_next()).await.expect("room in the end") {
        let (found, expected) = done.expect("no panic");
        assert_eq!(found, expected);
    }
    assert_eq!(server.stop().await.answered, 64);
}

#[tokio::test]
async fn idle_connections_end_at_once_and_requests_in_flight_are_answered() {
    let server = Running::start(ServerLimits::default()).await;
    let mut idle = server.connect().await;
    idle.write_all(b"GET /204 HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("open");
    server.handler.told.notified().await;
    let mut half = server.connect().await;
    let mut busy = server.connect().await;
    half.write_all(b"POST /half HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab").await.expect("open");
    busy.write_all(HOLD).await.expect("open");
    server.handler.held.notified().await;
    let Running { address, handler, stop, done } = server;
    stop.send(()).expect("it runs");

    let mut answer = String::new();
    timeout(PATIENCE, idle.read_to_string(&mut answer)).await.expect("closed at once").expect("and not by a reset");
    assert!(answer.starts_with("HTTP/1.1 204") && !answer.contains("close"), "{answer}");
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");

    handler.release.notify_one();
    for (stream, rest, body) in [(&mut busy, "", "0:/hold"), (&mut half, "cd", "4:/half")] {
        stream.write_all(rest.as_bytes()).await.expect("open");
        let mut answer = String::new();
        timeout(PATIENCE, stream.read_to_string(&mut answer)).await.expect("an end").expect("text");
        assert_eq!(bodies(&answer), [(200, body.to_owned())]);
        assert!(answer.contains("\r\nConnection: close\r\n"), "{answer}");
    }
    drop((busy, half));
    let summary = timeout(PATIENCE, done).await.expect("it stops").expect("no panic");
    assert_eq!((summary.connections, summary.answered, summary.cut_off), (3, 3, 0));
}

#[tokio::test]
async fn what_does_not_end_in_time_is_cut_off() {
    let limits = ServerLimits { drain_time: Duration::ZERO, ..ServerLimits::default() };
    let server = Running::start(limits).await;
    let mut stuck = server.connect().await;
    stuck.write_all(HOLD).await.expect("open");
    server.handler.held.notified().await;
    assert_eq!(server.stop().await.cut_off, 1);
    timeout(PATIENCE, stuck.read_u8()).await.expect("closed").expect_err("without an answer");
}

#[tokio::test(start_paused = true)]
async fn a_ticket_comes_back_even_when_the_connection_is_dropped_within_its_answer() {
    let (mut near, handler, task) = piped(ServerLimits::default(), 64);
    near.write_all(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("room");
    near.read_exact(&mut [0; 100]).await.expect("its beginning");
    task.abort();
    task.await.expect_err("aborted");
    let answered = handler.answered();
    assert_eq!(answered, [("/large".to_owned(), 200, Some("the server ended before the answer was sent".to_owned()))]);
}

#[tokio::test]
async fn streams_are_opened_in_their_own_task_and_failures_are_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let handler = Arc::new(Recorder::default());
    let (stop, stopped) = oneshot::channel::<()>();
    let open = |mut stream: TcpStream| async move {
        match stream.read_u8().await? {
            b'!' => Ok(stream),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    };
    let shutdown = async {
        let _ = stopped.await;
    };
    let done = tokio::spawn(run_over(listener, ServerLimits::default(), Arc::clone(&handler), shutdown, open));
    for (greeting, good) in [("?", false), ("!", true)] {
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        stream.write_all(greeting.as_bytes()).await.expect("open");
        stream.write_all(b"GET /close HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("open");
        handler.told.notified().await;
        assert_eq!(handler.answered().len(), usize::from(good));
    }
    assert_eq!(handler.refused()[0].0, None);
    stop.send(()).expect("it runs");
    done.await.expect("no panic");
}
