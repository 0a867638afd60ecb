//! Valid requests of every provider, and what is broken about them.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use hookctl::diagnosis::{Case, Diagnosis, Effort, Named, diagnose};
use hookctl::model::{Headers, Request, Secret, Timestamp, Verdict};
use hookctl::provider::{Catalog, Judgement, KnownSecret, Provider, RenderOptions, SecretOrigin, Verifier, render};
use hookctl::secrets::Secrets;
use hookctl::signature::hmac::HmacKey;
use hookctl::signature::scheme::{Encoding, Scheme, SchemeKind};
use hookctl::signature::{Checks, Key, KeyUse, Material, sign};

pub(super) const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);
pub(super) const URL: &str = "https://hooks.example.com/in/hook?b=2&a=1";
const TARGET: &str = "/in/hook?b=2&a=1";

pub(super) static PROVIDERS: LazyLock<Vec<Arc<Provider>>> =
    LazyLock::new(|| Catalog::default().all().expect("sound providers"));

/// A signer a provider: with the scheme that it sends with.
pub(super) static SIGNERS: LazyLock<Vec<Signer>> = LazyLock::new(|| PROVIDERS.iter().filter_map(Signer::of).collect());

/// A scheme, and a secret that is right for it.
pub(super) struct Signer {
    pub(super) provider: Arc<Provider>,
    pub(super) scheme: Scheme,
    pub(super) private: Secret,
    pub(super) public: Secret,
}

/// A request that is not valid any more, and how it is judged.
#[derive(Clone)]
pub(super) struct Broken {
    pub(super) provider: Arc<Provider>,
    pub(super) request: Request,
    pub(super) secrets: Vec<Secret>,
    pub(super) others: Vec<Secret>,
    pub(super) url: String,
    pub(super) now: Timestamp,
}

impl Signer {
    fn of(provider: &Arc<Provider>) -> Option<Self> {
        let pair = Secrets::fresh(provider);
        let fits = |scheme: &&Scheme| scheme.send && scheme.key(&pair.private, KeyUse::Sign).is_ok();
        let scheme = provider.definition.schemes().find(fits)?.clone();
        Some(Self { provider: provider.clone(), scheme, private: pair.private, public: pair.public })
    }

    /// One that signs with this scheme, which the provider uses now and then.
    pub(super) fn with(provider: &str, scheme: &str, secret: &str) -> Self {
        let secret = Secret::new(secret);
        Self { private: secret.clone(), public: secret, ..Self::with_pair_of(provider, scheme) }
    }

    /// The same, with a secret as the provider's usual scheme has it.
    pub(super) fn with_pair_of(provider: &str, scheme: &str) -> Self {
        let provider = PROVIDERS.iter().find(|one| one.name == provider).expect("a provider").clone();
        let scheme = provider.definition.schemes().find(|one| *one.id == *scheme).expect("a scheme").clone();
        let pair = Secrets::fresh(&provider);
        Self { provider, scheme, private: pair.private, public: pair.public }
    }

    /// A keyed hash over the whole body of any request, with the signature in a header.
    pub(super) fn is_keyed(&self) -> bool {
        self.takes_any_body() && self.scheme.kind == SchemeKind::Hmac && self.scheme.carrier.headers().next().is_some()
    }

    /// A key pair over the whole body of any request.
    pub(super) fn is_pair(&self) -> bool {
        self.takes_any_body() && self.scheme.is_asymmetric() && self.scheme.kind != SchemeKind::Jwt
    }

    fn takes_any_body(&self) -> bool {
        self.scheme.signs_whole_body() && self.scheme.each.is_none() && self.scheme.when.is_empty()
    }

    /// A keyed hash whose key is the text of the secret.
    pub(super) fn has_text_key(&self) -> bool {
        let key = &self.scheme.key;
        let is_text = key.decode == Encoding::Text && key.prefix.is_empty() && !key.required_prefix;
        self.is_keyed() && is_text && key.pair.is_none() && key.hash.is_none() && key.length.is_none()
    }

    /// The name of the header with the signature.
    pub(super) fn header(&self) -> String {
        self.scheme.carrier.headers().next().expect("a header").into_owned()
    }

    /// A request with this body, before it is signed.
    pub(super) fn request(&self, body: &[u8]) -> Request {
        let mut headers: Headers =
            [("Host", "hooks.example.com"), ("Content-Type", "application/json")].into_iter().collect();
        let signed = self.scheme.content.as_str();
        let named = signed.split("{header:").skip(1).filter_map(|rest| rest.split('}').next());
        for name in named.map(str::to_owned).chain(self.scheme.requires.iter().cloned()) {
            if !headers.contains(&name) {
                headers.push(name, "msg_2b1");
            }
        }
        Request { method: "POST".into(), target: TARGET.into(), headers, body: Bytes::copy_from_slice(body) }
    }

    pub(super) fn signed(&self, body: &[u8]) -> Request {
        signed_as(self.request(body), &self.scheme, &self.private)
    }

    /// Signed with these bytes as the key, whatever the secret says.
    pub(super) fn signed_with(&self, key: &[u8], body: &[u8]) -> Request {
        let mut request = self.request(body);
        let material = Material::Hmac(HmacKey::new(self.scheme.algorithm, key));
        let key = Key { material, fields: self.scheme.key(&self.private, KeyUse::Sign).expect("a key").fields };
        sign(&self.scheme, &mut request, URL, &[key], NOW).expect("signs");
        request
    }

    /// The first event that the provider sends, as it signs it; `None` if it is not signed.
    pub(super) fn event(&self) -> Option<Request> {
        let options = RenderOptions { target: TARGET.to_owned(), ..RenderOptions::default() };
        self.provider.events().iter().find_map(|name| {
            let event = self.provider.event(name).expect("an event");
            let rendered = render(&self.provider, Some(name), Some(&event), &options, NOW).expect("a request");
            let mut request = rendered.request;
            request.headers.push("Host", "hooks.example.com");
            for scheme in self.provider.definition.schemes().filter(|scheme| scheme.send) {
                if let Ok(key) = scheme.key(&self.private, KeyUse::Sign) {
                    sign(scheme, &mut request, URL, &[key], NOW).ok()?;
                }
            }
            (self.broken(request.clone()).judge().verdict == Verdict::Valid).then_some(request)
        })
    }

    pub(super) fn broken(&self, request: Request) -> Broken {
        Broken {
            provider: self.provider.clone(),
            request,
            secrets: vec![self.public.clone()],
            others: Vec::new(),
            url: URL.to_owned(),
            now: NOW,
        }
    }
}

pub(super) fn signed_as(mut request: Request, scheme: &Scheme, secret: &Secret) -> Request {
    let key = scheme.key(secret, KeyUse::Sign).expect("a key");
    sign(scheme, &mut request, URL, &[key], NOW).expect("signs");
    request
}

impl Broken {
    pub(super) fn judge(&self) -> Judgement {
        let known = |secret: &Secret| KnownSecret { secret: secret.clone(), origin: SecretOrigin::Given };
        let known: Vec<KnownSecret> = self.secrets.iter().map(known).collect();
        let verifier = Verifier::new(self.provider.clone(), &known);
        verifier.judge(&self.request, Some(&self.url), self.now, None, Checks::on())
    }

    pub(super) fn diagnose(&self, effort: Effort) -> Diagnosis {
        let judgement = self.judge();
        assert_ne!(judgement.verdict, Verdict::Valid, "{}: nothing was broken", self.provider.name);
        let named = |secrets: &[Secret]| -> Vec<Named> {
            secrets.iter().map(|secret| Named { name: "a secret".into(), secret: secret.clone() }).collect()
        };
        let case = Case {
            provider: &self.provider,
            providers: &PROVIDERS,
            request: &self.request,
            url: Some(&self.url),
            secrets: &named(&self.secrets),
            others: &named(&self.others),
            judgement: &judgement,
            now: self.now,
        };
        diagnose(&case, effort)
    }
}
