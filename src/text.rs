//! Words: plurals, lists, nearest names.

/// `1 delivery`, `2 deliveries`: the number with the fitting form of the noun.
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// `a`, `a and b`, `a, b and c`.
pub fn list<S: AsRef<str>>(items: &[S]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [rest @ .., last] => {
            let rest: Vec<&str> = rest.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", rest.join(", "), last.as_ref())
        }
    }
}

/// The names most like `wanted`, the best first, at most three; none that is too far off to be meant.
pub fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    /// Below this likeness a suggestion is noise.
    const ENOUGH: f64 = 0.7;
    let wanted = wanted.to_lowercase();
    let mut scored: Vec<(f64, &str)> = names
        .into_iter()
        .map(|name| {
            let lower = name.to_lowercase();
            let part = wanted.len() >= 3 && (lower.contains(&wanted) || wanted.contains(&lower));
            let score = strsim::jaro_winkler(&wanted, &lower);
            // Jaro-Winkler likes long names with a common start too much; edits say what was mistyped.
            #[expect(clippy::cast_precision_loss, reason = "names are short")]
            let edits =
                1.0 - strsim::damerau_levenshtein(&wanted, &lower) as f64 / wanted.len().max(lower.len()).max(1) as f64;
            (f64::midpoint(score, edits).max(if part { 0.75 } else { 0.0 }), name)
        })
        .filter(|(score, _)| *score >= ENOUGH)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    scored.truncate(3);
    scored.into_iter().map(|(_, name)| name).collect()
}

/// Whether a text matches a glob: `*` stands for any characters, `?` for one, all else for itself. Case does not matter.
pub fn matches_glob(glob: &str, text: &str) -> bool {
    let (glob, text): (Vec<char>, Vec<char>) =
        (glob.chars().flat_map(char::to_lowercase).collect(), text.chars().flat_map(char::to_lowercase).collect());
    // The place to go back to when the present reading of the last `*` fails; one such place is enough.
    let (mut g, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        if g < glob.len() && glob[g] == '*' {
            star = Some((g, t));
            g += 1;
        } else if g < glob.len() && (glob[g] == '?' || glob[g] == text[t]) {
            g += 1;
            t += 1;
        } else if let Some((at, from)) = star {
            star = Some((at, from + 1));
            g = at + 1;
            t = from + 1;
        } else {
            return false;
        }
    }
    glob[g..].iter().all(|c| *c == '*')
}

/// How many of eight bytes stand for themselves in a JSON string: those before the first quote, backslash or control
/// character. All eight are looked at in one step.
pub const fn plain_in_json(bytes: [u8; 8]) -> usize {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const TOPS: u64 = ONES << 7;
    let word = u64::from_le_bytes(bytes);
    let (quotes, backslashes) = (word ^ (ONES * b'"' as u64), word ^ (ONES * b'\\' as u64));
    // In the lowest byte that is zero, or less than a space, the top bit comes to be set; above it that may be wrong.
    let special = (quotes.wrapping_sub(ONES) & !quotes)
        | (backslashes.wrapping_sub(ONES) & !backslashes)
        | (word.wrapping_sub(ONES * b' ' as u64) & !word);
    (special & TOPS).trailing_zeros() as usize / 8
}

/// Whether a character for which `is_bad` holds is in a text; it never holds for visible ASCII and spaces. Most text is
/// nothing else, and is passed over quickly.
pub fn any_unusual(text: &str, is_bad: impl Fn(char) -> bool) -> bool {
    // Without a way out of the inner loop, it looks at many bytes at once.
    let is_plain = |bytes: &[u8]| bytes.iter().fold(true, |plain, byte| plain & matches!(byte, 0x20..=0x7e));
    let mut start = 0;
    while let Some(chunk) = text.as_bytes().get(start..).filter(|rest| !rest.is_empty()) {
        let end = chunk.len().min(64);
        if is_plain(&chunk[..end]) {
            start += end;
            continue;
        }
        let end = text.ceil_char_boundary(start + end);
        if text[start..end].chars().any(&is_bad) {
            return true;
        }
        start = end;
    }
    false
}

/// Whether a character would be obeyed instead of shown, or hides text: control characters (C0, DEL, C1), line and paragraph separators, and format characters: bidirectional controls,
/// zero-width ones, annotations, tags.
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{600}'..='\u{605}'
                | '\u{61c}'
                | '\u{6dd}'
                | '\u{70f}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unusual_character_is_found_wherever_it_stands() {
        for place in 0..200 {
            for (character, is_found) in
                [('\u{202e}', true), ('\u{1b}', true), ('é', false), ('😀', false), ('~', false)]
            {
                let text = format!("{}{character}{}", "x".repeat(place), "é".repeat(70));
                assert_eq!(any_unusual(&text, is_unsafe), is_found, "{text:?}");
                assert_eq!(any_unusual(&text[..place + character.len_utf8()], is_unsafe), is_found, "{text:?}");
            }
        }
        assert!(!any_unusual("", |_| true));
    }

    #[test]
    fn the_nearest_name_comes_first() {
        let names = ["payment_intent.succeeded", "payment_intent.created", "charge.refunded"];
        assert_eq!(nearest("payment_intent.suceeded", names).first(), Some(&"payment_intent.succeeded"));
        assert!(nearest("zzz", names).is_empty());
        assert_eq!(nearest("refunded", names), ["charge.refunded"]);
        assert_eq!(nearest("strpe", ["stripe", "svix", "github"]), ["stripe"]);
    }

    #[test]
    fn globs_match_whole_texts() {
        for (glob, text, matches) in [
            ("payment_intent.*", "payment_intent.succeeded", true),
            ("payment_intent.*", "charge.refunded", false),
            ("*.paypal.com", "api.paypal.com", true),
            ("*.paypal.com", "paypal.com.evil.example", false),
            ("a*b*c", "aXbXbXc", true),
            ("a?c", "abc", true),
            ("*", "", true),
            ("", "a", false),
            ("GitHub-Hookshot/*", "github-hookshot/abc", true),
        ] {
            assert_eq!(matches_glob(glob, text), matches, "{glob} {text}");
        }
        assert!(!matches_glob(&"*a".repeat(50), &"b".repeat(10_000)));
    }

    #[test]
    fn lists_read_like_sentences() {
        assert_eq!(list(&["a"]), "a");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(count(1, "delivery", "deliveries"), "1 delivery");
    }
}
