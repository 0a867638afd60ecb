//! What the store costs: durable records a second, bytes a delivery, and how quickly a large store answers.
//!
//! `cargo bench --bench store -- [DELIVERIES] [FOLDER]`: 200,000 deliveries of 1.5 KB in the system's temporary folder
//! unless said otherwise. The figures of targets and README are those with 1,000,000.

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hookctl::model::{DeliveryId, Direction, NewDelivery, Selector, Summary, Timestamp, Verdict};
use hookctl::store::{Filter, Store};

/// How long each number of senders records.
const ROUND: Duration = Duration::from_secs(3);

/// One delivery in so many is of the provider that is searched for.
const RARE: u64 = 1_000;

fn main() -> io::Result<()> {
    // cargo adds a flag of its own.
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let deliveries = arguments.next().and_then(|text| text.replace('_', "").parse().ok()).unwrap_or(200_000);
    let folder = match arguments.next() {
        Some(parent) => tempfile::tempdir_in(parent)?,
        None => tempfile::tempdir()?,
    };
    let mut out = io::stdout();
    for senders in [1, 64, 256] {
        let path = folder.path().join(format!("senders-{senders}.db"));
        let (rate, p50, p99) = senders_record(&path, senders);
        writeln!(out, "{senders:>4} waiting senders: {rate:>7} durable records/s, p50 {p50:.2?}, p99 {p99:.2?}")?;
    }
    large_store(&folder.path().join("large.db"), deliveries, &mut out)
}

/// So many senders, each of which waits for its record before the next: rate, median and 99th percentile.
fn senders_record(path: &Path, senders: usize) -> (u128, Duration, Duration) {
    let store = Arc::new(Store::open(path).expect("open"));
    let next = Arc::new(AtomicU64::new(0));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
    let begun = Instant::now();
    let mut times = runtime.block_on(async {
        let tasks: Vec<_> = (0..senders)
            .map(|_| {
                let (store, next) = (Arc::clone(&store), Arc::clone(&next));
                tokio::spawn(async move {
                    let mut times = Vec::new();
                    while begun.elapsed() < ROUND {
                        let delivery = delivery(next.fetch_add(1, Ordering::Relaxed));
                        let asked = Instant::now();
                        store.record(delivery).await.expect("record");
                        times.push(asked.elapsed());
                    }
                    times
                })
            })
            .collect();
        let mut times = Vec::new();
        for task in tasks {
            times.extend(task.await.expect("task"));
        }
        times
    });
    let rate = times.len() as u128 * 1_000 / begun.elapsed().as_millis();
    times.sort_unstable();
    (rate, times[times.len() / 2], times[times.len() * 99 / 100])
}

/// Fills a store and asks it what a user would ask.
fn large_store(path: &Path, deliveries: u64, out: &mut impl io::Write) -> io::Result<()> {
    let store = Store::open(path).expect("open");
    let begun = Instant::now();
    store.record_all((0..deliveries).map(delivery)).expect("record");
    let filled = begun.elapsed();
    let speed = u128::from(deliveries) * 1_000 / filled.as_millis().max(1);
    writeln!(out, "{deliveries} deliveries recorded in {filled:.1?} ({speed}/s)")?;
    // Once more in a store that is large already: this is where an index of random keys would hurt.
    let begun = Instant::now();
    store.record_all((deliveries..deliveries + 20_000).map(delivery)).expect("record");
    writeln!(out, "  20000 more: {}/s", 20_000_000 / begun.elapsed().as_millis().max(1))?;
    store.close().expect("close");
    drop(store);
    let size = std::fs::metadata(path)?.len();
    writeln!(out, "  {} bytes on disk a delivery (1500 body, 600 head)", size / (deliveries + 20_000))?;

    let mut time = |what: &str, question: &mut dyn FnMut() -> u64| -> io::Result<()> {
        let times: Vec<Duration> = (0..5)
            .map(|_| {
                let begun = Instant::now();
                question();
                begun.elapsed()
            })
            .collect();
        let best = times.iter().min().copied().unwrap_or_default();
        writeln!(out, "  {what}: first {:.2?}, best {best:.2?} ({} found)", times[0], question())
    };
    time("open", &mut || {
        drop(Store::open(path).expect("open"));
        0
    })?;
    let store = Store::open(path).expect("open");
    let rarely =
        || Filter { provider: Some("github".into()), event: Some(Box::new(|t| t == "push")), ..Filter::default() };
    let absent = || Filter { since: Some(Timestamp::from_secs(i64::MAX)), ..rarely() };
    time("list, first page of 50", &mut || store.list(&Filter::default(), 50).expect("list").len() as u64)?;
    time("list, provider and type, 50", &mut || store.list(&rarely(), 50).expect("list").len() as u64)?;
    time("list, provider and type, none fits", &mut || store.list(&absent(), 50).expect("list").len() as u64)?;
    time("count, provider and type", &mut || store.count(&rarely()).expect("count"))?;
    time("count all", &mut || store.count(&Filter::default()).expect("count"))?;
    time("latest, whole", &mut || {
        let number = store.resolve(&Selector::Latest(0)).expect("latest")[0];
        store.get(number).expect("get").body.len() as u64
    })?;
    let suffix = delivery(deliveries / 2).summary.id.to_string()[24..].to_owned();
    time("suffix of an id", &mut || store.resolve(&Selector::PartOfId(suffix.clone())).expect("one").len() as u64)?;
    time("first record after opening", &mut || {
        let store = Store::open(path).expect("open");
        let mut again = delivery(deliveries / 3);
        again.summary.id = DeliveryId::new(now(), std::array::from_fn(|_| rand::random()));
        again.summary.received_at = now();
        u64::from(store.record_blocking(again).expect("record").duplicate_of.is_some())
    })
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    Timestamp::from_micros(i64::try_from(since.as_micros()).expect("before the year 290000"))
}

/// A Stripe-like capture with a key of its own.
fn delivery(n: u64) -> NewDelivery {
    // As scattered as a digest.
    let scattered =
        |salt: u64| (n ^ salt).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31).wrapping_mul(0xd6e8_feb8_6659_fd93);
    let mut key = [0; 16];
    key[..8].copy_from_slice(&scattered(1).to_be_bytes());
    key[8..].copy_from_slice(&n.to_be_bytes());
    let mut random = [0; 10];
    random[..8].copy_from_slice(&scattered(2).to_be_bytes());
    random[6..].copy_from_slice(&u32::try_from(n & 0xffff_ffff).expect("masked").to_be_bytes());
    let rare = n.is_multiple_of(RARE);
    NewDelivery {
        summary: Summary {
            id: DeliveryId::new(now(), random),
            direction: Direction::Received,
            received_at: now(),
            remote: format!("127.0.0.1:{}", 40_000 + n % 64),
            method: "POST".into(),
            target: "/webhooks/stripe".into(),
            provider: Some(if rare { "github" } else { "stripe" }.into()),
            event_type: Some(if rare { "push".into() } else { format!("payment_intent.kind_{}", n % 40) }),
            event_id: Some(format!("evt_1P{n:022}")),
            verdict: Verdict::Valid,
            reason: None,
            status: Some(200),
            bytes: 1_500,
        },
        head: Bytes::from(vec![b'h'; 600]),
        body: Bytes::from(vec![b'b'; 1_500]),
        dedupe_key: Some(key),
    }
}
