//! Every folder of `fixtures/`, as it is on disk: it parses, renders, signs, verifies, and what was tampered with is refused.
//!
//! No provider is named here but where a test needs just one; a new folder is tested without touching this file.

mod properties;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::support::Sandbox;
use hookctl::model::{Reason, Request, Secret, Timestamp, Verdict};
use hookctl::payload::Seed;
use hookctl::provider::check::{self, signed};
use hookctl::provider::detect::Detector;
use hookctl::provider::{
    Catalog, Judgement, KnownSecret, Provider, ProviderFiles, RenderOptions, SecretOrigin, Verifier, render,
};
use hookctl::secrets::Secrets;
use hookctl::signature::{Checks, Scheme, Tolerance};

/// The moment of every signature here.
const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);

/// The address that is signed where a scheme signs one; `check::signed` signs this one.
const URL: &str = "https://receiver.example/webhooks";

/// Whether an event has no place for an id: hand-shakes, and what some providers send without one.
fn carries_no_id(provider: &Provider, name: &str) -> bool {
    let event = provider.event(name).expect("an event");
    let id = "asked-for-1";
    let options = RenderOptions { id: Some(id.to_owned()), target: "/".to_owned(), ..Default::default() };
    let request = render(provider, Some(name), Some(&event), &options, NOW).expect("a request").request;
    let within = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(id);
    // A payload may be base64, where only the locators find anything.
    let located = provider.locate(&request).event_id.is_some_and(|found| found.contains(id));
    !located && !within(&request.body) && !request.headers.iter().any(|header| within(header.value()))
}

/// Providers that have less than three types of events to send.
const FEW_EVENTS: [&str; 6] = [
    "airtable",   // something has changed
    "docker-hub", // an image was pushed
    "dropbox",    // files have changed
    "msteams",    // somebody has written
    "tally",      // a response
    "typeform",   // a response, and a part of one
];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The names of the folders.
fn folders() -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(fixtures()).expect("fixtures") {
        let entry = entry.expect("an entry");
        if entry.path().is_dir() {
            names.push(entry.file_name().into_string().expect("a name"));
        }
    }
    names.sort();
    names
}

/// The files of a folder by their paths within it.
fn files(folder: &Path, below: &str) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = format!("{below}{}", entry.file_name().to_str().expect("a name"));
        if entry.path().is_dir() {
            found.extend(files(&entry.path(), &format!("{name}/")));
        } else {
            found.insert(name, fs::read(entry.path()).expect("a file"));
        }
    }
    found
}

fn from_disk(name: &str) -> ProviderFiles {
    ProviderFiles { place: format!("fixtures/{name}"), files: files(&fixtures().join(name), "") }
}

/// All providers, read from disk, vectors included.
fn providers() -> Vec<Arc<Provider>> {
    folders()
        .iter()
        .map(|name| match Provider::parse(name, Some(&from_disk(name)), None) {
            Ok(provider) => Arc::new(provider),
            Err(error) => panic!("{error}"),
        })
        .collect()
}

/// Those that sign what they send.
fn signing() -> Vec<Arc<Provider>> {
    providers().into_iter().filter(|provider| provider.definition.schemes().next().is_some()).collect()
}

fn verifier(provider: &Arc<Provider>, secret: &Secret) -> Verifier {
    Verifier::new(provider.clone(), &[KnownSecret { secret: secret.clone(), origin: SecretOrigin::Given }])
}

fn judge(verifier: &Verifier, request: &Request) -> Judgement {
    verifier.judge(request, Some(URL), NOW, None, Checks::on())
}

/// The scheme that decides about a request: the first one that is in it.
fn deciding<'a>(provider: &'a Provider, judgement: &Judgement) -> &'a Scheme {
    let id = judgement.scheme.as_deref().expect("a scheme");
    provider.definition.schemes().find(|scheme| *scheme.id == *id).expect("a scheme of that name")
}

#[test]
fn the_binary_knows_the_folders_on_disk_with_all_their_events() {
    let catalog = Catalog::default();
    assert_eq!(catalog.names(), folders());
    for provider in providers() {
        let embedded = catalog.get(&provider.name).expect("an embedded provider");
        assert_eq!(embedded.events(), provider.events(), "{}", provider.name);
        assert_eq!(embedded.definition.schemes().count(), provider.definition.schemes().count());
        let on_disk = from_disk(&provider.name).files.keys().filter(|path| path.starts_with("events/")).count();
        assert_eq!(provider.events().len(), on_disk, "{}", provider.name);
    }
}

#[test]
fn every_provider_has_events_to_develop_against_and_vectors() {
    for provider in providers() {
        let enough = provider.events().len() >= 3 || FEW_EVENTS.contains(&provider.name.as_str());
        assert!(enough, "{} has {} events", provider.name, provider.events().len());
        assert!(provider.definition.docs.starts_with("https://"), "{}", provider.name);
        let proof = !provider.vectors().is_empty() || !provider.handshake_vectors().is_empty();
        // These neither sign nor want an answer: there is nothing to judge.
        let nothing = ["100ms", "docker-hub"].contains(&provider.name.as_str());
        assert!(proof != nothing, "{} has no vectors", provider.name);
    }
}

#[test]
fn unified_types_are_a_thing_and_what_happened_to_it() {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    for provider in providers() {
        for (event, unified) in &provider.definition.normalize {
            let form = unified.split_once('.').is_some_and(|(thing, what)| is_word(thing) && is_word(what));
            assert!(form || unified == "ping", "{} {event}: {unified}", provider.name);
        }
    }
}

#[test]
fn everything_in_every_folder_checks_well() {
    for provider in providers() {
        let report = check::run(&provider, &Secrets::fresh(&provider));
        assert!(report.problems.is_empty(), "{}: {:#?}", provider.name, report.problems);
        assert_eq!(report.events, provider.events().len());
        let lines: usize = from_disk(&provider.name)
            .files
            .iter()
            .filter(|(path, _)| path.starts_with("vectors/"))
            .map(|(_, content)| String::from_utf8_lossy(content).lines().filter(|l| !l.trim().is_empty()).count())
            .sum();
        assert_eq!(report.vectors, lines, "{}: all vectors are run", provider.name);
    }
}

#[test]
fn a_vector_with_the_other_verdict_would_be_noticed() {
    for provider in providers().iter().filter(|provider| !provider.vectors().is_empty()) {
        for line in provider.vectors() {
            let (valid, invalid) = (r#""expect": "valid""#, r#""expect": "invalid""#);
            let turned = if line.contains(valid) { line.replace(valid, invalid) } else { line.replace(invalid, valid) };
            assert_ne!(turned, line, "a vector says what it expects");
            let vector: check::Vector = serde_json::from_str(&turned).expect("a vector");
            assert!(vector.judge(provider).is_err(), "{} {}", provider.name, vector.id);
        }
    }
}

#[test]
fn an_unknown_key_in_a_provider_file_is_refused_with_its_line() {
    for name in folders() {
        let files = from_disk(&name);
        let text = String::from_utf8(files.files["provider.toml"].clone()).expect("text");
        for (at, line) in text.lines().enumerate() {
            // In these any key is a name.
            let is_names = matches!(
                line,
                "[values]" | "[normalize]" | "[retry.reasons]" | "[signature.jwt.claims]" | "[signature.jwt.extra]"
            );
            let is_table = line.starts_with('[') && line.ends_with(']') && !is_names;
            if at != 0 && !is_table {
                continue;
            }
            let mut lines: Vec<&str> = text.lines().collect();
            let place = if at == 0 { 0 } else { at + 1 };
            lines.insert(place, "no_such_key = 1");
            let mut broken = files.clone();
            broken.files.insert("provider.toml".to_owned(), lines.join("\n").into_bytes());
            let error = Provider::parse(&name, Some(&broken), None).expect_err("an unknown key").to_string();
            let where_it_is = format!("fixtures/{name}/provider.toml:{}:", place + 1);
            assert!(error.starts_with(&where_it_is) && error.contains("no_such_key"), "{where_it_is} {error}");
        }
    }
}

#[test]
fn every_event_renders_with_any_seed_as_what_its_file_is_called() {
    for provider in providers() {
        for name in provider.events() {
            let event = provider.event(&name).unwrap_or_else(|error| panic!("{error}"));
            let make = |seed: u64| {
                let options = RenderOptions { seed: Seed::of(seed), target: "/".to_owned(), ..Default::default() };
                render(&provider, Some(&name), Some(&event), &options, NOW).expect("a request").request
            };
            let no_id = carries_no_id(&provider, &name);
            let mut ids = Vec::new();
            for seed in 0..5 {
                let request = make(seed);
                let who = format!("{} {name} with seed {seed}", provider.name);
                assert_eq!(request, make(seed), "{who} is repeatable");
                let located = provider.locate(&request);
                assert_eq!(located.event_type.as_deref(), Some(name.as_str()), "{who}");
                let text = std::str::from_utf8(&request.body).expect("text");
                // Shopify's own templates for money look like ours.
                let all = format!("{:?}{}", request.headers, text.replace("${{amount}}", ""));
                assert!(!all.contains("{{"), "{who} leaves a placeholder: {all}");
                if !request.is_form() && request.method == "POST" && !text.is_empty() {
                    let parsed = serde_json::from_slice::<serde_json::Value>(request.document());
                    parsed.unwrap_or_else(|error| panic!("{who}: {error}"));
                }
                assert_eq!(located.event_id.is_none(), no_id, "{who} and its id");
                ids.extend(located.event_id);
            }
            ids.sort();
            ids.dedup();
            let wanted = if no_id { 0 } else { 5 };
            assert_eq!(ids.len(), wanted, "{} {name}: each seed has an id of its own: {ids:?}", provider.name);
        }
    }
}

#[test]
fn what_a_provider_sends_is_recognised_as_its_own() {
    let catalog = Catalog::default();
    let detector = Detector::new(&catalog).expect("sound providers");
    let mut taken_for_others = Vec::new();
    for provider in catalog.all().expect("sound providers") {
        if provider.definition.detect.is_empty() {
            continue;
        }
        let pair = Secrets::fresh(&provider);
        for event in provider.events() {
            let request = signed(&provider, &event, &pair.private, NOW).expect("a request");
            let found = detector.detect(&request).map_or("nobody", |found| found.name.as_str());
            if found != provider.name {
                taken_for_others.push(format!("{} {event} is taken for {found}", provider.name));
            }
        }
    }
    assert!(taken_for_others.is_empty(), "{taken_for_others:#?}");
}

#[test]
fn an_id_that_was_asked_for_is_the_one_a_receiver_finds() {
    for provider in providers() {
        for name in provider.events().into_iter().filter(|event| !carries_no_id(&provider, event)) {
            let event = provider.event(&name).expect("an event");
            let options = RenderOptions { id: Some("asked-for-1".to_owned()), ..Default::default() };
            let request = render(&provider, Some(&name), Some(&event), &options, NOW).expect("a request").request;
            let id = provider.locate(&request).event_id.unwrap_or_default();
            assert!(id.starts_with("asked-for-1"), "{} {name}: {id}", provider.name);
        }
    }
}

#[test]
fn what_is_signed_verifies_and_nothing_that_was_changed_does() {
    for provider in signing() {
        let (pair, other) = (Secrets::fresh(&provider), Secrets::fresh(&provider));
        let (right, wrong) = (verifier(&provider, &pair.public), verifier(&provider, &other.public));
        for event in provider.events() {
            let who = format!("{} {event}", provider.name);
            let request =
                signed(&provider, &event, &pair.private, NOW).unwrap_or_else(|error| panic!("{who}: {error}"));
            let judgement = judge(&right, &request);
            assert_eq!(judgement.verdict, Verdict::Valid, "{who}: {judgement:?}");
            assert_eq!(judgement.secret_index, Some(0));
            assert_eq!(judge(&wrong, &request).verdict, Verdict::Invalid, "{who} with another secret");

            let mut bare = request.clone();
            for scheme in provider.definition.schemes() {
                scheme.carrier.clear(&mut bare, scheme.each.as_ref());
            }
            let judgement = judge(&right, &bare);
            assert_eq!(
                (judgement.verdict, judgement.reason),
                (Verdict::Unsigned, Some(Reason::HeaderMissing)),
                "{who}"
            );

            let scheme = deciding(&provider, &judge(&right, &request));
            for name in &scheme.requires {
                let mut less = request.clone();
                less.headers.remove(name);
                assert_ne!(judge(&right, &less).verdict, Verdict::Valid, "{who} without {name}");
            }
            let Some(name) = scheme.carrier.headers().next() else { continue };
            let mut twice = request.clone();
            let header = request.headers.get(&name).expect("a signature").value().to_vec();
            twice.headers.push(name.to_string(), header);
            assert_ne!(judge(&right, &twice).verdict, Verdict::Valid, "{who} with two signature headers");
        }
    }
}

#[test]
fn an_old_timestamp_is_stale_and_one_from_the_future_too() {
    let mut with_time = 0;
    for provider in signing() {
        let pair = Secrets::fresh(&provider);
        let verifier = verifier(&provider, &pair.public);
        let request = signed(&provider, &provider.events()[0], &pair.private, NOW).expect("a request");
        let judgement = judge(&verifier, &request);
        let Some(rule) = &deciding(&provider, &judgement).timestamp else { continue };
        with_time += 1;
        let at = |seconds: i64, tolerance| {
            let now = Timestamp::from_secs(1_767_225_600 + seconds);
            verifier.judge(&request, Some(URL), now, tolerance, Checks::off())
        };
        let five = Some(Tolerance::Within(Duration::from_mins(5)));
        let name = &provider.name;
        for (seconds, verdict, reason) in [
            (300, Verdict::Valid, None),
            (301, Verdict::Invalid, Some(Reason::TimestampStale)),
            (86_400 * 365, Verdict::Invalid, Some(Reason::TimestampStale)),
        ] {
            let judgement = at(seconds, five);
            assert_eq!((judgement.verdict, judgement.reason), (verdict, reason), "{name} after {seconds} s");
        }
        if let Tolerance::Within(_) = rule.tolerance {
            assert_eq!(at(86_400 * 3, None).reason, Some(Reason::TimestampStale), "{name} by its own tolerance");
            let ahead = (rule.future != Some(Tolerance::Off)).then_some(Reason::TimestampFuture);
            assert_eq!(at(-86_400 * 3, None).reason, ahead, "{name} by its own tolerance");
        }
    }
    assert!(with_time >= 5, "providers with a signed time: {with_time}");
}

#[test]
fn an_event_of_every_provider_can_be_looked_at_without_a_receiver() {
    let sandbox = Sandbox::new();
    let list = sandbox.ok(["providers", "list", "--json"]);
    let providers = list.of_kind("provider");
    assert_eq!(providers.len(), folders().len());
    for provider in providers {
        let name = provider["name"].as_str().expect("a name");
        // One is enough: the tests above render all of them, and each run of the binary takes its time.
        for event in provider["events"].as_array().expect("events").iter().take(1) {
            let event = event.as_str().expect("an event");
            let request = sandbox.ok(["send", name, event, "--dry-run", "--json"]).object();
            assert_eq!((&request["kind"], &request["event_type"]), (&"request".into(), &event.into()), "{name}");
        }
    }
    assert!(!sandbox.store().exists(), "a dry run records nothing");
}

#[test]
fn more_than_a_hundred_providers_have_vectors_and_no_two_have_the_same_name() {
    let mut ids = std::collections::BTreeSet::new();
    let mut with_vectors = 0;
    for provider in providers() {
        let lines = provider.vectors();
        with_vectors += usize::from(!lines.is_empty());
        for line in lines {
            let vector: check::Vector = serde_json::from_str(&line).expect("a vector");
            assert!(ids.insert(vector.id.clone()), "{} is there twice", vector.id);
        }
    }
    assert!(with_vectors >= 120 && ids.len() >= 367, "{with_vectors} providers with {} vectors", ids.len());
}
