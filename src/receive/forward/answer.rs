//! What the sender gets when its delivery was forwarded: the target's own answer, or why there is none.

use crate::http::hop_by_hop;
use crate::http::server::Answer;
use crate::model::{FailureKind, NewAttempt};

/// The answer of a target is passed on: status, headers but those of its connection, body. Without one the sender is told
/// so with a status that every provider takes as "try again".
pub fn of(attempt: &NewAttempt) -> Answer {
    match &attempt.outcome {
        Ok(response) => Answer {
            headers: hop_by_hop::response(&response.headers),
            body: response.body.clone(),
            ..Answer::new(response.status)
        },
        Err(FailureKind::ResponseTimeout) => Answer::text(504, "the target did not answer in time\n"),
        Err(kind) => Answer::text(502, format!("the target gave no answer: {}\n", kind.sentence())),
    }
}
