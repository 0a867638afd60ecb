//! The report as an object; and reports for others' tests.

use proptest::prelude::*;

use super::*;
use crate::threshold::Threshold;

/// A request as a report counts it: second, event, latency in microseconds, status (0 for no answer).
pub(crate) type Request = (u64, usize, u64, u16);

/// Event types of reports made here; the last would do harm if it were not escaped.
pub(crate) const EVENTS: [(&str, &str); 3] = [
    ("stripe", "payment_intent.succeeded"),
    ("stripe", "charge.refunded"),
    ("acme", "<script>alert('x')</script>\u{1b}]0;t\u{7}|`&\""),
];

/// The report of a run that made these requests.
pub(crate) fn report(requests: &[Request]) -> LoadReport {
    let (mut latency, mut service) = (histogram(), histogram());
    let mut seconds: BTreeMap<u64, Vec<&Request>> = BTreeMap::new();
    let mut events: BTreeMap<usize, Vec<&Request>> = BTreeMap::new();
    for request in requests {
        seconds.entry(request.0).or_default().push(request);
        events.entry(request.1).or_default().push(request);
        if request.3 > 0 {
            latency.record(request.2 * 1_000).expect("it grows");
            service.record(request.2 * 500).expect("it grows");
        }
    }
    let counts = count(requests.iter());
    let span = requests.iter().map(|request| request.0 + 1).max().unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "few")]
    let (total, duration_s) = (requests.len() as f64, span as f64);
    LoadReport {
        kind: Kind::LoadReport,
        version: "0.1.0".to_owned(),
        target: "http://127.0.0.1:4400/webhooks/stripe".to_owned(),
        started_at: "2026-01-02T03:04:05.000Z".to_owned(),
        plan: plan(duration_s),
        seed: Some(7),
        shard: None,
        requests: requests.len() as u64,
        succeeded: counts.0,
        failed: counts.1,
        statuses: counts.2,
        errors: counts.3,
        duration_s,
        rate: Rate { target: Some(500.0), achieved: if span == 0 { 0.0 } else { total / duration_s } },
        latency_ms: Percentiles::of(&latency),
        service_time_ms: Percentiles::of(&service),
        asserts: Vec::new(),
        histogram: encode(&latency),
        service_histogram: encode(&service),
        by_event: events.into_iter().map(|(at, requests)| event(at, &requests)).collect(),
        series: seconds.into_iter().map(|(at, requests)| second(at, &requests)).collect(),
        bytes: Bytes { sent: 1_800 * requests.len() as u64, received: 90 * counts.0 },
        late_starts: 0,
        max_late_ms: 0.0,
        dropped_starts: 0,
        connections: 4,
        duplicates: 0,
        invalid: 0,
        accepted_invalid: 0,
        batches: 0,
        probe: None,
        client: Client { cpu_s: 0.5, threads: 2, saturated: false },
        warnings: Vec::new(),
        interrupted: false,
        aborted_by: None,
        baseline: None,
    }
}

fn plan(duration_s: f64) -> Plan {
    Plan {
        kind: LoopKind::Open,
        rate: Some(500.0),
        stages: Vec::new(),
        burst: None,
        concurrency: None,
        max_in_flight: Some(10_000),
        duration_s: Some(duration_s),
        requests: None,
        warm_up_s: 0.0,
        events: EVENTS
            .iter()
            .map(|(provider, event_type)| EventWeight {
                provider: (*provider).to_owned(),
                event_type: (*event_type).to_owned(),
                weight: 1.0,
            })
            .collect(),
        duplicates: 0.0,
        invalid: 0.0,
        batch: None,
        captures: None,
        speed: None,
        http_version: "1.1".to_owned(),
        streams: None,
        timeout_ms: 30_000.0,
    }
}

type Counts = (u64, u64, BTreeMap<u16, u64>, BTreeMap<String, u64>);

fn count<'a>(requests: impl Iterator<Item = &'a Request>) -> Counts {
    let mut counts = Counts::default();
    for request in requests {
        *(if (200..300).contains(&request.3) { &mut counts.0 } else { &mut counts.1 }) += 1;
        match request.3 {
            0 => *counts.3.entry("reset".to_owned()).or_default() += 1,
            status => *counts.2.entry(status).or_default() += 1,
        }
    }
    counts
}

fn event(at: usize, requests: &[&Request]) -> EventReport {
    let (mut latency, mut service) = (histogram(), histogram());
    for request in requests.iter().filter(|request| request.3 > 0) {
        latency.record(request.2 * 1_000).expect("it grows");
        service.record(request.2 * 500).expect("it grows");
    }
    let counts = count(requests.iter().copied());
    EventReport {
        provider: EVENTS[at].0.to_owned(),
        event_type: EVENTS[at].1.to_owned(),
        requests: requests.len() as u64,
        succeeded: counts.0,
        failed: counts.1,
        statuses: counts.2,
        errors: counts.3,
        duplicates: 0,
        invalid: 0,
        accepted_invalid: 0,
        latency_ms: Percentiles::of(&latency),
        service_time_ms: Percentiles::of(&service),
        histogram: encode(&latency),
        service_histogram: encode(&service),
    }
}

fn second(at: u64, requests: &[&Request]) -> Second {
    let mut latency = hdrhistogram::Histogram::new(SERIES_DIGITS).expect("two digits");
    for request in requests.iter().filter(|request| request.3 > 0) {
        latency.record(request.2 * 1_000).expect("it grows");
    }
    let counts = count(requests.iter().copied());
    let answers: u64 = counts.2.values().sum();
    let spread = Percentiles::of(&latency);
    Second {
        at,
        asked: Some(500.0),
        starts: requests.len() as u64,
        answers,
        errors: counts.1,
        #[expect(clippy::cast_precision_loss, reason = "few")]
        rate: answers as f64,
        p50: spread.map(|spread| spread.p50),
        p95: spread.map(|spread| spread.p95),
        p99: spread.map(|spread| spread.p99),
        max: spread.map(|spread| spread.max),
        statuses: counts.2,
        histogram: encode(&latency),
    }
}

/// Requests of any kind.
pub(crate) fn any_requests() -> impl Strategy<Value = Vec<Request>> {
    let status = prop_oneof![8 => Just(200), 1 => Just(500), 1 => Just(0)];
    proptest::collection::vec((0_u64..20, 0_usize..EVENTS.len(), 1_u64..50_000_000, status), 0..200)
}

fn number(report: &LoadReport, subject: &str) -> Option<f64> {
    let threshold: Threshold = format!("{subject} == baseline").parse().expect(subject);
    threshold.evaluate(report, None).actual
}

#[test]
fn thresholds_find_their_numbers() {
    let requests: Vec<Request> = (0..1_000)
        .map(|n| (n / 100, usize::from(n % 4 == 0), (n + 1) * 1_000, if n % 10 == 0 { 503 } else { 200 }))
        .collect();
    let report = report(&requests);
    for (subject, wanted) in [
        ("p50", 500.0),
        ("p99", 990.0),
        ("p99.9", 999.0),
        ("max", 1_000.0),
        ("min", 1.0),
        ("mean", 500.5),
        ("service_p99", 495.0),
        ("rate", 100.0),
        ("rate{stripe/charge.*}", 25.0),
        ("error_rate", 0.1),
        ("success_rate", 0.9),
        ("requests", 1_000.0),
        ("requests{stripe}", 1_000.0),
        ("requests{stripe/charge.refunded}", 250.0),
        ("status(5xx)", 100.0),
        ("status(503){stripe/charge.refunded}", 50.0),
        ("status(404)", 0.0),
        ("errors", 0.0),
        ("dropped", 0.0),
    ] {
        let found = number(&report, subject).expect(subject);
        assert!((found - wanted).abs() <= wanted / 900.0, "{subject}: {found}");
    }
    for subject in ["lost", "p99{github}", "requests{stripe/nothing}"] {
        assert_eq!(number(&report, subject), None, "{subject}");
    }
}

#[test]
fn a_run_without_an_answer_passes_no_threshold() {
    let nothing = report(&[]);
    for text in [
        "p99 < 1s",
        "error_rate < 1%",
        "status(5xx) == 0",
        "failed == 0",
        "accepted_invalid == 0",
        "rate >= 0/s",
        "requests >= 1",
    ] {
        let threshold: Threshold = text.parse().expect(text);
        assert!(!threshold.evaluate(&nothing, None).holds, "{text}");
    }
}

#[test]
fn a_report_has_the_fields_of_the_contract() {
    let json = serde_json::to_value(report(&[(0, 0, 1_000, 200)])).expect("an object");
    for field in [
        "kind",
        "target",
        "requests",
        "succeeded",
        "failed",
        "statuses",
        "errors",
        "duration_s",
        "rate",
        "latency_ms",
        "service_time_ms",
        "asserts",
        "histogram",
    ] {
        assert!(json.get(field).is_some(), "{field}");
    }
    assert_eq!((&json["kind"], &json["statuses"]), (&"load_report".into(), &serde_json::json!({"200": 1})));
    let latency: Vec<&str> = json["latency_ms"].as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(latency, ["min", "mean", "p50", "p90", "p95", "p99", "p999", "max"]);
    assert!(json["histogram"].as_str().expect("text").starts_with("HISTFAAA"), "as HDR's own logs have it");
}

#[test]
fn what_is_no_report_is_refused_with_its_place() {
    let mut report = report(&[(0, 0, 1_000, 200)]);
    report.histogram = "bm90IG9uZQ==".to_owned();
    let damaged = serde_json::to_vec(&report).expect("an object");
    assert_eq!(LoadReport::parse(&damaged), Err(ReportError::Histogram("latency_ms".to_owned())));
    for text in ["", "{", "[]", "{\"kind\":\"attempt\"}", "nonsense"] {
        assert!(
            matches!(LoadReport::parse(text.as_bytes()), Err(ReportError::Form { line, .. }) if line <= 1),
            "{text}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn reports_are_written_and_read_the_same(requests in any_requests()) {
        let report = report(&requests);
        let json = serde_json::to_vec_pretty(&report).expect("an object");
        prop_assert_eq!(LoadReport::parse(&json), Ok(report));
    }

    #[test]
    fn any_text_is_a_histogram_or_not(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes));
    }
}
