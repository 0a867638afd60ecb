//! Lengths, codings, chunks, and requests that end too early.

use super::{Case, Corpus, MAX_BODY};

pub(super) fn lengths(corpus: &mut Corpus) {
    for length in [
        "",
        "+5",
        "-5",
        "+0",
        "-0",
        "5 5",
        "5,5",
        "5, 5",
        "5,6",
        ",5",
        "5,",
        "0x5",
        "5h",
        "5.0",
        "1e1",
        "5;",
        "5 ;a=b",
        "_5",
        "1_0",
        "NaN",
        "five",
        "'5'",
        "\"5\"",
        "(5)",
        "[5]",
        "%35",
        "0b101",
        "0o5",
        "--5",
        "++5",
        "5-",
        "5+0",
        "5/5",
        "\u{665}",
        "\u{ff15}",
        "5\u{a0}",
        "18446744073709551616",
        "99999999999999999999",
        "340282366920938463463374607431768211456",
        "0x10000000000000000",
        "infinity",
        "null",
        "true",
        "5\t5",
        "5:5",
        "$5",
        "5=5",
        "\u{bd}",
    ] {
        corpus.fields(400, format!("Content-Length: {length}"), "hello");
    }
    for (first, second) in
        [("5", "5"), ("5", "6"), ("0", "5"), ("5", "0"), ("", "5"), ("5", ""), ("5", "05"), ("x", "5")]
    {
        corpus.fields(400, format!("Content-Length: {first}\r\nContent-Length: {second}"), "hello");
        corpus.fields(400, format!("content-length: {first}\r\nX: y\r\nCONTENT-LENGTH: {second}"), "hello");
    }
    for length in ["0", "3", "5", "40"] {
        for coding in ["chunked", "Chunked", "\tchunked ", "identity", "gzip", "chunked, identity", "xchunked", ""] {
            for (cl, te) in [("Content-Length", "Transfer-Encoding"), ("content-length", "TRANSFER-ENCODING")] {
                corpus.fields(400, format!("{cl}: {length}\r\n{te}: {coding}"), "0\r\n\r\n");
                corpus.fields(400, format!("{te}: {coding}\r\nX: y\r\n{cl}: {length}"), "0\r\n\r\n");
            }
        }
    }
}

pub(super) fn codings(corpus: &mut Corpus) {
    for (status, coding) in [
        (400, ""),
        (400, "identity"),
        (400, "gzip"),
        (400, "xchunked"),
        (400, "chunkedx"),
        (400, "chunked;q=1"),
        (400, "\"chunked\""),
        (400, "chunked, identity"),
        (400, "chunked, gzip"),
        (400, "chunked,"),
        (400, ",chunked"),
        (400, "chunked, chunked"),
        (400, "chunked,Chunked"),
        (400, "'chunked'"),
        (400, "chun ked"),
        (400, "chunked chunked"),
        (400, "chunked\u{e9}"),
        (400, "\u{212a}chunked"),
        (400, "c h u n k e d"),
        (400, "chunked/1"),
        (400, "0"),
        (400, "true"),
        (400, "chunke"),
        (400, "chunked, ,"),
        (400, "compress, gzip"),
        (501, "gzip, chunked"),
        (501, "identity, chunked"),
        (501, "deflate,chunked"),
        (501, "x, y, chunked"),
        (501, "gzip;q=1, chunked"),
    ] {
        corpus.fields(status, format!("Transfer-Encoding: {coding}"), "0\r\n\r\n");
    }
    for (first, second) in
        [("chunked", "chunked"), ("chunked", "identity"), ("identity", "chunked"), ("gzip", "chunked"), ("", "chunked")]
    {
        corpus.fields(400, format!("Transfer-Encoding: {first}\r\nTransfer-Encoding: {second}"), "0\r\n\r\n");
        corpus.fields(400, format!("transfer-encoding: {first}\r\nX: y\r\nTransfer-encoding: {second}"), "0\r\n\r\n");
    }
    for coding in ["chunked", "identity", "gzip, chunked"] {
        corpus.add(400, format!("POST /seen HTTP/1.0\r\nTransfer-Encoding: {coding}\r\n\r\n0\r\n\r\n"));
        corpus.add(
            400,
            format!("POST /seen HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: {coding}\r\n\r\n0\r\n\r\n"),
        );
    }
}

pub(super) fn expectations(corpus: &mut Corpus) {
    for expect in
        ["200-ok", "100", "100-continue, x", "x, 100-continue", "100-continue;q=1", "100 continue", "\"100-continue\""]
    {
        corpus.fields(417, format!("Expect: {expect}\r\nContent-Length: 5"), "hello");
        corpus.fields(417, format!("Expect: {expect}"), "");
    }
}

pub(super) fn chunks(corpus: &mut Corpus) {
    for size in [
        "",
        " 5",
        "\t5",
        "+5",
        "-5",
        "0x5",
        "x5",
        "5 ",
        "5\t",
        "5 5",
        "5,",
        "5g",
        "g",
        "5h",
        "\"5\"",
        "'5'",
        ";a=b",
        "5.0",
        "5:",
        "5=",
        "_5",
        "\u{665}",
        "5\u{e9}",
        "5\0",
        "\0",
        "5;a\0",
        "5;a\u{7f}",
        "5;\u{b}",
        "5\n",
        "5;a\n",
        "5\r",
        "5\r\r",
        "5;a\rb",
        "00000000000000005",
        "FFFFFFFFFFFFFFFFF",
        "10000000000000005",
        "99999999999999999999999",
        "-0",
        "0x0",
        "0 ",
        "00000000000000000",
    ] {
        corpus.chunks(400, format!("{size}\r\nhello\r\n0\r\n\r\n"));
        corpus.chunks(400, format!("3\r\nabc\r\n{size}\r\nhello\r\n0\r\n\r\n"));
    }
    for body in [
        "5\r\nhell\r\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhello!\r\n0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello\r0\r\n\r\n",
        "5\r\nhello\r\r\n0\r\n\r\n",
        "5\nhello\r\n0\r\n\r\n",
        "5\r\nhello\r\n\r\n0\r\n\r\n",
        "0\r\n\n",
        "0\r\n\r\r\n",
        "0\n\r\n",
        "0\r\r\n",
        "0\r\n\rX",
        "0\r\nX\r\n\r\n",
        "0\r\n: v\r\n\r\n",
        "0\r\n X: v\r\n\r\n",
        "0\r\nX : v\r\n\r\n",
        "0\r\nX: v\n\r\n",
        "0\r\nX: v\r\r\n",
        "0\r\nX: \0\r\n\r\n",
        "0\r\nA: b\r\n c\r\n\r\n",
        "0\r\n\tv\r\n\r\n",
        "0\r\nA: b\r\n\n",
        "0\r\n\u{e9}: v\r\n\r\n",
        "0\r\n(X): v\r\n\r\n",
        "0\r\nGET / HTTP/1.1\r\n\r\n",
    ] {
        corpus.chunks(400, body);
    }
    let fill = "x".repeat(17_000);
    corpus.chunks(400, format!("5;{fill}\r\nhello\r\n0\r\n\r\n"));
    corpus.chunks(400, format!("1;{}\r\na\r\n0;{}\r\n\r\n", &fill[..9000], &fill[..9000]));
    corpus.chunks(431, format!("0\r\nX: {fill}\r\n\r\n"));
    corpus.chunks(431, format!("0\r\n{}\r\n", "A: b\r\n".repeat(5000)));
    for size in [MAX_BODY as u64 + 1, 1 << 31, 1 << 32, 1 << 63, u64::MAX] {
        corpus.chunks(413, format!("{size:x}\r\nhello\r\n0\r\n\r\n"));
        corpus.chunks(413, format!("1\r\na\r\n{size:X}\r\nhello\r\n0\r\n\r\n"));
        corpus.fields(413, format!("Content-Length: {size}"), "hello");
        corpus.fields(413, format!("Expect: 100-continue\r\nContent-Length: {size}"), "");
    }
    let half = "x".repeat(MAX_BODY / 2);
    corpus.chunks(413, format!("{0:x}\r\n{half}\r\n{0:x}\r\n{half}\r\n1\r\nx\r\n0\r\n\r\n", half.len()));
}

/// Cut anywhere, with the client's direction closed.
pub(super) fn cut_short(corpus: &mut Corpus) {
    let good = "POST /seen HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";
    let chunked =
        "POST /seen HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n";
    for request in [good, chunked] {
        for end in 1..request.len() {
            corpus.0.push(Case { bytes: request.as_bytes()[..end].to_vec(), status: 400, hang_up: true });
        }
    }
}
