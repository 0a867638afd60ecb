//! Requests that must be answered, and how.

use super::*;

#[tokio::test]
async fn good_requests_of_every_shape_are_handed_over() {
    let mut limits = ServerLimits::default();
    limits.body.bytes = 100_000;
    let server = Running::start(limits).await;
    let at_limit = "x".repeat(100_000);
    for (request, seen) in [
        ("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned(), "GET / "),
        ("\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned(), "GET / "),
        ("GET / HTTP/1.0\r\n\r\n".to_owned(), "GET / "),
        ("OPTIONS * HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n".to_owned(), "OPTIONS * "),
        ("GET http://y/p HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned(), "GET http://y/p "),
        ("brew /pot HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\n\r\n".to_owned(), "brew /pot "),
        (
            "POST /a HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\nConnection: Upgrade, HTTP2-Settings, close\r\n\r\n"
                .to_owned(),
            "POST /a ",
        ),
        ("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 007\r\nConnection: close\r\n\r\npayload".to_owned(), "POST /a payload"),
        (
            "POST /a HTTP/1.1\r\nHost: x\r\ntransfer-encoding: CHUNKED\r\nConnection: close\r\n\r\n3;x=y\r\nabc\r\n4\r\ndefg\r\n0\r\nT: v\r\n\r\n"
                .to_owned(),
            "POST /a abcdefg",
        ),
        (
            format!("POST /l HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\nConnection: close\r\n\r\n{at_limit}"),
            &format!("POST /l {}", &at_limit[..100]),
        ),
        (
            format!("POST /l HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n186a0\r\n{at_limit}\r\n0\r\n\r\n"),
            &format!("POST /l {}", &at_limit[..100]),
        ),
        (
            format!("GET /{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "a".repeat(8191)),
            &format!("GET /{} ", "a".repeat(8191)),
        ),
        (format!("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{}\r\n", "A: b\r\n".repeat(98)), "GET / "),
    ] {
        let answer = server.exchange(request.as_bytes(), false).await;
        assert_eq!(status(&answer), 200, "{request:.80}: {answer}");
        assert!(answer.contains("\r\nConnection: close\r\n"), "{answer}");
        let last = std::mem::take(&mut *server.handler.seen.lock().expect("no panic"));
        assert_eq!(last, [seen], "{request:.80}");
    }
    let head = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nA: ";
    let request = format!("{head}{}\r\n\r\n", "b".repeat(64 * 1024 - head.len() - 4));
    assert_eq!(status(&server.exchange(request.as_bytes(), false).await), 200, "a head of exactly 64 KiB");
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let server = Running::start(ServerLimits::default()).await;
    let request = |number: usize| match number % 3 {
        0 => format!("GET /n{number} HTTP/1.1\r\nHost: x\r\n\r\n"),
        1 => format!("POST /n{number} HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"),
        _ => format!("POST /n{number} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"),
    };
    let mut requests = (0..300).map(request).collect::<Vec<_>>().concat();
    requests += "GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nGET /beyond HTTP/1.1\r\nHost: x\r\n\r\n";
    let answers = bodies(&server.exchange(requests.as_bytes(), false).await);
    let lengths = [0, 3, 2];
    let expected: Vec<_> = (0..300)
        .map(|number| (200, format!("{}:/n{number}", lengths[number % 3])))
        .chain([(200, "0:/last".to_owned())])
        .collect();
    assert_eq!(answers, expected);
    let tickets: Vec<_> = server.handler.answered().into_iter().map(|(path, _, _)| path).collect();
    assert_eq!(tickets.len(), 301);
    assert!((0..300).all(|number| tickets[number] == format!("/n{number}")));
    let summary = server.stop().await;
    assert_eq!((summary.connections, summary.requests, summary.answered), (1, 301, 301));
}

#[tokio::test]
async fn head_is_answered_without_body_and_204_without_length() {
    let server = Running::start(ServerLimits::default()).await;
    let requests = "HEAD /a HTTP/1.1\r\nHost: x\r\n\r\nGET /204 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let answer = server.exchange(requests.as_bytes(), false).await;
    let (head, rest) = answer.split_once("\r\n\r\n").expect("a head");
    assert!(head.contains("\r\nContent-Length: 4"), "{head}");
    assert!(rest.starts_with("HTTP/1.1 204 No Content\r\n") && rest.ends_with("\r\n\r\n"), "{rest}");
    assert!(!rest.contains("Content-Length"), "{rest}");
}

#[tokio::test]
async fn http_1_0_closes_unless_it_asks_not_to() {
    let server = Running::start(ServerLimits::default()).await;
    let ask = "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    let answer = server.exchange(format!("{ask}GET /b HTTP/1.0\r\n\r\n{ask}").as_bytes(), false).await;
    assert_eq!(bodies(&answer).len(), 2, "{answer}");
    assert!(
        answer.contains("\r\nConnection: keep-alive\r\n") && answer.contains("\r\nConnection: close\r\n"),
        "{answer}"
    );
}

#[tokio::test]
async fn the_client_is_told_to_go_on_only_when_its_body_is_wanted() {
    let mut limits = ServerLimits::default();
    limits.body.bytes = 10;
    let server = Running::start(limits).await;
    let mut stream = server.connect().await;
    let mut read = [0; 25];
    for fields in ["Content-Length: 5", "Transfer-Encoding: chunked"] {
        let head = format!("PUT /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n{fields}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.expect("open");
        timeout(PATIENCE, stream.read_exact(&mut read)).await.expect("told to go on").expect("open");
        assert_eq!(&read, b"HTTP/1.1 100 Continue\r\n\r\n");
        let body = if fields.starts_with('C') { "hello" } else { "5\r\nhello\r\n0\r\n\r\n" };
        stream.write_all(body.as_bytes()).await.expect("open");
        let answer = read_answer(&mut stream).await;
        assert_eq!(bodies(&answer), [(200, "5:/a".to_owned())]);
    }
    // Bodies that are there already, or none, or none that is wanted.
    for (request, expected) in [
        (
            "PUT /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",
            200,
        ),
        ("PUT /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n", 200),
        ("PUT /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n", 413),
        ("PUT /a HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello", 200),
        ("PUT /a HTTP/1.0\r\nExpect: 200-ok\r\n\r\n", 200),
    ] {
        let answer = server.exchange(request.as_bytes(), false).await;
        assert_eq!(bodies(&answer)[0].0, expected, "{request}");
        assert_eq!(bodies(&answer).len(), 1, "{request}");
    }
}

/// Reads one answer and not more.
async fn read_answer(stream: &mut TcpStream) -> String {
    let mut answer = String::new();
    loop {
        let byte = timeout(PATIENCE, stream.read_u8()).await.expect("an answer").expect("open");
        answer.push(char::from(byte));
        if let Some((head, body)) = answer.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap_or("0");
            if body.len() == length.parse::<usize>().expect("a number") {
                return answer;
            }
        }
    }
}

#[tokio::test]
async fn a_large_answer_arrives_whole() {
    let server = Running::start(ServerLimits::default()).await;
    let answer = server.exchange(b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", false).await;
    assert_eq!(bodies(&answer)[0].1.len(), 1 << 20);
}

#[tokio::test]
async fn the_handler_may_close_and_may_reset() {
    let server = Running::start(ServerLimits::default()).await;
    let answer =
        server.exchange(b"GET /close HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n", false).await;
    assert_eq!(bodies(&answer), [(200, "0:/close".to_owned())]);
    let mut stream = server.connect().await;
    stream.write_all(b"GET /reset HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("open");
    let read = timeout(PATIENCE, stream.read_to_end(&mut Vec::new())).await.expect("an end");
    assert_eq!(read.expect_err("a reset").kind(), io::ErrorKind::ConnectionReset);
    assert!(server.handler.answered().contains(&("/reset".to_owned(), 200, None)));
}

#[tokio::test]
async fn a_panic_of_the_handler_is_a_500_and_nothing_more() {
    let server = Running::start(ServerLimits::default()).await;
    let answer =
        server.exchange(b"GET /panic HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n", false).await;
    assert_eq!(bodies(&answer), [(500, "the request could not be handled\n".to_owned())]);
    assert_eq!(server.handler.refused()[0].0, Some(500));
    let twice = "GET /panic-later HTTP/1.1\r\nHost: x\r\n\r\nGET /close HTTP/1.1\r\nHost: x\r\n\r\n";
    let answer = server.exchange(twice.as_bytes(), false).await;
    assert_eq!(bodies(&answer).len(), 2, "the connection goes on: {answer}");
    server.is_well().await;
    let summary = server.stop().await;
    assert_eq!((summary.panics, summary.answered), (2, 3));
}

#[tokio::test]
async fn an_answer_that_cannot_be_written_becomes_a_500_and_the_caller_hears_of_it() {
    let server = Running::start(ServerLimits::default()).await;
    let answer = server.exchange(b"GET /unwritable HTTP/1.1\r\nHost: x\r\n\r\n", false).await;
    assert_eq!(bodies(&answer), [(500, "the answer could not be sent\n".to_owned())]);
    let (path, status, error) = server.handler.answered()[0].clone();
    assert_eq!((path.as_str(), status), ("/unwritable", 200));
    assert!(error.expect("not sent").contains("control byte"));
}

#[tokio::test]
async fn what_is_handed_over_holds_the_very_bytes() {
    struct Keep(Mutex<Option<Incoming>>);
    impl Handler for Keep {
        type Ticket = ();
        async fn handle(&self, incoming: Incoming) -> (Answer, ()) {
            *self.0.lock().expect("no panic") = Some(incoming);
            (Answer { headers: Headers::new(), ..Answer::new(200) }, ())
        }
        fn answered(&self, (): (), _: Outcome) {}
        fn refused(&self, _: Refusal) {}
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let keep = Arc::new(Keep(Mutex::new(None)));
    let server = tokio::spawn(run(listener, ServerLimits::default(), Arc::clone(&keep), std::future::pending()));
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let head =
        b"POST /a?b HTTP/1.1\r\nhOsT:x\r\nX-b:  1\t\r\nx-B: \xff\r\nConnection: close\r\nContent-length: 3\r\n\r\n";
    stream.write_all(&[&head[..], b"\0\xff\n"].concat()).await.expect("open");
    stream.read_to_end(&mut Vec::new()).await.expect("an answer");
    let incoming = keep.0.lock().expect("no panic").take().expect("handed over");
    assert_eq!(incoming.head.raw, &head[..]);
    assert_eq!(incoming.body, &b"\0\xff\n"[..]);
    assert_eq!((incoming.peer, incoming.local), (stream.local_addr().expect("open"), address));
    assert!(incoming.started <= incoming.arrived);
    server.abort();
}
