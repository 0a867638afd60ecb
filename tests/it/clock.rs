//! The wall clock is set back or ahead while hookctl works: nothing is lost, nothing ends early, and nobody waits for a time
//! that is not to come.
//!
//! `libfaketime` gives one process a clock of its own. Where there is none, nothing is proved here.

use std::path::PathBuf;

use crate::support::hookctl::Hookctl;
use crate::support::{Sandbox, Upstream, Wire};

/// The wall clock of the processes that are told of it; their other clocks go on as they do.
struct Clock {
    library: PathBuf,
    file: PathBuf,
}

impl Clock {
    /// A clock that is right. `None` where there is no library for it.
    fn new(sandbox: &Sandbox) -> Option<Self> {
        let folders = std::fs::read_dir("/usr/lib").ok()?.map_while(Result::ok).map(|entry| entry.path());
        let mut libraries = folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1"));
        let library = libraries.find(|library| library.exists())?;
        let clock = Self { library, file: sandbox.path("clock") };
        clock.set("+0d");
        Some(clock)
    }

    /// Sets it, whoever reads it at this moment.
    fn set(&self, to: &str) {
        let new = self.file.with_extension("new");
        std::fs::write(&new, to).expect("a file");
        std::fs::rename(new, &self.file).expect("a file");
    }

    fn of(&self, hookctl: Hookctl) -> Hookctl {
        hookctl
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME_TIMESTAMP_FILE", &self.file)
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
    }
}

fn listen(more: &[&str]) -> Vec<String> {
    let line = ["listen", "--json", "--bind", "127.0.0.1:0", "--ui", "127.0.0.1:0"];
    line.iter().chain(more).map(|word| (*word).to_owned()).collect()
}

#[test]
fn steps_of_a_day_lose_nothing_and_neither_end_nor_allow_anything() {
    let sandbox = Sandbox::new();
    let Some(clock) = Clock::new(&sandbox) else { return };
    let line = listen(&["--for", "1h", "--rate-limit", "4/h"]);
    let mut listener = clock.of(sandbox.hookctl(line)).listen();
    let mut wire = Wire::to(listener.socket());
    let mut days = Vec::new();
    for (to, body) in [("+0d", "a"), ("-1d", "b"), ("+2d", "c"), ("+0d", "a")] {
        clock.set(to);
        assert_eq!(wire.post("/", &[], body.as_bytes()).reply().expect("an answer").status, 200, "{to}");
        let told = listener.delivery();
        assert!(told["duration_ms"].as_f64().is_some_and(|taken| taken >= 0.0), "{told}");
        days.push(told["received_at"].as_str().expect("a time")[..10].to_owned());
        assert_eq!(told["duplicate_of"].is_null(), days.len() < 4, "a repetition, days before and behind: {told}");
    }
    assert!(days[1] < days[0] && days[0] < days[2], "the clock went as it was set: {days:?}");
    // A day ahead makes no room for a client that has sent enough in an hour.
    clock.set("+3d");
    assert_eq!(wire.post("/", &[], b"too much").reply().expect("an answer").status, 429);
    listener.stop().exits(130);
    let listed = sandbox.ok(["events", "list", "--json"]).objects();
    let numbers: Vec<i64> = listed.iter().map(|delivery| delivery["number"].as_i64().expect("a number")).collect();
    assert_eq!(numbers, [4, 3, 2, 1], "in the order in which they came");
    assert!(sandbox.ok(["events", "check"]).stdout().starts_with("sound"));
}

#[test]
fn what_is_owed_goes_out_although_the_clock_was_set_back() {
    let sandbox = Sandbox::new();
    let Some(clock) = Clock::new(&sandbox) else { return };
    let target = Upstream::new();
    let (address, url) = (target.address(), target.url("/"));
    drop(target);
    let line = listen(&["--ack", "202", "--forward-to", &url]);
    let mut listener = clock.of(sandbox.hookctl(&line)).listen();
    let mut wire = Wire::to(listener.socket());
    for body in ["one", "two", "three"] {
        assert_eq!(wire.post("/", &[], body.as_bytes()).reply().expect("an answer").status, 202);
    }
    while listener.next()["state"] != "down" {}
    listener.stop().exits(130);
    clock.set("-1d");
    let target = Upstream::at(address);
    let listener = clock.of(sandbox.hookctl(&line)).listen();
    // Once this waited for a day.
    let got: Vec<Vec<u8>> = (0..3).map(|_| target.next().body().to_vec()).collect();
    assert_eq!(got, [&b"one"[..], b"two", b"three"]);
    listener.stop().exits(130);
}
