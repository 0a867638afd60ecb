//! The words of curl commands for cmd.exe, as browsers on Windows copy them.
//!
//! There two programs read the text one after the other: cmd.exe takes `^` as its escape, then curl's start-up code
//! takes quotes and backslashes. Browsers disagree with both in details (they double every backslash, and some put
//! carets into quotes, where cmd.exe would leave them). What is wanted is the request that the browser showed, so the
//! browsers' way of writing is undone.

use super::words::{Command, Commands, Word};
use super::{CurlProblem, Located};

/// Whether a text is for cmd.exe: its first quote or its first line break has a caret before it.
pub(super) fn looks_like(text: &[u8]) -> bool {
    let caret_before = |at: usize| at > 0 && text[at - 1] == b'^';
    let quote = text.iter().position(|b| *b == b'"' || *b == b'\'');
    if quote.is_some_and(|at| text[at] == b'"' && caret_before(at)) || text.windows(4).any(|part| part == b"^\\^\"") {
        return true;
    }
    let line_break = text.iter().position(|b| *b == b'\n');
    line_break.is_some_and(|at| caret_before(at) || (at > 0 && text[at - 1] == b'\r' && caret_before(at - 1)))
}

/// Splits a text into its commands.
pub(super) fn split(text: &[u8]) -> Result<Vec<Command>, Located> {
    let mut input = Carets { text, at: 0, line: 1 };
    let mut commands = Commands::default();
    let mut word: Option<Word> = None;
    let mut quoted_since = None;
    while let Some((byte, escaped)) = input.next(quoted_since.is_some()) {
        let line = input.line;
        let bytes = |word: &mut Option<Word>, bytes: &[u8]| {
            word.get_or_insert(Word { bytes: Vec::new(), line }).bytes.extend_from_slice(bytes);
        };
        match byte {
            b'\\' => match input.peek(quoted_since.is_some()) {
                Some(next @ (b'"' | b'\\')) => {
                    input.next(quoted_since.is_some());
                    bytes(&mut word, &[next]);
                }
                _ => bytes(&mut word, b"\\"),
            },
            // Two quotes inside of quotes are one.
            b'"' if quoted_since.is_some() && input.peek(true) == Some(b'"') => {
                input.next(true);
                bytes(&mut word, b"\"");
            }
            b'"' => {
                quoted_since = if quoted_since.is_some() { None } else { Some(line) };
                bytes(&mut word, b"");
            }
            _ if quoted_since.is_some() => bytes(&mut word, &[byte]),
            b'\n' | b'&' | b'|' if !escaped => {
                commands.extend(word.take());
                if byte == b'|' { commands.pipe() } else { commands.separator() }
            }
            b' ' | b'\t' | b'\r' | b'\n' => commands.extend(word.take()),
            _ => bytes(&mut word, &[byte]),
        }
    }
    if let Some(line) = quoted_since {
        return Err((line, CurlProblem::UnclosedQuote { quote: "\"" }.into()));
    }
    commands.extend(word);
    Ok(commands.finish())
}

/// The text without its carets.
struct Carets<'a> {
    text: &'a [u8],
    at: usize,
    line: usize,
}

impl Carets<'_> {
    /// The next byte, and whether a caret stood before it.
    fn next(&mut self, quoted: bool) -> Option<(u8, bool)> {
        let escaped = self.skip_carets(quoted);
        let byte = *self.text.get(self.at)?;
        self.at += 1;
        self.line += usize::from(byte == b'\n');
        Some((byte, escaped))
    }

    fn peek(&mut self, quoted: bool) -> Option<u8> {
        let (at, line) = (self.at, self.line);
        let byte = self.next(quoted).map(|(byte, _)| byte);
        (self.at, self.line) = (at, line);
        byte
    }

    /// Moves to the byte that is meant; says whether it was escaped.
    fn skip_carets(&mut self, quoted: bool) -> bool {
        if self.text.get(self.at) != Some(&b'^') {
            return false;
        }
        let Some(next) = self.text.get(self.at + 1).copied() else { return false };
        // Inside of quotes a caret before a plain letter is one; `%^` keeps a name from being a variable.
        let plain = next.is_ascii_alphanumeric() || b" _-:=+~'/.',?;()*`\t".contains(&next);
        if quoted && plain && (self.at == 0 || self.text[self.at - 1] != b'%') {
            return false;
        }
        self.at += 1;
        let line_break = match (next, self.text.get(self.at + 1)) {
            (b'\n', _) => 1,
            (b'\r', Some(b'\n')) => 2,
            _ => return true,
        };
        // The line break is dropped, and what follows is taken as it is: a second line break is one.
        self.at += line_break;
        self.line += 1;
        if self.text.get(self.at) == Some(&b'\r') && self.text.get(self.at + 1) == Some(&b'\n') {
            self.at += 1;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        assert!(looks_like(text.as_bytes()), "{text:?}");
        let commands = split(text.as_bytes()).unwrap_or_else(|(_, problem)| panic!("{text:?}: {problem}"));
        let words = commands.into_iter().flat_map(|command| command.stages).flatten();
        words.map(|word| String::from_utf8(word.bytes).expect("the samples are text")).collect()
    }

    #[test]
    fn commands_for_cmd_are_known_by_their_carets() {
        for text in ["curl ^\"http://h^\"", "curl \"http://h\" ^\r\n -d 1", "curl http://h ^\n -d 1"] {
            assert!(looks_like(text.as_bytes()), "{text:?}");
        }
        for text in ["curl 'a^\"b'", "curl \"http://h\" -d \"{}\"", "curl h \\\n -d 'a^\nb'", ""] {
            assert!(!looks_like(text.as_bytes()), "{text:?}");
        }
    }

    #[test]
    fn carets_quotes_and_backslashes_are_undone() {
        for (text, expected) in [
            ("curl ^\"http://h/?a=1^&b=2^\" ^\r\n  -X ^\"PUT^\"", vec!["curl", "http://h/?a=1&b=2", "-X", "PUT"]),
            (r#"curl -d ^"^{^\^"a^\^":^\^"b^\^\nc^\^"^}^""#, vec!["curl", "-d", r#"{"a":"b\nc"}"#]),
            ("curl \"^{^\\^\"a^\\^\":1^}\"", vec!["curl", "{\"a\":1}"]),
            ("curl \"{\\\"a\\\":1}\" ^\n h", vec!["curl", "{\"a\":1}", "h"]),
            ("curl \"a\"\"b\" ^\n h", vec!["curl", "a\"b", "h"]),
            ("curl \"a\"%\"b\" ^\n h", vec!["curl", "a%b", "h"]),
            ("curl ^\"a^%^A0^\"", vec!["curl", "a%A0"]),
            ("curl ^\"a^\n\nb^\"", vec!["curl", "a\nb"]),
            ("curl ^\"a^\r\n\r\nb^\" ^\r\n\r\n", vec!["curl", "a\nb"]),
            ("curl ^\"^\"", vec!["curl", ""]),
        ] {
            assert_eq!(words(text), expected, "{text:?}");
        }
    }

    #[test]
    fn copies_of_several_requests_are_several_commands() {
        let commands = split(b"curl ^\"http://h/1^\" &\r\ncurl ^\"http://h/2^\" -d ^\"a^&b^\"\r\n").expect("good");
        assert_eq!(commands.len(), 2);
        assert_eq!(commands[1].line(), 2);
        assert!(split(b"curl ^\"a").is_err());
    }
}
