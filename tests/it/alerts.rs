//! `listen --alert`: raised once, over when all is well again, and told to whoever is to know.

use serde_json::Value;

use crate::support::{Listener, Receiver, Sandbox, Wire};

/// The next alert of a listener.
fn alert(listener: &mut Listener) -> Value {
    loop {
        let object = listener.next();
        if object["kind"] == "alert" {
            return object;
        }
    }
}

#[test]
fn an_alert_is_raised_once_and_over_when_nothing_is_bad_any_more() {
    let sandbox = Sandbox::new();
    let args =
        ["--alert", "error_rate > 10%", "--alert", "p95>1h", "--alert-window", "1s", "--respond", "500,500,500,200"];
    let mut listener = sandbox.listen(args);
    let mut wire = Wire::to(listener.socket());
    for _ in 0..3 {
        wire.post("/", &[], b"x").reply().expect("an answer");
    }
    let raised = alert(&mut listener);
    assert_eq!((&raised["alert"], &raised["state"]), (&"error_rate > 10%".into(), &"raised".into()));
    assert_eq!((&raised["actual"], &raised["explanation"]), (&1.0.into(), &"error_rate is 100% (> 10%)".into()));
    // The window passes, and then a part of it in which all is good.
    assert_eq!(alert(&mut listener)["state"], "over");
    let ended = listener.stop().exits(130);
    assert!(ended.of_kind("alert").is_empty(), "{ended}");
    let told = ended.stderr();
    assert!(
        told.contains("alert: error_rate is 100% (> 10%)") && told.contains("alert over: error_rate > 10%"),
        "{told}"
    );
}

#[test]
fn what_comes_at_the_very_end_is_not_missed() {
    let sandbox = Sandbox::new();
    let mut hook = Receiver::answering([200]);
    let listener = sandbox.listen(["--alert", "requests > 0", "--alert-url", &hook.url("/"), "--exit-after", "1"]);
    Wire::to(listener.socket()).post("/", &[], b"x").reply().expect("an answer");
    let ended = listener.wait().exits(0);
    let alerts = ended.of_kind("alert");
    assert_eq!((alerts.len(), &alerts[0]["state"]), (1, &"raised".into()), "{ended}");
    assert_eq!(hook.next().json(), alerts[0]);
}

#[test]
fn silence_a_program_and_a_url_are_told() {
    let sandbox = Sandbox::new();
    let mut hook = Receiver::answering([200]);
    let args = ["--alert", "silence(stripe) > 100ms", "--alert-exec", "tee told.json"];
    let mut listener = sandbox.listen(args.into_iter().chain(["--alert-url", &hook.url("/alerts?to=ops")]));
    let raised = alert(&mut listener);
    assert_eq!(raised["state"], "raised");
    let called = hook.next();
    assert_eq!((called.method.as_str(), called.target.as_str()), ("POST", "/alerts?to=ops"));
    assert_eq!(called.header("content-type"), Some("application/json"));
    assert_eq!(called.json(), raised);
    listener.stop().exits(130);
    let told = std::fs::read(sandbox.path("told.json")).expect("the program was run");
    assert_eq!(serde_json::from_slice::<Value>(&told).expect("JSON"), raised);
}

#[test]
fn behind_an_answer_the_attempts_are_what_counts() {
    let sandbox = Sandbox::new();
    let upstream = Receiver::answering([500]);
    let url = upstream.url("/");
    let args = ["--ack", "202", "--retry", "none", "--alert", "error_rate >= 100%", "--forward-to", &url];
    let mut listener = sandbox.listen(args);
    assert_eq!(Wire::to(listener.socket()).post("/", &[], b"x").reply().expect("an answer").status, 202);
    assert_eq!(alert(&mut listener)["explanation"], "error_rate is 100% (>= 100%)");
    listener.stop().exits(130);
}

#[test]
fn what_cannot_be_measured_or_may_not_be_called_is_refused_at_once() {
    let sandbox = Sandbox::new();
    for (args, error, hint) in [
        (&["--alert", "eror_rate > 1%"][..], "did you mean 'error_rate'?", ""),
        (&["--alert", "late > 0"], "not measured here, but by load --assert", ""),
        (&["--alert", "p95 > 2"], "write a duration", ""),
        (&["--alert-exec", "true"], "--alert-exec does nothing without --alert", ""),
        (&["--alert", "failed > 0", "--alert-url", "http://192.0.2.1/"], "is not on this machine", "--allow-remote"),
    ] {
        sandbox.hookctl(["listen"].iter().chain(args)).run().refuses(2, error, hint);
    }
    sandbox.write("hookctl.toml", "[listen]\nalert = 'failed > 0'\nalert_url = 'http://192.0.2.1/'\n");
    sandbox.hookctl(["listen"]).run().refuses(2, "may not set 'listen.alert_url'", "hookctl trust");
}
