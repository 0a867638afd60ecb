#![no_main]
//! No request makes a verifier panic, or say `valid` without the right signature.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use hookctl::model::{Headers, Request, Secret, Timestamp, Verdict};
use hookctl::provider::{Catalog, KnownSecret, SecretOrigin, Verifier};
use hookctl::secrets::Secrets;
use hookctl::signature::{Checks, SchemeKind};
use libfuzzer_sys::fuzz_target;

fn verifiers() -> &'static [Arc<Verifier>] {
    static ALL: OnceLock<Vec<Arc<Verifier>>> = OnceLock::new();
    ALL.get_or_init(|| {
        let providers = Catalog::default().all().expect("sound providers");
        let signing = providers.into_iter().filter(|p| p.definition.schemes().all(|s| s.kind != SchemeKind::Token));
        signing
            .map(|provider| {
                let secret: Secret = Secrets::fresh(&provider).public;
                Arc::new(Verifier::new(provider, &[KnownSecret { secret, origin: SecretOrigin::Given }]))
            })
            .collect()
    })
}

fuzz_target!(|input: (u8, Vec<String>, Vec<u8>, i64)| {
    let (which, values, body, now) = input;
    let all = verifiers();
    let verifier = &all[usize::from(which) % all.len()];
    let mut names: Vec<String> = Vec::new();
    for scheme in verifier.provider().definition.schemes() {
        names.extend(scheme.carrier.headers().map(std::borrow::Cow::into_owned));
        names.extend(scheme.requires.clone());
        names.extend(scheme.timestamp.iter().filter_map(|rule| rule.header.clone()));
    }
    names.push("Content-Type".to_owned());
    let headers: Headers = names.into_iter().zip(values).collect();
    let request =
        Request { method: "POST".to_owned(), target: "/hook?a=1".to_owned(), headers, body: Bytes::from(body) };
    let judged =
        verifier.judge(&request, Some("https://a.example/hook"), Timestamp::from_secs(now), None, Checks::on());
    assert_ne!(judged.verdict, Verdict::Valid, "forged: {request:?}");
});
