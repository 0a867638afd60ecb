//! `listen` in scripts: when it is ready, when it ends, and with which code. Nothing here sleeps, nor does a script have to.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Ran, Sandbox, Wire};

fn send(sandbox: &Sandbox, url: &str, event: &str, more: &[&str]) {
    let args = ["send", "stripe", event, "--to", url];
    sandbox.hookctl(args.into_iter().chain(more.iter().copied())).run().exits(0);
}

fn expectations(ran: &Ran) -> Vec<(Value, Value)> {
    ran.of_kind("expectation").iter().map(|object| (object["expect"].clone(), object["met"].clone())).collect()
}

#[test]
fn it_ends_with_0_as_soon_as_all_that_was_expected_has_come() {
    let sandbox = Sandbox::new();
    let expect = ["--expect", "stripe customer.created", "--expect", "str* invoice.* x2", "--within", "1h"];
    let listener = sandbox.listen(expect);
    let url = listener.url("/webhooks/stripe");
    for event in ["customer.created", "charge.refunded", "invoice.paid", "invoice.paid"] {
        send(&sandbox, &url, event, &[]);
    }
    let ended = listener.wait().exits(0);
    assert_eq!(
        expectations(&ended),
        [("stripe customer.created".into(), true.into()), ("str* invoice.* x2".into(), true.into())]
    );
    let stopped = &ended.of_kind("stopped")[0];
    assert_eq!((&stopped["why"], &stopped["deliveries"], &stopped["valid"]), (&"reached".into(), &4.into(), &4.into()));
    assert_eq!(ended.of_kind("expectation")[1]["deliveries"].as_array().expect("ids").len(), 2);
}

#[test]
fn it_ends_with_1_when_something_did_not_come_and_says_what() {
    let sandbox = Sandbox::new();
    let expect = ["--expect", "stripe customer.created", "--expect", "github push", "--within", "1s"];
    let mut listener = sandbox.listen(expect);
    send(&sandbox, &listener.url("/webhooks/stripe"), "customer.created", &[]);
    listener.delivery();
    let ended = listener.wait().exits(1);
    assert_eq!(
        expectations(&ended),
        [("stripe customer.created".into(), true.into()), ("github push".into(), false.into())]
    );
    assert_eq!(ended.of_kind("stopped")[0]["why"], "late");
}

#[test]
fn what_is_not_valid_was_not_what_was_expected() {
    let sandbox = Sandbox::new();
    let listener =
        sandbox.listen(["--expect", "stripe *", "--exit-after", "2", "--secret", "whsec_real", "--provider", "stripe"]);
    let url = listener.url("/webhooks/stripe");
    for tamper in ["header", "body"] {
        send(&sandbox, &url, "customer.created", &["--secret", "whsec_real", "--tamper", tamper]);
    }
    let ended = listener.wait().exits(1);
    let expected = &ended.of_kind("expectation")[0];
    let told = json!({
        "kind": "expectation", "expect": "stripe *", "met": false, "deliveries": [], "not_valid": 2,
        "verdict": "invalid", "reason": "signature-mismatch",
    });
    assert_eq!(expected, &told);
    // The same for people: results are on stdout.
    let args = ["listen", "--bind", "127.0.0.1:0", "--no-ui", "--for", "0", "--expect", "stripe *", "--expect", "svix"];
    let ran = sandbox.hookctl(args).run().exits(1);
    assert!(ran.stdout().contains("✗ stripe *  did not come\n✗ svix  did not come\n"), "{ran}");
}

#[test]
fn a_delivery_sent_again_is_not_a_second_one() {
    let sandbox = Sandbox::new();
    let listener = sandbox.listen(["--expect", "stripe customer.* x2", "--exit-after", "3"]);
    let url = listener.url("/webhooks/stripe");
    for _ in 0..3 {
        send(&sandbox, &url, "customer.created", &["--id", "evt_same"]);
    }
    let ended = listener.wait().exits(1);
    assert_eq!(ended.of_kind("expectation")[0]["deliveries"].as_array().expect("ids").len(), 1);
    // But what another run has recorded does not count against this one.
    let listener = sandbox.listen(["--expect", "stripe customer.*", "--exit-after", "1"]);
    send(&sandbox, &listener.url("/webhooks/stripe"), "customer.created", &["--id", "evt_same"]);
    listener.wait().exits(0);
}

#[test]
fn a_number_or_a_time_ends_it_with_0() {
    let sandbox = Sandbox::new();
    let listener = sandbox.listen(["--exit-after", "2"]);
    let mut wire = Wire::to(listener.socket());
    for body in [b"a", b"b"] {
        assert_eq!(wire.post("/", &[], body).reply().expect("an answer").status, 200);
    }
    assert_eq!(listener.wait().exits(0).of_kind("delivery").len(), 2);
    let ended = sandbox.listen(["--for", "10ms"]).wait().exits(0);
    assert_eq!(ended.of_kind("stopped")[0]["why"], "time");
    // An interruption is told from all of these.
    let ended = sandbox.listen(["--expect", "stripe"]).stop().exits(130);
    assert_eq!(expectations(&ended), [("stripe".into(), false.into())]);
}

#[test]
fn what_can_never_come_is_refused_at_once() {
    let sandbox = Sandbox::new();
    let listen = |expect: &str| sandbox.hookctl(["listen", "--bind", "127.0.0.1:0", "--expect", expect]).run();
    listen("strpe invoice.paid").refuses(2, "'strpe'", "did you mean 'stripe'?");
    assert!(listen("stripe x0").exits(2).stderr().contains("'x0' is no number of times"));
    let ran = sandbox.hookctl(["listen", "--within", "3s"]).run().exits(2);
    assert!(ran.stderr().contains("--expect"), "{ran}");
}

fn address(file: &Path) -> Option<SocketAddr> {
    let text = std::fs::read_to_string(file).ok()?;
    Some(text.strip_prefix("http://").expect("a URL").trim_end().parse().expect("an address"))
}

#[test]
fn the_ready_file_is_there_while_it_listens_and_only_then() {
    let sandbox = Sandbox::new();
    // That of a listener that is no more.
    let file = sandbox.write("ready", "http://127.0.0.1:1\n");
    let listener = sandbox.listen(["--ready-file", "ready"]);
    // The first line is printed just before; whoever waits for the file waits for the file.
    let found = std::iter::repeat_with(|| address(&file)).flatten().next().expect("it comes");
    assert_eq!(found, listener.socket());
    assert_eq!(Wire::to(found).post("/", &[], b"").reply().expect("an answer").status, 200);
    listener.stop().exits(130);
    assert!(!file.exists());
    assert_eq!(std::fs::read_dir(sandbox.work()).expect("a folder").count(), 0, "no drafts are left");
    let ran = sandbox.hookctl(["listen", "--bind", "127.0.0.1:0", "--ready-file", "nowhere/ready"]).run();
    ran.refuses(3, "cannot write nowhere/ready: no such file or folder", "");
    let ran = sandbox.hookctl(["listen", "--bind", "127.0.0.1:0", "--ready-file", "."]).run();
    ran.refuses(2, ". is a folder, not a file", "");
}

#[test]
fn a_pipe_tells_who_waits_for_it() {
    let sandbox = Sandbox::new();
    let pipe = sandbox.path("ready");
    let made = Command::new("mkfifo").arg(&pipe).status();
    if !made.is_ok_and(|status| status.success()) {
        // Skipped: there is no mkfifo.
        return;
    }
    let listener = sandbox.listen(["--ready-file", "ready"]);
    assert_eq!(address(&pipe).expect("a line"), listener.socket());
    listener.stop().exits(130);
    assert!(pipe.exists(), "it is somebody else's");
}

#[test]
fn the_recipe_of_the_readme_works_and_fails_when_it_should() {
    let sandbox = Sandbox::new();
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("README.md");
    let recipe = readme.split("```sh\n").find(|block| block.contains("mkfifo")).expect("a recipe");
    let recipe = recipe.split("```").next().expect("its end");
    let run = |app: &str| {
        let script = recipe.replace("./run-my-tests", app).replace("--within 30s", "--within 2s");
        sandbox.shell(&script)
    };
    let good = run("hookctl send stripe payment_intent.succeeded --quiet --to");
    assert_eq!(good.status.code(), Some(0), "{good:?}");
    let bad = run("hookctl send stripe customer.created --quiet --to");
    assert_eq!(bad.status.code(), Some(1), "{bad:?}");
    assert!(
        String::from_utf8_lossy(&bad.stdout).contains("✗ stripe payment_intent.succeeded  did not come"),
        "{bad:?}"
    );
}

#[test]
fn refused_peers_do_not_fill_the_screen() {
    let sandbox = Sandbox::new();
    let args = ["listen", "--bind", "127.0.0.1:0", "--no-ui", "--allow", "192.0.2.1", "--ready-file", "ready"];
    let child = sandbox.hookctl(args).spawn();
    let file = sandbox.path("ready");
    let listener = std::iter::repeat_with(|| address(&file)).flatten().next().expect("it comes");
    for _ in 0..50 {
        assert_eq!(Wire::to(listener).post("/", &[], b"").reply().expect("an answer").status, 403);
    }
    crate::support::signal(child.id(), "INT");
    let ended = child.wait_with_output().expect("it ends");
    let stderr = String::from_utf8_lossy(&ended.stderr);
    let lines = stderr.lines().filter(|line| line.contains("this client is not allowed")).count();
    assert!((1..50).contains(&lines) && stderr.contains("50 refused"), "{stderr}");
}
