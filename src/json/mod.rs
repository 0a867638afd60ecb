//! The public JSON objects, one file a `kind`. Their field names are stable; they are made from internal values and kept
//! apart from them, so that renaming something inside changes nothing outside.

pub mod alert;
pub mod attempt;
pub mod check;
pub mod checked;
pub mod comparison;
pub mod config;
pub mod delivery;
pub mod diagnosis;
pub mod diff;
pub mod error;
pub mod exec;
pub mod expectation;
pub mod fixture;
pub mod handshake;
pub mod load_report;
pub mod log;
pub mod provider;
pub mod reloaded;
pub mod removal;
pub mod scenario;
pub mod schema;
pub mod secret;
pub mod signature;
pub mod source;
pub mod stats;
pub mod target;
pub mod transfer;
pub mod trust;
pub mod verification;
pub mod written;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::model::Headers;
use crate::model::mask::masked;

/// A body: as text where it is UTF-8, else in base64.
#[derive(Debug, Serialize)]
pub struct Body {
    /// The text.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    /// Or base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
}

impl From<&[u8]> for Body {
    fn from(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self { body: Some(text.to_owned()), body_base64: None },
            Err(_) => Self { body: None, body_base64: Some(STANDARD.encode(bytes)) },
        }
    }
}

/// Header fields as pairs in order; credentials are masked unless `plain`.
pub fn headers(headers: &Headers, plain: bool) -> Vec<(String, String)> {
    let value = |name: &str, value: String| if plain { value } else { masked(name, &value) };
    headers.iter().map(|h| (h.name().to_owned(), value(h.name(), h.lossy()))).collect()
}

/// A duration in milliseconds, to the microsecond.
pub fn millis(duration: std::time::Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "microseconds of requests fit a double")]
    let micros = duration.as_micros() as f64;
    micros / 1_000.0
}
