//! Markdown as GitHub shows it: tables, and text that cannot become markup.

use std::fmt::Write;

use crate::text::is_unsafe;

/// Text between other text: nothing in it is markup.
pub(super) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // A mention or a link would reach out of the report.
            '@' => out.push_str("&#64;"),
            ':' if rest.peek() == Some(&'/') => out.push_str("&#58;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '!' | '|' | '~' | '$' => out.extend(['\\', c]),
            c if is_unsafe(c) => {
                out.push('\\');
                out.extend(c.escape_unicode());
            }
            c => out.push(c),
        }
    }
    // So would a bare address.
    out.replace("www.", "www&#46;")
}

/// Text as code, in a table or outside.
pub(super) fn code(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // A bar ends a cell even inside code.
            '|' => plain.push_str("\\|"),
            c if is_unsafe(c) => plain.extend(c.escape_unicode()),
            c => plain.push(c),
        }
    }
    let longest = plain.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if plain.starts_with('`') || plain.ends_with('`') || plain.is_empty() { " " } else { "" };
    format!("{fence}{space}{plain}{space}{fence}")
}

/// A table; all columns but the first hold numbers, if it says so. Cells are Markdown.
pub(super) fn table(titles: &[&str], numbers: bool, rows: &[Vec<String>]) -> String {
    let mut out = format!("| {} |\n|", titles.join(" | "));
    for at in 0..titles.len() {
        out.push_str(if numbers && at > 0 { "---:|" } else { "---|" });
    }
    out.push('\n');
    for row in rows {
        let _ = writeln!(out, "| {} |", row.join(" | "));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_markup() {
        assert_eq!(text("<b>&[x](y) @me #1 a|b"), "&lt;b&gt;&amp;\\[x\\](y) &#64;me \\#1 a\\|b");
        assert_eq!(text("http://a www.b 1:2"), "http&#58;//a www&#46;b 1:2");
        assert_eq!(text("a\n\u{1b}"), "a\\\\u{a}\\\\u{1b}");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`a|b\n"), "`` `a\\|b\\u{a} ``");
    }
}
