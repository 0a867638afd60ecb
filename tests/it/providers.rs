//! Every folder in `fixtures/`: what is in it is read, rendered, signed and verified, and whatever is changed refused.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use hookctl::config::provider_folder;
use hookctl::model::{Headers, Reason, Request, Secret, Timestamp, Verdict};
use hookctl::provider::check::{self, Pair};
use hookctl::provider::{KnownSecret, Provider, ProviderFiles, SecretOrigin, Verifier};
use hookctl::secrets::Secrets;
use hookctl::signature::{Checks, KeyUse, Scheme, SchemeKind, Tolerance, sign};
use proptest::prelude::*;

use crate::support::Sandbox;

const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);
const URL: &str = "https://receiver.example/webhooks";

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// Every provider, read from its folder on disk, vectors and all.
fn providers() -> Vec<Arc<Provider>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(fixtures()).expect("fixtures") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            let folder = provider_folder(&path).expect("a provider's folder");
            let files = ProviderFiles { place: folder.name.clone(), files: folder.files.into_iter().collect() };
            found.push(Arc::new(Provider::parse(&folder.name, Some(&files), None).expect("a sound provider")));
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
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
fn everything_in_every_folder_works() {
    for provider in providers() {
        let report = check::run(&provider, &Secrets::fresh(&provider));
        assert!(report.problems.is_empty(), "{}: {:#?}", provider.name, report.problems);
        assert!(report.events >= 10, "{} has {} events", provider.name, report.events);
    }
}

#[test]
fn the_secret_of_somebody_else_verifies_nothing() {
    for provider in providers() {
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
fn time_is_bounded_in_both_directions_where_it_is_signed() {
    for provider in providers() {
        let pair = Secrets::fresh(&provider);
        let request = check::signed(&provider, &provider.events()[0], &pair.private, NOW).expect("signed");
        let first = schemes(&provider, &pair)[0];
        let Some(rule) = &first.timestamp else { continue };
        let Tolerance::Within(tolerance) = rule.tolerance else { continue };
        let seconds = i64::try_from(tolerance.as_secs()).expect("a tolerance");
        let at = |shift: i64| judge(&provider, &pair.public, &request, NOW.plus_secs(shift));
        assert_eq!(at(seconds).0, Verdict::Valid, "{}", provider.name);
        assert_eq!(at(seconds + 1), (Verdict::Invalid, Some(Reason::TimestampStale)), "{}", provider.name);
        let week = 7 * 86_400;
        assert_eq!(at(-week), (Verdict::Invalid, Some(Reason::TimestampFuture)), "{}", provider.name);
        assert_eq!(at(i64::MAX).0, Verdict::Invalid);
        assert_eq!(at(i64::MIN).0, Verdict::Invalid);
    }
}

#[test]
fn odd_timestamps_and_repeated_headers_are_refused() {
    for provider in providers() {
        let pair = Secrets::fresh(&provider);
        let request = check::signed(&provider, &provider.events()[0], &pair.private, NOW).expect("signed");
        for scheme in schemes(&provider, &pair) {
            let name = scheme.header.name.clone();
            let mut twice = request.clone();
            let value = twice.headers.text(&name).expect("signed").to_owned();
            twice.headers.push(name.clone(), value.clone());
            if schemes(&provider, &pair).len() == 1 {
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
fn the_binary_makes_every_event_of_every_provider() {
    let sandbox = Sandbox::new();
    for provider in providers() {
        let listed = sandbox.ok(["send", &provider.name, "--list"]).stdout();
        assert_eq!(listed.lines().collect::<Vec<_>>(), provider.events(), "{}", provider.name);
        let object = sandbox.ok(["providers", "show", &provider.name, "--json"]).object();
        assert_eq!(object["events"].as_array().map(Vec::len), Some(provider.events().len()));
        let event = &provider.events()[0];
        let ran = sandbox.ok(["send", &provider.name, event, "--dry-run", "--seed", "7", "--timestamp", "1767225600"]);
        let again =
            sandbox.ok(["send", &provider.name, event, "--dry-run", "--seed", "7", "--timestamp", "1767225600"]);
        // ECDSA signatures hold chance of their own; everything else repeats to the byte.
        if provider.definition.schemes().all(|scheme| scheme.kind != SchemeKind::Ecdsa) {
            assert_eq!(ran.bytes(), again.bytes(), "{}", provider.name);
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
    let text = fs::read_to_string(fixtures().join("README.md")).expect("the format");
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Any body that is signed verifies, and no change of one bit of the body or the signature goes unnoticed.
    #[test]
    fn what_is_signed_verifies_and_what_is_changed_does_not(
        body in proptest::collection::vec(any::<u8>(), 1..200),
        place in any::<prop::sample::Index>(),
        bit in 0u8..8,
    ) {
        for provider in providers().into_iter().filter(|p| p.definition.schemes().all(|s| s.kind != SchemeKind::RsaCert)) {
            let pair = Secrets::fresh(&provider);
            let mut headers: Headers = [("Content-Type", "application/octet-stream")].into_iter().collect();
            let used = schemes(&provider, &pair);
            for name in used.iter().flat_map(|scheme| &scheme.requires) {
                headers.set(name, "x");
            }
            headers.set("webhook-id", "msg_1");
            headers.set("svix-id", "msg_1");
            let target = "/webhooks".to_owned();
            let mut request = Request { method: "POST".into(), target, headers, body: Bytes::from(body.clone()) };
            for scheme in &used {
                let key = scheme.key(&pair.private, KeyUse::Sign).expect("it fits");
                sign(scheme, &mut request, URL, std::slice::from_ref(&key), NOW).expect("signed");
            }
            let url = format!("{URL}{}", &request.target["/webhooks".len()..]);
            let verdict = |request: &Request| {
                let verifier = Verifier::new(provider.clone(), &known(&pair.public));
                verifier.judge(request, Some(&url), NOW, None, Checks::off()).verdict
            };
            prop_assert_eq!(verdict(&request), Verdict::Valid, "{}", provider.name);
            let mut changed = request.clone();
            let mut bytes = body.clone();
            let at = place.index(bytes.len());
            bytes[at] ^= 1 << bit;
            changed.body = Bytes::from(bytes);
            prop_assert_ne!(verdict(&changed), Verdict::Valid, "{} body", provider.name);
            if let [only] = used.as_slice() {
                let mut changed = request.clone();
                let mut value = changed.headers.get(&only.header.name).expect("signed").value().to_vec();
                let at = place.index(value.len());
                value[at] ^= 1 << bit;
                changed.headers.set(&only.header.name, value);
                prop_assert_ne!(verdict(&changed), Verdict::Valid, "{} signature", provider.name);
            }
        }
    }
}
