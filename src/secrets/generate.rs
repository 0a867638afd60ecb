//! New secrets, in the provider's own format.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair as CertificateKeyPair,
    KeyUsagePurpose,
};
use serde_json::json;

use super::development::Pair;
use crate::clock;
use crate::model::Secret;
use crate::payload::Values;
use crate::provider::Provider;
use crate::signature::ed25519::Ed25519Private;
use crate::signature::jwt::{JwtAlgorithm, JwtRule, fresh_jwks};
use crate::signature::{Scheme, SchemeKind};

/// The machine has random numbers, or nothing here makes sense.
const RANDOM: &str = "the system has random numbers";

/// How long a development certificate is valid.
const CERTIFICATE_YEARS: i32 = 10;

/// Makes a secret for a provider: from its template, or a key pair for its first scheme.
pub(super) fn pair(provider: &Provider) -> Pair {
    let template = provider.definition.secret.as_ref().and_then(|form| form.generate.as_deref());
    let scheme = provider.definition.schemes().next();
    match (template, scheme) {
        (Some(template), _) => text(template),
        (None, Some(scheme)) => match scheme.kind {
            SchemeKind::Ed25519 => ed25519(scheme),
            SchemeKind::Ecdsa => ecdsa(),
            SchemeKind::Rsa => rsa(),
            SchemeKind::RsaCert => certificate(provider, scheme),
            SchemeKind::Jwt => match scheme.jwt.as_ref().map(JwtRule::algorithm) {
                Some(JwtAlgorithm::Es256) => jwks(),
                Some(JwtAlgorithm::Rs256) => certified_token_key(),
                _ => text("{{alnum:32}}"),
            },
            SchemeKind::Hmac
            | SchemeKind::Hash
            | SchemeKind::Token
            | SchemeKind::Twilio
            | SchemeKind::Plivo
            | SchemeKind::Contentful => text("{{alnum:32}}"),
        },
        (None, None) => text("{{alnum:32}}"),
    }
}

fn text(template: &str) -> Pair {
    let mut values = Values::new(std::collections::HashMap::new(), None, clock::seed(), clock::now());
    // A template that cannot be read is found by `providers check` and by the tests; a secret is needed all the same.
    let text = values.expand(template).or_else(|_| values.expand("{{alnum:32}}"));
    Pair { private: Secret::new(text.expect("a plain placeholder has a value").into_text()), public: None }
}

fn ed25519(scheme: &Scheme) -> Pair {
    let seed: [u8; 32] = rand::random();
    let key = Ed25519Private::new(&seed).expect("any 32 bytes are a seed");
    let form = &scheme.key;
    let both = [seed.as_slice(), &key.public()].concat();
    // Providers with a private prefix (`whsk_`) write seed and public key; others the seed.
    let private = if form.private_prefix.is_empty() { seed.to_vec() } else { both };
    Pair {
        private: Secret::new(format!("{}{}", form.private_prefix, form.decode.encode(&private))),
        public: Some(Secret::new(format!("{}{}", form.prefix, form.decode.encode(&key.public())))),
    }
}

fn ecdsa() -> Pair {
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect(RANDOM);
    let private = key.to_pkcs8v1().expect("a fresh key can be written");
    let public: PublicKeyX509Der<'_> = key.public_key().as_der().expect("a fresh key can be written");
    Pair {
        private: Secret::new(STANDARD.encode(private.as_ref())),
        public: Some(Secret::new(STANDARD.encode(public.as_ref()))),
    }
}

fn rsa_key() -> CertificateKeyPair {
    CertificateKeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).expect(RANDOM)
}

fn rsa() -> Pair {
    let key = rsa_key();
    Pair { private: Secret::new(key.serialize_pem()), public: Some(Secret::new(key.public_key_pem())) }
}

/// A P-256 key as a JWK, as Plaid hands them out.
fn jwks() -> Pair {
    let (private, public) = fresh_jwks(text("{{uuid}}").private.expose());
    let json = |jwk| Secret::new(serde_json::Value::Object(jwk).to_string());
    Pair { private: json(private), public: Some(json(public)) }
}

/// A key for tokens with a certificate of its own, under an id, as Google publishes them; and an audience to agree on.
fn certified_token_key() -> Pair {
    let key = rsa_key();
    let mut params = dated(CertificateParams::default());
    params.distinguished_name.push(DnType::CommonName, "hookctl development");
    let certificate = params.self_signed(&key).expect("these parameters make a certificate");
    let id = text("{{hex:40}}").private.expose().to_owned();
    let public = json!({ "audience": "hookctl-development", "certs": { &id: certificate.pem() } });
    let mut private = public.clone();
    private["kid"] = id.into();
    private["private_key_pem"] = key.serialize_pem().into();
    Pair { private: Secret::new(private.to_string()), public: Some(Secret::new(public.to_string())) }
}

/// Valid since last year, for the years to come.
fn dated(mut params: CertificateParams) -> CertificateParams {
    let year = i32::from(clock::now().to_jiff().to_zoned(jiff::tz::TimeZone::UTC).year());
    params.not_before = rcgen::date_time_ymd(year - 1, 1, 1);
    params.not_after = rcgen::date_time_ymd(year + CERTIFICATE_YEARS, 1, 1);
    params
}

/// A certificate authority, a certificate of the name that the provider's verifiers look for, and its key.
fn certificate(provider: &Provider, scheme: &Scheme) -> Pair {
    const FITS: &str = "these parameters make a certificate";
    let name = scheme.certificate.as_ref().map_or("*", |rule| rule.name.as_str()).replace('*', "hookctl-development");
    let mut authority = dated(CertificateParams::default());
    authority.distinguished_name.push(DnType::CommonName, "hookctl development authority");
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority_key = rsa_key();
    let authority_certificate = authority.self_signed(&authority_key).expect(FITS);
    let issuer = Issuer::new(authority, authority_key);

    let mut leaf = dated(CertificateParams::new(vec![name.clone()]).expect(FITS));
    leaf.distinguished_name = rcgen::DistinguishedName::new();
    leaf.distinguished_name.push(DnType::CommonName, name);
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = rsa_key();
    let leaf = leaf.signed_by(&key, &issuer).expect(FITS);

    let webhook_id = text("{{upper:17}}").private;
    let public = json!({
        "webhook_id": webhook_id.expose(),
        "certificate_pem": leaf.pem(),
        "ca_pem": authority_certificate.pem(),
        "certificate_url": format!("http://127.0.0.1:4401/certs/{}.pem", provider.name),
        "certificate_host": "127.0.0.1",
    });
    let mut private = public.clone();
    private["private_key_pem"] = key.serialize_pem().into();
    Pair { private: Secret::new(private.to_string()), public: Some(Secret::new(public.to_string())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Catalog;
    use crate::signature::KeyUse;

    #[test]
    fn every_provider_gets_a_secret_that_fits_its_first_scheme() {
        for provider in Catalog::default().all().expect("sound providers") {
            let pair = pair(&provider);
            let Some(scheme) = provider.definition.schemes().find(|scheme| scheme.send) else { continue };
            let name = &provider.name;
            assert!(scheme.key(&pair.private, KeyUse::Sign).is_ok(), "{name} cannot sign");
            let public = pair.public.as_ref().unwrap_or(&pair.private);
            assert!(scheme.key(public, KeyUse::Verify).is_ok(), "{name} cannot verify");
        }
    }
}
