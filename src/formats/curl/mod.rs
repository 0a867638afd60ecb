//! curl commands, the form in which people pass requests on.
//!
//! ```text
//! words.rs      a POSIX shell's view of the text: words, quotes, pipes
//! ansi.rs       the escapes of `$'…'`
//! cmd_words.rs  the same for cmd.exe, as browsers on Windows copy commands
//! printf.rs     `printf '…'` as a source of bytes that no quote can hold
//! options.rs    curl's options: which take a value, and which matter to the request
//! request.rs    the options of one command → the request that curl would send
//! write.rs      a request → a command
//! ```
//!
//! Nothing is run and no file is opened. What only a shell or the file system knows (variables, `@file`) is refused with
//! its name, since a guess would be verified as if it were what arrived.

mod ansi;
mod cmd_words;
mod options;
mod printf;
mod request;
mod words;
mod write;

pub use write::{quote, write};

use super::Capture;
use super::error::{Form, FormatError, Place, Problem};
use words::Command;

/// Why a curl command cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CurlProblem {
    /// A quote without its end.
    #[error("the quote {quote} is not closed")]
    UnclosedQuote {
        /// The quote.
        quote: &'static str,
    },
    /// Something that only the shell knows.
    #[error("{text} is filled in by the shell: write what it stands for")]
    Substitution {
        /// As it stands there.
        text: String,
    },
    /// Input from elsewhere: `<file`, a here-document.
    #[error("input by '{text}' is not read: write the body behind --data-binary")]
    Redirect {
        /// The operator.
        text: &'static str,
    },
    /// Another program than `printf` feeds curl.
    #[error("the output of '{command}' is not known: write the body behind --data-binary")]
    Pipe {
        /// The program.
        command: String,
    },
    /// A format of printf that is not understood.
    #[error("printf with '{format}' is not understood")]
    Printf {
        /// The format.
        format: String,
    },
    /// An option that curl or hookctl does not know.
    #[error("the option '{option}' is not known")]
    UnknownOption {
        /// The option.
        option: String,
    },
    /// An option whose effect on the request cannot be told.
    #[error("the option '{option}' is not supported: {why}")]
    Unsupported {
        /// The option.
        option: &'static str,
        /// Why not.
        why: &'static str,
    },
    /// The last word is an option that wants another.
    #[error("the option '{option}' needs a value")]
    ValueMissing {
        /// The option.
        option: String,
    },
    /// A value that is read from a file.
    #[error("{option} reads the file '{file}', which is not opened: write what it holds")]
    File {
        /// The option.
        option: &'static str,
        /// The file's name.
        file: String,
    },
    /// A header that is neither `Name: value`, `Name:` nor `Name;`.
    #[error("'{text}' is not a header: write 'Name: value'")]
    Header {
        /// What stands there.
        text: String,
    },
    /// Text where bytes stand that are none.
    #[error("the {what} is not UTF-8")]
    NotUtf8 {
        /// What it is.
        what: &'static str,
    },
    /// No address.
    #[error("the command has no URL")]
    UrlMissing,
    /// More than one address.
    #[error("the command has several URLs, '{second}' being the second")]
    SeveralUrls {
        /// The second.
        second: String,
    },
    /// No curl in any of the commands.
    #[error("there is no curl command")]
    NoCommand,
}

/// A problem and the line that it is in.
type Located = (usize, Problem);

/// Whether a text starts like a curl command: `curl`, with a prompt or comments before it, or what we write before it.
pub(super) fn looks_like(text: &[u8]) -> bool {
    let mut rest = text.trim_ascii_start();
    while rest.starts_with(b"#") {
        let end = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
        rest = rest[end..].trim_ascii_start();
    }
    for prompt in [&b"$ "[..], b"% "] {
        rest = rest.strip_prefix(prompt).unwrap_or(rest).trim_ascii_start();
    }
    let end = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
    match &rest[..end] {
        word if words::is_curl(word) => true,
        // The whole text must be looked at, since a body stands before the command.
        b"printf" | b"echo" => rest.windows(5).any(|part| part == b"curl "),
        _ => false,
    }
}

/// Reads every curl command in a text.
pub(super) fn read(text: &[u8], name: &str) -> Result<Vec<Capture>, FormatError> {
    let broken = |(line, problem): Located| problem.at(name, Form::Curl, Place::Line(line));
    let commands =
        if cmd_words::looks_like(text) { cmd_words::split(text) } else { words::split(text) }.map_err(broken)?;
    let several = commands.iter().filter(|command| command.is_curl()).count() > 1;
    let mut captures = Vec::new();
    for command in commands.iter().filter(|command| command.is_curl()) {
        let source = if several { format!("{name}#{}", captures.len() + 1) } else { name.to_owned() };
        captures.push(request::capture(command, source).map_err(broken)?);
    }
    // Anything beside curl (`cd`, `export`) has an effect that is not known here, but not on a request.
    if captures.is_empty() {
        let line = commands.first().map_or(1, Command::line);
        return Err(broken((line, CurlProblem::NoCommand.into())));
    }
    Ok(captures)
}
