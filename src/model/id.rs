//! Ids of deliveries (`dlv_…`) and of runs, and the ways a user names deliveries: `12`, `3..7`, `latest`, `latest~1`, part of an id.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use uuid::Uuid;

use super::Timestamp;

/// An id: a UUID of version 7, so ids sort by time. `Of` says what it is the id of, so that they cannot be mixed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id<Of>(Uuid, PhantomData<Of>);

/// See [`DeliveryId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OfDelivery {}

/// See [`RunId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OfRun {}

/// The id of a delivery.
pub type DeliveryId = Id<OfDelivery>;

/// The id of a run.
pub type RunId = Id<OfRun>;

impl<Of> Id<Of> {
    /// A new id for something of that moment. `random` is 10 bytes of chance.
    pub fn new(at: Timestamp, random: [u8; 10]) -> Self {
        let millis = u64::try_from(at.as_millis()).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid(), PhantomData)
    }

    /// The 16 bytes of the id.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The id of these 16 bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes), PhantomData)
    }
}

impl DeliveryId {
    /// The last digits, for a narrow column.
    pub fn short(&self) -> String {
        let text = self.to_string();
        text[text.len() - 6..].to_owned()
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.simple())
    }
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "dlv_{}", self.0.simple())
    }
}

impl FromStr for DeliveryId {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        text.strip_prefix("dlv_")
            .and_then(|hex| Uuid::try_parse(hex).ok())
            .map(|uuid| Self(uuid, PhantomData))
            .ok_or_else(|| SelectorError::NotASelector(text.to_owned()))
    }
}

/// What a user wrote to name one or several deliveries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// The delivery with this number in the store.
    Number(i64),
    /// All deliveries from one number to another, both included.
    Range(i64, i64),
    /// The newest capture, or the one so many before it.
    Latest(u64),
    /// A unique prefix or suffix of an id, without `dlv_`: lower-case hex of at least 4 digits.
    PartOfId(String),
}

/// Why a text names no delivery.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// It has none of the known forms.
    #[error("'{0}' is not a delivery: use a number, 3..7, latest, latest~1 or part of an id")]
    NotASelector(String),
    /// Fewer than four digits of an id.
    #[error("'{0}' is too short for a part of an id: at least 4 characters")]
    TooShort(String),
    /// A range that ends before it starts.
    #[error("'{0}' ends before it starts")]
    Backwards(String),
}

impl FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        let unknown = || SelectorError::NotASelector(text.to_owned());
        if text == "latest" {
            return Ok(Self::Latest(0));
        }
        if let Some(back) = text.strip_prefix("latest~") {
            return back.parse().map(Self::Latest).map_err(|_| unknown());
        }
        if let Some((from, to)) = text.split_once("..") {
            let from: i64 = from.parse().map_err(|_| unknown())?;
            let to: i64 = to.parse().map_err(|_| unknown())?;
            if to < from {
                return Err(SelectorError::Backwards(text.to_owned()));
            }
            return Ok(Self::Range(from, to));
        }
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
            return text.parse().map(Self::Number).map_err(|_| unknown());
        }
        let part: String = text.strip_prefix("dlv_").unwrap_or(text).chars().filter(|c| *c != '-').collect();
        let part = part.to_ascii_lowercase();
        if part.is_empty() || part.len() > 32 || !part.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(unknown());
        }
        if part.len() < 4 {
            return Err(SelectorError::TooShort(text.to_owned()));
        }
        Ok(Self::PartOfId(part))
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Range(from, to) => write!(f, "{from}..{to}"),
            Self::Latest(0) => f.write_str("latest"),
            Self::Latest(back) => write!(f, "latest~{back}"),
            Self::PartOfId(part) => f.write_str(part),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_read_back() {
        let early = DeliveryId::new(Timestamp::from_secs(1_000), [9; 10]);
        let late = DeliveryId::new(Timestamp::from_secs(1_001), [0; 10]);
        assert!(early < late);
        assert_eq!(early.to_string().parse(), Ok(early));
    }

    #[test]
    fn selectors_read_and_write_alike() {
        for (text, selector) in [
            ("12", Selector::Number(12)),
            ("3..7", Selector::Range(3, 7)),
            ("latest", Selector::Latest(0)),
            ("latest~2", Selector::Latest(2)),
            ("a1b2c3", Selector::PartOfId("a1b2c3".into())),
        ] {
            assert_eq!(text.parse(), Ok(selector.clone()), "{text}");
            assert_eq!(selector.to_string(), text);
        }
        assert_eq!("dlv_AB12".parse(), Ok(Selector::PartOfId("ab12".into())));
        for text in ["", "x", "abc", "7..3", "latest~", "latest~-1", "zzzz", "1..", "99999999999999999999"] {
            assert!(text.parse::<Selector>().is_err(), "{text}");
        }
    }
}
