//! Tests of the store as its callers see it.

mod crashes;
mod opening;
mod processes;
mod pruning;
mod recording;
mod searching;

use std::path::PathBuf;

use bytes::Bytes;
use rusqlite::Connection;
use tempfile::TempDir;

use super::{OpenOptions, Store};
use crate::model::{DeliveryId, Direction, NewDelivery, Summary, Timestamp, Verdict};

/// An instant well within the range of everything.
const START: i64 = 1_767_225_600;

/// A folder with the path of a store in it.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("hookctl.db");
    (folder, path)
}

fn id(n: u64) -> DeliveryId {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&n.to_be_bytes());
    DeliveryId::new(Timestamp::from_secs(START), random)
}

/// A capture of its own, `n` seconds after the start.
fn capture(n: u64) -> NewDelivery {
    let body = Bytes::from(format!("{{\"n\":{n}}}\r\n\0\u{fc}"));
    NewDelivery {
        summary: Summary {
            id: id(n),
            direction: Direction::Received,
            received_at: Timestamp::from_secs(START).plus_secs(i64::try_from(n).expect("small")),
            remote: "127.0.0.1:4000".into(),
            method: "POST".into(),
            target: "/webhooks/stripe?a=b".into(),
            provider: Some("stripe".into()),
            event_type: Some("payment_intent.succeeded".into()),
            event_id: Some(format!("evt_{n}")),
            verdict: Verdict::Valid,
            reason: None,
            status: Some(200),
            bytes: body.len() as u64,
        },
        head: Bytes::from_static(b"POST /webhooks/stripe HTTP/1.1\r\nHost: a\r\n\r\n"),
        body,
        dedupe_key: None,
    }
}

/// A capture with a body of so many bytes.
fn large(n: u64, bytes: usize) -> NewDelivery {
    NewDelivery { body: Bytes::from(vec![b'x'; bytes]), ..capture(n) }
}

/// A capture with a key, so many seconds after the start.
fn keyed(n: u64, key: u8, seconds: i64) -> NewDelivery {
    let mut delivery = capture(n);
    delivery.dedupe_key = Some([key; 16]);
    delivery.summary.received_at = Timestamp::from_secs(START).plus_secs(seconds);
    delivery
}

fn sent(n: u64) -> NewDelivery {
    let mut delivery = capture(n);
    delivery.summary.direction = Direction::Sent;
    delivery
}

/// Another program's connection to the store.
fn stranger(path: &std::path::Path) -> Connection {
    Connection::open(path).expect("open")
}

/// Awaits on a runtime made for it.
fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("runtime").block_on(future)
}

fn with(change: impl FnOnce(&mut OpenOptions)) -> OpenOptions {
    let mut options = OpenOptions::default();
    change(&mut options);
    options
}

/// Everything in the store, the oldest first, is what was recorded.
fn assert_holds(store: &Store, expected: &[NewDelivery]) {
    let count = store.count(&super::Filter::default()).expect("count");
    assert_eq!(count, expected.len() as u64);
    for delivery in expected {
        let number = store.number_of(delivery.summary.id).expect("number");
        let stored = store.get(number).expect("get");
        assert_eq!(stored.summary, delivery.summary);
        assert_eq!((stored.head, stored.body), (delivery.head.clone(), delivery.body.clone()));
    }
}
