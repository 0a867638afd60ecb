//! From text to words: quotes keep spaces and commas together, and so do the brackets of JSON.

use super::AnswerError;

/// A piece of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    /// Whether quotes or brackets say that it is a value and nothing else.
    pub(super) literal: bool,
    /// What follows a literal without a space: `:90%`.
    pub(super) share: Option<String>,
}

/// The answers of a plan, each as its words.
pub(super) fn answers(text: &str) -> Result<Vec<Vec<Word>>, AnswerError> {
    let mut all = vec![Vec::new()];
    let mut rest = text.trim();
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else { return Ok(all) };
        if let Some(behind) = rest.strip_prefix(',') {
            all.push(Vec::new());
            rest = behind;
            continue;
        }
        let (word, behind) = match first {
            '\'' => quoted(rest, false)?,
            '"' => quoted(rest, true)?,
            '{' | '[' => bracketed(rest)?,
            _ => {
                let end = rest.find(|c: char| c.is_whitespace() || c == ',').unwrap_or(rest.len());
                (Word { text: rest[..end].to_owned(), literal: false, share: None }, &rest[end..])
            }
        };
        all.last_mut().expect("it begins with one").push(word);
        rest = behind;
    }
}

/// `'as it is'`, or `"with \" and \\ and \n"`.
fn quoted(text: &str, escapes: bool) -> Result<(Word, &str), AnswerError> {
    let open = || AnswerError::Quote(text.to_owned());
    let mut value = String::new();
    let mut chars = text.char_indices();
    let (_, quote) = chars.next().ok_or_else(open)?;
    while let Some((at, c)) = chars.next() {
        match c {
            c if c == quote => return ended(value, text, at + 1),
            '\\' if escapes => match chars.next().ok_or_else(open)?.1 {
                'n' => value.push('\n'),
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
    Err(open())
}

/// A JSON object or array, up to the bracket that closes it.
fn bracketed(text: &str) -> Result<(Word, &str), AnswerError> {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => depth += 1,
            b'}' | b']' if !in_text => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return ended(text[..=at].to_owned(), text, at + 1);
                }
            }
            _ => {}
        }
    }
    Err(AnswerError::Quote(text.to_owned()))
}

/// A literal that ended at `end`: a share may follow at once, else there must be a gap.
fn ended(value: String, text: &str, end: usize) -> Result<(Word, &str), AnswerError> {
    let rest = &text[end..];
    let gap = rest.find(|c: char| c.is_whitespace() || c == ',').unwrap_or(rest.len());
    let share = match rest[..gap].strip_prefix(':') {
        Some(share) => Some(share.to_owned()),
        None if gap == 0 => None,
        None => return Err(AnswerError::Quote(text[..end + gap].to_owned())),
    };
    Ok((Word { text: value, literal: true, share }, &rest[gap..]))
}

/// A value as a word that reads back as the same value.
pub(super) fn quote(value: &str) -> String {
    if value.contains('\'') || value.contains('\n') {
        let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        format!("\"{escaped}\"")
    } else {
        format!("'{value}'")
    }
}
