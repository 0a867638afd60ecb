//! `hookctl verify` of several: captures of the store, exports of any length, one verdict each and a count.

use serde_json::{Value, json};

use crate::support::Sandbox;
use crate::verify::{SECRET, export, har, object, request, verify};

#[test]
fn captures_are_named_by_number_place_or_part_of_their_id() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen::<_, &str>([]);
    let to = listener.url("/webhooks/github");
    let mut ids = Vec::new();
    for event in ["push", "issues.opened", "star.created"] {
        sandbox.ok(["send", "github", event, "--to", &to, "--store", ":memory:"]);
        ids.push(listener.delivery()["id"].as_str().expect("an id").to_owned());
    }
    listener.stop().exits(130);
    let source = |selector: &str| {
        let ran = verify(&sandbox, &[selector, "--json"]).exits(0);
        ran.of_kind("verification")
            .iter()
            .map(|one| one["source"].as_str().expect("text").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(source("1"), ["#1"]);
    assert_eq!(source("latest"), ["#3"]);
    assert_eq!(source("latest~1"), ["#2"]);
    assert_eq!(source("1..3"), ["#1", "#2", "#3"]);
    assert_eq!(source(&ids[1]), ["#2"]);
    // Not a short end: one of digits alone would be a number.
    assert_eq!(source(&ids[1][ids[1].len() - 24..]), ["#2"], "the end of an id");
    assert_eq!(verify(&sandbox, &["--json"]).exits(0).object()["source"], "#3", "the newest one without an argument");
    let ran = verify(&sandbox, &["1..3"]).exits(0);
    assert!(ran.stdout().ends_with("3 valid, 0 not valid\n"), "{ran}");
    for selector in ["4", "latest~3", "ffffffff"] {
        verify(&sandbox, &[selector]).refuses(2, &format!("no delivery fits '{selector}'"), "hookctl events list");
    }
    // What names a file is a file; ./ forces it.
    sandbox.write("1", request(&sandbox, "http", &["--tamper", "body"]));
    verify(&sandbox, &[&["1"], &SECRET[..]].concat()).exits(1);
    verify(&sandbox, &["./2"]).refuses(2, "cannot read ./2: no such file", "");
}

#[test]
fn several_requests_in_a_file_are_judged_one_by_one_and_counted() {
    let sandbox = Sandbox::new();
    let (good, bad) =
        (object(&request(&sandbox, "json", &[])), object(&request(&sandbox, "json", &["--tamper", "body"])));
    let mut unknown = good.clone();
    unknown["headers"] = json!([["Content-Type", "text/plain"]]);
    unknown["body"] = json!("hello");
    unknown["provider"] = Value::Null;
    unknown["url"] = json!("http://127.0.0.1:4400/");
    unknown["target"] = json!("/");
    let lines = |objects: &[&Value]| objects.iter().map(|one| format!("{one}\n")).collect::<String>();
    for (content, code, counts) in [
        (lines(&[&good, &good]), 0, (2, 0, 0)),
        (lines(&[&good, &bad, &unknown]), 1, (1, 1, 1)),
        (lines(&[&good, &unknown]), 1, (1, 0, 1)),
        (lines(&[&unknown, &unknown]), 2, (0, 0, 2)),
    ] {
        sandbox.write("many.jsonl", &content);
        let ran = verify(&sandbox, &[&["many.jsonl", "--json"], &SECRET[..]].concat()).exits(code);
        let objects = ran.objects();
        assert_eq!(objects.len(), content.lines().count() + 1);
        assert_eq!(objects[0]["source"], "many.jsonl#1");
        let mut summary = json!({"kind": "summary", "valid": counts.0, "invalid": counts.1, "unjudged": counts.2});
        if counts.1 > 0 {
            summary["causes"] = json!({"no-match": counts.1});
        }
        assert_eq!(objects.last().expect("a summary"), &summary);
    }
    sandbox.write("many.har", har(&[good.clone(), bad]));
    let ran = verify(&sandbox, &[&["many.har", "--tolerance", "off"], &SECRET[..]].concat()).exits(1);
    assert!(ran.stdout().ends_with("1 valid, 1 not valid (1 no-match)\n"), "{ran}");
    // A replacement is for one body only.
    verify(&sandbox, &[&["many.har", "--body", "many.jsonl"], &SECRET[..]].concat()).refuses(2, "there are 2", "");
}

/// Many blocks' worth, judged by several threads.
#[test]
fn a_long_export_is_told_in_its_order() {
    let sandbox = Sandbox::new();
    let (good, bad) =
        (object(&request(&sandbox, "json", &[])), object(&request(&sandbox, "json", &["--tamper", "body"])));
    let is_bad = |number: usize| [7, 700, 701, 1_500].contains(&number);
    let content: String =
        (1..=1_500).map(|number| format!("{}\n", if is_bad(number) { &bad } else { &good })).collect();
    assert!(content.len() > 4 * (256 << 10));
    sandbox.write("long.jsonl", &content);
    let whole = verify(&sandbox, &[&["long.jsonl", "--json"], &SECRET[..]].concat()).exits(1);
    let objects = whole.objects();
    assert_eq!(objects.len(), 1_501);
    for (number, told) in (1..).zip(&objects[..1_500]) {
        assert_eq!(told["source"], format!("long.jsonl#{number}"));
        assert_eq!(told["verdict"], if is_bad(number) { "invalid" } else { "valid" }, "{told}");
        assert_eq!(told["diagnosis"].as_array().expect("a list").is_empty(), !is_bad(number));
        assert_eq!(told["checks"].as_array().expect("a list").is_empty(), !is_bad(number), "{told}");
    }
    assert_eq!((&objects[1_500]["valid"], &objects[1_500]["invalid"]), (&json!(1_496), &json!(4)));
    // Through a pipe nothing is different but the name.
    let args = ["verify", "-", "--json", "--secret", "whsec_known"];
    let piped = sandbox.hookctl(args).stdin(content.as_bytes()).run().exits(1);
    assert_eq!(piped.stdout(), whole.stdout().replace("long.jsonl#", "standard input#"));
    // For people, a valid one among many is a line.
    let ran = verify(&sandbox, &[&["long.jsonl"], &SECRET[..]].concat()).exits(1);
    assert!(ran.stdout().starts_with("valid  stripe v1  long.jsonl#1\nvalid  stripe v1  long.jsonl#2\n"), "{ran}");
    assert!(ran.stdout().ends_with("1496 valid, 4 not valid (4 no-match)\n"), "{ran}");
    let ran = verify(&sandbox, &[&["long.jsonl", "-v"], &SECRET[..]].concat()).exits(1);
    assert!(ran.stdout().lines().nth(1).is_some_and(|line| line.trim_start().starts_with("✓ header")), "{ran}");
}

#[test]
fn what_was_valid_when_it_arrived_is_valid_in_an_export() {
    let sandbox = Sandbox::new();
    let args = ["send", "twilio", "message.received", "--dry-run", "--format", "json", "--secret", "known"];
    let mut request = object(sandbox.ok(args).bytes());
    // The store knows the address by the headers only, and so does what is exported from it.
    request.as_object_mut().expect("an object").remove("url").expect("an address");
    request["headers"].as_array_mut().expect("pairs").push(json!(["Host", "127.0.0.1:4400"]));
    sandbox.write("two.jsonl", export(request, "2026-01-01T00:00:00Z").repeat(2));
    verify(&sandbox, &["two.jsonl", "--secret", "known"]).exits(0);
}

#[test]
fn what_stands_before_a_broken_line_is_judged() {
    let sandbox = Sandbox::new();
    let good = object(&request(&sandbox, "json", &[]));
    let lines = format!("{good}\n").repeat(600);
    sandbox.write("broken.jsonl", format!("{lines}\n{{oops\n{lines}"));
    let ran = verify(&sandbox, &[&["broken.jsonl", "--json"], &SECRET[..]].concat()).exits(2);
    let objects = ran.objects();
    assert_eq!(objects.len(), 601, "{ran}");
    assert_eq!(objects[599]["source"], "broken.jsonl#600");
    assert!(objects[600]["message"].as_str().is_some_and(|text| text.starts_with("broken.jsonl, line 602")), "{ran}");
}

#[test]
fn an_export_of_one_tells_its_address_as_one_of_many_does() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--quiet"]);
    let to = listener.url("/webhooks/twilio");
    for _ in 0..2 {
        sandbox.ok(["send", "twilio", "message.received", "--to", &to]);
        listener.delivery();
    }
    listener.stop().exits(130);
    for (ids, valid) in [(&["1"][..], 1), (&["1", "2"], 2)] {
        let export = sandbox.ok(["events", "export"].iter().chain(ids)).stdout();
        let ran = sandbox.hookctl(["verify", "-", "--json"]).stdin(export).run().exits(0);
        assert_eq!(ran.of_kind("verification").len(), valid, "{ran}");
    }
}
