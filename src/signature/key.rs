//! From the text of a secret to a key that is ready for use.

use std::borrow::Cow;

use icu_normalizer::DecomposingNormalizerBorrowed;
use serde_json::Value;
use zeroize::Zeroizing;

use super::content::{SecretFields, digest};
use super::ecdsa::{EcdsaPrivate, EcdsaPublic};
use super::ed25519::{Ed25519Private, Ed25519Public};
use super::hmac::HmacKey;
use super::jwt::JwtKey;
use super::rsa::{RsaPrivate, RsaPublic};
use super::rsa_cert::{self, CertificateKey};
use super::scheme::{Encoding, Normalization, Scheme, SchemeKind};
use crate::model::Secret;

/// What a key is wanted for: it decides which half of a pair a secret must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyUse {
    /// To sign.
    Sign,
    /// To verify.
    Verify,
}

/// A secret made ready for one scheme: decoding and key schedule are done.
pub struct Key {
    /// What signs or verifies.
    pub material: Material,
    /// What templates may name: the `id` of a pair, or the fields of JSON.
    pub fields: SecretFields,
}

/// What signs or verifies.
pub enum Material {
    /// A keyed hash; also Twilio's, Plivo's and Contentful's.
    Hmac(HmacKey),
    /// Bytes: the token that must be in the request, or what is hashed with the content.
    Bytes(Zeroizing<Vec<u8>>),
    /// An Ed25519 public key.
    Ed25519Public(Ed25519Public),
    /// An Ed25519 private key.
    Ed25519Private(Ed25519Private),
    /// A P-256 public key.
    EcdsaPublic(EcdsaPublic),
    /// A P-256 private key.
    EcdsaPrivate(EcdsaPrivate),
    /// An RSA public key.
    RsaPublic(RsaPublic),
    /// An RSA private key.
    RsaPrivate(Box<RsaPrivate>),
    /// A certificate and what it must chain to.
    Certificate(Box<CertificateKey>),
    /// A key for tokens.
    Jwt(JwtKey),
}

/// Why a secret does not fit a scheme.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing is there.
    #[error("the secret is empty")]
    Empty,
    /// The prefix that marks such secrets is missing.
    #[error("it does not start with '{0}'")]
    Prefix(String),
    /// The prefix marks secrets of another scheme of the same provider.
    #[error("it starts with '{0}', so it is for another scheme")]
    ForeignPrefix(String),
    /// It is not written in the encoding.
    #[error("it is not valid {0}")]
    Encoding(&'static str),
    /// Decoded, it has the wrong length.
    #[error("it must hold {expected} bytes and holds {found}")]
    Length {
        /// Bytes a key has.
        expected: &'static str,
        /// Bytes that were found.
        found: usize,
    },
    /// It has the wrong number of characters.
    #[error("it must have {expected} characters and has {found}")]
    Characters {
        /// Characters a secret has.
        expected: usize,
        /// Characters that were found.
        found: usize,
    },
    /// It should be an id and a key.
    #[error("it must be an id and a key with '{0}' between them")]
    Pair(String),
    /// It decodes, and is not such a key.
    #[error("it is not {0}")]
    NotAKey(&'static str),
    /// It should be JSON.
    #[error("it is not JSON with the fields webhook_id, certificate_pem and so on")]
    NotJson,
    /// The JSON lacks a field.
    #[error("it has no field '{0}'")]
    FieldMissing(&'static str),
}

impl Scheme {
    /// Makes a secret ready for this scheme.
    ///
    /// # Errors
    /// Why it does not fit. A blank secret never fits anything.
    pub fn key(&self, secret: &Secret, wanted: KeyUse) -> Result<Key, KeyError> {
        if secret.is_blank() {
            return Err(KeyError::Empty);
        }
        let mut fields = SecretFields::new();
        let mut shared = || self.decode(secret, &self.key.prefix, &mut fields);
        let material = match (self.kind, wanted) {
            (SchemeKind::Hmac | SchemeKind::Plivo | SchemeKind::Contentful, _) => {
                Material::Hmac(HmacKey::new(self.algorithm, &shared()?))
            }
            (SchemeKind::Twilio, _) => Material::Hmac(HmacKey::for_twilio(&shared()?)),
            (SchemeKind::Token | SchemeKind::Hash, _) => Material::Bytes(shared()?),
            (SchemeKind::Ed25519, KeyUse::Verify) => Material::Ed25519Public(Ed25519Public::new(&shared()?)?),
            (SchemeKind::Ed25519, KeyUse::Sign) => {
                let bytes = self.decode(secret, &self.key.private_prefix, &mut fields)?;
                Material::Ed25519Private(Ed25519Private::new(&bytes)?)
            }
            (SchemeKind::Ecdsa, KeyUse::Verify) => Material::EcdsaPublic(EcdsaPublic::new(secret.expose())?),
            (SchemeKind::Ecdsa, KeyUse::Sign) => Material::EcdsaPrivate(EcdsaPrivate::new(secret.expose())?),
            (SchemeKind::Rsa, KeyUse::Verify) => Material::RsaPublic(RsaPublic::new(secret.expose(), self.algorithm)?),
            (SchemeKind::Rsa, KeyUse::Sign) => {
                Material::RsaPrivate(Box::new(RsaPrivate::new(secret.expose(), self.algorithm)?))
            }
            (SchemeKind::RsaCert, _) => {
                fields = rsa_cert::fields(secret.expose())?;
                match wanted {
                    KeyUse::Verify => Material::Certificate(Box::new(CertificateKey::new(&fields, self.algorithm)?)),
                    KeyUse::Sign => Material::RsaPrivate(Box::new(rsa_cert::signer(&fields, self.algorithm)?)),
                }
            }
            (SchemeKind::Jwt, _) => {
                let rule = self.jwt.as_ref().ok_or(KeyError::NotAKey("for a scheme without tokens"))?;
                if rule.is_asymmetric() {
                    let (key, found) = JwtKey::pair(rule, secret.expose(), wanted)?;
                    fields = found;
                    Material::Jwt(key)
                } else {
                    Material::Jwt(JwtKey::shared(rule, &shared()?))
                }
            }
        };
        Ok(Key { material, fields })
    }

    /// The bytes of the key that a shared secret holds.
    ///
    /// # Errors
    /// Why it does not fit. A blank secret never fits anything.
    pub fn key_bytes(&self, secret: &Secret) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        if secret.is_blank() {
            return Err(KeyError::Empty);
        }
        self.decode(secret, &self.key.prefix, &mut SecretFields::new())
    }

    /// Takes id and prefix off, decodes and hashes as the scheme says; what is left must not be empty.
    fn decode(&self, secret: &Secret, prefix: &str, fields: &mut SecretFields) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let form = &self.key;
        let text = secret.expose();
        if let Some(foreign) = &form.refused_prefix
            && text.starts_with(foreign.as_str())
        {
            return Err(KeyError::ForeignPrefix(foreign.clone()));
        }
        if let Some(expected) = form.length
            && text.chars().count() != expected
        {
            return Err(KeyError::Characters { expected, found: text.chars().count() });
        }
        let text = match &form.pair {
            None => text,
            Some(between) => {
                let (id, key) = text.split_once(between.as_str()).ok_or_else(|| KeyError::Pair(between.clone()))?;
                if id.trim().is_empty() || key.trim().is_empty() {
                    return Err(KeyError::Empty);
                }
                fields.insert("id".to_owned(), Value::from(id));
                key
            }
        };
        let stripped = match text.strip_prefix(prefix) {
            Some(rest) => rest,
            None if form.required_prefix => return Err(KeyError::Prefix(prefix.to_owned())),
            None => text,
        };
        let stripped = match form.normalize {
            Some(Normalization::Nfkd) => DecomposingNormalizerBorrowed::new_nfkd().normalize(stripped),
            None => Cow::Borrowed(stripped),
        };
        let bytes = match form.decode {
            // Keys, unlike signatures, are typed and pasted by people: the case of hex digits carries no meaning.
            Encoding::Hex | Encoding::HexUpper => hex::decode(stripped.as_ref()).ok(),
            other => other.decode(&stripped),
        };
        let mut bytes = Zeroizing::new(bytes.ok_or(KeyError::Encoding(form.decode.as_str()))?);
        if bytes.is_empty() {
            return Err(KeyError::Empty);
        }
        bytes.extend_from_slice(form.suffix.as_bytes());
        Ok(match form.hash {
            Some(algorithm) => Zeroizing::new(digest(algorithm, &bytes)),
            None => bytes,
        })
    }
}
