//! `events diff`, `stats` and `schema`: what is compared, counted and inferred, what counts, and how it ends.

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

/// Captures of one event type with these bodies.
fn with_bodies(bodies: &[&str]) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("bodies", bodies.join("\n"));
    sandbox.ok(["events", "import", "bodies", "--provider", "generic"]);
    sandbox
}

#[test]
fn a_schema_is_inferred_and_later_captures_are_compared_with_it() {
    let order =
        r#"{"id":"1","type":"order.paid","total":4200,"email":"a@b.example","at":"2026-01-01T00:00:00Z","note":null}"#;
    let sandbox = with_bodies(&[order, &order.replace(",\"note\":null", "").replace("4200", "42.5")]);
    let written = sandbox.ok(["events", "schema"]);
    sandbox.write("schema.json", written.bytes());
    let schema: serde_json::Value = serde_json::from_slice(written.bytes()).expect("a schema");
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!((&schema["title"], &schema["type"]), (&json!("generic order.paid"), &json!("object")));
    assert_eq!(schema["properties"]["total"], json!({"type": "number"}));
    assert_eq!(schema["properties"]["email"], json!({"type": "string", "format": "email"}));
    assert_eq!(schema["required"], json!(["id", "type", "total", "email", "at"]));
    assert_eq!(sandbox.ok(["events", "schema", "--json"]).object()["schema"], schema);
    sandbox.ok(["events", "schema", "--against", "schema.json"]);

    let added = order.replace("\"note\"", "\"new\":[],\"note\"");
    sandbox.write("added", &added);
    sandbox.ok(["events", "import", "added", "--provider", "generic"]);
    let compatible = sandbox.ok(["events", "schema", "--against", "schema.json", "--json"]).object();
    assert_eq!((&compatible["compatible"], &compatible["changes"][0]["path"]), (&json!(true), &json!("new")));

    sandbox.write("broken", order.replace("4200", "\"4200\"").replace("\"email\":\"a@b.example\",", ""));
    sandbox.ok(["events", "import", "broken", "--provider", "generic"]);
    let broken = sandbox.hookctl(["events", "schema", "--against", "schema.json", "--json"]).run().exits(1).object();
    let paths: Vec<_> = broken["breaking"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (one["path"].clone(), one["change"].clone()))
        .collect();
    assert_eq!(paths, [(json!("total"), json!("type")), (json!("email"), json!("missing"))]);
    let shown =
        sandbox.hookctl(["events", "schema", "--against", "schema.json", "--limit", "1"]).run().exits(1).stdout();
    assert!(
        shown.contains("✗ total: was number, is also string") && shown.ends_with("2 breaking changes in 1 capture\n"),
        "{shown}"
    );
}

#[test]
fn a_schema_needs_captures_of_one_type_and_a_file_that_is_understood() {
    let sandbox = with_bodies(&[r#"{"type":"a"}"#, r#"{"type":"b"}"#]);
    sandbox.hookctl(["events", "schema"]).run().refuses(2, "'generic a' and 'generic b'", "--event");
    sandbox.ok(["events", "schema", "--event", "a"]);
    sandbox.hookctl(["events", "schema", "--event", "c"]).run().refuses(2, "nothing recorded", "stats");
    for (schema, error) in [("{", "line 1"), (r#"{"oneOf":[]}"#, "'oneOf'"), ("3", "a schema is")] {
        sandbox.write("s", schema);
        sandbox.hookctl(["events", "schema", "--event", "a", "--against", "s"]).run().refuses(2, error, "");
    }
}

#[test]
fn changes_of_shape_are_told_where_they_came_first() {
    let order = r#"{"id":"1","type":"order.paid","total":4200,"note":null}"#;
    let other = order.replace("4200", "\"4200\"").replace('}', ",\"new\":[]}");
    let sandbox = with_bodies(&[order, order, order, order, order, &other, &other, r#"{"type":"order.new"}"#]);
    let ran = sandbox.hookctl(["events", "schema", "--changes", "--json"]).run().exits(1);
    let change = ran.object();
    assert_eq!((&change["kind"], &change["number"]), (&json!("schema_change"), &json!(6)), "{ran}");
    assert_eq!((&change["seen"], &change["compatible"]), (&json!(5), &json!(false)));
    let paths = [&change["breaking"][0]["path"], &change["changes"][0]["path"]];
    assert_eq!(paths, [&json!("total"), &json!("new")]);
    let shown = sandbox.hookctl(["events", "schema", "--changes"]).run().exits(1).stdout();
    for text in
        ["#6 ", "generic order.paid: 1 breaking change", "  ✗ total: was integer, is also string", "  · new: new"]
    {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    let few = sandbox.ok(["events", "schema", "--changes", "--limit", "3"]);
    assert!(few.stdout().is_empty() && few.stderr().contains("no changes in 3 captures"), "{few}");
    sandbox.hookctl(["events", "schema", "--changes", "--event", "x"]).run().refuses(2, "nothing recorded", "stats");
}

#[test]
fn whoever_watches_is_told_of_changes_as_they_arrive() {
    let order = r#"{"id":"1","type":"order.paid","total":4200}"#;
    let sandbox = with_bodies(&[order; 5]);
    let import = |body: &str| {
        sandbox.hookctl(["events", "import", "-", "--provider", "generic"]).stdin(body).run().exits(0);
    };
    let mut watching = sandbox.hookctl(["events", "schema", "--watch", "--json"]).start();
    assert_eq!(watching.next(), json!({"kind": "watching", "against": null, "event_types": 1, "judged": 1}));
    import(order);
    import(&order.replace("4200", "true"));
    let change = watching.next();
    assert_eq!((&change["number"], &change["breaking"][0]["is"]), (&json!(7), &json!("boolean")));
    import(r#"{"type":"order.new"}"#);
    let first = watching.next();
    assert_eq!(
        (&first["event_type"], &first["seen"], &first["compatible"]),
        (&json!("order.new"), &json!(0), &json!(true))
    );
    watching.stop().exits(130);

    sandbox.write("s.json", r#"{"properties":{"id":{},"type":{},"total":{}},"required":["total"]}"#);
    let args = ["events", "schema", "--watch", "--against", "s.json", "--event", "order.*", "--json"];
    let mut watching = sandbox.hookctl(args).start();
    assert_eq!(watching.next()["against"], "s.json");
    import(order);
    import(r#"{"type":"order.new"}"#);
    let change = watching.next();
    assert_eq!((&change["number"], &change["breaking"][0]["path"]), (&json!(10), &json!("total")));
    assert_eq!(change["seen"], json!(null));
    watching.stop().exits(130);
}
