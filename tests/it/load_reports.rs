//! What a load test is held against and written to: thresholds, baselines, report files, merged shards.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::crowd::{Crowd, Turn, answer};
use crate::support::{Ran, Sandbox};

/// Runs `hookctl load` with these arguments.
fn load(sandbox: &Sandbox, args: &[&str]) -> Ran {
    let mut all = vec!["-q", "load"];
    all.extend(args);
    sandbox.hookctl(all).run()
}

/// A saved report of a run of a hundred requests, of which each tenth is refused.
fn saved(sandbox: &Sandbox, name: &str) -> PathBuf {
    let receiver = Crowd::new(|number, _| Turn::Write(answer(if number % 10 == 9 { 503 } else { 200 })));
    let path = sandbox.path(name);
    let flags = ["--requests", "100", "--concurrency", "2", "--seed", "7", "--report", path.to_str().expect("UTF-8")];
    load(sandbox, &[&[receiver.url("/webhooks/stripe").as_str()], &flags[..]].concat()).exits(0);
    path
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn read(path: &PathBuf) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn thresholds_decide_the_exit_code() {
    let sandbox = Sandbox::new();
    let receiver = Crowd::new(|number, _| Turn::Write(answer(if number % 10 == 9 { 503 } else { 200 })));
    let url = receiver.url("/webhooks/stripe");
    for (assert, code) in [
        ("error_rate <= 10%", 0),
        ("error_rate < 10%", 1),
        ("status(5xx) == 10", 0),
        ("status(5xx) == 0", 1),
        ("requests{stripe/payment_intent.*} == 100", 0),
        ("p99 < 1h", 0),
        ("p50 < 0.001ms", 1),
        // What is not measured does not pass.
        ("p99{github} < 1h", 1),
        ("lost == 0", 1),
    ] {
        let ran = load(&sandbox, &[&url, "--requests", "100", "--concurrency", "1", "--json", "--assert", assert]);
        let report = ran.exits(code).object();
        assert_eq!(report["asserts"][0]["expr"], assert);
        assert_eq!(report["asserts"][0]["pass"], code == 0, "{assert}");
    }
}

#[test]
fn what_is_no_threshold_is_refused_before_anything_is_sent() {
    let sandbox = Sandbox::new();
    let receiver = Crowd::answering(200);
    let url = receiver.url("/");
    for (args, told) in [
        (["--assert", "p99 < 250"], "'250' is not what 'p99' is compared with"),
        (["--assert", "p98 <"], "is not a threshold"),
        (["--assert", "silence > 1h"], "'silence' is not measured here, but by listen --alert"),
        (["--assert", "p99 <= baseline"], "'p99 <= baseline' needs an earlier report"),
        (["--abort-on", "p99 > baseline"], "only --assert compares with a baseline"),
        (["--report", "report.pdf"], "must end in .json, .html, .xml, .md, .csv or .hgrm"),
        (["--report", "nowhere/report.html"], "there is no folder nowhere"),
        (["--baseline", "nothing.json"], "cannot read nothing.json: no such file or folder"),
    ] {
        let ran = load(&sandbox, &[&[url.as_str(), "--requests", "1"], &args[..]].concat()).exits(2);
        assert!(ran.stderr().contains(told), "{args:?}: {}", ran.stderr());
    }
    assert!(receiver.all().is_empty());
}

#[test]
fn a_run_ends_early_when_a_threshold_says_so() {
    let sandbox = Sandbox::new();
    let receiver = Crowd::answering(500);
    let url = receiver.url("/");
    let flags = ["--rate", "50/s", "--duration", "10m", "--abort-on", "error_rate > 50%", "--json"];
    let report = load(&sandbox, &[&[url.as_str()], &flags[..]].concat()).exits(1).object();
    assert_eq!(report["aborted_by"], "error_rate > 50%");
    assert_eq!(report["interrupted"], false);
    assert!(report["requests"].as_u64().expect("a count") < 10_000, "{report}");
}

#[test]
fn every_form_of_report_is_written_and_made_again_from_the_saved_one() {
    let sandbox = Sandbox::new();
    let saved = saved(&sandbox, "load.json");
    let ends = ["html", "xml", "md", "csv", "hgrm"];
    let files: Vec<PathBuf> = ends.iter().map(|end| sandbox.path(&format!("again.{end}"))).collect();
    let mut args = vec!["report", saved.to_str().expect("UTF-8")];
    for file in &files {
        args.extend(["--report", file.to_str().expect("UTF-8")]);
    }
    let ran = load(&sandbox, &args).exits(0);
    assert!(ran.stdout().contains("90 × 200  10 × 503"), "{}", ran.stdout());
    for (file, wanted) in files.iter().zip([
        "<!doctype html>",
        "<testcase classname=\"load http://127.0.0.1:",
        "| **100** |",
        "second,asked,starts,answers,errors,rate,",
        "Total count    =          100]",
    ]) {
        assert!(read(file).contains(wanted), "{}", file.display());
    }
    // The saved report is the public object.
    let report = json(&read(&saved));
    let shown = load(&sandbox, &["report", saved.to_str().expect("UTF-8"), "--json"]).exits(0).object();
    assert_eq!(shown, report);
}

/// The names of all fields, those below others too; names that are data (a status, a kind of error) are left out.
fn fields(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                into.insert(name.clone());
                if !matches!(name.as_str(), "statuses" | "errors") {
                    fields(value, into);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| fields(item, into)),
        _ => {}
    }
}

#[test]
fn every_field_of_a_report_is_in_the_readme() {
    let sandbox = Sandbox::new();
    let receiver = Crowd::answering(200);
    let url = receiver.url("/webhooks/stripe");
    let old = saved(&sandbox, "old.json");
    let run = ["--stage", "0..100/s:200ms", "--burst", "5:100ms", "--probe-cmd", "echo 1", "--json"];
    let shard = ["--shard", "1/2", "--start-at", "1767323045", "--allow-missed-rate", "--baseline"];
    let ran = load(&sandbox, &[&[url.as_str()], &run[..], &shard[..], &[old.to_str().expect("UTF-8")]].concat());
    let report = ran.exits(0).object();
    for of in ["probe", "shard", "baseline"] {
        assert!(report[of].is_object(), "{of} is looked into: {report}");
    }
    let mut names = BTreeSet::new();
    fields(&report, &mut names);
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("a file");
    let (_, described) = readme.split_once("\n## JSON\n").expect("a section");
    let (described, _) = described.split_once("\n## ").expect("one behind it");
    let missing: Vec<&String> = names.iter().filter(|name| !described.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "not in the README: {missing:?}");
}

#[test]
fn a_saved_report_is_held_against_new_thresholds_and_an_earlier_run() {
    let sandbox = Sandbox::new();
    let (old, new) = (saved(&sandbox, "old.json"), saved(&sandbox, "new.json"));
    let (old, new) = (old.to_str().expect("UTF-8"), new.to_str().expect("UTF-8"));
    load(&sandbox, &["report", new, "--assert", "failed == 0"]).exits(1);
    let flags = ["--baseline", old, "--assert", "requests == baseline", "--assert", "p99 <= baseline * 1000000"];
    let report = load(&sandbox, &[&["report", new, "--json"], &flags[..]].concat()).exits(0).object();
    assert_eq!(report["asserts"][0]["detail"], "requests is 100 (== 100 = baseline)");
    let metrics: Vec<&str> = report["baseline"]["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .map(|change| change["metric"].as_str().expect("a name"))
        .collect();
    assert_eq!(metrics, ["p50", "p95", "p99", "max", "rate", "error_rate"]);
    load(&sandbox, &["report", new, "--baseline", old, "--assert", "requests > baseline"]).exits(1);
}

#[test]
fn shards_are_put_together_to_the_request() {
    let sandbox = Sandbox::new();
    let receiver = Crowd::answering(200);
    let url = receiver.url("/webhooks/stripe");
    let mut files = Vec::new();
    for shard in ["1/3", "2/3", "3/3"] {
        let file = sandbox.path(&format!("shard-{}.json", &shard[..1]));
        let flags = ["--requests", "100", "--rate", "1000/s", "--shard", shard, "--start-at", "1767323045"];
        let written = ["--assert", "error_rate < 1%", "--allow-missed-rate", "--report", file.to_str().expect("UTF-8")];
        load(&sandbox, &[&[url.as_str()], &flags[..], &written[..]].concat()).exits(0);
        files.push(file.to_str().expect("UTF-8").to_owned());
    }
    let names: Vec<&str> = files.iter().map(String::as_str).collect();
    let merged = load(&sandbox, &[&["merge", "--json", "--allow-missed-rate"], &names[..]].concat()).exits(0).object();
    assert_eq!(merged["requests"], 100);
    assert_eq!(receiver.all().len(), 100);
    assert_eq!(merged["shard"], Value::Null);
    assert_eq!(merged["by_event"][0]["requests"], 100);
    assert_eq!(merged["asserts"][0]["expr"], "error_rate < 1%", "what the shards were started with holds for all");
    let seconds = merged["series"].as_array().expect("a series");
    assert_eq!(seconds.iter().map(|second| second["answers"].as_u64().expect("a count")).sum::<u64>(), 100);
    // Two of three: that is told, and not a failure.
    let two = load(&sandbox, &[&["merge", "--allow-missed-rate"], &names[..2]].concat()).exits(0);
    assert!(two.stdout().contains("the reports of shards 3 are missing"), "{}", two.stdout());
    let twice = load(&sandbox, &["merge", names[0], names[0]]).exits(2);
    assert!(twice.stderr().contains("are both shard 1 of 3"), "{}", twice.stderr());
}

#[test]
fn what_is_no_report_is_refused() {
    let sandbox = Sandbox::new();
    for (text, told) in [
        ("", "line 1, column 0"),
        ("{\"kind\":\"attempt\"}", "unknown variant `attempt`"),
        ("\u{1b}[31m", "is not a load report"),
    ] {
        fs::write(sandbox.path("file.json"), text).expect("a file");
        let path = sandbox.path("file.json");
        let ran = load(&sandbox, &["report", path.to_str().expect("UTF-8")]).exits(2);
        assert!(ran.stderr().contains(told), "{}", ran.stderr());
        assert!(!ran.stderr().contains('\u{1b}'));
    }
    load(&sandbox, &["merge"]).exits(2);
}

#[test]
fn a_job_of_github_gets_a_summary_if_asked() {
    let sandbox = Sandbox::new();
    let saved = saved(&sandbox, "load.json");
    let (saved, summary) = (saved.to_str().expect("UTF-8"), sandbox.path("summary.md"));
    fs::write(&summary, "before\n").expect("a file");
    let place = summary.to_str().expect("UTF-8");
    let asked = sandbox.hookctl(["-q", "load", "report", saved, "--github-summary"]).env("GITHUB_STEP_SUMMARY", place);
    asked.run().exits(0);
    let text = read(&summary);
    assert!(text.starts_with("before\n## ✅ Load test: passed"), "{text}");
    // Unasked it is left alone, and elsewhere than there the flag does nothing.
    sandbox.hookctl(["-q", "load", "report", saved]).env("GITHUB_STEP_SUMMARY", place).run().exits(0);
    load(&sandbox, &["report", saved, "--github-summary"]).exits(0);
    assert_eq!(read(&summary), text);
}
