//! Deleting: what goes, what stays, and that numbers are not given twice.

use std::time::Duration;

use super::*;
use crate::model::Selector;
use crate::store::{Filter, Pruned, Retention, compact};

/// An instant so many seconds after the start.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_secs(START).plus_secs(seconds)
}

const ALL: Retention = Retention { max_age: Duration::MAX, max_bytes: u64::MAX };

#[test]
fn what_is_too_old_goes_and_the_rest_stays() {
    let (_folder, path) = place();
    let store = Store::open(&path).expect("open");
    let all: Vec<_> = (0..1_000).map(capture).collect();
    store.record_all(all.clone()).expect("record");
    let retention = Retention { max_age: Duration::from_secs(100), ..ALL };
    let expected = store.prunable(at(1_000), &retention).expect("a look");
    let pruned = store.prune(at(1_000), &retention).expect("prune");
    assert_eq!(pruned.deliveries, 900);
    assert!(pruned.bytes > 900 * 40);
    assert_eq!(expected, pruned);
    assert_holds(&store, &all[900..]);
    assert_eq!(store.prune(at(1_000), &retention).expect("prune"), Pruned::default());
    assert_eq!(store.prune(at(1_000), &ALL).expect("prune"), Pruned::default());
}

#[test]
fn what_is_too_much_goes_oldest_first() {
    let (_folder, path) = place();
    let store = Store::open(&path).expect("open");
    let deliveries = (0..1_000).map(|n| {
        let mut delivery = capture(n);
        delivery.body = Bytes::from(vec![b'x'; 2_000]);
        delivery
    });
    store.record_all(deliveries).expect("record");
    let limit = store.used_bytes().expect("used") / 2;
    let expected = store.prunable(at(1_000), &Retention { max_bytes: limit, ..ALL }).expect("a look");
    let pruned = store.prune(at(1_000), &Retention { max_bytes: limit, ..ALL }).expect("prune");
    assert!(expected.deliveries.abs_diff(pruned.deliveries) < 100, "{expected:?} {pruned:?}");
    assert!((400..600).contains(&pruned.deliveries), "{}", pruned.deliveries);
    assert!(store.used_bytes().expect("used") <= limit);
    let left = store.resolve(&Selector::Range(1, 1_000)).expect("left");
    assert_eq!(left.len(), 1_000 - pruned.deliveries);
    assert_eq!(left.last(), Some(&1_000));
    assert_eq!(left[0], i64::try_from(pruned.deliveries).expect("small") + 1);
}

#[test]
fn an_empty_store_has_nothing_to_prune() {
    let (_folder, path) = place();
    let store = Store::open(&path).expect("open");
    let nothing = Retention { max_age: Duration::ZERO, max_bytes: 0 };
    assert_eq!(store.prune(at(0), &nothing).expect("prune"), Pruned::default());
}

#[test]
fn numbers_are_not_given_twice() {
    let (_folder, path) = place();
    let store = Store::open(&path).expect("open");
    store.record_all([capture(1), capture(2), capture(3)]).expect("record");
    assert_eq!(store.delete(&[3, 3, 2, 99]).expect("delete").deliveries, 2);
    assert_eq!(store.record_blocking(capture(4)).expect("record").number, 4);
    store.delete(&[1, 4]).expect("delete");
    drop(store);
    let store = Store::open(&path).expect("open");
    assert_eq!(store.record_blocking(capture(5)).expect("record").number, 5);
}

#[test]
fn a_deleted_original_is_forgotten() {
    let (_folder, path) = place();
    let store = Store::open(&path).expect("open");
    store.record_blocking(keyed(1, 1, 0)).expect("record");
    let repeated = store.record_blocking(keyed(2, 1, 1)).expect("record");
    assert_eq!(repeated.duplicate_of, Some((1, id(1))));
    store.delete(&[1]).expect("delete");
    assert_eq!(store.get(2).expect("get").duplicate_of, None);
    // What is left of the two is the first from now on.
    assert_eq!(store.record_blocking(keyed(3, 1, 2)).expect("record").duplicate_of, Some((2, id(2))));
    store.delete(&[2, 3]).expect("delete");
    assert_eq!(store.record_blocking(keyed(4, 1, 3)).expect("record").duplicate_of, None);
    assert_eq!(store.count(&Filter::default()).expect("count"), 1);
}

#[test]
fn a_clock_that_is_set_back_or_a_day_ahead_costs_nothing() {
    let (_folder, path) = place();
    let store = Store::open(&path).expect("open");
    let day = 86_400;
    // Recorded in this order, by a clock that jumps.
    let all: Vec<_> = [0, day, -day, 2, 40 * day, 3]
        .into_iter()
        .enumerate()
        .map(|(n, seconds)| keyed(n as u64 + 1, u8::try_from(n).expect("small"), seconds))
        .collect();
    store.record_all(all.clone()).expect("record");
    for now in [at(-3 * day), at(0), at(day)] {
        assert_eq!(store.prune(now, &Retention::default()).expect("prune"), Pruned::default());
    }
    assert_holds(&store, &all);
    // What the clock called 40 days ahead is the newest by number no less than what came behind it.
    assert_eq!(store.resolve(&Selector::Latest(0)).expect("latest"), [6]);
}

#[test]
fn a_store_gives_room_back_in_portions_and_stays_sound() {
    let (_folder, path) = place();
    let store = Store::open(&path).expect("open");
    let all: Vec<_> = (0..400).map(|n| large(n, 20_000)).collect();
    store.record_all(all.clone()).expect("record");
    store.prune(at(1_000), &Retention { max_age: Duration::from_secs(700), ..ALL }).expect("prune");
    let before = store.room().expect("room");
    assert!(before.can_shrink && before.free > before.all / 2, "{before:?}");
    let left = before.free / 4;
    let given_back = store.compact(left).expect("compact");
    let after = store.room().expect("room");
    assert_eq!(before.all - after.all, given_back);
    assert!(after.free <= left + (2 << 20), "{after:?}");
    store.compact(0).expect("compact");
    assert!(store.room().expect("room").free < 1 << 20);
    let checked = store.check(|_| true).expect("check");
    assert_eq!((checked.deliveries, checked.problems), (100, Vec::new()));
    assert_holds(&store, &all[300..]);
}

#[test]
fn a_store_from_before_stores_could_give_room_back_is_laid_out_anew() {
    let (_folder, path) = place();
    drop(Store::open(&path).expect("open"));
    let old = Connection::open(&path).expect("the file");
    old.execute_batch("PRAGMA auto_vacuum = none; VACUUM").expect("as it was made then");
    drop(old);
    let store = Store::open(&path).expect("open");
    let all: Vec<_> = (0..300).map(|n| large(n, 20_000)).collect();
    store.record_all(all.clone()).expect("record");
    store.delete(&(1..=200).collect::<Vec<i64>>()).expect("delete");
    let before = store.room().expect("room");
    assert!(!before.can_shrink && before.free > before.all / 2, "{before:?}");
    assert_eq!(store.compact(0).expect("compact"), 0);
    // While others have a large one open, it is left alone; this store is that.
    assert_eq!(compact::renew_within(&path, 0).expect("a look"), None);
    assert!(!store.room().expect("room").can_shrink);
    // A small one is laid out anew while it is used.
    let given_back = compact::renew(&path).expect("renew").expect("it is small");
    assert!(given_back > before.all / 2, "{given_back} of {before:?}");
    assert!(store.room().expect("room").can_shrink);
    let next = store.record_blocking(capture(999)).expect("recording goes on");
    assert_eq!(next.number, 301);
    store.delete(&[301]).expect("delete");
    assert_holds(&store, &all[200..]);
    store.close().expect("close");
    drop(store);
    assert!(compact::renew_within(&path, 0).expect("renew").is_some(), "nobody else has it open");
    let store = Store::open(&path).expect("open");
    assert!(store.room().expect("room").can_shrink);
    assert_holds(&store, &all[200..]);
}
