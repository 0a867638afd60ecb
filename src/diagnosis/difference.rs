//! Where the body that was signed and the one that was captured part.

/// The first byte at which two bodies differ, with what is around it in each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The place of the first differing byte, from 0.
    pub at: usize,
    /// What was signed, from a little before it.
    pub signed: String,
    /// What was captured, from the same place.
    pub captured: String,
    /// Where in both texts the difference begins, in characters.
    pub column: usize,
}

/// Bytes shown before the first that differs, and from it on.
const BEFORE: usize = 16;
const AFTER: usize = 32;

impl Difference {
    /// Of two bodies that are not the same.
    pub fn between(signed: &[u8], captured: &[u8]) -> Self {
        let at = signed.iter().zip(captured).take_while(|(a, b)| a == b).count();
        let start = at.saturating_sub(BEFORE);
        let shown = |bytes: &[u8]| {
            let end = bytes.len().min(at + AFTER);
            let more = if end < bytes.len() { "…" } else { "" };
            format!("{}{more}", visible(&bytes[start.min(end)..end]))
        };
        let column = visible(&captured[start..at]).chars().count();
        Self { at, signed: shown(signed), captured: shown(captured), column }
    }
}

/// Bytes as text in which everything can be seen: `\n`, `\t`, `\x00`; printable ASCII as it is.
fn visible(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| std::ascii::escape_default(*byte))
        .map(char::from)
        .collect::<String>()
        .replace("\\\"", "\"")
        .replace("\\'", "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_that_differs_is_named() {
        let difference = Difference::between(b"{\"a\": 1}", b"{\"a\":1}");
        assert_eq!((difference.at, difference.column), (5, 5));
        assert_eq!((difference.signed.as_str(), difference.captured.as_str()), ("{\"a\": 1}", "{\"a\":1}"));
        let end = Difference::between(b"abc", b"abc\n");
        assert_eq!((end.at, end.signed.as_str(), end.captured.as_str()), (3, "abc", "abc\\n"));
        assert_eq!(Difference::between(b"", b"x").at, 0);
    }
}
