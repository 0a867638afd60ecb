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
