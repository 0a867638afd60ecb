//! `hookctl send` of more than one event: scenarios, batches, subscriptions, tenants, a rhythm, a file that is watched.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use crate::support::receiver::Received;
use crate::support::{Answer, Ran, Receiver, Sandbox};

fn tell(sandbox: &Sandbox, provider: &str, to: &str, more: &[&str]) -> Ran {
    sandbox.hookctl(["send", provider, "--json", "--to", to].iter().chain(more)).run()
}

fn events(all: &[Received]) -> Vec<String> {
    all.iter().map(|request| request.json()["type"].as_str().unwrap_or_default().to_owned()).collect()
}

/// The only `{"kind":"scenario"}` of a run.
#[track_caller]
fn told(ran: &Ran) -> Value {
    let mut told = ran.of_kind("scenario");
    assert_eq!(told.len(), 1, "{ran}");
    told.remove(0)
}

fn outcomes(ran: &Ran) -> Vec<String> {
    let steps = told(ran)["steps"].as_array().expect("steps").clone();
    steps.iter().map(|step| format!("{} {}", step["step"], step["outcome"].as_str().unwrap_or_default())).collect()
}

#[test]
fn a_story_is_told_in_order_about_the_same_objects() {
    let sandbox = Sandbox::new();
    let mut receiver = Receiver::answering([200]);
    let ran = tell(&sandbox, "stripe", &receiver.url("/"), &["--scenario", "checkout", "--speed", "max"]).exits(0);
    let all = receiver.all();
    assert_eq!(
        events(&all),
        [
            "payment_intent.created",
            "customer.created",
            "charge.succeeded",
            "payment_intent.succeeded",
            "checkout.session.completed"
        ]
    );
    let ids: BTreeSet<String> = all.iter().map(|request| request.json()["id"].to_string()).collect();
    assert_eq!(ids.len(), 5, "each event has its own id");
    let object = |at: usize, field: &str| all[at].json()["data"]["object"][field].clone();
    assert_eq!(object(0, "id"), object(3, "id"), "the same payment");
    assert_eq!(object(2, "payment_intent"), object(0, "id"));
    assert_eq!(object(1, "id"), object(4, "customer"), "the same customer");
    let attempts = ran.of_kind("attempt");
    assert_eq!(attempts.iter().map(|attempt| attempt["step"].clone()).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(told(&ran)["failed_step"], Value::Null);
    let objects = ran.objects();
    assert_eq!(objects.last().expect("a summary")["kind"], "summary");
}

#[test]
fn every_scenario_is_listed_and_can_be_told() {
    let sandbox = Sandbox::new();
    for (provider, names) in [
        ("stripe", &["checkout", "refund", "subscription"][..]),
        ("github", &["pull_request"]),
        ("generic", &["cancelled", "order"]),
    ] {
        let listed = sandbox.ok(["send", provider, "--list-scenarios", "--json"]).objects();
        let found: Vec<_> = listed.iter().filter_map(|one| one["name"].as_str()).collect();
        assert!(names.iter().all(|name| found.contains(name)), "{found:?}");
        for name in names {
            let mut receiver = Receiver::answering([200]);
            tell(&sandbox, provider, &receiver.url("/"), &["--scenario", name, "--speed", "max"]).exits(0);
            let steps = listed.iter().find(|one| one["name"] == **name).expect("listed")["steps"].clone();
            assert_eq!(receiver.all().len(), steps.as_array().expect("steps").len());
        }
    }
    sandbox.hookctl(["send", "stripe", "--scenario", "chekout"]).run().refuses(2, "no scenario 'chekout'", "checkout");
    sandbox.hookctl(["send", "stripe", "--scenario", "checkout", "--count", "2"]).run().exits(2);
}

const STORY: &str = "
title = 'Three things happen'
[[step]]
event = 'order.created'
set = { 'data.order.note' = 'first' }
[[step]]
event = 'order.paid'
expect = '402'
on_failure = 'stop'
[[step]]
event = 'order.shipped'
";

#[test]
fn a_story_of_ones_own_expects_answers_and_ends_where_one_fails() {
    let sandbox = Sandbox::new();
    let file = sandbox.write("story.toml", STORY);
    let path = file.to_str().expect("a path");
    let mut receiver = Receiver::answering([200, 402, 200]);
    let ran = tell(&sandbox, "generic", &receiver.url("/"), &["--scenario", path]).exits(0);
    assert_eq!(receiver.next().json()["data"]["order"]["note"], "first");
    assert_eq!(outcomes(&ran), ["1 accepted", "2 accepted", "3 accepted"]);

    let mut receiver = Receiver::answering([500, 200, 200]);
    let ran = tell(&sandbox, "generic", &receiver.url("/"), &["--scenario", path]).exits(1);
    assert_eq!(outcomes(&ran), ["1 failed", "2 failed", "3 not-told"]);
    assert_eq!((&told(&ran)["failed_step"], &told(&ran)["stopped"]), (&json!(1), &json!(true)));
    assert_eq!(receiver.all().len(), 2);
    let args = ["send", "generic", "--scenario", path, "--to", &receiver.url("/")];
    let people = sandbox.hookctl(args).run().exits(1);
    assert!(people.stdout().contains("step 2 of 3 failed: order.paid: 200; the story ends here"), "{people}");
    assert_eq!(sandbox.ok(["send", "--resume"]).stderr(), "nothing was interrupted\n");
    // Steps 1 and 2 fail, and it is the second one that ends it; a last step ends nothing.
    let mut receiver = Receiver::answering([500, 200, 402, 402, 500]);
    let args = ["send", "generic", "--scenario", path, "--to", &receiver.url("/")];
    let people = sandbox.hookctl(args).run().exits(1);
    let ends = |ran: &crate::support::Ran| ran.stdout().matches("the story ends here").count();
    assert!(ends(&people) == 1 && people.stdout().contains("order.paid: 200; the story ends here"), "{people}");
    assert_eq!(receiver.all().len(), 2);
    let mut receiver = Receiver::answering([200, 200, 200, 200, 500]);
    let args = ["send", "stripe", "--scenario", "checkout", "--speed", "max", "--to", &receiver.url("/")];
    let people = sandbox.hookctl(args).run().exits(1);
    assert!(ends(&people) == 0 && people.stdout().contains("step 5 of 5 failed"), "{people}");
    assert_eq!(receiver.all().len(), 5);
    let broken = sandbox.write("broken.toml", "title = 'x'\n[[step]]\nevent = 'a'\nwhen = 1\n");
    sandbox.hookctl(["send", "generic", "--scenario", broken.to_str().expect("a path")]).run().refuses(
        2,
        "broken.toml: line 4: unknown field `when`",
        "",
    );
}

#[test]
fn events_come_twice_out_of_order_or_not_at_all_as_the_seed_decides() {
    let sandbox = Sandbox::new();
    let mut receiver = Receiver::answering([200]);
    let to = receiver.url("/");
    let mut order = |more: &[&str]| {
        let args = [&["--scenario", "subscription", "--speed", "max", "--seed", "3"], more].concat();
        let ran = tell(&sandbox, "stripe", &to, &args).exits(0);
        (ran, receiver.all())
    };
    let (_, plain) = order(&[]);
    let (_, twice) = order(&["--duplicate", "100%"]);
    assert_eq!(twice.len(), plain.len() * 2);
    assert!(twice.chunks(2).all(|pair| pair[0].body == pair[1].body), "the same event again");
    let (_, shuffled) = order(&["--shuffle"]);
    assert_ne!(events(&shuffled), events(&plain));
    assert_eq!(events(&shuffled).into_iter().collect::<BTreeSet<_>>(), events(&plain).into_iter().collect());
    let (ran, dropped) = order(&["--drop", "50%"]);
    let missing = outcomes(&ran).iter().filter(|outcome| outcome.ends_with("dropped")).count();
    assert!(missing > 0 && dropped.len() + missing == plain.len(), "{ran}");
    assert_eq!(events(&order(&["--drop", "50%"]).1), events(&dropped), "the same seed, the same story");
}

#[test]
fn an_interrupted_story_is_told_to_its_end() {
    let sandbox = Sandbox::new();
    let mut receiver = Receiver::scripted(vec![Answer::Status(200), Answer::Never, Answer::Status(200)]);
    let to = receiver.url("/");
    let args = ["send", "generic", "--json", "--to", &to, "--scenario", "order", "--speed", "max"];
    let mut running = sandbox.hookctl(args).start();
    running.next();
    let (first, second) = (receiver.next(), receiver.next());
    running.signal("KILL");
    running.wait();
    sandbox.hookctl(["send", "--resume", "--json"]).run().exits(0);
    let rest = receiver.all();
    assert_eq!(events(&rest), ["payment.completed", "order.paid", "order.shipped"]);
    assert_eq!(rest[0].body, second.body);
    let order = |request: &Received| request.json()["data"]["order"]["id"].clone();
    assert_eq!(order(&rest[1]), order(&first), "still the same order");
}

#[test]
fn events_are_put_together_as_the_provider_does() {
    let sandbox = Sandbox::new();
    let mut receiver = Receiver::answering([200]);
    let to = receiver.url("/");
    sandbox.ok(["send", "sendgrid", "delivered", "--to", &to, "--batch", "4"]);
    let body = receiver.next().json();
    let ids: BTreeSet<String> = body.as_array().expect("a list").iter().map(|e| e["sg_event_id"].to_string()).collect();
    assert_eq!(ids.len(), 4);
    sandbox.ok(["send", "generic", "order.paid", "--to", &to, "--batch", "3", "--count", "2"]);
    let (one, two) = (receiver.next(), receiver.next());
    let body = one.json();
    assert_eq!((&body["event_count"], body["events"].as_array().expect("events").len()), (&json!(3), 3));
    assert_eq!(one.header("x-idempotency-key"), body["batch_id"].as_str());
    let ids = |request: &Received| {
        let body = request.json();
        body["events"].as_array().expect("events").iter().map(|e| e["id"].to_string()).collect::<BTreeSet<_>>()
    };
    assert_eq!(ids(&one).union(&ids(&two)).count(), 6);
    // What is put together is signed as a whole.
    let mut listener = sandbox.listen(["--require-signature"]);
    let url = listener.url("/webhooks/generic");
    sandbox.ok(["send", "generic", "order.paid", "--to", &url, "--batch", "3"]);
    assert_eq!(listener.delivery()["verdict"], "valid");
    listener.stop();
    sandbox.hookctl(["send", "stripe", "invoice.paid", "--batch", "3"]).run().refuses(
        2,
        "Stripe sends one event at a time",
        "--count",
    );
}

#[test]
fn subscriptions_get_the_events_that_they_want_signed_with_their_own_secret() {
    let sandbox = Sandbox::new();
    let (mut shop, mut books, idle) =
        (Receiver::answering([200]), Receiver::answering([200]), Receiver::answering([200]));
    sandbox.configure(&format!(
        "[subscriptions.shop]\nendpoint = '{}'\nevents = ['payment_intent.*']\nsecret = 'whsec_of-the-shop'\n\
         [subscriptions.books]\nendpoint = '{}'\nprovider = 'stripe'\n\
         [subscriptions.idle]\nendpoint = '{}'\nactive = false\n",
        shop.url("/shop"),
        books.url("/books"),
        idle.url("/"),
    ));
    sandbox.ok(["send", "stripe", "invoice.paid"]);
    assert_eq!(books.all().len(), 1);
    sandbox.ok(["send", "stripe", "payment_intent.succeeded"]);
    let (to_shop, to_books) = (shop.next(), books.next());
    assert_eq!(to_shop.body, to_books.body, "one event");
    let judge = |request: &Received, secret: &str| {
        let body = sandbox.write("body.json", &request.body);
        let header = format!("Stripe-Signature: {}", request.header("stripe-signature").expect("a signature"));
        let args = ["verify", "--provider", "stripe", "--body", body.to_str().expect("a path"), "--header", &header];
        sandbox.hookctl(args.iter().chain(&["--secret", secret])).run().code()
    };
    let usual = sandbox.ok(["secret", "stripe"]).stdout();
    assert_eq!((judge(&to_shop, "whsec_of-the-shop"), judge(&to_shop, usual.trim())), (Some(0), Some(1)));
    assert_eq!(judge(&to_books, usual.trim()), Some(0));
    // A story goes to each in the parts that it wants.
    sandbox.ok(["send", "stripe", "--scenario", "checkout", "--speed", "max"]);
    assert_eq!(events(&shop.all()), ["payment_intent.created", "payment_intent.succeeded"]);
    assert_eq!(books.all().len(), 5);
    idle.was_left_alone();
    let nobody = Sandbox::new();
    nobody.configure("[subscriptions.a]\nendpoint = 'http://127.0.0.1:1/'\nevents = ['x']\n");
    nobody.hookctl(["send", "stripe", "invoice.paid"]).run().refuses(2, "no active subscription wants", "--to URL");
}

#[test]
fn each_tenant_gets_its_own() {
    let sandbox = Sandbox::new();
    let mut receiver = Receiver::answering([200]);
    let to = receiver.url("/{tenant}/hooks");
    let tenants = ["--tenant", "acme", "--tenant", "umbrella", "--to", &to];
    let more = ["--header", "X-Tenant-Id: {tenant}", "--set", "metadata.tenant={tenant}"];
    sandbox.ok(["send", "generic", "order.paid"].iter().chain(&tenants).chain(&more));
    let mut all = receiver.all();
    all.sort_by(|a, b| a.target.cmp(&b.target));
    for (request, tenant) in all.iter().zip(["acme", "umbrella"]) {
        assert_eq!(request.target, format!("/{tenant}/hooks"));
        assert_eq!(request.header("x-tenant-id"), Some(tenant));
        assert_eq!(request.json()["metadata"]["tenant"], tenant);
    }
    assert_eq!(all.len(), 2);
    let plain = ["send", "generic", "order.paid", "--to", &receiver.url("/")];
    sandbox.hookctl(plain.iter().chain(&["--tenant", "a"])).run().refuses(2, "nothing says where", "{tenant}");
    sandbox.hookctl(["send", "generic", "order.paid", "--to", &to]).run().refuses(2, "for tenants", "--tenant");
}

#[test]
fn a_rhythm_does_not_wait_for_answers() {
    let sandbox = Sandbox::new();
    // Nobody answers before all three were called.
    let together = std::sync::Arc::new(std::sync::Barrier::new(3));
    let receivers: Vec<Receiver> =
        (0..3).map(|_| Receiver::scripted(vec![Answer::Together(together.clone())])).collect();
    let mut receiver = Receiver::answering([200]);
    let args = ["--count", "5", "--rate", "1000/s"];
    let ran = sandbox.hookctl(["send", "generic", "order.paid", "--to", &receiver.url("/")].iter().chain(&args)).run();
    ran.exits(0);
    assert_eq!(receiver.all().len(), 5);
    let mut all: Vec<String> =
        vec!["send".into(), "generic".into(), "order.paid".into(), "--interval".into(), "1ms".into()];
    for receiver in &receivers {
        all.extend(["--to".into(), receiver.url("/")]);
    }
    sandbox.ok(all);
    drop(receivers);
    sandbox.hookctl(["send", "generic", "order.paid", "--rate", "5", "--count", "2"]).run().exits(2);
}

#[test]
fn a_file_is_sent_again_when_it_is_saved_and_what_differs_is_told() {
    let sandbox = Sandbox::new();
    let answer = |body: &str| Answer::Full(200, vec![("Content-Type", "application/json".into())], body.into());
    let mut receiver = Receiver::scripted(vec![answer(r#"{"seen":1,"ok":true}"#), answer(r#"{"seen":2,"ok":true}"#)]);
    let file = sandbox.write("body.json", r#"{"type":"order.paid","n":1}"#);
    let (path, to) = (file.to_str().expect("a path").to_owned(), receiver.url("/"));
    let args = ["send", "generic", "order.paid", "--json", "--data", &path, "--watch", "--to", &to];
    let mut running = sandbox.hookctl(args).start();
    assert_eq!(running.next()["kind"], "attempt");
    assert_eq!(running.next()["kind"], "summary");
    assert_eq!(receiver.next().json()["n"], 1);
    // As editors do: written beside, then put in its place.
    let beside = sandbox.write("body.json~", r#"{"type":"order.paid","n":22}"#);
    fs::rename(beside, &file).expect("renamed");
    assert_eq!(running.next()["kind"], "attempt");
    assert_eq!(running.next()["kind"], "summary");
    let diff = running.next();
    assert_eq!((&diff["kind"], &diff["compared"]), (&json!("comparison"), &json!(true)));
    assert_eq!(diff["status"], json!({"old": 200, "new": 200}));
    assert_eq!(diff["differences"].as_array().expect("differences").len(), 1, "{diff}");
    assert_eq!((&diff["differences"][0]["path"], &diff["differences"][0]["new"]), (&json!("seen"), &json!(2)));
    assert_eq!(receiver.next().json()["n"], 22);
    running.stop().exits(130);
    sandbox.hookctl(["send", "generic", "--data", "-", "--watch"]).run().exits(2);
}
