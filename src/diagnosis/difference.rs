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

/// Characters shown before the first byte that differs, and in all: with a label they fit a window of 80 columns.
const BEFORE: usize = 20;
const WIDEST: usize = 66;

impl Difference {
    /// Of two bodies that are not the same.
    pub fn between(signed: &[u8], captured: &[u8]) -> Self {
        let at = signed.iter().zip(captured).take_while(|(a, b)| a == b).count();
        let before = captured[..at].iter().rev().scan(0, |width, byte| {
            *width += visible(&[*byte]).chars().count();
            Some(*width)
        });
        let start = at - before.take_while(|width| *width <= BEFORE).count();
        let shown = |bytes: &[u8]| {
            let (mut text, mut rest) = (String::new(), bytes[start.min(bytes.len())..].iter());
            for byte in rest.by_ref() {
                let next = visible(&[*byte]);
                if text.len() + next.len() > WIDEST {
                    return format!("{text}…");
                }
                text.push_str(&next);
            }
            text
        };
        Self { at, signed: shown(signed), captured: shown(captured), column: visible(&captured[start..at]).len() }
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
        // Bytes that take four characters each, on both sides of the mark.
        let (signed, captured) = ([0xe9; 100], [[0xe9; 40].as_slice(), &[0xff; 60]].concat());
        let binary = Difference::between(&signed, &captured);
        assert_eq!((binary.at, binary.column), (40, 20));
        assert_eq!(binary.captured[binary.column..].chars().take(4).collect::<String>(), "\\xff");
        assert!(binary.signed.chars().count() <= WIDEST + 1, "{}", binary.signed);
    }
}
