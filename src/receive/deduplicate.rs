//! What makes a delivery the same as another one. Whether there is another one is looked up where it is recorded, in the
//! same transaction.

use sha2::{Digest, Sha256};

use super::identify::Identified;
use crate::model::{Request, Verdict};

/// The key of a delivery: by event id, else by idempotency key, else by the hash of its body. Invalid deliveries have
/// none: a forger must not be able to make the real one look like a repetition. Neither have empty ones without an id.
pub fn key(identified: &Identified, request: &Request, verdict: Verdict) -> Option<[u8; 16]> {
    if verdict == Verdict::Invalid {
        return None;
    }
    let event = &identified.event;
    let (kind, value): (&[u8], &[u8]) = match (&event.event_id, &event.idempotency_key) {
        (Some(id), _) => (b"event", id.as_bytes()),
        (None, Some(key)) => (b"idempotency", key.as_bytes()),
        (None, None) if request.body.is_empty() => return None,
        (None, None) => (b"body", &request.body),
    };
    let provider = identified.provider.as_ref().map_or("", |provider| provider.name.as_str());
    let mut hash = Sha256::new();
    for part in [provider.as_bytes(), kind, value] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    Some(std::array::from_fn(|at| digest[at]))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::model::Headers;
    use crate::provider::detect::LocatedEvent;

    fn request(body: &'static str) -> Request {
        Request {
            method: "POST".into(),
            target: "/".into(),
            headers: Headers::new(),
            body: Bytes::from_static(body.as_bytes()),
        }
    }

    fn identified(id: Option<&str>, key: Option<&str>) -> Identified {
        let event =
            LocatedEvent { event_type: None, event_id: id.map(str::to_owned), idempotency_key: key.map(str::to_owned) };
        Identified { provider: None, event }
    }

    #[test]
    fn the_event_id_counts_before_the_idempotency_key_and_the_body() {
        let by = |id, k, body| key(&identified(id, k), &request(body), Verdict::Valid);
        assert_eq!(by(Some("a"), Some("x"), "1"), by(Some("a"), Some("y"), "2"));
        assert_ne!(by(Some("a"), None, "1"), by(Some("b"), None, "1"));
        assert_eq!(by(None, Some("x"), "1"), by(None, Some("x"), "2"));
        assert_eq!(by(None, None, "1"), by(None, None, "1"));
        assert_ne!(by(Some("a"), None, "1"), by(None, Some("a"), "1"));
        assert_eq!(by(None, None, ""), None);
    }

    #[test]
    fn invalid_deliveries_are_never_compared() {
        assert_eq!(key(&identified(Some("a"), None), &request("1"), Verdict::Invalid), None);
        assert!(key(&identified(Some("a"), None), &request("1"), Verdict::NoSecret).is_some());
    }
}
