//! Keyed hashes: the scheme of most providers.

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq;

use super::scheme::Algorithm;

/// An HMAC with its key schedule done; a clone is ready for the next message.
#[derive(Clone)]
pub enum HmacKey {
    /// With MD5.
    Md5(Box<Hmac<Md5>>),
    /// With SHA-1.
    Sha1(Hmac<Sha1>),
    /// With SHA-256.
    Sha256(Hmac<Sha256>),
    /// With SHA-384.
    Sha384(Box<Hmac<Sha384>>),
    /// With SHA-512.
    Sha512(Box<Hmac<Sha512>>),
    /// Twilio names the hash in the request, so the key is prepared for both.
    Either(Box<(Hmac<Sha1>, Hmac<Sha256>)>),
}

/// A message being hashed.
#[derive(Clone)]
pub struct HmacRun(HmacKey);

/// A tag: as many bytes as the hash has.
pub struct Tag {
    bytes: [u8; 64],
    length: usize,
}

impl Tag {
    fn of(bytes: &[u8]) -> Self {
        let mut tag = Self { bytes: [0; 64], length: bytes.len() };
        tag.bytes[..bytes.len()].copy_from_slice(bytes);
        tag
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

const ANY_LENGTH: &str = "an HMAC key may have any length";

impl HmacKey {
    /// Prepares a key.
    pub fn new(algorithm: Algorithm, key: &[u8]) -> Self {
        match algorithm {
            Algorithm::Md5 => Self::Md5(Box::new(Hmac::new_from_slice(key).expect(ANY_LENGTH))),
            Algorithm::Sha1 => Self::Sha1(Hmac::new_from_slice(key).expect(ANY_LENGTH)),
            // A scheme with Keccak is refused when it is read.
            Algorithm::Sha256 | Algorithm::Keccak256 => Self::Sha256(Hmac::new_from_slice(key).expect(ANY_LENGTH)),
            Algorithm::Sha384 => Self::Sha384(Box::new(Hmac::new_from_slice(key).expect(ANY_LENGTH))),
            Algorithm::Sha512 => Self::Sha512(Box::new(Hmac::new_from_slice(key).expect(ANY_LENGTH))),
        }
    }

    /// Prepares a key for SHA-1 and SHA-256.
    pub fn for_twilio(key: &[u8]) -> Self {
        let (one, two) = (Hmac::new_from_slice(key), Hmac::new_from_slice(key));
        Self::Either(Box::new((one.expect(ANY_LENGTH), two.expect(ANY_LENGTH))))
    }

    /// Starts a message. Of a key prepared for two hashes, SHA-1 is taken.
    pub fn start(&self) -> HmacRun {
        HmacRun(match self {
            Self::Either(both) => Self::Sha1(both.0.clone()),
            one => one.clone(),
        })
    }

    /// Starts a message with the other hash of a key prepared for two.
    pub fn start_sha256(&self) -> HmacRun {
        HmacRun(match self {
            Self::Either(both) => Self::Sha256(both.1.clone()),
            one => one.clone(),
        })
    }
}

impl HmacRun {
    /// Adds bytes to the message.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            HmacKey::Md5(mac) => mac.update(bytes),
            HmacKey::Sha1(mac) => mac.update(bytes),
            HmacKey::Sha256(mac) => mac.update(bytes),
            HmacKey::Sha384(mac) => mac.update(bytes),
            HmacKey::Sha512(mac) => mac.update(bytes),
            HmacKey::Either(_) => unreachable!("a run has one hash"),
        }
    }

    /// The tag of the message.
    pub fn finish(self) -> Vec<u8> {
        self.tag().as_bytes().to_vec()
    }

    /// The tag of the message, without a place of its own in memory.
    pub fn tag(self) -> Tag {
        match self.0 {
            HmacKey::Md5(mac) => Tag::of(&mac.finalize().into_bytes()),
            HmacKey::Sha1(mac) => Tag::of(&mac.finalize().into_bytes()),
            HmacKey::Sha256(mac) => Tag::of(&mac.finalize().into_bytes()),
            HmacKey::Sha384(mac) => Tag::of(&mac.finalize().into_bytes()),
            HmacKey::Sha512(mac) => Tag::of(&mac.finalize().into_bytes()),
            HmacKey::Either(_) => unreachable!("a run has one hash"),
        }
    }
}

/// Whether two byte strings are equal, in a time that depends on their lengths only. Empty ones never are: an empty tag
/// must not match an empty signature.
pub fn same(expected: &[u8], found: &[u8]) -> bool {
    !expected.is_empty() && bool::from(expected.ct_eq(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_those_of_the_standards() {
        // RFC 2202 cases 2 and RFC 4231 case 2: key "Jefe".
        for (algorithm, tag) in [
            (Algorithm::Md5, "750c783e6ab0b503eaa86e310a5db738"),
            (Algorithm::Sha1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            (Algorithm::Sha256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            (
                Algorithm::Sha384,
                "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
            ),
        ] {
            let mut run = HmacKey::new(algorithm, b"Jefe").start();
            run.update(b"what do ya want ");
            run.update(b"for nothing?");
            assert_eq!(hex::encode(run.finish()), tag);
        }
    }

    #[test]
    fn nothing_equals_an_empty_tag() {
        assert!(!same(b"", b""));
        assert!(!same(b"ab", b"a"));
        assert!(!same(b"a", b"ab"));
        assert!(same(b"ab", b"ab"));
    }
}
