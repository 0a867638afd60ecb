//! Files that are read and written are those that were named: no name in a delivery leads anywhere else, and no link that is
//! put there meanwhile does.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::json;

use crate::support::{Sandbox, Wire};

/// Names that lead out of a folder somewhere, or are no names there.
fn names() -> Vec<String> {
    let long = "n".repeat(300);
    let deep = "../".repeat(40) + "tmp/evil";
    let mut names: Vec<String> = [
        "..",
        ".",
        "../evil",
        "../../evil",
        "a/../../../evil",
        "/tmp/evil",
        "//tmp/evil",
        "./../evil",
        "..\\evil",
        "..\\..\\evil",
        "C:\\evil",
        "C:evil",
        "\\\\host\\share\\evil",
        "%2e%2e%2fevil",
        "%2e%2e/evil",
        "..%2fevil",
        "%252e%252e%252fevil",
        "..%c0%afevil",
        "..;/evil",
        ".../...//evil",
        "....//evil",
        "evil\u{0}.json",
        "../evil\u{0}",
        "~/evil",
        "~root/evil",
        "$HOME/evil",
        "file:///tmp/evil",
        "\u{2025}/evil",
        "\u{ff0e}\u{ff0e}/evil",
        "\u{ff0e}\u{ff0e}\u{ff0f}evil",
        "\u{2024}\u{2024}\u{2215}evil",
        "..\u{2044}evil",
        "evil\n../evil",
        " ../evil",
        "../evil ",
        ".hidden",
        "-rf",
        "--force",
        "CON",
        "NUL.json",
        "aux",
        "evil.",
        "evil ",
        "",
        " ",
        "*",
        "e/v/i/l",
        "evil|sh",
        "`touch evil`",
        "$(touch evil)",
    ]
    .map(str::to_owned)
    .to_vec();
    names.extend([long, deep]);
    names
}

/// Every file below the sandbox but for hookctl's own.
fn outside(sandbox: &Sandbox, folder: &str) -> Vec<String> {
    let own = [sandbox.data(), sandbox.path(folder)];
    let all = sandbox.snapshot().into_keys().filter(|path| !own.iter().any(|own| path.starts_with(own)));
    all.map(|path| path.display().to_string()).collect()
}

#[test]
fn no_name_in_a_delivery_becomes_a_path() {
    let sandbox = Sandbox::new();
    let listener = sandbox.listen::<_, &str>([]);
    let names = names();
    let mut wire = Wire::to(listener.socket());
    for name in &names {
        let event = json!({"id": name, "object": "event", "type": name, "data": {"object": {"id": name}}});
        let headers = ["Content-Type: application/json", "Stripe-Signature: t=1,v1=00"];
        let reply = wire.post("/webhooks/stripe", &headers, event.to_string().as_bytes()).reply();
        assert_eq!(reply.expect("an answer").status, 200);
    }
    listener.stop().exits(130);
    let before = outside(&sandbox, "own");
    for number in 1..=names.len() {
        let ran = sandbox.hookctl(["events", "fixture", &number.to_string(), "--dir", "own"]).run();
        assert!(ran.code().is_some_and(|code| code < 3), "{ran}");
        assert!(!ran.stderr().contains("panicked"), "{ran}");
    }
    let made = |folder: std::path::PathBuf| fs::read_dir(folder).map_or(0, Iterator::count);
    assert_eq!(outside(&sandbox, "own"), before, "whatever was made is in its folder");
    assert_eq!(made(sandbox.path("own")), made(sandbox.path("own")).min(1), "of one provider");
    for entry in fs::read_dir(sandbox.path("own/stripe/events")).into_iter().flatten() {
        let name = entry.expect("an entry").file_name().into_string().expect("text");
        assert!(!name.starts_with(['.', '-', ' ']) && !name.contains(['\\', '\0', '\n']), "{name:?}");
    }
    // What was typed is no path either where a name is meant.
    let before = sandbox.snapshot();
    for name in names.iter().filter(|name| !name.contains('\0') && !name.starts_with('-')) {
        for line in [
            &["send", "stripe", name, "--dry-run"][..],
            &["send", name, "x", "--dry-run"],
            &["secret", name],
            &["providers", "show", name],
        ] {
            let ran = sandbox.hookctl(line).run();
            assert_eq!(ran.code(), Some(2), "{ran}");
        }
    }
    assert_eq!(sandbox.snapshot(), before);
}

#[test]
fn a_link_that_comes_and_goes_is_never_written_through() {
    const FLIPS: usize = 10_000;
    const MINE: &str = "of great value";
    let sandbox = Sandbox::new();
    let listener = sandbox.listen::<_, &str>([]);
    Wire::to(listener.socket()).post("/", &[], b"x").reply().expect("an answer");
    listener.stop().exits(130);
    let victim = sandbox.work().parent().expect("a folder").join("victim");
    fs::write(&victim, MINE).expect("a file");
    let (link, flips) = (sandbox.path("out.ndjson"), AtomicUsize::new(0));
    thread::scope(|scope| {
        scope.spawn(|| {
            while flips.fetch_add(1, Ordering::Relaxed) < FLIPS {
                // Somebody else may have been quicker, both times.
                let _ = symlink(&victim, &link);
                let _ = fs::remove_file(&link);
            }
        });
        let mut written = 0;
        while flips.load(Ordering::Relaxed) < FLIPS || written == 0 {
            let ran = sandbox.hookctl(["events", "export", "-o", "out.ndjson"]).run();
            assert!([Some(0), Some(2)].contains(&ran.code()), "{ran}");
            written += usize::from(ran.code() == Some(0));
            assert_eq!(fs::read_to_string(&victim).expect("a file"), MINE, "it was written through the link");
            let _ = fs::remove_file(&link);
        }
    });
    // Nothing half written is left.
    let left: Vec<_> =
        fs::read_dir(sandbox.work()).expect("a folder").map(|entry| entry.expect("one").file_name()).collect();
    assert!(left.iter().all(|name| name == "out.ndjson"), "{left:?}");
}

#[test]
fn links_that_lead_nowhere_or_in_circles_are_told_and_nothing_waits_for_a_pipe() {
    let sandbox = Sandbox::new();
    symlink("circle", sandbox.path("circle")).expect("a link");
    symlink("/nowhere/at/all", sandbox.path("nowhere")).expect("a link");
    let pipe = std::process::Command::new("mkfifo").arg(sandbox.path("pipe")).status();
    let pipe = pipe.is_ok_and(|status| status.success()).then_some("pipe");
    for name in ["circle", "nowhere"].into_iter().chain(pipe) {
        let mut lines = vec![vec!["events", "export", "-o", name], vec!["secret", "stripe", "--write-env", name, "X"]];
        // What is read may be a pipe by right: somebody writes to it.
        if name != "pipe" {
            lines.push(vec!["verify", name]);
            lines.push(vec!["events", "import", name]);
            lines.push(vec!["send", "stripe", "charge.refunded", "--data", name, "--dry-run"]);
        }
        for line in lines {
            let ran = sandbox.hookctl(&line).run();
            assert!([Some(2), Some(3), Some(0)].contains(&ran.code()), "{ran}");
            assert!(!ran.stderr().contains("panicked"), "{ran}");
        }
    }
    assert!(!std::path::Path::new("/nowhere").exists());
}
