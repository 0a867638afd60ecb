//! What stands for characters that would be markup, in HTML, XML and Markdown alike.

/// The entity of a character; `None` for one that is itself.
pub(super) fn entity(c: char) -> Option<&'static str> {
    Some(match c {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '"' => "&quot;",
        _ => return None,
    })
}
