//! What recording promises: all of it, once, durable or refused.

use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use super::*;
use crate::model::{FailureKind, Headers, NewAttempt, Response};
use crate::store::job::{Job, Reply, Task};
use crate::store::{Filter, IN_MEMORY, Recorded, StoreError};

const HOUR: i64 = 3_600;

#[test]
fn many_threads_and_tasks_record_side_by_side_and_nothing_is_lost() {
    let (_folder, path) = place();
    let store = Arc::new(Store::open(&path).expect("open"));
    let threads: Vec<_> = (0..8)
        .map(|thread| {
            let store = Arc::clone(&store);
            std::thread::spawn(move || {
                let mut numbers = Vec::new();
                for n in 0..40 {
                    numbers.push(store.record_blocking(capture(thread * 1_000 + n)).expect("record").number);
                }
                let tasks: Vec<_> = (40..80).map(|n| store.record(capture(thread * 1_000 + n))).collect();
                wait(async {
                    for task in tasks {
                        numbers.push(task.await.expect("record").number);
                    }
                });
                numbers
            })
        })
        .collect();
    let mut numbers: Vec<i64> = threads.into_iter().flat_map(|t| t.join().expect("thread")).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=640).collect::<Vec<_>>());
    let all: Vec<_> = (0..8).flat_map(|thread| (0..80).map(move |n| capture(thread * 1_000 + n))).collect();
    assert_holds(&store, &all);
}

#[test]
fn what_is_recorded_is_there_after_a_drop_without_close() {
    let (_folder, path) = place();
    let all: Vec<_> = (0..50).map(capture).collect();
    let store = Store::open(&path).expect("open");
    store.record_all(all.clone()).expect("record");
    drop(store);
    assert!(!path.with_extension("db-wal").exists(), "the log was not written back");
    assert_holds(&Store::open(&path).expect("open"), &all);
}

#[test]
fn a_log_that_is_written_without_a_pause_begins_anew() {
    const DELIVERIES: u64 = 1_200;
    let (_folder, path) = place();
    let store = Store::open(&path).expect("open");
    let large = |n| large(n, 64 << 10);
    let recorded = store.record_all((0..DELIVERIES).map(large)).expect("record");
    assert_eq!(recorded.len() as u64, DELIVERIES);
    let mut log = path.clone().into_os_string();
    log.push("-wal");
    // All of it is 75 MiB.
    let length = std::fs::metadata(&log).expect("the log").len();
    assert!(length < 50 << 20, "the log has {length} bytes");
    store.close().expect("close");
    assert!(std::fs::metadata(&log).map_or(0, |log| log.len()) == 0, "it is emptied at the end");
    assert_holds(&Store::open(&path).expect("open"), &(0..DELIVERIES).map(large).collect::<Vec<_>>());
}

#[test]
fn a_future_that_is_dropped_is_recorded_all_the_same() {
    let (_folder, path) = place();
    let store = Store::open(&path).expect("open");
    drop(store.record(capture(1)));
    store.close().expect("close");
    assert_holds(&store, &[capture(1)]);
}

#[test]
fn a_closed_store_refuses_records_and_still_reads() {
    let (_folder, path) = place();
    let store = Store::open(&path).expect("open");
    store.record_blocking(capture(1)).expect("record");
    store.close().expect("close");
    store.close().expect("close again");
    assert!(matches!(store.record_blocking(capture(2)), Err(StoreError::Stopped)));
    assert!(matches!(wait(store.record(capture(2))), Err(StoreError::Stopped)));
    assert_holds(&store, &[capture(1)]);
}

#[test]
fn a_store_in_memory_does_all_the_same() {
    let store = Store::open(IN_MEMORY.as_ref()).expect("open");
    let first = store.record_blocking(keyed(1, 1, 0)).expect("record");
    let second = store.record_blocking(keyed(2, 1, 1)).expect("record");
    assert_eq!(second.duplicate_of, Some((first.number, id(1))));
    assert_holds(&store, &[keyed(1, 1, 0), keyed(2, 1, 1)]);
    store.close().expect("close");
    assert_holds(&store, &[keyed(1, 1, 0), keyed(2, 1, 1)]);
}

#[test]
fn an_id_that_is_taken_is_refused_and_its_neighbours_are_recorded() {
    let (_folder, path) = place();
    let store = Store::open(&path).expect("open");
    let answers = in_one_batch(&store, &path, [capture(1), capture(2), capture(1), capture(3)]);
    let numbers: Vec<_> = answers.iter().map(|a| a.as_ref().ok().map(|r| r.number)).collect();
    assert_eq!(numbers, [Some(2), Some(3), None, Some(4)]);
    assert!(matches!(&answers[2], Err(StoreError::IdTaken(taken)) if *taken == id(1)));
    assert_holds(&store, &[capture(999), capture(1), capture(2), capture(3)]);
}

/// Records a first delivery and then these in one transaction: the first one waits for a stranger meanwhile.
fn in_one_batch(
    store: &Store,
    path: &std::path::Path,
    deliveries: impl IntoIterator<Item = NewDelivery>,
) -> Vec<Result<Recorded, StoreError>> {
    let stranger = stranger(path);
    stranger.execute_batch("BEGIN IMMEDIATE").expect("begin");
    let first = store.record(capture(999));
    let rest: Vec<_> = deliveries.into_iter().map(|delivery| store.record(delivery)).collect();
    stranger.execute_batch("ROLLBACK").expect("rollback");
    wait(async {
        first.await.expect("record");
        let mut answers = Vec::new();
        for answer in rest {
            answers.push(answer.await);
        }
        answers
    })
}

#[test]
fn a_duplicate_is_linked_to_the_first_within_the_window() {
    let day = 24 * HOUR;
    // Deliveries in order, each with its number, key, seconds, and the number that it repeats.
    let cases = [
        (1, 7, 0, None),
        (2, 8, 0, None),
        (3, 7, HOUR, Some(1)),
        // The original, not the last duplicate.
        (4, 7, day, Some(1)),
        // The first is beyond the window; the next one is not.
        (5, 7, day + 1, Some(3)),
        (6, 7, 3 * day, None),
        (7, 7, 3 * day + 1, Some(6)),
        // Recorded later, arrived earlier.
        (8, 8, -5, Some(2)),
        (9, 8, 10, Some(2)),
        (10, 8, -40 * day, None),
    ];
    let (_folder, path) = place();
    let mut store = Store::open(&path).expect("open");
    for (number, key, seconds, repeats) in cases {
        let recorded = store.record_blocking(keyed(number, key, seconds)).expect("record");
        assert_eq!(recorded.duplicate_of, repeats.map(|n: u8| (i64::from(n), id(u64::from(n)))), "{number}");
        assert_eq!(store.get(recorded.number).expect("get").duplicate_of, recorded.duplicate_of);
        // It does not matter which process recorded the earlier ones.
        if number % 2 == 0 {
            drop(store);
            store = Store::open(&path).expect("open");
        }
    }
}

#[test]
fn duplicates_in_one_batch_find_each_other() {
    let (_folder, path) = place();
    let store = Store::open(&path).expect("open");
    let answers = in_one_batch(&store, &path, [keyed(1, 1, 0), keyed(2, 2, 0), keyed(3, 1, 0), keyed(4, 1, 0)]);
    let links: Vec<_> = answers.into_iter().map(|a| a.expect("record").duplicate_of).collect();
    assert_eq!(links, [None, None, Some((2, id(1))), Some((2, id(1)))]);
}

#[test]
fn only_captures_are_compared() {
    let (_folder, path) = place();
    let store = Store::open(&path).expect("open");
    let mut outgoing = sent(1);
    outgoing.dedupe_key = Some([1; 16]);
    store.record_blocking(outgoing).expect("record");
    assert_eq!(store.record_blocking(keyed(2, 1, 5)).expect("record").duplicate_of, None);
    let mut outgoing = sent(3);
    outgoing.dedupe_key = Some([1; 16]);
    assert_eq!(store.record_blocking(outgoing).expect("record").duplicate_of, None);
}

#[test]
fn the_window_can_be_chosen() {
    let (_folder, path) = place();
    let store = Store::open_with(&path, &with(|o| o.dedupe_window = Duration::from_secs(10))).expect("open");
    store.record_blocking(keyed(1, 1, 0)).expect("record");
    assert!(store.record_blocking(keyed(2, 1, 10)).expect("record").duplicate_of.is_some());
    assert!(store.record_blocking(keyed(3, 1, 21)).expect("record").duplicate_of.is_none());
}

#[test]
fn two_stores_on_one_file_see_each_others_deliveries_and_duplicates() {
    let (_folder, path) = place();
    let one = Store::open(&path).expect("open");
    let two = Store::open(&path).expect("open");
    for n in 0..20_u8 {
        let (first, second) = if n % 2 == 0 { (&one, &two) } else { (&two, &one) };
        let original = first.record_blocking(keyed(u64::from(n) * 2, n, 0)).expect("record");
        let repeated = second.record_blocking(keyed(u64::from(n) * 2 + 1, n, 1)).expect("record");
        assert_eq!(repeated.number, original.number + 1);
        assert_eq!(repeated.duplicate_of.map(|d| d.0), Some(original.number));
    }
    one.delete(&[40]).expect("delete");
    assert_eq!(two.record_blocking(capture(100)).expect("record").number, 41);
    assert_eq!(one.count(&Filter::default()).expect("count"), 40);
}

#[test]
fn a_full_queue_refuses_at_once_and_keeps_what_it_took() {
    let (_folder, path) = place();
    let store = Store::open_with(&path, &with(|o| o.queue = 4)).expect("open");
    let stranger = stranger(&path);
    stranger.execute_batch("BEGIN IMMEDIATE").expect("begin");
    // The writer holds at most four and the queue four more.
    let answers: Vec<_> = (0..10).map(|n| store.record(capture(n))).collect();
    stranger.execute_batch("ROLLBACK").expect("rollback");
    let mut kept = Vec::new();
    wait(async {
        for (n, answer) in (0..).zip(answers) {
            match answer.await {
                Ok(_) => kept.push(capture(n)),
                Err(error) => assert!(matches!(error, StoreError::Busy), "{error}"),
            }
        }
    });
    assert!((4..10).contains(&kept.len()), "{}", kept.len());
    assert_holds(&store, &kept);
}

#[test]
fn another_process_that_does_not_let_go_means_busy_and_not_for_ever() {
    let (_folder, path) = place();
    let store = Store::open_with(&path, &with(|o| o.busy_timeout = Duration::from_millis(20))).expect("open");
    let stranger = stranger(&path);
    stranger.execute_batch("BEGIN IMMEDIATE").expect("begin");
    assert!(matches!(store.record_blocking(capture(1)), Err(StoreError::Busy)));
    stranger.execute_batch("ROLLBACK").expect("rollback");
    store.record_blocking(capture(1)).expect("record");
    assert!(!store.is_poisoned());
}

#[test]
fn a_full_disk_is_said_to_all_who_wait_and_is_over_when_there_is_room() {
    let (_folder, path) = place();
    let store = Store::open_with(&path, &with(|o| o.max_pages = Some(40))).expect("open");
    let large = |n| {
        let mut delivery = keyed(n, 1, 0);
        delivery.body = Bytes::from(vec![b'x'; 60_000]);
        delivery
    };
    let mut kept = Vec::new();
    let failure = loop {
        let n = kept.len() as u64;
        match store.record_blocking(large(n)) {
            Ok(recorded) => kept.push(recorded),
            Err(error) => break error,
        }
    };
    assert!(matches!(failure, StoreError::Full), "{failure}");
    assert!(kept.len() >= 2);
    let together: Vec<_> = (100..104).map(|n| store.record(large(n))).collect();
    wait(async {
        for answer in together {
            assert!(matches!(answer.await, Err(StoreError::Full)));
        }
    });
    assert!(!store.is_poisoned());
    assert_eq!(store.count(&Filter::default()).expect("count"), kept.len() as u64);
    store.delete(&[1]).expect("delete");
    let again = store.record_blocking(large(200)).expect("there is room again");
    // What was remembered of the failed ones is forgotten: it repeats one that is there.
    assert_eq!(again.duplicate_of.map(|d| d.0), Some(2));
}

#[test]
fn a_failed_disk_is_not_trusted_again() {
    let (_folder, path) = place();
    let store = Store::open(&path).expect("open");
    store.record_blocking(capture(1)).expect("record");
    store.poisoned.store(true, std::sync::atomic::Ordering::Release);
    assert!(matches!(store.record_blocking(capture(2)), Err(StoreError::Poisoned)));
    assert!(matches!(wait(store.record(capture(2))), Err(StoreError::Poisoned)));
    assert!(matches!(store.close(), Err(StoreError::Poisoned)));
    drop(store);
    assert_holds(&Store::open(&path).expect("a restart helps"), &[capture(1)]);
}

#[test]
fn a_writer_that_panics_leaves_nobody_waiting() {
    let (_folder, path) = place();
    let store = Store::open(&path).expect("open");
    store.record_blocking(capture(1)).expect("record");
    let stranger = stranger(&path);
    stranger.execute_batch("BEGIN IMMEDIATE").expect("begin");
    let before = store.record(capture(2));
    let (reply, answer) = mpsc::sync_channel(1);
    store.jobs.send(Job::Panic(Task::new((), Reply::Thread(reply)))).expect("send");
    let behind = store.record(capture(3));
    stranger.execute_batch("ROLLBACK").expect("rollback");
    assert!(answer.recv().is_err());
    // The one before may have been in a transaction of its own.
    let before = wait(before).is_ok();
    assert!(matches!(wait(behind), Err(StoreError::Stopped)));
    assert!(matches!(store.record_blocking(capture(4)), Err(StoreError::Stopped)));
    let expected = if before { vec![capture(1), capture(2)] } else { vec![capture(1)] };
    assert_holds(&store, &expected);
}

#[cfg(unix)]
#[test]
fn a_file_that_is_gone_takes_no_more_records() {
    let (folder, path) = place();
    let store = Store::open(&path).expect("open");
    store.record_blocking(capture(1)).expect("record");
    let elsewhere = folder.path().join("elsewhere");
    std::fs::rename(&path, &elsewhere).expect("rename");
    assert!(matches!(store.record_blocking(capture(2)), Err(StoreError::Moved { .. })));
    std::fs::rename(&elsewhere, &path).expect("rename back");
    store.record_blocking(capture(2)).expect("record");
}

#[test]
fn attempts_come_back_as_they_were() {
    let (_folder, path) = place();
    let store = Store::open(&path).expect("open");
    let number = store.record_blocking(sent(1)).expect("record").number;
    let first = NewAttempt {
        delivery: id(1),
        attempt: 1,
        url: "http://127.0.0.1:3000/".into(),
        started_at: Timestamp::from_secs(START),
        duration: Duration::from_micros(1_234),
        outcome: Err(FailureKind::Refused),
        accepted: false,
    };
    let headers: Headers = [("Content-Type", "text/plain"), ("x-a", "1"), ("X-A", "2")].into_iter().collect();
    let response = Response { status: 204, headers, body: Bytes::from_static(b"\0ok") };
    let second = NewAttempt { attempt: 2, outcome: Ok(response), accepted: true, ..first.clone() };
    store.record_attempt_blocking(first.clone()).expect("record");
    wait(store.record_attempt(second.clone())).expect("record");
    wait(store.update_status(id(1), Some(204))).expect("status");
    let attempts: Vec<_> = store.attempts_of(number).expect("read").into_iter().map(|a| a.attempt).collect();
    assert_eq!(attempts, [first.clone(), second]);
    assert_eq!(store.get(number).expect("get").summary.status, Some(204));
    store.update_status_blocking(id(1), None).expect("status");
    assert_eq!(store.get(number).expect("get").summary.status, None);

    let orphan = NewAttempt { delivery: id(9), ..first };
    assert!(matches!(store.record_attempt_blocking(orphan), Err(StoreError::UnknownDelivery(_))));
    assert!(matches!(store.update_status_blocking(id(9), None), Err(StoreError::UnknownDelivery(_))));
}

#[test]
fn a_damaged_file_never_yields_a_wrong_body() {
    let (_folder, path) = place();
    let all: Vec<_> = (0..40).map(capture).collect();
    Store::open(&path).expect("open").record_all(all.clone()).expect("record");
    let whole = std::fs::read(&path).expect("read");
    // A step that meets every page at varying places.
    for at in (0..whole.len()).step_by(1_373) {
        let mut broken = whole.clone();
        broken[at] ^= 0x41;
        std::fs::write(&path, &broken).expect("write");
        let Ok(store) = Store::open(&path) else { continue };
        for number in 1..=40 {
            if let Ok(stored) = store.get(number) {
                let original = &all[usize::try_from(number).expect("small") - 1];
                assert_eq!((stored.head, stored.body), (original.head.clone(), original.body.clone()), "at {at}");
            }
        }
        drop(store.list(&Filter::default(), 100));
        drop(store);
        std::fs::write(&path, &whole).expect("write");
    }
}
