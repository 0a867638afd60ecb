//! hookctl talks to nobody but those who were named: every socket of a run is looked at.
//!
//! `strace` shows them. Where there is none, nothing is proved here.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::hookctl::Hookctl;
use crate::support::{Sandbox, Upstream, Wire, announced, signal};

/// The places that a trace has sockets connected or bound to.
fn places(trace: &str) -> Vec<&str> {
    trace.lines().filter_map(|line| line.split_once("{sa_family=")).map(|(_, place)| place).collect()
}

/// Whether a place is on this machine: loopback, whatever the port, but no name server.
fn is_local(place: &str) -> bool {
    let loopback = place.contains("inet_addr(\"127.0.0.1\")") || place.contains("\"::1\"");
    loopback && !place.contains("htons(53)")
}

/// By way of `strace`, which writes these system calls into a file. -D: hookctl is our own child, and strace is on the side.
fn traced(hookctl: Hookctl, calls: &str, file: &Path) -> Hookctl {
    let file = file.to_str().expect("a path");
    hookctl.under(&["strace", "-D", "-f", "-qq", "-e", &format!("trace={calls}"), "-o", file])
}

fn can_trace() -> bool {
    Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_ok_and(|status| status.success())
}

#[test]
fn nobody_is_called_who_was_not_named() {
    const CALLS: &str = "connect,bind,sendto";
    if !can_trace() {
        return;
    }
    let sandbox = Sandbox::new();
    let target = Upstream::new();
    let traces = ["listen", "send", "verify"].map(|name| sandbox.path(&format!("{name}.trace")));
    let line = ["listen", "--bind", "127.0.0.1:0", "--ui", "127.0.0.1:0", "--forward-to", &target.url("/")];
    let mut listener = traced(sandbox.hookctl(line), CALLS, &traces[0]).spawn();
    let address = announced(&mut listener);
    // What names another machine in a delivery is data, and no reason to call there.
    let lure = br#"{"Type":"SubscriptionConfirmation","SubscribeURL":"http://192.0.2.1/","url":"http://192.0.2.2/"}"#;
    let headers = ["X-Forwarded-Host: 192.0.2.3", "X-Amz-Sns-Message-Type: SubscriptionConfirmation"];
    for path in ["/webhooks/aws-sns", "/webhooks/stripe", "http://192.0.2.4/absolute"] {
        assert!(Wire::to(address).post(path, &headers, lure).reply().is_some(), "{path}");
    }
    let url = format!("http://{address}/webhooks/paypal");
    for (args, trace) in [
        (&["send", "paypal", "PAYMENT.CAPTURE.COMPLETED", "--to", &url][..], &traces[1]),
        (&["verify", "latest"], &traces[2]),
    ] {
        traced(sandbox.hookctl(args.iter().copied()), CALLS, trace).run();
    }
    signal(listener.id(), "TERM");
    listener.wait().expect("it ends");
    let read = |trace: &std::path::PathBuf| std::fs::read_to_string(trace).expect("a trace");
    let [listened, sent, verified] = traces.each_ref().map(read);
    assert!(places(&listened).len() >= 3 && !places(&sent).is_empty(), "two bound, one called:\n{listened}{sent}");
    for trace in [&listened, &sent, &verified] {
        let elsewhere: Vec<&str> = places(trace).into_iter().filter(|place| !is_local(place)).collect();
        assert!(elsewhere.is_empty(), "{elsewhere:#?}");
    }
}

#[test]
fn no_command_calls_anybody_or_looks_a_name_up_unasked() {
    const CALLS: &str = "connect,bind,sendto,sendmsg,sendmmsg";
    if !can_trace() {
        return;
    }
    let (sandbox, target) = (Sandbox::new(), Upstream::new());
    let mut listener = sandbox.listen::<_, &str>([]);
    // A name of this machine's own, which no name server need hear of.
    let port = target.address().port();
    let (named, numbered) = (format!("http://app.localhost:{port}/"), target.url("/webhooks/stripe"));
    sandbox.ok(["send", "aws-sns", "Notification", "--to", &listener.url("/webhooks/aws-sns")]);
    listener.delivery();
    drop(listener);
    let lines = [
        format!("send stripe customer.created --to {named}"),
        format!("send stripe customer.created --to http://localhost:{port}/"),
        format!("send svix user.created --to {numbered} --retry none --json"),
        format!("replay 1 --to {named} --yes"),
        format!("load {named} --provider stripe --requests 3 --json -q"),
        format!("listen --bind localhost:0 --ui 127.0.0.1:0 --forward-to {named} --for 1ms"),
        "send --list-scenarios stripe".to_owned(),
        "verify 1".to_owned(),
        "verify 1 --thorough --explain --json".to_owned(),
        "events list".to_owned(),
        "events show 1".to_owned(),
        "events stats".to_owned(),
        "events schema".to_owned(),
        "events check".to_owned(),
        "events export -o all.ndjson".to_owned(),
        "events export --format har -o all.har".to_owned(),
        "events import all.har".to_owned(),
        "events fixture 1 --dir own".to_owned(),
        "providers".to_owned(),
        "providers show paypal".to_owned(),
        "secret aws-sns --public".to_owned(),
        "config".to_owned(),
        "init".to_owned(),
        "trust --list".to_owned(),
        "completions zsh".to_owned(),
        "man".to_owned(),
        "--version".to_owned(),
        "--help".to_owned(),
    ];
    let trace = sandbox.path("trace");
    for line in &lines {
        let ran = traced(sandbox.hookctl(line.split(' ')), CALLS, &trace).run();
        assert!(ran.code().is_some_and(|code| code < 2), "{ran}");
        let calls = std::fs::read_to_string(&trace).expect("a trace");
        let elsewhere: Vec<&str> = places(&calls).into_iter().filter(|place| !is_local(place)).collect();
        assert!(elsewhere.is_empty(), "{line}: {elsewhere:#?}");
        let calls_somebody = line.contains("http://") && !line.starts_with("listen");
        assert_eq!(calls_somebody, calls.contains("connect("), "{line}: {calls}");
        std::fs::remove_file(&trace).expect("a trace");
    }
    assert!(target.all().len() >= 2 + 1 + 1 + 3);
}

/// Every command that reads the configuration, in a form that does something.
const COMMANDS: [&str; 22] = [
    "listen --for 1ms",
    "send stripe customer.created",
    "send stripe customer.created --dry-run",
    "load",
    "load --emit k6",
    "replay latest",
    "sign stripe --data hookctl.toml",
    "verify hookctl.toml",
    "events list",
    "events show latest",
    "events export",
    "events import hookctl.toml",
    "events stats",
    "events schema",
    "events diff 1 2",
    "events check",
    "events fixture latest",
    "events prune --older-than 1d",
    "providers",
    "secret stripe",
    "config",
    "events delete latest --yes",
];

#[test]
fn no_command_does_anything_in_a_folder_of_somebody_else_before_it_is_trusted() {
    // What may come with a folder that was downloaded: a file with commands and targets, folders with names that mean something.
    if !can_trace() {
        return;
    }
    let sandbox = Sandbox::new();
    let proof = sandbox.work().join("proof");
    sandbox.write(
        "hookctl.toml",
        format!(
            "store = 'theirs.db'\n[listen]\nbind = '0.0.0.0:0'\nexec = 'touch {0}'\nalert = ['silence > 1ms']\n\
             alert_exec = 'touch {0}'\nalert_url = 'http://192.0.2.1/'\nforward_to = 'http://192.0.2.2/'\n\
             source = 'http://192.0.2.3/'\n[[route]]\nto = 'http://192.0.2.4/'\n",
            proof.display()
        ),
    );
    sandbox.write("sh", "#!/bin/sh\ntouch proof\n");
    sandbox.write(".hookctl/config.toml", "[listen]\nexec = 'touch proof'\n");
    sandbox.write("providers/stripe/provider.toml", "title = 'theirs'\n");
    let before = sandbox.snapshot();
    let trace = sandbox.path("trace");
    for line in COMMANDS {
        let hookctl =
            sandbox.hookctl(line.split(' ')).env("PATH", format!(".:{}", std::env::var("PATH").unwrap_or_default()));
        let ran = traced(hookctl, "execve,connect,bind,sendto,openat,mkdir,rename,unlink", &trace).run();
        assert_eq!(ran.code(), Some(2), "{line}: {ran}");
        let calls = std::fs::read_to_string(&trace).expect("a trace");
        assert_eq!(calls.matches("execve(").count(), 1, "{line}: {calls}");
        let made = ["connect(", "bind(", "mkdir(", "rename(", "unlink(", "O_CREAT", "O_WRONLY", "O_RDWR"];
        let writes: Vec<&str> = calls
            .lines()
            .filter(|call| made.iter().any(|made| call.contains(made)) && !call.contains("/dev/"))
            .collect();
        assert!(writes.is_empty(), "{line}: {writes:#?}");
        std::fs::remove_file(&trace).expect("a trace");
    }
    assert_eq!(sandbox.snapshot(), before, "no file was made or changed");
}

#[test]
fn a_project_file_that_nobody_accepted_starts_and_reaches_nothing() {
    if !can_trace() {
        return;
    }
    for (text, key) in [
        ("[listen]\nexec = 'touch {}/proof'\n", "listen.exec"),
        ("[listen]\nalert = ['silence > 1ms']\nalert_exec = 'touch {}/proof'\n", "listen.alert_exec"),
        ("[listen]\nalert_url = 'http://192.0.2.1/'\n", "listen.alert_url"),
        ("[listen]\nbind = '0.0.0.0:0'\n", "listen.bind"),
        ("[listen]\nui = '0.0.0.0:0'\n", "listen.ui"),
        ("[listen]\nforward_to = 'http://192.0.2.1/'\n", "listen.forward_to"),
        ("[listen]\nsource = 'http://192.0.2.1/x'\n", "listen.source"),
        ("[[route]]\nto = 'http://192.0.2.1/'\n", "route.to"),
    ] {
        let sandbox = Sandbox::new();
        sandbox.write("hookctl.toml", text.replace("{}", sandbox.work().to_str().expect("a path")));
        let before = sandbox.snapshot();
        for args in [
            &["listen", "--for", "1ms"][..],
            &["send", "stripe", "customer.created"],
            &["replay", "latest"],
            &["config"],
            &["events", "list"],
        ] {
            let trace = sandbox.path("trace");
            let ran = traced(sandbox.hookctl(args.iter().copied()), "execve,connect,bind", &trace).run().exits(2);
            assert!(ran.stderr().contains(key), "{text}: {ran}");
            let calls = std::fs::read_to_string(&trace).expect("a trace");
            assert!(!calls.contains("connect(") && !calls.contains("bind("), "{text} {args:?}: {calls}");
            assert_eq!(calls.matches("execve(").count(), 1, "{text} {args:?}: {calls}");
            std::fs::remove_file(trace).expect("a trace");
        }
        assert_eq!(sandbox.snapshot(), before, "{text}: no file was made or changed");
    }
}
