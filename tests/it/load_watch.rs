//! What is seen of a load test while it runs, and how it is ended.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

use crate::load::{load, number};
use crate::support::crowd::{Crowd, Turn, answer};
use crate::support::hookctl::signal;
use crate::support::{STUCK, Sandbox, Terminal};

/// A receiver that does this with all requests, and tells of each.
fn telling(turn: impl Fn() -> Turn + Send + Sync + 'static) -> (Crowd, Receiver<()>) {
    let (arrived, arrivals) = channel();
    let arrived = Mutex::new(arrived);
    let receiver = Crowd::new(move |_, _| {
        let _ = arrived.lock().expect("no panic").send(());
        turn()
    });
    (receiver, arrivals)
}

#[test]
fn an_interrupted_run_ends_with_its_report() {
    let (receiver, arrivals) = telling(|| Turn::Write(answer(200)));
    let sandbox = Sandbox::new();
    let url = receiver.url("/webhooks/stripe");
    let mut child = sandbox.hookctl(["load", &url, "--json", "-q", "--rate", "50/s", "--duration", "10m"]).spawn();
    arrivals.recv_timeout(STUCK).expect("a request");
    signal(child.id(), "INT");
    let mut text = String::new();
    std::io::Read::read_to_string(&mut child.stdout.take().expect("a pipe"), &mut text).expect("text");
    assert_eq!(child.wait().expect("an end").code(), Some(130));
    let report: Value = serde_json::from_str(&text).expect("a report");
    assert_eq!(report["interrupted"], true);
    assert_eq!(number(&report, "/requests"), receiver.all().len() as u64);
}

#[test]
fn a_second_ctrl_c_ends_everything_at_once() {
    let (receiver, arrivals) = telling(|| Turn::Silence);
    let sandbox = Sandbox::new();
    let flags = ["--requests", "1", "--timeout", "10m", "--report", "report.json", "--json", "-q"];
    let url = receiver.url("/webhooks/stripe");
    let mut child = sandbox.hookctl([&["load", url.as_str()], &flags[..]].concat()).spawn();
    arrivals.recv_timeout(STUCK).expect("a request");
    // Two that come as one are one, so they come until it has ended. After a single one it would wait for the answer, and
    // report.
    let ended = loop {
        signal(child.id(), "INT");
        if let Some(ended) = child.try_wait().expect("a process") {
            break ended;
        }
    };
    assert_eq!(ended.code(), Some(130));
    let mut text = String::new();
    std::io::Read::read_to_string(&mut child.stdout.take().expect("a pipe"), &mut text).expect("text");
    assert_eq!(text, "", "nobody waits for a report");
    assert!(!sandbox.path("report.json").exists());
}

#[test]
fn a_run_that_is_interrupted_gives_up_what_is_not_answered_and_reports() {
    let (receiver, arrivals) = telling(|| Turn::Silence);
    let sandbox = Sandbox::new();
    let flags =
        ["--requests", "5", "--concurrency", "1", "--timeout", "10m", "--report", "report.json", "--json", "-q"];
    let url = receiver.url("/webhooks/stripe");
    let mut child = sandbox.hookctl([&["load", url.as_str()], &flags[..]].concat()).spawn();
    arrivals.recv_timeout(STUCK).expect("a request");
    signal(child.id(), "TERM");
    assert_eq!(child.wait().expect("an end").code(), Some(130));
    let saved = std::fs::read(sandbox.path("report.json")).expect("a report");
    let report: Value = serde_json::from_slice(&saved).expect("JSON");
    assert_eq!(report["interrupted"], true);
    assert_eq!(receiver.all().len(), 1, "nothing more was begun");
}

#[test]
fn a_receiver_that_does_not_say_what_it_did_can_be_given_up() {
    let (asked, question) = channel();
    let asked = Mutex::new(asked);
    let receiver = Crowd::new(move |_, received| {
        if received.method == "POST" {
            return Turn::Write(answer(200));
        }
        let _ = asked.lock().expect("no panic").send(());
        Turn::Silence
    });
    let sandbox = Sandbox::new();
    let (url, count) = (receiver.url("/webhooks/stripe"), receiver.url("/count"));
    let flags = ["--requests", "5", "--probe-url", &count, "--timeout", "10m", "--json", "-q"];
    let child = sandbox.hookctl([&["load", url.as_str()], &flags[..]].concat()).spawn();
    question.recv_timeout(STUCK).expect("a question");
    signal(child.id(), "INT");
    let done = child.wait_with_output().expect("an end");
    assert_eq!(done.status.code(), Some(130));
    let report: Value = serde_json::from_slice(&done.stdout).expect("a report");
    assert_eq!((&report["interrupted"], &report["probe"]), (&true.into(), &Value::Null));
    assert_eq!(number(&report, "/succeeded"), 5);
}

#[test]
fn a_terminal_shows_a_panel_that_makes_room_for_the_report() {
    for columns in [80, 120] {
        let (receiver, arrivals) = telling(|| Turn::Write(answer(503)));
        let sandbox = Sandbox::new();
        let line = ["load", &receiver.url("/webhooks/stripe"), "--rate", "50/s", "--duration", "10m"];
        let mut terminal = Terminal::start(sandbox.hookctl(line), 40, columns);
        arrivals.recv_timeout(STUCK).expect("a request");
        // The rate, what failed and what is under way; how long it took; the rates so far.
        terminal.until_rows("a panel of two seconds", |rows| {
            rows.iter().any(|row| row.contains("/s  ") && row.contains(" failed, ") && row.contains(" in flight"))
                && rows.iter().any(|row| row.contains("p50 ") && row.contains("p99.9 "))
                && rows.iter().any(|row| row.contains("██ at most ") || row.contains("▇█ at most "))
        });
        terminal.signal("INT");
        let left = terminal.ends(130);
        assert!(left.iter().all(|row| !row.contains(" in flight")), "the panel is gone: {left:#?}");
        assert!(left[0].contains("interrupted") || left[1].contains("interrupted"), "{left:#?}");
        assert!(left.iter().any(|row| row.starts_with("answers") && row.contains("× 503")), "{left:#?}");
    }
}

#[test]
fn what_is_piped_has_a_line_a_second_at_most() {
    let (receiver, _arrivals) = telling(|| Turn::Write(answer(200)));
    let sandbox = Sandbox::new();
    let flags = ["--rate", "50/s", "--duration", "2s", "--allow-missed-rate", "--json"];
    let ran = sandbox.ok([&["load", &receiver.url("/webhooks/stripe")], &flags[..]].concat());
    let clocks: Vec<String> = ran
        .stderr()
        .lines()
        .filter(|line| line.contains("in flight"))
        .map(|line| line.split_whitespace().next().expect("a time").to_owned())
        .collect();
    let seconds = ran.object()["series"].as_array().expect("a series").len();
    assert!((1..=seconds).contains(&clocks.len()), "{ran}");
    assert_eq!(clocks.iter().collect::<HashSet<_>>().len(), clocks.len(), "a second was told twice: {ran}");
}

#[test]
fn stages_and_bursts_make_the_starts_that_they_say() {
    let (receiver, _arrivals) = telling(|| Turn::Write(answer(200)));
    for (flags, starts) in [
        // Half of 200/s for half a second, and all of it for another half.
        (&["--stage", "0..200/s:500ms", "--stage", "200/s:500ms"][..], 150),
        // 20 at once at the beginning, and after each 200 ms; between them 50/s.
        (&["--rate", "50/s", "--burst", "20:200ms", "--duration", "1s"], 150),
        (&["--burst", "30:250ms", "--duration", "500ms"], 60),
    ] {
        let before = receiver.all().len();
        let report = load(&receiver.url("/webhooks/stripe"), &[flags, &["--allow-missed-rate"]].concat(), 0);
        assert_eq!((number(&report, "/requests"), number(&report, "/dropped_starts")), (starts, 0), "{flags:?}");
        assert_eq!((receiver.all().len() - before) as u64, starts, "{flags:?}: {report}");
        assert_eq!(report["plan"]["loop"], "open");
    }
}

#[test]
fn a_schedule_that_hookctl_itself_misses_is_told() {
    let (receiver, _arrivals) = telling(|| Turn::Write(answer(200)));
    // A hundred thousand RSA signatures a second are more than a processor makes.
    let flags = ["--provider", "aws-sns", "--rate", "100000/s", "--requests", "300", "--threads", "1"];
    let report = load(&receiver.url("/hooks"), &[&flags[..], &["--allow-missed-rate"]].concat(), 0);
    let late = number(&report, "/late_starts");
    assert!(late > 0 && report["max_late_ms"].as_f64().is_some_and(|most| most > 1.0), "{report}");
    let warnings = report["warnings"].to_string();
    assert!(warnings.contains(&format!("{late} of ")) && warnings.contains("hookctl, not the receiver"), "{warnings}");
    assert_eq!((number(&report, "/requests"), number(&report, "/dropped_starts")), (300, 0));
}

#[test]
fn that_hookctl_itself_was_the_limit_is_told() {
    let (receiver, _arrivals) = telling(|| Turn::Write(answer(200)));
    // An RSA signature takes far longer than an answer, and while it is made the others come in: nobody waits for them.
    let flags = ["--provider", "aws-sns", "--requests", "300", "--threads", "1", "--concurrency", "64"];
    let report = load(&receiver.url("/hooks"), &flags, 0);
    assert_eq!(report["client"]["saturated"], true, "{report}");
    let warnings = report["warnings"].to_string();
    assert!(warnings.contains("hookctl itself was busy"), "{warnings}");
    assert!(
        warnings.contains("the signature of aws-sns/Notification is made by the slower, general path"),
        "{warnings}"
    );
}
