//! Filters as users write them, and as nobody should.

use bytes::Bytes;
use proptest::prelude::*;

use super::limits::Budget;
use super::{Jq, JqError, JqFailure};
use crate::model::{Headers, Reason, Request, Timestamp, Verdict};
use crate::query::Facts;

fn request(content_type: &str, body: &str) -> Request {
    let headers: Headers = [("Content-Type", content_type), ("X-Multi", "a"), ("x-multi", "b")]
        .into_iter()
        .map(|(n, v)| (n.to_owned(), v.to_owned()))
        .collect();
    Request { method: "POST".into(), target: "/hooks/x?a=1".into(), headers, body: Bytes::from(body.to_owned()) }
}

fn facts(request: &Request) -> Facts<'_> {
    Facts {
        provider: Some("stripe"),
        event_type: Some("invoice.paid"),
        event_id: None,
        verdict: Some(Verdict::Invalid),
        reason: Some(Reason::SignatureMismatch),
        status: Some(503),
        received_at: Some(Timestamp::from_secs(1_767_225_600)),
        request,
    }
}

fn fits(filter: &str, content_type: &str, body: &str) -> Result<bool, JqFailure> {
    let request = request(content_type, body);
    Jq::compile(filter).expect(filter).fits(&facts(&request))
}

const JSON: &str = "application/json";

#[test]
fn a_filter_sees_the_whole_delivery() {
    let body =
        r#"{"amount":4200,"big":12345678901234567890123,"price":1.50,"items":[{"sku":"a"},{"sku":"b"}],"n":null}"#;
    for (filter, expected) in [
        (".provider == \"stripe\" and .event_type == \"invoice.paid\"", true),
        (".event_id == null", true),
        (".method == \"POST\" and .path == \"/hooks/x\" and .query == \"a=1\"", true),
        (".headers[\"content-type\"] | test(\"json\")", true),
        (".headers[\"x-multi\"] == \"a, b\"", true),
        (".verdict == \"invalid\" and .reason == \"signature-mismatch\" and .status >= 500", true),
        (".received_at | startswith(\"2026-01-01T\")", true),
        (".received_at | fromdate == 1767225600", true),
        (".body.amount > 4000", true),
        (".body.big == 12345678901234567890123 and .body.big != 12345678901234567890124", true),
        (".body.price | tostring == \"1.50\"", true),
        ("any(.body.items[]; .sku == \"b\")", true),
        (".body.items[].sku == \"b\"", true),
        (".body.n", false),
        ("empty", false),
        ("false, null", false),
        ("0", true),
        ("[range(5)] == [0,1,2,3,4] and [range(5; 0; -2)] == [5,3,1]", true),
        ("[limit(3; range(infinite))] == [0,1,2]", true),
        (
            "keys == [\"body\",\"event_id\",\"event_type\",\"headers\",\"method\",\"path\",\"provider\",\"query\",\"reason\",\
          \"received_at\",\"status\",\"verdict\"]",
            true,
        ),
    ] {
        assert_eq!(fits(filter, JSON, body), Ok(expected), "{filter}");
    }
}

#[test]
fn a_form_is_an_object_and_what_cannot_be_read_is_null() {
    let form = "application/x-www-form-urlencoded; charset=utf-8";
    let body = "To=%2B1+555&tag=a&tag=b&tag=c&payload=%7B%22a%22%3A%5B1%5D%7D";
    for (filter, content_type, body) in [
        (".body.To == \"+1 555\" and .body.tag == [\"a\",\"b\",\"c\"]", form, body),
        (".body.payload | fromjson.a[0] == 1", form, body),
        (".body == null", JSON, "{"),
        (".body == null", "text/plain", "hello"),
        (".body == null", JSON, ""),
        (".body.a == 1", "text/plain", "{\"a\":1}"),
        (".body.a == 2", JSON, "{\"a\":1,\"a\":2}"),
    ] {
        assert_eq!(fits(filter, content_type, body), Ok(true), "{filter} {body}");
    }
}

#[test]
fn errors_point_at_their_place() {
    for (filter, message) in [
        (".body[0", "the filter is wrong at column 8: a closing bracket was expected\n  .body[0\n         ^"),
        (".a ||", "the filter is wrong at column 4: the end of the filter was expected\n  .a ||\n     ^"),
        ("", "the filter is wrong at column 1: a term was expected\n  \n  ^"),
        (
            ".a |\n.b == \"x",
            "the filter is wrong at line 2, column 9: a closing quote was expected\n  .b == \"x\n          ^",
        ),
        (".a | selct(.b)", "the filter is wrong at column 6: there is no filter 'selct/1'\n  .a | selct(.b)\n       ^"),
        ("é | $x", "the filter is wrong at column 1: a token was expected\n  é | $x\n  ^"),
        (".a | $x", "the filter is wrong at column 6: there is no variable '$x'\n  .a | $x\n       ^"),
        ("env.HOME", "the filter is wrong at column 1: 'env' is not available here\n  env.HOME\n  ^"),
        ("$ENV.HOME", "the filter is wrong at column 1: '$ENV' is not available here\n  $ENV.HOME\n  ^"),
        ("halt", "the filter is wrong at column 1: 'halt' is not available here\n  halt\n  ^"),
    ] {
        assert_eq!(Jq::compile(filter).expect_err(filter).to_string(), message);
    }
    assert!(matches!(Jq::compile("selct(.)"), Err(JqError::Unknown { near, .. }) if near[0] == "select"));
    for filter in ["input", "inputs", "debug", "stderr", "halt_error", "include \"x\"; .", "import \"x\" as y; ."] {
        assert!(matches!(Jq::compile(filter), Err(JqError::LeftOut { .. })), "{filter}");
    }
}

#[test]
fn what_never_ends_is_stopped() {
    for filter in [
        "def f: f; f",
        "[repeat(1)]",
        "[range(infinite)] | length > 0",
        "last(range(infinite))",
        "reduce repeat(1) as $x (0; . + $x)",
        "until(false; . )",
    ] {
        let request = request(JSON, "{}");
        let stopped = Jq::compile(filter).expect(filter).fits_within(&facts(&request), &Budget::of(20_000));
        assert_eq!(stopped, Err(JqFailure::TooLong), "{filter}");
    }
    assert_eq!(fits("def f: 1 + f; f", JSON, "{}"), Err(JqFailure::TooDeep));
    assert_eq!(fits("def f: [f]; f", JSON, "{}"), Err(JqFailure::TooDeep));
    assert!(matches!(Jq::compile(&"(".repeat(5_000)), Err(JqError::TooNested { .. })));
    assert!(matches!(Jq::compile(&"1+".repeat(5_000)), Err(JqError::TooLong { .. })));
}

#[test]
fn an_error_of_the_filter_is_told_shortly() {
    assert_eq!(fits(".body + 1", JSON, "\"a\""), Err(JqFailure::Error("cannot calculate \"a\" + 1".into())));
    let long = format!("\"{}\"", "x".repeat(10_000));
    assert!(matches!(fits(".body - 1", JSON, &long), Err(JqFailure::Error(text)) if text.len() < 300));
    assert_eq!(fits(".body - 1 | not", JSON, "{}").map_err(|_| ()), Err(()));
    assert_eq!(fits("(.body - 1)? // true", JSON, "{}"), Ok(true));
}

#[test]
fn hostile_bodies_are_only_data() {
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    assert_eq!(fits(".body == null", JSON, &deep), Ok(true));
    let form = "application/x-www-form-urlencoded";
    let nested = format!("payload={deep}");
    assert!(matches!(fits(".body.payload | fromjson", form, &nested), Err(JqFailure::Error(_))));
    let near = format!("{}{}", "[".repeat(250), "]".repeat(250));
    assert_eq!(fits("[.body | ..] | length == 250", JSON, &near), Ok(true));
    assert_eq!(fits(".body | walk(.) | tojson | length == 500", JSON, &near), Ok(true));
    let digits = "9".repeat(1_000_000);
    assert_eq!(fits(".body > 1", JSON, &digits), Ok(true));
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "[ .|,;:()\\[\\]{}a-z$@\"\\\\0-9=<>+*/?#-]{0,40}") {
        let _ = Jq::compile(&text);
    }
}
