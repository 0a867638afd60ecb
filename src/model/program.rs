//! A program and its arguments, as a user writes them. It is run as it is written, never through a shell.

use std::fmt;
use std::str::FromStr;

/// A program to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Its name or path, and its arguments; never empty.
    words: Vec<String>,
}

/// Why a text is no program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    /// Nothing is named.
    #[error("no program is named")]
    Blank,
    /// A quote that does not end.
    #[error("a quotation mark in '{0}' is not closed")]
    Quotes(String),
    /// What means something to a shell, and nothing here.
    #[error("'{0}' needs a shell, and none is used: write sh -c '…' if you want one")]
    Shell(String),
}

impl Program {
    /// A program of these words.
    ///
    /// # Errors
    /// There is none.
    pub fn of_words(words: Vec<String>) -> Result<Self, ProgramError> {
        if words.first().is_none_or(|name| name.trim().is_empty()) {
            Err(ProgramError::Blank)
        } else {
            Ok(Self { words })
        }
    }

    /// Its name or path.
    pub fn name(&self) -> &str {
        &self.words[0]
    }

    /// Its arguments.
    pub fn arguments(&self) -> &[String] {
        &self.words[1..]
    }
}

impl FromStr for Program {
    type Err = ProgramError;

    /// Splits at white space, as a shell would; quotes and backslashes keep words together.
    fn from_str(text: &str) -> Result<Self, ProgramError> {
        /// Words of their own that a shell would act on. Within quotes they are an argument's business.
        const OPERATORS: [&str; 8] = ["|", "||", "&&", "&", ";", ">", ">>", "<"];
        let words = shlex::split(text).ok_or_else(|| ProgramError::Quotes(text.to_owned()))?;
        // A word that is still one without its quotes stands there without any.
        let bare = text.split_whitespace().find(|word| OPERATORS.contains(word));
        match bare.filter(|operator| words.iter().any(|word| word == operator)) {
            Some(operator) => Err(ProgramError::Shell(operator.to_owned())),
            None => Self::of_words(words),
        }
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A word with a NUL cannot be quoted, nor run.
        let quoted = shlex::try_join(self.words.iter().map(String::as_str));
        f.write_str(&quoted.unwrap_or_else(|_| self.words.join(" ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_a_shell_does_and_nothing_is_expanded() {
        for (text, words) in [
            ("cat", vec!["cat"]),
            ("  node  handle.js --x ", vec!["node", "handle.js", "--x"]),
            ("jq '.a | .b'", vec!["jq", ".a | .b"]),
            ("a \"b c\" d\\ e", vec!["a", "b c", "d e"]),
            ("echo $HOME *.txt `id`", vec!["echo", "$HOME", "*.txt", "`id`"]),
            ("sh -c 'cat | wc'", vec!["sh", "-c", "cat | wc"]),
        ] {
            let program: Program = text.parse().expect(text);
            assert_eq!(
                std::iter::once(program.name())
                    .chain(program.arguments().iter().map(String::as_str))
                    .collect::<Vec<_>>(),
                words
            );
            assert_eq!(program.to_string().parse(), Ok(program), "{text}");
        }
    }

    #[test]
    fn what_needs_a_shell_is_refused() {
        for (text, error) in [
            ("", ProgramError::Blank),
            ("''", ProgramError::Blank),
            ("cat | jq .", ProgramError::Shell("|".into())),
            ("a && b", ProgramError::Shell("&&".into())),
            ("a > b", ProgramError::Shell(">".into())),
            ("a 'b", ProgramError::Quotes("a 'b".into())),
        ] {
            assert_eq!(text.parse::<Program>(), Err(error), "{text}");
        }
    }
}
