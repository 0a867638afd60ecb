//! Bodies for people to read: never what is sent, stored or verified.

use super::{JsonStyle, Node};

/// A body as one can read it. Nothing in it is safe for a terminal yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readable {
    /// JSON, laid out; its keys, numbers and their order are as they came.
    Json(String),
    /// Text as it came.
    Text {
        /// All of it, or its beginning.
        text: String,
        /// Whether there is more.
        cut: bool,
    },
    /// No text.
    Bytes,
}

/// Makes a body readable. What is longer than `most` bytes is not laid out, and cut there.
pub fn readable(body: &[u8], most: usize) -> Readable {
    let cut = body.len() > most;
    if !cut && let Ok(node) = Node::parse(body) {
        let pretty = node.write(&JsonStyle { indent: 2, ..JsonStyle::default() });
        return Readable::Json(String::from_utf8_lossy(&pretty).into_owned());
    }
    let start = &body[..body.len().min(most)];
    match std::str::from_utf8(start) {
        Ok(text) => Readable::Text { text: text.to_owned(), cut },
        // A character that the cut went through.
        Err(error) if cut && error.valid_up_to() + 4 > most => {
            Readable::Text { text: String::from_utf8_lossy(&start[..error.valid_up_to()]).into_owned(), cut }
        }
        Err(_) => Readable::Bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_laid_out_cut_or_left_alone() {
        let text = |text: &str, cut| Readable::Text { text: text.to_owned(), cut };
        for (body, most, expected) in [
            (
                &b"{\"b\":1.0,\"a\":12345678901234567890}"[..],
                100,
                Readable::Json("{\n  \"b\": 1.0,\n  \"a\": 12345678901234567890\n}".into()),
            ),
            (b"{\"b\":1}", 4, text("{\"b\"", true)),
            (b"a=b", 100, text("a=b", false)),
            ("aé".as_bytes(), 2, text("a", true)),
            (b"\xff\xfe", 100, Readable::Bytes),
            (b"\xff\xfe and so on, for long", 9, Readable::Bytes),
            (b"", 100, text("", false)),
        ] {
            assert_eq!(readable(body, most), expected, "{body:?}");
        }
    }
}
