//! The `jwt` table of a scheme, typed.

use std::time::Duration;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::model::quantity::parse_duration;
use crate::signature::content::Template;

/// What a token must be like.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JwtRule {
    /// The algorithms that are accepted; the first one signs.
    pub algorithms: Vec<JwtAlgorithm>,
    /// Claims that are written (the first template) and demanded (any of them).
    #[serde(default, deserialize_with = "claims")]
    pub claims: Vec<(String, Vec<Template>)>,
    /// Claims that are written and mean nothing for verification.
    #[serde(default, deserialize_with = "extra")]
    pub(super) extra: Vec<(String, Extra)>,
    /// How long after it was made a token is good; then `exp` is demanded.
    #[serde(default, deserialize_with = "duration")]
    pub lifetime: Option<Duration>,
    /// How long before it was made a token begins to be good: `nbf`.
    #[serde(default, deserialize_with = "duration")]
    pub not_before: Option<Duration>,
    /// Whether `iat` is written.
    #[serde(default = "yes")]
    pub issued: bool,
    /// How far the clocks may be apart.
    #[serde(default, deserialize_with = "leeway")]
    pub leeway: Duration,
}

/// A claim that nobody checks.
#[derive(Debug, Clone)]
pub(super) enum Extra {
    /// Text, with parts of the request.
    Text(Template),
    /// A number, a boolean, a list.
    Other(Value),
}

/// How a token may be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum JwtAlgorithm {
    /// HMAC with SHA-256.
    #[serde(rename = "HS256")]
    Hs256,
    /// HMAC with SHA-384.
    #[serde(rename = "HS384")]
    Hs384,
    /// HMAC with SHA-512.
    #[serde(rename = "HS512")]
    Hs512,
    /// RSA PKCS#1 v1.5 with SHA-256.
    #[serde(rename = "RS256")]
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
}

impl JwtAlgorithm {
    /// The word in a token.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }
}

impl JwtRule {
    /// The algorithm that signs; the others are of its family.
    pub fn algorithm(&self) -> JwtAlgorithm {
        self.algorithms.first().copied().unwrap_or(JwtAlgorithm::Hs256)
    }

    /// Whether signing and verifying take different halves of a key pair.
    pub fn is_asymmetric(&self) -> bool {
        matches!(self.algorithm(), JwtAlgorithm::Rs256 | JwtAlgorithm::Es256)
    }

    /// Whether there are algorithms, and all take the same sort of key. A public key must never become an HMAC's.
    pub fn is_of_one_family(&self) -> bool {
        let family = |algorithm: &JwtAlgorithm| &algorithm.as_str()[..2];
        !self.algorithms.is_empty() && self.algorithms.iter().all(|a| family(a) == family(&self.algorithms[0]))
    }

    /// What claims are made of.
    pub fn templates(&self) -> impl Iterator<Item = &Template> {
        self.claims.iter().flat_map(|(_, templates)| templates)
    }
}

fn yes() -> bool {
    true
}

fn claims<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, Vec<Template>)>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    let table: toml::map::Map<String, toml::Value> = Deserialize::deserialize(deserializer)?;
    let read = |(name, value): (String, toml::Value)| {
        let wrong = |text: String| serde::de::Error::custom(format!("the claim {name}: {text}"));
        let texts = match value.try_into::<OneOrMany>() {
            Ok(OneOrMany::One(text)) => vec![text],
            Ok(OneOrMany::Many(texts)) if !texts.is_empty() => texts,
            _ => return Err(wrong("it must be text, or a list of texts".to_owned())),
        };
        let templates: Result<_, _> = texts.iter().map(|text| text.parse::<Template>()).collect();
        Ok((name.clone(), templates.map_err(|error| wrong(error.to_string()))?))
    };
    table.into_iter().map(read).collect()
}

fn extra<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, Extra)>, D::Error> {
    let table: toml::map::Map<String, toml::Value> = Deserialize::deserialize(deserializer)?;
    let read = |(name, value): (String, toml::Value)| match value {
        toml::Value::String(text) => match text.parse() {
            Ok(template) => Ok((name, Extra::Text(template))),
            Err(error) => Err(serde::de::Error::custom(format!("the claim {name}: {error}"))),
        },
        other => match serde_json::to_value(&other) {
            Ok(value) => Ok((name, Extra::Other(value))),
            Err(error) => Err(serde::de::Error::custom(format!("the claim {name}: {error}"))),
        },
    };
    table.into_iter().map(read).collect()
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    leeway(deserializer).map(Some)
}

fn leeway<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    parse_duration(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}
