//! What is listed, asked for, refused, or kept from the terminal.

use std::fs;

use hookctl::provider::Catalog;

use super::{attempt, send};
use crate::support::{Answer, Receiver, Sandbox};

#[test]
fn the_events_of_a_provider_are_listed() {
    let sandbox = Sandbox::new();
    let listed = sandbox.ok(["send", "shopify", "--list"]).stdout();
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines, Catalog::default().get("shopify").expect("shopify").events());
    assert!(lines.contains(&"orders/create"));
    sandbox.hookctl(["send", "--list"]).run().refuses(2, "--list needs a provider", "hookctl providers");
}

#[test]
fn without_a_terminal_a_missing_choice_is_an_error_that_says_what_there_is() {
    let sandbox = Sandbox::new();
    let ran = sandbox.hookctl(["send"]).run().refuses(2, "no provider was named", "'hookctl providers' lists all");
    let count = Catalog::default().names().len().to_string();
    assert!(ran.stderr().contains(&count), "{ran}");
    let ran = sandbox.hookctl(["send", "github"]).run().refuses(2, "no event was named", "hookctl send github EVENT");
    assert!(ran.stderr().contains("pull_request.opened"), "{ran}");
}

#[test]
fn unknown_names_offer_the_nearest() {
    let sandbox = Sandbox::new();
    let before = sandbox.snapshot();
    for (args, error, hint) in [
        (&["send", "strip", "charge.succeeded"][..], "there is no provider 'strip'", "did you mean 'stripe'?"),
        (
            &["send", "stripe", "payment_intent.suceeded"],
            "stripe has no event 'payment_intent.suceeded'",
            "did you mean 'payment_intent.succeeded'",
        ),
        (&["send", "stripe", "payment_intent.suceeded"], "", "'hookctl send stripe --list' shows all"),
        (&["send", "Stripe", "charge.succeeded"], "there is no provider 'Stripe'", "'stripe'"),
        (&["send", "../stripe", "charge.succeeded"], "there is no provider '../stripe'", ""),
        (&["send", "stripe", "../provider"], "stripe has no event '../provider'", "--list"),
        (&["verify", "--provider", "githb", "--body", "/dev/null"], "there is no provider 'githb'", "'github'"),
        (&["secret", "slak"], "there is no provider 'slak'", "'slack'"),
        (&["events", "list", "--provider", "slak"], "there is no provider 'slak'", "'slack'"),
        (&["providers", "show", "paypall"], "there is no provider 'paypall'", "'paypal'"),
        (&["sign", "twillio", "--data", "/dev/null"], "there is no provider 'twillio'", "'twilio'"),
    ] {
        sandbox.hookctl(args).run().refuses(2, error, hint);
    }
    assert_eq!(sandbox.snapshot(), before, "nothing was changed");
}

#[test]
fn bad_flags_are_refused_before_anything_is_sent() {
    let sandbox = Sandbox::new();
    let receiver = Receiver::answering([200]);
    let to = receiver.url("/");
    for (flags, error) in [
        (&["--set", "no-equals-sign"][..], "no-equals-sign"),
        (&["--set", "=1"], "empty step"),
        (&["--set", "data..x=1"], "data..x"),
        (&["--set", "data[=1"], "data["),
        (&["--set-json", "data={"], "data"),
        (&["--set", "data[0]=1"], "data"),
        (&["--set", "data.object.amount.deeper=1"], "data.object.amount"),
        (&["--unset", "no.such.key"], "no.such.key"),
        (&["--data", "missing.json"], "cannot read missing.json: no such file or folder"),
        (&["--data", "."], "cannot read .: it is a folder"),
        (&["--header", "no colon"], "no colon"),
        (&["--header", "Bad Name: x"], "Bad Name"),
        (&["--header", "X: a\r\nInjected: b"], "X"),
        (&["--timestamp", "yesterday-ish"], "yesterday-ish"),
        (&["--count", "0"], "0"),
        (&["--count", "-1"], "-1"),
        (&["--seed", "abc"], "abc"),
        (&["--expect", "600"], "600"),
        (&["--expect", "abc"], "abc"),
        (&["--timeout", "0s"], "more than 0"),
        (&["--timeout", "soon"], "soon"),
        (&["--tamper", "bodi"], "bodi"),
        (&["--to", "ftp://127.0.0.1/"], "ftp://127.0.0.1/"),
        (&["--to", "127.0.0.1:4400"], "127.0.0.1:4400"),
        (&["--to", "http://user:pass@127.0.0.1/"], ""),
        (&["--url", "nonsense"], "nonsense"),
        (&["--secret", "env:NOT_SET"], "NOT_SET is not set"),
        (&["--secret", "file:missing"], "missing: no such file or folder"),
        (&["--secret", ""], ""),
        (&["--format", "curl"], "--dry-run"),
        (&["--cacert", "missing.pem"], "missing.pem"),
        (&["--no-such-flag"], "--no-such-flag"),
        (&["--data", "-", "--secret", "-"], "standard input can be one of"),
        (&["--data", "-", "--bearer", "-"], "standard input can be one of"),
        (&["--secret", "-", "--bearer", "-"], "standard input can be one of"),
        (&["--secret", "-", "--secret", "-"], "--secret - was given twice"),
        (&["--data", "x", "--set", "a=1"], "--set"),
    ] {
        let before = sandbox.snapshot();
        let ran = send(&sandbox, &to, flags);
        let ran = ran.exits(2);
        let text = ran.stderr();
        assert!(text.starts_with("error: "), "{ran}");
        assert!(text.contains(error), "should say '{error}': {ran}");
        assert_eq!(ran.stdout(), "", "{ran}");
        let mut after = sandbox.snapshot();
        after.retain(|path, _| before.contains_key(path) || !path.ends_with("secrets/stripe"));
        assert_eq!(after, before, "nothing but a development secret is made: {ran}");
    }
    receiver.was_left_alone();
}

#[test]
fn an_id_cannot_break_out_of_its_header() {
    let sandbox = Sandbox::new();
    let receiver = Receiver::answering([200]);
    let id = "msg_1\r\nInjected: yes";
    let ran = sandbox.hookctl(["send", "svix", "user.created", "--to", &receiver.url("/"), "--id", id]).run();
    ran.refuses(2, "the header svix-id would have a line break", "");
    receiver.was_left_alone();
}

#[test]
fn a_secret_in_the_wrong_form_is_refused_without_showing_it() {
    let sandbox = Sandbox::new();
    for (provider, event, secret) in [
        ("standard-webhooks", "user.created", "whsec_not*base64*canary"),
        ("svix", "user.created", "canary*canary"),
        ("discord", "interaction.2", "canary-not-hex"),
        ("discord", "interaction.2", "00ff"),
        ("sendgrid", "delivered", "canary"),
        ("paypal", "PAYMENT.SALE.COMPLETED", "canary"),
        ("paypal", "PAYMENT.SALE.COMPLETED", "{\"webhook_id\":\"canary\"}"),
    ] {
        let ran = sandbox.hookctl(["send", provider, event, "--dry-run", "--secret", secret]).run();
        let ran = ran.refuses(2, "the secret is not one of", "hookctl secret");
        assert!(!ran.stderr().contains("canary"), "{ran}");
    }
}

#[test]
fn a_public_key_cannot_sign() {
    let sandbox = Sandbox::new();
    for (provider, event) in [("sendgrid", "delivered"), ("paypal", "PAYMENT.SALE.COMPLETED")] {
        let public = sandbox.ok(["secret", provider, "--public"]).stdout();
        sandbox.write("public", public);
        let ran = sandbox.hookctl(["send", provider, event, "--dry-run", "--secret", "file:public"]).run().exits(2);
        assert!(ran.stderr().starts_with("error: "), "{ran}");
    }
}

#[test]
fn what_the_receiver_says_reaches_the_terminal_without_control_characters() {
    let sandbox = Sandbox::new();
    let body = b"no\x1b[31m red \x07\r\nsecond\x9bline".to_vec();
    let mut receiver = Receiver::scripted(vec![Answer::Full(400, vec![], body)]);
    let ran = send(&sandbox, &receiver.url("/"), &[]).exits(1);
    receiver.next();
    let all = ran.stdout() + &ran.stderr();
    assert!(all.contains("red"), "{ran}");
    assert!(all.chars().all(|c| c == '\n' || !c.is_control()), "{all:?}");
    let ran = send(&sandbox, &receiver.url("/"), &["-v", "--quiet"]);
    assert_eq!(ran.code(), Some(2), "they contradict each other: {ran}");
}

#[test]
fn an_endless_answer_is_cut() {
    let sandbox = Sandbox::new();
    let mut receiver = Receiver::scripted(vec![Answer::Full(200, vec![], vec![b'x'; 3 << 20])]);
    let ran = send(&sandbox, &receiver.url("/"), &["--json"]).exits(0);
    receiver.next();
    let kept = attempt(&ran)["response"]["body"].as_str().expect("a body").len();
    assert!(kept <= 1 << 20, "{kept}");
}

#[test]
fn a_full_disk_or_closed_folder_for_the_store_stops_before_sending() {
    let sandbox = Sandbox::new();
    let receiver = Receiver::answering([200]);
    let file = sandbox.write("a-file", "");
    let store = file.join("hookctl.db");
    let ran = send(&sandbox, &receiver.url("/"), &["--store", store.to_str().expect("a path")]).exits(3);
    assert!(ran.stderr().contains("cannot create the store"), "{ran}");
    receiver.was_left_alone();
    assert_eq!(fs::read(file).expect("a file"), b"");
}
