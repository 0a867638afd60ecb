//! The binary while it runs: its lines as they come, its signals, its end.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::Child;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{self, JoinHandle};

use serde_json::Value;

use super::STUCK;
use super::hookctl::{Hookctl, Ran, collect, shown, signal, wait};

impl Hookctl {
    /// Starts it, for a test that reads its lines as they come.
    pub(crate) fn start(self) -> Running {
        let line = shown(&self.command);
        let mut child = self.spawn();
        let err = collect(child.stderr.take());
        let (sender, lines) = channel();
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Running { line, child, lines, err: Some(err) }
    }

    /// Starts a `listen --json` and waits for its first line.
    pub(crate) fn listen(self) -> Listener {
        let mut running = self.start();
        let ready = running.next();
        assert_eq!(ready["kind"], "listening", "{}: its first line", running.line);
        Listener { running, ready }
    }
}

/// A running `hookctl` that prints JSON. Dropping it kills it.
pub(crate) struct Running {
    line: String,
    child: Child,
    lines: Receiver<String>,
    err: Option<JoinHandle<Vec<u8>>>,
}

impl Running {
    /// The next line of its output; waits for it.
    #[track_caller]
    pub(crate) fn next(&mut self) -> Value {
        match self.lines.recv_timeout(STUCK) {
            Ok(line) => {
                serde_json::from_str(&line).unwrap_or_else(|error| panic!("{}: {error} in '{line}'", self.line))
            }
            Err(RecvTimeoutError::Timeout) => panic!("{}: says nothing more", self.line),
            Err(RecvTimeoutError::Disconnected) => {
                let err = self.err.take().map_or_else(Vec::new, |err| err.join().expect("stderr"));
                panic!("{}: has ended\n--- stderr\n{}", self.line, String::from_utf8_lossy(&err));
            }
        }
    }

    /// Sends it a signal: `INT`, `TERM`, `KILL`, `STOP`, `CONT`.
    pub(crate) fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// Stops it as Ctrl-C would, and returns what it said since the last line that was read.
    pub(crate) fn stop(self) -> Ran {
        self.signal("INT");
        self.wait()
    }

    /// Waits for its end, and returns what it said since the last line that was read.
    pub(crate) fn wait(mut self) -> Ran {
        let status = wait(&mut self.child, &self.line);
        let out: String = self.lines.iter().map(|line| line + "\n").collect();
        let err = self.err.take().map_or_else(Vec::new, |err| err.join().expect("stderr"));
        Ran { line: self.line.clone(), status, out: out.into_bytes(), err }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A running `hookctl listen --json`.
pub(crate) struct Listener {
    running: Running,
    ready: Value,
}

impl Listener {
    /// Where deliveries are received, as a URL without a path.
    pub(crate) fn address(&self) -> &str {
        self.ready["address"].as_str().expect("an address").trim_end_matches('/')
    }

    /// The same for a raw connection.
    pub(crate) fn socket(&self) -> SocketAddr {
        self.address().trim_start_matches("http://").trim_start_matches("https://").parse().expect("a socket address")
    }

    /// Where `/healthz` is, as a URL without a path.
    pub(crate) fn ui(&self) -> &str {
        self.ready["ui"].as_str().expect("an address").trim_end_matches('/')
    }

    /// The first line, `{"kind":"listening"}`.
    pub(crate) fn ready(&self) -> &Value {
        &self.ready
    }

    /// A URL on the webhook port.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address())
    }

    /// The next line of its output; waits for it. Why something is not valid comes when it is found out, in between: that
    /// is left out here.
    #[track_caller]
    pub(crate) fn next(&mut self) -> Value {
        loop {
            let object = self.running.next();
            if object["kind"] != "diagnosis" {
                return object;
            }
        }
    }

    /// Why the next delivery that is not valid is not; waits for it, and leaves out all else.
    #[track_caller]
    pub(crate) fn diagnosis(&mut self) -> Value {
        loop {
            let object = self.running.next();
            if object["kind"] == "diagnosis" {
                return object;
            }
        }
    }

    /// The next delivery; waits for it.
    #[track_caller]
    pub(crate) fn delivery(&mut self) -> Value {
        let object = self.next();
        assert_eq!(object["kind"], "delivery", "{object}");
        object
    }

    /// The most memory that it has held so far, in bytes; `None` where the system does not say.
    pub(crate) fn most_memory(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.running.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kibibytes| kibibytes << 10)
    }

    /// Sends it a signal: `INT`, `TERM`, `KILL`, `STOP`, `CONT`.
    pub(crate) fn signal(&self, name: &str) {
        self.running.signal(name);
    }

    /// Stops it as Ctrl-C would, and returns what it said since the last line that was read.
    pub(crate) fn stop(self) -> Ran {
        self.running.stop()
    }

    /// Waits for its end, and returns what it said since the last line that was read.
    pub(crate) fn wait(self) -> Ran {
        self.running.wait()
    }
}
