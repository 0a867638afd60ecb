//! From the text of a secret to a key that is ready for use.

use zeroize::Zeroizing;

use super::ecdsa::{EcdsaPrivate, EcdsaPublic};
use super::ed25519::{Ed25519Private, Ed25519Public};
use super::hmac::HmacKey;
use super::rsa_cert::{CertificateKey, RsaSigner};
use super::scheme::{Encoding, Scheme, SchemeKind};
use crate::model::Secret;

/// What a key is wanted for: it decides which half of a pair a secret must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyUse {
    /// To sign.
    Sign,
    /// To verify.
    Verify,
}

/// A key made ready for one scheme: decoding and key schedule are done.
pub enum Key {
    /// A keyed hash; also Twilio's.
    Hmac(HmacKey),
    /// The token that must be in the header.
    Token(Zeroizing<Vec<u8>>),
    /// An Ed25519 public key.
    Ed25519Public(Ed25519Public),
    /// An Ed25519 private key.
    Ed25519Private(Ed25519Private),
    /// A P-256 public key.
    EcdsaPublic(EcdsaPublic),
    /// A P-256 private key.
    EcdsaPrivate(EcdsaPrivate),
    /// A certificate, what it was given with, and what it must chain to.
    Certificate(Box<CertificateKey>),
    /// An RSA private key with its certificate's address.
    RsaSigner(Box<RsaSigner>),
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
        Ok(match (self.kind, wanted) {
            (SchemeKind::Hmac, _) => Key::Hmac(HmacKey::new(self.algorithm, &self.decode(secret, &self.key.prefix)?)),
            (SchemeKind::Twilio, _) => Key::Hmac(HmacKey::for_twilio(&self.decode(secret, "")?)),
            (SchemeKind::Token, _) => Key::Token(self.decode(secret, &self.key.prefix)?),
            (SchemeKind::Ed25519, KeyUse::Verify) => {
                Key::Ed25519Public(Ed25519Public::new(&self.decode(secret, &self.key.prefix)?)?)
            }
            (SchemeKind::Ed25519, KeyUse::Sign) => {
                Key::Ed25519Private(Ed25519Private::new(&self.decode(secret, &self.key.private_prefix)?)?)
            }
            (SchemeKind::Ecdsa, KeyUse::Verify) => Key::EcdsaPublic(EcdsaPublic::new(secret.expose())?),
            (SchemeKind::Ecdsa, KeyUse::Sign) => Key::EcdsaPrivate(EcdsaPrivate::new(secret.expose())?),
            (SchemeKind::RsaCert, KeyUse::Verify) => Key::Certificate(Box::new(CertificateKey::new(secret.expose())?)),
            (SchemeKind::RsaCert, KeyUse::Sign) => Key::RsaSigner(Box::new(RsaSigner::new(secret.expose())?)),
        })
    }

    /// Takes the prefix off and decodes; what is left must not be empty.
    fn decode(&self, secret: &Secret, prefix: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let text = secret.expose();
        if let Some(foreign) = &self.key.refused_prefix
            && text.starts_with(foreign.as_str())
        {
            return Err(KeyError::ForeignPrefix(foreign.clone()));
        }
        let stripped = match text.strip_prefix(prefix) {
            Some(rest) => rest,
            None if self.key.required_prefix => return Err(KeyError::Prefix(prefix.to_owned())),
            None => text,
        };
        let form = self.key.decode;
        let bytes = match form {
            // Keys, unlike signatures, are typed and pasted by people: the case of hex digits carries no meaning.
            Encoding::Hex => hex::decode(stripped).ok(),
            _ => form.decode(stripped),
        };
        let bytes = Zeroizing::new(bytes.ok_or(KeyError::Encoding(form.as_str()))?);
        if bytes.is_empty() { Err(KeyError::Empty) } else { Ok(bytes) }
    }
}
