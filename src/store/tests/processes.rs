//! What only shows between processes. A test that needs another one starts this very program again for a single
//! scene below, with the store's path in the environment; without it a scene does nothing.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::*;
use crate::store::Filter;

/// Names the store to a scene.
const STORE: &str = "HOOKCTL_TEST_STORE";
/// Tells one of several processes that play the same scene from the others.
const PART: &str = "HOOKCTL_TEST_PART";

/// Starts a scene in a process of its own, with this umask.
fn play(scene: &str, path: &Path, part: u64, umask: &str) -> Child {
    Command::new("sh")
        .args(["-c", &format!("umask {umask} && exec \"$@\""), "sh"])
        .arg(std::env::current_exe().expect("this program"))
        .args(["--exact", &format!("store::tests::processes::{scene}"), "--nocapture"])
        .env(STORE, path)
        .env(PART, part.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("start")
}

/// Path and part, if this process is to play a scene.
fn scene() -> Option<(PathBuf, u64)> {
    let part = std::env::var(PART).ok()?.parse().expect("part");
    Some((std::env::var_os(STORE)?.into(), part))
}

#[test]
fn scene_record_some() {
    let Some((path, part)) = scene() else { return };
    let store = Store::open(&path).expect("open");
    for n in 0..25 {
        store.record_blocking(keyed(part * 1_000 + n, u8::try_from(n).expect("small"), 0)).expect("record");
    }
}

#[test]
fn scene_record_until_killed() {
    let Some((path, _)) = scene() else { return };
    let store = Store::open(&path).expect("open");
    let acknowledged = path.with_extension("acknowledged");
    let mut list = Vec::new();
    for n in 0..300 {
        store.record_blocking(capture(n)).expect("record");
        list.push(n.to_string());
        std::fs::write(&acknowledged, list.join("\n")).expect("note");
    }
    // Some more that nobody is told about, then the end, without any clearing up.
    for n in 300..400 {
        drop(store.record(capture(n)));
    }
    std::process::abort();
}

#[cfg(unix)]
#[test]
fn a_new_store_is_private_under_any_umask() {
    use std::os::unix::fs::PermissionsExt as _;
    for umask in ["000", "022", "077", "277"] {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("new/deep/hookctl.db");
        // Looked at while it is open, so that log and index are there.
        let status = play("scene_record_until_killed", &path, 0, umask).wait().expect("wait");
        assert!(!status.success(), "the scene ends with an abort");
        let mode = |path: &Path| std::fs::metadata(path).expect("metadata").permissions().mode() & 0o777;
        for (path, expected) in [
            (folder.path().join("new"), 0o700),
            (folder.path().join("new/deep"), 0o700),
            (path.clone(), 0o600),
            (path.with_extension("db-wal"), 0o600),
            (path.with_extension("db-shm"), 0o600),
        ] {
            assert_eq!(mode(&path), expected, "{} under {umask}", path.display());
        }
    }
}

#[cfg(unix)]
#[test]
fn what_was_acknowledged_survives_a_killed_process() {
    let (_folder, path) = place();
    assert!(!play("scene_record_until_killed", &path, 0, "022").wait().expect("wait").success());
    let acknowledged = std::fs::read_to_string(path.with_extension("acknowledged")).expect("read");
    let store = Store::open(&path).expect("open");
    let mut count = 0;
    for n in acknowledged.lines() {
        let delivery = capture(n.parse().expect("number"));
        let number = store.number_of(delivery.summary.id).expect("acknowledged and not there");
        assert_eq!(store.get(number).expect("get").body, delivery.body);
        count += 1;
    }
    assert_eq!(count, 300);
}

#[cfg(unix)]
#[test]
fn several_processes_may_make_and_fill_one_store_at_once() {
    for _ in 0..5 {
        let (_folder, path) = place();
        let children: Vec<_> = (0..4).map(|part| play("scene_record_some", &path, part, "022")).collect();
        for mut child in children {
            assert!(child.wait().expect("wait").success());
        }
        let store = Store::open(&path).expect("open");
        assert_eq!(store.count(&Filter::default()).expect("count"), 100);
        let duplicates = Filter { duplicates: true, ..Filter::default() };
        // Of each of 25 keys there is one original, whoever recorded it.
        assert_eq!(store.count(&duplicates).expect("count"), 75);
        let numbers = store.resolve(&crate::model::Selector::Range(1, 1_000)).expect("numbers");
        assert_eq!(numbers, (1..=100).collect::<Vec<_>>());
    }
}
