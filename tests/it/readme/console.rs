//! The `console` blocks of a document: found, run in order, compared.
//!
//! All blocks share one home. `hookctl listen` runs in the background until the next one begins: what the block shows
//! must be how its output begins, deliveries of the blocks behind it included. Ports are free ones; where the document
//! says `127.0.0.1:4400` the listener is meant, and by `localhost:3000` an app that answers 200.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, PipeReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::mask::{all_fit, masked};

/// What `send` and `listen` use unless they are told otherwise.
const LISTENER: &str = "127.0.0.1:4400";
/// Where the document's reader has an app.
const APP: &str = "localhost:3000";
/// Nothing takes as long; a test that waits for longer would wait for ever.
const AT_MOST: Duration = Duration::from_mins(1);

/// A command with the output that the document shows.
#[derive(Debug)]
pub(super) struct Example {
    /// The line it stands on.
    line: usize,
    command: String,
    output: Vec<String>,
    /// Whether nothing in it changes from run to run.
    exact: bool,
}

/// All commands in the `console` blocks of a document; what `console exact` blocks show is the same in every run. A command
/// goes on behind a `\` at the end of its line.
pub(super) fn examples(document: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut inside = false;
    let mut exact = false;
    let mut continued = false;
    for (at, line) in document.lines().enumerate() {
        if line.starts_with("```") {
            exact = line == "```console exact";
            inside = !inside && (exact || line == "```console");
            continue;
        }
        if !inside {
            continue;
        }
        if let Some(command) = line.strip_prefix("$ ") {
            examples.push(Example { line: at + 1, command: command.to_owned(), output: Vec::new(), exact });
        } else {
            let example = examples.last_mut().unwrap_or_else(|| panic!("line {}: output of no command", at + 1));
            if continued {
                example.command.push('\n');
                example.command.push_str(line);
            } else {
                example.output.push(line.to_owned());
            }
        }
        let command_line = continued || line.starts_with("$ ");
        continued = command_line && line.ends_with('\\');
    }
    examples
}

/// Where the examples run.
pub(super) struct Sandbox {
    root: tempfile::TempDir,
    listener: Option<Listener>,
    app: App,
    problems: String,
    code: i32,
}

impl Sandbox {
    pub(super) fn new() -> Self {
        let root = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(root.path().join("ada/shop")).expect("a home");
        Self { root, listener: None, app: App::new(), problems: String::new(), code: 0 }
    }

    /// Runs all examples, and says what did not fit.
    pub(super) fn run(mut self, examples: Vec<Example>) -> String {
        for example in examples {
            if self.code != 0 && example.command != "echo $?" {
                let code = std::mem::take(&mut self.code);
                let _ = writeln!(self.problems, "line {}: the command before ended with {code}", example.line);
            }
            if example.command.starts_with("hookctl listen") {
                self.stop_listening();
                self.listener = Some(self.listen(example));
            } else {
                let printed = self.printed(&example.command);
                self.compare(&example, &printed);
            }
        }
        self.stop_listening();
        self.problems
    }

    /// The JSON objects that these commands print, the first of which is a listener.
    pub(super) fn json(mut self, commands: &[&str]) -> Vec<serde_json::Value> {
        let example =
            |command: &&str| Example { line: 0, command: (*command).to_owned(), output: Vec::new(), exact: false };
        let (listener, others) = commands.split_first().expect("a listener");
        self.listener = Some(self.listen(example(listener)));
        let mut lines: Vec<String> = others.iter().flat_map(|command| self.printed(command)).collect();
        lines.extend(self.listener.take().expect("a listener").stop().1);
        // Notes come on stderr, as text.
        let objects = lines.iter().filter(|line| line.starts_with('{'));
        objects.map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
    }

    /// A shell in the sandbox that runs this; stdin is empty.
    fn shell(&self, script: &str) -> Command {
        let binary = Path::new(env!("CARGO_BIN_EXE_hookctl")).parent().expect("a folder").to_owned();
        let others = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths([binary].into_iter().chain(std::env::split_paths(&others))).expect("a path");
        let home = self.root.path().join("ada");
        let mut shell = Command::new("sh");
        shell.env_clear().env("PATH", path).env("TZ", "UTC").env("HOME", &home).current_dir(home.join("shop"));
        shell.args(["-c", script]).stdin(Stdio::null());
        shell
    }

    /// Runs a command and returns what it prints on both streams, in the words of the document.
    fn printed(&mut self, command: &str) -> Vec<String> {
        if command == "echo $?" {
            return vec![std::mem::take(&mut self.code).to_string()];
        }
        let mut shell = self.shell(&self.with_real_ports(command));
        if let Some(listener) = &self.listener
            && let Some(provider) = sent_by(command)
        {
            shell.env("HOOKCTL_SEND_TO", format!("http://127.0.0.1:{}/webhooks/{provider}", listener.port));
        }
        if let Some(listener) = &self.listener
            && command.starts_with("hookctl replay")
        {
            shell.env("HOOKCTL_SEND_TO", format!("http://127.0.0.1:{}", listener.port));
        }
        let (mut reader, writer) = std::io::pipe().expect("a pipe");
        shell.stdout(writer.try_clone().expect("a pipe")).stderr(writer);
        let mut child = shell.spawn().expect("sh runs");
        // The command holds ends of the pipe, too, which would stay open.
        drop(shell);
        let mut output = String::new();
        reader.read_to_string(&mut output).expect("text");
        self.code = child.wait().expect("an end").code().unwrap_or(-1);
        output.lines().map(|line| self.with_usual_ports(line)).collect()
    }

    fn listen(&self, example: Example) -> Listener {
        let command = example.command.replace(APP, &self.app.address());
        let mut shell = self.shell(&format!("exec {command}"));
        shell.env("HOOKCTL_LISTEN_BIND", "127.0.0.1:0").env("HOOKCTL_LISTEN_UI", "127.0.0.1:0");
        let (reader, writer) = std::io::pipe().expect("a pipe");
        shell.stdout(writer.try_clone().expect("a pipe")).stderr(writer);
        Listener::of(example, shell.spawn().expect("sh runs"), reader)
    }

    /// Ends the listener, and compares what it printed with how the document says that it begins.
    fn stop_listening(&mut self) {
        let Some(listener) = self.listener.take() else { return };
        let (port, (example, printed)) = (listener.port, listener.stop());
        let printed: Vec<String> = printed.iter().map(|line| self.worded(line, Some(port))).collect();
        assert!(!example.output.is_empty(), "line {}: the block shows nothing", example.line);
        let shown = printed[..printed.len().min(example.output.len())].to_vec();
        self.compare(&example, &shown);
    }

    fn compare(&mut self, example: &Example, printed: &[String]) {
        let Example { line, command, output, exact } = example;
        let as_is: fn(&str) -> String = str::to_owned;
        if !all_fit(output, printed, if *exact { as_is } else { masked }) {
            let shown = |lines: &[String]| lines.iter().fold(String::new(), |all, line| format!("{all}{line}\n"));
            let _ = writeln!(
                self.problems,
                "line {line}: $ {command}\n--- the document shows\n{}--- the program prints\n{}",
                shown(output),
                shown(printed)
            );
        }
    }

    fn with_real_ports(&self, command: &str) -> String {
        let command = command.replace(APP, &self.app.address());
        match &self.listener {
            Some(listener) => command.replace(LISTENER, &format!("127.0.0.1:{}", listener.port)),
            None => command,
        }
    }

    fn with_usual_ports(&self, line: &str) -> String {
        self.worded(line, self.listener.as_ref().map(|listener| listener.port))
    }

    /// A line of output as it would be at the document's reader's: usual ports, and `/home/ada`.
    fn worded(&self, line: &str, port: Option<u16>) -> String {
        let root = self.root.path().display().to_string();
        let mut line = line.replace(&root, "/home").replace(&self.app.address(), APP);
        if let Some(port) = port {
            line = line.replace(&format!("127.0.0.1:{port}"), LISTENER);
            // A listener at its usual address need not say where to send to.
            line = line.replace(&format!(" --to http://{LISTENER}/webhooks/stripe"), "");
        }
        line
    }
}

/// The provider of a `send` that goes to the listener by itself.
fn sent_by(command: &str) -> Option<&str> {
    let (_, arguments) = command.split_once("hookctl send ")?;
    (!arguments.contains("--to ")).then(|| arguments.split_whitespace().next())?
}

/// A running `hookctl listen`.
struct Listener {
    example: Example,
    child: Reaped,
    port: u16,
    lines: JoinHandle<Vec<String>>,
}

impl Listener {
    /// Returns once it listens.
    fn of(example: Example, child: Child, output: PipeReader) -> Self {
        let (found, address): (_, Receiver<String>) = channel();
        let lines = std::thread::spawn(move || {
            let mut lines = Vec::new();
            for line in BufReader::new(output).lines() {
                let line = line.expect("text");
                if lines.is_empty() {
                    let port = line.split_once("http://127.0.0.1:").map(|(_, rest)| digits(rest));
                    found.send(port.unwrap_or_else(|| panic!("no address: {line}"))).expect("the sandbox waits");
                }
                lines.push(line);
            }
            lines
        });
        let child = Reaped(child);
        let port = address.recv_timeout(AT_MOST).expect("the listener says where it is");
        Self { example, child, port: port.parse().expect("a port"), lines }
    }

    /// What it printed in all.
    fn stop(mut self) -> (Example, Vec<String>) {
        let pid = self.child.0.id().to_string();
        let interrupted = Command::new("sh").args(["-c", "kill -INT $0", &pid]).status().expect("sh runs");
        assert!(interrupted.success(), "the listener had ended by itself");
        assert_eq!(self.child.0.wait().expect("an end").code(), Some(130), "an interrupted listener says so");
        (self.example, self.lines.join().expect("its lines"))
    }
}

/// A child that does not outlive a test that fails.
struct Reaped(Child);

impl Drop for Reaped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The digits that a text begins with.
fn digits(text: &str) -> String {
    text.chars().take_while(char::is_ascii_digit).collect()
}

/// The reader's own app: answers 200 to everything.
struct App {
    server: Arc<tiny_http::Server>,
    thread: Option<JoinHandle<()>>,
}

impl App {
    fn new() -> Self {
        let server = Arc::new(tiny_http::Server::http("127.0.0.1:0").expect("a port"));
        let requests = Arc::clone(&server);
        let thread = std::thread::spawn(move || {
            for request in requests.incoming_requests() {
                let _ = request.respond(tiny_http::Response::empty(200));
            }
        });
        Self { server, thread: Some(thread) }
    }

    fn address(&self) -> String {
        format!("localhost:{}", self.server.server_addr().to_ip().expect("an address").port())
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A file of this repository.
pub(super) fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
