//! The disk fails, or the process dies, at the Nth step of its work: what was acknowledged is there all the same.
//!
//! `strace` puts the failure into the system calls of the real binary. Where there is none, nothing is proved here.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread;

use hookctl::store::Store;
use sha2::{Digest, Sha256};

use crate::durability::{Ledger, assert_nothing_lost};
use crate::support::{Sandbox, Wire, announced, measured, signal, try_announced};

/// Deliveries of one run.
const SENT: usize = 6;

/// Steps at which each failure is tried; more of them with `HOOKCTL_FAULT_STEPS`.
const STEPS: usize = 8;

/// A listener, and `strace` beside it.
struct Failing {
    listener: Child,
    strace: Child,
    address: SocketAddr,
}

impl Failing {
    /// A listener whose system calls fail from now on, in the words of `strace --inject`. `None` where nobody may do that.
    fn start(sandbox: &Sandbox, inject: &str) -> Option<Self> {
        let mut listener = sandbox.hookctl(["listen", "--bind", "127.0.0.1:0", "--no-ui"]).spawn();
        let address = announced(&mut listener);
        let calls = inject.split(':').next().expect("a system call");
        let process = listener.id().to_string();
        let (trace, inject) = (format!("trace={calls}"), format!("inject={inject}"));
        let mut strace = Command::new("strace");
        strace.args(["-f", "-o", "/dev/null", "-e", &trace, "-e", &inject, "-p", &process]);
        let spawned = strace.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        // It says so once it watches all threads.
        let watching = spawned.ok().and_then(|mut strace| {
            let mut said = BufReader::new(strace.stderr.take()?);
            let mut line = String::new();
            let _ = said.read_line(&mut line);
            thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
            line.contains("attached").then_some(strace)
        });
        match watching {
            Some(strace) => Some(Self { listener, strace, address }),
            None => {
                signal(listener.id(), "KILL");
                let _ = listener.wait();
                None
            }
        }
    }

    /// Ends it; what it said on stderr.
    fn end(mut self) -> String {
        signal(self.listener.id(), "TERM");
        let ended = self.listener.wait_with_output().expect("it ends");
        let _ = self.strace.wait();
        String::from_utf8_lossy(&ended.stderr).into_owned()
    }
}

/// Sends, and notes what was acknowledged. Returns the statuses; a connection that broke ends them.
fn send(address: SocketAddr, run: &str, ledger: &Ledger) -> Vec<u16> {
    let mut wire = Wire::to(address);
    let mut statuses = Vec::new();
    for n in 0..SENT {
        let key = format!("{run}-{n}");
        let body = [key.as_bytes(), &vec![b'x'; 3_000 * n]].concat();
        let Some(reply) = wire.post("/", &[&format!("X-Key: {key}")], &body).reply() else { break };
        statuses.push(reply.status);
        if reply.status == 200 {
            ledger.lock().expect("the ledger").insert(key, Sha256::digest(&body).into());
        } else {
            assert_eq!((reply.status, reply.header("retry-after").is_some()), (503, true), "{run}");
        }
    }
    statuses
}

/// How often a failure comes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Comes {
    Once,
    /// From then on, as long as the listener lives.
    ForGood,
}

/// Tries a failure at each of the first steps, in one store. Returns the statuses of each run.
fn at_each_step(inject: &str, comes: Comes) -> Option<Vec<Vec<u16>>> {
    let steps = std::env::var("HOOKCTL_FAULT_STEPS").ok().and_then(|n| n.parse().ok()).unwrap_or(STEPS);
    let further = if comes == Comes::ForGood { "+" } else { "" };
    let sandbox = Sandbox::new();
    sandbox.ok(["events", "list"]);
    let ledger: Ledger = Mutex::new(HashMap::new());
    let mut runs = Vec::new();
    for step in 1..=steps {
        let failing = Failing::start(&sandbox, &format!("{inject}:when={step}{further}"))?;
        runs.push(send(failing.address, &format!("{inject} {step}"), &ledger));
        let told = failing.end();
        assert!(!told.contains("panicked"), "{inject} {step}: {told}");
        let store = Store::open(&sandbox.store()).unwrap_or_else(|error| panic!("{inject} {step}: {error}"));
        assert_nothing_lost(&ledger, &store, &format!("{inject} at step {step}"));
    }
    let checked = sandbox.ok(["events", "check"]);
    assert!(checked.stdout().starts_with("sound"), "{checked}");
    Some(runs)
}

#[test]
fn after_a_failed_write_or_sync_nothing_more_is_acknowledged_until_a_restart() {
    for inject in ["fsync,fdatasync:error=EIO", "pwrite64:error=EIO", "pwrite64:error=EDQUOT"] {
        let Some(runs) = at_each_step(inject, Comes::Once) else { return };
        let failed = runs.iter().filter(|statuses| statuses.contains(&503)).count();
        assert!(failed > 0, "{inject} was never felt: {runs:?}");
        for statuses in runs {
            let first = statuses.iter().position(|status| *status == 503).unwrap_or(statuses.len());
            assert!(statuses[first..].iter().all(|status| *status == 503), "{inject}: {statuses:?}");
        }
    }
}

#[test]
fn a_disk_that_is_full_for_a_moment_costs_one_delivery_a_retry() {
    let Some(runs) = at_each_step("pwrite64:error=ENOSPC", Comes::Once) else { return };
    assert!(runs.iter().any(|statuses| statuses.contains(&503)), "it was never felt: {runs:?}");
    for statuses in runs.iter().filter(|statuses| statuses.contains(&503)) {
        assert_eq!(statuses.iter().filter(|status| **status == 503).count(), 1, "{runs:?}");
        assert_eq!(statuses.len(), SENT);
    }
}

#[test]
fn what_fails_for_good_is_never_acknowledged_and_what_is_only_interrupted_is() {
    for inject in ["pwrite64:error=ENOSPC", "pwrite64:error=EDQUOT", "pwrite64:error=EIO", "fsync,fdatasync:error=EIO"]
    {
        let Some(runs) = at_each_step(inject, Comes::ForGood) else { return };
        for statuses in &runs {
            let first = statuses.iter().position(|status| *status == 503).unwrap_or(statuses.len());
            assert!(statuses[first..].iter().all(|status| *status == 503), "{inject}: {statuses:?}");
        }
        assert!(runs[0].contains(&503), "{inject} was never felt: {runs:?}");
    }
    let Some(runs) = at_each_step("pwrite64,fdatasync,fsync:error=EINTR", Comes::Once) else { return };
    assert!(runs[0] == [200; SENT] || runs[0].contains(&503), "{runs:?}");
}

#[test]
fn no_answer_leaves_before_what_it_acknowledges_is_synced() {
    let sandbox = Sandbox::new();
    sandbox.ok(["events", "list"]);
    let trace = sandbox.path("trace");
    let calls = "trace=pwrite64,fsync,fdatasync,sendto,sendmsg,write,writev";
    let strace = ["strace", "-D", "-f", "-qq", "-y", "-s", "16", "-e", calls, "-o", trace.to_str().expect("a path")];
    if !Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_ok_and(|status| status.success()) {
        return;
    }
    let mut listener = sandbox.hookctl(["listen", "--bind", "127.0.0.1:0", "--no-ui"]).under(&strace).spawn();
    let address = announced(&mut listener);
    let ledger: Ledger = Mutex::default();
    let statuses = send(address, "traced", &ledger);
    signal(listener.id(), "TERM");
    listener.wait().expect("it ends");
    assert_eq!(statuses, [200; SENT]);
    // What is in the log and not on disk yet: written and not synced since.
    let (mut unsynced, mut answers, mut syncing) = (false, 0, std::collections::HashSet::new());
    for line in std::fs::read_to_string(trace).expect("a trace").lines() {
        let process = line.split(' ').next().unwrap_or_default();
        let is_sync = line.contains("sync(");
        if line.contains("pwrite64(") && line.contains("-wal>") {
            unsynced = true;
        } else if is_sync && line.contains("-wal>") && line.contains("<unfinished") {
            syncing.insert(process);
        } else if (is_sync && line.contains("-wal>") && line.ends_with("= 0"))
            || (line.contains("sync resumed") && syncing.remove(process))
        {
            unsynced = false;
        } else if line.contains("\"HTTP/1.1 200") {
            assert!(!unsynced, "an answer before its sync: {line}");
            answers += 1;
        }
    }
    assert_eq!(answers, SENT, "every answer was seen");
}

#[test]
fn whoever_dies_at_a_write_or_a_sync_has_lost_nothing_acknowledged() {
    for inject in ["fsync,fdatasync:signal=KILL", "pwrite64:signal=KILL", "ftruncate:signal=KILL"] {
        let Some(runs) = at_each_step(inject, Comes::Once) else { return };
        assert!(runs.iter().any(|statuses| statuses.len() < SENT) || inject.starts_with("ftr"), "{inject}: {runs:?}");
    }
}

#[test]
fn a_failure_at_its_start_is_told_and_harms_nothing() {
    let sandbox = Sandbox::new();
    for step in 1..=4 {
        let inject = format!("inject=fsync,fdatasync:error=EIO:when={step}");
        // -D: the listener is our own child, and strace is on the side.
        let strace = ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", &inject];
        if !Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_ok_and(|status| status.success()) {
            return;
        }
        let mut child = sandbox.hookctl(["listen", "--bind", "127.0.0.1:0", "--no-ui"]).under(&strace).spawn();
        if try_announced(&mut child).is_some() {
            signal(child.id(), "TERM");
        }
        let ended = child.wait_with_output().expect("it ends");
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(
            !told.contains("panicked") && ended.status.code().is_some_and(|code| [3, 130].contains(&code)),
            "{told}"
        );
    }
    let listener = sandbox.listen(["--exit-after", "1"]);
    Wire::to(listener.socket()).post("/", &[], b"x").reply().expect("an answer");
    listener.wait().exits(0);
}

/// Hundredths of a second that a process has kept a processor busy.
#[cfg(target_os = "linux")]
fn work(process: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("a process");
    stat.split(' ').skip(13).take(2).map(|ticks| ticks.parse::<u64>().expect("ticks")).sum()
}

#[cfg(target_os = "linux")]
#[test]
fn without_file_descriptors_it_waits_and_goes_on_when_there_are_some() {
    let sandbox = Sandbox::new();
    let args = ["listen", "--bind", "127.0.0.1:0", "--no-ui"];
    let shell = ["sh", "-c", "ulimit -n 48; exec \"$0\" \"$@\""];
    let mut child = sandbox.hookctl(args).under(&shell).spawn();
    let address = announced(&mut child);
    // From the first delivery's head on no more may be opened: what it is recorded with must be open by then.
    let mut wire = Wire::to(address);
    wire.send("POST / HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
    assert_eq!(wire.reply().expect("to go on").status, 100);
    let process = rustix::process::Pid::from_child(&child);
    let limit = |current| {
        let limit = rustix::process::Rlimit { current: Some(current), maximum: Some(48) };
        rustix::process::prlimit(Some(process), rustix::process::Resource::Nofile, limit).expect("a child's limit");
    };
    limit(0);
    assert_eq!(wire.send("x").reply().expect("an answer").status, 200);
    limit(48);
    let (begun, worked) = (std::time::Instant::now(), work(child.id()));
    for _ in 0..3 {
        let crowd: Vec<_> =
            (0..100).map(|_| std::net::TcpStream::connect(address).expect("the system queues it")).collect();
        drop(crowd);
        // Those that were never accepted are gone before this one's turn.
        assert_eq!(Wire::to(address).post("/", &[], b"x").reply().expect("an answer").status, 200);
    }
    let what = format_args!("{} ticks of a processor without a descriptor, in", work(child.id()) - worked);
    measured(what, begun.elapsed());
    signal(child.id(), "TERM");
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!(ended.status.code(), Some(130), "{}", String::from_utf8_lossy(&ended.stderr));
    assert_eq!(sandbox.ok(["events", "list", "--json"]).objects().len(), 4);
}

#[test]
fn a_thousand_slow_clients_harm_nobody_and_are_let_go() {
    // A thousand connections are more than some systems let a process have unasked.
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let most = rustix::process::Rlimit { current: limit.maximum, ..limit };
    rustix::process::setrlimit(rustix::process::Resource::Nofile, most).expect("up to its own limit");
    let sandbox = Sandbox::new();
    let listener = sandbox.listen(["--head-timeout", "3s", "--max-connections", "1100"]);
    let address = listener.socket();
    let slow: Vec<_> = (0..1_000)
        .map(|_| {
            let mut stream = std::net::TcpStream::connect(address).expect("a connection");
            stream.write_all(b"POST /slow HTTP/1.1\r\nHo").expect("a part of a head");
            stream
        })
        .collect();
    let mut wire = Wire::to(address);
    for _ in 0..20 {
        assert_eq!(wire.post("/quick", &[], b"x").reply().expect("an answer").status, 200);
    }
    for mut stream in slow {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer, and the end");
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }
    let ended = listener.stop().exits(130);
    let stopped = &ended.of_kind("stopped")[0];
    assert_eq!((&stopped["deliveries"], &stopped["refused"]), (&20.into(), &1_000.into()));
}
