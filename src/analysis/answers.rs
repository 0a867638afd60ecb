//! Two answers to the same delivery: the one that was recorded, and the one to its replay.
//!
//! Pure. The status decides whether an answer has changed; headers, body and time are told beside it.

use std::time::Duration;

use super::requests::{Difference, Rules, Side, requests};
use crate::model::{Headers, NewAttempt, RecordedAnswer, Request};
use crate::text::matches_glob;

/// Headers that differ from answer to answer, or are about the connection alone. The length is the body's business.
const FLEETING: [&str; 11] = [
    "age",
    "connection",
    "content-length",
    "date",
    "keep-alive",
    "traceparent",
    "transfer-encoding",
    "x-correlation-id",
    "x-request-id",
    "x-response-time",
    "x-runtime",
];

/// How an answer compares with the recorded one.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The recorded status.
    pub old_status: u16,
    /// The new one; `None`: there was no answer.
    pub new_status: Option<u16>,
    /// Whether the change of the status counts.
    pub changed: bool,
    /// What else differs, where it was recorded.
    pub differences: Vec<Difference>,
    /// How long it took then and now.
    pub durations: (Option<Duration>, Duration),
}

/// Compares. `ignore` are globs of what is not looked at: `status`, `header:server`, `data.*` for what lies in the body,
/// `body` for all of that.
pub fn compare(recorded: &RecordedAnswer, attempt: &NewAttempt, ignore: &[String]) -> Comparison {
    let ignored = |what: &str| ignore.iter().any(|glob| matches_glob(glob, what));
    let new_status = attempt.outcome.as_ref().ok().map(|response| response.status);
    let differences = attempt.outcome.as_ref().map_or_else(
        |_| Vec::new(),
        |response| {
            let mut rules = Rules { ignore: ignore.to_vec(), ..Rules::default() };
            rules.ignore.extend(FLEETING.map(|name| format!("header:{name}")));
            // What was not recorded is taken to have been as it is now.
            let headers = recorded.headers.as_ref().unwrap_or(&response.headers);
            let body = recorded.body.as_ref().filter(|_| !ignored("body")).unwrap_or(&response.body);
            let (old, new) = (message(headers, body), message(&response.headers, &response.body));
            let mut differences = requests(side(&old), side(&new), &rules);
            differences.iter_mut().for_each(Difference::mask);
            differences
        },
    );
    Comparison {
        old_status: recorded.status,
        new_status,
        changed: new_status != Some(recorded.status) && !ignored("status"),
        differences,
        durations: (recorded.duration, attempt.duration),
    }
}

/// Headers and body as something that can be compared: an answer is a request without a request line.
fn message(headers: &Headers, body: &bytes::Bytes) -> Request {
    Request { method: String::new(), target: String::new(), headers: headers.clone(), body: body.clone() }
}

fn side(request: &Request) -> Side<'_> {
    Side { request, event_id: None }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::model::{DeliveryId, FailureKind, Response, Timestamp};

    fn headers(pairs: &[(&str, &str)]) -> Headers {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn attempt(outcome: Result<Response, FailureKind>) -> NewAttempt {
        NewAttempt {
            delivery: DeliveryId::from_bytes([1; 16]),
            attempt: 1,
            url: "http://h/".into(),
            started_at: Timestamp::from_secs(1),
            duration: Duration::from_millis(7),
            outcome,
            accepted: true,
        }
    }

    fn answer(status: u16, pairs: &[(&str, &str)], body: &'static str) -> NewAttempt {
        attempt(Ok(Response { status, headers: headers(pairs), body: Bytes::from_static(body.as_bytes()) }))
    }

    fn paths(comparison: &Comparison) -> Vec<&str> {
        comparison.differences.iter().map(|difference| difference.path.as_str()).collect()
    }

    #[test]
    fn status_headers_and_body_are_compared() {
        let recorded = RecordedAnswer {
            status: 200,
            headers: Some(headers(&[("Date", "1"), ("X-App", "a"), ("Content-Length", "9")])),
            body: Some(Bytes::from_static(br#"{"ok":true,"n":1}"#)),
            duration: Some(Duration::from_millis(5)),
        };
        let same = answer(200, &[("Date", "2"), ("X-App", "a")], r#"{"n":1, "ok":true}"#);
        let same = compare(&recorded, &same, &[]);
        assert!(!same.changed && same.differences.is_empty(), "{same:?}");
        assert_eq!(same.durations, (Some(Duration::from_millis(5)), Duration::from_millis(7)));
        let other = answer(500, &[("X-App", "b")], r#"{"ok":false}"#);
        let found = compare(&recorded, &other, &[]);
        assert!(found.changed);
        assert_eq!((found.old_status, found.new_status), (200, Some(500)));
        assert_eq!(paths(&found), ["X-App", "ok", "n"]);
        let ignore = ["status".to_owned(), "header:x-*".to_owned(), "body".to_owned()];
        let ignored = compare(&recorded, &other, &ignore);
        assert!(!ignored.changed && ignored.differences.is_empty(), "{ignored:?}");
    }

    #[test]
    fn what_an_answer_sets_as_a_credential_is_not_shown() {
        let recorded = RecordedAnswer {
            headers: Some(headers(&[("Set-Cookie", "session=one-of-a-kind")])),
            ..RecordedAnswer::of_status(200)
        };
        let found = compare(&recorded, &answer(200, &[("Set-Cookie", "session=another-one")], ""), &[]);
        assert_eq!(paths(&found), ["Set-Cookie"]);
        let text = format!("{found:?}");
        assert!(!text.contains("kind") && !text.contains("another"), "{text}");
    }

    #[test]
    fn what_was_not_recorded_is_not_compared_and_no_answer_is_a_change() {
        let recorded = RecordedAnswer::of_status(200);
        let found = compare(&recorded, &answer(200, &[("X", "1")], "text"), &[]);
        assert!(!found.changed && found.differences.is_empty());
        let failed = compare(&recorded, &attempt(Err(FailureKind::Refused)), &[]);
        assert!(failed.changed && failed.new_status.is_none());
    }
}
