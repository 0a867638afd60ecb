//! The power is cut at any moment: of what was not synced, every sector is there, or not, or something else is in its place.
//! What was acknowledged is there all the same.
//!
//! `strace` writes down what the real binary does with its files: writes, lengths, syncs, names. From that, disks are made as a
//! power cut may leave them, also in the middle of copying the log into the database, and each is opened as a restart would.
//! Where there is no `strace`, nothing is proved here.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use hookctl::store::Store;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sha2::{Digest, Sha256};

use crate::durability::{Ledger, assert_nothing_lost};
use crate::support::files::{Step, steps};
use crate::support::{Sandbox, Wire, announced, signal};

/// Disks write as much as this, or nothing of it.
const SECTOR: usize = 512;

/// What is done to a file and not on disk for certain.
#[derive(Clone)]
enum Pending {
    Write(usize, Vec<u8>),
    Length(usize),
}

/// A file as it is on disk, and what may be there of the rest.
#[derive(Clone, Default)]
struct OnDisk {
    bytes: Vec<u8>,
    pending: Vec<Pending>,
    /// Whether its name is on disk.
    named: bool,
    /// Whether it was removed, which may not be on disk.
    removed: bool,
}

fn put(bytes: &mut Vec<u8>, at: usize, part: &[u8]) {
    bytes.resize(bytes.len().max(at + part.len()), 0);
    bytes[at..at + part.len()].copy_from_slice(part);
}

impl OnDisk {
    fn settle(&mut self, steps: usize) {
        for step in self.pending.drain(..steps) {
            match step {
                Pending::Write(at, part) => put(&mut self.bytes, at, &part),
                Pending::Length(length) => self.bytes.resize(length, 0),
            }
        }
    }

    /// The file as it may be after the power was cut; `None` if it may not be there.
    fn after(&self, rng: &mut StdRng) -> Option<Vec<u8>> {
        if (!self.named || self.removed) && rng.random() {
            return None;
        }
        // All of it, or nothing, or a part: the extremes find other mistakes than the middle.
        let kept = [0.0, 0.2, 0.5, 0.9, 1.0][rng.random_range(0..5)];
        let noise = if rng.random_bool(0.3) { 0.1 } else { 0.0 };
        let mut bytes = self.bytes.clone();
        for step in &self.pending {
            match step {
                Pending::Length(length) if rng.random_bool(kept) => bytes.resize(*length, 0),
                Pending::Length(_) => {}
                Pending::Write(at, part) => {
                    for (index, sector) in part.chunks(SECTOR).enumerate() {
                        if rng.random_bool(noise) {
                            let noise: Vec<u8> = sector.iter().map(|_| rng.random()).collect();
                            put(&mut bytes, at + index * SECTOR, &noise);
                        } else if rng.random_bool(kept) {
                            put(&mut bytes, at + index * SECTOR, sector);
                        }
                    }
                }
            }
        }
        Some(bytes)
    }
}

/// A disk, as far as it is known what is on it.
#[derive(Default)]
struct Disk {
    files: BTreeMap<String, OnDisk>,
    /// Syncs under way: the file, and how much of what was pending they bring to disk.
    syncing: HashMap<String, (String, usize)>,
    answers: usize,
}

impl Disk {
    fn take(&mut self, step: &Step) {
        match step {
            Step::Create(name) => {
                let file = self.files.entry(name.clone()).or_default();
                if std::mem::take(&mut file.removed) {
                    *file = OnDisk::default();
                }
            }
            Step::Remove(name) => self.files.entry(name.clone()).or_default().removed = true,
            Step::Write(name, at, bytes) => {
                self.files.entry(name.clone()).or_default().pending.push(Pending::Write(*at, bytes.clone()));
            }
            Step::Length(name, length) => {
                self.files.entry(name.clone()).or_default().pending.push(Pending::Length(*length));
            }
            Step::SyncBegins(thread, name) => {
                let pending = self.files.get(name).map_or(0, |file| file.pending.len());
                self.syncing.insert(thread.clone(), (name.clone(), pending));
            }
            Step::SyncEnds(thread) => {
                let (name, pending) = self.syncing.remove(thread).expect("it has begun");
                if name.is_empty() {
                    self.files.retain(|_, file| !file.removed);
                    self.files.values_mut().for_each(|file| file.named = true);
                } else if let Some(file) = self.files.get_mut(&name) {
                    // Another one may have brought them there meanwhile.
                    file.settle(pending.min(file.pending.len()));
                }
            }
            Step::Answer => self.answers += 1,
        }
    }
}

/// What was acknowledged: keys, and the hashes of bodies.
type Acknowledged = Vec<(String, [u8; 32])>;

/// Listeners one after the other on one store that the first of them makes; what they did, and what was acknowledged.
fn recorded(seed: u64, listeners: u64, deliveries: u64) -> Option<(Vec<Step>, Acknowledged)> {
    if !Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_ok_and(|status| status.success()) {
        return None;
    }
    let mut rng = StdRng::seed_from_u64(seed);
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.data()).expect("a folder");
    let folder = fs::canonicalize(sandbox.data()).expect("a folder").to_str().expect("text").to_owned();
    let trace = sandbox.path("trace");
    let calls = "trace=openat,unlink,pwrite64,ftruncate,fsync,fdatasync,sendto,sendmsg,write,writev";
    let strace = ["strace", "-D", "-f", "-qq", "-y", "-xx", "-s", "100000", "-A", "-e", calls, "-o"];
    let mut acknowledged = Vec::new();
    for listener in 0..listeners {
        let under: Vec<&str> = strace.into_iter().chain([trace.to_str().expect("a path")]).collect();
        let line = ["listen", "--bind", "127.0.0.1:0", "--no-ui", "--quiet"];
        let mut child = sandbox.hookctl(line).under(&under).spawn();
        let mut wire = Wire::to(announced(&mut child));
        for delivery in 0..deliveries {
            let key = format!("{listener}-{delivery}");
            let length: usize =
                if rng.random_bool(0.3) { rng.random_range(0..70_000) } else { rng.random_range(0..3_000) };
            let body = [key.as_bytes(), &vec![b'x'; length]].concat();
            let reply = wire.post("/", &[&format!("X-Key: {key}")], &body).reply().expect("an answer");
            assert_eq!(reply.status, 200);
            acknowledged.push((key, Sha256::digest(&body).into()));
        }
        signal(child.id(), "TERM");
        child.wait().expect("it ends");
    }
    Some((steps(&fs::read_to_string(trace).expect("a trace"), &folder), acknowledged))
}

#[test]
fn whatever_is_left_of_writes_that_were_not_synced_what_was_acknowledged_is_there() {
    let number = |name: &str| std::env::var(name).ok().and_then(|n| n.parse().ok());
    let cuts: u64 = number("HOOKCTL_POWER_CUTS").unwrap_or(50);
    let seed: u64 = number("HOOKCTL_POWER_SEED").unwrap_or_else(rand::random);
    let deliveries: u64 = number("HOOKCTL_POWER_DELIVERIES").unwrap_or(30);
    let Some((steps, acknowledged)) = recorded(seed, 2, deliveries) else { return };
    let answers = steps.iter().filter(|step| matches!(step, Step::Answer)).count();
    let copied = steps.iter().filter(|step| matches!(step, Step::Write(file, ..) if file == "hookctl.db")).count();
    assert_eq!(answers, acknowledged.len(), "every answer was seen");
    assert!(copied > 20, "the log was copied into the database: {copied}");
    let mut rng = StdRng::seed_from_u64(seed);
    // Where it is cut: at each step with the same chance, some of them more than once.
    let mut cuts_at: Vec<usize> = (0..cuts).map(|_| rng.random_range(0..=steps.len())).collect();
    cuts_at.sort_unstable();
    let (mut disk, mut done) = (Disk::default(), 0);
    for (cut, at) in cuts_at.into_iter().enumerate() {
        steps[done..at].iter().for_each(|step| disk.take(step));
        done = at;
        let folder = tempfile::tempdir().expect("a folder");
        for (name, file) in &disk.files {
            if let Some(bytes) = file.after(&mut rng) {
                fs::write(folder.path().join(name), bytes).expect("room");
            }
        }
        let context = format!("seed {seed}, cut {cut} at step {at} of {}", steps.len());
        holds(folder.path(), &acknowledged[..disk.answers], &context);
    }
}

/// That a store after a power cut opens, has what was acknowledged, and takes more.
fn holds(folder: &Path, acknowledged: &[(String, [u8; 32])], context: &str) {
    let path = folder.join("hookctl.db");
    let store = Store::open(&path).unwrap_or_else(|error| panic!("{context}: {error}"));
    let ledger: Ledger = Mutex::new(acknowledged.iter().cloned().collect());
    assert_nothing_lost(&ledger, &store, context);
    drop(store);
}
