//! Deliveries and answers from people who mean ill: nothing of theirs is obeyed by a terminal, and nothing of theirs
//! disturbs the others.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use flate2::write::GzEncoder;

use crate::support::{Answer, Peer, Receiver, Reply, Sandbox, Wire, measured};

/// What moves cursors, sets titles and clipboards, turns text around, or is no text at all.
const PAYLOADS: [&[u8]; 8] = [
    b"\x1b]0;title\x07",
    b"\x1b]52;c;ZXZpbA==\x07",
    b"\x1b[2J\x1b[H",
    b"\x9b31m",
    "\u{202e}gnp.exe".as_bytes(),
    "zero\u{200b}width".as_bytes(),
    b"\xff\xfe\xc3(",
    b"\x7f\x08\x08",
];

/// Whether a terminal could be made to do something by these bytes.
fn is_inert(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    std::str::from_utf8(bytes).is_ok()
        && text.chars().all(|c| {
            c == '\n'
                || !(c.is_control()
                    || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        })
}

#[test]
fn nothing_of_a_delivery_reaches_the_terminal_raw() {
    let sandbox = Sandbox::new();
    let listener = sandbox.listen::<_, &str>([]);
    let mut wire = Wire::to(listener.socket());
    for payload in PAYLOADS {
        let quoted: Vec<u8> = payload.iter().copied().filter(|b| *b >= 0x80 || (*b >= 0x20 && *b != 0x7f)).collect();
        let body = [b"{\"type\":\"", payload, b"\",\"id\":\"", payload, b"\"}"].concat();
        let head = [
            b"POST /webhooks/stripe HTTP/1.1\r\nHost: h\r\nX-Evil: ".as_slice(),
            &quoted,
            format!("\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes(),
        ]
        .concat();
        assert_eq!(wire.send([head, body].concat()).reply().expect("an answer").status, 200);
        // The same as text that JSON itself allows: escapes that become control characters when they are decoded.
        let escaped = br#"{"type":"\u001b]0;x\u0007\u202e","id":"\u009b31m\n\u0000"}"#;
        wire.post("/webhooks/stripe", &[], escaped).reply().expect("an answer");
    }
    for args in [&["events", "list"][..], &["verify"], &["events", "show", "1..16"], &["verify", "3"]] {
        let ran = sandbox.hookctl(args.iter().copied()).run();
        assert!(is_inert(ran.bytes()), "{ran}");
        assert!(is_inert(ran.stderr().as_bytes()), "{ran}");
    }
    for args in [&["events", "list", "--json"][..], &["events", "show", "1..16", "--json"], &["verify", "--json"]] {
        let ran = sandbox.hookctl(args.iter().copied()).run();
        assert!(!ran.objects().is_empty() && is_inert(ran.bytes()), "{ran}");
    }
    let told = listener.stop().exits(130);
    assert_eq!(told.of_kind("delivery").len(), 16);
}

#[test]
fn the_lines_of_listen_are_inert_too() {
    let sandbox = Sandbox::new();
    let mut child = sandbox.hookctl(["listen", "--bind", "127.0.0.1:0", "--no-ui"]).spawn();
    let mut out = std::io::BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = Vec::new();
    std::io::BufRead::read_until(&mut out, b'\n', &mut line).expect("a line");
    let text = String::from_utf8(line).expect("text");
    let address = text.trim().rsplit("http://").next().expect("an address").parse().expect("an address");
    let mut wire = Wire::to(address);
    for payload in PAYLOADS {
        let body = [b"{\"type\":\"", payload, b"\",\"id\":\"\\u001b]0;x\\u0007\"}"].concat();
        wire.post("/webhooks/stripe", &[], &body).reply().expect("an answer");
        let mut line = Vec::new();
        std::io::BufRead::read_until(&mut out, b'\n', &mut line).expect("a line");
        assert!(is_inert(&line), "{}", String::from_utf8_lossy(&line));
    }
    child.kill().expect("it runs");
    child.wait().expect("it ends");
}

#[test]
fn an_answer_cannot_write_to_the_terminal_either() {
    let sandbox = Sandbox::new();
    let body = [PAYLOADS.concat(), b"\r\n::error::injected\n".to_vec()].concat();
    let head = format!("HTTP/1.1 500 X\r\nX-Evil: a\u{202e}b\r\nContent-Length: {}\r\n\r\n", body.len());
    let mut receiver = Peer::replying([Reply::Bytes([head.as_bytes(), &body].concat())]);
    let ran = sandbox.hookctl(["send", "stripe", "customer.created", "-v", "--to", &receiver.url("/")]).run().exits(1);
    receiver.next();
    assert!(ran.stderr().contains("X-Evil") && ran.stderr().contains("injected"), "all of it is shown: {ran}");
    assert!(is_inert(ran.bytes()) && is_inert(ran.stderr().as_bytes()), "{ran}");
}

#[test]
fn nothing_from_outside_is_a_command_to_a_ci_system() {
    let body =
        b"ok\n::error::injected\n   ::stop-commands::x\nx ##[add-path]/evil ##vso[task.setvariable variable=a]b\n"
            .to_vec();
    for variable in ["GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"] {
        let sandbox = Sandbox::new();
        let receiver = Receiver::scripted(vec![Answer::Full(500, vec![], body.clone())]);
        let listener = sandbox.listen::<_, &str>([]);
        Wire::to(listener.socket()).post("/##[error]x", &["X: ##vso[y]"], &body).reply().expect("an answer");
        drop(listener);
        for line in [
            &["send", "stripe", "customer.created", "-v", "--to", &receiver.url("/")][..],
            &["send", "stripe", "customer.created", "-v", "--json", "--to", &receiver.url("/")],
            &["events", "show", "1"],
            &["events", "show", "1", "--json"],
            &["events", "list"],
            &["verify", "1"],
        ] {
            let ran = sandbox.hookctl(line).env(variable, "true").run();
            let said = ran.stdout() + &ran.stderr();
            let command =
                |line: &str| line.trim_start().starts_with("::") || line.contains("##[") || line.contains("##vso[");
            assert!(!said.lines().any(command), "{ran}");
        }
    }
}

#[test]
fn enormous_documents_are_recorded_and_shown_without_harm() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen::<_, &str>([]);
    let deep = "[".repeat(100_000);
    let broad = format!("{{{}}}", (0..200_000).map(|n| format!("\"k{n}\":{n}")).collect::<Vec<_>>().join(","));
    let mut wire = Wire::to(listener.socket());
    for body in [deep.as_bytes(), broad.as_bytes()] {
        assert_eq!(wire.post("/webhooks/stripe", &[], body).reply().expect("an answer").status, 200);
        let number = listener.delivery()["number"].to_string();
        assert_eq!(sandbox.ok(["events", "show", &number, "--raw"]).bytes(), body);
        sandbox.ok(["events", "show", &number]);
        sandbox.hookctl(["verify", &number]).run().exits(1);
    }
}

#[test]
fn slow_clients_disturb_nobody() {
    let sandbox = Sandbox::new();
    let listener = sandbox.listen::<_, &str>([]);
    let mut slow: Vec<Wire> = (0..100).map(|_| Wire::to(listener.socket())).collect();
    for wire in &mut slow {
        wire.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\na");
    }
    let mut healthy = Wire::to(listener.socket());
    for _ in 0..50 {
        assert_eq!(healthy.post("/", &[], b"x").reply().expect("an answer").status, 200);
    }
}

/// So many bytes of nothing, packed.
fn gzip(pieces: usize, piece: &[u8]) -> Vec<u8> {
    let mut bomb = GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..pieces {
        bomb.write_all(piece).expect("memory");
    }
    bomb.finish().expect("memory")
}

/// Bodies that unpack to far more than anybody has memory for, and the codings that they are said to have.
fn bombs() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let zeros = vec![0; 1 << 20];
    // Members one after the other are one stream: 64 of 16 MiB.
    let gigabyte = gzip(16, &zeros).repeat(64);
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let mut raw = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..32 {
        zlib.write_all(&zeros).expect("memory");
        raw.write_all(&zeros).expect("memory");
    }
    let mut brotli = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 22);
    for _ in 0..16 {
        brotli.write_all(&zeros).expect("memory");
    }
    // Ten of them, packed once more: 10 GiB in a few kilobytes.
    let nested = gzip(10, &gigabyte);
    let thrice = gzip(1, &nested);
    vec![
        ("a gzip", "gzip", gzip(64, &zeros)),
        ("gzip in pieces", "gzip", gigabyte),
        ("zlib", "deflate", zlib.finish().expect("memory")),
        ("deflate", "deflate", raw.finish().expect("memory")),
        ("brotli", "br", brotli.into_inner()),
        ("gzip in gzip", "gzip, gzip", nested),
        ("gzip in gzip in gzip", "gzip, gzip, gzip", thrice),
    ]
}

#[test]
fn a_compressed_bomb_is_kept_as_it_came_and_given_up_before_it_is_large() {
    const MORE: u64 = 16 << 20;
    let (sandbox, bombs) = (Sandbox::new(), bombs());
    // Stream signs what was packed, so that it has to be unpacked to be judged; the other one is looked into for the reason.
    for (provider, signature) in [("stripe", "Stripe-Signature: t=1,v1=00"), ("stream", "X-Signature: 00")] {
        let mut listener = sandbox.listen(["--secret", "whsec_real", "--provider", provider]);
        let mut post = |coding: &str, body: &[u8]| {
            let coding = format!("Content-Encoding: {coding}");
            let headers = [coding.as_str(), signature, "Content-Type: application/json"];
            let reply = Wire::to(listener.socket()).post("/", &headers, body).reply();
            assert_eq!(reply.expect("an answer").status, 200);
            // It has been looked into, as far as that goes.
            listener.diagnosis();
            listener.most_memory()
        };
        for (what, coding, bomb) in &bombs {
            // What a body of this size takes in any case it has taken before.
            let before = post("identity", &vec![b'x'; bomb.len()]);
            let begun = std::time::Instant::now();
            let after = post(coding, bomb);
            measured(format_args!("{provider}: {what} of {} bytes is given up", bomb.len()), begun.elapsed());
            if let (Some(before), Some(after)) = (before, after) {
                // The system counts the most in steps, and may take a few back.
                let more = after.saturating_sub(before);
                assert!(more <= MORE, "{provider}, {what}: {} KiB more", more >> 10);
            }
            assert_eq!(sandbox.ok(["events", "show", "latest", "--raw"]).bytes(), &bomb[..], "{what}");
        }
        listener.stop().exits(130);
    }
    sandbox.ok(["events", "show", "latest"]);
    sandbox.hookctl(["verify", "latest", "--secret", "whsec_real"]).run().exits(1);
}

#[test]
fn many_large_bodies_at_once_are_taken_in_bounded_memory() {
    /// What they hold together is more than what may be held.
    const SENDERS: usize = 192;
    const BODY: usize = 1 << 20;
    const MOST: u64 = 128 << 20;
    let sandbox = Sandbox::new();
    let listener = sandbox.listen::<_, &str>([]);
    let address = listener.socket();
    let body = vec![b'x'; BODY];
    let ready = std::sync::Barrier::new(SENDERS);
    std::thread::scope(|scope| {
        for _ in 0..SENDERS {
            scope.spawn(|| {
                let mut wire = Wire::to(address);
                let head = format!("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {BODY}\r\n\r\n");
                wire.send(head).send(&body[..BODY / 2]);
                // All of them are in the middle of it.
                ready.wait();
                let reply = wire.send(&body[BODY / 2..]).reply().expect("an answer");
                assert!(reply.status == 200 || reply.status == 503, "{}", reply.head);
            });
        }
    });
    if let Some(most) = listener.most_memory() {
        assert!(most < MOST, "{} MiB", most >> 20);
    }
    listener.stop().exits(130);
}

#[test]
fn secrets_are_nowhere_but_where_they_were_asked_for() {
    const CANARY: &str = "whsec_CANARYcanary0123456789";
    let sandbox = Sandbox::new();
    sandbox.configure(&format!("[providers.stripe]\nsecret = \"{CANARY}\"\n"));
    let listener = sandbox.listen::<_, &str>([]);
    let to = listener.url("/webhooks/stripe");
    let bearer = "BEARERbearer98765";
    let mut said = Vec::new();
    for args in [
        &["send", "stripe", "customer.created", "--bearer", bearer, "--to", &to][..],
        &["send", "stripe", "customer.created", "--bearer", bearer, "--to", &to, "--json", "-v"],
        &["verify"],
        &["verify", "--json"],
        &["verify", "--secret", &format!("{CANARY}\n")],
        &["events", "show", "latest"],
        &["events", "show", "latest", "--json"],
        &["events", "show", "latest", "--curl", "--redact"],
        &["events", "list", "--sent", "--json"],
        &["config"],
        &["config", "--json"],
        &["providers", "show", "stripe"],
        &["send", "svix", "user.created", "--secret", CANARY, "--dry-run"],
    ] {
        let ran = sandbox.hookctl(args.iter().copied()).run();
        said.push(ran.stdout() + &ran.stderr());
    }
    said.push(listener.stop().stdout());
    // In no other clothes either.
    let forms = |secret: &str| {
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        let percent: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let reversed: String = secret.chars().rev().collect();
        let base64 = [STANDARD, URL_SAFE, STANDARD_NO_PAD, URL_SAFE_NO_PAD].map(|engine| engine.encode(secret));
        [vec![secret.to_owned(), hex.to_uppercase(), hex, percent, reversed], base64.to_vec()].concat()
    };
    let canaries = [forms(CANARY), forms("CANARYcanary0123456789"), forms(bearer)].concat();
    for (index, text) in said.iter().enumerate() {
        let told = canaries.iter().find(|canary| text.contains(canary.as_str()));
        assert!(told.is_none(), "command {index} told a secret as {told:?}: {text}");
    }
    assert!(sandbox.ok(["secret", "stripe"]).stdout().contains(CANARY), "it was asked for");
}
