//! Exports as curl commands, run by a real shell and a real curl: what comes out of the wire is what was captured.

use std::process::Command;

use crate::support::{Act, Sandbox, Upstream};

/// What curl does not let anybody say: where `Host` stands and how it is spelled. Everything else is the same bytes.
#[test]
fn a_curl_export_run_by_a_shell_sends_the_captured_bytes() {
    if Command::new("curl").arg("--version").output().is_err() {
        return;
    }
    let sandbox = Sandbox::new();
    let upstream = Upstream::new();
    upstream.acts(Act::SayAndClose(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec()));
    let host = format!("Host: {}\r\n", upstream.address());
    let long = "long text, ".repeat(20_000);
    let larger = "a body that curl would ask about first".repeat(40_000);
    let bodies: [(&str, &[u8]); 9] = [
        (
            "POST /github?a=1&b=%27&c=$HOME HTTP/1.1\r\n{host}User-Agent: GitHub-Hookshot/1\r\nContent-Length: {n}\r\nX-GitHub-Event: push\r\ncontent-type: application/json\r\n",
            b"{\"it's\": \"$HOME `id` \\\\ %41 !x\"}",
        ),
        ("POST /nothing-of-curls HTTP/1.1\r\n{host}Content-Length: {n}\r\n", b"\x00\xff it's\r\n\t\x01\xc3\xa9 @x\n\n"),
        (
            "POST /small HTTP/1.1\r\n{host}x-lower: 1\r\naccept: */*\r\nX-Quote: it's \"$HOME\" `id` \\\r\nx-empty:\r\nX-Twice: 1\r\nX-Twice: 2\r\nX-Latin: caf\u{e9}\r\nContent-Type: text/plain\r\ncontent-length: {n}\r\n",
            b"@body",
        ),
        ("GET /a/../b/%2e%2E/[1]{2}|x?y=^<>\" HTTP/1.1\r\n{host}", b""),
        ("PUT /empty HTTP/1.1\r\n{host}Content-Length: {n}\r\nX-After: 1\r\n", b""),
        ("HEAD / HTTP/1.1\r\n{host}User-Agent: x\r\n", b""),
        ("OPTIONS * HTTP/1.1\r\n{host}Accept: text/html\r\n", b""),
        ("PATCH /long HTTP/1.1\r\n{host}Content-Type: text/plain\r\nContent-Length: {n}\r\n", long.as_bytes()),
        ("POST /larger HTTP/1.1\r\n{host}Content-Type: text/plain\r\nContent-Length: {n}\r\n", larger.as_bytes()),
    ];
    for (head, body) in bodies {
        let head = head.replace("{host}", &host).replace("{n}", &body.len().to_string());
        // Latin-1, as bytes.
        let head: Vec<u8> = head.chars().map(|c| u8::try_from(c).expect("Latin-1")).collect();
        let captured = [&head[..], b"\r\n", body].concat();
        sandbox.write("captured.http", &captured);
        sandbox.ok(["events", "import", "captured.http"]);
        let script = sandbox.ok(["events", "export", "latest", "--format", "curl"]);
        sandbox.write("script.sh", script.bytes());
        let script = sandbox.path("script.sh");
        let ran = Command::new("sh").arg(&script).current_dir(sandbox.path(".")).output().expect("a shell");
        assert!(ran.status.success(), "{}\n{ran:?}", head.escape_ascii());
        let sent = upstream.next().bytes;
        let shown = |bytes: &[u8]| bytes[..bytes.len().min(500)].escape_ascii().to_string();
        assert!(sent == captured, "captured {}\nsent     {}", shown(&captured), shown(&sent));
    }
}
