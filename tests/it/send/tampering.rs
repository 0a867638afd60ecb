//! Requests that are broken on purpose, and refused.

use hookctl::signature::SchemeKind;

use super::{attempt, send};
use crate::support::{Sandbox, one_of_each_way};

#[test]
fn each_way_of_tampering_is_refused_by_a_listener_and_leaves_the_rest_alone() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--require-signature"]);
    let to = listener.url("/webhooks/stripe");
    for (kind, verdict, reason) in [
        ("body", "invalid", "signature-mismatch"),
        ("signature", "invalid", "signature-mismatch"),
        ("timestamp", "invalid", "signature-mismatch"),
        ("header", "unsigned", "header-missing"),
        ("secret", "invalid", "signature-mismatch"),
    ] {
        let secret = ["--secret", "whsec_known"];
        // The listener has only its development secret, so a stranger's signature is not called invalid.
        let own: &[&str] = if kind == "secret" { &secret } else { &[] };
        let ran = send(&sandbox, &to, &[&["--tamper", kind, "--expect", "401", "--json"], own].concat()).exits(0);
        assert_eq!(attempt(&ran)["status"], 401, "{kind}");
        let delivery = listener.delivery();
        let known = if verdict == "invalid" { ["invalid", "no-secret"] } else { [verdict; 2] };
        assert!(known.contains(&delivery["verdict"].as_str().expect("a verdict")), "{kind}: {delivery}");
        let told = delivery["reason"].as_str().expect("a reason");
        assert!([reason, "development-secret-only"].contains(&told), "{kind}: {delivery}");
    }
    send(&sandbox, &to, &[]).exits(0);
    assert_eq!(listener.delivery()["verdict"], "valid", "the listener accepts what is whole");
    listener.stop().exits(130);
}

#[test]
fn tampering_breaks_every_provider_or_says_that_it_cannot() {
    let (mut told, mut expected) = (Vec::new(), Vec::new());
    for provider in one_of_each_way() {
        let sandbox = Sandbox::new();
        let name = provider.name.as_str();
        let scheme = provider.definition.schemes().next().expect("a scheme");
        if !scheme.signs_body() {
            expected.push(format!("{name} body"));
        }
        // A token has its times in its claims.
        if scheme.timestamp.is_none() && scheme.kind != SchemeKind::Jwt {
            expected.push(format!("{name} timestamp"));
        }
        // The request of which the tampered one is the twin, and what verifies it.
        let public = sandbox.ok(["secret", name, "--public"]).stdout();
        let public = sandbox.write("public", public);
        let secret = format!("file:{}", public.display());
        for kind in ["body", "signature", "timestamp", "header", "secret"] {
            let event = &provider.events()[0];
            let line = ["send", name, event, "--dry-run", "--to", "http://127.0.0.1:1/hook", "--tamper", kind];
            let ran = sandbox.hookctl(line).run();
            if ran.code() == Some(2) {
                assert!(ran.stderr().contains("does not sign"), "{ran}");
                told.push(format!("{name} {kind}"));
                continue;
            }
            let ran = ran.exits(0);
            let file = sandbox.write("request.http", ran.bytes());
            let verify =
                ["verify", file.to_str().expect("a path"), "--provider", name, "--secret", &secret, "--json", "--url"];
            let judged = sandbox.hookctl(verify.iter().chain(&["http://127.0.0.1:1/hook"])).run().exits(1).object();
            let verdict = if kind == "header" { "unsigned" } else { "invalid" };
            assert_eq!(judged["verdict"], verdict, "{name} --tamper {kind}: {judged}");
        }
    }
    assert!(told.contains(&"shopify timestamp".to_owned()), "{told:?}");
    assert_eq!(told, expected, "what is not signed cannot be broken, and all else can");
}

#[test]
fn what_a_scheme_does_not_cover_cannot_be_tampered_with() {
    let sandbox = Sandbox::new();
    sandbox
        .hookctl(["send", "gitlab", "push", "--secret", "an-old-token", "--tamper", "body", "--dry-run"])
        .run()
        .refuses(2, "GitLab does not sign the body", "");
}
