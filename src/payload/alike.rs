//! An id like another one: the same shape, other characters.
//!
//! Providers have their own forms of ids, and so do their users; the recorded id shows the form better than any rule.

use rand::RngExt;
use rand::rngs::StdRng;
use uuid::Uuid;

/// Behind the last underscore of `evt_1Nx…` stands the part that tells ids apart, unless it is too short for that.
const SHORTEST_PART: usize = 6;

/// How often another value is tried for; an id of one digit may come out as it was.
const TRIES: usize = 16;

/// A new id of the form of `old`: a UUID for a UUID, digits for digits, hex for hex, and behind a prefix with an underscore
/// letters and digits.
pub fn like(old: &str, chance: &mut StdRng) -> String {
    if old.len() == 36 && Uuid::try_parse(old).is_ok() {
        let uuid = uuid::Builder::from_random_bytes(chance.random()).into_uuid().to_string();
        return if old.bytes().any(|b| b.is_ascii_uppercase()) { uuid.to_ascii_uppercase() } else { uuid };
    }
    let split = old.rfind('_').map_or(0, |at| at + 1);
    let split = if old.len() - split < SHORTEST_PART { 0 } else { split };
    let (prefix, part) = old.split_at(split);
    let hex = part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let mut new = String::new();
    for _ in 0..TRIES {
        new = part.char_indices().map(|(at, c)| character(c, hex, at == 0, chance)).collect();
        if new != part {
            break;
        }
    }
    format!("{prefix}{new}")
}

fn character(old: char, hex: bool, first: bool, chance: &mut StdRng) -> char {
    let one_of = |set: &[u8], chance: &mut StdRng| char::from(set[chance.random_range(0..set.len())]);
    match old {
        // A number does not start with 0.
        '1'..='9' if first => one_of(b"123456789", chance),
        '0'..='9' => one_of(b"0123456789", chance),
        'a'..='f' if hex => one_of(b"abcdef", chance),
        'a'..='z' => one_of(b"abcdefghijklmnopqrstuvwxyz", chance),
        'A'..='Z' => one_of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", chance),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn a_new_id_has_the_form_of_the_old_one() {
        let mut chance = StdRng::seed_from_u64(1);
        let shape = |id: &str| -> String {
            id.chars()
                .map(|c| match c {
                    '0'..='9' => '0',
                    'a'..='z' => 'a',
                    'A'..='Z' => 'A',
                    c => c,
                })
                .collect()
        };
        for old in
            ["evt_1NjpMq7oJCSttc0XpK1mlVqI", "820982911946154508", "Ev08MFMKH6", "msg_2LJC7S5QdiFAemcV88ENQgHHjzt"]
        {
            let new = like(old, &mut chance);
            assert_ne!(new, old);
            assert_eq!(shape(&new), shape(old), "{new}");
        }
        assert!(like("evt_1NjpMq7oJCSttc0XpK1mlVqI", &mut chance).starts_with("evt_"));
        let uuid = like("72d3162e-cc78-11e3-81ab-4c9367dc0958", &mut chance);
        assert!(Uuid::try_parse(&uuid).is_ok(), "{uuid}");
        let digest = like("9a0b1c2d3e4f", &mut chance);
        assert!(digest.bytes().all(|b| b.is_ascii_hexdigit()), "{digest}");
        assert_eq!(like("", &mut chance), "");
    }
}
