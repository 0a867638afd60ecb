//! Request lines, field lines, Host and sizes.

use super::Corpus;

fn not_token() -> impl Iterator<Item = u8> {
    (0..=0xff_u8)
        .filter(|b| !b.is_ascii_alphanumeric() && !b"!#$%&'*+-.^_`|~".contains(b) && (*b <= 0x81 || *b == 0xff))
}

fn control() -> impl Iterator<Item = u8> {
    (0..0x20_u8).chain([0x7f]).filter(|b| *b != b'\t')
}

pub(super) fn request_lines(corpus: &mut Corpus) {
    let tail = b" HTTP/1.1\r\nHost: x\r\n\r\n";
    for byte in not_token() {
        corpus.add(400, [b"G", &[byte][..], b"T /", tail].concat());
        corpus.add(400, [&[byte][..], b"GET /", tail].concat());
    }
    for byte in (0..0x21_u8).chain([0x7f, 0x80, 0xc3, 0xff]) {
        corpus.add(400, [b"GET /a", &[byte][..], b"b", tail].concat());
        corpus.add(400, [b"GET ", &[byte][..], b"/b", tail].concat());
    }
    for target in [
        "a",
        "a/b",
        "*",
        "x:80",
        "http://",
        "http:///a",
        "http://:80/",
        "http://a@b/",
        "http://a:b/",
        "ftp://x/",
        "file:///etc",
        "/a#b",
        "#",
        "?a",
        "\\a",
        "http:/x/",
        "http//x",
        "//#",
        "javascript:1",
        "https://[::1/",
        "http://x y/",
        "..",
        "%2f",
    ] {
        corpus.add(400, format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n"));
    }
    for target in ["x:443", "/", "http://x/"] {
        corpus.add(501, format!("CONNECT {target} HTTP/1.1\r\nHost: x:443\r\n\r\n"));
    }
    for version in ["0.9", "1.2", "1.9", "2.0", "2.1", "3.0", "9.9", "0.0"] {
        corpus.add(505, format!("GET / HTTP/{version}\r\nHost: x\r\n\r\n"));
    }
    corpus.add(505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    for version in [
        "HTTP/1",
        "HTTP/1.",
        "HTTP/.1",
        "http/1.1",
        "Http/1.1",
        "HTTP/1.1x",
        "HTTP/ 1.1",
        "HTTP /1.1",
        "HTTP/01.1",
        "HTTP/1.10",
        "HTTPS/1.1",
        "HTP/1.1",
        "1.1",
        "HTTP/1,1",
        "HTTP/11",
        "HTTP-1.1",
        "ICAP/1.0",
        "HTTP/1.1 ",
        "HTTP/1.1\t",
        " HTTP/1.1",
        "\tHTTP/1.1",
        "HTTP/1.1 HTTP/1.1",
        "HTTP/+1.1",
        "HTTP/1.-1",
        "HTTP/a.b",
        "HTTP/1.1;",
        "HTTP/\u{661}.1",
        "RTSP/1.0",
        "",
        "HTTP/1.1\0",
        "HTTP",
        "HTTP/",
    ] {
        corpus.add(400, format!("GET / {version}\r\nHost: x\r\n\r\n"));
    }
    for line in [
        "GET",
        "GET ",
        "GET /",
        "GET  / HTTP/1.1",
        "GET /  HTTP/1.1",
        "GET\t/\tHTTP/1.1",
        "SSH-2.0-OpenSSH_9",
        "QUIT",
        "0",
    ] {
        corpus.add(400, format!("{line}\r\nHost: x\r\n\r\n"));
    }
    for start in ["\r\n\r\n", "\n", "\r", " ", "\t", "\0", "\u{feff}", "\r\n \r\n", "\r\r\n", "\r\n\n"] {
        corpus.add(400, format!("{start}GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    }
    corpus.add(400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03");
    corpus.add(400, b"\x80\x2e\x01\x00\x02");
    corpus.add(400, [0xff; 100]);
}

pub(super) fn field_lines(corpus: &mut Corpus) {
    for byte in not_token().filter(|b| *b != b':') {
        corpus.fields(400, [b"X", &[byte][..], b"Y: v"].concat(), "");
        corpus.fields(400, [&[byte][..], b"X: v"].concat(), "");
        corpus.fields(400, [b"X", &[byte][..], b": v"].concat(), "");
    }
    for byte in control() {
        corpus.fields(400, [b"X: a", &[byte][..], b"b"].concat(), "");
        corpus.fields(400, [b"X: ", &[byte][..], b"b"].concat(), "");
        corpus.fields(400, [b"X:a", &[byte][..]].concat(), "");
    }
    for fields in [
        ": v",
        ":",
        "X",
        "X v",
        "X;v",
        "X=v",
        "GET / HTTP/1.1",
        " X: v",
        "\tX: v",
        "A: b\r\n X: v",
        "A: b\r\n\tv",
        "A: b\r\n  ",
        "A:\r\n v",
        "Content-Length: 5\r\n 6",
        "Content-Length:\r\n 5",
        "Transfer-Encoding:\r\n chunked",
        "Transfer-Encoding: chunked\r\n , identity",
        "A: b\r\n\t\r\nB: c",
        "X : v",
        "X\t: v",
        "Content-Length : 5",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding\t: chunked",
        "Transfer-Encoding\u{b}: chunked",
        "Host : y",
        "\u{e9}: v",
        "X\u{e9}: v",
        "\"X\": v",
        "(X): v",
        "X[0]: v",
        "{X}: v",
        "X@: v",
    ] {
        corpus.fields(400, fields, "");
    }
    // Each line end of a good head, broken in each way.
    let lines = ["POST /seen HTTP/1.1", "Host: x", "A: b", "Content-Length: 0", ""];
    for broken in 0..lines.len() {
        for end in ["\n", "\r", "\n\r", "\r\r\n", "\r\n\n", "\r \n", "\r\0\n"] {
            let ends = (0..lines.len()).map(|i| if i == broken { end } else { "\r\n" });
            let head = lines.iter().zip(ends).flat_map(|(line, end)| [*line, end]).collect::<String>();
            // Behind the last line a feed more is the next request, which must be refused just the same.
            if broken + 1 < lines.len() || end != "\r\n\n" {
                corpus.add(400, head);
            }
        }
    }
}

pub(super) fn hosts(corpus: &mut Corpus) {
    for fields in ["", "X: y\r\n", "Host: x\r\nHost: x\r\n", "Host: x\r\nHost: y\r\n", "HOST: x\r\nX: y\r\nhost: x\r\n"]
    {
        corpus.add(400, format!("GET /seen HTTP/1.1\r\n{fields}\r\n"));
        corpus.add(400, format!("GET http://x/seen HTTP/1.1\r\n{fields}\r\n"));
    }
    corpus.add(400, "GET /seen HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n");
    for host in [
        "a b", "a/b", "a,b", "x, y", "a@b", "a:b", "a:1:2", "a:123456", "a:-1", "a:+1", "[::1", "::1", "[]", "[::1]x",
        "[x y]", "a?b", "a#b", "a\\b", "a\"b", "<a>", "a|b", "a^b", "{a}", "\u{e9}", "http://x", "x/", "a:1 b", "x\ty",
    ] {
        corpus.add(400, format!("GET /seen HTTP/1.1\r\nHost: {host}\r\n\r\n"));
    }
}

pub(super) fn sizes(corpus: &mut Corpus) {
    let head =
        |method: &str, target: &str, fields: &str| format!("{method} {target} HTTP/1.1\r\nHost: x\r\n{fields}\r\n");
    for extra in [1, 2, 1000, 20_000] {
        corpus.add(414, head("GET", &format!("/{}", "a".repeat(8 * 1024 - 1 + extra)), ""));
        corpus.add(501, head(&"A".repeat(64 + extra), "/", ""));
        corpus.add(431, head("GET", "/", &"A: b\r\n".repeat(99 + extra.min(5000))));
    }
    let limit = 64 * 1024;
    for extra in [1, 2, 100] {
        let rest = limit + extra - head("GET", "/", "A: \r\n").len();
        corpus.add(431, head("GET", "/", &format!("A: {}\r\n", "b".repeat(rest))));
    }
    corpus.add(431, "GET / HTTP/1.1\r\n".to_owned() + &"A: b\r\n".repeat(11_000));
}
