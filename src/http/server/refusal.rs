//! The answer that tells a client why its request was refused.

use std::time::Duration;

use super::answer::{Answer, Form, write_head};
use super::handler::RefusalReason;

/// The answer: one line of text that quotes nothing of the request.
pub(super) fn answer(status: u16, reason: &RefusalReason) -> Answer {
    let mut answer = Answer::text(status, format!("{reason}\n"));
    match reason {
        RefusalReason::Rate { wait } => answer.headers.push("Retry-After", seconds(*wait).to_string()),
        // Connections end within moments and bodies within seconds; one is the shortest that can be said.
        _ if status == 503 => answer.headers.push("Retry-After", "1"),
        _ => {}
    }
    answer
}

/// Appends the whole answer.
pub(super) fn write_refusal(out: &mut Vec<u8>, status: u16, reason: &RefusalReason, head_only: bool) {
    let answer = answer(status, reason);
    let form = Form { head_only, close: true, tell_keep_alive: false };
    let with_body = write_head(out, &answer, form).expect("status and fields are our own");
    if with_body {
        out.extend_from_slice(&answer.body);
    }
}

/// Whole seconds, of which the last one is over.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}
