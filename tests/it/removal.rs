//! `events delete` and `events prune`: only what was named goes, and nothing by accident.

use serde_json::json;

use crate::support::{Sandbox, Wire};

/// A store with captures of these days.
fn captured(days: &[&str]) -> Sandbox {
    let sandbox = Sandbox::new();
    for (at, day) in days.iter().enumerate() {
        sandbox
            .hookctl(["events", "import", "-", "--provider", "generic", "--at", day])
            .stdin(format!("{{\"id\":\"{at}\",\"text\":\"{}\"}}", "x".repeat(100_000)))
            .run()
            .exits(0);
    }
    sandbox
}

fn left(sandbox: &Sandbox) -> Vec<i64> {
    let listed = sandbox.ok(["events", "list", "--json"]).objects();
    listed.iter().rev().map(|delivery| delivery["number"].as_i64().expect("a number")).collect()
}

#[test]
fn one_is_deleted_at_once_and_many_need_a_yes() {
    let sandbox = captured(&["now", "now", "now", "now"]);
    let deleted = sandbox.ok(["events", "delete", "latest", "--json"]).object();
    assert_eq!((&deleted["kind"], &deleted["deliveries"]), (&json!("deleted"), &json!(1)));
    sandbox.hookctl(["events", "delete", "1..2"]).run().refuses(2, "2 deliveries", "--yes");
    assert_eq!(left(&sandbox), [1, 2, 3]);
    sandbox.hookctl(["events", "delete", "1", "7", "--yes"]).run().refuses(2, "7", "events list");
    assert_eq!(left(&sandbox), [1, 2, 3], "all or nothing");
    sandbox.ok(["events", "delete", "1..2", "1", "--yes"]);
    assert_eq!(left(&sandbox), [3]);
}

#[test]
fn what_is_old_goes_wherever_it_stands() {
    let sandbox = captured(&["40d ago", "now", "20d ago", "31d ago", "1h ago"]);
    let dry = sandbox.ok(["events", "prune", "--older-than", "10d", "--dry-run", "--json"]).object();
    assert_eq!((&dry["deliveries"], &dry["dry_run"]), (&json!(3), &json!(true)));
    assert_eq!(left(&sandbox), [1, 2, 3, 4, 5]);
    let pruned = sandbox.ok(["events", "prune", "--json"]).object();
    assert_eq!(pruned["deliveries"], 2, "30 days, as listen keeps them");
    assert_eq!(left(&sandbox), [2, 3, 5]);
    let pruned = sandbox.ok(["events", "prune", "--older-than", "10d"]);
    assert_eq!(pruned.stdout(), "1 delivery pruned (97.7KiB)\n", "{pruned}");
    assert_eq!(left(&sandbox), [2, 5]);
}

#[test]
fn what_is_too_much_goes_the_oldest_first() {
    let sandbox = captured(&["now"; 6]);
    let dry = sandbox.ok(["events", "prune", "--max-size", "550KiB", "--dry-run", "--json"]).object();
    assert_eq!(left(&sandbox).len(), 6);
    let pruned = sandbox.ok(["events", "prune", "--max-size", "550KiB", "--json"]).object();
    let left = left(&sandbox);
    assert!((2..6).contains(&left.len()) && left.last() == Some(&6), "{left:?}");
    let (guess, truth) = (dry["deliveries"].as_u64().expect("a number"), pruned["deliveries"].as_u64().expect("one"));
    assert!(guess.abs_diff(truth) <= 1, "{dry} {pruned}");
    sandbox.ok(["events", "prune", "--max-size", "1GiB"]);
}

#[test]
fn room_is_given_back_while_somebody_records() {
    let sandbox = captured(&["now"; 20]);
    let mut listener = sandbox.listen::<_, &str>([]);
    let size = || std::fs::metadata(sandbox.store()).expect("the store").len();
    let before = size();
    sandbox.ok(["events", "delete", "1..19", "--yes"]);
    let (stop, address) = (std::sync::atomic::AtomicBool::new(false), listener.socket());
    std::thread::scope(|scope| {
        let posting = scope.spawn(|| {
            let mut wire = Wire::to(address);
            let mut sent = 0;
            while sent < 5 || !stop.load(std::sync::atomic::Ordering::Relaxed) {
                assert_eq!(wire.post("/", &[], b"meanwhile").reply().expect("an answer").status, 200);
                sent += 1;
            }
            sent
        });
        let pruned = sandbox.ok(["events", "prune", "--compact"]);
        assert!(pruned.stderr().contains("given back to the disk"), "{pruned}");
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(posting.join().expect("all were answered 200") >= 5);
    });
    assert_eq!(listener.delivery()["status"], 200);
    listener.stop().exits(130);
    assert!(size() < before / 2, "{} of {before}", size());
    let checked = sandbox.ok(["events", "check", "--json"]).object();
    assert_eq!((&checked["kind"], &checked["sound"]), (&json!("checked"), &json!(true)));
    assert_eq!(checked["file_bytes"], size());
}

#[test]
fn an_old_store_gives_room_back_too_while_somebody_records() {
    let sandbox = captured(&["now"; 20]);
    // As stores were made before they could become shorter.
    let old = rusqlite::Connection::open(sandbox.store()).expect("the store");
    old.execute_batch("PRAGMA auto_vacuum = none; VACUUM").expect("laid out as then");
    drop(old);
    let mut listener = sandbox.listen::<_, &str>([]);
    let size = || std::fs::metadata(sandbox.store()).expect("the store").len();
    let before = size();
    sandbox.ok(["events", "delete", "1..19", "--yes"]);
    let mut wire = Wire::to(listener.socket());
    assert_eq!(wire.post("/", &[], b"before").reply().expect("an answer").status, 200);
    let pruned = sandbox.ok(["events", "prune", "--compact"]);
    assert!(pruned.stderr().contains("given back to the disk"), "{pruned}");
    assert_eq!(wire.post("/", &[], b"behind").reply().expect("an answer").status, 200);
    assert_eq!((listener.delivery()["number"].clone(), listener.delivery()["number"].clone()), (json!(21), json!(22)));
    listener.stop().exits(130);
    assert!(size() < before / 2, "{} of {before}", size());
    assert_eq!(left(&sandbox), [20, 21, 22]);
    sandbox.ok(["events", "check"]);
}

#[test]
fn damage_is_found_and_said() {
    let sandbox = captured(&["now"; 3]);
    assert!(sandbox.ok(["events", "check"]).stdout().starts_with("sound  "));
    let mut bytes = std::fs::read(sandbox.store()).expect("the store");
    let marks: Vec<usize> =
        bytes.windows(9).enumerate().filter(|(_, w)| *w == b"\"text\":\"x").map(|(at, _)| at).collect();
    assert_eq!(marks.len(), 3, "each body stands in the file as it came");
    bytes[marks[1] + 8] = b'y';
    std::fs::write(sandbox.store(), bytes).expect("written");
    let checked = sandbox.hookctl(["events", "check", "--json"]).run().exits(1).object();
    assert_eq!(checked["problems"], json!(["delivery 2: the store is damaged at delivery 2"]));
    assert_eq!(checked["deliveries"], 2);
    assert!(sandbox.hookctl(["events", "check"]).run().exits(1).stdout().contains("✗ delivery 2"));
}

#[test]
fn a_configuration_says_how_much_is_kept() {
    let sandbox = captured(&["40d ago", "20d ago", "now"]);
    sandbox.configure("[store]\nkeep = '60d'\n");
    assert_eq!(sandbox.ok(["events", "prune", "--json"]).object()["deliveries"], 0);
    sandbox.configure("[store]\nkeep = '10d'\n");
    let listener = sandbox.hookctl(["listen", "--bind", "127.0.0.1:0", "--no-ui", "--exit-after", "1"]).spawn();
    let mut listener = listener;
    let address = crate::support::announced(&mut listener);
    while left(&sandbox).len() > 1 {
        std::thread::yield_now();
    }
    Wire::to(address).post("/", &[], b"x").reply().expect("an answer");
    let ended = listener.wait_with_output().expect("it ends");
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(told.contains("pruned 2 old deliveries (195.5KiB): the store keeps 10d or 1"), "{told}");
    assert_eq!(left(&sandbox), [3, 4]);
}
