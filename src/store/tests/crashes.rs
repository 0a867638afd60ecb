//! The power is cut: of what was not synced any part may be on the disk, or something else in its place. What was
//! acknowledged is there all the same.
//!
//! After a record is acknowledged, the log is synced up to where it ends at that moment. So a disk after a power cut is the log
//! up to there, and anything at all behind it.

use std::fs;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::*;

#[test]
fn whatever_a_power_cut_leaves_behind_the_last_sync_what_was_acknowledged_is_there() {
    let cuts: u64 = std::env::var("HOOKCTL_POWER_CUTS").ok().and_then(|n| n.parse().ok()).unwrap_or(100);
    let seed: u64 = std::env::var("HOOKCTL_POWER_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or_else(rand::random);
    let mut rng = StdRng::seed_from_u64(seed);
    let (_folder, path) = place();
    let log_of = |path: &std::path::Path| path.with_extension("db-wal");
    let store = Store::open(&path).expect("open");
    let deliveries: Vec<_> = (0..40).map(capture).collect();
    // How long the log was when so many were acknowledged.
    let mut synced = Vec::new();
    for delivery in &deliveries {
        store.record_blocking(delivery.clone()).expect("record");
        synced.push(fs::metadata(log_of(&path)).expect("a log").len());
    }
    // Nothing was written back yet: all of them are in the log alone.
    let (file, log) = (fs::read(&path).expect("the file"), fs::read(log_of(&path)).expect("the log"));
    assert!(synced.is_sorted() && synced.last() == Some(&(log.len() as u64)), "{synced:?}");
    for cut in 0..cuts {
        let kept = rng.random_range(0..=log.len());
        let mut torn = log[..kept].to_vec();
        // Behind it: nothing, old bytes, zeros, or noise, as sectors come.
        match rng.random_range(0..4) {
            0 => {}
            1 => torn.extend_from_slice(&log[..rng.random_range(0..=log.len().min(20_000))]),
            2 => torn.resize(torn.len() + rng.random_range(1..20_000), 0),
            _ => torn.extend((0..rng.random_range(1..20_000)).map(|_| rng.random::<u8>())),
        }
        let (_folder, after) = place();
        fs::write(&after, &file).expect("the file");
        fs::write(log_of(&after), torn).expect("the log");
        let acknowledged = synced.iter().filter(|length| **length <= kept as u64).count();
        let restarted = Store::open(&after).unwrap_or_else(|error| panic!("seed {seed}, cut {cut}: {error}"));
        for (number, expected) in (1..).zip(&deliveries[..acknowledged]) {
            let found =
                restarted.get(number).unwrap_or_else(|error| panic!("seed {seed}, cut {cut}, #{number}: {error}"));
            assert_eq!(
                (&found.body, found.summary.id),
                (&expected.body, expected.summary.id),
                "seed {seed}, cut {cut}"
            );
        }
        // What goes on is numbered behind it.
        let next = restarted.record_blocking(capture(1_000)).expect("recording goes on");
        assert!(next.number > i64::try_from(acknowledged).expect("few"), "seed {seed}, cut {cut}");
    }
}
