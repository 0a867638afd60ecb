//! What the keys and values of a payload are about, as far as their look tells: times and ids.

/// Whether the last key of a path is one that times have. Any large number could be one; the name decides.
pub fn is_time_key(path: &str) -> bool {
    let key = last(path);
    let lower = key.to_ascii_lowercase();
    let words = ["created", "updated", "modified", "time", "timestamp", "date", "ts", "expires", "exp", "iat", "nbf"];
    let endings = ["_at", "_time", "_timestamp", "_ts", "_date", "_on", "_ms"];
    words.contains(&lower.as_str())
        || endings.iter().any(|ending| lower.ends_with(ending))
        || ["At", "Time", "Timestamp", "Date", "On"].iter().any(|ending| key.ends_with(ending))
}

/// Whether the last key of a path is one that ids have: `id`, `customer_id`, `orderId`, `node-id`, `guid`, `sha`.
pub fn is_id_key(path: &str) -> bool {
    let key = last(path);
    let lower = key.to_ascii_lowercase();
    let words = ["id", "uuid", "guid", "gid", "sid", "sha", "uid", "ids"];
    let endings = ["_id", "-id", "_sid", "_uuid", "_guid", "_sha", "_ids", "_uid", "-delivery", "-token"];
    words.contains(&lower.as_str())
        || endings.iter().any(|ending| lower.ends_with(ending))
        || ["Id", "ID", "Sid", "SID", "Uuid", "Guid"]
            .iter()
            .any(|ending| key.len() > ending.len() && key.ends_with(ending))
}

/// Whether a text looks like an id whatever its key: a UUID, a long hex number, or many letters and digits behind a prefix.
pub fn looks_like_id(text: &str) -> bool {
    /// Words of a language are shorter, or have no digits in them.
    const SHORTEST: usize = 12;
    if text.len() == 36 && uuid::Uuid::try_parse(text).is_ok() {
        return true;
    }
    let part = text.rsplit_once('_').map_or(text, |(_, part)| part);
    let (mut digits, mut letters) = (0, 0);
    for byte in part.bytes() {
        match byte {
            b'0'..=b'9' => digits += 1,
            b'a'..=b'z' | b'A'..=b'Z' => letters += 1,
            _ => return false,
        }
    }
    part.len() >= SHORTEST
        && digits > 0
        && (letters > 0 || part.len() < text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

fn last(path: &str) -> &str {
    let key = path.rsplit('.').next().unwrap_or(path);
    key.split('[').next().unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_known_by_key_or_look() {
        for key in ["id", "data.customer_id", "orderId", "X-Request-ID", "head_sha", "items[0].uuid", "MessageSid"] {
            assert!(is_id_key(key), "{key}");
        }
        for key in ["paid", "Valid", "idle", "status", "grid", "video"] {
            assert!(!is_id_key(key), "{key}");
        }
        for text in [
            "72d3162e-cc78-11e3-81ab-4c9367dc0958",
            "evt_1NjpMq7oJCSttc0XpK1mlVqI",
            "6113728f27ae82c7b1a177c8d03f9e96e0adf246",
            "msg_2LJC7S5QdiFAemcV88ENQgHHjzt",
        ] {
            assert!(looks_like_id(text), "{text}");
        }
        for text in ["payment_intent.succeeded", "payment_intent", "2026-01-02T03:04:05Z", "4200", "hello world 1", ""]
        {
            assert!(!looks_like_id(text), "{text}");
        }
    }
}
