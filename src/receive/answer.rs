//! What the sender gets.

use crate::http::server::Answer;
use crate::provider::Judgement;
use crate::store::StoreError;

/// The delivery is recorded. The body stays empty: some providers read an answer's body as instructions.
pub fn accepted() -> Answer {
    Answer::new(200)
}

/// The signature is not valid, and only valid ones are wanted.
pub fn not_valid(judgement: &Judgement) -> Answer {
    let reason = judgement.reason.map_or("signature-mismatch", |reason| reason.as_str());
    Answer::text(401, format!("the signature is not valid: {reason}\n"))
}

/// The delivery could not be recorded: the sender is to try again.
pub fn not_recorded(error: &StoreError) -> Answer {
    /// Seconds; room on a disk is rarely found faster, and a queue is empty long before.
    const RETRY_AFTER: &str = "1";
    let text = match error {
        StoreError::TooBig => return Answer::text(413, "the delivery is too large to be recorded\n"),
        StoreError::Busy => "too many deliveries are waiting to be recorded\n",
        _ => "the delivery could not be recorded\n",
    };
    let mut answer = Answer::text(503, text);
    answer.headers.push("Retry-After", RETRY_AFTER);
    answer
}
