//! `hookctl events`: listing and showing what was recorded.

use crate::support::{Receiver, Sandbox};

/// A store with a few deliveries of several providers.
fn filled() -> Sandbox {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen::<_, &str>([]);
    for (provider, event) in
        [("stripe", "customer.created"), ("stripe", "charge.refunded"), ("github", "push"), ("slack", "app_mention")]
    {
        sandbox.ok(["send", provider, event, "--to", &listener.url(&format!("/webhooks/{provider}"))]);
        listener.delivery();
    }
    listener.stop().exits(130);
    sandbox
}

fn events(sandbox: &Sandbox, args: &[&str]) -> Vec<String> {
    let ran = sandbox.ok(["events", "list", "--json"].into_iter().chain(args.iter().copied()));
    ran.objects().iter().map(|object| object["event_type"].as_str().expect("a type").to_owned()).collect()
}

#[test]
fn the_list_is_filtered_and_the_newest_comes_first() {
    let sandbox = filled();
    assert_eq!(events(&sandbox, &[]), ["app_mention", "push", "charge.refunded", "customer.created"]);
    assert_eq!(events(&sandbox, &["--provider", "stripe"]), ["charge.refunded", "customer.created"]);
    assert_eq!(events(&sandbox, &["--event", "c*"]), ["charge.refunded", "customer.created"]);
    assert_eq!(events(&sandbox, &["--limit", "1"]), ["app_mention"]);
    assert_eq!(events(&sandbox, &["--verdict", "valid"]).len(), 4);
    assert_eq!(events(&sandbox, &["--verdict", "invalid"]).len(), 0);
    assert_eq!(events(&sandbox, &["--since", "1h ago"]).len(), 4);
    assert_eq!(events(&sandbox, &["--until", "2020-01-01"]).len(), 0);
    assert_eq!(events(&sandbox, &["--failed"]).len(), 0);
    assert_eq!(events(&sandbox, &["--sent"]).len(), 4);
    sandbox.hookctl(["events", "list", "--provider", "strpe"]).run().refuses(
        2,
        "there is no provider 'strpe'",
        "stripe",
    );
    sandbox.hookctl(["events", "list", "--verdict", "fine"]).run().exits(2);
    let table = sandbox.ok(["events", "list"]).stdout();
    assert_eq!(table.lines().count(), 5, "{table}");
}

#[test]
fn a_filter_sees_headers_and_body_and_columns_are_those_asked_for() {
    let sandbox = filled();
    assert_eq!(events(&sandbox, &["--filter", ".body.ref != null"]), ["push"]);
    assert_eq!(
        events(&sandbox, &["--filter", r#".headers["x-github-event"] == "push" and .provider == "github""#]),
        ["push"]
    );
    let few = ["events", "list", "--filter", ".body.data.object.amount > 1", "--columns", "number,event,path,status"];
    let table = sandbox.ok(few).stdout();
    let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["#", "event", "path", "status"], "{table}");
    assert_eq!((lines.len(), lines[1][1], lines[1][2]), (2, "charge.refunded", "/webhooks/stripe"), "{table}");
    sandbox.hookctl(["events", "list", "--columns", "nmber"]).run().exits(2);
    sandbox.hookctl(["events", "list", "--filter", ".body["]).run().refuses(2, "filter", "");
    let odd = sandbox.ok(["events", "list", "--filter", ".body.ref | test(1)"]);
    assert!(odd.stderr().contains("the filter failed on"), "{odd}");
}

#[test]
fn whoever_follows_sees_what_is_there_and_then_what_arrives() {
    let sandbox = filled();
    let mut following =
        sandbox.hookctl(["events", "list", "--follow", "--limit", "2", "--event", "p*", "--json"]).start();
    assert_eq!(following.next()["event_type"], "push");
    let import = |text: &str| {
        sandbox.hookctl(["events", "import", "-", "--provider", "generic"]).stdin(text).run().exits(0);
    };
    import("{\"type\":\"other\"}");
    import("{\"type\":\"paid\"}");
    assert_eq!(following.next()["event_type"], "paid");
    following.stop().exits(130);
}

#[test]
fn a_delivery_is_named_by_number_place_or_part_of_its_id() {
    let sandbox = filled();
    let all = sandbox.ok(["events", "list", "--json"]).objects();
    let id = all[1]["id"].as_str().expect("an id");
    let number = all[1]["number"].to_string();
    // Digits alone would be a number.
    let part = format!("dlv_{}", &id[id.len() - 6..]);
    for name in [number.as_str(), "latest~1", id, &part] {
        assert_eq!(sandbox.ok(["events", "show", name, "--json"]).object()["id"], id, "{name}");
    }
    assert_eq!(sandbox.ok(["events", "show", "1..4", "--json"]).objects().len(), 4);
    sandbox.hookctl(["events", "show", "99"]).run().refuses(2, "no delivery fits '99'", "events list");
    sandbox.hookctl(["events", "show", "zz"]).run().refuses(2, "'zz' is not a delivery", "events list");
    sandbox.hookctl(["events", "show", "dlv_"]).run().exits(2);
}

#[test]
fn a_shown_curl_command_sends_the_same_request_again() {
    let sandbox = filled();
    let curl = sandbox.ok(["events", "show", "latest", "--curl"]).stdout();
    let mut receiver = Receiver::answering([200]);
    let url = receiver.url("");
    let old = curl.split('\'').nth(1).expect("a quoted address");
    let start = old.find("/webhooks").expect("a path");
    let command = curl.replacen(&old[..start], &url, 1);
    let ran = std::process::Command::new("sh").args(["-c", &command]).output().expect("a shell");
    if !ran.status.success() {
        // A machine without curl cannot try it.
        receiver.was_left_alone();
        return;
    }
    let got = receiver.next();
    let body = sandbox.ok(["events", "show", "latest", "--raw"]);
    assert_eq!(got.body, body.bytes());
    assert!(got.header("X-Slack-Signature").is_some());
}

#[test]
fn a_normalized_delivery_is_a_cloud_event() {
    let sandbox = filled();
    let event = sandbox.ok(["events", "show", "latest~2", "--normalized"]).object();
    assert_eq!((&event["specversion"], &event["type"]), (&"1.0".into(), &"payment.refunded".into()));
    assert_eq!(event["providertype"], "charge.refunded");
    assert_eq!(event["data"]["type"], "charge.refunded");
}

#[test]
fn every_attempt_is_shown_with_its_delivery() {
    let sandbox = Sandbox::new();
    let receiver = Receiver::answering([500]);
    sandbox.hookctl(["send", "stripe", "customer.created", "--to", &receiver.url("/x")]).run().exits(1);
    let sent = sandbox.ok(["events", "list", "--sent", "--json"]).object();
    assert_eq!(sent["status"], 500);
    let shown = sandbox.ok(["events", "show", &sent["number"].to_string()]).stdout();
    assert!(shown.contains(&format!("→ {}", receiver.url("/x"))), "{shown}");
}
