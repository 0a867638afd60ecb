//! Finding deliveries again.

use std::ops::ControlFlow;
use std::time::Duration;

use super::*;
use crate::model::{FailureKind, NewAttempt, Reason, Selector};
use crate::store::{Filter, Order, StoreError};

fn select(store: &Store, text: &str) -> Result<Vec<i64>, StoreError> {
    store.resolve(&text.parse::<Selector>().expect(text))
}

#[test]
fn selectors_name_deliveries() {
    let (_folder, path) = place();
    let store = Store::open(&path).expect("open");
    assert!(matches!(select(&store, "latest"), Err(StoreError::NotFound { .. })));
    // 1 to 3 are captures, 4 and 5 are sent.
    store.record_all([capture(1), capture(2), capture(3), sent(4), sent(5)]).expect("record");
    for (text, numbers) in [
        ("2", vec![2]),
        ("5", vec![5]),
        ("2..4", vec![2, 3, 4]),
        ("4..99", vec![4, 5]),
        ("latest", vec![3]),
        ("latest~1", vec![2]),
        ("latest~2", vec![1]),
    ] {
        assert_eq!(select(&store, text).expect(text), numbers, "{text}");
    }
    for text in ["6", "0", "7..9", "latest~3", "ffff", "dlv_ffffffff"] {
        assert!(matches!(select(&store, text), Err(StoreError::NotFound { .. })), "{text}");
    }
    store.delete(&[2]).expect("delete");
    assert_eq!(select(&store, "1..3").expect("range"), [1, 3]);
    assert_eq!(select(&store, "latest~1").expect("latest"), [1]);
}

#[test]
fn parts_of_ids_must_be_unique() {
    let (_folder, path) = place();
    let store = Store::open(&path).expect("open");
    let with_id = |n: u64, hex: &str| {
        let mut delivery = capture(n);
        delivery.summary.id = format!("dlv_{hex}").parse().expect("id");
        delivery
    };
    let ids = [
        "0190aaaa11117000800000000000abcd",
        "0190aaaa22227000800000000001abcd",
        "0190bbbb33337000800000000000beef",
        "beef0000000070008000000000001234",
    ];
    store.record_all(ids.iter().zip(0..).map(|(hex, n)| with_id(n, hex))).expect("record");
    for (part, number) in [
        ("0190aaaa1", 1),
        ("0190aaaa11", 1),
        ("0190aaaa2", 2),
        ("0190b", 3),
        (ids[1], 2),
        ("0abcd", 1),
        ("00abcd", 1),
        ("1abcd", 2),
        ("1234", 4),
        ("00001234", 4),
    ] {
        assert_eq!(store.resolve(&Selector::PartOfId(part.into())).expect(part), [number], "{part}");
    }
    // A prefix of two; a suffix of two; a prefix of one and a suffix of another.
    for (part, fitting) in [("0190aaaa", 2), ("abcd", 2), ("beef", 2)] {
        match store.resolve(&Selector::PartOfId(part.into())) {
            Err(StoreError::Ambiguous { candidates, .. }) => assert_eq!(candidates.len(), fitting, "{part}"),
            other => panic!("{part}: {other:?}"),
        }
    }
    for part in ["aaaa1111", "ABCD", "zzzz", "0190aaaa11117000800000000000abcd0"] {
        let found = store.resolve(&Selector::PartOfId(part.into()));
        assert!(matches!(found, Err(StoreError::NotFound { .. })), "{part}");
    }
}

#[test]
fn a_common_part_of_many_ids_offers_a_few() {
    let (_folder, path) = place();
    let store = Store::open(&path).expect("open");
    store.record_all((0..50).map(capture)).expect("record");
    let part = id(0).to_string()[4..12].to_owned();
    let Err(StoreError::Ambiguous { candidates, .. }) = store.resolve(&Selector::PartOfId(part)) else {
        panic!("must be ambiguous");
    };
    assert_eq!(candidates.len(), 5);
    assert_eq!(candidates[0], id(49));
}

/// Ten deliveries of every sort.
fn sorts() -> Vec<NewDelivery> {
    let mut all: Vec<_> = (1..=10).map(capture).collect();
    all[1].summary.event_type = Some("payment_intent.created".into());
    all[2].summary.event_type = None;
    all[3].summary.provider = Some("github".into());
    all[3].summary.event_type = Some("push".into());
    all[4].summary.provider = None;
    all[4].summary.event_type = None;
    all[4].summary.verdict = Verdict::UnknownProvider;
    all[5].summary.verdict = Verdict::Invalid;
    all[5].summary.reason = Some(Reason::TimestampStale);
    all[6].summary.status = Some(500);
    all[7].summary.status = None;
    all[8].summary.direction = Direction::Sent;
    all[0].dedupe_key = Some([1; 16]);
    all[9].dedupe_key = Some([1; 16]);
    all
}

#[test]
fn filters_choose() {
    let (_folder, path) = place();
    let store = Store::open(&path).expect("open");
    store.record_all(sorts()).expect("record");
    let at = |n: i64| Some(Timestamp::from_secs(START).plus_secs(n));
    let text = |text: &str| Some(text.to_owned());
    let none = Filter::default;
    let cases = [
        (none(), vec![10, 9, 8, 7, 6, 5, 4, 3, 2, 1]),
        (Filter { direction: Some(Direction::Sent), ..none() }, vec![9]),
        (Filter { direction: Some(Direction::Received), before: Some(4), ..none() }, vec![3, 2, 1]),
        (Filter { provider: text("github"), ..none() }, vec![4]),
        (Filter { provider: text("git"), ..none() }, vec![]),
        (Filter { event: Some(Box::new(|t| t.ends_with(".created"))), ..none() }, vec![2]),
        (Filter { event: Some(Box::new(|_| true)), provider: text("stripe"), after: Some(8), ..none() }, vec![10, 9]),
        (Filter { event: Some(Box::new(|t| t == "push")), provider: text("stripe"), ..none() }, vec![]),
        (Filter { verdict: Some(Verdict::Invalid), ..none() }, vec![6]),
        (Filter { verdict: Some(Verdict::UnknownProvider), ..none() }, vec![5]),
        (Filter { failed: true, ..none() }, vec![8, 7]),
        (Filter { duplicates: true, ..none() }, vec![10]),
        (Filter { since: at(3), until: at(5), ..none() }, vec![4, 3]),
        (Filter { after: Some(3), before: Some(6), ..none() }, vec![5, 4]),
    ];
    for (filter, expected) in cases {
        let name = format!("{filter:?}");
        let rows = store.list(&filter, 100).expect("list");
        assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), expected, "{name}");
        assert_eq!(store.count(&filter).expect("count"), expected.len() as u64, "{name}");
        let all = sorts();
        for row in rows {
            assert_eq!(row.summary, all[usize::try_from(row.number).expect("small") - 1].summary);
            assert_eq!(row.duplicate_of, (row.number == 10).then(|| (1, id(1))));
        }
    }
    assert_eq!(store.list(&none(), 3).expect("list").len(), 3);
}

#[test]
fn dead_letters_are_those_that_nobody_accepted() {
    let (_folder, path) = place();
    let store = Store::open(&path).expect("open");
    store.record_all([sent(1), sent(2), sent(3)]).expect("record");
    let attempt = |n, accepted| NewAttempt {
        delivery: id(n),
        attempt: 1,
        url: String::new(),
        started_at: Timestamp::from_secs(START),
        duration: Duration::ZERO,
        outcome: Err(FailureKind::Reset),
        accepted,
    };
    for (n, accepted) in [(1, false), (1, false), (2, false), (2, true)] {
        store.record_attempt_blocking(attempt(n, accepted)).expect("record");
    }
    let dead = store.list(&Filter { dead: true, ..Filter::default() }, 10).expect("list");
    assert_eq!(dead.iter().map(|row| row.number).collect::<Vec<_>>(), [1]);
}

#[test]
fn a_visit_meets_each_delivery_once_in_the_order_asked_for() {
    let (_folder, path) = place();
    let store = Store::open(&path).expect("open");
    store.record_all((0..2_500).map(capture)).expect("record");
    for order in [Order::NewestFirst, Order::OldestFirst] {
        let mut numbers = Vec::new();
        store
            .visit(Filter { after: Some(1), ..Filter::default() }, order, |row| {
                numbers.push(row.number);
                ControlFlow::Continue(())
            })
            .expect("visit");
        if order == Order::NewestFirst {
            numbers.reverse();
        }
        assert_eq!(numbers, (2..=2_500).collect::<Vec<_>>());
    }
    let mut seen = 0;
    store
        .visit(Filter::default(), Order::OldestFirst, |_| {
            seen += 1;
            if seen == 7 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .expect("visit");
    assert_eq!(seen, 7);
}

#[test]
fn a_number_that_does_not_exist_is_said_to() {
    let (_folder, path) = place();
    let store = Store::open(&path).expect("open");
    assert!(matches!(store.get(1), Err(StoreError::NoSuchNumber(1))));
    assert!(store.attempts_of(1).expect("read").is_empty());
    assert!(matches!(store.number_of(id(1)), Err(StoreError::UnknownDelivery(_))));
}

#[test]
fn a_watch_sees_what_others_record_and_what_we_do() {
    let (_folder, path) = place();
    let store = Store::open(&path).expect("open");
    let mut watch = store.watch().expect("watch");
    assert_eq!(watch.changed().ok(), Some(true));
    assert_eq!(watch.changed().ok(), Some(false));
    store.record_blocking(capture(1)).expect("record");
    assert_eq!(watch.changed().ok(), Some(true));
    assert_eq!(watch.changed().ok(), Some(false));
    let other = Store::open(&path).expect("open");
    watch.changed().expect("opening may write");
    other.record_blocking(capture(2)).expect("record");
    assert_eq!(watch.changed().ok(), Some(true));
    let memory = Store::open(std::path::Path::new(crate::store::IN_MEMORY)).expect("open");
    let mut watch = memory.watch().expect("watch");
    assert_eq!((watch.changed().ok(), watch.changed().ok()), (Some(true), Some(false)));
}
