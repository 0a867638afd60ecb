//! RSA PKCS#1 v1.5 signatures with SHA-256, and with SHA-1 where a provider never moved on.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
    UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use num_bigint::BigUint;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer, pem::PemObject};
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode};
use zeroize::Zeroizing;

use super::content::digest;
use super::key::KeyError;
use super::scheme::Algorithm;

/// A public key.
pub struct RsaPublic {
    spki: Vec<u8>,
    algorithm: Algorithm,
}

/// A private key.
pub struct RsaPrivate {
    pair: RsaKeyPair,
    /// Modulus and private exponent, where the hash is one that the library signs no more.
    legacy: Option<(BigUint, BigUint)>,
}

impl RsaPublic {
    /// From a public key or a certificate in PEM, or a public key as base64 DER.
    pub fn new(text: &str, algorithm: Algorithm) -> Result<Self, KeyError> {
        let wrong = KeyError::NotAKey("an RSA public key or a certificate in PEM");
        let spki = if text.contains("BEGIN CERTIFICATE") {
            let der = CertificateDer::from_pem_slice(text.as_bytes()).map_err(|_| wrong.clone())?;
            let parsed = Certificate::from_der(&der).map_err(|_| wrong.clone())?;
            parsed.tbs_certificate().subject_public_key_info().to_der().map_err(|_| wrong)?
        } else {
            let body: String = text.lines().filter(|line| !line.starts_with("-----")).flat_map(str::chars).collect();
            let der = STANDARD.decode(body.trim()).map_err(|_| wrong.clone())?;
            // What is no key is better refused now than with every delivery.
            let parsed = aws_lc_rs::signature::ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &der);
            parsed.map_err(|_| wrong)?;
            der
        };
        Ok(Self { spki, algorithm })
    }

    /// Of the DER of its `SubjectPublicKeyInfo`.
    pub(super) fn of_spki(spki: Vec<u8>, algorithm: Algorithm) -> Self {
        Self { spki, algorithm }
    }

    /// Whether the signature is right.
    pub fn verifies(&self, content: &[u8], signature: &[u8]) -> bool {
        let parameters = match self.algorithm {
            Algorithm::Sha1 => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            _ => &RSA_PKCS1_2048_8192_SHA256,
        };
        UnparsedPublicKey::new(parameters, &self.spki).verify(content, signature).is_ok()
    }
}

impl RsaPrivate {
    /// From PKCS#8 in PEM.
    pub fn new(pem: &str, algorithm: Algorithm) -> Result<Self, KeyError> {
        let wrong = KeyError::NotAKey("an RSA private key in PEM (PKCS#8)");
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| wrong.clone())?;
        let der = der.secret_pkcs8_der();
        let pair = RsaKeyPair::from_pkcs8(der).map_err(|_| wrong.clone())?;
        let legacy = match algorithm {
            Algorithm::Sha1 => Some(numbers(der).ok_or(wrong)?),
            _ => None,
        };
        Ok(Self { pair, legacy })
    }

    /// The signature.
    pub fn sign(&self, content: &[u8]) -> Vec<u8> {
        let length = self.pair.public_modulus_len();
        if let Some((modulus, exponent)) = &self.legacy {
            return sign_sha1(content, modulus, exponent, length);
        }
        let mut signature = vec![0; length];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), content, &mut signature)
            .expect("the buffer has the length of the modulus");
        signature
    }
}

/// RSASSA-PKCS1-v1_5 with SHA-1 (RFC 8017, 8.2.1), which aws-lc verifies and no longer makes. Its time depends on the key;
/// only development keys come here, since nobody but a provider has the provider's.
fn sign_sha1(content: &[u8], modulus: &BigUint, exponent: &BigUint, length: usize) -> Vec<u8> {
    /// `DigestInfo` of a SHA-1 hash, but for the hash.
    const SHA1_INFO: [u8; 15] =
        [0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14];
    let hash = digest(Algorithm::Sha1, content);
    let padding = length - SHA1_INFO.len() - hash.len() - 3;
    let block = [&[0, 1][..], &vec![0xff; padding], &[0], &SHA1_INFO, &hash].concat();
    let signature = BigUint::from_bytes_be(&block).modpow(exponent, modulus).to_bytes_be();
    [vec![0; length - signature.len()], signature].concat()
}

/// Modulus and private exponent of a PKCS#8 key that the library has read already.
fn numbers(pkcs8: &[u8]) -> Option<(BigUint, BigUint)> {
    const SEQUENCE: u8 = 0x30;
    const INTEGER: u8 = 0x02;
    const OCTETS: u8 = 0x04;
    let mut outer = Der(pkcs8).inside(SEQUENCE)?;
    outer.next(INTEGER)?;
    outer.next(SEQUENCE)?;
    let key = Zeroizing::new(outer.next(OCTETS)?.to_vec());
    let mut key = Der(&key).inside(SEQUENCE)?;
    key.next(INTEGER)?;
    let modulus = BigUint::from_bytes_be(key.next(INTEGER)?);
    key.next(INTEGER)?;
    Some((modulus, BigUint::from_bytes_be(key.next(INTEGER)?)))
}

/// DER, as far as it is needed.
struct Der<'d>(&'d [u8]);

impl<'d> Der<'d> {
    /// The content of the next value, which must have this tag.
    fn next(&mut self, tag: u8) -> Option<&'d [u8]> {
        let (&found, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x83 => {
                let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        (found == tag).then_some(content)
    }

    fn inside(mut self, tag: u8) -> Option<Self> {
        self.next(tag).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_hashes_sign_what_they_verify() {
        let pair = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).expect("a key");
        let (private, public) = (pair.serialize_pem(), pair.public_key_pem());
        for (algorithm, other) in [(Algorithm::Sha1, Algorithm::Sha256), (Algorithm::Sha256, Algorithm::Sha1)] {
            let signature = RsaPrivate::new(&private, algorithm).expect("a key").sign(b"abc");
            assert!(RsaPublic::new(&public, algorithm).expect("a key").verifies(b"abc", &signature));
            assert!(!RsaPublic::new(&public, algorithm).expect("a key").verifies(b"abd", &signature));
            assert!(!RsaPublic::new(&public, other).expect("a key").verifies(b"abc", &signature));
        }
        for text in ["", "x", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"] {
            assert!(RsaPublic::new(text, Algorithm::Sha256).is_err());
            assert!(RsaPrivate::new(text, Algorithm::Sha1).is_err());
        }
    }
}
