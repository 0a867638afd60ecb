//! The words of shell commands, split as a POSIX shell splits them, with bash's `$'…'`.
//!
//! Browsers copy commands with `$'…'`, which simple word splitters do not know. Words are bytes, since `\xff` is one.
//! A carriage return before a line feed is taken as part of the line break, since files get saved that way.

use super::{CurlProblem, Located, ansi, printf};

/// A word and the line it starts in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) bytes: Vec<u8>,
    pub(super) line: usize,
}

/// Words that are joined by pipes: at least one stage, each with at least one word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) stages: Vec<Vec<Word>>,
}

impl Command {
    /// Which stage is curl.
    pub(super) fn curl(&self) -> Option<usize> {
        self.stages.iter().position(|stage| is_curl(&stage[0].bytes))
    }

    pub(super) fn is_curl(&self) -> bool {
        self.curl().is_some()
    }

    pub(super) fn line(&self) -> usize {
        self.stages[0][0].line
    }
}

/// Whether a program's name is curl's, with or without a path.
pub(super) fn is_curl(word: &[u8]) -> bool {
    let name = word.rsplit(|b| *b == b'/' || *b == b'\\').next().unwrap_or(word);
    name == b"curl" || name == b"curl.exe"
}

/// Splits a text into its commands.
pub(super) fn split(text: &[u8]) -> Result<Vec<Command>, Located> {
    let mut shell = Shell { text, at: 0, line: 1, depth: 0 };
    let mut commands = Commands::default();
    loop {
        match shell.next_token()? {
            Token::Word(word) => commands.word(word),
            Token::Pipe => commands.pipe(),
            Token::Separator => commands.separator(),
            Token::End => return Ok(commands.finish()),
        }
    }
}

/// Commands while they are put together.
#[derive(Default)]
pub(super) struct Commands {
    done: Vec<Command>,
    stages: Vec<Vec<Word>>,
    stage: Vec<Word>,
}

impl Commands {
    pub(super) fn word(&mut self, word: Word) {
        // A prompt that was copied along.
        let prompt = self.stage.is_empty() && (word.bytes == b"$" || word.bytes == b"%");
        if !prompt {
            self.stage.push(word);
        }
    }

    pub(super) fn extend(&mut self, word: Option<Word>) {
        if let Some(word) = word {
            self.word(word);
        }
    }

    pub(super) fn pipe(&mut self) {
        if !self.stage.is_empty() {
            self.stages.push(std::mem::take(&mut self.stage));
        }
    }

    pub(super) fn separator(&mut self) {
        // A line may end behind a pipe.
        if !self.stage.is_empty() {
            self.end();
        }
    }

    fn end(&mut self) {
        self.pipe();
        if !self.stages.is_empty() {
            self.done.push(Command { stages: std::mem::take(&mut self.stages) });
        }
    }

    pub(super) fn finish(mut self) -> Vec<Command> {
        self.end();
        self.done
    }
}

enum Token {
    Word(Word),
    Pipe,
    Separator,
    End,
}

struct Shell<'a> {
    text: &'a [u8],
    at: usize,
    line: usize,
    depth: usize,
}

impl Shell<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    /// Takes the next byte; counts lines, and takes CR LF as one LF outside of quotes only.
    fn take(&mut self) -> Option<u8> {
        let byte = self.peek(0)?;
        self.at += 1;
        self.line += usize::from(byte == b'\n');
        Some(byte)
    }

    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.take();
        }
    }

    fn problem(&self, problem: CurlProblem) -> Located {
        (self.line, problem.into())
    }

    /// How long the line break at `ahead` is: 0 if there is none.
    fn line_break(&self, ahead: usize) -> usize {
        match (self.peek(ahead), self.peek(ahead + 1)) {
            (Some(b'\n'), _) => 1,
            (Some(b'\r'), Some(b'\n')) => 2,
            _ => 0,
        }
    }

    fn next_token(&mut self) -> Result<Token, Located> {
        loop {
            let Some(byte) = self.peek(0) else { return Ok(Token::End) };
            match byte {
                b' ' | b'\t' => self.skip(1),
                b'\r' if self.line_break(0) > 0 => self.skip(1),
                b'\\' if self.line_break(1) > 0 => self.skip(1 + self.line_break(1)),
                b'#' => {
                    while self.peek(0).is_some_and(|b| b != b'\n') {
                        self.skip(1);
                    }
                }
                b'&' if self.peek(1) == Some(b'>') => self.output_redirect()?,
                b'\n' | b';' | b'&' => {
                    self.skip(1);
                    return Ok(Token::Separator);
                }
                b'|' if self.peek(1) == Some(b'|') => {
                    self.skip(2);
                    return Ok(Token::Separator);
                }
                b'|' => {
                    self.skip(1);
                    return Ok(Token::Pipe);
                }
                b'>' => self.output_redirect()?,
                b'<' => {
                    let text = if self.peek(1) == Some(b'<') { "<<" } else { "<" };
                    return Err(self.problem(CurlProblem::Redirect { text }));
                }
                b'(' => return Err(self.problem(CurlProblem::Substitution { text: "(".to_owned() })),
                // Only the end of a substitution has one of these to itself.
                b')' if self.depth > 0 => return Ok(Token::End),
                b')' => return Err(self.problem(CurlProblem::Substitution { text: ")".to_owned() })),
                _ => {
                    let word = self.word()?;
                    // `2>file`: the number belongs to the redirection.
                    if self.peek(0) == Some(b'>') && word.bytes.len() == 1 && word.bytes[0].is_ascii_digit() {
                        self.output_redirect()?;
                    } else {
                        return Ok(Token::Word(word));
                    }
                }
            }
        }
    }

    /// Skips where output goes (`>file`, `>>file`, `&>file`, `2>&1`): it says nothing about the request.
    fn output_redirect(&mut self) -> Result<(), Located> {
        while self.peek(0).is_some_and(|b| matches!(b, b'>' | b'&' | b'|')) {
            self.skip(1);
        }
        while self.peek(0).is_some_and(|b| matches!(b, b' ' | b'\t')) {
            self.skip(1);
        }
        self.word().map(|_| ())
    }

    fn word(&mut self) -> Result<Word, Located> {
        let line = self.line;
        let mut out = Vec::new();
        while let Some(byte) = self.peek(0) {
            match byte {
                b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')' => break,
                b'\r' if self.line_break(0) > 0 => break,
                b'\\' => {
                    let line_break = self.line_break(1);
                    self.skip(1 + line_break);
                    if line_break == 0 {
                        out.extend(self.take());
                    }
                }
                b'\'' => self.single_quoted(&mut out)?,
                b'"' => {
                    self.skip(1);
                    self.double_quoted(&mut out)?;
                }
                b'$' if self.peek(1) == Some(b'\'') => self.ansi_quoted(&mut out)?,
                b'$' if self.peek(1) == Some(b'"') => {
                    self.skip(2);
                    self.double_quoted(&mut out)?;
                }
                b'$' | b'`' => self.dollar(&mut out)?,
                _ => {
                    self.skip(1);
                    out.push(byte);
                }
            }
        }
        Ok(Word { bytes: out, line })
    }

    fn single_quoted(&mut self, out: &mut Vec<u8>) -> Result<(), Located> {
        let unclosed = self.problem(CurlProblem::UnclosedQuote { quote: "'" });
        self.skip(1);
        while let Some(byte) = self.take() {
            if byte == b'\'' {
                return Ok(());
            }
            out.push(byte);
        }
        Err(unclosed)
    }

    /// The rest of `"…"`, whose first quote has been taken.
    fn double_quoted(&mut self, out: &mut Vec<u8>) -> Result<(), Located> {
        let unclosed = self.problem(CurlProblem::UnclosedQuote { quote: "\"" });
        while let Some(byte) = self.peek(0) {
            match byte {
                b'"' => {
                    self.skip(1);
                    return Ok(());
                }
                b'\\' if self.line_break(1) > 0 => self.skip(1 + self.line_break(1)),
                b'\\' if self.peek(1).is_some_and(|b| matches!(b, b'"' | b'\\' | b'$' | b'`')) => {
                    self.skip(1);
                    out.extend(self.take());
                }
                b'$' | b'`' => self.dollar(out)?,
                _ => {
                    self.skip(1);
                    out.push(byte);
                }
            }
        }
        Err(unclosed)
    }

    /// A dollar sign or backtick outside of single quotes: itself, or something that is refused. `$(printf …)` alone is
    /// worked out.
    fn dollar(&mut self, out: &mut Vec<u8>) -> Result<(), Located> {
        let name = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        let substitution = match (self.peek(0), self.peek(1)) {
            (Some(b'$'), Some(b'(')) if self.depth == 0 => return self.printf(out),
            (Some(b'`'), _) => "`…`".to_owned(),
            (_, Some(b'(')) => "$(…)".to_owned(),
            (_, Some(b'{')) => "${…}".to_owned(),
            (_, Some(b)) if b.is_ascii_alphabetic() || b == b'_' => {
                let rest = &self.text[self.at + 1..];
                let end = rest.iter().position(|b| !name(*b)).unwrap_or(rest.len()).min(60);
                format!("${}", String::from_utf8_lossy(&rest[..end]))
            }
            (_, Some(b)) if b.is_ascii_digit() || b"@*?#!$-".contains(&b) => format!("${}", char::from(b)),
            _ => {
                out.extend(self.take());
                return Ok(());
            }
        };
        Err(self.problem(CurlProblem::Substitution { text: substitution }))
    }

    fn printf(&mut self, out: &mut Vec<u8>) -> Result<(), Located> {
        let refused = self.problem(CurlProblem::Substitution { text: "$(…)".to_owned() });
        self.skip(2);
        self.depth += 1;
        let mut words = Vec::new();
        loop {
            match self.next_token()? {
                Token::Word(word) => words.push(word),
                Token::End if self.peek(0) == Some(b')') => break,
                Token::End | Token::Pipe | Token::Separator => return Err(refused),
            }
        }
        self.skip(1);
        self.depth -= 1;
        if words.first().is_none_or(|word| word.bytes != b"printf") {
            return Err(refused);
        }
        let mut bytes = printf::output(&words)?;
        // A shell drops the line feeds at the end of what it puts in.
        while bytes.last() == Some(&b'\n') {
            bytes.pop();
        }
        out.extend(bytes);
        Ok(())
    }

    /// `$'…'`.
    fn ansi_quoted(&mut self, out: &mut Vec<u8>) -> Result<(), Located> {
        let unclosed = self.problem(CurlProblem::UnclosedQuote { quote: "$'" });
        self.skip(2);
        while let Some(byte) = self.take() {
            match byte {
                b'\'' => return Ok(()),
                b'\\' => {
                    let length = ansi::escape(&self.text[self.at..], out);
                    self.skip(length);
                }
                _ => out.push(byte),
            }
        }
        Err(unclosed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Vec<u8>> {
        let commands = split(text.as_bytes()).unwrap_or_else(|(_, problem)| panic!("{text:?}: {problem}"));
        commands.into_iter().flat_map(|command| command.stages).flatten().map(|word| word.bytes).collect()
    }

    #[test]
    fn words_are_split_as_a_shell_does() {
        for (text, expected) in [
            ("a b\tc", vec![&b"a"[..], b"b", b"c"]),
            ("a'b c'd\"e f\"", vec![b"ab cde f"]),
            (r#""a\"b\\c\$d\x""#, vec![br#"a"b\c$d\x"#]),
            (r"a\ b \'c", vec![b"a b", b"'c"]),
            ("a \\\n b\\\r\nc \\\r\n d", vec![b"a", b"bc", b"d"]),
            ("''", vec![b""]),
            ("a # b 'c\nd#e", vec![b"a", b"d#e"]),
            ("'a\r\nb' c\r\n", vec![b"a\r\nb", b"c"]),
            ("a >f b 2>/dev/null c &>x d 2>&1", vec![b"a", b"b", b"c", b"d"]),
            ("a$ $ \"$\" 5$%", vec![b"a$", b"$", b"$", b"5$%"]),
            ("http://h/?a=1*[x]{y}~", vec![b"http://h/?a=1*[x]{y}~"]),
        ] {
            assert_eq!(words(text), expected, "{text:?}");
        }
    }

    #[test]
    fn commands_and_stages_are_told_apart() {
        let commands = split(b"$ a 1 | b ;\n\nc &\nd |\n e && f || g").expect("good");
        let shape: Vec<Vec<usize>> =
            commands.iter().map(|command| command.stages.iter().map(Vec::len).collect()).collect();
        assert_eq!(shape, [vec![2, 1], vec![1], vec![1, 1], vec![1], vec![1]]);
        assert_eq!(commands[2].line(), 4);
        assert!(split(b"").expect("nothing").is_empty());
    }

    #[test]
    fn a_substitution_is_worked_out_only_for_printf() {
        assert_eq!(words(r#"-H "X: $(printf '\033\n\n')"'!'"#), [&b"-H"[..], b"X: \x1b!"]);
        for text in
            ["$(date)", "$(printf '%d')", "$(printf a | b)", "$(printf a", "\"$(printf $(printf a))\"", "(a)", "a)"]
        {
            assert!(split(text.as_bytes()).is_err(), "{text}");
        }
    }
}
