//! What fresh values are: enough to make another one of the same kind.

use crate::model::Timestamp;

/// A fresh value as it stands in what was rendered, and how another of its kind is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its text.
    pub text: String,
    /// What it is.
    pub kind: MadeKind,
}

/// How a value was made: enough to make another one of the same length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MadeKind {
    /// Random characters of an alphabet.
    Characters(Alphabet),
    /// Random digits, the first not 0.
    Digits,
    /// A number, both ends included.
    Number(i64, i64),
    /// A random UUID.
    Uuid,
    /// Random bytes in base64.
    Base64,
    /// A time, shifted by so many seconds.
    Time(TimeForm, i64),
}

/// The characters that random text is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alphabet {
    /// A-Z, a-z and 0-9.
    Alnum,
    /// a-z and 0-9.
    Lower,
    /// A-Z and 0-9.
    Upper,
    /// 0-9 and a-f.
    Hex,
}

impl Alphabet {
    /// The characters.
    pub const fn characters(self) -> &'static [u8] {
        match self {
            Self::Alnum => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
            Self::Lower => b"abcdefghijklmnopqrstuvwxyz0123456789",
            Self::Upper => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
            Self::Hex => b"0123456789abcdef",
        }
    }
}

/// How a time is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimeForm {
    /// Unix seconds.
    Unix,
    /// Unix milliseconds.
    UnixMs,
    /// RFC 3339 with seconds.
    Iso,
    /// With milliseconds.
    IsoMs,
    /// With microseconds.
    IsoUs,
    /// By strftime, in UTC.
    Custom(String),
}

impl TimeForm {
    /// Writes a time; `None` if the pattern cannot be read.
    pub fn write(&self, at: Timestamp) -> Option<String> {
        Some(match self {
            Self::Unix => at.as_secs().to_string(),
            Self::UnixMs => at.as_millis().to_string(),
            Self::Iso => format!("{:.0}", at.to_jiff()),
            Self::IsoMs => format!("{:.3}", at.to_jiff()),
            Self::IsoUs => format!("{:.6}", at.to_jiff()),
            Self::Custom(format) => at.strftime(format)?,
        })
    }

    pub(super) const fn is_number(&self) -> bool {
        matches!(self, Self::Unix | Self::UnixMs)
    }
}
