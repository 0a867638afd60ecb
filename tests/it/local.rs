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
