//! The binary in a sandbox: its own home, configuration, data and store, a fixed time zone, no colour, no terminal.
//!
//! A run that ends otherwise than expected fails the test with the command line and both streams. A run that does not
//! end is killed.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread::{self, JoinHandle};

use serde_json::Value;
use tempfile::TempDir;

use super::STUCK;
use super::running::Listener;

/// Folders of one user of hookctl.
pub(crate) struct Sandbox {
    root: TempDir,
}

impl Sandbox {
    /// A user who has never run hookctl, in an empty folder.
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().expect("a folder");
        for folder in ["home", "config", "data", "work"] {
            fs::create_dir(root.path().join(folder)).expect("a folder");
        }
        Self { root }
    }

    /// The current folder of every run.
    pub(crate) fn work(&self) -> PathBuf {
        self.root.path().join("work")
    }

    /// A path in the current folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.work().join(name)
    }

    /// hookctl's own folder for data.
    pub(crate) fn data(&self) -> PathBuf {
        self.root.path().join("data/hookctl")
    }

    /// The store's file.
    pub(crate) fn store(&self) -> PathBuf {
        self.data().join("hookctl.db")
    }

    /// The user's configuration file.
    pub(crate) fn user_file(&self) -> PathBuf {
        self.root.path().join("config/hookctl/config.toml")
    }

    /// Writes a file in the current folder, and the folders above it.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        write(&path, content.as_ref());
        path
    }

    /// Writes the user's configuration file.
    pub(crate) fn configure(&self, content: &str) -> PathBuf {
        write(&self.user_file(), content.as_bytes());
        self.user_file()
    }

    /// `hookctl` with these arguments.
    pub(crate) fn hookctl<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(&self, args: I) -> Hookctl {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hookctl"));
        let root = self.root.path();
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", root.join("home"))
            .env("XDG_CONFIG_HOME", root.join("config"))
            .env("XDG_DATA_HOME", root.join("data"))
            .env("TZ", "UTC")
            .current_dir(self.work())
            .args(args);
        Hookctl { command, stdin: None }
    }

    /// Runs `hookctl` with these arguments, and wants it to end with 0.
    pub(crate) fn ok<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(&self, args: I) -> Ran {
        self.hookctl(args).run().exits(0)
    }

    /// Runs a script with `sh`, in which `hookctl` is ours.
    pub(crate) fn shell(&self, script: &str) -> std::process::Output {
        let binary = Path::new(env!("CARGO_BIN_EXE_hookctl")).parent().expect("a folder").to_owned();
        let others = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths([binary].into_iter().chain(std::env::split_paths(&others))).expect("a path");
        let mut shell = Command::new("sh");
        shell.env_clear().env("PATH", path).env("HOME", self.root.path().join("home"));
        shell.env("XDG_DATA_HOME", self.root.path().join("data")).env("TZ", "UTC").current_dir(self.work());
        shell.args(["-c", script]).stdin(Stdio::null()).output().expect("sh runs")
    }

    /// Starts `hookctl listen --json` on free ports, with these further arguments, and waits until it is ready.
    pub(crate) fn listen<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(&self, args: I) -> Listener {
        let mut all: Vec<OsString> =
            ["listen", "--json", "--bind", "127.0.0.1:0", "--ui", "127.0.0.1:0"].map(OsString::from).to_vec();
        all.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self.hookctl(all).listen()
    }

    /// Every file below the sandbox with a hash of its content, to see that nothing was changed.
    pub(crate) fn snapshot(&self) -> BTreeMap<PathBuf, u64> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.root.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let mut hasher = DefaultHasher::new();
                    fs::read(&path).expect("a file").hash(&mut hasher);
                    files.insert(path, hasher.finish());
                }
            }
        }
        files
    }
}

fn write(path: &Path, content: &[u8]) {
    fs::create_dir_all(path.parent().expect("a file has a folder")).expect("folders");
    fs::write(path, content).expect("a file");
}

/// A command line that has not been run.
pub(crate) struct Hookctl {
    pub(super) command: Command,
    stdin: Option<Vec<u8>>,
}

impl Hookctl {
    /// With an environment variable.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// With this on standard input, which is closed otherwise.
    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(bytes.into());
        self
    }

    /// By way of another program: its name and arguments, before ours.
    pub(crate) fn under(mut self, wrapper: &[&str]) -> Self {
        let mut command = Command::new(wrapper[0]);
        command.args(&wrapper[1..]).arg(self.command.get_program()).args(self.command.get_args()).env_clear();
        for (name, value) in self.command.get_envs() {
            command.env(name, value.expect("only variables that are set"));
        }
        command.current_dir(self.command.get_current_dir().expect("a folder"));
        self.command = command;
        self
    }

    /// In another folder.
    pub(crate) fn in_folder(mut self, folder: impl AsRef<Path>) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Runs it to its end.
    pub(crate) fn run(self) -> Ran {
        let line = shown(&self.command);
        let mut child = self.spawn();
        let out = collect(child.stdout.take());
        let err = collect(child.stderr.take());
        let status = wait(&mut child, &line);
        Ran { line, status, out: out.join().expect("stdout"), err: err.join().expect("stderr") }
    }

    /// Starts it with pipes on its streams, for a test that reads or closes them itself.
    pub(crate) fn spawn(mut self) -> Child {
        let input = if self.stdin.is_some() { Stdio::piped() } else { Stdio::null() };
        let mut child =
            self.command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("hookctl starts");
        if let (Some(bytes), Some(mut pipe)) = (self.stdin, child.stdin.take()) {
            // A command that does not read its input breaks the pipe, which is its right.
            thread::spawn(move || pipe.write_all(&bytes));
        }
        child
    }

    /// Starts it with these streams, and says what was typed.
    pub(crate) fn attached(mut self, stdin: Stdio, stdout: Stdio, stderr: Stdio) -> (String, Child) {
        let child = self.command.stdin(stdin).stdout(stdout).stderr(stderr).spawn().expect("hookctl starts");
        (shown(&self.command), child)
    }
}

/// The command line as a person would type it.
pub(super) fn shown(command: &Command) -> String {
    let args: Vec<String> = command.get_args().map(|arg| arg.to_string_lossy().into_owned()).collect();
    format!("hookctl {}", args.join(" "))
}

pub(super) fn collect(stream: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    let mut stream = stream.expect("a pipe");
    thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("a stream");
        bytes
    })
}

/// Waits for the end of a process, and kills it if there is none.
pub(super) fn wait(child: &mut Child, line: &str) -> ExitStatus {
    let (done, ended) = channel::<()>();
    let id = child.id();
    let guard = thread::spawn(move || {
        let stuck = ended.recv_timeout(STUCK) == Err(RecvTimeoutError::Timeout);
        if stuck {
            signal(id, "KILL");
        }
        stuck
    });
    let status = child.wait().expect("a process");
    drop(done);
    assert!(!guard.join().expect("the guard"), "{line}: did not end");
    status
}

/// Sends a signal to a process of ours: `INT`, `TERM`, `KILL`.
pub(crate) fn signal(id: u32, name: &str) {
    let _ = Command::new("kill").args([&format!("-{name}"), &id.to_string()]).status();
}

/// Where a `listen` for people says that it listens: its first line, and no byte more.
#[track_caller]
pub(crate) fn announced(child: &mut Child) -> SocketAddr {
    try_announced(child).expect("it listens")
}

/// The same; `None` if it ends without.
pub(crate) fn try_announced(child: &mut Child) -> Option<SocketAddr> {
    let out = child.stdout.as_mut().expect("a pipe");
    let (mut line, mut byte) = (Vec::new(), [0]);
    // Byte by byte: what follows is for whoever reads the rest.
    while out.read_exact(&mut byte).is_ok() && byte[0] != b'\n' {
        line.push(byte[0]);
    }
    let line = String::from_utf8(line).expect("text");
    let (_, address) = line.split_once("://")?;
    let end = address.find(|c: char| !c.is_ascii_hexdigit() && !"[]:.".contains(c)).unwrap_or(address.len());
    Some(address[..end].parse().expect("an address"))
}

/// A run that has ended.
pub(crate) struct Ran {
    pub(super) line: String,
    pub(super) status: ExitStatus,
    pub(super) out: Vec<u8>,
    pub(super) err: Vec<u8>,
}

impl Ran {
    /// Wants this exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.status.code(), Some(code), "the exit code of {self}");
        assert!(!self.stderr().contains("panicked"), "{self}");
        self
    }

    /// Wants this exit code, an empty stdout, and `error:` with this text in it, then a `hint:` with that one.
    #[track_caller]
    pub(crate) fn refuses(self, code: i32, error: &str, hint: &str) -> Self {
        let this = self.exits(code);
        assert_eq!(this.stdout(), "", "stdout of {this}");
        let text = this.stderr();
        assert!(text.starts_with("error: "), "{this}");
        let (message, rest) = text.split_once("\nhint: ").unwrap_or((&text, ""));
        assert!(message.contains(error), "the error should say '{error}': {this}");
        assert!(rest.contains(hint), "the hint should say '{hint}': {this}");
        this
    }

    /// The exit code, unless a signal ended it.
    pub(crate) fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Standard output as text.
    pub(crate) fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }

    /// Standard output, byte for byte.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.out
    }

    /// Standard error as text.
    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.err).into_owned()
    }

    /// The JSON objects on standard output, one a line.
    #[track_caller]
    pub(crate) fn objects(&self) -> Vec<Value> {
        self.stdout()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in '{line}' of {self}")))
            .collect()
    }

    /// The only JSON object on standard output.
    #[track_caller]
    pub(crate) fn object(&self) -> Value {
        let mut objects = self.objects();
        assert_eq!(objects.len(), 1, "one object of {self}");
        objects.remove(0)
    }

    /// The JSON objects of this kind.
    #[track_caller]
    pub(crate) fn of_kind(&self, kind: &str) -> Vec<Value> {
        self.objects().into_iter().filter(|object| object["kind"] == kind).collect()
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (out, err) = (self.stdout(), self.stderr());
        write!(f, "`{}`\n--- {}\n--- stdout\n{out}\n--- stderr\n{err}", self.line, self.status)
    }
}
