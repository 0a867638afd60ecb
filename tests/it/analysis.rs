//! `events diff` and `stats`: what is compared and counted, what counts, and how it ends.

use serde_json::json;

use crate::support::Sandbox;

const STRIPE: &str = "POST /webhooks/stripe HTTP/1.1\nHost: h\nContent-Type: application/json\nAuthorization: Bearer one\n\
     Stripe-Signature: t=1767225600,v1=00\n\n{\"id\":\"evt_1\",\"created\":1767225600,\"type\":\"charge.refunded\",\"data\":{\"amount\":1.50,\"items\":[1,2,3]}}";

/// Two requests that say the same, but for what any two deliveries differ in.
fn with_two() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("a.http", STRIPE);
    let again = "POST /webhooks/stripe HTTP/1.1\nStripe-Signature: t=1767225601,v1=11\nHost: h\nAuthorization: Bearer one\n\
         Content-Type: application/json\n\n{\"type\":\"charge.refunded\",\"id\":\"evt_2\",\"created\":1767225601,\"data\":{\"items\":[1,2,3],\"amount\":1.5}}";
    sandbox.write("b.http", again);
    sandbox.ok(["events", "import", "a.http"]);
    sandbox.ok(["events", "import", "b.http"]);
    sandbox
}

#[test]
fn deliveries_that_say_the_same_do_not_differ() {
    let sandbox = with_two();
    for (old, new) in [("1", "2"), ("1", "b.http"), ("latest~1", "latest"), ("1", "1")] {
        let diff = sandbox.ok(["events", "diff", old, new, "--json"]).object();
        assert_eq!((&diff["kind"], &diff["equal"]), (&json!("diff"), &json!(true)), "{diff}");
    }
    let diff = sandbox.ok(["events", "diff", "1", "2", "--json"]).object();
    let expected: Vec<_> = diff["differences"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|d| (d["path"].clone(), d["expected"].clone()))
        .collect();
    let wanted = [("Stripe-Signature", "signature"), ("id", "id"), ("created", "time")];
    assert_eq!(expected, wanted.map(|(path, why)| (json!(path), json!(why))));
    let strict = sandbox.hookctl(["events", "diff", "1", "2", "--strict"]).run().exits(1);
    assert!(strict.stdout().ends_with("3 differences\n"), "{strict}");
    sandbox.hookctl(["events", "diff", "1", "2", "--header-order"]).run().exits(0);
    sandbox
        .hookctl(["events", "diff", "1", "2", "--header-order", "--ignore", "header:stripe-signature"])
        .run()
        .exits(1);
}

#[test]
fn differences_are_shown_and_credentials_are_not() {
    let sandbox = with_two();
    let changed =
        STRIPE.replace("1.50", "1.51").replace("[1,2,3]", "[1,3],\"new\":\"\\u001b[31m\"").replace("one", "two");
    sandbox.write("c.http", changed);
    let diff = sandbox.hookctl(["events", "diff", "1", "c.http"]).run().exits(1);
    for line in
        ["  ~ data.amount: 1.50 → 1.51", "  - data.items[1]: 2", "  + data.new: \"\\u001b[31m\"", "4 differences"]
    {
        assert!(diff.stdout().lines().any(|one| one == line), "{line}: {diff}");
    }
    assert!(!diff.stdout().contains("Bearer one") && !diff.stdout().contains("Bearer two"), "{diff}");
    let plain = sandbox.hookctl(["events", "diff", "1", "c.http", "--show-secrets"]).run().exits(1);
    assert!(plain.stdout().contains("Bearer one"), "{plain}");
    let ignoring = ["events", "diff", "1", "c.http", "--ignore", "data.*", "--ignore", "header:authorization"];
    sandbox.hookctl(ignoring).run().exits(0);
    sandbox.hookctl(["events", "diff", "1", "9"]).run().refuses(2, "9", "events list");
    sandbox.hookctl(["events", "diff", "1..2", "1"]).run().refuses(2, "2 requests", "");
}

#[test]
fn deliveries_are_counted_and_measured() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--quiet"]);
    let to = listener.url("/webhooks/stripe");
    for event in ["payment_intent.succeeded", "charge.refunded", "charge.refunded"] {
        sandbox.ok(["send", "stripe", event, "--to", &to, "--id", &format!("evt_{event}")]);
        listener.delivery();
    }
    sandbox
        .hookctl(["send", "generic", "order.paid", "--to", &listener.url("/webhooks/generic"), "--tamper", "body"])
        .run();
    listener.delivery();
    listener.stop().exits(130);

    let received = sandbox.ok(["events", "stats", "--json"]).object();
    assert_eq!((&received["kind"], &received["deliveries"]), (&json!("stats"), &json!(4)));
    assert_eq!((&received["duplicates"], &received["verdicts"]["valid"]), (&json!(1), &json!(3)), "{received}");
    assert_eq!((&received["statuses"], &received["attempts"]["count"]), (&json!({"200": 4}), &json!(0)));
    let first = &received["events"][0];
    assert_eq!((&first["event_type"], &first["deliveries"]), (&json!("charge.refunded"), &json!(2)));
    assert_eq!(received["unified"]["payment.completed"], 1, "{received}");
    let spans = received["over_time"]["counts"].as_array().expect("counts");
    assert_eq!(spans.iter().filter_map(serde_json::Value::as_u64).sum::<u64>(), 4);

    let sent = sandbox.ok(["events", "stats", "--sent", "--provider", "stripe", "--json"]).object();
    assert_eq!(
        (&sent["deliveries"], &sent["attempts"]["count"], &sent["attempts"]["accepted"]),
        (&json!(3), &json!(3), &json!(3))
    );
    assert!(sent["attempts"]["latency_ms"]["p99"].as_f64().is_some_and(|p99| p99 > 0.0), "{sent}");
    assert_eq!(sandbox.ok(["events", "stats", "--limit", "2", "--json"]).object()["deliveries"], 2);

    let page = sandbox.ok(["events", "stats"]).stdout();
    for text in ["4 deliveries", "1 duplicate", "3 valid", "4 × 200", "payment.completed"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert_eq!(sandbox.ok(["events", "stats", "--provider", "github"]).stdout(), "");
    sandbox.hookctl(["events", "stats", "--provider", "strpe"]).run().refuses(2, "strpe", "stripe");
}
