//! Requests made to break out of the files that they are written to: what is read back is what was written, and a shell that
//! runs such a file does nothing but call `curl`.

use serde_json::Value;

use crate::support::{Sandbox, Wire};

/// Texts that mean something in one of the forms: quotes, ends of documents, commands, templates, comments, sections.
const EVIL: [&str; 24] = [
    "'; touch evil; '",
    "\"; touch evil; \"",
    "$(touch evil)",
    "`touch evil`",
    "\\'; touch evil #",
    "$'\\x27'; touch evil",
    "'\n touch evil\n'",
    "a' -o evil 'b",
    "--output=evil",
    "@/etc/passwd",
    "{{evil}}",
    "{{{{evil}}}}",
    "```\nHTTP 200\n[Asserts]\nstatus == 500\n```",
    "```json\n{}\n```\nGET http://192.0.2.1/",
    "\"}]}}],\"evil\":[{\"",
    "</script><script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "+1-1@SUM(1)",
    "#comment\n[Options]\ninsecure: true",
    "EOF\ntouch evil\n",
    "%00%0a%0dSet-Cookie: a=b",
    "\\u0000\\r\\nX: y",
    "\u{2028}\u{2029}\u{feff}",
    "\u{1b}[2J\u{7}",
];

/// What must be the same of a request before and behind a file.
fn essence(sandbox: &Sandbox, store: &str) -> Vec<(Value, Value, Vec<Value>)> {
    let objects = sandbox.ok(["--store", store, "events", "export"]).objects();
    let own = |header: &Value| header[0].as_str().is_some_and(|name| name.starts_with("X-"));
    let essence = |object: &Value| {
        let headers = object["headers"].as_array().expect("headers").iter().filter(|header| own(header));
        let body = if object["body"].is_null() { object["body_base64"].clone() } else { object["body"].clone() };
        (object["target"].clone(), body, headers.cloned().collect())
    };
    objects.iter().map(essence).collect()
}

#[test]
fn what_is_made_to_break_out_of_a_file_is_read_back_as_it_was() {
    let sandbox = Sandbox::new();
    let listener = sandbox.listen(["--quiet"]);
    let mut wire = Wire::to(listener.socket());
    for (at, evil) in EVIL.iter().enumerate() {
        let line: String = evil.chars().filter(|c| !c.is_control()).collect();
        let visible: String = evil.chars().filter(|c| c.is_ascii_graphic() && *c != '#').collect();
        let headers = [format!("X-Evil: {line}"), format!("X-Evil-{at}: \"{line}\" '{line}'")];
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let target = format!("/{visible}?q={visible}");
        let body = [evil.as_bytes(), b"\n", evil.as_bytes()].concat();
        assert_eq!(wire.post(&target, &headers, &body).reply().expect("an answer").status, 200, "{evil}");
    }
    listener.stop().exits(130);
    let store = sandbox.store().display().to_string();
    let before = essence(&sandbox, &store);
    assert_eq!(before.len(), EVIL.len());
    for format in ["ndjson", "har", "curl", "hurl"] {
        let file = format!("all.{format}");
        sandbox.ok(["events", "export", "--format", format, "-o", &file]);
        let other = format!("{format}.db");
        sandbox.ok(["--store", &other, "events", "import", &file]);
        let behind = essence(&sandbox, &other);
        for (evil, (before, behind)) in EVIL.iter().zip(before.iter().zip(&behind)) {
            assert_eq!(before, behind, "{format}: {evil}");
        }
        assert_eq!(behind.len(), before.len(), "{format}");
    }
    // Curl is called, so often and not more, and nothing else.
    sandbox.write("bin/curl", "#!/bin/sh\necho called >> calls\n");
    let path = sandbox.path("bin/curl");
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("a mode");
    let before = sandbox.snapshot().len();
    let ran = sandbox.shell("PATH=\"$PWD/bin:$PATH\" sh all.curl");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let calls = std::fs::read_to_string(sandbox.path("calls")).expect("calls");
    assert_eq!(calls.lines().count(), EVIL.len());
    assert_eq!(sandbox.snapshot().len(), before + 1, "nothing but the list of calls was made");
}
