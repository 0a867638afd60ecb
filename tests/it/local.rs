//! hookctl talks to nobody but those who were named: every socket of a run is looked at.
//!
//! `strace` shows them. Where there is none, nothing is proved here.

use std::process::{Command, Stdio};

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

#[test]
fn nobody_is_called_who_was_not_named() {
    let traced = |file: &std::path::Path| {
        let file = file.to_str().expect("a path").to_owned();
        // -D: hookctl is our own child, and strace is on the side.
        ["strace", "-D", "-f", "-qq", "-e", "trace=connect,bind,sendto", "-o", &file].map(str::to_owned)
    };
    if !Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_ok_and(|status| status.success()) {
        return;
    }
    let sandbox = Sandbox::new();
    let target = Upstream::new();
    let traces = ["listen", "send", "verify"].map(|name| sandbox.path(&format!("{name}.trace")));
    let line = ["listen", "--bind", "127.0.0.1:0", "--ui", "127.0.0.1:0", "--forward-to", &target.url("/")];
    let wrapper = traced(&traces[0]);
    let wrapper: Vec<&str> = wrapper.iter().map(String::as_str).collect();
    let mut listener = sandbox.hookctl(line).under(&wrapper).spawn();
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
        let wrapper = traced(trace);
        let wrapper: Vec<&str> = wrapper.iter().map(String::as_str).collect();
        sandbox.hookctl(args.iter().copied()).under(&wrapper).run();
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
