//! Colour for JSON that is laid out and safe to show already: escapes come before colours, never behind.

use super::style;

/// Keys, texts, numbers and words in their colours; the layout stays.
pub fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => string(rest),
            c if c.is_alphanumeric() || c == '-' => {
                rest.find(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '+' | '.')).unwrap_or(rest.len())
            }
            other => other.len_utf8(),
        };
        let (token, behind) = rest.split_at(length);
        match first {
            '"' if behind.trim_start().starts_with(':') => out.push_str(&style::strong(token)),
            '"' => out.push_str(&style::good(token)),
            c if c.is_ascii_digit() || c == '-' => out.push_str(&style::warn(token)),
            c if c.is_alphabetic() => out.push_str(&style::dim(token)),
            _ => out.push_str(token),
        }
        rest = behind;
    }
    out
}

/// The length of the string that the text begins with, its quotes included.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_colour_is_added() {
        for text in [
            "{\n  \"a\\\"b\": [1, -2.5e+3, true, null],\n  \"c\": \"d: {é\"\n}",
            "\"never ends",
            "",
            "no JSON at all: \\",
        ] {
            let coloured = json(text);
            assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), text);
        }
    }
}
