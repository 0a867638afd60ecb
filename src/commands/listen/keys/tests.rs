//! What is left of the terminal when a mistake of ours ends the process.
//!
//! The test runs itself once more, in a terminal of its own, since a process has one terminal at most.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use super::*;
use crate::output::Style;
use crate::output::human::line::example;

/// Set in the run inside the terminal.
const INSIDE: &str = "HOOKCTL_TEST_INSIDE";

/// Takes the keys, draws the panel, and breaks.
fn inside() {
    let output = Output::of_process(Style::default());
    let keys = Keys::of(&output).expect("a terminal");
    assert!(keys.claim(), "the terminal is ours");
    keys.arrived(1, &Summary::example("customer.created"), example(1, "stripe", "customer.created"));
    keys.draw();
    assert!(!gives_lines(&std::io::stdin()), "keys are ours");
    panic!("a mistake");
}

/// Whether the terminal hands over whole lines, and shows what is typed, as it does for everybody.
fn gives_lines(terminal: &impl std::os::fd::AsFd) -> bool {
    tcgetattr(terminal).expect("a terminal").local_modes.contains(LocalModes::ICANON | LocalModes::ECHO)
}

#[test]
fn a_panic_gives_the_terminal_back() {
    if std::env::var_os(INSIDE).is_some() {
        return inside();
    }
    let control = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudoterminal");
    grantpt(&control).expect("a pseudoterminal");
    unlockpt(&control).expect("a pseudoterminal");
    let name = ptsname(&control, Vec::new()).expect("its name");
    let path = std::ffi::OsStr::from_bytes(name.as_bytes());
    let theirs = File::options().read(true).write(true).open(path).expect("its other side");
    tcsetwinsize(&theirs, Winsize { ws_row: 24, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 }).expect("a size");
    let stream = || Stdio::from(theirs.try_clone().expect("a descriptor"));
    let name = format!("{}::a_panic_gives_the_terminal_back", module_path!().split_once("::").expect("a crate").1);
    let mut child = Command::new("setsid")
        .arg("--ctty")
        .arg(std::env::current_exe().expect("this program"))
        .args(["--exact", &name, "--nocapture"])
        .env(INSIDE, "1")
        .env("TERM", "xterm-256color")
        .stdin(stream())
        .stdout(stream())
        .stderr(stream())
        .spawn()
        .expect("it starts");
    let reader = thread::spawn(move || {
        let (mut said, mut buffer, mut control) = (Vec::new(), [0; 4096], File::from(control));
        // The end is an error, once nobody has the other side any more.
        while let Ok(length @ 1..) = control.read(&mut buffer) {
            said.extend_from_slice(&buffer[..length]);
        }
        String::from_utf8_lossy(&said).into_owned()
    });
    let status = child.wait().expect("it ends");
    let given_back = gives_lines(&theirs);
    drop(theirs);
    let said = reader.join().expect("what it said");
    assert!(!status.success() && said.contains("a mistake"), "{said}");
    assert!(given_back, "{said}");
    let drawn = said.rfind("customer.created").expect("the panel was drawn");
    assert!(said[drawn..].contains("\r\u{1b}[J"), "and is taken away: {said:?}");
}
