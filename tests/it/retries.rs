//! `hookctl send --retry`: schedules, statuses, `Retry-After`, dead letters, the circuit breaker, endpoints that are
//! disabled, and runs that are interrupted and gone on with. Waits of hours go by at once (`--time-scale max`).

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::support::{Answer, Nobody, Peer, Ran, Receiver, Reply, Sandbox};

const EVENT: [&str; 2] = ["generic", "order.paid"];

fn send(sandbox: &Sandbox, to: &str, more: &[&str]) -> Ran {
    sandbox.hookctl(["send"].into_iter().chain(EVENT).chain(["--json", "--to", to]).chain(more.iter().copied())).run()
}

/// One field of each object.
fn column(objects: &[Value], field: &str) -> Vec<Value> {
    objects.iter().map(|object| object[field].clone()).collect()
}

/// The waits that were announced, in seconds.
fn waits(ran: &Ran) -> Vec<f64> {
    ran.of_kind("attempt").iter().filter_map(|attempt| Some(attempt["next"]["wait_ms"].as_f64()? / 1e3)).collect()
}

fn numbers(sandbox: &Sandbox, flag: &str) -> Vec<Value> {
    column(&sandbox.ok(["events", "list", "--json", flag]).objects(), "number")
}

#[test]
fn a_plan_is_followed_until_the_delivery_is_accepted() {
    let sandbox = Sandbox::new();
    let mut receiver = Receiver::answering([500, 503, 200]);
    let plan = ["--retry", "schedule 1h,2h,3h", "--time-scale", "max"];
    let ran = send(&sandbox, &receiver.url("/"), &plan).exits(0);
    let attempts = ran.of_kind("attempt");
    assert_eq!(column(&attempts, "attempt"), [1, 2, 3]);
    assert_eq!(column(&attempts, "status"), [500, 503, 200]);
    assert_eq!(column(&attempts, "accepted"), [false, false, true]);
    assert_eq!(waits(&ran), [3600.0, 7200.0]);
    assert_eq!(attempts[0]["next"]["of"], 4);
    assert_eq!(column(&attempts, "delivery_id").into_iter().map(|id| id.to_string()).collect::<BTreeSet<_>>().len(), 1);
    let all = receiver.all();
    assert!(all.len() == 3 && all.iter().all(|request| request == &all[0]), "the same request each time");
    let summary = json!({"kind": "summary", "deliveries": 1, "accepted": 1, "failed": 0, "dead": 0});
    assert_eq!(ran.of_kind("summary"), [summary]);
    assert_eq!(numbers(&sandbox, "--dead"), Vec::<Value>::new());
    assert_eq!(numbers(&sandbox, "--pending"), Vec::<Value>::new());
}

#[test]
fn people_see_the_plan_and_what_comes_next() {
    let sandbox = Sandbox::new();
    let receiver = Receiver::answering([500, 200]);
    let args = ["--to", &receiver.url("/"), "--retry", "schedule 1h,5h", "--time-scale", "max"];
    let ran = sandbox.ok(["send"].into_iter().chain(EVENT).chain(args));
    let told = ran.stderr();
    assert!(told.contains("retries: after 1h, 5h; 3 attempts in 6h (0s at max)"), "{told}");
    assert!(told.contains("next: attempt 2 of 3 in 1h (0s at max)"), "{told}");
    assert!(ran.stdout().contains("attempt 2"), "{ran}");
}

#[test]
fn a_delivery_whose_attempts_run_out_is_a_dead_letter_with_all_of_them() {
    let sandbox = Sandbox::new();
    let mut receiver = Receiver::answering([500, 502, 503]);
    let plan = ["--retry", "exponential base=10m factor=3 max=2", "--time-scale", "max"];
    let ran = send(&sandbox, &receiver.url("/"), &plan).exits(1);
    assert_eq!(waits(&ran), [600.0, 1800.0]);
    assert_eq!(receiver.all().len(), 3);
    assert_eq!((&ran.of_kind("summary")[0]["dead"], &ran.of_kind("summary")[0]["failed"]), (&json!(1), &json!(1)));
    let dead = sandbox.ok(["events", "list", "--dead", "--json"]).object();
    let shown = sandbox.ok(["events", "show", &dead["number"].to_string()]).stdout();
    for status in ["500", "502", "503"] {
        assert!(shown.contains(&format!("→ {}  {status}", receiver.url("/"))), "{shown}");
    }
}

#[test]
fn what_is_not_worth_another_attempt_gets_none() {
    for status in [301, 400, 401, 404, 410] {
        let sandbox = Sandbox::new();
        let mut receiver = Receiver::answering([status]);
        send(&sandbox, &receiver.url("/"), &["--retry", "fixed 1h max=3", "--time-scale", "max"]).exits(1);
        assert_eq!(receiver.all().len(), 1, "{status}");
    }
}

#[test]
fn retry_after_is_heeded_in_both_forms() {
    let later = SystemTime::now() + Duration::from_hours(2);
    let later = jiff::Timestamp::try_from(later).expect("a time").to_zoned(jiff::tz::TimeZone::UTC);
    let date = later.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    for (value, seconds) in [("3600", 3600.0..=3600.0), (date.as_str(), 7100.0..=7200.0), ("1", 60.0..=60.0)] {
        let sandbox = Sandbox::new();
        let answer = Answer::Full(503, vec![("Retry-After", value.to_owned())], Vec::new());
        let mut receiver = Receiver::scripted(vec![answer, Answer::Status(200)]);
        let plan = ["--retry", "fixed 1m max=1", "--time-scale", "max"];
        let ran = send(&sandbox, &receiver.url("/"), &plan).exits(0);
        assert!(seconds.contains(&waits(&ran)[0]), "{value}: {ran}");
        assert_eq!(receiver.all().len(), 2);
    }
}

#[test]
fn no_answer_is_tried_again_whatever_the_reason() {
    let sandbox = Sandbox::new();
    let plan = ["--retry", "fixed 1h max=1", "--time-scale", "max"];
    let mut peer = Peer::replying([Reply::Reset, Reply::Bytes(b"HTTP/1.1 200 OK\r\n\r\n".to_vec())]);
    let ran = send(&sandbox, &peer.url("/"), &plan).exits(0);
    assert_eq!(column(&ran.of_kind("attempt"), "error"), [json!("reset"), Value::Null]);
    peer.next();
    let receiver = Receiver::scripted(vec![Answer::Never, Answer::Status(200)]);
    let slow = [&plan[..], &["--timeout", "200ms"]].concat();
    let ran = send(&sandbox, &receiver.url("/"), &slow).exits(0);
    assert_eq!(column(&ran.of_kind("attempt"), "error"), [json!("response-timeout"), Value::Null]);
    let ran = send(&sandbox, "http://does-not-exist.invalid/", &plan).exits(3);
    assert_eq!(column(&ran.of_kind("attempt"), "error"), [json!("dns"), json!("dns")]);
}

#[test]
fn a_provider_retries_in_its_own_way() {
    let sandbox = Sandbox::new();
    let slack = |answers: Vec<Answer>| {
        let mut receiver = Receiver::scripted(answers);
        let to = receiver.url("/");
        let args =
            ["send", "slack", "app_mention", "--json", "--to", &to, "--retry", "provider", "--time-scale", "max"];
        (sandbox.hookctl(args).run(), receiver.all())
    };
    let (ran, all) = slack(vec![Answer::Status(500)]);
    assert_eq!(waits(&ran.exits(1)), [0.0, 60.0, 300.0]);
    let header = |name: &str| all.iter().map(|request| request.header(name).map(str::to_owned)).collect::<Vec<_>>();
    assert_eq!(header("x-slack-retry-num"), [None, Some("1".into()), Some("2".into()), Some("3".into())]);
    assert_eq!(header("x-slack-retry-reason")[1].as_deref(), Some("http_error"));
    let (ran, all) = slack(vec![Answer::Full(500, vec![("X-Slack-No-Retry", "1".into())], Vec::new())]);
    ran.exits(1);
    assert_eq!(all.len(), 1, "told not to try again");

    // GitHub does not retry; the generic convention has a schedule; a provider without any is refused.
    let mut receiver = Receiver::answering([500]);
    let to = receiver.url("/");
    sandbox.hookctl(["send", "github", "push", "--to", &to, "--retry", "provider"]).run().exits(1);
    assert_eq!(receiver.all().len(), 1);
    sandbox.configure("[providers.acme]\ntitle = 'Acme'\ndocs = 'https://acme.example'\n");
    let body = sandbox.write("body.json", "{}");
    let data = body.to_str().expect("a path");
    sandbox.hookctl(["send", "acme", "--data", data, "--to", &to, "--retry", "provider"]).run().refuses(
        2,
        "it is not known how Acme retries",
        "--retry 'exponential",
    );
}

#[test]
fn three_days_of_stripe_go_by_in_a_moment() {
    let sandbox = Sandbox::new();
    let mut receiver = Receiver::answering([500]);
    let to = receiver.url("/");
    let args = ["send", "stripe", "invoice.paid", "--json", "--to", &to, "--retry", "provider", "--time-scale", "max"];
    let ran = sandbox.hookctl(args).run().exits(1);
    let total: f64 = waits(&ran).iter().sum();
    assert!(total > 60.0 * 3600.0 && total <= 72.0 * 3600.0, "{total}");
    assert_eq!(receiver.all().len(), waits(&ran).len() + 1);
}

#[test]
fn an_endpoint_that_a_provider_disables_gets_nothing_more() {
    let sandbox = Sandbox::new();
    let mut receiver = Receiver::answering([410]);
    let to = receiver.url("/");
    let args = ["send", "standard-webhooks", "user.created", "--json", "--to", &to, "--count", "3"];
    let ran = sandbox.hookctl(args.into_iter().chain(["--retry", "provider", "--time-scale", "max"])).run().exits(1);
    assert_eq!(receiver.all().len(), 1);
    let endpoint = ran.of_kind("endpoint");
    assert_eq!((&endpoint[0]["state"], &endpoint[0]["reason"]), (&json!("disabled"), &json!("it answered 410")));
    let summary = &ran.of_kind("summary")[0];
    assert_eq!((&summary["deliveries"], &summary["dead"]), (&json!(1), &json!(1)), "{ran}");
    assert_eq!(sandbox.hookctl(["send", "--resume"]).run().exits(0).stderr(), "nothing was interrupted\n");
}

#[test]
fn a_breaker_opens_and_closes_and_says_so() {
    let sandbox = Sandbox::new();
    let mut receiver = Receiver::answering([500, 500, 200]);
    let breaker = ["--count", "6", "--breaker", "failures=2 cooldown=1h", "--time-scale", "max"];
    let ran = send(&sandbox, &receiver.url("/"), &breaker).exits(1);
    assert_eq!(column(&ran.of_kind("endpoint"), "state"), ["open", "closed"]);
    assert_eq!(ran.of_kind("endpoint")[0]["for_ms"], 3_600_000.0);
    let summary = &ran.of_kind("summary")[0];
    assert_eq!((&summary["accepted"], &summary["dead"]), (&json!(4), &json!(2)), "{ran}");
    assert_eq!(receiver.all().len(), 6);
}

#[test]
fn without_retries_an_endpoint_that_is_down_is_given_up_and_the_rest_is_kept() {
    let (sandbox, nobody) = (Sandbox::new(), Nobody::new());
    let ran = send(&sandbox, &nobody.url("/"), &["--count", "20"]).exits(3);
    assert_eq!(ran.of_kind("attempt").len(), 5);
    assert_eq!(ran.of_kind("endpoint")[0]["state"], "given-up");
    assert!(ran.stderr().contains("15 deliveries are left: 'hookctl send --resume' goes on"), "{ran}");
    let ran = sandbox.hookctl(["send", "--resume", "--json"]).run().exits(3);
    assert_eq!(ran.of_kind("attempt").len(), 5, "the next five");
    let off = send(&sandbox, &nobody.url("/"), &["--count", "7", "--breaker", "off"]).exits(3);
    assert_eq!(off.of_kind("attempt").len(), 7);
}

#[test]
fn an_interrupted_run_is_gone_on_with_where_it_was() {
    for signal in ["INT", "TERM", "KILL"] {
        let sandbox = Sandbox::new();
        let mut receiver = Receiver::answering([500, 500, 200]);
        let to = receiver.url("/");
        let args = ["send", "stripe", "invoice.paid", "--json", "--to", &to, "--retry", "fixed 5h max=3"];
        let mut running = sandbox.hookctl(args).start();
        let first = running.next();
        running.signal(signal);
        let ran = running.wait();
        assert_eq!(ran.code(), (signal != "KILL").then_some(130), "{ran}");
        if signal != "KILL" {
            assert_eq!(ran.of_kind("summary")[0]["pending"], 1);
            assert!(ran.stderr().contains("1 delivery is left: 'hookctl send --resume'"), "{ran}");
        }
        assert_eq!(numbers(&sandbox, "--pending"), [1]);
        assert_eq!(numbers(&sandbox, "--dead"), Vec::<Value>::new());
        let ran = sandbox.hookctl(["send", "--resume", "--json", "--time-scale", "max"]).run().exits(0);
        let attempts = ran.of_kind("attempt");
        assert_eq!(column(&attempts, "attempt"), [2, 3], "{signal}");
        assert_eq!(attempts[0]["delivery_id"], first["delivery_id"]);
        let all = receiver.all();
        assert!(all.len() == 3 && all.iter().all(|request| request.body == all[0].body));
        assert_eq!(numbers(&sandbox, "--pending"), Vec::<Value>::new());
        assert_eq!(sandbox.ok(["send", "--resume"]).stderr(), "nothing was interrupted\n");
    }
}

#[test]
fn a_killed_run_of_many_loses_none_and_makes_none_twice() {
    let sandbox = Sandbox::new();
    // The second gets no answer, so that the sender is killed while it waits for one.
    let mut receiver = Receiver::scripted(vec![Answer::Status(200), Answer::Never, Answer::Status(200)]);
    let mut running = sandbox
        .hookctl(["send"].into_iter().chain(EVENT).chain(["--json", "--count", "4", "--to", &receiver.url("/")]))
        .start();
    running.next();
    let (first, second) = (receiver.next(), receiver.next());
    running.signal("KILL");
    running.wait();
    let ran = sandbox.hookctl(["send", "--resume", "--json"]).run().exits(0);
    assert_eq!(ran.of_kind("summary")[0]["accepted"], 3);
    let rest = receiver.all();
    let ids: BTreeSet<String> = [&first].into_iter().chain(&rest).map(|r| r.json()["id"].to_string()).collect();
    assert_eq!((rest.len(), ids.len()), (3, 4), "each event once");
    // What was pending and what is new go out side by side.
    assert!(rest.iter().any(|request| request.body == second.body), "the one that got no answer is the same delivery");
    assert_eq!(numbers(&sandbox, "--sent").len(), 4);
}

#[test]
fn a_run_that_is_under_way_is_left_to_its_process() {
    let sandbox = Sandbox::new();
    let mut receiver = Receiver::answering([500]);
    let to = receiver.url("/");
    let mut running = sandbox
        .hookctl(["send"].into_iter().chain(EVENT).chain(["--json", "--to", &to, "--retry", "fixed 5h max=3"]))
        .start();
    running.next();
    for flag in ["--resume", "--discard"] {
        let other = sandbox.ok(["send", flag]);
        assert!(other.stderr().contains("1 run is under way in another hookctl"), "{other}");
    }
    running.stop().exits(130);
    assert_eq!(receiver.all().len(), 1);
    let discarded = sandbox.ok(["send", "--discard"]);
    assert!(discarded.stderr().contains("with 1 pending delivery"), "{discarded}");
    assert_eq!(numbers(&sandbox, "--pending"), Vec::<Value>::new());
    assert_eq!(numbers(&sandbox, "--dead"), [1], "it was tried and never accepted");
    let locks = fs::read_dir(sandbox.data()).expect("a folder").filter_map(Result::ok);
    let locks: Vec<_> =
        locks.map(|file| file.file_name()).filter(|name| name.to_string_lossy().contains("run")).collect();
    assert!(locks.is_empty(), "{locks:?}");
}

#[test]
fn a_secret_is_never_kept_and_must_be_given_again() {
    let sandbox = Sandbox::new();
    let mut receiver = Receiver::answering([500, 200]);
    let to = receiver.url("/");
    let plan = ["--retry", "fixed 5h max=3", "--header", "X-Acme-Token: t0ken-value", "--bearer", "b3arer-value"];
    let args = ["send", "stripe", "invoice.paid", "--json", "--to", &to, "--secret", "whsec_s3cr3t-value"];
    let mut running = sandbox.hookctl(args.iter().chain(&plan)).start();
    running.next();
    running.stop().exits(130);
    let (first, file) = (receiver.next(), fs::read(sandbox.store()).expect("the store"));
    let holds = |text: &str| file.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(!holds("s3cr3t-value"), "the secret is in the store");
    assert!(holds("fixed 5h max=3"), "the plan is in the store");
    let resume = ["send", "--resume", "--json", "--time-scale", "max"];
    sandbox.hookctl(resume).run().exits(2);
    let again = ["--secret", "whsec_s3cr3t-value", "--bearer", "b3arer-value", "--header", "X-Acme-Token: t0ken-value"];
    let ran = sandbox.hookctl(resume.iter().chain(&again[..4])).run().exits(2);
    assert!(ran.stdout().contains("X-Acme-Token"), "{ran}");
    sandbox.hookctl(resume.iter().chain(&again)).run().exits(0);
    let second = receiver.next();
    assert_eq!(second.header("x-acme-token"), first.header("x-acme-token"));
    assert_eq!(second.header("authorization"), Some("Bearer b3arer-value"));
    assert_eq!(second.body, first.body);
}

#[test]
fn of_two_subscriptions_at_one_address_each_goes_on_with_its_own_secret() {
    let sandbox = Sandbox::new();
    let mut receiver = Receiver::answering([500, 500, 200]);
    let subscription = |name: &str| {
        format!("[subscriptions.{name}]\nendpoint = '{}'\nsecret = 'whsec_of-{name}'\n", receiver.url("/hook"))
    };
    sandbox.configure(&["books", "shop"].map(subscription).concat());
    let args = ["send", "stripe", "invoice.paid", "--json", "--retry", "fixed 5h max=3"];
    let mut running = sandbox.hookctl(args).start();
    running.next();
    running.next();
    running.stop().exits(130);
    let first = receiver.all();
    sandbox.hookctl(["send", "--resume", "--json", "--time-scale", "max"]).run().exits(0);
    let again = receiver.all();
    let signed_by = |request: &crate::support::receiver::Received| {
        sandbox.write("body.json", &request.body);
        let header = format!("Stripe-Signature: {}", request.header("stripe-signature").expect("a signature"));
        let valid = |name: &&str| {
            let secret = format!("whsec_of-{name}");
            let args =
                ["verify", "--provider", "stripe", "--body", "body.json", "--header", &header, "--secret", &secret];
            sandbox.hookctl(args).run().code() == Some(0)
        };
        ["books", "shop"].into_iter().find(valid)
    };
    for requests in [first, again] {
        let all: BTreeSet<_> = requests.iter().map(signed_by).collect();
        assert_eq!((requests.len(), all), (2, [Some("books"), Some("shop")].into()));
    }
}

#[test]
fn going_on_takes_no_other_plan() {
    let sandbox = Sandbox::new();
    for (more, told) in [
        (&["--count", "3"][..], "--count cannot be given with it"),
        (&["stripe"], "a provider cannot be given with it"),
        (&["--retry", "none"], "--retry cannot be given with it"),
        (&["--dry-run"], "--dry-run cannot be given with it"),
    ] {
        let args = ["send", "--resume"].iter().chain(more);
        sandbox.hookctl(args).run().refuses(2, told, "--secret, --bearer and --header");
    }
}
