//! `verify` says why: every cause, for several schemes, by breaking a valid request in that very way.
//!
//! In the process rather than through the binary, since these are some hundred searches; `verify.rs` drives the binary.

use std::borrow::Cow;
use std::io::Write as _;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use hookctl::diagnosis::{Case, Cause, Diagnosis, Effort, Named, diagnose};
use hookctl::model::{Headers, Request, Secret, Timestamp, Verdict};
use hookctl::provider::{Catalog, KnownSecret, Provider, SecretOrigin, Verifier};
use hookctl::secrets::Secrets;
use hookctl::signature::hmac::HmacKey;
use hookctl::signature::scheme::{Algorithm, Encoding, Scheme, SchemeKind, Tolerance};
use hookctl::signature::{Checks, HeaderForm, Key, KeyUse, Material, sign};
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);
const URL: &str = "https://hooks.example.com/in/hook?b=2&a=1";

/// Each cause is shown for so many schemes, where there are as many.
const SCHEMES: usize = 6;

static CATALOG: LazyLock<(Catalog, Vec<Arc<Provider>>)> = LazyLock::new(|| {
    let catalog = Catalog::default();
    let all = catalog.all().expect("sound providers");
    (catalog, all)
});

/// A body, as bytes.
type Text<'a> = Cow<'a, [u8]>;

/// A scheme, and a secret that is right for it.
#[derive(Clone)]
struct Signer {
    provider: Arc<Provider>,
    scheme: Scheme,
    private: Secret,
    public: Secret,
}

impl Signer {
    /// All schemes that sign and are like this.
    fn all(fits: impl Fn(&Scheme) -> bool) -> Vec<Self> {
        let mut found = Vec::new();
        for provider in &CATALOG.1 {
            let pair = Secrets::fresh(provider);
            let scheme = provider.definition.schemes().find(|scheme| {
                scheme.send
                    && scheme.when.is_empty()
                    && scheme.each.is_none()
                    && scheme.key(&pair.private, KeyUse::Sign).is_ok()
            });
            if let Some(scheme) = scheme.filter(|scheme| fits(scheme)) {
                let (private, public) = (pair.private, pair.public);
                found.push(Self { provider: provider.clone(), scheme: scheme.clone(), private, public });
            }
        }
        found.truncate(SCHEMES);
        found
    }

    /// Keyed hashes over the whole body, whose signature is in a header.
    fn keyed() -> Vec<Self> {
        Self::all(is_keyed)
    }

    fn request(&self, body: &[u8]) -> Request {
        let mut headers: Headers =
            [("Host", "hooks.example.com"), ("Content-Type", "application/json")].into_iter().collect();
        let signed = self.scheme.content.as_str();
        let named = signed.split("{header:").skip(1).filter_map(|rest| rest.split('}').next());
        for name in named.map(str::to_owned).chain(self.scheme.requires.iter().cloned()) {
            if !headers.contains(&name) {
                headers.push(name, "msg_2b1");
            }
        }
        Request {
            method: "POST".into(),
            target: "/in/hook?b=2&a=1".into(),
            headers,
            body: Bytes::copy_from_slice(body),
        }
    }

    fn signed(&self, body: &[u8]) -> Request {
        Self::signed_as(self.request(body), &self.scheme, &self.private)
    }

    fn signed_as(mut request: Request, scheme: &Scheme, secret: &Secret) -> Request {
        let key = scheme.key(secret, KeyUse::Sign).expect("a key");
        sign(scheme, &mut request, URL, &[key], NOW).expect("signs");
        request
    }

    /// Signed with these bytes as the key, whatever the secret says.
    fn signed_with(&self, key: &[u8], body: &[u8]) -> Request {
        let mut request = self.request(body);
        let material = Material::Hmac(HmacKey::new(self.scheme.algorithm, key));
        let key = Key { material, fields: self.scheme.key(&self.private, KeyUse::Sign).expect("a key").fields };
        sign(&self.scheme, &mut request, URL, &[key], NOW).expect("signs");
        request
    }

    fn diagnose(&self, request: &Request) -> Diagnosis {
        self.diagnose_with(request, std::slice::from_ref(&self.public), &[], URL, NOW)
    }

    fn diagnose_with(
        &self,
        request: &Request,
        secrets: &[Secret],
        others: &[Secret],
        url: &str,
        now: Timestamp,
    ) -> Diagnosis {
        // Enough for every cause; searches that find nothing would take most of the time of all tests.
        const EFFORT: Effort = Effort { recomputations: 4_000, ..Effort::BRIEF };
        let known: Vec<KnownSecret> =
            secrets.iter().map(|secret| KnownSecret { secret: secret.clone(), origin: SecretOrigin::Given }).collect();
        let judgement = Verifier::new(self.provider.clone(), &known).judge(request, Some(url), now, None, Checks::on());
        assert_ne!(judgement.verdict, Verdict::Valid, "{} {}: nothing was broken", self.provider.name, self.scheme.id);
        let named = |secrets: &[Secret]| -> Vec<Named> {
            secrets.iter().map(|secret| Named { name: "a secret".into(), secret: secret.clone() }).collect()
        };
        let case = Case {
            provider: &self.provider,
            providers: &CATALOG.1,
            request,
            url: Some(url),
            secrets: &named(secrets),
            others: &named(others),
            judgement: &judgement,
            now,
        };
        diagnose(&case, EFFORT)
    }

    #[track_caller]
    fn expect(&self, wanted: Cause, diagnosis: &Diagnosis) {
        let found: Vec<&str> = diagnosis.findings.iter().map(|finding| finding.change.cause.as_str()).collect();
        assert_eq!(found.first(), Some(&wanted.as_str()), "{} {}: {diagnosis:#?}", self.provider.name, self.scheme.id);
    }
}

fn is_keyed(scheme: &Scheme) -> bool {
    scheme.kind == SchemeKind::Hmac && scheme.signs_whole_body() && scheme.carrier.headers().next().is_some()
}

fn has_text_key(scheme: &Scheme) -> bool {
    let key = &scheme.key;
    is_keyed(scheme)
        && key.decode == Encoding::Text
        && key.prefix.is_empty()
        && key.pair.is_none()
        && key.hash.is_none()
        && key.length.is_none()
        && !key.required_prefix
}

const PLAIN: &str = "{\"id\":\"evt_1\",\"type\":\"a.b\",\"data\":{\"n\":12,\"list\":[1,2],\"name\":\"Zoë / <r>\"}}";

#[test]
fn a_body_that_was_changed_on_its_way() {
    let signers = Signer::keyed();
    assert!(signers.len() >= 5);
    let latin =
        PLAIN.replace('ë', "\u{1}").into_bytes().into_iter().map(|b| if b == 1 { 0xeb } else { b }).collect::<Vec<_>>();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(PLAIN.as_bytes()).expect("memory");
    let gzip = gzip.finish().expect("memory");
    let decomposed = PLAIN.replace('ë', "e\u{308}");
    let pretty = PLAIN.replace(',', ",\n ");
    let cases: Vec<(Cause, Text<'_>, Text<'_>)> = vec![
        // What was signed, and what was captured.
        (
            Cause::BodyReserialized,
            PLAIN.as_bytes().into(),
            PLAIN.replace(':', ": ").replace(',', ", ").into_bytes().into(),
        ),
        (
            Cause::BodyReserialized,
            PLAIN.replace('/', "\\/").replace('ë', "\\u00eb").into_bytes().into(),
            PLAIN.as_bytes().into(),
        ),
        (
            Cause::BodyReserialized,
            PLAIN.replace('<', "\\u003c").replace('>', "\\u003e").into_bytes().into(),
            PLAIN.as_bytes().into(),
        ),
        (Cause::BodyNewlineLost, format!("{PLAIN}\n").into_bytes().into(), PLAIN.as_bytes().into()),
        (Cause::BodyNewlineAdded, PLAIN.as_bytes().into(), format!("{PLAIN}\r\n").into_bytes().into()),
        (Cause::BodyLineEndings, pretty.clone().into_bytes().into(), pretty.replace('\n', "\r\n").into_bytes().into()),
        (Cause::BodyTrimmed, format!("{PLAIN} ").into_bytes().into(), PLAIN.as_bytes().into()),
        (Cause::BodyBom, PLAIN.as_bytes().into(), format!("\u{feff}{PLAIN}").into_bytes().into()),
        (Cause::BodyCharset, latin.clone().into(), PLAIN.as_bytes().into()),
        (Cause::BodyCharset, PLAIN.as_bytes().into(), latin.into()),
        (Cause::BodyCompressed, PLAIN.as_bytes().into(), gzip.into()),
        (Cause::BodyBase64, PLAIN.as_bytes().into(), Encoding::Base64.encode(PLAIN.as_bytes()).into_bytes().into()),
        (Cause::BodyUnicodeForm, decomposed.into_bytes().into(), PLAIN.as_bytes().into()),
        (Cause::BodyEmpty, b"".as_slice().into(), PLAIN.as_bytes().into()),
        (
            Cause::BodyWrapped,
            PLAIN.as_bytes().into(),
            serde_json::json!({"requestId": "r1", "body": PLAIN}).to_string().into_bytes().into(),
        ),
        (
            Cause::BodyParsedForm,
            b"id=evt_1&note=a+b%21".as_slice().into(),
            b"{\"id\":\"evt_1\",\"note\":\"a b!\"}".as_slice().into(),
        ),
        (
            Cause::BodyFormDecoded,
            b"id=evt_1&note=a+b%2f".as_slice().into(),
            b"id=evt_1&note=a%20b%2F".as_slice().into(),
        ),
    ];
    for (cause, signed, captured) in &cases {
        for signer in &signers {
            let mut request = signer.signed(signed);
            request.body = Bytes::copy_from_slice(captured);
            signer.expect(*cause, &signer.diagnose(&request));
        }
    }
}

#[test]
fn a_body_that_was_cut_off_says_so_without_proof() {
    for signer in Signer::keyed() {
        let mut request = signer.signed(PLAIN.as_bytes());
        request.headers.push("Content-Length", PLAIN.len().to_string());
        request.body = request.body.slice(..20);
        signer.expect(Cause::BodyTruncated, &signer.diagnose(&request));
    }
}

#[test]
fn a_secret_that_was_read_otherwise() {
    let signers = Signer::all(has_text_key);
    assert!(signers.len() >= 5, "{}", signers.len());
    let text = "c2VjcmV0c2VjcmV0c2VjcmV0";
    let bytes = b"secretsecretsecret";
    for signer in &signers {
        for (cause, configured, key) in [
            (Cause::SecretPrefix, format!("whsec_{text}"), text.as_bytes()),
            (Cause::SecretNotDecoded, text.to_owned(), &bytes[..]),
            (Cause::SecretWhitespace, format!("{text}\n"), text.as_bytes()),
            (Cause::SecretWhitespace, text.to_owned(), format!("{text}\n").leak().as_bytes()),
            (Cause::SecretQuoted, format!("\"{text}\""), text.as_bytes()),
            (Cause::SecretEnvLine, format!("HOOK_SECRET={text}"), text.as_bytes()),
            (Cause::SecretInvisible, format!("{text}\u{200b}"), text.as_bytes()),
            (Cause::SecretEmpty, text.to_owned(), b""),
        ] {
            let request = signer.signed_with(key, PLAIN.as_bytes());
            let found = signer.diagnose_with(&request, &[Secret::new(configured)], &[], URL, NOW);
            signer.expect(cause, &found);
        }
    }
    let decoding = Signer::all(|scheme| {
        is_keyed(scheme) && scheme.key.decode == Encoding::Base64 && scheme.key.prefix == "whsec_"
    });
    for signer in &decoding {
        let secret = signer.private.expose();
        let request = signer.signed_with(secret.trim_start_matches("whsec_").as_bytes(), PLAIN.as_bytes());
        signer.expect(Cause::SecretDecoded, &signer.diagnose(&request));
        let request = signer.signed_with(secret.as_bytes(), PLAIN.as_bytes());
        signer.expect(Cause::SecretPrefix, &signer.diagnose(&request));
    }
    assert!(!decoding.is_empty());
}

#[test]
fn another_secret_that_is_known() {
    for signer in Signer::keyed().into_iter().chain(Signer::all(|scheme| scheme.kind == SchemeKind::Ed25519)) {
        let other = Secrets::fresh(&signer.provider).public;
        let request = signer.signed(PLAIN.as_bytes());
        let found = signer.diagnose_with(&request, &[other], std::slice::from_ref(&signer.public), URL, NOW);
        signer.expect(Cause::SecretOther, &found);
    }
}

#[test]
fn a_signature_that_was_made_or_written_otherwise() {
    for signer in Signer::keyed() {
        let other = if signer.scheme.algorithm == Algorithm::Sha256 { Algorithm::Sha512 } else { Algorithm::Sha256 };
        let mut scheme = signer.scheme.clone();
        scheme.algorithm = other;
        let request = Signer::signed_as(signer.request(PLAIN.as_bytes()), &scheme, &signer.private);
        signer.expect(Cause::Algorithm, &signer.diagnose(&request));

        let other = if signer.scheme.encoding() == Encoding::Hex { Encoding::Base64 } else { Encoding::Hex };
        let scheme = signer.scheme.with_encoding(other);
        let request = Signer::signed_as(signer.request(PLAIN.as_bytes()), &scheme, &signer.private);
        signer.expect(Cause::Encoding, &signer.diagnose(&request));

        let mut scheme = signer.scheme.clone();
        let text = if scheme.content.as_str() == "{body}" { "{header:Content-Type}{body}" } else { "{body}" };
        scheme.content = text.parse().expect("a template");
        let request = Signer::signed_as(signer.request(PLAIN.as_bytes()), &scheme, &signer.private);
        let found = signer.diagnose(&request);
        if text == "{body}" {
            signer.expect(Cause::ContentOrder, &found);
        } else {
            signer.expect(Cause::NoMatch, &found);
        }
    }
}

#[test]
fn a_signature_in_another_header_or_none() {
    for signer in Signer::keyed() {
        let name = signer.scheme.carrier.headers().next().expect("a header").into_owned();
        let good = signer.signed(PLAIN.as_bytes());
        let value = good.headers.text(&name).expect("a signature").to_owned();

        let mut copied = good.clone();
        copied.headers.push("X-Copied-By-Proxy", value.clone());
        copied.headers.set(&name, signer.signed(b"other").headers.text(&name).expect("a signature").to_owned());
        signer.expect(Cause::HeaderOther, &signer.diagnose(&copied));

        let mut gone = good.clone();
        gone.headers.remove(&name);
        let found = signer.diagnose(&gone);
        assert!(found.findings.iter().any(|finding| finding.change.cause == Cause::HeaderMissing), "{found:#?}");

        let mut broken = good.clone();
        broken.headers.set(&name, "☃".to_owned());
        let found = signer.diagnose(&broken);
        let is_told = |cause| found.findings.iter().any(|finding| finding.change.cause == cause);
        assert!(is_told(Cause::HeaderMalformed) || is_told(Cause::HeaderMissing), "{found:#?}");
    }
    for signer in Signer::all(|scheme| is_keyed(scheme) && scheme.carrier.form != HeaderForm::Plain) {
        let name = signer.scheme.carrier.headers().next().expect("a header").into_owned();
        let mut request = signer.signed(PLAIN.as_bytes());
        // As a framework shows a list: quoted, and with spaces that were not there.
        let value = request.headers.text(&name).expect("a signature").replace(',', " , ");
        request.headers.set(&name, format!("[\"{value}\"]"));
        let found = signer.diagnose(&request);
        let told: Vec<&str> = found.findings.iter().map(|finding| finding.change.cause.as_str()).collect();
        assert!(told.contains(&"header-list-merged"), "{}: {told:?}", signer.provider.name);
    }
}

#[test]
fn a_clock_or_a_timestamp() {
    let timed = Signer::all(|scheme| {
        is_keyed(scheme)
            && scheme.content.as_str().contains("{timestamp}")
            && !scheme.timestamp.as_ref().is_some_and(hookctl::signature::scheme::TimestampRule::is_in_body)
    });
    assert!(timed.len() >= 4);
    for signer in &timed {
        let request = signer.signed(PLAIN.as_bytes());
        let (late, early) =
            (Timestamp::from_secs(1_767_225_600 + 864_000), Timestamp::from_secs(1_767_225_600 - 864_000));
        let at = |now| signer.diagnose_with(&request, std::slice::from_ref(&signer.public), &[], URL, now);
        let rule = signer.scheme.timestamp.as_ref().expect("a timestamp");
        if rule.tolerance != Tolerance::Off {
            signer.expect(Cause::TimestampStale, &at(late));
            if rule.future.unwrap_or(rule.tolerance) != Tolerance::Off {
                signer.expect(Cause::TimestampFuture, &at(early));
            }
        }
        let mut scheme = signer.scheme.clone();
        let text = scheme.content.as_str().replace("{timestamp}", "{header:X-Other-Time}");
        scheme.content = text.parse().expect("a template");
        for (time, cause) in [("1767225500", Cause::TimestampChanged), ("1767225600000", Cause::TimestampUnit)] {
            let unit_is_ms = signer
                .signed(PLAIN.as_bytes())
                .headers
                .iter()
                .any(|h| h.text().is_some_and(|v| v.contains("1767225600000")));
            if unit_is_ms && cause == Cause::TimestampUnit {
                continue;
            }
            let mut request = signer.request(PLAIN.as_bytes());
            request.headers.push("X-Other-Time", time);
            let mut request = Signer::signed_as(request, &scheme, &signer.private);
            if cause == Cause::TimestampUnit {
                request.headers.remove("X-Other-Time");
            }
            signer.expect(cause, &signer.diagnose(&request));
        }
    }
}

#[test]
fn an_address_that_was_seen_otherwise() {
    let signers = Signer::all(|scheme| is_keyed(scheme) && scheme.signs_url());
    assert!(!signers.is_empty());
    for signer in &signers {
        let request = Signer::signed_as(signer.request(b"{\"a\":1}"), &signer.scheme, &signer.private);
        let request = Request { target: "/in/hook?b=2&a=1".into(), ..request };
        for (seen, cause) in [
            (URL.replace("https", "http"), Cause::UrlScheme),
            (URL.replace("hooks.example.com", "10.0.0.7"), Cause::UrlHost),
            (URL.replace(".com/", ".com:8443/"), Cause::UrlPort),
            (URL.replace("/hook?", "/hook/?"), Cause::UrlPath),
        ] {
            let mut request = request.clone();
            request.headers.remove("Host");
            if cause == Cause::UrlHost {
                request.headers.set("X-Forwarded-Host", "hooks.example.com");
            }
            let found = signer.diagnose_with(&request, std::slice::from_ref(&signer.public), &[], &seen, NOW);
            signer.expect(cause, &found);
        }
    }
}

#[test]
fn key_pairs_are_searched_too() {
    let signers =
        Signer::all(|scheme| scheme.is_asymmetric() && scheme.signs_whole_body() && scheme.certificate.is_none());
    assert!(!signers.is_empty());
    for signer in &signers {
        let mut request = signer.signed(PLAIN.as_bytes());
        request.body = Bytes::from(format!("{PLAIN}\n"));
        signer.expect(Cause::BodyNewlineAdded, &signer.diagnose(&request));
        let request = signer.signed(PLAIN.as_bytes());
        let quoted = Secret::new(format!("'{}'", signer.public.expose()));
        signer.expect(Cause::SecretQuoted, &signer.diagnose_with(&request, &[quoted], &[], URL, NOW));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, ..ProptestConfig::default() })]

    /// Whatever the bodies and secrets: what has nothing to do with what was signed is explained by nothing.
    #[test]
    fn what_cannot_be_explained_is_not_explained(
        at in 0..6_usize,
        signed in "[a-z]{1,12}",
        captured in "[A-Z]{1,12}",
        secret in "[a-zA-Z0-9]{24}",
    ) {
        let signers = Signer::all(has_text_key);
        let signer = &signers[at % signers.len()];
        let mut request = signer.signed_with(secret.as_bytes(), format!(r#"{{"{signed}":1,"k":"v"}}"#).as_bytes());
        request.body = Bytes::from(format!(r#"{{"{captured}":2,"k":"w"}}"#));
        let found = signer.diagnose(&request);
        let causes: Vec<&str> = found.findings.iter().map(|finding| finding.change.cause.as_str()).collect();
        prop_assert_eq!(causes, ["no-match"]);
    }
}
