use bytes::Bytes;

use super::*;
use crate::model::Headers;
use crate::provider::{Catalog, KnownSecret, SecretOrigin, Verifier};
use crate::signature::{Checks, sign};

const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);

/// Providers with keyed hashes of different forms, and a secret of each.
const KEYED: [(&str, &str); 6] = [
    ("stripe", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    ("github", "It's a Secret to Everybody"),
    ("shopify", "hush_4f2a9c"),
    ("slack", "8f742231b10e8888abcd99yyyzzz85a5"),
    ("svix", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    ("generic", "0123456789abcdef0123"),
];

const BODY: &[u8] =
    br#"{"id":"evt_1","type":"a.b","n":1.5,"total":10,"name":"Ren\u00e9e <r> /","list":[1,2,{"k":"v"}]}"#;

struct Bench {
    catalog: Catalog,
    providers: Vec<Arc<Provider>>,
}

impl Bench {
    fn new() -> Self {
        let catalog = Catalog::default();
        let providers = catalog.all().expect("sound providers");
        Self { catalog, providers }
    }

    /// A request that the provider signed.
    fn signed(&self, provider: &str, secret: &str, body: &[u8]) -> Request {
        let provider = self.catalog.get(provider).expect(provider);
        let headers: Headers = [("Content-Type", "application/json"), ("webhook-id", "msg_1"), ("svix-id", "msg_1")]
            .into_iter()
            .filter(|(name, _)| !name.ends_with("-id") || name.starts_with(provider.name.as_str()))
            .collect();
        let mut request =
            Request { method: "POST".into(), target: "/hook".into(), headers, body: Bytes::copy_from_slice(body) };
        let secret = Secret::new(secret);
        let scheme =
            provider.definition.schemes().find(|scheme| scheme.key(&secret, crate::signature::KeyUse::Sign).is_ok());
        let scheme = scheme.expect("a scheme that takes the secret");
        for name in &scheme.requires {
            if !request.headers.contains(name) {
                request.headers.push(name.clone(), "1");
            }
        }
        let key = scheme.key(&secret, crate::signature::KeyUse::Sign).expect("a key");
        sign(scheme, &mut request, "https://a.example/hook", &[key], NOW).expect("signs");
        request
    }

    fn diagnose(&self, provider: &str, secrets: &[&str], others: &[&str], request: &Request) -> Diagnosis {
        self.diagnose_at(provider, secrets, others, request, NOW)
    }

    fn diagnose_at(
        &self,
        provider: &str,
        secrets: &[&str],
        others: &[&str],
        request: &Request,
        now: Timestamp,
    ) -> Diagnosis {
        let provider = self.catalog.get(provider).expect(provider);
        let known: Vec<KnownSecret> = secrets
            .iter()
            .map(|text| KnownSecret { secret: Secret::new(*text), origin: SecretOrigin::Given })
            .collect();
        let url = Some("https://a.example/hook");
        let judgement = Verifier::new(provider.clone(), &known).judge(request, url, now, None, Checks::on());
        let named = |texts: &[&str]| {
            let named = texts.iter().enumerate();
            named
                .map(|(at, text)| Named { name: format!("secret {at}"), secret: Secret::new(*text) })
                .collect::<Vec<_>>()
        };
        let case = Case {
            provider: &provider,
            providers: &self.providers,
            request,
            url,
            secrets: &named(secrets),
            others: &named(others),
            judgement: &judgement,
            now,
        };
        diagnose(&case, Effort::USUAL)
    }
}

fn causes(diagnosis: &Diagnosis) -> Vec<&'static str> {
    diagnosis.findings.iter().map(|finding| finding.change.cause.as_str()).collect()
}

#[test]
fn a_changed_body_is_explained_for_every_form_of_scheme() {
    let bench = Bench::new();
    let python = br#"{"id": "evt_1", "type": "a.b", "n": 1.5, "total": 10, "name": "Ren\u00e9e <r> /", "list": [1, 2, {"k": "v"}]}"#;
    for (provider, secret) in KEYED {
        let signed = bench.signed(provider, secret, BODY);
        for (captured, wanted) in [
            (&python[..], "body-reserialized"),
            (&[BODY, b"\n"].concat(), "body-newline-added"),
            (&[b"\xef\xbb\xbf", BODY].concat(), "body-bom"),
            (br#"{"body":"{\"id\":\"evt_1\"}"}"#, "no-match"),
        ] {
            let mut request = signed.clone();
            request.body = Bytes::copy_from_slice(captured);
            let found = bench.diagnose(provider, &[secret], &[], &request);
            assert_eq!(causes(&found), [wanted], "{provider}: {found:#?}");
        }
    }
}

#[test]
fn a_secret_in_the_wrong_form_is_explained() {
    let bench = Bench::new();
    for (provider, secret) in KEYED {
        let signed = bench.signed(provider, secret, BODY);
        for (configured, wanted) in [
            (format!("{secret}\n"), "secret-whitespace"),
            (format!("\"{secret}\""), "secret-quoted"),
            (format!("WEBHOOK_SECRET={secret}"), "secret-env-line"),
            (format!("{}\u{200b}{}", &secret[..4], &secret[4..]), "secret-invisible"),
        ] {
            let found = bench.diagnose(provider, &[&configured], &[], &signed);
            assert_eq!(causes(&found), [wanted], "{provider} {configured:?}: {found:#?}");
        }
        let found = bench.diagnose(provider, &["whsec_b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90"], &[secret], &signed);
        assert_eq!(causes(&found), ["secret-other"], "{provider}");
    }
}

#[test]
fn two_changes_name_each_other() {
    let bench = Bench::new();
    let (provider, secret) = KEYED[0];
    let mut request = bench.signed(provider, secret, BODY);
    request.body = Bytes::from([BODY, b"\n"].concat());
    let found = bench.diagnose(provider, &[&format!("'{secret}'")], &[], &request);
    assert_eq!(causes(&found), ["body-newline-added", "secret-quoted"]);
    assert_eq!(found.findings[0].with, [Cause::SecretQuoted]);
    assert_eq!(found.findings[1].with, [Cause::BodyNewlineAdded]);
}

#[test]
fn what_is_signed_besides_the_body_is_explained() {
    let bench = Bench::new();
    let secret = KEYED[0].1;
    let tag = |content: &str| {
        let mut run =
            crate::signature::hmac::HmacKey::new(crate::signature::scheme::Algorithm::Sha256, secret.as_bytes())
                .start();
        run.update(content.as_bytes());
        run.finish()
    };
    let body = std::str::from_utf8(BODY).expect("ASCII");
    let time = "1767225600";
    for (content, wanted) in [
        (body.to_owned(), "content-order"),
        (format!("{body}.{time}"), "content-order"),
        (format!("{time}000.{body}"), "timestamp-unit"),
        (format!("1767225601.{body}"), "timestamp-changed"),
    ] {
        let mut request = bench.signed("stripe", secret, BODY);
        request.headers.set("Stripe-Signature", format!("t={time},v1={}", hex::encode(tag(&content))));
        let found = bench.diagnose("stripe", &[secret], &[], &request);
        assert_eq!(causes(&found), [wanted], "{content}: {found:#?}");
    }
    let good = tag(&format!("{time}.{body}"));
    for (header, wanted) in [
        (format!("t={time},v1={}", hex::encode_upper(&good)), "encoding"),
        (format!("t={time},v1={}", crate::signature::scheme::Encoding::Base64.encode(&good)), "encoding"),
        (format!("t={time};v1={}", hex::encode(&good)), "header-list-merged"),
    ] {
        let mut request = bench.signed("stripe", secret, BODY);
        request.headers.set("Stripe-Signature", header.clone());
        let found = bench.diagnose("stripe", &[secret], &[], &request);
        assert!(causes(&found).contains(&wanted), "{header}: {found:#?}");
    }
}

#[test]
fn the_clock_is_blamed_only_where_the_signature_is_right() {
    let bench = Bench::new();
    let (provider, secret) = KEYED[0];
    let mut request = bench.signed(provider, secret, BODY);
    let later = Timestamp::from_secs(1_767_225_600 + 3_600);
    assert_eq!(causes(&bench.diagnose_at(provider, &[secret], &[], &request, later)), ["timestamp-stale"]);
    request.body = Bytes::from_static(b"{}");
    assert_eq!(causes(&bench.diagnose_at(provider, &[secret], &[], &request, later)), ["no-match"]);
}

#[test]
fn a_large_body_is_searched_within_the_budget() {
    let bench = Bench::new();
    let (provider, secret) = KEYED[1];
    let body = format!(r#"{{"text":"{}","n":1}}"#, "x".repeat(1 << 17));
    let mut request = bench.signed(provider, secret, body.as_bytes());
    request.body = Bytes::from(body.replace(r#","n":1"#, r#", "n": 1"#).replace(r#""text":"#, r#""text": "#));
    assert_eq!(causes(&bench.diagnose(provider, &[secret], &[], &request)), ["body-reserialized"]);
    request.body = Bytes::from(body.replace('x', "y"));
    let found = bench.diagnose(provider, &[secret], &[], &request);
    assert_eq!(causes(&found), ["no-match"]);
    assert!(found.tried > 100 && found.tried < 20_000, "{}", found.tried);
}
