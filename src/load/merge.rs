//! Reports of shards put together: what they counted is added, their histograms are added, their seconds are laid side by side
//! from the first start on. The result is what one hookctl would have reported that had done it all.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;

use crate::json::load_report::{
    Bytes, Client, EventReport, LoadReport, LoopKind, Percentiles, Probe, Rate, SERIES_DIGITS, Second, add, decode,
    encode, histogram,
};
use crate::model::Timestamp;
use crate::text::list;

/// Starts further apart than this, in milliseconds, are worth a word.
const APART: i64 = 100;

/// Why reports cannot be put together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// None was given.
    #[error("there is nothing to merge")]
    Nothing,
    /// Two went to different receivers.
    #[error("{second} went to {second_target}, {first} to {first_target}")]
    Target {
        /// The first report.
        first: String,
        /// Its target.
        first_target: String,
        /// Another one.
        second: String,
        /// Its target.
        second_target: String,
    },
    /// Two did not carry out the same plan.
    #[error("{second} is of another plan than {first}")]
    Plan {
        /// The first report.
        first: String,
        /// Another one.
        second: String,
    },
    /// Two are the same shard, or a shard and a whole run.
    #[error("{first} and {second} are both {shard}")]
    Twice {
        /// A report.
        first: String,
        /// Another one.
        second: String,
        /// What they are.
        shard: String,
    },
    /// The time of its start cannot be read.
    #[error("{0} does not say when it started")]
    Start(String),
}

/// A report and the name that messages give it.
pub type Named = (String, LoadReport);

/// The whole of several reports. Its `asserts` are empty: what holds of parts need not hold of the whole.
pub fn merge(reports: &[Named]) -> Result<LoadReport, MergeError> {
    let (first, rest) = reports.split_first().ok_or(MergeError::Nothing)?;
    for other in rest {
        fits(first, other)?;
    }
    let missing = shards(reports)?;
    let starts: Vec<Timestamp> = reports
        .iter()
        .map(|(name, report)| {
            Timestamp::from_rfc3339(&report.started_at).ok_or_else(|| MergeError::Start(name.clone()))
        })
        .collect::<Result<_, _>>()?;
    let start = starts.iter().copied().min().ok_or(MergeError::Nothing)?;
    let last = starts.iter().copied().max().ok_or(MergeError::Nothing)?;
    let shifted: Vec<(f64, &LoadReport)> =
        starts.iter().map(|one| one.since(start).as_secs_f64()).zip(reports.iter().map(|(_, report)| report)).collect();

    let mut whole = sums(&shifted);
    whole.started_at = start.to_string();
    if !missing.is_empty() {
        let words: Vec<String> = missing.iter().map(u32::to_string).collect();
        whole.warnings.push(format!("the reports of shards {} are missing", list(&words)));
    }
    let apart = last.as_millis() - start.as_millis();
    if apart > APART {
        whole
            .warnings
            .push(format!("the first and the last shard started {apart}ms apart; --start-at gives them one instant"));
    }
    Ok(whole)
}

fn fits((first_name, first): &Named, (name, other): &Named) -> Result<(), MergeError> {
    if first.target != other.target {
        return Err(MergeError::Target {
            first: first_name.clone(),
            first_target: first.target.clone(),
            second: name.clone(),
            second_target: other.target.clone(),
        });
    }
    if first.plan != other.plan || first.shard.map(|shard| shard.count) != other.shard.map(|shard| shard.count) {
        return Err(MergeError::Plan { first: first_name.clone(), second: name.clone() });
    }
    Ok(())
}

/// The shards that are missing. Whole runs have none.
fn shards(reports: &[Named]) -> Result<Vec<u32>, MergeError> {
    let mut seen: BTreeMap<u32, &str> = BTreeMap::new();
    for (name, report) in reports {
        let Some(shard) = report.shard else { continue };
        if let Some(first) = seen.insert(shard.index, name) {
            let shard = format!("shard {} of {}", shard.index, shard.count);
            return Err(MergeError::Twice { first: first.to_owned(), second: name.clone(), shard });
        }
    }
    let count = reports.first().and_then(|(_, report)| report.shard).map_or(0, |shard| shard.count);
    // Who names a count without end names no files.
    Ok((1..=count.min(100_000)).filter(|index| !seen.contains_key(index)).collect())
}

/// All reports added up; each with the seconds that it started after the first.
fn sums(reports: &[(f64, &LoadReport)]) -> LoadReport {
    let first = reports[0].1;
    let sum = |of: fn(&LoadReport) -> u64| reports.iter().map(|(_, report)| of(report)).sum::<u64>();
    let latency = summed(reports.iter().map(|(_, report)| report.histogram.as_str()), histogram());
    let service = summed(reports.iter().map(|(_, report)| report.service_histogram.as_str()), histogram());
    let duration_s = reports.iter().map(|(shift, report)| shift + report.duration_s).fold(0.0, f64::max);
    let requests = sum(|report| report.requests);
    let (mut statuses, mut errors, mut warnings) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    for (_, report) in reports {
        count_all(&mut statuses, &report.statuses);
        count_all(&mut errors, &report.errors);
        for warning in &report.warnings {
            let named = report.shard.map_or(warning.clone(), |shard| format!("shard {}: {warning}", shard.index));
            if !warnings.contains(&named) {
                warnings.push(named);
            }
        }
    }
    LoadReport {
        shard: None,
        seed: first.seed.filter(|_| reports.iter().all(|(_, report)| report.seed == first.seed)),
        requests,
        succeeded: sum(|report| report.succeeded),
        failed: sum(|report| report.failed),
        statuses,
        errors,
        duration_s,
        rate: rate(reports, requests, duration_s),
        latency_ms: Percentiles::of(&latency),
        service_time_ms: Percentiles::of(&service),
        asserts: Vec::new(),
        histogram: encode(&latency),
        service_histogram: encode(&service),
        by_event: events(reports),
        series: series(reports),
        bytes: Bytes { sent: sum(|report| report.bytes.sent), received: sum(|report| report.bytes.received) },
        late_starts: sum(|report| report.late_starts),
        max_late_ms: reports.iter().map(|(_, report)| report.max_late_ms).fold(0.0, f64::max),
        dropped_starts: sum(|report| report.dropped_starts),
        connections: sum(|report| report.connections),
        duplicates: sum(|report| report.duplicates),
        invalid: sum(|report| report.invalid),
        accepted_invalid: sum(|report| report.accepted_invalid),
        batches: sum(|report| report.batches),
        probe: probe(reports),
        client: Client {
            cpu_s: reports.iter().map(|(_, report)| report.client.cpu_s).sum(),
            threads: reports.iter().map(|(_, report)| report.client.threads).sum(),
            saturated: reports.iter().any(|(_, report)| report.client.saturated),
        },
        warnings,
        interrupted: reports.iter().any(|(_, report)| report.interrupted),
        aborted_by: reports.iter().find_map(|(_, report)| report.aborted_by.clone()),
        baseline: None,
        ..first.clone()
    }
}

/// Schedules run side by side, so their rates add up; what is as fast as it is answered has the rate that came out.
fn rate(reports: &[(f64, &LoadReport)], requests: u64, duration_s: f64) -> Rate {
    let all = || reports.iter().map(|(_, report)| report);
    #[expect(clippy::cast_precision_loss, reason = "requests come nowhere near 2^53")]
    let achieved = match reports[0].1.plan.kind {
        LoopKind::Open => all().map(|report| report.rate.achieved).sum(),
        LoopKind::Closed if duration_s > 0.0 => requests as f64 / duration_s,
        LoopKind::Closed => 0.0,
    };
    Rate { target: all().map(|report| report.rate.target).sum(), achieved }
}

/// The receiver is one: each shard was told of all events that it processed, and knows only its own to be expected.
fn probe(reports: &[(f64, &LoadReport)]) -> Option<Probe> {
    let all: Vec<Probe> = reports.iter().filter_map(|(_, report)| report.probe).collect();
    let most = |of: fn(&Probe) -> u64| all.iter().map(of).max();
    let (expected, distinct) = (all.iter().map(|probe| probe.expected).sum::<u64>(), most(|probe| probe.distinct)?);
    Some(Probe { expected, distinct, lost: expected.saturating_sub(distinct), doubled: most(|probe| probe.doubled)? })
}

fn summed<'a>(texts: impl Iterator<Item = &'a str>, empty: Histogram<u64>) -> Histogram<u64> {
    // What cannot be read was refused with its report.
    texts.filter_map(decode).fold(empty, |mut sum, one| {
        add(&mut sum, &one);
        sum
    })
}

fn count_all<K: Ord + Clone>(sum: &mut BTreeMap<K, u64>, counts: &BTreeMap<K, u64>) {
    for (key, count) in counts {
        *sum.entry(key.clone()).or_default() += count;
    }
}

fn events(reports: &[(f64, &LoadReport)]) -> Vec<EventReport> {
    let mut by_name: BTreeMap<(&str, &str), Vec<&EventReport>> = BTreeMap::new();
    for event in reports.iter().flat_map(|(_, report)| &report.by_event) {
        by_name.entry((&event.provider, &event.event_type)).or_default().push(event);
    }
    let mut events: Vec<EventReport> = by_name.into_values().map(|parts| event(&parts)).collect();
    // In the order of the plan, as in a whole run.
    let place = |event: &EventReport| {
        let same = |planned: &crate::json::load_report::EventWeight| {
            planned.provider == event.provider && planned.event_type == event.event_type
        };
        reports[0].1.plan.events.iter().position(same).unwrap_or(usize::MAX)
    };
    events.sort_by_key(place);
    events
}

fn event(parts: &[&EventReport]) -> EventReport {
    let sum = |of: fn(&EventReport) -> u64| parts.iter().map(|part| of(part)).sum::<u64>();
    let latency = summed(parts.iter().map(|part| part.histogram.as_str()), histogram());
    let service = summed(parts.iter().map(|part| part.service_histogram.as_str()), histogram());
    let (mut statuses, mut errors) = (BTreeMap::new(), BTreeMap::new());
    for part in parts {
        count_all(&mut statuses, &part.statuses);
        count_all(&mut errors, &part.errors);
    }
    EventReport {
        provider: parts[0].provider.clone(),
        event_type: parts[0].event_type.clone(),
        requests: sum(|event| event.requests),
        succeeded: sum(|event| event.succeeded),
        failed: sum(|event| event.failed),
        statuses,
        errors,
        duplicates: sum(|event| event.duplicates),
        invalid: sum(|event| event.invalid),
        accepted_invalid: sum(|event| event.accepted_invalid),
        latency_ms: Percentiles::of(&latency),
        service_time_ms: Percentiles::of(&service),
        histogram: encode(&latency),
        service_histogram: encode(&service),
    }
}

fn series(reports: &[(f64, &LoadReport)]) -> Vec<Second> {
    let mut by_second: BTreeMap<u64, Vec<&Second>> = BTreeMap::new();
    for (shift, report) in reports {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds since the first start")]
        let shift = shift.round() as u64;
        for second in &report.series {
            by_second.entry(second.at.saturating_add(shift)).or_default().push(second);
        }
    }
    by_second.into_iter().map(|(at, parts)| second(at, &parts)).collect()
}

fn second(at: u64, parts: &[&Second]) -> Second {
    let empty = Histogram::new(SERIES_DIGITS).expect("two digits are allowed");
    let latency = summed(parts.iter().map(|part| part.histogram.as_str()), empty);
    let spread = Percentiles::of(&latency);
    let mut statuses = BTreeMap::new();
    parts.iter().for_each(|part| count_all(&mut statuses, &part.statuses));
    let sum = |of: fn(&Second) -> u64| parts.iter().map(|part| of(part)).sum::<u64>();
    Second {
        at,
        asked: parts.iter().map(|part| part.asked).sum(),
        starts: sum(|second| second.starts),
        answers: sum(|second| second.answers),
        errors: sum(|second| second.errors),
        rate: parts.iter().map(|part| part.rate).sum(),
        p50: spread.map(|spread| spread.p50),
        p95: spread.map(|spread| spread.p95),
        p99: spread.map(|spread| spread.p99),
        max: spread.map(|spread| spread.max),
        statuses,
        histogram: encode(&latency),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::json::load_report::Shard;
    use crate::json::load_report::tests::{Request, any_requests, report};

    /// The reports of shards that made these requests by turns, side by side.
    fn sharded(requests: &[Request], count: u32) -> (LoadReport, Vec<Named>) {
        let mut whole = report(requests);
        // Powers of two, so that sums of rates are exact.
        (whole.rate.achieved, whole.rate.target) = (512.0, Some(512.0 * f64::from(count)));
        whole.rate.achieved *= f64::from(count);
        whole.client.threads *= count;
        whole.client.cpu_s *= f64::from(count);
        whole.connections *= u64::from(count);
        whole.series.iter_mut().for_each(|second| second.asked = None);
        let shard = |index: u32| {
            let mine: Vec<Request> =
                (0..).zip(requests).filter(|(at, _)| at % count == index).map(|(_, request)| *request).collect();
            let mut report = report(&mine);
            report.shard = Some(Shard { index: index + 1, count });
            report.plan = whole.plan.clone();
            report.duration_s = whole.duration_s;
            (report.rate.achieved, report.rate.target) = (512.0, Some(512.0));
            report.series.iter_mut().for_each(|second| second.asked = None);
            (format!("shard-{}.json", index + 1), report)
        };
        let shards = (0..count).map(shard).collect();
        (whole, shards)
    }

    fn two() -> Vec<Named> {
        sharded(&[(0, 0, 100, 200), (1, 0, 100, 200)], 2).1
    }

    #[test]
    fn shards_that_started_later_are_laid_beside_the_first() {
        let mut shards = two();
        shards[1].1.started_at = "2026-01-02T03:04:08.200Z".to_owned();
        let whole = merge(&shards).expect("they fit");
        assert_eq!(whole.series.iter().map(|second| second.at).collect::<Vec<_>>(), [0, 4]);
        assert!((whole.duration_s - 5.2).abs() < 1e-9, "{}", whole.duration_s);
        assert_eq!(whole.started_at, "2026-01-02T03:04:05.000Z");
        assert_eq!(
            whole.warnings,
            ["the first and the last shard started 3200ms apart; --start-at gives them one instant"]
        );
    }

    #[test]
    fn what_does_not_belong_together_is_refused() {
        let told = |shards: &[Named]| merge(shards).expect_err("they do not fit").to_string();
        assert_eq!(told(&[]), "there is nothing to merge");
        let mut shards = two();
        shards[1].1.target = "http://localhost/".to_owned();
        assert_eq!(
            told(&shards),
            "shard-2.json went to http://localhost/, shard-1.json to http://127.0.0.1:4400/webhooks/stripe"
        );
        let mut shards = two();
        shards[1].1.plan.invalid = 0.5;
        assert_eq!(told(&shards), "shard-2.json is of another plan than shard-1.json");
        let mut shards = two();
        shards[1].1.shard = None;
        assert_eq!(told(&shards), "shard-2.json is of another plan than shard-1.json");
        let mut shards = two();
        shards[1].1.shard = shards[0].1.shard;
        assert_eq!(told(&shards), "shard-1.json and shard-2.json are both shard 1 of 2");
        let mut shards = two();
        shards[1].1.started_at = "soon".to_owned();
        assert_eq!(told(&shards), "shard-2.json does not say when it started");
    }

    #[test]
    fn missing_shards_are_told() {
        let (_, mut shards) = sharded(&[(0, 0, 100, 200)], 4);
        shards.remove(1);
        shards.remove(1);
        assert_eq!(merge(&shards).expect("they fit").warnings, ["the reports of shards 2 and 3 are missing"]);
    }

    #[test]
    fn each_shard_is_told_of_all_that_the_receiver_processed() {
        let mut shards = two();
        shards[0].1.probe = Some(Probe { expected: 100, distinct: 150, lost: 0, doubled: 1 });
        shards[1].1.probe = Some(Probe { expected: 100, distinct: 198, lost: 0, doubled: 1 });
        let probe = merge(&shards).expect("they fit").probe;
        assert_eq!(probe, Some(Probe { expected: 200, distinct: 198, lost: 2, doubled: 1 }));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn shards_make_the_whole(requests in any_requests(), count in 1_u32..5) {
            let (whole, shards) = sharded(&requests, count);
            let mut merged = merge(&shards).expect("they fit");
            // Counts of bytes are made up per answer, and no sum of theirs.
            merged.bytes = whole.bytes;
            prop_assert_eq!(merged, whole);
        }
    }
}
