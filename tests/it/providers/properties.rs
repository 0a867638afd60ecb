//! What holds for any body, and any bit of a signature, with every provider that takes any body.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hookctl::model::{Request, Secret, Timestamp, Verdict};
use hookctl::provider::check::Pair;
use hookctl::provider::{Provider, RenderOptions, Verifier, render};
use hookctl::secrets::Secrets;
use hookctl::signature::scheme::{Encoding, SchemeKind, TimestampRule};
use hookctl::signature::{Checks, KeyUse, Tolerance, sign};
use proptest::prelude::*;

use super::{NOW, URL, deciding, judge, signing, verifier};

/// Signs a body as the provider would sign it.
fn sign_body(provider: &Provider, secret: &Secret, body: &[u8]) -> Request {
    let options = RenderOptions {
        data: Some(Bytes::copy_from_slice(body)),
        target: "/webhooks".to_owned(),
        ..Default::default()
    };
    let mut request = render(provider, Some("any"), None, &options, NOW).expect("a request").request;
    for scheme in provider.definition.schemes().filter(|scheme| scheme.send) {
        if let Ok(key) = scheme.key(secret, KeyUse::Sign) {
            sign(scheme, &mut request, URL, &[key], NOW).expect("a signature");
        }
    }
    request
}

/// A provider with a key pair, and what verifies it.
struct Signer {
    provider: Arc<Provider>,
    pair: Pair,
    verifier: Verifier,
}

/// Whether every scheme that sends puts its signature into a header, whatever the body is.
fn signs_anything(provider: &Provider) -> bool {
    provider.definition.schemes().filter(|scheme| scheme.send).all(|scheme| {
        let in_header = scheme.carrier.headers().next().is_some();
        let timed = scheme.timestamp.as_ref().is_some_and(TimestampRule::is_in_body);
        let of_fields = scheme.signs(|source| scheme.is_of_body(source)) && !scheme.signs_whole_body();
        let of_claims = scheme.jwt.is_some() && !scheme.signs_whole_body();
        in_header && scheme.each.is_none() && scheme.when.is_empty() && !timed && !of_fields && !of_claims
    })
}

/// The signing providers that take any body, with keys made once: making them is the slow part.
fn signers() -> &'static [Signer] {
    static SIGNERS: std::sync::OnceLock<Vec<Signer>> = std::sync::OnceLock::new();
    SIGNERS.get_or_init(|| {
        let make = |provider: Arc<Provider>| {
            let pair = Secrets::fresh(&provider);
            let verifier = verifier(&provider, &pair.public);
            Signer { provider, pair, verifier }
        };
        signing().into_iter().filter(|provider| signs_anything(provider)).map(make).collect()
    })
}

/// A body as a provider of forms or of JSON might send it, or one that nobody would.
fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        "[ -~]{0,80}".prop_map(String::into_bytes),
        "\\{\"[a-z]{1,8}\":\"\\PC{0,30}\"\\}".prop_map(String::into_bytes),
        "[A-Za-z]{1,8}=[A-Za-z0-9%+]{0,20}(&[A-Za-z]{1,8}=[A-Za-z0-9%+]{0,20}){0,4}".prop_map(String::into_bytes),
    ]
}

/// What a form body says, whatever its spelling: `%2b` is `%2B`, and `+` is `%20`.
fn form_fields(body: &[u8]) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
    fields.sort();
    fields
}

fn flipped(bytes: &[u8], place: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let at = place % (bytes.len() * 8);
    bytes[at / 8] ^= 1 << (at % 8);
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.min(64 * 1024)))]

    #[test]
    fn any_body_that_is_signed_verifies(body in body(), at in any::<prop::sample::Index>()) {
        let Signer { provider, pair, verifier } = at.get(signers());
        let request = sign_body(provider, &pair.private, &body);
        prop_assert_eq!(&request.body[..], &body[..]);
        let judgement = judge(verifier, &request);
        prop_assert_eq!(judgement.verdict, Verdict::Valid, "{}: {:?}", provider.name, judgement);
    }

    #[test]
    fn any_bit_of_a_body_that_changes_is_noticed(
        body in body(), at in any::<prop::sample::Index>(), place in any::<usize>(),
    ) {
        prop_assume!(!body.is_empty());
        let Signer { provider, pair, verifier } = at.get(signers());
        let mut request = sign_body(provider, &pair.private, &body);
        let changed = flipped(&body, place);
        let scheme = deciding(provider, &judge(verifier, &request));
        // Twilio signs what a form says, not how it is spelt; a token signs nothing of the body.
        let by_fields = scheme.kind == SchemeKind::Twilio;
        let same = by_fields && form_fields(&body) == form_fields(&changed);
        prop_assume!(scheme.signs_whole_body() && !same);
        request.body = Bytes::from(changed);
        let verdict = judge(verifier, &request).verdict;
        prop_assert_ne!(verdict, Verdict::Valid, "{}", provider.name);
    }

    #[test]
    fn any_bit_of_a_signature_that_changes_is_noticed(
        body in body(), at in any::<prop::sample::Index>(), place in any::<usize>(),
    ) {
        let Signer { provider, pair, verifier } = at.get(signers());
        let mut request = sign_body(provider, &pair.private, &body);
        let scheme = deciding(provider, &judge(verifier, &request));
        let name = scheme.carrier.headers().next().expect("a header").into_owned();
        let old = request.headers.get(&name).expect("a signature").value().to_vec();
        let new = flipped(&old, place);
        // The same number in other digits is the same signature.
        let is_hex = matches!(scheme.encoding(), Encoding::Hex | Encoding::HexUpper);
        prop_assume!(!(is_hex && old.eq_ignore_ascii_case(&new)));
        request.headers.set(&name, new);
        let verdict = judge(verifier, &request).verdict;
        prop_assert_ne!(verdict, Verdict::Valid, "{}", provider.name);
    }

    #[test]
    fn nothing_that_arrives_breaks_verification(
        body in body(), value in prop::collection::vec(0x20_u8..0xff, 0..80), at in any::<prop::sample::Index>(),
        which in any::<prop::sample::Index>(), now in any::<i64>(),
    ) {
        let Signer { provider, pair, verifier } = at.get(signers());
        let mut request = sign_body(provider, &pair.private, &body);
        let name = which.get(request.headers.iter().as_slice()).name().to_owned();
        request.headers.set(&name, value);
        let now = Timestamp::from_secs(now / 1_000_001);
        for tolerance in [None, Some(Tolerance::Off), Some(Tolerance::Within(Duration::from_secs(1)))] {
            verifier.judge(&request, Some("not a url"), now, tolerance, Checks::on());
            verifier.judge(&request, None, now, tolerance, Checks::on());
        }
        provider.locate(&request);
    }
}
