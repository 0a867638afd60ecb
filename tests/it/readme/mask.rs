//! What changes from one run to the next, in the place of which a word stands when two outputs are compared: times,
//! durations, ids, digests, the ports of clients. README shows real values, since people read it.

/// A line of output, with what changes replaced. Columns are set apart by two spaces, however wide they are.
pub(super) fn masked(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line.trim_end();
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| !in_word(c)).unwrap_or(rest.len());
        if end == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        // What ends a sentence is no part of its last word.
        let end = rest[..end].trim_end_matches(['.', ':']).len().max(1);
        let (word, behind) = rest.split_at(end);
        out.push_str(mask(&out, word, behind).unwrap_or(word));
        rest = behind;
    }
    columns(&out)
}

fn in_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':' | '.' | 'µ')
}

/// What stands for a word, if it is one that changes, between what is before and behind it.
fn mask(before: &str, word: &str, behind: &str) -> Option<&'static str> {
    if before.ends_with("from ") && is_client(word) || before.ends_with(r#""remote":""#) {
        return Some("<client>");
    }
    // The examples take any free port for it.
    if before.ends_with("inspect at http://") && is_client(word) {
        return Some("<inspector>");
    }
    if before.ends_with(r#""duration_ms""#) {
        return Some(":<duration>");
    }
    let counts_bytes = behind.starts_with(" bytes") || before == "Content-Length: ";
    if counts_bytes && digits(word) || is_size(word) {
        return Some("<size>");
    }
    if is_time(word) {
        return Some("<time>");
    }
    if is_duration(word, behind.is_empty() || behind.starts_with(" old")) {
        return Some("<duration>");
    }
    (is_id(word) || is_hex(word) || before.ends_with('…') && word.len() == 6).then_some("<id>")
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_client(word: &str) -> bool {
    word.strip_prefix("127.0.0.1:").is_some_and(digits)
}

/// `12:08:20`, `2026-11-24`, `2026-11-24T12:08:20.000Z`.
fn is_time(word: &str) -> bool {
    let shape: String = word.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    shape == "00:00:00" || shape.starts_with("0000-00-00")
}

/// `2.8ms`, `971µs`, `1.2s`; whole seconds only where a measured duration stands, not a configured one.
fn is_duration(word: &str, measured: bool) -> bool {
    let number = |unit: &str| {
        let number = word.strip_suffix(unit)?;
        (digits(&number.replacen('.', "", 1))).then_some(number.contains('.'))
    };
    number("ms").is_some() || number("µs").is_some() || number("s").is_some_and(|fraction| fraction || measured)
}

/// `2.3KiB`: a size that was measured; configured ones are whole.
fn is_size(word: &str) -> bool {
    word.strip_suffix("KiB").is_some_and(|number| number.contains('.') && digits(&number.replacen('.', "", 1)))
}

/// `evt_1Ugn1Gvd06QnijRUt4UfYkjZ`, `dlv_…`, a UUID.
fn is_id(word: &str) -> bool {
    // One in a hundred has no digit, but hardly one has letters of one case only.
    let mixed = |text: &str| {
        let has = |kind: fn(&u8) -> bool| text.as_bytes().iter().any(kind);
        has(u8::is_ascii_digit) || (has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase))
    };
    let random = |text: &str| text.len() >= 14 && text.bytes().all(|b| b.is_ascii_alphanumeric()) && mixed(text);
    let is_uuid = || {
        let lengths: Vec<usize> = word.split('-').map(str::len).collect();
        lengths == [8, 4, 4, 4, 12] && word.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
    };
    word.rsplit_once('_').is_some_and(|(_, tail)| random(tail)) || is_uuid()
}

/// Digests, and Unix seconds.
fn is_hex(word: &str) -> bool {
    word.len() >= 8 && word.bytes().all(|b| b.is_ascii_hexdigit()) && word.bytes().any(|b| b.is_ascii_digit())
}

/// Every run of spaces behind the first word as two of them, or one: how far apart columns are depends on what is in them.
fn columns(line: &str) -> String {
    let text = line.trim_start();
    let mut out = line[..line.len() - text.len()].to_owned();
    let mut spaces = 0;
    for c in text.chars() {
        if c == ' ' {
            spaces += 1;
        } else {
            out.push_str(&" ".repeat(spaces.min(2)));
            spaces = 0;
        }
        if c != ' ' {
            out.push(c);
        }
    }
    out
}

/// Whether a line fits what is expected, where `[..]` stands for any text.
pub(super) fn fits(expected: &str, actual: &str) -> bool {
    let Some((start, rest)) = expected.split_once("[..]") else { return expected == actual };
    let Some(actual) = actual.strip_prefix(start) else { return false };
    actual.char_indices().map(|(at, _)| at).chain([actual.len()]).any(|at| fits(rest, &actual[at..]))
}

/// Whether lines fit those that are expected, where `...` on a line of its own stands for any number of lines. Both are
/// compared as `seen` makes them.
pub(super) fn all_fit(expected: &[String], actual: &[String], seen: fn(&str) -> String) -> bool {
    match (expected.split_first(), actual.split_first()) {
        (None, None) => true,
        (Some((any, rest)), _) if any == "..." => (0..=actual.len()).any(|at| all_fit(rest, &actual[at..], seen)),
        (Some((expected, more)), Some((line, lines))) => {
            fits(&seen(expected), &seen(line)) && all_fit(more, lines, seen)
        }
        _ => false,
    }
}

#[test]
fn what_changes_is_masked_and_nothing_else() {
    for (line, expected) in [
        (
            "12:08:20  #3      stripe charge.refunded   evt_15oO1kUipAOOxrNpjBZZ1eoJ  2.3KiB  valid  → 200  2.0ms",
            "<time>  #3  stripe charge.refunded  <id>  <size>  valid  → 200  <duration>",
        ),
        ("  ✓ age         824ms old, tolerance 5m", "  ✓ age  <duration> old, tolerance 5m"),
        ("  ✓ timestamp   1795522100 (2026-11-24T12:08:20.000Z)", "  ✓ timestamp  <id> (<time>)"),
        ("listen.idle_timeout  60s  default", "listen.idle_timeout  60s  default"),
        ("listen.max_body      32MiB  default", "listen.max_body  32MiB  default"),
        ("  received  2026-11-24 12:08:20 from 127.0.0.1:44790", "  received  <time> <time> from <client>"),
        ("Content-Length: 2402", "Content-Length: <size>"),
        ("= 2410 bytes, SHA-256 31e54fdf931fa4e4…: 1795522100.{", "= <size> bytes, SHA-256 <id>…: <id>.{"),
        ("listening on http://127.0.0.1:4400", "listening on http://127.0.0.1:4400"),
        ("7  payment_intent.succeeded  200  …0ba334", "7  payment_intent.succeeded  200  …<id>"),
        (r#""duration_ms":2.18,"error":null"#, r#""duration_ms":<duration>,"error":null"#),
    ] {
        assert_eq!(masked(line), expected);
    }
    assert!(fits("a [..] c", "a b c"));
    assert!(!fits("a [..] c", "a b d"));
    assert!(fits("[..]", ""));
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert!(all_fit(&lines("a\n...\nd"), &lines("a\nb\nc\nd"), masked));
    assert!(!all_fit(&lines("a\nb"), &lines("a\nb\nc"), masked));
}
