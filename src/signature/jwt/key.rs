//! Keys for tokens: a shared secret, a JWK, PEM, or JSON with several certificates of which the token names one.

use aws_lc_rs::encoding::AsBigEndian;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::rule::{JwtAlgorithm, JwtRule};
use crate::signature::content::SecretFields;
use crate::signature::hmac::{HmacKey, same};
use crate::signature::key::{KeyError, KeyUse};
use crate::signature::rsa::{RsaPrivate, RsaPublic};
use crate::signature::scheme::Algorithm;

/// A key for tokens of one family of algorithms.
pub enum JwtKey {
    /// A shared secret, prepared for each hash that is accepted.
    Shared(Vec<(JwtAlgorithm, HmacKey)>),
    /// RSA public keys with their ids.
    RsaPublic(Vec<(Option<String>, RsaPublic)>),
    /// A P-256 public key, as a point, with its id.
    EcPublic(Option<String>, Vec<u8>),
    /// An RSA private key with its id.
    RsaPrivate(Option<String>, Box<RsaPrivate>),
    /// A P-256 private key with its id.
    EcPrivate(Option<String>, Box<EcdsaKeyPair>),
}

const JWK: KeyError = KeyError::NotAKey("a P-256 key as a JWK");

impl JwtKey {
    /// A shared secret for the algorithms of a rule.
    pub fn shared(rule: &JwtRule, bytes: &[u8]) -> Self {
        let hash = |algorithm: JwtAlgorithm| match algorithm {
            JwtAlgorithm::Hs384 => Algorithm::Sha384,
            JwtAlgorithm::Hs512 => Algorithm::Sha512,
            _ => Algorithm::Sha256,
        };
        Self::Shared(rule.algorithms.iter().map(|a| (*a, HmacKey::new(hash(*a), bytes))).collect())
    }

    /// A half of a key pair, and what else its JSON says.
    ///
    /// # Errors
    /// Why it is no such key.
    pub fn pair(rule: &JwtRule, secret: &str, wanted: KeyUse) -> Result<(Self, SecretFields), KeyError> {
        let json: Option<SecretFields> = serde_json::from_str(secret).ok();
        let fields = json.unwrap_or_default();
        let id = fields.get("kid").and_then(Value::as_str).map(str::to_owned);
        let pem = |name: &str| fields.get(name).and_then(Value::as_str);
        let key = match (rule.algorithm(), wanted) {
            (JwtAlgorithm::Es256, KeyUse::Verify) => Self::EcPublic(id, point(&fields).ok_or(JWK)?),
            (JwtAlgorithm::Es256, KeyUse::Sign) => {
                let (scalar, point) = (coordinate(&fields, "d").ok_or(JWK)?, point(&fields).ok_or(JWK)?);
                let pair =
                    EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_FIXED_SIGNING, &scalar, &point);
                Self::EcPrivate(id, Box::new(pair.map_err(|_| JWK)?))
            }
            (_, KeyUse::Sign) => {
                let text = if fields.is_empty() { Some(secret) } else { pem("private_key_pem") };
                let key = RsaPrivate::new(text.ok_or(KeyError::FieldMissing("private_key_pem"))?, Algorithm::Sha256)?;
                Self::RsaPrivate(id, Box::new(key))
            }
            (_, KeyUse::Verify) => {
                let mut keys = Vec::new();
                if let Some(certs) = fields.get("certs").and_then(Value::as_object) {
                    for (id, pem) in certs {
                        let pem = pem.as_str().ok_or(KeyError::NotAKey("a certificate in PEM"))?;
                        keys.push((Some(id.clone()), RsaPublic::new(pem, Algorithm::Sha256)?));
                    }
                } else {
                    let text =
                        if fields.is_empty() { Some(secret) } else { pem("public_key_pem").or(pem("certificate_pem")) };
                    let text = text.ok_or(KeyError::FieldMissing("certs"))?;
                    keys.push((id, RsaPublic::new(text, Algorithm::Sha256)?));
                }
                if keys.is_empty() {
                    return Err(KeyError::FieldMissing("certs"));
                }
                Self::RsaPublic(keys)
            }
        };
        Ok((key, fields))
    }

    /// The id that a token names its key by.
    pub(super) fn id(&self) -> Option<&str> {
        match self {
            Self::RsaPrivate(id, _) | Self::EcPrivate(id, _) => id.as_deref(),
            _ => None,
        }
    }

    /// The signature; `None` if this is no key to sign with.
    pub(super) fn sign(&self, algorithm: JwtAlgorithm, signed: &[u8]) -> Option<Vec<u8>> {
        Some(match self {
            Self::Shared(keys) => tag(&keys.iter().find(|(of, _)| *of == algorithm)?.1, signed),
            Self::RsaPrivate(_, key) => key.sign(signed),
            Self::EcPrivate(_, key) => {
                key.sign(&SystemRandom::new(), signed).expect("the system has random numbers").as_ref().to_vec()
            }
            Self::RsaPublic(_) | Self::EcPublic(..) => return None,
        })
    }

    /// Whether the signature is right. A key with an id is not tried for a token that names another.
    pub(super) fn verifies(
        &self,
        algorithm: JwtAlgorithm,
        key_id: Option<&str>,
        signed: &[u8],
        signature: &[u8],
    ) -> bool {
        let concerned = |id: &Option<String>| id.is_none() || key_id.is_none() || id.as_deref() == key_id;
        match self {
            Self::Shared(keys) => keys.iter().any(|(of, key)| *of == algorithm && same(&tag(key, signed), signature)),
            Self::RsaPublic(keys) => keys.iter().any(|(id, key)| concerned(id) && key.verifies(signed, signature)),
            Self::EcPublic(id, point) => {
                let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
                concerned(id) && key.verify(signed, signature).is_ok()
            }
            Self::RsaPrivate(..) | Self::EcPrivate(..) => false,
        }
    }
}

fn tag(key: &HmacKey, signed: &[u8]) -> Vec<u8> {
    let mut run = key.start();
    run.update(signed);
    run.finish()
}

fn coordinate(jwk: &SecretFields, name: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(jwk.get(name)?.as_str()?).ok().filter(|bytes| bytes.len() == 32)
}

/// The uncompressed point of a JWK.
fn point(jwk: &SecretFields) -> Option<Vec<u8>> {
    let is_p256 = jwk.get("kty")?.as_str()? == "EC" && jwk.get("crv")?.as_str()? == "P-256";
    is_p256.then_some(())?;
    Some([&[4][..], &coordinate(jwk, "x")?, &coordinate(jwk, "y")?].concat())
}

/// A fresh P-256 key as JWKs: the private one, and the public one.
pub fn fresh_jwks(id: &str) -> (Map<String, Value>, Map<String, Value>) {
    use aws_lc_rs::signature::KeyPair;
    const RANDOM: &str = "the system has random numbers";
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect(RANDOM);
    let scalar = pair.private_key().as_be_bytes().expect("a fresh key can be written");
    let point = pair.public_key().as_ref();
    let text = |bytes: &[u8]| Value::from(URL_SAFE_NO_PAD.encode(bytes));
    let mut public = Map::new();
    for (name, value) in [("alg", "ES256"), ("crv", "P-256"), ("kid", id), ("kty", "EC"), ("use", "sig")] {
        public.insert(name.to_owned(), value.into());
    }
    public.insert("x".to_owned(), text(&point[1..33]));
    public.insert("y".to_owned(), text(&point[33..65]));
    let mut private = public.clone();
    private.insert("d".to_owned(), text(scalar.as_ref()));
    (private, public)
}
