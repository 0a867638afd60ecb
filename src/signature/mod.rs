//! Signing and verifying: bytes and a time in, an answer out.
//!
//! Nothing here reads a clock, finds a secret or knows a provider. Verification is strict and constant-time, and a blank
//! secret, an empty or truncated signature or a missing header can never make it say yes.

pub mod carrier;
pub mod content;
pub mod ecdsa;
pub mod ed25519;
pub mod encoding;
pub mod hmac;
pub mod jwt;
pub mod key;
pub mod rsa;
pub mod rsa_cert;
pub mod scheme;
mod signing;
pub mod special;
pub mod tolerance;
mod verifying;

use self::carrier::Place;
use self::content::{Message, Source};
use crate::model::Request;

pub use self::carrier::HeaderForm;
pub use self::key::{Key, KeyError, KeyUse, Material};
pub use self::scheme::{Scheme, SchemeKind, Tolerance};
pub use self::signing::sign;
pub use self::verifying::{time_in_body, verify};

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What: `header`, `timestamp`, `content`, `signature` and so on.
    pub name: &'static str,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was found.
    pub detail: String,
}

/// Collects checks, or does not bother: the capture path wants a verdict only, and details cost.
pub struct Checks {
    list: Option<Vec<Check>>,
    /// Whether signatures are shown whole. What is expected is what a forger needs.
    whole: bool,
}

impl Checks {
    /// Keeps what is noted.
    pub fn on() -> Self {
        Self { list: Some(Vec::new()), whole: false }
    }

    /// Keeps what is noted, with signatures in full.
    pub fn whole() -> Self {
        Self { whole: true, ..Self::on() }
    }

    /// Forgets what is noted, without making the text.
    pub fn off() -> Self {
        Self { list: None, whole: false }
    }

    /// Whether anything is kept.
    fn are_on(&self) -> bool {
        self.list.is_some()
    }

    /// Whether signatures are shown whole.
    fn are_whole(&self) -> bool {
        self.whole
    }

    /// Notes a check.
    pub fn note(&mut self, name: &'static str, ok: bool, detail: impl FnOnce() -> String) {
        if let Some(list) = &mut self.list {
            list.push(Check { name, ok, detail: detail() });
        }
    }

    /// What was noted.
    pub fn into_list(self) -> Vec<Check> {
        self.list.unwrap_or_default()
    }
}

/// Why a request could not be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The content needs something the request does not have.
    #[error("{} is needed for the signature and is not there", .0.describe())]
    Missing(Source),
    /// The body has no place for the signature.
    #[error("the signature belongs in {0}, and the body has no such place")]
    NoPlace(String),
    /// The secret holds only what a receiver needs.
    #[error("the secret cannot sign: it holds the public half only")]
    CannotSign,
}

/// Whether a request is of the sort that this scheme signs, and holds a signature where the scheme puts it, right or wrong.
pub fn is_present(scheme: &Scheme, request: &Request) -> bool {
    is_carried(scheme, request) && scheme.applies(request)
}

fn is_carried(scheme: &Scheme, request: &Request) -> bool {
    let message = Message::new(request, None);
    scheme.carrier.places.iter().any(|place| match place {
        Place::Item(path) => {
            let elements = scheme.each.as_ref().and_then(|list| list.elements(&request.body));
            let is_signed = |element: &&str| path.locate(element.as_bytes()).is_some_and(|text| !text.is_empty());
            elements.is_some_and(|elements| elements.iter().any(is_signed))
        }
        Place::Json(_) | Place::Form(_) | Place::Query(_) => !matches!(place.value(&message), Ok(None)),
        Place::Header(_) | Place::Numbered(_) => {
            let name = place.header().unwrap_or_default();
            request.headers.all(&name).any(|header| header.text().is_none_or(|value| scheme.carrier.concerns(value)))
        }
    })
}
