//! What verification never lets through, and providers of one's own.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::support::Sandbox;
use hookctl::model::{Reason, Request, Secret, Timestamp, Verdict};
use hookctl::provider::check::{self, Pair};
use hookctl::provider::{Catalog, KnownSecret, Provider, SecretOrigin, Verifier};
use hookctl::secrets::Secrets;
use hookctl::signature::{Checks, KeyUse, Scheme};

const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);
const URL: &str = "https://receiver.example/webhooks";

/// Those that sign what they send.
fn providers() -> Vec<Arc<Provider>> {
    let mut all = Catalog::default().all().expect("sound providers");
    all.retain(|provider| provider.definition.schemes().next().is_some());
    all
}

fn known(secret: &Secret) -> Vec<KnownSecret> {
    vec![KnownSecret { secret: secret.clone(), origin: SecretOrigin::Given }]
}

fn judge(provider: &Arc<Provider>, secret: &Secret, request: &Request, now: Timestamp) -> (Verdict, Option<Reason>) {
    let judged = Verifier::new(provider.clone(), &known(secret)).judge(request, Some(URL), now, None, Checks::off());
    (judged.verdict, judged.reason)
}

/// The schemes that `send` uses with a secret.
fn schemes<'a>(provider: &'a Provider, pair: &Pair) -> Vec<&'a Scheme> {
    let fits = |scheme: &&Scheme| scheme.send && scheme.key(&pair.private, KeyUse::Sign).is_ok();
    provider.definition.schemes().filter(fits).collect()
}

#[test]
fn the_secret_of_somebody_else_verifies_nothing() {
    for provider in providers() {
        if provider.definition.signature.is_empty() {
            continue;
        }
        let (pair, other) = (Secrets::fresh(&provider), Secrets::fresh(&provider));
        let event = &provider.events()[0];
        let request = check::signed(&provider, event, &pair.private, NOW).expect("signed");
        assert_eq!(judge(&provider, &pair.public, &request, NOW).0, Verdict::Valid, "{}", provider.name);
        assert_eq!(judge(&provider, &other.public, &request, NOW).0, Verdict::Invalid, "{}", provider.name);
        for blank in ["", " ", "\n"] {
            let (verdict, reason) = judge(&provider, &Secret::new(blank), &request, NOW);
            assert_eq!((verdict, reason), (Verdict::Invalid, Some(Reason::SecretEmpty)), "{}", provider.name);
        }
        let nobody = Verifier::new(provider.clone(), &[]);
        let judged = nobody.judge(&request, Some(URL), NOW, None, Checks::off());
        assert_eq!(judged.verdict, Verdict::NoSecret);
    }
}

#[test]
fn odd_timestamps_and_repeated_headers_are_refused() {
    for provider in providers() {
        let pair = Secrets::fresh(&provider);
        let request = check::signed(&provider, &provider.events()[0], &pair.private, NOW).expect("signed");
        for scheme in schemes(&provider, &pair) {
            if let Some(name) = scheme.carrier.headers().next()
                && let Some(value) = request.headers.text(&name)
                && schemes(&provider, &pair).len() == 1
            {
                let mut twice = request.clone();
                twice.headers.push(name.to_string(), value.to_owned());
                assert_eq!(judge(&provider, &pair.public, &twice, NOW).0, Verdict::Invalid, "{}", provider.name);
            }
            // A header that is signed: which of two was, each receiver would answer in its own way.
            let signed = scheme.signed_headers().chain(scheme.requires.iter().map(String::as_str));
            for name in signed.filter(|_| schemes(&provider, &pair).len() == 1) {
                let Some(value) = request.headers.text(name).map(str::to_owned) else { continue };
                let mut twice = request.clone();
                twice.headers.push(name.to_owned(), format!("{value}0"));
                let judged = judge(&provider, &pair.public, &twice, NOW).0;
                assert_eq!(judged, Verdict::Invalid, "{} with {name} twice", provider.name);
            }
            let Some(header) = scheme.timestamp.as_ref().and_then(|rule| rule.header.clone()) else { continue };
            for odd in ["", "-1", "1e9", "NaN", "99999999999999999999999", "0x1", " 1767225600", "1767225600.0"] {
                let mut changed = request.clone();
                changed.headers.set(&header, odd);
                assert_ne!(judge(&provider, &pair.public, &changed, NOW).0, Verdict::Valid, "{} {odd}", provider.name);
            }
        }
    }
}

#[test]
fn a_broken_folder_is_told_with_file_and_line() {
    let sandbox = Sandbox::new();
    sandbox.write("own/acme/provider.toml", "title = \"Acme\"\ndocs = \"x\"\n\n[request]\nmethd = \"PUT\"\n");
    sandbox.configure(&format!("providers_dir = \"{}\"\n", sandbox.path("own").display()));
    sandbox.hookctl(["send", "acme", "x"]).run().refuses(2, "acme/provider.toml:5: unknown field `methd`", "README");
    sandbox.hookctl(["providers", "check", "own/acme"]).run().exits(2);
    sandbox.write("own/acme/provider.toml", "title = \"Acme\"\ndocs = \"x\"\n");
    sandbox.write("own/acme/events/a.json", "{\"a\": tru}");
    sandbox.hookctl(["send", "acme", "a", "--dry-run"]).run().refuses(2, "acme/events/a.json: line 1, column 7", "");
}

#[test]
fn a_private_provider_is_like_any_other() {
    let sandbox = Sandbox::new();
    // The example of fixtures/README.md.
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/README.md")).expect("the format");
    let block = |fence: &str| {
        let start = text.find(fence).expect("a block") + fence.len();
        text[start..].split("```").next().expect("its end").trim_start().to_owned()
    };
    sandbox.write("own/acme/provider.toml", block("```toml\n"));
    sandbox.write("own/acme/events/order.paid.json", block("```json\n"));
    sandbox.configure(&format!("providers_dir = \"{}\"\n", sandbox.path("own").display()));
    sandbox.ok(["providers", "check", "own"]);
    let mut listener = sandbox.listen::<_, &str>([]);
    for target in ["/webhooks/acme", "/by-its-headers"] {
        sandbox.ok(["send", "acme", "order.paid", "--to", &listener.url(target)]);
        let delivery = listener.delivery();
        assert_eq!((&delivery["provider"], &delivery["verdict"]), (&"acme".into(), &"valid".into()));
        assert_eq!(delivery["event_type"], "order.paid");
    }
}

/// What a provider of the catalogues might be: a token in the address, claims, a handshake, a signature in the body.
const LIKE_THE_OTHERS: &str = r#"
title = "Nimbus"
docs = "https://nimbus.example/docs"

[[detect]]
headers = ["Nimbus-Token"]

[[detect]]
form = ["nimbus_sig"]

[event]
type = ["{json:event}", "{form:event}"]
id = ["{json:id}", "{form:id}"]

[secret]
name = "key id and secret"
generate = "{{lower:8}}:{{alnum:32}}"

[[signature]]
id = "token"
kind = "jwt"
header = { name = "Nimbus-Token", prefix = "Bearer " }
when = ["{json:event}"]
key = { pair = ":" }
jwt = { algorithms = ["HS512"], claims = { iss = "{secret:id}", digest = "{body|sha256.base64}" }, lifetime = "5m" }

[[signature]]
id = "form"
kind = "hash"
algorithm = "sha512"
content = "{fields}{secret}"
fields = { of = "form", without = ["nimbus_sig"], write = "{name}={value};" }
parameter = { form = "nimbus_sig" }
when = ["{form:event}"]
key = { pair = ":" }

[[handshake]]
id = "prove"
when = ["{query:prove}"]
answer = { json = { proof = "{query:prove|upper}" } }

[values]
event_id = "nb_{{alnum:12}}"
"#;

#[test]
fn a_provider_like_those_built_in_is_data_and_nothing_else() {
    let sandbox = Sandbox::new();
    sandbox.write("own/nimbus/provider.toml", LIKE_THE_OTHERS);
    sandbox.write("own/nimbus/events/rain.json", r#"{ "id": "{{event_id}}", "event": "{{event_type}}" }"#);
    sandbox.write(
        "own/nimbus/events/snow.json",
        r#"{ "$form": { "id": "{{event_id}}", "event": "{{event_type}}", "nimbus_sig": "" } }"#,
    );
    sandbox.write(
        "own/nimbus/handshakes/prove.json",
        r#"{ "$method": "GET", "$query": "prove={{lower:6}}", "$content_type": "", "$body": null }"#,
    );
    sandbox.configure(&format!("providers_dir = \"{}\"\n", sandbox.path("own").display()));
    sandbox.ok(["providers", "check", "own"]);
    let listed = sandbox.ok(["providers", "list", "--json"]).objects();
    let own = listed.iter().find(|provider| provider["name"] == "nimbus").expect("it is listed");
    assert_eq!((&own["origin"], &own["replaces_built_in"]), (&"private".into(), &false.into()));
    let mut listener = sandbox.listen::<_, &str>([]);
    for event in ["rain", "snow"] {
        sandbox.ok(["send", "nimbus", event, "--to", &listener.url("/anywhere")]);
        let delivery = listener.delivery();
        assert_eq!((&delivery["provider"], &delivery["verdict"]), (&"nimbus".into(), &"valid".into()), "{delivery}");
        for what in ["body", "signature", "header", "secret"] {
            sandbox
                .hookctl(["send", "nimbus", event, "--to", &listener.url("/webhooks/nimbus"), "--tamper", what])
                .run();
            assert_ne!(listener.delivery()["verdict"], "valid", "{event} with a broken {what}");
        }
    }
    sandbox.ok(["send", "nimbus", "--handshake", "--to", &listener.url("/webhooks/nimbus")]);
    listener.delivery();
}

#[test]
fn a_private_folder_may_take_the_place_of_a_built_in_provider_and_says_so() {
    let sandbox = Sandbox::new();
    sandbox.write("own/stripe/provider.toml", "title = \"Our Stripe\"\ndocs = \"https://stripe.example\"\n");
    sandbox.write("own/stripe/events/a.json", "{}");
    sandbox.configure(&format!("providers_dir = \"{}\"\n", sandbox.path("own").display()));
    let table = sandbox.ok(["providers", "list"]).stdout();
    let line = table.lines().find(|line| line.starts_with("stripe ")).expect("it is listed");
    assert!(line.contains("Our Stripe (yours, ") && line.contains("instead of the built-in one)"), "{line}");
    let shown = sandbox.ok(["providers", "show", "stripe", "--json"]).object();
    assert_eq!((&shown["title"], &shown["replaces_built_in"]), (&"Our Stripe".into(), &true.into()));
    let loud = sandbox.ok(["-v", "providers", "show", "stripe"]);
    assert!(loud.stderr().contains("not the built-in one"), "{}", loud.stderr());
    let quiet = sandbox.ok(["providers", "show", "stripe"]);
    assert!(!quiet.stderr().contains("not the built-in one"));
}

#[test]
fn what_makes_no_sense_in_a_folder_is_told_with_its_place() {
    let start = "title = \"Acme\"\ndocs = \"https://acme.example\"\n";
    let scheme = "\n[[signature]]\nid = \"v1\"\nkind = \"hmac\"\nheader = { name = \"X\" }\n";
    for (toml, event, error) in [
        (
            format!("{start}{scheme}{scheme}"),
            "{}",
            "acme/provider.toml:9: signature v1: there is another scheme with this id",
        ),
        (
            format!("{start}{scheme}\n[values]\na = \"{{{{b}}}}\"\nb = \"{{{{a}}}}\"\n"),
            "{ \"id\": \"{{a}}\" }",
            "acme/events/a.json:1: the value 'a' refers to itself",
        ),
        (
            format!("{start}{}", scheme.replace("hmac", "hash")),
            "{}",
            "acme/provider.toml:4: signature v1: {secret} in the content",
        ),
        (
            format!("{start}{}", scheme.replace("hmac", "jwt")),
            "{}",
            "acme/provider.toml:4: signature v1: jwt is needed",
        ),
        (
            format!("{start}{scheme}content = \"{{fields}}\"\n"),
            "{}",
            "acme/provider.toml:4: signature v1: fields (the content has them) is needed",
        ),
        (
            format!("{start}{scheme}content = \"[{{body}}\"\n"),
            "{}",
            "acme/provider.toml:8: '[{body}' has a brace or bracket",
        ),
        (
            format!(
                "{start}{}",
                scheme.replace("header = { name = \"X\" }", "parameter = { json = \"a\", form = \"b\" }")
            ),
            "{}",
            "acme/provider.toml:4: signature v1: a second place",
        ),
        (start.to_owned(), "{\n  \"a\": \"{{nope}}\"\n}", "acme/events/a.json:2: '{{nope}}' is no placeholder"),
    ] {
        let sandbox = Sandbox::new();
        sandbox.write("own/acme/provider.toml", &toml);
        sandbox.write("own/acme/events/a.json", event);
        sandbox.configure(&format!("providers_dir = \"{}\"\n", sandbox.path("own").display()));
        sandbox.hookctl(["send", "acme", "a", "--dry-run"]).run().refuses(2, error, "");
    }
    let sandbox = Sandbox::new();
    sandbox.write("own/acme/provider.toml", start);
    sandbox.write("own/acme/events/a:b.json", "{}");
    sandbox.write("own/acme/events/a%3Ab.json", "{}");
    sandbox.hookctl(["providers", "check", "own/acme"]).run().refuses(2, "two files are the event 'a:b'", "remove one");
}
