//! Where the body of a message ends (RFC 9112 section 6), without guessing.
//!
//! Everything that two programs have been known to read differently is refused. That includes a Content-Length that
//! is repeated with the same number: the standard allows joining them, but no honest sender does it, and the next program
//! on the way may look at another of the two.

use super::fields::{Notes, Seen};
use super::grammar::list_members;
use super::{HeadError, Version};

/// How the end of a body is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// There is no body.
    None,
    /// So many bytes.
    Length(u64),
    /// Chunks, the last of which is empty.
    Chunked,
    /// All until the connection ends. Only answers have this.
    UntilClose,
}

/// What the fields say; `None` if they say nothing.
pub(super) fn announced(raw: &[u8], fields: &Notes, version: Version) -> Result<Option<Framing>, HeadError> {
    match (&fields.transfer, &fields.length) {
        (Seen::Never, Seen::Never) => Ok(None),
        (Seen::Never, Seen::Once(value)) => content_length(&raw[value.clone()]).map(|n| Some(Framing::Length(n))),
        (Seen::Never, Seen::Again) => Err(HeadError::LengthRepeated),
        (_, Seen::Once(_) | Seen::Again) => Err(HeadError::LengthAndTransfer),
        (Seen::Once(_) | Seen::Again, Seen::Never) if version == Version::Http10 => Err(HeadError::TransferInHttp10),
        (Seen::Again, Seen::Never) => Err(HeadError::TransferRepeated),
        (Seen::Once(value), Seen::Never) => transfer_encoding(&raw[value.clone()]).map(|()| Some(Framing::Chunked)),
    }
}

/// Digits alone. Zeros in front are allowed by the grammar, and sent by small devices that fill the number in later.
fn content_length(value: &[u8]) -> Result<u64, HeadError> {
    if value.is_empty() {
        return Err(HeadError::LengthInvalid);
    }
    value.iter().try_fold(0u64, |length, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0')).ok_or(HeadError::LengthInvalid)?;
        length.checked_mul(10).and_then(|length| length.checked_add(digit)).ok_or(HeadError::LengthOverflow)
    })
}

fn transfer_encoding(value: &[u8]) -> Result<(), HeadError> {
    if value.eq_ignore_ascii_case(b"chunked") {
        return Ok(());
    }
    let chunked = list_members(value).filter(|member| member.eq_ignore_ascii_case(b"chunked")).count();
    let last_is_chunked = list_members(value).last().is_some_and(|member| member.eq_ignore_ascii_case(b"chunked"));
    let members = list_members(value).count();
    Err(match (last_is_chunked, chunked) {
        (true, 1) if members > 1 => HeadError::TransferUnsupported,
        (true, 2..) => HeadError::TransferRepeated,
        _ => HeadError::TransferInvalid,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_digits_alone() {
        for (text, length) in [("0", 0), ("42", 42), ("0042", 42), ("18446744073709551615", u64::MAX)] {
            assert_eq!(content_length(text.as_bytes()), Ok(length), "{text}");
        }
        for text in ["", "+1", "-1", "1 2", "1,1", "0x10", "1_000", "1e3", "１", "1.0", " 1", "a"] {
            assert_eq!(content_length(text.as_bytes()), Err(HeadError::LengthInvalid), "{text}");
        }
        for text in ["18446744073709551616", "99999999999999999999999"] {
            assert_eq!(content_length(text.as_bytes()), Err(HeadError::LengthOverflow), "{text}");
        }
    }

    #[test]
    fn only_chunked_alone_is_a_transfer_encoding() {
        assert_eq!(transfer_encoding(b"chunked"), Ok(()));
        assert_eq!(transfer_encoding(b"Chunked"), Ok(()));
        for (text, error) in [
            ("", HeadError::TransferInvalid),
            ("identity", HeadError::TransferInvalid),
            ("xchunked", HeadError::TransferInvalid),
            ("chunked;a=b", HeadError::TransferInvalid),
            ("\"chunked\"", HeadError::TransferInvalid),
            ("chunked, identity", HeadError::TransferInvalid),
            ("chunked,", HeadError::TransferInvalid),
            ("gzip, chunked", HeadError::TransferUnsupported),
            ("chunked, chunked", HeadError::TransferRepeated),
        ] {
            assert_eq!(transfer_encoding(text.as_bytes()), Err(error), "{text}");
        }
    }
}
