//! Enumerations as the small numbers that stand for them on disk.
//!
//! The numbers are part of the file's form: a value keeps its number for ever, a new one takes the next. 0 and 1 take no
//! room in `SQLite`, so the most frequent values have them.

use crate::model::{Direction, FailureKind, Reason, Verdict};

/// Something with a number on disk.
pub(super) trait Code: Sized + Copy + 'static {
    /// All values.
    const ALL: &'static [Self];

    /// The number of this value.
    fn code(self) -> i64;

    /// The value with this number, if there is one.
    fn from_code(code: i64) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.code() == code)
    }
}

impl Code for Direction {
    const ALL: &'static [Self] = &[Self::Received, Self::Sent];

    fn code(self) -> i64 {
        match self {
            Self::Received => 0,
            Self::Sent => 1,
        }
    }
}

impl Code for Verdict {
    const ALL: &'static [Self] = &Verdict::ALL;

    fn code(self) -> i64 {
        match self {
            Self::Valid => 0,
            Self::NoSecret => 1,
            Self::Invalid => 2,
            Self::Unsigned => 3,
            Self::UnknownProvider => 4,
        }
    }
}

impl Code for Reason {
    const ALL: &'static [Self] = &Reason::ALL;

    fn code(self) -> i64 {
        match self {
            Self::SignatureMismatch => 0,
            Self::HeaderMissing => 1,
            Self::HeaderMalformed => 2,
            Self::TimestampStale => 3,
            Self::TimestampFuture => 4,
            Self::BodyMismatch => 5,
            Self::Certificate => 6,
            Self::SecretForm => 7,
            Self::SecretEmpty => 8,
            Self::SecretUnknown => 9,
            Self::DevelopmentSecretOnly => 10,
            Self::UrlMissing => 11,
            Self::ProviderUnknown => 12,
            Self::ProviderUnsigned => 13,
            Self::ClaimMismatch => 14,
            Self::BodyMissing => 15,
        }
    }
}

impl Code for FailureKind {
    const ALL: &'static [Self] = &FailureKind::ALL;

    fn code(self) -> i64 {
        match self {
            Self::Dns => 0,
            Self::Refused => 1,
            Self::ConnectTimeout => 2,
            Self::Tls => 3,
            Self::Reset => 4,
            Self::ResponseTimeout => 5,
            Self::BadAnswer => 6,
            Self::Network => 7,
            Self::NotAllowed => 8,
        }
    }
}

/// Reads column `index` of a row as a code. A number without a meaning is damage.
pub(super) fn read<T: Code>(row: &rusqlite::Row<'_>, index: usize) -> rusqlite::Result<T> {
    let code = row.get(index)?;
    T::from_code(code).ok_or(rusqlite::Error::IntegralValueOutOfRange(index, code))
}

/// Reads column `index` of a row as a code that may be missing.
pub(super) fn read_optional<T: Code>(row: &rusqlite::Row<'_>, index: usize) -> rusqlite::Result<Option<T>> {
    let Some(code) = row.get::<_, Option<i64>>(index)? else { return Ok(None) };
    T::from_code(code).map(Some).ok_or(rusqlite::Error::IntegralValueOutOfRange(index, code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distinct<T: Code + PartialEq + std::fmt::Debug>() {
        for value in T::ALL {
            assert_eq!(T::from_code(value.code()), Some(*value));
        }
        assert_eq!(T::from_code(99), None);
    }

    #[test]
    fn every_value_has_a_number_of_its_own() {
        distinct::<Direction>();
        distinct::<Verdict>();
        distinct::<Reason>();
        distinct::<FailureKind>();
    }
}
