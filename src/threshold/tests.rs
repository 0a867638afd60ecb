use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

struct Table(BTreeMap<&'static str, f64>);

impl Numbers for Table {
    fn number(&self, subject: &Subject) -> Option<f64> {
        self.0.get(subject.to_string().as_str()).copied()
    }
}

fn parsed(text: &str) -> Threshold {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn a_threshold_is_written_as_it_was_meant() {
    for (text, written) in [
        ("p99 < 250ms", "p99 < 250ms"),
        ("p99<250ms", "p99 < 250ms"),
        (" p999  <=  1.5s ", "p99.9 <= 1500ms"),
        ("p99.99 < 0.25 ms", "p99.99 < 0.25ms"),
        ("p50 < 80us", "p50 < 0.08ms"),
        ("service_p99 < 2m", "service_p99 < 2m"),
        ("mean < 0", "mean < 0"),
        ("error_rate < 1%", "error_rate < 1%"),
        ("error_rate < 0.07", "error_rate < 7%"),
        ("error_rate <= 0.125%", "error_rate <= 0.125%"),
        ("success_rate > 99.9%", "success_rate > 99.9%"),
        ("rate >= 480/s", "rate >= 480/s"),
        ("rate >= 100/m", "rate >= 100/m"),
        ("rate >= 222.75/s", "rate >= 222.75/s"),
        ("rate >= 0.1/m", "rate >= 6/h"),
        ("status(5xx) == 0", "status(5xx) == 0"),
        ("status( 503 ) != 1", "status(503) != 1"),
        ("status(400-499) < 10", "status(4xx) < 10"),
        ("status(200-204) >= 10", "status(200-204) >= 10"),
        ("accepted_invalid == 0", "accepted_invalid == 0"),
        ("errors == 0", "errors == 0"),
        ("errors(refused) == 0", "error(refused) == 0"),
        ("lost == 0", "lost == 0"),
        ("p99{stripe/charge.refunded} < 300ms", "p99{stripe/charge.refunded} < 300ms"),
        ("p99{shopify/orders/create} < 300ms", "p99{shopify/orders/create} < 300ms"),
        ("status(5xx){stripe} == 0", "status(5xx){stripe} == 0"),
        ("p99{a/b>=c} > 1ms", "p99{a/b>=c} > 1ms"),
        ("p99 <= baseline * 1.1", "p99 <= baseline * 1.1"),
        ("p99 <= baseline*110%", "p99 <= baseline * 1.1"),
        ("p99 <= baseline", "p99 <= baseline"),
        ("p99 <= baseline + 5ms", "p99 <= baseline + 5ms"),
        ("rate >= baseline - 10/s", "rate >= baseline - 10/s"),
        ("rate >= baseline - 0/s", "rate >= baseline + 0/s"),
        ("silence(stripe) > 1h", "silence(stripe) > 1h"),
        ("silence > 1d", "silence > 24h"),
    ] {
        let threshold = parsed(text);
        assert_eq!(threshold.to_string(), written, "{text}");
        assert_eq!(parsed(written), threshold, "{text}");
    }
}

#[test]
fn what_is_no_threshold_is_refused() {
    for text in [
        "",
        "p99",
        "p99 250ms",
        "p99 < ",
        "< 5ms",
        "p99 = 250ms",
        "p99 =< 250ms",
        "p99 << 250ms",
        "p99 < 250",
        "p99 < -5ms",
        "p99 < 1%",
        "p0 < 5ms",
        "p101 < 5ms",
        "p99.9999 < 5ms",
        "p < 5ms",
        "p-1 < 5ms",
        "p99(5) < 5ms",
        "error_rate < 5",
        "error_rate < 250ms",
        "rate > 480",
        "rate > 5/d",
        "status == 0",
        "status(6) == 0",
        "status(xx) == 0",
        "status(499-400) == 0",
        "status(5xx) == 1.5",
        "lost == 1%",
        "lost{stripe} == 0",
        "p99{} < 5ms",
        "p99{a b} < 5ms",
        "p99} < 5ms",
        "p99) < 5ms",
        "p99{stripe < 5ms",
        "errors() == 0",
        "silence(a b) > 1h",
        "p99 < baseline / 2",
        "p99 < baseline * -1",
        "p99 < baseline * x",
        "p99 < baselines",
        "p99 < 1e3ms",
        "p99 < .5ms",
        "p99 < infms",
        "p99 < 5ms && p50 < 1ms",
    ] {
        assert!(text.parse::<Threshold>().is_err(), "{text}");
    }
}

#[test]
fn errors_give_the_next_step() {
    for (text, told) in [
        ("p99 < 250", "'250' is not what 'p99' is compared with: write a duration: 250ms, 1.5s, 2m"),
        ("eror_rate < 1%", "'eror_rate' is not measured: did you mean 'error_rate'?"),
        ("status == 0", "'status' takes statuses: status(503), status(5xx), status(400-499)"),
        ("lost{stripe} == 0", "'lost' is not counted by event type"),
    ] {
        assert_eq!(text.parse::<Threshold>().expect_err(text).to_string(), told);
    }
    let unknown = "zzz < 1%".parse::<Threshold>().expect_err("unknown").to_string();
    assert!(unknown.contains("there are p50"), "{unknown}");
}

#[test]
fn percentiles_are_what_they_say() {
    for (text, quantile) in
        [("50", 0.5), ("99", 0.99), ("999", 0.999), ("99.9", 0.999), ("9999", 0.9999), ("5", 0.05), ("100", 1.0)]
    {
        let found = Percentile::parse(text).expect(text).quantile();
        assert!((found - quantile).abs() < 1e-12, "{text} {found}");
    }
}

#[test]
fn thresholds_compare_what_was_measured() {
    let now = Table(
        [("p99", 312.4), ("error_rate", 0.0), ("status(5xx)", 0.0), ("rate", 480.0), ("p99{stripe}", 10.0)].into(),
    );
    let before = Table([("p99", 300.0)].into());
    for (text, holds, told) in [
        ("p99 < 250ms", false, "p99 is 312ms, not < 250ms"),
        ("p99 < 320ms", true, "p99 is 312ms (< 320ms)"),
        ("rate >= 480/s", true, "rate is 480/s (>= 480/s)"),
        ("rate > 480/s", false, "rate is 480/s, not > 480/s"),
        ("status(5xx) == 0", true, "status(5xx) is 0 (== 0)"),
        ("error_rate != 0", false, "error_rate is 0%, not != 0%"),
        ("p99{stripe} < 20ms", true, "p99{stripe} is 10ms (< 20ms)"),
        ("p99 <= baseline * 1.1", true, "p99 is 312ms (<= 330ms = baseline * 1.1)"),
        ("p99 <= baseline + 10ms", false, "p99 is 312ms, not <= 310ms = baseline + 10ms"),
        ("rate >= baseline", false, "rate is 480/s; the baseline does not have it"),
        // What was not measured holds nothing, whichever way it is asked.
        ("lost == 0", false, "lost was not measured"),
        ("lost != 0", false, "lost was not measured"),
        ("p99{github} < 1s", false, "p99 was not measured: nothing of github was"),
    ] {
        let threshold = parsed(text);
        let outcome = threshold.evaluate(&now, Some(&before));
        assert_eq!((outcome.holds, threshold.explain(&outcome).as_str()), (holds, told), "{text}");
    }
    assert!(!parsed("p99 <= baseline").evaluate(&now, None).holds);
}

#[test]
fn each_command_measures_its_own() {
    for (text, load, listen) in [
        ("p99 < 1s", true, true),
        ("error_rate > 10%", true, true),
        ("silence(stripe) > 1h", false, true),
        ("lost == 0", true, false),
        ("service_p99 < 1s", true, false),
        ("p99 <= baseline * 1.1", true, false),
    ] {
        let threshold = parsed(text);
        assert_eq!(
            (threshold.check(Scope::Load).is_ok(), threshold.check(Scope::Listen).is_ok()),
            (load, listen),
            "{text}"
        );
    }
    let told = parsed("silence > 1h").check(Scope::Load).expect_err("not of load").to_string();
    assert_eq!(told, "'silence' is not measured here, but by listen --alert");
}

#[test]
fn measured_values_are_shown_in_few_digits() {
    for (value, shown) in [
        (0.0, "0ms"),
        (0.0812, "81.2µs"),
        (0.9996, "1ms"),
        (12.345, "12.3ms"),
        (250.0, "250ms"),
        (1_234.0, "1.23s"),
        (125_000.0, "2m 5s"),
        (7_260_000.0, "2h 1m"),
    ] {
        assert_eq!(Unit::Duration.shown(value), shown);
    }
    assert_eq!(Unit::Share.shown(0.012_34), "1.23%");
    assert_eq!(Unit::Rate.shown(1_234.5), "1234/s");
    assert_eq!(Unit::Count.shown(1_234_567.0), "1234567");
}

fn any_unit() -> impl Strategy<Value = Unit> {
    prop_oneof![Just(Unit::Duration), Just(Unit::Share), Just(Unit::Rate), Just(Unit::Count)]
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,80}") {
        let _ = text.parse::<Threshold>();
    }

    #[test]
    fn what_is_read_is_written_and_read_again(text in "(p[0-9.]{1,5}|mean|rate|lost|errors|error_rate)(\\{[a-z]{1,3}(/[a-z*.]{1,4})?\\})? ?(<|<=|==) ?(baseline [*+-] )?[0-9]{1,4}(\\.[0-9]{1,4})?(ms|s|m|h|%|/s|/m|/h)?") {
        if let Ok(threshold) = text.parse::<Threshold>() {
            prop_assert_eq!(threshold.to_string().parse::<Threshold>(), Ok(threshold));
        }
    }

    #[test]
    fn values_written_are_read_the_same(unit in any_unit(), number in 0_u32..10_000_000, scale in 0_u32..8) {
        let value = match unit {
            Unit::Count => f64::from(number),
            Unit::Share => f64::from(number) / 1e7,
            _ => f64::from(number) / 10_f64.powi(i32::try_from(scale).expect("small")),
        };
        prop_assert_eq!(unit.parse(&unit.written(value)), Some(value));
    }
}
