//! Deleting: what goes, what stays, and that numbers are not given twice.

use std::time::Duration;

use super::*;
use crate::model::Selector;
use crate::store::{Filter, Pruned, Retention};

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
