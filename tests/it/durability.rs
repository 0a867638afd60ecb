//! Acknowledged means durable: whatever was answered 2xx is in the store, whole, however the listener ended.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use hookctl::http::head::request_of;
use hookctl::model::Direction;
use hookctl::store::{Filter, Order, Store};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sha2::{Digest, Sha256};

use crate::support::{Sandbox, Wire, measured};

/// Acknowledged deliveries: their key and the hash of their body. Written only once the 2xx has been read.
pub(crate) type Ledger = Mutex<HashMap<String, [u8; 32]>>;

/// Sends deliveries until the connection ends; notes those that were acknowledged.
fn load(address: std::net::SocketAddr, name: &str, ledger: &Ledger, stop: &AtomicBool, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut wire = Wire::to(address);
    for n in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let key = format!("{name}-{n}");
        let mut body = key.clone().into_bytes();
        let length: usize = rng.random_range(0..20_000);
        body.resize(body.len() + length, b'x');
        let header = format!("X-Key: {key}");
        let Some(reply) = wire.post("/kill", &[&header], &body).reply() else { return };
        if (200..300).contains(&reply.status) {
            ledger.lock().expect("the ledger").insert(key, Sha256::digest(&body).into());
        }
    }
}

/// What the store holds, by key; ids must be unique and numbers increase.
fn stored(store: &Store) -> HashMap<String, [u8; 32]> {
    let filter = Filter { direction: Some(Direction::Received), ..Filter::default() };
    let (mut numbers, mut ids) = (Vec::new(), std::collections::HashSet::new());
    store
        .visit(filter, Order::OldestFirst, |row| {
            numbers.push(row.number);
            assert!(ids.insert(row.summary.id), "an id is there twice");
            std::ops::ControlFlow::Continue(())
        })
        .expect("the store reads");
    assert!(numbers.is_sorted(), "numbers increase");
    let mut found = HashMap::new();
    for number in numbers {
        let delivery = store.get(number).expect("a delivery");
        let request = request_of(&delivery).expect("its head");
        let key = request.headers.text("x-key").expect("its key").to_owned();
        found.insert(key, Sha256::digest(&request.body).into());
    }
    found
}

pub(crate) fn assert_nothing_lost(ledger: &Ledger, store: &Store, context: &str) {
    let found = stored(store);
    let ledger = ledger.lock().expect("the ledger");
    let lost: Vec<&String> =
        ledger.iter().filter(|(key, hash)| found.get(*key) != Some(*hash)).map(|(key, _)| key).collect();
    assert!(
        lost.is_empty(),
        "{context}: {} of {} acknowledged deliveries are lost: {lost:?}",
        lost.len(),
        ledger.len()
    );
}

#[test]
fn nothing_acknowledged_is_lost_when_the_listener_is_killed() {
    let rounds: u64 = std::env::var("HOOKCTL_KILL_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(50);
    let seed: u64 = std::env::var("HOOKCTL_KILL_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or_else(rand::random);
    let mut rng = StdRng::seed_from_u64(seed);
    let sandbox = Sandbox::new();
    let ledger = Ledger::default();
    for round in 0..rounds {
        let listener = sandbox.listen::<_, &str>([]);
        let address = listener.socket();
        let stop = AtomicBool::new(false);
        // The moment of death: so long after the first acknowledgement, by the listener's own progress.
        let deaths: usize = rng.random_range(1..200);
        let before = ledger.lock().expect("the ledger").len();
        thread::scope(|scope| {
            for worker in 0..4 {
                let (ledger, stop) = (&ledger, &stop);
                scope.spawn(move || load(address, &format!("{round}-{worker}"), ledger, stop, seed ^ round ^ worker));
            }
            while ledger.lock().expect("the ledger").len() < before + deaths {
                thread::yield_now();
            }
            listener.signal("KILL");
            stop.store(true, Ordering::Relaxed);
        });
        drop(listener.wait());
    }
    let store = Store::open(&sandbox.store()).expect("the store opens");
    assert_nothing_lost(&ledger, &store, &format!("seed {seed}, {rounds} rounds"));
}

#[test]
fn nothing_acknowledged_is_lost_when_the_listener_is_told_to_stop() {
    let sandbox = Sandbox::new();
    let ledger = Ledger::default();
    for round in 0..5 {
        let listener = sandbox.listen::<_, &str>([]);
        let (address, stop) = (listener.socket(), AtomicBool::new(false));
        let before = ledger.lock().expect("the ledger").len();
        thread::scope(|scope| {
            for worker in 0..4 {
                let (ledger, stop) = (&ledger, &stop);
                scope.spawn(move || load(address, &format!("stop-{round}-{worker}"), ledger, stop, worker));
            }
            while ledger.lock().expect("the ledger").len() < before + 50 {
                thread::yield_now();
            }
            // In the middle of it: the clients go on until nobody answers.
            listener.signal("TERM");
        });
        let asked = Instant::now();
        let ended = listener.wait().exits(130);
        measured(format_args!("a listener under load that is told to stop has ended"), asked.elapsed());
        let stopped = &ended.of_kind("stopped")[0];
        let told = ledger.lock().expect("the ledger").len() - before;
        assert!(stopped["deliveries"].as_u64().is_some_and(|all| all >= told as u64), "{stopped}: {told}");
    }
    let store = Store::open(&sandbox.store()).expect("the store opens");
    assert_nothing_lost(&ledger, &store, "stopped under load");
}

#[test]
fn two_listeners_share_a_store_and_lose_nothing() {
    let sandbox = Sandbox::new();
    let listeners = [sandbox.listen::<_, &str>([]), sandbox.listen::<_, &str>([])];
    let ledger = Ledger::default();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for (at, listener) in listeners.iter().enumerate() {
            for worker in 0..2 {
                let (address, ledger, stop) = (listener.socket(), &ledger, &stop);
                scope.spawn(move || load(address, &format!("{at}-{worker}"), ledger, stop, worker));
            }
        }
        while ledger.lock().expect("the ledger").len() < 400 {
            thread::yield_now();
        }
        stop.store(true, Ordering::Relaxed);
    });
    for listener in listeners {
        listener.stop().exits(130);
    }
    let store = Store::open(&sandbox.store()).expect("the store opens");
    assert_nothing_lost(&ledger, &store, "two listeners");
}

#[test]
fn an_interrupted_delivery_is_neither_answered_nor_half_recorded() {
    let sandbox = Sandbox::new();
    let listener = sandbox.listen::<_, &str>([]);
    let mut wire = Wire::to(listener.socket());
    wire.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nhalf");
    drop(wire);
    Wire::to(listener.socket()).post("/", &["X-Key: whole"], b"whole").reply().expect("an answer");
    listener.stop().exits(130);
    assert_eq!(stored(&Store::open(&sandbox.store()).expect("the store")).len(), 1);
}

#[test]
fn a_delivery_is_told_only_after_it_is_stored() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen::<_, &str>([]);
    let reply = Wire::to(listener.socket()).post("/", &["X-Key: k"], b"k").reply();
    assert_eq!(reply.map(|reply| reply.status), Some(200));
    let number = listener.delivery()["number"].as_i64().expect("a number");
    let store = Store::open(&sandbox.store()).expect("the store");
    assert_eq!(&store.get(number).expect("it is there").body[..], b"k");
}
