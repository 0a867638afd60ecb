//! Heads that must be read, heads that must not, and the round trip.

use proptest::prelude::*;

use super::*;

fn request(text: &str) -> Result<RequestHead, HeadError> {
    parse_request(&Bytes::copy_from_slice(text.as_bytes()), &HeadLimits::default())
}

fn response(text: &str, method: &str) -> Result<ResponseHead, HeadError> {
    parse_response(&Bytes::copy_from_slice(text.as_bytes()), method, &HeadLimits::default())
}

#[test]
fn a_request_keeps_its_bytes_order_and_case() {
    let text =
        "POST /a?b=1 HTTP/1.1\r\nhOST: x:1\r\nX-B:1\r\nx-a:  two words \t\r\nX-B:\r\nContent-Length: 4\r\n\r\nbody";
    let head = request(text).expect("good head");
    assert_eq!((head.method(), head.target(), head.version), ("POST", "/a?b=1", Version::Http11));
    assert_eq!(head.framing, Framing::Length(4));
    assert_eq!(&text.as_bytes()[head.raw.len()..], b"body");
    let seen: Vec<_> = head.headers.iter().map(|h| (h.name(), h.text().expect("text"))).collect();
    assert_eq!(seen, [("hOST", "x:1"), ("X-B", "1"), ("x-a", "two words"), ("X-B", ""), ("Content-Length", "4")]);
    let request = head.into_request(Bytes::from_static(b"body"));
    assert_eq!((request.method.as_str(), request.path()), ("POST", "/a"));
}

#[test]
fn fields_are_slices_of_the_head_and_not_copies() {
    let head = request("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n").expect("good head");
    let value = head.headers.get("host").expect("there").value();
    assert!(head.raw.as_ptr_range().contains(&value.as_ptr()));
}

#[test]
fn bytes_beyond_ascii_in_a_value_are_kept() {
    let raw = Bytes::from_static(b"GET / HTTP/1.1\r\nHost: x\r\nX: \xff\x80a\tb\r\n\r\n");
    let head = parse_request(&raw, &HeadLimits::default()).expect("good head");
    assert_eq!(head.headers.get("x").expect("there").value(), b"\xff\x80a\tb");
}

#[test]
fn persistence_follows_version_and_connection() {
    for (version, connection, expected) in [
        ("1.1", None, true),
        ("1.1", Some("close"), false),
        ("1.1", Some("x, Close ,y"), false),
        ("1.1", Some("keep-alive, close"), false),
        ("1.0", None, false),
        ("1.0", Some("Keep-Alive"), true),
        ("1.0", Some("keep-alive, close"), false),
    ] {
        let field = connection.map(|c| format!("Connection: {c}\r\n")).unwrap_or_default();
        let head = request(&format!("GET / HTTP/{version}\r\nHost: x\r\n{field}\r\n")).expect("good head");
        assert_eq!(head.keep_alive(), expected, "{version} {connection:?}");
    }
}

#[test]
fn expectations_are_told_apart() {
    for (version, expect, found) in [
        ("1.1", "100-continue", Expectation::Continue),
        ("1.1", "100-Continue", Expectation::Continue),
        ("1.1", "100-continue, 100-continue", Expectation::Continue),
        ("1.1", "200-ok", Expectation::Other),
        ("1.1", "200-ok, 100-continue", Expectation::Other),
        ("1.1", "", Expectation::None),
        ("1.0", "100-continue", Expectation::None),
    ] {
        let head = request(&format!("PUT / HTTP/{version}\r\nHost: x\r\nExpect: {expect}\r\n\r\n")).expect("good head");
        assert_eq!(head.expectation(), found, "{version} {expect}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    for (text, error) in [
        ("GET / HTTP/1.1\r\nHost: x\r\n", HeadError::Incomplete),
        ("GET / HTTP/1.1\r\nHost: x\r\n\r", HeadError::Incomplete),
        ("GET", HeadError::Incomplete),
        ("GET /\r\n\r\n", HeadError::RequestLine),
        ("GET\r\n\r\n", HeadError::RequestLine),
        ("GET  / HTTP/1.1\r\n\r\n", HeadError::RequestLine),
        ("GET / HTTP/1.1 \r\n\r\n", HeadError::RequestLine),
        ("GET /  HTTP/1.1\r\n\r\n", HeadError::Version),
        ("GET / b HTTP/1.1\r\n\r\n", HeadError::Version),
        (" GET / HTTP/1.1\r\n\r\n", HeadError::Method),
        ("G(T / HTTP/1.1\r\n\r\n", HeadError::Method),
        ("GET\t/ HTTP/1.1\r\n\r\n", HeadError::Method),
        ("CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n", HeadError::Connect),
        ("GET /\u{e9} HTTP/1.1\r\n\r\n", HeadError::TargetByte { byte: 0xc3 }),
        ("GET /\ta HTTP/1.1\r\n\r\n", HeadError::TargetByte { byte: 9 }),
        ("GET / http/1.1\r\n\r\n", HeadError::Version),
        ("GET / HTTP/1\r\n\r\n", HeadError::Version),
        ("GET / HTTP/1.2\r\n\r\n", HeadError::VersionUnsupported),
        ("PRI * HTTP/2.0\r\n\r\n", HeadError::VersionUnsupported),
        ("GET / HTTP/1.1\r\r\nHost: x\r\n\r\n", HeadError::BareCr { line: 1 }),
        ("GET / HTTP/1.1\nHost: x\r\n\r\n", HeadError::BareLf { line: 1 }),
        ("GET / HTTP/1.1\r\nHost: x\ry\r\n\r\n", HeadError::BareCr { line: 2 }),
        ("GET / HTTP/1.1\r\nHost: x\r\nA: b\n\r\n", HeadError::BareLf { line: 3 }),
        ("GET / HTTP/1.1\r\nHost: x\r\n\n", HeadError::BareLf { line: 3 }),
        ("GET / HTTP/1.1\r\n Host: x\r\n\r\n", HeadError::Fold { line: 2 }),
        ("GET / HTTP/1.1\r\nHost: x\r\n\ty\r\n\r\n", HeadError::Fold { line: 3 }),
        ("GET / HTTP/1.1\r\nHost\r\n\r\n", HeadError::NoColon { line: 2 }),
        ("GET / HTTP/1.1\r\nHost : x\r\n\r\n", HeadError::SpaceBeforeColon { line: 2 }),
        ("GET / HTTP/1.1\r\nHo st: x\r\n\r\n", HeadError::NameByte { line: 2, byte: b' ' }),
        ("GET / HTTP/1.1\r\n: x\r\n\r\n", HeadError::EmptyName { line: 2 }),
        ("GET / HTTP/1.1\r\nH\0: x\r\n\r\n", HeadError::NameByte { line: 2, byte: 0 }),
        ("GET / HTTP/1.1\r\nHost: x\0\r\n\r\n", HeadError::ValueByte { line: 2, byte: 0 }),
        ("GET / HTTP/1.1\r\nHost: x\r\nA: \x7f\r\n\r\n", HeadError::ValueByte { line: 3, byte: 0x7f }),
        ("GET / HTTP/1.1\r\n\r\n", HeadError::HostMissing),
        ("GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", HeadError::HostRepeated),
        ("GET / HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n", HeadError::HostRepeated),
        ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", HeadError::HostInvalid),
        ("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", HeadError::TransferInHttp10),
    ] {
        assert_eq!(request(text), Err(error), "{text:?}");
    }
}

#[test]
fn framing_that_two_programs_could_read_differently_is_refused() {
    for (fields, expected) in [
        ("", Ok(Framing::None)),
        ("Content-Length: 0\r\n", Ok(Framing::Length(0))),
        ("Transfer-Encoding: chunked\r\n", Ok(Framing::Chunked)),
        ("Content-Length: 5\r\nContent-Length: 5\r\n", Err(HeadError::LengthRepeated)),
        ("Content-Length: 5\r\nContent-Length: 6\r\n", Err(HeadError::LengthRepeated)),
        ("Content-Length: 5, 5\r\n", Err(HeadError::LengthInvalid)),
        ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", Err(HeadError::LengthAndTransfer)),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", Err(HeadError::LengthAndTransfer)),
        ("Transfer-Encoding: identity\r\nContent-Length: 5\r\n", Err(HeadError::LengthAndTransfer)),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", Err(HeadError::TransferRepeated)),
        ("Transfer-Encoding: gzip, chunked\r\n", Err(HeadError::TransferUnsupported)),
        ("Transfer-Encoding: \x0bchunked\r\n", Err(HeadError::ValueByte { line: 3, byte: 0x0b })),
    ] {
        let found = request(&format!("POST / HTTP/1.1\r\nHost: x\r\n{fields}\r\n")).map(|head| head.framing);
        assert_eq!(found, expected, "{fields:?}");
    }
}

#[test]
fn limits_hold_at_the_limit_and_not_beyond() {
    let limits = HeadLimits { fields: 3, target: 5, ..HeadLimits::default() };
    let read = |text: &str, limits: &HeadLimits| parse_request(&Bytes::from(text.to_owned()), limits).map(|_| ());
    assert_eq!(read("GET /1234 HTTP/1.1\r\nHost: x\r\na: 1\r\nb: 2\r\n\r\n", &limits), Ok(()));
    assert_eq!(read("GET /12345 HTTP/1.1\r\nHost: x\r\n\r\n", &limits), Err(HeadError::TargetTooLong { limit: 5 }));
    let many = "GET / HTTP/1.1\r\nHost: x\r\na: 1\r\nb: 2\r\nc: 3\r\n\r\n";
    assert_eq!(read(many, &limits), Err(HeadError::TooManyFields { limit: 3 }));
    let exact = HeadLimits { bytes: many.len(), ..HeadLimits::default() };
    assert_eq!(read(many, &exact), Ok(()));
    let short = HeadLimits { bytes: many.len() - 1, ..HeadLimits::default() };
    assert_eq!(read(many, &short), Err(HeadError::TooLarge { limit: many.len() - 1 }));
}

#[test]
fn a_file_with_line_feeds_alone_is_read_when_that_is_allowed() {
    let limits = HeadLimits { line_ends: LineEnds::CrlfOrLf, ..HeadLimits::default() };
    let raw = Bytes::from_static(b"POST /a HTTP/1.1\nHost: x\r\nA: b\n\nbody");
    let head = parse_request(&raw, &limits).expect("good head");
    assert_eq!((head.raw.len(), head.headers.text("a")), (32, Some("b")));
    assert!(parse_request(&Bytes::from_static(b"GET / HTTP/1.1\nHost: x\rA: b\n\n"), &limits).is_err());
}

#[test]
fn answers_know_where_their_body_ends() {
    for (line, fields, method, framing, keep_alive) in [
        ("HTTP/1.1 200 OK", "Content-Length: 3\r\n", "POST", Framing::Length(3), true),
        ("HTTP/1.1 200 OK", "Transfer-Encoding: chunked\r\n", "POST", Framing::Chunked, true),
        ("HTTP/1.1 200 OK", "", "POST", Framing::UntilClose, false),
        ("HTTP/1.1 200", "Content-Length: 3\r\nConnection: close\r\n", "POST", Framing::Length(3), false),
        ("HTTP/1.1 200 ", "Content-Length: 3\r\n", "HEAD", Framing::None, true),
        ("HTTP/1.1 204 No Content", "", "POST", Framing::None, true),
        ("HTTP/1.1 304 Not Modified", "Content-Length: 3\r\n", "GET", Framing::None, true),
        ("HTTP/1.1 100 Continue", "", "POST", Framing::None, true),
        ("HTTP/1.0 200 OK", "Content-Length: 3\r\n", "POST", Framing::Length(3), false),
        ("HTTP/1.0 200 OK", "Content-Length: 3\r\nConnection: keep-alive\r\n", "POST", Framing::Length(3), true),
    ] {
        let head = response(&format!("{line}\r\n{fields}\r\nabc"), method).expect(line);
        assert_eq!((head.framing, head.keep_alive()), (framing, keep_alive), "{line} {fields}");
    }
    let head = response("HTTP/1.1 404 Not  Found\r\nA: b\r\n\r\n", "GET").expect("good head");
    assert_eq!((head.status, head.reason.as_ref(), head.headers.text("a")), (404, &b"Not  Found"[..], Some("b")));
}

#[test]
fn answers_that_are_none_are_refused() {
    for (text, error) in [
        ("HTT", HeadError::Incomplete),
        ("HTTP/1.1 2", HeadError::Incomplete),
        ("HTTP/1.1 200 OK\r\nA: b\r\n", HeadError::Incomplete),
        ("ICY 200 OK\r\n\r\n", HeadError::StatusLine),
        ("HTTP/1.1 20 OK\r\n\r\n", HeadError::StatusLine),
        ("HTTP/1.1 2000 OK\r\n\r\n", HeadError::StatusLine),
        ("HTTP/1.1 200OK\r\n\r\n", HeadError::StatusLine),
        ("HTTP/1.1 020 OK\r\n\r\n", HeadError::StatusLine),
        ("HTTP/1.1  200 OK\r\n\r\n", HeadError::StatusLine),
        ("HTTP/1.1\r\n\r\n", HeadError::StatusLine),
        ("HTTP/1.1 200 O\0K\r\n\r\n", HeadError::StatusLine),
        ("HTTP/2 200\r\n\r\n", HeadError::VersionUnsupported),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", HeadError::LengthRepeated),
        ("HTTP/1.1 200 OK\r\n folded\r\n\r\n", HeadError::Fold { line: 2 }),
    ] {
        assert_eq!(response(text, "GET"), Err(error), "{text:?}");
    }
}

fn token() -> impl Strategy<Value = String> {
    "[A-Za-z0-9!#$%&'*+.^_`|~-]{1,20}"
}

/// Names that decide nothing, so that any number of them in any order is a good head.
fn field() -> impl Strategy<Value = (String, Vec<u8>)> {
    let value = prop::collection::vec(prop_oneof![Just(9u8), 0x20..=0x7e_u8, 0x80..=0xff_u8], 0..40);
    ("x-[A-Za-z0-9!#$%&'*+.^_`|~-]{0,20}", value)
}

proptest! {
    #[test]
    fn an_accepted_head_written_again_reads_the_same(
        method in token(),
        path in "/[!-\"$-~]{0,60}",
        fields in prop::collection::vec(field(), 0..20),
        length in prop::option::of(any::<u64>()),
    ) {
        prop_assume!(method != "CONNECT");
        let mut raw = format!("{method} {path} HTTP/1.1\r\nhost:x\r\n").into_bytes();
        for (name, value) in &fields {
            raw.extend_from_slice(name.as_bytes());
            raw.push(b':');
            raw.extend_from_slice(value);
            raw.extend_from_slice(b"\r\n");
        }
        if let Some(length) = length {
            raw.extend_from_slice(format!("Content-Length: {length}\r\n").as_bytes());
        }
        raw.extend_from_slice(b"\r\n");
        let limits = HeadLimits::default();
        let first = parse_request(&raw.into(), &limits).expect("made of good parts");
        let written = write_request_head(first.method(), first.target(), &first.headers).expect("was read");
        let again = parse_request(&written.into(), &limits).expect("was written");
        prop_assert_eq!(first.method(), again.method());
        prop_assert_eq!(first.target(), again.target());
        prop_assert_eq!(&first.headers, &again.headers);
        prop_assert_eq!(first.framing, again.framing);
        // What hookctl writes is already in its own form.
        let twice = write_request_head(again.method(), again.target(), &again.headers).expect("was read");
        prop_assert_eq!(again.raw.as_ref(), &twice[..]);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let raw = Bytes::from(bytes);
        let _ = parse_request(&raw, &HeadLimits::default());
        let _ = parse_response(&raw, "POST", &HeadLimits::default());
    }

    #[test]
    fn no_damage_to_a_good_head_makes_the_reader_panic_or_disagree_with_the_scan(
        at in 0usize..100,
        byte in prop_oneof![any::<u8>(), Just(b'\r'), Just(b'\n'), Just(b' '), Just(b':')],
        cut in 0usize..100,
    ) {
        let mut raw = b"POST /a?b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nX-Signature: sha256=00ff\r\n\r\nhello".to_vec();
        let at = at % raw.len();
        raw[at] = byte;
        raw.truncate(raw.len().saturating_sub(cut));
        let limits = HeadLimits::default();
        let raw = Bytes::from(raw);
        let parsed = parse_request(&raw, &limits);
        let _ = parse_response(&raw, "POST", &limits);
        match HeadScan::new().advance(&raw, &limits) {
            Scan::End(end) => {
                // What is behind the end must not matter.
                let alone = parse_request(&raw.slice(..end), &limits);
                prop_assert_eq!(alone.is_ok(), parsed.is_ok());
                if let Ok(head) = alone {
                    prop_assert_eq!(head.raw.len(), end);
                }
            }
            Scan::More => prop_assert!(parsed.is_err()),
            Scan::Bad(_) => prop_assert!(parsed.is_err()),
        }
    }
}
