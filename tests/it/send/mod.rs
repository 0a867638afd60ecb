//! `hookctl send`.
//!
//! ```text
//! requests.rs   what is on the wire
//! outcomes.rs   what counts as accepted, how failures are told apart
//! tampering.rs  requests that are broken on purpose
//! records.rs    what is recorded
//! refusals.rs   what is asked for and refused
//! ```

mod outcomes;
mod records;
mod refusals;
mod requests;
mod tampering;

use serde_json::Value;

use crate::support::{Ran, Sandbox};

const EVENT: [&str; 3] = ["send", "stripe", "payment_intent.succeeded"];

/// The usual event to a URL, with further arguments.
fn send(sandbox: &Sandbox, to: &str, more: &[&str]) -> Ran {
    sandbox.hookctl(EVENT.into_iter().chain(["--to", to]).chain(more.iter().copied())).run()
}

/// The only attempt of a run with `--json`.
#[track_caller]
fn attempt(ran: &Ran) -> Value {
    let mut attempts = ran.of_kind("attempt");
    assert_eq!(attempts.len(), 1, "{ran}");
    attempts.remove(0)
}

/// The lines of the head of a raw request.
fn head(raw: &[u8]) -> Vec<String> {
    let end = raw.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    String::from_utf8_lossy(&raw[..end]).split("\r\n").map(str::to_owned).collect()
}

fn names(head: &[String]) -> Vec<&str> {
    head.iter().skip(1).filter_map(|line| line.split_once(": ")).map(|(name, _)| name).collect()
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
