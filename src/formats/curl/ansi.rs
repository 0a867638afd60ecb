//! The escapes of bash's `$'…'`, in which browsers write what is not plain ASCII.
//!
//! Where bash and the browsers' intent differ, the intent wins: the two halves of a surrogate pair make one character,
//! and `\0` is a NUL, which bash could not pass on.

/// Undoes the escape whose backslash stands before `text`; returns how many bytes of `text` belong to it. What is no
/// escape stays as it is, backslash included.
pub(super) fn escape(text: &[u8], out: &mut Vec<u8>) -> usize {
    let Some(byte) = text.first().copied() else { return 0 };
    let plain = match byte {
        b'a' => 7,
        b'b' => 8,
        b'e' | b'E' => 0x1b,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        b'\\' | b'\'' | b'"' | b'?' => byte,
        b'0'..=b'7' => {
            let (value, length) = digits(text, 8, 3);
            out.push(low_byte(value));
            return length;
        }
        b'x' => {
            let (value, length) = digits(&text[1..], 16, 2);
            if length == 0 {
                out.extend(b"\\x");
            } else {
                out.push(low_byte(value));
            }
            return 1 + length;
        }
        b'u' | b'U' => return 1 + unicode(byte, &text[1..], out),
        b'c' if text.get(1).is_some_and(|b| b.is_ascii() && *b != b'\'') => {
            out.push(text[1].to_ascii_uppercase() & 0x1f);
            return 2;
        }
        _ => {
            out.extend([b'\\', byte]);
            return 1;
        }
    };
    out.push(plain);
    1
}

/// `\u` and `\U`, whose letter has been taken; returns how many bytes of `text` belong to it.
fn unicode(letter: u8, text: &[u8], out: &mut Vec<u8>) -> usize {
    let (mut value, mut length) = digits(text, 16, if letter == b'u' { 4 } else { 8 });
    if length == 0 {
        out.extend([b'\\', letter]);
        return 0;
    }
    if (0xd800..0xdc00).contains(&value)
        && let Some(behind) = text[length..].strip_prefix(b"\\u")
        && let (low @ 0xdc00..0xe000, digits) = digits(behind, 16, 4)
    {
        value = 0x10000 + ((value - 0xd800) << 10) + (low - 0xdc00);
        length += 2 + digits;
    }
    let character = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend(character.encode_utf8(&mut [0; 4]).bytes());
    length
}

/// The value of up to `most` digits (8 at the most), and how many there are.
fn digits(text: &[u8], radix: u32, most: usize) -> (u32, usize) {
    let digits = text.iter().take(most).map_while(|b| char::from(*b).to_digit(radix));
    digits.fold((0, 0), |(value, count), digit| (value * radix + digit, count + 1))
}

/// Beyond a byte the shells drop the upper bits.
fn low_byte(value: u32) -> u8 {
    value.to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_and_others_left() {
        for (text, expected) in [
            (r"a\nb\t\'c\'\\", &b"a\nb\t'c'\\"[..]),
            (r"\u0021\u00e9\u20ac\U0001F600", "!é€😀".as_bytes()),
            (r"\ud83d\ude00\ud83d\u0041\ud83d", "😀\u{fffd}A\u{fffd}".as_bytes()),
            (r"\uffff1\UFFFFFFFF", "\u{ffff}1\u{fffd}".as_bytes()),
            (r"\xe9\x4g\101\0\777", b"\xe9\x04gA\0\xff"),
            (r"\e\E\a\b\f\v\r\?\cA", b"\x1b\x1b\x07\x08\x0c\x0b\r?\x01"),
            (r"\q\x\u\c", br"\q\x\u\c"),
            (r"\", br""),
        ] {
            let mut out = Vec::new();
            let mut rest = text.as_bytes();
            while let Some((byte, after)) = rest.split_first() {
                rest = after;
                if *byte == b'\\' {
                    rest = &rest[escape(rest, &mut out)..];
                } else {
                    out.push(*byte);
                }
            }
            assert_eq!(out, expected, "{text}");
        }
    }
}
