//! `hookctl sign`: the headers for a body, as an independent verifier would want them.

use std::process::Command;

use serde_json::json;

use crate::support::Sandbox;

#[test]
fn the_signatures_are_those_that_providers_print_in_their_documentation() {
    let sandbox = Sandbox::new();
    // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    let ran = sandbox
        .hookctl(["sign", "github", "--data", "-", "--secret", "It's a Secret to Everybody"])
        .stdin("Hello, World!")
        .run()
        .exits(0);
    let wanted = "X-Hub-Signature-256: sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17\n";
    assert!(ran.stdout().starts_with(wanted), "{ran}");
    // https://docs.slack.dev/authentication/verifying-requests-from-slack
    let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&\
                channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&\
                response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F\
                96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    let line =
        ["sign", "slack", "--data", "-", "--timestamp", "1531420618", "--secret", "8f742231b10e8888abcd99yyyzzz85a5"];
    let ran = sandbox.hookctl(line).stdin(body).run().exits(0);
    assert_eq!(
        ran.stdout(),
        "X-Slack-Request-Timestamp: 1531420618\n\
         X-Slack-Signature: v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503\n"
    );
    // https://github.com/standard-webhooks/standard-webhooks, the example of the specification.
    let line = [
        "sign",
        "standard-webhooks",
        "--data",
        "-",
        "--timestamp",
        "1614265330",
        "--id",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "--secret",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    ];
    let ran = sandbox.hookctl(line).stdin("{\"test\": 2432232314}").run().exits(0);
    assert_eq!(
        ran.stdout(),
        "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek\nwebhook-timestamp: 1614265330\n\
         webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=\n"
    );
}

#[test]
fn openssl_makes_the_same_signature() {
    let sandbox = Sandbox::new();
    let body = b"{\"id\":\"evt_1\"}\n".to_vec();
    sandbox.write("signed", [b"1767225600.".as_slice(), &body].concat());
    let line = ["sign", "stripe", "--data", "-", "--secret", "whsec_test", "--timestamp", "2026-01-01T00:00:00Z"];
    let ran = sandbox.hookctl(line).stdin(body).run().exits(0);
    let made = Command::new("openssl")
        .args(["dgst", "-sha256", "-hmac", "whsec_test", "signed"])
        .current_dir(sandbox.work())
        .output();
    let Ok(made) = made else { return };
    let made = String::from_utf8(made.stdout).expect("text");
    let hex = made.trim().rsplit(' ').next().expect("a digest");
    assert_eq!(ran.stdout(), format!("Stripe-Signature: t=1767225600,v1={hex}\n"));
}

#[test]
fn what_is_signed_for_a_body_of_any_form_verifies() {
    let sandbox = Sandbox::new();
    let url = "https://example.com/hook?a=1";
    // Providers whose schemes take a body of any form; others sign fields of it, or put the signature into it.
    let names = [
        "discord",
        "generic",
        "github",
        "gitlab",
        "paypal",
        "sendgrid",
        "shopify",
        "slack",
        "standard-webhooks",
        "stripe",
        "svix",
        "twilio",
    ];
    for provider in names.map(str::to_owned) {
        for body in ["{\"any\":\"body\"}\n", "a=1&b=%2B", ""] {
            sandbox.write("body", body);
            let mut made = sandbox.ok(["sign", &provider, "--data", "body", "--url", url]);
            let note = made.stderr();
            if let Some(place) = note.find("send it to ") {
                // Twilio signs a hash of a body that is no form, in the address.
                let address = note[place + 11..].trim();
                made = sandbox.ok(["sign", &provider, "--data", "body", "--url", url]);
                assert!(address.starts_with(url), "{note}");
                continue;
            }
            let mut line: Vec<String> =
                ["verify", "--body", "body", "--provider", &provider, "--url", url].map(str::to_owned).to_vec();
            for header in made.stdout().lines() {
                line.extend(["--header".to_owned(), header.to_owned()]);
            }
            if provider == "twilio" {
                line.extend(["--header".to_owned(), "Content-Type: application/x-www-form-urlencoded".to_owned()]);
            }
            if provider == "shopify" {
                // What Shopify's verifiers want beside the signature has no influence on it.
                let beside = ["X-Shopify-Topic: a/b", "X-Shopify-Shop-Domain: a.b"];
                line.extend(beside.iter().flat_map(|header| ["--header".to_owned(), (*header).to_owned()]));
            }
            sandbox.ok(line);
        }
    }
}

#[test]
fn the_output_is_what_curl_takes() {
    if Command::new("curl").arg("--version").output().is_err() {
        return;
    }
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--require-signature"]);
    sandbox.write("body.json", "{\"id\":\"evt_1\",\"object\":\"event\",\"type\":\"x.y\"}\n");
    let headers = sandbox.ok(["sign", "stripe", "--data", "body.json"]).stdout();
    sandbox.write("headers", headers);
    let curl = Command::new("curl")
        .args(["-sf", "-H", "@headers", "--data-binary", "@body.json", &listener.url("/stripe")])
        .current_dir(sandbox.work())
        .output()
        .expect("curl runs");
    assert!(curl.status.success());
    let delivery = listener.delivery();
    assert_eq!((&delivery["verdict"], &delivery["event_type"]), (&json!("valid"), &json!("x.y")));
}

#[test]
fn of_two_secrets_the_first_one_signs_or_both_where_the_header_holds_both() {
    let sandbox = Sandbox::new();
    let sign = |provider: &str, secrets: &[&str]| {
        let mut line = vec!["sign", provider, "--data", "-", "--timestamp", "1767225600"];
        secrets.iter().for_each(|secret| line.extend(["--secret", secret]));
        sandbox.hookctl(line).stdin("{}").run().exits(0).stdout()
    };
    assert_eq!(sign("slack", &["one", "two"]), sign("slack", &["one"]));
    let both = sign("stripe", &["one", "two"]);
    assert_eq!(both.matches("v1=").count(), 2, "{both}");
    for secret in ["one", "two"] {
        let single = sign("stripe", &[secret]);
        let signature = single.trim().split_once("v1=").expect("a signature").1.to_owned();
        assert!(both.contains(&signature));
    }
}

#[test]
fn as_json_the_headers_are_pairs_in_order() {
    let sandbox = Sandbox::new();
    let line = ["sign", "svix", "--data", "-", "--id", "msg_1", "--timestamp", "1767225600", "--json", "--secret"];
    let ran = sandbox.hookctl(line.iter().chain(&["whsec_AAAA"])).stdin("{}").run().exits(0);
    let object = ran.object();
    assert_eq!((&object["kind"], &object["provider"]), (&json!("signature"), &json!("svix")));
    let names: Vec<&str> =
        object["headers"].as_array().expect("pairs").iter().filter_map(|pair| pair[0].as_str()).collect();
    assert_eq!(names, ["svix-id", "svix-timestamp", "svix-signature"]);
}

#[test]
fn a_token_that_is_sent_as_it_is_is_announced_and_can_be_masked() {
    let sandbox = Sandbox::new();
    let line = ["sign", "gitlab", "--data", "-", "--secret", "canary"];
    let ran = sandbox.hookctl(line).stdin("{}").run().exits(0);
    assert_eq!(ran.stdout(), "X-Gitlab-Token: canary\n");
    assert!(ran.stderr().contains("carry credentials"), "{ran}");
    let ran = sandbox.hookctl(line.iter().chain(&["--redact"])).stdin("{}").run().exits(0);
    assert_eq!(ran.stdout(), "X-Gitlab-Token: ••••\n");
    assert_eq!(ran.stderr(), "");
    let signature = sandbox.hookctl(["sign", "github", "--data", "-"]).stdin("{}").run().exits(0);
    assert_eq!(signature.stderr(), "", "a signature is no credential");
}

#[test]
fn what_cannot_be_signed_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("body", "{}");
    for (args, error, hint) in [
        (&["sign", "twilio", "--data", "body"][..], "Twilio signs the address", "--url"),
        (&["sign", "twilio", "--data", "body", "--url", "nonsense"], "nonsense", "http://host:port/path"),
        (&["sign", "stripe", "--data", "missing"], "cannot read missing: no such file or folder", ""),
        (&["sign", "stripe", "--data", "-", "--secret", "-"], "standard input can be the body or a secret", "env:"),
        (&["sign", "svix", "--data", "body", "--secret", "*"], "the secret is not one of Svix's", "hookctl secret"),
    ] {
        sandbox.hookctl(args).run().refuses(2, error, hint);
    }
    let ran = sandbox.hookctl(["sign", "stripe"]).run().exits(2);
    assert!(ran.stderr().contains("--data <FILE>"), "{ran}");
}
