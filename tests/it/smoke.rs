//! The first thing that a user does: listen in one terminal, send in another.

use crate::support::{Receiver, Sandbox};

#[test]
fn a_sent_event_is_received_verified_and_recorded() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--quiet"]);
    let to = listener.url("/webhooks/stripe");
    sandbox.ok(["send", "stripe", "payment_intent.succeeded", "--to", &to]);
    let delivery = listener.delivery();
    assert_eq!(delivery["provider"], "stripe");
    assert_eq!(delivery["event_type"], "payment_intent.succeeded");
    assert_eq!(delivery["verdict"], "valid");
    let ended = listener.stop().exits(130);
    assert_eq!(ended.object()["kind"], "stopped");
    assert_eq!(sandbox.ok(["events", "list", "--json"]).object()["id"], delivery["id"]);
}

#[test]
fn a_receiver_that_we_did_not_write_gets_the_event() {
    let sandbox = Sandbox::new();
    let mut receiver = Receiver::answering([204]);
    sandbox.ok(["send", "github", "push", "--to", &receiver.url("/hooks?a=1")]);
    let request = receiver.next();
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/hooks?a=1"));
    assert_eq!(request.header("x-github-event"), Some("push"));
    assert!(request.json()["repository"].is_object());
}
