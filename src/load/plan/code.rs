//! Unique values of a fixed width: ids that differ from request to request without anybody remembering them.
//!
//! A value is a function of a number that no other value of the run has. Where the width has room for 64 bits, the number is scrambled by a
//! bijection, so that ids look random and no two numbers share one; where it has not, numbers step through all values
//! before one comes again.

use serde::Serialize;

use crate::payload::{Alphabet, MadeKind};

/// The longest written value: a UUID.
pub(super) const LONGEST: usize = 36;
/// Fewer values than this are no ids: a status, an amount, a number of minutes.
const FEWEST: u64 = 100_000_000;
/// A prime that divides no count of values that occurs, so that stepping by it reaches them all.
const STEP: u64 = 2_654_435_761;

/// Makes values of one form. With the same salt, different numbers give different values.
#[derive(Debug, Clone)]
pub(super) struct Code {
    form: Form,
    salt: u64,
}

#[derive(Debug, Clone)]
enum Form {
    /// 64 bits, as two halves of so many characters.
    Wide { alphabet: Alphabet, half: usize },
    /// As many values as so many characters give.
    Narrow { alphabet: Alphabet, width: usize, values: u64 },
    /// A number from `from` on, one of so many.
    Number { from: u64, values: u64, width: usize },
    /// A version 4 UUID.
    Uuid,
}

/// Which part of a text is written anew: the bytes from `skip` on, `width` of them.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) code: Code,
    pub(super) skip: usize,
    pub(super) width: usize,
}

/// How values are made, for other programs: which characters they have is enough, since each program makes its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Sketched {
    /// The characters.
    pub(crate) alphabet: String,
    /// Those that may stand first, where that is not all of them.
    pub(crate) first: Option<String>,
    /// How many there are.
    pub(crate) width: usize,
    /// Whether it is a version 4 UUID.
    pub(crate) uuid: bool,
    /// Which of the values of a request it is.
    pub(crate) index: usize,
}

impl Code {
    /// How values are made; in front of them the characters that always stay, of numbers between bounds that are not round.
    pub(super) fn sketch(&self, index: usize) -> Option<(String, Sketched)> {
        let text = |alphabet: Alphabet| String::from_utf8_lossy(alphabet.characters()).into_owned();
        let plain = |alphabet, width| Sketched { alphabet, first: None, width, uuid: false, index };
        let digits = || "0123456789".to_owned();
        Some(match &self.form {
            Form::Wide { alphabet, half } => (String::new(), plain(text(*alphabet), 2 * half)),
            Form::Narrow { alphabet, width, .. } => (String::new(), plain(text(*alphabet), *width)),
            Form::Uuid => (String::new(), Sketched { uuid: true, ..plain(text(Alphabet::Hex), LONGEST) }),
            Form::Number { from, values, width } => {
                let last = from + (values - 1);
                // The digits in front under which every number lies within the bounds.
                let fits = |fixed: u64, rest: usize| {
                    let span = 10_u64.pow(u32::try_from(rest).ok()?);
                    let low = fixed.checked_mul(span)?;
                    (low >= *from && low.checked_add(span - 1)? <= last).then_some(fixed)
                };
                let first: String =
                    (1..=9).filter_map(|digit| fits(digit, width - 1)).map(|digit| digit.to_string()).collect();
                if !first.is_empty() {
                    return Some((String::new(), Sketched { first: Some(first), ..plain(digits(), *width) }));
                }
                let fixed = (2..width.saturating_sub(7)).find_map(|front| {
                    let span = 10_u64.pow(u32::try_from(width - front).ok()?);
                    fits(from / span + 1, width - front).map(|fixed| (fixed.to_string(), width - front))
                });
                let (front, rest) = fixed?;
                (front, plain(digits(), rest))
            }
        })
    }

    /// How values like this text are made; `None` if there are too few of them to tell requests apart.
    pub(super) fn like(text: &str, kind: &MadeKind, salt: u64) -> Option<Placed> {
        let length = text.len();
        let form = match kind {
            MadeKind::Characters(alphabet) => characters(*alphabet, length)?,
            // A group of four characters stands for three bytes; the last, shorter one is left alone.
            MadeKind::Base64 => {
                let whole = text.trim_end_matches('=').len() / 4 * 4;
                let form = characters(Alphabet::Alnum, whole)?;
                let width = form.width();
                return Some(Placed { code: Self { form, salt }, skip: whole - width, width });
            }
            MadeKind::Digits => {
                number(10_u64.checked_pow(u32::try_from(length.min(19)).ok()?.checked_sub(1)?)?, None, length.min(19))?
            }
            MadeKind::Number(from, to) => {
                let (from, to) = (u64::try_from(*from).ok()?, u64::try_from(*to).ok()?);
                let width = u32::try_from(length).ok().filter(|width| *width <= 19)?;
                let least = 10_u64.pow(width - 1).max(from);
                let most = 10_u64.checked_pow(width).map_or(u64::MAX, |next| next - 1).min(to);
                number(least, Some(most), length)?
            }
            MadeKind::Uuid => Form::Uuid,
            MadeKind::Time(..) => return None,
        };
        let width = form.width();
        Some(Placed { code: Self { form, salt }, skip: length - width, width })
    }

    /// Writes the value of a number; returns its bytes within `out`.
    pub(super) fn write<'a>(&self, number: u64, out: &'a mut [u8; LONGEST]) -> &'a [u8] {
        match &self.form {
            Form::Wide { alphabet, half } => {
                let bits = scramble(number.wrapping_add(self.salt));
                let (low, high) = out.split_at_mut(*half);
                #[expect(clippy::cast_possible_truncation, reason = "the halves of 64 bits")]
                let halves = ((bits >> 32) as u32, bits as u32);
                spell(halves.0, *alphabet, low);
                spell(halves.1, *alphabet, &mut high[..*half]);
                &out[..2 * half]
            }
            Form::Narrow { alphabet, width, values } => {
                let mut value = self.step(number, *values);
                let characters = alphabet.characters();
                for place in out[..*width].iter_mut().rev() {
                    let radix = characters.len() as u64;
                    *place = characters[usize::try_from(value % radix).expect("less than the radix")];
                    value /= radix;
                }
                &out[..*width]
            }
            Form::Number { from, values, width } => {
                write_number(from + self.step(number, *values), &mut out[..*width]);
                &out[..*width]
            }
            Form::Uuid => {
                uuid(scramble(number.wrapping_add(self.salt)), scramble(number ^ !self.salt), out);
                &out[..LONGEST]
            }
        }
    }

    fn step(&self, number: u64, values: u64) -> u64 {
        let at = u128::from(number) * u128::from(STEP) + u128::from(self.salt);
        u64::try_from(at % u128::from(values)).expect("less than the count of values")
    }
}

impl Form {
    fn width(&self) -> usize {
        match self {
            Self::Wide { half, .. } => 2 * half,
            Self::Narrow { width, .. } | Self::Number { width, .. } => *width,
            Self::Uuid => LONGEST,
        }
    }
}

fn characters(alphabet: Alphabet, length: usize) -> Option<Form> {
    // As many characters as 32 bits need.
    let half = match alphabet {
        Alphabet::Alnum => 6,
        Alphabet::Lower | Alphabet::Upper => 7,
        Alphabet::Hex => 8,
    };
    if length >= 2 * half {
        return Some(Form::Wide { alphabet, half });
    }
    let values = (alphabet.characters().len() as u64).checked_pow(u32::try_from(length).ok()?).unwrap_or(u64::MAX);
    (values >= FEWEST && values % STEP != 0).then_some(Form::Narrow { alphabet, width: length, values })
}

/// Numbers of so many digits, from `least` to `most`.
fn number(least: u64, most: Option<u64>, width: usize) -> Option<Form> {
    let most = most.unwrap_or_else(|| least.saturating_mul(10).saturating_sub(1));
    let values = most.checked_sub(least)?.saturating_add(1);
    (values >= FEWEST && values % STEP != 0).then_some(Form::Number { from: least, values, width })
}

/// Spells 32 bits, in as many characters as there is room for.
fn spell(mut bits: u32, alphabet: Alphabet, out: &mut [u8]) {
    // The radix is a constant in each arm, so that the division is none.
    match alphabet {
        Alphabet::Alnum => {
            for place in out {
                *place = Alphabet::Alnum.characters()[(bits % 62) as usize];
                bits /= 62;
            }
        }
        Alphabet::Lower | Alphabet::Upper => {
            let characters = alphabet.characters();
            for place in out {
                *place = characters[(bits % 36) as usize];
                bits /= 36;
            }
        }
        Alphabet::Hex => {
            for place in out {
                *place = Alphabet::Hex.characters()[(bits % 16) as usize];
                bits /= 16;
            }
        }
    }
}

/// Writes a number of exactly as many digits as there is room for.
pub(super) fn write_number(mut number: u64, out: &mut [u8]) {
    for place in out.iter_mut().rev() {
        *place = b'0' + u8::try_from(number % 10).expect("a digit");
        number /= 10;
    }
}

/// Version 4: 6 of the 128 bits are given, and all of `unique` stand elsewhere.
fn uuid(unique: u64, more: u64, out: &mut [u8; LONGEST]) {
    let (unique, more) = (unique.to_be_bytes(), more.to_be_bytes());
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&unique[..6]);
    bytes[9..11].copy_from_slice(&unique[6..]);
    bytes[6..9].copy_from_slice(&more[..3]);
    bytes[11..].copy_from_slice(&more[3..]);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let mut at = 0;
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            out[at] = b'-';
            at += 1;
        }
        out[at] = Alphabet::Hex.characters()[usize::from(byte >> 4)];
        out[at + 1] = Alphabet::Hex.characters()[usize::from(byte & 15)];
        at += 2;
    }
}

/// A bijection of 64 bits without a pattern that shows (the finish of splitmix64).
pub(super) const fn scramble(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    type Allowed = Box<dyn Fn(u8) -> bool>;

    fn written(text: &str, kind: &MadeKind, numbers: impl Iterator<Item = u64>) -> Vec<String> {
        let placed = Code::like(text, kind, 7).expect("a code");
        assert!(placed.skip + placed.width <= text.len());
        let mut out = [0; LONGEST];
        numbers
            .map(|number| {
                let new = placed.code.write(number, &mut out);
                assert_eq!(new.len(), placed.width, "{text}");
                let new = std::str::from_utf8(new).expect("ASCII");
                format!("{}{new}{}", &text[..placed.skip], &text[placed.skip + placed.width..])
            })
            .collect()
    }

    #[test]
    fn no_two_requests_share_a_value_and_all_have_its_form() {
        let of = |alphabet: Alphabet| move |b: u8| alphabet.characters().contains(&b);
        let cases: [(&str, MadeKind, Allowed); 7] = [
            ("1NjpMq7oJCSttc0XpK1mlVqI", MadeKind::Characters(Alphabet::Alnum), Box::new(of(Alphabet::Alnum))),
            ("AB12CD34EF56GH78X", MadeKind::Characters(Alphabet::Upper), Box::new(of(Alphabet::Upper))),
            ("AB12CD34E", MadeKind::Characters(Alphabet::Upper), Box::new(of(Alphabet::Upper))),
            ("0123456789abcdef01234567", MadeKind::Characters(Alphabet::Hex), Box::new(of(Alphabet::Hex))),
            ("12345678901234567", MadeKind::Digits, Box::new(|b| b.is_ascii_digit())),
            ("650000000000", MadeKind::Number(600_000_000_000, 899_999_999_999), Box::new(|b| b.is_ascii_digit())),
            (
                "0f0e0d0c-0b0a-4908-8706-050403020100",
                MadeKind::Uuid,
                Box::new(|b| b == b'-' || Alphabet::Hex.characters().contains(&b)),
            ),
        ];
        for (text, kind, allowed) in cases {
            let values = written(text, &kind, 0..20_000);
            assert!(values.iter().all(|v| v.len() == text.len() && v.bytes().all(&allowed)), "{kind:?}");
            assert_eq!(values.iter().collect::<HashSet<_>>().len(), values.len(), "{kind:?}");
            if let MadeKind::Number(from, to) = kind {
                assert!(values.iter().all(|v| (from..=to).contains(&v.parse().expect("a number"))));
            }
            if kind == MadeKind::Digits {
                assert!(values.iter().all(|v| !v.starts_with('0')));
            }
            if kind == MadeKind::Uuid {
                assert!(values.iter().all(|v| uuid::Uuid::parse_str(v).is_ok_and(|u| u.get_version_num() == 4)));
            }
        }
    }

    #[test]
    fn base64_stays_base64() {
        use base64::Engine;
        let text = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX+/8=";
        for value in written(text, &MadeKind::Base64, 0..100) {
            assert!(base64::engine::general_purpose::STANDARD.decode(&value).is_ok(), "{value}");
        }
    }

    #[test]
    fn what_has_few_values_is_no_id() {
        for (text, kind) in [
            ("12", MadeKind::Number(1, 40)),
            ("abc", MadeKind::Characters(Alphabet::Lower)),
            ("1234", MadeKind::Digits),
            ("-5", MadeKind::Number(-9, 9)),
        ] {
            assert!(Code::like(text, &kind, 7).is_none(), "{text}");
        }
    }
}
