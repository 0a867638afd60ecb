//! The binary in a terminal: a pseudoterminal that controls it, the screen that a person would see, keys that are pressed.

use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::os::unix::ffi::OsStrExt;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use rustix::process::{Pid, WaitOptions, waitpid};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use super::STUCK;
use super::hookctl::{Hookctl, signal, wait};

/// Lines above the screen that a test can look at.
const SCROLLBACK: usize = 1_000;

/// A sequence that no terminal shows, and no program writes.
const END: &str = "\u{1b}]777;end\u{7}";

/// A running `hookctl` in a terminal. Dropping it kills it.
pub(crate) struct Terminal {
    line: String,
    child: Child,
    /// Our side of it, and theirs, which is kept so that its modes can be asked for after the end.
    ours: File,
    theirs: File,
    written: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    /// All that was written, as it was written.
    bytes: Vec<u8>,
}

impl Terminal {
    /// Starts it in a window of so many rows and columns.
    pub(crate) fn start(hookctl: Hookctl, rows: u16, columns: u16) -> Self {
        Self::start_with(hookctl, (rows, columns), None)
    }

    /// The same, with standard output elsewhere.
    pub(crate) fn start_with(hookctl: Hookctl, (rows, columns): (u16, u16), stdout: Option<Stdio>) -> Self {
        let control = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudoterminal");
        grantpt(&control).expect("a pseudoterminal");
        unlockpt(&control).expect("a pseudoterminal");
        let name = ptsname(&control, Vec::new()).expect("its name");
        let path = std::ffi::OsStr::from_bytes(name.as_bytes());
        let theirs = File::options().read(true).write(true).open(path).expect("its other side");
        resize(&theirs, rows, columns);
        let stream = || Stdio::from(theirs.try_clone().expect("a descriptor"));
        // As a shell in this terminal would start it.
        let hookctl = hookctl.env("TERM", "xterm-256color").under(&["setsid", "--ctty"]);
        let (line, child) = hookctl.attached(stream(), stdout.unwrap_or_else(stream), stream());
        let ours = File::from(control);
        let mut reader = ours.try_clone().expect("a descriptor");
        let (tell, written) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length) = reader.read(&mut buffer) {
                if length == 0 || tell.send(buffer[..length].to_vec()).is_err() {
                    return;
                }
            }
        });
        let screen = vt100::Parser::new(size(rows), size(columns), SCROLLBACK);
        Self { line, child, ours, theirs, written, screen, bytes: Vec::new() }
    }

    /// Presses keys.
    pub(crate) fn press(&mut self, keys: &str) {
        self.ours.write_all(keys.as_bytes()).expect("a terminal");
    }

    /// Makes the window wider or narrower.
    pub(crate) fn resize(&mut self, rows: u16, columns: u16) {
        resize(&self.theirs, rows, columns);
        self.screen.screen_mut().set_size(size(rows), size(columns));
    }

    /// Sends a signal: `TERM`, `TSTP`, `CONT`.
    pub(crate) fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// Waits until a text is on the screen, and returns the screen's rows.
    #[track_caller]
    pub(crate) fn until(&mut self, text: &str) -> Vec<String> {
        self.until_rows(text, |rows| rows.iter().any(|row| row.contains(text)))
    }

    /// Waits until the screen is like this, and returns its rows.
    #[track_caller]
    pub(crate) fn until_rows(&mut self, what: &str, is_so: impl Fn(&[String]) -> bool) -> Vec<String> {
        loop {
            let rows = self.rows();
            if is_so(&rows) {
                return rows;
            }
            match self.written.recv_timeout(STUCK) {
                Ok(bytes) => self.show(&bytes),
                Err(error) => panic!("{}: '{what}' does not come ({error})\n{}", self.line, rows.join("\n")),
            }
        }
    }

    /// Whether keys are read one by one, and not shown.
    pub(crate) fn gives_keys(&self) -> bool {
        let modes = tcgetattr(&self.theirs).expect("a terminal").local_modes;
        !modes.intersects(LocalModes::ICANON | LocalModes::ECHO)
    }

    /// Stops it as Ctrl-Z would, and waits until it is stopped.
    pub(crate) fn stop(&self) {
        self.signal("TSTP");
        let id = Pid::from_child(&self.child);
        let (_, status) = waitpid(Some(id), WaitOptions::UNTRACED).expect("a child").expect("a change");
        assert!(status.stopped(), "{}: {status:?}", self.line);
    }

    /// Wants it to end with this code, or by this signal where that is negative; returns what stays on the screen, from
    /// the first line on.
    #[track_caller]
    pub(crate) fn ends(&mut self, code: i32) -> Vec<String> {
        use std::os::unix::process::ExitStatusExt;

        let status = wait(&mut self.child, &self.line);
        // What stands before a mark of ours is what it wrote, and there is no more.
        self.theirs.write_all(END.as_bytes()).expect("a terminal");
        let ended = |terminal: &Self| terminal.bytes.windows(END.len()).any(|bytes| bytes == END.as_bytes());
        while !ended(self) {
            let bytes = self.written.recv_timeout(STUCK).expect("the mark");
            self.show(&bytes);
        }
        let ended = status.code().unwrap_or_else(|| -status.signal().unwrap_or_default());
        assert_eq!(ended, code, "{}\n{}", self.line, self.rows().join("\n"));
        self.rows()
    }

    /// All bytes that were written so far.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn show(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.screen.process(bytes);
    }

    /// The rows of the screen, without those at the end that are empty.
    fn rows(&self) -> Vec<String> {
        let screen = self.screen.screen();
        let mut rows: Vec<String> = screen.rows(0, screen.size().1.get()).collect();
        while rows.last().is_some_and(String::is_empty) {
            rows.pop();
        }
        rows
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn size(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).expect("a window")
}

fn resize(terminal: &File, rows: u16, columns: u16) {
    let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(terminal, size).expect("a terminal");
}
