//! `events export --anonymize`: what tells somebody is gone, and what is left still verifies.

use serde_json::json;

use crate::support::{Sandbox, Wire, one_of_each_way};

#[test]
fn an_anonymised_export_still_verifies_and_tells_nobody() {
    let sandbox = Sandbox::new();
    sandbox.configure("[providers.stripe]\nsecret = 'whsec_known-to-both'\n");
    let mut listener = sandbox.listen(["--quiet"]);
    for (provider, event, more) in [
        (
            "stripe",
            "customer.created",
            &["--set", "data.object.email=ada@lovelace.org", "--set", "data.object.name=Ada Lovelace"][..],
        ),
        ("github", "push", &["--set", "pusher.name=ada-lovelace"]),
        ("twilio", "message.received", &["--set", "From=+447700900123"]),
        ("stripe", "charge.refunded", &["--tamper", "body"]),
    ] {
        let to = listener.url(&format!("/webhooks/{provider}"));
        let args = ["send", provider, event, "--to", &to, "--header", "Authorization: Bearer s3cr3t"];
        sandbox.hookctl(args.iter().chain(more)).run().exits(0);
        listener.delivery();
    }
    listener.stop().exits(130);
    sandbox.ok(["events", "export", "--anonymize", "-o", "a.ndjson"]);
    let text = std::fs::read_to_string(sandbox.path("a.ndjson")).expect("an export");
    for gone in ["Ada L", "ada-l", "lovelace", "Lovelace", "447700900123", "s3cr3t"] {
        assert!(!text.contains(gone), "{gone} in {text}");
    }
    // Another user, who knows no secret of the first one's.
    let other = Sandbox::new();
    other.write("a.ndjson", &text);
    let verified = other.hookctl(["verify", "a.ndjson", "--json"]).run().exits(1);
    let verdicts: Vec<_> = verified.of_kind("verification").iter().map(|one| one["verdict"].clone()).collect();
    assert_eq!(verdicts, ["valid", "valid", "valid", "invalid"]);
    let imported = other.ok(["events", "import", "a.ndjson", "--json"]).object();
    assert_eq!((&imported["verdicts"]["valid"], &imported["verdicts"]["invalid"]), (&json!(3), &json!(1)));
    let types: Vec<_> =
        other.ok(["events", "list", "--json"]).objects().iter().map(|one| one["event_type"].clone()).collect();
    assert_eq!(types, ["charge.refunded", "message.received", "push", "customer.created"]);
    sandbox.hookctl(["events", "export", "--anonymize", "--format", "curl"]).run().refuses(
        2,
        "--anonymize writes NDJSON only",
        "",
    );
}

#[test]
fn whatever_way_a_provider_signs_its_captures_stay_valid_without_its_secret() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--quiet"]);
    let mut expected = Vec::new();
    for provider in one_of_each_way() {
        let event = provider.events().first().cloned().expect("every provider has an event");
        let to = listener.url(&format!("/webhooks/{}", provider.name));
        sandbox.ok(["send", &provider.name, &event, "--to", &to]);
        let captured = listener.delivery();
        assert_eq!(captured["verdict"], "valid", "{}", provider.name);
        expected.push((json!(provider.name), captured["event_type"].clone()));
    }
    listener.stop().exits(130);
    let before = sandbox.ok(["events", "export"]).stdout();
    let after = sandbox.ok(["events", "export", "--anonymize"]).stdout();
    let other = Sandbox::new();
    other.write("a.ndjson", &after);
    let verified = other.hookctl(["verify", "a.ndjson", "--json"]).run();
    let verdicts = verified.of_kind("verification");
    for (one, (provider, _)) in verdicts.iter().zip(&expected) {
        assert_eq!((&one["provider"], &one["verdict"]), (provider, &json!("valid")), "{one}");
    }
    assert_eq!(verdicts.len(), expected.len());
    other.ok(["events", "import", "a.ndjson"]);
    let imported = other.ok(["events", "export"]).objects();
    let kept: Vec<_> = imported.iter().map(|one| (one["provider"].clone(), one["event_type"].clone())).collect();
    assert_eq!(kept, expected);
    // Nothing that the real secrets made is left: neither a signature nor a token.
    for provider in one_of_each_way() {
        let secret = sandbox.ok(["secret", &provider.name]).stdout();
        assert!(!after.contains(secret.trim()), "{}", provider.name);
        let line = |text: &str| -> serde_json::Value {
            let name = format!("\"provider\":\"{}\"", provider.name);
            let line = text.lines().find(|line| line.contains(&name)).expect("a line");
            serde_json::from_str(line).expect("JSON")
        };
        let (before, after) = (line(&before), line(&after));
        let values = |object: &serde_json::Value, name: &str| -> Vec<serde_json::Value> {
            let headers = object["headers"].as_array().expect("headers").iter();
            headers
                .filter(|header| header[0].as_str().is_some_and(|own| own.eq_ignore_ascii_case(name)))
                .cloned()
                .collect()
        };
        for scheme in provider.definition.schemes() {
            for name in scheme.carrier.headers() {
                let old = values(&before, &name);
                assert!(old.is_empty() || old != values(&after, &name), "{} {name}", provider.name);
            }
        }
    }
}

#[test]
fn what_nobody_could_judge_verifies_and_is_not_called_valid() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--quiet"]);
    let to = listener.url("/webhooks/stripe");
    sandbox.ok(["send", "stripe", "invoice.paid", "--secret", "whsec_not-known-to-listen", "--to", &to]);
    assert_eq!(listener.delivery()["verdict"], "no-secret");
    listener.stop().exits(130);
    let bundle = sandbox.ok(["events", "export", "--anonymize"]).stdout();
    let line: serde_json::Value = serde_json::from_str(&bundle).expect("a line");
    let verdict = json!(["no-secret", "development-secret-only"]);
    assert_eq!(json!([line["verdict"], line["reason"]]), verdict);
    let other = Sandbox::new();
    other.write("a.ndjson", &bundle);
    assert_eq!(other.ok(["verify", "a.ndjson", "--json"]).of_kind("verification")[0]["verdict"], "valid");
    other.ok(["events", "import", "a.ndjson"]);
    let imported = other.ok(["events", "list", "--json"]).object();
    assert_eq!(json!([imported["verdict"], imported["reason"]]), verdict);
}

#[test]
fn what_cannot_be_signed_anew_does_not_keep_the_others_from_being_exported() {
    // Once one capture without a header that is signed ended the export of all.
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--quiet"]);
    sandbox.ok(["send", "gitlab", "push", "--to", &listener.url("/webhooks/gitlab")]);
    listener.delivery();
    let signature = "webhook-signature: v1,c2VjcmV0LXNpZ25hdHVyZQ==";
    let headers = ["X-Gitlab-Token: hidden-token", signature, "webhook-timestamp: 1767225600"];
    Wire::to(listener.socket()).post("/webhooks/gitlab", &headers, b"{}").reply().expect("an answer");
    listener.delivery();
    listener.stop().exits(130);
    let exported = sandbox.ok(["events", "export", "--anonymize"]);
    assert_eq!(exported.objects().len(), 2, "{exported}");
    for gone in ["hidden-token", "c2VjcmV0LXNpZ25hdHVyZQ"] {
        assert!(!exported.stdout().contains(gone), "{exported}");
    }
}
