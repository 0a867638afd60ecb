//! Requests of every shape: what a target gets, what is kept and what travels through files is what came, byte for byte.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::support::{Sandbox, Upstream, Wire};

/// How a body is framed on its way to hookctl.
enum Body {
    None,
    /// With a `Content-Length`, written by the shape itself.
    Length(Vec<u8>),
    /// In chunks of these sizes, the last one taking the rest.
    Chunks(Vec<u8>, Vec<usize>),
}

/// A request, and what must arrive of it.
struct Shape {
    method: String,
    target: String,
    /// Header lines behind `Host`. Those that begin with `-` must not be passed on.
    headers: Vec<Vec<u8>>,
    body: Body,
}

fn shape(method: &str, target: &str, headers: &[&str], body: Body) -> Shape {
    let headers = headers.iter().map(|line| line.as_bytes().to_vec()).collect();
    Shape { method: method.to_owned(), target: target.to_owned(), headers, body }
}

fn post(headers: &[&str], body: &[u8]) -> Shape {
    shape("POST", "/hook", headers, Body::Length(body.to_vec()))
}

/// At least one of everything that two programs have been known to treat differently.
fn shapes() -> Vec<Shape> {
    let large: Vec<u8> = (0..300_000_u32).map(|n| u8::try_from(n % 251).expect("small")).collect();
    let many: Vec<String> = (0..95).map(|n| format!("X-Many-{n}: {n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let long = format!("X-Long: {}", "v".repeat(20_000));
    let mut shapes = vec![
        post(&[], b"{\"a\":1}"),
        post(&["Content-Type: application/json"], b"{ \"b\" : 1.0,\n\t\"a\":1e5 }\r\n"),
        post(&["content-type: application/json"], b"\xef\xbb\xbf{}"),
        post(&["X-b: 1", "x-B: 2", "X-B: 3"], b"x"),
        post(&["b: 2", "a: 1", "c: 3"], b"x"),
        post(&["X-Empty:", "X-Space:    spaced   ", "X-Tab:\ttabbed\t"], b"x"),
        post(&["X-Inner: a  b\tc, d ;e"], b"x"),
        post(&["Set-Cookie: a=1", "Set-Cookie: b=2", "Cookie: c=\"3\""], b"x"),
        post(&["X-Quoted: \"a\\\"b\"", "X-Colon: a:b:c", "X-Sign: t=1,v1=ab=="], b"x"),
        post(&["Authorization: Basic dTpw", "X-Forwarded-For: 1.2.3.4", "X-Forwarded-For: 5.6.7.8"], b"x"),
        post(&["Forwarded: for=1.2.3.4;host=h;proto=https", "Via: 1.1 other"], b"x"),
        post(&["X-Under_Score: 1", "x.dot: 2", "x!#$%&'*+-.^_`|~: 3"], b"x"),
        post(
            &["Content-Encoding: gzip"],
            b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00",
        ),
        post(&["Content-MD5: abc", "Digest: sha-256=abc", "Content-Language: de"], b"x"),
        post(&["Accept: */*", "Accept-Encoding: gzip, br", "Accept: text/html"], b"x"),
        post(&["User-Agent: Stripe/1.0 (+https://stripe.com/docs/webhooks)", "Stripe-Signature: t=1,v1=00"], b"{}"),
        post(&["If-None-Match: \"x\"", "Range: bytes=0-1", "Pragma: no-cache"], b"x"),
        post(&["-Expect: 100-continue"], b"x"),
        post(&["-Connection: close"], b"x"),
        post(&["-Connection: keep-alive", "-Keep-Alive: timeout=5, max=100"], b"x"),
        post(&["-Connection: X-Hop", "-X-Hop: 1", "X-Stays: 2"], b"x"),
        post(&["-Connection: x-one,  X-TWO", "-X-One: 1", "X-Three: 3", "-x-two: 2"], b"x"),
        post(&["-TE: trailers", "-Trailer: X-Sum", "-Upgrade: h2c", "-Connection: TE, Upgrade"], b"x"),
        post(&["-Proxy-Connection: keep-alive", "-Proxy-Authorization: Basic eA=="], b"x"),
        post(
            &["-Connection: Stripe-Signature, Content-Type", "Stripe-Signature: t=1,v1=0", "Content-Type: a/b"],
            b"{}",
        ),
        post(&[], b""),
        post(&[], b"\x00\x01\xff\xfe\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        post(&[], &[b'a'; 16 * 1024]),
        post(&[], &[b'b'; 16 * 1024 + 1]),
        post(&[], &large),
        post(&[&long], b"x"),
        post(&many, b"x"),
        shape("POST", "/hook", &["-Transfer-Encoding: chunked"], Body::Chunks(b"hello world".to_vec(), vec![1, 4])),
        shape("POST", "/hook", &["A: 1", "-transfer-encoding: Chunked", "B: 2"], Body::Chunks(Vec::new(), vec![])),
        shape(
            "PUT",
            "/hook",
            &["-Transfer-Encoding: chunked", "-Trailer: X"],
            Body::Chunks(large.clone(), vec![70_000; 4]),
        ),
        shape("GET", "/?challenge=abc%20def&x", &["X: 1"], Body::None),
        shape("HEAD", "/", &[], Body::None),
        shape("DELETE", "/a", &[], Body::Length(b"{}".to_vec())),
        shape("OPTIONS", "*", &["Origin: x"], Body::None),
        shape("PATCH", "/a", &[], Body::Length(b"x=1&y=%20+".to_vec())),
        shape("PURGE", "/a", &[], Body::None),
        shape("M-SEARCH", "/!$&'()*+,;=:@-._~", &[], Body::None),
        shape("post", "/lower", &[], Body::Length(b"x".to_vec())),
        shape("POST", "/a%2Fb/%2e%2e/../c//d/./e;p=1", &[], Body::Length(b"x".to_vec())),
        shape("POST", "//double//slash//", &[], Body::Length(b"x".to_vec())),
        shape("POST", "/q?", &[], Body::Length(b"x".to_vec())),
        shape("POST", "/q?a=b&a=c&&=d&e=?&f=/../", &[], Body::Length(b"x".to_vec())),
        shape("POST", "/q?{\"a\":[1|2]}^`\\<>", &[], Body::Length(b"x".to_vec())),
        shape("POST", "/%E2%82%AC?%ff%00", &[], Body::Length(b"x".to_vec())),
    ];
    let mut odd = post(&[], b"x");
    odd.headers.push(b"X-Latin: caf\xe9".to_vec());
    odd.headers.push(b"X-Utf8: caf\xc3\xa9 \xe2\x82\xac".to_vec());
    odd.headers.push(b"X-High: \x80\xff".to_vec());
    shapes.push(odd);
    shapes
}

impl Shape {
    fn body(&self) -> &[u8] {
        match &self.body {
            Body::None => b"",
            Body::Length(body) | Body::Chunks(body, _) => body,
        }
    }

    /// As it is sent to hookctl. A length is told in the middle of the headers, where few clients have it.
    fn sent(&self) -> Vec<u8> {
        let mut wire = format!("{} {} HTTP/1.1\r\nhOsT: hooks.example\r\n", self.method, self.target).into_bytes();
        for (at, line) in self.headers.iter().enumerate() {
            if at == self.headers.len() / 2 {
                wire.extend(self.length_line());
            }
            wire.extend(line.strip_prefix(b"-").unwrap_or(line));
            wire.extend(b"\r\n");
        }
        if self.headers.is_empty() {
            wire.extend(self.length_line());
        }
        wire.extend(b"\r\n");
        match &self.body {
            Body::None => {}
            Body::Length(body) => wire.extend(body),
            Body::Chunks(body, sizes) => {
                let mut rest = &body[..];
                for size in sizes.iter().copied().chain([usize::MAX]) {
                    let (chunk, more) = rest.split_at(size.min(rest.len()));
                    rest = more;
                    if !chunk.is_empty() {
                        wire.extend(format!("{:X};ext=\"1\"\r\n", chunk.len()).into_bytes());
                        wire.extend(chunk);
                        wire.extend(b"\r\n");
                    }
                }
                wire.extend(b"0\r\nX-Trailer: 1\r\n\r\n");
            }
        }
        wire
    }

    fn length_line(&self) -> Vec<u8> {
        match &self.body {
            Body::Length(body) => format!("content-LENGTH: 00{}\r\n", body.len()).into_bytes(),
            Body::None | Body::Chunks(..) => Vec::new(),
        }
    }

    /// The lines of its head as they must arrive at `host`.
    fn arrives(&self, host: &str) -> Vec<Vec<u8>> {
        let mut lines = vec![
            format!("{} {} HTTP/1.1", self.method, self.target).into_bytes(),
            format!("hOsT: {host}").into_bytes(),
        ];
        let length = |name: &str| format!("{name}: {}", self.body().len()).into_bytes();
        let framed = matches!(self.body, Body::Length(_));
        for (at, line) in self.headers.iter().enumerate() {
            if framed && at == self.headers.len() / 2 {
                lines.push(length("content-LENGTH"));
            }
            if line.to_ascii_lowercase().starts_with(b"-transfer-encoding") {
                lines.push(length("Content-Length"));
            } else if !line.starts_with(b"-") {
                let colon = line.iter().position(|byte| *byte == b':').expect("a name");
                let value = line[colon + 1..].trim_ascii();
                lines.push([&line[..=colon], b" ", value].concat());
            }
        }
        if framed && self.headers.is_empty() {
            lines.push(length("content-LENGTH"));
        }
        lines
    }
}

fn text(lines: &[Vec<u8>]) -> Vec<String> {
    lines.iter().map(|line| String::from_utf8_lossy(line).chars().take(200).collect()).collect()
}

#[test]
fn every_shape_arrives_at_a_target_in_the_store_and_in_files_as_it_came() {
    let upstream = Upstream::new();
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--forward-to", &upstream.url("")]);
    let shapes = shapes();
    assert!(shapes.len() >= 40);
    let host = upstream.address().to_string();
    let mut all_sent = Vec::new();
    for shape in &shapes {
        let sent = shape.sent();
        let (name, body) = (text(&shape.arrives(&host)), shape.body());
        let reply = Wire::to(listener.socket()).send(&sent).reply().unwrap_or_else(|| panic!("no answer: {name:?}"));
        assert_eq!(reply.status, 200, "{name:?}");
        let got = upstream.next();
        assert_eq!(text(&got.lines()), name);
        assert_eq!(got.lines(), shape.arrives(&host));
        assert!(got.body() == body, "the body of {name:?}");
        assert_eq!(listener.delivery()["forwards"][0]["status"], 200);
        all_sent.push(sent);
    }
    drop(listener);

    // What is kept is what came. (Of chunks it is the body that is kept, so those are compared after the next step alone.)
    let range = format!("1..{}", shapes.len());
    let kept = sandbox.ok(["events", "show", &range, "--http"]);
    let kept_bodies = sandbox.ok(["events", "show", &range, "--raw"]);
    let bodies: Vec<u8> = shapes.iter().flat_map(|shape| shape.body().to_vec()).collect();
    assert!(kept_bodies.bytes() == bodies, "the bodies in the store");
    for (number, (shape, sent)) in (1..).zip(shapes.iter().zip(&all_sent)) {
        if !matches!(shape.body, Body::Chunks(..)) {
            assert!(contains(kept.bytes(), sent), "#{number} in the store");
        }
    }

    // Replayed as captured, it is what was forwarded.
    let (quick, keep) = (["--speed", "max", "--concurrency", "1", "--yes"], ["--sign", "keep", "--to"]);
    let to = upstream.url("");
    sandbox.ok(["replay", &range].into_iter().chain(quick).chain(keep).chain([to.as_str()]));
    for shape in &shapes {
        let got = upstream.next();
        assert_eq!(text(&got.lines()), text(&shape.arrives(&host)), "replayed");
        assert_eq!(got.lines(), shape.arrives(&host));
        assert!(got.body() == shape.body(), "the body of {:?}, replayed", text(&shape.arrives(&host)));
    }

    // Out to a file and into another store.
    let file = sandbox.path("all.ndjson");
    let file = file.to_str().expect("a path");
    sandbox.ok(["events", "export", "-o", file]);
    let other = Sandbox::new();
    other.ok(["events", "import", file]);
    assert!(other.ok(["events", "show", &range, "--raw"]).bytes() == bodies, "the bodies behind a file");
    for (number, shape) in (1..).zip(&shapes) {
        let behind = other.ok(["events", "show", &number.to_string(), "--http"]);
        let lines: Vec<Vec<u8>> =
            behind.bytes().split(|byte| *byte == b'\n').map(|line| line.trim_ascii_end().to_vec()).collect();
        for line in &shape.headers {
            let line = line.strip_prefix(b"-").unwrap_or(line);
            let colon = line.iter().position(|byte| *byte == b':').expect("a name");
            let expected = [&line[..=colon], b" ", line[colon + 1..].trim_ascii()].concat();
            let framing = line.to_ascii_lowercase().starts_with(b"transfer-encoding");
            assert!(
                framing
                    || lines.contains(&expected.trim_ascii_end().to_vec())
                    || lines.contains(&line.trim_ascii_end().to_vec()),
                "#{number} behind a file: {}",
                String::from_utf8_lossy(line)
            );
        }
    }
}

fn contains(all: &[u8], part: &[u8]) -> bool {
    all.windows(part.len()).any(|window| window == part)
}

/// A request that nobody has thought of, of everything that may be in one.
fn random(rng: &mut StdRng) -> Shape {
    const NAMES: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!$&'*+-.^_`|~";
    fn some(rng: &mut StdRng, most: usize, one: impl Fn(&mut StdRng) -> u8) -> Vec<u8> {
        (0..rng.random_range(0..=most)).map(|_| one(rng)).collect()
    }
    let visible = |rng: &mut StdRng| loop {
        match rng.random_range(b'!'..=b'~') {
            b'#' => {}
            byte => return byte,
        }
    };
    let mut headers: Vec<Vec<u8>> = Vec::new();
    for _ in 0..rng.random_range(0..30) {
        // X- keeps names from meaning something. One in four repeats the last one, in another spelling.
        let name = match headers.last() {
            Some(last) if rng.random_bool(0.25) => {
                last.split(|byte| *byte == b':').next().expect("a name").to_ascii_uppercase()
            }
            _ => [b"X-", &some(rng, 20, |rng| NAMES[rng.random_range(0..NAMES.len())])[..]].concat(),
        };
        let value = some(rng, 60, |rng| match rng.random_range(0..10) {
            0 => b' ',
            1 => b'\t',
            2 => rng.random_range(0x80..=0xff),
            _ => rng.random_range(b'!'..=b'~'),
        });
        headers.push([&name[..], b":", value.trim_ascii()].concat());
    }
    let body = some(rng, 5_000, RngExt::random);
    let target = String::from_utf8([b"/", &some(rng, 80, visible)[..]].concat()).expect("ASCII");
    let (method, body) = match rng.random_range(0..4) {
        0 => ("GET", Body::None),
        1 => ("PUT", Body::Chunks(body, (0..4).map(|_| rng.random_range(1..2_000)).collect())),
        _ => ("POST", Body::Length(body)),
    };
    if matches!(body, Body::Chunks(..)) {
        headers.push(b"-Transfer-Encoding: chunked".to_vec());
    }
    Shape { method: method.to_owned(), target, headers, body }
}

#[test]
fn any_request_arrives_as_it_came() {
    let cases: u64 = std::env::var("HOOKCTL_FIDELITY_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(300);
    let seed: u64 =
        std::env::var("HOOKCTL_FIDELITY_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or_else(rand::random);
    let mut rng = StdRng::seed_from_u64(seed);
    let (sandbox, upstream) = (Sandbox::new(), Upstream::new());
    let mut listener = sandbox.listen(["--forward-to", &upstream.url("")]);
    let (host, mut wire) = (upstream.address().to_string(), Wire::to(listener.socket()));
    for case in 0..cases {
        let shape = random(&mut rng);
        let reply = wire.send(shape.sent()).reply();
        let context = format!("seed {seed}, case {case}: {:?}", text(&shape.arrives(&host)));
        let reply = reply.unwrap_or_else(|| panic!("no answer: {context}"));
        assert_eq!(reply.status, 200, "{context}: {}", String::from_utf8_lossy(&reply.body));
        let got = upstream.next();
        assert_eq!(got.lines(), shape.arrives(&host), "{context}");
        assert!(got.body() == shape.body(), "the body of {context}");
        let number = listener.delivery()["number"].to_string();
        if case % 50 == 0 {
            assert!(sandbox.ok(["events", "show", &number, "--raw"]).bytes() == shape.body(), "kept: {context}");
        }
    }
}
