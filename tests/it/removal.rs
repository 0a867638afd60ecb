//! `events delete` and `events prune`: only what was named goes, and nothing by accident.

use serde_json::json;

use crate::support::Sandbox;

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
