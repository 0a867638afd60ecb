//! A scheme: the `[[signature]]` table of a provider, typed. `fixtures/README.md` documents every key.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer};

use super::content::{Source, Template};
use crate::model::JsonPath;
use crate::model::quantity::parse_duration;

/// How a provider signs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scheme {
    /// Its name within the provider.
    pub id: String,
    /// Which procedure carries it out.
    pub kind: SchemeKind,
    /// Whether `send` signs with it.
    #[serde(default = "yes")]
    pub send: bool,
    /// What is signed; the raw body if nothing is said.
    #[serde(default = "Template::body")]
    pub content: Template,
    /// How the signature (for tokens: the secret) is written as text.
    encoding: Option<Encoding>,
    /// Where the signature is.
    pub header: SignatureHeader,
    /// Headers without which the request is refused.
    #[serde(default)]
    pub requires: Vec<String>,
    /// Where the signed time is, and how old it may be.
    pub timestamp: Option<TimestampRule>,
    /// How a secret becomes a key.
    #[serde(default)]
    pub key: KeyForm,
    /// The hash of an HMAC or RSA signature.
    #[serde(default)]
    pub algorithm: Algorithm,
    /// What the certificate must be like (`rsa-cert`).
    pub certificate: Option<CertificateRule>,
}

fn yes() -> bool {
    true
}

/// The procedures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SchemeKind {
    /// A keyed hash of the content.
    Hmac,
    /// The secret itself in a header.
    Token,
    /// An Ed25519 signature.
    Ed25519,
    /// An ECDSA signature on P-256 with SHA-256, in DER.
    Ecdsa,
    /// An RSA PKCS#1 v1.5 signature that a certificate verifies.
    RsaCert,
    /// Twilio's: address and sorted form fields, or address with a body hash.
    Twilio,
}

impl SchemeKind {
    /// The word in `provider.toml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hmac => "hmac",
            Self::Token => "token",
            Self::Ed25519 => "ed25519",
            Self::Ecdsa => "ecdsa",
            Self::RsaCert => "rsa-cert",
            Self::Twilio => "twilio",
        }
    }

    /// Whether signing and verifying take different halves of a key pair.
    pub fn is_asymmetric(self) -> bool {
        matches!(self, Self::Ed25519 | Self::Ecdsa | Self::RsaCert)
    }
}

/// Hash algorithms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    #[default]
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Algorithm {
    /// The name people use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }
}

/// How bytes are written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// As it is.
    #[default]
    Text,
    /// Lower-case hexadecimal.
    Hex,
    /// Base64 with padding.
    Base64,
    /// Base64 for URLs, without padding.
    Base64url,
}

impl Encoding {
    /// Bytes to text.
    pub fn encode(self, bytes: &[u8]) -> String {
        match self {
            Self::Text => String::from_utf8_lossy(bytes).into_owned(),
            Self::Hex => hex::encode(bytes),
            Self::Base64 => STANDARD.encode(bytes),
            Self::Base64url => URL_SAFE_NO_PAD.encode(bytes),
        }
    }

    /// Text to bytes. Strict: providers' own verifiers refuse upper-case hex, and missing or extra padding.
    pub fn decode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Text => Some(text.as_bytes().to_vec()),
            Self::Hex if text.bytes().any(|b| b.is_ascii_uppercase()) => None,
            Self::Hex => hex::decode(text).ok(),
            Self::Base64 => STANDARD.decode(text).ok(),
            Self::Base64url => URL_SAFE_NO_PAD.decode(text).ok(),
        }
    }

    /// The word in `provider.toml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Hex => "hex",
            Self::Base64 => "base64",
            Self::Base64url => "base64url",
        }
    }
}

/// How several values share a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HeaderForm {
    /// One signature and nothing else.
    #[default]
    Plain,
    /// `t=…,v1=…`: named parts; the signature may repeat.
    Pairs,
    /// Several items, of which those with the prefix are signatures.
    List,
}

/// Where the signature is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureHeader {
    /// The header's name.
    pub name: String,
    /// How values share it.
    #[serde(default)]
    pub form: HeaderForm,
    /// Text in front of a signature.
    #[serde(default)]
    pub prefix: String,
    /// `pairs`: the key of signatures.
    pub signature: Option<String>,
    /// `pairs`: the key of the timestamp.
    pub timestamp: Option<String>,
    /// Between pairs or items.
    pub separator: Option<String>,
}

/// The unit a timestamp is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimestampUnit {
    /// Unix seconds.
    #[default]
    S,
    /// Unix milliseconds.
    Ms,
    /// RFC 3339.
    Rfc3339,
}

/// How far a timestamp may be from the present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tolerance {
    /// At most so far; exactly so far is still accepted.
    Within(Duration),
    /// Not judged.
    Off,
}

impl std::str::FromStr for Tolerance {
    type Err = crate::model::quantity::QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "off" { Ok(Self::Off) } else { parse_duration(text).map(Self::Within) }
    }
}

impl std::fmt::Display for Tolerance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Within(duration) => f.write_str(&crate::model::quantity::show_duration(*duration)),
            Self::Off => f.write_str("off"),
        }
    }
}

impl<'de> Deserialize<'de> for Tolerance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The usual tolerance: five minutes, which Stripe introduced and Standard Webhooks adopted.
pub const USUAL_TOLERANCE: Tolerance = Tolerance::Within(Duration::from_mins(5));

/// Where the signed time is, and how old it may be.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimestampRule {
    /// The header with the time.
    pub header: Option<String>,
    /// Or the path of it in the JSON body.
    #[serde(default, deserialize_with = "json_path")]
    pub json: Option<JsonPath>,
    /// How it is written.
    #[serde(default)]
    pub unit: TimestampUnit,
    /// How old it may be.
    #[serde(default = "usual_tolerance")]
    pub tolerance: Tolerance,
    /// How far ahead it may be; as `tolerance`, if nothing is said.
    pub future: Option<Tolerance>,
}

fn usual_tolerance() -> Tolerance {
    USUAL_TOLERANCE
}

fn json_path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<JsonPath>, D::Error> {
    String::deserialize(deserializer)?.parse().map(Some).map_err(serde::de::Error::custom)
}

/// How a secret becomes a key.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeyForm {
    /// How the key is written in the secret.
    pub decode: Encoding,
    /// Removed before decoding, if it is there.
    pub prefix: String,
    /// Whether a secret without the prefix does not fit.
    pub required_prefix: bool,
    /// A secret that starts with this belongs to another scheme of the provider.
    pub refused_prefix: Option<String>,
    /// The prefix of the private half.
    pub private_prefix: String,
}

/// What a certificate must be like.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateRule {
    /// The header with the certificate's address.
    pub url_header: String,
    /// The glob that address's host must match.
    pub host: String,
    /// The glob the certificate's common name must match.
    pub name: String,
}

/// Why a scheme makes no sense although each of its keys does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemeError {
    /// A key that the kind or form cannot do without.
    #[error("{scheme}: {what} is needed")]
    Needs {
        /// The scheme's id.
        scheme: String,
        /// What is missing.
        what: &'static str,
    },
    /// A key that the kind or form has no use for.
    #[error("{scheme}: {what} has no meaning here")]
    Useless {
        /// The scheme's id.
        scheme: String,
        /// What is too much.
        what: &'static str,
    },
}

impl Scheme {
    /// How the signature is written, by the kind's custom if nothing is said.
    pub fn encoding(&self) -> Encoding {
        self.encoding.unwrap_or(if self.kind == SchemeKind::Token { Encoding::Text } else { Encoding::Hex })
    }

    /// Whether the content has the signed address in it.
    pub fn signs_url(&self) -> bool {
        self.kind == SchemeKind::Twilio || self.content.uses(|s| *s == Source::Url)
    }

    /// Whether something of the body is covered by the signature.
    pub fn signs_body(&self) -> bool {
        match self.kind {
            SchemeKind::Token => false,
            SchemeKind::Twilio => true,
            _ => self.content.uses(|s| matches!(s, Source::Body | Source::Json(_) | Source::Form(_))),
        }
    }

    /// Checks what no single key can say.
    ///
    /// # Errors
    /// The first contradiction.
    pub fn check(&self) -> Result<(), SchemeError> {
        let needs = |what| Err(SchemeError::Needs { scheme: self.id.clone(), what });
        let useless = |what| Err(SchemeError::Useless { scheme: self.id.clone(), what });
        let pairs = self.header.form == HeaderForm::Pairs;
        if pairs && self.header.signature.is_none() {
            return needs("header.signature (the key of the signature)");
        }
        if !pairs && (self.header.signature.is_some() || self.header.timestamp.is_some()) {
            return useless("header.signature or header.timestamp (the form is not 'pairs')");
        }
        if self.header.form == HeaderForm::List && self.header.prefix.is_empty() && self.header.separator.is_none() {
            return needs("header.prefix or header.separator (the form is 'list')");
        }
        if self.kind == SchemeKind::RsaCert && self.certificate.is_none() {
            return needs("certificate");
        }
        if self.kind != SchemeKind::RsaCert && self.certificate.is_some() {
            return useless("certificate");
        }
        if self.content.uses(|s| *s == Source::Timestamp) && self.timestamp.is_none() {
            return needs("timestamp (the content has one)");
        }
        if let Some(rule) = &self.timestamp {
            let places = [rule.header.is_some(), rule.json.is_some(), self.header.timestamp.is_some()];
            match places.iter().filter(|p| **p).count() {
                0 => return needs("timestamp.header, timestamp.json or header.timestamp"),
                1 => {}
                _ => return useless("a second place for the timestamp"),
            }
        }
        if self.kind == SchemeKind::RsaCert && !matches!(self.algorithm, Algorithm::Sha256) {
            return useless("algorithm (rsa-cert signs with sha256)");
        }
        Ok(())
    }
}
