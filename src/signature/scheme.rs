//! A scheme: the `[[signature]]` table of a provider, typed. `fixtures/README.md` documents every key.

use std::sync::Arc;

use serde::Deserialize;

use super::carrier::{Carrier, HeaderForm, HeaderTable, ParameterTable, Place};
use super::content::{Condition, FieldRule, Message, Source, Template};
use super::jwt::JwtRule;
use crate::model::{JsonPath, Request};

pub use super::encoding::{Algorithm, Encoding};
pub use super::tolerance::{TimestampRule, TimestampUnit, Tolerance, USUAL_TOLERANCE};

/// How a provider signs.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "SchemeTable")]
pub struct Scheme {
    /// Its name within the provider.
    pub id: Arc<str>,
    /// Which procedure carries it out.
    pub kind: SchemeKind,
    /// Whether `send` signs with it.
    pub send: bool,
    /// What a request must be like to be signed so.
    pub when: Vec<Condition>,
    /// Whether the scheme behind this one is tried when this one does not match.
    pub or_next: bool,
    /// A list in the JSON body, of which each element is signed for itself.
    pub each: Option<JsonPath>,
    /// What is signed; the raw body if nothing is said.
    pub content: Template,
    /// How the fields of a form or query are written in the content.
    pub fields: Option<FieldRule>,
    encoding: Option<Encoding>,
    /// Where the signature is.
    pub carrier: Carrier,
    /// Headers without which the request is refused.
    pub requires: Vec<String>,
    /// Where the signed time is, and how old it may be.
    pub timestamp: Option<TimestampRule>,
    /// How a secret becomes a key.
    pub key: KeyForm,
    /// The hash of an HMAC, a plain hash or an RSA signature.
    pub algorithm: Algorithm,
    /// What the certificate must be like (`rsa-cert`).
    pub certificate: Option<CertificateRule>,
    /// What the token must be like (`jwt`).
    pub jwt: Option<JwtRule>,
    /// How many tables say where the signature is; one is right.
    carriers: usize,
}

/// The table as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SchemeTable {
    id: String,
    kind: SchemeKind,
    #[serde(default = "yes")]
    send: bool,
    #[serde(default)]
    when: Vec<Condition>,
    #[serde(default)]
    or_next: bool,
    #[serde(default, deserialize_with = "super::tolerance::json_path")]
    each: Option<JsonPath>,
    #[serde(default = "Template::body")]
    content: Template,
    fields: Option<FieldRule>,
    encoding: Option<Encoding>,
    header: Option<HeaderTable>,
    parameter: Option<ParameterTable>,
    #[serde(default)]
    requires: Vec<String>,
    timestamp: Option<TimestampRule>,
    #[serde(default)]
    key: KeyForm,
    #[serde(default)]
    algorithm: Algorithm,
    certificate: Option<CertificateRule>,
    jwt: Option<JwtRule>,
}

fn yes() -> bool {
    true
}

impl From<SchemeTable> for Scheme {
    fn from(table: SchemeTable) -> Self {
        Self {
            carriers: usize::from(table.header.is_some()) + usize::from(table.parameter.is_some()),
            id: table.id.into(),
            kind: table.kind,
            send: table.send,
            when: table.when,
            or_next: table.or_next,
            each: table.each,
            content: table.content,
            fields: table.fields,
            encoding: table.encoding,
            carrier: Carrier::new(table.header, table.parameter),
            requires: table.requires,
            timestamp: table.timestamp,
            key: table.key,
            algorithm: table.algorithm,
            certificate: table.certificate,
            jwt: table.jwt,
        }
    }
}

/// The procedures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SchemeKind {
    /// A keyed hash of the content.
    Hmac,
    /// A plain hash of a content that holds the secret.
    Hash,
    /// The secret itself.
    Token,
    /// An Ed25519 signature.
    Ed25519,
    /// An ECDSA signature on P-256 with SHA-256, in DER.
    Ecdsa,
    /// An RSA PKCS#1 v1.5 signature, verified with a public key.
    Rsa,
    /// An RSA PKCS#1 v1.5 signature that a certificate verifies.
    RsaCert,
    /// A JSON Web Token whose claims hold what is signed.
    Jwt,
    /// Twilio's: address and sorted form fields, or address with a body hash.
    Twilio,
    /// Plivo's V3: address with sorted parameters, form fields, and a nonce.
    Plivo,
    /// Contentful's: method, path, the headers that the request lists, and body.
    Contentful,
}

impl SchemeKind {
    /// The word in `provider.toml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hmac => "hmac",
            Self::Hash => "hash",
            Self::Token => "token",
            Self::Ed25519 => "ed25519",
            Self::Ecdsa => "ecdsa",
            Self::Rsa => "rsa",
            Self::RsaCert => "rsa-cert",
            Self::Jwt => "jwt",
            Self::Twilio => "twilio",
            Self::Plivo => "plivo",
            Self::Contentful => "contentful",
        }
    }

    /// Whether the content of a signature is a program of its own.
    pub fn is_special(self) -> bool {
        matches!(self, Self::Twilio | Self::Plivo | Self::Contentful)
    }
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
    /// What separates an id from the key in the secret.
    pub pair: Option<String>,
    /// The header in which requests name the id.
    pub id_header: Option<String>,
    /// Added behind the secret.
    pub suffix: String,
    /// How the secret's text is normalised first.
    pub normalize: Option<Normalization>,
    /// The key is this hash of the secret.
    pub hash: Option<Algorithm>,
    /// How long the secret must be.
    pub length: Option<usize>,
}

/// How a secret's text is normalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Normalization {
    /// Unicode's NFKD.
    Nfkd,
}

/// What a certificate must be like.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateRule {
    /// The header with the certificate's address.
    pub url_header: Option<String>,
    /// Or where it is in the JSON body.
    #[serde(default, deserialize_with = "super::tolerance::json_path")]
    pub url_json: Option<JsonPath>,
    /// The glob that address's host must match.
    pub host: String,
    /// The glob its path must match.
    pub path: Option<String>,
    /// The glob the certificate's common name must match.
    pub name: String,
}

/// Why a scheme makes no sense although each of its keys does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemeError {
    /// Two schemes have the same id.
    #[error("{scheme}: there is another scheme with this id")]
    Twice {
        /// The id.
        scheme: String,
    },
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

    /// The same scheme with its signature written otherwise.
    #[must_use]
    pub fn with_encoding(&self, encoding: Encoding) -> Self {
        Self { encoding: Some(encoding), ..self.clone() }
    }

    /// Whether signing and verifying take different halves of a key pair.
    pub fn is_asymmetric(&self) -> bool {
        match self.kind {
            SchemeKind::Ed25519 | SchemeKind::Ecdsa | SchemeKind::Rsa | SchemeKind::RsaCert => true,
            SchemeKind::Jwt => self.jwt.as_ref().is_some_and(JwtRule::is_asymmetric),
            _ => false,
        }
    }

    /// Whether a time is signed: in a place of its own, or in a token.
    pub fn has_time(&self) -> bool {
        self.timestamp.is_some() || self.jwt.as_ref().is_some_and(|rule| rule.issued || rule.lifetime.is_some())
    }

    /// Whether a signature that is made later is another one.
    pub fn ages(&self) -> bool {
        self.has_time() && self.timestamp.as_ref().is_none_or(|rule| !rule.is_in_body())
    }

    /// Whether a request is of the sort that is signed so.
    pub fn applies(&self, request: &Request) -> bool {
        self.when.iter().all(|condition| condition.holds(&Message::new(request, None)))
    }

    /// The templates of what is signed.
    fn signed_templates(&self) -> impl Iterator<Item = &Template> {
        let claims = self.jwt.iter().flat_map(JwtRule::templates);
        let of_claims = self.kind != SchemeKind::Jwt
            || self.jwt.iter().flat_map(JwtRule::templates).any(|t| t.uses(|s| *s == Source::Content));
        let nothing = matches!(self.kind, SchemeKind::Token) || self.kind.is_special();
        std::iter::once(&self.content).filter(move |_| of_claims && !nothing).chain(claims)
    }

    /// Whether a part of this source is signed.
    pub fn signs(&self, wanted: impl Fn(&Source) -> bool) -> bool {
        self.signed_templates().any(|template| template.uses(&wanted))
    }

    /// All that is signed and no program of its own.
    pub fn signed_sources(&self) -> Vec<&Source> {
        self.signed_templates().flat_map(Template::sources).collect()
    }

    /// The headers that are signed, by their names in the templates.
    pub fn signed_headers(&self) -> impl Iterator<Item = &str> {
        self.signed_templates().flat_map(Template::sources).filter_map(|source| match source {
            Source::Header(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// Whether the content has the signed address in it.
    pub fn signs_url(&self) -> bool {
        matches!(self.kind, SchemeKind::Twilio | SchemeKind::Plivo) || self.signs(|source| *source == Source::Url)
    }

    /// Whether something of the body is covered by the signature.
    pub fn signs_body(&self) -> bool {
        self.kind.is_special() || self.signs(|source| self.is_of_body(source))
    }

    /// Whether the whole body is covered, so that any change of it is noticed.
    pub fn signs_whole_body(&self) -> bool {
        match self.kind {
            SchemeKind::Twilio | SchemeKind::Contentful => true,
            _ => self.signs(|source| matches!(source, Source::Body | Source::UnpackedBody)),
        }
    }

    /// Whether a source is of the body, fields included.
    pub fn is_of_body(&self, source: &Source) -> bool {
        match source {
            Source::Fields | Source::FieldCount => self.fields.as_ref().is_some_and(FieldRule::is_of_body),
            other => other.is_of_body(),
        }
    }

    /// Checks what no single key can say.
    ///
    /// # Errors
    /// The first contradiction.
    pub fn check(&self) -> Result<(), SchemeError> {
        self.check_carrier()?;
        self.check_timestamp()?;
        let needs = |what| Err(SchemeError::Needs { scheme: self.id.to_string(), what });
        let useless = |what| Err(SchemeError::Useless { scheme: self.id.to_string(), what });
        let is_rsa = matches!(self.kind, SchemeKind::Rsa | SchemeKind::RsaCert);
        match (&self.certificate, self.kind == SchemeKind::RsaCert) {
            (None, true) => return needs("certificate"),
            (Some(_), false) => return useless("certificate"),
            (Some(rule), true) if rule.url_header.is_some() == rule.url_json.is_some() => {
                return needs("certificate.url_header or certificate.url_json");
            }
            _ => {}
        }
        match (&self.jwt, self.kind == SchemeKind::Jwt) {
            (None, true) => return needs("jwt"),
            (Some(_), false) => return useless("jwt"),
            (Some(rule), true) if !rule.is_of_one_family() => {
                return needs("jwt.algorithms (of one family: HS, RS or ES)");
            }
            _ => {}
        }
        if is_rsa && !matches!(self.algorithm, Algorithm::Sha1 | Algorithm::Sha256) {
            return useless("algorithm (RSA signs with sha256 or sha1)");
        }
        if self.algorithm == Algorithm::Keccak256 && self.kind != SchemeKind::Hash {
            return useless("algorithm (keccak256 is for the kind 'hash')");
        }
        match (self.kind == SchemeKind::Hash, self.signs(|source| *source == Source::WholeSecret)) {
            (true, false) => return needs("{secret} in the content (a plain hash proves nothing without it)"),
            (false, true) => return useless("{secret} in the content (the kind is not 'hash')"),
            _ => {}
        }
        if self.fields.is_none() && self.signs(|source| matches!(source, Source::Fields | Source::FieldCount)) {
            return needs("fields (the content has them)");
        }
        if self.each.is_none() && self.signs(|source| matches!(source, Source::Item(_))) {
            return needs("each (the content has an {item:…})");
        }
        if self.key.id_header.is_some() && self.key.pair.is_none() {
            return needs("key.pair (there is a key.id_header)");
        }
        Ok(())
    }

    fn check_carrier(&self) -> Result<(), SchemeError> {
        let needs = |what| Err(SchemeError::Needs { scheme: self.id.to_string(), what });
        let useless = |what| Err(SchemeError::Useless { scheme: self.id.to_string(), what });
        let carrier = &self.carrier;
        if self.carriers > 1 {
            return useless("parameter (there is a header)");
        }
        if carrier.places.is_empty() {
            return needs("header, or parameter with json, item, form or query");
        }
        let in_parameter = carrier.places.iter().all(|place| place.header().is_none());
        if in_parameter && carrier.places.len() > 1 {
            return useless("a second place in parameter");
        }
        if carrier.places.iter().any(|place| matches!(place, Place::Item(_))) && self.each.is_none() {
            return needs("each (the signature is in an item)");
        }
        let pairs = carrier.form == HeaderForm::Pairs;
        if pairs && carrier.signature.is_none() {
            return needs("header.signature (the key of the signature)");
        }
        if !pairs && (carrier.signature.is_some() || carrier.timestamp.is_some() || carrier.groups.is_some()) {
            return useless("header.signature, header.timestamp or header.groups (the form is not 'pairs')");
        }
        if carrier.form == HeaderForm::List && carrier.prefix.as_literal() == Some("") && carrier.separator.is_none() {
            return needs("header.prefix or header.separator (the form is 'list')");
        }
        if !carrier.prefix.sources().iter().all(|source| matches!(source, Source::Secret(_))) {
            return useless("a part of the request in the prefix (only {secret:…})");
        }
        Ok(())
    }

    fn check_timestamp(&self) -> Result<(), SchemeError> {
        let needs = |what| Err(SchemeError::Needs { scheme: self.id.to_string(), what });
        let useless = |what| Err(SchemeError::Useless { scheme: self.id.to_string(), what });
        let Some(rule) = &self.timestamp else {
            return if self.signs(|source| *source == Source::Timestamp) {
                needs("timestamp (the content has one)")
            } else if self.kind == SchemeKind::Contentful {
                needs("timestamp")
            } else {
                Ok(())
            };
        };
        let in_carrier = self.carrier.timestamp.is_some() || self.carrier.form == HeaderForm::TimedList;
        let places =
            [rule.header.is_some(), rule.json.is_some(), rule.form.is_some(), rule.claim.is_some(), in_carrier];
        match places.iter().filter(|place| **place).count() {
            0 => needs("timestamp.header, timestamp.json, timestamp.form or header.timestamp"),
            1 if rule.claim.is_some() != (self.kind == SchemeKind::Jwt) => useless("timestamp (of a token, the claim)"),
            1 => Ok(()),
            _ => useless("a second place for the timestamp"),
        }
    }
}
