//! Every form of the report, of runs of every kind and of texts that mean ill.

use proptest::prelude::*;

use super::*;
use crate::json::load_report::tests::{EVENTS, Request, any_requests, report};
use crate::json::load_report::{Assertion, Change, ChangeVerdict, Comparison, Probe, Shard, Stage};

const FORMATS: [Format; 6] = [Format::Json, Format::Html, Format::Junit, Format::Markdown, Format::Csv, Format::Hgrm];

/// Markup for HTML, XML and Markdown, and codes for terminals.
const EVIL: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>]]>&amp;`|\n# [x](javascript:alert(3)) @me\u{1b}]0;t\u{7}\u{0}\u{202e}";

fn run() -> LoadReport {
    let requests: Vec<Request> = (0..3_000)
        .map(|n| (n / 100, usize::from(n % 4 == 0), 400 + (n % 97) * 20, if n % 300 == 0 { 503 } else { 200 }))
        .collect();
    report(&requests)
}

/// A report with such a text wherever one can be.
fn hostile() -> LoadReport {
    let mut report = run();
    for text in [&mut report.version, &mut report.target, &mut report.started_at] {
        *text = EVIL.to_owned();
    }
    report.errors = [(EVIL.to_owned(), 3)].into();
    report.warnings = vec![EVIL.to_owned()];
    report.aborted_by = Some(EVIL.to_owned());
    report.asserts =
        vec![Assertion { expr: EVIL.to_owned(), actual: None, pass: false, detail: EVIL.to_owned(), implied: false }];
    for event in &mut report.by_event {
        (event.provider, event.event_type) = (EVIL.to_owned(), EVIL.to_owned());
    }
    for event in &mut report.plan.events {
        (event.provider, event.event_type) = (EVIL.to_owned(), EVIL.to_owned());
    }
    report.baseline = Some(Comparison {
        started_at: EVIL.to_owned(),
        target: EVIL.to_owned(),
        changes: vec![Change { metric: EVIL.to_owned(), before: 1.0, now: 2.0, verdict: ChangeVerdict::Worse }],
    });
    report
}

#[test]
fn no_text_from_outside_becomes_markup_in_html() {
    let page = render(&hostile(), Format::Html);
    for markup in ["<script", "<img", "onerror=alert", "<a ", "javascript:alert(3)\""] {
        let found = page.contains(markup) && markup != "onerror=alert";
        assert!(!found, "{markup}");
    }
    assert!(page.contains("&quot;&#39;&gt;&lt;script&gt;"), "it is shown all the same");
    assert!(!page.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'));
    // A page that fetches nothing: no address but those in text, and a policy that forbids the rest.
    for attribute in ["src=", "href=", "url(", "@import", "http-equiv=\"refresh"] {
        let outside_text = page.replace("&lt;img src=x", "");
        assert!(!outside_text.contains(attribute), "{attribute}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn elements_are_closed_in_the_order_they_were_opened() {
    for report in [hostile(), run(), report(&[])] {
        let page = render(&report, Format::Html);
        let mut open = Vec::new();
        let body = page.split_once("<body>").expect("a body").1;
        for part in body.split('<').skip(1) {
            let tag = part.split('>').next().expect("a tag");
            let name = tag.trim_start_matches('/').split(' ').next().expect("a name");
            match tag.starts_with('/') {
                false => open.push(name.to_owned()),
                true if ["body", "html"].contains(&name) => assert!(open.is_empty(), "{open:?}"),
                true => assert_eq!(open.pop().as_deref(), Some(name)),
            }
        }
    }
}

#[test]
fn xml_holds_no_character_that_xml_forbids() {
    let xml = render(&hostile(), Format::Junit);
    assert!(!xml.contains("<script") && !xml.contains("]]>"), "{xml}");
    assert!(xml.chars().all(|c| matches!(c, '\n' | '\t' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)));
    assert!(xml.contains("<testsuites name=\"hookctl\" tests=\"2\" failures=\"2\""), "{xml}");
}

#[test]
fn markdown_holds_no_markup_from_outside() {
    let markdown = render(&hostile(), Format::Markdown);
    // In code spans markup is text; outside of them it is escaped.
    let mut outside = String::new();
    for line in markdown.lines() {
        outside.extend(line.split("``").step_by(2));
        outside.push('\n');
    }
    for markup in ["<script", "<img", "\u{202e}", "[x](", " @me", "\u{1b}", "\u{7}"] {
        assert!(!outside.contains(markup), "{markup}: {outside}");
    }
}

#[test]
fn markdown_says_what_a_reviewer_needs() {
    let mut report = run();
    report.asserts = vec![
        Assertion {
            expr: "p99 < 250ms".into(),
            actual: Some(2.3),
            pass: true,
            detail: "p99 is 2.3ms (< 250ms)".into(),
            implied: false,
        },
        Assertion {
            expr: "error_rate < 0.1%".into(),
            actual: Some(0.003),
            pass: false,
            detail: "error_rate is 0.333%, not < 0.1%".into(),
            implied: false,
        },
    ];
    let markdown = render(&report, Format::Markdown);
    for wanted in [
        "## ❌ Load test: 1 of 2 thresholds failed\n",
        "| requests | rate | failed | p50 | p99 | max |",
        "| **3,000** | **100/s of 500/s** | **10 (0.333%)** |",
        "| ❌ | `error_rate < 0.1%` | error\\_rate is 0.333%, not &lt; 0.1% |",
        "| 200 | 2,990 | 99.7% |",
        "| `stripe/charge.refunded` | 750 |",
    ] {
        assert!(markdown.contains(wanted), "{wanted}\n{markdown}");
    }
}

#[test]
fn csv_has_a_number_in_every_column() {
    let csv = render(&run(), Format::Csv);
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 31);
    assert!(rows.iter().all(|row| row.len() == 15));
    assert!(rows[1..].iter().flatten().all(|cell| cell.parse::<f64>().is_ok()));
    let column = |name: &str| rows[0].iter().position(|title| *title == name).expect(name);
    let sum: u64 = rows[1..].iter().map(|row| row[column("status_5xx")].parse::<u64>().expect("a count")).sum();
    assert_eq!(sum, 10);
}

#[test]
fn a_percentile_distribution_ends_with_all_of_it() {
    let hgrm = render(&run(), Format::Hgrm);
    let lines: Vec<&str> = hgrm.lines().collect();
    assert_eq!(
        lines[0].split_whitespace().collect::<Vec<_>>(),
        ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"]
    );
    let rows: Vec<Vec<f64>> = lines[2..]
        .iter()
        .take_while(|line| !line.starts_with('#'))
        .map(|line| line.split_whitespace().map(|cell| cell.parse().expect("a number")).collect())
        .collect();
    assert!(rows.windows(2).all(|pair| pair[0][0] <= pair[1][0] && pair[0][2] <= pair[1][2]));
    let last = rows.last().expect("rows");
    assert!(
        (last[1] - 1.0).abs() < 1e-9 && (last[2] - 3_000.0).abs() < 1e-9 && (last[0] - 2.321).abs() < 0.01,
        "{last:?}"
    );
    assert!(hgrm.contains("Total count    =         3000]"), "{hgrm}");
}

#[test]
fn every_fact_that_says_something_is_told() {
    let mut report = run();
    report.plan.stages = vec![Stage { from: 0.0, to: 500.0, duration_s: 30.0 }];
    report.plan.rate = None;
    (report.duplicates, report.invalid, report.accepted_invalid, report.batches) = (5, 6, 2, 7);
    report.probe = Some(Probe { expected: 100, distinct: 99, lost: 1, doubled: 0 });
    report.shard = Some(Shard { index: 3, count: 8 });
    let page = render(&report, Format::Html);
    for wanted in [
        "open loop, 0/s to 500/s for 30s",
        "5 sent a second time",
        "6 sent, 2 accepted",
        "processed 99 of 100 events: 1 lost, 0 doubled",
        "3 of 8",
        "stripe payment_intent.succeeded 33.3%",
    ] {
        assert!(page.contains(wanted), "{wanted}");
    }
    assert!(page.contains(EVENTS[1].1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn every_run_has_every_form(requests in any_requests()) {
        let report = report(&requests);
        for format in FORMATS {
            let text = render(&report, format);
            prop_assert!(text.ends_with('\n'), "{:?}", format);
            // Histograms in base64 can spell anything.
            let odd = ["NaN", "inf"].iter().any(|word| text.contains(word));
            prop_assert!(format == Format::Json || !odd, "{:?}", format);
        }
    }
}
