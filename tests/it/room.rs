//! Disks without room: what cannot be kept is not acknowledged, and recording goes on once there is room again.

use std::time::Instant;

use hookctl::store::Store;
use sha2::{Digest, Sha256};

use crate::durability::{Ledger, assert_nothing_lost};
use crate::support::{Sandbox, Wire, announced, measured, signal};

/// A listener on a file system of a few hundred KiB, in a mount namespace of its own; `None` where that is not allowed.
fn small_disk(sandbox: &Sandbox) -> Option<std::path::PathBuf> {
    let disk = sandbox.path("disk");
    std::fs::create_dir(&disk).expect("a folder");
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=3m", "none"])
        .arg(&disk)
        .stderr(std::process::Stdio::null())
        .status();
    mounted.is_ok_and(|status| status.success()).then_some(disk)
}

/// How often the disk fills up.
const CYCLES: usize = 10;

/// Makes the file system larger: so many MiB.
fn enlarge(disk: &std::path::Path, mebibytes: usize) {
    let size = format!("remount,size={mebibytes}m");
    let status = std::process::Command::new("mount").args(["-o", &size]).arg(disk).status();
    assert!(status.is_ok_and(|status| status.success()), "it can be enlarged");
}

/// Takes the file system away again, also when the test fails.
struct Mounted(std::path::PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_is_told_and_recovered_from() {
    let sandbox = Sandbox::new();
    let Some(disk) = small_disk(&sandbox) else {
        // Not root, or a sandbox without mounts: store/ has the same case at the library's level.
        return;
    };
    let _mounted = Mounted(disk.clone());
    let ballast = disk.join("ballast");
    std::fs::write(&ballast, vec![0; 1 << 20]).expect("room for ballast");
    let store = disk.join("s.db");
    let listener = sandbox.listen(["--store", store.to_str().expect("a path")]);
    let ledger = Ledger::default();
    let mut wire = Wire::to(listener.socket());
    let mut send = |n: usize| {
        let key = format!("full-{n}");
        let body = [key.as_bytes(), &vec![b'x'; 50_000]].concat();
        let reply = wire.post("/", &[&format!("X-Key: {key}")], &body).reply().expect("an answer");
        if reply.status == 200 {
            ledger.lock().expect("the ledger").insert(key, Sha256::digest(&body).into());
        } else {
            assert_eq!((reply.status, reply.header("retry-after").is_some()), (503, true));
        }
        reply.status
    };
    let mut numbers = 0..;
    let number = |name: &str| std::env::var(name).ok().and_then(|n| n.parse().ok());
    let (cycles, step) = (number("HOOKCTL_DISK_CYCLES").unwrap_or(CYCLES), number("HOOKCTL_DISK_STEP").unwrap_or(1));
    for cycle in 0..cycles {
        let mut asked = Instant::now();
        let refused = |n: usize| {
            asked = Instant::now();
            send(n) == 503
        };
        let full = numbers.by_ref().take(200).position(refused).expect("the disk fills up");
        measured(format_args!("a full disk is told"), asked.elapsed());
        if cycle == 0 {
            assert!(full > 0, "something was recorded before");
            std::fs::remove_file(&ballast).expect("the ballast");
        } else {
            enlarge(&disk, 3 + cycle * step);
        }
        let room = Instant::now();
        let back = numbers.by_ref().take(200).any(|n| send(n) == 200);
        measured(format_args!("recording goes on once there is room"), room.elapsed());
        assert!(back, "recording goes on once there is room, without a restart, time {cycle}");
    }
    listener.stop().exits(130);
    assert_nothing_lost(&ledger, &Store::open(&store).expect("the store opens"), "a full disk");
}

#[cfg(target_os = "linux")]
#[test]
fn a_write_that_stops_half_way_acknowledges_nothing() {
    // A limit to how long a file may be cuts the write that would pass it, and refuses the next one.
    const SHELL: [&str; 3] = ["sh", "-c", "trap '' XFSZ; exec \"$0\" \"$@\""];
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let sandbox = Sandbox::new();
    let ledger = Ledger::default();
    // Within the header of a frame, behind it, within its page, and within later ones.
    for room in [1_u64, 24, 25, 100, 512, 4_096, 16_407, 16_409, 40_000, 70_001] {
        let line = ["listen", "--bind", "127.0.0.1:0", "--no-ui"];
        let mut child = sandbox.hookctl(line).under(&SHELL).spawn();
        let mut wire = Wire::to(announced(&mut child));
        let mut send = |name: String, length: usize| {
            let body = [name.as_bytes(), &vec![b'x'; length]].concat();
            let reply = wire.post("/", &[&format!("X-Key: {name}")], &body).reply().expect("an answer");
            if reply.status == 200 {
                ledger.lock().expect("the ledger").insert(name, Sha256::digest(&body).into());
            }
            reply.status
        };
        assert_eq!(send(format!("{room}-before"), 100), 200);
        let log = std::fs::metadata(sandbox.store().with_extension("db-wal")).expect("a log").len();
        let process = Pid::from_child(&child);
        let longest = |current| {
            let limit = Rlimit { current, maximum: None };
            prlimit(Some(process), Resource::Fsize, limit).expect("a child's limit");
        };
        longest(Some(log + room));
        let statuses: Vec<u16> = (0..4).map(|n| send(format!("{room}-{n}"), 30_000)).collect();
        assert!(statuses.contains(&503) && statuses.iter().all(|status| [200, 503].contains(status)), "{statuses:?}");
        longest(None);
        signal(child.id(), "TERM");
        let ended = child.wait_with_output().expect("it ends");
        let told = String::from_utf8_lossy(&ended.stderr);
        assert!(!told.contains("panicked"), "{told}");
        assert_nothing_lost(&ledger, &Store::open(&sandbox.store()).expect("the store"), &format!("{room} bytes"));
    }
    assert!(sandbox.ok(["events", "check"]).stdout().starts_with("sound"));
}
