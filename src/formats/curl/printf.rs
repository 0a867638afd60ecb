//! `printf '…'`: how bytes that no argument can hold (NUL, above all) get into a command, in every POSIX shell.
//!
//! Reading and writing are beside each other, so that one undoes the other.

use super::words::Word;
use super::{CurlProblem, Located};
use crate::formats::parts::excerpt;

/// What `printf` with these words prints. `%s`, `%b` and `%%` are understood.
pub(super) fn output(words: &[Word]) -> Result<Vec<u8>, Located> {
    let Some(format) = words.get(1) else {
        let line = words.first().map_or(1, |word| word.line);
        return Err((line, CurlProblem::ValueMissing { option: "printf".to_owned() }.into()));
    };
    let refused = || {
        let format = excerpt(&String::from_utf8_lossy(&format.bytes));
        (words[1].line, CurlProblem::Printf { format }.into())
    };
    let mut arguments = words[2..].iter();
    let mut out = Vec::with_capacity(format.bytes.len());
    let mut rest = &format.bytes[..];
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'\\' => rest = escape(after, &mut out).ok_or_else(refused)?,
            b'%' => {
                let (conversion, after) = after.split_first().ok_or_else(refused)?;
                rest = after;
                match conversion {
                    b'%' => out.push(b'%'),
                    b's' => out.extend(arguments.next().into_iter().flat_map(|word| &word.bytes)),
                    b'b' => {
                        let mut argument = arguments.next().map_or(&[][..], |word| &word.bytes);
                        while let Some((byte, after)) = argument.split_first() {
                            argument = after;
                            if *byte == b'\\' {
                                argument = escape(after, &mut out).ok_or_else(refused)?;
                            } else {
                                out.push(*byte);
                            }
                        }
                    }
                    _ => return Err(refused()),
                }
            }
            _ => out.push(*byte),
        }
    }
    // With arguments left over a shell uses the format again, which nobody does to write a body.
    if arguments.next().is_some() { Err(refused()) } else { Ok(out) }
}

/// Undoes one escape, whose backslash has been taken, and returns what is behind it.
fn escape<'a>(text: &'a [u8], out: &mut Vec<u8>) -> Option<&'a [u8]> {
    let digits = |from: usize, most: usize, radix: u32| {
        text[from..].iter().take(most).take_while(|b| char::from(**b).is_digit(radix)).count()
    };
    let (plain, length) = match *text.first()? {
        b'a' => (7, 1),
        b'b' => (8, 1),
        b'f' => (0x0c, 1),
        b'n' => (b'\n', 1),
        b'r' => (b'\r', 1),
        b't' => (b'\t', 1),
        b'v' => (0x0b, 1),
        byte @ (b'\\' | b'\'' | b'"') => (byte, 1),
        b'0'..=b'7' => {
            let length = digits(0, 3, 8);
            (number(&text[..length], 8)?, length)
        }
        b'x' => {
            let length = digits(1, 2, 16);
            (number(&text[1..=length], 16)?, length + 1)
        }
        _ => return None,
    };
    out.push(plain);
    Some(&text[length..])
}

fn number(digits: &[u8], radix: u32) -> Option<u8> {
    let value = u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()?;
    u8::try_from(value & 0xff).ok()
}

/// Writes bytes as a format of `printf` in single quotes: text as it is, everything else in octal.
pub(super) fn format(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 16);
    out.push('\'');
    let bytes = match bytes.strip_prefix(b"-") {
        // Else some shells would take the format for an option.
        Some(rest) => {
            push_octal(&mut out, b'-');
            rest
        }
        None => bytes,
    };
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\\' => out.push_str("\\\\"),
                '%' => out.push_str("%%"),
                '\'' => out.push_str("\\047"),
                character if character.is_control() => {
                    character.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| push_octal(&mut out, byte));
                }
                character => out.push(character),
            }
        }
        chunk.invalid().iter().for_each(|byte| push_octal(&mut out, *byte));
    }
    out.push('\'');
    out
}

fn push_octal(out: &mut String, byte: u8) {
    out.push('\\');
    for shift in [6, 3, 0] {
        out.push(char::from(b'0' + ((byte >> shift) & 7)));
    }
}
