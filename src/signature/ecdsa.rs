//! ECDSA on P-256 with SHA-256, signatures in DER: SendGrid.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, ParsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::key::KeyError;

/// A public key.
pub struct EcdsaPublic(ParsedPublicKey);

/// A private key.
pub struct EcdsaPrivate(EcdsaKeyPair);

/// The DER in base64 text, with or without PEM armour.
fn der(text: &str) -> Result<Vec<u8>, KeyError> {
    let body: String = text.lines().filter(|line| !line.starts_with("-----")).flat_map(str::chars).collect();
    STANDARD.decode(body.trim()).map_err(|_| KeyError::Encoding("base64"))
}

impl EcdsaPublic {
    /// From `SubjectPublicKeyInfo`, as base64 DER or PEM.
    pub fn new(text: &str) -> Result<Self, KeyError> {
        ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, der(text)?)
            .map(Self)
            .map_err(|_| KeyError::NotAKey("a P-256 public key"))
    }

    /// Whether the signature is right.
    pub fn verifies(&self, content: &[u8], signature: &[u8]) -> bool {
        self.0.verify_sig(content, signature).is_ok()
    }
}

impl EcdsaPrivate {
    /// From PKCS#8, as base64 DER or PEM.
    pub fn new(text: &str) -> Result<Self, KeyError> {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &der(text)?)
            .map(Self)
            .map_err(|_| KeyError::NotAKey("a P-256 private key (PKCS#8)"))
    }

    /// The signature in DER.
    pub fn sign(&self, content: &[u8]) -> Vec<u8> {
        let signature = self.0.sign(&SystemRandom::new(), content).expect("the system has random numbers");
        signature.as_ref().to_vec()
    }
}
