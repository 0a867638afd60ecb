//! Lines in a narrow window: sentences broken between words, other text wherever the window ends; what follows is set in below
//! what it belongs to.

use super::style;
use super::table::width;

/// A window narrower than this is not worth breaking for.
const NARROWEST: usize = 24;

/// What turns a colour off.
const RESET: &str = "\u{1b}[0m";

/// A line as several, none wider than so many columns where its words allow it; one that fits stays as it is. It may hold
/// colour.
pub fn wrapped(line: &str, columns: usize) -> Vec<String> {
    if width(line) <= columns || columns < NARROWEST {
        return vec![line.to_owned()];
    }
    let indent = " ".repeat(hanging(line, columns));
    let margin = &line[..line.len() - line.trim_start().len()];
    let (mut lines, mut current) = (Vec::new(), margin.to_owned());
    let mut at_start = true;
    for word in line.trim_start().split(' ') {
        if !at_start && width(&current) + 1 + width(word) > columns {
            // A line may be printed alone: its colour ends with it and begins anew.
            let color = open_color(&current).map(str::to_owned);
            let next = format!("{indent}{}", color.as_deref().unwrap_or_default());
            let mut full = std::mem::replace(&mut current, next).trim_end().to_owned();
            full.push_str(color.map_or("", |_| RESET));
            lines.push(full);
            at_start = true;
        }
        if !at_start {
            current.push(' ');
        } else if word.is_empty() {
            continue;
        }
        current.push_str(word);
        at_start = false;
    }
    lines.push(current);
    lines
}

/// A line as several, none wider than so many columns, broken wherever it has to be: of a header or a document, in which words
/// have no end. What follows is set in by two columns more. It may hold colour.
pub fn folded(line: &str, columns: usize) -> Vec<String> {
    if columns < NARROWEST || width(line) <= columns {
        return vec![line.to_owned()];
    }
    let plain = style::plain(line);
    let indent = " ".repeat((plain.len() - plain.trim_start().len() + 2).min(columns / 2));
    let (mut lines, mut current, mut taken) = (Vec::new(), String::new(), 0);
    let mut color = None;
    let mut rest = line;
    while let Some(next) = rest.chars().next() {
        let code = rest.strip_prefix("\u{1b}[").and_then(|code| code.find('m')).map(|end| &rest[..end + 3]);
        let part = code.unwrap_or(&rest[..next.len_utf8()]);
        rest = &rest[part.len()..];
        if code.is_some() {
            color = (part != RESET).then_some(part);
            current.push_str(part);
            continue;
        }
        let wide = width(part);
        if taken + wide > columns {
            // A line may be printed alone: its colour ends with it and begins anew.
            current.push_str(color.map_or("", |_| RESET));
            let next = format!("{indent}{}", color.unwrap_or_default());
            lines.push(std::mem::replace(&mut current, next));
            taken = indent.len();
        }
        current.push_str(part);
        taken += wide;
    }
    lines.push(current);
    lines
}

/// The colour that is on at the end of a text, as the code that turned it on.
fn open_color(text: &str) -> Option<&str> {
    let code = &text[text.rfind("\u{1b}[")?..];
    let code = &code[..=code.find('m')?];
    (code != RESET).then_some(code)
}

/// Where further lines begin: below the text behind a label, which two spaces part from it, if that leaves them room.
fn hanging(line: &str, columns: usize) -> usize {
    let plain = style::plain(line);
    let margin = plain.len() - plain.trim_start().len();
    let label = plain[margin..].find("  ").map(|at| {
        let gap = &plain[margin + at..];
        width(&plain[..margin + at]) + gap.len() - gap.trim_start().len()
    });
    label.filter(|at| *at <= columns / 3).unwrap_or(margin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_move_below_what_they_belong_to() {
        for (line, columns, expected) in [
            ("short", 30, vec!["short"]),
            (
                "  fix    Keep the body byte for byte when it is saved.",
                32,
                vec!["  fix    Keep the body byte for", "         byte when it is saved."],
            ),
            ("  No label, but many words in a row.", 27, vec!["  No label, but many words", "  in a row."]),
            (
                "  fix    a-word-that-is-wider-than-the-window-is",
                30,
                vec!["  fix", "         a-word-that-is-wider-than-the-window-is"],
            ),
        ] {
            assert_eq!(wrapped(line, columns), expected);
        }
        let dim = |text: &str| format!("\u{1b}[2m{text}{RESET}");
        let lines = wrapped(&format!("  {}    {}", dim("fix"), "word ".repeat(9).trim_end()), 30);
        assert_eq!(lines.len(), 3, "{lines:?}");
        let lines = wrapped(&dim("word ".repeat(9).trim_end()), 30);
        let alone = |line: &String| line.trim_start().starts_with("\u{1b}[2m") && line.ends_with(RESET);
        assert!(lines.len() == 2 && lines.iter().all(alone), "{lines:?}");
        assert!(lines.iter().all(|line| width(line) <= 30), "{lines:?}");
    }
    #[test]
    fn what_has_no_words_is_broken_where_the_window_ends() {
        let dim = |text: &str| format!("\u{1b}[2m{text}{RESET}");
        assert_eq!(folded("    short", 30), ["    short"]);
        assert_eq!(folded(&"x".repeat(50), 20), ["x".repeat(50)], "no window to break for");
        let lines = folded(&format!("    {} {}", dim("X-Long:"), "0123456789".repeat(5)), 30);
        assert_eq!(lines.len(), 3, "{lines:?}");
        let plain: Vec<String> = lines.iter().map(|line| style::plain(line).into_owned()).collect();
        let rest = "0123456789".repeat(5).split_off(18);
        assert_eq!(
            plain,
            ["    X-Long: 012345678901234567", &format!("      {}", &rest[..24]), &format!("      {}", &rest[24..])]
        );
        for line in folded(&format!("  {}", dim(&"漢字".repeat(30))), 25) {
            assert!(width(&line) <= 25 && line.ends_with(RESET) && line.contains("\u{1b}[2m"), "{line:?}");
        }
    }
}
