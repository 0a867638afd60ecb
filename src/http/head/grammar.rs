//! Which bytes may stand where (RFC 9110 section 5.6.2, RFC 9112 sections 3 and 5), as a table where that is quicker.
//!
//! Separate because reader and writer must agree: what one refuses the other never produces.

const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "the loop ends at 255")]
        let b = byte as u8;
        table[byte] = b.is_ascii_alphanumeric()
            || matches!(
                b,
                b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
            );
        byte += 1;
    }
    table
};

/// May stand in a method or a field name.
pub(crate) const fn is_token(byte: u8) -> bool {
    TOKEN[byte as usize]
}

/// May stand in a field value or a reason. Bytes from 0x80 on are obs-text: old, but sent, and kept as they are.
pub(crate) const fn is_value(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

/// May stand in a target: visible ASCII. Wider than the URI grammar, since senders do put `|` and `{` into queries.
pub(crate) const fn is_target(byte: u8) -> bool {
    byte.is_ascii_graphic()
}

/// Space or tab.
pub(crate) const fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// Without spaces and tabs at either end.
pub(crate) fn trim_blank(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes
        && is_blank(*first)
    {
        bytes = rest;
    }
    while let [rest @ .., last] = bytes
        && is_blank(*last)
    {
        bytes = rest;
    }
    bytes
}

/// The members of a comma-separated list, trimmed; empty ones are left out.
pub(crate) fn list_members(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|b| *b == b',').map(trim_blank).filter(|member| !member.is_empty())
}
