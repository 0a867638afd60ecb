//! The terminal: the only place that prints.
//!
//! Results go to stdout, everything else to stderr. Whether that is for people or JSON, and with colour or without, is
//! decided once, here. A closed pipe is no error: whoever reads has seen enough.

pub mod highlight;
pub mod human;
pub mod keys;
pub mod live;
pub mod panel;
pub mod picker;
pub mod pinned;
pub mod progress;
pub mod sanitize;
pub mod style;
pub mod table;
pub mod wrap;

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use self::pinned::{Lines, Pinned};
use crate::clock;
use crate::error::Failure;
use crate::json::error::ErrorObject;
use crate::json::log::LogObject;

/// When colour is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set; always with `CLICOLOR_FORCE`.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// In which form stderr is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Log {
    /// For people.
    #[default]
    Text,
    /// A JSON object a line, for whoever collects logs.
    Json,
}

/// How a command prints.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    /// JSON instead of text for people.
    pub json: bool,
    /// No notes on stderr.
    pub quiet: bool,
    /// More of them.
    pub verbose: bool,
    /// When colour is used.
    pub color: Color,
    /// In which form stderr is written.
    pub log: Log,
}

struct Stream {
    writer: Mutex<Box<dyn Write + Send>>,
    color: bool,
    /// Whether a CI system reads it and may find commands.
    obeyed: bool,
    closed: AtomicBool,
}

/// Where everything is printed.
pub struct Output {
    out: Stream,
    err: Stream,
    pinned: Pinned,
    style: Style,
    interactive: bool,
    terminal: bool,
    /// Whether stderr is a terminal.
    err_terminal: bool,
}

impl Output {
    /// The process's own streams.
    pub fn of_process(style: Style) -> Self {
        // The codes are always made and stripped per stream: the crate itself would look at stdout only.
        colored::control::set_override(true);
        let wants = |terminal: bool| match style.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => auto_color(terminal),
        };
        let (out, err) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        Self {
            out: Stream { obeyed: is_ci(), ..Stream::new(Box::new(io::stdout()), wants(out)) },
            err: Stream { obeyed: is_ci(), ..Stream::new(Box::new(io::stderr()), wants(err)) },
            pinned: Pinned::default(),
            interactive: io::stdin().is_terminal() && err && out && !style.json,
            terminal: out,
            err_terminal: err,
            style,
        }
    }

    /// Two buffers, for tests.
    #[cfg(test)]
    pub fn to(out: Box<dyn Write + Send>, err: Box<dyn Write + Send>, style: Style) -> Self {
        let (out, err, pinned) = (Stream::new(out, false), Stream::new(err, false), Pinned::default());
        Self { out, err, pinned, style, interactive: false, terminal: false, err_terminal: false }
    }

    /// Whether results are JSON.
    pub fn is_json(&self) -> bool {
        self.style.json
    }

    /// Whether more was asked for.
    pub fn is_verbose(&self) -> bool {
        self.style.verbose
    }

    /// Whether keys can act while it runs: stdin and stdout are a terminal that can move its cursor, and a person wants to
    /// see more than results.
    pub fn takes_keys(&self) -> bool {
        let people = !self.style.json && !self.style.quiet && !self.is_log();
        let dumb = std::env::var_os("TERM").is_none_or(|value| value == "dumb");
        people && !dumb && self.terminal && io::stdin().is_terminal()
    }

    /// Pins lines to the bottom of the terminal, in the place of the last ones; with `None`, none. What is printed comes
    /// above them.
    pub fn pin(&self, lines: Option<&Lines>) {
        self.pinned.set(&self.out, lines);
    }

    /// Asks the terminal to put a text into the clipboard, which it may do or not.
    pub fn copy(&self, text: &str) {
        let text = STANDARD.encode(text);
        self.pinned.above(&self.out, || self.out.write(format!("\u{1b}]52;c;{text}\u{7}").as_bytes()));
    }

    /// Whether a person can be asked: stdin, stdout and stderr are terminals and nobody wants JSON.
    pub fn is_interactive(&self) -> bool {
        self.interactive
    }

    /// Whether stdout is a terminal.
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Rows and columns of stdout's terminal; `None` if it is none.
    pub fn size(&self) -> Option<(usize, usize)> {
        let size = self.terminal.then(|| console::Term::stdout().size_checked()).flatten();
        size.map(|(rows, columns)| (usize::from(rows), usize::from(columns)))
    }

    /// How many columns stdout's terminal has; `None` if it is none.
    pub fn columns(&self) -> Option<usize> {
        self.size().map(|(_, columns)| columns)
    }

    /// Sentences, each in as many lines as the terminal's width asks for.
    pub fn wrapped(&self, lines: Vec<String>) -> Vec<String> {
        match self.columns() {
            Some(columns) => lines.iter().flat_map(|line| wrap::wrapped(line, columns)).collect(),
            None => lines,
        }
    }

    /// Lines of no sentences, each in as many as the terminal's width asks for.
    pub fn folded(&self, lines: impl Iterator<Item = String>) -> Vec<String> {
        match self.columns() {
            Some(columns) => lines.flat_map(|line| wrap::folded(&line, columns)).collect(),
            None => lines.collect(),
        }
    }

    /// Whether whoever reads stdout has gone.
    pub fn is_closed(&self) -> bool {
        self.out.closed.load(Ordering::Relaxed)
    }

    /// A line of a result.
    pub fn line(&self, text: &str) {
        self.pinned.above(&self.out, || self.out.line(text));
    }

    /// Several lines of a result, in one write.
    pub fn block(&self, lines: &[String]) {
        if !lines.is_empty() {
            self.line(&lines.join("\n"));
        }
    }

    /// Many lines of a result, each with its end, in one write.
    pub fn text(&self, lines: &str) {
        self.pinned.above(&self.out, || self.out.text(lines));
    }

    /// Bytes of a result, as they are.
    pub fn raw(&self, bytes: &[u8]) {
        self.pinned.above(&self.out, || self.out.write(bytes));
    }

    /// A JSON object of a result, on a line of its own.
    pub fn json<T: Serialize>(&self, object: &T) {
        let mut line = json_line(object);
        line.push('\n');
        self.raw(line.as_bytes());
    }

    /// A result: JSON if that was asked for, else the lines that `human` makes.
    pub fn result<T: Serialize>(&self, object: &T, human: impl FnOnce() -> String) {
        if self.style.json {
            self.json(object);
        } else {
            self.line(&human());
        }
    }

    /// Sentences for stderr, broken between words where its terminal would break them anywhere.
    fn fitted(&self, text: &str) -> String {
        let size = self.err_terminal.then(|| console::Term::stderr().size_checked()).flatten();
        let Some((_, columns)) = size else { return text.to_owned() };
        let lines = text.lines().flat_map(|line| wrap::wrapped(line, usize::from(columns)));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// A note on stderr; silent with `--quiet`.
    pub fn note(&self, text: &str) {
        if self.is_log() {
            self.record(Level::Info, text, None);
        } else if !self.style.quiet {
            self.alert(text);
        }
    }

    /// A note that only `--verbose` shows.
    pub fn detail(&self, text: &str) {
        if self.style.verbose {
            self.note(text);
        }
    }

    /// A warning on stderr.
    pub fn warning(&self, text: &str) {
        if self.is_log() {
            self.record(Level::Warning, text, None);
        } else {
            self.note(&format!("{} {text}", style::warn("warning:")));
        }
    }

    /// What a user asked to be told of: on stderr, also with `--quiet`.
    pub fn alert(&self, text: &str) {
        let text = self.fitted(text);
        self.pinned.above(&self.out, || self.err.line(&text));
    }

    /// Whether stderr is a log in JSON.
    pub fn is_log(&self) -> bool {
        self.style.log == Log::Json
    }

    /// A line of the log, if stderr is one: when, how bad, in words, and the fields of a public object. With `--quiet` only
    /// warnings and worse.
    pub fn record(&self, level: Level, text: &str, fields: Option<&str>) {
        if !self.is_log() || (self.style.quiet && level == Level::Info) {
            return;
        }
        let message = style::plain(text);
        let record = LogObject::new(clock::now(), level.as_str(), message.trim());
        self.err.write(log_line(&json_line(&record), fields).as_bytes());
    }

    /// Why a command could not do its work: on stderr for people, the last object on stdout for programs.
    pub fn failure(&self, failure: &Failure) {
        if self.style.json {
            self.json(&ErrorObject::new(&failure.message, failure.hint.as_deref(), failure.exit.code()));
        }
        if self.is_log() {
            let object = ErrorObject::new(&failure.message, failure.hint.as_deref(), failure.exit.code());
            self.record(Level::Error, &failure.message, Some(&json_line(&object)));
        }
        if self.style.json || self.is_log() {
            return;
        }
        // Not broken: a hint is often a command to paste.
        let mut lines = format!("{} {}", style::bad("error:"), sanitize::lines(&failure.message));
        if let Some(hint) = &failure.hint {
            lines = format!("{lines}\n{} {}", style::dim("hint:"), sanitize::lines(hint));
        }
        self.pinned.above(&self.out, || self.err.line(&lines));
    }

    /// Pushes out what is still held back.
    pub fn flush(&self) {
        self.out.flush();
        self.err.flush();
    }
}

/// How bad a line of the log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Nothing is wrong.
    Info,
    /// Somebody should have a look.
    Warning,
    /// The command could not do its work.
    Error,
}

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A line of the log: the record, with the fields of another object behind its own.
fn log_line(record: &str, fields: Option<&str>) -> String {
    let own = record.strip_suffix('}').unwrap_or(record);
    match fields.and_then(|fields| fields.strip_prefix('{')).filter(|fields| *fields != "}") {
        Some(fields) => format!("{own},{fields}\n"),
        None => format!("{own}}}\n"),
    }
}

/// An object as a line of JSON that is safe to look at.
pub fn json_line<T: Serialize>(object: &T) -> String {
    let line = serde_json::to_string(object).expect("public objects have text keys and finite numbers");
    match sanitize::json(&line) {
        Cow::Owned(safe) => safe,
        Cow::Borrowed(_) => line,
    }
}

fn auto_color(terminal: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let forced = std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0");
    let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    !set("NO_COLOR") && (forced || (terminal && !dumb))
}

/// Whether this runs where lines of output may be commands: at GitHub, Azure or TeamCity.
fn is_ci() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    ["GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"].into_iter().any(set)
}

impl Stream {
    fn new(writer: Box<dyn Write + Send>, color: bool) -> Self {
        Self { writer: Mutex::new(writer), color, obeyed: false, closed: AtomicBool::new(false) }
    }

    /// Text as this stream takes it.
    fn suited<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let text = if self.color { Cow::Borrowed(text) } else { style::plain(text) };
        if self.obeyed { Cow::Owned(sanitize::without_commands(&text).into_owned()) } else { text }
    }

    fn text(&self, lines: &str) {
        self.write(self.suited(lines).as_bytes());
    }

    fn line(&self, text: &str) {
        let mut line = self.suited(text).into_owned();
        line.push('\n');
        self.write(line.as_bytes());
    }

    fn write(&self, bytes: &[u8]) {
        // A writer that panicked once is still a writer.
        let mut writer = self.writer.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if writer.write_all(bytes).and_then(|()| writer.flush()).is_err() {
            self.closed.store(true, Ordering::Relaxed);
        }
    }

    fn flush(&self) {
        let mut writer = self.writer.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let _ = writer.flush();
    }
}
