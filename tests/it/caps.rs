//! Every limit of what a sender may send: what is just within it is taken, one more is refused with the status that says so, and
//! hardly anything of what is refused is read.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::{Command, Stdio};

use crate::support::files::ended;
use crate::support::{Sandbox, Wire, announced, signal};

/// A POST with this target, these header lines and this body.
fn post(target: &str, lines: &str, body: &str) -> String {
    format!("POST {target} HTTP/1.1\r\nHost: h\r\n{lines}\r\n{body}")
}

/// A request whose head has so many bytes.
fn head_of(bytes: usize) -> String {
    let bare = post("/", "Content-Length: 0\r\nX: \r\n", "").len();
    post("/", &format!("Content-Length: 0\r\nX: {}\r\n", "v".repeat(bytes - bare)), "")
}

/// A request with so many header fields.
fn fields(count: usize) -> String {
    post("/", &format!("Content-Length: 0\r\n{}", "X: v\r\n".repeat(count - 2)), "")
}

/// A body of so many bytes in chunks that a sender may make.
fn chunked(bytes: usize) -> String {
    let half = bytes / 2;
    let chunk = |size: usize| format!("{size:x}\r\n{}\r\n", "b".repeat(size));
    post("/", "Transfer-Encoding: chunked\r\n", &format!("{}{}0\r\n\r\n", chunk(half), chunk(bytes - half)))
}

/// What is limited, a request of such a size, the limit, and the status of one more.
type Limit<'a> = (&'a str, &'a dyn Fn(usize) -> String, usize, u16);

#[test]
fn what_is_just_within_a_limit_is_taken_and_one_more_is_refused() {
    const BODY: usize = 100_000;
    let length = |bytes: usize| post("/", &format!("Content-Length: {bytes}\r\n"), &"b".repeat(bytes));
    let target = |bytes: usize| post(&format!("/{}", "t".repeat(bytes - 1)), "Content-Length: 0\r\n", "");
    let method = |bytes: usize| target(1).replacen("POST", &"M".repeat(bytes), 1);
    let extension = |bytes: usize| {
        post("/", "Transfer-Encoding: chunked\r\n", &format!("1;{}\r\nb\r\n0\r\n\r\n", "x".repeat(bytes - 1)))
    };
    let trailer = |bytes: usize| {
        post("/", "Transfer-Encoding: chunked\r\n", &format!("1\r\nb\r\n0\r\nA:{}\r\n\r\n", "x".repeat(bytes - 2)))
    };
    let sandbox = Sandbox::new();
    let listener = sandbox.listen(["--max-body", &BODY.to_string()]);
    let limits: [Limit<'_>; 8] = [
        ("a target", &target, 8 << 10, 414),
        ("a method", &method, 64, 501),
        ("a head", &head_of, 64 << 10, 431),
        ("fields", &fields, 100, 431),
        ("a body with its length", &length, BODY, 413),
        ("a body in chunks", &chunked, BODY, 413),
        ("a chunk's extension", &extension, 16 << 10, 400),
        ("trailers", &trailer, 16 << 10, 431),
    ];
    for (what, request, limit, status) in limits {
        for (size, expected) in [(limit - 1, 200), (limit, 200), (limit + 1, status), (2 * limit, status)] {
            let mut wire = Wire::to(listener.socket());
            let reply = wire.send(request(size)).reply().unwrap_or_else(|| panic!("{what} of {size}: no answer"));
            assert_eq!(reply.status, expected, "{what} of {size}: {}", String::from_utf8_lossy(&reply.body));
            if expected != 200 {
                assert!(wire.is_closed(), "{what} of {size}: nothing more is taken behind it");
            }
        }
    }
    // Of what was refused a body that is too large leaves its head; nothing else leaves anything.
    let ended = listener.stop().exits(130);
    assert_eq!(ended.of_kind("stopped")[0]["deliveries"], 16 + 4);
}

#[test]
fn one_connection_more_than_may_be_open_is_told_to_come_back() {
    let sandbox = Sandbox::new();
    let listener = sandbox.listen(["--max-connections", "3"]);
    let mut open: Vec<Wire> = (0..3).map(|_| Wire::to(listener.socket())).collect();
    for wire in &mut open {
        assert_eq!(wire.post("/", &[], b"x").reply().expect("an answer").status, 200);
    }
    let mut refused = Wire::to(listener.socket());
    let reply = refused.post("/", &[], b"x").reply().expect("an answer");
    assert_eq!((reply.status, reply.header("retry-after").is_some()), (503, true));
    // Whoever is in stays in.
    assert_eq!(open[2].post("/", &[], b"x").reply().expect("an answer").status, 200);
}

/// Sends a chunked body without an end until nobody takes it any more, or it has that many bytes. The status of the answer.
fn pour(address: SocketAddr, most: u64) -> Option<String> {
    const PIECE: usize = 1 << 20;
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.write_all(post("/", "Transfer-Encoding: chunked\r\n", "").as_bytes()).expect("a head");
    let piece = format!("{PIECE:x}\r\n{}\r\n", "b".repeat(PIECE));
    let mut sent = 0;
    while sent < most && stream.write_all(piece.as_bytes()).is_ok() {
        sent += PIECE as u64;
    }
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer.split(' ').nth(1).map(str::to_owned)
}

#[test]
fn a_body_without_an_end_takes_no_more_memory_than_one_that_is_just_too_large() {
    /// Far more than is left of a body that is refused: what is thrown away must not be kept meanwhile.
    const ENDLESS: u64 = 10 << 30;
    const MOST: u64 = 2 << 20;
    let sandbox = Sandbox::new();
    let listener = sandbox.listen(["--max-body", "256KiB"]);
    // What one body of the largest size needs is needed before.
    let body = "b".repeat(256 << 10);
    for _ in 0..3 {
        let reply = Wire::to(listener.socket()).post("/", &[], body.as_bytes()).reply();
        assert_eq!(reply.expect("an answer").status, 200);
        pour(listener.socket(), 4 << 20);
    }
    let before = listener.most_memory();
    pour(listener.socket(), ENDLESS);
    if let (Some(before), Some(after)) = (before, listener.most_memory()) {
        // The system counts the most in steps, and may take a few back.
        let more = after.saturating_sub(before);
        assert!(more <= MOST, "{} KiB more", more >> 10);
    }
    assert_eq!(Wire::to(listener.socket()).post("/", &[], b"x").reply().expect("an answer").status, 200);
    listener.stop().exits(130);
}

#[test]
fn little_is_read_of_what_is_too_large() {
    /// What is thrown away so that the sender can read its answer.
    const BEYOND: usize = 64 << 10;
    /// The read in which it is noticed.
    const ONE_READ: usize = 8 << 10;
    const BODY: usize = 1 << 20;
    if !Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_ok_and(|status| status.success()) {
        return;
    }
    let sandbox = Sandbox::new();
    for (what, lines, most) in [
        ("its length says so", format!("Content-Length: {}\r\n", 64 << 20), 0),
        ("it has no end", "Transfer-Encoding: chunked\r\n".to_owned(), BODY),
    ] {
        let trace = sandbox.path("trace");
        let strace = ["strace", "-D", "-f", "-qq", "-yy", "-e", "trace=recvfrom,read,readv,recvmsg", "-s", "0", "-o"];
        let under: Vec<&str> = strace.into_iter().chain([trace.to_str().expect("a path")]).collect();
        let line = ["listen", "--bind", "127.0.0.1:0", "--no-ui", "--max-body", "1MiB"];
        let mut child = sandbox.hookctl(line).under(&under).spawn();
        let address = announced(&mut child);
        let mut stream = TcpStream::connect(address).expect("a connection");
        let head = post("/", &lines, "");
        let piece = format!("{:x}\r\n{}\r\n", 64 << 10, "b".repeat(64 << 10));
        let _ = stream.write_all(head.as_bytes());
        while stream.write_all(piece.as_bytes()).is_ok() {}
        signal(child.id(), "TERM");
        child.wait().expect("it ends");
        let calls = ended(&std::fs::read_to_string(&trace).expect("a trace"));
        let of_socket = calls.iter().filter(|call| call.contains("<TCP:["));
        let read: usize = of_socket.filter_map(|call| call.rsplit_once(" = ")?.1.trim().parse::<usize>().ok()).sum();
        assert!(read >= head.len(), "{what}: it was seen");
        // Chunks have sizes, too.
        let most = head.len() + most + most / 1_000 + BEYOND + ONE_READ;
        assert!(read <= most, "{what}: {read} bytes were read, {most} may be");
        std::fs::remove_file(trace).expect("a trace");
    }
}
