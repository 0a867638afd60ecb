//! Ed25519 signatures (RFC 8032): Discord, Standard Webhooks v1a, Telnyx.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use super::key::KeyError;

/// A public key.
pub struct Ed25519Public(Vec<u8>);

/// A private key.
pub struct Ed25519Private(Ed25519KeyPair);

impl Ed25519Public {
    /// From its 32 bytes.
    pub fn new(bytes: &[u8]) -> Result<Self, KeyError> {
        if bytes.len() == 32 {
            Ok(Self(bytes.to_vec()))
        } else {
            Err(KeyError::Length { expected: "32", found: bytes.len() })
        }
    }

    /// Whether the signature is right.
    pub fn verifies(&self, content: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0).verify(content, signature).is_ok()
    }
}

impl Ed25519Private {
    /// From a seed of 32 bytes, or seed and public key in 64.
    pub fn new(bytes: &[u8]) -> Result<Self, KeyError> {
        let pair = match bytes.len() {
            32 => Ed25519KeyPair::from_seed_unchecked(bytes),
            64 => Ed25519KeyPair::from_seed_and_public_key(&bytes[..32], &bytes[32..]),
            found => return Err(KeyError::Length { expected: "32 or 64", found }),
        };
        pair.map(Self).map_err(|_| KeyError::NotAKey("an Ed25519 private key"))
    }

    /// The signature's 64 bytes.
    pub fn sign(&self, content: &[u8]) -> Vec<u8> {
        self.0.sign(content).as_ref().to_vec()
    }

    /// The public half's 32 bytes.
    pub fn public(&self) -> Vec<u8> {
        self.0.public_key().as_ref().to_vec()
    }
}
